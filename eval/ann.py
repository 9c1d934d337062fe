"""What the ANN index gives up for speed: recall@k against exact search, and queries a second, over efSearch.

Recall is that of Aumüller, Bernhardsson and Faithfull (ANN-Benchmarks, 2018), tie-aware: a neighbour that is as near as
the exact k-th counts. One thread, queries one by one, as they come in life. The product asks for 200 candidates and
looks at least that far, whatever efSearch was chosen when the index was built.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from index.dense import DenseIndex
from index.search import DEPTH
from index.types import Vectors

Found = list[tuple[int, float]]

LADDER = (16, 32, 64, 128, 256, 512)

_TIE = 1e-6


@dataclass(frozen=True, slots=True)
class Point:
    """One setting of the index; efSearch 0 stands for exact search, the yardstick.

    Attributes:
        is_used: The product's searches use this one.
    """

    ef_search: int
    recall: float
    queries_per_second: float
    is_used: bool = False


def curve(index: DenseIndex, queries: Vectors, *, k: int = 10, ladder: Sequence[int] = LADDER) -> list[Point]:
    """Measure an index at each efSearch and at the one that searches use, exact search first.

    Args:
        index: An opened index of n vectors.
        queries: Unit vectors, shape (m, dimension), m at least 1.
        k: Neighbours, at most n.
        ladder: Values of efSearch.
    """
    k = min(k, len(index))
    everything = np.arange(len(index))
    truth, seconds = _time(partial(index.search, k=k, allowed=everything), queries)
    worst = np.array([found[-1][1] for found in truth])
    points = [Point(0, 1.0, len(queries) / seconds)]
    used = index.reach(DEPTH)
    for ef_search in sorted({*ladder, used}):
        found, seconds = _time(partial(index.at(ef_search).search, k=k), queries)
        points.append(Point(ef_search, _recall(found, worst, k), len(queries) / seconds, ef_search == used))
    return points


def _recall(found: Sequence[Found], worst: NDArray[np.float64], k: int) -> float:
    near = sum(sum(score >= limit - _TIE for _, score in one) for one, limit in zip(found, worst, strict=True))
    return near / (len(found) * k)


def _time(search: Callable[[Vectors], Found], queries: Vectors) -> tuple[list[Found], float]:
    search(queries[0])
    started = time.perf_counter()
    found = [search(query) for query in queries]
    return found, time.perf_counter() - started
