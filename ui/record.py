"""An answer as text that a browser keeps and gives back: JSON with a signature.

The server keeps no conversation. A browser stores the records of its own, and sends one back to have it shown, exported
or shared. The signature says that this server gave the answer: without it anyone could publish words of their own under
this address. The key is drawn once and lies in the home.
"""

import fcntl
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from assistant.errors import QuestionError
from assistant.types import Answer, Declined

_RESULT: TypeAdapter[Answer | Declined] = TypeAdapter(Answer | Declined)
_KEY_BYTES = 32


def dump(result: Answer | Declined) -> str:
    """The record of a result."""
    return _RESULT.dump_json(result).decode()


def load(text: str) -> Answer | Declined:
    """The result of a record.

    Raises:
        QuestionError: If the text is no record, or one of another version.
    """
    try:
        return _RESULT.validate_json(text)
    except ValidationError as error:
        raise QuestionError("this answer was kept by another version and cannot be shown; ask it again") from error


class Seal:
    """Signs records.

    Args:
        path: The key's file; made when it is first needed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._passing = secrets.token_bytes(_KEY_BYTES)

    def sign(self, text: str) -> str:
        """The signature of a record, in hexadecimal."""
        return hmac.new(self._key(), text.encode(), hashlib.sha256).hexdigest()

    def fits(self, text: str, signature: str) -> bool:
        """Whether this server signed the record."""
        return hmac.compare_digest(self.sign(text).encode(), signature.encode())

    def _key(self) -> bytes:
        """The key; where the home cannot be written, one of this process's own."""
        try:
            key = self._read()
            return key if len(key) == _KEY_BYTES else self._draw()
        except OSError:
            return self._passing

    def _read(self) -> bytes:
        return self._path.read_bytes() if self._path.exists() else b""

    def _draw(self) -> bytes:
        """Write a new key, whole or not at all; of two servers that draw at once the first one's stays.

        One that was cut off, or emptied, is drawn again: anyone could guess it.
        """
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            key = self._read()
            if len(key) != _KEY_BYTES:
                key = secrets.token_bytes(_KEY_BYTES)
                beside = self._path.with_name(f"{self._path.name}.{os.getpid()}.{secrets.token_hex(4)}")
                beside.touch(mode=0o600)
                beside.write_bytes(key)
                beside.replace(self._path)
        return key
