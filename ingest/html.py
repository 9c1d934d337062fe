"""HTML to parts: the article alone, with its structure.

trafilatura (Barbaresi, ACL 2021) says which text is the article; it loses code indentation, some headings and captions.
So the page's own tree is cut into blocks, each block carries a mark of two letters of a script that no page here is
written in, and the marks that come back tell exactly which blocks trafilatura kept. To these come the headings, code,
tables, captions and notes that stand among them. What a reader would not see is removed first (`ingest.unseen`).
"""

import itertools
import re
import warnings
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ingest import address, bylines, formulas, unseen
from ingest.errors import ExtractError
from ingest.structure import Part, Reading, clean
from ingest.types import BlockKind, Reason

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag
    from bs4.element import NavigableString
    from trafilatura.settings import Document as Metadata

_FURNITURE = frozenset({"nav", "footer", "aside", "form", "menu", "dialog"})
_FURNITURE_ROLES = frozenset(
    {"navigation", "search", "contentinfo", "complementary", "dialog", "alertdialog", "menu", "menubar", "toolbar",
     "tablist"}
)  # fmt: skip
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
_STRUCTURE = frozenset({BlockKind.CODE, BlockKind.TABLE, BlockKind.CAPTION, BlockKind.FOOTNOTE, BlockKind.REFERENCE})
_MAY_BE_REFERENCE = frozenset({BlockKind.PARAGRAPH, BlockKind.LIST_ITEM})
_RUNNING = frozenset({BlockKind.LIST_ITEM, BlockKind.QUOTE})
_CELL_SEPARATOR = " | "
_LINE = "\x1e"  # between the lines of a cell, whose own line feeds are spaces
_TAIL = 4  # characters before a raised text that tell a power from a note
_NESTED = 50  # levels looked out of for the block around a string
_MAX_BYTES = 8 * 2**20  # a page of 22 MB took 98 s to walk; an article is a few hundred kB
_MAX_DEPTH = 200  # real pages nest 10–40 levels; deeper ones are read as plain text from there
_MAX_BLOCKS = 40_000
_NEAR = 3  # blocks between a code block, table or caption and the nearest kept one
_SCRIPTS = (0xA000, 0xA500)  # Yi syllables and Vai: letters, so they survive cleaning; 1,165 and 269 of them
_BASE = 250
_MARKER = re.compile("[{}-{}][{}-{}]".format(*(chr(start + end) for start in _SCRIPTS for end in (0, _BASE))))
_FOOTNOTES = re.compile(r"\bfoot-?notes?\b|\bend-?notes?\b", re.IGNORECASE)
_REFERENCES = re.compile(r"^(?:references|bibliography|works cited|literature cited|citations?)\W*$", re.IGNORECASE)
_NUMBERS, _DIGITS = re.compile(r"[\d\s]*"), re.compile(r"[\d\s]+")
_LINE_NUMBERS = re.compile(r"lnt?|linenos?|line-?numbers?|lineno|gutter", re.IGNORECASE)
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
_BESIDE_SHARE = 0.3  # of the text that was chosen: more is no side matter, whatever its class says
_LABEL = 20  # characters; a caption below it names a person or a place
_PROSE = 80  # characters from which a block is a paragraph rather than a label
_DISCUSSION = 1_000  # characters
_SCRAP, _WHOLE = 250, 2_500  # characters of prose
_BOX = 250  # characters of paragraphs that make a box more than a teaser; one of 90 was an invitation to chat
_FORMULA = re.compile(r"^\s*(?:\$\$|\\\[|\\begin\{)|[=≤≥≈≠∈∑∏∫√∇∝]")
_WORD = re.compile(r"(?<![\\\w{])[^\W\d_]{4,}")
_FORMULA_WORDS = 3
_NO_AUTHOR = frozenset(
    {"follow", "admin", "administrator", "author", "by", "staff", "editor", "red", "redaktion", "share", "subscribe",
     "posted by", "written by", "sign in", "home", "about", "unknown", "guest", "read more", "comments"}
)  # fmt: skip
_STOPS = tuple('.!?…。！？।”"»')  # what a sentence ends with
_OPENING = 160  # characters; of 8 shorter lines below a title, readers had counted none to the article
_TOP = 0  # in the place of a box's id
_SCRAPS = 0.7  # of a side column's text that was taken; of a reading list nearly all is
_LINKED_COLUMN = 0.3  # share of links from which a column is one of links and offers
_MANY = 3  # paragraphs of a box, from which its pictures do not make captions of them
_NEARLY_ALL = 0.8  # of the prose
_GAP = 60  # blocks between two kept ones: a long list
_TEASER = 0.85  # share of links from which a block among paragraphs leads out of the article
_LINK_HEAVY = 0.6  # share of a block's text that is links, from which it is a menu or a teaser


@dataclass(slots=True)
class _Block:
    """A block of the page: its part, the strings it is made of and where it stands.

    Attributes:
        explains: Of a caption, whether the text needs it.
    """

    part: Part
    strings: "list[NavigableString]"
    place: "_Place"
    linked: float = 0.0
    explains: bool = True

    @property
    def in_furniture(self) -> bool:
        """Whether it stands in a menu, a footer, a form or the like."""
        return self.place.in_furniture


@dataclass(frozen=True, slots=True)
class _Box:
    """A tag that holds blocks and is itself no list or paragraph."""

    id: int
    make: str  # its name and those of its classes that tell of more than layout
    around: "_Box | None" = field(default=None, compare=False, repr=False)
    classes: str = ""  # all of them, as they are written

    @property
    def parent(self) -> int:
        """The id of the box around it; 0 at the top of a page."""
        return self.around.id if self.around else _TOP

    def chain(self) -> "Iterator[_Box]":
        """This box and those around it, inmost first."""
        box: _Box | None = self
        while box is not None:
            yield box
            box = box.around


@dataclass(frozen=True, slots=True)
class _Place:
    """What is known of a tag from those around it."""

    kind: BlockKind = BlockKind.PARAGRAPH
    in_furniture: bool = False
    depth: int = 0
    boxes: tuple[_Box, ...] = ()  # around it, inmost first
    in_link: bool = False
    beside: bool = False  # in what calls itself comments, related posts, a promotion or the like

    def chain(self) -> Iterator[_Box]:
        """Every box around it, inmost first."""
        return self.boxes[0].chain() if self.boxes else iter(())

    @property
    def box(self) -> int:
        """The id of the inmost box; 0 at the top of a page."""
        return self.boxes[0].id if self.boxes else 0


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
    _flatten(soup)
    _show_callouts(soup)
    blocks = _blocks(soup)
    named = _named_above(blocks)
    parts = tuple(_article(soup, blocks, url=url))
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
    _flatten(soup)
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


def _flatten(soup: "BeautifulSoup") -> None:
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


def _links(soup: "BeautifulSoup") -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(link["href"]) for link in soup.find_all("a", href=True)))


def _named_above(blocks: Sequence[_Block]) -> tuple[str, ...]:
    """The authors that a byline above the text, or right below its first paragraph, names."""
    prose = (number for number, block in enumerate(blocks) if _is_prose(block) and len(clean(block.part.text)) > _BOX)
    above = blocks[: next(prose, len(blocks)) + 1]
    return next(filter(None, (bylines.names(clean(block.part.text)) for block in above if not block.in_furniture)), ())


def _article(soup: "BeautifulSoup", blocks: Sequence[_Block], *, url: str) -> Iterator[Part]:
    kept = _or_discussion(blocks, _without_side_matter(blocks, _chosen(soup, blocks, url=url)))
    if not any(kept) or _is_scrap(blocks, kept):
        kept = [not block.in_furniture and block.linked < _LINK_HEAVY for block in blocks]
    if not any(kept):
        kept = [not block.in_furniture for block in blocks]
    if any(kept):
        wanted = _with_structure(blocks, kept, title=_meta_title(soup), host=address.split(url).netloc)
        yield from (block.part for block, keep in zip(blocks, wanted, strict=True) if keep)


def _show_callouts(soup: "BeautifulSoup") -> None:
    """Take notes and warnings out of the asides that some generators put them in: they are said as part of the text."""
    for aside in soup.find_all("aside"):
        about = f"{aside.get('aria-label', '')} {' '.join(aside.get_attribute_list('class'))}"
        if _CALLOUT.search(about) and not _BESIDE.search(about):
            aside.name = "div"


def _without_side_matter(blocks: Sequence[_Block], kept: Sequence[bool]) -> list[bool]:
    """Drop what was chosen of boxes that call themselves comments or the like, unless that is much of the text."""
    kept = [keep and not (_is_teaser(block) or _is_menu(block)) for block, keep in zip(blocks, kept, strict=True)]
    chosen = [block for block, keep in zip(blocks, kept, strict=True) if keep]
    beside = sum(len(block.part.text) for block in chosen if block.place.beside)
    if beside > _BESIDE_SHARE * sum(len(block.part.text) for block in chosen):
        return list(kept)
    return [keep and not block.place.beside for block, keep in zip(blocks, kept, strict=True)]


def _is_scrap(blocks: Sequence[_Block], kept: Sequence[bool]) -> bool:
    """Whether what was chosen is a scrap beside the prose that nothing speaks against.

    A class that sounds like a table of contents, around the whole article, is enough for trafilatura to leave it out.
    """
    heads = {box.id for block in blocks if _is_teaser(block) or _is_linked_head(block) for box in block.place.boxes[:2]}
    free = [_is_free(block) and not heads & {box.id for box in block.place.boxes[:2]} for block in blocks]
    chosen, possible = (
        sum(len(block.part.text) for block, take in zip(blocks, taken, strict=True) if take and _is_prose(block))
        for taken in (kept, free)
    )
    return chosen < _SCRAP and possible > _WHOLE


def _or_discussion(blocks: Sequence[_Block], kept: list[bool]) -> list[bool]:
    """The comments in the place of an article, where there is none beside them: they are what a forum is made of."""
    if any(keep and _is_prose(block) for block, keep in zip(blocks, kept, strict=True)):
        return kept
    said = {block.place.box for block in blocks if block.place.beside and _is_prose(block)}
    length = sum(len(block.part.text) for block in blocks if block.place.box in said)
    return [block.place.box in said for block in blocks] if length > _DISCUSSION else kept


def _is_prose(block: _Block) -> bool:
    return len(block.part.text) >= _PROSE and block.linked < _LINK_HEAVY / 2


def _is_menu(block: _Block) -> bool:
    """Whether a block is a link of a menu, which trafilatura takes where a page says next to nothing else."""
    return block.in_furniture and block.linked >= _TEASER


def _is_teaser(block: _Block) -> bool:
    """Whether a block is a heading inside a link: that of another article."""
    return block.part.level > 1 and block.place.in_link


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
            marked = NavigableString(f"{str(longest).rstrip()}{_marker(number)} ")
            longest.replace_with(marked)
            block.strings[block.strings.index(longest)] = marked


def _marker(number: int) -> str:
    return chr(_SCRIPTS[0] + number // _BASE) + chr(_SCRIPTS[1] + number % _BASE)


def _with_structure(blocks: Sequence[_Block], kept: Sequence[bool], *, title: str, host: str) -> list[bool]:
    """Add what trafilatura leaves out of the article: boxes like its own, lists, then headings, code and notes."""
    kept = _with_inner(blocks, _without_scraps(blocks, _with_likes(blocks, kept)))
    kept = _prolonged(blocks, _filled(blocks, kept, host=host))
    first, last = kept.index(True), len(kept) - 1 - kept[::-1].index(True)
    wanted = [
        keep or (not block.in_furniture and _belongs(blocks, kept, number, first=first, last=last))
        for number, (block, keep) in enumerate(zip(blocks, kept, strict=True))
    ]
    return _with_lead(blocks, _with_title(blocks, _without_openers(blocks, wanted), title=title))


def _without_openers(blocks: Sequence[_Block], kept: list[bool]) -> list[bool]:
    """Drop from the end what only announces more: headings, and short lines that end in a colon."""
    for number in range(len(blocks) - 1, -1, -1):
        text = clean(blocks[number].part.text)
        announces = blocks[number].part.level > 0 or (len(text) < _PROSE and text.endswith((":", "：")))
        if kept[number] and not announces:
            return [*kept[: number + 1], *(False for _ in kept[number + 1 :])]
    return kept


def _with_title(blocks: Sequence[_Block], kept: list[bool], *, title: str) -> list[bool]:
    """Keep the heading that says the page's title, above its date, author and pictures."""
    first = kept.index(True)
    for number, block in enumerate(blocks[: first + 1]):
        text = clean(block.part.text)
        if block.part.level in {1, 2} and len(text) > 3 and title.startswith(text) and not block.in_furniture:
            return [*kept[:number], True, *kept[number + 1 :]]
    return kept


def _with_likes(blocks: Sequence[_Block], kept: Sequence[bool]) -> list[bool]:
    """Keep boxes of the same make as the one that holds most of the article, or sections beside it.

    Of pages made of sections, and of questions with their answers, trafilatura takes one and leaves the rest.
    """
    weights: Counter[_Box] = Counter()
    for block, keep in zip(blocks, kept, strict=True):
        if keep:
            weights.update({box: len(block.part.text) for box in block.place.boxes})
    if not weights:
        return list(kept)
    whole = max(weights.values())
    models = [box for box, weight in weights.items() if weight > whole / 2]
    boxes = {box for block in blocks for box in block.place.boxes}
    made = {box.id for box in boxes if any(_is_like(box, one) for one in models)}
    like = made | {box.id for box in boxes if any(_is_twin(box, one) for one in models)}
    prose: Counter[int] = Counter()
    teasers = {
        box.id for block in blocks if _is_teaser(block) or _is_linked_head(block) for box in block.place.boxes[:2]
    }
    for block in blocks:
        if len(block.part.text) >= _PROSE and block.linked < _LINK_HEAVY / 2 and _is_free(block):
            prose.update({box.id: len(block.part.text) for box in block.place.boxes if box.id in like})
    headed = {box.id for block in blocks if block.part.level for box in block.place.boxes}
    wordy = {box for box, length in prose.items() if length >= _BOX and (box in made or box in headed)} - teasers
    return [
        keep or (_is_free(block) and _is_running(block) and any(box.id in wordy for box in block.place.boxes))
        for block, keep in zip(blocks, kept, strict=True)
    ]


def _without_scraps(blocks: Sequence[_Block], kept: Sequence[bool]) -> list[bool]:
    """Drop the labels that were taken of a column of links, offers and teasers beside the article."""
    home = _home(blocks, kept)
    if home is None:
        return list(kept)
    around = {box.id for box in home.chain()}
    outer = [_TOP if home in block.place.chain() else _outermost(block, around=around) for block in blocks]
    total, taken, linked = Counter[int](), Counter[int](), Counter[int]()
    for block, keep, box in zip(blocks, kept, outer, strict=True):
        length = len(clean(block.part.text))
        total[box] += length
        taken[box] += length * keep
        linked[box] += round(length * block.linked)
    scraps = {
        box for box in total if box and taken[box] < _SCRAPS * total[box] and linked[box] >= _LINKED_COLUMN * total[box]
    }
    return [keep and box not in scraps for keep, box in zip(kept, outer, strict=True)]


def _home(blocks: Sequence[_Block], kept: Sequence[bool]) -> _Box | None:
    """The inmost box that holds nearly all prose that is kept; None where there is no prose."""
    weights: Counter[_Box] = Counter()
    whole = 0
    for block, keep in zip(blocks, kept, strict=True):
        if keep and _is_prose(block):
            whole += len(block.part.text)
            weights.update({box: len(block.part.text) for box in block.place.chain()})
    holding = [box for box, weight in weights.items() if weight >= _NEARLY_ALL * whole]
    return max(holding, key=lambda box: len([*box.chain()]), default=None)


def _with_inner(blocks: Sequence[_Block], kept: list[bool]) -> list[bool]:
    """Keep boxes of prose that stand between what is kept of the article, such as questions with their answers.

    Of text that stands in a box without a paragraph, trafilatura may take nothing, or the answers alone.
    """
    first, last = kept.index(True), len(kept) - 1 - kept[::-1].index(True)
    taken = {
        box.id
        for block, keep in zip(blocks, kept, strict=True)
        if keep and _is_prose(block)
        for box in block.place.chain()
    }
    left: dict[int, list[int]] = {}
    for number in range(first, last):
        left.setdefault(_outermost(blocks[number], around=taken), []).append(number)
    left.pop(_TOP, None)
    lost = {
        number
        for box, numbers in left.items()
        if _is_lost([blocks[number] for number in numbers], box=box)
        for number in numbers
    }
    return [
        keep or ((number in lost or _asks(blocks, kept, number)) and _is_free(block) and _is_running(block))
        for number, (block, keep) in enumerate(zip(blocks, kept, strict=True))
    ]


def _is_lost(blocks: Sequence[_Block], *, box: int) -> bool:
    """Whether a box that was left out is of prose, and neither of teasers nor of pictures with their captions."""
    prose = [block for block in blocks if _is_prose(block) and _is_free(block)]
    if sum(len(clean(block.part.text)) for block in prose) < _BOX or any(map(_is_credit, blocks)):
        return False
    if any(_is_teaser(block) or _is_linked_head(block) for block in blocks):
        return False
    return len(prose) >= _MANY or not _is_pictured(blocks[0], box=box)


def _is_credit(block: _Block) -> bool:
    return _CREDIT.search(block.part.text) is not None


def _is_pictured(block: _Block, *, box: int) -> bool:
    """Whether a picture stands in the box around a block."""
    around = next((one for one in block.strings[0].parents if id(one) == box), None)
    return around is not None and around.find(["img", "picture", "video", "figure"]) is not None


def _asks(blocks: Sequence[_Block], kept: Sequence[bool], number: int) -> bool:
    """Whether a block is a question, and what stands right below it was kept."""
    below = kept[number + 1 : number + 2] == [True]
    return below and clean(blocks[number].part.text).endswith(("?", "？", "؟"))


def _outermost(block: _Block, *, around: Collection[int]) -> int:
    """The id of the widest box around a block below the first of some boxes; 0 where the block stands in that one."""
    outside = [box.id for box in itertools.takewhile(lambda box: box.id not in around, block.place.chain())]
    return outside[-1] if outside else _TOP


def _with_lead(blocks: Sequence[_Block], kept: list[bool]) -> list[bool]:
    """Keep the opening paragraph between the title and the text, which many a page calls a teaser."""
    prose = [number for number, keep in enumerate(kept) if keep and _is_prose(blocks[number])]
    heads = [number for number, keep in enumerate(kept) if keep and blocks[number].part.level]
    if not prose or not heads or heads[0] > prose[0]:
        return kept
    home = {box.id for number in (heads[0], prose[0]) for box in blocks[number].place.boxes[:2]}
    for number in range(heads[0] + 1, prose[0]):
        near = home & {box.id for box in blocks[number].place.boxes[:2]}
        kept[number] = kept[number] or (bool(near) and _is_opening(blocks[number]))
    return kept


def _is_opening(block: _Block) -> bool:
    """Whether a block is a paragraph; dates, bylines and the line that many a newspaper sets below a title are none."""
    text = clean(block.part.text)
    return (
        len(text) >= _OPENING and text.endswith(_STOPS) and _is_prose(block) and _is_free(block) and _is_running(block)
    )


def _is_running(block: _Block) -> bool:
    """Whether a block is running text; headings and captions are looked at one by one."""
    return not block.part.level and block.part.kind is not BlockKind.CAPTION


def _is_linked_head(block: _Block) -> bool:
    """Whether a heading is nothing but a link."""
    return block.part.level > 1 and block.linked >= _TEASER


def _is_like(box: _Box, model: _Box) -> bool:
    if box.id == model.id or box.make.partition(".")[0] != model.make.partition(".")[0]:
        return False
    sections = box.parent == model.parent and box.make.startswith("section")
    return sections or ("." in box.make and box.make == model.make)


def _is_twin(box: _Box, model: _Box) -> bool:
    """Whether a box has the very classes of another, be they of layout alone, and stands beside it.

    One of the two may stand in a box of its own, as a section does that has a ground of another colour.
    """
    if box.id == model.id or not box.classes or box.classes != model.classes:
        return False
    at, beside = ([*(around.id for around in one.chain()), _TOP][1:3] for one in (box, model))
    return (at[0] in beside or beside[0] in at) and box.id not in beside and model.id not in at


def _is_free(block: _Block) -> bool:
    """Whether nothing around a block speaks against its being read as article."""
    return not block.in_furniture and not block.place.beside and block.linked < _LINK_HEAVY


def _filled(blocks: Sequence[_Block], kept: Sequence[bool], *, host: str) -> list[bool]:
    """Keep what stands between kept blocks in the very tag that they stand in.

    trafilatura's second way, through readability, drops every list of an article: 9,000 of 28,000 characters of one of
    the listed works.
    """
    filled = list(kept)
    last_seen: dict[int, int] = {}
    for number, (block, keep) in enumerate(zip(blocks, kept, strict=True)):
        if not keep:
            continue
        box = block.place.box
        start = last_seen.get(box)
        if start is not None and number - start <= _GAP:
            for between in range(start + 1, number):
                filled[between] = filled[between] or _runs_on(blocks[between], box=box, host=host)
        last_seen[box] = number
    for box, ended in last_seen.items():
        if ended < max(last_seen.values()):  # the list behind the very last is looked at by _prolonged
            _run_on(blocks, filled, ended + 1, box=box, host=host)
    return filled


def _run_on(blocks: Sequence[_Block], kept: list[bool], start: int, *, box: int, host: str) -> None:
    """Keep the list that ends a section, right behind the section's last kept block."""
    for number in range(start, len(blocks)):
        if kept[number] or not _runs_on(blocks[number], box=box, host=host):
            return
        kept[number] = True


def _runs_on(block: _Block, *, box: int, host: str) -> bool:
    """Whether a list item or a quotation belongs to the text around it; a list of links does where they lead away."""
    inside = block.part.kind in _RUNNING and block.place.box == box and not block.in_furniture
    return inside and not block.place.beside and (block.linked < _TEASER or _leads_away(block, host=host))


def _leads_away(block: _Block, *, host: str) -> bool:
    """Whether a block's links lead to other sites, as those of a reading list do and those of a menu do not."""
    links = [link for string in block.strings if (link := string.find_parent("a")) is not None]
    hosts = {address.split(str(link.get("href", ""))).netloc for link in links}
    return bool(hosts) and not hosts & {"", host}


def _prolonged(blocks: Sequence[_Block], kept: list[bool]) -> list[bool]:
    """Keep the list that ends the article, right behind its last kept block or a heading after that."""
    last = len(kept) - 1 - kept[::-1].index(True)
    box = blocks[last].place.box
    end = last + 1
    while (
        end < len(blocks)
        and blocks[end].place.box == box
        and (blocks[end].part.kind in _RUNNING or (end == last + 1 and blocks[end].part.kind is BlockKind.HEADING))
    ):
        end += 1
    tail = blocks[last + 1 : end]
    length = sum(len(block.part.text) for block in tail)
    linked = sum(block.linked * len(block.part.text) for block in tail)
    if not length or linked >= _TEASER * length or not all(_is_free(block) or block.linked for block in tail):
        return kept
    return [*kept[: last + 1], *(not (block.in_furniture or block.place.beside) for block in tail), *kept[end:]]


def _belongs(blocks: Sequence[_Block], kept: Sequence[bool], number: int, *, first: int, last: int) -> bool:
    block = blocks[number]
    near = any(kept[max(0, number - _NEAR) : number + _NEAR + 1])
    if block.place.beside:
        return False
    if _is_formula(block):
        return near and first < number <= last + 1
    if block.part.kind is BlockKind.HEADING:
        return first - _NEAR <= number < last and _opens_kept(blocks, kept, number) and block.linked < _LINK_HEAVY
    if block.part.kind not in _STRUCTURE or block.linked >= _LINK_HEAVY:
        return False
    if block.part.kind is BlockKind.CAPTION and not block.explains:
        return False
    if block.part.kind in {BlockKind.FOOTNOTE, BlockKind.REFERENCE}:
        return number > first
    above = number < first and block.place.box == blocks[first].place.box and number >= first - 1
    return near and (above or first < number <= last + _NEAR)


def _explains(caption: "Tag") -> bool:
    """Whether a caption says something that the text needs: of a table, a numbered figure or a drawing, not of a photo.

    Of the captions of 91 pages of news, 8 words in 260 stood in what their readers had marked as the article.
    """
    text = clean(_words(caption))
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


def _is_formula(block: _Block) -> bool:
    """Whether a block is a formula set apart: what shows it is a script, and trafilatura takes it for rubbish."""
    text = block.part.text
    words = len(_WORD.findall(text)) if block.part.kind is BlockKind.PARAGRAPH else _FORMULA_WORDS
    return words < _FORMULA_WORDS and _FORMULA.search(text) is not None and block.linked == 0


def _opens_kept(blocks: Sequence[_Block], kept: Sequence[bool], number: int) -> bool:
    """Whether the text right below a heading, or below the headings right under it, was kept or belongs to it."""
    for below in range(number + 1, min(number + 4, len(blocks))):
        kind = blocks[below].part.kind
        if kind is not BlockKind.HEADING:
            return kept[below] or (kind in _STRUCTURE and _is_free(blocks[below]))
    return False


def _blocks(soup: "BeautifulSoup") -> list[_Block]:
    """Every block of text of a page, in reading order."""
    found: list[_Block] = []
    references: frozenset[int] = frozenset()
    for block in _walk(soup.body or soup, _Place()):
        if block.part.kind is BlockKind.HEADING:
            named = bool(_REFERENCES.match(clean(block.part.text)))
            references = frozenset(box.id for box in block.place.boxes[:1]) if named else frozenset()
        elif block.part.kind in _MAY_BE_REFERENCE and references & {box.id for box in block.place.boxes}:
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
    """Whether a tag is a block or has one inside; bs4's own search sets up its rules anew each time, 1 ms a tag."""
    return tag.name in _BLOCKS or any(getattr(one, "name", None) in _BLOCKS for one in tag.descendants)


def _inside(tag: "Tag", place: _Place) -> _Place:
    """The place of a tag's children."""
    kind = _KINDS.get(tag.name, place.kind)
    if place.kind is BlockKind.FOOTNOTE or _is_footnotes(tag):
        kind = BlockKind.FOOTNOTE
    furniture = place.in_furniture or _is_furniture(tag)
    boxes = place.boxes if tag.name in _TRANSPARENT else (_box(tag, place), *place.boxes[:3])
    beside = place.beside or (tag.name in {"div", "section", "ul", "ol"} and bool(_BESIDE.search(_about(tag))))
    return _Place(kind, furniture, place.depth + 1, boxes, place.in_link or tag.name == "a", beside)


def _is_furniture(tag: "Tag") -> bool:
    return tag.name in _FURNITURE or tag.get("role") in _FURNITURE_ROLES or _is_site_header(tag)


def _box(tag: "Tag", place: _Place) -> _Box:
    classes = sorted(name for name in tag.get_attribute_list("class") if name and not _LAYOUT.match(name))
    around = place.boxes[0] if place.boxes else None
    return _Box(id(tag), ".".join([tag.name, *classes]), around, _classes(tag))


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
        yield from (
            replace(one, explains=_explains(tag)) for one in _one(tag, Part(BlockKind.CAPTION, _words(tag)), place)
        )
    else:
        yield from _walk(tag, place)


def _one(tag: "Tag", part: Part, place: _Place) -> Iterator[_Block]:
    if clean(part.text):
        strings = [string for string in _strings(tag) if string.strip()]
        yield _Block(part, strings, place, 1.0 if place.in_link else _linked([tag]))


def _loose(items: "Sequence[NavigableString | Tag]", place: _Place) -> Iterator[_Block]:
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
    return item.name in {"b", "strong"} and len(words) < _PROSE


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


def _paragraph(items: "Sequence[NavigableString | Tag]", place: _Place) -> Iterator[_Block]:
    from bs4.element import Tag

    text = "".join(_run(items))
    if not clean(text):
        return
    strings = []
    for item in items:
        strings += _strings(item) if isinstance(item, Tag) else [item]
    kind = place.kind
    code = [item for item in items if isinstance(item, Tag) or str(item).strip()]
    if len(code) == 1 and isinstance(code[0], Tag) and code[0].name == "code" and "\n" in text.strip():
        yield _Block(Part(BlockKind.CODE, _code(code[0])), strings, place)
        return
    linked = 1.0 if place.in_link else _linked(items)
    yield _Block(Part(kind, text), [one for one in strings if one.strip()], place, linked)


def _run(items: "Sequence[NavigableString | Tag]") -> list[str]:
    """The words of items side by side, ^ before a power."""
    from bs4.element import Tag

    pieces: list[str] = []
    for item in items:
        if isinstance(item, Tag) and item.name == "sup" and formulas.is_power("".join(pieces[-2:]), item.get_text()):
            pieces.append("^")
        pieces.append(_words(item) if isinstance(item, Tag) else str(item))
    return pieces


def _strings(tag: "Tag") -> "list[NavigableString]":
    from bs4.element import NavigableString

    return [one for one in tag.descendants if isinstance(one, NavigableString)]


def _linked(items: "Sequence[NavigableString | Tag]") -> float:
    """Share of the text that is links."""
    from bs4.element import Tag

    total = sum(len(clean(item.get_text())) for item in items)
    links = 0
    for item in items:
        if isinstance(item, Tag):
            anchors = (
                [item]
                if item.name == "a"
                else [one for one in item.descendants if isinstance(one, Tag) and one.name == "a"]
            )
            links += sum(len(clean(anchor.get_text())) for anchor in anchors)
    return links / total if total else 0.0


def _words(tag: "Tag") -> str:
    """A tag's text, a line break as a space."""
    if tag.name == "br":
        return "\n"
    return "".join(_leaves(tag))


def _leaves(tag: "Tag", *, line: str = "\n") -> Iterator[str]:
    """A tag's strings in order, a line between blocks and at breaks, and ^ before a power."""
    from bs4.element import NavigableString, Tag

    block, before = None, ""
    for one in tag.descendants:
        if isinstance(one, NavigableString):
            if one.strip() and (own := _block_around(one, tag)) is not block:
                if before:
                    yield line
                block, before = own, ""
            before = (before + str(one))[-_TAIL:]
            yield str(one)
        elif isinstance(one, Tag) and one.name == "br":
            before = ""
            yield line
        elif isinstance(one, Tag) and one.name == "sup" and formulas.is_power(before, one.get_text()):
            yield "^"


def _block_around(string: "NavigableString", tag: "Tag") -> "Tag":
    """The nearest block that a string stands in, no further out than a tag."""
    for parent in itertools.islice(string.parents, _NESTED):
        if parent is tag or parent.name in _BLOCKS:
            return parent
    return tag


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
    """The code of a table that puts line numbers beside it, as highlighters make them; None for other tables.

    Besides the code and the numbers such a table has a file's name at most; one that lays out a page has the page.
    """
    code = [one for one in table.find_all("pre", limit=3) if not _NUMBERS.fullmatch(one.get_text())]
    if len(code) != 1:
        return None
    beside = len(_DIGITS.sub("", table.get_text())) - len(_DIGITS.sub("", code[0].get_text()))
    return code[0] if beside < _PROSE else None


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
        cells = [_cell(cell) for cell in row.find_all(["td", "th"])]
        if any(cells):
            rows.append(_CELL_SEPARATOR.join(cells))
    return "\n".join(rows)


def _cell(cell: "Tag") -> str:
    """A cell's lines in one; behind each that ends without a mark comes a semicolon."""
    lines = [text for one in "".join(_leaves(cell, line=_LINE)).split(_LINE) if (text := clean(one))]
    ended = [f"{line} " if line[-1] in ".,:;!?" else f"{line}; " for line in lines[:-1]]
    return "".join([*ended, *lines[-1:]])


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
