"""Reading a question and a sentence together: does it answer, and does it bear out what is taken for granted?

Vectors are made of each alone, so a sentence that denies a question's premise is as near to it as one that answers.
Here a cross-encoder sees both (Nogueira and Cho, "Passage Re-ranking with BERT", 2019): the six layers of the default
embedder, fitted as `python -m eval.reading` does on what people ask of the field guide, true and false (how these
weights were: docs/decisions.md). In eight bits, they lie in reading.xml and reading.bin beside this module; word pieces
and their vectors come from the embedder's package, whichever embedder is set. It reads the few sentences that are
nearest to a question and never decides alone: what it sees are signs among others of whether enough was found
(`sufficiency`).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.evidence import Candidate
from index import embed
from index.compiled import Compiled
from index.errors import ModelError
from index.types import Vectors

MODEL = "reading.xml"
MOST_PIECES = 96  # of a question and a sentence together; of 10,524 claims with theirs five in a thousand are longer
_BATCH = 16
# What is expected of a sentence that is not read, so that its question is judged by the other signs: over the golden
# and fresh development questions, a line through the largest reading by the nearest cosine; between true and false.
_AT, _BY, _DENIES = -3.86, 5.86, 2.7
_WORDS = "embeddings.word_embeddings.weight"
_KINDS = {"F32": np.float32}
_RECORD = "reading.json"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a sentence does to a question, as log odds.

    Attributes:
        answers: That it answers.
        denies: That it shows what the question takes for granted to be false, or invented; None where it was not read.
    """

    answers: float
    denies: float | None


class Reader:
    """Reads pairs. Safe to call from several threads at once.

    Args:
        folder: Of the compiled model.
        words: Of the embedder whose word pieces it takes.
        expected_digest: Of the compiled model; empty where it may be any.
    """

    def __init__(self, folder: Path, *, words: Path, expected_digest: str = "") -> None:
        self._folder = folder
        self._package = words
        self._expected = expected_digest

    def read(self, question: str, sentences: Sequence[Candidate], vector: Vectors) -> list[Reading]:
        """One reading a sentence, in their order.

        Only sentences that questions are known of are read: what the reader was fitted on. Others get what is expected
        of a sentence as near as they are.

        Args:
            question: In full.
            sentences: To be read with it.
            vector: Of the question.
        """
        known = [one for one in sentences if one.asked is not None]
        texts = [put(one.evidence.document.title, one.evidence.quote) for one in known]
        read = iter(self.logits(question, texts).tolist())
        return [
            Reading(*next(read)) if one.asked is not None else unread(float(one.vector @ vector)) for one in sentences
        ]

    def logits(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Two log odds a text, of shape (texts, 2): that it answers, that it denies.

        Raises:
            ModelError: If the model or its word pieces cannot be opened, or are not those that were fitted.
        """
        if not texts:
            return np.zeros((0, 2), dtype=np.float32)
        pieces = self._tokenizer.encode_batch([(asked(question), text) for text in texts])
        out = np.zeros((len(texts), 2), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda row: len(pieces[row].ids))
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            out[rows] = self._compiled.run(*self._inputs([pieces[row] for row in rows]))
        return out

    def _inputs(self, pieces: Sequence[Any]) -> tuple[NDArray[Any], ...]:
        """Vectors of the word pieces, which text each is of, and which are there: shapes (texts, longest, …)."""
        longest = max(len(one.ids) for one in pieces)
        ids, kinds, mask = (np.zeros((len(pieces), longest), dtype=np.int64) for _ in range(3))
        for row, one in enumerate(pieces):
            ids[row, : len(one.ids)] = one.ids
            kinds[row, : len(one.ids)] = one.type_ids
            mask[row, : len(one.ids)] = 1
        return np.asarray(self._words[ids], dtype=np.float32), kinds, mask

    @cached_property
    def _compiled(self) -> Compiled:
        import openvino

        core = openvino.Core()
        try:
            if self._expected and digest(self._folder) != self._expected:
                raise ModelError(f"{MODEL} and its weights are not those that were fitted; reinstall ninestep")
            return Compiled(core, core.read_model(self._folder / MODEL))
        except (RuntimeError, OSError) as error:  # RuntimeError is all that openvino raises
            raise ModelError(f"{MODEL} cannot be opened; reinstall ninestep ({str(error)[-120:]})") from error

    @cached_property
    def _tokenizer(self) -> Any:  # noqa: ANN401 - a tokenizers.Tokenizer, imported late
        return tokenizer(self._package)

    @cached_property
    def _words(self) -> NDArray[np.float32]:
        return word_vectors(self._package)


def unread(cosine: float) -> Reading:
    """What is expected of a sentence with that cosine, where it is not read."""
    return Reading(_AT + _BY * cosine, None)


def gainsaid(readings: Sequence[Reading]) -> float:
    """The largest log odds that one of some sentences denies; between true and false claims where none was read."""
    return max((one.denies for one in readings if one.denies is not None), default=_DENIES)


def record() -> dict[str, str]:
    """What is kept of the fit: the digest of its two files."""
    held: dict[str, str] = json.loads((resources.files("assistant") / _RECORD).read_text(encoding="utf-8"))
    return held


def digest(folder: Path) -> str:
    """SHA-256 over the files of a reader."""
    files = (folder / MODEL, (folder / MODEL).with_suffix(".bin"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


@cache
def default() -> Reader:
    """The one that comes with ninestep."""
    with resources.as_file(resources.files("assistant") / MODEL) as path:
        return Reader(path.parent, words=embed.default_folder(), expected_digest=record()["digest"])


def asked(question: str) -> str:
    """A question as it is read: in small letters, without the sign at its end, which not everybody types."""
    return question.lower().strip(" ?.!")


def put(title: str, quote: str) -> str:
    """A sentence as it is read: after the title of its document, which says whose or what it is."""
    return f"{title}: {quote}"


def tokenizer(folder: Path) -> Any:  # noqa: ANN401 - a tokenizers.Tokenizer, imported late
    """The word pieces of a model folder, cut at what is read."""
    held = embed.read_tokenizer(folder)
    held.enable_truncation(MOST_PIECES)
    return held


def word_vectors(folder: Path) -> NDArray[np.float32]:
    """The vectors of a model's word pieces, of shape (pieces, dimension), mapped from its file and not copied.

    The file begins with the length of a JSON header, 8 bytes little-endian, whose offsets count from its end
    (the safetensors format).

    Raises:
        ModelError: If there are none in 32 bits.
    """
    path = folder / "model.safetensors"
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            held = json.loads(file.read(length))[_WORDS]
        begins, kind = 8 + length + held["data_offsets"][0], _KINDS[held["dtype"]]
        return np.memmap(path, dtype=kind, mode="r", offset=begins, shape=tuple(held["shape"]))
    except (OSError, KeyError, ValueError, MemoryError, OverflowError) as error:
        raise ModelError(
            f"the model folder {folder.name!r} has no word vectors in 32 bits in model.safetensors; "
            f"point at a complete model ({type(error).__name__}: {error})"
        ) from error
