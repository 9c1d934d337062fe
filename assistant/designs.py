"""The design of a system along the nine steps, each with evidence of its own.

Where the library holds a complete design of it, or of a system near to it (`blueprint`), the steps follow that one, in
its order; else they are put together from what few documents say on the matter, and from what holds of a step in any
system (`matter`). A step says what decides, so that a design is read to its end: the problem with its numbers, the
funnel, the model with the alternatives, the service and what fails.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from assistant import blueprint, compose, formula, matter, tables
from assistant.blueprint import Blueprint
from assistant.desk import Desk, Formed
from assistant.evidence import Candidate, asks_alone, gather, reads_alone
from assistant.matter import Matter
from assistant.types import AnswerSection, Table
from index.types import Embedder, Hit, Vectors

# Sentences of a design that is followed, a step: most where reviewers dwell, 900 words at most in all; 1,200 at most of
# the very system that is asked for, where blind readers missed what was left out and not what stood there.
_OWN: Mapping[int, int] = {1: 3, 2: 2, 3: 4, 4: 2, 5: 2, 6: 3, 7: 3, 8: 2, 9: 2}
_OWN_SURE: Mapping[int, int] = {1: 4, 2: 3, 3: 4, 4: 4, 5: 3, 6: 5, 7: 4, 8: 2, 9: 3}
_FAILURES = 1  # beside them, in the last step
_ON_MATTER = 3  # a step, where no design is followed
_SUMMARY = 5  # the same, at the head
_BESIDE = 3  # at the head beside a design that may be of another system
_FORMULA = "formula-problem-formulation"
_HEAD_SENTENCES = 2
_QUESTIONS = 3
_NAMED = 3  # designs
_LOOKED_AT = 40  # passages among which they are looked for

_ASSUMPTION = re.compile(r"^Assum(?:e|ing)\b")
_FOLLOWED = "The steps follow “{}”, the library’s nearest complete design."
_FOLLOWED_NEAR = (
    "The steps follow “{}”, the library’s nearest complete design. If yours is another system, the library holds no"
    " complete design of this: check what differs."
)
_FOLLOWED_ALIKE = (
    "The library holds no complete design of this; the steps follow “{}”, its nearest, as a pattern: the parts carry"
    " over where the task is alike, the figures do not."
)
_NONE_COMPLETE = (
    "The library holds no complete design of this; the steps are put together from what stands elsewhere{}."
)
_NEAREST_DESIGNS = ", nearest to it in {}"
_ON_ITSELF = "On this very system"
_OPEN = re.compile(r"reviewer asks|clarifying|open questions|questions to ask", re.IGNORECASE)
_FAILING = re.compile(r"\bfail", re.IGNORECASE)
_WHEN = re.compile(r"\bwhen\b", re.IGNORECASE)

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
        """Head and steps, each told as it is made."""
        with self._desk.timed("search"):
            desk, query = self._desk, self._desk.asked.query
            followed = blueprint.nearest(desk.generation, desk.searcher, query, self._vector, aim=self._aim)
            on_it = None if followed and followed.is_sure else self._matter(hits)
            if followed and on_it and on_it.is_better_than(followed):
                followed = None
        self._desk.note = self._told_of(followed, hits)
        with self._desk.timed("compose"):
            head, used = self._head(hits, followed, on_it)
        formed = Formed((), head=head)
        for step, facet in zip(formula.STEPS, self._facets, strict=True):
            with self._desk.timed("compose"):
                section = self._step(step, facet=facet, used=used, followed=followed, on_it=on_it)
            formed = replace(formed, sections=(*formed.sections, section))
            self._desk.tell(formed)
        weighed = followed.passages if followed else on_it.passages if on_it and on_it.is_at_home else ()
        return replace(formed, table=self._alternatives(weighed)) if formed.says_something else formed

    @property
    def _facets(self) -> Vectors:
        return _facets(self._desk.embedder)

    def _matter(self, hits: Sequence[Hit]) -> Matter:
        """What is said on the system by documents that are no designs, found without the words of asking."""
        vector = self._desk.embedder.encode_query([self._aim])[0]
        found = self._desk.searcher.search_vector(self._aim, vector, k=len(hits))
        return Matter(self._desk, vector, found, facets=self._facets)

    def _told_of(self, followed: Blueprint | None, hits: Sequence[Hit]) -> str:
        """Which design is followed; where none is, the titles of the nearest, where one is among the best passages."""
        if followed:
            note = _FOLLOWED if followed.is_sure else _FOLLOWED_NEAR if followed.is_near else _FOLLOWED_ALIKE
            return note.format(followed.document.title)
        near = self._desk.searcher.search_vector(self._aim, self._vector, k=_LOOKED_AT)
        found = {hit.document.id: hit.document.title for hit in (*hits, *near)}
        complete = (title for id, title in found.items() if blueprint.is_complete(self._desk.searcher.all_of(id)))
        designs = list(islice(complete, _NAMED))
        return _NONE_COMPLETE.format(_NEAREST_DESIGNS.format(_listed(designs)) if designs else "")

    def _head(
        self, hits: Sequence[Hit], followed: Blueprint | None, on_it: Matter | None
    ) -> tuple[Sections, list[Candidate]]:
        """What stands before a design's steps, and the sentences that it takes."""
        opening = _in_order(self._of(followed.opening()))[:_HEAD_SENTENCES] if followed else []
        said = on_it.telling(count=_BESIDE if followed else _SUMMARY) if on_it else []
        if followed and on_it:  # beside a design only what holds in general
            said = [one for one in said if on_it.is_at_home and not one.evidence.document.organisations]
        assumed = self._assumed(followed, used=opening) if followed else []
        asked = self._open_questions(followed, hits)
        parts = (
            ("Summary", opening or said),
            (_ON_ITSELF, said if opening else []),
            ("Assumptions", assumed),
            ("Questions to ask first", asked),
        )
        sections = tuple(AnswerSection(title, self._desk.sentences(chosen)) for title, chosen in parts if chosen)
        return sections, [*opening, *said, *assumed, *asked]

    def _assumed(self, followed: Blueprint, *, used: Sequence[Candidate]) -> list[Candidate]:
        """The first of what a design assumes, in its order: its later figures rest on them."""
        found = _in_order(self._of(followed.passages))
        assumed = [one for one in found if _ASSUMPTION.search(one.evidence.quote) and not compose.is_said(one, used)]
        return assumed[:_HEAD_SENTENCES]

    def _step(
        self,
        step: formula.Step,
        *,
        facet: Vectors,
        used: list[Candidate],
        followed: Blueprint | None,
        on_it: Matter | None,
    ) -> AnswerSection:
        chosen: list[Candidate] = []
        if followed:
            aims = [(self._vector, 0.5), (facet, 0.5)]
            own = matter.by_worth(gather(self._desk.generation, followed.on(step.number), aims=aims), step)
            count = (_OWN_SURE if followed.is_sure else _OWN)[step.number]
            chosen = _in_order(compose.choose(own, count=count, floor=0.0, used=used, of_one=count))
        elif on_it:
            chosen = on_it.on(step.number, count=_ON_MATTER, used=used)
        if not chosen:
            chosen = matter.rule(self._desk, step, [(self._vector, 0.8), (facet, 0.2)], used=used)
        if followed and step.number == len(formula.STEPS):
            chosen += self._failures(followed, used=[*used, *chosen])
        used += chosen
        return AnswerSection(step.title, self._desk.sentences(chosen), step.number)

    def _failures(self, followed: Blueprint, *, used: Sequence[Candidate]) -> list[Candidate]:
        """What a design says that goes wrong."""
        about = [hit for hit in followed.passages if any(_FAILING.search(one) for one in hit.chunk.headings)]
        return compose.choose(self._of(about), count=_FAILURES, floor=-1.0, used=used)

    def _alternatives(self, passages: Sequence[Hit]) -> Table | None:
        """The first table of a design, or of what is on the matter, that says when each of several choices wins."""
        document = self._desk.generation.document
        found = (tables.whole([hit], document=document) for hit in passages)
        weighed = (one for one in found if one and any(_WHEN.search(title) for title in one.columns))
        first = next(weighed, None)
        return self._desk.quoted(first) if first else None

    def _of(self, passages: Iterable[Hit]) -> list[Candidate]:
        return gather(self._desk.generation, passages, aims=[(self._vector, 1.0)])

    def _open_questions(self, followed: Blueprint | None, hits: Sequence[Hit]) -> list[Candidate]:
        """What to ask before designing: what the formula says to settle first, then what the design raises.

        Where none is followed, what other near documents raise; designs of other systems ask beside the matter.
        """
        near = dict.fromkeys(hit.document.id for hit in hits[:3])
        plain = [id for id in near if not blueprint.is_complete(self._desk.searcher.all_of(id))]
        raised = self._raised_in([followed.document.id] if followed else plain, count=_QUESTIONS - 1)
        return [*self._raised_in([_FORMULA], count=1 if raised else _QUESTIONS - 1), *raised]

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
    return asks_alone(sentence) or ("clarifying questions" in sentence and reads_alone(sentence))


def _listed(titles: Sequence[str]) -> str:
    return ", ".join(f"“{title}”" for title in titles)
