"""Where a quotation stands: its surroundings, what is known of its document, and the addresses that lead there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from urllib.parse import parse_qsl, urlencode, urlunsplit

from assistant.anchor import Anchor, link, locate
from assistant.types import Citation
from ingest import address
from ingest.types import Document, SourceKind, Via

Documents = Callable[[str], Document | None]

_CONTEXT = 260  # characters shown on each side of a quotation
_WEB = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class Place:
    """A quotation in its document.

    Attributes:
        before: What stands before it, from the beginning of a word; `after` likewise.
        facts: Organisation, date and kind of the document, as far as they are known.
        year: When the document was published, four digits, or nothing.
        live: The live page, at the quotation where its kind allows that; empty where the source is no web page.
        archived: A copy of the page as it was when it was read.
        whole: The reader, at the quotation; empty where the document is no longer in the library.
        note: What the reader should know: that the source changed, or is gone.
    """

    before: str = ""
    after: str = ""
    facts: tuple[str, ...] = ()
    year: str = ""
    live: str = ""
    archived: str = ""
    whole: str = ""
    note: str = ""


def find(citation: Citation, documents: Documents) -> Place:
    """The place of a citation in the library as it is now, which may be newer than the answer."""
    document = documents(citation.document_id)
    if document is None:
        return Place(live=live(citation), note="This document is no longer in the library.")
    wanted = Anchor(citation.start, citation.end, citation.quote, citation.prefix, citation.suffix)
    is_there = document.text[citation.start : citation.end] == citation.quote
    found = None if is_there else locate(document.text, wanted)
    start, end = (found.start, found.end) if found else (citation.start, citation.end)
    gone = not is_there and (found is None or found.changed)
    before, after = ("", "") if gone else _around(document.text, start, end)
    return Place(
        before=before,
        after=after,
        facts=facts(document),
        year=_date(document)[:4],
        live=live(citation),
        archived=_archived(document),
        whole=f"/library?{urlencode({'document': document.id, 'start': start, 'end': end})}",
        note="The source has changed since this was quoted." if gone else "",
    )


def facts(document: Document) -> tuple[str, ...]:
    """What tells a reader how far to trust a document: who, when, what."""
    who = ", ".join(document.organisations or document.authors[:2])
    when = _date(document) or f"read {document.fetched_at.astimezone(UTC):%Y-%m-%d}"
    what = "field guide" if document.kind is SourceKind.GUIDE else document.kind.value
    return tuple(one for one in (who, when, what) if one)


def _date(document: Document) -> str:
    """When it was published; the guide's notes are as old as the guide."""
    is_ours = document.via is Via.BUNDLED and not document.published
    return f"{document.fetched_at.astimezone(UTC):%Y-%m-%d}" if is_ours else document.published


def live(citation: Citation) -> str:
    """The live page: scrolled to the words, a PDF opened at its page, a video at its second."""
    url = citation.url
    if not url.startswith(_WEB):
        return ""
    if citation.seconds is not None:
        parts = address.split(url)
        query = [pair for pair in parse_qsl(parts.query) if pair[0] != "t"] + [("t", f"{int(citation.seconds)}s")]
        return urlunsplit(parts._replace(query=urlencode(query)))
    if citation.page and "#" not in url:
        return f"{url}#page={citation.page}"
    return link(url, citation.quote)


def _archived(document: Document) -> str:
    if not document.url.startswith(_WEB) or address.split(document.url).hostname == "web.archive.org":
        return ""
    return f"https://web.archive.org/web/{document.fetched_at.astimezone(UTC):%Y%m%d%H%M%S}/{document.url}"


def _around(text: str, start: int, end: int) -> tuple[str, str]:
    """The text on both sides, cut at spaces, with an ellipsis where the document goes on."""
    low, high = max(0, start - _CONTEXT), min(len(text), end + _CONTEXT)
    before = text[low:start].partition(" ")[2] if low else text[:start]
    after = text[end:high].rpartition(" ")[0] if high < len(text) else text[end:]
    return ("… " if low else "") + before, after + (" …" if high < len(text) else "")
