"""Answering one question: search, judge whether that is enough, gather sentences, choose, cite, verify.

Three forms: sentences for a fact, beside them a table for a comparison (`comparisons`), and for a design the nine steps
(`designs`).
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from assistant import (
    comparisons,
    compose,
    designs,
    facts,
    language,
    organisations,
    premise,
    question,
    relevance,
    sufficiency,
)
from assistant.comparisons import Comparer
from assistant.designs import Designer
from assistant.desk import Desk, Formed, since
from assistant.entail import Entailment
from assistant.evidence import Candidate, gather
from assistant.sufficiency import Sufficiency
from assistant.types import Answer, AnswerSection, Declined, Question, QuestionKind, Sentence
from assistant.writer import Writer
from index.engine import Generation
from index.types import Embedder, Hit, Vectors

_HITS = 12
_DEEP = 40
_CORRECTING_FLOOR = 0.30
_NEAREST = 4
_CORRECTING = 2
_OWNERS = 3

_REFUTED = "The library denies what the question takes for granted; the quotation says how."
_NOT_BORNE_OUT = (
    "The library does not bear out what the question takes for granted (“{}”); the nearest that it says is quoted."
)


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
        self._quoted: list[Candidate] = []  # above the table of a comparison
        self._embedder = embedder
        self._asked = replace(asked, query=sufficiency.well_spelt(asked.query, embedder, generation.lexical))
        self._desk = Desk(generation, embedder, self._asked)
        self._searcher, self._generation, self._known = self._desk.searcher, generation, self._desk.known
        self._judge = sufficiency.Judge(generation, embedder, self._searcher, self._known, entailment)
        self._facts = facts.Facts(
            generation, embedder, self._searcher, self._judge, known=self._known, asked=self._asked
        )

    def run(self) -> Answer | Declined:
        """Answer, or decline."""
        started = time.perf_counter()
        result = self._decide()
        self._desk.timings["total"] = since(started)
        return result

    def judged(self) -> Sufficiency:
        """What is seen of the question, of what is found for it and of its premise."""
        vector = self._embedder.encode_query([self._asked.query])[0]
        hits = self._searcher.search_vector(self._asked.query, vector, k=_DEEP)
        return self._judge.judge(self._asked, hits[:_HITS], vector)

    def weighed(self) -> tuple[list[Candidate], list[relevance.Signs]]:
        """The sentences that could answer a question of fact, and what is seen of each."""
        vector = self._embedder.encode_query([self._asked.query])[0]
        hits = self._searcher.search_vector(self._asked.query, vector, k=_DEEP)
        kept = _about_any(hits, organisations.named(self._asked.query, self._known))[:_HITS]
        pool = self._facts.pool(kept, vector)
        return pool, relevance.signs(pool, self._facts.weighed_for(self._asked.query, vector))

    def _decide(self) -> Answer | Declined:
        if self._asked.kind is QuestionKind.SMALL_TALK:
            return self._declined(
                "Ask me about designing a machine-learning system, and I answer from the library.", ()
            )
        with self._desk.timed("encode"):
            vector = self._embedder.encode_query([self._asked.query])[0]
        with self._desk.timed("search"):
            hits = self._searcher.search_vector(self._asked.query, vector, k=_DEEP)
            found = self._judge.judge(self._asked, hits[:_HITS], vector)
        asked_of = organisations.named(self._asked.query, self._known)
        kept = _about_any(hits, asked_of)[:_HITS]
        if found.refuting and self._asked.kind is not QuestionKind.DESIGN:
            return self._declined(_REFUTED, hits, self._desk.sentences(found.refuting))
        if not found.is_enough or (asked_of and not kept):
            return self._too_little(found, kept or hits, asked_of)
        if not found.is_borne_out and self._asked.kind is not QuestionKind.DESIGN:
            return self._not_borne_out(found, kept)
        formed = self._formed(vector, kept, asked_of)
        if not formed.says_something:
            return self._declined("The library has passages near this, but no sentence that answers it.", hits)
        also = self._desk.uncited(kept)
        return replace(self._desk.answer(formed), also_retrieved=also, timings_ms=self._desk.timings)

    def _formed(self, vector: Vectors, hits: Sequence[Hit], asked_of: Sequence[str]) -> Formed:
        aim = question.subject(self._asked)
        if self._asked.kind is QuestionKind.DESIGN:
            return Designer(self._desk, aim=aim, vector=vector).design(hits)
        sections = self._fact(hits, vector, asked_of)
        self._desk.tell(Formed(sections))
        comparer = Comparer(self._desk, quoted=self._quoted)
        table = comparer.table(aim, vector, asked_of)
        if comparer.added:
            more = (*sections[-1].sentences, *self._desk.sentences(comparer.added))
            sections = (*sections[:-1], replace(sections[-1], sentences=more))
        return Formed(sections, table=table)

    def _fact(self, hits: Sequence[Hit], vector: Vectors, asked_of: Sequence[str]) -> tuple[AnswerSection, ...]:
        with self._desk.timed("compose"):
            found = self._facts.found(hits, vector, asked_of, of_row=partial(comparisons.of_row, self._desk))
        self._desk.note = found.note
        worded = self._worded(found.near)
        self._quoted = [] if worded else list(found.kept)
        return (AnswerSection("Answer", worded or self._desk.sentences(found.kept)),)

    def _worded(self, chosen: Sequence[Candidate]) -> tuple[Sentence, ...]:
        """The evidence in a language model's words; empty where there is no model, or nothing of it that holds."""
        if self._writer is None:
            return ()
        started = time.perf_counter()
        draft = self._writer.write(self._asked.query, chosen)
        self._desk.timings["generate"] = since(started)
        self._desk.add_note(draft.note)
        return tuple(
            Sentence(text, tuple(self._desk.citations.number(chosen[place].evidence) for place in places), verdict)
            for text, places, verdict in draft.sentences
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
        chosen = compose.choose(candidates, count=_CORRECTING, floor=_CORRECTING_FLOOR)
        typed = [organisations.as_typed(self._asked.query, name) for name in asked_of]
        return self._declined(_of_others(found.foreign, owners, typed), found.rivals, self._desk.sentences(chosen))

    def _not_borne_out(self, found: Sufficiency, hits: Sequence[Hit]) -> Declined:
        chosen = compose.choose(found.nearest, count=_CORRECTING, floor=_CORRECTING_FLOOR)
        claimed = premise.claim(self._asked.query)
        return self._declined(_NOT_BORNE_OUT.format(claimed), hits, self._desk.sentences(chosen))

    def _declined(self, reason: str, hits: Sequence[Hit], correction: tuple[Sentence, ...] = ()) -> Declined:
        titles = dict.fromkeys(hit.document.title for hit in hits)
        cited = {number for sentence in correction for number in sentence.citations}
        return Declined(
            question=self._asked,
            reason=reason,
            found=tuple(hits[:3]),
            nearest_topics=tuple(titles)[:_NEAREST],
            timings_ms=self._desk.timings,
            correction=correction,
            citations=tuple(one for one in self._desk.citations.issued() if one.number in cited),
        )


def warm(embedder: Embedder) -> None:
    """Compute what is computed once a model, whatever is asked first."""
    designs.warm(embedder)
    sufficiency.elsewhere(embedder)


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
