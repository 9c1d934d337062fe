"""A home in one file and back; and every way that a file can lie about being one."""

import asyncio
import hashlib
import json
import os
import sqlite3
import stat
import zipfile
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from assistant import build
from assistant.feedback import FeedbackBook, Note
from assistant.keys import KeyRing, Scope
from assistant.settings import Settings
from eval import golden, own
from eval.golden import GoldenQuestion, Judgment, Split
from index import building
from ingest import archive, bundle, folder, pipeline
from ingest.archive import Archive
from ingest.errors import BundleError, IngestError
from ingest.fetch import Fetcher, Limits
from ingest.library import Library, PageState, SourceState
from ingest.types import Reason, Snapshot, Source, SourceKind, Status, Via
from tests.parts import HashEmbedder, document
from ui import cli, moving

NOW = datetime(2026, 5, 4, tzinfo=UTC)
QUESTION = GoldenQuestion(
    "own-1", "What ranks?", "fact", "ranking", Split.DEV, judgments=(Judgment("stage-0", "Stage 0 ranks.", 3),)
)


def fill(home: Path) -> Settings:
    """A home with one of everything."""
    snapshot = Snapshot("https://a.example/", "https://a.example/", 200, {"content-type": "text/html"}, b"<p>a", NOW)
    with Archive(home / "archive") as kept:
        name = kept.write(snapshot)
    page = PageState("https://a.example/", "https://a.example/", "0" * 64, NOW, Via.LIVE, archived=name)
    with Library(home / "library.sqlite") as library:
        for number in range(3):
            library.put(document(f"# Stage {number}\n\nStage {number} ranks.", id=f"stage-{number}"))
        state = SourceState("a", Status.ALIVE, fetched_at=NOW, via=Via.LIVE)
        library.update(state, documents=[document("A page.", id="a")], keep=[], pages=[page])
        library.record_copies({"stage-2": "stage-1"})
        library.record_signatures([("a", "0", b"sig")])
        library.add_source(Source("mine", "Mine", "https://mine.example/", SourceKind.BLOG))
    (home / "uploads" / "0123456789abcdef").mkdir(parents=True)
    (home / "uploads" / "0123456789abcdef" / "my notes.md").write_text("# Notes")
    FeedbackBook(home / "feedback.sqlite").add(Note(verdict="up", question="What ranks?"))
    own.keep(QUESTION, home / own.FILE)
    KeyRing(home / "keys.json").add("agent", scopes=[Scope.READ])
    (home / "page.key").write_bytes(b"k" * 32)
    return Settings(home=home)


def rows(home: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(home / "library.sqlite")) as file:
        tables = ("documents", "sources", "pages", "own_sources", "signatures", "copies")
        return {table: file.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables}


def state_of(home: Path) -> dict[str, str]:
    """Digest of every file's content, what SQLite holds told by its rows."""
    plain = [path for path in home.rglob("*") if path.is_file() and "sqlite" not in path.name]
    found = {str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest() for path in plain}
    return found | {name: repr(held) for name, held in rows(home).items()}


@pytest.fixture
def made(tmp_path: Path) -> tuple[Settings, Path]:
    settings = fill(tmp_path / "first")
    moving.export(settings, tmp_path / "home.ninestep")
    return settings, tmp_path / "home.ninestep"


def test_what_is_exported_is_restored_on_another_home_and_equal(made: tuple[Settings, Path], tmp_path: Path) -> None:
    first, file = made
    second = Settings(home=tmp_path / "second")
    moved = moving.restore(second, file)
    assert moved.kept is None
    assert rows(second.home) == rows(first.home)
    ids = []
    for settings in (first, second):
        with Library(build.library_path(settings)) as library:
            ids.append(building.build(library.documents(), root=settings.home, embedder=HashEmbedder()).id)
    assert ids[0] == ids[1]
    assert list(FeedbackBook(second.home / "feedback.sqlite").notes()) == [Note(verdict="up", question="What ranks?")]
    assert golden.load(second.home / own.FILE) == (QUESTION,)
    kept = [page for path in Archive(second.home / "archive").files() for page in archive.read(path)]
    assert [page.body for page in kept] == [b"<p>a"]
    assert (second.home / "uploads" / "0123456789abcdef" / "my notes.md").read_text() == "# Notes"
    again = tmp_path / "again.ninestep"
    assert moving.export(second, again).corpus == moved.corpus


def test_keys_never_go_along(made: tuple[Settings, Path], tmp_path: Path) -> None:
    first, file = made
    with zipfile.ZipFile(file) as opened:
        assert not [name for name in opened.namelist() if "key" in name]
        held = b"".join(opened.read(name) for name in opened.namelist())
    assert (first.home / "keys.json").read_bytes() not in held
    moving.restore(Settings(home=tmp_path / "second"), file)
    assert not (tmp_path / "second" / "keys.json").exists()
    assert not (tmp_path / "second" / "page.key").exists()


def test_importing_twice_changes_nothing_and_what_was_there_is_kept(
    made: tuple[Settings, Path], tmp_path: Path
) -> None:
    first, file = made
    target = Settings(home=tmp_path / "second")
    with Library(target.home / "library.sqlite") as library:
        library.put(document("Mine alone.", id="mine-alone"))
    FeedbackBook(target.home / "feedback.sqlite").add(Note(verdict="down", comment="mine"))
    KeyRing(target.home / "keys.json").add("mine", scopes=[Scope.READ])
    kept = moving.restore(target, file).kept
    assert kept is not None
    with Library(kept / "library.sqlite") as library:
        assert library.document("mine-alone") is not None
    assert [note.comment for note in FeedbackBook(target.home / "feedback.sqlite").notes()] == ["mine", ""]
    assert [key.name for key in KeyRing(target.home / "keys.json").all()] == ["mine"]
    before = rows(target.home)
    moving.restore(target, file)
    assert rows(target.home) == before == rows(first.home)
    assert len(list(FeedbackBook(target.home / "feedback.sqlite").notes())) == 2


def test_paths_of_another_machine_are_not_taken_over(tmp_path: Path) -> None:
    first = fill(tmp_path / "first")
    with Library(build.library_path(first)) as library:
        library.add_source(folder.source_of(Path("/etc")))
    moving.export(first, tmp_path / "file")
    second = Settings(home=tmp_path / "second")
    assert moving.restore(second, tmp_path / "file").left == ("file:///etc",)
    with Library(build.library_path(second)) as library:
        assert [source.id for source in library.own_sources()] == ["mine"]


def test_addresses_that_are_none_are_not_taken_over_and_private_ones_are_never_asked(tmp_path: Path) -> None:
    first = fill(tmp_path / "first")
    private = (
        "http://169.254.169.254/latest/",
        "http://2852039166/",
        "http://0xa9.254.0251.254/",
        "http://[::ffff:a9fe:a9fe]/",
    )
    with Library(build.library_path(first)) as library:
        for number, url in enumerate((*private, "http://[", "http://a:x/", "javascript:alert(1)")):
            library.add_source(Source(f"evil-{number}", "Evil", url, SourceKind.BLOG))
    moving.export(first, tmp_path / "file")
    second = Settings(home=tmp_path / "second")
    assert moving.restore(second, tmp_path / "file").left == ("http://[", "http://a:x/", "javascript:alert(1)")

    async def asked(library: Library, evil: list[Source]) -> list[Reason | None]:
        hosts: list[str] = []

        def noted(request: httpx.Request) -> httpx.Response:
            hosts.append(request.url.host)
            return httpx.Response(404)

        transport = httpx.MockTransport(noted)
        async with Fetcher(Limits(attempts=1), transport=transport, check_addresses=True) as fetcher:
            run = await pipeline.ingest(evil, library=library, archive=None, fetcher=fetcher, report=lambda _: None)
        assert set(hosts) <= {"web.archive.org"}  # where there is a network
        return [state.reason for state in run.failed]

    with Library(build.library_path(second)) as library:
        evil = [source for source in library.own_sources() if source.id.startswith("evil")]
        assert [source.url for source in evil] == list(private)
        assert asyncio.run(asked(library, evil)) == [Reason.FORBIDDEN_ADDRESS] * 4


def test_an_export_never_overwrites(
    made: tuple[Settings, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, file = made
    before = file.read_bytes()
    monkeypatch.setenv("NINESTEP_HOME", str(first.home))
    assert cli.main(["export", str(file)]) == cli.FAILED
    assert "exists already" in capsys.readouterr().err
    assert file.read_bytes() == before


Change = Callable[[dict[str, bytes]], None]


def rewritten(file: Path, to: Path, change: Change, *, told: bool = True) -> Path:
    """The bundle with other files in it; with `told`, bundle.json lists what is there with its digests."""
    with zipfile.ZipFile(file) as opened:
        held = {name: opened.read(name) for name in opened.namelist()}
    index = json.loads(held.pop("bundle.json"))
    change(held)
    if told:
        index["files"] = {name: (hashlib.sha256(data).hexdigest(), len(data)) for name, data in held.items()}
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as written:
        for name, data in held.items():
            written.writestr(name, data)
        if "bundle.json" not in held:
            written.writestr("bundle.json", json.dumps(index))
    return to


def with_library(statement: str) -> Change:
    def change(held: dict[str, bytes]) -> None:
        scratch = Path(os.environ["SCRATCH"]) / "library.sqlite"
        scratch.write_bytes(held["library.sqlite"])
        with closing(sqlite3.connect(scratch, isolation_level=None)) as file:
            file.executescript(statement)
        held["library.sqlite"] = scratch.read_bytes()

    return change


def put(name: str, data: bytes) -> Change:
    return lambda held: held.update({name: data})


HOSTILE: dict[str, Change] = {
    "up and out": put("../../outside", b"x"),
    "up and out of the archive": put("archive/../../outside.warc.gz", b"x"),
    "absolute": put("/tmp/outside", b"x"),
    "backslashes": put("archive\\..\\outside.warc.gz", b"x"),
    "keys": put("keys.json", b"[]"),
    "signing key": put("page.key", b"k" * 32),
    "a generation": put("CURRENT", b"0123456789abcdef"),
    "a shared answer": put(f"shared/{'0' * 32}.json", b"{}"),
    "a hidden file": put("archive/.hidden.warc.gz", b"x"),
    "a bomb": put("golden.jsonl", b"\n" * 50_000_000),
    "no library": lambda held: held.pop("library.sqlite") and None,  # type: ignore[func-returns-value]
    "no database": put("library.sqlite", b"SQLite format 3\0" + b"x" * 4000),
    "half a database": lambda held: held.update({"library.sqlite": held["library.sqlite"][:20_000]}),
    "a trigger": with_library("CREATE TRIGGER t AFTER INSERT ON documents BEGIN DELETE FROM sources; END"),
    "a view in the place of a table": with_library("DROP TABLE copies; CREATE VIEW copies AS SELECT 1, 2"),
    "a table of its own": with_library("CREATE TABLE more (x)"),
    "another schema": with_library("PRAGMA user_version = 99"),
    "no schema": with_library("PRAGMA user_version = 0"),
    "a record that is none": with_library("UPDATE documents SET record = '{}'"),
    "a text that is not the record's": with_library("UPDATE documents SET text = 'short'"),
    "a deep record": with_library(f"UPDATE documents SET record = '{'[' * 90_000}'"),
    "a wrong digest inside": with_library("UPDATE documents SET text_digest = 'x'"),
    "a title that is a number": with_library("UPDATE documents SET record = json_set(record, '$.title', 5)"),
    "a title that is null": with_library("UPDATE documents SET record = json_set(record, '$.title', NULL)"),
    "authors that are numbers": with_library("UPDATE documents SET record = json_set(record, '$.authors[0]', 5)"),
    "a page number that is text": with_library("UPDATE documents SET record = json_set(record, '$.blocks[0][4]', 'x')"),
    "a time that is none in UTC": with_library(
        "UPDATE documents SET record = json_set(record, '$.fetched_at', '9999-12-31T23:59:59-23:59')"
    ),
    "an address that is a number": with_library("UPDATE own_sources SET record = json_set(record, '$.url', 5)"),
    "a page that is none, of a source without documents": with_library("INSERT INTO pages VALUES ('x', 'y', '{}')"),
    "an archive's file elsewhere": with_library(
        "UPDATE pages SET record = json_set(record, '$.archived', '../../etc/passwd')"
    ),
    "a state that is none": with_library("UPDATE sources SET record = '{\"id\": 1}'"),
    "feedback that is none": put("feedback.sqlite", b"x" * 4096),
    "questions that are none": put("golden.jsonl", b'{"id": 1}\n'),
    "a pickle": put("library.sqlite", b"\x80\x04\x95cposix\nsystem\n"),
    "no bundle.json that can be read": put("bundle.json", b"[" * 100_000),
    "another format": put("bundle.json", b'{"format": 2, "version": "9.0", "files": {}}'),
}  # fmt: skip


def refused(target: Settings, file: Path) -> str:
    """Import a hostile file; returns the sentence, and sees that the target is what it was."""
    before = state_of(target.home)
    around = sorted(target.home.parent.iterdir())
    with pytest.raises(BundleError) as told:
        moving.restore(target, file)
    assert state_of(target.home) == before
    assert sorted(target.home.parent.iterdir()) == around
    sentence = str(told.value)
    assert "\n" not in sentence
    assert len(sentence) < 300
    return sentence


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("SCRATCH", str(tmp_path))
    return fill(tmp_path / "target")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_bundle_is_refused_in_one_sentence_and_nothing_changes(
    name: str, made: tuple[Settings, Path], target: Settings, tmp_path: Path
) -> None:
    refused(target, rewritten(made[1], tmp_path / "hostile", HOSTILE[name]))


def test_a_changed_file_whose_digest_was_left_is_refused(
    made: tuple[Settings, Path], target: Settings, tmp_path: Path
) -> None:
    def change(held: dict[str, bytes]) -> None:
        name = next(name for name in held if name.startswith("archive/"))
        held[name] = held[name][:-1] + bytes([held[name][-1] ^ 1])

    assert "digest differs" in refused(target, rewritten(made[1], tmp_path / "hostile", change, told=False))


def test_a_link_is_refused(made: tuple[Settings, Path], target: Settings, tmp_path: Path) -> None:
    hostile = rewritten(made[1], tmp_path / "hostile", lambda _: None)
    with zipfile.ZipFile(hostile, "a") as opened:
        link = zipfile.ZipInfo("archive/link.warc.gz")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        opened.writestr(link, "/etc/passwd")
    assert "a link" in refused(target, hostile)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_twice_is_refused(made: tuple[Settings, Path], target: Settings, tmp_path: Path) -> None:
    hostile = rewritten(made[1], tmp_path / "hostile", lambda _: None)
    with zipfile.ZipFile(hostile, "a") as opened:
        opened.writestr("library.sqlite", b"another")
    assert "twice" in refused(target, hostile)


@pytest.mark.parametrize("keep", [0, 10, 1000, -1, -30])
def test_a_bundle_that_is_cut_off_is_refused(
    keep: int, made: tuple[Settings, Path], target: Settings, tmp_path: Path
) -> None:
    (tmp_path / "cut").write_bytes(made[1].read_bytes()[:keep])
    refused(target, tmp_path / "cut")


def test_bytes_changed_anywhere_in_a_bundle_are_refused_or_make_no_difference(
    made: tuple[Settings, Path], target: Settings, tmp_path: Path
) -> None:
    whole = made[1].read_bytes()
    for place in range(0, len(whole), max(1, len(whole) // 60)):
        (tmp_path / "changed").write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        with suppress(IngestError):
            moving.restore(target, tmp_path / "changed")
        with Library(build.library_path(target)) as library:
            assert library.damage() == ""
            assert library.document("stage-0") is not None


def test_a_home_without_a_library_has_nothing_to_export(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="no library to export"):
        moving.export(Settings(home=tmp_path / "empty"), tmp_path / "file")


def test_only_the_names_of_a_home_belong_to_a_bundle() -> None:
    assert bundle.belongs("archive/20260101T000000000000.warc.gz")
    assert not bundle.belongs("archive/a/b.warc.gz")
    assert not bundle.belongs("uploads/0123456789abcdef/..")
    assert not bundle.belongs("golden.jsonl\n")
