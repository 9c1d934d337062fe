"""Footnotes of a PDF and the permission block of its first page: lines at the foot of a column, each note one part."""

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Sequence

from ingest.pdf_lines import Line
from ingest.pdf_setting import Setting, is_below, is_small

_PERMISSION = re.compile(r"^(?:permission to make digital|copyright \d{4}|copyright is held by|©)", re.IGNORECASE)
_NOTE = re.compile(r"(?:[∗⇤†‡§¶]+ ?|\*+)[A-Z]|\d{1,2}(?:[A-Z][a-z]|A |https?:)")  # a footnote's mark and first word


def permission_block(lines: Sequence[Line]) -> set[int]:
    """The lines of the permission block at the foot of a page's column."""
    found: set[int] = set()
    opened: Line | None = None
    for line in lines:
        if _PERMISSION.match(line.text) and line.base < 0.4 * line.height:
            opened = line
        elif opened is not None and (line.page != opened.page or not is_below(line, opened)):
            opened = None
        if opened is not None:
            found.add(id(line))
    return found


def small_notes(lines: Sequence[Line], setting: Setting) -> set[int]:
    """The lines of footnotes: small ones at the foot of a column, in a block that does not begin higher up."""
    found: set[int] = set()
    for _, page in itertools.groupby(lines, key=lambda line: line.page):
        small = [line for line in page if is_small(line, setting)]
        begins: dict[int, float] = {}
        for line in sorted(small, key=lambda line: -line.base):
            above = [one for one in small if id(one) in begins and _right_above(one, line)]
            begins[id(line)] = max((begins[id(one)] for one in above), default=line.base)
        found |= {id(line) for line in small if begins[id(line)] < 0.3 * line.height}
    return found


def large_notes(lines: Sequence[Line], setting: Setting) -> set[int]:
    """The lines of footnotes as large as the text: a mark opens the block, a gap above it, the column's foot below."""
    found: set[int] = set()
    for _, page in itertools.groupby(lines, key=lambda line: line.page):
        rest = list(page)
        for number, line in enumerate(rest):
            if id(line) not in found and _opens_note(line) and _after_gap(line, rest, setting):
                block = _block(rest[number:], setting)
                if not any(is_below(one, block[-1]) for one in rest):
                    found |= {id(one) for one in block}
    return found


def _opens_note(line: Line) -> bool:
    at_foot = line.base < 0.3 * line.height and line.height > line.width
    return at_foot and _NOTE.match(line.text) is not None


def _after_gap(line: Line, page: Iterable[Line], setting: Setting) -> bool:
    """Whether more than the usual space parts a line from the next one above it."""
    above = min((one.base - line.base for one in page if is_below(line, one)), default=math.inf)
    return above > 1.15 * setting.leading


def _block(lines: Sequence[Line], setting: Setting) -> list[Line]:
    """The first lines, as far as each stands close below the one before."""
    block = [lines[0]]
    for line in lines[1:]:
        if not (is_below(line, block[-1]) and block[-1].base - line.base < 1.3 * setting.leading):
            break
        block.append(line)
    return block


def by_mark(block: Iterable[Line]) -> Iterator[list[Line]]:
    """The notes of a block: each mark opens one."""
    note: list[Line] = []
    for line in block:
        if note and _NOTE.match(line.text):
            yield note
            note = []
        note.append(line)
    yield note


def _right_above(upper: Line, lower: Line) -> bool:
    return is_below(lower, upper) and upper.base - lower.base < 2.5 * upper.size
