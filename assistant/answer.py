"""The use case: a question in, an answer with its citations out, or a declined one.

The order of work: understand, search, judge whether that is enough, gather sentences, choose, cite, verify. One
generation serves a question from beginning to end, so an answer never mixes two.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from assistant import compose, formula, question, sufficiency, verify
from assistant.cite import Citations
from assistant.evidence import Candidate, gather
from assistant.page import Page, Wanted, turn
from assistant.patience import Stage
from assistant.types import Answer, AnswerSection, Declined, Question, QuestionKind, Sentence
from index import explain
from index.generation import Generation, Manifest
from index.search import HybridSearcher, Mode
from index.serving import Serving
from index.types import DocumentInfo, Embedder, Filters, Hit, Vectors
from ingest.types import Document

_HITS = 12
_STEP_HITS = 8
_FACT_SENTENCES = 5
_STEP_SENTENCES = 3
_FACT_FLOOR = 0.35
_STEP_FLOOR = 0.30
_DESIGN_ENOUGH = 0.34  # a task that the library has no design for is still answered by the formula's guidance
_NEAREST = 4
_STAGE_SECONDS = 5.0  # a hundred times what the slowest stage takes; longer than that, something is wrong


class Assistant:
    """Answers questions from the serving generation; safe for several threads at once.

    Args:
        serving: Hands out the current generation.
        embedder: The model that the generation was made with.
    """

    def __init__(self, serving: Serving, embedder: Embedder) -> None:
        self._serving = serving
        self._embedder = embedder

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
            return _Work(HybridSearcher(generation, self._embedder), generation, self._embedder, asked).run()

    def search(self, query: str, *, k: int = 10, filters: Filters | None = None, mode: Mode = Mode.HYBRID) -> list[Hit]:
        """The k best chunks for a query, best first.

        Raises:
            ValueError: If the query is blank or `k` is below 1.
            SearchError: If there is no index that can serve.
        """
        with self._serving.generation() as generation:
            return HybridSearcher(generation, self._embedder, mode=mode).search(query, k=k, filters=filters)

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
            return turn(HybridSearcher(generation, self._embedder, mode=wanted.mode), generation, vector, wanted)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """The vectors of queries, one row each; good in any generation, since all are of this assistant's model."""
        return self._embedder.encode(texts)

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

    def chunk_counts(self) -> dict[str, int]:
        """Number of chunks by document id in the serving generation."""
        with self._serving.generation() as generation:
            return generation.chunk_counts()

    def warm(self) -> str:
        """Open the index, load the model, answer once; returns the serving generation's id.

        Raises:
            SearchError: If there is no index that can serve.
        """
        with self._serving.generation() as generation:
            HybridSearcher(generation, self._embedder).search("machine learning system design", k=1)
            return generation.manifest.id


class _Work:
    """The state of answering one question."""

    def __init__(self, searcher: HybridSearcher, generation: Generation, embedder: Embedder, asked: Question) -> None:
        self._searcher = searcher
        self._generation = generation
        self._embedder = embedder
        self._asked = asked
        self._citations = Citations()
        self._timings: dict[str, float] = {}

    def run(self) -> Answer | Declined:
        started = time.perf_counter()
        result = self._decide()
        self._timings["total"] = _since(started)
        return result

    def _decide(self) -> Answer | Declined:
        if self._asked.kind is QuestionKind.SMALL_TALK:
            return self._declined(
                "Ask me about designing a machine-learning system, and I answer from the library.", ()
            )
        aim = question.subject(self._asked)
        with self._timed("encode"):
            texts = [self._asked.query, *(f"{aim}: {step.facet}" for step in formula.STEPS)]
            is_design = self._asked.kind is QuestionKind.DESIGN
            vectors = self._embedder.encode(texts if is_design else texts[:1])
        with self._timed("search"):
            hits = self._searcher.search_vector(self._asked.query, vectors[0], k=_HITS)
        found = sufficiency.judge(aim, hits, self._generation.lexical)
        if not _is_enough(found, is_design=is_design):
            return self._declined(_missing(found), hits)
        sections = self._design(aim, vectors) if is_design else self._fact(hits, vectors[0])
        if not any(section.sentences for section in sections):
            return self._declined("The library has passages near this, but no sentence that answers it.", hits)
        return Answer(
            question=self._asked,
            sections=sections,
            citations=self._citations.issued(),
            also_retrieved=self._uncited(hits),
            timings_ms=self._timings,
        )

    def _fact(self, hits: Sequence[Hit], vector: Vectors) -> tuple[AnswerSection, ...]:
        with self._timed("compose"):
            candidates = gather(self._generation, hits, aims=[(vector, 1.0)])
            chosen = compose.choose(candidates, count=_FACT_SENTENCES, floor=_FACT_FLOOR)
            return (AnswerSection("Answer", self._sentences(chosen)),)

    def _design(self, aim: str, vectors: Vectors) -> tuple[AnswerSection, ...]:
        used: list[Candidate] = []
        sections = []
        for step, vector in zip(formula.STEPS, vectors[1:], strict=True):
            with self._timed("search"):
                filters = Filters(steps=frozenset({step.number}))
                own = self._searcher.search_vector(f"{aim} {step.facet}", vector, k=_STEP_HITS, filters=filters)
            with self._timed("compose"):
                aims = [(vectors[0], 0.5), (vector, 0.5)]
                candidates = gather(self._generation, own, aims=aims)
                chosen = compose.choose(candidates, count=_STEP_SENTENCES, floor=_STEP_FLOOR, used=used)
                used += chosen
                sections.append(AnswerSection(step.title, self._sentences(chosen), step.number))
        return tuple(sections)

    def _sentences(self, chosen: Sequence[Candidate]) -> tuple[Sentence, ...]:
        return tuple(
            Sentence(
                text=one.evidence.quote,
                citations=(self._citations.number(one.evidence),),
                verdict=verify.verdict(one.evidence.quote, [one.evidence.quote]),
            )
            for one in chosen
        )

    def _uncited(self, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        cited = [(one.document_id, one.start) for one in self._citations.issued()]
        return tuple(
            hit
            for hit in hits
            if not any(id == hit.document.id and hit.chunk.start <= start < hit.chunk.end for id, start in cited)
        )

    def _declined(self, reason: str, hits: Sequence[Hit]) -> Declined:
        titles = dict.fromkeys(hit.document.title for hit in hits)
        return Declined(
            question=self._asked,
            reason=reason,
            found=tuple(hits[:3]),
            nearest_topics=tuple(titles)[:_NEAREST],
            timings_ms=self._timings,
        )

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        with Stage(stage, seconds=_STAGE_SECONDS) as timed:
            yield
        self._timings[stage] = round(self._timings.get(stage, 0.0) + timed.milliseconds, 2)


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)


def _is_enough(found: sufficiency.Sufficiency, *, is_design: bool) -> bool:
    """A design can lean on general guidance; a question about somebody's system cannot."""
    if is_design:
        return found.score >= _DESIGN_ENOUGH
    return found.score >= sufficiency.ENOUGH and not found.missing_names


def _missing(found: sufficiency.Sufficiency) -> str:
    if found.missing:
        return (
            f"The library has nothing that answers this; its nearest passages never mention {_listed(found.missing)}."
        )
    return "The library has nothing close enough to this to answer it with a quotation."


def _listed(terms: Sequence[str]) -> str:
    return ", ".join(f"“{term}”" for term in terms[:4])
