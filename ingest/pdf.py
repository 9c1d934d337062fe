"""PDF to parts: reading order, paragraphs, headings, tables and references from where the letters stand.

A PDF is hostile input to a parser written in C++, so pdfium runs in a child process of its own (`ingest.pdfium`) with
caps on memory and time; the service outlives whatever happens there. The child gives runs of letters with their place,
size and weight; everything else is told from those, a module each: `pdf_lines` (columns, running heads, page
numbers), `pdf_title`, `pdf_setting` (sizes, headings, tables), `pdf_notes`, `pdf_paragraphs`, `pdf_joined`, and
`pdf_words` (words cut at line ends).
"""

import itertools
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from ingest import child
from ingest.errors import ExtractError
from ingest.pdf_joined import counted, placed, rejoined, with_notes
from ingest.pdf_lines import Line, printed, title_first, without_builds, without_margins
from ingest.pdf_notes import by_mark, large_notes, permission_block, small_notes
from ingest.pdf_paragraphs import grouped, kind_of, with_initials
from ingest.pdf_setting import BULLET, LEVELS, REFERENCES, Setting, heading_level, is_slide_title, is_table, setting_of
from ingest.pdf_title import title_of
from ingest.pdf_words import SOFT_HYPHENS, has_words, joined, squeezed
from ingest.pdfium import MEMORY_BYTES
from ingest.structure import Part
from ingest.types import BlockKind, Reason

_SECONDS = 120.0
_LARGE = 150_000  # bytes; below them a file has few pages, and a second child's start takes longer than it saves
_AFTER_REFERENCES = re.compile(r"^(?:appendi(?:x|ces)|[A-Z]\.?\d*\s+[A-Z]\w{2,}|supplement)", re.IGNORECASE)
_OPENING = re.compile(r"^(?:abstract|summary|1\.?\s+introduction|i\.\s+introduction|introduction)\b", re.IGNORECASE)


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
    lines = without_builds([title_first(list(printed(page))) for page in answer["pages"]])
    letters = sum(character.isalpha() for line in lines for character in line.text)
    count = int(answer["count"])
    if letters < 20 * max(count, 1) and letters < 200:
        raise ExtractError(f"{url} has {count} pages but next to no text; it was scanned", reason=Reason.SCANNED)
    body_lines = list(without_margins(lines, pages=count))
    title = title_of(body_lines, str(answer["title"]))
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


def _parts(lines: Sequence[Line], *, title: str) -> Iterator[Part]:
    if not lines:
        return
    setting = setting_of(lines)
    words = counted(lines)
    below = permission_block(lines) | small_notes(lines, setting)
    below |= large_notes([line for line in lines if id(line) not in below], setting)
    noted = [line for line in lines if id(line) in below]
    has_opening = any(_OPENING.match(line.text) for line in lines if line.page == 1)
    groups = grouped(list(with_initials([line for line in lines if id(line) not in below], setting)), setting)
    running = list(_classified(groups, setting, words, title=title, has_opening=has_opening))
    footnotes = [
        Part(BlockKind.FOOTNOTE, joined([line.text for line in group], words), page=group[0].page)
        for _, page in itertools.groupby(noted, key=lambda line: line.page)
        for block in grouped(page, setting)
        for group in by_mark(block)
    ]
    for part in with_notes(rejoined(placed(running, lines, setting), words), footnotes):
        yield replace(part, text=re.sub(f"[{SOFT_HYPHENS}]", "-", BULLET.sub("", part.text)))


def _classified(
    groups: Iterable[list[Line]], setting: Setting, words: Counter[str], *, title: str, has_opening: bool
) -> Iterator[tuple[Part, list[Line]]]:
    """Groups of lines as headings, tables, captions, references and paragraphs, with their lines.

    Names and places between a paper's title and its abstract are set large and are no headings.
    """
    titled = squeezed(title)
    in_references = False
    opened = not has_opening
    last_page = 0
    for group in groups:
        opens_page, last_page = group[0].page != last_page, group[0].page
        if is_table(group):
            table = "\n".join(" | ".join(line.cells) for line in group)
            yield Part(BlockKind.TABLE, table, page=group[0].page), group
            continue
        text = joined([line.text for line in group], words)
        level = heading_level(text, group, setting)
        if not level and opens_page and is_slide_title(text, group, setting):
            level = LEVELS
        if group[0].page == 1 and not opened:
            opened = bool(_OPENING.match(text)) or len(text) > 400
            level = level if opened or squeezed(text) in titled else 0
        if level and (REFERENCES.match(text) or not in_references or _AFTER_REFERENCES.match(text)):
            in_references = bool(REFERENCES.match(text))
        elif in_references:
            level = 0
        kind = BlockKind.HEADING if level else kind_of(text, in_references=in_references)
        if level or has_words(text) or kind is BlockKind.REFERENCE or len(text) > 40:
            yield Part(kind, text, level, page=group[0].page), group


def lines_of(body: bytes, *, url: str) -> list[Line]:
    """The printed lines of a PDF in reading order, nothing left out; for tests and for looking at a file."""
    answer = _ask_children(body, url=url, seconds=_SECONDS)
    return [replace(line, text=line.text.strip()) for page in answer["pages"] for line in printed(page)]
