"""Linear models in the space of the embedder: what such a library is asked, and what it is not about.

Two are fitted (sufficiency.npy, by `python -m eval.sufficiency`) and say nothing with another embedder than theirs.
Matters that are none of any such library's stand in elsewhere.txt.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from index.types import Embedder, Vectors

_ELSEWHERE: dict[str, Vectors] = {}  # by the model's digest


@dataclass(frozen=True, slots=True)
class Directions:
    """Linear models in the space of an embedder, float32 of its dimension and a bias; log odds.

    Attributes:
        ours: Of the vector of a question: whether such a library answers its like.
        meant: Of the vector of a question that claims something less that of its nearest sentence: whether the sentence
            says what is claimed. What a sentence turns round or leaves out lies in some directions more than in others.
    """

    ours: Vectors
    meant: Vectors


def log_odds(direction: Vectors, vector: Vectors) -> float:
    """The log odds that a linear model gives a vector."""
    return float(direction[:-1] @ vector + direction[-1])


@cache
def _fitted_directions() -> tuple[str, Directions]:
    """The digest of the embedder that they were fitted with, and the directions."""
    folder = resources.files("assistant")
    held = json.loads((folder / "sufficiency.json").read_text(encoding="utf-8"))
    with (folder / "sufficiency.npy").open("rb") as file:
        ours, meant = np.load(file, allow_pickle=False)
    return held["embedder"], Directions(ours, meant)


def of(embedder: Embedder) -> Directions:
    """The fitted directions; zeros, which say nothing, for an embedder that they were not fitted with."""
    digest, fitted = _fitted_directions()
    nothing = np.zeros(embedder.dimension + 1, dtype=np.float32)
    return fitted if digest == embedder.digest else Directions(nothing, nothing)


def ours(direction: Vectors, vector: Vectors, nearest: float) -> float:
    """The sign of that name: a question unlike others needs a nearer sentence.

    Args:
        direction: A linear model of question vectors.
        vector: Of the question.
        nearest: The cosine of the nearest sentence.
    """
    return (1 - nearest) * log_odds(direction, vector)


def elsewhere(embedder: Embedder) -> Vectors:
    """Vectors of what such a library is not about, a row each; computed once a model."""
    if embedder.digest not in _ELSEWHERE:
        lines = (resources.files("assistant") / "elsewhere.txt").read_text(encoding="utf-8").splitlines()
        _ELSEWHERE[embedder.digest] = embedder.encode_query(lines)
    return _ELSEWHERE[embedder.digest]
