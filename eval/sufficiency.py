"""Fit the model of sufficiency: when what was found is enough to answer.

Run as `python -m eval.sufficiency`, after a change of the search scores or of the questions; it writes
assistant/sufficiency.json and assistant/sufficiency.npy, and says how well the questions are told apart,
cross-validated. The questions are those of the golden dev split and golden/enough.txt, whose lines begin with + (the
field guide answers it) or - (it does not); the dev half of golden/fresh.jsonl is among them, the test half is not read
here, and the golden test split is only reported.

Logistic regression with a ridge penalty, both outcomes weighing the same, twice. The first model judges whether enough
was found. The second judges premises, of the questions that claim something and pass the first; what is false in them
is no want of evidence, so the first does not learn from "why" and "since" with a false premise. The first bar is set on
the golden and fresh questions alone, which are what people ask; enough.txt was written for the fit and claims more
than people do.

One sign of each model is a linear model itself, of the embedder's vectors. The value that stands for it in the fit
comes from one that saw neither the question nor its neighbours in the file: a true claim stands beside its false twin.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from assistant import build, settings
from assistant.answer import Assistant
from assistant.directions import Directions
from assistant.premise import Premise
from assistant.sufficiency import Signs, Sufficiency
from eval import answers, golden
from eval.golden import Split
from index.types import Vectors
from ingest import guide

_FOLDS = 10
_SEEDS = 3
_RIDGE = 1.0
# For directions, of 384 weights each. Left out source by source, what was fitted with 30 to 300 for questions told the
# answerable ones from the rest alike (AUROC 0.85 to 0.91), with 100 to 1,000 for claims true from false (0.64 to 0.66).
_RIDGE_OURS = 300.0
_RIDGE_MEANT = 100.0
# Shares of answerable questions, and of true claims, that may be refused. Cross-validated on the questions that were
# written as people ask, both together refuse 3.6 % of the answerable ones, and 11 % of those that claim something; most
# claims that are fitted on are twins over one sentence, harder to tell apart than what people take for granted.
_WRONG = 0.02
_UNBORNE = 0.25
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

    def log_odds(self, signs: Numbers) -> Numbers:
        """The log odds of each row of signs."""
        return np.asarray(self.bias + signs @ self.weights)

    def chances(self, signs: Numbers) -> Numbers:
        """The chance of each row of signs."""
        return np.asarray(1 / (1 + np.exp(-self.log_odds(signs))))

    def direction(self) -> Vectors:
        """The weights and then the bias, as float32."""
        return np.append(self.weights, self.bias).astype(np.float32)


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
        questions: Vectors of the questions.
        turns: The same less the vector of the nearest sentence; zeros where there is none.
        claims: Whether something is claimed.
        presumes: Whether it is taken for granted.
        answerable: Whether the guide answers the question.
        asked: Whether it was written as people ask.
    """

    signs: Numbers
    premises: Numbers
    questions: Numbers
    turns: Numbers
    claims: Truths
    presumes: Truths
    answerable: Truths
    asked: Truths

    def placed(self, ours: Numbers, meant: Numbers) -> "Seen":
        """The same with these log odds, one a row, behind the signs of both names."""
        signs, premises = self.signs.copy(), self.premises.copy()
        signs[:, _NAMES.index("ours")] = (1 - signs[:, _NAMES.index("sentence")]) * ours
        premises[:, _PREMISE.index("meant")] = meant
        return replace(self, signs=signs, premises=premises)


@dataclass(frozen=True, slots=True)
class Both:
    """The two fitted models, and the linear models behind a sign of each."""

    enough: Fit
    premise: Fit
    ours: Fit
    meant: Fit

    def refused(self, seen: Seen) -> Truths:
        """The questions that are refused by either."""
        seen = seen.placed(self.ours.log_odds(seen.questions), self.meant.log_odds(seen.turns))
        short = self.enough.chances(seen.signs) < self.enough.enough
        unborne = self.premise.chances(seen.premises) < self.premise.enough
        return np.asarray(short | (seen.claims & unborne))

    def directions(self) -> Directions:
        """The linear models as they are kept."""
        return Directions(self.ours.direction(), self.meant.direction())


def see(asked: Sequence[Example], assistant: Assistant) -> Seen:
    """What is seen of each question."""
    rows = [assistant.judged(one.question, history=one.history) for one in asked]
    claims = [row.premise for row in rows]
    return Seen(
        np.array([[getattr(row.signs, name) for name in _NAMES] for row in rows], dtype=np.float64),
        np.array([[getattr(one, name, 0.0) for name in _PREMISE] for one in claims], dtype=np.float64),
        np.array([row.vector for row in rows], dtype=np.float64),
        np.array([_turn(row) for row in rows], dtype=np.float64),
        np.array([one is not None for one in claims]),
        np.array([one is not None and one.presumes > 0 for one in claims]),
        np.array([one.is_answerable for one in asked]),
        np.array([one.is_asked for one in asked]),
    )


def _turn(row: Sufficiency) -> Vectors:
    return row.vector - row.nearest[0].vector if row.nearest else np.zeros_like(row.vector)


def fit(seen: Seen) -> tuple[Both, Truths]:
    """Fit both, and set their bars by cross-validated chances.

    Returns:
        The models, and which questions models fitted without them refuse.
    """
    of_evidence = seen.answerable | ~seen.presumes
    nothing = np.zeros(len(seen.signs))
    ours, odds = _direction(seen.questions, seen.answerable, of_evidence, ridge=_RIDGE_OURS)
    seen = seen.placed(odds, nothing)
    enough, chances = _fit(seen.signs, seen.answerable, of_evidence, measured=seen.asked, wrong=_WRONG)
    passing = seen.claims & (chances >= enough.enough)
    meant, turned = _direction(seen.turns, seen.answerable, passing, ridge=_RIDGE_MEANT)
    seen = seen.placed(odds, turned)
    everything = np.ones_like(passing)
    premise, borne_out = _fit(seen.premises, seen.answerable, passing, measured=everything, wrong=_UNBORNE)
    refused = (chances < enough.enough) | (passing & (borne_out < premise.enough))
    return Both(enough, premise, ours, meant), np.asarray(refused)


def _direction(vectors: Numbers, good: Truths, used: Truths, *, ridge: float) -> tuple[Fit, Numbers]:
    """A linear model of the vectors that are used; and for all rows log odds by models fitted without their tenth.

    Tenths are stretches of rows, so that what stands side by side is left out together.
    """
    odds = np.zeros(len(vectors))
    tenth = np.arange(len(vectors)) * _FOLDS // len(vectors)
    for number in range(_FOLDS):
        fitted = used & (tenth != number)
        bias, weights = _regress(vectors[fitted], good[fitted], ridge=ridge)
        odds[tenth == number] = Fit(bias, weights, 0.5).log_odds(vectors[tenth == number])
    bias, weights = _regress(vectors[used], good[used], ridge=ridge)
    return Fit(bias, weights, 0.5), odds


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


def _regress(rows: Numbers, answerable: Truths, *, ridge: float = _RIDGE) -> tuple[float, Numbers]:
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
        gradient = np.concatenate([[slope.sum()], scaled.T @ slope]) + ridge * penalty
        return float((weight * np.logaddexp(0, -margin)).sum() + ridge * (penalty**2).sum() / 2), gradient

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
    embedder = build.embedder(read)
    assistant = answers.assistant(guide.documents(), home=read.home, embedder=embedder)
    dev, test = examples()
    seen, unseen = see(dev, assistant), see(test, assistant)
    both, refused = fit(seen)
    truth = seen.answerable
    record = {
        "fitted_on": f"{len(dev)} questions, {int(truth.sum())} of them answerable: golden and fresh dev, enough.txt",
        "questions": golden.digest([*golden.load(), *golden.fresh()])[:16],
        "embedder": embedder.digest,
        "cross_validated": told(refused, truth),
        "of_what_is_asked": told(refused[seen.asked], truth[seen.asked]),
        **_recorded(both.enough, _NAMES),
        "premise": _recorded(both.premise, _PREMISE),
    }
    folder = Path(str(resources.files("assistant")))
    (folder / "sufficiency.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    kept = both.directions()
    np.save(folder / "sufficiency.npy", np.stack([kept.ours, kept.meant]))
    write = sys.stdout.write
    write(json.dumps(record, indent=2) + "\n")
    for one, is_refused in zip(dev, refused, strict=True):
        if is_refused == one.is_answerable:
            write(f"{'+' if one.is_answerable else '-'} {one.question}\n")
    write(f"golden test: {told(both.refused(unseen), unseen.answerable)}\n")


if __name__ == "__main__":
    main()
