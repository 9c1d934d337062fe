"""Reranking by a cross-encoder: query and passage are read together, which sees more than two vectors do.

Nogueira and Cho, "Passage Re-ranking with BERT", 2019. Off unless a model is set: on two cores a passage costs tens of
milliseconds. Only the head of the ranking is read again, and what lies below keeps its order.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from index.errors import ModelError
from index.types import Filters, Hit, Searcher

DEPTH = 50  # passages that are read again, at most


class Reranker(Protocol):
    """Scores passages for a query."""

    def scores(self, query: str, passages: Sequence[str]) -> list[float]:
        """One score a passage, in their order; higher is better."""


class CrossEncoder:
    """A sentence-transformers CrossEncoder from a folder.

    Args:
        folder: Where the model lies.

    Raises:
        ModelError: If it cannot be loaded.
    """

    def __init__(self, folder: Path) -> None:
        self._model = _load(folder)

    def scores(self, query: str, passages: Sequence[str]) -> list[float]:
        """One score a passage, in their order; higher is better."""
        if not passages:
            return []
        pairs = [(query, passage) for passage in passages]
        return [float(score) for score in self._model.predict(pairs, show_progress_bar=False)]


class RerankingSearcher:
    """A searcher whose best hits are read again.

    Args:
        searcher: Finds the candidates.
        reranker: Reads them again.
        depth: How many of them, at most 50.

    Raises:
        ValueError: If `depth` is below 1 or above 50.
    """

    def __init__(self, searcher: Searcher, reranker: Reranker, *, depth: int = DEPTH) -> None:
        if not 1 <= depth <= DEPTH:
            raise ValueError(f"reranking reads 1 to {DEPTH} passages again, got {depth}")
        self._searcher = searcher
        self._reranker = reranker
        self._depth = depth

    def search(self, query: str, *, k: int = 10, filters: Filters | None = None) -> list[Hit]:
        """The k best chunks, best first; equal scores stay in the order in which they were found.

        A hit that was read again carries the cross-encoder's score, the others their own less a constant, so that
        scores still fall with the rank.

        Raises:
            ValueError: If the query is blank or `k` is below 1.
        """
        hits = self._searcher.search(query, k=max(k, self._depth), filters=filters)
        return read_again(query, hits, self._reranker, depth=self._depth)[:k]


def read_again(query: str, hits: Sequence[Hit], reranker: Reranker, *, depth: int = DEPTH) -> list[Hit]:
    """The same hits with the first `depth` of them in the order of a reranker; see `RerankingSearcher.search`."""
    head, tail = hits[:depth], hits[depth:]
    scores = reranker.scores(query, [hit.chunk.indexed_text for hit in head])
    order = sorted(range(len(head)), key=lambda place: (-scores[place], place))
    least = min(scores, default=0.0)
    below = [replace(hit, score=least - 1 + hit.score - tail[0].score) for hit in tail]
    again = [replace(head[place], score=scores[place]) for place in order]
    return [replace(hit, rank=rank) for rank, hit in enumerate((*again, *below), start=1)]


def _load(folder: Path) -> Any:  # noqa: ANN401 - imported late
    if not (folder / "config.json").is_file():
        raise ModelError(f"the reranker folder {folder.name!r} has no config.json; point at a complete cross-encoder")
    try:
        from sentence_transformers import CrossEncoder as Model

        return Model(
            str(folder), local_files_only=True, trust_remote_code=False, model_kwargs={"use_safetensors": True}
        )
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"the reranker folder {folder.name!r} cannot be loaded: {error}") from error
