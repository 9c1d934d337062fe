"""WARC files of other crawlers, written here by hand byte for byte."""

import asyncio
import gzip
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest
import zstandard

from ingest import archive, transcripts, warc
from ingest.archive import Archive, Replay
from ingest.errors import ArchiveError, FetchError
from ingest.types import Reason, Snapshot, Via

HTML = b"<html><body><h1>Larkfield</h1><p>Forty features.</p></body></html>"
URL = "https://larkfield.example/post"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def record(
    block: bytes, *, url: str = URL, kind: str = "response", more: str = "", type_: str = "application/http"
) -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2021-03-04T05:06:07Z\r\n"
        f"WARC-Record-ID: <urn:uuid:1>\r\nContent-Type: {type_}\r\n{more}Content-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


INFO = record(b"software: other\r\n", kind="warcinfo", url="file:a.warc", type_="application/warc-fields")


def answer(body: bytes = HTML, *, headers: bytes = b"") -> bytes:
    return HEAD + headers + b"\r\n" + body


def chunked(body: bytes, *, size: int = 7) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces) + b"0\r\n\r\n"


def written(folder: Path, records: Sequence[bytes], *, way: str = "plain") -> Path:
    path = folder / f"{way}.warc.gz"
    match way:
        case "plain":
            path.write_bytes(b"".join(records))
        case "a record at a time":
            path.write_bytes(b"".join(gzip.compress(one) for one in records))
        case "one stream":
            path.write_bytes(gzip.compress(b"".join(records)))
        case "zstd":
            path.write_bytes(b"".join(zstandard.compress(one) for one in records))
    return path


def bodies(path: Path) -> list[bytes]:
    return [snapshot.body for snapshot in archive.read(path)]


def fetched(path: Path, url: str = URL) -> Snapshot:
    return asyncio.run(Replay([path]).fetch(url))


@pytest.mark.parametrize("way", ["plain", "a record at a time", "one stream", "zstd"])
def test_a_file_is_read_however_it_is_compressed(tmp_path: Path, way: str) -> None:
    second = record(answer(b"<p>second</p>"), url="https://larkfield.example/second")
    path = written(tmp_path, [INFO, record(answer()), second], way=way)
    assert bodies(path) == [HTML, b"<p>second</p>"]
    assert fetched(path, "https://larkfield.example/second").body == b"<p>second</p>"
    found = fetched(path)
    assert (found.body, found.status, found.media_type, found.via) == (HTML, 200, "text/html", Via.WARC)
    assert found.fetched_at == datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(HTML)),
        ("deflate", zlib.compress(HTML)),
        ("br", brotli.compress(HTML)),
        ("zstd", zstandard.compress(HTML)),
        ("gzip, br", brotli.compress(gzip.compress(HTML))),
        ("gzip", HTML),  # decoded by the crawler, the header left as it was
        ("x-unknown", HTML),
    ],
)
@pytest.mark.parametrize("transfer", ["whole", "chunked", "said to be chunked"])
def test_a_body_is_read_however_it_was_coded(tmp_path: Path, coding: str, body: bytes, transfer: str) -> None:
    headers = b"Content-Encoding: " + coding.encode() + b"\r\n"
    headers += b"" if transfer == "whole" else b"Transfer-Encoding: Chunked\r\n"
    block = answer(chunked(body) if transfer == "chunked" else body, headers=headers)
    assert fetched(written(tmp_path, [record(block)])).body == HTML


def test_a_file_that_was_cut_off_gives_what_came_before(tmp_path: Path) -> None:
    whole = b"".join([INFO, record(answer()), record(answer(b"x" * 5_000), url="https://larkfield.example/2")])
    for way, packed in (("plain", whole), ("gz", gzip.compress(whole))):
        path = tmp_path / f"{way}.warc"
        path.write_bytes(packed[: len(packed) - 30])
        assert bodies(path)[0] == HTML
        assert fetched(path).body == HTML


def test_a_server_that_sends_nothing_but_the_body_is_read(tmp_path: Path) -> None:
    assert fetched(written(tmp_path, [record(HTML + b"\nmore")])).body == HTML + b"\nmore"


def test_a_resource_without_http_is_a_page(tmp_path: Path) -> None:
    found = fetched(written(tmp_path, [record(HTML, kind="resource", type_="text/html")]))
    assert (found.body, found.status, found.media_type) == (HTML, 200, "text/html")


def test_a_revisit_has_the_body_of_what_it_repeats(tmp_path: Path) -> None:
    digest = "WARC-Payload-Digest: sha1:AAAA\r\n"
    refers = f"WARC-Refers-To-Target-URI: {URL}\r\n"
    empty = HEAD + b"\r\n"
    path = written(
        tmp_path,
        [
            record(empty, url="https://larkfield.example/by-digest", kind="revisit", more=digest),
            record(answer(), more=digest),
            record(empty, url="https://larkfield.example/by-address", kind="revisit", more=refers),
            record(empty, kind="revisit", more=digest),
            record(empty, url="https://larkfield.example/of-nothing", kind="revisit"),
        ],
    )
    for name in ("by-digest", "by-address"):
        found = fetched(path, f"https://larkfield.example/{name}")
        assert (found.body, found.final_url) == (HTML, f"https://larkfield.example/{name}")
    assert fetched(path).final_url == URL
    with pytest.raises(FetchError, match="not in the archive"):
        fetched(path, "https://larkfield.example/of-nothing")


def test_redirects_and_moved_stubs_are_followed_inside_the_archive(tmp_path: Path) -> None:
    moved = b"HTTP/1.1 301 Moved\r\nLocation: /stub\r\n\r\n"
    stub = answer(b'<meta http-equiv="refresh" content="0; url=/post"><p>Moved</p>')
    path = written(
        tmp_path,
        [
            record(moved, url="https://larkfield.example/old"),
            record(stub, url="https://larkfield.example/stub"),
            record(answer()),
        ],
    )
    assert fetched(path, "https://larkfield.example/old").body == HTML


def test_requests_metadata_and_names_are_passed_over(tmp_path: Path) -> None:
    others = [
        record(b"GET /post HTTP/1.1\r\n\r\n", kind="request"),
        record(b"fetchTimeMs: 9\r\n", kind="metadata"),
        record(b"20210304 larkfield.example A 192.0.2.1", url="dns:larkfield.example", type_="text/dns"),
    ]
    path = written(tmp_path, [INFO, *others, record(answer())])
    assert Replay([path]).pages() == [URL]


def test_the_later_of_two_pages_counts_and_a_page_before_an_error(tmp_path: Path) -> None:
    error = b"HTTP/1.1 503 Busy\r\n\r\n"
    path = written(tmp_path, [record(answer(b"first")), record(answer(b"second")), record(error)])
    assert fetched(path).body == b"second"


def test_an_arc_file_is_read_too(tmp_path: Path) -> None:
    block = answer()
    info = b"1 0 Larkfield\nURL IP-address Archive-date Content-type Archive-length\n"
    path = tmp_path / "old.arc"
    path.write_bytes(
        f"filedesc://old.arc 0.0.0.0 20210304050607 text/plain {len(info)}\n".encode()
        + info + f"\n{URL} 192.0.2.1 20210304050607 text/html {len(block)}\n".encode() + block + b"\n"
    )  # fmt: skip
    assert fetched(path).body == HTML


def test_a_body_that_unpacks_to_more_than_the_cap_is_refused(tmp_path: Path) -> None:
    body = gzip.compress(b"\0" * (129 * 2**20))
    bomb = record(answer(body, headers=b"Content-Encoding: gzip\r\n"))
    path = written(tmp_path, [bomb, record(answer(), url=f"{URL}/2")])
    with pytest.raises(FetchError) as caught:
        fetched(path)
    assert caught.value.reason is Reason.TOO_LARGE
    assert bodies(path) == [HTML]


@pytest.mark.parametrize("content", [b"no archive", b"\x1f\x8b broken", b"\x28\xb5\x2f\xfd no", b"%PDF-1.7"])
def test_a_file_that_is_no_archive_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.warc"
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match=r"x\.warc"):
        Replay([path])


def snapshot(url: str, body: bytes, *, final: str = "") -> Snapshot:
    return Snapshot(url, final or url, 200, {"content-type": "text/html"}, body, datetime(2026, 1, 1, tzinfo=UTC))


def test_our_own_archive_keeps_what_was_asked_for_and_what_answered(tmp_path: Path) -> None:
    with Archive(tmp_path) as kept:
        name = kept.write(snapshot(URL, HTML, final=f"{URL}/moved"))
        assert kept.revisit(snapshot(URL, HTML), held_by=name) == name
        found = kept.find(name, URL)
    assert found is not None
    assert (found.body, found.final_url) == (HTML, f"{URL}/moved")
    assert [one.body for path in kept.files() for one in archive.read(path)] == [HTML]


def test_a_file_that_a_killed_run_left_broken_is_passed_over(tmp_path: Path) -> None:
    with Archive(tmp_path) as kept:
        name = kept.write(snapshot(URL, HTML))
        whole = (tmp_path / name).read_bytes()
        (tmp_path / "1.warc.gz").write_bytes(whole[:40])
        (tmp_path / "2.warc.gz").write_bytes(b"")
        (tmp_path / "3.warc.gz").write_bytes(whole + whole[:40])
        assert {path.name for path in kept.files()} == {name, "3.warc.gz"}
        assert asyncio.run(Replay(kept.files()).fetch(URL)).body == HTML


def test_a_video_and_its_transcript_are_two_addresses(tmp_path: Path) -> None:
    watch = "https://www.youtube.com/watch?v=AAAAAAAAAAA"
    with Archive(tmp_path) as kept:
        kept.write(snapshot(watch, b"page"))
        kept.write(snapshot(transcripts.address_of("AAAAAAAAAAA"), b"words"))
    replay = Replay(kept.files())
    assert asyncio.run(replay.fetch(watch)).body == b"page"
    assert asyncio.run(replay.transcript("AAAAAAAAAAA")).body == b"words"


def test_a_length_without_end_is_one_that_nothing_reaches(tmp_path: Path) -> None:
    head = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
    (tmp_path / "a.warc.gz").write_bytes(gzip.compress(head))
    assert list(warc.records(tmp_path / "a.warc.gz")) == []
