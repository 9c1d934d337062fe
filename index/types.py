"""The records and contracts of retrieval. Read this file first.

Scores: higher is better, always; equal scores are ordered by chunk id. Vectors are float32, C-contiguous,
L2-normalised rows, so the inner product is the cosine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.types import Chunk

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into vectors."""

    @property
    def name(self) -> str:
        """The model's name, for people."""

    @property
    def digest(self) -> str:
        """SHA-256 of the weights, in hexadecimal: two embedders with one digest are interchangeable."""

    @property
    def dimension(self) -> int:
        """Components of a vector."""

    @property
    def max_tokens(self) -> int:
        """Word pieces that the model reads of one text, special tokens left out; the rest is cut off."""

    def count_tokens(self, text: str) -> int:
        """Word pieces in a text, special tokens left out, nothing cut off."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed passages, as they are kept.

        Returns:
            Shape (len(texts), dimension), float32, rows of length 1, in the order given.
        """

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Embed what is searched for: into the same space, maybe in another way and less exactly.

        Returns:
            As of `encode`.
        """


@dataclass(frozen=True, slots=True)
class Filters:
    """Restrictions on hits; an empty field restricts nothing, values within a field are alternatives.

    Attributes:
        since: Published on or after this date, or its beginning: `2019`, `2019-06`, `2019-06-30`.
        until: Published on or before it; a document without a date passes neither.
    """

    kinds: frozenset[str] = frozenset()
    organisations: frozenset[str] = frozenset()
    steps: frozenset[int] = frozenset()
    topics: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    since: str = ""
    until: str = ""

    def __bool__(self) -> bool:
        return self != Filters()


@dataclass(frozen=True, slots=True)
class MethodTrace:
    """What one method made of a chunk: its rank (from 1), its own score, and its share of the fused score.

    In a hybrid search the dense score is the cosine of the passage and its document with the query as its best passages
    have drawn it, mixed with that of the query as it was put and the nearest question that the passage answers.
    """

    rank: int
    score: float
    share: float


@dataclass(frozen=True, slots=True)
class Trace:
    """Why a chunk is where it is. A method that did not retrieve the chunk is absent from `methods`.

    Attributes:
        matched_terms: Stems of the query's words that the chunk holds; function words are not among them.
    """

    methods: Mapping[str, MethodTrace] = field(default_factory=dict)
    matched_terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """What a hit tells of its document, the text left out."""

    id: str
    source_id: str
    url: str
    title: str
    kind: str
    organisations: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    steps: tuple[int, ...] = ()
    authors: tuple[str, ...] = ()
    published: str = ""
    fetched_at: str = ""
    via: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """One chunk found for a query."""

    rank: int
    score: float
    chunk: Chunk
    document: DocumentInfo
    trace: Trace


class Searcher(Protocol):
    """Finds chunks for a query."""

    def search(self, query: str, *, k: int = 10, filters: Filters | None = None) -> list[Hit]:
        """The k best chunks, best first; fewer only where fewer pass the filters.

        Raises:
            ValueError: If the query is blank or `k` is below 1.
        """
