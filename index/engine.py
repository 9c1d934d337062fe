"""What an engine offers: a place where generations are built, and one open generation of it.

Two engines keep these contracts: `generation`, files on one machine, and `milvus`, a server or a cluster that many
machines share. A row numbers a chunk of one generation, from 0; what `allowed` gives is passed back to the same
generation as it is, never looked into.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.asked import AskedIndex
from index.lexical import EXTRAS, Extras
from index.types import DocumentInfo, Embedder, Filters, Vectors
from ingest.types import Chunk, Document

if TYPE_CHECKING:
    from index.building import Report
    from index.cutting import Cutting
    from index.generation import StoredSentence
    from index.manifest import Manifest

Rows = NDArray[np.int64]
Allowed = Any  # rows here, an expression there


class Dense(Protocol):
    """Retrieval by vectors."""

    def __len__(self) -> int: ...

    def search(self, query: Vectors, *, k: int, allowed: Allowed = None) -> list[tuple[int, float]]:
        """The k nearest rows with their cosines, nearest first."""

    def vectors(self, rows: Rows) -> Vectors:
        """The vectors of rows, in their order."""

    def scores(self, query: Vectors, rows: Rows) -> NDArray[np.float32]:
        """The cosine of a query with given rows, in their order."""


class Lexical(Protocol):
    """Retrieval by words."""

    def __len__(self) -> int: ...

    def search(
        self, query: str, *, k: int, allowed: Allowed = None, extras: Extras = EXTRAS
    ) -> list[tuple[int, float]]:
        """The k best rows with their BM25 scores, best first."""

    def corrected(self, query: str, *, is_word: Callable[[str], bool] = lambda _: False) -> str:
        """A query with words that no text holds replaced by the likest that some do."""

    def holds(self, word: str) -> bool:
        """Whether a text holds a word, in any inflection."""

    def spelled_out(self, query: str) -> list[str]:
        """What the abbreviations of a query stand for."""

    def idf(self, term: str) -> float:
        """How telling a term is."""


class Context(Protocol):
    """Documents as the mean direction of their chunks."""

    @property
    def centroids(self) -> Vectors:
        """One row a document."""

    def scores(self, query: Vectors, rows: Rows) -> NDArray[np.float32]:
        """The cosine of a query with the documents of given rows, in their order."""


class Generation(Protocol):
    """An open generation; safe for several threads at once."""

    @property
    def manifest(self) -> "Manifest":
        """What it was made of and how."""

    @property
    def dense(self) -> Dense:
        """Its vectors."""

    @property
    def lexical(self) -> Lexical:
        """Its words."""

    @property
    def context(self) -> Context:
        """Its documents' centroids."""

    @property
    def asked(self) -> AskedIndex:
        """The questions that its passages are known to answer."""

    @property
    def organisations(self) -> frozenset[str]:
        """Every organisation that a document names as its own."""

    def close(self) -> None:
        """Let go of what is open; the object cannot be used afterwards."""

    def count(self, table: str) -> int:
        """How many documents, chunks or sentences are stored."""

    def infos(self) -> list[DocumentInfo]:
        """What is known of every document, in id order."""

    def info(self, document_id: str) -> DocumentInfo:
        """What is known of a document of this generation."""

    def document(self, id: str) -> Document | None:
        """A document with its text, or None."""

    def chunk(self, row: int) -> Chunk:
        """The chunk of a row."""

    def chunks(self, rows: Sequence[int]) -> list[Chunk]:
        """The chunks of rows, in the order asked for."""

    def owner(self, row: int) -> str:
        """The id of the document that a row is part of."""

    def rows(self, document_id: str) -> list[int]:
        """The rows of a document's chunks, in order; none for an unknown document."""

    def centroids(self) -> tuple[list[str], Vectors]:
        """Documents and the mean direction of each one's chunks, a row each."""

    def chunk_counts(self) -> dict[str, int]:
        """Number of chunks by document id."""

    def sentences(self, one: Chunk) -> "list[StoredSentence]":
        """The quotable sentences that lie in a chunk, in order."""

    def allowed(self, filters: Filters) -> Allowed:
        """What passes filters, for `search`; None where the filters restrict nothing."""

    def everything(self) -> Allowed:
        """What `allowed` would give where all rows pass."""

    def among(self, rows: Sequence[int], allowed: Allowed) -> list[int]:
        """Those of these rows that are among what `allowed` gave, in their order."""


class Engine(Protocol):
    """Where generations are built and one of them serves."""

    def current(self) -> str | None:
        """The id of the serving generation, or None."""

    def stamp(self) -> object:
        """What serves, in a form that can be compared: it changes whenever a reader should open anew; None: nothing."""

    def open_sound(self, *, embedder_digest: str | None = None) -> Generation:
        """Open the generation that serves, or another one that is kept where that cannot be read."""

    def open_current(self, *, embedder_digest: str | None = None) -> Generation:
        """Open the generation that serves.

        Raises:
            NoIndexError: If nothing was indexed yet.
            IncompatibleIndexError: If it was made by another model or schema.
            SearchError: If it cannot be opened.
        """

    def build(
        self,
        documents: Iterable[Document],
        *,
        embedder: Embedder,
        cutting: "Cutting | None" = None,
        cache: Path | None = None,
        report: "Report | None" = None,
    ) -> "Manifest":
        """Build a generation beside the serving one, validate it and make it current.

        Raises:
            SearchError: If there is nothing to index, or the result does not pass validation; the old one serves on.
        """


EngineAt = Callable[[Path], Engine]  # the engine of a home, or of a folder of one
