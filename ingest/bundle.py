"""A bundle: one zip file with what a home cannot make again, and the digest of each file in it.

    bundle.json          format, version, and SHA-256 and size of every other file
    library.sqlite       a copy of the library, taken in one transaction
    archive/, uploads/   what was fetched or handed in, as it came
    feedback.sqlite, golden.jsonl

A bundle may come from anybody, so reading one trusts nothing in it: names are compared with the few that there are,
every file is unpacked beside under its declared size and digest, and no archive library is asked to place a file.
Digests tell damage, not authorship.
"""

import hashlib
import json
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from ingest.errors import BundleError

FORMAT = 1
LIBRARY, FEEDBACK, GOLDEN = "library.sqlite", "feedback.sqlite", "golden.jsonl"

_INDEX = "bundle.json"
_MAX_INDEX = 64 * 2**20
_MAX_FILES = 200_000
_PIECE = 2**20
_DENSE = 200  # text packs 3 to 20 times, a bomb 1,000 times
_SMALL = 2**20
_SPARE = 64 * 2**20  # bytes of free space that unpacking leaves
_NAMES = re.compile(
    r"library\.sqlite|feedback\.sqlite|golden\.jsonl"
    r"|archive/[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}\.warc\.gz"
    r"|uploads/[0-9a-f]{16}/[^\x00-\x1f\x7f/\\.][^\x00-\x1f\x7f/\\]{0,255}"
)
_PACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


@dataclass(frozen=True, slots=True)
class Contents:
    """What a bundle says of itself.

    Attributes:
        version: Of the ninestep that wrote it.
        files: SHA-256 and size in bytes of each file, by name.
    """

    version: str
    files: Mapping[str, tuple[str, int]]

    @property
    def size(self) -> int:
        """Bytes of all files, unpacked."""
        return sum(size for _, size in self.files.values())


def belongs(name: str) -> bool:
    """Whether a path below a home is one that a bundle holds."""
    return _NAMES.fullmatch(name) is not None


def write(path: Path, files: Iterable[tuple[str, Path]], *, version: str) -> Contents:
    """Write a bundle, whole or not at all.

    Args:
        path: Where; nothing may be there.
        files: Name in the bundle and place on the disk of each file. One that grows meanwhile is taken as far as it is
            read.
        version: Of this ninestep.

    Raises:
        BundleError: If something is there already, or the disk is full.
    """
    if path.exists():
        raise BundleError(f"{path} exists already; name another file, or remove it")
    beside = path.with_name(f".{path.name}.part")
    try:
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as bundle:
            told = {name: _pack(bundle, name, place) for name, place in files}
            index = {"format": FORMAT, "version": version, "files": told}
            bundle.writestr(_INDEX, json.dumps(index, indent=1, sort_keys=True))
        beside.rename(path)
    except OSError as error:
        raise BundleError(f"the bundle cannot be written to {path} ({error.strerror}); is the disk full?") from error
    finally:
        beside.unlink(missing_ok=True)
    return Contents(version, told)


def _pack(bundle: zipfile.ZipFile, name: str, place: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    about = zipfile.ZipInfo(name)  # its time is 1980: equal homes give equal bundles
    about.compress_type = zipfile.ZIP_STORED if name.endswith(".gz") else zipfile.ZIP_DEFLATED
    about.external_attr = (stat.S_IFREG | 0o600) << 16
    with place.open("rb") as source, bundle.open(about, "w", force_zip64=True) as target:
        while piece := source.read(_PIECE):
            digest.update(piece)
            size += len(piece)
            target.write(piece)
    return digest.hexdigest(), size


def unpack(path: Path, *, to: Path) -> Contents:
    """Unpack a bundle into an empty folder, every file checked.

    Args:
        path: The bundle; it may be hostile.
        to: An empty folder.

    Raises:
        BundleError: If it is no bundle, of another format, or anything in it is not as it should be; what was unpacked
            until then is the caller's to remove.
    """
    try:
        with zipfile.ZipFile(path) as bundle:
            infos = {info.filename: info for info in _plain(bundle)}
            contents = _contents(bundle, infos)
            free = shutil.disk_usage(to).free
            if contents.size + _SPARE > free:
                raise BundleError(f"the bundle wants {contents.size + _SPARE:,} bytes, {free:,} are free; make room")
            for name, (digest, size) in contents.files.items():
                _unpack_one(bundle, infos[name], to / name, digest=digest, size=size)
            return contents
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeError) as error:
        raise BundleError(f"{path.name} is no bundle that can be read ({error}); export it again") from error
    except OSError as error:
        raise BundleError(f"{path.name} cannot be unpacked ({error.strerror or error})") from error


def _plain(bundle: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """The entries, if all of them are plain files that stand once, under names that a bundle has."""
    infos = bundle.infolist()
    if len(infos) > _MAX_FILES:
        raise BundleError(f"the bundle holds {len(infos):,} files, more than {_MAX_FILES:,}; it is no export")
    seen: set[str] = set()
    for info in infos:
        name, kind = info.filename, stat.S_IFMT(info.external_attr >> 16)
        if name != _INDEX and not belongs(name):
            raise BundleError(f"the bundle holds {name[:80]!r}, which no export does; nothing was taken from it")
        if kind not in {0, stat.S_IFREG}:
            raise BundleError(f"the bundle's {name[:80]!r} is a link or no plain file; nothing was taken from it")
        if name in seen:
            raise BundleError(f"the bundle holds {name[:80]!r} twice; nothing was taken from it")
        if info.compress_type not in _PACKED or info.flag_bits & 1:
            raise BundleError(f"the bundle's {name[:80]!r} is packed as no export is; nothing was taken from it")
        if info.file_size > max(_SMALL, _DENSE * info.compress_size):
            raise BundleError(f"the bundle's {name[:80]!r} unpacks to {info.file_size:,} bytes; it looks like a bomb")
        seen.add(name)
        yield info
    if sum(info.compress_size for info in infos) > Path(str(bundle.filename)).stat().st_size:
        raise BundleError("the bundle's files overlap each other; nothing was taken from it")


def _contents(bundle: zipfile.ZipFile, infos: Mapping[str, zipfile.ZipInfo]) -> Contents:
    if _INDEX not in infos or infos[_INDEX].file_size > _MAX_INDEX:
        raise BundleError("the file is no bundle of ninestep: it has no bundle.json")
    try:
        with bundle.open(infos[_INDEX]) as file:
            told: dict[str, Any] = json.loads(file.read(_MAX_INDEX))
        format, version = int(told["format"]), str(told["version"])
        files = {str(name): (str(digest), int(size)) for name, (digest, size) in told["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise BundleError(f"the bundle's bundle.json cannot be read ({type(error).__name__}); export again") from error
    if format != FORMAT:
        raise BundleError(
            f"the bundle has format {format}, this version reads {FORMAT}; use the ninestep {version[:20]!r}"
        )
    if set(files) != set(infos) - {_INDEX} or LIBRARY not in files:
        raise BundleError("the bundle's files are not those that its bundle.json lists; nothing was taken from it")
    wrong = [name for name, (_, size) in files.items() if size != infos[name].file_size]
    if wrong:
        raise BundleError(f"the bundle's {wrong[0]!r} has not the size that bundle.json says; export again")
    return Contents(version, files)


def _unpack_one(bundle: zipfile.ZipFile, info: zipfile.ZipInfo, place: Path, *, digest: str, size: int) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with bundle.open(info) as source, place.open("xb") as target:
        found = _copy(source, target, size)
    if found != digest:
        name = PurePosixPath(info.filename).name
        raise BundleError(f"the bundle's {name!r} is not what was exported (its digest differs); export again")


def _copy(source: IO[bytes], target: IO[bytes], size: int) -> str:
    """Copy at most one byte more than was declared; returns the SHA-256."""
    digest, left = hashlib.sha256(), size + 1
    while left and (piece := source.read(min(_PIECE, left))):
        digest.update(piece)
        target.write(piece)
        left -= len(piece)
    return digest.hexdigest()
