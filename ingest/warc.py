"""WARC files as they come: ours, another crawler's, whole or cut off.

warcio reads the records; what is in them is read here, because crawlers differ: compressed a record at a time, as one
stream or not at all, gzip or zstd; ARC, the format before; bodies chunked and coded, or decoded with their headers left
as they were; resources without HTTP; answers of servers that speak HTTP/0.9 and begin with the body.
"""

import contextlib
import io
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from ingest import address, coding
from ingest.errors import ArchiveError

FINAL_URL = "X-Ninestep-Final-URL"

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_HEAD = 1 << 20  # bytes of a first record that are looked at, and that the head of any may have
_LINE = 65_536
_LINES = 1_000
_STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)?\s+(\d{3})\b")
_DIGITS = 18  # of a length; more is a length that nothing reaches
_LENGTH = re.compile(rb"^content-length:\s*(\d+)", re.IGNORECASE | re.MULTILINE)
_EPOCH = datetime.fromtimestamp(0, UTC)


class Kind(StrEnum):
    """The records that hold an answer."""

    RESPONSE = "response"
    RESOURCE = "resource"
    REVISIT = "revisit"


@dataclass(frozen=True, slots=True)
class Record:
    """One answer in a WARC file; its body can be read until the next record is asked for.

    Attributes:
        final_url: The address that answered, where our own archive notes another; else empty.
        headers: Of the HTTP answer, names in lower case; of a repeated one the last.
        digest: Of the payload, as the crawler wrote it; empty where it did not.
        refers_to: The address whose body a revisit has.
    """

    kind: Kind
    url: str
    final_url: str
    status: int
    headers: Mapping[str, str]
    date: datetime
    digest: str
    refers_to: str
    begun: bytes
    stream: Any

    def body(self, *, cap: int) -> bytes:
        """The decoded body.

        Raises:
            TooLargeError: If it has more bytes than the cap.
        """
        from warcio.bufferedreaders import ChunkedDataReader

        chunked = "chunked" in self.headers.get("transfer-encoding", "").lower()
        stream = ChunkedDataReader(self.stream) if chunked else self.stream
        raw = self.begun + stream.read(cap + 1)
        if len(raw) > cap:
            raise coding.TooLargeError(f"more than {cap} bytes")
        return coding.decoded(raw, self.headers.get("content-encoding", ""), cap=cap)


def records(path: Path) -> Iterator[tuple[int, Record]]:
    """The answers of a WARC file in order, each with the offset at which `record_at` finds it again.

    Raises:
        ArchiveError: If the file is missing or is no WARC; a file that ends in mid-record gives what came before.
    """
    from warcio.exceptions import ArchiveLoadFailed
    from zstandard import ZstdError

    count = 0
    try:
        with _open(path) as file:
            found = _iterator(file)
            for raw in found:
                count += 1
                record = _record(raw)
                if record is not None:
                    yield found.offset, record
    except (OSError, ArchiveLoadFailed, EOFError, zlib.error, ZstdError) as error:
        if not count:
            raise ArchiveError(f"{path.name} cannot be read as a WARC file: {str(error)[:200]}") from error
    if not count and path.stat().st_size:
        raise ArchiveError(f"{path.name} cannot be read as a WARC file: it holds no record")


@contextlib.contextmanager
def at(path: Path, offset: int) -> Iterator[Record]:
    """The answer at an offset that `records` gave.

    Raises:
        ArchiveError: If it is no longer there.
    """
    from warcio.exceptions import ArchiveLoadFailed
    from zstandard import ZstdError

    try:
        with _open(path) as file:
            file.seek(offset)
            record = _record(next(iter(_iterator(file)), None))
            if record is not None:
                yield record
                return
    except (OSError, ArchiveLoadFailed, EOFError, zlib.error, ZstdError) as error:
        raise ArchiveError(f"{path.name} has no answer at {offset} any more: {error}") from error
    raise ArchiveError(f"{path.name} has no answer at {offset} any more")


def _iterator(file: IO[bytes]) -> Any:  # noqa: ANN401 - warcio ships no types
    """An iterator of warcio's whose heads have an end: it reads them by lines, and a line can unpack to gigabytes."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.bufferedreaders import DecompressingBufferedReader
    from warcio.exceptions import ArchiveLoadFailed

    class Lines(DecompressingBufferedReader):  # type: ignore[misc]
        """Reads lines as long as a record's head is not too large."""

        head = 0

        def readline(self, length: int | None = None) -> bytes:
            if length is not None:
                return bytes(super().readline(length))
            line = bytes(super().readline(_LINE))
            self.head += len(line)
            if self.head > _HEAD or len(line) == _LINE:
                raise ArchiveLoadFailed(f"a record's head has more than {self.head:,} bytes")
            return line

    class Records(ArchiveIterator):  # type: ignore[misc]
        """Begins each record with a new head."""

        def _next_record(self, next_line: bytes | None) -> Any:  # noqa: ANN401
            self.reader.head = 0
            return super()._next_record(next_line)

    found = Records(file, no_record_parse=True, arc2warc=True)
    found.reader = Lines(file)
    return found


def _open(path: Path) -> IO[bytes]:
    """Open a file so that records can be sought in it; one that is a single stream is unpacked on the way."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(_ZSTD):
        import zstandard

        opened: IO[bytes] = zstandard.ZstdDecompressor().stream_reader(
            path.open("rb"), read_across_frames=True, closefd=True
        )
        return opened
    if head.startswith(_GZIP) and not _is_record_by_record(head):
        return io.BufferedReader(_Unpacked(path))
    return path.open("rb")


class _Unpacked(io.RawIOBase):
    """A gzipped file as what it unpacks to; one that is cut off gives all that came before, as gzip's own does not."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._restart()

    def _restart(self) -> None:
        self._file.seek(0)
        self._member = zlib.decompressobj(31)
        self._held = b""
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_CUR:
            offset += self._at
        if offset < self._at:
            self._restart()
        while self._at < offset and (piece := self._piece(min(offset - self._at, _LINE))):
            self._at += len(piece)
        return self._at

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - whatever can be written to
        piece = self._piece(len(buffer))
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _piece(self, size: int) -> bytes:
        """Up to `size` bytes; none at the end, or where what follows is broken."""
        while True:
            self._held = self._held or self._file.read(_LINE)
            if not self._held:
                return b""
            try:
                piece = self._member.decompress(self._held, size)
            except zlib.error:
                return b""
            self._held = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            if self._member.eof:
                self._member = zlib.decompressobj(31)
            if piece:
                return piece


def _is_record_by_record(head: bytes) -> bool:
    """Whether a gzipped file's first member holds its first record and nothing else."""
    try:
        first = zlib.decompressobj(31).decompress(head, _HEAD)
    except zlib.error:
        return True
    top, blank, below = first.partition(b"\r\n\r\n")
    length = _LENGTH.search(top)
    if not blank or length is None or len(length[1]) > _DIGITS:
        return True
    return len(below) <= int(length[1]) + len(b"\r\n\r\n")


def _record(raw: Any) -> Record | None:  # noqa: ANN401 - warcio ships no types
    if raw is None:
        return None
    kind = str(raw.rec_type or "").lower()
    url = raw.rec_headers.get_header("WARC-Target-URI") or ""
    if kind not in set(Kind) or not any(address.split(url)):
        return None
    stream = raw.raw_stream
    status, headers, begun = 200, {"content-type": str(raw.content_type or "")}, b""
    if kind != Kind.RESOURCE:
        status, headers, begun = _http(stream)
    return Record(
        kind=Kind(kind),
        url=str(url),
        final_url=_web(raw.rec_headers.get_header(FINAL_URL) or ""),
        status=status,
        headers=headers,
        date=_date(raw.rec_headers.get_header("WARC-Date") or ""),
        digest=raw.rec_headers.get_header("WARC-Payload-Digest") or "",
        refers_to=(raw.rec_headers.get_header("WARC-Refers-To-Target-URI") or "").strip("<>"),
        begun=begun,
        stream=stream,
    )


def _web(url: str) -> str:
    """An address, if it is one of the web: what an archive says may be anything."""
    return url if address.is_web(url) else ""


def _http(stream: Any) -> tuple[int, dict[str, str], bytes]:  # noqa: ANN401 - warcio ships no types
    """Status, headers and whatever of the body was read with them: all of it, where a server sends nothing else."""
    first = stream.readline(_LINE)
    status = _STATUS_LINE.match(first)
    if status is None:
        return 200, {}, first
    headers: dict[str, str] = {}
    name, size = "", 0
    for _ in range(_LINES):
        line = stream.readline(_LINE)
        size += len(line)
        if size > _HEAD:
            break
        text = _text(line)
        if not text.strip():
            break
        if text[0] in " \t" and name:
            headers[name] += f" {text.strip()}"
            continue
        name, _, value = text.partition(":")
        name = name.strip().lower()
        headers[name] = value.strip()
    return int(status.group(1)), headers, b""


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _date(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # of the year 9999 in a zone to the west
        return _EPOCH
