"""A folder of the user's own, or one file: every document in it, followed by content.

A file is known by the SHA-256 of its bytes, so nothing is read twice for being touched or copied back; what was removed
from the folder goes from the library. A folder that is not there at all (a disk that is not mounted) removes nothing.
Documents are addressed by file: URIs and never leave the machine.
"""

import asyncio
import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ingest import address, extract, repository
from ingest.errors import CatalogError, ExtractError
from ingest.library import PageState, SourceState
from ingest.types import Document, Reason, Snapshot, Source, SourceKind, Status, Via
from ingest.visit import Outcome

_MAX_FILE = 64 * 2**20
_MAX_FILES = 50_000


def is_own(source: Source) -> bool:
    """Whether a source is a file or folder of this machine."""
    return source.url.startswith("file:")


def source_of(path: Path) -> Source:
    """The source that a path stands for; the same path always gives the same id.

    Raises:
        CatalogError: If there is nothing at the path.
    """
    place = path.expanduser().resolve()
    if not place.exists():
        raise CatalogError(f"there is no file or folder {path}; name a path, the id of a source, or an http(s) address")
    mark = hashlib.sha256(str(place).encode()).hexdigest()[:6]
    name = place.name or "root"
    return Source(
        id=f"{address.slug(name)[:60] or 'files'}-{mark}", title=name, url=place.as_uri(), kind=SourceKind.FILE
    )


async def visit(
    source: Source, *, before: SourceState | None, known: Mapping[str, PageState], workers: asyncio.Semaphore
) -> Outcome:
    """Read what is new or changed in a folder, and say what is gone."""
    root = Path(unquote(urlsplit(source.url).path))
    if not root.exists():
        return _missing(source, before, known)
    async with workers:
        found = await asyncio.to_thread(_read_all, source, root, known)
    return found.outcome(source)


@dataclass(slots=True)
class _Found:
    """What a walk through a folder found."""

    pages: list[PageState] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def outcome(self, source: Source) -> Outcome:
        named = {id for page in self.pages for id in page.documents}
        fresh = {document.id for document in self.documents}
        told = f"{len(self.problems)} could not be read: {self.problems[0]}" if self.problems else ""
        nothing = not named
        state = SourceState(
            id=source.id,
            status=Status.ALIVE,
            reason=Reason.EMPTY if nothing else None,
            message=told or (f"{source.title} holds no document that is read" if nothing else ""),
            attempts=1 if nothing else 0,
            fetched_at=max((page.fetched_at for page in self.pages), default=None),
            final_url=source.url,
            via=Via.LIVE,
            documents=len(named),
        )
        return Outcome(state, tuple(self.documents), frozenset(named - fresh), tuple(self.pages))


def _read_all(source: Source, root: Path, known: Mapping[str, PageState]) -> _Found:
    found = _Found()
    ids: set[str] = set()
    for path in _files(root):
        try:
            page, document = _read(source, root, path, known, taken=ids)
        except ExtractError as error:
            found.problems.append(str(error))
            continue
        except OSError as error:  # not readable at the moment: what it gave stays
            found.problems.append(f"{path.name} ({error.strerror})")
            found.pages += [known[path.as_uri()]] if path.as_uri() in known else []
            continue
        ids |= set(page.documents)
        found.pages.append(page)
        found.documents += [document] if document else []
    return found


def _files(root: Path) -> Iterator[Path]:
    """Documents below a folder in a fixed order; hidden ones, links out of it and dependencies are left out."""
    if root.is_file():
        yield root
        return
    count = 0
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if repository.is_document(f"{name}/x.md"))
        for name in sorted(names):
            path = Path(folder, name)
            if repository.is_document(name) and not path.is_symlink() and path.is_file():
                count += 1
                if count > _MAX_FILES:
                    return
                yield path


def _read(
    source: Source, root: Path, path: Path, known: Mapping[str, PageState], *, taken: set[str]
) -> tuple[PageState, Document | None]:
    """A file's state, and its document unless it is the one that is already held."""
    if path.stat().st_size > _MAX_FILE:
        raise ExtractError(f"{path.name} is larger than {_MAX_FILE // 2**20} MB", reason=Reason.TOO_LARGE)
    body = path.read_bytes()
    url = path.as_uri()
    digest = f"{hashlib.sha256(body).hexdigest()}:{extract.VERSION}"
    before = known.get(url)
    if before is not None and before.body_digest == digest:
        return before, None
    if not body.strip():
        raise ExtractError(f"{path.name} is empty", reason=Reason.EMPTY)
    now = datetime.now(UTC).replace(microsecond=0)
    snapshot = Snapshot(url=url, final_url=url, status=200, headers={}, body=body, fetched_at=now, via=Via.LIVE)
    relative = path.name if path == root else path.relative_to(root).as_posix()
    document = extract.file(snapshot, source, path=relative)
    if document.id in taken:
        mark = hashlib.sha256(relative.encode()).hexdigest()[:6]
        document = replace(document, id=f"{document.id}-{mark}")
    return PageState(url, url, digest, now, Via.LIVE, documents=(document.id,)), document


def _missing(source: Source, before: SourceState | None, known: Mapping[str, PageState]) -> Outcome:
    state = before or SourceState(id=source.id, status=Status.NEVER_REACHED)
    place = unquote(urlsplit(source.url).path)
    message = f"{place} is not there; its documents are kept until `ninestep ingest --forget {source.id}`"
    failed = replace(state, reason=Reason.UNREACHABLE, message=message, attempts=state.attempts + 1)
    keep = frozenset(id for page in known.values() for id in page.documents)
    return Outcome(failed, keep=keep, pages=tuple(known.values()))
