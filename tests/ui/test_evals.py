import json
from pathlib import Path

import pytest

from ui.cli import main

RUN = "q1 Q0 d1 1 2.0 t\nq1 Q0 d2 2 1.0 t\nq2 Q0 d1 1 1.0 t\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    corpus = [{"_id": f"d{n}", "title": "Ranking", "text": f"Text {n}."} for n in (1, 2)]
    queries = [{"_id": f"q{n}", "text": "ranking"} for n in (1, 2)]
    (tmp_path / "tiny" / "qrels").mkdir(parents=True)
    (tmp_path / "tiny" / "corpus.jsonl").write_text("\n".join(map(json.dumps, corpus)), encoding="utf-8")
    (tmp_path / "tiny" / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)), encoding="utf-8")
    (tmp_path / "tiny" / "qrels" / "test.tsv").write_text("q1\td1\t1\nq2\td2\t1\n", encoding="utf-8")
    (tmp_path / "a.run").write_text(RUN, encoding="utf-8")
    (tmp_path / "b.run").write_text(RUN.replace("q2 Q0 d1", "q2 Q0 d2"), encoding="utf-8")
    for name in ("tiny", "small"):
        saved = {"collection": name, "per_query": {"nDCG@10": {"q1": 1.0, "q2": 0.5}}}
        (tmp_path / f"{name}.json").write_text(json.dumps(saved), encoding="utf-8")
    (tmp_path / "other.run").write_text(RUN.replace("q2", "q7"), encoding="utf-8")
    return tmp_path


def test_runs_are_compared_by_a_collections_judgments(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(folder / name) for name in ("a.run", "b.run", "a.run")]
    assert main(["eval", "compare", *files, "--collection", str(folder / "tiny"), "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert first["values"]["difference"] == pytest.approx(0.5)
    assert (first["values"]["wins"], first["values"]["ties"]) == (1, 1)
    assert second["values"]["difference"] == 0
    assert {"p", "low", "high", "detectable"} <= set(first["values"])
    assert first["p_holm"] >= first["values"]["p"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["compare", "a.run", "other.run", "--collection", "tiny"], "'q7', which is not among the judged ones"),
        (["compare", "a.run", "b.run"], "is a run, which holds no judgments; add --collection"),
        (["compare", "tiny.json", "small.json"], "the files answer different collections, small and tiny"),
        (["compare", "a.run"], "name two or more files"),
        (["label", "other.run", "--collection", "tiny", "--out", "grades.jsonl"], "is it a run of another collection"),
        (
            ["retrieval", "--collection", "nowhere"],
            "there is no folder 'nowhere'; a collection is a folder in the BEIR",
        ),
        (["retrieval", "--collection", "."], "lacks corpus.jsonl, queries.jsonl, qrels/test.tsv"),
        (["compare", "a.run", "b.run", "--collection", "golden", "--split", "train"], "have the splits dev, test"),
    ],
)
def test_what_cannot_be_measured_is_told_in_one_sentence(
    folder: Path, words: list[str], told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("NINESTEP_HOME", str(folder / "home"))
    assert main(["eval", *words]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("k", ["0", "-3", "many"])
def test_a_depth_below_one_is_asked_wrongly(k: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["eval", "retrieval", "-k", k])
    assert stopped.value.code == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["compare", "a.run", "c.run"], "there is no file 'c.run'"),
        (["label", "c.run", "--out", "grades.jsonl"], "there is no file 'c.run'"),
        (["gate", "--floors", "c.toml"], "there is no file 'c.toml'"),
        (["retrieval", "--run-out", "deep/c.run"], "there is no folder 'deep' to write 'c.run' into"),
        (["report", "--out", "tiny"], "'tiny' is a folder, wanted a file"),
        (["ann", "--plot", "deep/c.svg"], "there is no folder 'deep' to write 'c.svg' into"),
    ],
)
def test_files_are_looked_for_before_anything_is_measured(
    folder: Path, words: list[str], told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit) as stopped:
        main(["eval", *words])
    assert stopped.value.code == 2
    assert told in capsys.readouterr().err


@pytest.mark.model
def test_a_collection_of_ones_own_is_held_to_floors_of_ones_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NINESTEP_HOME", str(folder / "home"))
    words = ["eval", "gate", "--collection", str(folder / "tiny")]
    mine = str(folder / "mine.toml")
    assert main(words) == 1
    assert "hold to it with `--floors FILE`" in capsys.readouterr().err
    assert main([*words, "--raise", mine]) == 0
    assert f"tiny into {mine}" in " ".join(capsys.readouterr().out.split())
    assert main([*words, "--floors", mine]) == 0
    assert "quality stands at or above its floors" in capsys.readouterr().out


def test_what_nobody_judged_is_shown_and_graded(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("2\nq\n"))
    out = folder / "grades.jsonl"
    words = ["label", str(folder / "a.run"), "--collection", str(folder / "tiny"), "--out", str(out), "--json"]
    assert main(["eval", *words]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"unjudged": 2, "graded": 1}
    assert json.loads(out.read_text(encoding="utf-8"))["grade"] == 2
    assert captured.err.startswith("2 to judge: 3 answers the question")
    assert "Question: ranking" in captured.err


@pytest.mark.model
def test_a_kept_result_is_drawn_by_the_quality_page(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from ui import results

    monkeypatch.setenv("NINESTEP_HOME", str(folder / "home"))
    assert main(["eval", "retrieval", "--collection", str(folder / "tiny"), "--mode", "lexical", "--save"]) == 0
    assert main(["eval", "ann", "--collection", str(folder / "tiny"), "--save"]) == 0
    assert "kept in" in capsys.readouterr().err
    shelf = results.load(folder / "home" / results.FOLDER)
    assert [one.values["mode"] for one in shelf.retrieval] == ["lexical"]
    assert shelf.retrieval[0].commit
    assert len(shelf.ann) == 1
    assert shelf.unread == []
