"""Archives that somebody wrote to do harm: each is read to its end, and what is good in it comes out."""

import asyncio
import gzip
import resource
import subprocess
import sys
import time
import zlib
from collections.abc import Iterable
from pathlib import Path

import pytest

from ingest import catalog, pipeline
from ingest.archive import Replay, read
from ingest.errors import ArchiveError, CatalogError
from ingest.library import Library
from tests.ingest.test_warc import answer, record

PROSE = b"<html><title>Good</title><p>" + b"Forty features of every candidate are read. " * 40
GOOD = record(answer(PROSE), url="http://good.example/page")
MEGABYTE = b"a" * 2**20
HEAD = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.example/\r\nContent-Length: %d\r\n\r\n"

NO_ADDRESSES = (
    "http://[", "http://[::1", "http://a.example:x/", "http://\u2100.example/", "file:///etc/passwd",
    "javascript:alert(1)", "../../x", "\x00", "http://", "//[",
)  # fmt: skip


def written(folder: Path, *records: bytes) -> Path:
    path = folder / "poisoned.warc.gz"
    path.write_bytes(b"".join(gzip.compress(one) for one in records))
    return path


def ingested(folder: Path, path: Path, *urls: str) -> tuple[pipeline.Summary, list[str]]:
    """What comes of an archive: its pages, or those that are asked for."""
    sources = [catalog.unlisted(url) for url in urls or pipeline.unlisted((), [path])]
    with Library(folder / "library.sqlite") as library:
        run = pipeline.ingest_archived(sources, [path], library=library, report=lambda _: None)
        return asyncio.run(run), [document.url for document in library.every_document()]


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_a_record_whose_address_is_none_is_passed_over(tmp_path: Path, url: str) -> None:
    path = written(tmp_path, record(answer(PROSE), url=url), GOOD)
    summary, kept = ingested(tmp_path, path)
    assert (summary.failed, kept) == ((), ["http://good.example/page"])
    final = record(answer(PROSE), url="http://good.example/page", more=f"X-Ninestep-Final-URL: {url}\r\n")
    assert [one.final_url for one in read(written(tmp_path, final))] == ["http://good.example/page"]


@pytest.mark.parametrize("location", NO_ADDRESSES)
@pytest.mark.parametrize("way", ["status", "stub"])
def test_a_redirect_to_what_is_no_address_fails_alone(tmp_path: Path, location: str, way: str) -> None:
    block = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\n\r\n".encode()
    if way == "stub":
        block = answer(f'<meta http-equiv=refresh content="0; url={location}">'.encode())
    path = written(tmp_path, record(block, url="http://a.example/moved"), GOOD)
    summary, kept = ingested(tmp_path, path, "http://a.example/moved", "http://good.example/page")
    assert [state.id[:9] for state in summary.failed] == ["a-example"]
    assert kept == ["http://good.example/page"]


@pytest.mark.parametrize(
    "date", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+14:00", "2020-01-01T00:00:00+99:99", "9999-99-99", ""]
)
def test_a_date_that_cannot_be_is_no_reason_to_fail(tmp_path: Path, date: str) -> None:
    path = written(tmp_path, GOOD.replace(b"2021-03-04T05:06:07Z", date.encode()))
    summary, kept = ingested(tmp_path, path)
    assert (summary.failed, kept) == ((), ["http://good.example/page"])


def test_a_source_whose_address_is_none_is_refused_in_a_sentence() -> None:
    for url in ("http://[", "http://a:x/", "http://", "gopher://a/"):
        with pytest.raises(CatalogError, match="is not an http"):
            catalog.unlisted(url)


def bomb(pieces: Iterable[bytes]) -> bytes:
    """Pieces as one gzip member."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return b"".join([*(packer.compress(piece) for piece in pieces), packer.flush()])


def _of_lines(head: bytes, line: bytes, count: int) -> Iterable[bytes]:
    yield head
    for _ in range(count):
        yield line


BOMBS = {
    "a first line without end": lambda: _of_lines(b"", MEGABYTE, 512),
    "a field without end": lambda: _of_lines(b"WARC/1.0\r\nWARC-Type: response\r\nX: ", MEGABYTE, 512),
    "fields without end": lambda: _of_lines(b"WARC/1.0\r\n", b"X: y\r\n" * 170_000, 60),
    "an ARC's line without end": lambda: _of_lines(b"filedesc://", MEGABYTE, 512),
    "an HTTP line without end": lambda: _of_lines(HEAD % 2**29, MEGABYTE, 512),
    "an HTTP field without end": lambda: _of_lines(
        HEAD % 2**29 + b"HTTP/1.1 200 OK\r\nX: y\r\n", b" " + b"z" * 60_000 + b"\r\n", 8_000
    ),
    "a body without end": lambda: _of_lines(HEAD % 2**29 + b"HTTP/1.1 200 OK\r\n\r\n", MEGABYTE, 512),
    "a chunk that says it is huge": lambda: [
        HEAD % 100 + b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nhi"
    ],
    "a length that is huge": lambda: [HEAD % 10**20 + b"HTTP/1.1 200 OK\r\n\r\nhi"],
    "a length below zero": lambda: [HEAD % -5 + b"HTTP/1.1 200 OK\r\n\r\nhi"],
}
_READ = """
import resource, sys
from pathlib import Path
from ingest.archive import Replay, read
from ingest.errors import ArchiveError
path, most = Path(sys.argv[1]), int(sys.argv[2])
size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + most, size + most))
try:
    print(sum(len(one.body) for one in read(path)), len(Replay([path]).pages()))
except ArchiveError as error:
    print("refused", len(str(error)))
"""


@pytest.mark.parametrize("name", BOMBS)
def test_what_unpacks_without_end_stops_at_a_cap(tmp_path: Path, name: str) -> None:
    """Half a gigabyte from less than three megabytes, in a process that may grow by 600 MB (a body may have 128)."""
    path = tmp_path / "bomb.warc.gz"
    path.write_bytes(bomb(BOMBS[name]()))
    assert path.stat().st_size < 3 * 2**20
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    shown = subprocess.run(
        [sys.executable, "-c", _READ, str(path), str(600 * 2**20)], capture_output=True, text=True, check=False
    )
    assert shown.returncode == 0, shown.stderr[-2000:]
    assert int(shown.stdout.split()[1]) < 400
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 20


def test_a_bomb_behind_good_records_costs_none_of_them(tmp_path: Path) -> None:
    path = tmp_path / "poisoned.warc.gz"
    path.write_bytes(gzip.compress(GOOD) + bomb(_of_lines(b"", MEGABYTE, 64)) + gzip.compress(GOOD))
    started = time.process_time()
    assert [one.url for one in read(path)] == ["http://good.example/page"]
    assert time.process_time() - started < 5
    with pytest.raises(ArchiveError, match="has more than"):
        Replay([_only_bomb(tmp_path)])


def _only_bomb(folder: Path) -> Path:
    path = folder / "bomb.warc.gz"
    path.write_bytes(bomb(_of_lines(b"", MEGABYTE, 64)))
    return path
