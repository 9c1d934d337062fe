"""One source and its addresses, over real connections to a small web of this machine."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest import pipeline, retry
from ingest.archive import Archive
from ingest.fetch import Fetcher, Limits
from ingest.library import Library, SourceState
from ingest.pipeline import Summary
from ingest.types import Document, Reason, Snapshot, Source, SourceKind, Status, Via
from tests.ingest import printed
from tests.ingest.pages import Prose
from tests.ingest.web import Page, Through, Web

PROSE = "The Larkfield recommender reads forty features of every candidate and answers in a hundred milliseconds. "
URL = "http://old.example/2019/how-the-larkfield-recommender-reads"


def page(text: str = PROSE * 12, *, title: str = "How the Larkfield recommender reads", links: str = "", etag: str = "") -> Page:  # fmt: skip
    body = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1><p>{text}</p>{links}</article></body></html>"
    return Page(body.encode(), etag=etag)


def source(**more: object) -> Source:
    values = {"id": "one", "title": "How the Larkfield recommender reads", "url": URL, "kind": SourceKind.BLOG} | more
    return Source(**values)  # type: ignore[arg-type]


def ingest(home: Path, web: Web, wanted: Source) -> Summary:
    async def go() -> Summary:
        limits = Limits(host_delay=0, attempts=2, retry_after=0.01)
        with Library(home / "library.sqlite") as library, Archive(home / "archive") as kept:
            async with Fetcher(limits, transport=Through(web), check_addresses=False) as fetcher:
                return await pipeline.ingest(
                    [wanted], library=library, archive=kept, fetcher=fetcher, report=lambda _: None
                )

    return asyncio.run(go())


def known(home: Path) -> tuple[SourceState, dict[str, Document]]:
    with Library(home / "library.sqlite") as library:
        state = library.state("one")
        assert state is not None
        return state, {document.id: document for document in library.every_document()}


def test_the_wayback_machine_is_asked_last_and_its_copy_says_of_when_it_is(tmp_path: Path) -> None:
    stamped = f"web.archive.org/web/20190304050607id_/{URL}"
    moved = Page(b"", 302, {"Location": f"http://{stamped}"})
    with Web({f"web.archive.org/web/2id_/{URL}": moved, stamped: page()}) as web:
        ingest(tmp_path, web, source(alternates=("http://new.example/reads",)))
        assert web.asked["old.example/2019/how-the-larkfield-recommender-reads"] == 1
        assert web.asked["new.example/reads"] == 1
    state, documents = known(tmp_path)
    assert (state.status, state.via) == (Status.ARCHIVED, Via.WAYBACK)
    assert documents["one"].url == f"http://{stamped}"
    assert documents["one"].note == "Read from the Wayback Machine's copy of 2019-03-04."


def test_a_lost_page_in_the_wayback_machine_is_lost_there_too(tmp_path: Path) -> None:
    home_page = "web.archive.org/web/20210101000000id_/http://old.example/"
    moved = Page(b"", 302, {"Location": f"http://{home_page}"})
    with Web(
        {f"web.archive.org/web/2id_/{URL}": moved, home_page: page("Nine posts on tea. " * 40, title="Old")}
    ) as web:
        summary = ingest(tmp_path, web, source())
    assert summary.failed[0].reason is Reason.NOT_FOUND
    assert known(tmp_path)[1] == {}


def test_a_move_that_holds_for_a_host_is_tried_before_the_wayback_machine(tmp_path: Path) -> None:
    wanted = source(url="http://code.fb.com/ios/how-the-larkfield-recommender-reads/")
    with Web({"engineering.fb.com/ios/how-the-larkfield-recommender-reads/": page()}) as web:
        ingest(tmp_path, web, wanted)
        assert not any(address.startswith("web.archive.org") for address in web.asked)
    assert known(tmp_path)[0].status is Status.MOVED


def test_a_living_source_on_a_bad_day_keeps_what_it_gave_and_nobody_else_is_asked(tmp_path: Path) -> None:
    key = "old.example/2019/how-the-larkfield-recommender-reads"
    with Web({key: page(), f"web.archive.org/web/2id_/{URL}": page("An older copy. " * 60)}) as web:
        ingest(tmp_path, web, source())
        before = known(tmp_path)[1]
        web.pages[key] = Page(b"<h1>Back soon</h1>", 503, {"Retry-After": "90000"})
        summary = ingest(tmp_path, web, source())
        assert not any(address.startswith("web.archive.org") for address in web.asked)
    state, documents = known(tmp_path)
    assert (state.status, state.reason, state.attempts) == (Status.ALIVE, Reason.HTTP_ERROR, 1)
    assert documents == before
    assert summary.failed[0].next_try is not None
    assert summary.failed[0].next_try - datetime.now(UTC) > timedelta(hours=24)


def test_a_page_that_changed_replaces_what_it_gave_and_one_that_did_not_is_not_even_sent(tmp_path: Path) -> None:
    key = "old.example/2019/how-the-larkfield-recommender-reads"
    with Web({key: page(etag='"1"')}) as web:
        assert ingest(tmp_path, web, source()).changed == ("one",)
        assert ingest(tmp_path, web, source()).changed == ()
        assert web.unchanged[key] == 1
        web.pages[key] = page("It reads fifty features now, and answers in eighty milliseconds. " * 12, etag='"2"')
        assert ingest(tmp_path, web, source()).changed == ("one",)
    state, documents = known(tmp_path)
    assert state.status is Status.CHANGED
    assert "fifty features" in documents["one"].text
    assert "forty features" not in documents["one"].text


def test_a_course_is_read_as_deep_as_the_catalog_says_and_a_page_that_goes_goes(tmp_path: Path) -> None:
    links = '<ul><li><a href="week1.html">Week one</a></li><li><a href="http://else.example/x.html">Else</a></li></ul>'
    deeper = '<p><a href="deep.html">Deeper</a></p>'
    with Web(
        {
            "course.example/c/": page(links=links),
            "course.example/c/week1.html": page(
                "Week one is about data and labels. " * 20, title="Week 1", links=deeper
            ),
            "course.example/c/faq.html": page("Questions that people ask of the course. " * 20, title="Questions"),
            "course.example/c/deep.html": page("Too deep to be read. " * 40, title="Deep"),
        }
    ) as web:
        wanted = source(url="http://course.example/c/", same_site_depth=1, pages=("faq.html", "gone.html"))
        ingest(tmp_path, web, wanted)
        assert set(known(tmp_path)[1]) == {"one", "one~week1-html", "one~faq-html"}
        assert "1 could not be read: http://course.example/c/gone.html" in known(tmp_path)[0].message
        assert "else.example/x.html" not in web.asked
        del web.pages["course.example/c/week1.html"]
        ingest(tmp_path, web, wanted)
        assert set(known(tmp_path)[1]) == {"one", "one~faq-html"}
        web.pages["course.example/c/faq.html"] = Page(b"", 503)
        ingest(tmp_path, web, wanted)
    assert set(known(tmp_path)[1]) == {"one", "one~faq-html"}


def test_a_talk_has_the_words_of_its_captions_and_they_are_archived(tmp_path: Path) -> None:
    track = "http://www.youtube.com/api/timedtext?v=AAAAAAAAAAA&lang=en"
    response = {
        "playabilityStatus": {"status": "OK"},
        "videoDetails": {"title": "How the Larkfield recommender reads", "shortDescription": "A talk."},
        "captions": {"playerCaptionsTracklistRenderer": {"captionTracks": [{"baseUrl": track.replace("http:", "https:"), "languageCode": "en"}]}},
    }  # fmt: skip
    body = f"<script>var ytInitialPlayerResponse = {json.dumps(response)};</script>".encode()
    words = b'<transcript><text start="75.2" dur="3">It reads forty features.</text></transcript>'
    pages = {"www.youtube.com/watch?v=AAAAAAAAAAA": Page(body), "www.youtube.com/api/timedtext?v=AAAAAAAAAAA&lang=en": Page(words)}  # fmt: skip
    wanted = source(url="https://youtu.be/AAAAAAAAAAA", kind=SourceKind.VIDEO)
    with Web(pages) as web:
        ingest(tmp_path, web, wanted)
    _, documents = known(tmp_path)
    assert documents["one"].text == "It reads forty features."
    assert documents["one"].blocks[0].seconds == 75.2
    with Library(tmp_path / "again.sqlite") as library, Archive(tmp_path / "archive") as kept:
        asyncio.run(pipeline.ingest_archived([wanted], kept.files(), library=library, report=lambda _: None))
        found = library.document("one")
    assert found is not None
    assert found.text == documents["one"].text


def test_the_file_that_a_page_about_a_paper_names_is_read_in_its_place_and_asked_for_again(tmp_path: Path) -> None:
    about = page(etag='"1"')
    about.body = about.body.replace(b"<title>", b'<meta name="citation_pdf_url" content="/files/reads.pdf"><title>')
    paper = Page(printed.two_columns(Prose("paper")).body, headers={"Content-Type": "application/pdf"}, etag='"2"')
    wanted = source(title="", kind=SourceKind.PAPER)
    with Web(
        {"old.example/2019/how-the-larkfield-recommender-reads": about, "old.example/files/reads.pdf": paper}
    ) as web:
        ingest(tmp_path, web, wanted)
        state, documents = known(tmp_path)
        assert documents["one"].text.startswith("Ranking under a budget")
        assert documents["one"].url == "http://old.example/files/reads.pdf"
        assert (state.status, state.documents) == (Status.ALIVE, 1)
        assert ingest(tmp_path, web, wanted).changed == ()
        assert web.unchanged.total() == 2
        web.pages["old.example/files/reads.pdf"] = Page(b"", 500)
        assert ingest(tmp_path, web, wanted).failed == ()
    assert known(tmp_path)[1] == documents


def test_a_page_about_a_paper_stands_for_it_where_its_file_cannot_be_had(tmp_path: Path) -> None:
    about = page()
    about.body = about.body.replace(
        b"<title>", b'<meta name="citation_pdf_url" content="http://x.example/a.pdf"><title>'
    )
    with Web({"old.example/2019/how-the-larkfield-recommender-reads": about}) as web:
        ingest(tmp_path, web, source(kind=SourceKind.PAPER))
    assert known(tmp_path)[1]["one"].note.startswith("Known by a page about it alone")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0177.0.0.1"])
def test_no_service_of_this_machine_is_asked_whatever_a_library_or_a_catalog_names(tmp_path: Path, host: str) -> None:
    async def go(sources: list[Source]) -> Summary:
        with Library(tmp_path / "library.sqlite") as library:
            async with Fetcher(Limits(host_delay=0, attempts=1), check_addresses=True) as fetcher:
                return await pipeline.ingest(
                    sources, library=library, archive=None, fetcher=fetcher, report=lambda _: None
                )

    with Web() as web:
        inside = f"http://{host}:{web.port}/admin"
        edited = [source(url=inside), source(id="two", url="http://nowhere.invalid/x", alternates=(inside,))]
        with Library(tmp_path / "library.sqlite") as library:
            for one in edited:
                library.add_source(one)
            taken = library.own_sources()
        summary = asyncio.run(go(taken))
        assert [state.reason for state in summary.failed] == [Reason.FORBIDDEN_ADDRESS] * 2
        assert web.asked.total() == 0


def test_what_is_archived_is_on_the_disk_before_the_library_refers_to_it(tmp_path: Path) -> None:
    done: list[str] = []

    class Watched(Archive):
        def write(self, snapshot: Snapshot) -> str:
            done.append("written")
            return super().write(snapshot)

        def sync(self) -> None:
            super().sync()
            done.append("synced")

    class Told(Library):
        def update(self, *arguments: Any, **more: Any) -> int:  # noqa: ANN401 - as its parent's
            done.append("referred to")
            return super().update(*arguments, **more)

    async def go() -> None:
        with Told(tmp_path / "library.sqlite") as library, Watched(tmp_path / "archive") as kept:
            async with Fetcher(Limits(host_delay=0), transport=Through(web), check_addresses=False) as fetcher:
                await pipeline.ingest([source()], library=library, archive=kept, fetcher=fetcher, report=lambda _: None)

    with Web({"old.example/2019/how-the-larkfield-recommender-reads": page()}) as web:
        asyncio.run(go())
    assert done == ["written", "synced", "referred to"]


def test_the_pause_doubles_and_a_source_is_given_up_for_dead_in_the_end() -> None:
    pauses = [retry.pause(Reason.BOT_WALL, attempts=n) for n in (1, 2, 3, 40)]
    assert pauses == [timedelta(hours=6), timedelta(hours=12), timedelta(hours=24), timedelta(days=14)]
    assert retry.pause(Reason.UNREACHABLE, attempts=1) == timedelta(minutes=10)
    assert retry.pause(Reason.RATE_LIMIT, attempts=1, wait=90_000) == timedelta(seconds=90_000)
    assert retry.is_dead(Reason.NOT_FOUND, attempts=1)
    assert not retry.is_dead(Reason.HTTP_ERROR, attempts=4)
    assert retry.is_dead(Reason.HTTP_ERROR, attempts=5)
    assert not retry.is_dead(Reason.UNREACHABLE, attempts=50)
