"""The archive: every response as it came, in WARC files (ISO 28500).

One file a run, `archive/<time>.warc.gz`, written record by record; a run that is killed leaves a file that reads up
to its last whole record. A response that is the same as the one before is a revisit record: its date, not its bytes
again. Any WARC can be read back, ours or another crawler's, and `Replay` answers from WARC files in the place of the
network.
"""

import contextlib
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from ingest import address, coding, refresh, transcripts, warc
from ingest.errors import ArchiveError, FetchError
from ingest.types import Reason, Snapshot, Via

_MAX_BODY = 128 * 2**20
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
        self._synced = 0  # bytes of the file that are on the disk for certain

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

    def sync(self) -> None:
        """Have what was written reach the disk: before the library refers to it, so that it never does in vain.

        Raises:
            ArchiveError: If it cannot be written.
        """
        if self._file is None or self._synced == self._file.tell():
            return
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise ArchiveError(f"the archive cannot be written ({error}); check the space in its folder") from error
        self._synced = self._file.tell()

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
        """The archive's files, oldest first; one that a killed run left without a whole record is passed over."""
        return [path for path in sorted(self._folder.glob("*.warc.gz")) if _holds_a_record(path)]

    def _append(self, snapshot: Snapshot, kind: str) -> str:
        from warcio.statusandheaders import StatusAndHeaders

        headers = [(name, value) for name, value in snapshot.headers.items() if name not in _ENCODED]
        about = {
            warc.FINAL_URL: snapshot.final_url,
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
    """Read the responses of a WARC file, in order; those that unpack to more than the cap are passed over.

    Raises:
        ArchiveError: If the file is missing or is no WARC; a file that ends in mid-record gives what came before.
    """
    for _, record in warc.records(path):
        with contextlib.suppress(coding.TooLargeError):
            if record.kind is not warc.Kind.REVISIT:
                yield _snapshot(record)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a response lies, and what must be known to choose among several of one address.

    Attributes:
        url: The address that answered; of a revisit that one, not the one whose body it has.
    """

    path: Path
    offset: int
    status: int
    location: str
    url: str
    is_revisit: bool = False

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
        revisits: list[warc.Record] = []
        by_digest: dict[str, _Place] = {}
        for path in files:
            for offset, record in warc.records(path):
                if record.kind is warc.Kind.REVISIT:
                    revisits.append(record)
                    continue
                place = _Place(path, offset, record.status, record.headers.get("location", ""), record.url)
                self._add(place)
                by_digest.setdefault(record.digest, place)
        for record in revisits:
            self._revisit(record, by_digest)

    def _add(self, place: _Place) -> None:
        known = self._places.get(address.key(place.url))
        if known is None or place.worth >= known.worth:
            self._places[address.key(place.url)] = place

    def _revisit(self, record: warc.Record, by_digest: Mapping[str, _Place]) -> None:
        """An address that answered as another, or as itself at another time, has that one's body."""
        if address.key(record.url) in self._places:
            return
        same = by_digest.get(record.digest) if record.digest else None
        found = same or self._places.get(address.key(record.refers_to))
        if found is not None:
            self._add(replace(found, url=record.url, is_revisit=True))

    def holds(self, url: str) -> bool:
        """Whether an address was crawled."""
        return address.key(url) in self._places

    def pages(self) -> list[str]:
        """The addresses that answered with a body."""
        answered = (place.url for place in self._places.values() if 200 <= place.status < 300)
        return sorted(url for url in answered if address.is_web(url))

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
                wanted = address.joined(place.url, place.location)
                continue
            found = _at(place)
            onward = _onward(found)
            if onward and self.holds(onward) and address.key(onward) != address.key(wanted):
                wanted = onward
                continue
            return replace(found, url=url, via=self._via)
        raise FetchError(f"{url} redirects more than {_HOPS} times", reason=Reason.TOO_MANY_REDIRECTS)

    async def transcript(self, video_id: str) -> Snapshot:
        """The archived transcript of a video.

        Raises:
            FetchError: If the archive does not hold it.
        """
        return await self.fetch(transcripts.address_of(video_id))


def _onward(found: Snapshot) -> str:
    """Where a page sends its reader: where it says that it has moved, else the address that answered."""
    return address.joined(found.final_url, refresh.target(found.body)) if "html" in found.media_type else ""


def _holds_a_record(path: Path) -> bool:
    try:
        return next(warc.records(path), None) is not None
    except ArchiveError:
        return False


def _at(place: _Place) -> Snapshot:
    """The response at a place.

    Raises:
        FetchError: If it is larger than what is read.
    """
    try:
        with warc.at(place.path, place.offset) as record:
            found = _snapshot(record)
    except coding.TooLargeError as error:
        message = f"{place.url} is larger than {_MAX_BODY // 2**20} MB in {place.path.name}"
        raise FetchError(message, reason=Reason.TOO_LARGE) from error
    return replace(found, final_url=place.url) if place.is_revisit else found


def _snapshot(record: warc.Record) -> Snapshot:
    return Snapshot(
        url=record.url,
        final_url=record.final_url or record.url,
        status=record.status,
        headers=record.headers,
        body=record.body(cap=_MAX_BODY),
        fetched_at=record.date,
        via=Via.WARC,
    )
