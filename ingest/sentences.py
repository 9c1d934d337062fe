"""The sentences of a document that may be quoted.

Segmentation by sentencex (Wikimedia; abbreviations of many languages), which takes every single letter for an initial;
a lower-case one is none, so a sentence ends after "per req/s." and "at time t.". Only running text is segmented:
headings, captions, tables, code, footnotes and reference lists are not sentences. Whether a sentence reads well on its
own is for the assistant to judge.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.types import Block, BlockKind, Document

VERSION = "2"

_RUNNING_TEXT = frozenset({BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.QUOTE})
_ENDED = re.compile(r"(?<=[\s/][a-uw-z]\.)\s+(?=[A-Z])")  # not after the v of one against another
_BLANKS = dict.fromkeys((0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000), " ")
_LONG = 8_000  # characters
_BULLETS = "-*•–— \t\n"


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open character offsets `[start, end)` in a document's text."""

    start: int
    end: int


def sentences(document: Document) -> list[Span]:
    """Find the quotable sentences of a document, in order, without surrounding white space or list marks."""
    return [
        span for block in document.blocks if block.kind in _RUNNING_TEXT for span in _in_block(document.text, block)
    ]


def split(text: str) -> list[Span]:
    """Cut text into sentences; the spans are in order, do not overlap and leave out surrounding white space."""
    if not text.strip():
        return []
    text = text.translate(_BLANKS)  # one for one: the places stay
    spans = []
    position = 0
    pieces = (part for piece in _segmented(text) for part in _ENDED.split(piece))
    for piece in pieces:
        start = text.index(piece, position)
        position = start + len(piece)
        if body := piece.strip():
            begin = start + piece.index(body)
            spans.append(Span(begin, begin + len(body)))
    return spans


def _segmented(text: str) -> Iterator[str]:
    """Sentencex's sentences, found a stretch at a time.

    It panics, which nothing catches, on a capital and a blank beyond ASCII before a full stop; so there are none. It
    counts from the beginning for every sentence where a letter is beyond ASCII. The last one of a stretch may be
    cut, so the next stretch begins with it; one that fills a stretch is cut, between words where it has any.
    """
    at = 0
    while at < len(text):
        stretch = text[at : at + _LONG]
        found = _of_stretch(stretch)
        if at + _LONG < len(text):
            found = found[:-1] or [stretch[: stretch.rfind(" ") + 1] or stretch]
        for piece in found:
            at = text.index(piece, at) + len(piece)
            yield piece
        if not found:
            return


def _of_stretch(stretch: str) -> list[str]:
    """Its sentences; all of it as one where sentencex panics, which is no Exception and would end the thread."""
    import sentencex

    try:
        return list(sentencex.segment("en", stretch))
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        return [stretch]


def _in_block(text: str, block: Block) -> Iterator[Span]:
    for span in split(text[block.start : block.end]):
        start, end = block.start + span.start, block.start + span.end
        lead = len(text[start:end]) - len(text[start:end].lstrip(_BULLETS))
        if start + lead < end:
            yield Span(start + lead, end)
