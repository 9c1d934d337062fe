"""Boosted trees: a step is found by asking of one sign at a time, and steps are added."""

import pytest

from assistant import trees

ASKING = [["near", 0.5, 1, 2, 0], ["", 0, 0, 0, -1.0], ["short", 0.2, 3, 4, 0], ["", 0, 0, 0, 0.25], ["", 0, 0, 0, 2.0]]


@pytest.mark.parametrize(
    ("near", "short", "step"), [(0.5, 1.0, -1.0), (0.51, 0.2, 0.25), (0.51, 0.21, 2.0), (0.9, 0.0, 0.25)]
)
def test_what_is_at_most_the_threshold_goes_below(near: float, short: float, step: float) -> None:
    (tree,) = trees.read([ASKING])
    assert trees.log_odds([tree], {"near": near, "short": short}) == step


def test_steps_of_all_trees_are_added_and_no_tree_adds_nothing() -> None:
    grown = trees.read([ASKING, [["", 0, 0, 0, 0.5]]])
    assert trees.log_odds(grown, {"near": 0.0, "short": 0.0}) == -0.5
    assert trees.log_odds((), {}) == 0.0
