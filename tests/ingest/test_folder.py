"""A folder of the user's own, followed by content."""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

import docx
import pytest

from ingest import folder, pipeline
from ingest.errors import CatalogError
from ingest.fetch import Fetcher
from ingest.library import Library
from ingest.pipeline import Summary
from ingest.types import Reason, Source, Status

FILES = {
    "design/feed.md": "# The feed\n\nTwo towers find four hundred candidates, a ranker orders them.\n",
    "design/ads.html": "<html><body><h1>Ads</h1><p>"
    + "An auction orders what a model scored. " * 8
    + "</p></body></html>",
    "notes.txt": "Latency\n=======\n\nForty milliseconds at the median.\n",
    "trees.ipynb": '{"nbformat": 4, "cells": [{"cell_type": "markdown", "source": "# Trees\\n\\nThey split."}]}',
    "talk.vtt": "WEBVTT\n\n00:01.000 --> 00:03.000\nHello, ranking.\n",
}


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    root = tmp_path / "docs"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    made = docx.Document()
    made.add_heading("Serving", 0)
    made.add_paragraph("Models are served from two regions.")
    made.save(root / "serving.docx")
    (root / ".git").mkdir()
    (root / ".git" / "x.md").write_text("hidden", encoding="utf-8")
    (root / "model.bin").write_bytes(b"\0" * 100)
    return root


def ingest(home: Path, sources: Sequence[Source]) -> Summary:
    async def go() -> Summary:
        with Library(home / "library.sqlite") as library:
            async with Fetcher() as fetcher:
                return await pipeline.ingest(
                    sources, library=library, archive=None, fetcher=fetcher, report=lambda _: None
                )

    return asyncio.run(go())


def texts(home: Path) -> dict[str, str]:
    with Library(home / "library.sqlite") as library:
        return {document.url.rpartition("/docs/")[2]: document.text for document in library.every_document()}


def test_every_document_of_a_folder_is_read_in_its_format(tmp_path: Path, docs: Path) -> None:
    summary = ingest(tmp_path, [folder.source_of(docs)])
    assert summary.documents == 6
    found = texts(tmp_path)
    assert set(found) == {*FILES, "serving.docx"}
    assert found["design/feed.md"].startswith("The feed\n\nTwo towers")
    assert found["notes.txt"].startswith("Latency")
    assert found["talk.vtt"] == "Hello, ranking."
    assert found["serving.docx"] == "Serving\n\nModels are served from two regions."


def test_what_did_not_change_is_left_alone_even_if_it_was_touched(tmp_path: Path, docs: Path) -> None:
    source = folder.source_of(docs)
    ingest(tmp_path, [source])
    for path in docs.rglob("*.md"):
        path.touch()
    shutil.copytree(docs, tmp_path / "copy")
    with Library(tmp_path / "library.sqlite") as library:
        before = library.corpus_digest()
    assert ingest(tmp_path, [source]).changed == ()
    with Library(tmp_path / "library.sqlite") as library:
        assert library.corpus_digest() == before


def test_a_changed_file_changes_alone_and_a_removed_one_disappears(tmp_path: Path, docs: Path) -> None:
    source = folder.source_of(docs)
    ingest(tmp_path, [source])
    before = texts(tmp_path)
    (docs / "design/feed.md").write_text("# The feed\n\nNow with three towers.\n", encoding="utf-8")
    (docs / "notes.txt").unlink()
    (docs / "new.md").write_text("# New\n\nA text.\n", encoding="utf-8")
    assert ingest(tmp_path, [source]).changed == (source.id,)
    after = texts(tmp_path)
    assert set(before) - set(after) == {"notes.txt"}
    assert {name for name in after if after[name] != before.get(name)} == {"design/feed.md", "new.md"}


def test_a_folder_that_is_not_there_at_the_moment_loses_nothing(tmp_path: Path, docs: Path) -> None:
    source = folder.source_of(docs)
    ingest(tmp_path, [source])
    docs.rename(tmp_path / "elsewhere")
    summary = ingest(tmp_path, [source])
    assert [state.reason for state in summary.failed] == [Reason.UNREACHABLE]
    assert len(texts(tmp_path)) == 6


def test_files_that_cannot_be_read_are_told_and_stop_nothing(tmp_path: Path, docs: Path) -> None:
    (docs / "broken.docx").write_bytes(b"PK\x03\x04 nothing")
    (docs / "empty.md").write_text("  \n", encoding="utf-8")
    source = folder.source_of(docs)
    assert ingest(tmp_path, [source]).documents == 6
    with Library(tmp_path / "library.sqlite") as library:
        state = library.state(source.id)
    assert state is not None
    assert state.status is Status.ALIVE
    assert state.message.startswith("2 could not be read")


def test_a_single_file_is_a_source_too_and_keeps_its_id(tmp_path: Path, docs: Path) -> None:
    source = folder.source_of(docs / "notes.txt")
    assert source.id == folder.source_of(docs / "design" / ".." / "notes.txt").id
    assert ingest(tmp_path, [source]).documents == 1
    with pytest.raises(CatalogError, match="there is no file or folder"):
        folder.source_of(docs / "nowhere")
