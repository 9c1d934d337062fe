"""The sentences that answer a question of fact, best first; for a comparison, those that stand above its table.

A question that names several organisations is answered for each of them, one that joins two questions for each of the
two. Everything here is quoted; nothing is worded.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from assistant import (
    accounts,
    compare,
    compose,
    direct,
    organisations,
    premise,
    question,
    relevance,
    sides,
    sufficiency,
    telling,
)
from assistant.evidence import Candidate, gather
from assistant.types import Question, QuestionKind
from index import lexical
from index.engine import Generation
from index.search import HybridSearcher
from index.types import Embedder, Hit, Vectors

FLOOR = 0.35  # relevance below which nothing is quoted
NEAR_THE_BEST = 0.8  # share of the best passage's score from which a passage fills an answer up

# How much farther the nearest question of a sentence that fills an answer up may be than those of the answer. Of 447
# golden questions of fact the mean grade of a sentence is 1.25 instead of 1.17, and as many quote what decides.
_OTHER_QUESTIONS = 0.25
_HITS = 12
_DEEP = 40  # passages among which those about an organisation are looked for
_SENTENCES = 6
_ABOVE_A_TABLE = 4  # of a comparison
_PART_SENTENCES = 3
_SHARED = 0.2  # of the weight of a question's telling words that each sentence after the first must hold
# The same for a part of a question, which has the matter from the other part and few words of its own.
_PART_SHARED = 0.5
_LEAST_TELLING = (
    2  # words of a part that is searched by itself: "what's the danger" is one of what the first asks about
)
_DENIED = "The first quotation does not bear out what the question takes for granted."
_UNTOLD = "The library has nothing that answers the part “{}”."

OfRow = Callable[[str, str, Vectors], list[Candidate]]  # on something compared, by its name, for a query and its vector


@dataclass(frozen=True, slots=True)
class Found:
    """What answers a question.

    Attributes:
        kept: To be quoted, in that order.
        near: What a language model may read to put the answer in words.
        note: What the reader should know; mostly empty.
    """

    kept: tuple[Candidate, ...]
    near: tuple[Candidate, ...]
    note: str = ""


class Facts:
    """Finds what answers a question of fact.

    Args:
        generation: The one that is searched.
        embedder: Its model.
        searcher: Over both.
        judge: Says whether a part of a question can be answered.
        known: The organisations of the library.
        asked: The question, misspelt words put right.
    """

    def __init__(
        self,
        generation: Generation,
        embedder: Embedder,
        searcher: HybridSearcher,
        judge: sufficiency.Judge,
        *,
        known: Collection[str],
        asked: Question,
    ) -> None:
        self._generation = generation
        self._embedder = embedder
        self._searcher = searcher
        self._judge = judge
        self._known = known
        self._asked = asked

    def found(self, hits: Sequence[Hit], vector: Vectors, asked_of: Sequence[str], *, of_row: OfRow) -> Found:
        """What answers the question.

        Args:
            hits: The best for the question.
            vector: Of the question.
            asked_of: The organisations that it names.
            of_row: The sentences on one of several organisations.
        """
        is_above = self._asked.kind is QuestionKind.COMPARISON and len(asked_of) > 1
        count = _ABOVE_A_TABLE if is_above else _SENTENCES
        pool = self._weighed(self._asked.query, hits, vector)
        near = compose.told(pool, count=count)
        kept, note = _filled(self._on_the_matter(near, self._asked.query), pool, vector, count=count), ""
        parted: list[Candidate] = []
        if len(asked_of) > 1:
            kept = self._by_organisation(asked_of, vector, of_row) or kept
        else:
            parted, note = self._by_part()
            kept = parted or (self._account(hits, vector, pool) if asked_of else []) or self._opened(kept)
        presumed = premise.presumed(self._asked.query)
        if presumed and kept and direct.is_denied(presumed, kept[0].evidence.quote):
            note = _DENIED
        return Found(tuple(kept), tuple(parted or near), note)

    def _weighed(self, query: str, hits: Sequence[Hit], vector: Vectors) -> list[Candidate]:
        """The sentences of hits by how well they answer a query; none where none is near it."""
        pool = self.pool(hits, vector)
        if not any(one.evidence.relevance >= FLOOR for one in pool):
            return []
        return relevance.weighed(pool, self.weighed_for(query, vector))

    def pool(self, hits: Sequence[Hit], vector: Vectors) -> list[Candidate]:
        """The sentences among which those that answer are."""
        return gather(self._generation, hits, aims=[(vector, 1.0)])

    def weighed_for(self, query: str, vector: Vectors) -> relevance.Asked:
        """A query, as sentences are weighed for it."""
        of_whom = organisations.named(query, self._known)
        weighed = sides.options(query) if self._asked.kind is QuestionKind.COMPARISON else ()
        return relevance.Asked(query, vector, self._telling(query), of_whom, weighed)

    def _by_part(self) -> tuple[list[Candidate], str]:
        """What answers each of two questions in one, in their order, and a note that names a part that nothing answers.

        Empty where one thing is asked, or where neither part has enough to be answered by itself.
        """
        parts = question.parts(self._asked.query) if self._asked.kind is QuestionKind.FACT else ()
        if len(parts) < 2:
            return [], ""
        chosen: list[Candidate] = []
        untold: list[str] = []
        texts = [text if len(self._telling(text)) >= _LEAST_TELLING else f"{text} {parts[0][1]}" for _, text in parts]
        whose = organisations.named(self._asked.query, self._known)
        texts = [self._with_its_owner(text, whose) for text in texts]
        vectors = self._embedder.encode_query(texts)
        for (put, _), text, vector in zip(parts, texts, vectors, strict=True):
            fresh = [one for one in self._of_part(text, vector, whose) if not compose.is_said(one, chosen)]
            own = self._on_the_part(compose.told(fresh, count=_PART_SENTENCES), text)
            own = _filled(own, fresh, vector, count=_PART_SENTENCES)
            chosen += own
            untold += [] if own else [put.rstrip(" ?.!")]
        return chosen, _UNTOLD.format(untold[0]) if chosen and untold else ""

    def _with_its_owner(self, part: str, whose: Sequence[str]) -> str:
        """A part with the organisation that the whole question names: the second asks about the same one's."""
        if len(whose) != 1 or organisations.named(part, self._known):
            return part
        return f"{part.rstrip(' ?.!')} at {organisations.as_typed(self._asked.query, whose[0])}"

    def _of_part(self, text: str, vector: Vectors, whose: Sequence[str]) -> list[Candidate]:
        """The sentences among which those that answer a part are; none where it cannot be answered by itself.

        Where the question names one organisation, what is about it alone.
        """
        hits = self._searcher.search_vector(text, vector, k=_DEEP if whose else _HITS)
        if len(whose) == 1:
            hits = organisations.about(hits, whose[0])[:_HITS]
        if not hits or not self._judge.judge(replace(self._asked, query=text), hits, vector).is_enough:
            return []
        return self._weighed(text, hits, vector)

    def _account(self, hits: Sequence[Hit], vector: Vectors, pool: Sequence[Candidate]) -> list[Candidate]:
        """The account of a whole case, where one is asked for and one document has it."""
        query = self._asked.query
        of = accounts.document(hits) if pool and accounts.is_asked(query) else None
        if of is None:
            return []
        found = {hit.chunk.id: hit for hit in hits}
        whole = self.pool([found.get(hit.chunk.id, hit) for hit in self._searcher.all_of(of)], vector)
        return accounts.told(whole, query, vector, near=pool, count=_SENTENCES)

    def _opened(self, kept: list[Candidate]) -> list[Candidate]:
        """The same; of two sentences of one passage that both begin with what is defined, the earlier opens."""
        query = self._asked.query
        if not kept or not direct.names_first(query, kept[0].evidence.quote):
            return kept
        earlier = [
            one
            for one in kept[1:]
            if _is_of_one(one, kept[0])
            and one.evidence.start < kept[0].evidence.start
            and direct.names_first(query, one.evidence.quote)
        ]
        first = min(earlier, key=lambda one: one.evidence.start, default=kept[0])
        return compose.by_passage([first, *(one for one in kept if one is not first)])

    def _on_the_matter(self, chosen: Sequence[Candidate], query: str) -> list[Candidate]:
        """The chosen that share enough of a question; all where none does, as for a question in words of its own.

        Nearness alone has found them then, and no word tells them apart.
        """
        return self._sharing(chosen, query, _SHARED) or list(chosen)

    def _on_the_part(self, chosen: Sequence[Candidate], part: str) -> list[Candidate]:
        """The same of a part of a question; the first alone where none shares enough."""
        return self._sharing(chosen, part, _PART_SHARED) or list(chosen[:1])

    def _sharing(self, chosen: Sequence[Candidate], query: str, least: float) -> list[Candidate]:
        """The chosen that hold a share of the weight of a query's telling words where they stand, and the first.

        What goes on from a chosen sentence in its passage has the matter from there. Empty where none of them shares.
        """
        told = self._telling(query)
        wanted = least * sum(told.values())
        held = [told.keys() & set(lexical.terms(one.in_place)) for one in chosen]
        sharing = [place for place, terms in enumerate(held) if sum(told[term] for term in terms) >= wanted]
        kept = [chosen[place] for place in sorted({0, *sharing})] if sharing else []
        return [one for one in chosen if any(one is other or _is_of_one(one, other) for other in kept)]

    def _by_organisation(self, asked_of: Sequence[str], vector: Vectors, of_row: OfRow) -> list[Candidate]:
        """What each of several organisations did, in the order in which they are named."""
        bare = organisations.without(self._asked.query, asked_of)
        texts = [f"{organisations.as_typed(self._asked.query, name)} {bare}" for name in asked_of]
        vectors = self._embedder.encode_query(texts)
        rows = [of_row(*one) for one in zip(asked_of, texts, vectors, strict=True)]
        each = max(_SENTENCES // len(asked_of), 1)
        asked = self.weighed_for(self._asked.query, vector)
        chosen: list[Candidate] = []
        for own in rows:
            chosen += compose.told(relevance.weighed(own, asked), count=each, used=chosen)
        return chosen

    def _telling(self, query: str) -> dict[str, float]:
        """The terms of a query that tell something, with their idf; names of organisations apart.

        They stand in every sentence about them: "Facebook" alone makes no sentence one on Facebook's live video.
        """
        of_whom = organisations.named(query, self._known)
        return telling.telling(organisations.without(query, of_whom), self._generation.lexical)


def _filled(kept: Sequence[Candidate], pool: Sequence[Candidate], vector: Vectors, *, count: int) -> list[Candidate]:
    """What answers, with more of the first sentence's document where its passages are near the best of all.

    What a source does not say fills nothing up, nor does what answers other questions.
    """
    if not kept:
        return []
    least = NEAR_THE_BEST * max((one.evidence.hit.score for one in pool), default=0.0)
    asked = max(one.nearest_asked(vector) for one in kept) - _OTHER_QUESTIONS
    around = [
        one
        for one in pool
        if one.evidence.document.id == kept[0].evidence.document.id
        and one.evidence.hit.score >= least
        and (one.asked is None or one.nearest_asked(vector) >= asked)
        and not compare.OF_THE_SOURCE.search(one.evidence.quote)
    ]
    return compose.filled(kept, around, count=count)


def _is_of_one(one: Candidate, other: Candidate) -> bool:
    """Whether two sentences stand in the same passage."""
    return one.evidence.hit.chunk.id == other.evidence.hit.chunk.id
