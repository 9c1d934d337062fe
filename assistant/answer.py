"""The use case: a question in, an answer with its citations out, or a declined one.

One generation serves a question from beginning to end, so an answer never mixes two.
"""

import threading
from collections.abc import Iterable, Sequence

import numpy as np

from assistant import question, work
from assistant.entail import Entailment
from assistant.evidence import Candidate
from assistant.page import Page, Wanted, turn
from assistant.relevance import Signs
from assistant.sufficiency import Sufficiency
from assistant.types import Answer, Declined
from assistant.work import Work
from assistant.writer import Writer
from index import explain
from index.manifest import Manifest
from index.rerank import Reranker, RerankingSearcher
from index.search import HybridSearcher, Mode
from index.serving import Serving
from index.types import DocumentInfo, Embedder, Filters, Hit, Searcher, Vectors
from ingest.types import Document

# One question a form, one word of them misspelt, so that no reader pays for what is made once.
_WARMING = ("Design a video recommendation system", "precision or recal?", "What is a feature store?")


class Assistant:
    """Answers questions from the serving generation; safe for several threads at once.

    Args:
        serving: Hands out the current generation.
        embedder: The model that the generation was made with.
        reranker: Reads the best hits of a search again; answers do without it.
        writer: Puts facts and comparisons into words; without one they are quotations.
        entailment: Judges what questions take for granted, beside the fitted model.
    """

    def __init__(
        self,
        serving: Serving,
        embedder: Embedder,
        *,
        reranker: Reranker | None = None,
        writer: Writer | None = None,
        entailment: Entailment | None = None,
    ) -> None:
        self._serving = serving
        self._embedder = embedder
        self._reranker = reranker
        self._writer = writer
        self._entailment = entailment
        self._warming = threading.Lock()
        self._warmed = ""

    def ask(self, text: str, *, history: Sequence[str] = ()) -> Answer | Declined:
        """Answer a question.

        Args:
            text: As typed.
            history: The questions before it in the conversation, oldest first.

        Raises:
            QuestionError: If it is blank or too long.
            SearchError: If there is no index that can serve.
        """
        asked = question.understand(text, history=history)
        with self._serving.generation() as generation:
            return Work(generation, self._embedder, asked, writer=self._writer, entailment=self._entailment).run()

    def judged(self, text: str, *, history: Sequence[str] = ()) -> Sufficiency:
        """Whether a question can be answered and its premise is borne out, and by what that is judged.

        Raises:
            QuestionError: If it is blank or too long.
            SearchError: If there is no index that can serve.
        """
        asked = question.understand(text, history=history)
        with self._serving.generation() as generation:
            return Work(generation, self._embedder, asked).judged()

    def weighed(self, text: str, *, history: Sequence[str] = ()) -> tuple[list[Candidate], list[Signs]]:
        """The sentences that could answer a question of fact, and what is seen of each.

        Raises:
            QuestionError: If it is blank or too long.
            SearchError: If there is no index that can serve.
        """
        asked = question.understand(text, history=history)
        with self._serving.generation() as generation:
            return Work(generation, self._embedder, asked).weighed()

    def search(self, query: str, *, k: int = 10, filters: Filters | None = None, mode: Mode = Mode.HYBRID) -> list[Hit]:
        """The k best chunks for a query, best first.

        Raises:
            ValueError: If the query is blank or `k` is below 1.
            SearchError: If there is no index that can serve.
        """
        with self._serving.generation() as generation:
            searcher: Searcher = HybridSearcher(generation, self._embedder, mode=mode)
            if self._reranker is not None:
                searcher = RerankingSearcher(searcher, self._reranker)
            return searcher.search(query, k=k, filters=filters)

    def page(self, wanted: Wanted, vector: Vectors | None) -> Page:
        """A page of hits, all from one generation.

        Args:
            wanted: The search.
            vector: Of the query, as `encode` gives it; None where the mode is lexical.

        Raises:
            CursorError: If the cursor is not of this search and this index.
            SearchError: If there is no index that can serve.
        """
        with self._serving.generation() as generation:
            searcher = HybridSearcher(generation, self._embedder, mode=wanted.mode)
            return turn(searcher, generation, vector, wanted, reranker=self._reranker)

    @property
    def digest(self) -> str:
        """Names the model: the digest of its weights."""
        return self._embedder.digest

    def encode(self, texts: Sequence[str]) -> Vectors:
        """The vectors of queries, one row each; good in any generation, since all are of this assistant's model."""
        return self._embedder.encode_query(texts)

    def current(self) -> str | None:
        """The id of the generation that serves, or None."""
        return self._serving.current()

    def manifest(self) -> Manifest:
        """What the serving generation was made of.

        Raises:
            SearchError: If there is no index that can serve.
        """
        with self._serving.generation() as generation:
            return generation.manifest

    def explain(
        self, query: str, document_id: str, *, k: int = 10, filters: Filters | None = None
    ) -> explain.Explanation:
        """Why a document is, or is not, among the k hits of a query.

        Raises:
            ValueError: If the query is blank or `k` is below 1.
            SearchError: If there is no index that can serve.
        """
        with self._serving.generation() as generation:
            return explain.explain(generation, self._embedder, query, document_id, k=k, filters=filters)

    def document(self, id: str) -> Document | None:
        """A document of the serving generation, or None."""
        with self._serving.generation() as generation:
            return generation.document(id)

    def infos(self) -> list[DocumentInfo]:
        """What is known of every document of the serving generation, in id order."""
        with self._serving.generation() as generation:
            return generation.infos()

    def centroids(self) -> tuple[str, list[str], Vectors]:
        """The serving generation's id, its documents, and the mean direction of each one's passages, a row each."""
        with self._serving.generation() as generation:
            ids, vectors = generation.centroids()
            return generation.manifest.id, ids, np.array(vectors)

    def nearness(self, vector: Vectors, document_ids: Iterable[str]) -> dict[str, float]:
        """The cosine of a query with whole documents, by id; those that are not in the serving generation are absent.

        Args:
            vector: Of the query, as `encode` gives it.
            document_ids: The documents.
        """
        with self._serving.generation() as generation:
            firsts = {id: rows[0] for id in document_ids if (rows := generation.rows(id))}
            scores = generation.context.scores(vector, np.array(list(firsts.values()), dtype=np.int64))
            return dict(zip(firsts, map(float, scores), strict=True))

    def chunk_counts(self) -> dict[str, int]:
        """Number of chunks by document id in the serving generation."""
        with self._serving.generation() as generation:
            return generation.chunk_counts()

    def warm(self) -> str:
        """Open the index, load the model, answer once in every form; returns the serving generation's id.

        What is warm already costs nothing; several callers at once wait for the first.

        Raises:
            SearchError: If there is no index that can serve.
        """
        with self._serving.generation() as generation, self._warming:
            id = generation.manifest.id
            if id != self._warmed:
                work.warm(self._embedder)
                for text in _WARMING:
                    Work(generation, self._embedder, question.understand(text)).run()
                self._warmed = id
            return id
