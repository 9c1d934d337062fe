"""Every place of a home damaged in turn: the doctor names it, `--repair` mends what is derived, truth is left alone."""

import asyncio
import json
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from assistant import build
from assistant.api.jobs import UPLOADS
from assistant.api.uploads import Uploads
from assistant.feedback import FeedbackBook, Note
from assistant.keys import KeyRing, Scope
from assistant.settings import Settings
from index import building, generation, manifest
from index.generation import Generation
from index.serving import Serving
from index.vectors import VectorStore, path_of
from ingest.archive import Archive
from ingest.errors import IngestError
from ingest.library import Library, PageState, SourceState
from ingest.types import Snapshot, Status, Via
from tests.parts import HashEmbedder, document
from ui import doctor
from ui.shared import SharedAnswers


def load(_: Settings) -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A small home: a few documents, indexed, a note and a key."""
    home = tmp_path / "home"
    with Library(home / "library.sqlite") as library:
        for number in range(6):
            text = f"# Stage {number}\n\nStage {number} ranks what came before it."
            library.put(document(text, id=f"stage-{number}"))
        building.build(library.documents(), root=home, embedder=HashEmbedder())
    FeedbackBook(home / "feedback.sqlite").add(Note(verdict="up"))
    KeyRing(home / "keys.json").add("agent", scopes=[Scope.READ])
    return home


def failing(home: Path) -> dict[str, str]:
    return {check.name: check.found for check in doctor.examine(Settings(home=home), load=load) if not check.ok}


def repair(home: Path) -> list[str]:
    return doctor.repair(Settings(home=home), log=lambda _: None, load=load)


def serving_folder(home: Path) -> Path:
    return home / "generations" / str(generation.current(home))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    """One bit other, the size the same."""
    held = bytearray(path.read_bytes())
    held[len(held) // 2] ^= 1
    path.write_bytes(bytes(held))


def test_a_sound_home_is_sound_and_everything_is_looked_at(home: Path) -> None:
    checks = doctor.examine(Settings(home=home), load=load)
    assert [check for check in checks if not check.ok] == []
    names = [check.name for check in checks]
    assert names == [
        "home", "space", "versions", "catalog", "field guide", "model", "offline", "library", "archive",
        "handed in", "your own files", "vector store", "index", "index files", "index counts", "index places",
        "index vectors", "index neighbours",
    ]  # fmt: skip


@pytest.mark.parametrize("harm", [cut, flip], ids=["cut", "flipped"])
@pytest.mark.parametrize("name", ["dense.faiss", "vectors.npy", "sentences.npy", "store.sqlite", "lexical/meta.json"])
def test_every_file_of_the_index_is_watched_and_mended(home: Path, name: str, harm: Callable[[Path], None]) -> None:
    before = generation.current(home)
    harm(serving_folder(home) / name)
    assert failing(home)
    repair(home)
    assert failing(home) == {}
    assert generation.current(home) == before


def test_vectors_that_are_not_their_texts_are_found_though_digests_were_made_to_fit(home: Path) -> None:
    folder = serving_folder(home)
    vectors = np.load(folder / "vectors.npy")
    np.save(folder / "vectors.npy", vectors[::-1])
    told = json.loads((folder / manifest.FILE).read_text())
    told["files"] = manifest.digests(folder)
    (folder / manifest.FILE).write_text(json.dumps(told))
    found = failing(home)
    assert set(found) == {"index vectors"}
    assert "encoded again" in found["index vectors"]


def test_passages_without_a_document_are_found(home: Path) -> None:
    folder = serving_folder(home)
    with closing(sqlite3.connect(folder / "store.sqlite")) as store, store:
        store.execute("UPDATE chunks SET document_id = 'nobody' WHERE row = 0")
    assert "nobody" in failing(home)["index places"]


def test_orphan_vectors_are_counted_and_removed(home: Path) -> None:
    settings = Settings(home=home)
    with closing(VectorStore(home / "cache", HashEmbedder())) as store:
        store.encode(["a text that no document holds", "another"])
    told = {check.name: check.found for check in doctor.examine(settings, load=load)}
    assert "2 vectors belong to no text" in told["vector store"]
    assert "removed 2 vectors that belong to no text" in repair(home)


@pytest.mark.parametrize("harm", [cut, lambda path: path.write_bytes(b"no database at all" * 100)])
def test_a_damaged_vector_store_is_named_and_made_again(home: Path, harm: Callable[[Path], None]) -> None:
    harm(path_of(home / "cache", HashEmbedder()))
    assert "vector store" in failing(home)
    repair(home)
    assert failing(home) == {}


@pytest.mark.parametrize("content", ["", "../../elsewhere", "0123456789abcdef"])
def test_a_CURRENT_that_names_nothing_leaves_the_newest_generation_serving(home: Path, content: str) -> None:  # noqa: N802
    before = generation.current(home)
    (home / "CURRENT").write_text(content)
    with Serving(home, HashEmbedder()).generation() as held:
        assert held.manifest.id == before
    assert "index" in failing(home)
    repair(home)
    assert failing(home) == {}


@pytest.mark.parametrize("name", ["dense.faiss", "store.sqlite", "manifest.json", "lexical/meta.json"])
def test_the_last_good_generation_serves_when_the_new_one_is_cut_off(home: Path, name: str) -> None:
    settings = Settings(home=home)
    good = generation.current(home)
    with Library(build.library_path(settings)) as library:
        library.put(document("A text that came later.", id="later"))
        made = building.build(library.documents(), root=home, embedder=HashEmbedder())
    cut(serving_folder(home) / name)
    serving = Serving(home, HashEmbedder())
    with serving.generation() as held:
        assert held.manifest.id == good
    with Library(build.library_path(settings)) as library:
        again = building.build(library.documents(), root=home, embedder=HashEmbedder())
    assert again.id == made.id
    with serving.generation() as held:
        assert held.manifest.id == made.id


def test_a_server_keeps_what_it_has_open_when_the_new_generation_is_cut_off(home: Path) -> None:
    settings = Settings(home=home)
    serving = Serving(home, HashEmbedder())
    with serving.generation() as held:
        good = held.manifest.id
    with Library(build.library_path(settings)) as library:
        library.put(document("A text that came later.", id="later"))
        building.build(library.documents(), root=home, embedder=HashEmbedder())
    cut(serving_folder(home) / "dense.faiss")
    shutil.rmtree(home / "generations" / good)
    with serving.generation() as held:
        assert isinstance(held, Generation)
        assert held.manifest.id == good


@pytest.mark.parametrize("name", ["library.sqlite", "keys.json", "feedback.sqlite"])
def test_damaged_truth_is_named_and_never_repaired_away(home: Path, name: str) -> None:
    for left in (f"{name}-wal", f"{name}-shm"):
        (home / left).unlink(missing_ok=True)
    cut(home / name)
    damaged = (home / name).read_bytes()
    assert set(failing(home)) & {"library", "your own files"}
    with suppress(IngestError, sqlite3.Error):
        repair(home)
    assert set(failing(home)) & {"library", "your own files"}
    if name != "library.sqlite":  # SQLite writes a page of its own before it sees the damage
        assert (home / name).read_bytes() == damaged


def test_a_library_that_is_gone_is_a_loss_and_not_an_empty_one(home: Path) -> None:
    build.library_path(Settings(home=home)).unlink()
    assert "is gone" in failing(home)["library"]


def test_a_page_whose_archive_is_gone_is_named(home: Path) -> None:
    page = PageState("https://a.example/", "https://a.example/", "0", datetime.now(UTC), Via.LIVE, archived="x.warc.gz")
    with Library(build.library_path(Settings(home=home))) as library:
        state = SourceState("a", Status.ALIVE)
        library.update(state, documents=[], keep=[], pages=[page])
    assert "1 of 1 archived pages are not whole in their files" in failing(home)["archive"]


def test_an_archive_that_was_cut_off_in_its_last_page_is_named(home: Path) -> None:
    body = b"<p>" + b"".join(b"Item %d is ranked. " % number for number in range(400))
    now = datetime(2026, 1, 2, tzinfo=UTC)
    url = "https://a.example/"
    with Archive(home / "archive") as archive:
        snapshot = Snapshot(url, url, 200, {"content-type": "text/html"}, body, now)
        page = PageState(url, url, f"{snapshot.digest}:1", now, Via.LIVE, archived=archive.write(snapshot))
    with Library(build.library_path(Settings(home=home))) as library:
        library.update(SourceState("a", Status.ALIVE), documents=[], keep=[], pages=[page])
    assert failing(home) == {}
    place = home / "archive" / page.archived
    whole = place.read_bytes()
    for kept in (len(whole) - 1, len(whole) - 200, len(whole) // 2, 40, 0):
        place.write_bytes(whole[:kept])
        damaged = kept < len(whole) - 10  # the gzip's own last bytes hold nothing of the page
        assert ("archive" in failing(home)) is damaged, kept
    assert "1 of 1 archived pages are not whole" in failing(home)["archive"]


def test_files_that_were_handed_in_and_are_not_whole_are_named(home: Path) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"# Notes\n\nA ranker orders candidates."

    upload = home / UPLOADS / asyncio.run(Uploads(home / UPLOADS).keep("notes.md", pieces()))
    shared = home / "shared" / f"{SharedAnswers(home / 'shared').add('an answer')}.json"
    assert failing(home) == {}
    for place in (upload, shared):
        whole = place.read_bytes()
        cut(place)
        assert place.name in failing(home)["handed in"]
        place.write_bytes(whole)


def test_what_an_ended_process_left_is_removed_and_what_a_living_one_makes_is_not(home: Path) -> None:
    for folder in ("uploads", "shared", "cache"):
        (home / folder).mkdir(exist_ok=True)
    names = ("uploads/.0f", "shared/ab.7.cd", "cache/.compiling-x", ".CURRENT-9", "keys.new")
    for name in names:
        (home / name).write_text("half")
    assert repair(home) == []
    for name in names:
        os.utime(home / name, (1, 1))
    assert len(repair(home)) == len(names)
    assert [name for name in names if (home / name).exists()] == []
