"""Why a document is, or is not, among the hits of a query.

Every method is asked without a cut, so that a document that was missed can be told its true rank: "rank 241 by BM25,
cut at depth 200". Ranks are those of the document's best chunk among all chunks that pass the filters, counted from 1.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass

from index import asked
from index.engine import Generation
from index.search import DEPTH, HybridSearcher, Sifted
from index.types import Embedder, Filters

# What people are told of each method.
NAMES = {"dense": "meaning", "lexical": "BM25", "asked": "the questions that it answers"}

DEPTHS = {"asked": asked.DEPTH}  # candidates of the methods that do not give as many as the others


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
    vector = embedder.encode_query([query])[0]
    depth = max(k, DEPTH)
    found = searcher.distinct(query, vector, k=depth, filters=filters)
    rows = set(generation.rows(document_id))
    if not rows:
        return Explanation(document_id, None, (), "the index holds no passage of this document")
    allowed = generation.allowed(filters) if filters else generation.everything()
    if not generation.among(sorted(rows), allowed):
        return Explanation(document_id, None, (), "the filters leave none of its passages")
    everything = len(generation.dense)
    standings: tuple[Standing, ...] = (
        _standing("dense", generation.dense.search(vector, k=everything, allowed=allowed), rows),
        _standing("lexical", generation.lexical.search(query, k=everything, allowed=allowed), rows),
    )
    questions = generation.asked.nearest(vector)
    if not filters and not rows.isdisjoint(questions.passages.tolist()):
        standings = (*standings, _standing("asked", questions.ranking(), rows))
    place = _Place.of(found, rows)
    told = "; ".join(_told(one, DEPTHS.get(one.method, depth)) for one in standings)
    if place is None:
        return Explanation(document_id, None, standings, f"not among the candidates: {told}")
    if place.repeats is not None:
        other = generation.owner(place.repeats)
        where = f"its nearest passage repeats one of {other!r}, which stands at rank {place.rank}"
        return Explanation(document_id, None, standings, f"{where}, and is passed over: {told}")
    if place.rank > k:
        return Explanation(
            document_id, None, standings, f"rank {place.rank} after fusion, cut at the {k} that are shown: {told}"
        )
    return Explanation(document_id, place.rank, standings, f"rank {place.rank} after fusion: {told}")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a document stands among the hits, from 1; or the row that stands there because it says the same."""

    rank: int
    repeats: int | None

    @classmethod
    def of(cls, found: Sifted, rows: Container[int]) -> "_Place | None":
        """The place of a document's best shown passage, else of the one that its best passage repeats, else none."""
        ranks = {place: rank for rank, place in enumerate(found.places.kept, start=1)}
        places = [place for place, one in enumerate(found.ranked) if one.row in rows]
        if shown := [ranks[place] for place in places if place in ranks]:
            return cls(min(shown), None)
        if not places:
            return None
        other = found.places.repeats[places[0]]
        return cls(ranks[other], found.ranked[other].row)


def _standing(method: str, ranking: Sequence[tuple[int, float]], rows: set[int]) -> Standing:
    found = ((place, score) for place, (row, score) in enumerate(ranking, start=1) if row in rows)
    rank, score = next(found, (None, None))
    return Standing(method, rank, score)


def _told(one: Standing, depth: int) -> str:
    """One method's rank in words: "rank 241 by BM25, cut at depth 200"."""
    name = NAMES[one.method]
    if one.rank is None:
        return f"shares no word with the query, so {name} does not find it"
    return f"rank {one.rank} by {name}" + (f", cut at depth {depth}" if one.rank > depth else "")
