"""Entailment by a cross-encoder: does a quotation imply a sentence, contradict it, or neither?

Off unless a model is set; no weights of one come as a package. Any sentence-transformers cross-encoder that was trained
on natural language inference will do; its own labels say which output is which. It may only make judgments stricter
for sentences, and decides about the premises of questions where it is sure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from index.errors import ModelError

SURE = 0.5  # chance from which a relation counts


@dataclass(frozen=True, slots=True)
class Relation:
    """Chances of what a quotation does to a sentence; the rest of 1 is neither."""

    entails: float
    contradicts: float


class Entailment(Protocol):
    """Judges pairs of a quotation and a sentence."""

    def relations(self, pairs: Sequence[tuple[str, str]]) -> list[Relation]:
        """One relation a pair of (quotation, sentence), in their order."""


class CrossEntailment:
    """A cross-encoder from a folder.

    Args:
        folder: Where the model lies.

    Raises:
        ModelError: If it cannot be loaded, or its labels name no entailment and contradiction.
    """

    def __init__(self, folder: Path) -> None:
        self._model = _load(folder)
        labels = {label.lower()[:6]: int(number) for number, label in self._model.config.id2label.items()}
        if not {"entail", "contra"} <= set(labels):
            named = ", ".join(self._model.config.id2label.values())
            raise ModelError(f"the entailment model has the labels {named}; wanted are entailment and contradiction")
        self._entails, self._contradicts = labels["entail"], labels["contra"]

    def relations(self, pairs: Sequence[tuple[str, str]]) -> list[Relation]:
        """One relation a pair of (quotation, sentence), in their order."""
        if not pairs:
            return []
        scores = np.asarray(self._model.predict(list(pairs), apply_softmax=True, show_progress_bar=False))
        return [Relation(float(row[self._entails]), float(row[self._contradicts])) for row in scores]


def is_contradicted(sentence: str, quotes: Sequence[str], judge: Entailment) -> bool:
    """Whether quotations surely contradict a sentence, and none surely entails it."""
    found = judge.relations([(quote, sentence) for quote in quotes])
    entails = max((one.entails for one in found), default=0.0)
    return entails < SURE <= max((one.contradicts for one in found), default=0.0)


def is_entailed(sentence: str, quotes: Sequence[str], judge: Entailment) -> bool:
    """Whether one of some quotations surely entails a sentence."""
    return any(one.entails >= SURE for one in judge.relations([(quote, sentence) for quote in quotes]))


def _load(folder: Path) -> Any:  # noqa: ANN401 - imported late
    if not (folder / "config.json").is_file():
        raise ModelError(f"the entailment folder {folder.name!r} has no config.json; point at a complete cross-encoder")
    try:
        from sentence_transformers import CrossEncoder as Model

        return Model(
            str(folder), local_files_only=True, trust_remote_code=False, model_kwargs={"use_safetensors": True}
        )
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"the entailment folder {folder.name!r} cannot be loaded: {error}") from error
