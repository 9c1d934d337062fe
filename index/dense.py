"""Dense retrieval over unit vectors in FAISS, with exact search as its yardstick.

Up to `MANY` vectors an HNSW graph (Malkov and Yashunin, TPAMI 2018). Above, an inverted file (Jégou, Douze and Schmid,
TPAMI 2011) with a byte a component: a quarter of the memory, mapped from disk, built in a tenth of the time; what it
finds is scored again by the exact vectors. How far a search looks, efSearch of the graph or lists of the file, is
chosen when the index is built: the smallest of a ladder that finds at least 99 % of the exact ten nearest neighbours
of a sample. Filters are applied inside the search, so a narrow filter still gives k hits: few rows are scored exactly,
many are passed to FAISS as a bitmap.
"""

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.types import Vectors

Rows = NDArray[np.int64]

RECALL_GOAL = 0.99
VECTORS = "vectors.npy"

MANY = 50_000  # vectors: from here the graph takes minutes to build and the file, tens of seconds

_NEIGHBOURS = 32
_EF_CONSTRUCTION = 200
_LADDER = (32, 64, 96, 128, 192, 256, 384, 512)
_SAMPLE = 200
_DEPTH = 10
_TRAINING = 50  # vectors a list from which its centre is learnt; FAISS asks for 39 or more
_ROUNDS = 6  # of k-means; more of them move recall by less than a step of the ladder does
_BROAD = 0.25  # share of rows from which a graph is walked past those that do not pass
_FEW = 2_000  # allowed rows that are scored one by one; a gather of more costs more than the scan of a bitmap
_SPARE = 50  # rows beyond those wanted that are scored exactly: bytes order the last places wrongly
_TIE = 1e-6
_INDEX = "dense.faiss"

_BATCH = 100_000


@dataclass(frozen=True, slots=True)
class Tuning:
    """How far a search looks (efSearch, or lists of an inverted file), and recall@10 against exact search at it."""

    ef_search: int
    recall: float


def build(vectors: Vectors, *, folder: Path) -> Tuning:
    """Build and save the index of unit vectors, shape (n, dimension), n at least 1; rows are numbered from 0.

    Vectors that are mapped lie in the folder already, as `VECTORS`: of a million chunks they are 1.5 GB.
    """
    if not isinstance(vectors, np.memmap):
        np.save(folder / VECTORS, vectors)
    made = _graph(vectors) if len(vectors) < MANY else _inverted(vectors)
    _write(made, folder / _INDEX)
    return _tune(folder, vectors)


def _graph(vectors: Vectors) -> Any:  # noqa: ANN401 - faiss ships no types
    import faiss

    graph = faiss.IndexHNSWFlat(vectors.shape[1], _NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction = _EF_CONSTRUCTION
    graph.add(vectors)
    return graph


def _inverted(vectors: Vectors) -> Any:  # noqa: ANN401 - faiss ships no types
    """An inverted file of 2·√n lists, a byte a component."""
    import faiss

    count, dimension = vectors.shape
    lists = round(2 * count**0.5)
    made = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimension), dimension, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    made.cp.spherical = True
    made.cp.niter = _ROUNDS
    rows = np.random.default_rng(0).choice(count, size=min(_TRAINING * lists, count), replace=False)
    made.train(np.ascontiguousarray(vectors[np.sort(rows)]))
    for start in range(0, count, _BATCH):
        made.add(np.ascontiguousarray(vectors[start : start + _BATCH]))
    return made


def exact(vectors: Vectors, queries: Vectors, *, k: int) -> Rows:
    """The rows of the k nearest vectors of each query, nearest first, equal scores in row order."""
    scores = queries @ vectors.T
    return np.argsort(-scores, axis=1, kind="stable")[:, :k]


def _write(index: Any, path: Path) -> None:  # noqa: ANN401 - one of faiss' kinds
    """Save an index through a file of ours: a disk that is full as faiss closes its own is only mentioned by it."""
    import faiss

    with path.open("wb") as file:
        faiss.write_index(index, faiss.PyCallbackIOWriter(file.write))  # type: ignore[attr-defined]


def _tune(folder: Path, vectors: Vectors) -> Tuning:
    """Climb the ladder until the goal holds on queries that lie near, not on, indexed vectors."""
    import faiss

    random = np.random.default_rng(0)
    rows = random.choice(len(vectors), size=min(_SAMPLE, len(vectors)), replace=False)
    noise = random.standard_normal((len(rows), vectors.shape[1])).astype(np.float32) * (0.5 / vectors.shape[1] ** 0.5)
    queries = vectors[rows] + noise
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    k = min(_DEPTH, len(vectors))
    near, _ = faiss.knn(queries, vectors, k, metric=faiss.METRIC_INNER_PRODUCT)
    tuning = Tuning(0, 0.0)
    for far in _LADDER:
        index = DenseIndex(folder, ef_search=far)
        found = [[score for _, score in index.search(query, k=k)] for query in queries]
        tuning = Tuning(far, _recall(found, near[:, -1]))
        if tuning.recall >= RECALL_GOAL:
            break
    return tuning


def _recall(found: Sequence[Sequence[float]], worst: NDArray[np.float32]) -> float:
    """The share of neighbours found that are as near as the exact k-th: of equal texts any will do."""
    near = sum(score >= limit - _TIE for scores, limit in zip(found, worst, strict=True) for score in scores)
    return float(near) / (len(worst) * min(_DEPTH, max(map(len, found))))


def inner(vectors: Vectors, query: Vectors) -> NDArray[np.float32]:
    """The inner product of each of some hundred vectors with a query.

    A product of matrices would be spread over threads, which on a busy machine wait for each other.
    """
    return np.asarray(np.einsum("nd,d->n", vectors, query), dtype=np.float32)


class DenseIndex:
    """A saved index, opened for searching; safe for several threads at once."""

    def __init__(self, folder: Path, *, ef_search: int) -> None:
        import faiss

        opened: Any = faiss.read_index(str(folder / _INDEX), faiss.IO_FLAG_MMAP)
        self._index = opened
        self._vectors: Vectors = np.asarray(np.load(folder / VECTORS, mmap_mode="r"))
        self._ef_search = ef_search
        self._is_file = isinstance(self._index, faiss.IndexIVF)
        if self._is_file:
            # FAISS starts up to 32 threads a search to read lists ahead; the operating system does that, too.
            lists: Any = faiss.downcast_InvertedLists(opened.invlists)
            lists.prefetch_nthread = 0

    def at(self, ef_search: int) -> "DenseIndex":
        """The same index, searched with another efSearch."""
        other = copy.copy(self)
        other._ef_search = ef_search
        return other

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def reach(self, k: int) -> int:
        """How far a search for k rows looks: efSearch of a graph, never less than k, or lists of a file."""
        return self._ef_search if self._is_file else max(k, self._ef_search)

    def search(self, query: Vectors, *, k: int, allowed: Rows | None = None) -> list[tuple[int, float]]:
        """The k nearest rows.

        Args:
            query: Unit vector of shape (dimension,).
            k: How many; fewer come back where there are fewer.
            allowed: Search these rows only, exactly; None searches all, through the graph.

        Returns:
            (row, cosine) pairs, nearest first.
        """
        if allowed is None:
            return self._search(query, k, far=1.0, selector=None)
        share = len(allowed) / max(len(self), 1)
        if len(allowed) <= _FEW or (not self._is_file and share < _BROAD):
            return self._among(query, allowed, k=k)
        import faiss

        passing = np.zeros(len(self), dtype=np.bool_)
        passing[allowed] = True
        bits = np.packbits(passing, bitorder="little")
        selector = faiss.IDSelectorBitmap(len(bits), faiss.swig_ptr(bits))
        return self._search(query, k, far=1 / share, selector=selector)

    def _search(self, query: Vectors, k: int, *, far: float, selector: Any) -> list[tuple[int, float]]:  # noqa: ANN401
        """Look `far` times as far as without a selector, which lets through one row in so many."""
        import faiss

        if self._is_file:
            probes = min(math.ceil(self.reach(k) * far), int(self._index.nlist))
            parameters = faiss.SearchParametersIVF(nprobe=probes, sel=selector)  # type: ignore[call-arg]
        else:
            ef_search = math.ceil(self.reach(k) * far)
            parameters = faiss.SearchParametersHNSW(efSearch=ef_search, sel=selector)  # type: ignore[attr-defined]
        wanted = k + _SPARE if self._is_file else k
        scores, rows = self._index.search(query[None, :], min(wanted, len(self)), params=parameters)
        if self._is_file:
            return self._among(query, rows[0][rows[0] >= 0], k=k)
        return [(row, score) for row, score in zip(rows[0].tolist(), scores[0].tolist(), strict=True) if row >= 0]

    @property
    def stored(self) -> int:
        """How many vectors lie on file beside the index."""
        return len(self._vectors)

    def vectors(self, rows: Rows) -> Vectors:
        """The vectors of given rows, in their order, shape (n, dimension)."""
        return np.asarray(self._vectors[rows], dtype=np.float32)

    def scores(self, query: Vectors, rows: Rows) -> NDArray[np.float32]:
        """The cosine of a query with given rows, in their order."""
        return inner(self._vectors[rows], query)

    def _among(self, query: Vectors, allowed: Rows, *, k: int) -> list[tuple[int, float]]:
        scores = self.scores(query, allowed)
        best = np.lexsort((allowed, -scores))[:k]
        return list(zip(allowed[best].tolist(), scores[best].tolist(), strict=True))
