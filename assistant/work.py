"""Answering one question: search, judge whether that is enough, gather sentences, choose, cite, verify.

Three forms: sentences for a fact, a table for a comparison, and the nine steps for a design, each step with a retrieval
and evidence of its own.
"""

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from assistant import (
    blueprint,
    compare,
    compose,
    direct,
    facts,
    formula,
    language,
    organisations,
    premise,
    question,
    sufficiency,
    verify,
    watching,
)
from assistant.blueprint import Blueprint
from assistant.cite import Citations
from assistant.compare import Facet
from assistant.entail import Entailment
from assistant.evidence import Candidate, asks_alone, gather, reads_alone
from assistant.patience import Stage
from assistant.sufficiency import Sufficiency
from assistant.types import Answer, AnswerSection, Declined, Question, QuestionKind, Sentence, Table
from assistant.writer import Writer
from index.engine import Generation
from index.search import HybridSearcher
from index.types import Embedder, Filters, Hit, Vectors

_HITS = 12
_STEP_HITS = 8
_DEEP_HITS = 24  # a step where no design is followed: what is of other designs falls away
_ROW_HITS = 40
_MANY_ROWS = 4
_STAGE_SECONDS = 5.0  # a hundred times what the slowest stage takes; longer than that, something is wrong
_NEAR_THE_BEST = 0.8  # share of the best passage's score from which a passage is still on the same matter
_STILL_NEAR = 0.7  # the same for finding whose systems a question about several companies could mean
_STEP_SENTENCES = 3
_OF_ROW = 2  # sentences on something compared that nothing else names
_OWN_SENTENCES = 5  # of a design that is followed, a step
_ADDED = 1  # sentences of other documents beside them
_OWN_MATTER = 0.6  # weight of how near a sentence's document is to what is designed
_FORMULA = "formula-problem-formulation"
_HEAD_SENTENCES = 2
_QUESTIONS = 4
_STEP_FLOOR = 0.30
_ROW_FLOOR = 0.40
_NEAREST = 4
_NAMED = 3  # designs
_CORRECTING = 2
_OWNERS = 3

_ASSUMPTION = re.compile(r"^Assum(?:e|ing)\b|\bassum(?:es|ed|ption)\b")
_REFUTED = "The library denies what the question takes for granted; the quotation says how."
_NOT_BORNE_OUT = (
    "The library does not bear out what the question takes for granted (“{}”); the nearest that it says is quoted."
)
_NOT_TOLD_OF = "The library has no quotation on {} to set beside the rest."
_FOLLOWED = "The steps follow “{}”, the library’s nearest complete design."
_NONE_COMPLETE = (
    "The library holds no complete design of this; the steps are put together from what stands elsewhere{}."
)
_NEAREST_DESIGNS = ", nearest to it in {}"
_COMPANIES = re.compile(r"\b(?:companies|teams|firms|industry)\b", re.IGNORECASE)
_OPEN = re.compile(r"reviewer asks|clarifying|open questions|questions to ask", re.IGNORECASE)


_FACETS: dict[str, Vectors] = {}  # by the model's digest


@dataclass(frozen=True, slots=True)
class _Formed:
    """The parts of an answer."""

    sections: tuple[AnswerSection, ...]
    head: tuple[AnswerSection, ...] = ()
    table: Table | None = None

    @property
    def says_something(self) -> bool:
        """Whether it is an answer: the head of a design, without a step, is none."""
        return self.table is not None or any(section.sentences for section in self.sections)


class Work:
    """The state of answering one question."""

    def __init__(
        self,
        generation: Generation,
        embedder: Embedder,
        asked: Question,
        *,
        writer: Writer | None = None,
        entailment: Entailment | None = None,
    ) -> None:
        self._writer = writer
        self._note = ""
        self._quoted: list[Candidate] = []  # above the table of a comparison
        self._added: list[Candidate] = []  # on what is compared and else not named
        self._searcher = HybridSearcher(generation, embedder)
        self._generation = generation
        self._embedder = embedder
        self._asked = replace(asked, query=sufficiency.well_spelt(asked.query, embedder, generation.lexical))
        self._citations = Citations(generation)
        self._timings: dict[str, float] = {}
        self._known = organisations.with_other_names(generation.organisations)
        self._judge = sufficiency.Judge(generation, embedder, self._searcher, self._known, entailment)
        self._facts = facts.Facts(
            generation, embedder, self._searcher, self._judge, known=self._known, asked=self._asked
        )

    def run(self) -> Answer | Declined:
        """Answer, or decline."""
        started = time.perf_counter()
        result = self._decide()
        self._timings["total"] = _since(started)
        return result

    def judged(self) -> Sufficiency:
        """What is seen of the question, of what is found for it and of its premise."""
        vector = self._embedder.encode_query([self._asked.query])[0]
        hits = self._searcher.search_vector(self._asked.query, vector, k=_ROW_HITS)
        return self._judge.judge(self._asked, hits[:_HITS], vector)

    def _decide(self) -> Answer | Declined:
        if self._asked.kind is QuestionKind.SMALL_TALK:
            return self._declined(
                "Ask me about designing a machine-learning system, and I answer from the library.", ()
            )
        with self._timed("encode"):
            vector = self._embedder.encode_query([self._asked.query])[0]
        with self._timed("search"):
            hits = self._searcher.search_vector(self._asked.query, vector, k=_ROW_HITS)
            found = self._judge.judge(self._asked, hits[:_HITS], vector)
        asked_of = organisations.named(self._asked.query, self._known)
        kept = _about_any(hits, asked_of)[:_HITS]
        if found.refuting and self._asked.kind is not QuestionKind.DESIGN:
            return self._declined(_REFUTED, hits, self._sentences(found.refuting))
        if not found.is_enough or (asked_of and not kept):
            return self._too_little(found, kept or hits, asked_of)
        if not found.is_borne_out and self._asked.kind is not QuestionKind.DESIGN:
            return self._not_borne_out(found, kept)
        formed = self._formed(vector, kept, asked_of)
        if not formed.says_something:
            return self._declined("The library has passages near this, but no sentence that answers it.", hits)
        return replace(self._answer(formed), also_retrieved=self._uncited(kept), timings_ms=self._timings)

    def _answer(self, formed: _Formed) -> Answer:
        return Answer(
            question=self._asked,
            sections=formed.sections,
            citations=self._citations.issued(),
            table=formed.table,
            head=formed.head,
            note=self._note,
        )

    def _tell(self, formed: _Formed) -> None:
        """Let who watches see how far the answer is; what could still be declined is not told."""
        if formed.says_something:
            watching.tell(self._answer(formed))

    def _formed(self, vector: Vectors, hits: Sequence[Hit], asked_of: Sequence[str]) -> _Formed:
        aim = question.subject(self._asked)
        if self._asked.kind is QuestionKind.DESIGN:
            return self._design(aim, vector, hits)
        sections = self._fact(hits, vector, asked_of)
        self._tell(_Formed(sections))
        table = self._comparison(aim, vector, asked_of)
        if self._added:
            more = (*sections[-1].sentences, *self._sentences(self._added))
            sections = (*sections[:-1], replace(sections[-1], sentences=more))
        return _Formed(sections, table=table)

    def _fact(self, hits: Sequence[Hit], vector: Vectors, asked_of: Sequence[str]) -> tuple[AnswerSection, ...]:
        with self._timed("compose"):
            found = self._facts.found(hits, vector, asked_of, of_row=self._of_row)
        self._note = found.note
        worded = self._worded(found.near)
        self._quoted = [] if worded else list(found.kept)
        return (AnswerSection("Answer", worded or self._sentences(found.kept)),)

    def _worded(self, chosen: Sequence[Candidate]) -> tuple[Sentence, ...]:
        """The evidence in a language model's words; empty where there is no model, or nothing of it that holds."""
        if self._writer is None:
            return ()
        started = time.perf_counter()
        draft = self._writer.write(self._asked.query, chosen)
        self._timings["generate"] = _since(started)
        self._note = " ".join(filter(None, (self._note, draft.note)))
        return tuple(
            Sentence(text, tuple(self._citations.number(chosen[place].evidence) for place in places), verdict)
            for text, places, verdict in draft.sentences
        )

    def _comparison(self, aim: str, vector: Vectors, asked_of: Sequence[str]) -> Table | None:
        """The table of a comparison; None where fewer than two things are compared, or nothing is stated of them."""
        rows, facets = self._rows(asked_of, vector)
        if len(rows) < 2:
            return None
        with self._timed("encode"):
            texts = [f"{row} {aim}" for row in rows] + [facet.words for facet in facets]
            vectors = self._embedder.encode_query(texts)
            meanings = self._meanings(rows) if facets is compare.OPTION_FACETS else [()] * len(rows)
        with self._timed("compose"):
            own = [
                self._of_row(row, text, vectors[place])
                for place, (row, text) in enumerate(zip(rows, texts, strict=False))
            ]
            apart = compare.apart(own, rows if facets is compare.OPTION_FACETS else ())
            cells: list[list[Candidate | None]] = []
            for row, candidates, meant in zip(rows, apart, meanings, strict=True):
                said = [*self._quoted, *(cell for before in cells for cell in before if cell)]
                cells.append(compare.cells([*candidates, *meant], facets, vectors[len(rows) :], row=row, said=said))
        return self._table(rows, facets, cells)

    def _table(
        self, rows: Sequence[str], facets: Sequence[Facet], cells: Sequence[Sequence[Candidate | None]]
    ) -> Table | None:
        """The rows and columns in which something is stated; None where fewer than two rows are left.

        What neither the table nor the sentences above it are about is named in the note.
        """
        typed = [organisations.as_typed(self._asked.query, row) for row in rows]
        stated = [place for place, row in enumerate(cells) if any(row)]
        silent = [
            place
            for place, row in enumerate(rows)
            if place not in stated and not any(self._is_of(one, row) for one in self._quoted)
        ]
        untold = [typed[place] for place in silent if not self._add(rows[place])]
        if untold:
            self._note = " ".join(filter(None, (self._note, _NOT_TOLD_OF.format(_listed(untold)))))
        if len(stated) < 2:
            return None
        shown = [column for column in range(len(facets)) if any(row[column] for row in cells)]
        sentences = tuple(
            tuple(self._sentence(cell) if (cell := cells[place][column]) else None for column in shown)
            for place in stated
        )
        names = tuple(typed[place] for place in stated)
        return Table(tuple(facets[column].title for column in shown), names, sentences)

    def _add(self, row: str) -> bool:
        """Quote what the library says of something compared that nothing quoted names; returns whether it does."""
        query = f"{row}: {self._asked.query}"
        hits = self._searcher.holding(row, k=_ROW_HITS)
        found = gather(self._generation, hits, aims=[(self._embedder.encode_query([query])[0], 1.0)])
        own = [one for one in found if self._is_of(one, row)]
        self._added += compose.choose(own, count=_OF_ROW, floor=-1.0, used=[*self._quoted, *self._added])
        return bool(own)

    def _meanings(self, rows: Sequence[str]) -> list[Sequence[Candidate]]:
        """For each option the sentences that say what it is, which are seldom near to what the question compares by."""
        texts = [f"What is {row}?" for row in rows]
        return [
            [one for one in self._of_row(*each) if compare.defines(one.evidence.quote, each[0])]
            for each in zip(rows, texts, self._embedder.encode_query(texts), strict=True)
        ]

    def _rows(self, asked_of: Sequence[str], vector: Vectors) -> tuple[Sequence[str], tuple[Facet, ...]]:
        if len(asked_of) > 1:
            return asked_of, compare.SYSTEM_FACETS
        if _COMPANIES.search(self._asked.query):
            hits = self._searcher.search_vector(self._asked.query, vector, k=2 * _ROW_HITS)
            best = hits[0].score if hits else 0.0
            near = [hit for hit in hits if hit.score >= _STILL_NEAR * best]
            owners = dict.fromkeys(name for hit in near for name in hit.document.organisations[:1])
            return organisations.named(" , ".join(owners), self._known)[:_MANY_ROWS], compare.SYSTEM_FACETS
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
        found = gather(self._generation, hits, aims=[(vector, 1.0)])
        return [one for one in found if one.evidence.relevance >= _ROW_FLOOR and self._is_of(one, row)]

    def _is_of(self, candidate: Candidate, row: str) -> bool:
        if row in self._known:
            return bool(organisations.about([candidate.evidence.hit], row)) and (
                row in organisations.named(" ".join(candidate.evidence.document.organisations), self._known)
                or row in organisations.named(candidate.evidence.quote, self._known)
            )
        return compare.is_about(candidate.evidence.quote, row)

    def _design(self, aim: str, vector: Vectors, hits: Sequence[Hit]) -> _Formed:
        """Head and steps, each told as it is made; so a step's own query is encoded when its turn comes."""
        with self._timed("search"):
            followed = blueprint.nearest(self._generation, self._searcher, self._asked.query, vector, aim=aim)
        self._note = _FOLLOWED.format(followed.document.title) if followed else self._none_complete(hits)
        with self._timed("compose"):
            head, used = self._head(hits, vector, followed)
        formed = _Formed((), head=head)
        for step, facet in zip(formula.STEPS, _facets(self._embedder), strict=True):
            section = self._step(aim, step, vector, facet=facet, used=used, followed=followed)
            formed = replace(formed, sections=(*formed.sections, section))
            self._tell(formed)
        return formed

    def _none_complete(self, hits: Sequence[Hit]) -> str:
        """That no design is followed, and the titles of the nearest, where one of its passages is among the best."""
        found = {hit.document.id: hit.document.title for hit in hits}
        designs = [title for id, title in found.items() if blueprint.is_complete(self._searcher.all_of(id))]
        return _NONE_COMPLETE.format(_NEAREST_DESIGNS.format(_listed(designs[:_NAMED])) if designs else "")

    def _head(
        self, hits: Sequence[Hit], vector: Vectors, followed: Blueprint | None
    ) -> tuple[tuple[AnswerSection, ...], list[Candidate]]:
        """What stands before a design's steps, and the sentences that it takes."""
        if followed:
            opening = gather(self._generation, followed.opening(), aims=[(vector, 1.0)])
            used = _in_order(opening)[:_HEAD_SENTENCES]
            near = gather(self._generation, followed.passages, aims=[(vector, 1.0)])
        else:
            near = self._of_no_design(gather(self._generation, hits, aims=[(vector, 1.0)]))
            near = self._of_the_matter(near, vector)
            used = compose.choose(near, count=_HEAD_SENTENCES, floor=facts.FLOOR)
        summary = AnswerSection("Summary", self._sentences(used))
        assumed = [one for one in near if _ASSUMPTION.search(one.evidence.quote)]
        chosen = _in_order(compose.choose(assumed, count=_HEAD_SENTENCES, floor=_STEP_FLOOR, used=used))
        used += chosen
        assumptions = AnswerSection("Assumptions", self._sentences(chosen))
        chosen = self._open_questions(followed, hits, vector)
        used += chosen
        questions = AnswerSection("Questions to ask first", self._sentences(chosen))
        return tuple(section for section in (summary, assumptions, questions) if section.sentences), used

    def _step(
        self,
        aim: str,
        step: formula.Step,
        vector: Vectors,
        *,
        facet: Vectors,
        used: list[Candidate],
        followed: Blueprint | None,
    ) -> AnswerSection:
        with self._timed("encode"):
            query = self._embedder.encode_query([f"{aim}: {step.facet}"])[0]
        with self._timed("search"):
            filters = Filters(steps=frozenset({step.number}))
            wanted = _STEP_HITS if followed else _DEEP_HITS
            found = self._searcher.search_vector(f"{aim} {step.facet}", query, k=wanted, filters=filters)
        with self._timed("compose"):
            aims = [(vector, 0.5), (query, 0.2), (facet, 0.3)]
            own = gather(self._generation, followed.on(step.number), aims=aims) if followed else []
            chosen = _in_order(compose.choose(own, count=_OWN_SENTENCES, floor=0.0, used=used, of_one=_OWN_SENTENCES))
            others = self._of_no_design(gather(self._generation, found, aims=aims))
            others = self._of_the_matter(others, vector)
            if chosen:
                best = max(one.evidence.relevance for one in chosen)
                others = [one for one in others if one.evidence.relevance >= best]
            chosen += compose.choose(
                others,
                count=_ADDED if chosen else _STEP_SENTENCES,
                floor=_STEP_FLOOR,
                used=[*used, *chosen],
            )
            used += chosen
            return AnswerSection(step.title, self._sentences(chosen), step.number)

    def _of_no_design(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The candidates that are not of a complete design: what holds of one system is wrong of another."""
        kept = {
            id: not blueprint.is_complete(self._searcher.all_of(id))
            for id in dict.fromkeys(one.evidence.document.id for one in candidates)
        }
        return [one for one in candidates if kept[one.evidence.document.id]]

    def _of_the_matter(self, candidates: Sequence[Candidate], vector: Vectors) -> list[Candidate]:
        """The candidates anew in order: a document about the very system is believed before one about another."""
        ids = dict.fromkeys(one.evidence.document.id for one in candidates)
        rows = np.array([self._generation.rows(id)[0] for id in ids], dtype=np.int64)
        scores = self._generation.context.scores(vector, rows).tolist() if len(rows) else []
        nearness: dict[str, float] = dict(zip(ids, scores, strict=True))
        best = max(nearness.values(), default=0.0)
        raised = [one.raised(_OWN_MATTER * (nearness[one.evidence.document.id] - best)) for one in candidates]
        aside = [one.raised(direct.aside(one.evidence.quote)) for one in raised]
        return sorted(aside, key=lambda one: -one.evidence.relevance)

    def _open_questions(self, followed: Blueprint | None, hits: Sequence[Hit], vector: Vectors) -> list[Candidate]:
        """What to ask before designing: what the formula says to settle first, then what the design raises.

        Where none is followed, what other near documents raise; designs of other systems ask beside the matter.
        """
        near = dict.fromkeys(hit.document.id for hit in hits[:3])
        plain = [id for id in near if not blueprint.is_complete(self._searcher.all_of(id))]
        return [
            *self._raised_in([_FORMULA], vector, count=_QUESTIONS - 1),
            *self._raised_in([followed.document.id] if followed else plain, vector, count=_QUESTIONS - 2),
        ]

    def _raised_in(self, documents: Sequence[str], vector: Vectors, *, count: int) -> list[Candidate]:
        sections = [
            hit
            for document in documents
            for hit in self._searcher.all_of(document)
            if any(_OPEN.search(heading) for heading in hit.chunk.headings)
        ]
        found = gather(self._generation, sections, aims=[(vector, 1.0)], quotable=_is_to_be_asked)
        chosen = compose.choose(found, count=count, floor=-1.0)
        return sorted(map(self._with_answer, chosen), key=lambda one: (one.evidence.document.id, one.evidence.start))

    def _with_answer(self, one: Candidate) -> Candidate:
        """A question that its document answers in the next breath, with that answer; others as they are."""
        chunk, evidence = one.evidence.hit.chunk, one.evidence
        after = [sentence for sentence in self._generation.sentences(chunk) if sentence.start >= evidence.end]
        if not evidence.quote.endswith("?") or not after:
            return one
        between = chunk.text[evidence.end - chunk.start : after[0].start - chunk.start]
        quote = chunk.text[evidence.start - chunk.start : after[0].end - chunk.start]
        if "\n" in between or not quote.endswith("."):
            return one
        return replace(one, evidence=replace(evidence, end=after[0].end, quote=quote))

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

    def _too_little(self, found: Sufficiency, hits: Sequence[Hit], asked_of: Sequence[str]) -> Declined:
        """Why there is no answer; whose system it is that was asked about under another name, with quotations."""
        if language.is_foreign(self._asked.text):
            return self._declined("The library is in English; ask in English, and it answers from its sources.", hits)
        if not asked_of or not found.rivals:
            return self._declined(_missing(found), hits)
        owners = organisations.named(
            " , ".join(name for hit in found.rivals[:_OWNERS] for name in hit.document.organisations), self._known
        )
        vector = self._embedder.encode_query([organisations.without(self._asked.query, asked_of)])[0]
        candidates = gather(self._generation, found.rivals[:_HITS], aims=[(vector, 1.0)])
        chosen = compose.choose(candidates, count=_CORRECTING, floor=_STEP_FLOOR)
        typed = [organisations.as_typed(self._asked.query, name) for name in asked_of]
        return self._declined(_of_others(found.foreign, owners, typed), found.rivals, self._sentences(chosen))

    def _not_borne_out(self, found: Sufficiency, hits: Sequence[Hit]) -> Declined:
        chosen = compose.choose(found.nearest, count=_CORRECTING, floor=_STEP_FLOOR)
        claimed = premise.claim(self._asked.query)
        return self._declined(_NOT_BORNE_OUT.format(claimed), hits, self._sentences(chosen))

    def _declined(self, reason: str, hits: Sequence[Hit], correction: tuple[Sentence, ...] = ()) -> Declined:
        titles = dict.fromkeys(hit.document.title for hit in hits)
        cited = {number for sentence in correction for number in sentence.citations}
        return Declined(
            question=self._asked,
            reason=reason,
            found=tuple(hits[:3]),
            nearest_topics=tuple(titles)[:_NEAREST],
            timings_ms=self._timings,
            correction=correction,
            citations=tuple(one for one in self._citations.issued() if one.number in cited),
        )

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        with Stage(stage, seconds=_STAGE_SECONDS) as timed:
            yield
        self._timings[stage] = round(self._timings.get(stage, 0.0) + timed.milliseconds, 2)


def _in_order(chosen: Iterable[Candidate]) -> list[Candidate]:
    """Sentences as their document has them, one after the other."""
    return sorted(chosen, key=lambda one: one.evidence.start)


def warm(embedder: Embedder) -> None:
    """Compute what is computed once a model, whatever is asked first."""
    _facets(embedder)
    sufficiency.elsewhere(embedder)


def _facets(embedder: Embedder) -> Vectors:
    """What each step is about, in its own words, whatever is designed; computed once a model."""
    if embedder.digest not in _FACETS:
        _FACETS[embedder.digest] = embedder.encode_query([step.facet for step in formula.STEPS])
    return _FACETS[embedder.digest]


def _is_to_be_asked(sentence: str) -> bool:
    return asks_alone(sentence) or ("question" in sentence and reads_alone(sentence))


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)


def _about_any(hits: Sequence[Hit], asked_of: Sequence[str]) -> list[Hit]:
    """The hits about the organisations that a question names; all of them where it names none."""
    if not asked_of:
        return list(hits)
    kept = {id(hit) for name in asked_of for hit in organisations.about(hits, name)}
    return [hit for hit in hits if id(hit) in kept]


def _of_others(names: Sequence[str], owners: Sequence[str], asked_of: Sequence[str]) -> str:
    """Whose it is instead, where one knows; names are quoted as they were typed."""
    if names and len(owners) == 1:
        return f"The library knows {_listed(names)} from {owners[0]} and has nothing on it from {_listed(asked_of)}."
    if names:
        return f"The library mentions {_listed(names)}, but never together with {_listed(asked_of)}."
    return (
        f"The library has nothing on this from {_listed(asked_of)}; its nearest passages are about {_listed(owners)}."
    )


def _missing(found: Sufficiency) -> str:
    if found.missing:
        return (
            f"The library has nothing that answers this; its nearest passages never mention {_listed(found.missing)}."
        )
    return "The library has nothing close enough to this to answer it with a quotation."


def _listed(terms: Sequence[str]) -> str:
    return ", ".join(f"“{term}”" for term in terms[:4])
