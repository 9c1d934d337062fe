"""Questions that passages are known to answer, searched beside the passages themselves.

A question is nearer to the same question in other words than to its answer, so what people ask is written down beside
the text, and the nearest question of a passage counts in its dense score ("Document Expansion by Query Prediction",
Nogueira and others, 2019, adds predicted questions to the words of a passage; here they keep vectors of their own).
Few documents have any, so all are compared with a query, exactly.

What has no questions is not to lose by it. Such a passage gets, in the place of a nearest question, what one would
expect of a passage as near as it is (`expected`), by a line that is set so high that of documents whose questions were
held back those that answer stand where they stood: nDCG@10 0.757, 0.754 without any questions (371 questions whose
answers lie in the half of the field guide that was held back), 0.740 with the line of least squares.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.types import Vectors

VECTORS = "asked.npy"
PASSAGES = "asked_passages.npy"

SHARE = 0.5  # of the nearest question in the dense score; 0.35 gains two thirds as much, 0.7 no more
DEPTH = 50  # passages that are candidates for their questions alone
_AT, _BY = 0.15, 0.785

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Nearest:
    """For one query: the passages that answer questions, ascending, and the cosine of the nearest question of each."""

    passages: Rows
    cosines: NDArray[np.float32]

    def ranking(self) -> list[tuple[int, float]]:
        """The passages with those cosines, nearest first."""
        order = np.argsort(-self.cosines, kind="stable")
        return list(zip(self.passages[order].tolist(), self.cosines[order].tolist(), strict=True))

    def best(self, k: int) -> list[int]:
        """The k passages whose questions are nearest, nearest first."""
        return [int(row) for row in self.passages[np.argsort(-self.cosines, kind="stable")[:k]]]

    def mixed(self, scores: NDArray[np.float32], rows: Rows, *, share: float) -> NDArray[np.float32]:
        """The dense scores of rows with that share of their nearest questions; as they are where no passage has any."""
        if not len(self.passages):
            return scores
        questions = expected(scores)
        places = np.minimum(np.searchsorted(self.passages, rows), len(self.passages) - 1)
        has = self.passages[places] == rows
        questions[has] = self.cosines[places[has]]
        return np.asarray((1 - share) * scores + share * questions)


NOTHING = Nearest(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))


class AskedIndex:
    """The questions of one generation.

    Args:
        vectors: One row a question, normalised.
        pairs: The row of a passage and the number of a question that it answers, one pair a row, by passage.
    """

    def __init__(self, vectors: NDArray[Any], pairs: NDArray[Any]) -> None:
        self._vectors = np.ascontiguousarray(vectors[pairs[:, 1]], dtype=np.float32)
        self._passages, self._first = np.unique(pairs[:, 0].astype(np.int64), return_index=True)

    def __len__(self) -> int:
        """How many passages answer a question."""
        return len(self._passages)

    def nearest(self, query: Vectors) -> Nearest:
        """How near the nearest question of each passage is."""
        if not len(self):
            return NOTHING
        return Nearest(self._passages, np.maximum.reduceat(self._vectors @ query, self._first))


def read(folder: Path) -> AskedIndex:
    """The index in a folder; an empty one in a generation of before there were questions."""
    if not (folder / PASSAGES).exists():
        return none()
    return AskedIndex(np.load(folder / VECTORS, mmap_mode="r"), np.load(folder / PASSAGES))


def none() -> AskedIndex:
    """An index of no questions."""
    return AskedIndex(np.empty((0, 1), dtype=np.float32), np.empty((0, 2), dtype=np.int64))


def paired(chunks: Sequence[tuple[str, int, int]], asked: Sequence[tuple[str, int, int]]) -> NDArray[np.int64]:
    """The passages and questions that belong together, as `AskedIndex` takes them.

    Args:
        chunks: Document, start and end of each passage.
        asked: The same of the answer to each question.
    """
    of: dict[str, list[int]] = {document: [] for document, _, _ in asked}
    for row, (document, _, _) in enumerate(chunks):
        if document in of:
            of[document].append(row)
    found = [
        (row, number)
        for number, (document, start, end) in enumerate(asked)
        for row in of.get(document, ())
        if chunks[row][1] <= start and end <= chunks[row][2]
    ]
    return np.array(sorted(found), dtype=np.int64).reshape(-1, 2)


def expected(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """What stands for the nearest question of passages that have none, from their own dense scores."""
    return np.asarray(_AT + _BY * scores, dtype=np.float32)
