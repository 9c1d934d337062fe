"""Fitting when to decline: what stands for a linear model of vectors in the fit has not seen the row."""

import numpy as np
import pytest

from eval import sufficiency
from eval.sufficiency import Fit, Seen

ROWS = 200
GOOD = np.arange(ROWS) % 2 == 0


def _seen(vectors: np.ndarray) -> Seen:
    everything = np.ones(ROWS, dtype=bool)
    signs = np.zeros((ROWS, len(sufficiency._NAMES)))
    signs[:, sufficiency._NAMES.index("sentence")] = 0.5
    premises = np.zeros((ROWS, len(sufficiency._PREMISE)))
    return Seen(signs, premises, vectors, vectors, everything, ~everything, GOOD, everything)


def test_a_direction_that_tells_the_rows_apart_decides_where_the_other_signs_say_nothing() -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(ROWS, 6))
    vectors[:, 0] += np.where(GOOD, 1.2, -1.2)
    both, refused = sufficiency.fit(_seen(vectors))
    told = sufficiency.told(refused, GOOD)
    assert told["refused"] > 0.6
    assert told["wrongly"] < 0.3
    assert both.enough.weights[sufficiency._NAMES.index("ours")] > 0
    assert sufficiency.told(both.refused(_seen(vectors)), GOOD)["refused"] > 0.6
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
