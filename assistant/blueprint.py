"""The complete design that the library holds nearest to what is asked for.

A design is read as a whole: its numbers rest on its own assumptions and its parts fit each other. So where a document
of the library lays out such a system step by step, the answer follows it and takes from others only what they add.
Whether it is near enough is told by four signs: how many of the best passages are its own, how near it is as a whole,
how near the sentence is that says what its system does, and how much of what is asked for it names at all, by weight
of the words. Near is not the same: below a second floor the reader is told that the system may be another one, and
below a third that it only serves as a pattern.
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
# Share of the passages, cosines with the document and with its first sentence, and half of the share of the question's
# words, by weight. Of 99 systems that the library designs, asked for in other words than their titles, 91 are followed,
# in 87 the right one; of 42 others 11, of which one passes for sure. With twice the cosine and no first sentence it was
# 83, 79 and 7, and all of them passed for sure.
_NEAR = 1.25
_SURE = 1.75
_LIKELY = (
    1.6  # from which a question is answered that else too little was found for: a board game is no game store, at 1.53
)
_ALIKE = 0.85  # what may serve as a pattern where nothing else is on the matter: "email smart replies" has a chatbot's
_NAMING = 0.5
_CLOSE = 0.4  # share of the passages plus the cosine with the document, below which none is near


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A document that designs a system along the steps.

    Attributes:
        document: Which.
        passages: All of it, in its order.
        nearness: How near it is to what is asked for; comparable between questions.
    """

    document: DocumentInfo
    passages: tuple[Hit, ...]
    nearness: float

    @property
    def is_sure(self) -> bool:
        """Whether it is the very system that is asked for, and not one near to it."""
        return self.nearness >= _SURE

    @property
    def is_likely(self) -> bool:
        """Whether it tells by itself that the library can answer."""
        return self.nearness >= _LIKELY

    @property
    def is_near(self) -> bool:
        """Whether it is that system or one near to it, and not merely the nearest of all."""
        return self.nearness >= _NEAR

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
    best, closest = None, _ALIKE
    for id in dict.fromkeys(hit.document.id for hit in found):
        share = sum(hit.document.id == id for hit in found) / _PASSAGES
        row = np.array(generation.rows(id)[:1], dtype=np.int64)
        near = share + float(generation.context.scores(vector, row)[0])
        if near < _CLOSE or not is_complete(passages := searcher.all_of(id)):
            continue
        near += _NAMING * _named(generation, aim, passages) + _first(generation, passages, vector)
        if near >= closest:
            best, closest = Blueprint(passages[0].document, tuple(passages), near), near
    return best


def _first(generation: Generation, passages: Sequence[Hit], vector: Vectors) -> float:
    """The cosine with the first sentence, which says what is designed; 0 where there is none."""
    first = next(iter(generation.sentences(passages[0].chunk)), None)
    return float(first.vector @ vector) if first else 0.0


def _named(generation: Generation, aim: str, passages: Sequence[Hit]) -> float:
    """The share of the words of an aim that passages hold, by weight."""
    held = {term for hit in passages for term in lexical.terms(hit.chunk.indexed_text)}
    asked = set(lexical.terms(" ".join(lexical.content_words(aim))))
    weights = {term: generation.lexical.idf(term) for term in asked}
    return sum(weights[term] for term in asked & held) / (sum(weights.values()) or 1.0)


def is_complete(passages: Sequence[Hit]) -> bool:
    """Whether passages of a document lay out a system along the steps."""
    return len({hit.chunk.step for hit in passages if hit.chunk.step}) >= _COMPLETE
