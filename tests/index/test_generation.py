import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from index import building, generation
from index.building import BuildProgress
from index.errors import DamagedIndexError, IncompatibleIndexError, NoIndexError, SearchError
from index.manifest import Manifest
from index.search import HybridSearcher, Mode
from index.serving import Serving
from index.types import Filters, Vectors
from ingest.types import Document
from tests.parts import HashEmbedder, document

DOCUMENTS = [
    document("# Ranking\n\nA ranker orders candidates by score.\n\nIt reads features.", id="ranking", title="Ranking"),
    document(
        "## Step 1: Problem formulation\n\nState the goal first.\n\n## Step 2: Metrics\n\nChoose recall at ten.",
        id="guide",
        title="Guide",
    ),
]


class CountingEmbedder(HashEmbedder):
    """Counts the texts that it had to embed."""

    def __init__(self) -> None:
        self.embedded = 0

    def encode(self, texts: "list[str]") -> Vectors:  # type: ignore[override]
        self.embedded += len(texts)
        return super().encode(texts)


class OtherEmbedder(HashEmbedder):
    digest = "1" * 64


def build(root: Path, documents: list[Document] = DOCUMENTS) -> Manifest:
    return building.build(documents, root=root, embedder=HashEmbedder())


def test_a_generation_gives_back_documents_and_chunks_word_for_word(tmp_path: Path) -> None:
    manifest = build(tmp_path)
    held = generation.open_current(tmp_path)
    assert [held.document(doc.id) for doc in DOCUMENTS] == DOCUMENTS
    for row in range(manifest.chunks):
        chunk = held.chunk(row)
        source = held.document(chunk.document_id)
        assert source is not None
        assert source.text[chunk.start : chunk.end] == chunk.text
    held.close()


def test_building_the_same_again_embeds_nothing_and_keeps_the_generation(tmp_path: Path) -> None:
    first = build(tmp_path)
    embedder = CountingEmbedder()
    assert building.build(reversed(DOCUMENTS), root=tmp_path, embedder=embedder) == first
    assert embedder.embedded == 0


def test_a_changed_document_embeds_only_what_changed(tmp_path: Path) -> None:
    build(tmp_path)
    embedder = CountingEmbedder()
    changed = [DOCUMENTS[1], document("# Ranking\n\nA ranker was changed.", id="ranking", title="Ranking")]
    building.build(changed, root=tmp_path, embedder=embedder)
    assert embedder.embedded == 2  # one chunk and its one sentence


def test_only_the_serving_generation_and_the_one_before_are_kept(tmp_path: Path) -> None:
    for number in range(4):
        build(tmp_path, [document(f"Text number {number} of the corpus.")])
    kept = [path.name for path in (tmp_path / "generations").iterdir() if path.is_dir()]
    assert len(kept) == 2
    assert generation.current(tmp_path) in kept


def test_a_failing_build_leaves_the_old_one_serving_and_nothing_behind(tmp_path: Path) -> None:
    class Failing(HashEmbedder):
        def encode(self, texts: "list[str]") -> Vectors:  # type: ignore[override]
            raise SearchError(f"no more memory for {len(texts)} texts")

    before = build(tmp_path)
    with pytest.raises(SearchError, match="no more memory"):
        building.build([document("New text.")], root=tmp_path, embedder=Failing())
    assert generation.current(tmp_path) == before.id
    assert not list((tmp_path / "generations").glob(".building-*"))


def test_what_a_killed_build_left_is_cleared_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / "generations" / ".building-left"
    left.mkdir(parents=True)
    build(tmp_path)
    assert not left.exists()


def test_nothing_indexed_yet_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(NoIndexError, match="run `ninestep index`"):
        generation.open_current(tmp_path)


def test_an_empty_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SearchError, match="no documents"):
        build(tmp_path, [])


def test_another_model_is_one_clear_sentence(tmp_path: Path) -> None:
    build(tmp_path)
    with pytest.raises(IncompatibleIndexError, match="run `ninestep index` or set NINESTEP_MODEL back"):
        generation.open_current(tmp_path, embedder_digest=OtherEmbedder.digest)


def test_another_schema_is_one_clear_sentence(tmp_path: Path) -> None:
    manifest = build(tmp_path)
    path = tmp_path / "generations" / manifest.id / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema": 99}))
    with pytest.raises(IncompatibleIndexError, match="schema 99"):
        generation.open_current(tmp_path)


@pytest.mark.parametrize("name", ["dense.faiss", "vectors.npy", "sentences.npy", "store.sqlite", "manifest.json"])
def test_a_truncated_or_missing_file_is_one_clear_sentence(tmp_path: Path, name: str) -> None:
    manifest = build(tmp_path)
    path = tmp_path / "generations" / manifest.id / name
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(DamagedIndexError, match="ninestep index"):
        generation.open_current(tmp_path)
    path.unlink()
    with pytest.raises(DamagedIndexError, match="ninestep index"):
        generation.open_current(tmp_path)


def test_progress_is_told(tmp_path: Path) -> None:
    seen: list[BuildProgress] = []
    building.build(DOCUMENTS, root=tmp_path, embedder=HashEmbedder(), report=seen.append)
    assert {one.stage for one in seen} == {"passages", "sentences"}
    assert all(one.done <= one.total for one in seen)


@pytest.mark.parametrize("mode", list(Mode))
def test_search_finds_by_words_with_a_trace(tmp_path: Path, mode: Mode) -> None:
    build(tmp_path)
    held = generation.open_current(tmp_path)
    hits = HybridSearcher(held, HashEmbedder(), mode=mode).search("ranker candidates score", k=2)
    assert hits[0].document.id == "ranking"
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert hits[0].score == pytest.approx(sum(one.share for one in hits[0].trace.methods.values()))
    assert "ranker" in hits[0].trace.matched_terms
    held.close()


def test_words_that_say_nothing_are_not_among_those_that_matched(tmp_path: Path) -> None:
    build(tmp_path)
    held = generation.open_current(tmp_path)
    hits = HybridSearcher(held, HashEmbedder()).search("which ranker and why", k=1)
    assert hits[0].trace.matched_terms == ("ranker",)
    held.close()


def test_a_question_in_few_words_leaves_more_to_meaning_than_the_same_words_alone(tmp_path: Path) -> None:
    build(tmp_path)
    held = generation.open_current(tmp_path)
    searcher, vector = HybridSearcher(held, HashEmbedder()), HashEmbedder().encode(["ranker"])[0]

    def share(query: str) -> float:
        return searcher.search_vector(query, vector, k=1)[0].trace.methods["lexical"].share

    assert share("ranker") > share("the ranker") > share("what is the ranker") > 0
    held.close()


def test_a_step_filter_keeps_to_the_step_of_the_headings(tmp_path: Path) -> None:
    build(tmp_path)
    held = generation.open_current(tmp_path)
    hits = HybridSearcher(held, HashEmbedder()).search("goal", filters=Filters(steps=frozenset({2})))
    assert [hit.chunk.step for hit in hits] == [2]
    held.close()


@pytest.mark.parametrize(("query", "k"), [("  ", 5), ("words", 0)])
def test_a_blank_query_or_no_hits_asked_for_is_refused(tmp_path: Path, query: str, k: int) -> None:
    build(tmp_path)
    held = generation.open_current(tmp_path)
    with pytest.raises(ValueError, match="words and k"):
        HybridSearcher(held, HashEmbedder()).search(query, k=k)
    held.close()


def test_readers_keep_their_generation_while_a_new_one_is_swapped_in(tmp_path: Path) -> None:
    old = build(tmp_path)
    serving = Serving(tmp_path, HashEmbedder())
    with serving.generation() as before:
        new = build(tmp_path, [document("Another corpus altogether.", id="other")])
        with serving.generation() as after:
            assert after.manifest.id == new.id
            assert after.document("other") is not None
        assert before.manifest.id == old.id
        assert before.document("ranking") is not None


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        (Filters(since="2018"), {"new", "middle"}),
        (Filters(since="2018-06-01"), {"new", "middle"}),
        (Filters(until="2018-06"), {"old", "middle"}),
        (Filters(since="2017", until="2018"), {"middle"}),
        (Filters(since="2021"), set()),
    ],
)
def test_dates_are_compared_as_far_as_they_are_told(tmp_path: Path, filters: Filters, kept: set[str]) -> None:
    dates = {"old": "2016-02-03", "middle": "2018", "new": "2020-11", "none": ""}
    documents = [replace(document(f"A text about {id}.", id=id), published=date) for id, date in dates.items()]
    build(tmp_path, documents)
    held = generation.open_current(tmp_path)
    hits = HybridSearcher(held, HashEmbedder()).search("a text", filters=filters)
    held.close()
    assert {hit.document.id for hit in hits} == kept


def test_a_thread_that_ends_leaves_no_open_file(tmp_path: Path) -> None:
    building.build([document("What ranks.")], root=tmp_path, embedder=HashEmbedder())

    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    with closing(generation.open_current(tmp_path)) as held:
        before = open_files()
        for _ in range(20):
            with ThreadPoolExecutor(1) as pool:
                assert pool.submit(held.count, "chunks").result() == 1
        assert open_files() <= before + 1
