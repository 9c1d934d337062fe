"""Checks of the installation, the library and the index: what is there, does it fit together, would it work offline.

`examine` changes nothing. `repair` makes what is derived again, and nothing else: what is fetched, written or judged by
people is never touched, and where that is damaged it says so.
"""

import hashlib
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from assistant import build
from assistant.api.jobs import UPLOADS
from assistant.errors import AnswerError
from assistant.feedback import FeedbackBook
from assistant.settings import Settings
from eval import golden, own
from eval.errors import EvalError
from index import audit, building, embed, generation, manifest, vectors
from index.building import BuildProgress
from index.engine import Generation
from index.errors import SearchError
from index.types import Embedder
from index.vectors import VectorStore
from ingest import archive, catalog, guide, library
from ingest.errors import ArchiveError, IngestError, LibraryError
from ingest.library import Library

_NEEDED = 200 * 2**20  # bytes: a model's compiled copy and a small index
_SHOWN = ("faiss-cpu", "tantivy", "openvino", "numpy")
_LEFTOVERS = (
    ".CURRENT-*", ".importing-*", "keys.new", "golden.new", "page.key.*", "generations/.building-*",
    "cache/.compiling-*", f"{UPLOADS}/.*", "shared/*.*.*",
)  # fmt: skip

_LEFT = 600  # seconds; an upload may take two minutes, and every other half-made file is written at once


@dataclass(frozen=True, slots=True)
class Check:
    """One check: whether it passed, and what was found, in a few words."""

    name: str
    ok: bool
    found: str


Load = Callable[[Settings], Embedder]


def examine(settings: Settings, *, load: Load = build.embedder) -> list[Check]:
    """Run every check; none of them changes anything.

    Args:
        settings: Say which home.
        load: Gives the embedder; what it raises is a finding, too.
    """
    return [*(_check(name, look) for name, look in _looks(settings, load)), *_generation(settings, load)]


def _looks(settings: Settings, load: Load) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "home", lambda: _home(settings)
    yield "space", lambda: _space(settings)
    yield "versions", _versions
    yield "catalog", lambda: f"{len(catalog.load())} sources"
    yield "field guide", lambda: f"{_chapters()} chapters"
    yield "model", lambda: _model(settings, load)
    yield "offline", lambda: _offline(settings, load)
    yield "library", lambda: _library(settings)
    yield "archive", lambda: _archive(settings)
    yield "handed in", lambda: _handed_in(settings)
    yield "your own files", lambda: _own_files(settings)
    yield "vector store", lambda: _store(settings, load)
    yield "index", lambda: _index(settings, load)


def _check(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, ok=True, found=look())
    except (IngestError, SearchError, AnswerError, EvalError, OSError, sqlite3.Error) as error:
        return Check(name, ok=False, found=str(error))


@cache
def _chapters() -> int:
    """The bundled chapters, read once a process: they do not change under it."""
    return len(guide.documents())


def _home(settings: Settings) -> str:
    settings.home.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryFile(dir=settings.home):
            return f"{settings.home} is writable"
    except OSError as error:
        raise OSError(
            f"{settings.home} cannot be written ({error.strerror}); what is indexed serves, and nothing new can be kept"
        ) from error


def _space(settings: Settings) -> str:
    """A new generation is built beside the old one, so there must be room for another of its size."""
    name = generation.current(settings.home)
    folder = settings.home / "generations" / (name or "")
    wanted = _NEEDED + (sum(manifest.sizes(folder).values()) if name and folder.is_dir() else 0)
    free = shutil.disk_usage(settings.home).free
    if free < wanted:
        raise OSError(f"{_mega(free)} are free, building an index wants {_mega(wanted)}; make room")
    return f"{_mega(free)} are free, building an index wants {_mega(wanted)}"


def _mega(size: int) -> str:
    return f"{size / 2**20:,.0f} MB"


def _versions() -> str:
    wanted = [Requirement(text) for text in metadata.requires("ninestep") or ()]
    plain = [one for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    wrong = [f"{one.name} {metadata.version(one.name)}" for one in plain if not _fits(one)]
    if wrong:
        raise OSError(f"{', '.join(wrong)} not as ninestep wants them; install again with constraints.txt")
    held = ", ".join(f"{name} {metadata.version(name)}" for name in _SHOWN)
    return (
        f"ninestep {metadata.version('ninestep')}, library schema {library.SCHEMA_VERSION}, index schema "
        f"{manifest.SCHEMA_VERSION}, Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}, {held}"
    )


def _fits(wanted: Requirement) -> bool:
    return wanted.specifier.contains(metadata.version(wanted.name), prereleases=True)


def _model(settings: Settings, load: Load) -> str:
    embedder = load(settings)
    return f"{embedder.name}, {embedder.dimension} dimensions, weights {embedder.digest[:12]}"


def _offline(settings: Settings, load: Load) -> str:
    """Everything that a question needs is on this machine; to know it, one is encoded."""
    if settings.model == embed.DEFAULT_MODEL and not (settings.home / "cache").is_dir():
        return "weights are here, `ninestep index` compiles them; nothing needs the network"
    load(settings).encode_query(["ready"])
    outside = f", but answers are worded by {settings.llm_url}" if settings.llm_url else ""
    return f"weights and a working copy of the model are here{outside}"


def _library(settings: Settings) -> str:
    path = build.library_path(settings)
    if not path.exists():
        held = build.engine(settings)(settings.home).current()
        if held:
            raise LibraryError(f"the library is gone, the index {held} is not; restore it with `ninestep import FILE`")
        return "empty; `ninestep index` fills it with the field guide"
    with Library(path) as kept:
        damage = kept.damage()
        if damage:
            raise LibraryError(f"the library is damaged ({damage[:200]}); restore it with `ninestep import FILE`")
        known = set()
        for id, digest, _ in kept.noted():
            document = kept.document(id)
            if document is None or document.text_digest != digest:
                raise LibraryError(f"document {id!r} has not the digest that is noted; fetch its source again")
            known.add(id)
        lost = [id for pair in kept.copies().items() for id in pair if id not in known]
        if lost:
            raise LibraryError(f"{lost[0]!r} is noted as a copy or its original and is no document")
        return f"{len(known)} documents of {len(kept.counts())} sources, every digest right"


def _archive(settings: Settings) -> str:
    """What the library says is archived can be read there, to its last byte."""
    if not build.library_path(settings).exists():
        return "empty"
    with Library(build.library_path(settings)) as kept:
        pages = [page for state in kept.states() for page in kept.pages(state.id).values() if page.archived]
    held = {name: _bodies(settings.home / "archive" / name) for name in {page.archived for page in pages}}
    lost = [page for page in pages if (page.url, page.body_digest.partition(":")[0]) not in held[page.archived]]
    if lost:
        raise ArchiveError(
            f"{len(lost)} of {len(pages)} archived pages are not whole in their files, such as {lost[0].url} in "
            f"{lost[0].archived}; `ninestep ingest SOURCE` fetches again, its documents are safe"
        )
    return f"{len(pages)} pages in {len(held)} files, every digest right"


def _bodies(path: Path) -> set[tuple[str, str]]:
    """Address and SHA-256 of everything that a WARC file holds."""
    try:
        return {(snapshot.url, snapshot.digest) for snapshot in archive.read(path)}
    except ArchiveError:
        return set()


def _handed_in(settings: Settings) -> str:
    """Uploaded files and shared answers are named by what they hold."""
    uploads = [path for path in (settings.home / UPLOADS).glob("*/*") if path.is_file()]
    shared = list((settings.home / "shared").glob("*.json"))
    named = [(path, path.parent.name) for path in uploads] + [(path, path.stem) for path in shared]
    wrong = [path.name for path, name in named if not hashlib.sha256(path.read_bytes()).hexdigest().startswith(name)]
    if wrong:
        raise LibraryError(
            f"{len(wrong)} of {len(named)} are not what was handed in, such as {wrong[0]}; hand it in again"
        )
    return f"{len(uploads)} files, {len(shared)} shared answers"


def _own_files(settings: Settings) -> str:
    """Keys, feedback and questions can be read."""
    notes = sum(1 for _ in FeedbackBook(settings.home / "feedback.sqlite").notes())
    keys = len(build.keys(settings).all())
    asked = settings.home / own.FILE
    questions = len(golden.load(asked)) if asked.exists() else 0
    return f"{keys} API keys, {notes} notes of readers, {questions} questions of your own"


def _store(settings: Settings, load: Load) -> str:
    """Vectors that are kept by content; those that no kept text has are orphans, and cost only space."""
    path = vectors.path_of(settings.home / "cache", load(settings))
    if library.is_fixed(path) and vectors.is_sound(path):
        return "sound; nothing can be kept there, its disk is mounted read-only"
    with _open_store(settings, load) as (store, texts):
        if store is None:
            return "none yet"
        if settings.index:
            return "sound"
        return f"sound; {len(store.unused(texts))} vectors belong to no text of the index (--repair removes them)"


@contextmanager
def _open_store(settings: Settings, load: Load) -> Iterator[tuple[VectorStore | None, list[str]]]:
    embedder = load(settings)
    path = vectors.path_of(settings.home / "cache", embedder)
    if not path.exists():
        yield None, []
        return
    if not vectors.is_sound(path):
        raise SearchError(f"{path.name} is damaged; `ninestep doctor --repair` makes it again")
    with closing(VectorStore(settings.home / "cache", embedder)) as store:
        yield store, [] if settings.index else _texts(settings)


def _texts(settings: Settings) -> list[str]:
    """All texts of the kept generations that have vectors."""
    found: list[str] = []
    current = generation.current(settings.home)
    for name in [*([current] if current else []), *generation.others(settings.home)]:
        with closing(generation.open_one(settings.home, name)) as held:
            found += held.embedded_texts()
    return found


def _index(settings: Settings, load: Load) -> str:
    """The serving generation can be opened, and is that of the library."""
    with _serving(settings, load) as held:
        told = held.manifest
        line = f"generation {told.id}, {told.documents} documents, {told.chunks} passages, recall@10 {told.recall}"
        if not build.library_path(settings).exists():
            return line
        with Library(build.library_path(settings)) as kept:
            documents = sorted(kept.documents(), key=lambda document: document.id)
        if told.documents and not documents:
            raise LibraryError(
                f"the index holds {told.documents} documents, the library none; restore it from an export"
            )
        if building.corpus_digest(documents) == told.corpus_digest:
            return f"{line}, the library's own"
        return f"{line}; the library has changed since ({len(documents)} documents), `ninestep index` takes it in"


@contextmanager
def _serving(settings: Settings, load: Load) -> Iterator[Generation]:
    engine = build.engine(settings)(settings.home)
    with closing(engine.open_current(embedder_digest=load(settings).digest)) as held:
        yield held


def _generation(settings: Settings, load: Load) -> list[Check]:
    """The checks of the serving generation; none where it cannot be opened, which the check before has said."""
    if settings.index:  # Milvus looks after its own files
        return []
    try:
        with closing(generation.open_current(settings.home, embedder_digest=load(settings).digest)) as held:
            folder = settings.home / "generations" / held.manifest.id
            return [_check(name, look) for name, look in audit.looks(held, folder, load(settings))]
    except SearchError:
        return []


def repair(settings: Settings, *, log: Callable[[str], None], load: Load = build.embedder) -> list[str]:
    """Make what is derived again, where it is damaged, missing or behind; returns what was done, a line each.

    Raises:
        IngestError: If the library itself cannot be read: that is for an export to restore.
        SearchError: If the index cannot be built.
    """
    embedder = load(settings)
    done = [f"removed {path.name}, left by a process that was ended" for path in _leftovers(settings.home)]
    for path in _leftovers(settings.home):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    path = vectors.path_of(settings.home / "cache", embedder)
    if path.exists() and not vectors.is_sound(path):
        vectors.remove(path)
        done.append(f"removed {path.name}, which was damaged")
    done += _build_again(settings, embedder, log)
    for name in generation.others(settings.home):
        folder = settings.home / "generations" / name
        if not manifest.is_whole(folder):
            shutil.rmtree(folder)
            done.append(f"removed the old generation {name}, which was damaged")
    return [*done, *_without_orphans(settings, load)]


def _build_again(settings: Settings, embedder: Embedder, log: Callable[[str], None]) -> list[str]:
    """Build the index from the library as it is; an empty library is left to `ninestep index`."""
    if not build.library_path(settings).exists():
        return []
    before = _state(settings)
    with Library(build.library_path(settings)) as kept:
        documents = list(kept.documents())
    if not documents:
        return []

    def report(progress: BuildProgress) -> None:
        log(f"embedding {progress.stage}: {progress.done} of {progress.total}")

    made = build.engine(settings)(settings.home).build(documents, embedder=embedder, report=report)
    return [] if before == (made.id, True) else [f"built the index again, generation {made.id}"]


def _leftovers(home: Path) -> list[Path]:
    """What nobody has touched for so long that whoever made it is no more."""
    found = [path for pattern in _LEFTOVERS for path in sorted(home.glob(pattern))]
    return [path for path in found if abs(time.time() - path.stat().st_mtime) > _LEFT]


def _state(settings: Settings) -> tuple[str | None, bool]:
    name = build.engine(settings)(settings.home).current()
    if settings.index:
        return name, name is not None
    return name, name is not None and manifest.is_whole(settings.home / "generations" / name)


def _without_orphans(settings: Settings, load: Load) -> list[str]:
    if settings.index:
        return []
    with _open_store(settings, load) as (store, texts):
        unused = store.unused(texts) if store else []
        if store and unused:
            store.forget(unused)
    return [f"removed {len(unused)} vectors that belong to no text"] if unused else []
