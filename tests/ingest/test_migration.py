"""A library that any released version wrote opens with everything that it held; a newer one is refused and left alone.

`released/schema_N.sql` is a small library as schema N stored it. When the schema changes, the file of the one before is
written here and never touched again.
"""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index import building
from ingest import library
from ingest.errors import LibraryError
from ingest.library import Library
from ingest.types import Anticipated, BlockKind, Reason, SourceKind, Status, Via
from tests.parts import HashEmbedder, document

RELEASED = sorted((Path(__file__).parent / "released").glob("schema_*.sql"))


def stored(script: Path, path: Path) -> Path:
    with closing(sqlite3.connect(path)) as file:
        file.executescript(script.read_text(encoding="utf-8"))
    return path


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as file:
        return int(file.execute("PRAGMA user_version").fetchone()[0])


def test_every_schema_up_to_this_one_is_kept_as_a_stored_library() -> None:
    assert [path.stem for path in RELEASED] == [f"schema_{n}" for n in range(1, library.SCHEMA_VERSION + 1)]


@pytest.mark.parametrize("script", RELEASED, ids=lambda path: path.stem)
def test_a_released_library_opens_with_all_that_it_held(script: Path, tmp_path: Path) -> None:
    path = stored(script, tmp_path / "library.sqlite")
    with Library(path) as held:
        ranking, recall = held.every_document()
        assert (ranking.id, ranking.title, ranking.authors, ranking.steps) == (
            "ranking",
            "Ranking",
            ("A. Writer",),
            (4,),
        )
        assert (ranking.kind, ranking.via, ranking.published) == (SourceKind.BLOG, Via.LIVE, "2019-06")
        assert [block.kind for block in ranking.blocks] == [BlockKind.HEADING, BlockKind.PARAGRAPH]
        assert ranking.text == "Ranking\nA ranker orders candidates."
        assert recall.via is Via.WAYBACK
        assert [(id, digest) for id, digest, _ in held.noted()] == [
            (doc.id, doc.text_digest) for doc in (ranking, recall)
        ]
        alive, gone = held.states()
        assert (alive.status, alive.documents) == (Status.ALIVE, 1)
        assert alive.fetched_at == datetime(2026, 11, 23, 23, 14, 19, tzinfo=UTC)
        assert (gone.status, gone.reason, gone.attempts) == (Status.ARCHIVED, Reason.UNREACHABLE, 3)
        assert held.damage() == ""
        assert held.put(document("New.", id="new"))
        building.build(held.documents(), root=tmp_path, embedder=HashEmbedder())
    assert version(path) == library.SCHEMA_VERSION


@pytest.mark.parametrize("script", RELEASED, ids=lambda path: path.stem)
def test_what_was_not_changed_is_not_counted_as_changed_after_the_move(script: Path, tmp_path: Path) -> None:
    with Library(stored(script, tmp_path / "library.sqlite")) as held:
        assert [held.put(document) for document in held.every_document()] == [False, False]


def test_what_schema_3_knew_beside_is_still_known(tmp_path: Path) -> None:
    with Library(stored(RELEASED[2], tmp_path / "library.sqlite")) as held:
        ranking = held.document("ranking")
        assert ranking is not None
        assert ranking.asked == (Anticipated(8, 35, "what puts candidates in order"),)
        assert ranking.text[8:35] == "A ranker orders candidates."


def test_what_schema_2_knew_beside_is_still_known(tmp_path: Path) -> None:
    with Library(stored(RELEASED[1], tmp_path / "library.sqlite")) as held:
        assert held.pages("ranking")["https://example.org/ranking"].etag == '"1"'
        assert [source.id for source in held.own_sources()] == ["mine"]
        assert held.copies() == {"recall": "ranking"}
        assert [document.id for document in held.documents()] == ["ranking"]


def test_a_move_that_fails_half_way_leaves_the_old_library(tmp_path: Path) -> None:
    path = stored(RELEASED[0], tmp_path / "library.sqlite")
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE sources SET record = 'no JSON' WHERE id = 'recall'")
    with pytest.raises(LibraryError, match="cannot be brought"):
        Library(path)
    assert version(path) == 1
    with closing(sqlite3.connect(path)) as file:
        assert "canonical" not in file.execute("SELECT record FROM documents").fetchone()[0]


def test_a_library_of_a_later_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    Library(path).close()
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(LibraryError, match=r"schema 99, this version of ninestep knows \d+; update ninestep"):
        Library(path)
    assert path.read_bytes() == before
