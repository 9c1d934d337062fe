"""API keys: made on the command line, shown once, kept as hashes.

A key is 256 random bits, so one round of SHA-256 is enough: there is nothing to guess that a slow hash would protect.
The file is read again whenever it changes: a key that is revoked stops working with the next request.
"""

import fcntl
import hashlib
import hmac
import json
import os
import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from assistant.errors import KeyStoreError

DEFAULT_RATE = "600/minute"

_PREFIX = "ns"
_NO_DIGEST = "0" * 64  # compared where no key has the id, so that this takes as long


class Scope(StrEnum):
    """What a key may do."""

    READ = "read"
    INGEST = "ingest"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept.

    Attributes:
        id: Part of the key itself, so that a log line and `ninestep keys revoke` can name it.
        digest: SHA-256 of the whole key, in hexadecimal.
        rate: Requests it may make, such as "600/minute"; empty for the server's own rate.
    """

    id: str
    name: str
    digest: str
    scopes: tuple[Scope, ...]
    rate: str
    created: str


class KeyRing:
    """The keys of a home; safe for several threads and processes.

    Args:
        path: The file; it may not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._stamp: tuple[int, ...] | None = None
        self._keys: dict[str, Key] = {}

    def add(self, name: str, *, scopes: Iterable[Scope], rate: str = "") -> tuple[Key, str]:
        """Make a key; returns it and its text, which cannot be had again.

        Raises:
            KeyStoreError: If the file cannot be written.
        """
        id = secrets.token_hex(4)
        text = f"{_PREFIX}-{id}-{secrets.token_urlsafe(32)}"
        made = datetime.now(UTC).isoformat(timespec="seconds")
        key = Key(id, name, _digest(text), tuple(sorted(set(scopes))), rate, made)
        with self._only_writer():
            self._write([*self._read(), key])
        return key, text

    def revoke(self, id: str) -> Key:
        """Take a key away.

        Raises:
            KeyStoreError: If there is none with this id, or the file cannot be written.
        """
        with self._only_writer():
            keys = self._read()
            gone: Key | None = next((key for key in keys if key.id == id), None)
            if gone is None:
                raise KeyStoreError(f"no key has the id {id!r}; `ninestep keys list` shows them")
            self._write([key for key in keys if key is not gone])
        return gone

    def all(self) -> list[Key]:
        """All keys, oldest first.

        Raises:
            KeyStoreError: If the file cannot be read.
        """
        return list(self._current().values())

    def find(self, text: str) -> Key | None:
        """The key that a text is, or None.

        Raises:
            KeyStoreError: If the file cannot be read.
        """
        _, _, rest = text.partition("-")
        held = self._current().get(rest.partition("-")[0])
        fits = hmac.compare_digest(held.digest if held else _NO_DIGEST, _digest(text))
        return held if fits else None

    def __bool__(self) -> bool:
        """Whether there is any key."""
        return bool(self._current())

    def _current(self) -> dict[str, Key]:
        """The keys by id, read again if the file has changed."""
        try:
            status = self._path.stat()
            stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
        except FileNotFoundError:
            stamp = None
        with self._lock:
            if stamp != self._stamp:
                self._keys = {key.id: key for key in self._read()}
                self._stamp = stamp
            return self._keys

    def _read(self) -> list[Key]:
        try:
            rows = json.loads(self._path.read_text(encoding="utf-8"))
            return [Key(**row | {"scopes": tuple(Scope(one) for one in row["scopes"])}) for row in rows]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise KeyStoreError(
                f"the file of API keys, {self._path.name}, cannot be read ({type(error).__name__}); remove it and make "
                "new keys with `ninestep keys add`"
            ) from error

    def _write(self, keys: Iterable[Key]) -> None:
        beside = self._path.with_suffix(".new")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123 - a handle, opened readable by its owner only
            json.dump([asdict(key) for key in keys], file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)

    @contextmanager
    def _only_writer(self) -> Iterator[None]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.with_suffix(".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise KeyStoreError(f"the API keys cannot be written to {self._path.name}: {error.strerror}") from error


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
