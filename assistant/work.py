"""Answering one question: search, judge whether that is enough, gather sentences, choose, cite, verify.

Three forms: sentences for a fact, a table for a comparison, and the nine steps for a design, each step with a retrieval
and evidence of its own.
"""

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from assistant import compare, compose, formula, organisations, question, sufficiency, verify
from assistant.cite import Citations
from assistant.compare import Facet
from assistant.evidence import Candidate, asks_alone, gather
from assistant.patience import Stage
from assistant.types import Answer, AnswerSection, Declined, Question, QuestionKind, Sentence, Table
from assistant.writer import Writer
from index.generation import Generation
from index.search import HybridSearcher
from index.types import Embedder, Filters, Hit, Vectors

_HITS = 12
_STEP_HITS = 8
_ROW_HITS = 40
_MANY_ROWS = 4
_STAGE_SECONDS = 5.0  # a hundred times what the slowest stage takes; longer than that, something is wrong
_NEAR_THE_BEST = 0.75  # share of the best passage's score from which a passage is still on the same matter
_FACT_SENTENCES = 6
_STEP_SENTENCES = 3
_HEAD_SENTENCES = 2
_QUESTIONS = 4
_FACT_FLOOR = 0.35
_STEP_FLOOR = 0.30
_DESIGN_ENOUGH = 0.40  # a task without a design of its own leans on the formula: potholes 0.48, a kitchen 0.37
_NEAREST = 4
_NAMES_SHARE = 0.25  # weight of unknown names in a question from which it is about something else

_ASSUMPTION = re.compile(r"^Assum(?:e|ing)\b|\bassum(?:es|ed|ption)\b")
_COMPANIES = re.compile(r"\b(?:companies|teams|firms|industry)\b", re.IGNORECASE)
_OPEN = re.compile(r"reviewer asks|clarifying|open questions|questions to ask", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Formed:
    """The parts of an answer."""

    sections: tuple[AnswerSection, ...]
    head: tuple[AnswerSection, ...] = ()
    table: Table | None = None


class Work:
    """The state of answering one question."""

    def __init__(
        self, generation: Generation, embedder: Embedder, asked: Question, *, writer: Writer | None = None
    ) -> None:
        self._writer = writer
        self._note = ""
        self._searcher = HybridSearcher(generation, embedder)
        self._generation = generation
        self._embedder = embedder
        self._asked = replace(asked, query=generation.lexical.corrected(asked.query))
        self._citations = Citations(generation)
        self._timings: dict[str, float] = {}
        self._known = organisations.with_other_names(generation.organisations)

    def run(self) -> Answer | Declined:
        """Answer, or decline."""
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
        is_design = self._asked.kind is QuestionKind.DESIGN
        with self._timed("encode"):
            texts = [self._asked.query, *(f"{aim}: {step.facet}" for step in formula.STEPS)]
            vectors = self._embedder.encode(texts if is_design else texts[:1])
        with self._timed("search"):
            hits = self._searcher.search_vector(self._asked.query, vectors[0], k=_ROW_HITS)
        asked_of = organisations.named(self._asked.query, self._known)
        kept = _about_any(hits, asked_of)[:_HITS]
        if asked_of and not kept:
            return self._declined(_of_others(hits, asked_of), hits)
        found = sufficiency.judge(aim, kept, self._generation.lexical)
        if not _is_enough(found, is_design=is_design):
            return self._declined(_missing(found), kept)
        formed = self._formed(aim, vectors, kept, asked_of)
        if not any(section.sentences for section in formed.sections) and not formed.table:
            return self._declined("The library has passages near this, but no sentence that answers it.", hits)
        return Answer(
            question=self._asked,
            sections=formed.sections,
            citations=self._citations.issued(),
            also_retrieved=self._uncited(kept),
            timings_ms=self._timings,
            table=formed.table,
            head=formed.head,
            note=self._note,
        )

    def _formed(self, aim: str, vectors: Vectors, hits: Sequence[Hit], asked_of: Sequence[str]) -> _Formed:
        if self._asked.kind is QuestionKind.DESIGN:
            return self._design(aim, vectors, hits)
        return _Formed(self._fact(hits, vectors[0]), table=self._comparison(aim, hits, asked_of))

    def _fact(self, hits: Sequence[Hit], vector: Vectors) -> tuple[AnswerSection, ...]:
        with self._timed("compose"):
            candidates = gather(self._generation, hits, aims=[(vector, 1.0)])
            chosen = compose.choose(candidates, count=_FACT_SENTENCES, floor=_FACT_FLOOR)
        return (AnswerSection("Answer", self._worded(chosen) or self._sentences(compose.near_the_best(chosen))),)

    def _worded(self, chosen: Sequence[Candidate]) -> tuple[Sentence, ...]:
        """The evidence in a language model's words; empty where there is no model, or nothing of it that holds."""
        if self._writer is None:
            return ()
        started = time.perf_counter()
        draft = self._writer.write(self._asked.query, chosen)
        self._timings["generate"] = _since(started)
        self._note = draft.note
        return tuple(
            Sentence(text, tuple(self._citations.number(chosen[place].evidence) for place in places), verdict)
            for text, places, verdict in draft.sentences
        )

    def _comparison(self, aim: str, hits: Sequence[Hit], asked_of: Sequence[str]) -> Table | None:
        """The table of a comparison; None where fewer than two things are compared, or nothing is stated of them."""
        rows, facets = self._rows(hits, asked_of)
        if len(rows) < 2:
            return None
        with self._timed("encode"):
            texts = [f"{row} {aim}" for row in rows] + [facet.words for facet in facets]
            vectors = self._embedder.encode(texts)
        with self._timed("compose"):
            own = [
                self._of_row(row, text, vectors[place])
                for place, (row, text) in enumerate(zip(rows, texts, strict=False))
            ]
            cells = [compare.cells(candidates, facets, vectors[len(rows) :]) for candidates in own]
        shown = [facet for column, facet in enumerate(facets) if any(row[column] for row in cells)]
        if not shown:
            return None
        kept = [[cell for cell, facet in zip(row, facets, strict=True) if facet in shown] for row in cells]
        sentences = tuple(tuple(self._sentence(cell) if cell else None for cell in row) for row in kept)
        return Table(tuple(facet.title for facet in shown), tuple(rows), sentences)

    def _rows(self, hits: Sequence[Hit], asked_of: Sequence[str]) -> tuple[Sequence[str], tuple[Facet, ...]]:
        if len(asked_of) > 1:
            return asked_of, compare.SYSTEM_FACETS
        if _COMPANIES.search(self._asked.query):
            named = dict.fromkeys(name for hit in hits for name in organisations.named(hit.document.title, self._known))
            return tuple(named)[:_MANY_ROWS], compare.SYSTEM_FACETS
        if self._asked.kind is QuestionKind.COMPARISON:
            return compare.options(self._asked.query), compare.OPTION_FACETS
        return (), ()

    def _of_row(self, row: str, query: str, vector: Vectors) -> list[Candidate]:
        """The sentences of the best passages on a row that are about it."""
        hits = self._searcher.search_vector(query, vector, k=_ROW_HITS)
        if row in self._known:
            hits = organisations.about(hits, row)
        best = max((hit.score for hit in hits), default=0.0)
        hits = [hit for hit in hits if hit.score >= _NEAR_THE_BEST * best]
        return [one for one in gather(self._generation, hits, aims=[(vector, 1.0)]) if self._is_of(one, row)]

    def _is_of(self, candidate: Candidate, row: str) -> bool:
        if row in self._known:
            return bool(organisations.about([candidate.evidence.hit], row)) and (
                row in organisations.named(" ".join(candidate.evidence.document.organisations), self._known)
                or row in organisations.named(candidate.evidence.quote, self._known)
            )
        return compare.is_about(candidate.evidence.quote, row)

    def _design(self, aim: str, vectors: Vectors, hits: Sequence[Hit]) -> _Formed:
        with self._timed("compose"):
            near = gather(self._generation, hits, aims=[(vectors[0], 1.0)])
            used = compose.choose(near, count=_HEAD_SENTENCES, floor=_FACT_FLOOR)
            summary = AnswerSection("Summary", self._sentences(used))
            assumed = [one for one in near if _ASSUMPTION.search(one.evidence.quote)]
            chosen = compose.choose(assumed, count=_HEAD_SENTENCES, floor=_STEP_FLOOR, used=used)
            used += chosen
            assumptions = AnswerSection("Assumptions", self._sentences(chosen))
            chosen = self._open_questions(hits, vectors[0])
            used += chosen
            questions = AnswerSection("Questions to ask first", self._sentences(chosen))
        steps = tuple(self._step(aim, step, vectors, used) for step in formula.STEPS)
        head = tuple(section for section in (summary, assumptions, questions) if section.sentences)
        return _Formed(steps, head=head)

    def _step(self, aim: str, step: formula.Step, vectors: Vectors, used: list[Candidate]) -> AnswerSection:
        vector = vectors[step.number]
        with self._timed("search"):
            filters = Filters(steps=frozenset({step.number}))
            own = self._searcher.search_vector(f"{aim} {step.facet}", vector, k=_STEP_HITS, filters=filters)
        with self._timed("compose"):
            candidates = gather(self._generation, own, aims=[(vectors[0], 0.5), (vector, 0.5)])
            chosen = compose.choose(candidates, count=_STEP_SENTENCES, floor=_STEP_FLOOR, used=used)
            used += chosen
            return AnswerSection(step.title, self._sentences(chosen), step.number)

    def _open_questions(self, hits: Sequence[Hit], vector: Vectors) -> list[Candidate]:
        """What to ask before designing: the questions that the nearest designs and the formula raise themselves."""
        nearest = dict.fromkeys([*(hit.document.id for hit in hits[:3]), "formula-problem-formulation"])
        raised = [
            hit
            for document in nearest
            for hit in self._searcher.all_of(document)
            if any(_OPEN.search(heading) for heading in hit.chunk.headings)
        ]
        candidates = gather(self._generation, raised, aims=[(vector, 1.0)], quotable=asks_alone)
        return compose.choose(candidates, count=_QUESTIONS, floor=0.0)

    def _sentences(self, chosen: Iterable[Candidate]) -> tuple[Sentence, ...]:
        return tuple(self._sentence(one) for one in chosen)

    def _sentence(self, one: Candidate) -> Sentence:
        quote = one.evidence.quote
        return Sentence(quote, (self._citations.number(one.evidence),), verify.verdict(quote, [quote]))

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


def _about_any(hits: Sequence[Hit], asked_of: Sequence[str]) -> list[Hit]:
    """The hits about the organisations that a question names; all of them where it names none."""
    if not asked_of:
        return list(hits)
    kept = {id(hit) for name in asked_of for hit in organisations.about(hits, name)}
    return [hit for hit in hits if id(hit) in kept]


def _of_others(hits: Sequence[Hit], asked_of: Sequence[str]) -> str:
    others = [name for hit in hits[:5] for name in hit.document.organisations if name not in asked_of]
    about = f"; its nearest passages are about {_listed(list(dict.fromkeys(others)))}" if others else ""
    return f"The library has nothing on this from {_listed(asked_of)}{about}."


def _is_enough(found: sufficiency.Sufficiency, *, is_design: bool) -> bool:
    """A design can lean on general guidance; a question about somebody's system cannot."""
    if is_design:
        return found.score >= _DESIGN_ENOUGH
    return found.score >= sufficiency.ENOUGH and found.names_share < _NAMES_SHARE


def _missing(found: sufficiency.Sufficiency) -> str:
    if found.missing:
        return (
            f"The library has nothing that answers this; its nearest passages never mention {_listed(found.missing)}."
        )
    return "The library has nothing close enough to this to answer it with a quotation."


def _listed(terms: Sequence[str]) -> str:
    return ", ".join(f"“{term}”" for term in terms[:4])
