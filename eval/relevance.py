"""Fit the weights by which sentences are put in order for an answer.

Run as `python -m eval.relevance`, after a change of the search scores, of the signs or of the questions; it writes
assistant/relevance.json and says how well sentences are ordered, cross-validated by topic. Fitted on the questions of
fact of the golden dev split and of the dev half of golden/fresh.jsonl; their other halves are only reported.

Pairwise logistic regression with a ridge penalty (Joachims, KDD 2002): of two sentences found for one question, the one
judged better should have the larger sum. A pair counts by the difference of its gains, 2^grade − 1, and the pairs of a
question by one in all. A sentence that nobody judged counts as grade 0: pools hold what several searches put on top.
"""

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from assistant import build, question, settings
from assistant.answer import Assistant
from assistant.evidence import Candidate
from assistant.relevance import Signs
from assistant.types import QuestionKind
from eval import answers, golden
from eval.golden import GoldenQuestion, Judgment, Split
from ingest import guide

_FOLDS = 10
_RIDGE = 1.0  # 0.3 to 3 give the same figures
_HELPFUL = 2
_DEPTH = 3  # of nDCG
_NAMES = [one.name for one in fields(Signs)]
_COSINES = ("own", "asked")

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weighed:
    """The sentences found for one question.

    Attributes:
        topic: Of the question.
        signs: A row a sentence.
        grades: Of each sentence; 0 where nobody judged it.
        judged: The grades of all that was judged for the question, found or not.
    """

    topic: str
    signs: Numbers
    grades: Numbers
    judged: tuple[int, ...]


def weigh(one: GoldenQuestion, assistant: Assistant) -> Weighed:
    """Find and judge the sentences for a question."""
    candidates, seen = assistant.weighed(one.question, history=one.history)
    return Weighed(
        one.topic,
        np.array([astuple(row) for row in seen], dtype=np.float64).reshape(-1, len(_NAMES)),
        np.array([_grade(candidate, one.judgments) for candidate in candidates], dtype=np.float64),
        tuple(judgment.grade for judgment in one.judgments),
    )


def _grade(candidate: Candidate, judgments: Sequence[Judgment]) -> int:
    quote, document = candidate.evidence.quote, candidate.evidence.document.id
    of_it = (one for one in judgments if one.document == document and (one.quote in quote or quote in one.quote))
    return max((one.grade for one in of_it), default=0)


def fit(questions: Sequence[Weighed]) -> Numbers:
    """The weights of the signs; those of the cosines with the sentence and with its nearest question sum to 1."""
    rows = np.concatenate([one.signs for one in questions])
    spread = rows.std(axis=0)
    spread[spread == 0] = 1.0
    pairs = [_pairs(one) for one in questions]
    better = np.concatenate([difference for difference, _ in pairs]) / spread
    share = np.concatenate([share for _, share in pairs])

    def loss(values: Numbers) -> tuple[float, Numbers]:
        margin = better @ values
        slope = -share / (1 + np.exp(margin))
        penalty = _RIDGE * float(values @ values) / 2
        return float(share @ np.logaddexp(0, -margin)) + penalty, better.T @ slope + _RIDGE * values

    found = minimize(loss, np.zeros(len(_NAMES)), jac=True, method="L-BFGS-B").x / spread
    return np.asarray(found / sum(found[_NAMES.index(name)] for name in _COSINES))


def _pairs(one: Weighed) -> tuple[Numbers, Numbers]:
    """Differences of signs between a better and a worse sentence, and what each pair counts."""
    gains = 2.0**one.grades - 1
    better, worse = np.nonzero(gains[:, None] > gains[None, :])
    lead = gains[better] - gains[worse]
    return one.signs[better] - one.signs[worse], lead / (lead.sum() or 1.0)


def cross_validated(questions: Sequence[Weighed], beside: Sequence[Weighed]) -> dict[str, float]:
    """How well sentences are ordered by weights that were fitted without the topic of their question.

    Args:
        questions: Those that are measured.
        beside: More that are fitted on, always.
    """
    topics = sorted({one.topic for one in questions})
    shuffled = np.random.default_rng(0).permutation(topics).tolist()
    fold = {topic: place % _FOLDS for place, topic in enumerate(shuffled)}
    scores: list[Numbers] = [np.empty(0)] * len(questions)
    for number in range(_FOLDS):
        weights = fit([*(one for one in questions if fold[one.topic] != number), *beside])
        for place, one in enumerate(questions):
            if fold[one.topic] == number:
                scores[place] = one.signs @ weights
    return measured(questions, scores)


def measured(questions: Sequence[Weighed], scores: Sequence[Numbers]) -> dict[str, float]:
    """The share of questions whose first sentence was judged helpful, and nDCG@3 of sentences."""
    ordered = [one.grades[np.argsort(-score, kind="stable")] for one, score in zip(questions, scores, strict=True)]
    helpful = [bool(len(grades)) and bool(grades[0] >= _HELPFUL) for grades in ordered]
    gained = [_gain(grades) / _gain(sorted(one.judged)[::-1]) for one, grades in zip(questions, ordered, strict=True)]
    return {"first": round(float(np.mean(helpful)), 4), "nDCG@3": round(float(np.mean(gained)), 4)}


def _gain(grades: Sequence[float] | Numbers) -> float:
    return float(sum((2.0**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades[:_DEPTH])))


def _asked(questions: Sequence[GoldenQuestion], split: Split) -> list[GoldenQuestion]:
    return [
        one
        for one in golden.answerable(questions, split)
        if question.understand(one.question, history=one.history).kind is QuestionKind.FACT
    ]


def main() -> None:
    """Fit and write."""
    read = settings.read()
    embedder = build.embedder(read)
    assistant = answers.assistant(guide.documents(), home=read.home, embedder=embedder)
    held = {"golden": golden.load(), "fresh": golden.fresh()}
    seen = {
        (name, split): [weigh(one, assistant) for one in _asked(questions, split)]
        for name, questions in held.items()
        for split in Split
    }
    dev, fresh = seen["golden", Split.DEV], seen["fresh", Split.DEV]
    weights = fit([*dev, *fresh])
    record = {
        "fitted_on": f"{len(dev)} golden and {len(fresh)} fresh questions of fact, dev",
        "questions": golden.digest([*golden.load(), *golden.fresh()])[:16],
        "embedder": embedder.digest,
        "cross_validated": {"golden": cross_validated(dev, fresh), "fresh": cross_validated(fresh, dev)},
        "test": {
            name: measured(seen[name, Split.TEST], [one.signs @ weights for one in seen[name, Split.TEST]])
            for name in held
        },
        "weights": {name: round(float(value), 4) for name, value in zip(_NAMES, weights, strict=True)},
    }
    text = json.dumps(record, indent=2) + "\n"
    Path(str(resources.files("assistant") / "relevance.json")).write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
