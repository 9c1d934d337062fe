"""Answering one question: search, judge whether that is enough, gather sentences, choose, cite, verify.

Three forms: sentences for a fact, beside them a table for a comparison (`comparisons`), and for a design the nine steps
(`designs`).
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from assistant import (
    blueprint,
    comparisons,
    compose,
    designs,
    directions,
    facts,
    language,
    organisations,
    premise,
    question,
    reading,
    relevance,
    sides,
    sufficiency,
    tables,
    telling,
)
from assistant.comparisons import Comparer
from assistant.designs import Designer
from assistant.desk import Desk, Formed, since
from assistant.entail import Entailment
from assistant.evidence import Candidate, gather
from assistant.sufficiency import Sufficiency
from assistant.types import Answer, AnswerSection, Declined, Question, QuestionKind, Sentence, Table
from assistant.weigh import Weighing
from assistant.writer import Writer
from index.engine import Generation
from index.types import Embedder, Hit, Vectors

_HITS = 12
_DEEP = 40
_OPENING = 3  # sentences that open a comparison which no sentence decides
_CORRECTING_FLOOR = 0.30
_NEAREST = 4
_CORRECTING = 2
_OWNERS = 3

_REFUTED = "The library denies what the question takes for granted; the quotation says how."
_NOT_BORNE_OUT = (
    "The library does not bear out what the question takes for granted (“{}”); the nearest that it says is quoted."
)
_DOUBTFUL = "The library may not bear out what the question takes for granted (“{}”): hold it against the quotations."
_NOT_NAMED = "The library does not name {}; this is on the rest."


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
        asked = replace(asked, query=telling.well_spelt(asked.query, embedder, generation.lexical))
        self._desk = Desk(generation, embedder, asked)
        self._searcher, self._generation, self._known = self._desk.searcher, generation, self._desk.known
        self._judge = sufficiency.Judge(
            generation, embedder, self._searcher, self._known, reader=reading.default(), entailment=entailment
        )
        self._ask(asked)

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
        vector, hits, found = self._found()
        if not found.is_enough and (known := self._of_what_is_known(found)):
            vector, hits, found = known
        if self._compares_the_unknown():
            found = replace(found, is_enough=False)
        asked_of = organisations.named(self._asked.query, self._known)
        kept = _about_any(hits, asked_of)[:_HITS]
        if found.refuting and self._asked.kind is not QuestionKind.DESIGN:
            return self._declined(_REFUTED, hits, self._desk.sentences(found.refuting))
        is_designed = self._asked.kind is QuestionKind.DESIGN and not found.is_enough and self._followed(vector)
        if (not found.is_enough and not is_designed) or (asked_of and not kept):
            return self._too_little(found, kept or hits, asked_of)
        if not found.is_borne_out and self._asked.kind is not QuestionKind.DESIGN:
            return self._not_borne_out(found, kept)
        if found.is_doubtful and self._asked.kind is not QuestionKind.DESIGN:
            self._desk.add_note(_DOUBTFUL.format(premise.claim(self._asked.query)))
        formed = self._formed(vector, kept, asked_of)
        if not formed.says_something:
            return self._declined("The library has passages near this, but no sentence that answers it.", hits)
        also = self._desk.uncited(kept)
        return replace(self._desk.answer(formed), also_retrieved=also, timings_ms=self._desk.timings)

    def _found(self) -> tuple[Vectors, list[Hit], Sufficiency]:
        """The question's vector, its hits, and whether they are enough."""
        with self._desk.timed("encode"):
            vector = self._embedder.encode_query([self._asked.query])[0]
        with self._desk.timed("search"):
            hits = self._searcher.search_vector(self._asked.query, vector, k=_DEEP)
            return vector, hits, self._judge.judge(self._asked, hits[:_HITS], vector)

    def _followed(self, vector: Vectors) -> bool:
        """Whether the library holds a complete design of what is asked for, in whatever words."""
        aim = question.subject(self._asked)
        found = blueprint.nearest(self._generation, self._searcher, self._asked.query, vector, aim=aim)
        return found is not None and found.is_likely

    def _of_what_is_known(self, found: Sufficiency) -> tuple[Vectors, list[Hit], Sufficiency] | None:
        """The same for a comparison without the names that the library does not hold; None where that is no answer."""
        before = self._asked
        unknown = [word for word in found.missing if not self._generation.lexical.holds(word.lower())]
        options = sides.sides(before.query, self._generation.lexical)
        if before.kind is not QuestionKind.COMPARISON or not unknown or not sides.are_left(options, without=unknown):
            return None
        self._ask(replace(before, query=sides.without(before.query, unknown)))
        known = self._found()
        if not known[-1].is_enough:
            self._ask(before)
            return None
        self._desk.add_note(_NOT_NAMED.format(_listed(unknown)))
        return known

    def _compares_the_unknown(self) -> bool:
        """Whether each option of a comparison has a name that no text of the library holds."""
        if self._asked.kind is not QuestionKind.COMPARISON:
            return False
        options = sides.sides(self._asked.query, self._generation.lexical)
        return bool(options) and all(side.unknown for side in options)

    def _ask(self, asked: Question) -> None:
        self._asked = self._desk.asked = asked
        self._facts = facts.Facts(
            self._generation, self._embedder, self._searcher, self._judge, known=self._known, asked=asked
        )

    def _formed(self, vector: Vectors, hits: Sequence[Hit], asked_of: Sequence[str]) -> Formed:
        aim = question.subject(self._asked)
        if self._asked.kind is QuestionKind.DESIGN:
            return Designer(self._desk, aim=aim, vector=vector).design(hits)
        if formed := self._weighed(vector, hits, asked_of):
            return formed
        sections = self._told_of_each(asked_of, aim) or self._fact(hits, vector, asked_of)
        self._desk.tell(Formed(sections))
        table = Comparer(self._desk, quoted=self._quoted).table(aim, vector, asked_of)
        return Formed(sections, table=table or self._laid(hits))

    def _told_of_each(self, asked_of: Sequence[str], aim: str) -> tuple[AnswerSection, ...]:
        """What each of the compared companies did; empty where a model words the answer, or one has no case."""
        if self._asked.kind is not QuestionKind.COMPARISON or len(asked_of) < 2 or self._writer is not None:
            return ()
        with self._desk.timed("compose"):
            each = comparisons.accounts_of(self._desk, asked_of, aim)
        self._quoted = [one for _, told in each for one in told]
        return tuple(AnswerSection(name, self._desk.sentences(told)) for name, told in each)

    def _laid(self, hits: Sequence[Hit]) -> Table | None:
        """The library's table on what is asked, in a quoted passage or a near one of a quoted document.

        Where things are compared, the fullest in the document that half of the quotations are from.
        """
        quoted = [one.evidence.hit for one in self._quoted]
        near = [hit for hit in hits if any(_is_beside(hit, one, best=hits[0]) for one in quoted)]
        told, document = self._desk.telling(self._asked.query), self._generation.document
        found = tables.on_matter(
            list({hit.chunk.id: hit for hit in (*quoted, *near)}.values()),
            told,
            least=tables.least(self._asked.query),
            document=document,
        )
        if not found and quoted and self._asked.kind is QuestionKind.COMPARISON:
            most, count = Counter(hit.document.id for hit in quoted).most_common(1)[0]
            found = (
                tables.fullest(self._searcher.all_of(most), told, document=document)
                if 2 * count >= len(quoted)
                else None
            )
        return self._desk.quoted(found) if found else None

    def _weighed(self, vector: Vectors, hits: Sequence[Hit], asked_of: Sequence[str]) -> Formed | None:
        """The options of a question set against each other; None where it asks of companies, or weighs nothing."""
        options = sides.sides(self._asked.query, self._generation.lexical)
        if self._asked.kind is not QuestionKind.COMPARISON or len(asked_of) > 1 or len(options) < 2:
            return None
        weighing = Weighing(self._desk)

        def otherwise() -> Sequence[Candidate]:
            return self._facts.found(hits, vector, (), of_row=partial(comparisons.of_row, self._desk)).kept[:_OPENING]

        if not (compared := weighing.compared(vector, hits, options, otherwise=otherwise)):
            return None
        worded = self._worded(compared.sentences)
        sections = [AnswerSection("Answer", worded or self._desk.sentences(compared.lead))]
        if not worded:
            sections += [AnswerSection(name, self._desk.sentences(own)) for name, own in compared.each]
        self._desk.tell(Formed(tuple(sections)))
        self._quoted = list(compared.lead)
        return Formed(tuple(sections), table=self._desk.quoted(compared.laid) if compared.laid else self._laid(hits))

    def _fact(self, hits: Sequence[Hit], vector: Vectors, asked_of: Sequence[str]) -> tuple[AnswerSection, ...]:
        with self._desk.timed("compose"):
            found = self._facts.found(hits, vector, asked_of, of_row=partial(comparisons.of_row, self._desk))
        self._desk.add_note(found.note)
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
    reading.default().logits("what is warmed", ["Nobody waits for what is compiled once."])
    directions.elsewhere(embedder)


def _about_any(hits: Sequence[Hit], asked_of: Sequence[str]) -> list[Hit]:
    """The hits about the organisations that a question names; all of them where it names none."""
    if not asked_of:
        return list(hits)
    kept = {id(hit) for name in asked_of for hit in organisations.about(hits, name)}
    return [hit for hit in hits if id(hit) in kept]


def _is_beside(hit: Hit, quoted: Hit, *, best: Hit) -> bool:
    """Whether a passage of the same document is near the best."""
    return hit.document.id == quoted.document.id and hit.score >= facts.NEAR_THE_BEST * best.score


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
