"""Fusion of a dense and a lexical ranking into one.

Convex combination of normalised scores (Bruch, Gai and Ingber, TOIS 2023): each score is scaled from its theoretical
minimum to the best score of the query, −1 for a cosine and 0 for BM25, and the two are added with weights. Reciprocal
rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009) needs no scores and no tuning. In both, a row that a method did
not retrieve gets nothing from that method: it is absent, not last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.types import MethodTrace

Ranking = Sequence[tuple[int, float]]

DENSE_WEIGHT = 0.75  # SciFact: 0.7–0.8 measured best, and flat between

_RRF_K = 60  # the paper's value


@dataclass(frozen=True, slots=True)
class Scale:
    """How one method's scores enter the sum: weight, and the least score that is possible."""

    weight: float
    minimum: float


SCALES: Mapping[str, Scale] = {
    "dense": Scale(DENSE_WEIGHT, -1.0),
    "lexical": Scale(1 - DENSE_WEIGHT, 0.0),
}


@dataclass(frozen=True, slots=True)
class Fused:
    """A row with its score and what each method gave to it."""

    row: int
    score: float
    methods: Mapping[str, MethodTrace]


def convex(rankings: Mapping[str, Ranking], *, scales: Mapping[str, Scale] = SCALES) -> list[Fused]:
    """Fuse rankings by weighted, scaled scores.

    Args:
        rankings: (row, score) pairs, best first, by method; an empty one adds nothing.
        scales: For each method its weight and theoretical minimum.

    Returns:
        Every row of any ranking, best first, equal scores in row order.
    """
    shares: dict[int, dict[str, MethodTrace]] = {}
    for method, ranking in rankings.items():
        scale = scales[method]
        best = max((score for _, score in ranking), default=0.0)
        spread = max(best - scale.minimum, 1e-9)
        for rank, (row, score) in enumerate(ranking, start=1):
            share = scale.weight * (score - scale.minimum) / spread
            shares.setdefault(row, {})[method] = MethodTrace(rank=rank, score=score, share=share)
    return _ordered(shares)


def reciprocal_rank(rankings: Mapping[str, Ranking], *, k: int = _RRF_K) -> list[Fused]:
    """Fuse rankings by rank alone: score(row) = Σ 1 / (k + rank), rank counted from 1.

    Raises:
        ValueError: If `k` is below 1.
    """
    if k < 1:
        raise ValueError(f"k damps the top ranks and is 1 or more, got {k}")
    shares: dict[int, dict[str, MethodTrace]] = {}
    for method, ranking in rankings.items():
        for rank, (row, score) in enumerate(ranking, start=1):
            shares.setdefault(row, {})[method] = MethodTrace(rank=rank, score=score, share=1 / (k + rank))
    return _ordered(shares)


def _ordered(shares: Mapping[int, Mapping[str, MethodTrace]]) -> list[Fused]:
    fused = [Fused(row, sum(trace.share for trace in given.values()), given) for row, given in shares.items()]
    return sorted(fused, key=lambda one: (-one.score, one.row))
