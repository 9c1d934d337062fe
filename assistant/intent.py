"""Whether a question asks for the design of a whole system, told by how it is put.

A wish for a design has more wordings than patterns can list: "walk me through how you'd build it, from data to
serving", "what would the ML system look like", "need an ml design for …". A linear model of runs of one to three words
(logistic regression, fitted by `python -m eval.intent`) weighs them; what a system is about counts little, since as
many questions that ask for something else are about the same systems.
"""

import json
import math
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?|\d[\d.,]*\w*|[?:]")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+")
_RUN = 3  # words
_EDGE = 4  # words at either end whose runs count by themselves: a wish stands first or last


def features(text: str) -> frozenset[str]:
    """The runs of words that a question is judged by; any number is one and the same word.

    Those that begin the question, and those that begin its last sentence, are told apart from the others.
    """
    sentences = _SENTENCE.split(text.strip())
    found = {f"first {run}" for run in _runs(_words(sentences[0])[:_EDGE])}
    if len(sentences) > 1:
        found |= {f"last {run}" for run in _runs(_words(sentences[-1])[:_EDGE])} | {"several"}
    return frozenset(found.union(*(_runs(_words(sentence)) for sentence in sentences)))


def of_design(text: str) -> float:
    """How likely it is that a question asks for a whole design, from 0 to 1."""
    weights = _weights()
    total = weights[""] + sum(weights.get(one, 0.0) for one in features(text))
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, total))))


def _words(sentence: str) -> list[str]:
    return ["#" if word[0].isdigit() else word for word in _WORD.findall(sentence.lower())]


def _runs(words: list[str]) -> set[str]:
    return {" ".join(words[at : at + length]) for length in range(1, _RUN + 1) for at in range(len(words) - length + 1)}


@cache
def _weights() -> Mapping[str, float]:
    held = json.loads((resources.files("assistant") / "intent.json").read_text(encoding="utf-8"))
    return {str(name): float(weight) for name, weight in held.items()}
