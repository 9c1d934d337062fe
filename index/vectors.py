"""A store of embeddings that were computed before, so that text that did not change is never embedded again.

One SQLite file a model, keyed by the SHA-256 of the text. Written batch by batch: a process that is killed in the
middle of a long run has lost one batch. Derived data: the file can be deleted at any time, at the cost of embedding
again, and one that cannot be read is.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from index.errors import SearchError
from index.types import Embedder, Vectors
from ingest.library import is_fixed

_SLICE = 512  # texts between two commits: about ten seconds of work on two cores
_LOOKUP = 500  # SQLite's default limit on variables is 999 in old builds


def path_of(folder: Path, embedder: Embedder) -> Path:
    """The file of an embedder's vectors."""
    return folder / f"vectors-{embedder.digest[:16]}.sqlite"


def is_sound(path: Path) -> bool:
    """Whether a file of vectors can be read; it is not changed."""
    try:
        how = "mode=ro&immutable=1" if is_fixed(path) else "mode=ro"
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, timeout=30)) as file:
            return bool(file.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        return False


def remove(path: Path) -> None:
    """Remove a file of vectors with what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _connect(path: Path) -> sqlite3.Connection:
    """Open a file of vectors, made if it is not there; one with a damaged page raises."""
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")
        if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError(f"{path.name} is damaged")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


class VectorStore:
    """Embeds through an embedder, reading what it can from a file.

    Args:
        folder: Where the file lies.
        embedder: Computes what is missing; its digest names the file.
    """

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.embedder = embedder
        path = path_of(folder, embedder)
        try:
            self._connection = _connect(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # locked, no space, not writable: nothing is wrong with it
                raise SearchError(f"{path.name} cannot be written ({error}); is the disk full or read-only?") from error
            remove(path)
            self._connection = _connect(path)
        self.embedded = 0

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def encode(self, texts: Sequence[str], *, report: Callable[[int], None] = lambda _: None) -> Vectors:
        """Embed texts; shape (len(texts), dimension), in the order given.

        Args:
            texts: What to embed; a text that comes twice is computed once.
            report: Called with the number of texts that are done, as it grows.
        """
        keys = [_key(text) for text in texts]
        known = self._known(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        waiting = sorted(missing.items(), key=lambda item: len(item[1]))
        for start in range(0, len(waiting), _SLICE):
            report(len(texts) - len(waiting) + start)
            known |= self._compute(waiting[start : start + _SLICE])
        report(len(texts))
        if not keys:
            return np.empty((0, self.embedder.dimension), dtype=np.float32)
        return np.stack([known[key] for key in keys])

    def _known(self, keys: Sequence[bytes]) -> dict[bytes, Vectors]:
        found: dict[bytes, Vectors] = {}
        for start in range(0, len(keys), _LOOKUP):
            some = keys[start : start + _LOOKUP]
            marks = ",".join("?" * len(some))
            rows = self._connection.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", some)
            found |= {key: np.frombuffer(vector, dtype=np.float32) for key, vector in rows}
        return found

    def unused(self, texts: Iterable[str]) -> list[bytes]:
        """Keys of vectors that belong to none of these texts."""
        used = {_key(text) for text in texts}
        return [key for (key,) in self._connection.execute("SELECT key FROM vectors ORDER BY key") if key not in used]

    def forget(self, keys: Iterable[bytes]) -> None:
        """Remove vectors and give their space back."""
        self._connection.executemany("DELETE FROM vectors WHERE key = ?", [(key,) for key in keys])
        self._connection.execute("VACUUM")

    def _compute(self, items: Sequence[tuple[bytes, str]]) -> dict[bytes, Vectors]:
        vectors = self.embedder.encode([text for _, text in items])
        rows = [(key, vector.tobytes()) for (key, _), vector in zip(items, vectors, strict=True)]
        self._connection.execute("BEGIN")
        self._connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        self._connection.execute("COMMIT")
        self.embedded += len(items)
        return {key: vector for (key, _), vector in zip(items, vectors, strict=True)}
