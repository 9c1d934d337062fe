import json
from pathlib import Path

import pytest

from eval import golden, mend
from eval.golden import GoldenQuestion, Judgment, Split
from tests.parts import document
from ui import cli

BEFORE = "The index keeps 64 neighbours of every vector in memory, so it grows with the corpus."
REVISED = "The index keeps 64 neighbors of each vector in memory, so it grows with the corpus."
OTHER = "Nothing of this kind stands here. Reading costs time."


def _question(*judgments: Judgment) -> GoldenQuestion:
    return GoldenQuestion(id="g", question="q", kind="fact", topic="t", split=Split.DEV, judgments=judgments)


def _after(text: str, *judgments: Judgment) -> GoldenQuestion:
    one = _question(*judgments)
    return mend.mended(one, list(mend.lost([one], {"a": document(text, id="a")})))


def test_a_quotation_that_still_stands_is_not_lost() -> None:
    assert list(mend.lost([_question(Judgment("a", BEFORE, 3))], {"a": document(f"{OTHER} {BEFORE}", id="a")})) == []


def test_a_quotation_in_new_words_is_moved_to_them() -> None:
    moved = _after(f"{OTHER} {REVISED} {OTHER}", Judgment("a", BEFORE, 3))
    assert moved.judgments == (Judgment("a", REVISED, 3),)


def test_another_number_is_another_statement() -> None:
    now = REVISED.replace("64", "32")
    (found,) = mend.lost([_question(Judgment("a", BEFORE, 3))], {"a": document(f"{OTHER} {now}", id="a")})
    assert found.nearest == now
    assert found.likeness > mend.SAME
    assert not found.same
    assert mend.mended(_question(found.judgment), [found]).judgments == (found.judgment,), "left to be judged again"


def test_a_document_that_is_gone_has_nothing_near() -> None:
    (found,) = mend.lost([_question(Judgment("a", BEFORE, 3))], {})
    assert (found.nearest, found.likeness, found.same) == ("", 0.0, False)


def test_what_was_not_relevant_and_is_gone_leaves_the_judgments() -> None:
    kept = Judgment("a", OTHER, 1)
    assert _after(OTHER, kept, Judgment("a", BEFORE, 0)).judgments == (kept,)


def test_two_quotations_that_became_one_keep_the_higher_grade() -> None:
    twin = BEFORE.replace("neighbours", "links")
    assert _after(REVISED, Judgment("a", BEFORE, 1), Judgment("a", twin, 2)).judgments == (Judgment("a", REVISED, 2),)


def test_a_quotation_of_another_question_is_left_alone() -> None:
    one = _question(Judgment("a", BEFORE, 3))
    found = mend.Lost("another", one.judgments[0], REVISED, 1.0)
    assert mend.mended(one, [found]) == one


def test_questions_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    asked = golden.load()
    golden.write(asked, tmp_path / "questions.jsonl")
    assert golden.load(tmp_path / "questions.jsonl") == asked


def test_the_command_lists_what_has_to_be_judged_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [_question(Judgment("a", BEFORE, 3), Judgment("b", BEFORE, 2))]
    monkeypatch.setattr(golden, "load", lambda: asked)
    monkeypatch.setattr("ingest.guide.documents", lambda: (document(REVISED, id="a"), document(OTHER, id="b")))
    out = tmp_path / "mended.jsonl"

    assert cli.main(["eval", "questions", "--mend", str(out)]) == 1
    assert "2 quotations gone, 1 relevant ones to judge again" in capsys.readouterr().out
    assert [one["quote"] for one in json.loads(out.read_text())["judgments"]] == [REVISED, BEFORE]

    assert cli.main(["eval", "questions", "--mend", str(out), "--json"]) == 1
    assert [one["judgment"]["document"] for one in json.loads(capsys.readouterr().out)] == ["b"]
