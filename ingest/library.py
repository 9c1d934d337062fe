"""The library: one SQLite file that holds what is known, documents and the state of every source.

This is truth; everything under generations/ is derived from it and can be rebuilt. Write-ahead logging lets readers
go on while an ingestion writes; every change is one transaction, so a killed process loses at most the document it was
at.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ingest.errors import LibraryError
from ingest.types import Block, BlockKind, Document, Reason, SourceKind, Status, Via

SCHEMA_VERSION = 1

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
"""


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is known of one source after the last try.

    Attributes:
        reason: Why there is no document, or None.
        message: One sentence for people; empty where all is well.
        attempts: Failed tries in a row.
        fetched_at: When its content last came, or None if it never did.
        next_try: Not before this time is it tried again by itself.
        final_url: The address that answered.
        etag, last_modified: Validators for the next conditional request.
        body_digest: SHA-256 of the body that was extracted.
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
    etag: str = ""
    last_modified: str = ""
    body_digest: str = ""
    documents: int = 0


class Library:
    """Documents and source states in one file.

    A context manager; safe for many readers and one writer at a time, each with an object of its own.

    Raises:
        LibraryError: On opening, if the file is damaged, not writable or of another schema.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=30, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._migrate()
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
        """Store a document in the place of the one with its id; tell whether anything changed."""
        record = _dump(document)
        row = self._connection.execute("SELECT text, record FROM documents WHERE id = ?", (document.id,)).fetchone()
        if row == (document.text, record):
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
        wanted = list(documents)
        with _Transaction(self._connection):
            gone = self.ids(source_id) - {document.id for document in wanted}
            self.remove(gone)
            return len(gone) + sum(self.put(document) for document in wanted)

    def remove(self, ids: Iterable[str]) -> None:
        """Remove documents; ids that are not there are passed over."""
        self._connection.executemany("DELETE FROM documents WHERE id = ?", [(one,) for one in ids])

    def document(self, id: str) -> Document | None:
        """The document with this id, or None."""
        row = self._connection.execute("SELECT text, record FROM documents WHERE id = ?", (id,)).fetchone()
        return _load(*row) if row else None

    def documents(self) -> Iterator[Document]:
        """All documents in id order."""
        for row in self._connection.execute("SELECT text, record FROM documents ORDER BY id").fetchall():
            yield _load(*row)

    def ids(self, source_id: str) -> set[str]:
        """The ids of a source's documents."""
        rows = self._connection.execute("SELECT id FROM documents WHERE source_id = ?", (source_id,))
        return {row[0] for row in rows}

    def counts(self) -> dict[str, int]:
        """Number of documents by source id; a source without documents is absent."""
        return dict(self._connection.execute("SELECT source_id, count(*) FROM documents GROUP BY source_id").fetchall())

    def corpus_digest(self) -> str:
        """SHA-256 over every document's id, text and record; equal digests mean equal libraries."""
        digest = hashlib.sha256()
        rows = self._connection.execute("SELECT id, text_digest, record FROM documents ORDER BY id")
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

    def _migrate(self) -> None:
        (found,) = self._connection.execute("PRAGMA user_version").fetchone()
        if found > SCHEMA_VERSION:
            raise LibraryError(
                f"the library has schema {found}, this version of ninestep knows {SCHEMA_VERSION}; update ninestep"
            )
        self._connection.executescript(_SCHEMA)
        self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


class _Transaction:
    """All or nothing, also when the body raises."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.execute("ROLLBACK" if kind else "COMMIT")


def dump(document: Document) -> dict[str, Any]:
    """A document without its text as a JSON-ready mapping; blocks become rows of their fields."""
    blocks = [
        [block.kind.value, block.start, block.end, block.level, block.page, block.seconds] for block in document.blocks
    ]
    names = ("id", "source_id", "url", "title", "digest", "authors", "organisations", "published", "steps", "topics")
    plain = {name: getattr(document, name) for name in names}
    times = {"fetched_at": document.fetched_at.astimezone(UTC).isoformat()}
    return plain | times | {"kind": document.kind.value, "via": document.via.value, "blocks": blocks}


def load(text: str, record: Mapping[str, Any]) -> Document:
    """The document that `dump` was given."""
    values = dict(record)
    for name in ("authors", "organisations", "steps", "topics"):
        values[name] = tuple(values[name])
    values["blocks"] = tuple(Block(BlockKind(kind), *rest) for kind, *rest in values["blocks"])
    values["fetched_at"] = datetime.fromisoformat(values["fetched_at"])
    values["kind"], values["via"] = SourceKind(values["kind"]), Via(values["via"])
    return Document(text=text, **values)


def _dump(document: Document) -> str:
    return json.dumps(dump(document), sort_keys=True, ensure_ascii=False)


def _load(text: str, record: str) -> Document:
    return load(text, json.loads(record))


def _jsonable(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(f"cannot store a {type(value).__name__}")


def _load_state(record: dict[str, Any]) -> SourceState:
    for name in ("fetched_at", "next_try"):
        record[name] = datetime.fromisoformat(record[name]) if record[name] else None
    record["status"] = Status(record["status"])
    record["reason"] = Reason(record["reason"]) if record["reason"] else None
    record["via"] = Via(record["via"]) if record["via"] else None
    return SourceState(**record)
