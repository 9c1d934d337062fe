"""The health of every listed source, for the command line, the API and the library page."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ingest import catalog, guide
from ingest.library import Library, SourceState
from ingest.types import Source, Status


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source with what is known of it. `came` is live, moved, wayback, warc, bundled or empty."""

    id: str
    title: str
    url: str
    kind: str
    status: str
    reason: str
    message: str
    documents: int
    chunks: int
    fetched_at: str
    came: str


def rows(library_path: Path, *, chunk_counts: dict[str, int]) -> list[SourceRow]:
    """Every source of the catalog, the field guide first, the user's own last.

    Args:
        library_path: The library's file; where there is none yet, every listed source was never reached.
        chunk_counts: Number of chunks by document id in the serving generation.

    Raises:
        CatalogError: If the catalog cannot be read.
        LibraryError: If the library cannot be opened.
    """
    listed = (guide.SOURCE, *catalog.load())
    if not library_path.exists():
        return [_row(source, None, 0, 0) for source in listed]
    with Library(library_path) as library:
        return [_row_of(source, library, chunk_counts) for source in (*listed, *library.own_sources())]


def _row_of(source: Source, library: Library, chunk_counts: dict[str, int]) -> SourceRow:
    ids = library.ids(source.id)
    chunks = sum(chunk_counts.get(id, 0) for id in ids)
    return _row(source, library.state(source.id), len(ids), chunks)


def _row(source: Source, state: SourceState | None, documents: int, chunks: int) -> SourceRow:
    known = state or SourceState(id=source.id, status=Status.NEVER_REACHED, message="not tried yet")
    return SourceRow(
        id=source.id,
        title=source.title,
        url=source.url,
        kind=source.kind.value,
        status=known.status.value,
        reason=known.reason.value if known.reason else "",
        message=known.message,
        documents=documents,
        chunks=chunks,
        fetched_at=_iso(known.fetched_at),
        came=known.via.value if known.via else "",
    )


def _iso(time: datetime | None) -> str:
    return time.isoformat() if time else ""
