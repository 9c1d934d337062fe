"""The printed lines of a PDF in reading order: columns, margins and the pages that build one slide.

The child process gives runs of letters with their place, size and weight (`ingest.pdfium`). Coordinates are points from
the bottom left of a page.
"""

import itertools
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.ligatures import THREE, TWO, spelled
from ingest.pdf_words import SOFT_HYPHENS

_MARKS = frozenset({TWO, THREE, *SOFT_HYPHENS})
_LEADERS = re.compile(r"(?:(?<!\s)\s++)?(?:[.·_]\s*+){5,}+")  # the dots of a table of contents
TITLE_LINES = 3  # of a slide


@dataclass(frozen=True, slots=True)
class Run:
    """Letters that stand side by side.

    Attributes:
        base: Height of the line that they stand on.
        turned: They do not run from left to right.
    """

    text: str
    size: float
    bold: bool
    left: float
    right: float
    base: float
    turned: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A printed line of one column.

    Attributes:
        height, width: Of its page.
        cells: Its parts, where wide gaps stand between them.
    """

    text: str
    size: float
    bold: bool
    left: float
    right: float
    base: float
    page: int
    height: float
    width: float
    cells: tuple[str, ...] = ()


def printed(page: dict[str, Any]) -> Iterator[Line]:
    """The lines of a page in reading order; text that runs another way than most of the page's is left out."""
    runs = [run for run in (Run(*row) for row in page["runs"]) if not _is_drawn(run.text)]
    upright = [run for run in runs if not run.turned]
    number, width, height = int(page["number"]), float(page["width"]), float(page["height"])
    for group in _grouped(_in_reading_order(upright, width=width)):
        yield _line(group, page=number, height=height, width=width)


def _is_drawn(text: str) -> bool:
    """Whether a run's codes are no letters: drawings whose fonts do not say what their glyphs are."""
    strange = sum(unicodedata.category(one) in {"Cc", "Co", "Cn"} for one in text if one not in _MARKS)
    return strange > 0.15 * len(text)


def _in_reading_order(runs: Sequence[Run], *, width: float) -> list[Run]:
    """Runs as they are read.

    The order of the file is the order of reading in nearly every paper; only where it jumps from column to column
    on one height, or up again inside one column, are the runs sorted by their place.
    """
    gutter = _gutter(runs, width=width)
    if gutter is None:
        return _sorted_down(runs) if _jumps_up(runs) else list(runs)
    if not (_interleaved(runs, gutter) or _jumps_up(runs)):
        return list(runs)
    return _by_columns(runs, gutter)


def _gutter(runs: Sequence[Run], *, width: float) -> float | None:
    """The middle of the white strip between two columns, or None where no such strip parts enough text."""
    wide = [run for run in runs if run.right - run.left > 0.2 * width]
    best: tuple[int, float] | None = None
    for step in range(35, 66):
        place = width * step / 100
        left = [run for run in wide if run.right < place]
        right = [run for run in wide if run.left > place]
        crossing = sum(run.left < place - 2 and run.right > place + 2 for run in wide)
        parted = min(len(left), len(right))
        if parted >= 5 and crossing <= parted and (best is None or parted - crossing > best[0]):
            best = (parted - crossing, place)
    return best[1] if best else None


def _interleaved(runs: Sequence[Run], gutter: float) -> bool:
    """Whether the file goes from the left column to the right one line by line."""
    hops = sum(
        left.right <= gutter <= right.left and abs(left.base - right.base) < 0.5 * left.size
        for left, right in itertools.pairwise(runs)
        if right.right - right.left > 3 * right.size
    )
    return hops >= 4 and hops > 0.2 * len({round(run.base) for run in runs})


def _jumps_up(runs: Sequence[Run]) -> bool:
    """Whether the file goes up again inside a column more often than figures and notes make it."""
    jumps = sum(
        later.base > earlier.base + 1.5 * earlier.size
        and min(earlier.right, later.right) > max(earlier.left, later.left)
        for earlier, later in itertools.pairwise(runs)
    )
    return jumps >= 4 and jumps > 0.3 * len(runs)


def _sorted_down(runs: Sequence[Run]) -> list[Run]:
    return sorted(runs, key=lambda run: (-round(run.base / max(run.size * 0.4, 1)), run.left))


def _by_columns(runs: Sequence[Run], gutter: float) -> list[Run]:
    """Left column, then right, between the lines that go across both."""
    ordered: list[Run] = []
    left: list[Run] = []
    right: list[Run] = []
    for run in sorted(runs, key=lambda run: (-run.base, run.left)):
        if run.left < gutter - 2 and run.right > gutter + 2:
            ordered += [*_sorted_down(left), *_sorted_down(right), run]
            left, right = [], []
        elif run.right <= gutter + 2:
            left.append(run)
        else:
            right.append(run)
    return [*ordered, *_sorted_down(left), *_sorted_down(right)]


def _grouped(runs: Iterable[Run]) -> Iterator[list[Run]]:
    """Neighbouring runs of one printed line."""
    group: list[Run] = []
    for run in runs:
        if group and not _on_one_line(group[-1], run):
            yield group
            group = []
        group.append(run)
    if group:
        yield group


def _on_one_line(left: Run, right: Run) -> bool:
    level = abs(left.base - right.base) < 0.45 * max(left.size, right.size)
    return level and -0.5 * left.size < right.left - left.right < 12 * left.size


def _line(runs: Sequence[Run], *, page: int, height: float, width: float) -> Line:
    cells = [runs[0].text]
    for before, run in itertools.pairwise(runs):
        gap = run.left - before.right
        if gap > 1.1 * before.size:
            cells.append(run.text)
        else:
            spaced = cells[-1].endswith(" ") or gap > 0.12 * before.size
            cells[-1] = f"{cells[-1].rstrip()} {run.text}" if spaced else cells[-1] + run.text
    cells = [_LEADERS.sub(" … ", spelled(cell.strip())) for cell in cells]
    longest = max(runs, key=lambda run: len(run.text))
    letters = sum(len(run.text) for run in runs)
    return Line(
        text=" ".join(cells),
        size=longest.size,
        bold=sum(len(run.text) for run in runs if run.bold) > 0.8 * letters,
        left=runs[0].left,
        right=max(run.right for run in runs),
        base=longest.base,
        page=page,
        height=height,
        width=width,
        cells=tuple(cells),
    )


def title_first(page: list[Line]) -> list[Line]:
    """A slide's lines with its title first, where the file has it later: the topmost lines, and alone the largest."""
    if not page or page[0].width <= page[0].height:
        return page
    largest = max(line.size for line in page)
    title = [line for line in page if line.size > 0.97 * largest]
    rest = [line for line in page if line.size <= 0.97 * largest]
    if len(title) > TITLE_LINES or any(line.base > title[-1].base or line.size > 0.9 * largest for line in rest):
        return page
    return title + rest


def without_builds(pages: Sequence[list[Line]]) -> list[Line]:
    """Lines of all pages, without slides that the next one repeats with a point more."""
    held = [Counter(_mask(line.text) for line in page) for page in pages]
    kept = []
    for number, page in enumerate(pages):
        after = held[number + 1] if number + 1 < len(pages) else Counter()
        is_slide = bool(page) and page[0].width > page[0].height and len(page) > 1
        if not (is_slide and held[number] <= after):
            kept += page
    return kept


def without_margins(lines: Sequence[Line], *, pages: int) -> Iterator[Line]:
    """Drop page numbers, and the running heads and feet that come back on page after page."""
    edges = _edges(lines)
    seen = Counter(_mask(line.text) for line in lines if id(line) in edges)
    same = Counter(line.text for line in lines if id(line) in edges)
    body = body_size(lines)
    for line in lines:
        edge = id(line) in edges
        small = line.size < 1.15 * body  # a large one may be a heading: "Chapter 2", "Chapter 3"
        often = seen[_mask(line.text)] >= max(2, min(pages // 4, 20)) if small else same[line.text] > max(1, pages // 2)
        repeated = edge and often
        number = edge and re.fullmatch(r"(?:page )?[\divxlc.\-–/| ]{1,12}(?:of \d+)?", line.text.strip(), re.IGNORECASE)
        if not repeated and not number:
            yield line


def _edges(lines: Sequence[Line]) -> set[int]:
    """The lines that stand where running heads and page numbers stand: the outermost, in the outer tenth of a page."""
    by_page: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        by_page[line.page].append(line)
    found: set[int] = set()
    for held in by_page.values():
        for line in held:
            if line.base < 0.1 * line.height or line.base > 0.9 * line.height:
                found.add(id(line))
    return found


def _mask(text: str) -> str:
    return re.sub(r"\d+|\b[ivxlc]+\b", "#", text.casefold())


def body_size(lines: Sequence[Line]) -> float:
    """The size, to the half point, that most letters are set in."""
    weights: Counter[float] = Counter()
    for line in lines:
        weights[round(line.size * 2) / 2] += len(line.text)
    return weights.most_common(1)[0][0] if weights else 0.0
