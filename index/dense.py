"""Dense retrieval: an HNSW graph in FAISS over unit vectors, with exact search as its yardstick.

Malkov and Yashunin, TPAMI 2018. efSearch is chosen when the index is built: the smallest of a ladder that finds at
least 99 % of the exact ten nearest neighbours of a sample. Filters are applied inside the search: the allowed rows
are scored exactly, so a narrow filter still gives k hits.
"""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.types import Vectors

Rows = NDArray[np.int64]

RECALL_GOAL = 0.99

_NEIGHBOURS = 32
_EF_CONSTRUCTION = 200
_EF_LADDER = (32, 64, 96, 128, 192, 256, 384, 512)
_SAMPLE = 200
_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Tuning:
    """The efSearch that was chosen, and recall@10 against exact search at it."""

    ef_search: int
    recall: float


def build(vectors: Vectors, *, folder: Path) -> Tuning:
    """Build and save the index of unit vectors, shape (n, dimension), n at least 1; rows are numbered from 0."""
    import faiss

    graph = faiss.IndexHNSWFlat(vectors.shape[1], _NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction = _EF_CONSTRUCTION
    graph.add(vectors)
    tuning = _tune(graph, vectors)
    faiss.write_index(graph, str(folder / "dense.faiss"))
    np.save(folder / "vectors.npy", vectors)
    return tuning


def exact(vectors: Vectors, queries: Vectors, *, k: int) -> Rows:
    """The rows of the k nearest vectors of each query, nearest first, equal scores in row order."""
    scores = queries @ vectors.T
    return np.argsort(-scores, axis=1, kind="stable")[:, :k]


def _tune(graph: Any, vectors: Vectors) -> Tuning:  # noqa: ANN401 - faiss ships no types
    """Climb the ladder until the goal holds on queries that lie near, not on, indexed vectors."""
    random = np.random.default_rng(0)
    rows = random.choice(len(vectors), size=min(_SAMPLE, len(vectors)), replace=False)
    noise = random.standard_normal((len(rows), vectors.shape[1])).astype(np.float32) * (0.5 / vectors.shape[1] ** 0.5)
    queries = vectors[rows] + noise
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    k = min(_DEPTH, len(vectors))
    truth = exact(vectors, queries, k=k)
    tuning = Tuning(0, 0.0)
    for ef_search in _EF_LADDER:
        graph.hnsw.efSearch = ef_search
        _, found = graph.search(queries, k)
        tuning = Tuning(ef_search, _recall(found, truth))
        if tuning.recall >= RECALL_GOAL:
            break
    return tuning


def _recall(found: Rows, truth: Rows) -> float:
    shared = sum(len(set(left) & set(right)) for left, right in zip(found.tolist(), truth.tolist(), strict=True))
    return shared / truth.size


class DenseIndex:
    """A saved index, opened for searching; safe for several threads at once."""

    def __init__(self, folder: Path, *, ef_search: int) -> None:
        import faiss

        self._graph = faiss.read_index(str(folder / "dense.faiss"), faiss.IO_FLAG_MMAP)
        self.matrix: Vectors = np.load(folder / "vectors.npy", mmap_mode="r")
        self._ef_search = ef_search

    def at(self, ef_search: int) -> "DenseIndex":
        """The same index, searched with another efSearch."""
        other = copy.copy(self)
        other._ef_search = ef_search
        return other

    def __len__(self) -> int:
        return int(self._graph.ntotal)

    def search(self, query: Vectors, *, k: int, allowed: Rows | None = None) -> list[tuple[int, float]]:
        """The k nearest rows.

        Args:
            query: Unit vector of shape (dimension,).
            k: How many; fewer come back where there are fewer.
            allowed: Search these rows only, exactly; None searches all, through the graph.

        Returns:
            (row, cosine) pairs, nearest first.
        """
        if allowed is not None:
            return self._among(query, allowed, k=k)
        import faiss

        parameters = faiss.SearchParametersHNSW(efSearch=max(k, self._ef_search))  # type: ignore[attr-defined]
        scores, rows = self._graph.search(query[None, :], min(k, len(self)), params=parameters)
        return [(int(row), float(score)) for row, score in zip(rows[0], scores[0], strict=True) if row >= 0]

    def vectors(self, rows: Rows) -> Vectors:
        """The vectors of given rows, in their order, shape (n, dimension)."""
        return np.asarray(self.matrix[rows], dtype=np.float32)

    def scores(self, query: Vectors, rows: Rows) -> NDArray[np.float32]:
        """The cosine of a query with given rows, in their order."""
        return np.asarray(self.matrix[rows] @ query, dtype=np.float32)

    def _among(self, query: Vectors, allowed: Rows, *, k: int) -> list[tuple[int, float]]:
        scores = self.scores(query, allowed)
        best = np.argsort(-scores, kind="stable")[:k]
        return [(int(allowed[place]), float(scores[place])) for place in best]
