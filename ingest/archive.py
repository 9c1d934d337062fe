"""The archive: every response as it came, in WARC files (ISO 28500).

One file a run, `archive/<time>.warc.gz`, written record by record; a run that is killed leaves a file that reads up
to its last whole record. A response that is the same as the one before is a revisit record: its date, not its bytes
again. Any WARC can be read back, ours or another crawler's, and `Replay` answers from WARC files in the place of the
network.
"""

import io
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import urljoin

from ingest import address, transcripts
from ingest.errors import ArchiveError, FetchError
from ingest.types import Reason, Snapshot, Via

_FINAL_URL = "X-Ninestep-Final-URL"
_MAX_BODY = 200 * 2**20
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HOPS = 10

# The body is stored decoded, so headers that describe its coding on the wire would lie about it.
_ENCODED = frozenset({"content-encoding", "transfer-encoding", "content-length"})


class Archive:
    """Writes the WARC file of one run; the file is made at the first record."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: io.BufferedWriter | None = None
        self._name = ""
        self._writer: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, snapshot: Snapshot) -> str:
        """Append a response; returns the name of the file that holds it.

        Raises:
            ArchiveError: If the file cannot be written.
        """
        return self._append(snapshot, "response")

    def revisit(self, snapshot: Snapshot, *, held_by: str) -> str:
        """Note that an address answered as before; returns the name of the file that holds the body.

        Raises:
            ArchiveError: If the file cannot be written.
        """
        self._append(snapshot, "revisit")
        return held_by

    def find(self, name: str, url: str) -> Snapshot | None:
        """The latest response from an address in one of the archive's files, or None where it cannot be read."""
        path = self._folder / name
        if not name or not path.is_file():
            return None
        found = None
        for snapshot in read(path):
            if snapshot.url == url and snapshot.status < 300:
                found = snapshot
        return found

    def files(self) -> list[Path]:
        """The archive's files, oldest first."""
        return sorted(self._folder.glob("*.warc.gz"))

    def _append(self, snapshot: Snapshot, kind: str) -> str:
        from warcio.statusandheaders import StatusAndHeaders

        headers = [(name, value) for name, value in snapshot.headers.items() if name not in _ENCODED]
        about = {
            _FINAL_URL: snapshot.final_url,
            "WARC-Date": snapshot.fetched_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        status = StatusAndHeaders(str(snapshot.status), headers, protocol="HTTP/1.1")
        try:
            writer = self._open()
            if kind == "revisit":
                record = writer.create_revisit_record(
                    snapshot.url, f"sha256:{snapshot.digest}", snapshot.url, about["WARC-Date"], status, about
                )
            else:
                payload = io.BytesIO(snapshot.body)
                record = writer.create_warc_record(
                    snapshot.url, kind, payload=payload, http_headers=status, warc_headers_dict=about
                )
            writer.write_record(record)
            if record.raw_stream is not None:
                record.raw_stream.close()  # warcio leaves its temporary file to the garbage collector
            if self._file is not None:
                self._file.flush()
        except OSError as error:
            raise ArchiveError(f"the archive cannot be written ({error}); check the space in its folder") from error
        return self._name

    def _open(self) -> Any:  # noqa: ANN401 - warcio ships no types
        if self._writer is None:
            from warcio.warcwriter import WARCWriter

            self._folder.mkdir(parents=True, exist_ok=True)
            self._name = f"{datetime.now(UTC).strftime('%Y%m%dT%H%M%S%f')}.warc.gz"
            self._file = (self._folder / self._name).open("xb")
            self._writer = WARCWriter(self._file, gzip=True)
        return self._writer


def read(path: Path) -> Iterator[Snapshot]:
    """Read the responses of a WARC file, in order.

    Raises:
        ArchiveError: If the file is missing or is no WARC; a file that ends in mid-record gives what came before.
    """
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    count = 0
    try:
        with path.open("rb") as file:
            for record in ArchiveIterator(file):
                count += 1
                if record.rec_type == "response" and record.http_headers is not None:
                    yield _snapshot(record)
    except (OSError, ArchiveLoadFailed, EOFError, zlib.error) as error:
        if not count:
            raise ArchiveError(f"{path.name} cannot be read as a WARC file: {error}") from error


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a response lies, and what must be known to choose among several of one address."""

    path: Path
    offset: int
    status: int
    location: str
    url: str

    @property
    def worth(self) -> int:
        """A page before a redirect, a redirect before an error; an address may have all three in one crawl."""
        return 2 if self.status < 300 else 1 if self.status in _REDIRECTS else 0


class Replay:
    """Answers from WARC files in the place of the network; the same call as the fetcher's.

    Args:
        files: WARC files; of two answers of an address that are worth the same, the later one counts.
        via: How the documents came, as their readers are told.

    Raises:
        ArchiveError: If a file is missing or is no WARC.
    """

    def __init__(self, files: Sequence[Path], *, via: Via = Via.WARC) -> None:
        self._via = via
        self._places: dict[str, _Place] = {}
        for path in files:
            for place in _places(path):
                known = self._places.get(address.key(place.url))
                if known is None or place.worth >= known.worth:
                    self._places[address.key(place.url)] = place

    def holds(self, url: str) -> bool:
        """Whether an address was crawled."""
        return address.key(url) in self._places

    def pages(self) -> list[str]:
        """The addresses that answered with a body."""
        return sorted(place.url for place in self._places.values() if 200 <= place.status < 300)

    async def fetch(self, url: str, *, validators: Mapping[str, str] | None = None) -> Snapshot:  # noqa: ARG002
        """The archived answer of an address, its redirects followed inside the archive.

        Raises:
            FetchError: If the archive does not hold it.
        """
        wanted = url
        for _ in range(_HOPS):
            place = self._places.get(address.key(wanted))
            if place is None:
                raise FetchError(f"{wanted} is not in the archive", reason=Reason.UNREACHABLE)
            if place.status in _REDIRECTS and place.location:
                wanted = urljoin(place.url, place.location)
                continue
            found = _at(place)
            return replace(found, url=url, via=self._via)
        raise FetchError(f"{url} redirects more than {_HOPS} times", reason=Reason.TOO_MANY_REDIRECTS)

    async def transcript(self, video_id: str) -> Snapshot:
        """The archived transcript of a video.

        Raises:
            FetchError: If the archive does not hold it.
        """
        return await self.fetch(transcripts.address_of(video_id))


def _places(path: Path) -> Iterator[_Place]:
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    count = 0
    try:
        with path.open("rb") as file:
            records = ArchiveIterator(file)
            for record in records:
                count += 1
                if record.rec_type == "response" and record.http_headers is not None:
                    yield _place(path, records.get_record_offset(), record)
    except (OSError, ArchiveLoadFailed, EOFError, zlib.error) as error:
        if not count:
            raise ArchiveError(f"{path.name} cannot be read as a WARC file: {error}") from error


def _place(path: Path, offset: int, record: Any) -> _Place:  # noqa: ANN401 - warcio ships no types
    headers = record.http_headers
    url = record.rec_headers.get_header("WARC-Target-URI")
    return _Place(path, offset, _status(headers), headers.get_header("location") or "", url)


def _at(place: _Place) -> Snapshot:
    from warcio.archiveiterator import ArchiveIterator

    with place.path.open("rb") as file:
        file.seek(place.offset)
        return _snapshot(next(iter(ArchiveIterator(file))))


def _status(headers: Any) -> int:  # noqa: ANN401 - warcio ships no types
    code = str(headers.get_statuscode())
    return int(code) if code.isdigit() else 0


def _snapshot(record: Any) -> Snapshot:  # noqa: ANN401 - warcio ships no types
    url = record.rec_headers.get_header("WARC-Target-URI")
    date = record.rec_headers.get_header("WARC-Date")
    return Snapshot(
        url=url,
        final_url=record.rec_headers.get_header(_FINAL_URL) or url,
        status=_status(record.http_headers),
        headers={name.lower(): value for name, value in record.http_headers.headers},
        body=record.content_stream().read(_MAX_BODY),
        fetched_at=datetime.fromisoformat(date) if date else datetime.fromtimestamp(0, UTC),
        via=Via.WARC,
    )
