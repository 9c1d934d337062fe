"""Ray: two workers, one of them killed midway, and the result of a single process."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from index import cluster
from index.cluster import Cluster, ClusterEmbedder, Worker
from index.errors import EngineError
from index.types import Vectors
from index.vectors import VectorStore
from ingest import pipeline
from ingest.archive import Archive
from ingest.library import Library
from ingest.types import Snapshot, Source, SourceKind, Via
from tests.parts import HashEmbedder, document

ROOT = Path(__file__).parent.parent.parent
SOURCES = [Source(f"page-{n}", "Larkfield", f"https://larkfield.example/{n}", SourceKind.BLOG) for n in range(24)]


class SlowEmbedder(HashEmbedder):
    """Leaves its process's number in a folder and takes its time, so that there is a midway."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def encode(self, texts: Sequence[str]) -> Vectors:
        (self.folder / str(os.getpid())).touch()
        time.sleep(0.2)
        return super().encode(texts)


class Load:
    """Makes the embedder in a worker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self) -> SlowEmbedder:
        return SlowEmbedder(self.folder)


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A WARC file with a page for each source."""
    folder = tmp_path_factory.mktemp("crawl")
    with Archive(folder) as kept:
        for number, source in enumerate(SOURCES):
            prose = " ".join(
                f"Ranker number {number} reads {part + 40} features and answers within {number + 3} milliseconds."
                for part in range(12)
            )
            title = f"Larkfield {number}"
            body = f"<html><title>{title}</title><body><article><h1>{title}</h1><p>{prose}</p></article></body></html>"
            kept.write(snapshot(source.url, body.encode()))
    return sorted(folder.glob("*.warc.gz"))


def snapshot(url: str, body: bytes) -> Snapshot:
    return Snapshot(
        url=url,
        final_url=url,
        status=200,
        headers={"content-type": "text/html; charset=utf-8"},
        body=body,
        fetched_at=document("x").fetched_at,
        via=Via.LIVE,
    )


def vectors_of(home: Path) -> dict[bytes, bytes]:
    (path,) = home.glob("vectors-*.sqlite")
    with closing(sqlite3.connect(path)) as connection:
        return dict(connection.execute("SELECT key, vector FROM vectors").fetchall())


def alone(home: Path, crawl: list[Path]) -> None:
    with Library(home / "library.sqlite") as library, closing(VectorStore(home, HashEmbedder())) as store:
        asyncio.run(pipeline.ingest_archived(SOURCES, crawl, library=library, report=lambda _: None))
        cluster.embed(library.documents(), store=store)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Ray leaves sockets and processes to the garbage collector
def test_a_worker_killed_midway_changes_nothing(
    tmp_path: Path, crawl: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (single := tmp_path / "single").mkdir()
    (spread := tmp_path / "spread").mkdir()
    (seen := tmp_path / "seen").mkdir()
    alone(single, crawl)
    killed: list[int] = []

    def kill() -> None:
        """The worker that was seen last."""
        last = max(seen.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        killed.append(int(last.name))
        os.kill(killed[-1], signal.SIGKILL)

    def kill_once(_: object) -> None:
        if not killed:
            kill()

    with (
        Cluster("local", load=Load(seen), files=crawl, workers=2) as workers,
        Library(spread / "library.sqlite") as library,
        closing(VectorStore(spread, ClusterEmbedder(HashEmbedder(), workers))) as store,
    ):
        workers.encode(["warm"] * 64)
        done = asyncio.run(
            pipeline.ingest_archived(SOURCES, crawl, library=library, report=kill_once, visit=workers.visit)
        )
        assert len(killed) == 1
        assert (len(done.changed), done.failed) == (len(SOURCES), ())
        timer = threading.Timer(0.3, kill)
        timer.start()
        embedded = cluster.embed(library.documents(), store=store)
        timer.join()
        assert embedded > 10 * len(SOURCES)
        assert len(set(killed)) == 2
        assert len(list(seen.iterdir())) > 2  # another process took over
        again = asyncio.run(
            pipeline.ingest_archived(SOURCES, crawl, library=library, report=lambda _: None, visit=workers.visit)
        )
        assert again.changed == ()
        assert cluster.embed(library.documents(), store=store) == embedded  # none are new
        with Library(single / "library.sqlite") as expected:
            assert list(library.documents()) == list(expected.documents())
    assert vectors_of(spread) == vectors_of(single)


def test_a_worker_reads_and_embeds_as_one_process_does(tmp_path: Path, crawl: list[Path]) -> None:
    worker = Worker(HashEmbedder, crawl, Via.WARC)
    found = worker.visit(SOURCES[3], None, {})
    assert len(found.documents) == 1
    with Library(tmp_path / "library.sqlite") as library:
        asyncio.run(pipeline.ingest_archived(SOURCES[3:4], crawl, library=library, report=lambda _: None))
        assert list(found.documents) == list(library.documents())
    assert (worker.encode(["a text"]) == HashEmbedder().encode(["a text"])).all()


def test_without_ray_the_sentence_says_what_to_install() -> None:
    script = (
        "import sys; sys.modules['ray'] = None\n"
        "from index.cluster import Cluster\n"
        "from tests.parts import HashEmbedder\n"
        "Cluster('auto', load=HashEmbedder)"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)
    assert EngineError.__name__ in shown.stderr
    assert "pip install 'ninestep[ray]'" in shown.stderr
