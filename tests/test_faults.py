"""What an unlucky operator meets: a full disk, a home that cannot be written, two of everything, a clock set back.

Each is met by a real process on a real file system. A process limited in the size of the files that it may write stands
for a full disk: SQLite, numpy and FAISS meet the failed write in their own code.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant.feedback import FeedbackBook, Note
from assistant.keys import KeyRing, Scope
from assistant.settings import Settings
from index import building, generation
from index.search import HybridSearcher
from index.serving import Serving
from index.vectors import is_sound
from ingest import pipeline
from ingest.library import Library, SourceState, is_fixed
from ingest.types import Source, SourceKind, Status
from tests.crash import ingest, pages
from tests.ingest.web import Web
from tests.parts import HashEmbedder, document
from ui import doctor
from ui.record import Seal

ROOT = Path(__file__).parent.parent

_PREPARE = """
import os, resource, signal, sys
from pathlib import Path
from assistant.feedback import FeedbackBook, Note
from assistant.keys import KeyRing, Scope
from assistant.feedback import FeedbackBook, Note
from assistant.keys import KeyRing, Scope
from assistant.settings import Settings
from index import building, generation
from index.search import HybridSearcher
from index.serving import Serving
from ingest.library import Library
from tests.parts import HashEmbedder, document
from ui import cli, moving
home = Path(sys.argv[1])
Settings(home=home)
with Serving(home, HashEmbedder()).generation() as held:
    HybridSearcher(held, HashEmbedder()).search("ranks")
"""
_FULL = """
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
"""
_UNWRITABLE = """
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
"""
_EVERYTHING = """
def grow():
    with Library(home / "library.sqlite") as library:
        library.put(document("A long text. " * 9000, id="long"))
def build():
    documents = [document(f"Text {n} of another corpus. " * 20, id=f"other-{n}") for n in range(40)]
    building.build(documents, root=home, embedder=HashEmbedder())
def note():
    for _ in range(200):
        FeedbackBook(home / "feedback.sqlite").add(Note(verdict="up", comment="x" * 900))
def key():
    for _ in range(200):
        KeyRing(home / "keys.json").add("k", scopes=[Scope.READ])
def out():
    moving.export(Settings(home=home), home / "out.ninestep")
cli._settings = lambda: None
for work in (grow, build, note, key, out):
    def run(_, work=work):
        work()
        return 0
    class Parsed:
        def parse_args(self, argv):
            return type("Arguments", (), {"run": staticmethod(run)})()
    cli._parser = Parsed
    code = cli.main([])
    print(work.__name__, code)
with Serving(home, HashEmbedder()).generation() as held:
    print("serves", held.manifest.id, len(HybridSearcher(held, HashEmbedder()).search("what ranks")))
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A small indexed home in a folder that any user may look into."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    home = folder / "home"
    with Library(home / "library.sqlite") as library:
        for number in range(4):
            library.put(document(f"# Stage {number}\n\nStage {number} ranks.", id=f"stage-{number}"))
        building.build(library.documents(), root=home, embedder=HashEmbedder())
    yield home
    shutil.rmtree(folder)


def met(home: Path, fault: str) -> dict[str, str]:
    """Everything that writes, tried under a fault; what each came to, and what the command line said."""
    shown = subprocess.run(
        [sys.executable, "-c", _PREPARE + fault + _EVERYTHING, str(home)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in shown.stderr, shown.stderr
    told = dict(line.split(" ", 1) for line in shown.stdout.splitlines())
    return told | {"said": shown.stderr}


def failing(home: Path) -> list[doctor.Check]:
    return [check for check in doctor.examine(Settings(home=home), load=lambda _: HashEmbedder()) if not check.ok]


@contextmanager
def mounted_read_only(home: Path) -> Iterator[Path | None]:
    """The same home on a disk that nobody may write to; None where this process may not mount one."""
    with tempfile.TemporaryDirectory() as folder:
        bound = subprocess.run(["mount", "--bind", home, folder], capture_output=True, check=False)
        if bound.returncode:
            yield None
            return
        try:
            subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
            yield Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


def test_a_home_on_a_disk_that_is_mounted_read_only_is_read(home: Path) -> None:
    with Library(home / "library.sqlite") as library:
        documents = list(library.every_document())
    assert not is_fixed(home / "library.sqlite")
    with mounted_read_only(home) as fixed:
        if fixed is None:
            return
        with Library(fixed / "library.sqlite") as library:
            assert list(library.every_document()) == documents
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                library.put(replace(documents[0], title="Another"))
        assert {check.name: check.found for check in failing(fixed)}.keys() == {"home"}
        with Serving(fixed, HashEmbedder()).generation() as held:
            assert HybridSearcher(held, HashEmbedder()).search("what ranks")


def test_a_home_may_be_called_anything(home: Path) -> None:
    named = home.rename(home.with_name("my home #1, 50%25 of it?"))
    with Serving(named, HashEmbedder()).generation() as held:
        assert HybridSearcher(held, HashEmbedder()).search("what ranks")
    assert all(is_sound(path) for path in named.rglob("vectors-*.sqlite"))


@pytest.mark.parametrize("fault", ["full", "unwritable"])
def test_a_home_that_cannot_be_written_is_a_sentence_each_and_the_last_good_generation_serves(
    home: Path, fault: str
) -> None:
    good = generation.current(home)
    before = Library(home / "library.sqlite")
    documents = list(before.every_document())
    before.close()
    if fault == "unwritable":
        for path in [home, *home.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
    told = met(home, _FULL if fault == "full" else _UNWRITABLE)
    for path in [home, *home.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    said = told.pop("said")
    assert told.pop("serves").split() == [good, "4"]
    assert set(told.values()) == {"1"}, said
    assert all(line.startswith("ninestep: ") for line in said.splitlines()), said
    assert failing(home) == []
    with Library(home / "library.sqlite") as library:
        assert list(library.every_document()) == documents
        library.put(document("There is room again.", id="again"))
        assert building.build(library.documents(), root=home, embedder=HashEmbedder()).documents == 5


def test_two_ingests_at_once_both_complete(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Web(pages(1)) as web:
        proxy = f"http://127.0.0.1:{web.port}"
        environment = os.environ | {"HTTP_PROXY": proxy, "http_proxy": proxy, "NO_PROXY": "", "no_proxy": ""}
        line = [sys.executable, "-m", "tests.crash", "--work", ingest.__name__, "--home", str(home), "--turns", "12"]
        both = [
            subprocess.Popen(line, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        said = [child.communicate() for child in both]
    assert [child.returncode for child in both] == [0, 0], said
    with Library(home / "library.sqlite") as library:
        assert sum(library.counts().values()) == len(pages(1))
        assert library.damage() == ""


def test_two_servers_on_one_home_serve_the_same_and_sign_alike(home: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        signatures = set(pool.map(lambda _: Seal(home / "page.key").sign("a record"), range(32)))
    assert len(signatures) == 1
    first, second = (Serving(home, HashEmbedder()) for _ in range(2))
    with Library(home / "library.sqlite") as library:
        library.put(document("A later text ranks.", id="later"))
        with first.generation() as held:
            old = held.manifest.id
        made = building.build(library.documents(), root=home, embedder=HashEmbedder())
    for serving in (first, second):
        with serving.generation() as held:
            assert held.manifest.id == made.id != old
            assert HybridSearcher(held, HashEmbedder()).search("ranks")


def test_a_signing_key_that_was_cut_off_is_drawn_again(tmp_path: Path) -> None:
    path = tmp_path / "page.key"
    old = Seal(path).sign("a record")
    for left in (b"", b"short"):
        path.write_bytes(left)
        assert not Seal(path).fits("a record", old)
        assert len(path.read_bytes()) == 32


def test_a_clock_set_back_hides_nothing(home: Path) -> None:
    """Files, states and generations of a time that is yet to come: all of it is served, and tried again when due."""
    later = time.time() + 400 * 86400
    for path in home.rglob("*"):
        os.utime(path, (later, later))
    moment = datetime.now(UTC) + timedelta(days=400)
    source = Source("a", "A", "https://a.example/", SourceKind.BLOG)
    with Library(home / "library.sqlite") as library:
        state = SourceState("a", Status.NEVER_REACHED, attempts=1, next_try=moment)
        library.update(state, documents=[], keep=[], pages=[])
        library.put(document("A text of today ranks.", id="today"))
        made = building.build(library.documents(), root=home, embedder=HashEmbedder())
        assert pipeline.due([source], library=library) == []
        assert pipeline.due([source], library=library, now=moment) == [source]
    with Serving(home, HashEmbedder()).generation() as held:
        assert held.manifest.id == made.id
    assert failing(home) == []


_READ_ALL = """
import sys
from pathlib import Path
from assistant.errors import AnswerError
from assistant.feedback import FeedbackBook
from assistant.keys import KeyRing
from index import generation
from index.errors import SearchError
from index.search import HybridSearcher
from index.serving import Serving
from ingest.errors import IngestError
from ingest.library import Library
from tests.parts import HashEmbedder
from ui.record import Seal
home = Path(sys.argv[1])
def search():
    with Serving(home, HashEmbedder()).generation() as held:
        return held.manifest.id, len(HybridSearcher(held, HashEmbedder()).search("what ranks"))
def read():
    with Library(home / "library.sqlite") as library:
        return len(list(library.every_document()))
READERS = (search, read, lambda: len(list(FeedbackBook(home / "feedback.sqlite").notes())),
           lambda: len(KeyRing(home / "keys.json").all()), lambda: len(Seal(home / "page.key").sign("x")))
for path in sorted(one for one in home.rglob("*") if one.is_file() and one.suffix not in {".lock", ".sqlite-shm"}):
    held, about = path.read_bytes(), path.stat()
    for size in sorted({0, len(held) // 3, len(held) - 1} - {-1}):
        path.write_bytes(held[:size])
        for reader in READERS:
            try:
                found = reader()
            except (SearchError, IngestError, AnswerError) as error:
                found = f"{type(error).__name__}: {error}"
            print(path.relative_to(home), size, reader.__name__, found, sep="\\t", flush=True)
        beside = path.with_name("." + path.name)
        beside.write_bytes(held)
        beside.replace(path)
"""


def test_a_file_that_was_cut_off_anywhere_is_a_sentence_and_the_last_good_generation_serves(home: Path) -> None:
    """In a process of its own: a mapped file that is shorter than its index says would kill it."""
    first = generation.current(home)
    with Library(home / "library.sqlite") as library:
        library.put(document("A later text ranks.", id="later"))
        second = building.build(library.documents(), root=home, embedder=HashEmbedder()).id
    FeedbackBook(home / "feedback.sqlite").add(Note(verdict="up"))
    KeyRing(home / "keys.json").add("k", scopes=[Scope.READ])
    Seal(home / "page.key").sign("x")
    shown = subprocess.run(
        [sys.executable, "-c", _READ_ALL, str(home)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert shown.returncode == 0, shown.stderr[-2000:]
    told = [line.split("\t") for line in shown.stdout.splitlines()]
    cut = {name for name, *_ in told}
    assert len(cut) > 20
    for name, size, reader, found in told:
        if reader != "search":
            continue
        inside = name.split("/")[1] if name.startswith("generations/") else ""
        hidden = name.rpartition("/")[2].startswith(".")  # tantivy's own notes: it does without them
        wanted = {first, second} if hidden else {first if inside == second else second}
        assert found.startswith(tuple(f"('{one}', " for one in wanted)), (name, size, found)
