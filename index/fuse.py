"""Fusion of a dense and a lexical ranking into one.

Convex combination of scaled scores (Bruch, Gai and Ingber, TOIS 2023): a cosine enters as it is, since it means the
same for every query, a BM25 score as a share of the query's best, since it does not; the two are added with weights.
Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009) needs no scores and no tuning. In both, a row that a
method did not retrieve gets nothing from that method: it is absent, not last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.types import MethodTrace

Ranking = Sequence[tuple[int, float]]

DENSE_WEIGHT = 0.68  # four public collections, docs/decisions.md: 0.65–0.75 is flat, ends fall off on both sides

_RRF_K = 60  # the paper's value
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


def convex(rankings: Mapping[str, Ranking], *, scales: Mapping[str, Scale] = SCALES) -> list[Fused]:
    """Fuse rankings by weighted, scaled scores.

    Args:
        rankings: (row, score) pairs, best first, by method; an empty one adds nothing.
        scales: For each method its weight and range.

    Returns:
        Every row of any ranking, best first, equal scores in row order.
    """
    shares: dict[int, dict[str, MethodTrace]] = {}
    for method, ranking in rankings.items():
        scale = scales[method]
        best = scale.best or max((score for _, score in ranking), default=1.0)
        for rank, (row, score) in enumerate(ranking, start=1):
            share = scale.weight * max(score, 0.0) / max(best, _TINY)
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
