"""Fit the model of sufficiency: when what was found is enough to answer.

Run as `python -m eval.sufficiency`, after a change of the search scores or of the questions; it writes
assistant/sufficiency.json and says how well the questions are told apart, cross-validated. The questions are those of
the golden dev split and golden/enough.txt, whose lines begin with + (the field guide answers it) or - (it does not);
the dev half of golden/fresh.jsonl is among them, the test half is not read here, and the golden test split is only
reported.

Logistic regression with a ridge penalty, both outcomes weighing the same, twice. The first model judges whether enough
was found. The second judges premises, of the questions that claim something and pass the first; what is false in them
is no want of evidence, so the first does not learn from "why" and "since" with a false premise. The first bar is set on
the golden and fresh questions alone, which are what people ask; enough.txt was written for the fit and claims more
than people do.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from assistant import build, settings
from assistant.answer import Assistant
from assistant.premise import Premise
from assistant.sufficiency import Signs
from eval import answers, golden
from eval.golden import Split
from ingest import guide

_FOLDS = 10
_SEEDS = 3
_RIDGE = 1.0
# Shares of answerable questions, and of those that claim something, that may be refused. One answerable question in ten
# claims something, so together one in 25 is: others than these must stay below one in 20.
_WRONG = 0.025
_UNBORNE = 0.15
_NAMES = [one.name for one in fields(Signs)]
_PREMISE = [one.name for one in fields(Premise)]

Numbers = NDArray[np.float64]
Truths = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Example:
    """A question and whether the field guide answers it.

    Attributes:
        is_asked: Whether it was written as people ask, and not for the fit.
    """

    question: str
    is_answerable: bool
    history: tuple[str, ...] = ()
    is_asked: bool = True


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights of the signs as they are, and the chance from which a question is answered."""

    bias: float
    weights: Numbers
    enough: float

    def chances(self, signs: Numbers) -> Numbers:
        """The chance of each row of signs."""
        return np.asarray(1 / (1 + np.exp(-(self.bias + signs @ self.weights))))


def examples() -> tuple[list[Example], list[Example]]:
    """What is fitted on, and the golden test split."""
    text = (resources.files("eval") / "golden" / "enough.txt").read_text(encoding="utf-8")
    own = [
        Example(line[1:].strip(), line.startswith("+"), is_asked=False) for line in text.splitlines() if line.strip()
    ]
    held: dict[Split, list[Example]] = {split: [] for split in Split}
    for one in (*golden.load(), *(one for one in golden.fresh() if one.split is Split.DEV)):
        held[one.split].append(Example(one.question, not one.decline, one.history))
    return [*held[Split.DEV], *own], held[Split.TEST]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is seen of questions, a row each.

    Attributes:
        signs: Of what was found.
        premises: Of what is claimed; zeros where nothing is.
        claims: Whether something is.
        presumes: Whether it is taken for granted.
        answerable: Whether the guide answers the question.
        asked: Whether it was written as people ask.
    """

    signs: Numbers
    premises: Numbers
    claims: Truths
    presumes: Truths
    answerable: Truths
    asked: Truths


@dataclass(frozen=True, slots=True)
class Both:
    """The two fitted models."""

    enough: Fit
    premise: Fit

    def refused(self, seen: Seen) -> Truths:
        """The questions that are refused by either."""
        short = self.enough.chances(seen.signs) < self.enough.enough
        unborne = self.premise.chances(seen.premises) < self.premise.enough
        return np.asarray(short | (seen.claims & unborne))


def see(asked: Sequence[Example], assistant: Assistant) -> Seen:
    """What is seen of each question."""
    rows = [assistant.signs(one.question, history=one.history) for one in asked]
    claims = [premise for _, premise in rows]
    return Seen(
        np.array([[getattr(row, name) for name in _NAMES] for row, _ in rows], dtype=np.float64),
        np.array([[getattr(one, name, 0.0) for name in _PREMISE] for one in claims], dtype=np.float64),
        np.array([one is not None for one in claims]),
        np.array([one is not None and one.presumes > 0 for one in claims]),
        np.array([one.is_answerable for one in asked]),
        np.array([one.is_asked for one in asked]),
    )


def fit(seen: Seen) -> tuple[Both, Truths]:
    """Fit both, and set their bars by cross-validated chances.

    Returns:
        The models, and which questions models fitted without them refuse.
    """
    of_evidence = seen.answerable | ~seen.presumes
    enough, chances = _fit(seen.signs, seen.answerable, of_evidence, measured=seen.asked, wrong=_WRONG)
    passing = seen.claims & (chances >= enough.enough)
    everything = np.ones_like(passing)
    premise, borne_out = _fit(seen.premises, seen.answerable, passing, measured=everything, wrong=_UNBORNE)
    refused = (chances < enough.enough) | (passing & (borne_out < premise.enough))
    return Both(enough, premise), np.asarray(refused)


def _fit(rows: Numbers, good: Truths, used: Truths, *, measured: Truths, wrong: float) -> tuple[Fit, Numbers]:
    """A model of the rows that are used, with chances for all rows, cross-validated where they are used.

    Args:
        rows: A row of signs each.
        good: The rows that should pass.
        used: What is fitted on.
        measured: What the bar is set on, as far as it is used and good.
        wrong: The share of those below the bar.
    """
    bias, weights = _regress(rows[used], good[used])
    chances = Fit(bias, weights, 0.5).chances(rows)
    chances[used] = cross_validated(rows[used], good[used])
    return Fit(bias, weights, float(np.quantile(chances[used & good & measured], wrong))), chances


def cross_validated(rows: Numbers, answerable: Truths) -> Numbers:
    """For each row the mean chance that models fitted without it give."""
    chances = np.zeros(len(rows))
    for seed in range(_SEEDS):
        fold = np.random.default_rng(seed).permutation(len(rows)) % _FOLDS
        for number in range(_FOLDS):
            out = fold == number
            bias, weights = _regress(rows[~out], answerable[~out])
            chances[out] += Fit(bias, weights, 0.5).chances(rows[out]) / _SEEDS
    return chances


def auroc(chances: Numbers, good: Truths) -> float:
    """Chance that a good row scores higher than another; 1 where there is none to compare."""
    one, other = chances[good], chances[~good]
    return float((one[:, None] > other[None, :]).mean()) if len(one) and len(other) else 1.0


def told(refused: Truths, answerable: Truths) -> dict[str, float]:
    """The shares of the others and of the answerable questions that are refused."""
    return {
        "refused": round(float(refused[~answerable].mean()), 4),
        "wrongly": round(float(refused[answerable].mean()), 4),
    }


def _regress(rows: Numbers, answerable: Truths) -> tuple[float, Numbers]:
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


def _recorded(fitted: Fit, names: Sequence[str]) -> dict[str, object]:
    return {
        "enough": round(fitted.enough, 4),
        "bias": round(fitted.bias, 4),
        "weights": {name: round(float(value), 4) for name, value in zip(names, fitted.weights, strict=True)},
    }


def main() -> None:
    """Fit and write."""
    read = settings.read()
    assistant = answers.assistant(guide.documents(), home=read.home, embedder=build.embedder(read))
    dev, test = examples()
    seen, unseen = see(dev, assistant), see(test, assistant)
    both, refused = fit(seen)
    truth = seen.answerable
    record = {
        "fitted_on": f"{len(dev)} questions, {int(truth.sum())} of them answerable: golden and fresh dev, enough.txt",
        "questions": golden.digest([*golden.load(), *golden.fresh()])[:16],
        "cross_validated": told(refused, truth),
        "of_what_is_asked": told(refused[seen.asked], truth[seen.asked]),
        **_recorded(both.enough, _NAMES),
        "premise": _recorded(both.premise, _PREMISE),
    }
    Path(str(resources.files("assistant") / "sufficiency.json")).write_text(
        json.dumps(record, indent=2) + "\n", encoding="utf-8"
    )
    write = sys.stdout.write
    write(json.dumps(record, indent=2) + "\n")
    for one, is_refused in zip(dev, refused, strict=True):
        if is_refused == one.is_answerable:
            write(f"{'+' if one.is_answerable else '-'} {one.question}\n")
    write(f"golden test: {told(both.refused(unseen), unseen.answerable)}\n")


if __name__ == "__main__":
    main()
