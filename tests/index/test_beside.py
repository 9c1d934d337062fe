"""A query's words are looked up while it is encoded, where the index is large."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from index import building, generation, search
from index.errors import ModelError
from index.search import HybridSearcher, Mode
from index.types import Vectors
from tests.parts import HashEmbedder, document


@dataclass
class Watched:
    """A part of an index that tells when it is searched."""

    part: Any
    searched: threading.Event

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self.part, name)

    def search(self, *args: Any, **named: Any) -> Any:  # noqa: ANN401
        self.searched.set()
        return self.part.search(*args, **named)


class Patient(HashEmbedder):
    """Encodes a query only once its words have been looked up."""

    def __init__(self, searched: threading.Event) -> None:
        self.searched = searched

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        if not self.searched.wait(10):
            raise ModelError("nobody looked the words up")
        return self.encode(texts)


@pytest.fixture
def held(tmp_path: Path) -> Any:  # noqa: ANN401
    texts = ("A ranker orders candidates.", "A feature store keeps features.", "Replicas watch latency.")
    building.build(
        [document(text, id=f"d{place}") for place, text in enumerate(texts)], root=tmp_path, embedder=HashEmbedder()
    )
    opened = generation.open_current(tmp_path)
    yield opened
    opened.close()


@pytest.mark.parametrize("mode", [Mode.HYBRID, Mode.RRF])
def test_words_are_looked_up_while_the_query_is_encoded(
    held: Any,  # noqa: ANN401
    mode: Mode,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search, "_LARGE", 1)
    searched = threading.Event()
    plain = HybridSearcher(held, HashEmbedder(), mode=mode)
    expected = plain.search_vector("feature ranker", plain.vector("feature ranker"), k=2)
    held.lexical = Watched(held.lexical, searched)
    assert HybridSearcher(held, Patient(searched), mode=mode).search("feature ranker", k=2) == expected


@pytest.mark.parametrize("large", [1, 1000])
def test_a_model_that_fails_fails_the_search(
    held: Any,  # noqa: ANN401
    large: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search, "_LARGE", large)

    class Broken(HashEmbedder):
        def encode_query(self, texts: Sequence[str]) -> Vectors:
            raise ModelError(f"the model is gone that should read {texts}")

    with pytest.raises(ModelError, match="the model is gone"):
        HybridSearcher(held, Broken()).search("feature", k=1)
