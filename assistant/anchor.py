"""Anchors: how a quotation is found again, in our text and on the live page.

Two selectors of the Web Annotation data model (W3C, 2017): the position, and the quotation with what stands before and
after it. The position is exact for the snapshot that was read; the quotation still finds its place after the source was
fetched again and moved a little. Text fragments (WICG) make a browser scroll to it on the live page.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote as percent

from rapidfuzz import fuzz

_ENDS_IT = re.compile(r"[\s<>\"`\\^{|}\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTEXT = 32  # characters kept on each side: enough to tell repeated sentences apart
_FRAGMENT_WORDS = 8  # a longer quotation is given by its first and last words, as the specification advises
_ENDS = 4
_ALIKE = 90.0  # of 100; below it a sentence was rewritten, not retouched


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place in a text.

    Attributes:
        start: Offset in the snapshot's text; `end` is exclusive.
        exact: The quotation, `text[start:end]`.
        prefix: Up to 32 characters before it.
        suffix: Up to 32 characters after it.
    """

    start: int
    end: int
    exact: str
    prefix: str
    suffix: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a quotation stands in another text.

    Attributes:
        changed: Whether its words were altered.
    """

    start: int
    end: int
    changed: bool


def anchor(text: str, start: int, end: int) -> Anchor:
    """The anchor of `text[start:end]`.

    Raises:
        ValueError: If the span is empty or leaves the text.
    """
    if not 0 <= start < end <= len(text):
        raise ValueError(f"a quotation needs 0 <= start < end <= {len(text)}, got {start}, {end}")
    before, after = text[max(0, start - _CONTEXT) : start], text[end : end + _CONTEXT]
    return Anchor(start, end, text[start:end], before, after)


def locate(text: str, wanted: Anchor) -> Place | None:
    """Find a quotation in a text that may have changed; None means that the source no longer says it.

    Of several equal places the one with the likest surroundings is taken, then the one nearest to the old position.
    """
    places = _all(text, wanted.exact)
    if places:
        start = max(places, key=lambda place: (_surroundings(text, place, wanted), -abs(place - wanted.start)))
        return Place(start, start + len(wanted.exact), changed=False)
    found = fuzz.partial_ratio_alignment(wanted.exact, text, score_cutoff=_ALIKE)
    if found is None or not found.dest_end - found.dest_start:
        return None
    return Place(found.dest_start, found.dest_end, changed=True)


def shown(url: str) -> str:
    """An address as others may see it: of a file its name alone, since where it lies on this machine is nobody's."""
    return f"file:{url.rstrip('/').rpartition('/')[2]}" if url.lower().startswith("file:/") else url


def encoded(url: str) -> str:
    """An address without what ends it in Markdown, HTML or a terminal; an archive may name one with anything in it."""
    return _ENDS_IT.sub(lambda found: percent(found.group(), safe=""), url)


def link(url: str, exact: str) -> str:
    """An address that makes a browser scroll to a quotation; the address itself where it is no web page."""
    if not url.startswith(("http://", "https://")) or url.partition("?")[0].lower().endswith(".pdf"):
        return url
    words = exact.split()
    if len(words) <= _FRAGMENT_WORDS:
        fragment = _encoded(" ".join(words))
    else:
        fragment = f"{_encoded(' '.join(words[:_ENDS]))},{_encoded(' '.join(words[-_ENDS:]))}"
    joint = ":~:text=" if "#" in url else "#:~:text="
    return f"{url}{joint}{fragment}"


def _encoded(words: str) -> str:
    """Percent-encoded, the dash too, since it is syntax in a text fragment."""
    return percent(words, safe="").replace("-", "%2D")


def _all(text: str, exact: str) -> list[int]:
    places, place = [], text.find(exact)
    while place >= 0:
        places.append(place)
        place = text.find(exact, place + 1)
    return places


def _surroundings(text: str, start: int, wanted: Anchor) -> float:
    end = start + len(wanted.exact)
    here = text[max(0, start - _CONTEXT) : start] + text[end : end + _CONTEXT]
    return fuzz.ratio(here, wanted.prefix + wanted.suffix)
