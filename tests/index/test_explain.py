from collections.abc import Iterator
from dataclasses import replace

import pytest

from index.engine import Generation
from index.explain import explain
from index.types import Filters
from ingest.types import Anticipated, Document
from tests.parts import ENGINES, HashEmbedder, document, engine


def answering(text: str, *, id: str, question: str) -> Document:
    made = document(text, id=id, title=id.capitalize())
    return replace(made, asked=(Anticipated(0, len(made.text), question),))


@pytest.fixture(scope="module", params=ENGINES)
def held(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generation]:
    kept = engine(request.param, tmp_path_factory.mktemp("explain"))
    documents = [
        document("A canary release sends little traffic.", id="canary", title="Canary"),
        answering("Batch prediction is stored and looked up.", id="batch", question="zebra stripes"),
        *(document(f"A canary sings number {n}.", id=f"bird-{n:03}", title="Bird") for n in range(250)),
    ]
    kept.build(documents, embedder=HashEmbedder())
    opened = kept.open_current()
    yield opened
    opened.close()


def test_a_hit_is_told_its_rank(held: Generation) -> None:
    found = explain(held, HashEmbedder(), "canary release traffic", "canary")
    assert found.rank == 1
    assert found.reason.startswith("rank 1 after fusion: rank 1 by meaning; rank 1 by BM25")


def test_a_document_without_the_querys_words_is_told_so(held: Generation) -> None:
    found = explain(held, HashEmbedder(), "canary", "batch")
    assert found.rank is None
    assert "shares no word with the query, so BM25 does not find it" in found.reason
    assert {one.method: one.rank for one in found.standings}["dense"] == 252


def test_a_document_below_the_cut_is_told_the_cut(held: Generation) -> None:
    reasons = [explain(held, HashEmbedder(), "canary sings number", f"bird-{n:03}").reason for n in range(0, 250, 25)]
    below = [reason for reason in reasons if reason.startswith("not among the candidates")]
    assert any("by BM25, cut at depth 200" in reason for reason in below)


def test_a_document_that_the_filters_leave_out_is_told_so(held: Generation) -> None:
    found = explain(held, HashEmbedder(), "canary", "batch", filters=Filters(sources=frozenset({"canary"})))
    assert found.reason == "the filters leave none of its passages"


def test_an_unknown_document_is_told_so(held: Generation) -> None:
    assert explain(held, HashEmbedder(), "canary", "nowhere").reason == "the index holds no passage of this document"


def test_a_document_that_its_questions_brought_up_is_told_so(held: Generation) -> None:
    found = explain(held, HashEmbedder(), "zebra stripes", "batch")
    assert found.rank == 1
    assert found.reason.endswith("rank 1 by the questions that it answers")
    assert {one.method: one.rank for one in found.standings}["asked"] == 1
    assert "asked" not in {one.method for one in explain(held, HashEmbedder(), "zebra stripes", "canary").standings}
