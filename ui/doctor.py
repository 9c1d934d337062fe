"""Checks of the installation, the library and the index: what is there, and does it fit together."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assistant import build
from assistant.settings import Settings
from index.errors import SearchError
from ingest import catalog, guide
from ingest.errors import IngestError
from ingest.library import Library


@dataclass(frozen=True, slots=True)
class Check:
    """One check: whether it passed, and what was found, in a few words."""

    name: str
    ok: bool
    found: str


def examine(settings: Settings) -> list[Check]:
    """Run every check; none of them changes anything."""
    return [_check(name, look) for name, look in _looks(settings)]


def _looks(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "home", lambda: _home(settings)
    yield "catalog", lambda: f"{len(catalog.load())} sources"
    yield "field guide", lambda: f"{len(guide.documents())} chapters"
    yield "model", lambda: _model(settings)
    yield "library", lambda: _library(settings)
    yield "index", lambda: _index(settings)


def _check(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, ok=True, found=look())
    except (IngestError, SearchError, OSError) as error:
        return Check(name, ok=False, found=str(error))


def _home(settings: Settings) -> str:
    settings.home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=settings.home):
        return f"{settings.home} is writable"


def _model(settings: Settings) -> str:
    embedder = build.embedder(settings)
    return f"{embedder.name}, {embedder.dimension} dimensions, weights {embedder.digest[:12]}"


def _library(settings: Settings) -> str:
    path = build.library_path(settings)
    if not path.exists():
        return "empty; `ninestep index` fills it with the field guide"
    with Library(path) as library:
        return f"{sum(library.counts().values())} documents of {len(library.counts())} sources"


def _index(settings: Settings) -> str:
    engine = build.engine(settings)(settings.home)
    held = engine.open_current(embedder_digest=build.embedder(settings).digest)
    try:
        manifest = held.manifest
        counts = (len(held.dense), len(held.lexical), held.count("chunks"))
        if set(counts) != {manifest.chunks}:
            raise SearchError(f"vectors, postings and passages are {counts}, must be equal; run `ninestep index`")
        return f"generation {manifest.id}, {manifest.chunks} passages, recall@10 {manifest.recall}"
    finally:
        held.close()
