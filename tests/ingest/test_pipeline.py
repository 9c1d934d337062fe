"""Ingestion end to end: a web made of a handler, a real library and a real archive."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from ingest import archive, guide, pipeline
from ingest.archive import Archive
from ingest.errors import ArchiveError
from ingest.fetch import Fetcher, Limits
from ingest.library import Library
from ingest.pipeline import Progress, Summary
from ingest.types import Reason, Snapshot, Source, SourceKind, Status, Via
from ingest.visit import WAYBACK

PROSE = "The Larkfield recommender reads forty features of every candidate and answers in a hundred milliseconds. " * 12
PAGE = f"<html><title>Larkfield</title><body><article><h1>Larkfield</h1><p>{PROSE}</p></article></body></html>"
Handler = Callable[[httpx.Request], httpx.Response]


def source(id: str, *, url: str = "", alternates: tuple[str, ...] = (), words: tuple[str, ...] = ()) -> Source:
    address = url or f"https://{id}.example/post"
    return Source(id, "Larkfield", address, SourceKind.BLOG, alternates=alternates, title_words=words)


def page(text: str = PAGE, *, status: int = 200, etag: str = "") -> httpx.Response:
    headers = {"content-type": "text/html; charset=utf-8"} | ({"etag": etag} if etag else {})
    return httpx.Response(status, text=text, headers=headers)


def ingest(home: Path, sources: list[Source], handler: Handler) -> tuple[Summary, list[Progress]]:
    seen: list[Progress] = []

    async def go() -> Summary:
        limits = Limits(host_delay=0, attempts=1)
        transport = httpx.MockTransport(lambda r: httpx.Response(404) if r.url.path == "/robots.txt" else handler(r))
        with Library(home / "library.sqlite") as library, Archive(home / "archive") as kept:
            async with Fetcher(limits, transport=transport, check_addresses=False) as fetcher:
                return await pipeline.ingest(
                    sources, library=library, archive=kept, fetcher=fetcher, report=seen.append
                )

    return asyncio.run(go()), seen


def state(home: Path, id: str) -> tuple[Status, Reason | None, Via | None]:
    with Library(home / "library.sqlite") as library:
        found = library.state(id)
    assert found is not None
    return found.status, found.reason, found.via


def test_one_bad_source_does_not_stop_the_others_and_all_is_told(tmp_path: Path) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return page() if request.url.host == "good.example" else httpx.Response(404)

    summary, seen = ingest(tmp_path, [source("good"), source("bad")], handler)
    assert summary.line() == "1 of 2 ingested, 1 changed, 1 failed: bad (not found)"
    assert [progress.done for progress in seen] == [1, 2]
    assert state(tmp_path, "good") == (Status.ALIVE, None, Via.LIVE)
    assert state(tmp_path, "bad") == (Status.DEAD, Reason.NOT_FOUND, None)


def test_a_second_run_asks_conditionally_and_changes_nothing(tmp_path: Path) -> None:
    asked: list[str | None] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("if-none-match"))
        return httpx.Response(304) if asked[-1] else page(etag='"7"')

    ingest(tmp_path, [source("a")], handler)
    with Library(tmp_path / "library.sqlite") as library:
        before = library.corpus_digest()
    summary, _ = ingest(tmp_path, [source("a")], handler)
    assert asked == [None, '"7"']
    assert summary.changed == ()
    with Library(tmp_path / "library.sqlite") as library:
        assert library.corpus_digest() == before


def test_a_moved_work_is_found_at_its_alternate_address(tmp_path: Path) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return page() if request.url.host == "new.example" else httpx.Response(410)

    ingest(tmp_path, [source("a", alternates=("https://new.example/post",))], handler)
    assert state(tmp_path, "a") == (Status.MOVED, None, Via.MOVED)


def test_the_web_archive_is_the_last_resort_and_is_recorded(tmp_path: Path) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return page() if str(request.url).startswith(WAYBACK) else httpx.Response(404)

    ingest(tmp_path, [source("a")], handler)
    assert state(tmp_path, "a") == (Status.ARCHIVED, None, Via.WAYBACK)


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ("<h1>Page not found</h1><p>Sorry, we looked everywhere.</p>", 200, Reason.SOFT_404),
        ("<h1>Sign in to continue reading</h1><form>…</form>", 200, Reason.LOGIN_WALL),
        ("<h1>Checking that you are not a robot</h1>", 200, Reason.BOT_WALL),
        ("<h1>Before you continue</h1><p>We use cookies.</p>", 200, Reason.CONSENT_WALL),
        ('<div id="root"></div><script src="app.js"></script>', 200, Reason.JAVASCRIPT_SHELL),
        ("<p>Too little.</p>", 200, Reason.EMPTY),
        ("", 200, Reason.EMPTY),
        ("gone", 410, Reason.GONE),
        ("no", 401, Reason.LOGIN_WALL),
        ("oops", 500, Reason.HTTP_ERROR),
    ],
)
def test_a_wall_or_an_error_page_is_never_indexed(tmp_path: Path, body: str, status: int, reason: Reason) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        wayback = str(request.url).startswith(WAYBACK)
        return (
            httpx.Response(404) if wayback else page(f"<html><body>{body}</body></html>" if body else "", status=status)
        )

    summary, _ = ingest(tmp_path, [source("a")], handler)
    assert [one.reason for one in summary.failed] == [reason]
    with Library(tmp_path / "library.sqlite") as library:
        assert list(library.documents()) == []


def test_a_page_that_is_not_the_listed_work_is_refused(tmp_path: Path) -> None:
    summary, _ = ingest(tmp_path, [source("a", words=("giraph",))], lambda _: page())
    assert summary.failed[0].reason is Reason.WRONG_CONTENT
    assert "never says giraph" in summary.failed[0].message


def test_a_source_that_dies_keeps_the_documents_that_it_gave(tmp_path: Path) -> None:
    ingest(tmp_path, [source("a")], lambda _: page())
    summary, _ = ingest(tmp_path, [source("a")], lambda _: httpx.Response(404))
    assert summary.failed[0].attempts == 1
    assert summary.failed[0].next_try is not None
    with Library(tmp_path / "library.sqlite") as library:
        assert library.ids("a") == {"a"}


def test_the_archive_rebuilds_the_library_without_fetching(tmp_path: Path) -> None:
    ingest(tmp_path, [source("a")], lambda _: page())
    with Library(tmp_path / "library.sqlite") as library:
        fetched = library.document("a")
    files = sorted((tmp_path / "archive").glob("*.warc.gz"))
    with Library(tmp_path / "again.sqlite") as library:
        asyncio.run(pipeline.ingest_archived([source("a")], files, library=library, report=lambda _: None))
        replayed = library.document("a")
    assert fetched is not None
    assert replayed is not None
    assert replayed.text == fetched.text


def test_a_file_that_is_no_warc_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "x.warc").write_bytes(b"nothing of the kind")
    with pytest.raises(ArchiveError, match=r"x\.warc cannot be read"):
        list(archive.read(tmp_path / "x.warc"))


def test_the_field_guide_is_brought_in_once(tmp_path: Path) -> None:
    with Library(tmp_path / "library.sqlite") as library:
        assert pipeline.sync_guide(library) == len(guide.documents()) > 20
        assert pipeline.sync_guide(library) == 0


class Unforeseen:
    """Answers as nothing that is written here expects."""

    async def fetch(self, url: str, *, validators: Mapping[str, str] | None = None) -> Snapshot:
        """One good page; whatever else is asked for fails in a way of its own."""
        if "good" not in url:
            raise LookupError(f"nobody thought of {url} with {validators}")
        now = datetime(2026, 1, 1, tzinfo=UTC)
        return Snapshot(url, url, 200, {"content-type": "text/html"}, PAGE.encode(), now)


def test_a_page_that_no_reader_foresaw_fails_alone_and_keeps_what_it_gave(tmp_path: Path) -> None:
    ingest(tmp_path, [source("bad")], lambda _: page())
    with Library(tmp_path / "library.sqlite") as library:
        before = library.ids("bad")
        run = pipeline.ingest(
            [source("bad"), source("good")], library=library, archive=None, fetcher=Unforeseen(), report=lambda _: None
        )
        summary = asyncio.run(run)
        assert [state.id for state in summary.failed] == ["bad"]
        assert "LookupError" in summary.failed[0].message
        assert library.ids("bad") == before != set()
        assert library.ids("good")
