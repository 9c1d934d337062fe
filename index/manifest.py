"""The manifest of a generation: what it was made of and how, and whether its files are still what was written.

Sizes are compared whenever a generation is opened, which costs nothing and finds every truncated file; digests where
somebody asks (`ninestep doctor`), and before a build takes a generation that is there already for done.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from index.errors import DamagedIndexError, IncompatibleIndexError

SCHEMA_VERSION = 6
FILE = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation was made of and how.

    Attributes:
        recall: recall@10 of the ANN index against exact search, measured at build time.
        files: SHA-256 of each file, by path below the generation's folder.
        sizes: Bytes of each file; empty in generations of before they were noted.
    """

    id: str
    schema: int
    model: str
    model_digest: str
    dimension: int
    chunker: str
    sentencer: str
    corpus_digest: str
    documents: int
    chunks: int
    sentences: int
    ef_search: int
    recall: float
    files: dict[str, str]
    sizes: dict[str, int] = field(default_factory=dict)


def write(manifest: Manifest, folder: Path) -> None:
    """Write a generation's manifest."""
    (folder / FILE).write_text(json.dumps(asdict(manifest), indent=2), encoding="utf-8")


def read(folder: Path) -> Manifest:
    """Read a generation's manifest.

    Raises:
        DamagedIndexError: If there is none that can be read.
        IncompatibleIndexError: If it is of another schema.
    """
    try:
        manifest = Manifest(**json.loads((folder / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise DamagedIndexError(
            f"the index {folder.name} has no readable manifest ({error}); run `ninestep index` to build it again"
        ) from error
    if manifest.schema != SCHEMA_VERSION:
        raise IncompatibleIndexError(
            f"the index has schema {manifest.schema}, this version reads {SCHEMA_VERSION}; run `ninestep index`"
        )
    return manifest


def check_model(manifest: Manifest, embedder_digest: str | None) -> None:
    """Refuse a generation of another model.

    Raises:
        IncompatibleIndexError: If the digest is given and is not that of the model that made the generation.
    """
    made_by = manifest.model_digest
    if embedder_digest is not None and made_by != embedder_digest:
        raise IncompatibleIndexError(
            f"the index was built with {manifest.model} ({made_by[:8]}), settings ask for another model "
            f"({embedder_digest[:8]}); run `ninestep index` or set NINESTEP_MODEL back"
        )


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of each file below a folder, by path; locks and other hidden files are left out."""
    return {str(path.relative_to(folder)): _digest(path) for path in _files(folder)}


def sizes(folder: Path) -> dict[str, int]:
    """Bytes of each file below a folder, by path."""
    return {str(path.relative_to(folder)): path.stat().st_size for path in _files(folder)}


def resized(folder: Path, manifest: Manifest) -> list[str]:
    """The files that are missing or longer or shorter than when they were written."""
    found = sizes(folder)
    return sorted(name for name, size in manifest.sizes.items() if found.get(name) != size)


def altered(folder: Path, manifest: Manifest) -> list[str]:
    """The files that are missing or not what was written; every file is read."""
    return sorted(name for name, digest in manifest.files.items() if not _is(folder / name, digest))


def is_whole(folder: Path) -> bool:
    """Whether a folder is a generation whose files are all what was written."""
    try:
        return not altered(folder, read(folder))
    except (DamagedIndexError, IncompatibleIndexError):
        return False


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != FILE and not path.name.startswith("."):
            yield path


def _is(path: Path, digest: str) -> bool:
    return path.is_file() and _digest(path) == digest


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
