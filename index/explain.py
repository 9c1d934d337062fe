"""Why a document is, or is not, among the hits of a query.

Every method is asked without a cut, so that a document that was missed can be told its true rank: "rank 241 by BM25,
cut at 200". Ranks are those of the document's best chunk among all chunks that pass the filters, counted from 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.generation import Generation
from index.search import DEPTH, HybridSearcher
from index.types import Embedder, Filters


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one method puts a document; rank None where the method does not find it at all."""

    method: str
    rank: int | None
    score: float | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What became of a document.

    Attributes:
        rank: Its rank among the hits, or None if it is not among the k.
        standings: Where each method puts it.
        reason: One sentence for people.
    """

    document_id: str
    rank: int | None
    standings: tuple[Standing, ...]
    reason: str


def explain(
    generation: Generation,
    embedder: Embedder,
    query: str,
    document_id: str,
    *,
    k: int = 10,
    filters: Filters | None = None,
) -> Explanation:
    """Find out why a document is or is not among the k hits of a query.

    Raises:
        ValueError: If the query is blank or `k` is below 1.
    """
    searcher = HybridSearcher(generation, embedder)
    vector = searcher.vector(query)
    ranked = searcher.rank(query, vector, k=max(k, DEPTH), filters=filters)
    rows = set(generation.rows(document_id))
    if not rows:
        return Explanation(document_id, None, (), "the index holds no passage of this document")
    allowed = generation.allowed(filters) if filters else np.arange(len(generation.dense))
    if allowed is None or not rows & set(allowed.tolist()):
        return Explanation(document_id, None, (), "the filters leave none of its passages")
    if vector is None:
        raise ValueError("a hybrid search has a vector")
    everything = len(generation.dense)
    standings = (
        _standing("dense", generation.dense.search(vector, k=everything, allowed=allowed), rows),
        _standing("lexical", generation.lexical.search(query, k=everything, allowed=allowed), rows),
    )
    rank = next((place for place, one in enumerate(ranked, start=1) if one.row in rows), None)
    shown = rank if rank is not None and rank <= k else None
    return Explanation(document_id, shown, standings, _reason(rank, standings, k))


def _standing(method: str, ranking: Sequence[tuple[int, float]], rows: set[int]) -> Standing:
    found = ((place, score) for place, (row, score) in enumerate(ranking, start=1) if row in rows)
    rank, score = next(found, (None, None))
    return Standing(method, rank, score)


def _reason(rank: int | None, standings: Sequence[Standing], k: int) -> str:
    parts = [
        f"rank {one.rank} by {_NAMES[one.method]}" + (f", cut at {DEPTH}" if one.rank > DEPTH else "")
        if one.rank
        else f"shares no word with the query, so {_NAMES[one.method]} does not find it"
        for one in standings
    ]
    told = "; ".join(parts)
    if rank is None:
        return f"not among the candidates: {told}"
    if rank > k:
        return f"rank {rank} after fusion, {k} are shown: {told}"
    return f"rank {rank} after fusion: {told}"


_NAMES = {"dense": "meaning", "lexical": "BM25"}
