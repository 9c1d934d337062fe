"""What a tag of a page says: its words, its code, its table, and how much of that is links.

Line by line as a browser would show it: a block ends a line, a break too; a raised number is a power
(`ingest.formulas`).
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ingest import formulas
from ingest.structure import clean
from ingest.types import BlockKind

if TYPE_CHECKING:
    from bs4 import Tag
    from bs4.element import NavigableString

HEADINGS = {f"h{level}": level for level in range(1, 7)}
KINDS = {
    "li": BlockKind.LIST_ITEM,
    "dt": BlockKind.LIST_ITEM,
    "dd": BlockKind.LIST_ITEM,
    "blockquote": BlockKind.QUOTE,
    "figcaption": BlockKind.CAPTION,
    "caption": BlockKind.CAPTION,
}
BLOCKS = frozenset(
    {*HEADINGS, *KINDS, "p", "pre", "table", "div", "section", "article", "main", "ul", "ol", "dl", "figure", "body",
     "hr", "td", "th", "tr", "tbody", "thead", "tfoot", "address", "details", "summary", "header", "footer", "nav",
     "aside", "form", "fieldset", "center", "hgroup"}
)  # fmt: skip
_CELL_SEPARATOR = " | "
_LINE = "\x1e"  # between the lines of a cell, whose own line feeds are spaces
_TAIL = 4  # characters before a raised text that tell a power from a note
_NESTED = 50  # levels looked out of for the block around a string
_NUMBERS, _DIGITS = re.compile(r"[\d\s]*"), re.compile(r"[\d\s]+")
_FILE_NAME = 80  # characters beside the code and its numbers
_LINE_NUMBERS = re.compile(r"lnt?|linenos?|line-?numbers?|lineno|gutter", re.IGNORECASE)


def joined(items: "Sequence[NavigableString | Tag]") -> list[str]:
    """The words of items side by side, ^ before a power."""
    from bs4.element import Tag

    pieces: list[str] = []
    for item in items:
        if isinstance(item, Tag) and item.name == "sup" and formulas.is_power("".join(pieces[-2:]), item.get_text()):
            pieces.append("^")
        pieces.append(text_of(item) if isinstance(item, Tag) else str(item))
    return pieces


def strings_of(tag: "Tag") -> "list[NavigableString]":
    """A tag's strings in order."""
    from bs4.element import NavigableString

    return [one for one in tag.descendants if isinstance(one, NavigableString)]


def link_share(items: "Sequence[NavigableString | Tag]") -> float:
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


def text_of(tag: "Tag") -> str:
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
        if parent is tag or parent.name in BLOCKS:
            return parent
    return tag


def code_of(tag: "Tag") -> str:
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


def numbered_code(table: "Tag") -> "Tag | None":
    """The code of a table that puts line numbers beside it, as highlighters make them; None for other tables.

    Besides the code and the numbers such a table has a file's name at most; one that lays out a page has the page.
    """
    code = [one for one in table.find_all("pre", limit=3) if not _NUMBERS.fullmatch(one.get_text())]
    if len(code) != 1:
        return None
    beside = len(_DIGITS.sub("", table.get_text())) - len(_DIGITS.sub("", code[0].get_text()))
    return code[0] if beside < _FILE_NAME else None


def is_layout(table: "Tag") -> bool:
    """A table that only arranges the page: it holds whole blocks, or has one column."""
    if table.get("role") == "presentation" or table.find(["table", "h1", "h2", "h3", "pre", "form"]):
        return True
    paragraphs = table.find_all("p")
    cells = table.find_all(["td", "th"])
    if len(paragraphs) > max(2, len(cells)) or any(len(cell.get_text()) > 1_500 for cell in cells):
        return True
    return all(len(row.find_all(["td", "th"], recursive=False)) < 2 for row in table.find_all("tr"))


def table_of(table: "Tag") -> str:
    """A table's cells, a line a row."""
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
