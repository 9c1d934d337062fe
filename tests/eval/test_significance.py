import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import significance
from eval.errors import CollectionError


def by_query(values: list[float]) -> dict[str, float]:
    return {f"q{number:03}": value for number, value in enumerate(values)}


def test_the_p_value_is_the_share_of_sign_flips_that_go_as_far() -> None:
    gains = np.array([0.3, 0.2, -0.1, 0.4, 0.25])
    flips = [abs((gains * signs).mean()) for signs in itertools.product((1, -1), repeat=5)]
    exact = sum(one >= abs(gains.mean()) - 1e-12 for one in flips) / len(flips)
    assert significance.randomization(gains) == pytest.approx(exact)


def test_systems_that_do_not_differ_have_p_one() -> None:
    same = by_query([0.1, 0.5, 0.9])
    found = significance.compare(same, same, measure="AP")
    assert (found.p, found.difference, found.ties, found.low, found.high) == (1.0, 0.0, 3, 0.0, 0.0)


def test_a_clear_gain_is_seen_and_counted() -> None:
    random = np.random.default_rng(1)
    first = random.random(60)
    found = significance.compare(by_query(list(first)), by_query(list(first + 0.1)), measure="AP")
    assert found.difference == pytest.approx(0.1)
    assert found.wins == 60
    assert found.p < 0.001


def test_noise_is_not_called_a_gain() -> None:
    random = np.random.default_rng(2)
    first, second = random.random(60), random.random(60)
    found = significance.compare(by_query(list(first)), by_query(list(second)), measure="AP")
    assert found.p > 0.05
    assert found.low < 0 < found.high
    assert found.detectable > abs(found.difference)


def test_the_same_values_give_the_same_numbers_again() -> None:
    random = np.random.default_rng(3)
    first, second = by_query(list(random.random(30))), by_query(list(random.random(30)))
    once = significance.compare(first, second, measure="AP")
    assert once == significance.compare(first, second, measure="AP")


def test_runs_over_different_queries_are_refused() -> None:
    with pytest.raises(CollectionError, match="different queries"):
        significance.compare(by_query([1, 2]), by_query([1, 2, 3]), measure="AP")


def test_holm_by_hand() -> None:
    assert significance.holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_never_lowers_a_p_value_nor_leaves_the_range(p_values: list[float]) -> None:
    adjusted = significance.holm(p_values)
    assert all(before <= after <= 1 for before, after in zip(p_values, adjusted, strict=True))
