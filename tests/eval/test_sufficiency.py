"""Fitting when to decline: what stands for a linear model of vectors in the fit has not seen the row."""

from dataclasses import replace

import numpy as np
import pytest

from assistant import trees
from eval import sufficiency
from eval.sufficiency import Fit, Seen

ROWS = 200
GOOD = np.arange(ROWS) % 2 == 0


def _seen(vectors: np.ndarray) -> Seen:
    all_ = np.ones(ROWS, dtype=bool)
    signs = np.zeros((ROWS, len(sufficiency._NAMES)))
    signs[:, sufficiency._NAMES.index("sentence")] = 0.5
    premises = np.zeros((ROWS, len(sufficiency._PREMISE)))
    return Seen(signs, premises, vectors, vectors, all_, ~all_, GOOD, all_, ~all_, np.arange(ROWS))


@pytest.fixture(autouse=True)
def three_of_a_hundred(monkeypatch: pytest.MonkeyPatch) -> None:
    """What may be refused wrongly of the hundred good rows, whatever the product allows itself."""
    monkeypatch.setattr(sufficiency, "_WRONG", 0.03)
    monkeypatch.setattr(sufficiency, "_REFUSED", 0.07)
    monkeypatch.setattr(sufficiency, "_SHARES", np.arange(0.0025, 0.03, 0.0025))


def test_a_direction_that_tells_the_rows_apart_decides_where_the_other_signs_say_nothing() -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(ROWS, 6))
    vectors[:, 0] += np.where(GOOD, 1.5, -1.5)
    both, refused = sufficiency.fit(_seen(vectors))
    told = sufficiency.told(refused, GOOD)
    assert told["refused"] > 0.6
    assert told["wrongly"] <= sufficiency._WRONG
    assert both.enough.weights[sufficiency._NAMES.index("ours")] > 0
    assert sufficiency.told(both.refuses(_seen(vectors)), GOOD)["refused"] > 0.6
    kept = both.directions()
    assert kept.ours.shape == kept.meant.shape == (7,)
    assert float(kept.ours[:-1] @ vectors[0] + kept.ours[-1]) == pytest.approx(
        both.ours.log_odds(vectors[:1])[0], abs=1e-4
    )


def test_log_odds_of_a_row_come_from_a_model_without_its_neighbours() -> None:
    vectors = np.repeat(np.eye(ROWS // 20), 20, axis=0)  # a tenth of the rows has a direction of its own
    good = GOOD | (np.arange(ROWS) < 20)  # and the first is all good
    fitted, odds = sufficiency._direction(vectors, good, np.ones(ROWS, dtype=bool), ridge=0.01)
    assert fitted.log_odds(vectors[:20]).min() > 2  # what a model that saw them says
    assert np.abs(odds).max() < 1


def test_a_question_unlike_others_counts_less_the_nearer_its_sentence() -> None:
    seen = _seen(np.zeros((ROWS, 2))).placed(np.full(ROWS, 2.0), np.full(ROWS, 3.0))
    assert seen.signs[0, sufficiency._NAMES.index("ours")] == pytest.approx(1.0)
    assert seen.premises[0, sufficiency._PREMISE.index("meant")] == 3.0
    assert Fit(1.0, np.array([2.0]), 0.5).log_odds(np.array([[3.0]]))[0] == 7.0


def test_trees_see_what_two_signs_say_together_and_no_single_one() -> None:
    random = np.random.default_rng(1)
    rows = random.uniform(size=(300, 2))
    good = (rows[:, 0] > 0.5) == (rows[:, 1] > 0.5)
    chances = sufficiency.cross_validated(rows, good, np.arange(300))
    assert sufficiency.auroc(chances, good) > 0.9
    line = sufficiency._regress(rows, good)
    assert sufficiency.auroc(Fit(*line, 0.5).chances(rows), good) < 0.65


def test_kept_trees_give_the_steps_that_were_fitted() -> None:
    random = np.random.default_rng(2)
    rows = random.uniform(size=(200, 2))
    good = rows[:, 0] * rows[:, 1] > 0.25
    fitted = sufficiency._grown(rows, good)
    grown = trees.read(sufficiency._kept(fitted, ["one", "other"]))
    line = Fit(fitted.bias, fitted.weights, 0.5).log_odds(rows)
    steps = [trees.log_odds(grown, {"one": one, "other": other}) for one, other in rows]
    assert np.mean(np.abs(line + steps - fitted.log_odds(rows)) < 0.01) > 0.98  # thresholds are rounded


def test_what_is_of_one_matter_is_left_out_together() -> None:
    matters = np.repeat(np.arange(20), 10)
    rows = np.eye(20)[matters]  # a sign for each matter, and nothing that goes across
    good = np.arange(20) % 2 == 0
    chances = sufficiency.cross_validated(rows, good[matters], matters)
    assert sufficiency.auroc(chances, good[matters]) < 0.7


def test_bars_refuse_and_doubt_no_more_than_is_allowed() -> None:
    seen = replace(_seen(np.zeros((ROWS, 2))), presumes=np.arange(ROWS) % 10 < 2)
    random = np.random.default_rng(3)
    chances, borne_out = random.uniform(size=(2, ROWS)) + np.where(GOOD, 0.3, 0.0)
    bars = sufficiency._bars(chances, borne_out, seen)
    refused = (chances < bars.enough) | (seen.presumes & (borne_out < bars.refused))
    assert 0.02 < refused[GOOD].mean() <= sufficiency._WRONG
    assert refused[~GOOD].mean() > 0.2
    true = borne_out[GOOD & seen.presumes]
    assert (true < bars.refused).mean() == pytest.approx(sufficiency._REFUSED, abs=0.05)
    assert (true < bars.doubted).mean() == pytest.approx(sufficiency._DOUBTED, abs=0.05)


def test_of_pairs_only_the_premise_is_fitted_on() -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(ROWS, 6))
    vectors[:, 0] += np.where(GOOD, 1.5, -1.5)
    seen = _seen(vectors)
    turned = replace(seen, questions=-vectors, paired=~seen.paired)  # pairs that say the contrary
    both = [np.concatenate([getattr(one, name) for one in (seen, turned)]) for name in Seen.__dataclass_fields__]
    fitted, _ = sufficiency.fit(Seen(*both))
    alone, _ = sufficiency.fit(seen)
    assert fitted.ours.weights == pytest.approx(alone.ours.weights, abs=1e-3)
    assert fitted.enough.weights == pytest.approx(alone.enough.weights, abs=1e-3)
    assert np.abs(fitted.premise.weights - alone.premise.weights).max() > 0.01


def test_log_odds_of_what_stands_first_come_from_models_that_saw_its_like() -> None:
    """However many rows of another source follow."""
    random = np.random.default_rng(4)
    vectors = random.normal(size=(10 * ROWS, 6))
    good = np.arange(10 * ROWS) % 2 == 0
    first = np.arange(10 * ROWS) < ROWS
    vectors[:, 0] += np.where(first, np.where(good, 2.0, -2.0), 0.0)  # what tells the first tells nothing of the rest
    _, odds = sufficiency._direction(vectors, good, np.ones(10 * ROWS, dtype=bool), ridge=0.01)
    alone, _ = sufficiency._direction(vectors[ROWS:], good[ROWS:], np.ones(9 * ROWS, dtype=bool), ridge=0.01)
    without = alone.log_odds(vectors[:ROWS])
    assert sufficiency.auroc(odds[:ROWS], good[:ROWS]) > 0.9 > sufficiency.auroc(without, good[:ROWS])
