"""Generations: everything that one index is made of, in a folder that never changes once it serves.

    generations/<id>/   manifest.json, store.sqlite (documents, chunks, sentences), vectors.npy, dense.faiss,
                        centroids.npy, owners.npy, owners.json, steps.npy, lexical/, sentences.npy,
                        asked.npy, asked_passages.npy (not in generations of before there were questions)
    CURRENT             the id of the one that serves; replaced atomically

The id comes from the content. Here generations are found, opened and read; `index.building` makes them.
"""

import json
import logging
import re
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from index import asked, context, dense, lexical, manifest
from index.columns import Columns
from index.errors import DamagedIndexError, IncompatibleIndexError, NoIndexError
from index.types import DocumentInfo, Filters, Vectors
from ingest.library import load
from ingest.types import Chunk, Document

STORE = "store.sqlite"
SENTENCES = "sentences.npy"
OWNERS = "owners.json"
STEPS = "steps.npy"
_VARIABLES = 500  # SQLite's default limit is 999 in old builds
_LOG = logging.getLogger("ninestep.index")
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class StoredSentence:
    """A quotable sentence of a document.

    Attributes:
        vector: float32, length 1.
        asked: Vectors of questions that it answers, a row each; None where nobody wrote any down.
    """

    start: int
    end: int
    vector: Vectors
    asked: Vectors | None = None


def current(root: Path) -> str | None:
    """The id of the serving generation, or None; what is no id of a generation counts as none."""
    try:
        name = (root / "CURRENT").read_text(encoding="utf-8").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    return name if _ID.fullmatch(name) else None


def others(root: Path) -> list[str]:
    """Ids of the generations that are kept and do not serve, newest first."""
    folder, serving = root / "generations", current(root)
    kept = [path for path in folder.glob("*") if _ID.fullmatch(path.name) and path.name != serving and path.is_dir()]
    return [path.name for path in sorted(kept, key=lambda path: path.stat().st_mtime, reverse=True)]


def open_current(root: Path, *, embedder_digest: str | None = None) -> "Generation":
    """Open the generation that serves.

    Args:
        root: The home.
        embedder_digest: Refuse a generation of another model.

    Raises:
        NoIndexError: If nothing was indexed yet.
        IncompatibleIndexError: If it was made by another model or schema.
        DamagedIndexError: If files are missing or unreadable.
    """
    name = current(root)
    if name is None:
        raise NoIndexError("nothing is indexed yet; run `ninestep index`")
    return open_one(root, name, embedder_digest=embedder_digest)


def open_sound(root: Path, *, embedder_digest: str | None = None) -> "Generation":
    """Open the generation that serves; where it is damaged or not to be found, the newest other one that can be read.

    Raises:
        NoIndexError: If nothing was indexed yet.
        IncompatibleIndexError: If it was made by another model or schema.
        DamagedIndexError: If it cannot be read, and no other can.
    """
    try:
        return open_current(root, embedder_digest=embedder_digest)
    except (DamagedIndexError, NoIndexError) as error:
        for name in others(root):
            with suppress(DamagedIndexError, IncompatibleIndexError):
                found = open_one(root, name, embedder_digest=embedder_digest)
                _LOG.warning("%s; until then the one before it serves, %s", error, name)
                return found
        raise


def open_one(root: Path, name: str, *, embedder_digest: str | None = None) -> "Generation":
    """Open a generation by its id.

    Raises:
        IncompatibleIndexError: If it was made by another model or schema.
        DamagedIndexError: If files are missing or unreadable.
    """
    generation = Generation(root / "generations" / name)
    try:
        manifest.check_model(generation.manifest, embedder_digest)
    except IncompatibleIndexError:
        generation.close()
        raise
    return generation


class _Connection:
    """A connection that ends with its thread: chat answers come from a thread each, and a server gives thousands.

    SQLite's own object is in a cycle with its cache of statements, so it would stay open until Python looks for cycles.
    """

    def __init__(self, path: Path) -> None:
        self.sql = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)

    def __del__(self) -> None:
        if hasattr(self, "sql"):
            self.sql.close()


class Generation:
    """An open generation; safe for several threads at once.

    Raises:
        DamagedIndexError: On opening, if a file is missing or unreadable.
    """

    def __init__(self, folder: Path) -> None:
        self.manifest = manifest.read(folder)
        resized = ", ".join(manifest.resized(folder, self.manifest)[:3])
        if resized:
            raise DamagedIndexError(
                f"the index {folder.name} is damaged ({resized} missing or cut off); "
                "run `ninestep index` to build it again"
            )
        self._folder = folder
        self._local = threading.local()
        self._connections: WeakSet[_Connection] = WeakSet()
        try:
            self.dense = dense.DenseIndex(folder, ef_search=self.manifest.ef_search)
            self.lexical = lexical.LexicalIndex(folder / "lexical")
            self.context = context.ContextIndex(folder)
            self.sentence_vectors: NDArray[np.float16] = np.load(folder / SENTENCES, mmap_mode="r")
            self.asked = asked.read(folder)
            self._asked: NDArray[np.float16] | None = None
            if len(self.asked):
                self._asked = np.load(folder / asked.VECTORS, mmap_mode="r")
            self._owners: list[str] = json.loads((folder / OWNERS).read_text(encoding="utf-8"))
            self._steps: NDArray[np.int8] = np.asarray(np.load(folder / STEPS, mmap_mode="r"))
            self._infos: dict[str, DocumentInfo] = {}
            self.count("sentences")
        except (OSError, ValueError, IndexError, RuntimeError, sqlite3.Error) as error:
            raise DamagedIndexError(
                f"the index {folder.name} is damaged ({error}); run `ninestep index` to build it again"
            ) from error

    def close(self) -> None:
        """Close the files; the object cannot be used afterwards."""
        for connection in list(self._connections):
            connection.sql.close()

    def count(self, table: str) -> int:
        """Rows of documents, chunks or sentences."""
        (count,) = self._sql.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(count)

    def infos(self) -> list[DocumentInfo]:
        """What is known of every document, in id order."""
        return list(self._every_info)

    @cached_property
    def _every_info(self) -> list[DocumentInfo]:
        records = self._sql.execute("SELECT record FROM documents ORDER BY id").fetchall()
        return [self._infos.setdefault(info.id, info) for info in (_info(record) for (record,) in records)]

    @cached_property
    def organisations(self) -> frozenset[str]:
        """Every organisation that a document names as its own."""
        return frozenset(name for info in self._every_info for name in info.organisations)

    @cached_property
    def _columns(self) -> Columns:
        return Columns([self.info(id) for id in self._owners])

    def info(self, document_id: str) -> DocumentInfo:
        """What is known of a document of this generation; read when it is first asked for, then kept.

        Raises:
            KeyError: If the generation holds no such document.
        """
        if document_id not in self._infos:
            row = self._sql.execute("SELECT record FROM documents WHERE id = ?", (document_id,)).fetchone()
            if row is None:
                raise KeyError(document_id)
            self._infos[document_id] = _info(row[0])
        return self._infos[document_id]

    def document(self, id: str) -> Document | None:
        """A document with its text, or None."""
        row = self._sql.execute("SELECT text, record FROM documents WHERE id = ?", (id,)).fetchone()
        return load(row[0], json.loads(row[1])) if row else None

    def chunk(self, row: int) -> Chunk:
        """The chunk of a row."""
        return self.chunks([row])[0]

    def chunks(self, rows: Sequence[int]) -> list[Chunk]:
        """The chunks of rows, in the order asked for, in one query for 500."""
        found: dict[int, Chunk] = {}
        for start in range(0, len(rows), _VARIABLES):
            some = [int(row) for row in rows[start : start + _VARIABLES]]
            marks = ",".join("?" * len(some))
            for values in self._sql.execute(f"SELECT * FROM chunks WHERE row IN ({marks})", some):
                found[values[0]] = _chunk(values)
        return [found[row] for row in rows]

    def owner(self, row: int) -> str:
        """The id of the document that a row is part of."""
        return str(self._owners[int(self.context.owners[row])])

    def rows(self, document_id: str) -> list[int]:
        """The rows of a document's chunks, in order; none for an unknown document."""
        found = self._sql.execute("SELECT row FROM chunks WHERE document_id = ? ORDER BY row", (document_id,))
        return [row for (row,) in found]

    def centroids(self) -> tuple[list[str], Vectors]:
        """Documents and the mean direction of each one's chunks, a row each."""
        return list(self._owners), self.context.centroids

    def last_sentences(self) -> list[tuple[str, int]]:
        """Where the last sentence of each document ends."""
        rows = self._sql.execute('SELECT document_id, max("end") FROM sentences GROUP BY document_id').fetchall()
        return [(str(id), int(end)) for id, end in rows]

    def embedded_texts(self) -> list[str]:
        """Every text that was embedded for this generation: indexed passages, quotable sentences, then questions."""
        passages = [self.chunk(row).indexed_text for row in range(self.manifest.chunks)]
        documents = {info.id: self.document(info.id) for info in self.infos()}
        rows = self._sql.execute('SELECT document_id, start, "end" FROM sentences ORDER BY row').fetchall()
        quotes = [held.text[start:end] for id, start, end in rows if (held := documents[id]) is not None]
        questions = [one.question for held in documents.values() if held is not None for one in held.asked]
        return [*passages, *quotes, *questions]

    def chunk_counts(self) -> dict[str, int]:
        """Number of chunks by document id."""
        return dict(self._sql.execute("SELECT document_id, count(*) FROM chunks GROUP BY document_id").fetchall())

    def sentences(self, one: Chunk) -> list[StoredSentence]:
        """The quotable sentences that lie in a chunk, in order."""
        rows = self._sql.execute(
            'SELECT row, start, "end" FROM sentences WHERE document_id = ? AND start >= ? AND "end" <= ?'
            " ORDER BY start",
            (one.document_id, one.start, one.end),
        ).fetchall()
        answered = self._asked_in(one)
        return [
            StoredSentence(start, end, self.sentence_vectors[row].astype(np.float32), answered.get((start, end)))
            for row, start, end in rows
        ]

    def _asked_in(self, one: Chunk) -> dict[tuple[int, int], Vectors]:
        """Vectors of the questions that sentences of a chunk answer, by where the sentence stands."""
        if self._asked is None:
            return {}
        found: dict[tuple[int, int], list[int]] = {}
        rows = self._sql.execute(
            'SELECT row, start, "end" FROM asked WHERE document_id = ? AND start >= ? AND "end" <= ?',
            (one.document_id, one.start, one.end),
        )
        for row, start, end in rows:
            found.setdefault((start, end), []).append(row)
        return {place: self._asked[rows].astype(np.float32) for place, rows in found.items()}

    def allowed(self, filters: Filters) -> NDArray[np.int64] | None:
        """The rows that pass filters, in order; None where the filters restrict nothing."""
        if not filters:
            return None
        kept = self._columns.passing(filters)[self.context.owners]
        if filters.steps:
            kept &= self._on_steps(filters.steps)
        return np.flatnonzero(kept).astype(np.int64)

    def _on_steps(self, steps: frozenset[int]) -> NDArray[np.bool_]:
        """A chunk is on a step if its headings say so, else if its document mainly informs that step."""
        said = np.isin(self._steps, list(steps))
        by_document = self._columns.on_steps(steps)[self.context.owners]
        return np.where(self._steps > 0, said, by_document)

    def everything(self) -> NDArray[np.int64]:
        """Every row, as `allowed` would give them: a search among named rows is exact."""
        return np.arange(self.manifest.chunks, dtype=np.int64)

    def among(self, rows: Sequence[int], allowed: NDArray[np.int64] | None) -> list[int]:
        """Those of these rows that are among what `allowed` gave, in their order."""
        passing = np.isin(rows, allowed) if allowed is not None else np.ones(len(rows), dtype=bool)
        return [row for row, passes in zip(rows, passing.tolist(), strict=True) if passes]

    @property
    def _sql(self) -> sqlite3.Connection:
        """This thread's connection."""
        if not hasattr(self._local, "connection"):
            self._local.connection = _Connection(self._folder / STORE)
            self._connections.add(self._local.connection)
        connection: _Connection = self._local.connection
        return connection.sql


def _info(record: str) -> DocumentInfo:
    values = json.loads(record)
    lists = {name: tuple(values[name]) for name in ("organisations", "topics", "steps", "authors")}
    names = ("id", "source_id", "url", "title", "kind", "published", "fetched_at", "via")
    return DocumentInfo(**({name: values[name] for name in names} | lists))


def _chunk(values: tuple[Any, ...]) -> Chunk:
    _, document_id, start, end, text, header, headings, step, page, seconds = values
    return Chunk(document_id, start, end, text, header, tuple(json.loads(headings)), step, page, seconds)
