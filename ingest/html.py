"""HTML to parts: the article alone, with its structure.

trafilatura (Barbaresi, ACL 2021) says which text is the article; it loses code indentation, some headings and captions.
So the page's own tree is cut into blocks, each block carries a mark of two letters of a script that no page here is
written in, and the marks that come back tell exactly which blocks trafilatura kept. To these come the headings, code,
tables, captions and notes that stand among them. What a reader would not see is removed first (`ingest.unseen`).
"""

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest import unseen
from ingest.errors import ExtractError
from ingest.structure import Part, Reading, clean
from ingest.types import BlockKind, Reason

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag
    from bs4.element import NavigableString

_FURNITURE = frozenset({"nav", "footer", "aside", "form", "menu", "dialog"})
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_KINDS = {
    "li": BlockKind.LIST_ITEM,
    "dt": BlockKind.LIST_ITEM,
    "dd": BlockKind.LIST_ITEM,
    "blockquote": BlockKind.QUOTE,
    "figcaption": BlockKind.CAPTION,
    "caption": BlockKind.CAPTION,
}
_BLOCKS = frozenset(
    {*_HEADINGS, *_KINDS, "p", "pre", "table", "div", "section", "article", "main", "ul", "ol", "dl", "figure", "body",
     "hr", "td", "th", "tr", "tbody", "thead", "tfoot", "address", "details", "summary", "header", "footer", "nav",
     "aside", "form", "fieldset", "center", "hgroup"}
)  # fmt: skip
_TRANSPARENT = frozenset({"ul", "ol", "li", "dl", "dt", "dd", "blockquote", "p", "pre", "table", "figure", *_HEADINGS})
_BLOCK_NAMES = sorted(_BLOCKS)
_STRUCTURE = frozenset({BlockKind.CODE, BlockKind.TABLE, BlockKind.CAPTION, BlockKind.FOOTNOTE, BlockKind.REFERENCE})
_RUNNING = frozenset({BlockKind.LIST_ITEM, BlockKind.QUOTE})
_CELL_SEPARATOR = " | "
_MAX_BYTES = 8 * 2**20  # a page of 22 MB took 98 s to walk; an article is a few hundred kB
_MAX_DEPTH = 200  # real pages nest 10–40 levels; deeper ones are read as plain text from there
_MAX_BLOCKS = 40_000
_NEAR = 3  # blocks between a code block, table or caption and the nearest kept one
_SCRIPTS = (0xA000, 0xA500)  # Yi syllables and Vai: letters, so they survive cleaning; 1,165 and 269 of them
_BASE = 250
_MARKER = re.compile("[{}-{}][{}-{}]".format(*(chr(start + end) for start in _SCRIPTS for end in (0, _BASE))))
_FOOTNOTES = re.compile(r"\bfoot-?notes?\b|\bend-?notes?\b", re.IGNORECASE)
_REFERENCES = re.compile(r"^(?:references|bibliography|works cited|literature cited|citations?)\W*$", re.IGNORECASE)
_LINE_NUMBERS = re.compile(r"lnt?|linenos?|line-?numbers?|lineno|gutter", re.IGNORECASE)
_CREDIT = re.compile(
    r"\b(?:credits?|photo(?:graph)?s?|image|picture|illustration|video) ?(?::|by\b|via\b|courtesy|caption)|\bgetty\b"
    r"|^(?:image|media|photo) ?caption|\bshutterstock\b|\bunsplash\b|©",
    re.IGNORECASE,
)
_GAP = 60  # blocks between two kept ones: a long list
_TEASER = 0.85  # share of links from which a block among paragraphs leads out of the article
_LINK_HEAVY = 0.6  # share of a block's text that is links, from which it is a menu or a teaser


@dataclass(slots=True)
class _Block:
    """A block of the page: its part, the strings it is made of and where it stands."""

    part: Part
    strings: "list[NavigableString]"
    place: "_Place"
    linked: float = 0.0

    @property
    def in_furniture(self) -> bool:
        """Whether it stands in a menu, a footer, a form or the like."""
        return self.place.in_furniture


@dataclass(frozen=True, slots=True)
class _Place:
    """What is known of a tag from those around it."""

    kind: BlockKind = BlockKind.PARAGRAPH
    in_furniture: bool = False
    depth: int = 0
    containers: tuple[int, ...] = ()  # the tags around it that are no list or paragraph, inmost first


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
    canonical = _canonical(soup)
    unseen.remove(soup)
    parts = tuple(_article(soup, url=url))
    if not parts:
        raise ExtractError(f"{url} holds no readable text", reason=Reason.EMPTY)
    return _reading(markup, soup, parts, url=url, links=links, canonical=canonical)


def whole(markup: str) -> Reading:
    """Every visible block of a page that is known to hold nothing but its document."""
    soup = _parse(markup)
    links = _links(soup)
    unseen.remove(soup)
    parts = tuple(block.part for block in _blocks(soup))
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


def _article(soup: "BeautifulSoup", *, url: str) -> Iterator[Part]:
    blocks = _blocks(soup)
    kept = _chosen(soup, blocks, url=url)
    if not any(kept):
        kept = [not block.in_furniture and block.linked < _LINK_HEAVY for block in blocks]
    if not any(kept):
        kept = [not block.in_furniture for block in blocks]
    if any(kept):
        wanted = _with_structure(blocks, kept)
        yield from (block.part for block, keep in zip(blocks, wanted, strict=True) if keep)


def _chosen(soup: "BeautifulSoup", blocks: Sequence[_Block], *, url: str) -> list[bool]:
    """Which blocks trafilatura takes for the article, told by the marks that come back."""
    from trafilatura import extract

    _mark(blocks)
    text = extract(str(soup), url=url, include_comments=False, include_tables=True) or ""
    back = set(_MARKER.findall(text))
    return [_marker(number) in back for number in range(len(blocks))]


def _mark(blocks: Sequence[_Block]) -> None:
    """Put a block's mark behind its longest string."""
    from bs4.element import NavigableString

    for number, block in enumerate(blocks):
        longest = max(block.strings, key=len, default=None)
        if longest is not None and longest.parent is not None:
            longest.replace_with(NavigableString(f"{str(longest).rstrip()}{_marker(number)} "))


def _marker(number: int) -> str:
    return chr(_SCRIPTS[0] + number // _BASE) + chr(_SCRIPTS[1] + number % _BASE)


def _with_structure(blocks: Sequence[_Block], kept: Sequence[bool]) -> list[bool]:
    """Add what trafilatura leaves out inside the article: first lists and the like, then headings, code and notes."""
    kept = _filled(blocks, kept)
    first, last = kept.index(True), len(kept) - 1 - kept[::-1].index(True)
    return [
        keep or (not block.in_furniture and _belongs(blocks, kept, number, first=first, last=last))
        for number, (block, keep) in enumerate(zip(blocks, kept, strict=True))
    ]


def _filled(blocks: Sequence[_Block], kept: Sequence[bool]) -> list[bool]:
    """Keep what stands between kept blocks in the very tag that they stand in.

    trafilatura's second way, through readability, drops every list of an article: 9,000 of 28,000 characters of one of
    the listed works.
    """
    filled = list(kept)
    last_seen: dict[int, int] = {}
    for number, (block, keep) in enumerate(zip(blocks, kept, strict=True)):
        container = block.place.containers[0] if block.place.containers else 0
        if not keep:
            continue
        start = last_seen.get(container)
        if start is not None and number - start <= _GAP:
            for between in range(start + 1, number):
                inside = blocks[between]
                filled[between] = filled[between] or (
                    inside.part.kind in _RUNNING
                    and inside.place.containers[:1] == (container,)
                    and not inside.in_furniture
                    and inside.linked < _TEASER
                )
        last_seen[container] = number
    return filled


def _belongs(blocks: Sequence[_Block], kept: Sequence[bool], number: int, *, first: int, last: int) -> bool:
    block = blocks[number]
    if block.part.kind is BlockKind.HEADING:
        return first - _NEAR <= number < last and _opens_kept(blocks, kept, number) and block.linked < _LINK_HEAVY
    if block.part.kind not in _STRUCTURE or block.linked >= _LINK_HEAVY:
        return False
    if block.part.kind is BlockKind.CAPTION and _CREDIT.search(block.part.text):
        return False
    if block.part.kind in {BlockKind.FOOTNOTE, BlockKind.REFERENCE}:
        return number > first
    near = any(kept[max(0, number - _NEAR) : number + _NEAR + 1])
    return near and first - 1 <= number <= last + _NEAR


def _opens_kept(blocks: Sequence[_Block], kept: Sequence[bool], number: int) -> bool:
    """Whether the text right below a heading, or below the headings right under it, was kept or belongs to it."""
    for below in range(number + 1, min(number + 4, len(blocks))):
        kind = blocks[below].part.kind
        if kind is not BlockKind.HEADING:
            return kept[below] or (kind in {BlockKind.CODE, BlockKind.TABLE} and not blocks[below].in_furniture)
    return False


def _blocks(soup: "BeautifulSoup") -> list[_Block]:
    """Every block of text of a page, in reading order."""
    found: list[_Block] = []
    in_references = False
    for block in _walk(soup.body or soup, _Place()):
        if block.part.kind is BlockKind.HEADING:
            in_references = bool(_REFERENCES.match(clean(block.part.text)))
        elif in_references and block.part.kind in {BlockKind.PARAGRAPH, BlockKind.LIST_ITEM}:
            block.part = replace(block.part, kind=BlockKind.REFERENCE)
        found.append(block)
        if len(found) >= _MAX_BLOCKS:
            break
    return found


def _walk(root: "Tag", place: _Place) -> Iterator[_Block]:
    """Blocks under a tag; text that stands loose between them is a block of the tag's kind."""
    from bs4.element import NavigableString, Tag

    loose: list[NavigableString | Tag] = []
    for child in root.children:
        if isinstance(child, Tag) and place.depth < _MAX_DEPTH and _holds_blocks(child):
            yield from _loose(loose, place)
            loose = []
            yield from _block(child, _inside(child, place))
        elif isinstance(child, Tag | NavigableString):
            loose.append(child)
    yield from _loose(loose, place)


def _holds_blocks(tag: "Tag") -> bool:
    return tag.name in _BLOCKS or tag.find(_BLOCK_NAMES) is not None


def _inside(tag: "Tag", place: _Place) -> _Place:
    """The place of a tag's children."""
    kind = _KINDS.get(tag.name, place.kind)
    if place.kind is BlockKind.FOOTNOTE or _is_footnotes(tag):
        kind = BlockKind.FOOTNOTE
    furniture = place.in_furniture or tag.name in _FURNITURE or _is_site_header(tag)
    containers = place.containers if tag.name in _TRANSPARENT else (id(tag), *place.containers[:2])
    return _Place(kind, furniture, place.depth + 1, containers)


def _is_footnotes(tag: "Tag") -> bool:
    if tag.name not in {"section", "div", "ol", "ul", "aside", "li"}:
        return False
    about = f"{tag.get('role', '')} {tag.get('id', '')} {' '.join(tag.get_attribute_list('class'))}"
    return bool(_FOOTNOTES.search(about)) or tag.get("role") in {"doc-endnotes", "doc-footnote"}


def _is_site_header(tag: "Tag") -> bool:
    """A header that carries the site's menu; an article's own header carries its title."""
    return tag.name == "header" and tag.find("nav") is not None


def _block(tag: "Tag", place: _Place) -> Iterator[_Block]:
    if tag.name in _HEADINGS:
        yield from _one(tag, Part(BlockKind.HEADING, _words(tag), _HEADINGS[tag.name]), place)
    elif tag.name == "pre":
        yield from _one(tag, Part(BlockKind.CODE, _code(tag)), place)
    elif tag.name == "table" and (code := _numbered_code(tag)) is not None:
        yield from _one(code, Part(BlockKind.CODE, _code(code)), place)
    elif tag.name == "table" and not _is_layout(tag):
        if caption := tag.find("caption"):
            yield from _one(caption, Part(BlockKind.CAPTION, _words(caption)), place)
        yield from _one(tag, Part(BlockKind.TABLE, _table(tag)), place)
    elif tag.name in {"figcaption", "caption"}:
        yield from _one(tag, Part(BlockKind.CAPTION, _words(tag)), place)
    else:
        yield from _walk(tag, place)


def _one(tag: "Tag", part: Part, place: _Place) -> Iterator[_Block]:
    if clean(part.text):
        strings = [string for string in tag.find_all(string=True) if string.strip()]
        yield _Block(part, strings, place, _linked([tag]))


def _loose(items: "Sequence[NavigableString | Tag]", place: _Place) -> Iterator[_Block]:
    """Inline text between blocks; two line breaks in a row part paragraphs."""
    run: list[NavigableString | Tag] = []
    for position, item in enumerate(items):
        if item.name == "br" and _next_name(items, position) == "br":
            yield from _paragraph(run, place)
            run = []
        else:
            run.append(item)
    yield from _paragraph(run, place)


def _next_name(items: "Sequence[NavigableString | Tag]", position: int) -> str:
    for item in items[position + 1 :]:
        if item.name is not None or str(item).strip():
            return item.name or ""
    return ""


def _paragraph(items: "Sequence[NavigableString | Tag]", place: _Place) -> Iterator[_Block]:
    from bs4.element import Tag

    text = "".join(_words(item) if isinstance(item, Tag) else str(item) for item in items)
    if not clean(text):
        return
    strings = []
    for item in items:
        strings += list(item.find_all(string=True)) if isinstance(item, Tag) else [item]
    kind = place.kind
    code = [item for item in items if isinstance(item, Tag) or str(item).strip()]
    if len(code) == 1 and isinstance(code[0], Tag) and code[0].name == "code" and "\n" in text.strip():
        yield _Block(Part(BlockKind.CODE, _code(code[0])), strings, place)
        return
    yield _Block(Part(kind, text), [one for one in strings if one.strip()], place, _linked(items))


def _linked(items: "Sequence[NavigableString | Tag]") -> float:
    """Share of the text that is links."""
    from bs4.element import Tag

    total = sum(len(clean(item.get_text())) for item in items)
    links = 0
    for item in items:
        if isinstance(item, Tag):
            anchors = [item] if item.name == "a" else item.find_all("a")
            links += sum(len(clean(anchor.get_text())) for anchor in anchors)
    return links / total if total else 0.0


def _words(tag: "Tag") -> str:
    """A tag's text, a line break as a space."""
    if tag.name == "br":
        return "\n"
    return "".join(_leaves(tag))


def _leaves(tag: "Tag") -> Iterator[str]:
    from bs4.element import NavigableString, Tag

    for one in tag.descendants:
        if isinstance(one, NavigableString):
            yield str(one)
        elif isinstance(one, Tag) and one.name == "br":
            yield "\n"


def _code(tag: "Tag") -> str:
    """Code with its lines: a break, or a block inside, ends a line; line numbers are left out."""
    from bs4.element import NavigableString, Tag

    pieces: list[str] = []
    for one in tag.descendants:
        if isinstance(one, NavigableString):
            if not _is_line_number(one):
                pieces.append(str(one))
        elif not isinstance(one, Tag):
            continue
        elif one.name == "br" or (one.name in {"div", "p", "li", "tr"} and pieces and not pieces[-1].endswith("\n")):
            pieces.append("\n")
    return "".join(pieces)


def _is_line_number(string: "NavigableString") -> bool:
    if not string.strip().isdigit():
        return False
    around = [parent.get_attribute_list("class") for parent in list(string.parents)[:3]]
    return any(_LINE_NUMBERS.fullmatch(name or "") for names in around for name in names)


def _numbered_code(table: "Tag") -> "Tag | None":
    """The code of a table that puts line numbers beside it, as highlighters make them; None for other tables."""
    cells = [cell for cell in table.find_all("td") if cell.find("pre") is not None]
    if len(cells) == 1:
        return cells[0].find("pre")
    if len(cells) == 2 and re.fullmatch(r"[\d\s]*", cells[0].get_text()):
        return cells[1].find("pre")
    return None


def _is_layout(table: "Tag") -> bool:
    """A table that only arranges the page: it holds whole blocks, or has one column."""
    if table.get("role") == "presentation" or table.find(["table", "h1", "h2", "h3", "pre", "form"]):
        return True
    paragraphs = table.find_all("p")
    cells = table.find_all(["td", "th"])
    if len(paragraphs) > max(2, len(cells)) or any(len(cell.get_text()) > 1_500 for cell in cells):
        return True
    return all(len(row.find_all(["td", "th"], recursive=False)) < 2 for row in table.find_all("tr"))


def _table(table: "Tag") -> str:
    rows = []
    for row in table.find_all("tr"):
        cells = [clean(_words(cell)) for cell in row.find_all(["td", "th"])]
        if any(cells):
            rows.append(_CELL_SEPARATOR.join(cells))
    return "\n".join(rows)


def _reading(
    markup: str, soup: "BeautifulSoup", parts: tuple[Part, ...], *, url: str, links: tuple[str, ...], canonical: str
) -> Reading:
    from trafilatura import extract_metadata

    found = extract_metadata(markup, default_url=url, extensive=False)
    authors = tuple(name.strip() for name in (found.author or "").split(";") if name.strip()) if found else ()
    return Reading(
        title=_title(soup, parts, (found.title or "") if found else ""),
        parts=parts,
        authors=authors,
        published=(found.date or "") if found else "",
        canonical=canonical,
        links=links,
    )


def _title(soup: "BeautifulSoup", parts: tuple[Part, ...], found: str) -> str:
    """The page's title: a heading that the page's head repeats, else what the head says without the site's name."""
    headings = [clean(part.text) for part in parts if part.kind is BlockKind.HEADING and part.level == 1][:1]
    head = _meta_title(soup)
    known = head.casefold()
    agreed = (text for text in (*headings, clean(found)) if text and text.casefold() in known)
    return next(agreed, "") or _without_site(head) or next(iter(headings), "") or clean(found)


def _meta_title(soup: "BeautifulSoup") -> str:
    tag = soup.find("title")
    return clean(tag.get_text()) if tag else ""


def _without_site(title: str) -> str:
    """A title without the name of its site behind a bar or a dash."""
    pieces = re.split(r"\s+[|–—·•»]\s+|\s+-\s+(?=[^-]*$)", title)
    return pieces[0] if len(pieces) > 1 and len(pieces[0]) >= 12 else title


def _canonical(soup: "BeautifulSoup") -> str:
    link = soup.find("link", rel="canonical")
    address = str(link.get("href", "")) if link else ""
    return address if address.startswith(("http://", "https://")) else ""
