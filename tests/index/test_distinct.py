from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import building, generation
from index.distinct import distinct, say_the_same
from index.explain import explain
from index.search import HybridSearcher, Mode
from tests.parts import HashEmbedder, document

STORY = (
    "A canary release sends one percent of the traffic to the new model, watches its errors for an hour and then "
    "widens the share step by step until every request is served by it or the release is taken back."
)
OTHER = "Batch prediction computes every answer at night, and the canary of the release only reads a table."


def test_a_mirror_says_the_same_and_another_result_does_not() -> None:
    assert say_the_same(STORY, STORY.replace("A canary", "The canary"))
    assert not say_the_same(STORY, STORY.replace("one percent", "5 percent"))
    assert not say_the_same(STORY, OTHER)
    assert say_the_same("Short.", "short")


def test_of_each_thing_the_best_place_is_kept_and_the_others_name_it() -> None:
    texts = [STORY, OTHER, STORY + " ", OTHER.upper()]
    found = distinct(HashEmbedder().encode(texts), texts.__getitem__)
    assert found.kept == (0, 1)
    assert found.repeats == {2: 0, 3: 1}


def test_nothing_found_keeps_nothing() -> None:
    assert distinct(np.empty((0, 4), dtype=np.float32), str).kept == ()


@given(st.lists(st.sampled_from([STORY, OTHER, "Third thing.", "A fourth."]), max_size=8), st.integers(0, 8))
def test_a_longer_ranking_begins_with_the_same(texts: list[str], cut: int) -> None:
    vectors = HashEmbedder().encode(texts)
    whole, head = distinct(vectors, texts.__getitem__), distinct(vectors[:cut], texts.__getitem__)
    assert [place for place in whole.kept if place < cut] == list(head.kept)
    assert len({texts[place] for place in whole.kept}) == len(whole.kept) == len(set(texts))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("home")
    documents = [
        document(STORY, id="original", title="Canary"),
        document(STORY + "\n\nShare this page.", id="mirror", title="Canary"),
        document(OTHER, id="other", title="Batch"),
        *(document(STORY, id=f"copy-{n:03}", title="Canary") for n in range(250)),
        *(document(f"A canary sings number {n}.", id=f"bird-{n:02}", title="Bird") for n in range(30)),
    ]
    building.build(documents, root=root, embedder=HashEmbedder())
    return root


@pytest.fixture
def searcher(home: Path) -> Iterator[HybridSearcher]:
    held = generation.open_current(home)
    yield HybridSearcher(held, HashEmbedder())
    held.close()


def test_a_search_shows_each_thing_once_and_still_fills_its_list(searcher: HybridSearcher) -> None:
    hits = searcher.search("canary release traffic", k=10)
    copies = [hit for hit in hits if say_the_same(hit.chunk.text, STORY)]
    assert len(hits) == 10
    assert len(copies) == 1
    assert [hit.rank for hit in hits] == list(range(1, 11))


@pytest.mark.parametrize("mode", list(Mode))
def test_a_smaller_k_shows_the_head_of_the_same_list(home: Path, mode: Mode) -> None:
    held = generation.open_current(home)
    searcher = HybridSearcher(held, HashEmbedder(), mode=mode)
    few, many = searcher.search("canary release", k=4), searcher.search("canary release", k=30)
    assert [hit.chunk.id for hit in few] == [hit.chunk.id for hit in many[:4]]
    held.close()


def test_a_copy_that_is_passed_over_is_told_which_passage_it_repeats(home: Path) -> None:
    held = generation.open_current(home)
    shown = HybridSearcher(held, HashEmbedder()).search("canary release traffic", k=1)[0].document.id
    other = "copy-001" if shown != "copy-001" else "copy-002"
    found = explain(held, HashEmbedder(), "canary release traffic", other)
    assert found.rank is None
    assert found.reason.startswith(f"its nearest passage repeats one of '{shown}', which stands at rank 1")
    held.close()
