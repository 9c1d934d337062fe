from pathlib import Path

import pytest

from eval import golden, own
from eval.errors import CollectionError
from eval.golden import GoldenQuestion, Judgment, Split


def question(text: str, *, grade: int = 3, kind: str = "fact") -> GoldenQuestion:
    judged = (Judgment("topic-calibration", "A calibrated model's 0.2 happens one time in five.", grade),)
    return GoldenQuestion(own.id_of(text), text, kind, "topic-calibration", Split.DEV, judgments=judged)


def test_what_is_saved_is_read_as_golden_questions(tmp_path: Path) -> None:
    path = tmp_path / "home" / own.FILE
    kept = question('What is "calibration"?\u2028A second line')
    assert own.keep(kept, path) == 1
    assert golden.load(path) == (kept,)


def test_the_same_words_take_the_place_of_what_was_saved_before(tmp_path: Path) -> None:
    path = tmp_path / own.FILE
    own.keep(question("what is calibration?"), path)
    own.keep(question("What is drift?"), path)
    assert own.keep(question("What is  calibration?", grade=1, kind="how"), path) == 2
    assert {one.kind for one in golden.load(path)} == {"how", "fact"}


def test_a_file_that_somebody_broke_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / own.FILE
    path.write_text("{not json\n")
    with pytest.raises(CollectionError, match="line 1"):
        own.keep(question("What is calibration?"), path)
    assert path.read_text() == "{not json\n"


def test_a_home_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CollectionError, match="cannot be written"):
        own.keep(question("What is calibration?"), tmp_path / "file" / own.FILE)
