"""Whether a page is a wall, an error page or a shell in the place of what was asked for.

Signs are added up: a title or heading that says nothing else (3), phrases that speak to the reader (1 each), a password
field (2), a vendor's mark (1 or 2), the address that the page was redirected to (3). How many are wanted grows with the
length of the main text, so that a page which is long enough to be an article is never taken for a wall because it
mentions one. The words are in wording.toml.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest import wording
from ingest.structure import clean
from ingest.types import Reason

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

MIN_TEXT = 100  # characters; a true page of the traps has 130

_LADDER = ((300, 1.0), (600, 1.5), (1_500, 2.5), (2_500, 3.5), (6_000, 4.0))  # characters of main text, signs wanted
LONGEST = _LADDER[-1][0]

_HEADING, _LATER_HEADING, _PLACE = 3.0, 1.0, 3.0
_PHRASE, _PHRASE_OF_FURNITURE = 1.0, 0.3  # three of a banner alone are not enough
_PASSWORD, _PASSWORD_BESIDE = 2.0, 0.9  # a form beside a text is not enough
_MARK, _PAID = 1.0, 2.0
_FURNITURE = frozenset({Reason.CONSENT_WALL, Reason.LOGIN_WALL})
_COUNTED = 3  # phrases of one reason; more of them say no more
_ORDER = (
    Reason.RATE_LIMIT, Reason.BOT_WALL, Reason.SOFT_404, Reason.CONSENT_WALL, Reason.PAYWALL, Reason.LOGIN_WALL,
    Reason.WRONG_CONTENT, Reason.HTTP_ERROR, Reason.JAVASCRIPT_SHELL,
)  # fmt: skip
_BETWEEN = re.compile(r"(?<!\s)\s++[|–—·•»«›:/-]++\s++|(?:(?<!\s)\s++)?\|\s*+")
_ENDS = " \t\n.!?…:;,–—-\"'“”„«»()[]"
_PIECE = 160  # characters; a longer title is a sentence


@dataclass(frozen=True, slots=True)
class Signs:
    """What is seen of a page.

    Attributes:
        titles: The page's title and its first heading.
        headings: Its later headings.
        text: The main text.
        around: Everything else that a reader sees.
        source: The markup.
        password: Whether it asks for one.
        scripts: Whether it runs scripts.
        place: Host and path where it was found, if it was redirected there; else empty.
    """

    titles: tuple[str, ...]
    headings: tuple[str, ...] = ()
    text: str = ""
    around: str = ""
    source: str = ""
    password: bool = False
    scripts: bool = False
    place: str = ""


def judge(signs: Signs) -> Reason | None:
    """What stands in the place of the page, or None where it is a page."""
    length = len(signs.text)
    wanted = next((needed for longest, needed in _LADDER if length <= longest), None)
    if wanted is None:
        return None
    scores = {reason: _score(reason, signs) for reason in _ORDER}
    best = max(_ORDER, key=lambda reason: scores[reason])
    if scores[best] >= wanted:
        return best
    if length >= MIN_TEXT:
        return None
    return Reason.JAVASCRIPT_SHELL if signs.scripts else Reason.EMPTY


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
    headings = [clean(tag.get_text(" ")) for tag in soup.find_all(["h1", "h2", "h3", "h4"], limit=30)]
    named = clean(soup.title.get_text()) if soup.title else ""
    password = soup.find("input", attrs={"type": re.compile("^password$", re.IGNORECASE)}) is not None
    scripts = soup.find("script") is not None
    return Signs(
        titles=tuple(filter(None, [title, named, *headings[:1]])),
        headings=tuple(headings[1:]),
        text=text,
        around=_around(soup),  # takes the scripts out
        source=markup[:500_000],
        password=password,
        scripts=scripts,
        place=place,
    )


def of_text(text: str) -> Signs:
    """Look at a plain text: its first line is its title."""
    first = text.strip().partition("\n")[0]
    return Signs(titles=(first,), text=text)


def _around(soup: "BeautifulSoup") -> str:
    """The words of a page, those that it has for readers without scripts too."""
    for tag in soup(["script", "style", "template"]):
        tag.decompose()
    return "\n".join(line for line in (clean(line) for line in soup.get_text("\n").split("\n")) if line)[:20_000]


def _score(reason: Reason, signs: Signs) -> float:
    words = wording.load()
    heading = words.headings.get(reason)
    score = 0.0
    if heading is not None:
        score += _HEADING * any(heading.fullmatch(piece) for title in signs.titles for piece in _pieces(title))
        score += _LATER_HEADING * any(heading.fullmatch(one.strip(_ENDS)) for one in signs.headings)
    score += _phrases(reason, signs)
    mark = words.marks.get(reason)
    if mark is not None and mark.search(signs.source):
        score += _PAID if reason is Reason.PAYWALL else _MARK * (len(signs.text) < _LADDER[0][0])
    if reason is Reason.LOGIN_WALL and signs.password:
        score += _PASSWORD if len(signs.text) < MIN_TEXT else _PASSWORD_BESIDE
    place = words.places.get(reason)
    if place is not None and signs.place and place.search(signs.place):
        score += _PLACE
    return score


def _phrases(reason: Reason, signs: Signs) -> float:
    """What a reason's phrases weigh: those of the main text, and those around it where there is next to none.

    A box that asks for a subscription is rarely part of the main text, and its words are rarely about anything else. A
    banner about cookies and a link to sign in, on the other hand, stand around any page.
    """
    bare = len(signs.text) < MIN_TEXT
    weight = _PHRASE_OF_FURNITURE if bare and reason in _FURNITURE else _PHRASE
    everywhere = bare or reason is Reason.PAYWALL
    found = _found(reason, f"{signs.text}\n{signs.around}" if everywhere else signs.text)
    return weight * min(found, _COUNTED)


def _found(reason: Reason, text: str) -> int:
    """How many of a reason's phrases a text has."""
    return sum(phrase.search(text) is not None for phrase in wording.load().phrases.get(reason, ()))


def _pieces(title: str) -> Sequence[str]:
    """A title and its parts: sites put their name before or behind."""
    parts = (title, *_BETWEEN.split(title)) if len(title) <= _PIECE else ()
    return [part.strip(_ENDS) for part in parts if part.strip(_ENDS)]
