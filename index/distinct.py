"""Passages that repeat another one, passed over: a list of hits says each thing once.

A page and its mirror, a paragraph in two papers of one author, a notice under every article. Whole documents that are
copies are found when they are read (`ingest.duplicates`); these are passages. Two say the same if nearly all their runs
of words agree and all their numbers do: "0.71 in 2019" and "0.85 in 2020" in one sentence are two results.
Vectors choose which pairs are compared; the words decide.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from index.types import Vectors

_NEAR = 0.9  # cosine from which two passages are compared; the words decide, this only saves reading them
_SAME = 0.8  # of the runs of words of both, those they share
_RUN = 3

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Distinct:
    """What is left of a ranking.

    Attributes:
        kept: Places of the ranking, from 0, in order.
        repeats: For each place that was passed over, the better one that says the same.
    """

    kept: tuple[int, ...]
    repeats: Mapping[int, int]


def distinct(vectors: Vectors, text: Callable[[int], str]) -> Distinct:
    """Keep of each thing that is said its best place.

    Whether a place is kept depends on better places alone, so a longer ranking begins with the same.

    Args:
        vectors: Unit vectors of a ranking, best first, shape (n, dimension).
        text: Gives the text at a place.
    """
    near = np.tril(vectors @ vectors.T >= _NEAR, k=-1)
    said = cache(lambda place: _said(text(place)))
    kept: list[int] = []
    repeats: dict[int, int] = {}
    for place, others in enumerate(near):
        better = (int(other) for other in np.flatnonzero(others) if other not in repeats)
        same = next((other for other in better if _alike(said(other), said(place))), None)
        if same is None:
            kept.append(place)
        else:
            repeats[place] = same
    return Distinct(tuple(kept), repeats)


def say_the_same(one: str, other: str) -> bool:
    """Whether two texts share nearly all runs of words and all numbers."""
    return _alike(_said(one), _said(other))


@dataclass(frozen=True, slots=True)
class _Said:
    """What is compared of a text: its numbers and its runs of words."""

    numbers: frozenset[str]
    runs: frozenset[tuple[str, ...]]


def _said(text: str) -> _Said:
    """A text shorter than a run is one run."""
    words = _WORD.findall(text.lower())
    starts = range(max(len(words) - _RUN + 1, 1))
    return _Said(
        frozenset(word for word in words if any(map(str.isdigit, word))),
        frozenset(tuple(words[start : start + _RUN]) for start in starts),
    )


def _alike(one: _Said, other: _Said) -> bool:
    if one.numbers != other.numbers:
        return False
    return len(one.runs & other.runs) >= _SAME * len(one.runs | other.runs)
