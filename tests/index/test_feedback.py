from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index import building, feedback, generation
from index.search import HybridSearcher, Recipe
from index.types import Vectors
from tests.parts import HashEmbedder, document

DIRECTIONS = {"asked": 0, "canary": 25, "rollout": 50, "aside": -48}  # degrees


class Compass(HashEmbedder):
    """Texts lie on a circle, at the angle of the known word that they hold."""

    digest = "2" * 64

    def encode(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            angle = np.radians(next(degrees for word, degrees in DIRECTIONS.items() if word in text))
            row[:2] = np.cos(angle), np.sin(angle)
        return rows


def unit(*values: float) -> Vectors:
    return np.asarray(np.array(values, dtype=np.float32) / np.linalg.norm(values))


def test_a_query_is_drawn_toward_the_mean_of_the_best() -> None:
    query, best = unit(1, 0), np.stack([unit(1, 1), unit(-1, 1)])
    drawn = feedback.drawn(query, best, share=0.5)
    assert drawn == pytest.approx(unit(0.5, 0.5 * 2**-0.5))
    assert feedback.drawn(query, best, share=0) == pytest.approx(query)
    assert feedback.drawn(query, best, share=1) == pytest.approx(unit(0, 1))
    assert feedback.drawn(query, best[:0]) is query


def test_a_passage_that_is_like_the_best_rises_over_one_that_is_as_near_to_the_question(tmp_path: Path) -> None:
    texts = {"near": "A canary is small.", "like": "A rollout is slow.", "unlike": "An aside is short."}
    made = [document(text, id=id, title="A") for id, text in texts.items()]
    building.build(made, root=tmp_path, embedder=Compass())
    held = generation.open_current(tmp_path)

    def order(recipe: Recipe) -> list[str]:
        found = HybridSearcher(held, Compass(), recipe=recipe).search("asked", k=3)
        return [hit.document.id for hit in found]

    assert order(Recipe(feedback=0.0)) == ["near", "unlike", "like"]
    assert order(Recipe()) == ["near", "like", "unlike"]
