"""Paragraphs whole again that a figure, a table or a page's end cut in two; what a drawing says goes to its caption."""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.pdf_lines import Line
from ingest.pdf_setting import NUMBERED, Setting, edges_at
from ingest.pdf_words import SENTENCE_END, SOFT_HYPHENS, joined
from ingest.structure import Part
from ingest.types import BlockKind

_LABEL = 60  # letters; what is no longer and has no full stop may be a label


def counted(lines: Sequence[Line]) -> Counter[str]:
    """How often each word stands whole, in small letters; the two pieces of one that a line's end cuts do not count."""
    words: Counter[str] = Counter()
    is_cut = False
    for line in lines:
        found = re.findall(r"[^\W_]+(?:-[^\W_]+)*", line.text)
        goes_on = line.text.rstrip()[-1:] in {"-", *SOFT_HYPHENS}
        words.update(word.lower() for word in found[int(is_cut) : len(found) - int(goes_on)])
        is_cut = goes_on
    return words


def _figures_told(parts: Sequence[tuple[Part, list[Line]]], edges: Container[int]) -> list[Part]:
    """The words inside a drawing, which stand before its caption, as part of the caption: they are no sentences."""
    told = [part for part, _ in parts]
    for number, (part, caption) in enumerate(parts):
        if part.kind is not BlockKind.CAPTION or not part.text.casefold().startswith("fig"):
            continue
        above = number - 1
        while above >= 0 and _is_label(*parts[above]) and _is_inside(parts[above][1], caption, edges):
            told[above] = replace(told[above], kind=BlockKind.CAPTION, level=0)
            above -= 1
    return told


def _is_inside(label: Sequence[Line], caption: Sequence[Line], edges: Container[int]) -> bool:
    """Whether lines stand in the half page of a caption, and none ends where the column does: that would be text."""
    middle = caption[0].width / 2
    left = middle if min(line.left for line in caption) > middle else 0.0
    right = middle if max(line.right for line in caption) < middle else caption[0].width
    over = any(line.left < right and line.right > left for line in label)
    return over and label[0].page == caption[0].page and not any(round(line.right) in edges for line in label)


def _is_label(part: Part, lines: Sequence[Line]) -> bool:
    short = len(part.text) < 100 and part.text[-1:] not in {".", "?", ":", ";", "-", *SOFT_HYPHENS}
    numbered = NUMBERED.match(part.text) is not None
    is_slide = lines[0].width > lines[0].height  # its headings are titles
    return (part.kind is BlockKind.PARAGRAPH and short) or (
        part.kind is BlockKind.HEADING and short and not numbered and part.level > 2 and not is_slide
    )


@dataclass(frozen=True, slots=True)
class _Placed:
    """A part and where it stands; on a slide, and where columns have no edges, every line counts as one of the text.

    Attributes:
        is_text: One of its lines ends where columns do: it is no label of a drawing.
        is_full: Its last line does.
        starts: Its first line begins where columns do.
    """

    part: Part
    first: Line
    last: Line
    is_text: bool
    is_full: bool
    starts: bool


def placed(parts: Sequence[tuple[Part, list[Line]]], lines: Sequence[Line], setting: Setting) -> Iterator[_Placed]:
    """Parts with their places; the words inside drawings belong to captions."""
    rights = edges_at([(line, line.right) for line in lines], setting)
    lefts = edges_at([(line, line.left) for line in lines], setting)
    for part, (_, group) in zip(_figures_told(parts, rights), parts, strict=True):
        free = group[0].width > group[0].height
        full = [free or not rights or round(line.right) in rights for line in group]
        starts = free or not lefts or round(group[0].left) in lefts
        yield _Placed(part, group[0], group[-1], is_text=any(full), is_full=full[-1], starts=starts)


def rejoined(placed: Iterable[_Placed], words: Counter[str]) -> Iterator[Part]:
    """Paragraphs that a figure, a table or a page's end cut in two are whole again; what cut them follows."""
    held: _Placed | None = None
    between: list[Part] = []
    for one in placed:
        part = one.part
        if held is not None and _joins_on(held, one):
            text = joined([held.part.text, part.text], words)
            held = replace(one, part=replace(held.part, text=text), is_text=held.is_text or one.is_text)
            continue
        if held is not None and (part.kind in {BlockKind.CAPTION, BlockKind.TABLE} or _cuts(held, one)):
            between.append(part)
            continue
        if held is not None:
            yield held.part
        yield from between
        held, between = (one, []) if part.kind in {BlockKind.PARAGRAPH, BlockKind.LIST_ITEM} else (None, [])
        if held is None:
            yield part
    if held is not None:
        yield held.part
    yield from between


def _joins_on(held: _Placed, one: _Placed) -> bool:
    """Whether a part goes on with the one before: near it, or, in another place, as text does and labels do not."""
    if one.part.kind is not BlockKind.PARAGRAPH or not _goes_on(held.part.text, one.part.text):
        return False
    begins = one.starts or held.part.kind is BlockKind.LIST_ITEM  # items hang, and each list at a place of its own
    return _is_near(held.last, one.first) or (held.is_text and begins)


def _cuts(held: _Placed, one: _Placed) -> bool:
    """Whether a part is a label that stands between a paragraph that breaks off and where it goes on."""
    label = one.part.kind is BlockKind.PARAGRAPH and not one.is_text and not one.starts
    return held.is_full and _breaks_off(held.part.text) and label and not _is_near(held.last, one.first)


def _is_near(upper: Line, lower: Line) -> bool:
    """Whether two lines stand as close as a formula and the text around it."""
    return upper.page == lower.page and abs(upper.base - lower.base) < 4 * upper.size


def _goes_on(first: str, second: str) -> bool:
    """Whether a paragraph breaks off and another begins in mid-sentence."""
    if first[-1:] in SOFT_HYPHENS:
        return True
    return _breaks_off(first) and re.match(r"[^\W\d_A-Z]{2}|[a-z] ", second) is not None


def _breaks_off(text: str) -> bool:
    return len(text) > _LABEL and text[-1:] not in SENTENCE_END


def with_notes(parts: Iterable[Part], notes: Sequence[Part]) -> Iterator[Part]:
    """Parts with each page's notes behind the last part that begins on it."""
    waiting = list(notes)
    for part in parts:
        while waiting and (waiting[0].page or 0) < (part.page or 0):
            yield waiting.pop(0)
        yield part
    yield from waiting
