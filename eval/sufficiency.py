"""Fit the model of sufficiency: when what was found is enough to answer.

Run as `python -m eval.sufficiency`, after a change of the search scores or of the questions; it writes
assistant/sufficiency.json and says how well the questions are told apart, cross-validated. The questions are those of
the golden dev split and golden/enough.txt, whose lines begin with + (the field guide answers it) or - (it does not);
the golden test split is only reported.

Logistic regression with a ridge penalty, both outcomes weighing the same. The bar is where at most one in 25 answerable
questions is refused.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from assistant import build, settings
from assistant.answer import Assistant
from assistant.sufficiency import Signs
from eval import answers, golden
from eval.golden import Split
from ingest import guide

_FOLDS = 10
_SEEDS = 3
_RIDGE = 1.0
_WRONG = 0.04  # the share of answerable questions that may be refused; others than these must stay below 0.05
_NAMES = [one.name for one in fields(Signs)]

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A question and whether the field guide answers it."""

    question: str
    is_answerable: bool
    history: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights of the signs as they are, and the chance from which a question is answered."""

    bias: float
    weights: Numbers
    enough: float

    def chances(self, signs: Numbers) -> Numbers:
        """The chance of each row of signs."""
        return np.asarray(1 / (1 + np.exp(-(self.bias + signs @ self.weights))))


@dataclass(frozen=True, slots=True)
class Told:
    """How well answerable questions are told from others.

    Attributes:
        auroc: Chance that an answerable question scores higher than another.
        refused: Share of the others that are refused.
        wrongly: Share of answerable ones that are refused.
    """

    auroc: float
    refused: float
    wrongly: float


def examples() -> tuple[list[Example], list[Example]]:
    """What is fitted on, and the golden test split."""
    text = (resources.files("eval") / "golden" / "enough.txt").read_text(encoding="utf-8")
    own = [Example(line[1:].strip(), line.startswith("+")) for line in text.splitlines() if line.strip()]
    held: dict[Split, list[Example]] = {split: [] for split in Split}
    for one in golden.load():
        held[one.split].append(Example(one.question, not one.decline, one.history))
    return [*held[Split.DEV], *own], held[Split.TEST]


def signs(asked: Sequence[Example], assistant: Assistant) -> Numbers:
    """The signs of each question, a row each."""
    rows = [assistant.signs(one.question, history=one.history) for one in asked]
    return np.array([[getattr(row, name) for name in _NAMES] for row in rows], dtype=np.float64)


def fit(rows: Numbers, answerable: NDArray[np.bool_], *, wrong: float = _WRONG) -> Fit:
    """Fit, and set the bar by cross-validated chances."""
    held_out = cross_validated(rows, answerable)
    bias, weights = _regress(rows, answerable)
    return Fit(bias, weights, float(np.quantile(held_out[answerable], wrong)))


def cross_validated(rows: Numbers, answerable: NDArray[np.bool_]) -> Numbers:
    """For each row the mean chance that models fitted without it give."""
    chances = np.zeros(len(rows))
    for seed in range(_SEEDS):
        fold = np.random.default_rng(seed).permutation(len(rows)) % _FOLDS
        for number in range(_FOLDS):
            out = fold == number
            bias, weights = _regress(rows[~out], answerable[~out])
            chances[out] += Fit(bias, weights, 0.5).chances(rows[out]) / _SEEDS
    return chances


def told(chances: Numbers, answerable: NDArray[np.bool_], *, enough: float) -> Told:
    """How well chances tell questions apart."""
    good, bad = chances[answerable], chances[~answerable]
    wins = (good[:, None] > bad[None, :]).mean() if len(bad) else 1.0
    return Told(float(wins), float((bad < enough).mean()) if len(bad) else 1.0, float((good < enough).mean()))


def _regress(rows: Numbers, answerable: NDArray[np.bool_]) -> tuple[float, Numbers]:
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    spread[spread == 0] = 1.0
    scaled = (rows - mean) / spread
    share = answerable.mean()
    weight = np.where(answerable, 0.5 / share, 0.5 / (1 - share))
    sign = np.where(answerable, 1.0, -1.0)

    def loss(values: Numbers) -> tuple[float, Numbers]:
        margin = sign * (values[0] + scaled @ values[1:])
        slope = -weight * sign / (1 + np.exp(margin))
        penalty = np.concatenate([[0.0], values[1:]])
        gradient = np.concatenate([[slope.sum()], scaled.T @ slope]) + _RIDGE * penalty
        return float((weight * np.logaddexp(0, -margin)).sum() + _RIDGE * (penalty**2).sum() / 2), gradient

    found = minimize(loss, np.zeros(rows.shape[1] + 1), jac=True, method="L-BFGS-B").x
    weights = found[1:] / spread
    return float(found[0] - mean @ weights), weights


def main() -> None:
    """Fit and write."""
    read = settings.read()
    assistant = answers.assistant(guide.documents(), home=read.home, embedder=build.embedder(read))
    dev, test = examples()
    rows, truth = signs(dev, assistant), np.array([one.is_answerable for one in dev])
    fitted = fit(rows, truth)
    chances = cross_validated(rows, truth)
    found = told(chances, truth, enough=fitted.enough)
    record = {
        "fitted_on": f"{len(dev)} questions, {int(truth.sum())} of them answerable, golden dev split and enough.txt",
        "questions": golden.digest(golden.load())[:16],
        "cross_validated": {name: round(value, 4) for name, value in asdict(found).items()},
        "enough": round(fitted.enough, 4),
        "bias": round(fitted.bias, 4),
        "weights": {name: round(float(value), 4) for name, value in zip(_NAMES, fitted.weights, strict=True)},
    }
    Path(str(resources.files("assistant") / "sufficiency.json")).write_text(
        json.dumps(record, indent=2) + "\n", encoding="utf-8"
    )
    write = sys.stdout.write
    write(json.dumps(record, indent=2) + "\n")
    for one, chance in sorted(zip(dev, chances, strict=True), key=lambda pair: pair[1]):
        if (chance >= fitted.enough) != one.is_answerable:
            write(f"{'+' if one.is_answerable else '-'} {chance:.2f} {one.question}\n")
    truth = np.array([one.is_answerable for one in test])
    write(f"test: {told(fitted.chances(signs(test, assistant)), truth, enough=fitted.enough)}\n")


if __name__ == "__main__":
    main()
