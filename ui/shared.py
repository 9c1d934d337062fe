"""Answers that somebody chose to share, each a file named by its content: the same answer has one address for good.

Nothing else that is asked is kept on the server.
"""

import hashlib
import os
import re
import secrets
from pathlib import Path

from ingest.errors import LibraryError

MOST = 10_000  # files; a client in a loop must not fill the disk

_ID = re.compile(r"[0-9a-f]{32}")


class SharedAnswers:
    """The shared answers of a home.

    Args:
        folder: Made when the first one is shared.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, text: str) -> str:
        """Keep a record; returns its id, 32 hexadecimal digits of its content's SHA-256.

        Raises:
            LibraryError: If it cannot be written, or 10,000 are kept already.
        """
        id = hashlib.sha256(text.encode()).hexdigest()[:32]
        path = self._folder / f"{id}.json"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                self._write(path, text)
        except OSError as error:
            raise LibraryError(f"the answer cannot be shared ({error.strerror}); is the disk full?") from error
        return id

    def get(self, id: str) -> str | None:
        """The record of an id, or None."""
        path = self._folder / f"{id}.json"
        return path.read_text(encoding="utf-8") if _ID.fullmatch(id) and path.is_file() else None

    def _write(self, path: Path, text: str) -> None:
        if sum(1 for _ in self._folder.iterdir()) >= MOST:
            raise LibraryError(f"{MOST:,} answers are shared already; remove old files of {self._folder.name}/")
        beside = path.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}")
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
