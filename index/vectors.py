"""A store of embeddings that were computed before, so that text that did not change is never embedded again.

One SQLite file a model, keyed by the SHA-256 of the text. Written batch by batch: a process that is killed in the
middle of a long run has lost one batch. Derived data: the file can be deleted at any time, at the cost of embedding
again.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from index.types import Embedder, Vectors

_SLICE = 512  # texts between two commits: about ten seconds of work on two cores
_LOOKUP = 500  # SQLite's default limit on variables is 999 in old builds


class VectorStore:
    """Embeds through an embedder, reading what it can from a file.

    Args:
        folder: Where the file lies.
        embedder: Computes what is missing; its digest names the file.
    """

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.embedder = embedder
        self._connection = sqlite3.connect(folder / f"vectors-{embedder.digest[:16]}.sqlite", isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")
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
        keys = [hashlib.sha256(text.encode()).digest() for text in texts]
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

    def _compute(self, items: Sequence[tuple[bytes, str]]) -> dict[bytes, Vectors]:
        vectors = self.embedder.encode([text for _, text in items])
        rows = [(key, vector.tobytes()) for (key, _), vector in zip(items, vectors, strict=True)]
        self._connection.execute("BEGIN")
        self._connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        self._connection.execute("COMMIT")
        self.embedded += len(items)
        return {key: vector for (key, _), vector in zip(items, vectors, strict=True)}
