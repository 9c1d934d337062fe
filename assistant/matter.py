"""What documents that are no complete designs say on a system, laid out along the steps.

Few documents, so that it does not read as a patchwork. One that is as a whole on the matter, as the topic "Time-series
forecasting" is on demand forecasting, is laid out in full; else only sentences count that are near to what is asked for
themselves. Each sentence stands in one step, the one that it, with what stands under the same heading, is about more
than the rest of them is. Where a step gets none, the chapter of the formula about it says what holds in any system.
"""

import re
from collections.abc import Sequence

import numpy as np

from assistant import blueprint, compose, direct, formula, relevance
from assistant.blueprint import Blueprint
from assistant.compare import OF_THE_SOURCE
from assistant.desk import Desk
from assistant.evidence import Candidate, gather
from index.types import DocumentInfo, Hit, Vectors

_DOCUMENTS = 3
_NEAR_THE_BEST = 0.85  # share of the best passage's score from which a document is on the matter as well
_AT_HOME = 0.42  # cosine with a document as a whole from which it is on the matter; topics beside it have up to 0.40
_AT_ONES_HOME = (
    0.55  # the same where it tells what one organisation did: rooms in photos, at 0.51, are no "shop by photo"
)
_FLOOR = 0.30  # cosine with the question below which a sentence is beside the matter
_FLOOR_AT_HOME = 0.10
_ON_STEP = 0.02  # how much nearer to a step than their mean a sentence of theirs must be
_OPENS = 0.06  # of relevance, for a sentence that opens its paragraph: it says what the rest explains
_DECIDES = 0.06  # for one that decides, or weighs alternatives
_COUNTS = 0.04  # for one with figures, in the steps that are about size
_COUNTED = frozenset((1, 3, 7))
_RULES = 2

_DECIDING = re.compile(
    r"\b(?:wins?|beats?|default|recommended|primary|main|must|suits?|instead of|rather than|because|cannot|never)\b"
)
_FIGURES = re.compile(r"\d.*\d")


class Matter:
    """The sentences on the matter of one question.

    Args:
        desk: Of the answer.
        vector: Of the question.
        hits: Found for it, best first.
        facets: What each step is about: unit vectors, shape (steps, dimension).
    """

    def __init__(self, desk: Desk, vector: Vectors, hits: Sequence[Hit], *, facets: Vectors) -> None:
        self._desk, self._vector, self._facets = desk, vector, facets
        near = self._nearest(hits)
        wholes = [self._whole(one) for one in near]
        floors = [_AT_ONES_HOME if one.organisations else _AT_HOME for one in near]
        home = [one for one, whole, floor in zip(near, wholes, floors, strict=True) if whole >= floor]
        topics = [whole for one, whole in zip(near, wholes, strict=True) if not one.organisations]
        self._closest = max(topics, default=0.0)
        self.documents = tuple(home or near)
        self.is_at_home = bool(home)
        self.passages = [hit for one in self.documents for hit in desk.searcher.all_of(one.id)]
        found = gather(desk.generation, self.passages, aims=[(vector, 1.0)])
        floor = _FLOOR_AT_HOME if home else _FLOOR
        self._pool = [one for one in found if float(one.vector @ vector) >= floor and _is_of_the_matter(one)]
        self._steps = self._sorted_into_steps()

    def is_better_than(self, followed: Blueprint) -> bool:
        """Whether a document is as a whole on the matter, and a design less so, or only a pattern for it.

        What one organisation did is no match for a design that is near.
        """
        return self.is_at_home and (not followed.is_near or self._closest > self._whole(followed.document))

    def _whole(self, document: DocumentInfo) -> float:
        row = np.array(self._desk.generation.rows(document.id)[:1], dtype=np.int64)
        return float(self._desk.generation.context.scores(self._vector, row)[0])

    def telling(self, *, count: int) -> list[Candidate]:
        """The sentences that say most on the matter, in reading order."""
        query = self._desk.asked.query
        opening = self._opening() if self.is_at_home else []
        ranked = relevance.ranked(self._pool, query, telling=self._desk.telling(query))
        return [*opening, *compose.told(ranked, count=count - len(opening), used=opening, least=1)]

    def _opening(self) -> list[Candidate]:
        """How the nearest document begins: with what it is about."""
        own = [one for one in self._pool if one.evidence.document.id == self.documents[0].id]
        return sorted(own, key=lambda one: one.evidence.start)[:1]

    def on(self, step: int, *, count: int, used: Sequence[Candidate]) -> list[Candidate]:
        """The sentences on one step, counted from 1, in the order of their text."""
        own = [one for one, place in zip(self._pool, self._steps, strict=True) if place == step]
        return compose.by_passage(compose.choose(own, count=count, floor=0.0, used=used, of_one=count))

    def _nearest(self, hits: Sequence[Hit]) -> tuple[DocumentInfo, ...]:
        """The documents that are no designs and not about one step of all systems, the nearest first."""
        best: dict[str, Hit] = {}
        for hit in hits:
            if hit.document.id not in best and len(hit.document.steps) != 1:
                best[hit.document.id] = hit
        kept = [hit for id, hit in best.items() if not blueprint.is_complete(self._desk.searcher.all_of(id))]
        floor = _NEAR_THE_BEST * max((hit.score for hit in kept), default=0.0)
        return tuple(hit.document for hit in kept if hit.score >= floor)[:_DOCUMENTS]

    def _sorted_into_steps(self) -> list[int]:
        """The step of each sentence, counted from 1.

        0 where its section is nearer to none than the others are, or the document is not about that step.
        """
        if not self._pool:
            return []
        nearness = np.stack([one.vector for one in self._pool]) @ self._facets.T
        above = nearness - nearness.mean(axis=0)
        sections = [(one.evidence.document.id, relevance.heading(one)) for one in self._pool]
        places = {key: [at for at, other in enumerate(sections) if other == key] for key in dict.fromkeys(sections)}
        means = {key: above[own].mean(axis=0) for key, own in places.items()}
        both = np.stack([(above[at] + means[key]) / 2 for at, key in enumerate(sections)])
        return [_step_of(one, row) for one, row in zip(self._pool, both, strict=True)]


def _step_of(one: Candidate, nearness: Vectors) -> int:
    """The nearest step to a sentence among those that its document is about; 0 where none is near."""
    step = max(one.evidence.document.steps, key=lambda step: float(nearness[step - 1]), default=0)
    return step if step and nearness[step - 1] >= _ON_STEP else 0


def _is_of_the_matter(one: Candidate) -> bool:
    """Whether a sentence tells of the matter, and not of its source or of an example."""
    return not (OF_THE_SOURCE.search(one.evidence.quote) or direct.aside(one.evidence.quote))


def rule(
    desk: Desk, step: formula.Step, aims: Sequence[tuple[Vectors, float]], *, used: Sequence[Candidate]
) -> list[Candidate]:
    """What holds of a step in any system, from its chapter; none where the library has no such."""
    found = gather(desk.generation, desk.searcher.all_of(step.chapter), aims=aims)
    ranked = by_worth([one for one in found if _is_of_the_matter(one)], step)
    return compose.choose(ranked, count=_RULES, floor=0.0, used=used)


def by_worth(candidates: Sequence[Candidate], step: formula.Step) -> list[Candidate]:
    """The sentences of a step, those first that open a paragraph, decide, or give its size."""
    raised = [one.raised(_worth(one, step, opens=_opens(one))) for one in candidates]
    return sorted(raised, key=lambda one: -one.evidence.relevance)


def _worth(one: Candidate, step: formula.Step, *, opens: bool) -> float:
    quote = one.evidence.quote
    counts = step.number in _COUNTED and bool(_FIGURES.search(quote))
    return _OPENS * opens + _DECIDES * bool(_DECIDING.search(quote)) + _COUNTS * counts


def _opens(one: Candidate) -> bool:
    """Whether a sentence stands at the beginning of its paragraph."""
    chunk = one.evidence.hit.chunk
    before = chunk.text[: one.evidence.start - chunk.start]
    return not before or before.endswith("\n")
