"""Whether a short page stands in the place of the one that its address names, told by its structure alone.

Walls and error pages in words that nobody has listed still share a shape: a few sentences, a title that is the site's
and not the page's, a button or a form, and none of the words that the address promises. An address such as
/2021/how-we-count-ships names its page; one such as /p/4711 says nothing, and its page is not judged here.
And a beginning of an article above a price by the month is a paywall. What pages say is for `ingest.walls`.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ingest import address, walls
from ingest.structure import clean
from ingest.types import Reason

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

LONGEST = 600  # characters of text; a longer page is one
_SHORT = 300
_NAMES = 3  # words of an address from which it names its page
_MISSED = 0.3  # share of those words that a page has at most that is not the one
_LATIN = 0.5  # share of letters; an address in Latin letters says nothing of a page in others
_LABEL = 2  # words of a title that is a site's name or a label
_TOKEN = re.compile(r"\w{2,}")
_WORD = re.compile(r"[^\W\d_]{3,}")
_COMMON = frozenset(
    {"and", "are", "the", "for", "from", "with", "how", "why", "what", "when", "where", "which", "who", "our",
     "your", "you", "its", "not", "das", "der", "die", "und", "wie", "von", "mit", "für", "les", "des", "une",
     "pour", "avec", "dans", "comment", "que", "los", "las", "del", "con", "para", "por", "html", "htm", "php",
     "aspx", "index", "amp", "print", "view"}
)  # fmt: skip
_BEHIND = re.compile(r"\s[|–—·:-]\s")  # between a title and its site's name
_ID = re.compile(r"\d")
_AROUND = ["header", "nav", "footer"]
_ACTION = re.compile(r"(?:^|[\s_-])(?:btn|button|cta)(?:$|[\s_-])", re.IGNORECASE)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_MONEY = r"(?:[€£$]|\b(?:euros?|pounds?|dollars?|eur|usd|gbp|chf|kr|zł)\b)"
_AMOUNT = rf"(?:{_MONEY}\s?\d|\d\s?{_MONEY}|\b(?:one|two|three|ein|une?) {_MONEY})"
_PERIOD = r"\b(?:months?|weeks?|years?|monat|monate|monatlich|woche|wochen|jahr|mois|semaines?|an|mes|mese|maand)\b"
_PRICE = re.compile(rf"{_AMOUNT}[^.\n]{{0,40}}{_PERIOD}|{_PERIOD}[^.\n]{{0,40}}{_AMOUNT}", re.IGNORECASE)
_FREE = re.compile(rf"{_PERIOD}[^.\n]{{0,30}}\b(?:free|gratis|kostenlos|offerts?|gratuits?)\b", re.IGNORECASE)


def judge(markup: str, *, urls: Sequence[str], title: str, text: str) -> Reason | None:
    """What stands in the place of a page, or None where it may be the page.

    Args:
        markup: The page's HTML.
        urls: The addresses that were asked for and that answered.
        title: As it was extracted.
        text: The page's main text, as it was extracted.
    """
    if len(text) > LONGEST:
        return None
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(markup, "lxml")
    named = clean(soup.title.get_text()) if soup.title else ""
    for tag in soup([*_AROUND, "script", "style", "template"]):
        tag.decompose()
    if _is_priced(soup, text=text):
        return Reason.PAYWALL
    if not _is_elsewhere(urls, f"{title}\n{named}\n{text}\n{soup.get_text(' ')}"):
        return None
    if not (_is_untitled(soup, named) and (_unlinked(soup) < _SHORT or _acts(soup))):
        return None
    return walls.likeliest(f"{title}\n{text}") or (Reason.LOGIN_WALL if _asks_who(soup) else Reason.SOFT_404)


def _is_elsewhere(urls: Sequence[str], shown: str) -> bool:
    """Whether a page has next to none of the words that each of its addresses names it by."""
    letters = [one for one in shown if one.isalpha()]
    if sum(one < "\u0250" for one in letters) < _LATIN * len(letters):
        return False
    folded = {_folded(shown), _folded(shown.casefold().translate(_UMLAUTS))}
    named = [words for url in urls if len(words := _words_of(url)) >= _NAMES]
    return bool(named) and all(
        sum(any(_stem(word) in text for text in folded) for word in words) <= _MISSED * len(words) for words in named
    )


def _words_of(url: str) -> list[str]:
    """The words of the part of an address that has most of them; those of its host are on all of its pages."""
    parts = address.split(url)
    named = (list(dict.fromkeys(_telling(_folded(unquote(part))))) for part in parts.path.split("/"))
    return [word for word in max(named, key=len, default=[]) if _stem(word) not in parts.netloc.lower()]


def _telling(part: str) -> Iterator[str]:
    for piece in re.split(r"[^\w]|_", part):
        if not _ID.search(piece):
            yield from (word for word in _WORD.findall(piece) if word not in _COMMON)


def _stem(word: str) -> str:
    return word[: max(4, len(word) - 3)]


def _folded(text: str) -> str:
    """Small letters without their accents."""
    return "".join(one for one in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(one))


def _is_untitled(soup: "BeautifulSoup", title: str) -> bool:
    """Whether the title is the site's: the headings have none of its words, or there are none and it is short."""
    heads = [set(_TOKEN.findall(_folded(tag.get_text(" ")))) for tag in soup.find_all(["h1", "h2"], limit=2)]
    if not heads:
        return _acts(soup) and len(_BEHIND.split(title, maxsplit=1)[0].split()) <= _LABEL
    return not any(head & set(_TOKEN.findall(_folded(title))) for head in heads)


def _unlinked(soup: "BeautifulSoup") -> int:
    """Characters of what a reader sees outside links."""
    return len(clean(soup.get_text(" "))) - sum(len(clean(link.get_text(" "))) for link in soup.find_all("a"))


def _acts(soup: "Tag") -> bool:
    """Whether something is to be pressed or filled in, outside the site's own menu and foot."""
    fields = soup.find_all(["button", "input", "textarea"])
    return any(tag.get("type") != "hidden" for tag in fields) or any(_is_button(tag) for tag in soup.find_all("a"))


def _is_button(link: "Tag") -> bool:
    return link.get("role") == "button" or bool(
        _ACTION.search(" ".join(name or "" for name in link.get_attribute_list("class")))
    )


def _asks_who(soup: "BeautifulSoup") -> bool:
    return any(str(tag.get("type")).lower() in {"password", "email"} for tag in soup.find_all("input"))


def _is_priced(soup: "BeautifulSoup", *, text: str) -> bool:
    """Whether a box beside a few lines of text tells a price by the month, with something to press."""
    for line in soup.find_all(string=lambda one: bool(one) and bool(_PRICE.search(one) or _FREE.search(one))):
        box = next((one for one in line.parents if one.name in {"div", "section", "aside", "form"}), None)
        if box is None or not (_acts(box) or box.find("a")):
            continue
        beside = [one for one in text.split("\n") if clean(one) not in clean(box.get_text(" "))]
        if 0 < sum(map(len, beside)) < _SHORT and len(box.get_text()) < _SHORT:
            return True
    return False
