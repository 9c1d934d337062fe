"""One run of ingestion: every source tried, every outcome recorded, nothing lost.

For each source the listed address is tried, then its known alternates, then the Wayback Machine; the first that gives
the real document wins. One bad source never stops a run: its reason is kept and shown, and its old documents stay.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from ingest import guide
from ingest.archive import Archive
from ingest.errors import ExtractError, FetchError
from ingest.extract import VERSION, extract
from ingest.fetch import Fetcher
from ingest.library import Library, SourceState
from ingest.types import Document, Reason, Snapshot, Source, Status, Via

WAYBACK = "https://web.archive.org/web/2id_/"

_FIRST_PAUSE = timedelta(hours=6)
_LONGEST_PAUSE = timedelta(days=14)
_NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    Attributes:
        outcome: What became of `source_id`, in a few words.
    """

    done: int
    total: int
    failed: int
    source_id: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did."""

    total: int
    changed: tuple[str, ...]
    failed: tuple[SourceState, ...]

    def line(self) -> str:
        """The run in one sentence."""
        head = f"{self.total - len(self.failed)} of {self.total} ingested, {len(self.changed)} changed"
        if not self.failed:
            return head
        named = ", ".join(f"{state.id} ({state.reason})" for state in self.failed[:5])
        more = f", and {len(self.failed) - 5} more: see `ninestep sources`" if len(self.failed) > 5 else ""
        return f"{head}, {len(self.failed)} failed: {named}{more}"


Report = Callable[[Progress], None]


def sync_guide(library: Library) -> int:
    """Bring the bundled field guide into the library; tell how many of its documents changed."""
    chapters = guide.documents()
    changed = library.replace(guide.SOURCE.id, chapters)
    state = SourceState(
        id=guide.SOURCE.id,
        status=Status.ALIVE,
        fetched_at=chapters[0].fetched_at if chapters else None,
        final_url=guide.SOURCE.url,
        via=Via.BUNDLED,
        documents=len(chapters),
    )
    if library.state(guide.SOURCE.id) != state:
        library.record(state)
    return changed


async def ingest(
    sources: Sequence[Source], *, library: Library, archive: Archive, fetcher: Fetcher, report: Report
) -> Summary:
    """Fetch, extract and store sources; several at once.

    Args:
        sources: What to ingest.
        library: Where documents and states go.
        archive: Where responses go.
        fetcher: Open for the time of the run.
        report: Called after each source.

    Raises:
        LibraryError: If the library cannot be written.
        ArchiveError: If the archive cannot be written.
    """
    failed: list[SourceState] = []
    changed: list[str] = []
    tasks = [asyncio.create_task(_fetched(source, library.state(source.id), archive, fetcher)) for source in sources]
    try:
        async for done, task in _as_they_end(tasks):
            outcome = await task
            state, was_changed = _store(outcome, library)
            failed += [state] if state.reason else []
            changed += [state.id] if was_changed else []
            words = state.reason.value if state.reason else ("changed" if was_changed else "unchanged")
            report(Progress(done, len(sources), len(failed), state.id, words))
    finally:
        for task in tasks:
            task.cancel()
    failed.sort(key=lambda state: state.id)
    return Summary(total=len(sources), changed=tuple(sorted(changed)), failed=tuple(failed))


def ingest_archived(sources: Sequence[Source], snapshots: Iterable[Snapshot], *, library: Library) -> Summary:
    """Extract and store sources from archived responses; an address that no source lists is passed over."""
    by_address = {_key(address): source for source in sources for address in _addresses(source)}
    failed: dict[str, SourceState] = {}
    changed: set[str] = set()
    seen: set[str] = set()
    for snapshot in snapshots:
        source = by_address.get(_key(snapshot.url))
        if source is None or snapshot.status == _NOT_MODIFIED or 300 <= snapshot.status < 400:
            continue
        seen.add(source.id)
        state, was_changed = _store(_extracted(source, library.state(source.id), snapshot), library)
        changed |= {source.id} if was_changed else set()
        if state.reason:
            failed[source.id] = state
        else:
            failed.pop(source.id, None)
    return Summary(total=len(seen), changed=tuple(sorted(changed)), failed=tuple(failed.values()))


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of one source: a new state, and documents unless nothing changed or it failed."""

    state: SourceState
    documents: tuple[Document, ...] = ()


async def _as_they_end(
    tasks: Sequence["asyncio.Task[_Outcome]"],
) -> AsyncIterator[tuple[int, "asyncio.Future[_Outcome]"]]:
    for done, task in enumerate(asyncio.as_completed(tasks), start=1):
        yield done, asyncio.ensure_future(task)


async def _fetched(source: Source, before: SourceState | None, archive: Archive, fetcher: Fetcher) -> _Outcome:
    """Try a source's addresses in turn; the first document wins, else the first telling reason."""
    failures: list[FetchError | ExtractError] = []
    for address in _addresses(source):
        try:
            snapshot = await fetcher.fetch(address, validators=_validators(before, address))
        except FetchError as error:
            failures.append(error)
            continue
        if snapshot.status == _NOT_MODIFIED and before is not None:
            return _Outcome(replace(before, attempts=0, next_try=None))
        archive.write(snapshot)
        outcome = await asyncio.to_thread(_extracted, source, before, replace(snapshot, via=_via(source, snapshot)))
        if outcome.state.reason is None:
            return outcome
        failures.append(ExtractError(outcome.state.message, reason=outcome.state.reason))
    telling = next((error for error in failures if error.reason is not Reason.UNREACHABLE), failures[0])
    return _Outcome(_failure(source, before, telling))


def _extracted(source: Source, before: SourceState | None, snapshot: Snapshot) -> _Outcome:
    body_digest = f"{snapshot.digest}:{VERSION}"
    if before is not None and before.reason is None and before.body_digest == body_digest:
        return _Outcome(replace(before, attempts=0, next_try=None))
    try:
        document = extract(snapshot, source)
    except ExtractError as error:
        return _Outcome(_failure(source, before, error))
    state = SourceState(
        id=source.id,
        status=_STATUS.get(snapshot.via, Status.ALIVE),
        fetched_at=snapshot.fetched_at.replace(microsecond=0),
        final_url=snapshot.final_url,
        via=snapshot.via,
        etag=snapshot.headers.get("etag", ""),
        last_modified=snapshot.headers.get("last-modified", ""),
        body_digest=body_digest,
        documents=1,
    )
    return _Outcome(state, (document,))


_STATUS = {Via.MOVED: Status.MOVED, Via.WAYBACK: Status.ARCHIVED}


def _store(outcome: _Outcome, library: Library) -> tuple[SourceState, bool]:
    changed = bool(outcome.documents) and library.replace(outcome.state.id, outcome.documents) > 0
    library.record(outcome.state)
    return outcome.state, changed


def _failure(source: Source, before: SourceState | None, error: FetchError | ExtractError) -> SourceState:
    """The state after a failed try; documents of an earlier one are kept and counted."""
    attempts = before.attempts + 1 if before else 1
    pause = min(_FIRST_PAUSE * 2 ** (attempts - 1), _LONGEST_PAUSE)
    gone = error.reason in {Reason.NOT_FOUND, Reason.GONE, Reason.SOFT_404}
    known = before or SourceState(id=source.id, status=Status.NEVER_REACHED)
    status = Status.DEAD if gone or known.fetched_at else Status.NEVER_REACHED
    return replace(
        known,
        status=status,
        reason=error.reason,
        message=str(error),
        attempts=attempts,
        next_try=datetime.now(UTC).replace(microsecond=0) + pause,
    )


def _addresses(source: Source) -> list[str]:
    return [source.url, *source.alternates, WAYBACK + source.url]


def _validators(before: SourceState | None, address: str) -> dict[str, str]:
    """Validators of the last good answer, where it came from this address and today's extractor read it."""
    if before is None or before.reason or _key(before.final_url) != _key(address):
        return {}
    if not before.body_digest.endswith(f":{VERSION}"):
        return {}
    pairs = {"If-None-Match": before.etag, "If-Modified-Since": before.last_modified}
    return {name: value for name, value in pairs.items() if value}


def _via(source: Source, snapshot: Snapshot) -> Via:
    if snapshot.url.startswith(WAYBACK):
        return Via.WAYBACK
    return Via.LIVE if _key(snapshot.final_url) == _key(source.url) else Via.MOVED


def _key(address: str) -> str:
    """An address without what does not matter: scheme, www, case of the host, fragment, final slash."""
    parts = urlsplit(address)
    host = (parts.netloc or "").lower().removeprefix("www.")
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{parts.path.rstrip('/')}{query}"
