"""One run of ingestion: every source tried, every outcome recorded, nothing lost.

Sources are visited several at once and stored one at a time, each in one transaction: a run that is killed has lost
nothing that was stored, and the next one goes on. One bad source never stops a run: its reason is kept and shown, and
its old documents stay.
"""

import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ingest import address, duplicates, folder, guide
from ingest.archive import Archive, Replay
from ingest.errors import ExtractError, IngestError
from ingest.library import Library, PageState, SourceState
from ingest.types import Reason, Source, Status, Via
from ingest.visit import Fetches, Means, Outcome, Transcribes, Visit, addresses

_LOG = logging.getLogger("ninestep.ingest")
_AT_ONCE = 2  # files extracted at once: what two cores do, and two PDF children's memory


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    Attributes:
        outcome: What became of `source_id`, in a few words.
        seconds: Since the run began.
    """

    done: int
    total: int
    failed: int
    source_id: str
    outcome: str
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Sources a second; 0 while there is nothing to tell it from."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def remaining(self) -> float | None:
        """Seconds that the rest will take at this rate, or None while there is nothing to tell it from."""
        return (self.total - self.done) / self.rate if self.rate > 0 else None


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did.

    Attributes:
        changed: Ids of sources whose documents changed.
        copies: Number of documents in the library that are near-duplicates of another.
        documents: Number of documents that the sources of the run now have.
    """

    total: int
    changed: tuple[str, ...]
    failed: tuple[SourceState, ...]
    copies: int = 0
    documents: int = 0

    def line(self) -> str:
        """The run in one sentence."""
        head = f"{self.total - len(self.failed)} of {self.total} ingested, {len(self.changed)} changed"
        if not self.failed:
            return head
        named = ", ".join(f"{state.id} ({state.reason})" for state in self.failed[:5])
        more = f", and {len(self.failed) - 5} more: see `ninestep sources`" if len(self.failed) > 5 else ""
        return f"{head}, {len(self.failed)} failed: {named}{more}"


@dataclass(frozen=True, slots=True)
class Planned:
    """What a run would do with a source; asked for by a dry run.

    Attributes:
        addresses: Where it would be looked for, in this order.
        conditional: Whether the first is asked for what changed only.
        next_try: When its turn would come by itself; None where it is due.
    """

    id: str
    addresses: tuple[str, ...]
    conditional: bool
    status: Status
    next_try: datetime | None


Report = Callable[[Progress], None]
Visits = Callable[[Source, SourceState | None, Mapping[str, PageState]], Awaitable[Outcome]]


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
    sources: Sequence[Source],
    *,
    library: Library,
    archive: Archive | None,
    fetcher: Fetches,
    report: Report,
    transcripts: Transcribes | None = None,
    visit: Visits | None = None,
) -> Summary:
    """Fetch, extract and store sources; several at once.

    Args:
        sources: What to ingest.
        library: Where documents and states go.
        archive: Where responses go; None keeps none.
        fetcher: Open for the time of the run.
        report: Called after each source.
        transcripts: Hands out transcripts of videos that name no captions of their own.
        visit: Reads a source elsewhere, in the place of all these.

    Raises:
        LibraryError: If the library cannot be written.
        ArchiveError: If the archive cannot be written.
    """
    means = Means(fetcher, archive, asyncio.Semaphore(_AT_ONCE), transcripts)
    failed: list[SourceState] = []
    changed: list[str] = []
    documents = 0
    began = time.monotonic()
    tasks = [asyncio.create_task(_visited(source, library, means, visit)) for source in sources]
    try:
        async for done, task in _as_they_end(tasks):
            outcome = await task
            if archive is not None:
                archive.sync()
            state, was_changed = _store(outcome, library)
            failed += [state] if state.failed else []
            changed += [state.id] if was_changed else []
            documents += state.documents
            seconds = time.monotonic() - began
            report(Progress(done, len(sources), len(failed), state.id, _words(state, was_changed), seconds))
    finally:
        for task in tasks:
            task.cancel()
    copies = duplicates.link(library)
    failed.sort(key=lambda state: state.id)
    return Summary(len(sources), tuple(sorted(changed)), tuple(failed), copies, documents)


async def ingest_archived(
    sources: Sequence[Source],
    files: Sequence[Path],
    *,
    library: Library,
    report: Report,
    via: Via = Via.WARC,
    visit: Visits | None = None,
) -> Summary:
    """Extract and store sources from WARC files; nothing is fetched, and sources that are not in them are passed over.

    Args:
        sources: What may be in them.
        files: WARC files, ours or another crawler's.
        library: Where documents and states go.
        report: Called after each source.
        via: How the documents came; WARC, or LIVE for an archive of one's own, read again.
        visit: Reads a source elsewhere.

    Raises:
        ArchiveError: If a file cannot be read.
        LibraryError: If the library cannot be written.
    """
    replay = Replay(files, via=via)
    held = [source for source in sources if any(replay.holds(url) for url in addresses(source))]
    return await ingest(
        held, library=library, archive=None, fetcher=replay, report=report, transcripts=replay, visit=visit
    )


async def ingest_own(sources: Sequence[Source], *, library: Library, report: Report, visit: Visits) -> Summary:
    """Read and store files and folders, elsewhere; nothing is fetched.

    Raises:
        LibraryError: If the library cannot be written.
    """
    return await ingest(
        sources, library=library, archive=None, fetcher=Replay((), via=Via.LIVE), report=report, visit=visit
    )


def unlisted(sources: Iterable[Source], files: Sequence[Path]) -> list[str]:
    """Addresses of WARC files that answered with a page and that none of these sources lists."""
    listed = {address.key(url) for source in sources for url in addresses(source)}
    return [url for url in Replay(files).pages() if address.key(url) not in listed]


def plan(sources: Iterable[Source], *, library: Library) -> list[Planned]:
    """What a run would do, without doing it."""
    return [_planned(source, library) for source in sources]


def due(sources: Iterable[Source], *, library: Library, now: datetime | None = None) -> list[Source]:
    """The sources whose next try has come; one that was never tried is due."""
    moment = now or datetime.now(UTC)
    states = {state.id: state for state in library.states()}
    waiting = {id for id, state in states.items() if state.next_try is not None and state.next_try > moment}
    return [source for source in sources if source.id not in waiting]


def _planned(source: Source, library: Library) -> Planned:
    state = library.state(source.id) or SourceState(id=source.id, status=Status.NEVER_REACHED)
    wanted = (source.url,) if folder.is_own(source) else tuple(addresses(source))
    known = library.pages(source.id).get(wanted[0])
    conditional = known is not None and bool(known.etag or known.last_modified)
    waits = state.next_try is not None and state.next_try > datetime.now(UTC)
    return Planned(source.id, wanted, conditional, state.status, state.next_try if waits else None)


async def _visited(source: Source, library: Library, means: Means, visit: Visits | None) -> Outcome:
    before, known = library.state(source.id), library.pages(source.id)
    return await (visit(source, before, known) if visit else visited(source, before, known, means))


async def visited(source: Source, before: SourceState | None, known: Mapping[str, PageState], means: Means) -> Outcome:
    """What comes of a source, of which something may be known."""
    visit = Visit(source, before, known, means)
    try:
        if folder.is_own(source):
            return await folder.visit(source, before=before, known=known, workers=means.workers)
        return await visit.outcome()
    except (IngestError, OSError, sqlite3.Error):
        raise  # the disk, the archive: every other source would fail as well
    except Exception as error:  # noqa: BLE001 - whatever a page holds, the run goes on to the next one
        _LOG.exception("%s holds what no reader foresaw", source.id)
        message = f"{source.url} could not be read ({type(error).__name__}), which is a defect of ninestep; report it"
        return visit.failed(ExtractError(message, reason=Reason.DAMAGED))


async def _as_they_end(
    tasks: Sequence["asyncio.Task[Outcome]"],
) -> AsyncIterator[tuple[int, "asyncio.Future[Outcome]"]]:
    for done, task in enumerate(asyncio.as_completed(tasks), start=1):
        yield done, asyncio.ensure_future(task)


def _store(outcome: Outcome, library: Library) -> tuple[SourceState, bool]:
    """Record an outcome; documents that changed under a living address make its source a changed one."""
    state = outcome.state
    had = library.counts().get(state.id, 0)
    changed = library.update(state, documents=outcome.documents, keep=outcome.keep, pages=outcome.pages) > 0
    if changed and had and state.status is Status.ALIVE:
        state = replace(state, status=Status.CHANGED)
        library.record(state)
    return state, changed


def _words(state: SourceState, changed: bool) -> str:  # noqa: FBT001 - a value of the run, no switch
    if state.failed:
        return state.reason.value if state.reason else "failed"
    return "changed" if changed else "unchanged"
