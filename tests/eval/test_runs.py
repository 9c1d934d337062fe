import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import runs
from eval.errors import CollectionError

QRELS = {"q1": {"a": 2, "b": 1, "z": 0}, "q2": {"c": 1}}


def test_measures_by_hand() -> None:
    values = runs.measure({"q1": [("x", 3.0), ("a", 2.0), ("b", 1.0)], "q2": [("c", 1.0)]}, QRELS)
    best = 2 + 1 / math.log2(3)
    assert values["nDCG@10"]["q1"] == pytest.approx((2 / math.log2(3) + 1 / math.log2(4)) / best)
    assert values["RR@10"] == {"q1": 0.5, "q2": 1.0}
    assert values["AP"]["q1"] == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert values["R@100"] == {"q1": 1.0, "q2": 1.0}
    assert values["Judged@10"]["q1"] == pytest.approx(2 / 3)


def test_a_query_that_the_run_lacks_counts_as_zero() -> None:
    values = runs.measure({"q2": [("c", 1.0)]}, QRELS)
    assert values["nDCG@10"] == {"q1": 0.0, "q2": 1.0}
    assert runs.means(values)["nDCG@10"] == 0.5


def test_an_empty_run_scores_zero_everywhere() -> None:
    assert set(runs.means(runs.measure({}, QRELS)).values()) == {0.0}


def test_an_unknown_measure_is_refused() -> None:
    with pytest.raises(CollectionError, match="unknown measure"):
        runs.measure({}, QRELS, measures=["wishful@10"])


@given(
    st.dictionaries(
        st.sampled_from(["q1", "q2"]),
        st.dictionaries(st.sampled_from("abcdef"), st.floats(-5, 5), min_size=1).map(
            lambda scores: sorted(scores.items(), key=lambda pair: -pair[1])
        ),
    )
)
def test_a_run_that_was_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, run: runs.Run) -> None:
    path = tmp_path_factory.mktemp("runs") / "a.run"
    runs.write(run, path, tag="ninestep")
    assert {query: dict(ranking) for query, ranking in runs.read(path).items()} == {
        query: dict(ranking) for query, ranking in run.items()
    }


@pytest.mark.parametrize("line", ["q1 Q0 d1 1 0.5", "q1 Q0 d1 1 high tag"])
def test_a_malformed_run_is_named_with_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.run"
    path.write_text(f"q1 Q0 d0 1 0.9 tag\n{line}\n", encoding="utf-8")
    with pytest.raises(CollectionError, match=r"a.run line 2: wanted query, Q0, document"):
        runs.read(path)


def test_a_document_twice_for_one_query_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.run"
    path.write_text("q1 Q0 d0 1 0.9 t\nq1 Q0 d0 2 0.8 t\n", encoding="utf-8")
    with pytest.raises(CollectionError, match="d0 comes twice"):
        runs.read(path)


def test_trec_evals_own_program_agrees() -> None:
    import pytrec_eval

    run = {"q1": {"x": 3.0, "a": 2.0, "b": 1.0}, "q2": {"d": 2.0, "c": 1.0}}
    theirs = pytrec_eval.RelevanceEvaluator(QRELS, {"ndcg_cut.10", "map", "recall.100"}).evaluate(run)
    ours = runs.measure({query: list(scores.items()) for query, scores in run.items()}, QRELS)
    for query in QRELS:
        assert ours["nDCG@10"][query] == pytest.approx(theirs[query]["ndcg_cut_10"])
        assert ours["AP"][query] == pytest.approx(theirs[query]["map"])
        assert ours["R@100"][query] == pytest.approx(theirs[query]["recall_100"])


def test_a_run_of_another_collection_is_refused() -> None:
    with pytest.raises(CollectionError, match="'q9', which is not among the judged ones"):
        runs.check({"q9": [("a", 1.0)]}, QRELS, name="a.run")
    with pytest.raises(CollectionError, match="no query at all"):
        runs.check({}, QRELS, name="a.run")
    runs.check({"q1": [("a", 1.0)]}, QRELS, name="a.run")


def test_an_id_that_the_format_cannot_carry_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match="cannot hold the id 'two words'"):
        runs.write({"q1": [("two words", 1.0)]}, tmp_path / "a.run", tag="ninestep")


def test_ir_measures_reads_the_file_as_it_is(tmp_path: Path) -> None:
    import ir_measures

    run = {"q1": [("x", 3.0), ("a", 2.5), ("b", 1.0)], "q2": [("c", 1.0)]}
    runs.write(run, tmp_path / "a.run", tag="ninestep")
    read = ir_measures.read_trec_run(str(tmp_path / "a.run"))
    qrels = {query: dict(grades) for query, grades in QRELS.items()}
    theirs = ir_measures.calc_aggregate([ir_measures.nDCG @ 10], qrels, read)
    assert theirs[ir_measures.nDCG @ 10] == pytest.approx(runs.means(runs.measure(run, QRELS))["nDCG@10"], abs=1e-4)
