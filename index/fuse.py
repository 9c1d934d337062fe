"""Fusion of a dense and a lexical ranking into one.

Convex combination of scaled scores (Bruch, Gai and Ingber, TOIS 2023): a cosine enters as it is, since it means the
same for every query, a BM25 score as a share of the query's best, since it does not; the two are added with weights.
Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009) needs no scores and no tuning. In both, a row that a
method did not retrieve gets nothing from that method: it is absent, not last.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.types import MethodTrace

Ranking = Sequence[tuple[int, float]]

DENSE_WEIGHT = 0.68  # four public collections, docs/decisions.md: 0.65–0.75 is flat, ends fall off on both sides

_DAMPING = 60  # the paper's value
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Scale:
    """How one method's scores enter the sum.

    Attributes:
        weight: The method's share.
        best: The score that counts as 1; None takes the best of the query. 0 counts as 0, and so does less.
    """

    weight: float
    best: float | None


SCALES: Mapping[str, Scale] = {
    "dense": Scale(DENSE_WEIGHT, 1.0),
    "lexical": Scale(1 - DENSE_WEIGHT, None),
}


@dataclass(frozen=True, slots=True)
class Fused:
    """A row with its score and what each method gave to it."""

    row: int
    score: float
    methods: Mapping[str, MethodTrace]


def convex(rankings: Mapping[str, Ranking], *, k: int, scales: Mapping[str, Scale] = SCALES) -> list[Fused]:
    """Fuse rankings by weighted, scaled scores.

    Args:
        rankings: (row, score) pairs, best first, by method; an empty one adds nothing.
        k: How many rows come back.
        scales: For each method its weight and range.

    Returns:
        The k best rows of any ranking, best first, equal scores in row order.
    """
    shares: dict[str, list[float]] = {}
    for method, ranking in rankings.items():
        scale = scales[method]
        best = scale.best or max((score for _, score in ranking), default=1.0)
        factor = scale.weight / max(best, _TINY)
        shares[method] = [factor * score if score > 0 else 0.0 for _, score in ranking]
    return _best(rankings, shares, k)


def reciprocal_rank(rankings: Mapping[str, Ranking], *, k: int, damping: int = _DAMPING) -> list[Fused]:
    """Fuse rankings by rank alone: score(row) = Σ 1 / (damping + rank), rank counted from 1.

    Raises:
        ValueError: If `damping` is below 1.
    """
    if damping < 1:
        raise ValueError(f"the damping of the top ranks is 1 or more, got {damping}")
    shares = {
        method: [1 / (damping + rank) for rank in range(1, len(ranking) + 1)] for method, ranking in rankings.items()
    }
    return _best(rankings, shares, k)


def _best(rankings: Mapping[str, Ranking], shares: Mapping[str, Sequence[float]], k: int) -> list[Fused]:
    """Add the shares up; traces are made only for the rows that come back, which halves the cost of a search."""
    totals: dict[int, float] = {}
    for method, ranking in rankings.items():
        for (row, _), share in zip(ranking, shares[method], strict=True):
            totals[row] = totals.get(row, 0.0) + share
    best = heapq.nsmallest(k, totals.items(), key=lambda item: (-item[1], item[0]))
    traces: dict[int, dict[str, MethodTrace]] = {row: {} for row, _ in best}
    for method, ranking in rankings.items():
        for rank, ((row, score), share) in enumerate(zip(ranking, shares[method], strict=True), start=1):
            if row in traces:
                traces[row][method] = MethodTrace(rank=rank, score=score, share=share)
    return [Fused(row, score, traces[row]) for row, score in best]
