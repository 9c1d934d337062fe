"""PDF to parts: reading order, paragraphs, headings, tables and references from where the letters stand.

A PDF is hostile input to a parser written in C++, so pdfium runs in a child process of its own (`ingest.pdfium`) with
caps on memory and time; the service outlives whatever happens there. The child gives runs of letters with their place,
size and weight; everything else is told from those: two columns, words cut at line ends, running heads, page numbers,
footnotes, tables, the real title. Coordinates are points from the bottom left of a page.
"""

import itertools
import math
import os
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from ingest import child
from ingest.errors import ExtractError
from ingest.ligatures import THREE, TWO, spelled
from ingest.pdfium import MEMORY_BYTES
from ingest.structure import Part
from ingest.types import BlockKind, Reason

_SECONDS = 120.0
_LARGE = 150_000  # bytes; below them a file has few pages, and a second child's start takes longer than it saves

_SOFT_HYPHENS = "\x02\ufffe\u00ad"
_MARKS = frozenset({TWO, THREE, *_SOFT_HYPHENS})
_NUMBERED = re.compile(r"^(?:(\d{1,2}(?:\.\d{1,2}){0,3})\.?|[A-H](?:\.\d{1,2}){0,2}\.?)\s+[A-Z]\S*")
_REFERENCES = re.compile(r"^(?:\d+\.?\s+)?(references|bibliography|literature cited|works cited)\W*$", re.IGNORECASE)
_AFTER_REFERENCES = re.compile(r"^(?:appendi(?:x|ces)|[A-Z]\.?\d*\s+[A-Z]\w{2,}|supplement)", re.IGNORECASE)
_ENTRY = re.compile(r"^\[[\w+.\- ]{1,12}\]|^\d{1,3}\.\s")
_CAPTION = re.compile(r"^(?:figure|fig\.|table|algorithm|listing)\s+\d+\s*[:.|]", re.IGNORECASE)
_BULLET = re.compile(r"^(?:[•◦▪●○‣■□▶➢✓∙·*–\uf000-\uf0ff-]\s+|[•◦▪●○‣■□▶➢](?=[^\W\d_]))")
_ITEM = re.compile(r"^(?:\(?[a-z0-9ivx]{1,3}[.)])\s+\S")
_PERMISSION = re.compile(r"^(?:permission to make digital|copyright \d{4}|copyright is held by|©)", re.IGNORECASE)
_NO_TITLE = re.compile(
    r"^(?:untitled|microsoft word|microsoft powerpoint|powerpoint presentation|presentation|document\d*|title)"
    r"|\.(?:dvi|docx?|tex|pptx?|pdf|indd|qxd|rtf|ps|eps)$|^[\d\W_]*$|^\S*[_\d]\S*$|^arxiv:|^doi:",
    re.IGNORECASE,
)
_OPENING = re.compile(r"^(?:abstract|summary|1\.?\s+introduction|i\.\s+introduction|introduction)\b", re.IGNORECASE)
_SENTENCE_END = ".!?:。！？："
_NOTE = re.compile(r"(?:[∗⇤†‡§¶]+ ?|\*+)[A-Z]|\d{1,2}(?:[A-Z][a-z]|A |https?:)")  # a footnote's mark and first word
_HYPHENED = re.compile(r"(?:well-\w+(?:ed|en|wn)|self-(?!ish|less)\w+)$", re.IGNORECASE)  # whatever else the text says
_UNSPACED = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")  # scripts without spaces between words
_LEADERS = re.compile(r"(?:(?<!\s)\s++)?(?:[.·_]\s*+){5,}+")  # the dots of a table of contents
_LEVELS = 4
_LABEL = 60  # letters; what is no longer and has no full stop may be a label
_TITLE_LINES = 3  # of a slide


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


@dataclass(frozen=True, slots=True)
class Paper:
    """An extracted PDF."""

    title: str
    parts: tuple[Part, ...]
    pages: int


def read(body: bytes, *, url: str, seconds: float = _SECONDS) -> Paper:
    """Extract a PDF's text.

    Args:
        body: The file's bytes.
        url: Named in messages.
        seconds: Time that the child process may take.

    Raises:
        ExtractError: If the file is damaged, encrypted, scanned without text, or over the caps.
    """
    return laid_out(_ask_children(body, url=url, seconds=seconds), url=url)


def laid_out(answer: dict[str, Any], *, url: str) -> Paper:
    """What the letters that the child found say.

    Raises:
        ExtractError: If there are next to none.
    """
    lines = _without_builds([_title_first(list(_lines(page))) for page in answer["pages"]])
    letters = sum(character.isalpha() for line in lines for character in line.text)
    count = int(answer["count"])
    if letters < 20 * max(count, 1) and letters < 200:
        raise ExtractError(f"{url} has {count} pages but next to no text; it was scanned", reason=Reason.SCANNED)
    body_lines = list(_without_margins(lines, pages=count))
    title = _title(body_lines, str(answer["title"]))
    return Paper(title=title, parts=tuple(_parts(body_lines, title=title)), pages=count)


def _ask_children(body: bytes, *, url: str, seconds: float) -> dict[str, Any]:
    """What the file holds; the pages of a large one are read by two children at once."""
    parts = 2 if len(body) > _LARGE and len(os.sched_getaffinity(0)) > 1 else 1
    if parts == 1:
        return _ask_child(body, url=url, seconds=seconds, part=0, parts=1)
    with ThreadPoolExecutor(parts) as pool:
        asked = [
            pool.submit(_ask_child, body, url=url, seconds=seconds, part=part, parts=parts) for part in range(parts)
        ]
        answers = [one.result() for one in asked]
    return {**answers[0], "pages": [page for answer in answers for page in answer["pages"]]}


def _ask_child(body: bytes, *, url: str, seconds: float, part: int, parts: int) -> dict[str, Any]:
    answer = child.ask("ingest.pdfium", str(part), str(parts), body=body, url=url, seconds=seconds, memory=MEMORY_BYTES)
    if "reason" in answer:
        raise ExtractError(f"{url}: {answer['message']}", reason=Reason(answer["reason"]))
    return answer


# Lines: runs put in reading order and joined.


def _lines(page: dict[str, Any]) -> Iterator[Line]:
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


# The page: what is not its text.


def _title_first(page: list[Line]) -> list[Line]:
    """A slide's lines with its title first, where the file has it later: the topmost lines, and alone the largest."""
    if not page or page[0].width <= page[0].height:
        return page
    largest = max(line.size for line in page)
    title = [line for line in page if line.size > 0.97 * largest]
    rest = [line for line in page if line.size <= 0.97 * largest]
    if len(title) > _TITLE_LINES or any(line.base > title[-1].base or line.size > 0.9 * largest for line in rest):
        return page
    return title + rest


def _without_builds(pages: Sequence[list[Line]]) -> list[Line]:
    """Lines of all pages, without slides that the next one repeats with a point more."""
    held = [Counter(_mask(line.text) for line in page) for page in pages]
    kept = []
    for number, page in enumerate(pages):
        after = held[number + 1] if number + 1 < len(pages) else Counter()
        is_slide = bool(page) and page[0].width > page[0].height and len(page) > 1
        if not (is_slide and held[number] <= after):
            kept += page
    return kept


def _without_margins(lines: Sequence[Line], *, pages: int) -> Iterator[Line]:
    """Drop page numbers, and the running heads and feet that come back on page after page."""
    edges = _edges(lines)
    seen = Counter(_mask(line.text) for line in lines if id(line) in edges)
    same = Counter(line.text for line in lines if id(line) in edges)
    body = _body_size(lines)
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


def _title(lines: Sequence[Line], declared: str) -> str:
    """The title as it is printed: the largest lines in a row near the top of the first page.

    What the file declares is taken where the page says it too, or where nothing is printed larger than the rest.
    """
    first = [line for line in lines if line.page == 1 and line.base > 0.35 * line.height and _has_words(line.text)]
    declared = " ".join(declared.split())
    printed = _printed_title(first)
    usable = bool(declared) and not _NO_TITLE.search(declared)
    on_page = _squeeze(" ".join(line.text for line in first))
    if usable and len(declared) >= 8 and _squeeze(declared) in on_page:
        return declared
    return printed or (declared if usable else "")


def _printed_title(lines: Sequence[Line]) -> str:
    if not lines:
        return ""
    largest = max(line.size for line in lines)
    start = next(number for number, line in enumerate(lines) if line.size >= largest * 0.97)
    shown = [lines[start]]
    for line in lines[start + 1 :]:
        if line.size < largest * 0.97 or shown[-1].base - line.base > 2.2 * largest or len(shown) >= 5:
            break
        shown.append(line)
    title = _join([line.text for line in shown]).rstrip(_SOFT_HYPHENS)
    return title if 8 <= len(title) <= 250 and not title.casefold().startswith("arxiv:") else ""


def _has_words(text: str) -> bool:
    return len(re.findall(r"[^\W\d_]", text)) >= 3


def _squeeze(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


# The text: headings, paragraphs, tables, notes and references.


@dataclass(frozen=True, slots=True)
class _Type:
    """How a document is set: its body's size, leading, and the sizes of its headings, largest first."""

    size: float
    leading: float
    headings: tuple[float, ...]


def _parts(lines: Sequence[Line], *, title: str) -> Iterator[Part]:
    if not lines:
        return
    setting = _setting(lines)
    words = _words(lines)
    below = _permission(lines) | _notes(lines, setting)
    below |= _large_notes([line for line in lines if id(line) not in below], setting)
    noted = [line for line in lines if id(line) in below]
    has_opening = any(_OPENING.match(line.text) for line in lines if line.page == 1)
    groups = _paragraphs(list(_with_initials([line for line in lines if id(line) not in below], setting)), setting)
    running = list(_classified(groups, setting, words, title=title, has_opening=has_opening))
    footnotes = [
        Part(BlockKind.FOOTNOTE, _join([line.text for line in group], words), page=group[0].page)
        for _, page in itertools.groupby(noted, key=lambda line: line.page)
        for block in _paragraphs(page, setting)
        for group in _by_mark(block)
    ]
    for part in _with_notes(_rejoined(_placed(running, lines, setting), words), footnotes):
        yield replace(part, text=re.sub(f"[{_SOFT_HYPHENS}]", "-", _BULLET.sub("", part.text)))


def _words(lines: Sequence[Line]) -> Counter[str]:
    """How often each word stands whole, in small letters; the two pieces of one that a line's end cuts do not count."""
    words: Counter[str] = Counter()
    is_cut = False
    for line in lines:
        found = re.findall(r"[^\W_]+(?:-[^\W_]+)*", line.text)
        goes_on = line.text.rstrip()[-1:] in {"-", *_SOFT_HYPHENS}
        words.update(word.lower() for word in found[int(is_cut) : len(found) - int(goes_on)])
        is_cut = goes_on
    return words


def _with_initials(lines: Sequence[Line], setting: _Type) -> Iterator[Line]:
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


def _classified(
    groups: Iterable[list[Line]], setting: _Type, words: Counter[str], *, title: str, has_opening: bool
) -> Iterator[tuple[Part, list[Line]]]:
    """Groups of lines as headings, tables, captions, references and paragraphs, with their lines.

    Names and places between a paper's title and its abstract are set large and are no headings.
    """
    titled = _squeeze(title)
    in_references = False
    opened = not has_opening
    last_page = 0
    for group in groups:
        opens_page, last_page = group[0].page != last_page, group[0].page
        if _is_table(group):
            table = "\n".join(" | ".join(line.cells) for line in group)
            yield Part(BlockKind.TABLE, table, page=group[0].page), group
            continue
        text = _join([line.text for line in group], words)
        level = _heading_level(text, group, setting)
        if not level and opens_page and _is_slide_title(text, group, setting):
            level = _LEVELS
        if group[0].page == 1 and not opened:
            opened = bool(_OPENING.match(text)) or len(text) > 400
            level = level if opened or _squeeze(text) in titled else 0
        if level and (_REFERENCES.match(text) or not in_references or _AFTER_REFERENCES.match(text)):
            in_references = bool(_REFERENCES.match(text))
        elif in_references:
            level = 0
        kind = BlockKind.HEADING if level else _kind(text, in_references=in_references)
        if level or _has_words(text) or kind is BlockKind.REFERENCE or len(text) > 40:
            yield Part(kind, text, level, page=group[0].page), group


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


def _edges_at(places: Sequence[tuple[Line, float]], setting: _Type) -> set[int]:
    """Where columns begin or end, in whole points: one line of the text in twenty and more does there, to a point."""
    text = [place for line, place in places if abs(line.size - setting.size) < 0.1 * setting.size]
    ends = Counter(round(place) for place in text)
    often = [end for end, count in ends.items() if count >= max(5, len(text) / 20)]
    return {end + step for end in often for step in (-1, 0, 1)}


def _is_label(part: Part, lines: Sequence[Line]) -> bool:
    short = len(part.text) < 100 and part.text[-1:] not in {".", "?", ":", ";", "-", *_SOFT_HYPHENS}
    numbered = _NUMBERED.match(part.text) is not None
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


def _placed(parts: Sequence[tuple[Part, list[Line]]], lines: Sequence[Line], setting: _Type) -> Iterator[_Placed]:
    rights = _edges_at([(line, line.right) for line in lines], setting)
    lefts = _edges_at([(line, line.left) for line in lines], setting)
    for part, (_, group) in zip(_figures_told(parts, rights), parts, strict=True):
        free = group[0].width > group[0].height
        full = [free or not rights or round(line.right) in rights for line in group]
        starts = free or not lefts or round(group[0].left) in lefts
        yield _Placed(part, group[0], group[-1], is_text=any(full), is_full=full[-1], starts=starts)


def _rejoined(placed: Iterable[_Placed], words: Counter[str]) -> Iterator[Part]:
    """Paragraphs that a figure, a table or a page's end cut in two are whole again; what cut them follows."""
    held: _Placed | None = None
    between: list[Part] = []
    for one in placed:
        part = one.part
        if held is not None and _joins_on(held, one):
            text = _join([held.part.text, part.text], words)
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
    if first[-1:] in _SOFT_HYPHENS:
        return True
    return _breaks_off(first) and re.match(r"[^\W\d_A-Z]{2}|[a-z] ", second) is not None


def _breaks_off(text: str) -> bool:
    return len(text) > _LABEL and text[-1:] not in _SENTENCE_END


def _with_notes(parts: Iterable[Part], notes: Sequence[Part]) -> Iterator[Part]:
    """Parts with each page's notes behind the last part that begins on it."""
    waiting = list(notes)
    for part in parts:
        while waiting and (waiting[0].page or 0) < (part.page or 0):
            yield waiting.pop(0)
        yield part
    yield from waiting


def _body_size(lines: Sequence[Line]) -> float:
    """The size, to the half point, that most letters are set in."""
    weights: Counter[float] = Counter()
    for line in lines:
        weights[round(line.size * 2) / 2] += len(line.text)
    return weights.most_common(1)[0][0] if weights else 0.0


def _setting(lines: Sequence[Line]) -> _Type:
    size = _body_size(lines)
    gaps = Counter(
        round((before.base - line.base) * 2) / 2
        for before, line in itertools.pairwise(lines)
        if before.page == line.page
        and 0.8 * size < before.base - line.base < 2.5 * size
        and abs(line.size - size) < 0.6
    )
    leading = gaps.most_common(1)[0][0] if gaps else 1.2 * size
    larger = Counter(round(line.size, 1) for line in lines if line.size > size * 1.08 and len(line.text) < 90)
    return _Type(size, leading, tuple(sorted(larger, reverse=True)[:_LEVELS]))


def _permission(lines: Sequence[Line]) -> set[int]:
    """The lines of the permission block at the foot of a page's column."""
    found: set[int] = set()
    opened: Line | None = None
    for line in lines:
        if _PERMISSION.match(line.text) and line.base < 0.4 * line.height:
            opened = line
        elif opened is not None and (line.page != opened.page or not _below(line, opened)):
            opened = None
        if opened is not None:
            found.add(id(line))
    return found


def _below(line: Line, other: Line) -> bool:
    return line.base < other.base and line.left < other.right and line.right > other.left


def _notes(lines: Sequence[Line], setting: _Type) -> set[int]:
    """The lines of footnotes: small ones at the foot of a column, in a block that does not begin higher up."""
    found: set[int] = set()
    for _, page in itertools.groupby(lines, key=lambda line: line.page):
        small = [line for line in page if _is_small(line, setting)]
        begins: dict[int, float] = {}
        for line in sorted(small, key=lambda line: -line.base):
            above = [one for one in small if id(one) in begins and _right_above(one, line)]
            begins[id(line)] = max((begins[id(one)] for one in above), default=line.base)
        found |= {id(line) for line in small if begins[id(line)] < 0.3 * line.height}
    return found


def _large_notes(lines: Sequence[Line], setting: _Type) -> set[int]:
    """The lines of footnotes as large as the text: a mark opens the block, a gap above it, the column's foot below."""
    found: set[int] = set()
    for _, page in itertools.groupby(lines, key=lambda line: line.page):
        rest = list(page)
        for number, line in enumerate(rest):
            if id(line) not in found and _opens_note(line) and _after_gap(line, rest, setting):
                block = _block(rest[number:], setting)
                if not any(_below(one, block[-1]) for one in rest):
                    found |= {id(one) for one in block}
    return found


def _opens_note(line: Line) -> bool:
    at_foot = line.base < 0.3 * line.height and line.height > line.width
    return at_foot and _NOTE.match(line.text) is not None


def _after_gap(line: Line, page: Iterable[Line], setting: _Type) -> bool:
    """Whether more than the usual space parts a line from the next one above it."""
    above = min((one.base - line.base for one in page if _below(line, one)), default=math.inf)
    return above > 1.15 * setting.leading


def _block(lines: Sequence[Line], setting: _Type) -> list[Line]:
    """The first lines, as far as each stands close below the one before."""
    block = [lines[0]]
    for line in lines[1:]:
        if not (_below(line, block[-1]) and block[-1].base - line.base < 1.3 * setting.leading):
            break
        block.append(line)
    return block


def _by_mark(block: Iterable[Line]) -> Iterator[list[Line]]:
    """The notes of a block: each mark opens one."""
    note: list[Line] = []
    for line in block:
        if note and _NOTE.match(line.text):
            yield note
            note = []
        note.append(line)
    yield note


def _right_above(upper: Line, lower: Line) -> bool:
    return _below(lower, upper) and upper.base - lower.base < 2.5 * upper.size


def _is_small(line: Line, setting: _Type) -> bool:
    small = line.size < 0.93 * setting.size and line.height > line.width
    return small and not _CAPTION.match(line.text) and not _in_table(line)


def _paragraphs(lines: Iterable[Line], setting: _Type) -> Iterator[list[Line]]:
    group: list[Line] = []
    for line in lines:
        if group and _breaks(group, line, setting):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _breaks(group: Sequence[Line], line: Line, setting: _Type) -> bool:
    """Whether a line opens a new paragraph."""
    last = group[-1]
    if _in_table(last) != _in_table(line):
        return True
    if _in_table(line):
        return line.page != last.page or abs(last.base - line.base) > 2.5 * max(line.size, last.size)
    if _opens_item(last, line) or (_CAPTION.match(line.text) and not _in_sentence(group, line)):
        return True
    if _ENTRY.match(line.text) and _opens_entry(group, line):
        return True
    if abs(line.size - last.size) > 0.1 * max(line.size, last.size):
        return last.text[-1:] not in _SOFT_HYPHENS
    if line.bold != last.bold and (_looks_like_heading(line, setting) or all(one.bold for one in group)):
        return True
    if _is_numbered_heading(line, setting):
        return True
    if len(group) == 1 and _is_numbered_heading(last, setting):
        larger = line.size > 1.08 * setting.size and abs(line.size - last.size) < 0.2
        return not ((larger or (line.bold and last.bold)) and 0 < last.base - line.base < 1.6 * line.size)
    return _moves_on(group, line, setting)


def _moves_on(group: Sequence[Line], line: Line, setting: _Type) -> bool:
    """Whether space, an indent or a short line before it part a line from the paragraph above."""
    last = group[-1]
    ended = last.text.rstrip()[-1:] in _SENTENCE_END
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
    if not _BULLET.match(line.text):
        return False
    return line.text[0] not in "–-*·∙" or last.text[-1:] in _SENTENCE_END or _BULLET.match(last.text) is not None


def _in_sentence(group: Sequence[Line], line: Line) -> bool:
    """Whether "Figure 1. …" goes on where the line above breaks off, as in "as shown in"."""
    last = group[-1]
    near = 0 < last.base - line.base < 1.5 * last.size and abs(last.size - line.size) < 0.2
    return near and last.text[-1:] not in _SENTENCE_END and len(last.text) > 30


def _hangs(group: Sequence[Line]) -> bool:
    """Whether a group is an entry whose later lines are all indented."""
    return len(group) > 1 and all(one.left > group[0].left + 2 for one in group[1:])


def _opens_entry(group: Sequence[Line], line: Line) -> bool:
    """Whether a line that begins like "[12]" opens an entry: it is no citation that the line break put first."""
    return _ENTRY.match(group[0].text) is not None or group[-1].text.rstrip()[-1:] in _SENTENCE_END or line.bold


def _continues(line: Line) -> bool:
    return bool(re.match(r"[^\W\d_A-Z]|[,;)]|\d", line.text)) or not re.match(r"[A-Z•]", line.text)


def _in_table(line: Line) -> bool:
    """A row of cells: three or more, or two of which neither is running text."""
    short = [cell for cell in line.cells if len(cell) < 30]
    return len(line.cells) >= 3 and len(short) >= len(line.cells) - 1


def _is_table(group: Sequence[Line]) -> bool:
    return len(group) >= 2 and all(_in_table(line) for line in group)


def _kind(text: str, *, in_references: bool) -> BlockKind:
    if in_references:
        return BlockKind.REFERENCE
    if _CAPTION.match(text):
        return BlockKind.CAPTION
    return BlockKind.LIST_ITEM if _BULLET.match(text) else BlockKind.PARAGRAPH


def _heading_level(text: str, group: Sequence[Line], setting: _Type) -> int:
    line = group[0]
    if len(group) > 3 or len(text) > 160 or not re.search(r"[^\W\d_]{3}", text) or _CAPTION.match(text) or "@" in text:
        return 0
    numbered = _NUMBERED.match(text)
    depth = numbered.group(1).count(".") + 2 if numbered and numbered.group(1) else 0
    size = round(line.size, 1)
    if size in setting.headings:
        return min(depth or setting.headings.index(size) + 1, 6)
    if len(text) > 100 or text[-1] in ".,;" or (text[-1] == ":" and not line.bold):
        return 0
    if _REFERENCES.match(text):
        return 2
    if line.size < 0.9 * setting.size:
        return 0
    if depth and (line.bold or text.upper() == text or _stands_alone(group, setting)):
        return min(depth, 6)
    is_capitals = text.upper() == text and len(re.findall(r"[^\W\d_]", text)) > 4
    is_bold = all(one.bold for one in group) and re.match(r"[A-Z\d]", text) is not None
    return (2 if is_capitals else 3) if (is_capitals or is_bold) and len(text) > 3 else 0


def _is_slide_title(text: str, group: Sequence[Line], setting: _Type) -> bool:
    """Whether the first lines of a landscape page are few and larger than the text, if not as large as other titles."""
    line = group[0]
    is_large = line.width > line.height and line.size > 1.08 * setting.size
    return is_large and len(group) <= _TITLE_LINES and len(text) < 90 and _has_words(text) and not _BULLET.match(text)


def _stands_alone(group: Sequence[Line], setting: _Type) -> bool:
    return len(group) == 1 and group[0].size >= setting.size and len(group[0].text) < 70


def _looks_like_heading(line: Line, setting: _Type) -> bool:
    return line.bold and len(line.text) < 90 and line.size >= 0.95 * setting.size


def _is_numbered_heading(line: Line, setting: _Type) -> bool:
    """A short line that is numbered like a section or in capitals, and does not end like a sentence."""
    if not 4 < len(line.text) < 90 or line.text[-1] in ".,;:" or line.size < 0.95 * setting.size:
        return False
    numbered = _NUMBERED.match(line.text)
    if numbered and numbered.group(1) and (line.bold or line.text.upper() == line.text):
        return True
    letters = re.sub(r"[\W\d_]", "", line.text)
    return len(letters) > 4 and letters.upper() == letters and letters.lower() != letters and line.bold


def _join(lines: Sequence[str], words: Counter[str] | None = None) -> str:
    """Lines to running text: words that were cut at a line's end are whole again.

    A mark may stand for a hyphen of the word's own ("user-facing"): it stays one where the document spells the word so
    elsewhere, and where the word goes on with another hyphen or a capital.
    """
    text = ""
    for line in lines:
        piece = line.strip()
        if not text:
            text = piece
            continue
        soft = text[-1] in _SOFT_HYPHENS
        hard = re.search(r"[^\W\d_]-$", text) is not None and re.match(r"[^\W\d_A-Z]", piece) is not None
        if soft or hard:
            text = _mended(text[:-1], piece, words or Counter())
        else:
            close = (text[-1] == "-" and text[-2:-1].isalnum()) or (
                _UNSPACED.match(text[-1]) and _UNSPACED.match(piece)
            )
            text = f"{text}{piece}" if close else f"{text} {piece}"
    return re.sub(f"[{_SOFT_HYPHENS}](?!$)", "-", text)


def _mended(text: str, piece: str, words: Counter[str]) -> str:
    left, right = re.search(r"(?<![^\W_])[^\W_]*+$", text), re.match(r"[^\W_]*", piece)
    first, second = (left.group() if left else ""), (right.group() if right else "")
    hyphened, joined = words[f"{first}-{second}".lower()], words[(first + second).lower()]
    chained = text[: len(text) - len(first)].endswith("-") or piece[len(second) :].startswith("-")
    told = chained and max(words[first.lower()], words[second.lower()]) > 0  # "learning-to-rank", not "k-dimen-sional"
    named = second[:1].isupper() and not first.isupper()  # "Cross-" before "Entropy"
    known = min(len(first), len(second)) > 3 and min(words[first.lower()], words[second.lower()]) > 1
    usual = _HYPHENED.match(f"{first}-{second}") is not None
    keep = hyphened > joined or (not joined and (told or named or known or usual))
    return f"{text}-{piece}" if keep else text + piece


def lines_of(body: bytes, *, url: str) -> list[Line]:
    """The printed lines of a PDF in reading order, nothing left out; for tests and for looking at a file."""
    answer = _ask_children(body, url=url, seconds=_SECONDS)
    return [replace(line, text=line.text.strip()) for page in answer["pages"] for line in _lines(page)]
