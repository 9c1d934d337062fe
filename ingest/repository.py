"""A repository's archive to its documents: every Markdown, notebook, PDF, HTML and text file in it.

The archive is read as a stream and nothing is written to disk, so a hostile path has nowhere to go; what it unpacks to
is capped, because a few kilobytes can claim to be terabytes. Links in the archive are not followed.
"""

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO
from urllib.parse import quote

from ingest.errors import ExtractError
from ingest.types import Reason

_UNPACKED = 1024 * 2**20  # the largest archive of the listed repositories unpacks to 2 MB; with media, hundreds
_FILE = 48 * 2**20
_MEMBERS = 100_000
_DOCUMENTS = 3_000
_ENDS = 100  # times that the end of an archive is read
_SUFFIXES = frozenset(
    {".md", ".markdown", ".mdx", ".rst", ".txt", ".ipynb", ".pdf", ".html", ".htm", ".docx", ".pptx", ".vtt", ".srt"}
)
_FOREIGN = frozenset({"node_modules", "vendor", "third_party", "site-packages", "__pycache__", "bower_components"})
_NOT_PROSE = (
    "license",
    "licence",
    "copying",
    "notice",
    "requirements",
    "constraints",
    "cmakelists",
    "robots",
    "humans",
)


@dataclass(frozen=True, slots=True)
class File:
    """A document in an archive; `path` is relative to the repository's root."""

    path: str
    body: bytes


def is_archive(body: bytes) -> bool:
    """Whether bytes look like a gzipped file."""
    return body[:2] == b"\x1f\x8b"


def documents(archive: bytes, *, url: str, cap: int = _UNPACKED) -> Iterator[File]:
    """Read the documents of a tar.gz archive, in its order; its one top folder is left out of their paths.

    Args:
        archive: The archive's bytes.
        url: Named in messages.
        cap: Bytes that it may unpack to.

    Raises:
        ExtractError: If it is damaged, or unpacks to more than the caps allow.
    """
    stream = _Capped(gzip.GzipFile(fileobj=io.BytesIO(archive)), url=url, cap=cap)
    found = 0
    try:
        with tarfile.open(fileobj=stream, mode="r|") as unpacked:
            for number, member in enumerate(unpacked):
                path = _path(member)
                if number >= _MEMBERS or found >= _DOCUMENTS:
                    raise ExtractError(f"{url} holds too many files", reason=Reason.OVER_LIMITS)
                if path is None:
                    continue
                file = unpacked.extractfile(member)
                if file is not None:
                    found += 1
                    yield File(path, file.read())
    except (tarfile.TarError, EOFError, OSError, zlib.error, ValueError, OverflowError) as error:  # odd numbers, too
        message = f"{url} is no archive that can be unpacked ({error})"
        raise ExtractError(message, reason=Reason.DAMAGED) from error


def is_document(path: str) -> bool:
    """Whether a file of a repository or folder is one that people read: by its suffix, not hidden, not borrowed."""
    pure = PurePosixPath(path)
    if any(part.startswith(".") or part.lower() in _FOREIGN for part in pure.parts):
        return False
    return pure.suffix.lower() in _SUFFIXES and not pure.stem.lower().startswith(_NOT_PROSE)


def blob_url(base: str, path: str) -> str:
    """The address at which a file of a repository is shown."""
    return f"{base.rstrip('/')}/blob/HEAD/{quote(path)}"


def _path(member: tarfile.TarInfo) -> str | None:
    """A member's path below the top folder if it is a document to be read, else None."""
    parts = PurePosixPath(member.name).parts
    if not member.isreg() or member.size > _FILE or len(parts) < 2 or ".." in parts or parts[0] == "/":
        return None
    path = str(PurePosixPath(*parts[1:]))
    return path if is_document(path) else None


class _Capped(io.RawIOBase):
    """A stream that gives up once more was read from it than an archive should unpack to."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, *, url: str, cap: int) -> None:
        self._stream = stream
        self._cap = self._left = cap
        self._url = url
        self._empty = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        self._empty = self._empty + 1 if not piece else 0
        if self._empty > _ENDS:  # a member that says to be larger than any file is skipped by reading on and on
            raise ExtractError(f"{self._url} ends before its files do", reason=Reason.DAMAGED)
        self._left -= len(piece)
        if self._left < 0:
            message = f"{self._url} unpacks to more than {self._cap // 2**20} MB"
            raise ExtractError(message, reason=Reason.OVER_LIMITS)
        return piece
