"""The library: one SQLite file that holds what is known, documents and the state of every source.

This is truth; everything under generations/ is derived from it and can be rebuilt. Write-ahead logging lets readers
go on while an ingestion writes; every change is one transaction, so a killed process loses at most the document it was
at.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ingest.errors import LibraryError
from ingest.types import Anticipated, Block, BlockKind, Document, Reason, Source, SourceKind, Status, Via

SCHEMA_VERSION = 3

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    id TEXT PRIMARY KEY,
    source_id TEXT NOT NULL,
    text TEXT NOT NULL,
    text_digest TEXT NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS documents_by_source ON documents (source_id);
CREATE TABLE IF NOT EXISTS sources (id TEXT PRIMARY KEY, record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS pages (
    source_id TEXT NOT NULL, url TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (source_id, url)
);
CREATE TABLE IF NOT EXISTS own_sources (id TEXT PRIMARY KEY, record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS signatures (document_id TEXT PRIMARY KEY, text_digest TEXT NOT NULL, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS copies (document_id TEXT PRIMARY KEY, of TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is known of one source after the last try.

    Attributes:
        reason: Why there is no document, or why it is less than it should be; None where all is well.
        message: One sentence for people; empty where all is well.
        attempts: Failed tries in a row.
        fetched_at: When its content last came, or None if it never did.
        next_try: Not before this time is it tried again by itself.
        final_url: The address that answered.
    """

    id: str
    status: Status
    reason: Reason | None = None
    message: str = ""
    attempts: int = 0
    fetched_at: datetime | None = None
    next_try: datetime | None = None
    final_url: str = ""
    via: Via | None = None
    documents: int = 0

    @property
    def failed(self) -> bool:
        """Whether the last try gave nothing."""
        return self.attempts > 0


@dataclass(frozen=True, slots=True)
class PageState:
    """What is known of one address of a source, for the next conditional request.

    Attributes:
        url: The address that was asked for.
        final_url: The one that answered.
        etag, last_modified: Validators that came with the answer.
        body_digest: SHA-256 of the body and the extractor's version.
        archived: The WARC file that holds the body; empty where none does.
        documents: Ids of the documents that were extracted.
        links: Addresses that it links to and that may be followed.
        message: What is to be said of it, such as files that could not be read.
    """

    url: str
    final_url: str
    body_digest: str
    fetched_at: datetime
    via: Via
    etag: str = ""
    last_modified: str = ""
    archived: str = ""
    documents: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    message: str = ""
    reason: Reason | None = None


def is_fixed(path: Path) -> bool:
    """Whether a database lies whole on a disk that is mounted read-only, where SQLite keeps no files beside."""
    log = path.with_name(f"{path.name}-wal")
    if not path.exists() or (log.exists() and log.stat().st_size):
        return False
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def _unchanging(path: Path) -> sqlite3.Connection:
    """A database that can be read; writing raises."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)


def _changing(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


class Library:
    """Documents and source states in one file; on a disk that is mounted read-only they can be read.

    A context manager; safe for many readers and one writer at a time, each with an object of its own.

    Raises:
        LibraryError: On opening, if the file is damaged, not writable or of another schema.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = _unchanging(path) if is_fixed(path) else _changing(path)
            self._migrate()
        except (ValueError, KeyError, AttributeError) as error:  # a record that is none, met while migrating
            raise LibraryError(
                f"the library {path.name} cannot be brought to schema {SCHEMA_VERSION} ({error}); it is as it was, "
                "restore it from an export"
            ) from error
        except (OSError, sqlite3.Error) as error:
            raise LibraryError(
                f"the library {path.name} cannot be opened ({error}); check its folder's permissions and free space, "
                "or restore it from an export"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the object cannot be used afterwards."""
        self._connection.close()

    def put(self, document: Document) -> bool:
        """Store a document in the place of the one with its id; tell whether anything that a reader sees changed.

        Other bytes of the same text, fetched again, are no change: what is stored then stays as it is.
        """
        record = _dump(document)
        row = self._connection.execute("SELECT text, record FROM documents WHERE id = ?", (document.id,)).fetchone()
        if row is not None and row[0] == document.text and _seen(row[1]) == _seen(record):
            return False
        self._connection.execute(
            "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?)",
            (document.id, document.source_id, document.text, document.text_digest, record),
        )
        return True

    def replace(self, source_id: str, documents: Iterable[Document]) -> int:
        """Make these the documents of a source, in one transaction; the source's others go.

        Returns:
            How many documents were added, changed or removed.
        """
        with _Transaction(self._connection):
            return self._replace(source_id, list(documents), keep=frozenset())

    def update(
        self, state: SourceState, *, documents: Iterable[Document], keep: Iterable[str], pages: Iterable[PageState]
    ) -> int:
        """Record one outcome of a source in one transaction: its documents, its pages and its state.

        Args:
            state: What is now known of the source.
            documents: New or changed documents.
            keep: Ids of documents that stay as they are; the source's others go.
            pages: What is known of each of its addresses, in the place of what was.

        Returns:
            How many documents were added, changed or removed.
        """
        with _Transaction(self._connection):
            changed = self._replace(state.id, list(documents), keep=frozenset(keep))
            self._connection.execute("DELETE FROM pages WHERE source_id = ?", (state.id,))
            rows = [(state.id, page.url, json.dumps(asdict(page), default=_jsonable, sort_keys=True)) for page in pages]
            self._connection.executemany("INSERT OR REPLACE INTO pages VALUES (?, ?, ?)", rows)
            self.record(state)
            return changed

    def _replace(self, source_id: str, documents: Sequence[Document], *, keep: frozenset[str]) -> int:
        gone = self.ids(source_id) - {document.id for document in documents} - keep
        self.remove(gone)
        return len(gone) + sum(self.put(document) for document in documents)

    def forget(self, source_id: str) -> int:
        """Remove a source with all that is known of it; returns how many documents went."""
        with _Transaction(self._connection):
            gone = self._replace(source_id, [], keep=frozenset())
            for table, column in (("pages", "source_id"), ("sources", "id"), ("own_sources", "id")):
                self._connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (source_id,))
            return gone

    def remove(self, ids: Iterable[str]) -> None:
        """Remove documents; ids that are not there are passed over."""
        rows = [(one,) for one in ids]
        self._connection.executemany("DELETE FROM documents WHERE id = ?", rows)
        self._connection.executemany("DELETE FROM signatures WHERE document_id = ?", rows)
        self._connection.executemany("DELETE FROM copies WHERE document_id = ? OR of = ?", [row * 2 for row in rows])

    def document(self, id: str) -> Document | None:
        """The document with this id, or None."""
        row = self._connection.execute("SELECT text, record FROM documents WHERE id = ?", (id,)).fetchone()
        return _load(*row) if row else None

    def documents(self) -> Iterator[Document]:
        """The documents that are indexed, in id order: of near-duplicates the one that was chosen."""
        chosen = "SELECT text, record FROM documents WHERE id NOT IN (SELECT document_id FROM copies) ORDER BY id"
        for row in self._connection.execute(chosen).fetchall():
            yield _load(*row)

    def every_document(self) -> Iterator[Document]:
        """All documents in id order, near-duplicates too."""
        for row in self._connection.execute("SELECT text, record FROM documents ORDER BY id").fetchall():
            yield _load(*row)

    def copies(self) -> dict[str, str]:
        """Near-duplicates: the id of each that is not indexed, and of the document that stands for it."""
        return dict(self._connection.execute("SELECT document_id, of FROM copies ORDER BY document_id").fetchall())

    def record_copies(self, copies: Mapping[str, str]) -> None:
        """Store which documents are near-duplicates of which, in the place of what was known."""
        if copies == self.copies():
            return
        with _Transaction(self._connection):
            self._connection.execute("DELETE FROM copies")
            self._connection.executemany("INSERT INTO copies VALUES (?, ?)", sorted(copies.items()))

    def signatures(self) -> dict[str, bytes]:
        """Signatures of documents whose text is the one that they were made from, by document id."""
        query = (
            "SELECT s.document_id, s.value FROM signatures s JOIN documents d ON d.id = s.document_id "
            "WHERE d.text_digest = s.text_digest"
        )
        return dict(self._connection.execute(query).fetchall())

    def record_signatures(self, signatures: Iterable[tuple[str, str, bytes]]) -> None:
        """Store (document id, text digest, signature)."""
        with _Transaction(self._connection):
            self._connection.executemany("INSERT OR REPLACE INTO signatures VALUES (?, ?, ?)", signatures)

    def ids(self, source_id: str) -> set[str]:
        """The ids of a source's documents."""
        rows = self._connection.execute("SELECT id FROM documents WHERE source_id = ?", (source_id,))
        return {row[0] for row in rows}

    def noted(self) -> list[tuple[str, str, str]]:
        """(id, text digest, source id) of every document, as they are noted beside it, in id order."""
        return self._connection.execute("SELECT id, text_digest, source_id FROM documents ORDER BY id").fetchall()

    def damage(self) -> str:
        """What SQLite finds wrong with the file; empty where it is sound."""
        try:
            (found,) = self._connection.execute("PRAGMA integrity_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            return str(error)
        return "" if found == "ok" else str(found)

    def counts(self) -> dict[str, int]:
        """Number of documents by source id; a source without documents is absent."""
        return dict(self._connection.execute("SELECT source_id, count(*) FROM documents GROUP BY source_id").fetchall())

    def corpus_digest(self) -> str:
        """SHA-256 over id, text and record of every indexed document; equal digests mean equal libraries."""
        digest = hashlib.sha256()
        rows = self._connection.execute(
            "SELECT id, text_digest, record FROM documents WHERE id NOT IN (SELECT document_id FROM copies) ORDER BY id"
        )
        for row in rows:
            digest.update("\0".join(row).encode())
        return digest.hexdigest()

    def record(self, state: SourceState) -> None:
        """Store what is known of a source."""
        text = json.dumps(asdict(state), default=_jsonable, sort_keys=True)
        self._connection.execute("INSERT OR REPLACE INTO sources VALUES (?, ?)", (state.id, text))

    def state(self, id: str) -> SourceState | None:
        """What is known of a source, or None if it was never tried."""
        row = self._connection.execute("SELECT record FROM sources WHERE id = ?", (id,)).fetchone()
        return _load_state(json.loads(row[0])) if row else None

    def states(self) -> list[SourceState]:
        """What is known of every source that was ever tried, in id order."""
        rows = self._connection.execute("SELECT record FROM sources ORDER BY id").fetchall()
        return [_load_state(json.loads(row[0])) for row in rows]

    def pages(self, source_id: str) -> dict[str, PageState]:
        """What is known of a source's addresses, by the address that was asked for."""
        rows = self._connection.execute("SELECT record FROM pages WHERE source_id = ?", (source_id,)).fetchall()
        return {page.url: page for page in (_load_page(json.loads(row[0])) for row in rows)}

    def add_source(self, source: Source) -> None:
        """Remember a source of the user's own, which no catalog lists."""
        text = json.dumps(asdict(source), sort_keys=True)
        self._connection.execute("INSERT OR REPLACE INTO own_sources VALUES (?, ?)", (source.id, text))

    def own_sources(self) -> list[Source]:
        """The user's own sources, in id order."""
        rows = self._connection.execute("SELECT record FROM own_sources ORDER BY id").fetchall()
        return [_load_source(json.loads(row[0])) for row in rows]

    def _migrate(self) -> None:
        """Bring a file of any version before this one to this one's schema, in one transaction."""
        if self._version() == SCHEMA_VERSION:
            return
        with _Transaction(self._connection):
            found = self._version()  # another process may have been first
            if found > SCHEMA_VERSION:
                raise LibraryError(
                    f"the library has schema {found}, this version of ninestep knows {SCHEMA_VERSION}; update "
                    "ninestep, or restore an export that this version wrote"
                )
            for statement in _SCHEMA.split(";"):
                self._connection.execute(statement)
            for step in _STEPS[found:] if found else ():
                step(self._connection)
            self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])


def _from_1(connection: sqlite3.Connection) -> None:
    """Schema 2 knows a document's canonical address and a note on it, and keeps validators with pages, not sources."""
    rows = connection.execute("SELECT id, record FROM documents").fetchall()
    renewed = [(_text({"canonical": "", "note": ""} | json.loads(record)), id) for id, record in rows]
    connection.executemany("UPDATE documents SET record = ? WHERE id = ?", renewed)
    rows = connection.execute("SELECT id, record FROM sources").fetchall()
    known = {field.name for field in fields(SourceState)}
    states = [({name: value for name, value in json.loads(record).items() if name in known}, id) for id, record in rows]
    connection.executemany(
        "UPDATE sources SET record = ? WHERE id = ?", [(json.dumps(state, sort_keys=True), id) for state, id in states]
    )


def _from_2(connection: sqlite3.Connection) -> None:
    """Schema 3 knows questions that parts of a document answer; a record without any stays as it is."""


# What brings schema N to N + 1, by N; every version that was ever released can be reached from.
_STEPS: Sequence[Callable[[sqlite3.Connection], None]] = (lambda _: None, _from_1, _from_2)


class _Transaction:
    """All or nothing, also when the body raises."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._connection.execute("COMMIT")
        elif self._connection.in_transaction:  # a full disk has SQLite roll back by itself
            self._connection.execute("ROLLBACK")


def dump(document: Document) -> dict[str, Any]:
    """A document without its text as a JSON-ready mapping; blocks become rows of their fields."""
    blocks = [
        [block.kind.value, block.start, block.end, block.level, block.page, block.seconds] for block in document.blocks
    ]
    names = (
        "id",
        "source_id",
        "url",
        "title",
        "digest",
        "authors",
        "organisations",
        "published",
        "steps",
        "topics",
        "canonical",
        "note",
    )
    plain = {name: getattr(document, name) for name in names}
    times = {"fetched_at": document.fetched_at.astimezone(UTC).isoformat()}
    # Left out where there is none, so that documents of before are the same record still.
    asked = {"asked": [[one.start, one.end, one.question] for one in document.asked]} if document.asked else {}
    return plain | times | {"kind": document.kind.value, "via": document.via.value, "blocks": blocks} | asked


def load(text: str, record: Mapping[str, Any]) -> Document:
    """The document that `dump` was given."""
    values = dict(record)
    for name in ("authors", "organisations", "steps", "topics"):
        values[name] = tuple(values[name])
    values["blocks"] = tuple(Block(BlockKind(kind), *rest) for kind, *rest in values["blocks"])
    values["asked"] = tuple(Anticipated(*one) for one in values.get("asked", ()))
    values["fetched_at"] = datetime.fromisoformat(values["fetched_at"])
    values["kind"], values["via"] = SourceKind(values["kind"]), Via(values["via"])
    return Document(text=text, **values)


def _dump(document: Document) -> str:
    return _text(dump(document))


def _text(record: Mapping[str, Any]) -> str:
    return json.dumps(record, sort_keys=True, ensure_ascii=False)


def _load(text: str, record: str) -> Document:
    return load(text, json.loads(record))


def _jsonable(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(f"cannot store a {type(value).__name__}")


_SEEN_BY_NOBODY = ("digest", "fetched_at")


def _seen(record: str) -> dict[str, Any]:
    """A stored record without what differs between two fetches of the same text."""
    return {name: value for name, value in json.loads(record).items() if name not in _SEEN_BY_NOBODY}


def _load_page(record: dict[str, Any]) -> PageState:
    times = {"fetched_at": datetime.fromisoformat(record["fetched_at"])}
    lists = {name: tuple(record[name]) for name in ("documents", "links")}
    reason = Reason(record["reason"]) if record["reason"] else None
    return PageState(**(record | times | lists | {"via": Via(record["via"]), "reason": reason}))


def _load_source(record: dict[str, Any]) -> Source:
    lists = {name: tuple(record.get(name, ())) for name in ("authors", "alternates", "title_words", "pages")}
    return Source(**(record | lists | {"kind": SourceKind(record["kind"])}))


def _load_state(record: dict[str, Any]) -> SourceState:
    known = {field.name for field in fields(SourceState)}
    record = {name: value for name, value in record.items() if name in known}
    for name in ("fetched_at", "next_try"):
        record[name] = datetime.fromisoformat(record[name]) if record[name] else None
    record["status"] = Status(record["status"])
    record["reason"] = Reason(record["reason"]) if record["reason"] else None
    record["via"] = Via(record["via"]) if record["via"] else None
    return SourceState(**record)
