"""An answer as text that a browser keeps and gives back: JSON with a signature.

The server keeps no conversation. A browser stores the records of its own, and sends one back to have it shown, exported
or shared. The signature says that this server gave the answer: without it anyone could publish words of their own under
this address. The key is drawn once and lies in the home.
"""

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

    def sign(self, text: str) -> str:
        """The signature of a record, in hexadecimal."""
        return hmac.new(self._key(), text.encode(), hashlib.sha256).hexdigest()

    def fits(self, text: str, signature: str) -> bool:
        """Whether this server signed the record."""
        return hmac.compare_digest(self.sign(text).encode(), signature.encode())

    def _key(self) -> bytes:
        key = self._path.read_bytes() if self._path.exists() else b""
        if len(key) != _KEY_BYTES:  # a key that was cut off, or emptied, is one that anyone could guess
            self._path.unlink(missing_ok=True)
            self._draw()
            key = self._path.read_bytes()
        return key

    def _draw(self) -> None:
        """Write a new key, whole or not at all; of two servers that draw at once the first one's stays."""
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        beside.touch(mode=0o600)
        beside.write_bytes(secrets.token_bytes(_KEY_BYTES))
        try:
            os.link(beside, self._path)
        except FileExistsError:
            return
        finally:
            beside.unlink()
