"""HTML to parts: the article alone, with its structure.

trafilatura (Barbaresi, ACL 2021) says which text is the article; it loses code indentation and some headings, so the
page's own tree is walked with beautifulsoup4 and every block is kept that trafilatura kept, plus the headings, code,
tables and captions that stand between kept blocks. Text that a reader would not see is removed first.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ingest.errors import ExtractError
from ingest.structure import Part, Reading, clean
from ingest.types import BlockKind, Reason

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_UNSEEN = ["script", "style", "template", "noscript", "svg", "iframe", "object", "embed", "canvas", "button", "select"]
_FURNITURE = ["nav", "header", "footer", "aside", "form", "menu", "dialog"]
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])"
    r"|(?:left|top|text-indent)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_KINDS = {
    "p": BlockKind.PARAGRAPH,
    "li": BlockKind.LIST_ITEM,
    "dt": BlockKind.LIST_ITEM,
    "dd": BlockKind.LIST_ITEM,
    "pre": BlockKind.CODE,
    "table": BlockKind.TABLE,
    "blockquote": BlockKind.QUOTE,
    "figcaption": BlockKind.CAPTION,
    "caption": BlockKind.CAPTION,
}
_BLOCKS = frozenset(
    {*_HEADINGS, *_KINDS, "div", "section", "article", "main", "ul", "ol", "dl", "figure", "body", "hr", "td", "th",
     "tr", "tbody", "thead", "address", "details", "summary", "header", "footer", "nav", "aside", "form", "center"}
)  # fmt: skip
_STRUCTURE = frozenset({BlockKind.HEADING, BlockKind.CODE, BlockKind.TABLE, BlockKind.CAPTION})
_CELL_SEPARATOR = " | "
_MAX_BYTES = 8 * 2**20  # a page of 22 MB took 98 s to walk; an article is a few hundred kB
_MAX_DEPTH = 120  # real pages nest 10–40 levels; deeper ones are read as plain text from there


def read(body: bytes, *, url: str, charset: str = "") -> Reading:
    """Extract the article of a page.

    Args:
        body: The page's bytes.
        url: Where they came from; relative links and metadata are read against it.
        charset: The charset that the response declared; the page's own declaration and its bytes have their say too.

    Raises:
        ExtractError: If the page holds no text that a reader would see, or is too large to be an article.
    """
    if len(body) > _MAX_BYTES:
        message = f"{url} has {len(body) / 2**20:.0f} MB of HTML, the limit is {_MAX_BYTES // 2**20}"
        raise ExtractError(message, reason=Reason.OVER_LIMITS)
    html = decode(body, charset=charset)
    soup = _parse(html)
    links = _links(soup)
    _drop_unseen(soup)
    parts = tuple(_article(soup, url=url))
    if not parts:
        raise ExtractError(f"{url} holds no readable text", reason=Reason.EMPTY)
    return _page(html, soup, parts, url=url, links=links)


def whole(markup: str) -> Reading:
    """Every visible block of a page that is known to hold nothing but its document."""
    soup = _parse(markup)
    _drop_unseen(soup)
    parts = tuple(_blocks(soup.body or soup))
    title = next((clean(part.text) for part in parts if part.kind is BlockKind.HEADING), "")
    return Reading(title=title, parts=parts, links=_links(soup))


def _links(soup: "BeautifulSoup") -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(link["href"]) for link in soup.find_all("a", href=True)))


def decode(body: bytes, *, charset: str = "") -> str:
    """Turn a page's bytes into text by the declared charset if they fit it, else by what the bytes look like."""
    from bs4.dammit import UnicodeDammit

    known = [charset] if charset else []
    return UnicodeDammit(body, known_definite_encodings=known, is_html=True).unicode_markup or ""


def _parse(html: str) -> "BeautifulSoup":
    from bs4 import BeautifulSoup

    return BeautifulSoup(html, "lxml")


def _drop_unseen(soup: "BeautifulSoup") -> None:
    from bs4 import Comment

    for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    for tag in soup.find_all(_UNSEEN):
        tag.decompose()
    for tag in soup.find_all(_is_hidden):
        if not tag.decomposed and tag.name not in {"html", "body"}:
            tag.decompose()


def _is_hidden(tag: "Tag") -> bool:
    if tag.has_attr("hidden") or tag.get("aria-hidden") == "true":
        return True
    return bool(_HIDDEN_STYLE.search(str(tag.get("style", ""))))


def _article(soup: "BeautifulSoup", *, url: str) -> Iterator[Part]:
    from trafilatura import extract

    chosen = extract(str(soup), url=url, include_comments=False, include_tables=True, favor_recall=True) or ""
    blocks = list(_blocks(soup.body or soup))
    kept = _matching(blocks, chosen)
    if not any(kept):
        blocks = list(_blocks(_without_furniture(soup)))
        kept = [True] * len(blocks)
    first, last = kept.index(True) if any(kept) else 0, len(kept) - 1 - kept[::-1].index(True) if any(kept) else -1
    for position, (part, keep) in enumerate(zip(blocks, kept, strict=True)):
        if keep or (part.kind in _STRUCTURE and _lead(kept, position, first) and position <= last):
            yield part


def _lead(kept: list[bool], position: int, first: int) -> bool:
    """A heading, table or code block belongs to the article when kept text follows or precedes it closely."""
    if position < first:
        return first - position <= 2
    return any(kept[max(0, position - 3) : position + 4])


def _without_furniture(soup: "BeautifulSoup") -> "Tag":
    for tag in soup.find_all(_FURNITURE):
        tag.decompose()
    return soup.find("main") or soup.find("article") or soup.body or soup


def _matching(blocks: list[Part], chosen: str) -> list[bool]:
    haystack = _squeeze(chosen)
    return [_holds(haystack, part.text) for part in blocks]


def _holds(haystack: str, text: str) -> bool:
    """Whether most of a block's lines and sentences are in the chosen text."""
    pieces = [squeezed for piece in re.split(r"(?<=[.!?])\s+|\n", text) if (squeezed := _squeeze(piece))]
    total = sum(map(len, pieces))
    return total > 0 and sum(len(piece) for piece in pieces if piece in haystack) >= total / 2


def _squeeze(text: str) -> str:
    return re.sub(r"[\W_]+", "", clean(text)).casefold()


def _blocks(root: "Tag", *, depth: int = 0) -> Iterator[Part]:
    """Every block of text under `root`, in reading order; text loose between blocks is a paragraph."""
    from bs4.element import Tag

    loose: list[str] = []
    for child in root.children:
        if not isinstance(child, Tag):
            loose.append(str(child))
        elif child.name == "br":
            loose.append("\n")
        elif depth < _MAX_DEPTH and (child.name in _BLOCKS or child.find(list(_BLOCKS)) is not None):
            yield from _paragraph(loose, root)
            loose = []
            yield from _block(child, depth=depth + 1)
        else:
            loose.append(child.get_text())
    yield from _paragraph(loose, root)


def _paragraph(loose: list[str], parent: "Tag") -> Iterator[Part]:
    kind = _KINDS.get(parent.name, BlockKind.PARAGRAPH)
    for text in re.split(r"\n\s*\n", "".join(loose)) if parent.name == "div" else ["".join(loose)]:
        if text.strip():
            yield Part(kind, text)


def _block(tag: "Tag", *, depth: int) -> Iterator[Part]:
    if tag.name in _HEADINGS:
        yield Part(BlockKind.HEADING, tag.get_text(" "), _HEADINGS[tag.name])
    elif tag.name == "pre":
        yield Part(BlockKind.CODE, tag.get_text())
    elif tag.name == "table" and not _is_layout(tag):
        yield from _table(tag)
    elif tag.name in {"figcaption", "caption"}:
        yield Part(BlockKind.CAPTION, tag.get_text(" "))
    else:
        yield from _blocks(tag, depth=depth)


def _is_layout(table: "Tag") -> bool:
    """A table that only arranges the page: it holds whole blocks, or has one column."""
    if table.find(["table", "h1", "h2", "h3", "pre", "ul", "ol"]) or len(table.find_all("p")) > 2:
        return True
    return all(len(row.find_all(["td", "th"], recursive=False)) < 2 for row in table.find_all("tr"))


def _table(table: "Tag") -> Iterator[Part]:
    rows = []
    for row in table.find_all("tr"):
        cells = [clean(cell.get_text(" ")) for cell in row.find_all(["td", "th"])]
        if any(cells):
            rows.append(_CELL_SEPARATOR.join(cells))
    yield Part(BlockKind.TABLE, "\n".join(rows))
    if caption := table.find("caption"):
        yield Part(BlockKind.CAPTION, caption.get_text(" "))


def _page(html: str, soup: "BeautifulSoup", parts: tuple[Part, ...], *, url: str, links: tuple[str, ...]) -> Reading:
    from trafilatura import extract_metadata

    found = extract_metadata(html, default_url=url)
    authors = tuple(name.strip() for name in (found.author or "").split(";") if name.strip()) if found else ()
    return Reading(
        title=_title(soup, parts, (found.title or "") if found else ""),
        parts=parts,
        authors=authors,
        published=(found.date or "") if found else "",
        canonical=_canonical(soup),
        links=links,
    )


def _title(soup: "BeautifulSoup", parts: tuple[Part, ...], found: str) -> str:
    headings = [part.text for part in parts if part.kind is BlockKind.HEADING and part.level == 1]
    title = soup.title.get_text() if soup.title else ""
    return next((clean(text) for text in (found, *headings, title) if clean(text)), "")


def _canonical(soup: "BeautifulSoup") -> str:
    link = soup.find("link", rel="canonical")
    address = str(link.get("href", "")) if link else ""
    return address if address.startswith(("http://", "https://")) else ""
