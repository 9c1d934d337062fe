"""The contract of engines and of their generations, over files and over Milvus."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.engine import Engine, Generation
from index.errors import DamagedIndexError, IncompatibleIndexError, NoIndexError, SearchError
from index.search import HybridSearcher, Mode, Recipe
from index.serving import Serving
from index.types import Filters, Vectors
from ingest.sentences import sentences
from ingest.types import Anticipated, Document
from tests.parts import ENGINES, HashEmbedder, document, engine

WORDS = [
    "ranker",
    "candidate",
    "feature",
    "store",
    "latency",
    "drift",
    "replica",
    "batch",
    "stream",
    "embedding",
    "label",
    "click",
    "position",
    "bias",
]


def text(number: int) -> str:
    """Paragraphs with headings, each of its own words."""
    some = [WORDS[(number * step + step) % len(WORDS)] for step in range(1, 7)]
    return (
        f"# Part {number}\n\nA {some[0]} serves a {some[1]} number {number}. It watches the {some[2]} closely.\n\n"
        f"# More\n\nClick-through rate (CTR) of a {some[3]} falls with the {some[4]} of {some[5]} {number}."
    )


def asked(of: Document, number: int) -> tuple[Anticipated, ...]:
    """Two questions that the first sentence of a document answers, and one that the last does."""
    first, *_, last = sentences(of)
    return (
        Anticipated(first.start, first.end, f"zebra{number} stripes"),
        Anticipated(first.start, first.end, "what serves what"),
        Anticipated(last.start, last.end, f"falling{number} labels"),
    )


def one(n: int) -> Document:
    made = replace(
        document(text(n), id=f"doc-{n:02}", title=f"Document {n}"),
        topics=("serving", 'a "quoted" topic') if n % 2 else (),
        steps=(n % 9 + 1,),
        published="2020-05" if n % 3 else "",
    )
    return replace(made, asked=asked(made, n)) if n % 4 == 0 else made


DOCUMENTS = [one(n) for n in range(40)]
QUERIES = ("CTR of the position", "which replica watches latency", "ranker number 7", "Document 11", "feature store")


class OtherEmbedder(HashEmbedder):
    digest = "1" * 64


@pytest.fixture(scope="module", params=ENGINES)
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    made = engine(request.param, tmp_path_factory.mktemp("engine"))
    made.build(DOCUMENTS, embedder=HashEmbedder())
    return made


@pytest.fixture(scope="module")
def held(kept: Engine) -> Iterator[Generation]:
    opened = kept.open_current(embedder_digest=HashEmbedder.digest)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    made = engine("files", tmp_path_factory.mktemp("oracle"))
    made.build(DOCUMENTS, embedder=HashEmbedder())
    return made.open_current()


def test_documents_and_chunks_come_back_word_for_word(held: Generation) -> None:
    assert [held.document(one.id) for one in DOCUMENTS] == DOCUMENTS
    assert held.document("nothing") is None
    assert [info.id for info in held.infos()] == [one.id for one in DOCUMENTS]
    assert held.info("doc-05").topics == DOCUMENTS[5].topics
    for row in range(held.manifest.chunks):
        chunk = held.chunk(row)
        source = DOCUMENTS[int(chunk.document_id[-2:])]
        assert source.text[chunk.start : chunk.end] == chunk.text
        assert held.owner(row) == source.id
        assert row in held.rows(source.id)


def test_counts_agree(held: Generation) -> None:
    manifest = held.manifest
    assert held.count("chunks") == manifest.chunks == len(held.dense) == len(held.lexical)
    assert held.count("documents") == manifest.documents == len(DOCUMENTS)
    assert held.count("sentences") == manifest.sentences
    assert sum(held.chunk_counts().values()) == manifest.chunks
    assert held.rows("nothing") == []
    assert manifest.recall >= 0.9


def test_sentences_lie_in_their_chunk_and_have_their_own_vector(held: Generation) -> None:
    for row in range(0, held.manifest.chunks, 7):
        chunk = held.chunk(row)
        source = DOCUMENTS[int(chunk.document_id[-2:])]
        spans = [one for one in sentences(source) if chunk.start <= one.start and one.end <= chunk.end]
        found = held.sentences(chunk)
        assert [(one.start, one.end) for one in found] == [(one.start, one.end) for one in spans]
        for one in found:
            expected = HashEmbedder().encode([source.text[one.start : one.end]])[0]
            assert float(expected @ one.vector) > 0.999


def test_sentences_and_passages_know_the_questions_that_they_answer(held: Generation) -> None:
    query = HashEmbedder().encode(["falling8 labels"])[0]
    nearest = held.asked.nearest(query)
    answering = [row for row in range(held.manifest.chunks) if int(held.owner(row)[-2:]) % 4 == 0]
    assert nearest.passages.tolist() == answering
    assert held.owner(nearest.best(1)[0]) == "doc-08"
    assert float(nearest.cosines.max()) == pytest.approx(1, abs=1e-3)
    for row in range(held.manifest.chunks):
        chunk = held.chunk(row)
        source = DOCUMENTS[int(chunk.document_id[-2:])]
        for found in held.sentences(chunk):
            wanted = [one.question for one in source.asked if (one.start, one.end) == (found.start, found.end)]
            assert (found.asked is None) is (not wanted)
            if found.asked is not None:
                np.testing.assert_allclose(found.asked, HashEmbedder().encode(wanted), atol=1e-3)


def test_what_answers_a_question_is_found_by_other_words_than_its_own(held: Generation) -> None:
    searcher = HybridSearcher(held, HashEmbedder())
    assert [hit.document.id for hit in searcher.search("zebra12 stripes", k=1)] == ["doc-12"]
    without = HybridSearcher(held, HashEmbedder(), recipe=Recipe(asked=0.0))
    assert [hit.document.id for hit in without.search("zebra12 stripes", k=1)] != ["doc-12"]
    own = Filters(steps=frozenset(DOCUMENTS[12].steps))
    assert [hit.document.id for hit in searcher.search("zebra12 stripes", k=1, filters=own)] == ["doc-12"]
    others = Filters(steps=frozenset({DOCUMENTS[13].steps[0]}))
    found = [hit.document.id for hit in searcher.search("zebra12 stripes", k=5, filters=others)]
    assert set(found) == {one.id for one in DOCUMENTS if one.steps == DOCUMENTS[13].steps}


def test_rows_are_among_those_that_filters_allow(held: Generation) -> None:
    allowed = held.allowed(Filters(steps=frozenset({5})))
    rows = list(range(held.manifest.chunks))[::-1]
    assert held.among(rows, None) == rows
    assert held.among([], allowed) == []
    wanted = [row for row in rows if DOCUMENTS[int(held.owner(row)[-2:])].steps == (5,)]
    assert held.among(rows, allowed) == wanted != []


def test_vectors_scores_and_centroids_are_those_of_the_texts(held: Generation) -> None:
    rows = np.arange(held.manifest.chunks, dtype=np.int64)[::-3]
    expected = HashEmbedder().encode([held.chunk(int(row)).indexed_text for row in rows])
    query = HashEmbedder().encode(["replica latency"])[0]
    np.testing.assert_allclose(held.dense.vectors(rows), expected, atol=1e-6)
    np.testing.assert_allclose(held.dense.scores(query, rows), expected @ query, atol=1e-5)
    ids, centroids = held.centroids()
    by_id = dict(zip(ids, centroids @ query, strict=True))
    np.testing.assert_allclose(
        held.context.scores(query, rows), [by_id[held.owner(int(row))] for row in rows], atol=1e-5
    )
    assert len(held.dense.vectors(rows[:0])) == 0


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("query", QUERIES)
def test_hits_are_those_of_the_files(held: Generation, files: Generation, query: str, mode: Mode) -> None:
    """Scores of BM25 differ where neighbouring words count, which Milvus has no way to ask for."""
    found, expected = (HybridSearcher(one, HashEmbedder(), mode=mode).search(query, k=10) for one in (held, files))
    assert [hit.rank for hit in found] == list(range(1, 11))
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    shared = {hit.chunk.id for hit in found} & {hit.chunk.id for hit in expected}
    assert len(shared) >= 7
    if mode is not Mode.RRF:
        assert found[0].score == pytest.approx(expected[0].score, rel=0.1)
    by_id = {hit.chunk.id: hit for hit in expected}
    for hit in found:
        if hit.chunk.id in by_id:
            assert hit.trace.matched_terms == by_id[hit.chunk.id].trace.matched_terms


def test_words_are_weighed_corrected_and_spelled_out_alike(held: Generation, files: Generation) -> None:
    for term in ("replica", "number", "ctr", "zebra"):
        assert held.lexical.idf(term) == pytest.approx(files.lexical.idf(term))
        assert held.lexical.holds(term) == files.lexical.holds(term)
    assert held.lexical.holds("the")
    assert held.lexical.corrected("feture latncy zzzzzz") == files.lexical.corrected("feture latncy zzzzzz")
    assert held.lexical.spelled_out("what is CTR") == ["click-through rate"]
    assert held.lexical.search("?!", k=3) == []


def test_another_model_is_refused_in_a_sentence(kept: Engine) -> None:
    with pytest.raises(IncompatibleIndexError, match=r"built with hash .* run `ninestep index`"):
        kept.open_current(embedder_digest=OtherEmbedder.digest)


def test_building_the_same_again_changes_nothing(kept: Engine) -> None:
    before = kept.current()
    assert kept.build(reversed(DOCUMENTS), embedder=HashEmbedder()).id == before
    assert kept.current() == before


@pytest.mark.parametrize("name", ENGINES)
def test_readers_keep_their_generation_while_another_is_swapped_in(name: str, tmp_path: Path) -> None:
    made = engine(name, tmp_path)
    with pytest.raises(NoIndexError, match="ninestep index"):
        made.open_current()
    with pytest.raises(SearchError, match="no documents"):
        made.build([], embedder=HashEmbedder())
    serving = Serving(tmp_path, HashEmbedder(), engine=lambda _: made)
    ids = [made.build(DOCUMENTS[:3], embedder=HashEmbedder()).id]
    with serving.generation() as old:
        ids.append(made.build(DOCUMENTS[:4], embedder=HashEmbedder()).id)
        assert old.manifest.id == ids[0]
        assert len(HybridSearcher(old, HashEmbedder()).search("replica number", k=3)) == 3
        with serving.generation() as new:
            assert new.manifest.id == ids[1] == serving.current()
            assert new.manifest.documents == 4
    ids.append(made.build(DOCUMENTS[:5], embedder=HashEmbedder()).id)
    assert made.current() == ids[2]
    assert len(set(ids)) == 3


class Failing(HashEmbedder):
    """Embeds a few texts, then no more."""

    def __init__(self) -> None:
        self.left = 1

    def encode(self, texts: "list[str]") -> Vectors:  # type: ignore[override]
        self.left -= 1
        if self.left < 0:
            raise DamagedIndexError("out of memory")
        return super().encode(texts)


@pytest.mark.parametrize("name", ENGINES)
def test_a_build_that_fails_leaves_the_old_one_serving_and_is_made_good_by_the_next(name: str, tmp_path: Path) -> None:
    made = engine(name, tmp_path)
    first = made.build(DOCUMENTS[:3], embedder=HashEmbedder()).id
    more = [document(f"Entirely new text {n}.", id=f"new-{n}") for n in range(3)]
    with pytest.raises(DamagedIndexError, match="out of memory"):
        made.build(more, embedder=Failing())
    assert made.current() == first
    assert made.build(more, embedder=HashEmbedder()).documents == 3
    assert made.open_current().manifest.documents == 3
