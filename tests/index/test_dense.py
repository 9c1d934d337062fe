from pathlib import Path

import numpy as np
import pytest

from index import dense
from index.types import Vectors


def unit(count: int, *, seed: int = 0) -> Vectors:
    rows = np.random.default_rng(seed).standard_normal((count, 32)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_the_graph_finds_what_brute_force_finds(tmp_path: Path) -> None:
    vectors = unit(3_000)
    tuning = dense.build(vectors, folder=tmp_path)
    assert tuning.recall >= dense.RECALL_GOAL
    index = dense.DenseIndex(tmp_path, ef_search=tuning.ef_search)
    queries = unit(40, seed=1)
    truth = dense.exact(vectors, queries, k=10)
    found = [{row for row, _ in index.search(query, k=10)} for query in queries]
    shared = sum(len(set(right.tolist()) & left) for left, right in zip(found, truth, strict=True))
    assert shared / truth.size >= 0.9  # random vectors in 32 dimensions are the hard case; text is easier


def test_scores_are_cosines_best_first(tmp_path: Path) -> None:
    vectors = unit(50)
    tuning = dense.build(vectors, folder=tmp_path)
    hits = dense.DenseIndex(tmp_path, ef_search=tuning.ef_search).search(vectors[7], k=5)
    assert hits[0] == (7, np.float32(hits[0][1]))
    assert abs(hits[0][1] - 1) < 1e-5
    assert [score for _, score in hits] == sorted((score for _, score in hits), reverse=True)


def test_a_narrow_filter_still_gives_k_hits_and_only_allowed_ones(tmp_path: Path) -> None:
    vectors = unit(500)
    tuning = dense.build(vectors, folder=tmp_path)
    index = dense.DenseIndex(tmp_path, ef_search=tuning.ef_search)
    allowed = np.array([3, 99, 400, 401], dtype=np.int64)
    hits = index.search(vectors[0], k=3, allowed=allowed)
    assert len(hits) == 3
    best = sorted(allowed.tolist(), key=lambda row: -float(vectors[row] @ vectors[0]))[:3]
    assert [row for row, _ in hits] == best


def test_more_hits_than_efsearch_can_be_asked_for(tmp_path: Path) -> None:
    vectors = unit(300)
    dense.build(vectors, folder=tmp_path)
    assert len(dense.DenseIndex(tmp_path, ef_search=16).search(vectors[0], k=200)) == 200


def clustered(count: int) -> Vectors:
    """Vectors in clumps, as those of text are; there are more of them than a graph is made for."""
    random = np.random.default_rng(3)
    rows = unit(400)[random.integers(0, 400, count)] + 0.1 * random.standard_normal((count, 32)).astype(np.float32)
    return np.ascontiguousarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[dense.DenseIndex, Vectors]:
    folder = tmp_path_factory.mktemp("many")
    vectors = clustered(dense.MANY + 1_000)
    tuning = dense.build(vectors, folder=folder)
    assert tuning.recall >= dense.RECALL_GOAL
    return dense.DenseIndex(folder, ef_search=tuning.ef_search), vectors


def test_an_inverted_file_finds_what_brute_force_finds_with_exact_scores(
    many: tuple[dense.DenseIndex, Vectors],
) -> None:
    index, vectors = many
    queries = vectors[::5_000]
    truth = dense.exact(vectors, queries, k=10)
    found = [index.search(query, k=10) for query in queries]
    shared = sum(len({row for row, _ in left} & set(right.tolist())) for left, right in zip(found, truth, strict=True))
    assert shared / truth.size >= 0.95
    row, score = found[1][3]
    assert score == pytest.approx(float(vectors[row] @ queries[1]), abs=1e-6)
    assert [score for _, score in found[1]] == sorted((score for _, score in found[1]), reverse=True)


@pytest.mark.parametrize("step", [2, 7, 1_000])
def test_a_filter_of_an_inverted_file_gives_the_best_allowed_rows(
    many: tuple[dense.DenseIndex, Vectors], step: int
) -> None:
    index, vectors = many
    allowed = np.arange(1, len(vectors), step, dtype=np.int64)
    rows = [row for row, _ in index.search(vectors[0], k=10, allowed=allowed)]
    best = allowed[np.argsort(-(vectors[allowed] @ vectors[0]), kind="stable")[:10]]
    assert set(rows) <= set(allowed.tolist())
    assert len(set(rows) & set(best.tolist())) >= 9
