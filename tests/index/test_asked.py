"""Questions beside passages: the nearest one counts, and what has none does not lose by it."""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index import asked, building, generation, manifest
from index.asked import AskedIndex
from index.search import HybridSearcher
from ingest.types import Anticipated, Document
from tests.parts import HashEmbedder, document

ACROSS, ALONG = np.eye(2, dtype=np.float32)


def index(*pairs: tuple[int, int]) -> AskedIndex:
    return AskedIndex(np.stack([ACROSS, ALONG]).astype(np.float16), np.array(pairs).reshape(-1, 2))


def test_a_passage_has_the_nearest_of_its_questions() -> None:
    near = index((3, 0), (7, 0), (7, 1)).nearest(ALONG)
    assert near.passages.tolist() == [3, 7]
    assert near.cosines.tolist() == [0, 1]
    assert near.best(1) == [7]


def test_half_of_a_score_is_the_nearest_question_and_what_has_none_stands_as_expected() -> None:
    scores = np.array([0.2, 0.4, 0.6], dtype=np.float32)
    mixed = index((3, 0), (7, 1)).nearest(ALONG).mixed(scores, np.array([3, 7, 8]), share=0.5)
    expected = float(asked.expected(scores[2:])[0])
    assert mixed.tolist() == pytest.approx([0.1, 0.7, (0.6 + expected) / 2])
    assert 0.6 < expected < 0.7


def test_without_questions_scores_are_left_as_they_are() -> None:
    scores = np.array([0.2], dtype=np.float32)
    assert asked.none().nearest(ALONG).mixed(scores, np.array([0]), share=0.5) is scores
    assert asked.none().nearest(ALONG).best(3) == []
    assert len(asked.none()) == 0


def test_a_question_belongs_to_every_passage_that_holds_its_answer_whole() -> None:
    chunks = [("a", 0, 10), ("a", 5, 20), ("b", 0, 10)]
    answers = [("a", 5, 10), ("a", 8, 20), ("b", 0, 11), ("c", 0, 1)]
    assert asked.paired(chunks, answers).tolist() == [[0, 0], [1, 0], [1, 1]]


def answering() -> Document:
    made = document("A replica serves reads.\n\nA leader takes writes.", id="answering")
    return replace(made, asked=(Anticipated(0, 23, "zebra stripes"),))


def test_a_generation_of_before_there_were_questions_is_read_and_searched(tmp_path: Path) -> None:
    building.build([answering()], root=tmp_path, embedder=HashEmbedder())
    with closing(generation.open_current(tmp_path)) as held:
        assert len(held.asked) == 1
        folder = tmp_path / "generations" / held.manifest.id
    (folder / asked.PASSAGES).unlink()
    (folder / asked.VECTORS).unlink()
    values = json.loads((folder / manifest.FILE).read_text(encoding="utf-8"))
    for kept in ("files", "sizes"):
        values[kept] = {name: value for name, value in values[kept].items() if "asked" not in name}
    (folder / manifest.FILE).write_text(json.dumps(values), encoding="utf-8")
    with closing(generation.open_current(tmp_path)) as held:
        assert len(held.asked) == 0
        hits = HybridSearcher(held, HashEmbedder()).search("which replica serves", k=1)
        assert hits[0].document.id == "answering"
        assert [one.asked for one in held.sentences(hits[0].chunk)] == [None, None]


def test_texts_that_were_embedded_are_all_told(tmp_path: Path) -> None:
    building.build([answering()], root=tmp_path, embedder=HashEmbedder())
    with closing(generation.open_current(tmp_path)) as held:
        assert held.embedded_texts()[-1] == "zebra stripes"
