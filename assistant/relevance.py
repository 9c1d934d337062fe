"""How well a sentence answers a question, from what is known of both: higher is better.

A sentence's own nearness misses what its place tells: under "How to measure position bias", the sentence "Swap two
results at random" answers, though it names nothing that was asked for. So the question's words count wherever they
stand, in the sentence or in the titles over it, each by its idf; so do the passage and the sentences beside it, and the
form (`direct`). A document about one organisation, or about something that the question does not name, tells what holds
there and not in general.

The weights are a linear model of `Signs`, fitted by `python -m eval.relevance`, in units of the cosine: what is added
to a relevance, or compared with one, is measured by the same rule. What a comparison is made of is put in order by
`ranked`, whose few weights were set by hand: how far its sentences may lie below the best was tuned in that scale.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache, cached_property
from importlib import resources
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from assistant import compare, direct
from assistant.evidence import Candidate
from index import lexical
from index.types import Vectors

_PASSAGE = 0.25  # this and the next two from a grid over the golden development split, on a plateau
_WORDS = 0.3
_OPENING = 0.1
_ASKED = 0.5  # as much as the nearest question counts beside nearness in relevance.json
_OPENING_TERMS = 3
_CENTRAL = 8  # of the nearest sentences, whose mean direction is what is said of the matter
_HEADING_WORDS = 15
_LONG = 40  # words of a sentence from which more of them say nothing more of it


@dataclass(frozen=True, slots=True)
class Signs:
    """What is seen of a sentence, for one question. Cosines are with the question's vector.

    Attributes:
        own: Cosine of the sentence.
        passage: Score of its passage.
        behind: How far that is below the best passage's; 0 or less.
        meaning: Dense score of its passage.
        words: Share of words in the score of its passage.
        document: 1 over the rank of its document, by the best passage of each.
        in_place: Share of the question's telling words, by idf, in the sentence or the titles over it.
        titled: The same in the document's title.
        unasked: Share of the title's words that the question does not hold.
        of_one: 1 where the document is about an organisation and the question names none.
        form: What its form adds, `direct.bonus`, in units of one form that fits.
        aside: 1 where it tells of somebody's question, an example or an assumption.
        opening: Share of its first words that are the question's telling ones.
        beside: Mean cosine of the sentences beside it in its passage; its own where it has none.
        best_of: Cosine of the nearest sentence of its passage.
        mean_of: Mean cosine of the sentences of its passage.
        central: Cosine with the mean direction of the nearest sentences of all.
        headed: 1 where the heading over it has the question's form.
        length: Its words, of at most forty, over forty; a sentence of few words says little.
        asked: Cosine of the nearest question that the sentence is known to answer; where none is known, what is
            expected of a sentence as near as this.
        foremost: 1 where no other sentence has more of that.
    """

    own: float
    passage: float
    behind: float
    meaning: float
    words: float
    document: float
    in_place: float
    titled: float
    unasked: float
    of_one: float
    form: float
    aside: float
    opening: float
    beside: float
    best_of: float
    mean_of: float
    central: float
    headed: float
    length: float
    asked: float
    foremost: float


_VALUES = attrgetter(*(one.name for one in fields(Signs)))  # dataclasses.astuple copies, at twenty times the cost


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, as sentences are weighed for it.

    Attributes:
        text: In full.
        vector: Of the question, float32, length 1.
        telling: Its terms with their idf; none where it has no telling word.
        of_whom: The organisations that it names.
        sides: What it compares; none where nothing is.
    """

    text: str
    vector: Vectors
    telling: Mapping[str, float]
    of_whom: Collection[str] = ()
    sides: Sequence[str] = ()


def weighed(candidates: Sequence[Candidate], asked: Asked) -> list[Candidate]:
    """The candidates by how well they answer, best first, with that as their relevance; equal ones as they came."""
    weights = _weights()
    values = (np.array([_VALUES(one) for one in signs(candidates, asked)]).reshape(-1, len(weights)) @ weights).tolist()
    raised = [
        one.raised(value - one.evidence.relevance + compare.bonus(one.evidence.quote, asked.sides))
        for one, value in zip(candidates, values, strict=True)
    ]
    return sorted(raised, key=lambda one: -one.evidence.relevance)


def ranked(
    candidates: Sequence[Candidate], question: str, *, telling: Mapping[str, float], vector: Vectors | None = None
) -> list[Candidate]:
    """The candidates by how well they answer, best first, by nearness, form, and the question's words around them.

    Args:
        candidates: With nearness as their relevance.
        question: In full.
        telling: The question's terms with their idf; none where it has no telling word.
        vector: Of the question, where questions that sentences are known to answer are to count.
    """
    raised = [one.raised(_in_place(one, telling) + direct.bonus(question, one.evidence.quote)) for one in candidates]
    if vector is not None:
        raised = [one.raised(_ASKED * one.asked_beyond(vector)) for one in raised]
    return sorted(raised, key=lambda one: -one.evidence.relevance)


def _in_place(one: Candidate, telling: Mapping[str, float]) -> float:
    """What a sentence gains by its passage, by the question's words around it, and by opening with them."""
    words = share(telling, lexical.terms(one.in_place))
    return _PASSAGE * one.evidence.hit.score + _WORDS * words + _OPENING * _opening(one.evidence.quote, telling)


def signs(candidates: Sequence[Candidate], asked: Asked) -> list[Signs]:
    """What is seen of each candidate, in their order."""
    pool = _Pool(candidates, asked)
    return [pool.signs(place) for place in range(len(candidates))]


def weights() -> Mapping[str, float]:
    """The fitted weights by the name of the sign; those of `own` and `asked` sum to 1."""
    held = json.loads((resources.files("assistant") / "relevance.json").read_text(encoding="utf-8"))
    return {one.name: float(held["weights"][one.name]) for one in fields(Signs)}


@cache
def _weights() -> NDArray[np.float64]:
    return np.array(list(weights().values()))


def heading(candidate: Candidate) -> str:
    """The heading that a sentence stands under in its passage; where none does, the last over the passage."""
    chunk = candidate.evidence.hit.chunk
    above = chunk.text[: candidate.evidence.start - chunk.start].split("\n\n")[:-1]
    own = next((block.strip() for block in reversed(above) if _is_heading(block.strip())), "")
    return own or (chunk.headings[-1] if chunk.headings else "")


def _is_heading(block: str) -> bool:
    return (
        bool(block)
        and "\n" not in block
        and " | " not in block
        and len(block.split()) <= _HEADING_WORDS
        and block[-1] not in ".!:;,"
    )


class _Pool:
    """The sentences among which one is weighed."""

    def __init__(self, candidates: Sequence[Candidate], asked: Asked) -> None:
        self._candidates = candidates
        self._asked = asked
        self._terms = set(lexical.terms(asked.text))
        self._own = [float(one.vector @ asked.vector) for one in candidates]
        self._best = max((one.evidence.hit.score for one in candidates), default=0.0)
        self._asked_of = [one.nearest_asked(asked.vector) for one in candidates]
        self._most_asked = max(self._asked_of, default=0.0)
        by_rank = sorted(candidates, key=lambda one: one.evidence.hit.rank)
        ids = dict.fromkeys(one.evidence.document.id for one in by_rank)
        self._standing = {id: 1 / rank for rank, id in enumerate(ids, start=1)}
        self._passages: dict[str, list[int]] = {}
        for place in sorted(range(len(candidates)), key=lambda place: candidates[place].evidence.start):
            self._passages.setdefault(candidates[place].evidence.hit.chunk.id, []).append(place)

    def signs(self, place: int) -> Signs:
        one = self._candidates[place]
        hit, quote = one.evidence.hit, one.evidence.quote
        passage = self._passages[hit.chunk.id]
        at = passage.index(place)
        beside = [self._own[other] for other in (*passage[max(at - 1, 0) : at], *passage[at + 1 : at + 2])]
        within = [self._own[other] for other in passage]
        dense, words = hit.trace.methods.get("dense"), hit.trace.methods.get("lexical")
        aside, headed = direct.aside(quote), heading(one)
        return Signs(
            own=self._own[place],
            passage=hit.score,
            behind=hit.score - self._best,
            meaning=dense.score if dense else 0.0,
            words=words.share if words else 0.0,
            document=self._standing[one.evidence.document.id],
            in_place=share(self._asked.telling, lexical.terms(f"{one.in_place} {headed}")),
            titled=share(self._asked.telling, lexical.terms(one.evidence.document.title)),
            unasked=self._unasked(one.evidence.document.title),
            of_one=float(bool(one.evidence.document.organisations) and not self._asked.of_whom),
            form=(direct.bonus(self._asked.text, quote) - aside) / direct.BONUS,
            aside=float(bool(aside)),
            opening=_opening(quote, self._asked.telling),
            beside=sum(beside) / len(beside) if beside else self._own[place],
            best_of=max(within),
            mean_of=sum(within) / len(within),
            central=float(one.vector @ self._central),
            headed=float(direct.is_headed(self._asked.text, headed)),
            length=min(len(quote.split()), _LONG) / _LONG,
            asked=self._asked_of[place],
            foremost=float(self._asked_of[place] == self._most_asked),
        )

    @cached_property
    def _central(self) -> Vectors:
        nearest = sorted(range(len(self._own)), key=lambda place: -self._own[place])[:_CENTRAL]
        mean = np.mean([self._candidates[place].vector for place in nearest], axis=0)
        return np.asarray(mean / (np.linalg.norm(mean) or 1.0), dtype=np.float32)

    def _unasked(self, title: str) -> float:
        terms = _content(title)
        return sum(term not in self._terms for term in terms) / max(1, len(terms))


def _opening(quote: str, telling: Mapping[str, float]) -> float:
    """The share of a sentence's first words that are telling ones."""
    terms = _content(quote)[:_OPENING_TERMS]
    return sum(term in telling for term in terms) / max(1, len(terms))


def _content(text: str) -> Sequence[str]:
    return lexical.terms(" ".join(lexical.content_words(text)))


def share(telling: Mapping[str, float], held: Collection[str]) -> float:
    """The share of the weight of telling terms that are among others; 0 where there are none."""
    whole, there = sum(telling.values()), set(held)
    return sum(weight for term, weight in telling.items() if term in there) / whole if whole else 0.0
