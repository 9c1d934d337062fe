"""The hybrid searcher: dense and lexical retrieval, fused, and hits with their traces."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import numpy as np
from numpy.typing import NDArray

from index import asked, context, feedback, fuse, lexical
from index.asked import Nearest
from index.distinct import Distinct, distinct
from index.engine import Generation, Rows
from index.fuse import Fused, Ranking, Scale
from index.lexical import EXTRAS, Extras
from index.types import Embedder, Filters, Hit, Trace, Vectors
from ingest.types import Chunk

DEPTH = 200  # candidates of each method; 100 costs 0.002 nDCG@10 on long documents, 1000 gains nothing

_ALONE = {"dense": Scale(1.0, 1.0), "lexical": Scale(1.0, 1.0)}  # one method's own scores
_ENCODING = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="query-encoding")
_LARGE = 20_000  # passages from which looking words up takes longer than handing the encoding to another thread
_SPARE = 5  # passages ranked beyond those wanted, for the case that some repeat others


class Mode(StrEnum):
    """Which methods search."""

    HYBRID = "hybrid"
    DENSE = "dense"
    LEXICAL = "lexical"
    RRF = "rrf"  # both, by rank alone: nothing to tune


@dataclass(frozen=True, slots=True)
class Recipe:
    """How much each part of the hybrid search counts; the default is the product's, others are for measuring.

    Attributes:
        dense_weight: The share of meaning in the fused score, BM25 has the rest; None takes it from each query.
        context: The share of the whole document in the dense score of a passage.
        extras: What counts for BM25 beside the words.
        feedback: The share of the best passages in the query's vector.
        asked: The share of the nearest question that a passage is known to answer in its dense score.
    """

    dense_weight: float | None = None
    context: float = context.SHARE
    extras: Extras = EXTRAS
    feedback: float = feedback.SHARE
    asked: float = asked.SHARE


RECIPE = Recipe()

Asked = Vectors | Future[Vectors | None] | None  # the vector of a query, or one still being computed, or none


@dataclass(frozen=True, slots=True)
class Sifted:
    """A ranking, and which of its places repeat a better one."""

    ranked: list[Fused]
    places: Distinct


class HybridSearcher:
    """Searches one generation.

    `rank` orders passages, `search` shows them: what repeats a better passage is ranked and not shown.
    """

    def __init__(
        self,
        generation: Generation,
        embedder: Embedder,
        *,
        mode: Mode = Mode.HYBRID,
        recipe: Recipe = RECIPE,
    ) -> None:
        self._recipe = recipe
        self._generation = generation
        self._embedder = embedder
        self._mode = mode

    def search(self, query: str, *, k: int = 10, filters: Filters | None = None) -> list[Hit]:
        """The k best chunks, best first; fewer only where fewer pass the filters.

        In a large index words are looked up while the query is encoded.

        Raises:
            ValueError: If the query is blank or `k` is below 1.
        """
        _check(query, k)
        beside = self._mode in (Mode.HYBRID, Mode.RRF) and len(self._generation.dense) >= _LARGE
        vector = _ENCODING.submit(self.vector, query) if beside else self.vector(query)
        return self._shown(query, vector, k=k, filters=filters)

    def search_vector(
        self, query: str, vector: Vectors | None, *, k: int = 10, filters: Filters | None = None
    ) -> list[Hit]:
        """The same, for a query that was embedded before; without a vector the search is lexical."""
        return self._shown(query, vector, k=k, filters=filters)

    def _shown(self, query: str, vector: Asked, *, k: int, filters: Filters | None) -> list[Hit]:
        terms = set(lexical.asked(query))
        found = self.distinct(query, vector, k=k, filters=filters)
        shown = (found.ranked[place] for place in found.places.kept[:k])
        return self._hits(list(shown), terms)

    def distinct(self, query: str, vector: Asked, *, k: int, filters: Filters | None = None) -> Sifted:
        """A ranking deep enough to hold k passages of which none repeats another, where there are so many.

        Raises:
            ValueError: If the query is blank or `k` is below 1.
        """
        _check(query, k)
        wanted, depth = k + _SPARE, max(k, DEPTH)
        while True:
            ranked = self.rank(query, vector, k=wanted, filters=filters, depth=depth)
            rows = [one.row for one in ranked]
            vectors = self._generation.dense.vectors(np.array(rows, dtype=np.int64))
            places = distinct(vectors, partial(self._text, rows))
            if len(places.kept) >= k or len(ranked) < min(wanted, depth):
                return Sifted(ranked, places)
            depth *= 1 if len(ranked) == wanted else 2
            wanted *= 2

    def vector(self, query: str) -> Vectors | None:
        """The query's vector; None where the mode needs none."""
        return None if self._mode is Mode.LEXICAL else self._embedder.encode_query([query])[0]

    def all_of(self, document_id: str) -> list[Hit]:
        """Every chunk of a document, in its order, as hits that nothing searched for."""
        rows = self._generation.rows(document_id)
        return self._hits([Fused(row, 0.0, {}) for row in rows], set())

    def holding(self, word: str, *, k: int = 40) -> list[Hit]:
        """The k best chunks that hold a word, by the lexical index alone."""
        found = self._generation.lexical.search(word, k=k)
        terms = set(lexical.asked(word))
        hits = self._hits([Fused(row, score, {}) for row, score in found], terms)
        return [hit for hit in hits if hit.trace.matched_terms]

    def rank(
        self, query: str, vector: Asked, *, k: int, filters: Filters | None = None, depth: int | None = None
    ) -> list[Fused]:
        """The rows of the k best chunks with their scores, best first.

        Args:
            query: As typed.
            vector: Of the query; without one the search is lexical. One that is still being computed is waited for once
                the words are looked up.
            k: How many.
            filters: Only chunks that pass are searched.
            depth: Candidates that each method gives; by default 200, or k where that is more.

        Raises:
            ValueError: If the query is blank or `k` is below 1.
        """
        _check(query, k)
        depth = depth or max(k, DEPTH)
        allowed = self._generation.allowed(filters) if filters else None
        found: Ranking = []
        if self._mode is not Mode.DENSE:
            found = self._generation.lexical.search(query, k=depth, allowed=allowed, extras=self._recipe.extras)
        if isinstance(vector, Future):
            vector = vector.result()
        if vector is None or self._mode is Mode.LEXICAL:
            return fuse.convex({"lexical": found}, k=k, scales=_ALONE)
        near = self._generation.dense.search(vector, k=depth, allowed=allowed)
        if self._mode is Mode.RRF:
            return fuse.reciprocal_rank({"dense": near, "lexical": found}, k=k)
        questions = self._questions(vector)
        known = self._generation.among(questions.best(asked.DEPTH), allowed)
        rows = np.array(sorted({*(row for row, _ in (*near, *found)), *known}), dtype=np.int64)
        cosines = self._cosines(vector, rows, questions)
        if self._mode is Mode.DENSE:
            return fuse.convex({"dense": _ranking(rows, cosines)}, k=k, scales=_ALONE)
        scales = self._scales(query, found)
        if self._recipe.feedback:
            first = scales(_ranking(rows, cosines))
            cosines = self._cosines(self._drawn(vector, rows, cosines, found, first), rows, questions)
        close = _ranking(rows, cosines)
        return fuse.convex({"dense": close, "lexical": found}, k=k, scales=scales(close))

    def _drawn(
        self,
        vector: Vectors,
        rows: Rows,
        cosines: NDArray[np.float32],
        found: Ranking,
        scales: Mapping[str, Scale],
    ) -> Vectors:
        """The query's vector, drawn toward the passages that a first fusion of the candidates puts on top."""
        best = fuse.leaders(rows, cosines, found, k=feedback.PASSAGES, scales=scales)
        return feedback.drawn(vector, self._generation.dense.vectors(best), share=self._recipe.feedback)

    def _scales(self, query: str, found: Ranking) -> Callable[[Ranking], Mapping[str, Scale]]:
        """How the methods are weighted, for any dense ranking beside the lexical one."""
        fixed = self._recipe.dense_weight
        if fixed is not None:
            return lambda _: {"dense": Scale(fixed, 1.0), "lexical": Scale(1 - fixed, None)}
        most = lexical.most(query, idf=self._generation.lexical.idf)
        return lambda dense: fuse.weights(dense, found, most=most, outright=lexical.outright(query))

    def _questions(self, vector: Vectors) -> Nearest:
        """How near the questions that passages are known to answer are; of none where they do not count."""
        return self._generation.asked.nearest(vector) if self._recipe.asked else asked.NOTHING

    def _cosines(self, vector: Vectors, rows: Rows, questions: Nearest) -> NDArray[np.float32]:
        """Dense scores of rows, each mixed with that of its document and of the nearest question that it answers."""
        if not len(rows):
            return np.empty(0, dtype=np.float32)
        share = self._recipe.context
        scores = (1 - share) * self._generation.dense.scores(vector, rows)
        scores += share * self._generation.context.scores(vector, rows)
        return questions.mixed(scores, rows, share=self._recipe.asked)

    def _text(self, rows: Sequence[int], place: int) -> str:
        return self._generation.chunk(rows[place]).text

    def _hits(self, ranked: Sequence[Fused], terms: set[str]) -> list[Hit]:
        chunks = self._generation.chunks([one.row for one in ranked])
        return [
            self._hit(rank, one, chunk, terms) for rank, (one, chunk) in enumerate(zip(ranked, chunks, strict=True), 1)
        ]

    def _hit(self, rank: int, one: Fused, chunk: Chunk, terms: set[str]) -> Hit:
        matched = tuple(sorted(terms & set(lexical.terms(chunk.indexed_text))))
        return Hit(
            rank=rank,
            score=one.score,
            chunk=chunk,
            document=self._generation.info(chunk.document_id),
            trace=Trace(methods=one.methods, matched_terms=matched),
        )


def _ranking(rows: Rows, scores: NDArray[np.float32]) -> list[tuple[int, float]]:
    """Rows with their scores, best first, equal scores in row order."""
    order = np.argsort(-scores, kind="stable")
    return list(zip(rows[order].tolist(), scores[order].tolist(), strict=True))


def _check(query: str, k: int) -> None:
    if not query.strip() or k < 1:
        raise ValueError(f"a search needs words and k of 1 or more, got {query[:40]!r} and {k}")
