"""`ninestep export` and `ninestep import`: a home in one file, and that file's content in another home.

What cannot be made again goes along: library, archive, uploaded files, feedback, questions with judgments. What is
derived is built again by `ninestep index`; API keys, the page's signing key and shared answers stay where they are,
because whoever can write a bundle must not be able to let somebody in or to speak in this server's name.
"""

import filecmp
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from assistant import build
from assistant.api.jobs import UPLOADS
from assistant.feedback import FeedbackBook
from assistant.settings import Settings
from eval import golden, own
from eval.errors import CollectionError
from ingest import bundle, transfer
from ingest.bundle import Contents
from ingest.errors import BundleError, LibraryError
from ingest.library import Library

_FOLDERS = ("archive", UPLOADS)


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of an export or an import.

    Attributes:
        kept: Where what was there before lies now; None where nothing was.
        left: Addresses of sources on the other machine's disk, which were not taken along.
    """

    files: int
    size: int
    documents: int
    corpus: str
    kept: Path | None = None
    left: tuple[str, ...] = ()


def export(settings: Settings, path: Path) -> Moved:
    """Write the home's bundle.

    Raises:
        BundleError: If the file is there already or cannot be written.
        LibraryError: If there is no library, or it cannot be read.
    """
    library = build.library_path(settings)
    if not library.exists():
        raise LibraryError("there is no library to export yet; `ninestep index` makes one")
    with tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=".ninestep-export-") as beside:
        copies = [(name, Path(beside, name)) for name in (bundle.LIBRARY, bundle.FEEDBACK)]
        held = [(name, place) for name, place in copies if (settings.home / name).exists()]
        for name, place in held:
            transfer.snapshot(settings.home / name, to=place)
        documents, corpus = _corpus(held[0][1])
        contents = bundle.write(path, [*held, *_files(settings.home)], version=metadata.version("ninestep"))
    return _moved(contents, documents, corpus)


def _files(home: Path) -> Iterator[tuple[str, Path]]:
    """The files that go along as they are; the archive after the library, so that it holds all that is noted there."""
    for place in (home / bundle.GOLDEN, *(one for name in _FOLDERS for one in sorted((home / name).rglob("*")))):
        name = place.relative_to(home).as_posix()
        if place.is_file() and not place.is_symlink() and bundle.belongs(name):
            yield name, place


def restore(settings: Settings, path: Path) -> Moved:
    """Make a bundle's library that of the home; what was there is kept beside.

    Raises:
        BundleError: If the bundle is not one that ninestep wrote; the home is then as it was.
        LibraryError: If the home cannot be written.
    """
    if not path.is_file():
        raise BundleError(f"there is no file {path}")
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=settings.home, prefix=".importing-") as beside:
            return _restored(settings, path, Path(beside))
    except OSError as error:
        raise LibraryError(f"the home {settings.home} cannot be written ({error.strerror})") from error


def _restored(settings: Settings, path: Path, beside: Path) -> Moved:
    home = settings.home
    contents = bundle.unpack(path, to=beside)
    transfer.vet(beside / bundle.LIBRARY)
    questions = _vet_judgments(beside)
    kept = _keep_aside(home)
    for name in sorted(contents.files):
        if name.split("/")[0] in _FOLDERS:
            _place(beside / name, home / name, aside=kept)
    if (beside / bundle.FEEDBACK).exists():
        FeedbackBook(home / bundle.FEEDBACK).take(beside / bundle.FEEDBACK)
    if questions:
        own.take(questions, home / own.FILE)
    left = transfer.take_over(build.library_path(settings), source=beside / bundle.LIBRARY)
    documents, corpus = _corpus(build.library_path(settings))
    if not any(kept.rglob("*")):
        kept.rmdir()
    return _moved(contents, documents, corpus, kept=kept if kept.exists() else None, left=tuple(left))


def _vet_judgments(beside: Path) -> tuple[golden.GoldenQuestion, ...]:
    if (beside / bundle.FEEDBACK).exists():
        transfer.only_tables(beside / bundle.FEEDBACK, ("notes",))
        with tempfile.TemporaryDirectory() as scratch:
            try:
                FeedbackBook(Path(scratch, bundle.FEEDBACK)).take(beside / bundle.FEEDBACK)
            except LibraryError as error:
                raise BundleError(f"the bundle's feedback cannot be read: {error}") from error
    try:
        return golden.load(beside / bundle.GOLDEN) if (beside / bundle.GOLDEN).exists() else ()
    except (CollectionError, UnicodeError) as error:
        raise BundleError(f"the bundle's questions cannot be read: {error}") from error


def _keep_aside(home: Path) -> Path:
    """Copy what an import will change, so that nothing of it is lost."""
    kept = home / f"before-import-{datetime.now(UTC).strftime('%Y%m%dT%H%M%S%f')}"
    kept.mkdir()
    for name in (bundle.LIBRARY, bundle.FEEDBACK):
        if (home / name).exists():
            transfer.snapshot(home / name, to=kept / name)
    if (home / bundle.GOLDEN).exists():
        shutil.copy2(home / bundle.GOLDEN, kept / bundle.GOLDEN)
    return kept


def _place(fresh: Path, place: Path, *, aside: Path) -> None:
    """Put a file in its place; another one that is there is moved aside."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        if filecmp.cmp(place, fresh, shallow=False):
            return
        (aside / place.parent.name).mkdir(exist_ok=True)
        place.rename(aside / place.parent.name / place.name)
    fresh.rename(place)


def _corpus(path: Path) -> tuple[int, str]:
    with Library(path) as library:
        return sum(library.counts().values()), library.corpus_digest()


def _moved(
    contents: Contents, documents: int, corpus: str, *, kept: Path | None = None, left: tuple[str, ...] = ()
) -> Moved:
    return Moved(len(contents.files), contents.size, documents, corpus, kept, left)
