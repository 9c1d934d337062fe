"""What readers think of answers, kept in a file of its own.

Not in the library's file: an ingestion writes there for minutes, and a reader's click must not wait for it. Nothing of
it leaves the machine.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from ingest.errors import LibraryError

MOST = 100_000  # notes; a client in a loop must not fill the disk

_SCHEMA = """
CREATE TABLE IF NOT EXISTS notes (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, verdict TEXT NOT NULL, question TEXT NOT NULL,
    document_id TEXT NOT NULL, start INTEGER, "end" INTEGER, comment TEXT NOT NULL
)
"""
_INSERT = """
INSERT INTO notes (at, verdict, question, document_id, start, "end", comment)
VALUES (:at, :verdict, :question, :document_id, :start, :end, :comment)
"""
_FORGET = "DELETE FROM notes WHERE number <= (SELECT max(number) FROM notes) - ?"


@dataclass(frozen=True, slots=True)
class Note:
    """One reader's word on an answer, or on the citation at `document_id[start:end)`."""

    verdict: str
    question: str = ""
    document_id: str = ""
    start: int | None = None
    end: int | None = None
    comment: str = ""


class FeedbackBook:
    """Notes in the order in which they came; the oldest go when there are 100,000. Safe for several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, note: Note) -> int:
        """Keep a note; returns its number, from 1.

        Raises:
            LibraryError: If it cannot be written.
        """
        try:
            with closing(self._open()) as file, file:
                number = file.execute(_INSERT, asdict(note) | {"at": datetime.now(UTC).isoformat()}).lastrowid
                file.execute(_FORGET, (MOST,))
                return int(number or 0)
        except (OSError, sqlite3.Error) as error:
            raise LibraryError(f"feedback cannot be kept in {self._path.name} ({error}); is the disk full?") from error

    def notes(self) -> Iterator[Note]:
        """All notes, oldest first.

        Raises:
            LibraryError: If they cannot be read.
        """
        if not self._path.exists():
            return
        columns = 'verdict, question, document_id, start, "end", comment'
        try:
            with closing(self._open()) as file:
                rows = file.execute(f"SELECT {columns} FROM notes ORDER BY number").fetchall()
        except sqlite3.Error as error:
            raise LibraryError(
                f"feedback cannot be read from {self._path.name} ({error}); move the file away to begin another"
            ) from error
        yield from (Note(*row) for row in rows)

    def take(self, path: Path) -> int:
        """Add the notes of another file that are not here yet; returns how many.

        Raises:
            LibraryError: If the file holds what is no note, or this one cannot be written.
        """
        columns = 'at, verdict, question, document_id, start, "end", comment'
        try:
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as other:
                rows = other.execute(f"SELECT {columns} FROM notes ORDER BY number LIMIT ?", (MOST,)).fetchall()
            if not all(_is_note(row) for row in rows):
                raise LibraryError(f"{path.name} holds what is no note of a reader; export again")
            with closing(self._open()) as file, file:
                held = set(file.execute(f"SELECT {columns} FROM notes").fetchall())
                fresh = [row for row in rows if row not in held]
                file.executemany(f"INSERT INTO notes ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", fresh)
                file.execute(_FORGET, (MOST,))
                return len(fresh)
        except (OSError, sqlite3.Error) as error:
            raise LibraryError(f"feedback cannot be taken over ({error}); check the free space") from error

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = sqlite3.connect(self._path, timeout=5)
        file.execute(_SCHEMA)
        return file


def _is_note(row: Sequence[object]) -> bool:
    *texts, start, end, comment = row
    places = all(isinstance(one, int | None) for one in (start, end))
    return places and all(isinstance(one, str) for one in (*texts, comment))
