"""From an extractor's parts to a document's text, blocks and sections.

Every extractor yields parts (a kind and its text); this module joins them, so offsets are computed in one
place. Text is NFC-normalised; zero-width and control characters and the glyphs of icons are dropped; white space
inside a part is collapsed, except in code and tables, which keep their lines and indentation.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.types import Block, BlockKind, Document, Section

_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")
_GLYPHS = re.compile("[\ue000-\uf8ff]")  # of fonts of icons: what they show, no other font does
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")  # halves of a pair, too: JSON has them
_KEEPS_LINES = frozenset({BlockKind.CODE, BlockKind.TABLE})
_SEPARATOR = "\n\n"
_STEP = re.compile(r"^step\s+([1-9])\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of extracted text before it has a place in the document."""

    kind: BlockKind
    text: str
    level: int = 0
    page: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What an extractor makes of one file.

    Attributes:
        title: As the file gives it; empty where it gives none.
        published: ISO date, or empty.
        canonical: The address that a page itself calls its own; empty where it names none.
        links: Addresses that a page links to, in order.
        note: What a reader should know of the text.
        paper: The address of the PDF that a page says it is about; empty where it names none.
    """

    title: str
    parts: tuple[Part, ...]
    authors: tuple[str, ...] = ()
    published: str = ""
    canonical: str = ""
    links: tuple[str, ...] = ()
    note: str = ""
    paper: str = ""


def clean(text: str, *, keep_lines: bool = False) -> str:
    """Normalise text: NFC, no invisible or control characters, tidy white space.

    Args:
        text: Any text.
        keep_lines: Keep line breaks and indentation, as code and tables need; else runs of white space
            become one space.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _CONTROL.sub("", _GLYPHS.sub(" ", _INVISIBLE.sub("", text)))
    if keep_lines:
        lines = [line.rstrip() for line in text.expandtabs(4).split("\n")]
        text = "\n".join(lines).strip("\n")
    else:
        text = " ".join(text.split())
    return unicodedata.normalize("NFC", text)


def assemble(parts: Iterable[Part]) -> tuple[str, tuple[Block, ...]]:
    """Join parts into a document's text and blocks; parts that are empty once cleaned are left out."""
    pieces: list[str] = []
    blocks: list[Block] = []
    position = 0
    for part in parts:
        text = clean(part.text, keep_lines=part.kind in _KEEPS_LINES)
        if not text:
            continue
        if pieces:
            pieces.append(_SEPARATOR)
            position += len(_SEPARATOR)
        pieces.append(text)
        blocks.append(
            Block(
                kind=part.kind,
                start=position,
                end=position + len(text),
                level=part.level,
                page=part.page,
                seconds=part.seconds,
            )
        )
        position += len(text)
    return "".join(pieces), tuple(blocks)


def sections(document: Document) -> tuple[Section, ...]:
    """Split a document at its headings.

    Returns:
        Sections in order; together they cover the whole text. Text before the first heading, or under a first
        heading that repeats the title, has the empty path.
    """
    starts: list[tuple[int, tuple[str, ...]]] = []
    path: list[tuple[int, str]] = []
    for block in document.blocks:
        if block.kind is not BlockKind.HEADING:
            continue
        heading = document.text[block.start : block.end]
        path = [(level, text) for level, text in path if level < block.level]
        if heading != document.title:
            path.append((block.level, heading))
        starts.append((block.start, tuple(text for _, text in path)))
    if not starts or starts[0][0] > 0:
        starts.insert(0, (0, ()))
    ends = [start for start, _ in starts[1:]] + [len(document.text)]
    return tuple(
        Section(headings=headings, start=start, end=end, step=_step((document.title, *headings)))
        for (start, headings), end in zip(starts, ends, strict=True)
    )


def _step(headings: Sequence[str]) -> int | None:
    for heading in reversed(headings):
        if match := _STEP.match(heading):
            return int(match.group(1))
    return None
