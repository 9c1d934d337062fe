"""The design of a system along the nine steps, each with a retrieval and evidence of its own.

Where the library holds a complete design of it (`blueprint`), the steps follow that one; else they are put together
from what stands elsewhere.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from assistant import blueprint, compose, direct, formula
from assistant.blueprint import Blueprint
from assistant.desk import Desk, Formed
from assistant.evidence import Candidate, asks_alone, gather, reads_alone
from assistant.types import AnswerSection
from index.types import Embedder, Filters, Hit, Vectors

_STEP_HITS = 8
_DEEP_HITS = 24  # a step where no design is followed: what is of other designs falls away
_STEP_SENTENCES = 3
_OWN_SENTENCES = 5  # of a design that is followed, a step
_ADDED = 1  # sentences of other documents beside them
_OWN_MATTER = 0.6  # weight of how near a sentence's document is to what is designed
_FORMULA = "formula-problem-formulation"
_HEAD_SENTENCES = 2
_HEAD_FLOOR = 0.35
_QUESTIONS = 4
_STEP_FLOOR = 0.30
_NAMED = 3  # designs

_ASSUMPTION = re.compile(r"^Assum(?:e|ing)\b|\bassum(?:es|ed|ption)\b")
_FOLLOWED = "The steps follow “{}”, the library’s nearest complete design."
_NONE_COMPLETE = (
    "The library holds no complete design of this; the steps are put together from what stands elsewhere{}."
)
_NEAREST_DESIGNS = ", nearest to it in {}"
_OPEN = re.compile(r"reviewer asks|clarifying|open questions|questions to ask", re.IGNORECASE)

_FACETS: dict[str, Vectors] = {}  # by the model's digest

Sections = tuple[AnswerSection, ...]


class Designer:
    """Designs what one question asks for.

    Args:
        desk: Of the answer.
        aim: What is to be designed, without the words of asking.
        vector: Of the question.
    """

    def __init__(self, desk: Desk, *, aim: str, vector: Vectors) -> None:
        self._desk = desk
        self._aim = aim
        self._vector = vector

    def design(self, hits: Sequence[Hit]) -> Formed:
        """Head and steps, each told as it is made; so a step's own query is encoded when its turn comes."""
        with self._desk.timed("search"):
            desk, query = self._desk, self._desk.asked.query
            followed = blueprint.nearest(desk.generation, desk.searcher, query, self._vector, aim=self._aim)
        self._desk.note = _FOLLOWED.format(followed.document.title) if followed else self._none_complete(hits)
        with self._desk.timed("compose"):
            head, used = self._head(hits, followed)
        formed = Formed((), head=head)
        for step, facet in zip(formula.STEPS, _facets(self._desk.embedder), strict=True):
            section = self._step(step, facet=facet, used=used, followed=followed)
            formed = replace(formed, sections=(*formed.sections, section))
            self._desk.tell(formed)
        return formed

    def _none_complete(self, hits: Sequence[Hit]) -> str:
        """That no design is followed, and the titles of the nearest, where one of its passages is among the best."""
        found = {hit.document.id: hit.document.title for hit in hits}
        designs = [title for id, title in found.items() if blueprint.is_complete(self._desk.searcher.all_of(id))]
        return _NONE_COMPLETE.format(_NEAREST_DESIGNS.format(_listed(designs[:_NAMED])) if designs else "")

    def _head(self, hits: Sequence[Hit], followed: Blueprint | None) -> tuple[Sections, list[Candidate]]:
        """What stands before a design's steps, and the sentences that it takes."""
        if followed:
            opening = gather(self._desk.generation, followed.opening(), aims=[(self._vector, 1.0)])
            used = _in_order(opening)[:_HEAD_SENTENCES]
            near = gather(self._desk.generation, followed.passages, aims=[(self._vector, 1.0)])
        else:
            near = self._of_no_design(gather(self._desk.generation, hits, aims=[(self._vector, 1.0)]))
            near = self._of_the_matter(near)
            used = compose.choose(near, count=_HEAD_SENTENCES, floor=_HEAD_FLOOR)
        summary = AnswerSection("Summary", self._desk.sentences(used))
        assumed = [one for one in near if _ASSUMPTION.search(one.evidence.quote)]
        chosen = _in_order(compose.choose(assumed, count=_HEAD_SENTENCES, floor=_STEP_FLOOR, used=used))
        used += chosen
        assumptions = AnswerSection("Assumptions", self._desk.sentences(chosen))
        chosen = self._open_questions(followed, hits)
        used += chosen
        questions = AnswerSection("Questions to ask first", self._desk.sentences(chosen))
        return tuple(section for section in (summary, assumptions, questions) if section.sentences), used

    def _step(
        self, step: formula.Step, *, facet: Vectors, used: list[Candidate], followed: Blueprint | None
    ) -> AnswerSection:
        with self._desk.timed("encode"):
            query = self._desk.embedder.encode_query([f"{self._aim}: {step.facet}"])[0]
        with self._desk.timed("search"):
            filters = Filters(steps=frozenset({step.number}))
            wanted = _STEP_HITS if followed else _DEEP_HITS
            found = self._desk.searcher.search_vector(f"{self._aim} {step.facet}", query, k=wanted, filters=filters)
        with self._desk.timed("compose"):
            aims = [(self._vector, 0.5), (query, 0.2), (facet, 0.3)]
            own = gather(self._desk.generation, followed.on(step.number), aims=aims) if followed else []
            chosen = _in_order(compose.choose(own, count=_OWN_SENTENCES, floor=0.0, used=used, of_one=_OWN_SENTENCES))
            others = self._of_no_design(gather(self._desk.generation, found, aims=aims))
            others = self._of_the_matter(others)
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
            return AnswerSection(step.title, self._desk.sentences(chosen), step.number)

    def _of_no_design(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The candidates that are not of a complete design: what holds of one system is wrong of another."""
        kept = {
            id: not blueprint.is_complete(self._desk.searcher.all_of(id))
            for id in dict.fromkeys(one.evidence.document.id for one in candidates)
        }
        return [one for one in candidates if kept[one.evidence.document.id]]

    def _of_the_matter(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The candidates anew in order: a document about the very system is believed before one about another."""
        ids = dict.fromkeys(one.evidence.document.id for one in candidates)
        rows = np.array([self._desk.generation.rows(id)[0] for id in ids], dtype=np.int64)
        scores = self._desk.generation.context.scores(self._vector, rows).tolist() if len(rows) else []
        nearness: dict[str, float] = dict(zip(ids, scores, strict=True))
        best = max(nearness.values(), default=0.0)
        raised = [one.raised(_OWN_MATTER * (nearness[one.evidence.document.id] - best)) for one in candidates]
        aside = [one.raised(direct.aside(one.evidence.quote)) for one in raised]
        return sorted(aside, key=lambda one: -one.evidence.relevance)

    def _open_questions(self, followed: Blueprint | None, hits: Sequence[Hit]) -> list[Candidate]:
        """What to ask before designing: what the formula says to settle first, then what the design raises.

        Where none is followed, what other near documents raise; designs of other systems ask beside the matter.
        """
        near = dict.fromkeys(hit.document.id for hit in hits[:3])
        plain = [id for id in near if not blueprint.is_complete(self._desk.searcher.all_of(id))]
        return [
            *self._raised_in([_FORMULA], count=_QUESTIONS - 1),
            *self._raised_in([followed.document.id] if followed else plain, count=_QUESTIONS - 2),
        ]

    def _raised_in(self, documents: Sequence[str], *, count: int) -> list[Candidate]:
        sections = [
            hit
            for document in documents
            for hit in self._desk.searcher.all_of(document)
            if any(_OPEN.search(heading) for heading in hit.chunk.headings)
        ]
        found = gather(self._desk.generation, sections, aims=[(self._vector, 1.0)], quotable=_is_to_be_asked)
        chosen = compose.choose(found, count=count, floor=-1.0)
        return sorted(map(self._with_answer, chosen), key=lambda one: (one.evidence.document.id, one.evidence.start))

    def _with_answer(self, one: Candidate) -> Candidate:
        """A question that its document answers in the next breath, with that answer; others as they are."""
        chunk, evidence = one.evidence.hit.chunk, one.evidence
        after = [sentence for sentence in self._desk.generation.sentences(chunk) if sentence.start >= evidence.end]
        if not evidence.quote.endswith("?") or not after:
            return one
        between = chunk.text[evidence.end - chunk.start : after[0].start - chunk.start]
        quote = chunk.text[evidence.start - chunk.start : after[0].end - chunk.start]
        if "\n" in between or not quote.endswith("."):
            return one
        return replace(one, evidence=replace(evidence, end=after[0].end, quote=quote))


def warm(embedder: Embedder) -> None:
    """Compute what is computed once a model, whatever is asked first."""
    _facets(embedder)


def _facets(embedder: Embedder) -> Vectors:
    """What each step is about, in its own words, whatever is designed; computed once a model."""
    if embedder.digest not in _FACETS:
        _FACETS[embedder.digest] = embedder.encode_query([step.facet for step in formula.STEPS])
    return _FACETS[embedder.digest]


def _in_order(chosen: Iterable[Candidate]) -> list[Candidate]:
    """Sentences as their document has them, one after the other."""
    return sorted(chosen, key=lambda one: one.evidence.start)


def _is_to_be_asked(sentence: str) -> bool:
    return asks_alone(sentence) or ("question" in sentence and reads_alone(sentence))


def _listed(titles: Sequence[str]) -> str:
    return ", ".join(f"“{title}”" for title in titles)
