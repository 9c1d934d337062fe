"""How a PDF is set: the size of its text, its leading, its headings, and what stands out from that."""

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.pdf_lines import TITLE_LINES, Line, body_size
from ingest.pdf_words import has_words

NUMBERED = re.compile(r"^(?:(\d{1,2}(?:\.\d{1,2}){0,3})\.?|[A-H](?:\.\d{1,2}){0,2}\.?)\s+[A-Z]\S*")
REFERENCES = re.compile(r"^(?:\d+\.?\s+)?(references|bibliography|literature cited|works cited)\W*$", re.IGNORECASE)
CAPTION = re.compile(r"^(?:figure|fig\.|table|algorithm|listing)\s+\d+\s*[:.|]", re.IGNORECASE)
BULLET = re.compile(r"^(?:[•◦▪●○‣■□▶➢✓∙·*–\uf000-\uf0ff-]\s+|[•◦▪●○‣■□▶➢](?=[^\W\d_]))")
LEVELS = 4


@dataclass(frozen=True, slots=True)
class Setting:
    """How a document is set: its body's size, leading, and the sizes of its headings, largest first."""

    size: float
    leading: float
    headings: tuple[float, ...]


def edges_at(places: Sequence[tuple[Line, float]], setting: Setting) -> set[int]:
    """Where columns begin or end, in whole points: one line of the text in twenty and more does there, to a point."""
    text = [place for line, place in places if abs(line.size - setting.size) < 0.1 * setting.size]
    ends = Counter(round(place) for place in text)
    often = [end for end, count in ends.items() if count >= max(5, len(text) / 20)]
    return {end + step for end in often for step in (-1, 0, 1)}


def setting_of(lines: Sequence[Line]) -> Setting:
    """How lines are set: what most letters, most gaps and the larger lines say."""
    size = body_size(lines)
    gaps = Counter(
        round((before.base - line.base) * 2) / 2
        for before, line in itertools.pairwise(lines)
        if before.page == line.page
        and 0.8 * size < before.base - line.base < 2.5 * size
        and abs(line.size - size) < 0.6
    )
    leading = gaps.most_common(1)[0][0] if gaps else 1.2 * size
    larger = Counter(round(line.size, 1) for line in lines if line.size > size * 1.08 and len(line.text) < 90)
    return Setting(size, leading, tuple(sorted(larger, reverse=True)[:LEVELS]))


def is_below(line: Line, other: Line) -> bool:
    """Whether a line stands lower than another, and at least partly under it."""
    return line.base < other.base and line.left < other.right and line.right > other.left


def is_small(line: Line, setting: Setting) -> bool:
    """Whether a line is set smaller than the text, as footnotes are; captions and tables are no matter of notes."""
    small = line.size < 0.93 * setting.size and line.height > line.width
    return small and not CAPTION.match(line.text) and not in_table(line)


def in_table(line: Line) -> bool:
    """A row of cells: three or more, or two of which neither is running text."""
    short = [cell for cell in line.cells if len(cell) < 30]
    return len(line.cells) >= 3 and len(short) >= len(line.cells) - 1


def is_table(group: Sequence[Line]) -> bool:
    """Whether lines are rows of cells, two at least."""
    return len(group) >= 2 and all(in_table(line) for line in group)


def heading_level(text: str, group: Sequence[Line], setting: Setting) -> int:
    """The level of a heading, 1 the highest; 0 for what is none."""
    line = group[0]
    if len(group) > 3 or len(text) > 160 or not re.search(r"[^\W\d_]{3}", text) or CAPTION.match(text) or "@" in text:
        return 0
    numbered = NUMBERED.match(text)
    depth = numbered.group(1).count(".") + 2 if numbered and numbered.group(1) else 0
    size = round(line.size, 1)
    if size in setting.headings:
        return min(depth or setting.headings.index(size) + 1, 6)
    if len(text) > 100 or text[-1] in ".,;" or (text[-1] == ":" and not line.bold):
        return 0
    if REFERENCES.match(text):
        return 2
    if line.size < 0.9 * setting.size:
        return 0
    if depth and (line.bold or text.upper() == text or _stands_alone(group, setting)):
        return min(depth, 6)
    is_capitals = text.upper() == text and len(re.findall(r"[^\W\d_]", text)) > 4
    is_bold = all(one.bold for one in group) and re.match(r"[A-Z\d]", text) is not None
    return (2 if is_capitals else 3) if (is_capitals or is_bold) and len(text) > 3 else 0


def is_slide_title(text: str, group: Sequence[Line], setting: Setting) -> bool:
    """Whether the first lines of a landscape page are few and larger than the text, if not as large as other titles."""
    line = group[0]
    is_large = line.width > line.height and line.size > 1.08 * setting.size
    return is_large and len(group) <= TITLE_LINES and len(text) < 90 and has_words(text) and not BULLET.match(text)


def _stands_alone(group: Sequence[Line], setting: Setting) -> bool:
    return len(group) == 1 and group[0].size >= setting.size and len(group[0].text) < 70


def looks_like_heading(line: Line, setting: Setting) -> bool:
    """Whether a line is short, bold and no smaller than the text."""
    return line.bold and len(line.text) < 90 and line.size >= 0.95 * setting.size


def is_numbered_heading(line: Line, setting: Setting) -> bool:
    """A short line that is numbered like a section or in capitals, and does not end like a sentence."""
    if not 4 < len(line.text) < 90 or line.text[-1] in ".,;:" or line.size < 0.95 * setting.size:
        return False
    numbered = NUMBERED.match(line.text)
    if numbered and numbered.group(1) and (line.bold or line.text.upper() == line.text):
        return True
    letters = re.sub(r"[\W\d_]", "", line.text)
    return len(letters) > 4 and letters.upper() == letters and letters.lower() != letters and line.bold
