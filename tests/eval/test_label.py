from pathlib import Path

from eval import label
from eval.label import Pair

RUN = {"q1": [("a", 3.0), ("b", 2.0), ("c", 1.0)]}


def test_only_what_nobody_judged_is_shown_and_never_below_the_depth() -> None:
    assert set(label.unjudged(RUN, {"q1": {"a": 1}}, depth=2)) == {Pair("q1", "b")}
    assert len(label.unjudged(RUN, {}, depth=3)) == 3


def test_a_session_is_blind_and_records_each_grade_at_once(tmp_path: Path) -> None:
    path = tmp_path / "grades.jsonl"
    shown: list[str] = []
    answers = iter(["7", "2", "s", "q"])

    def ask(text: str) -> str:
        shown.append(text)
        return next(answers)

    pairs = label.unjudged(RUN, {}, depth=3)
    texts = {"a": "Text A", "b": "Text B", "c": "Text C"}
    graded = list(label.session(pairs, questions={"q1": "why?"}, texts=texts.__getitem__, ask=ask, path=path))
    assert graded == pairs[:1]
    assert label.recorded(path) == {("q1", pairs[0].unit): 2}
    assert all(score not in "".join(shown) for score in ("3.0", "2.0", "1.0"))
    assert "wanted 0, 1, 2, 3" in shown[1]


def test_a_later_session_goes_on_where_the_first_stopped(tmp_path: Path) -> None:
    path = tmp_path / "grades.jsonl"
    pairs = label.unjudged(RUN, {}, depth=3)
    for answers in (iter(["1", "q"]), iter(["0", "0"])):
        list(
            label.session(pairs, questions={"q1": "?"}, texts=str, ask=lambda _, given=answers: next(given), path=path)
        )
    assert len(label.recorded(path)) == 3
