import dataclasses
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest import transfer
from ingest.errors import BundleError, LibraryError
from ingest.library import Library, SourceState, dump
from ingest.types import Anticipated, Reason, Status, Via
from tests.parts import document


def test_a_document_comes_back_as_it_went_in(tmp_path: Path) -> None:
    doc = dataclasses.replace(
        document("# Head\n\nText with é and 漢."), steps=(1, 2), topics=("ann",), authors=("A. B.",)
    )
    with Library(tmp_path / "library.sqlite") as library:
        assert library.put(doc)
    with Library(tmp_path / "library.sqlite") as library:
        assert library.document("doc") == doc
        assert list(library.documents()) == [doc]


def test_storing_the_same_document_again_changes_nothing(tmp_path: Path) -> None:
    with Library(tmp_path / "library.sqlite") as library:
        library.put(document("Text."))
        before = library.corpus_digest()
        assert not library.put(document("Text."))
        assert library.corpus_digest() == before
        assert library.put(document("Other text."))
        assert library.corpus_digest() != before


def test_replacing_a_source_removes_what_it_no_longer_holds(tmp_path: Path) -> None:
    with Library(tmp_path / "library.sqlite") as library:
        old, new = (dataclasses.replace(document("x", id=name), source_id="repo") for name in ("repo~a", "repo~b"))
        other = document("y", id="other")
        library.put(other)
        assert library.replace("repo", [old]) == 1
        assert library.replace("repo", [new]) == 2
        assert library.ids("repo") == {"repo~b"}
        assert library.counts() == {"repo": 1, "other": 1}


def test_a_replacement_that_fails_midway_leaves_the_old_documents(tmp_path: Path) -> None:
    with Library(tmp_path / "library.sqlite") as library:
        library.replace("doc", [document("old")])
        broken = dataclasses.replace(document("new"), topics=(object(),))  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            library.replace("doc", [broken])
        assert [d.text for d in library.documents()] == ["old"]


def test_the_state_of_a_source_comes_back_as_it_went_in(tmp_path: Path) -> None:
    state = SourceState(
        id="s", status=Status.DEAD, reason=Reason.NOT_FOUND, message="404", attempts=3,
        fetched_at=datetime(2026, 1, 2, tzinfo=UTC), via=Via.WAYBACK, final_url="https://x.example/",
    )  # fmt: skip
    with Library(tmp_path / "library.sqlite") as library:
        library.record(state)
        assert library.state("s") == state
        assert library.states() == [state]
        assert library.state("unknown") is None


def test_a_damaged_file_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "library.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(LibraryError, match="cannot be opened"):
        Library(tmp_path / "library.sqlite")


def test_a_library_of_a_later_version_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LibraryError, match="schema 99"):
        Library(path)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (Anticipated(0, 99, "why"), "leaves the text"),
        (Anticipated(3, 3, "why"), "leaves the text"),
        (Anticipated(0, 3, " "), "a question of 1 characters"),
        (Anticipated(0, 3, "why " * 100), "a question of 400 characters, wanted 1 to 300"),
    ],
)
def test_a_question_without_an_answer_in_its_document_or_of_no_length_is_refused(asked: Anticipated, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        dataclasses.replace(document("It runs."), asked=(asked,))


def test_questions_are_kept_and_a_document_without_any_has_the_record_of_before(tmp_path: Path) -> None:
    plain = document("It runs.")
    asking = dataclasses.replace(
        plain, id="asking", asked=(Anticipated(0, 8, "does it run"), Anticipated(0, 2, "what runs"))
    )
    assert "asked" not in dump(plain)
    with Library(tmp_path / "library.sqlite") as library:
        assert library.put(asking)
        assert not library.put(asking)
        assert library.document("asking") == asking
        assert library.put(dataclasses.replace(asking, asked=asking.asked[:1]))


def test_a_bundle_of_more_questions_than_memory_should_hold_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "library.sqlite"
    questions = tuple(Anticipated(0, 8, f"does it run {number}") for number in range(3))
    with Library(path) as library:
        library.put(dataclasses.replace(document("It runs."), asked=questions))
    transfer.vet(path)
    monkeypatch.setattr(transfer, "_MOST_QUESTIONS", 2)
    with pytest.raises(BundleError, match="more than 2 questions"):
        transfer.vet(path)
