"""Files that come over HTTP to be ingested: kept under the home by what they hold, so that the same file twice is one.

Bytes go to the disk as they come, and a file appears under its name only when it is complete.
"""

import hashlib
import secrets
from collections.abc import AsyncIterator
from pathlib import Path, PurePosixPath

from fastapi import HTTPException

from ingest.errors import LibraryError

MAX_FILE = 32 * 2**20  # bytes; the longest listed PDF has 22 MB
MAX_ALL = 2 * 2**30  # a client in a loop must not fill the disk


class Uploads:
    """The folder of uploaded files.

    Args:
        folder: Where they are kept; made when the first one comes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def keep(self, name: str, chunks: AsyncIterator[bytes]) -> str:
        """Store a file; returns its place, relative to the folder.

        Args:
            name: As `schemas.FileName` allows it.
            chunks: The file's bytes.

        Raises:
            HTTPException: 422 if the file is empty, 413 if it is too large or all of them together are.
            LibraryError: If it cannot be written.
        """
        try:
            return await self._kept(name, chunks)
        except OSError as error:
            raise LibraryError(f"the file cannot be kept ({error.strerror}); is the disk full?") from error

    async def _kept(self, name: str, chunks: AsyncIterator[bytes]) -> str:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _size(self._folder) > MAX_ALL:
            raise HTTPException(413, "the uploaded files fill the 2 GiB that they may; remove some on the server")
        coming = self._folder / f".{secrets.token_hex(8)}"
        try:
            place = Path(await _written(coming, chunks), _shortened(name))
            (self._folder / place).parent.mkdir(exist_ok=True)
            coming.replace(self._folder / place)
        finally:
            coming.unlink(missing_ok=True)
        return place.as_posix()


def _shortened(name: str) -> str:
    """A name that a file system takes: at most 200 bytes, the ending kept."""
    path = PurePosixPath(name)
    return path.stem.encode()[: 200 - len(path.suffix)].decode(errors="ignore") + path.suffix


async def _written(path: Path, chunks: AsyncIterator[bytes]) -> str:
    """Write chunks to a file; returns what names their content."""
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as file:
        async for chunk in chunks:
            size += len(chunk)
            if size > MAX_FILE:
                raise HTTPException(413, f"the file is larger than {MAX_FILE // 2**20} MiB", {"Connection": "close"})
            digest.update(chunk)
            file.write(chunk)
    if not size:
        raise HTTPException(422, "the file is empty; send its bytes as the body")
    return digest.hexdigest()[:16]


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*/*"))
