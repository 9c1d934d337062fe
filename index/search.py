"""The hybrid searcher: dense and lexical retrieval, fused, and hits with their traces."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from index import context, fuse, lexical
from index.fuse import Fused, Ranking
from index.generation import Generation
from index.types import Embedder, Filters, Hit, Trace, Vectors
from ingest.types import Chunk

DEPTH = 200  # candidates of each method; 100 costs 0.002 nDCG@10 on long documents, 1000 gains nothing


class Mode(StrEnum):
    """Which methods search."""

    HYBRID = "hybrid"
    DENSE = "dense"
    LEXICAL = "lexical"
    RRF = "rrf"  # both, by rank alone: nothing to tune


class HybridSearcher:
    """Searches one generation."""

    def __init__(self, generation: Generation, embedder: Embedder, *, mode: Mode = Mode.HYBRID) -> None:
        self._generation = generation
        self._embedder = embedder
        self._mode = mode

    def search(self, query: str, *, k: int = 10, filters: Filters | None = None) -> list[Hit]:
        """The k best chunks, best first; fewer only where fewer pass the filters.

        Raises:
            ValueError: If the query is blank or `k` is below 1.
        """
        return self.search_vector(query, self.vector(query), k=k, filters=filters)

    def search_vector(
        self, query: str, vector: Vectors | None, *, k: int = 10, filters: Filters | None = None
    ) -> list[Hit]:
        """The same, for a query that was embedded before; without a vector the search is lexical."""
        terms = set(lexical.terms(query))
        ranked = self.rank(query, vector, k=k, filters=filters)
        return self._hits(ranked, terms)

    def vector(self, query: str) -> Vectors | None:
        """The query's vector; None where the mode needs none."""
        return None if self._mode is Mode.LEXICAL else self._embedder.encode([query])[0]

    def all_of(self, document_id: str) -> list[Hit]:
        """Every chunk of a document, in its order, as hits that nothing searched for."""
        rows = self._generation.rows(document_id)
        return self._hits([Fused(row, 0.0, {}) for row in rows], set())

    def rank(self, query: str, vector: Vectors | None, *, k: int, filters: Filters | None = None) -> list[Fused]:
        """The rows of the k best chunks with their scores, best first.

        Raises:
            ValueError: If the query is blank or `k` is below 1.
        """
        if not query.strip() or k < 1:
            raise ValueError(f"a search needs words and k of 1 or more, got {query[:40]!r} and {k}")
        depth = max(k, DEPTH)
        allowed = self._generation.allowed(filters) if filters else None
        found: Ranking = []
        if self._mode is not Mode.DENSE:
            found = self._generation.lexical.search(query, k=depth, allowed=allowed)
        if vector is None:
            return fuse.convex({"lexical": found}, k=k)
        near = self._generation.dense.search(vector, k=depth, allowed=allowed)
        if self._mode is Mode.RRF:
            return fuse.reciprocal_rank({"dense": near, "lexical": found}, k=k)
        return fuse.convex({"dense": self._dense(vector, near, found), "lexical": found}, k=k)

    def _dense(self, vector: Vectors, near: Ranking, found: Ranking) -> Ranking:
        """Dense scores of every candidate of either method, each mixed with that of its document, best first."""
        rows = np.array(sorted({row for row, _ in (*near, *found)}), dtype=np.int64)
        if not len(rows):
            return []
        scores = _mixed(self._generation.dense.scores(vector, rows), self._generation.context.scores(vector, rows))
        order = np.argsort(-scores, kind="stable")
        return [(int(rows[place]), float(scores[place])) for place in order]

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


def _mixed(chunks: NDArray[np.float32], documents: NDArray[np.float32]) -> NDArray[np.float32]:
    return (1 - context.SHARE) * chunks + context.SHARE * documents
