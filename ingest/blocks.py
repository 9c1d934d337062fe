"""A page's tree cut into blocks, each with its kind, its place and the strings it is made of.

Which of them are the article is not decided here (`ingest.article`); what a block tells of itself for that is: whether
it is prose, a menu, a teaser, and whether anything around it speaks against it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ingest import unseen
from ingest.inline import (
    BLOCKS,
    HEADINGS,
    KINDS,
    code_of,
    is_layout,
    joined,
    link_share,
    numbered_code,
    strings_of,
    table_of,
    text_of,
)
from ingest.structure import Part, clean
from ingest.types import BlockKind

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag
    from bs4.element import NavigableString

_FURNITURE = frozenset({"nav", "footer", "aside", "form", "menu", "dialog"})
_FURNITURE_ROLES = frozenset(
    {"navigation", "search", "contentinfo", "complementary", "dialog", "alertdialog", "menu", "menubar", "toolbar",
     "tablist"}
)  # fmt: skip
_TRANSPARENT = frozenset({"ul", "ol", "li", "dl", "dt", "dd", "blockquote", "p", "pre", "table", "figure", *HEADINGS})
_MAY_BE_REFERENCE = frozenset({BlockKind.PARAGRAPH, BlockKind.LIST_ITEM})
_MAX_DEPTH = 200  # real pages nest 10–40 levels; deeper ones are read as plain text from there
_MAX_BLOCKS = 40_000
_FOOTNOTES = re.compile(r"\bfoot-?notes?\b|\bend-?notes?\b", re.IGNORECASE)
_REFERENCES = re.compile(r"^(?:references|bibliography|works cited|literature cited|citations?)\W*$", re.IGNORECASE)
_CREDIT = re.compile(
    r"\b(?:credits?|photo(?:graph)?s?|image|picture|illustration|video) ?(?::|by\b|via\b|courtesy|caption)|\bgetty\b"
    r"|^(?:image|media|photo) ?caption|\bshutterstock\b|\bunsplash\b|©",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"^\W*(?:fig(?:ure|ura)?|abb(?:ildung)?|tab(?:le|elle|leau|la)?|diagram|chart|exhibit|listing|algorithm|рис(?:унок)?"
    r"|таблица|схема)\b\.?\s*[\dA-Z]|^\W*[図表图圖]\s*\d|^\W*(?:그림|표)\s*\d",
    re.IGNORECASE,
)  # captions that the text refers to
_PHOTOGRAPH = re.compile(r"\.jpe?g(?:$|[?&#\s/@:!])|[?&](?:fm|format)=jpe?g", re.IGNORECASE)
_CALLOUT = re.compile(r"\b(?:admonition|callout|note|tip|hint|warning|caution|important|info)\b", re.IGNORECASE)
_BESIDE = re.compile(
    r"(?:^|[\s_-])(?:comments?|respond|related|recommend(?:ed|ations)?|promos?|newsletter|subscri(?:be|ption)|cookies?"
    r"|consent|shar(?:e|ing)|social|sidebar|advert\w*|ads?|sponsor\w*|author-?bio|most-?read|pagination|breadcrumbs?"
    r"|popup|modal)(?:$|[\s_-])",
    re.IGNORECASE,
)
_LAYOUT = re.compile(
    r"^(?:container\w*|row|col\S*|wrap\w*|inner|outer|content|grid\S*|box|block|section|flex\S*|item|body|text|clearfix"
    r"|[a-z]{1,3}|(?:[^\W\d]|-)*+\d[\w-]*+)$",
    re.IGNORECASE,
)  # class names that say how a page is laid out, not what a box holds
_LABEL = 20  # characters; a caption below it names a person or a place
PROSE = 80  # characters from which a block is a paragraph rather than a label
TOP = 0  # in the place of a box's id
TEASER = 0.85  # share of links from which a block among paragraphs leads out of the article
LINK_HEAVY = 0.6  # share of a block's text that is links, from which it is a menu or a teaser


@dataclass(slots=True)
class Block:
    """A block of the page: its part, the strings it is made of and where it stands.

    Attributes:
        explains: Of a caption, whether the text needs it.
    """

    part: Part
    strings: "list[NavigableString]"
    place: "Place"
    linked: float = 0.0
    explains: bool = True

    @property
    def in_furniture(self) -> bool:
        """Whether it stands in a menu, a footer, a form or the like."""
        return self.place.in_furniture


@dataclass(frozen=True, slots=True)
class Box:
    """A tag that holds blocks and is itself no list or paragraph."""

    id: int
    make: str  # its name and those of its classes that tell of more than layout
    around: "Box | None" = field(default=None, compare=False, repr=False)
    classes: str = ""  # all of them, as they are written

    @property
    def parent(self) -> int:
        """The id of the box around it; 0 at the top of a page."""
        return self.around.id if self.around else TOP

    def chain(self) -> "Iterator[Box]":
        """This box and those around it, inmost first."""
        box: Box | None = self
        while box is not None:
            yield box
            box = box.around


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of a tag from those around it."""

    kind: BlockKind = BlockKind.PARAGRAPH
    in_furniture: bool = False
    depth: int = 0
    boxes: tuple[Box, ...] = ()  # around it, inmost first
    in_link: bool = False
    beside: bool = False  # in what calls itself comments, related posts, a promotion or the like

    def chain(self) -> Iterator[Box]:
        """Every box around it, inmost first."""
        return self.boxes[0].chain() if self.boxes else iter(())

    @property
    def box(self) -> int:
        """The id of the inmost box; 0 at the top of a page."""
        return self.boxes[0].id if self.boxes else 0


def flatten(soup: "BeautifulSoup") -> None:
    """Turn what is nested too deep into plain text, so that every later walk is short.

    A hundred thousand tags inside each other took minutes: each asked again what is inside it.
    """
    from bs4.element import Tag

    level: list[Tag] = [soup]
    for _ in range(_MAX_DEPTH):
        level = [child for tag in level for child in tag.children if isinstance(child, Tag)]
    for tag in level:
        if any(isinstance(child, Tag) for child in tag.children):
            text = tag.get_text(" ")
            tag.clear()
            tag.append(text)


def show_callouts(soup: "BeautifulSoup") -> None:
    """Take notes and warnings out of the asides that some generators put them in: they are said as part of the text."""
    for aside in soup.find_all("aside"):
        about = f"{aside.get('aria-label', '')} {' '.join(aside.get_attribute_list('class'))}"
        if _CALLOUT.search(about) and not _BESIDE.search(about):
            aside.name = "div"


def is_prose(block: Block) -> bool:
    """Whether a block is as long as a paragraph, and most of it no link."""
    return len(block.part.text) >= PROSE and block.linked < LINK_HEAVY / 2


def is_menu(block: Block) -> bool:
    """Whether a block is a link of a menu, which trafilatura takes where a page says next to nothing else."""
    return block.in_furniture and block.linked >= TEASER


def is_teaser(block: Block) -> bool:
    """Whether a block is a heading inside a link: that of another article."""
    return block.part.level > 1 and block.place.in_link


def is_credit(block: Block) -> bool:
    """Whether a block says who made a picture."""
    return _CREDIT.search(block.part.text) is not None


def is_running(block: Block) -> bool:
    """Whether a block is running text; headings and captions are looked at one by one."""
    return not block.part.level and block.part.kind is not BlockKind.CAPTION


def is_linked_head(block: Block) -> bool:
    """Whether a heading is nothing but a link."""
    return block.part.level > 1 and block.linked >= TEASER


def is_free(block: Block) -> bool:
    """Whether nothing around a block speaks against its being read as article."""
    return not block.in_furniture and not block.place.beside and block.linked < LINK_HEAVY


def _explains(caption: "Tag") -> bool:
    """Whether a caption says something that the text needs: of a table, a numbered figure or a drawing, not of a photo.

    Of the captions of 91 pages of news, 8 words in 260 stood in what their readers had marked as the article.
    """
    text = clean(text_of(caption))
    if caption.name == "caption" or _LABELLED.match(text):
        return True
    figure = caption.find_parent("figure") or caption.parent
    if figure is None:
        return False
    if figure.find(["table", "pre", "code"]) or figure.has_attr(unseen.DRAWN):
        return True
    pictures = figure.find_all(["img", "source"])
    sources = " ".join(str(one.get(name) or "") for one in pictures for name in ("src", "data-src", "srcset"))
    return bool(pictures) and not _PHOTOGRAPH.search(sources) and not _CREDIT.search(text) and len(text) >= _LABEL


def cut(soup: "BeautifulSoup") -> list[Block]:
    """Every block of text of a page, in reading order."""
    found: list[Block] = []
    references: frozenset[int] = frozenset()
    for block in _walk(soup.body or soup, Place()):
        if block.part.kind is BlockKind.HEADING:
            named = bool(_REFERENCES.match(clean(block.part.text)))
            references = frozenset(box.id for box in block.place.boxes[:1]) if named else frozenset()
        elif block.part.kind in _MAY_BE_REFERENCE and references & {box.id for box in block.place.boxes}:
            block.part = replace(block.part, kind=BlockKind.REFERENCE)
        found.append(block)
        if len(found) >= _MAX_BLOCKS:
            break
    return found


def _walk(root: "Tag", place: Place) -> Iterator[Block]:
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
    """Whether a tag is a block or has one inside; bs4's own search sets up its rules anew each time, 1 ms a tag."""
    return tag.name in BLOCKS or any(getattr(one, "name", None) in BLOCKS for one in tag.descendants)


def _inside(tag: "Tag", place: Place) -> Place:
    """The place of a tag's children."""
    kind = KINDS.get(tag.name, place.kind)
    if place.kind is BlockKind.FOOTNOTE or _is_footnotes(tag):
        kind = BlockKind.FOOTNOTE
    furniture = place.in_furniture or _is_furniture(tag)
    boxes = place.boxes if tag.name in _TRANSPARENT else (_box(tag, place), *place.boxes[:3])
    beside = place.beside or (tag.name in {"div", "section", "ul", "ol"} and bool(_BESIDE.search(_about(tag))))
    return Place(kind, furniture, place.depth + 1, boxes, place.in_link or tag.name == "a", beside)


def _is_furniture(tag: "Tag") -> bool:
    return tag.name in _FURNITURE or tag.get("role") in _FURNITURE_ROLES or _is_site_header(tag)


def _box(tag: "Tag", place: Place) -> Box:
    classes = sorted(name for name in tag.get_attribute_list("class") if name and not _LAYOUT.match(name))
    around = place.boxes[0] if place.boxes else None
    return Box(id(tag), ".".join([tag.name, *classes]), around, _classes(tag))


def _about(tag: "Tag") -> str:
    return f"{tag.get('id') or ''} {_classes(tag)}"


def _classes(tag: "Tag") -> str:
    return " ".join(name or "" for name in tag.get_attribute_list("class"))


def _is_footnotes(tag: "Tag") -> bool:
    if tag.name not in {"section", "div", "ol", "ul", "aside", "li"}:
        return False
    return bool(_FOOTNOTES.search(_about(tag))) or tag.get("role") in {"doc-endnotes", "doc-footnote"}


def _is_site_header(tag: "Tag") -> bool:
    """A header that carries the site's menu; an article's own header carries its title."""
    return tag.name == "header" and tag.find("nav") is not None


def _block(tag: "Tag", place: Place) -> Iterator[Block]:
    if tag.name in HEADINGS:
        yield from _one(tag, Part(BlockKind.HEADING, text_of(tag), HEADINGS[tag.name]), place)
    elif tag.name == "pre":
        yield from _one(tag, Part(BlockKind.CODE, code_of(tag)), place)
    elif tag.name == "table" and (code := numbered_code(tag)) is not None:
        yield from _one(code, Part(BlockKind.CODE, code_of(code)), place)
    elif tag.name == "table" and not is_layout(tag):
        if caption := tag.find("caption"):
            yield from _one(caption, Part(BlockKind.CAPTION, text_of(caption)), place)
        yield from _one(tag, Part(BlockKind.TABLE, table_of(tag)), place)
    elif tag.name in {"figcaption", "caption"}:
        yield from (
            replace(one, explains=_explains(tag)) for one in _one(tag, Part(BlockKind.CAPTION, text_of(tag)), place)
        )
    else:
        yield from _walk(tag, place)


def _one(tag: "Tag", part: Part, place: Place) -> Iterator[Block]:
    if clean(part.text):
        strings = [string for string in strings_of(tag) if string.strip()]
        yield Block(part, strings, place, 1.0 if place.in_link else link_share([tag]))


def _loose(items: "Sequence[NavigableString | Tag]", place: Place) -> Iterator[Block]:
    """Inline text between blocks; two line breaks in a row part paragraphs, and so does one behind a bold line."""
    run: list[NavigableString | Tag] = []
    leads: list[bool] = []  # of each item with words whether it could be a lead; in linear time over long runs
    for position, item in enumerate(items):
        if item.name == "br" and (_next_name(items, position) == "br" or leads == [True]):
            yield from _paragraph(run, place)
            run, leads = [], []
            continue
        run.append(item)
        if words := clean(item.get_text()):
            leads.append(_is_lead(item, words))
        if leads == [True] and _ends_line(item):
            yield from _paragraph(run, place)
            run, leads = [], []
    yield from _paragraph(run, place)


def _is_lead(item: "NavigableString | Tag", words: str) -> bool:
    """Whether this is a short bold line, which, alone, is a heading of a paragraph by other means."""
    return item.name in {"b", "strong"} and len(words) < PROSE


def _ends_line(item: "NavigableString | Tag") -> bool:
    """Whether a tag's last piece is a line break."""
    from bs4.element import Tag

    return isinstance(item, Tag) and bool(item.contents) and getattr(item.contents[-1], "name", None) == "br"


def _next_name(items: "Sequence[NavigableString | Tag]", position: int) -> str:
    for at in range(position + 1, len(items)):  # a slice would copy what is left, at every line break
        item = items[at]
        if item.name is not None or str(item).strip():
            return item.name or ""
    return ""


def _paragraph(items: "Sequence[NavigableString | Tag]", place: Place) -> Iterator[Block]:
    from bs4.element import Tag

    text = "".join(joined(items))
    if not clean(text):
        return
    strings = []
    for item in items:
        strings += strings_of(item) if isinstance(item, Tag) else [item]
    kind = place.kind
    code = [item for item in items if isinstance(item, Tag) or str(item).strip()]
    if len(code) == 1 and isinstance(code[0], Tag) and code[0].name == "code" and "\n" in text.strip():
        yield Block(Part(BlockKind.CODE, code_of(code[0])), strings, place)
        return
    linked = 1.0 if place.in_link else link_share(items)
    yield Block(Part(kind, text), [one for one in strings if one.strip()], place, linked)
