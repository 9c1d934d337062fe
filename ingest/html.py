"""HTML to parts: the article alone, with its structure.

trafilatura says which text is the article; it loses code indentation, some headings and captions. So the page's own
tree is cut into blocks (`ingest.blocks`), and those of the article are kept as they stand (`ingest.article`). What a
reader would not see is removed first (`ingest.unseen`).
"""

import re
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest import bylines, unseen
from ingest.article import parts_of
from ingest.blocks import Block, cut, flatten, is_prose, show_callouts
from ingest.errors import ExtractError
from ingest.left_out import BOX
from ingest.structure import Part, Reading, clean
from ingest.types import BlockKind, Reason

if TYPE_CHECKING:
    from bs4 import BeautifulSoup
    from trafilatura.settings import Document as Metadata

_MAX_BYTES = 8 * 2**20  # a page of 22 MB took 98 s to walk; an article is a few hundred kB
_NO_AUTHOR = frozenset(
    {"follow", "admin", "administrator", "author", "by", "staff", "editor", "red", "redaktion", "share", "subscribe",
     "posted by", "written by", "sign in", "home", "about", "unknown", "guest", "read more", "comments"}
)  # fmt: skip


def read(body: bytes, *, url: str, charset: str = "") -> Reading:
    """Extract the article of a page.

    Args:
        body: The page's bytes.
        url: Where they came from; metadata is read against it.
        charset: The charset that the response declared; the page's own declaration and its bytes have their say too.

    Raises:
        ExtractError: If the page holds no text that a reader would see, or is too large to be an article.
    """
    if len(body) > _MAX_BYTES:
        message = f"{url} has {len(body) / 2**20:.0f} MB of HTML, the limit is {_MAX_BYTES // 2**20}"
        raise ExtractError(message, reason=Reason.OVER_LIMITS)
    markup = decode(body, charset=charset)
    soup = _parse(markup)
    links = _links(soup)
    canonical, paper = _canonical(soup), _paper(soup)
    unseen.remove(soup)
    flatten(soup)
    show_callouts(soup)
    blocks = cut(soup)
    named = _named_above(blocks)
    parts = tuple(parts_of(soup, blocks, url=url, title=_meta_title(soup)))
    if not parts:
        raise ExtractError(f"{url} holds no readable text", reason=Reason.EMPTY)
    reading = _reading(markup, soup, parts, url=url, links=links)
    authors = reading.authors if any(" " in name for name in reading.authors) or not named else named
    return replace(reading, authors=authors, canonical=canonical, paper=paper)


def whole(markup: str) -> Reading:
    """Every visible block of a page that is known to hold nothing but its document."""
    soup = _parse(markup)
    links = _links(soup)
    unseen.remove(soup)
    flatten(soup)
    parts = tuple(block.part for block in cut(soup))
    title = next((clean(part.text) for part in parts if part.kind is BlockKind.HEADING), "")
    return Reading(title=title, parts=parts, links=links)


def decode(body: bytes, *, charset: str = "") -> str:
    """Turn a page's bytes into text.

    Bytes that are UTF-8 beyond ASCII are UTF-8, whatever was declared: no other text looks like it by chance, and a
    few broken ones among many do not make it another. Else the declared charset, the page's own declaration, and what
    the bytes look like, the first that fits.
    """
    from bs4.dammit import UnicodeDammit

    if not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = body.decode("utf-8-sig", "replace")
        broken = text.count("\ufffd")
        beyond_ascii = sum(not character.isascii() for character in text) if broken else 0
        if broken * 10 <= beyond_ascii or not broken:
            return text
    known = [charset] if charset and charset.lower() not in {"utf-8", "utf8"} else []
    return UnicodeDammit(body, known_definite_encodings=known, is_html=True).unicode_markup or ""


def _parse(markup: str) -> "BeautifulSoup":
    from bs4 import BeautifulSoup, XMLParsedAsHTMLWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)  # XHTML is read as the HTML that it is
        return BeautifulSoup(markup, "lxml")


def _links(soup: "BeautifulSoup") -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(link["href"]) for link in soup.find_all("a", href=True)))


def _named_above(blocks: Sequence[Block]) -> tuple[str, ...]:
    """The authors that a byline above the text, or right below its first paragraph, names."""
    prose = (number for number, block in enumerate(blocks) if is_prose(block) and len(clean(block.part.text)) > BOX)
    above = blocks[: next(prose, len(blocks)) + 1]
    return next(filter(None, (bylines.names(clean(block.part.text)) for block in above if not block.in_furniture)), ())


def _reading(
    markup: str, soup: "BeautifulSoup", parts: tuple[Part, ...], *, url: str, links: tuple[str, ...]
) -> Reading:
    found = _metadata(markup, url=url)
    named = (name.strip() for name in (found.author or "").split(";")) if found else ()
    authors = tuple(name for name in named if name and name.casefold() not in _NO_AUTHOR)
    return Reading(
        title=_title(soup, parts, (found.title or "") if found else ""),
        parts=parts,
        authors=authors,
        published=(found.date or "") if found else "",
        links=links,
    )


def _metadata(markup: str, *, url: str) -> "Metadata | None":
    from trafilatura import extract_metadata

    try:
        return extract_metadata(markup, default_url=url, extensive=False)
    except AssertionError:  # its search for dates drops elements, and lxml asserts that none of them is the root
        return None
    except ValueError:  # "&#x11;" is read by lxml and cannot be written by it, which dropping an element does
        return None


def _title(soup: "BeautifulSoup", parts: tuple[Part, ...], found: str) -> str:
    """The page's title: a heading that the page's head repeats, else what the head says without the site's name."""
    headings = [clean(part.text) for part in parts if part.kind is BlockKind.HEADING and part.level == 1][:1]
    head = _meta_title(soup)
    known = head.casefold()
    if known and headings and headings[0].casefold().startswith(known):
        return headings[0]  # says more
    agreed = (text for text in (*headings, _without_site(clean(found))) if text and text.casefold() in known)
    return next(agreed, "") or _without_site(head) or next(iter(headings), "") or clean(found)


def _meta_title(soup: "BeautifulSoup") -> str:
    tag = soup.find("title")
    return clean(tag.get_text()) if tag else ""


def _without_site(title: str) -> str:
    """A title without the name of its site behind a bar or a dash."""
    pieces = re.split(
        r"(?<!\s)\s++[|–—·•»]\s++|(?<!\s)\s++-\s++(?=[^-]*$)|(?<=[\u3040-\u9fff])[_|](?=[\u3040-\u9fff])", title
    )
    return pieces[0] if len(pieces) > 1 and len(pieces[0]) >= 12 else title


def _canonical(soup: "BeautifulSoup") -> str:
    link = soup.find("link", rel="canonical")
    address = str(link.get("href", "")) if link else ""
    return address if address.startswith(("http://", "https://")) else ""


def _paper(soup: "BeautifulSoup") -> str:
    """The PDF that a page names as the work that it is about, in the tags that search engines for papers read."""
    tag = soup.find("meta", attrs={"name": "citation_pdf_url"})
    return str(tag.get("content") or "").strip() if tag else ""
