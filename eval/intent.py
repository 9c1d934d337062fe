"""Fit the model that tells a wish for a whole design from other questions.

Run as `python -m eval.intent`: it reads eval/golden/kinds.txt (a kind and a question a line, written for this), writes
assistant/intent.json, and says how often it is right, cross-validated. Logistic regression with a ridge penalty over
runs of words that several questions share.
"""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from assistant.intent import features

_FOLDS = 10
_RIDGE = 0.6
_SHARED = 4  # questions that a run stands in
_SEED = 20261201
_DIGITS = 3

Numbers = NDArray[np.float64]


def examples() -> list[tuple[str, bool]]:
    """Questions, and whether each asks for a whole design.

    Raises:
        ValueError: If a line is none.
    """
    lines = (resources.files("eval") / "golden" / "kinds.txt").read_text(encoding="utf-8").splitlines()
    parted = [line.partition("|") for line in lines if line]
    if wrong := [kind for kind, _, text in parted if kind not in {"design", "other"} or not text]:
        raise ValueError(f"kinds.txt: a line is design|QUESTION or other|QUESTION, not {wrong[0]!r}")
    return [(text, kind == "design") for kind, _, text in parted]


def fit(texts: Sequence[str], wanted: Sequence[bool]) -> dict[str, float]:
    """The weight of each run of words; that of the empty one is the constant."""
    held = [features(text) for text in texts]
    counts = Counter(one for some in held for one in some)
    names = sorted(name for name, count in counts.items() if count >= _SHARED)
    place = {name: number for number, name in enumerate(names)}
    rows = np.zeros((len(texts), len(names) + 1))
    rows[:, -1] = 1.0
    for number, some in enumerate(held):
        rows[number, [place[one] for one in some if one in place]] = 1.0
    signs = np.where(np.array(wanted), 1.0, -1.0)

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        margins = signs * (rows @ weights)
        slopes = -signs / (1 + np.exp(np.clip(margins, -40, 40)))
        penalty = _RIDGE * weights
        penalty[-1] = 0.0
        return float(np.logaddexp(0, -margins).sum() + 0.5 * penalty @ weights), rows.T @ slopes + penalty

    found = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B").x
    told = {name: round(float(weight), _DIGITS) for name, weight in zip(names, found, strict=False)}
    return {"": round(float(found[-1]), _DIGITS), **{name: weight for name, weight in told.items() if weight}}


def scored(weights: dict[str, float], text: str) -> float:
    """The log odds that a question asks for a design, by some weights."""
    return weights[""] + sum(weights.get(one, 0.0) for one in features(text))


def main() -> int:
    """Run from the command line."""
    texts, wanted = zip(*examples(), strict=True)
    folds = np.random.default_rng(_SEED).integers(_FOLDS, size=len(texts))
    scores = np.zeros(len(texts))
    for fold in range(_FOLDS):
        kept = np.flatnonzero(folds != fold)
        weights = fit([texts[one] for one in kept], [wanted[one] for one in kept])
        scores[folds == fold] = [scored(weights, texts[one]) for one in np.flatnonzero(folds == fold)]
    designs = np.array(wanted)
    for bar in (0.0, 1.0, 2.0):
        found, wrong = int((scores[designs] >= bar).sum()), int((scores[~designs] >= bar).sum())
        sys.stdout.write(f"at {bar:g}: {found} of {designs.sum()} designs, {wrong} of {(~designs).sum()} others\n")
    held = fit(texts, wanted)
    place = Path(str(resources.files("assistant") / "intent.json"))
    place.write_text(json.dumps(held, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(held)} weights\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
