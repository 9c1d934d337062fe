"""Building a generation beside the one that serves.

The id comes from the content, so building the same corpus with the same model and versions is nothing to do. A build
works in a folder beside, is validated, and only then gets its name and is made current; whatever happens before that,
the old generation serves on. The one before is kept.
"""

import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from index import asked, context, dense, generation, lexical, manifest
from index.cutting import PASSAGES, Cutting
from index.errors import DamagedIndexError, SearchError
from index.manifest import Manifest
from index.types import Embedder, Vectors
from index.vectors import VectorStore
from ingest.library import dump
from ingest.types import Chunk, Document

_SLICE = 50_000  # texts whose vectors are in memory at once: those of a million chunks and their sentences are 7 GB
_KEPT = 2
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
CREATE TABLE asked (
    row INTEGER PRIMARY KEY, document_id TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL
);
CREATE INDEX asked_by_document ON asked (document_id, start);
"""


@dataclass(frozen=True, slots=True)
class BuildProgress:
    """How far a build is: `done` of `total` texts at this stage."""

    stage: str
    done: int
    total: int


Report = Callable[[BuildProgress], None]


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
    _write_store(beside / generation.STORE, corpus, chunks, spans)
    texts = (one.indexed_text for one in chunks)
    _embed(beside / dense.VECTORS, texts, plan, count=len(chunks), kind=np.float32, stage="passages")
    passages = np.load(beside / dense.VECTORS, mmap_mode="r")
    tuning = dense.build(passages, folder=beside)
    _write_places(beside, chunks, passages)
    del passages
    quotes = spans.quotes()
    _embed(beside / generation.SENTENCES, quotes, plan, count=len(spans), kind=np.float16, stage="sentences")
    questions = [(document.id, one) for document in corpus for one in document.asked]
    texts = (one.question for _, one in questions)
    _embed(beside / asked.VECTORS, texts, plan, count=len(questions), kind=np.float16, stage="questions")
    answers = [(id, one.start, one.end) for id, one in questions]
    np.save(beside / asked.PASSAGES, asked.paired([(one.document_id, one.start, one.end) for one in chunks], answers))
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
    (beside / generation.OWNERS).write_text(json.dumps(list(dict.fromkeys(owners))), encoding="utf-8")
    np.save(beside / generation.STEPS, np.array([one.step or 0 for one in chunks], dtype=np.int8))


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
    answered = ((document.id, one.start, one.end) for document in corpus for one in document.asked)
    connection.executemany(
        "INSERT INTO asked VALUES (?, ?, ?, ?)", ((row, *place) for row, place in enumerate(answered))
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
    made = generation.Generation(folder)
    try:
        found = (len(made.dense), len(made.lexical), made.count("chunks"))
        if set(found) != {made.manifest.chunks}:
            raise DamagedIndexError(f"the new index holds {found} vectors, postings and chunks, these must be equal")
        if made.count("sentences") != made.manifest.sentences:
            raise DamagedIndexError("the new index lacks sentences")
        first = made.chunk(0)
        if lexical.terms(first.text) and not made.lexical.search(first.text[:200], k=1):
            raise DamagedIndexError("the new index does not find its first chunk")
    finally:
        made.close()


def _sync(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _make_current(root: Path, name: str) -> None:
    if generation.current(root) == name:
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
