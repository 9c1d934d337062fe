"""PDF to parts, in a child process.

A PDF is hostile input to a parser written in C++, so pdfium (through pypdfium2) runs in a process of its own with caps
on memory and time; the service outlives whatever happens there. pdfium gives text in reading order, column by column,
and marks hyphens at line ends; font sizes and positions tell headings, paragraphs, running heads and page numbers
apart.
"""

import json
import re
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.errors import ExtractError
from ingest.structure import Part
from ingest.types import BlockKind, Reason

MEMORY_BYTES = 512 * 2**20
_SECONDS = 120.0
_MAX_PAGES = 2_000

_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
_HYPHENS = "\x02\ufffe\u00ad"
_CUT_WORD = re.compile(rf"(\w+)[{_HYPHENS}]\s*(\w+)")
_NUMBERED = re.compile(r"^(?:(\d{1,2}(?:\.\d{1,2}){0,3})\.?|[A-Z]\.)\s+[A-Z]\S*")
_REFERENCES = re.compile(r"^(?:\d+\.?\s+)?(references|bibliography|literature cited)$", re.IGNORECASE)
_AFTER_REFERENCES = re.compile(r"^(?:appendix|[A-Z]\.?\s+[A-Z]{3,}|supplement)", re.IGNORECASE)
_ENTRY = re.compile(r"^\[\d+\]|^\d{1,3}\.\s")
_CAPTION = re.compile(r"^(?:figure|fig\.|table)\s+\d+\s*[:.]", re.IGNORECASE)
_BULLET = re.compile(r"^[•◦▪●‣–*]\s+")
_LEVELS = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text on a page; coordinates in points from the bottom left.

    pdfium joins printed lines whose last word was hyphenated, so a line may begin higher than it ends.

    Attributes:
        top: Base line of its first character.
        bottom: Base line of its last character.
        edge: It stands where running heads and page numbers stand.
    """

    text: str
    size: float
    left: float
    top: float
    bottom: float
    page: int
    edge: bool


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
    command = [sys.executable, "-m", "ingest.pdf"]
    try:
        child = subprocess.run(command, input=body, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as error:
        raise ExtractError(f"{url} took more than {seconds:.0f} s to read", reason=Reason.OVER_LIMITS) from error
    try:
        answer = json.loads(child.stdout)
    except ValueError as error:
        message = f"{url} could not be read within {MEMORY_BYTES // 2**20} MB (exit {child.returncode})"
        raise ExtractError(message, reason=Reason.OVER_LIMITS) from error
    if "reason" in answer:
        raise ExtractError(f"{url}: {answer['message']}", reason=Reason(answer["reason"]))
    lines = _mended([Line(*row) for row in answer["lines"]])
    return _paper(lines, title=answer["title"], pages=answer["pages"], url=url)


def _paper(lines: Sequence[Line], *, title: str, pages: int, url: str) -> Paper:
    letters = sum(character.isalpha() for line in lines for character in line.text)
    if letters < 20 * max(pages, 1) and letters < 200:
        raise ExtractError(f"{url} has {pages} pages but next to no text; it was scanned", reason=Reason.SCANNED)
    body = list(_without_margins(lines, pages=pages))
    return Paper(title=_title(body, title), parts=tuple(_parts(body)), pages=pages)


def _mended(lines: Sequence[Line]) -> list[Line]:
    """Put words together again that a line's end cut apart, and ligatures into letters.

    A mark may stand for a hyphen of the word's own ("user-facing"): it stays one where the document spells the word so
    elsewhere.
    """
    words = Counter(word.lower() for line in lines for word in re.findall(r"\w+(?:-\w+)*", line.text))

    def mend(match: re.Match[str]) -> str:
        left, right = match.group(1), match.group(2)
        hyphened = f"{left}-{right}"
        return hyphened if words[hyphened.lower()] > words[(left + right).lower()] else left + right

    return [replace(line, text=_CUT_WORD.sub(mend, line.text).translate(_LIGATURES)) for line in lines]


def _without_margins(lines: Sequence[Line], *, pages: int) -> Iterator[Line]:
    """Drop page numbers, and the running heads and feet that come back on page after page."""
    seen = Counter(_mask(line.text) for line in lines if line.edge)
    for line in lines:
        repeated = line.edge and seen[_mask(line.text)] >= max(2, pages // 4)
        number = line.edge and re.fullmatch(r"[\divxlc.\-– ]{1,9}", line.text)
        if not repeated and not number:
            yield line


def _mask(text: str) -> str:
    return re.sub(r"\d+", "#", text)


def _title(lines: Sequence[Line], declared: str) -> str:
    """The largest lines of the first page; the metadata's title only where it looks like one."""
    first = [line for line in lines if line.page == 1 and len(line.text) > 3]
    if not first:
        return declared
    largest = max(line.size for line in first)
    shown = [line.text for line in first if line.size >= largest * 0.98]
    title = _join(shown)
    return title if 8 <= len(title) <= 250 else declared


def _parts(lines: Sequence[Line]) -> Iterator[Part]:
    if not lines:
        return
    sizes = _heading_sizes(lines)
    in_references = False
    for group in _paragraphs(lines, body=_body_size(lines)):
        text = _join([line.text for line in group])
        level = _heading_level(text, group[0], sizes)
        if level and (_REFERENCES.match(text) or not in_references or _AFTER_REFERENCES.match(text)):
            in_references = bool(_REFERENCES.match(text))
        elif in_references:
            level = 0
        kind = BlockKind.HEADING if level else _kind(text, in_references=in_references)
        yield Part(kind, _BULLET.sub("", text), level, page=group[0].page)


def _kind(text: str, *, in_references: bool) -> BlockKind:
    if in_references:
        return BlockKind.REFERENCE
    if _CAPTION.match(text):
        return BlockKind.CAPTION
    return BlockKind.LIST_ITEM if _BULLET.match(text) else BlockKind.PARAGRAPH


def _body_size(lines: Iterable[Line]) -> float:
    weights: Counter[float] = Counter()
    for line in lines:
        weights[round(line.size, 1)] += len(line.text)
    return weights.most_common(1)[0][0]


def _heading_sizes(lines: Sequence[Line]) -> list[float]:
    """Font sizes larger than the body's that are used for short lines, largest first."""
    body = _body_size(lines)
    sizes = Counter(round(line.size, 1) for line in lines if line.size > body * 1.08 and len(line.text) < 90)
    return sorted(sizes, reverse=True)[:_LEVELS]


def _heading_level(text: str, line: Line, sizes: Sequence[float]) -> int:
    if len(text) > 160 or not re.search(r"[A-Za-z]{3}", text):
        return 0
    numbered = _NUMBERED.match(text)
    size = round(line.size, 1)
    if size in sizes:
        depth = numbered.group(1).count(".") + 2 if numbered and numbered.group(1) else sizes.index(size) + 1
        return min(depth, 6)
    if len(text) > 90 or text[-1] in ".,;:":
        return 0
    if numbered and numbered.group(1):
        return min(numbered.group(1).count(".") + 2, 6)
    return 2 if _REFERENCES.match(text) or text.upper() == text else 0


def _paragraphs(lines: Sequence[Line], *, body: float) -> Iterator[list[Line]]:
    group: list[Line] = []
    for line in lines:
        if group and _breaks(group, line, body=body):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _breaks(group: Sequence[Line], line: Line, *, body: float) -> bool:
    """Whether a line opens a new paragraph."""
    last = group[-1]
    if abs(line.size - last.size) > 0.12 * max(line.size, last.size):
        return not (last.text[-1:] in "-" or (last.size < body and line.size < body))
    if _BULLET.match(line.text) or _ENTRY.match(line.text) or _CAPTION.match(line.text):
        return True
    if _is_headline(line.text) or (len(group) == 1 and _is_headline(last.text)):
        return True
    ended = last.text.rstrip()[-1:] in ".!?:"
    moved = line.page != last.page or line.top > last.bottom + last.size
    if moved:
        return ended
    gap = last.bottom - line.top > 1.7 * max(line.size, 1.0)
    margin = statistics.mode(round(one.left) for one in group)
    indented = 4 < line.left - margin < 40 and len(group) > 0
    return gap or (ended and indented)


def _is_headline(text: str) -> bool:
    """A short line in capitals, or numbered like a section, that does not end like a sentence."""
    if not 4 < len(text) < 90 or text[-1] in ".,;:":
        return False
    numbered = _NUMBERED.match(text)
    return bool(numbered and numbered.group(1)) or (text.upper() == text and text.replace(" ", "").isalpha())


def _join(lines: Sequence[str]) -> str:
    """Lines to running text: words that were cut at a line's end are whole again."""
    text = ""
    for line in lines:
        piece = line.strip()
        hyphenated = re.search(r"[a-z]-$", text) and re.match(r"[a-z]", piece)
        if text and (text[-1] in _HYPHENS or hyphenated):
            text = text[:-1] + piece
        else:
            text = f"{text} {piece}" if text else piece
    return text


def _child() -> None:
    """What the child process does: cap itself, read the file from standard input, print JSON."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    json.dump(_extract(sys.stdin.buffer.read()), sys.stdout)


def _extract(body: bytes) -> dict[str, object]:
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(body) as pdf:
            lines = [line for number in range(min(len(pdf), _MAX_PAGES)) for line in _page_lines(pdf, number)]
            rows = [[line.text, line.size, line.left, line.top, line.bottom, line.page, line.edge] for line in lines]
            return {"title": pdf.get_metadata_value("Title") or "", "pages": len(pdf), "lines": rows}
    except pypdfium2.PdfiumError as error:
        encrypted = "password" in str(error).lower()
        reason = Reason.ENCRYPTED if encrypted else Reason.DAMAGED
        return {"reason": reason.value, "message": f"not a PDF that can be opened ({error})"}


def _page_lines(pdf: "object", number: int) -> Iterator[Line]:
    import ctypes

    import pypdfium2.raw as pdfium

    page = pdf[number]  # type: ignore[index]
    height = page.get_height()
    text_page = page.get_textpage()
    box = [ctypes.c_double() for _ in range(4)]
    position = 0
    for raw in text_page.get_text_range().split("\n"):
        text = raw.rstrip("\r")
        lead = len(text) - len(text.lstrip())
        if text.strip():
            at = position + lead
            pdfium.FPDFText_GetCharBox(text_page, at, *map(ctypes.byref, box))
            size = float(pdfium.FPDFText_GetFontSize(text_page, min(at + 1, position + len(text) - 1)))
            left, top = box[0].value, box[2].value
            pdfium.FPDFText_GetCharBox(text_page, position + len(text.rstrip()) - 1, *map(ctypes.byref, box))
            edge = top < height * 0.08 or top > height * 0.92
            yield Line(text.strip(), round(size, 2), left, top, box[2].value, number + 1, edge)
        position += len(raw) + 1
    text_page.close()
    page.close()


if __name__ == "__main__":
    _child()
