"""Generations: everything that one index is made of, in a folder that never changes once it serves.

    generations/<id>/   manifest.json, store.sqlite (documents, chunks, sentences), vectors.npy, dense.faiss,
                        centroids.npy, owners.npy, owners.json, steps.npy, lexical/, sentences.npy
    CURRENT             the id of the one that serves; replaced atomically

The id comes from the content, so building the same corpus with the same model and versions is nothing to do. A build
works in a folder beside, is validated, and only then gets its name and is made current; whatever happens before that,
the old generation serves on. The one before is kept.
"""

import fcntl
import hashlib
import json
import logging
import os
import re
import shutil
import sqlite3
import tempfile
import threading
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from index import context, dense, lexical, manifest
from index.columns import Columns
from index.errors import DamagedIndexError, IncompatibleIndexError, NoIndexError, SearchError
from index.manifest import Manifest
from index.types import DocumentInfo, Embedder, Filters, Vectors
from index.vectors import VectorStore
from ingest import chunk as chunking
from ingest import sentences as sentencing
from ingest.library import dump, load
from ingest.sentences import Span
from ingest.types import Chunk, Document

_STORE = "store.sqlite"
_SENTENCES = "sentences.npy"
_OWNERS = "owners.json"
_STEPS = "steps.npy"
_SLICE = 50_000  # texts whose vectors are in memory at once: those of a million chunks and their sentences are 7 GB
_VARIABLES = 500  # SQLite's default limit is 999 in old builds
_KEPT = 2
_LOG = logging.getLogger("ninestep.index")
_ID = re.compile(r"[0-9a-f]{16}")
_SCHEMA = """
CREATE TABLE documents (id TEXT PRIMARY KEY, text TEXT NOT NULL, record TEXT NOT NULL);
CREATE TABLE chunks (
    row INTEGER PRIMARY KEY, document_id TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    text TEXT NOT NULL, header TEXT NOT NULL, headings TEXT NOT NULL, step INTEGER, page INTEGER, seconds REAL
);
CREATE INDEX chunks_by_document ON chunks (document_id, start);
CREATE TABLE sentences (
    row INTEGER PRIMARY KEY, document_id TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL
);
CREATE INDEX sentences_by_document ON sentences (document_id, start);
"""


@dataclass(frozen=True, slots=True)
class BuildProgress:
    """How far a build is: `done` of `total` texts at this stage."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class StoredSentence:
    """A quotable sentence of a document, with its vector (float32, length 1)."""

    start: int
    end: int
    vector: Vectors


Report = Callable[[BuildProgress], None]


@dataclass(frozen=True, slots=True)
class Cutting:
    """How documents are cut into what is indexed.

    Attributes:
        chunker: Name and version of the rule that makes chunks; another one makes another generation.
        chunk: The rule.
        sentencer: Name and version of the rule that finds quotable sentences.
        sentences: The rule.
    """

    chunker: str
    chunk: Callable[[Document, Embedder], list[Chunk]]
    sentencer: str
    sentences: Callable[[Document], list[Span]]


def _passages(document: Document, embedder: Embedder) -> list[Chunk]:
    return chunking.chunk(document, count_tokens=embedder.count_tokens, max_tokens=embedder.max_tokens)


PASSAGES = Cutting(chunking.VERSION, _passages, sentencing.VERSION, sentencing.sentences)


def build(
    documents: Iterable[Document],
    *,
    root: Path,
    embedder: Embedder,
    cutting: Cutting = PASSAGES,
    cache: Path | None = None,
    store: Callable[[Path, Embedder], VectorStore] = VectorStore,
    report: Report = lambda _: None,
) -> Manifest:
    """Build a generation beside the serving one, validate it and make it current.

    Args:
        documents: The whole corpus.
        root: The home that holds generations/ and CURRENT.
        embedder: Embeds chunks and sentences.
        cutting: How documents are cut.
        cache: Where vectors are kept by content; by default in the home.
        store: Opens what keeps them.
        report: Called as the work goes on.

    Returns:
        The manifest of the generation that now serves; where nothing changed, that of the one that served before.

    Raises:
        SearchError: If there is nothing to index, or the result does not pass validation; the old one serves on.
    """
    corpus = sorted(documents, key=lambda document: document.id)
    if not corpus:
        raise SearchError("there are no documents to index; run `ninestep index` for the field guide")
    folder = root / "generations"
    folder.mkdir(parents=True, exist_ok=True)
    with _only_builder(folder):
        digest = corpus_digest(corpus)
        name = _id(digest, embedder, cutting)
        if not manifest.is_whole(folder / name):
            vectors = store(cache or root / "cache", embedder)
            with closing(vectors):
                plan = _Plan(name, digest, cutting, vectors, report)
                _build_beside(corpus, plan, folder=folder)
        _make_current(root, name)
        _forget_old(folder, keep=name)
        return manifest.read(folder / name)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a build needs beside the documents."""

    name: str
    corpus_digest: str
    cutting: Cutting
    vectors: VectorStore
    report: Report

    def stage(self, label: str, total: int, *, before: int = 0) -> Callable[[int], None]:
        """Tells how far a stage is, counting from `before`."""
        return lambda done: self.report(BuildProgress(label, before + done, total))


@contextmanager
def _only_builder(folder: Path) -> Iterator[None]:
    """Two builds at once wait for each other; a killed one leaves no lock behind."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in folder.glob(".building-*"):
            shutil.rmtree(left)
        yield


def _id(digest: str, embedder: Embedder, cutting: Cutting) -> str:
    parts = [str(manifest.SCHEMA_VERSION), embedder.digest, cutting.chunker, cutting.sentencer, digest]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def corpus_digest(corpus: Iterable[Document]) -> str:
    """SHA-256 over documents in id order; that of a generation stands in its manifest."""
    digest = hashlib.sha256()
    for document in corpus:
        digest.update(json.dumps([document.text_digest, dump(document)], sort_keys=True).encode())
    return digest.hexdigest()


def _build_beside(corpus: Sequence[Document], plan: _Plan, *, folder: Path) -> None:
    beside = Path(tempfile.mkdtemp(dir=folder, prefix=".building-"))
    try:
        _fill(beside, corpus, plan)
        _validate(beside)
        _sync(beside)
        if (folder / plan.name).exists():  # a damaged one: it makes way, readers keep its open files
            (folder / plan.name).rename(folder / f".building-{plan.name}-damaged")
        beside.rename(folder / plan.name)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _fill(beside: Path, corpus: Sequence[Document], plan: _Plan) -> None:
    embedder = plan.vectors.embedder
    chunks = [one for document in corpus for one in plan.cutting.chunk(document, embedder)]
    spans = _Quotable(corpus, plan.cutting)
    _write_store(beside / _STORE, corpus, chunks, spans)
    texts = (one.indexed_text for one in chunks)
    _embed(beside / dense.VECTORS, texts, plan, count=len(chunks), kind=np.float32, stage="passages")
    passages = np.load(beside / dense.VECTORS, mmap_mode="r")
    tuning = dense.build(passages, folder=beside)
    _write_places(beside, chunks, passages)
    del passages
    quotes = spans.quotes()
    _embed(beside / _SENTENCES, quotes, plan, count=len(spans), kind=np.float16, stage="sentences")
    lexical.build(chunks, folder=beside / "lexical")
    made = Manifest(
        id=plan.name,
        schema=manifest.SCHEMA_VERSION,
        model=embedder.name,
        model_digest=embedder.digest,
        dimension=embedder.dimension,
        chunker=plan.cutting.chunker,
        sentencer=plan.cutting.sentencer,
        corpus_digest=plan.corpus_digest,
        documents=len(corpus),
        chunks=len(chunks),
        sentences=len(spans),
        ef_search=tuning.ef_search,
        recall=round(tuning.recall, 4),
        files=manifest.digests(beside),
        sizes=manifest.sizes(beside),
    )
    manifest.write(made, beside)


def _write_places(beside: Path, chunks: Sequence[Chunk], passages: Vectors) -> None:
    """Where each row belongs: its document, the document's centroid, and its step, 0 where its headings name none."""
    owners = [one.document_id for one in chunks]
    context.build(passages, owners, folder=beside)
    (beside / _OWNERS).write_text(json.dumps(list(dict.fromkeys(owners))), encoding="utf-8")
    np.save(beside / _STEPS, np.array([one.step or 0 for one in chunks], dtype=np.int8))


class _Quotable:
    """The quotable sentences of a corpus, three numbers each: as records those of a million chunks are half a gigabyte.

    Args:
        corpus: The documents.
        cutting: Finds their sentences.
    """

    def __init__(self, corpus: Sequence[Document], cutting: Cutting) -> None:
        self._corpus = corpus
        self._owners, self._starts, self._ends = array("i"), array("i"), array("i")
        for number, document in enumerate(corpus):
            for span in cutting.sentences(document):
                self._owners.append(number)
                self._starts.append(span.start)
                self._ends.append(span.end)

    def __len__(self) -> int:
        return len(self._owners)

    def __iter__(self) -> Iterator[tuple[Document, int, int]]:
        for number, start, end in zip(self._owners, self._starts, self._ends, strict=True):
            yield self._corpus[number], start, end

    def quotes(self) -> Iterator[str]:
        """The sentences themselves."""
        return (document.text[start:end] for document, start, end in self)


def _embed(
    path: Path, texts: Iterable[str], plan: _Plan, *, count: int, kind: type[np.floating[Any]], stage: str
) -> None:
    """Embed texts slice by slice into an array on file; a mapped one would count as memory until it is closed."""
    coming = iter(texts)
    shape = (count, plan.vectors.embedder.dimension)
    with path.open("wb") as file:
        header = {"descr": np.lib.format.dtype_to_descr(np.dtype(kind)), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, count, _SLICE):
            some = list(islice(coming, _SLICE))
            report = plan.stage(stage, count, before=start)
            file.write(plan.vectors.encode(some, report=report).astype(kind).tobytes())


def _write_store(path: Path, corpus: Sequence[Document], chunks: Sequence[Chunk], spans: _Quotable) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(_SCHEMA)
    records = ((document.id, document.text, json.dumps(dump(document), ensure_ascii=False)) for document in corpus)
    connection.executemany("INSERT INTO documents VALUES (?, ?, ?)", records)
    connection.executemany(
        "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (_row(*pair) for pair in enumerate(chunks))
    )
    connection.executemany(
        "INSERT INTO sentences VALUES (?, ?, ?, ?)",
        ((row, document.id, start, end) for row, (document, start, end) in enumerate(spans)),
    )
    connection.commit()
    connection.close()


def _row(row: int, one: Chunk) -> tuple[object, ...]:
    headings = json.dumps(one.headings, ensure_ascii=False)
    place = (one.start, one.end, one.text, one.header, headings, one.step, one.page, one.seconds)
    return (row, one.document_id, *place)


def _validate(folder: Path) -> None:
    """Open the new generation and use it.

    Raises:
        DamagedIndexError: If counts do not agree or a chunk is not found by its own words.
    """
    generation = Generation(folder)
    try:
        found = (len(generation.dense), len(generation.lexical), generation.count("chunks"))
        if set(found) != {generation.manifest.chunks}:
            raise DamagedIndexError(f"the new index holds {found} vectors, postings and chunks, these must be equal")
        if generation.count("sentences") != generation.manifest.sentences:
            raise DamagedIndexError("the new index lacks sentences")
        first = generation.chunk(0)
        if lexical.terms(first.text) and not generation.lexical.search(first.text[:200], k=1):
            raise DamagedIndexError("the new index does not find its first chunk")
    finally:
        generation.close()


def _sync(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _make_current(root: Path, name: str) -> None:
    if current(root) == name:
        return
    beside = root / f".CURRENT-{os.getpid()}"
    beside.write_text(name, encoding="utf-8")
    _sync_file(beside)
    beside.replace(root / "CURRENT")


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _forget_old(folder: Path, *, keep: str) -> None:
    """Remove all but the serving generation and the one before; open files of a reader live on until it closes them."""
    others = [path for path in folder.iterdir() if path.is_dir() and path.name != keep]
    others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in others[_KEPT - 1 :]:
        aside = folder / f".building-{path.name}-old"  # a kill leaves rubbish of a build, not half a generation
        path.rename(aside)
        shutil.rmtree(aside)


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
        self.sql = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, check_same_thread=False)

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
            self.sentence_vectors: NDArray[np.float16] = np.load(folder / _SENTENCES, mmap_mode="r")
            self._owners: list[str] = json.loads((folder / _OWNERS).read_text(encoding="utf-8"))
            self._steps: NDArray[np.int8] = np.asarray(np.load(folder / _STEPS, mmap_mode="r"))
            self._infos: dict[str, DocumentInfo] = {}
            self.count("sentences")
        except (OSError, ValueError, RuntimeError, sqlite3.Error) as error:
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
        """Every text that was embedded for this generation: indexed passages, then quotable sentences."""
        passages = [self.chunk(row).indexed_text for row in range(self.manifest.chunks)]
        documents = {info.id: self.document(info.id) for info in self.infos()}
        rows = self._sql.execute('SELECT document_id, start, "end" FROM sentences ORDER BY row').fetchall()
        quotes = [held.text[start:end] for id, start, end in rows if (held := documents[id]) is not None]
        return [*passages, *quotes]

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
        return [StoredSentence(start, end, self.sentence_vectors[row].astype(np.float32)) for row, start, end in rows]

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

    def passing(self, rows: Sequence[int], allowed: NDArray[np.int64] | None) -> bool:
        """Whether any of these rows is among what `allowed` gave."""
        return allowed is None or bool(np.isin(rows, allowed).any())

    @property
    def _sql(self) -> sqlite3.Connection:
        """This thread's connection."""
        if not hasattr(self._local, "connection"):
            self._local.connection = _Connection(self._folder / _STORE)
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
