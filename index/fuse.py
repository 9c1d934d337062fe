"""Fusion of a dense and a lexical ranking into one.

Convex combination of scaled scores (Bruch, Gai and Ingber, TOIS 2023): a cosine enters as it is, since it means the
same for every query, a BM25 score as a share of the query's best, since it does not; the two are added with weights.
The weights follow the query: where the nearest passages stand out from those behind them, meaning has found something
and counts more; where all are about as near, as in a collection on one subject, words decide; and where the question
says little in words, or no passage holds much of what it says, words count less (`weights`). Reciprocal rank fusion
(Cormack, Clarke and Büttcher, SIGIR 2009) needs no scores and no tuning. In both, a row that a method did not retrieve
gets nothing from that method: it is absent, not last.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.types import MethodTrace

Ranking = Sequence[tuple[int, float]]

# Over eleven collections of several kinds, docs/decisions.md: fixed weights lose 0.010 to 0.018 nDCG@10 on the mean.
WORDS = 0.06  # BM25's weight, of the dense one, is this by the gap: 0.3 at a gap of 0.2; 0.072 loses 0.004
_NEAR, _BEHIND = 5, 100  # ranks whose cosines make the gap; 3 or 10 and 50 or 200 are as good within 0.004
_LEAST_GAP = 0.1
_HELD = 0.25  # of what was asked: as much in one passage is enough; 0.2 gains less, 0.3 loses on SciFact

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


@dataclass(frozen=True, slots=True)
class Fused:
    """A row with its score and what each method gave to it."""

    row: int
    score: float
    methods: Mapping[str, MethodTrace]


def convex(rankings: Mapping[str, Ranking], *, k: int, scales: Mapping[str, Scale]) -> list[Fused]:
    """Fuse rankings by weighted, scaled scores.

    Args:
        rankings: (row, score) pairs, best first, by method; an empty one adds nothing.
        k: How many rows come back.
        scales: For each method its weight and what its scores are held to.

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


def leaders(
    rows: NDArray[np.int64],
    cosines: NDArray[np.float32],
    lexical: Ranking,
    *,
    k: int,
    scales: Mapping[str, Scale],
) -> NDArray[np.int64]:
    """The rows that `convex` puts on top, without traces and in a fraction of its time.

    Args:
        rows: Every candidate, ascending.
        cosines: Of each row.
        lexical: The lexical ranking, best first; its rows are among the candidates.
        k: How many rows come back.
        scales: For `dense` and `lexical`.
    """
    totals = np.maximum(cosines, 0).astype(np.float64) * (scales["dense"].weight / (scales["dense"].best or 1.0))
    if lexical:
        at = np.searchsorted(rows, np.array([row for row, _ in lexical], dtype=np.int64))
        scores = np.maximum([score for _, score in lexical], 0)
        best = scales["lexical"].best or scores.max()
        totals[at] += scores * (scales["lexical"].weight / max(best, _TINY))
    return rows[np.argsort(-totals, kind="stable")[:k]]


def weights(
    dense: Ranking, lexical: Ranking, *, most: float, outright: float = 1.0, words: float = WORDS
) -> dict[str, Scale]:
    """How two rankings are scaled and weighted for one query.

    BM25 puts some passage first, however little of the question it holds; of a long question, or of one in words of its
    own, that may be a few common words. Below a quarter of what was asked BM25's weight falls in proportion.

    Args:
        dense: The dense ranking, best first, with cosines.
        lexical: The lexical ranking, best first, with BM25 scores.
        most: The BM25 score of a passage that says all words of the question over and over; `lexical.most`.
        outright: How far the question says in words what it asks for, 0 to 1; `lexical.outright`.
        words: What BM25 weighs, of the dense weight, at a gap of 1.

    Returns:
        Scales by method; their weights add up to 1.
    """
    gap = dense[min(_NEAR, len(dense)) - 1][1] - dense[min(_BEHIND, len(dense)) - 1][1] if dense else 0.0
    held = lexical[0][1] / max(most, _TINY) if lexical else 0.0
    ratio = words / max(gap, _LEAST_GAP) * min(held / _HELD, 1.0) * outright
    return {"dense": Scale(1 / (1 + ratio), 1.0), "lexical": Scale(ratio / (1 + ratio), None)}


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
    best = heapq.nsmallest(k, [(-total, row) for row, total in totals.items()])
    traces: dict[int, dict[str, MethodTrace]] = {row: {} for _, row in best}
    for method, ranking in rankings.items():
        places = {row: place for place, (row, _) in enumerate(ranking)}
        for row in traces.keys() & places.keys():
            place = places[row]
            traces[row][method] = MethodTrace(rank=place + 1, score=ranking[place][1], share=shares[method][place])
    return [Fused(row, -total, traces[row]) for total, row in best]
