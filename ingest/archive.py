"""The archive: every response as it came, in WARC files (ISO 28500).

One file a run, `archive/<time>.warc.gz`, written record by record; a run that is killed leaves a file that reads up
to its last whole record. Any WARC can be read back, ours or another crawler's.
"""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from ingest.errors import ArchiveError
from ingest.types import Snapshot, Via

_FINAL_URL = "X-Ninestep-Final-URL"
_MAX_BODY = 200 * 2**20


class Archive:
    """Writes the WARC file of one run; the file is made at the first record."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: io.BufferedWriter | None = None
        self._writer: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, snapshot: Snapshot) -> None:
        """Append a response.

        Raises:
            ArchiveError: If the file cannot be written.
        """
        from warcio.statusandheaders import StatusAndHeaders

        try:
            writer = self._open()
            headers = [(name, value) for name, value in snapshot.headers.items() if name not in _ENCODED]
            record = writer.create_warc_record(
                snapshot.url,
                "response",
                payload=io.BytesIO(snapshot.body),
                http_headers=StatusAndHeaders(str(snapshot.status), headers, protocol="HTTP/1.1"),
                warc_headers_dict={
                    _FINAL_URL: snapshot.final_url,
                    "WARC-Date": snapshot.fetched_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                },
            )
            writer.write_record(record)
            record.raw_stream.close()  # warcio leaves its temporary file to the garbage collector
            if self._file is not None:
                self._file.flush()
        except OSError as error:
            raise ArchiveError(f"the archive cannot be written ({error}); check the space in its folder") from error

    def _open(self) -> Any:  # noqa: ANN401 - warcio ships no types
        if self._writer is None:
            from warcio.warcwriter import WARCWriter

            self._folder.mkdir(parents=True, exist_ok=True)
            name = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
            self._file = (self._folder / f"{name}.warc.gz").open("xb")
            self._writer = WARCWriter(self._file, gzip=True)
        return self._writer


# The body is stored decoded, so headers that describe its coding on the wire would lie about it.
_ENCODED = frozenset({"content-encoding", "transfer-encoding", "content-length"})


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
                if record.rec_type == "response" and record.http_headers is not None:
                    count += 1
                    yield _snapshot(record)
    except (OSError, ArchiveLoadFailed, EOFError) as error:
        if not count:
            raise ArchiveError(f"{path.name} cannot be read as a WARC file: {error}") from error


def _snapshot(record: Any) -> Snapshot:  # noqa: ANN401 - warcio ships no types
    url = record.rec_headers.get_header("WARC-Target-URI")
    date = record.rec_headers.get_header("WARC-Date")
    return Snapshot(
        url=url,
        final_url=record.rec_headers.get_header(_FINAL_URL) or url,
        status=int(record.http_headers.get_statuscode()),
        headers={name.lower(): value for name, value in record.http_headers.headers},
        body=record.content_stream().read(_MAX_BODY),
        fetched_at=datetime.fromisoformat(date) if date else datetime.fromtimestamp(0, UTC),
        via=Via.WARC,
    )
