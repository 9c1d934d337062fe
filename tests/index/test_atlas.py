from pathlib import Path

import numpy as np
import pytest

from index import atlas
from index.types import Vectors


def groups(*sizes: int) -> Vectors:
    """Unit vectors in as many directions as there are sizes, each a little off."""
    random = np.random.default_rng(3)
    rows = [
        np.eye(32)[number] + 0.05 * random.standard_normal(32) for number, size in enumerate(sizes) for _ in range(size)
    ]
    vectors = np.asarray(rows, dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_the_nearest_point_of_a_document_is_of_its_own_group() -> None:
    placed = atlas.places(groups(12, 12, 12))
    owners = np.repeat(np.arange(3), 12)
    distances = np.linalg.norm(placed[:, None] - placed[None], axis=2) + 9 * np.eye(36)
    assert (owners[distances.argmin(axis=1)] == owners).all()


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 8, 9])
def test_a_map_of_few_documents_has_a_place_for_each_within_the_square(count: int) -> None:
    placed = atlas.places(groups(count) if count else np.zeros((0, 32), dtype=np.float32))
    assert placed.shape == (count, 2)
    assert np.isfinite(placed).all()
    assert ((placed >= 0) & (placed <= 1)).all()


def test_equal_documents_share_a_place() -> None:
    assert np.ptp(atlas.places(np.tile(np.eye(8, dtype=np.float32)[0], (5, 1))), axis=0).max() == 0


def test_a_map_is_kept_for_its_generation_alone(tmp_path: Path) -> None:
    vectors = groups(4, 4, 4)
    ids = [f"d{number}" for number in range(12)]
    drawn = atlas.draw(tmp_path, "one", ids, vectors)
    assert atlas.kept(tmp_path, "one") == drawn
    assert atlas.kept(tmp_path, "two") is None
    atlas.draw(tmp_path, "two", ids[:4], vectors[:4])
    assert atlas.kept(tmp_path, "one") is None
    assert [path.name for path in tmp_path.iterdir()] == ["two.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', '{"a": [1]}', '{"a": ["x", "y"]}'])
def test_a_damaged_map_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "one.json").write_text(text)
    assert not atlas.kept(tmp_path, "one")


def test_of_very_many_documents_an_even_choice_is_drawn(tmp_path: Path) -> None:
    drawn = atlas.draw(tmp_path, "one", [f"{number:02}" for number in range(21)], groups(21), most=5)
    assert list(drawn) == ["00", "05", "10", "15", "20"]
