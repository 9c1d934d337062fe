"""Pages of a search whose best hits a reranker reads again."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from assistant.answer import Assistant
from assistant.page import Wanted
from index import building
from index.search import Mode
from index.serving import Serving
from tests.parts import HashEmbedder, document

_WORDS = {"a": 9, "b": 5, "c": 7, "d": 3}


class ShortestFirst:
    """Prefers short passages, so that its order is known."""

    def scores(self, query: str, passages: Sequence[str]) -> list[float]:
        assert query == "canary release"
        return [-float(len(passage)) for passage in passages]


@pytest.fixture
def assistant(tmp_path: Path) -> Assistant:
    texts = {id: "Canary release " + " ".join(f"{id}{n}" for n in range(count)) for id, count in _WORDS.items()}
    building.build([document(text, id=id) for id, text in texts.items()], root=tmp_path, embedder=HashEmbedder())
    return Assistant(Serving(tmp_path, HashEmbedder()), HashEmbedder(), reranker=ShortestFirst())


@pytest.mark.parametrize("is_one_a_document", [False, True])
def test_a_reranker_orders_the_pages_as_it_orders_a_search(assistant: Assistant, is_one_a_document: bool) -> None:
    assert [hit.document.id for hit in assistant.search("canary release", mode=Mode.LEXICAL)] == ["d", "b", "c", "a"]
    wanted = Wanted("canary release", k=2, mode=Mode.LEXICAL, one_a_document=is_one_a_document)
    first = assistant.page(wanted, None)
    second = assistant.page(
        Wanted("canary release", k=2, mode=Mode.LEXICAL, one_a_document=is_one_a_document, cursor=first.cursor), None
    )
    assert [hit.document.id for hit in (*first.hits, *second.hits)] == ["d", "b", "c", "a"]
    assert [hit.rank for hit in (*first.hits, *second.hits)] == [1, 2, 3, 4]
    assert not second.cursor
    assert set(first.timings_ms) == {"search", "rerank"}
