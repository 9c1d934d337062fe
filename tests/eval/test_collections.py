import json
from pathlib import Path

import pytest

from eval import collections
from eval.errors import CollectionError


def make(folder: Path, *, corpus: list[dict[str, str]] | None = None, qrels: str = "q1\td1\t1\n") -> Path:
    (folder / "qrels").mkdir(parents=True)
    texts = corpus or [{"_id": "d1", "title": "Ranking", "text": "Rank."}, {"_id": "d2", "title": "Empty", "text": ""}]
    queries = [{"_id": "q1", "text": "ranking"}, {"_id": "q2", "text": "unjudged"}]
    (folder / "corpus.jsonl").write_text("\n".join(json.dumps(one) for one in texts), encoding="utf-8")
    (folder / "queries.jsonl").write_text("\n".join(json.dumps(one) for one in queries), encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{qrels}", encoding="utf-8")
    return folder


def test_a_collection_is_read_with_its_judged_queries_only(tmp_path: Path) -> None:
    read = collections.load(make(tmp_path / "c"))
    assert read.queries == {"q1": "ranking"}
    assert read.qrels == {"q1": {"d1": 1}}
    assert [(one.id, one.title, one.text) for one in read.documents] == [
        ("d1", "Ranking", "Rank."),
        ("d2", "Empty", "Empty"),
    ]


def test_a_judged_document_that_is_missing_stops_the_measurement(tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match="1 judged documents are not in the corpus, the first is 'd9'"):
        collections.load(make(tmp_path / "c", qrels="q1\td9\t1\n"))


def test_a_judged_query_that_is_missing_stops_the_measurement(tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match=r"judged queries are not in queries.jsonl"):
        collections.load(make(tmp_path / "c", qrels="q9\td1\t1\n"))


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("corpus.jsonl", "{", "line 1 is not a JSON object"),
        ("queries.jsonl", '{"_id": "q1"}', 'with "_id" and "text"'),
        ("qrels/test.tsv", "q1\td1\n", "wanted query-id, corpus-id and a whole number"),
        ("qrels/test.tsv", "", "holds no judgments"),
    ],
)
def test_a_malformed_file_is_named_with_its_line(tmp_path: Path, file: str, text: str, message: str) -> None:
    folder = make(tmp_path / "c")
    (folder / file).write_text(text, encoding="utf-8")
    with pytest.raises(CollectionError, match=message):
        collections.load(folder)


@pytest.mark.parametrize("file", ["corpus.jsonl", "queries.jsonl"])
def test_an_id_that_comes_twice_is_named_with_both_lines(tmp_path: Path, file: str) -> None:
    folder = make(tmp_path / "c")
    lines = ['{"_id": 7, "text": "a"}', '{"_id": "d1", "text": "b"}', "", '{"_id": "7", "text": "c"}']
    (folder / file).write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(CollectionError, match=f"{file}: lines 1 and 4 both have the id '7'"):
        collections.load(folder)


def test_null_as_text_and_quotation_marks_in_judgments_are_taken_as_they_stand(tmp_path: Path) -> None:
    folder = make(tmp_path / "c", qrels='"q1\td1\t-1\n\n"q1\t"d2"\t2\n')
    lines = ['{"_id": "d1", "title": null, "text": null}', json.dumps({"_id": '"d2"', "text": "Rank."})]
    (folder / "corpus.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "queries.jsonl").write_text(json.dumps({"_id": '"q1', "text": None}), encoding="utf-8")
    read = collections.load(folder)
    assert [(one.id, one.title, one.text) for one in read.documents] == [("d1", "", ""), ('"d2"', "", "Rank.")]
    assert read.queries == {'"q1': ""}
    assert read.qrels == {'"q1': {"d1": -1, '"d2"': 2}}


def test_a_folder_that_is_no_collection_is_told_what_one_is(tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match=r"lacks corpus.jsonl, queries.jsonl, qrels/dev.tsv"):
        collections.load(tmp_path, split="dev")


def test_the_digest_follows_the_judgments(tmp_path: Path) -> None:
    first = collections.load(make(tmp_path / "a")).digest
    assert first != collections.load(make(tmp_path / "b", qrels="q1\td1\t2\n")).digest
