from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.lexical import LexicalIndex, build, most, outright, terms
from ingest.types import Chunk

TEXTS = [
    "Negative sampling draws items that a user did not watch.",
    "A canary release sends one percent of traffic to the new model.",
    "Sampling with replacement changes the variance.",
]


def open_index(folder: Path) -> LexicalIndex:
    build([Chunk(f"d{n}", 0, len(text), text, header="Guide › Data") for n, text in enumerate(TEXTS)], folder=folder)
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


def test_neighbouring_words_count_more_side_by_side(tmp_path: Path) -> None:
    texts = [
        "position of the bias and more words",
        "the bias of the position and more",
        "position bias and many more words",
    ]
    build([Chunk(f"d{n}", 0, len(text), text) for n, text in enumerate(texts)], folder=tmp_path)
    assert LexicalIndex(tmp_path).search("position bias", k=3)[0][0] == 2


def test_function_words_of_a_question_do_not_find_anything(index: LexicalIndex) -> None:
    assert index.search("what is the canary", k=5) == index.search("canary", k=5)
    assert index.search("that with the", k=5), "a query of nothing else is searched as it is"


@given(st.text(max_size=80))
def test_no_query_can_fail_to_parse(index: LexicalIndex, query: str) -> None:
    assert all(0 <= row < 3 for row, _ in index.search(query, k=3))


@pytest.mark.parametrize("query", ['"', "title:(", "a AND", "-", "NOT", "^2", "*", "[a TO b]", "\\"])
def test_query_syntax_is_plain_words(index: LexicalIndex, query: str) -> None:
    assert isinstance(index.search(query, k=3), list)


def test_idf_is_larger_for_rarer_terms(index: LexicalIndex) -> None:
    (negative,), (sampling,), (absent,) = terms("negative"), terms("sampling"), terms("risotto")
    assert index.idf(absent) > index.idf(negative) > index.idf(sampling) > 0


def test_no_chunk_reaches_the_most_a_query_can_score(tmp_path: Path) -> None:
    texts = ["canary " * 5000, "canary release", "shadow release"]
    build([Chunk(f"d{n}", 0, len(text), text) for n, text in enumerate(texts)], folder=tmp_path)
    index = LexicalIndex(tmp_path)
    reached = index.search("the canary", k=3)[0][1]
    assert 0.75 * most("the canary", idf=index.idf) < reached < most("the canary", idf=index.idf)
    assert most("canary release", idf=index.idf) > most("release", idf=index.idf) > 0


def test_a_word_that_no_chunk_holds_counts_as_missing(tmp_path: Path) -> None:
    texts = ["canary release", "shadow release"]
    build([Chunk(f"d{n}", 0, len(text), text) for n, text in enumerate(texts)], folder=tmp_path)
    idf = LexicalIndex(tmp_path).idf
    assert most("canary risotto", idf=idf) == pytest.approx(most("canary", idf=idf) + most("risotto", idf=idf))
    assert most("risotto", idf=idf) > most("canary", idf=idf), "and more than any that some chunk holds"


@pytest.mark.parametrize(
    ("query", "share"),
    [
        ("Who wrote Dune?", 2 / 3),
        ("Who is he that wrote it?", 1 / 5),
        ("What is a canary release?", 2 / 5),
        ("Where do the canary releases of this model end?", 4 / 5),
        ("Where do the canary releases of this ranking model end?", 1),
        ("canary release", 1),
        ("HNSW", 1),
        ("who is it", 1),
        ("?", 0),
    ],
)
def test_questions_in_few_words_are_not_outright_and_keywords_are(query: str, share: float) -> None:
    assert outright(query) == pytest.approx(share)


def test_an_abbreviation_finds_what_it_stands_for(tmp_path: Path) -> None:
    texts = ["The click-through rate (CTR) is a share.", "A click-through rate of two percent.", "Something else."]
    build([Chunk(f"d{n}", 0, len(text), text) for n, text in enumerate(texts)], folder=tmp_path)
    assert [row for row, _ in LexicalIndex(tmp_path).search("ctr", k=3)] == [0, 1]


@pytest.mark.parametrize(
    "query", ["position bias", "the bias of positions in clicks", "clicks clicks", "recall at ten"]
)
def test_a_large_index_asks_in_two_parts_and_finds_what_one_question_finds(tmp_path: Path, query: str) -> None:
    said = "position bias clicks recall at ten of users in ranking"
    texts = [" ".join(np.random.default_rng(n).permutation(said.split())) for n in range(300)]
    build([Chunk(f"d{n:03}", 0, len(text), text) for n, text in enumerate(texts)], folder=tmp_path)
    whole, apart = LexicalIndex(tmp_path), LexicalIndex(tmp_path, many=0)
    for k, allowed in ((5, None), (40, None), (400, None), (20, np.arange(1, 300, 2))):
        expected, found = (index.search(query, k=k, allowed=allowed) for index in (whole, apart))
        assert [row for row, _ in found] == [row for row, _ in expected]
        assert [score for _, score in found] == pytest.approx([score for _, score in expected])
