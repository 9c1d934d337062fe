"""Judgments after the library was revised: where did a quotation go?

A judgment is bound to the words that were judged. When a document is revised, a quotation that is no longer in it is
looked for among the document's passages of about its length. One that says nearly the same, with all its numbers, is
the same judgment in new words; anything else has to be read and judged again.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache

from eval.golden import GoldenQuestion, Judgment
from ingest.types import Document

SAME = 0.8  # of the words, in order; 25 of the first 62 revised quotations lay above it, and all said the same

_BREAK = re.compile(r"(?<=[.!?])[\"”)]?\s+(?=[\"“(]?[A-Z0-9])|\n+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Lost:
    """A quotation that its document no longer holds, with the passage that is nearest to it.

    Attributes:
        nearest: Words of the document as it is now; empty where the document is gone or empty.
        likeness: Share of words in the same order, 0 to 1.
    """

    question: str
    judgment: Judgment
    nearest: str
    likeness: float

    @property
    def same(self) -> bool:
        """Whether the nearest passage says what was judged: nearly its words, and every number of it."""
        numbers = set(_NUMBER.findall(self.judgment.quote))
        return self.likeness >= SAME and numbers <= set(_NUMBER.findall(self.nearest))


def lost(questions: Sequence[GoldenQuestion], documents: Mapping[str, Document]) -> Iterator[Lost]:
    """The quotations that are in their documents no more, in the order of the questions."""
    for question in questions:
        for judgment in question.judgments:
            document = documents.get(judgment.document)
            if document is None:
                yield Lost(question.id, judgment, "", 0.0)
            elif judgment.quote not in document.text:
                yield Lost(question.id, judgment, *_nearest(judgment.quote, document.text))


def mended(question: GoldenQuestion, found: Sequence[Lost]) -> GoldenQuestion:
    """The question with those of its judgments moved that say the same in new words.

    Two that have become one keep the higher grade. What was not relevant and is gone leaves the judgments, for nobody
    has read what stands there now; what was relevant and is gone stays, to be judged again.
    """
    astray = {(one.judgment.document, one.judgment.quote): one for one in found if one.question == question.id}
    judged: dict[tuple[str, str], Judgment] = {}
    for one in question.judgments:
        gone = astray.get((one.document, one.quote))
        if gone and not gone.same and not one.grade:
            continue
        quote = gone.nearest if gone and gone.same else one.quote
        held = judged.get((one.document, quote))
        if held is None or held.grade < one.grade:
            judged[one.document, quote] = replace(one, quote=quote)
    return replace(question, judgments=tuple(judged.values()))


@cache
def _nearest(quote: str, text: str) -> tuple[str, float]:
    wanted, length = quote.split(), len(_pieces(quote))
    best = ("", 0.0)
    for passage in _passages(text, length):
        matcher = SequenceMatcher(None, wanted, passage.split(), autojunk=False)
        if matcher.real_quick_ratio() > best[1] and matcher.quick_ratio() > best[1] and matcher.ratio() > best[1]:
            best = (passage, matcher.ratio())
    return best


@cache
def _passages(text: str, length: int) -> tuple[str, ...]:
    """Runs of pieces about as many as wanted, each a slice of the text."""
    spans = _pieces(text)
    sizes = range(max(1, length - 1), length + 2)
    return tuple(text[spans[at][0] : spans[at + size - 1][1]] for size in sizes for at in range(len(spans) - size + 1))


def _pieces(text: str) -> list[tuple[int, int]]:
    """Spans of sentences and of lines, half-open, in order."""
    edges = [0, *(edge for found in _BREAK.finditer(text) for edge in found.span()), len(text)]
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if text[start:end].strip()]
