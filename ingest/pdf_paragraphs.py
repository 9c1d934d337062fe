"""Lines to paragraphs, items, captions and entries: where one ends and the next begins."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ingest.pdf_lines import Line
from ingest.pdf_setting import BULLET, CAPTION, Setting, in_table, is_numbered_heading, looks_like_heading
from ingest.pdf_words import SENTENCE_END, SOFT_HYPHENS
from ingest.types import BlockKind

_ENTRY = re.compile(r"^\[[\w+.\- ]{1,12}\]|^\d{1,3}\.\s")
_ITEM = re.compile(r"^(?:\(?[a-z0-9ivx]{1,3}[.)])\s+\S")


def with_initials(lines: Sequence[Line], setting: Setting) -> Iterator[Line]:
    """Lines with the large first letter of a chapter put back before the word that it begins."""
    initial: Line | None = None
    for line in lines:
        if re.fullmatch(r"[A-Z]", line.text) and line.size > 1.8 * setting.size:
            initial = line
            continue
        begins = initial is not None and line.page == initial.page and re.match(r"[^\W\d_]", line.text)
        if initial is not None and begins and abs(line.size - setting.size) < 0.2 * setting.size:
            yield replace(line, text=initial.text + line.text, cells=(initial.text + line.cells[0], *line.cells[1:]))
            initial = None
        else:
            yield line


def grouped(lines: Iterable[Line], setting: Setting) -> Iterator[list[Line]]:
    """Lines in groups, each a paragraph, an item, a heading, a caption or a table."""
    group: list[Line] = []
    for line in lines:
        if group and _breaks(group, line, setting):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _breaks(group: Sequence[Line], line: Line, setting: Setting) -> bool:
    """Whether a line opens a new paragraph."""
    last = group[-1]
    if in_table(last) != in_table(line):
        return True
    if in_table(line):
        return line.page != last.page or abs(last.base - line.base) > 2.5 * max(line.size, last.size)
    if _opens_item(last, line) or (CAPTION.match(line.text) and not _in_sentence(group, line)):
        return True
    if _ENTRY.match(line.text) and _opens_entry(group, line):
        return True
    if abs(line.size - last.size) > 0.1 * max(line.size, last.size):
        return last.text[-1:] not in SOFT_HYPHENS
    if line.bold != last.bold and (looks_like_heading(line, setting) or all(one.bold for one in group)):
        return True
    if is_numbered_heading(line, setting):
        return True
    if len(group) == 1 and is_numbered_heading(last, setting):
        larger = line.size > 1.08 * setting.size and abs(line.size - last.size) < 0.2
        return not ((larger or (line.bold and last.bold)) and 0 < last.base - line.base < 1.6 * line.size)
    return _moves_on(group, line, setting)


def _moves_on(group: Sequence[Line], line: Line, setting: Setting) -> bool:
    """Whether space, an indent or a short line before it part a line from the paragraph above."""
    last = group[-1]
    ended = last.text.rstrip()[-1:] in SENTENCE_END
    gap = last.base - line.base
    if line.page != last.page or gap < -last.size or line.left > last.right or line.right < last.left:
        return ended or not _continues(line)  # another column or page
    spaced = gap > max(1.3 * setting.leading * last.size / setting.size, 1.45 * last.size)
    margin = min(one.left for one in group)
    indented = 0.8 * line.size < line.left - margin < 4 * line.size and len(group) > 1
    hanging = len(group) == 1 and 0.8 * line.size < last.left - line.left < 6 * line.size
    short = last.right < max(one.right for one in (*group, line)) - 0.15 * (line.right - line.left) and ended
    if _ITEM.match(line.text) and ended and not _continues(line):
        return True
    if line.width > line.height and _opens_point(group, line):
        return True
    return spaced or (ended and indented and not _hangs(group)) or (short and not hanging)


def _opens_point(group: Sequence[Line], line: Line) -> bool:
    """Whether a slide's line opens a point of its own: the line above had room for its first word."""
    last = group[-1]
    word = len(line.text.partition(" ")[0]) * (line.right - line.left) / max(len(line.text), 1)
    return line.text[:1].isupper() and last.right + 1.5 * word < max(0.85 * line.width, *(one.right for one in group))


def _opens_item(last: Line, line: Line) -> bool:
    """Whether a line opens an item of a list; a dash that the line break put first does not."""
    if not BULLET.match(line.text):
        return False
    return line.text[0] not in "–-*·∙" or last.text[-1:] in SENTENCE_END or BULLET.match(last.text) is not None


def _in_sentence(group: Sequence[Line], line: Line) -> bool:
    """Whether "Figure 1. …" goes on where the line above breaks off, as in "as shown in"."""
    last = group[-1]
    near = 0 < last.base - line.base < 1.5 * last.size and abs(last.size - line.size) < 0.2
    return near and last.text[-1:] not in SENTENCE_END and len(last.text) > 30


def _hangs(group: Sequence[Line]) -> bool:
    """Whether a group is an entry whose later lines are all indented."""
    return len(group) > 1 and all(one.left > group[0].left + 2 for one in group[1:])


def _opens_entry(group: Sequence[Line], line: Line) -> bool:
    """Whether a line that begins like "[12]" opens an entry: it is no citation that the line break put first."""
    return _ENTRY.match(group[0].text) is not None or group[-1].text.rstrip()[-1:] in SENTENCE_END or line.bold


def _continues(line: Line) -> bool:
    return bool(re.match(r"[^\W\d_A-Z]|[,;)]|\d", line.text)) or not re.match(r"[A-Z•]", line.text)


def kind_of(text: str, *, in_references: bool) -> BlockKind:
    """What a group of lines is that is neither heading nor table."""
    if in_references:
        return BlockKind.REFERENCE
    if CAPTION.match(text):
        return BlockKind.CAPTION
    return BlockKind.LIST_ITEM if BULLET.match(text) else BlockKind.PARAGRAPH
