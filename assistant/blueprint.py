"""The complete design that the library holds nearest to what is asked for.

A design is read as a whole: its numbers rest on its own assumptions and its parts fit each other. So where a document
of the library lays out such a system step by step, the answer follows it and takes from others only what they add.
Whether it is near enough is judged by how many of the best passages are its own and by its distance as a whole: asked
for thirty systems that the library designs and twenty-two that it does not, in other words than its titles,
twenty-nine of the first pass, and three of the others, for which the nearest is a neighbor (hotel prices: rentals).
"""

from dataclasses import dataclass

import numpy as np

from index.engine import Generation
from index.search import HybridSearcher
from index.types import DocumentInfo, Hit, Vectors

_COMPLETE = 6  # of the nine steps
_PASSAGES = 20  # looked at
_NEAR = 1.29  # share of the passages plus twice the cosine with the document as a whole


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


def nearest(generation: Generation, searcher: HybridSearcher, query: str, vector: Vectors) -> Blueprint | None:
    """The complete design nearest to a question; None where none is near."""
    found = searcher.search_vector(query, vector, k=_PASSAGES)
    best, closest = None, _NEAR
    for id in dict.fromkeys(hit.document.id for hit in found):
        share = sum(hit.document.id == id for hit in found) / _PASSAGES
        row = np.array(generation.rows(id)[:1], dtype=np.int64)
        near = share + 2 * float(generation.context.scores(vector, row)[0])
        if near >= closest and is_complete(passages := searcher.all_of(id)):
            best, closest = Blueprint(passages[0].document, tuple(passages)), near
    return best


def is_complete(passages: list[Hit]) -> bool:
    """Whether passages of a document lay out a system along the steps."""
    return len({hit.chunk.step for hit in passages if hit.chunk.step}) >= _COMPLETE
