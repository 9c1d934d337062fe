"""The latency command at a few hundred chunks: what it tells, and what holds on any machine."""

from pathlib import Path

import pytest

from eval import latency
from index.generation import open_current
from ingest.types import Document
from tests.parts import HashEmbedder, document

QUESTIONS = ["How are negatives sampled for ranking?", "What does a canary release do?", "Which features drift?"] * 4


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    subjects = ("ranking", "sampling", "features", "canaries", "drift", "metrics", "labels", "serving")
    text = "The {0} part of a system needs {1} first. Teams that skip {1} find {0} broken later. Measure {0} with {1}."
    return [
        document(f"# About {one}\n\n" + "\n\n".join(text.format(one, other) for other in subjects), id=one, title=one)
        for one in subjects
    ]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def found(documents: list[Document], home: Path) -> dict[str, object]:
    return latency.measure(documents, QUESTIONS, chunks=300, home=home, embedder=HashEmbedder())


def test_every_stage_is_told_with_its_tail(found: dict[str, dict[str, dict[str, float]]]) -> None:
    assert found["chunks"] == 300
    assert {"encode", "dense", "lexical", "fuse", "hydrate", "search", "ask"} <= set(found["stages_ms"])
    for took in found["stages_ms"].values():
        assert 0 <= took["p50"] <= took["p95"] <= took["p99"]
    assert found["search_ms"] == found["stages_ms"]["search"]
    assert {"p50", "p95"} <= set(found["encode_ms"])


def test_a_search_takes_at_least_as_long_as_its_parts_in_the_middle(
    found: dict[str, dict[str, dict[str, float]]],
) -> None:
    spent = found["processor_ms"]
    assert spent["search"]["p50"] >= max(spent["dense"]["p50"], spent["lexical"]["p50"])


def test_the_small_index_is_exact_and_memory_is_told(found: dict[str, float]) -> None:
    assert found["recall_at_10"] == 1.0
    assert found["rss_mb"] > found["own_mb"] > 0


def test_the_corpus_has_the_size_asked_for_and_every_passage_is_whole(
    found: dict[str, dict[str, int]], home: Path
) -> None:
    held = open_current(home / "eval" / "latency-300")
    assert held.manifest.chunks == 300
    assert held.manifest.documents == found["built"]["documents"] == 30
    chunk = held.chunk(7)
    source = held.document(chunk.document_id)
    assert source is not None
    quotes = [source.text[one.start : one.end] for one in held.sentences(chunk)]
    assert " ".join(quotes) == chunk.text
    assert len({held.chunk(row).text for row in range(300)}) > 200, "variety, not copies"
    held.close()


def test_what_was_built_is_not_built_again(
    documents: list[Document], home: Path, found: dict[str, dict[str, float]]
) -> None:
    again = latency.measure(documents, QUESTIONS[:4], chunks=300, home=home, embedder=HashEmbedder())
    assert again["built"] == found["built"]
    assert again["queries"] == 4
