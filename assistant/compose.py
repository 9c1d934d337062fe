"""Extractive composition: which sentences make the answer, and in which order.

Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): each next sentence is the one that is most relevant
after what it repeats of those chosen before is taken off. Two sentences that say the same are never both chosen. An
answer to a question of fact (`told`) keeps to few passages besides, so that it reads as a paragraph.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from assistant.evidence import Candidate
from index.types import Vectors

_REPETITION = 0.3  # weight of likeness to a sentence already chosen
_SAME = 0.9  # cosine from which two sentences say the same
_PER_DOCUMENT = 3
# Of answers to questions of fact, on 231 of the golden development split, weighed by models that saw nothing of their
# topic: 4.7 sentences out of 2.9 passages, in 0.66 of the answers what decides. A fall of 0.25 makes it 4.2 sentences
# and 0.65, twice the bonus for what stands beside a chosen sentence 2.7 passages and 0.65.
_FALL = 0.3
_BESIDE = 0.07
_SAID_BEFORE = 0.1  # as _REPETITION
# As _BESIDE, where an answer is filled up. Of 447 golden questions of fact 0.15 quotes what decides in 0.891, 0.07 in
# 0.898, and the mean grade of a sentence is 1.17 instead of 1.13: they are known well enough to be taken one by one.
_RUN = 0.07
_DEEPER = 0.45  # as _FALL, where it is filled up


def choose(
    candidates: Sequence[Candidate],
    *,
    count: int,
    floor: float,
    used: Iterable[Candidate] = (),
    of_one: int = _PER_DOCUMENT,
) -> list[Candidate]:
    """Choose up to `count` sentences, the most telling first.

    Args:
        candidates: Most relevant first.
        count: How many at most.
        floor: Relevance below which nothing is chosen.
        used: Sentences of the same answer that were chosen before; none is said again.
        of_one: How many of one document.
    """
    chosen: list[Candidate] = []
    before = list(used)
    waiting = [one for one in candidates if one.evidence.relevance >= floor]
    while waiting and len(chosen) < count:
        best = max(waiting, key=lambda one: _worth(one, chosen))
        waiting.remove(best)
        if not repeats(best, [*before, *chosen]) and _from_document(best, chosen) < of_one:
            chosen.append(best)
    return chosen


def told(
    candidates: Sequence[Candidate], *, count: int, used: Iterable[Candidate] = (), least: int = 2
) -> list[Candidate]:
    """Choose up to `count` sentences that read as one answer: the best first, then what goes on from it.

    A sentence beside one that is chosen, in its passage, comes before one that is somewhat better elsewhere. What lies
    far below the best fills no answer up, but `least` sentences stand in any case.

    Returns:
        Passage by passage, each in the order of its text, those of the first one's document before others; only the
        very first sentence is the best, wherever it stands.
    """
    if not candidates:
        return []
    vectors = np.stack([one.vector for one in candidates])
    worth = np.array([one.evidence.relevance for one in candidates])
    said = _nearest(vectors, [one.vector for one in used])
    open_, likeness = said < _SAME, np.zeros(len(candidates))
    neighbours, close = _neighbours(candidates), np.zeros(len(candidates), dtype=bool)
    chosen: list[int] = []
    while len(chosen) < count and open_.any():
        raised = worth + _BESIDE * close
        best = int(np.argmax(np.where(open_, raised - _SAID_BEFORE * likeness, -np.inf)))
        if len(chosen) >= least and raised[best] < worth[chosen[0]] - _FALL:
            break
        chosen.append(best)
        close[neighbours[best]] = True
        likeness = np.maximum(likeness, vectors @ vectors[best])
        open_ &= likeness < _SAME
        open_[best] = False
    return by_passage([candidates[place] for place in chosen])


def filled(chosen: Sequence[Candidate], candidates: Sequence[Candidate], *, count: int) -> list[Candidate]:
    """Chosen sentences with `more` of what stands around them, up to `count` in all, in reading order."""
    best = chosen[0].evidence.relevance if chosen else 0.0
    return by_passage([*chosen, *more(chosen, candidates, count=count - len(chosen), best=best)])


def by_passage(chosen: Sequence[Candidate]) -> list[Candidate]:
    """The first, then the rest of its passage as the text has it, then the rest of its document, then the others.

    Passages of its document follow one another as the text has them, those of others as they were chosen.
    """
    if not chosen:
        return []
    first = chosen[0].evidence
    passages = list(dict.fromkeys(one.evidence.hit.chunk.id for one in chosen))

    def place(one: Candidate) -> tuple[bool, bool, int, int]:
        passage = one.evidence.hit.chunk.id
        is_elsewhere = one.evidence.document.id != first.document.id
        standing = passages.index(passage) if is_elsewhere else 0
        return passage != passages[0], is_elsewhere, standing, one.evidence.start

    return [chosen[0], *sorted(chosen[1:], key=place)]


def more(chosen: Sequence[Candidate], candidates: Sequence[Candidate], *, count: int, best: float) -> list[Candidate]:
    """Up to `count` further sentences that go on from chosen ones, the most telling first.

    What stands beside a sentence that is chosen, or was just taken, comes before what is somewhat better elsewhere. A
    sentence that repeats another, or shares words of the page with it, is never taken.

    Args:
        chosen: What stands already. Nothing goes on from none.
        candidates: Where more is taken from; the chosen may be among them.
        count: How many at most.
        best: The relevance below which what lies far is not taken.
    """
    if not chosen:
        return []
    order = _neighbours(candidates)
    places = {_span(one): place for place, one in enumerate(candidates)}
    close = {other for one in chosen if _span(one) in places for other in order[places[_span(one)]]}
    waiting = [place for place, one in enumerate(candidates) if not is_said(one, chosen)]
    taken: list[Candidate] = []
    while waiting and len(taken) < count:
        raised = {place: candidates[place].evidence.relevance + _RUN * (place in close) for place in waiting}
        next_one = max(waiting, key=lambda place: raised[place])
        if raised[next_one] < best - _DEEPER:
            break
        taken.append(candidates[next_one])
        close.update(order[next_one])
        waiting = [place for place in waiting if not is_said(candidates[place], taken[-1:])]
    return taken


def _span(one: Candidate) -> tuple[str, int, int]:
    return one.evidence.document.id, one.evidence.start, one.evidence.end


def _nearest(vectors: Vectors, others: Sequence[Vectors]) -> Vectors:
    """The cosine of each vector with the nearest of others; 0 where there are none."""
    return (vectors @ np.stack(others).T).max(axis=1) if others else np.zeros(len(vectors), dtype=np.float32)


def _neighbours(candidates: Sequence[Candidate]) -> list[list[int]]:
    """The places of the candidates right before and after each one in its passage."""
    passages: dict[str, list[int]] = {}
    for place in sorted(range(len(candidates)), key=lambda place: candidates[place].evidence.start):
        passages.setdefault(candidates[place].evidence.hit.chunk.id, []).append(place)
    found: list[list[int]] = [[] for _ in candidates]
    for left, right in (pair for own in passages.values() for pair in pairwise(own)):
        found[left].append(right)
        found[right].append(left)
    return found


def near_the_best(chosen: Sequence[Candidate], *, least: int = 2) -> list[Candidate]:
    """The chosen sentences, best first, as long as they stay near the best; `least` of them in any case."""
    ordered = sorted(chosen, key=lambda one: -one.evidence.relevance)
    return [one for place, one in enumerate(ordered) if place < least or _lead(ordered, one) <= _FALL]


def repeats(candidate: Candidate, others: Sequence[Candidate]) -> bool:
    """Whether one of others says the same."""
    return _likeness(candidate, others) >= _SAME


def is_said(one: Candidate, others: Sequence[Candidate]) -> bool:
    """Whether others say the same as a sentence, or hold words of the page that it holds."""
    own = one.evidence
    shares = any(
        other.evidence.document.id == own.document.id
        and other.evidence.start < own.end
        and own.start < other.evidence.end
        for other in others
    )
    return shares or repeats(one, others)


def _lead(ordered: Sequence[Candidate], one: Candidate) -> float:
    return ordered[0].evidence.relevance - one.evidence.relevance


def _worth(candidate: Candidate, chosen: Sequence[Candidate]) -> float:
    return candidate.evidence.relevance - _REPETITION * _likeness(candidate, chosen)


def _likeness(candidate: Candidate, others: Sequence[Candidate]) -> float:
    """Cosine with the nearest of others; 0 where there are none."""
    if not others:
        return 0.0
    return float(max(np.stack([other.vector for other in others]) @ candidate.vector))


def _from_document(candidate: Candidate, chosen: Sequence[Candidate]) -> int:
    return sum(one.evidence.document.id == candidate.evidence.document.id for one in chosen)
