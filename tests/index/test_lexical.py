from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.lexical import LexicalIndex, build, terms
from ingest.types import Chunk

TEXTS = [
    "Negative sampling draws items that a user did not watch.",
    "A canary release sends one percent of traffic to the new model.",
    "Sampling with replacement changes the variance.",
]


def open_index(folder: Path) -> LexicalIndex:
    chunks = [Chunk(f"d{n}", 0, len(text), text, headings=("Data",)) for n, text in enumerate(TEXTS)]
    build([(chunk, "Guide") for chunk in chunks], folder=folder)
    return LexicalIndex(folder)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    return open_index(tmp_path_factory.mktemp("lexical"))


def test_words_are_found_by_their_stems_and_rare_ones_count_more(index: LexicalIndex) -> None:
    hits = index.search("negative samples", k=5)
    assert [row for row, _ in hits] == [0, 2]
    assert hits[0][1] > hits[1][1] > 0


def test_titles_and_headings_are_searched_too(index: LexicalIndex) -> None:
    assert len(index.search("data guide", k=5)) == 3


def test_only_allowed_rows_come_back(index: LexicalIndex) -> None:
    assert [row for row, _ in index.search("sampling", k=1, allowed=np.array([2]))] == [2]


@given(st.text(max_size=80))
def test_no_query_can_fail_to_parse(index: LexicalIndex, query: str) -> None:
    assert all(0 <= row < 3 for row, _ in index.search(query, k=3))


@pytest.mark.parametrize("query", ['"', "title:(", "a AND", "-", "NOT", "^2", "*", "[a TO b]", "\\"])
def test_query_syntax_is_plain_words(index: LexicalIndex, query: str) -> None:
    assert isinstance(index.search(query, k=3), list)


def test_idf_is_larger_for_rarer_terms(index: LexicalIndex) -> None:
    (negative,), (sampling,), (absent,) = terms("negative"), terms("sampling"), terms("risotto")
    assert index.idf(absent) > index.idf(negative) > index.idf(sampling) > 0
