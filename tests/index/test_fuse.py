import itertools
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.fuse import WORDS, Scale, convex, leaders, reciprocal_rank, weights

RANKINGS = st.dictionaries(
    st.sampled_from(["dense", "lexical"]),
    st.dictionaries(st.integers(0, 30), st.floats(0.01, 50, allow_nan=False), max_size=12).map(
        lambda scores: sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    ),
)


PARTS = {"dense": Scale(0.6, 1.0), "lexical": Scale(0.4, None)}


def test_a_cosine_counts_as_it_is_and_bm25_as_a_share_of_the_querys_best() -> None:
    fused = convex({"dense": [(1, 0.5), (2, 0.25)], "lexical": [(2, 8.0), (3, 4.0)]}, k=9, scales=PARTS)
    assert {one.row: one.score for one in fused} == pytest.approx({2: 0.15 + 0.4, 1: 0.3, 3: 0.2})
    assert [one.row for one in fused] == [2, 1, 3]


def test_an_absent_row_gets_nothing_and_is_not_ranked_last() -> None:
    fused = {one.row: one for one in convex({"dense": [(1, 0.9)], "lexical": [(2, 3.0)]}, k=9, scales=PARTS)}
    assert set(fused[1].methods) == {"dense"}
    assert fused[2].score == pytest.approx(0.4)


def test_a_score_below_nothing_counts_as_nothing() -> None:
    assert [one.score for one in convex({"dense": [(1, -0.3)]}, k=9, scales=PARTS)] == [0.0]


@given(
    st.dictionaries(st.integers(0, 30), st.floats(-1, 1, width=32), min_size=1, max_size=20),
    st.dictionaries(st.integers(0, 30), st.floats(0.01, 50), max_size=12),
    st.integers(1, 5),
)
def test_the_leaders_are_those_of_the_whole_fusion(cosines: dict[int, float], words: dict[int, float], k: int) -> None:
    lexical = sorted(words.items(), key=lambda pair: (-pair[1], pair[0]))
    dense = {row: cosines.get(row, 0.125) for row in sorted({*cosines, *words})}  # every candidate has a cosine
    rows, scores = np.array(list(dense), dtype=np.int64), np.array(list(dense.values()), dtype=np.float32)
    found = leaders(rows, scores, lexical, k=k, scales=PARTS)
    whole = convex({"dense": list(dense.items()), "lexical": lexical}, k=k, scales=PARTS)
    totals = {
        one.row: one.score for one in convex({"dense": list(dense.items()), "lexical": lexical}, k=99, scales=PARTS)
    }
    assert [totals[row] for row in found] == pytest.approx([one.score for one in whole])


@given(RANKINGS)
def test_fusing_keeps_every_row_and_does_not_mind_the_order_of_methods(
    rankings: dict[str, list[tuple[int, float]]],
) -> None:
    fused = convex(rankings, k=99, scales=PARTS)
    turned = convex(dict(reversed(list(rankings.items()))), k=99, scales=PARTS)
    assert [(one.row, pytest.approx(one.score)) for one in fused] == [(one.row, one.score) for one in turned]
    assert {one.row for one in fused} == {row for ranking in rankings.values() for row, _ in ranking}
    assert all(left.score >= right.score for left, right in itertools.pairwise(fused))


@given(RANKINGS, st.integers(1, 20))
def test_a_smaller_k_gives_the_head_of_the_same_ranking(rankings: dict[str, list[tuple[int, float]]], k: int) -> None:
    assert convex(rankings, k=k, scales=PARTS) == convex(rankings, k=99, scales=PARTS)[:k]


def test_reciprocal_rank_is_the_papers_formula() -> None:
    fused = reciprocal_rank({"a": [(1, 9.0), (2, 8.0)], "b": [(2, 1.0)]}, k=9)
    assert {one.row: one.score for one in fused} == pytest.approx({1: 1 / 61, 2: 1 / 62 + 1 / 61})


@pytest.mark.filterwarnings("ignore:.*unsafe cast")  # numba warns of its own casts, in colour or not
@pytest.mark.slow  # numba compiles ranx at its first call
def test_reciprocal_rank_agrees_with_ranx() -> None:
    from ranx import Run, fuse

    random.seed(3)
    rankings = {
        name: sorted(((row, random.random()) for row in random.sample(range(40), 20)), key=lambda pair: -pair[1])
        for name in ("a", "b")
    }
    runs = [Run({"q": {str(row): score for row, score in ranking}}) for ranking in rankings.values()]
    theirs = fuse(runs, norm=None, method="rrf", params={"k": 60}).to_dict()["q"]
    ours = {str(one.row): one.score for one in reciprocal_rank(rankings, k=99)}
    assert ours == pytest.approx(theirs)


@pytest.mark.filterwarnings("ignore:.*unsafe cast")  # numba warns of its own casts, in colour or not
@pytest.mark.slow  # numba compiles ranx at its first call
def test_the_convex_sum_agrees_with_ranx() -> None:
    from ranx import Run, fuse

    random.seed(4)
    drawn = {name: {row: random.random() for row in random.sample(range(40), 20)} for name in ("dense", "lexical")}
    rankings = {name: sorted(scores.items(), key=lambda pair: -pair[1]) for name, scores in drawn.items()}
    runs = [Run({"q": {str(row): score for row, score in scores.items()}}) for scores in drawn.values()]
    theirs = fuse(runs, norm=None, method="wsum", params={"weights": (0.6, 0.4)}).to_dict()["q"]
    as_given = {"dense": Scale(0.6, 1.0), "lexical": Scale(0.4, 1.0)}
    assert {str(one.row): one.score for one in convex(rankings, k=99, scales=as_given)} == pytest.approx(theirs)


FLAT = [(row, 0.7 - 0.001 * row) for row in range(120)]


def words_weigh(dense: list[tuple[int, float]], best: float, most: float) -> float:
    return weights(dense, [(7, best), (8, best / 2)], most=most)["lexical"].weight


def test_words_count_less_where_the_nearest_stand_out() -> None:
    steep = [(row, 0.9 if row < 5 else 0.4) for row in range(120)]
    assert words_weigh(FLAT, 20.0, 40.0) == pytest.approx(WORDS / 0.1 / (1 + WORDS / 0.1))
    assert words_weigh(steep, 20.0, 40.0) == pytest.approx(WORDS / 0.5 / (1 + WORDS / 0.5))


def test_words_count_less_where_no_passage_holds_a_quarter_of_the_question() -> None:
    whole = words_weigh(FLAT, 10.0, 40.0)
    ratio = WORDS / 0.1
    assert words_weigh(FLAT, 39.0, 40.0) == whole
    assert words_weigh(FLAT, 5.0, 40.0) == pytest.approx(ratio / 2 / (1 + ratio / 2))
    assert words_weigh(FLAT, 1.0, 40.0) == pytest.approx(ratio / 10 / (1 + ratio / 10))
    assert weights(FLAT, [], most=0.0)["lexical"].weight == 0


def test_words_count_less_where_a_question_says_little_in_words() -> None:
    ratio = WORDS / 0.1
    for said in (1.0, 0.5, 0.2):
        found = weights(FLAT, [(7, 20.0)], most=40.0, outright=said)["lexical"].weight
        assert found == pytest.approx(ratio * said / (1 + ratio * said))


@given(st.lists(st.floats(-1, 1), max_size=150), st.floats(0.01, 99), st.floats(0, 99), st.floats(0, 1))
def test_weights_add_up_to_one_and_meaning_has_the_most(
    cosines: list[float], best: float, most: float, outright: float
) -> None:
    found = weights(list(enumerate(sorted(cosines, reverse=True))), [(1, best)], most=most, outright=outright)
    assert found["dense"].weight + found["lexical"].weight == pytest.approx(1)
    assert 0.6 < found["dense"].weight <= 1
    assert found["lexical"].weight >= 0


def test_a_damping_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="1 or more, got 0"):
        reciprocal_rank({}, k=5, damping=0)
