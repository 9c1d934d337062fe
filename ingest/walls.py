"""Whether a page is a wall, an error page or a shell in the place of what was asked for.

Signs are added up: a title or heading that says nothing else (3), phrases that speak to the reader (1 each, and 1 for
a title that has one), words of such pages close together (1), a password field (2), a vendor's mark (1 or 2), the
address that the page was redirected to (3). How many are wanted grows with what the page says of its own: its main text
without such phrases, without the guidance that stands beside them ("try the search above") and without teasers of other
pages. So an article that mentions a wall is not taken for one, and an error page with a dozen suggestions is. The words
are in wording.toml.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest import wording
from ingest.structure import clean
from ingest.types import Reason

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

MIN_TEXT = 100  # characters; a true page of the traps has 130

# Characters of its own, and signs wanted.
_LADDER = ((50, 1.0), (100, 1.5), (600, 2.0), (1_500, 2.5), (2_500, 3.5), (6_000, 4.0))
LONGEST = _LADDER[-1][0]

_HINT = 0.5  # wanted of a page that is too short to be the source: it is refused in any case
_HEADING, _LATER_HEADING, _PLACE = 3.0, 1.0, 3.0
_LABEL, _SUBJECT = 3.0, 1.0  # "Captcha" over nothing, and over a text about captchas
_LITTLE = 150  # characters of its own from which a label is a subject
_PHRASE, _PHRASE_OF_FURNITURE = 1.0, 0.3  # three of a banner alone are not enough
_PASSWORD, _PASSWORD_BESIDE = 2.0, 0.9  # a form beside a text is not enough
_MARK, _PAID = 1.0, 2.0
_UNMARKED = 300  # characters of text from which scripts of such vendors stand on true pages, beside forms
_FURNITURE = frozenset({Reason.CONSENT_WALL, Reason.LOGIN_WALL})
_AROUND = 5_000  # characters
_BARE = 60  # characters of its own; with fewer, what stands around a text is looked at as well
_BESIDE = 0.4  # a banner and a link to sign in stand on error pages as well
_COUNTED = 3  # phrases of one reason; more of them say no more
_ORDER = (
    Reason.RATE_LIMIT, Reason.BOT_WALL, Reason.SOFT_404, Reason.CONSENT_WALL, Reason.PAYWALL, Reason.LOGIN_WALL,
    Reason.WRONG_CONTENT, Reason.HTTP_ERROR, Reason.JAVASCRIPT_SHELL,
)  # fmt: skip
_BETWEEN = re.compile(r"(?<!\s)\s++[|–—·•»«›:/-]++\s++|(?:(?<!\s)\s++)?\|\s*+")
_ENDS = " \t\n.!?…:;,–—-\"'“”„«»()[]"
_DENSE = ((0.2, 1.0), (0.14, 0.5))  # share of a text's letters in words of walls, and what it weighs
_DENSE_SENTENCE = 0.35
_SPOKEN = 0.03  # share of letters in words to a reader, below which a dense text may be a page about its subject
_LIKELY = 0.03  # share of letters that names what a page is, once its shape has told that it is none
_DENSE_TEXT = 1_000  # characters; no longer text is looked at so
_TERSE = 150  # characters
_FEW_LETTERS = 40
_NO_LETTER = re.compile(r"[\W_]")
_NOTHING = re.compile(r"(?!)")
_PIECE = 160  # characters; a longer title is a sentence
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n")
_SHORTEST = 25  # characters; a shorter line is a label or a link
_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af]")  # one of them says as much as three letters
_ALIKE = 3  # boxes of one make side by side, each with a link: a list of other pages
_QUOTES = str.maketrans("’‘＇", "'''")
_SHOWN = 20  # characters of code; what is less names a thing
_EXPLAINED = 100  # characters of its own beside code: walls show none


@dataclass(frozen=True, slots=True)
class Signs:
    """What is seen of a page.

    Attributes:
        titles: The page's title and its first two headings.
        headings: Its later headings.
        text: The main text.
        around: Everything else that a reader sees.
        source: The markup.
        password: Whether it asks for one.
        scripts: Whether it runs scripts.
        place: Host and path where it was found, if it was redirected there; else empty.
        teasers: Texts of boxes that lead to other pages.
        code: Whether it shows code.
    """

    titles: tuple[str, ...]
    headings: tuple[str, ...] = ()
    text: str = ""
    around: str = ""
    source: str = ""
    password: bool = False
    scripts: bool = False
    place: str = ""
    teasers: frozenset[str] = frozenset()
    code: bool = False


def judge(signs: Signs) -> Reason | None:
    """What stands in the place of the page, or None where it is a page."""
    if len(signs.text) > LONGEST:
        return None
    if len(signs.text) > _DENSE_TEXT and not _has_sign(signs):
        return None
    own = _own(signs)
    possible = (Reason.PAYWALL,) if signs.code and own >= _EXPLAINED else _ORDER
    likeness = _likeness(signs)
    scores = {reason: _score(reason, signs, own=own) + likeness.get(reason, 0.0) for reason in possible}
    is_short = characters(signs.text) < MIN_TEXT
    wanted = _HINT if is_short else next(needed for longest, needed in _LADDER if own <= longest)
    reached = [reason for reason in possible if scores[reason] >= wanted]
    if reached:
        beside = {reason for reason in _FURNITURE if not _titles(reason, signs, own=own)}
        return max(reached, key=lambda reason: scores[reason] * (_BESIDE if reason in beside else 1.0))
    if not is_short:
        return None
    return Reason.JAVASCRIPT_SHELL if signs.scripts else Reason.EMPTY


def _has_sign(signs: Signs) -> bool:
    """Whether anything speaks against a page; what follows is long work for a page of which nothing does."""
    return any(
        _titles(reason, signs, own=0) or _spoken(reason, signs.text) or _beside(reason, signs, own=0)
        for reason in _ORDER
    )


def _own(signs: Signs) -> int:
    """Characters of the sentences that no wall would say."""
    lines = (line for line in signs.text.split("\n") if line not in signs.teasers)
    sentences = (one for line in lines for one in _SENTENCE.split(line))
    own = (one for one in sentences if characters(one) >= _SHORTEST and not _is_empty(one))
    return min(sum(map(characters, own)), LONGEST)


def _likeness(signs: Signs) -> dict[Reason, float]:
    """The reason whose words the page is densest with, and what that weighs; empty where it is a text like others."""
    text = "\n".join(line for line in signs.text.split("\n") if line not in signs.teasers)
    text = text if len(text) >= _BARE else signs.around
    if len(text) > _DENSE_TEXT:
        return {}
    spoken = _density(wording.load().spoken, text)
    dense = {reason: _density(words, text) for reason, words in wording.load().words.items()}
    best = max(dense, key=lambda reason: dense[reason])
    found = dense[best] + spoken / 2
    weight = next((weight for least, weight in _DENSE if found >= least), 0.0)
    return {best: weight if spoken >= _SPOKEN or len(text) < _TERSE else weight / 2}


def likeliest(text: str) -> Reason | None:
    """The reason whose words a text is densest with; None where it has next to none."""
    dense = {reason: _density(words, _plain(text)) for reason, words in wording.load().words.items()}
    best = max(dense, key=lambda reason: dense[reason])
    return best if dense[best] >= _LIKELY else None


def _density(words: re.Pattern[str], text: str) -> float:
    """Share of a text's letters that belong to some words."""
    letters = max(len(_NO_LETTER.sub("", text)), _FEW_LETTERS)
    return sum(len(_NO_LETTER.sub("", word)) for word in words.findall(text)) / letters


def _is_empty(sentence: str) -> bool:
    """Whether a sentence is one that a wall may say."""
    words = wording.load()
    if words.empty.search(sentence):
        return True
    spoken = _density(words.spoken, sentence) / 2
    return max(_density(one, sentence) for one in words.words.values()) + spoken >= _DENSE_SENTENCE


def characters(sentence: str) -> int:
    """Its characters, one of a script that writes without spaces as three."""
    return len(sentence) + 2 * len(_WIDE.findall(sentence))


def of_page(markup: str, *, title: str, text: str, place: str) -> Signs:
    """Look at a page.

    Args:
        markup: Its HTML.
        title: As it was extracted.
        text: Its main text, as it was extracted; may be empty.
        place: Host and path where it was found, if it was redirected there; else empty.
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(markup[: 4 * 2**20], "lxml")
    headings = [_said(tag.get_text(" ")) for tag in soup.find_all(["h1", "h2", "h3", "h4"], limit=30)]
    named = _said(soup.title.get_text()) if soup.title else ""
    password = soup.find("input", attrs={"type": re.compile("^password$", re.IGNORECASE)}) is not None
    scripts = soup.find("script") is not None
    return Signs(
        titles=tuple(filter(None, [_said(title), named, *headings[:2]])),
        headings=tuple(headings[2:]),
        text=_plain(text),
        around=_around(soup),  # takes the scripts out
        source=markup[:500_000].lower(),
        password=password,
        scripts=scripts,
        place=place.lower(),
        teasers=frozenset(_teasers(soup)),
        code=any(len(tag.get_text()) >= _SHOWN for tag in soup.find_all("pre", limit=30)),
    )


def of_text(text: str) -> Signs:
    """Look at a plain text: its first line is its title."""
    first = text.strip().partition("\n")[0]
    return Signs(titles=(_said(first),), text=_plain(text))


def _plain(text: str) -> str:
    """A text as the tables spell it: in small letters, with straight quotation marks."""
    return text.lower().translate(_QUOTES)


def _said(text: str) -> str:
    return _plain(clean(text))


def _teasers(soup: "BeautifulSoup") -> Iterator[str]:
    """The lines of boxes of one make that stand side by side and each lead elsewhere."""
    rows: dict[tuple[int, str, str], list[Tag]] = {}
    for link in soup.find_all("a", href=True, limit=400):
        box = next((one for one in link.parents if one.name in {"div", "li", "article", "section"}), None)
        if box is not None and box.parent is not None:
            make = (id(box.parent), box.name, " ".join(box.get_attribute_list("class")))
            rows.setdefault(make, []).append(box)
    for boxes in rows.values():
        if len({id(box) for box in boxes}) >= _ALIKE:
            for box in boxes:
                yield from (_said(line) for line in (box.get_text(" "), *box.get_text("\n").split("\n")))


def _around(soup: "BeautifulSoup") -> str:
    """The words of a page, those that it has for readers without scripts too, without its menus and its foot."""
    for tag in soup(["script", "style", "template", "nav", "footer"]):
        tag.decompose()
    return "\n".join(line for line in (_said(line) for line in soup.get_text("\n").split("\n")) if line)[:_AROUND]


def _score(reason: Reason, signs: Signs, *, own: int) -> float:
    return _titles(reason, signs, own=own) + _phrases(reason, signs, own=own) + _beside(reason, signs, own=own)


def _beside(reason: Reason, signs: Signs, *, own: int) -> float:
    """What is seen beside the words: a vendor's mark, a field for a password, the place that a redirect led to."""
    words = wording.load()
    score = 0.0
    if reason is Reason.PAYWALL or len(signs.text) < _UNMARKED:
        found = words.marks.get(reason, _NOTHING).search(signs.source)
        score += (_PAID if reason is Reason.PAYWALL else _MARK) * (found is not None)
    if reason is Reason.LOGIN_WALL and signs.password:
        score += _PASSWORD if own < MIN_TEXT else _PASSWORD_BESIDE
    if signs.place and words.places.get(reason, _NOTHING).search(signs.place):
        score += _PLACE
    return score


def _titles(reason: Reason, signs: Signs, *, own: int) -> float:
    """What titles and headings weigh that say what stands here, or are spoken to the reader."""
    words = wording.load()
    pieces = [piece for title in signs.titles for piece in _pieces(title)]
    heading, label, phrase = (table.get(reason, _NOTHING) for table in (words.headings, words.labels, words.phrases))
    score = 0.0
    if any(map(heading.fullmatch, pieces)):
        score = _HEADING
    elif any(map(label.fullmatch, pieces)):
        score = _LABEL if own < _LITTLE else _SUBJECT
    elif any(phrase.search(title) for title in signs.titles if len(title) <= _PIECE):
        score = _PHRASE
    return score + _LATER_HEADING * any(heading.fullmatch(one.strip(_ENDS)) for one in signs.headings)


def _phrases(reason: Reason, signs: Signs, *, own: int) -> float:
    """What a reason's phrases weigh: those of the main text, and those around it where there is next to none.

    A box that asks for a subscription is rarely part of the main text, and its words are rarely about anything else. A
    banner about cookies and a link to sign in, on the other hand, stand around any page.
    """
    bare = len(signs.text) < MIN_TEXT
    inside = set() if bare else _spoken(reason, signs.text)
    if not (bare or own < _BARE or reason is Reason.PAYWALL):
        return _PHRASE * min(len(inside), _COUNTED)
    around = _spoken(reason, f"{signs.text}\n{signs.around}") - inside
    weight = _PHRASE_OF_FURNITURE if reason in _FURNITURE else _PHRASE
    return _PHRASE * min(len(inside), _COUNTED) + weight * min(len(around), _COUNTED)


def _spoken(reason: Reason, text: str) -> set[str]:
    """The sentences of a text that have a phrase of a reason."""
    phrase = wording.load().phrases.get(reason, _NOTHING)
    if phrase.search(text) is None:
        return set()
    return {one for one in _SENTENCE.split(text) if phrase.search(one)}


def _pieces(title: str) -> Sequence[str]:
    """A title and its parts: sites put their name before or behind."""
    parts = (title, *_BETWEEN.split(title)) if len(title) <= _PIECE else ()
    return [part.strip(_ENDS) for part in parts if part.strip(_ENDS)]
