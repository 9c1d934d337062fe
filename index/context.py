"""The context of a chunk: how near its whole document is to a query.

A passage of a document that is about the question as a whole is a better answer than the same words in passing. The
document stands in as the centroid of its chunks' vectors; for a document of one chunk that is the chunk itself, and
context changes nothing.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.dense import inner
from index.types import Vectors

SHARE = 0.3  # of the dense score; 0.2–0.5 add 0.002 nDCG@10 on collections of long documents, docs/decisions.md

_CENTROIDS = "centroids.npy"
_OWNERS = "owners.npy"


def build(vectors: Vectors, documents: Sequence[str], *, folder: Path) -> None:
    """Save the centroids of documents.

    Args:
        vectors: Unit vectors of chunks, shape (n, dimension).
        documents: The document id of each, neighbours together.
        folder: Where the files go.
    """
    numbers = {id: number for number, id in enumerate(dict.fromkeys(documents))}
    owners = np.array([numbers[id] for id in documents], dtype=np.int32)
    centroids = np.add.reduceat(vectors, np.flatnonzero(np.diff(owners, prepend=-1)), axis=0)
    centroids /= np.maximum(np.linalg.norm(centroids, axis=1, keepdims=True), 1e-9)
    np.save(folder / _CENTROIDS, centroids)
    np.save(folder / _OWNERS, owners)


class ContextIndex:
    """Saved centroids; safe for several threads at once."""

    def __init__(self, folder: Path) -> None:
        self._centroids: Vectors = np.asarray(np.load(folder / _CENTROIDS, mmap_mode="r"))
        self._owners: NDArray[np.int32] = np.asarray(np.load(folder / _OWNERS, mmap_mode="r"))

    @property
    def owners(self) -> NDArray[np.int32]:
        """The document of each row, by its number: its place among the centroids."""
        return self._owners

    @property
    def centroids(self) -> Vectors:
        """The centroids, one row a document, in the order in which documents first have a row."""
        return self._centroids

    def scores(self, query: Vectors, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The cosine of a query with the documents of given rows, in their order."""
        return inner(self._centroids[self._owners[rows]], query)
