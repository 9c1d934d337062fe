"""A corpus of any size made of a small real one, for measuring how cost grows.

Embedding a million passages takes ten hours on two cores, so passages are recombined instead: each joins whole
sentences of a real passage and of two of its near neighbours, and its vector is the same mixture of their vectors,
moved a little. Words keep their frequencies and vectors their neighbourhoods, which random ones would not. What is
measured on it is time and memory; how good the results are is for real collections to say.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.cutting import Cutting
from index.generation import Generation
from index.types import Embedder, Vectors
from index.vectors import VectorStore
from ingest.sentences import Span
from ingest.types import Block, BlockKind, Chunk, Document

_NEIGHBOURS = 12
_SHARES = (0.6, 0.25, 0.15)  # of a vector: the passage's own, its first and its second neighbour's
_MOVED = 0.35  # length of the random part beside a mixture of length 1
_PER_DOCUMENT = 10
_SLICE = 50_000

Watch = Callable[[str], AbstractContextManager[None]]


class Enlarged:
    """Recombined passages, ten a document; the same base and count give the same corpus.

    Args:
        base: The real passages, with their vectors and sentences.
        count: How many passages.
    """

    def __init__(self, base: Generation, *, count: int) -> None:
        rows = np.arange(base.manifest.chunks)
        sentences = [_sentences(base, row) for row in rows.tolist()]
        usable = np.array([row for row in rows.tolist() if sentences[row]], dtype=np.int64)
        self._base = base.dense.vectors(usable)
        self._sentences = [sentences[row] for row in usable.tolist()]
        self._chunks = base.chunks(usable.tolist())
        self._model = base.document
        random = np.random.default_rng(0)
        self._mixed = _mixtures(self._base, count, random)
        self._picks = random.integers(0, 2**16, size=(count, 3), dtype=np.int32)
        self._rows: dict[int, int] = {}

    def documents(self) -> Iterator[Document]:
        """The documents, in the order of their ids."""
        for start in range(0, len(self._mixed), _PER_DOCUMENT):
            yield self._document(start, min(start + _PER_DOCUMENT, len(self._mixed)))

    @property
    def cutting(self) -> Cutting:
        """A paragraph is a chunk; its sentences are those that it was made of."""
        return Cutting("enlarged-1", _paragraphs, "enlarged-1", self._spans)

    def store(self, folder: Path, embedder: Embedder, *, watch: Watch) -> VectorStore:
        """Vectors of passages as mixtures; anything else is embedded.

        Args:
            folder: Where vectors that were embedded are kept.
            embedder: Embeds.
            watch: Times what stands inside; called with "embed" whenever vectors are asked for.
        """
        return _Mixtures(folder, embedder, _Known(self._rows, self._vectors), watch)

    def _document(self, start: int, end: int) -> Document:
        like = self._model(self._chunks[int(self._mixed[start, 0])].document_id)
        if like is None:
            raise ValueError("the base holds a passage without its document")
        paragraphs = [" ".join(self._parts(number)) for number in range(start, end)]
        blocks, place = [], 0
        for number, paragraph in enumerate(paragraphs, start=start):
            blocks.append(Block(BlockKind.PARAGRAPH, place, place + len(paragraph)))
            place += len(paragraph) + 2
            self._rows[hash(f"{like.title}\n{paragraph}")] = number
        id = f"made-{start:08d}"
        return Document(
            id=id,
            source_id=id,
            url=f"https://example.org/{id}",
            title=like.title,
            kind=like.kind,
            text="\n\n".join(paragraphs),
            blocks=tuple(blocks),
            digest=id,
            fetched_at=like.fetched_at,
            via=like.via,
            organisations=like.organisations,
            topics=like.topics,
            steps=like.steps,
            published=like.published,
        )

    def _parts(self, number: int) -> list[str]:
        """One or two sentences of the passage, one of each neighbour."""
        own, first, second = (self._sentences[row] for row in self._mixed[number].tolist())
        one, two, three = self._picks[number].tolist()
        place = one % len(own)
        return [*own[place : place + 1 + one % 2], first[two % len(first)], second[three % len(second)]]

    def _spans(self, document: Document) -> list[Span]:
        start, spans = int(document.id.removeprefix("made-")), []
        for number, block in enumerate(document.blocks, start=start):
            place = block.start
            for sentence in self._parts(number):
                spans.append(Span(place, place + len(sentence)))
                place += len(sentence) + 1
        return spans

    def _vectors(self, numbers: NDArray[np.int64]) -> Vectors:
        random = np.random.default_rng(int(numbers[0]) + 1)
        vectors = np.zeros((len(numbers), self._base.shape[1]), dtype=np.float32)
        for share, rows in zip(_SHARES, self._mixed[numbers].T, strict=True):
            vectors += share * self._base[rows]
        vectors += random.standard_normal(vectors.shape, dtype=np.float32) * (_MOVED / vectors.shape[1] ** 0.5)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


@dataclass(frozen=True, slots=True)
class _Known:
    """Numbers of passages by the hash of their text, and what gives the vectors of numbers."""

    rows: dict[int, int]
    vectors: Callable[[NDArray[np.int64]], Vectors]


class _Mixtures(VectorStore):
    """A store that knows the vectors of recombined passages without embedding them, and does not keep them."""

    def __init__(self, folder: Path, embedder: Embedder, known: _Known, watch: Watch) -> None:
        super().__init__(folder, embedder)
        self._mixtures = known
        self._watch = watch

    def encode(self, texts: Sequence[str], *, report: Callable[[int], None] = lambda _: None) -> Vectors:
        with self._watch("embed"):
            numbers = [self._mixtures.rows.get(hash(text), -1) for text in texts]
            if not numbers or min(numbers) < 0:
                return super().encode(texts, report=report)
            out = np.empty((len(texts), self.embedder.dimension), dtype=np.float32)
            for start in range(0, len(numbers), _SLICE):
                some = np.array(numbers[start : start + _SLICE], dtype=np.int64)
                out[start : start + len(some)] = self._mixtures.vectors(some)
            return out


def _sentences(base: Generation, row: int) -> list[str]:
    chunk = base.chunk(row)
    return [chunk.text[one.start - chunk.start : one.end - chunk.start] for one in base.sentences(chunk)]


def _mixtures(base: Vectors, count: int, random: np.random.Generator) -> NDArray[np.int32]:
    """For each passage its own base row and two neighbours of that, shape (count, 3)."""
    import faiss

    _, near = faiss.knn(base, base, min(_NEIGHBOURS + 1, len(base)), metric=faiss.METRIC_INNER_PRODUCT)
    own = np.arange(count) % len(base)
    picks = random.integers(0, near.shape[1], size=(count, 2))
    return np.column_stack([own, near[own, picks[:, 0]], near[own, picks[:, 1]]]).astype(np.int32)


def _paragraphs(document: Document, _: Embedder) -> list[Chunk]:
    return [
        Chunk(document.id, block.start, block.end, document.text[block.start : block.end], document.title)
        for block in document.blocks
    ]
