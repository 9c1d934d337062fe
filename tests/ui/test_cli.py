import errno
import json
import socket
import sqlite3
from pathlib import Path

import pytest

from index.types import Hit, MethodTrace, Trace
from ingest.errors import IngestError
from ingest.types import Chunk
from tests.ui.shown import info
from ui import cli


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NINESTEP_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.mark.parametrize("command", [["ask", "What is calibration?"], ["search", "calibration"], ["serve"]])
@pytest.mark.model
def test_without_an_index_the_command_that_makes_one_is_named(
    command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NINESTEP_PORT", "7999")
    assert cli.main(command) == cli.FAILED
    assert "run `ninestep index`" in capsys.readouterr().err


def test_an_unknown_source_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["ingest", "youtube-dn"]) == cli.ASKED_WRONGLY
    assert "did you mean youtube-dnn" in capsys.readouterr().err


def test_ingesting_nothing_says_what_to_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["ingest"]) == cli.ASKED_WRONGLY
    assert "--all" in capsys.readouterr().err


def test_a_setting_that_cannot_be_used_is_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NINESTEP_PORT", "70000")
    assert cli.main(["sources"]) == cli.ASKED_WRONGLY
    assert "NINESTEP_PORT is '70000'" in capsys.readouterr().err


def test_a_model_folder_that_is_missing_is_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NINESTEP_MODEL", "/nowhere/model")
    assert cli.main(["index"]) == cli.FAILED
    assert "no model folder at '/nowhere/model'" in capsys.readouterr().err


def test_a_port_in_use_is_one_sentence(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("NINESTEP_PORT", str(taken.getsockname()[1]))
        assert cli.main(["serve"]) == cli.ASKED_WRONGLY
    assert "set NINESTEP_PORT to another port" in capsys.readouterr().err


def test_sources_of_an_empty_home_are_all_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["sources", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 73
    assert {row["status"] for row in rows} == {"never reached"}
    assert set(rows[0]) >= {
        "id",
        "title",
        "url",
        "kind",
        "status",
        "reason",
        "documents",
        "chunks",
        "fetched_at",
        "from",
    }


@pytest.mark.model
def test_search_and_ask_print_json(
    guide_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NINESTEP_HOME", str(guide_home))
    assert cli.main(["search", "negative sampling", "--json", "-k", "3"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [hit["rank"] for hit in found["hits"]] == [1, 2, 3]
    assert set(found["hits"][0]) == {
        "rank", "score", "document_id", "title", "url", "headings", "text", "start", "end", "trace",
    }  # fmt: skip
    assert cli.main(["ask", "Design a fraud detection system", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["kind"] == "answer"
    assert len(answer["sections"]) == 9


def test_shares_of_a_score_are_told_in_the_words_that_were_typed() -> None:
    methods = {"dense": MethodTrace(6, 0.437, 0.335), "lexical": MethodTrace(1, 10.3164, 0.234)}
    trace = Trace(methods, ("loss", "posit", "rate"))  # "rate": the query's abbreviation was spelled out
    hit = Hit(1, 0.569, Chunk("d", 0, 4, "Loss"), info("d"), trace)
    assert cli._shares(hit, "Losses for positives").split("; ") == [
        "meaning rank 6, score 0.437, gives 0.335",
        "BM25 rank 1, score 10.316, gives 0.234",
        "words: losses, positives, rate",
    ]
    assert cli._shares(Hit(1, 0.1, Chunk("d", 0, 4, "Loss"), info("d"), Trace()), "x") == "words: none"


@pytest.mark.parametrize(("question", "words"), [(" ", "empty"), ("x" * 100_000, "100,000 characters")])
@pytest.mark.model
def test_a_question_that_cannot_be_taken_is_one_sentence(
    guide_home: Path, question: str, words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NINESTEP_HOME", str(guide_home))
    assert cli.main(["ask", question]) == cli.ASKED_WRONGLY
    assert words in capsys.readouterr().err


@pytest.mark.model
def test_doctor_finds_a_sound_home_sound_and_an_empty_one_not(
    guide_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main(["doctor"]) == cli.FAILED
    assert "FAIL  index: nothing is indexed yet" in capsys.readouterr().out
    monkeypatch.setenv("NINESTEP_HOME", str(guide_home))
    assert cli.main(["doctor", "--json"]) == 0
    assert all(check["ok"] for check in json.loads(capsys.readouterr().out))


def test_nothing_that_a_terminal_obeys_reaches_it(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b]0;owned\x07 \x9b2J \x1b[31m \r \u202etxt.exe"

    def fails() -> int:
        raise IngestError(f"{evil} cannot be read\tor told\nanywhere")

    assert cli.told(fails) == cli.FAILED
    said = capsys.readouterr().err
    assert "cannot be read\tor told\nanywhere" in said
    assert not set(said) & set("\x1b\x07\x9b\r\u202e")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full; nothing that was there is lost"),
        (PermissionError(errno.EACCES, "Permission denied", "library.sqlite"), "a file cannot be written"),
        (OSError(errno.EROFS, "Read-only file system", "CURRENT"), "mounted read-only"),
        (sqlite3.OperationalError("locked"), "`ninestep doctor` says which and why"),
    ],
)
def test_a_disk_that_fails_is_a_sentence(capsys: pytest.CaptureFixture[str], error: Exception, sentence: str) -> None:
    def fails() -> int:
        raise error

    assert cli.told(fails) == cli.FAILED
    assert sentence in capsys.readouterr().err
