"""One source, from its addresses to what becomes of it.

The listed address is tried, then its known alternates, then the Wayback Machine; the first that gives the real document
wins. What was fetched before is asked for conditionally, and a page that did not change is neither extracted nor stored
again. A source that fails keeps the documents that it gave.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

from ingest import address, extract, quality, retry, site
from ingest.archive import Archive
from ingest.errors import ExtractError, FetchError
from ingest.extract import Extracted
from ingest.library import PageState, SourceState
from ingest.types import Document, Reason, Snapshot, Source, Status, Via
from ingest.video import Talk

WAYBACK = "https://web.archive.org/web/2id_/"
_EARLIER_WAYBACK = "https://web.archive.org/web/2021id_/"  # before the great moves of 2022–24

_NOT_MODIFIED = 304


class Fetches(Protocol):
    """Answers for an address: the network, or an archive in its place."""

    async def fetch(self, url: str, *, validators: Mapping[str, str] | None = None) -> Snapshot:
        """The answer of an address; raises FetchError where there is none."""
        ...


class Transcribes(Protocol):
    """Hands out the transcript of a video."""

    async def transcript(self, video_id: str) -> Snapshot:
        """Captions of a video; raises FetchError where there are none."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one source.

    Attributes:
        documents: New or changed ones.
        keep: Ids of those that stay as they are.
        pages: What is now known of its addresses.
    """

    state: SourceState
    documents: tuple[Document, ...] = ()
    keep: frozenset[str] = frozenset()
    pages: tuple[PageState, ...] = ()


@dataclass(frozen=True, slots=True)
class _Page:
    """A page that was read: its new state, and its documents unless it did not change."""

    state: PageState
    documents: tuple[Document, ...] = ()
    talk: Talk | None = None
    paper: str = ""


@dataclass(frozen=True, slots=True)
class Means:
    """What a visit works with.

    Attributes:
        workers: Bounds how many files are extracted at once.
        transcripts: None where no transcripts are to be asked for.
    """

    fetcher: Fetches
    archive: Archive | None
    workers: asyncio.Semaphore
    transcripts: Transcribes | None = None


@dataclass(slots=True)
class Visit:
    """One try at one source."""

    source: Source
    before: SourceState | None
    known: Mapping[str, PageState]
    means: Means
    _pages: dict[str, _Page] = field(default_factory=dict)
    _problems: list[str] = field(default_factory=list)

    async def outcome(self) -> Outcome:
        """Try the source's addresses in turn; the first document wins, else the most telling reason."""
        failures: list[tuple[str, FetchError | ExtractError]] = []
        for url in addresses(self.source):
            try:
                page = await self._read(url, lambda snapshot: extract.extract(snapshot, self.source))
                page = await self._in_full(await self._with_words(page))
            except (FetchError, ExtractError) as error:
                failures.append((url, error))
                if error.reason in retry.TROUBLED and url in self.known:
                    break  # it lives, and what it gave is better than an older copy from elsewhere
                continue
            self._pages[page.state.url] = page
            await self._follow(page)
            return self._success(page.state)
        return self.failed(_telling(failures))

    async def _read(self, url: str, extracted: Callable[[Snapshot], Extracted]) -> _Page:
        before = self._settled(url)
        snapshot = await self.means.fetcher.fetch(url, validators=_validators(before))
        if snapshot.status == _NOT_MODIFIED and before is not None:
            if before.body_digest.endswith(f":{extract.VERSION}"):
                return _Page(before)
            snapshot = await self._from_archive(before) or await self.means.fetcher.fetch(url)
        snapshot = replace(snapshot, via=_via(self.source, snapshot))
        digest = f"{snapshot.digest}:{extract.VERSION}"
        same = before is not None and before.body_digest == digest and before.final_url == snapshot.final_url
        archived = self._archive(snapshot, before if same else None)
        if before is not None and same:
            etag, last_modified = _validators_of(snapshot)
            return _Page(replace(before, etag=etag, last_modified=last_modified, archived=archived))
        if before is not None and snapshot.fetched_at < before.fetched_at and snapshot.via is Via.WARC:
            return _Page(before)  # an older copy never takes the place of a newer one
        async with self.means.workers:
            made = await asyncio.to_thread(extracted, snapshot)
        etag, last_modified = _validators_of(snapshot)
        state = PageState(
            url=url,
            final_url=snapshot.final_url,
            body_digest=digest,
            fetched_at=snapshot.fetched_at.replace(microsecond=0),
            via=snapshot.via,
            archived=archived,
            documents=tuple(document.id for document in made.documents),
            links=tuple(site.follow(made.links, page=snapshot.final_url, root=snapshot.final_url)),
            message=_sentence(made.problems),
            reason=made.reason,
            etag=etag,
            last_modified=last_modified,
        )
        return _Page(state, made.documents, made.talk, made.paper)

    def _settled(self, url: str) -> PageState | None:
        """What is known of an address, unless it left something to be wished for."""
        before = self.known.get(url)
        return before if before is not None and before.reason is None else None

    def _archive(self, snapshot: Snapshot, same: PageState | None) -> str:
        if self.means.archive is None:
            return same.archived if same else ""
        if same is not None and same.archived:
            return self.means.archive.revisit(snapshot, held_by=same.archived)
        return self.means.archive.write(snapshot)

    async def _from_archive(self, before: PageState) -> Snapshot | None:
        if self.means.archive is None:
            return None
        found = await asyncio.to_thread(self.means.archive.find, before.archived, before.url)
        return replace(found, via=before.via) if found else None

    async def _with_words(self, page: _Page) -> _Page:
        """A video's page with what is said in it, where captions are to be had."""
        if page.talk is None:
            return page
        for track in page.talk.tracks:
            try:
                captions = await self.means.fetcher.fetch(address.joined(page.state.final_url, track.url))
                return self._spoken(page, page.talk, captions)
            except (FetchError, ExtractError):
                continue  # a track that is listed and not handed out is common; the next way is tried
        video = address.video_id(page.state.final_url) or address.video_id(self.source.url)
        if self.means.transcripts is None or not video:
            return page
        try:
            return self._spoken(page, page.talk, await self.means.transcripts.transcript(video))
        except (FetchError, ExtractError) as error:
            self._problems.append(str(error))
            return page

    def _spoken(self, page: _Page, talk: Talk, captions: Snapshot) -> _Page:
        quality.check_status(captions)
        document = extract.spoken(page.documents[0], talk, captions)
        self._archive(captions, None)
        return _Page(replace(page.state, reason=None), (document,))

    async def _in_full(self, page: _Page) -> _Page:
        """The work that a page is only about, where the page names its file; of the page its links are kept."""
        about = page.state
        paper = address.joined(about.final_url, page.paper) if page.paper else _named_paper(about)
        if not paper:
            return page
        try:
            work = await self._read(paper, lambda snapshot: extract.extract(snapshot, self.source))
        except (FetchError, ExtractError) as error:
            if error.reason in retry.TROUBLED and paper in self.known:
                work = _Page(self.known[paper])
            elif page.documents:
                return page
            else:
                raise
        self._pages[about.url] = _Page(replace(about, documents=(), links=(paper,)))
        documents = tuple(replace(one, via=about.via) for one in work.documents)
        return _Page(replace(work.state, via=about.via), documents)

    async def _follow(self, front: _Page) -> None:
        """Read the pages of the same site, breadth first, as deep as the catalog says."""
        named = [address.joined(front.state.final_url, page) for page in self.source.pages]
        ring = list(dict.fromkeys([*named, *front.state.links]))
        for _ in range(self.source.same_site_depth):
            room = site.MAX_PAGES - len(self._pages)
            fresh = [url for url in ring if url not in self._pages][: max(room, 0)]
            pages = await asyncio.gather(*(self._below(url, root=front.state.final_url) for url in fresh))
            self._pages |= {page.state.url: page for page in pages if page is not None}
            ring = list(dict.fromkeys(link for page in pages if page is not None for link in page.state.links))

    async def _below(self, url: str, *, root: str) -> _Page | None:
        """A page below the listed one; one that fails for now keeps what it gave, one that is gone does not."""
        try:
            return await self._read(url, lambda snapshot: extract.below(snapshot, self.source, root=root))
        except (FetchError, ExtractError) as error:
            if error.reason in retry.TROUBLED and url in self.known:
                return _Page(self.known[url])
            self._problems.append(str(error))
            return None

    def _success(self, front: PageState) -> Outcome:
        documents = {one.id: one for page in self._pages.values() for one in page.documents}
        named = {id for page in self._pages.values() for id in page.state.documents}
        state = SourceState(
            id=self.source.id,
            status=_STATUS[front.via],
            reason=front.reason,
            message=" ".join(filter(None, [front.message, _sentence(tuple(self._problems))])),
            fetched_at=front.fetched_at,
            next_try=datetime.now(UTC).replace(microsecond=0) + retry.CHECK_AGAIN,
            final_url=front.final_url,
            via=front.via,
            documents=len(named),
        )
        pages = tuple(page.state for page in self._pages.values())
        return Outcome(state, tuple(documents.values()), frozenset(named - documents.keys()), pages)

    def failed(self, error: FetchError | ExtractError) -> Outcome:
        """A failed try; documents of an earlier one are kept and counted."""
        known = self.before or SourceState(id=self.source.id, status=Status.NEVER_REACHED)
        attempts = known.attempts + 1
        dead = retry.is_dead(error.reason, attempts=attempts)
        pause = retry.pause(error.reason, attempts=attempts, wait=error.wait)
        state = replace(
            known,
            status=Status.DEAD if dead else known.status,
            reason=error.reason,
            message=str(error),
            attempts=attempts,
            next_try=datetime.now(UTC).replace(microsecond=0) + pause,
        )
        keep = frozenset(id for page in self.known.values() for id in page.documents)
        return Outcome(state, keep=keep, pages=tuple(self.known.values()))


_STATUS = {
    Via.LIVE: Status.ALIVE,
    Via.MOVED: Status.MOVED,
    Via.WAYBACK: Status.ARCHIVED,
    Via.WARC: Status.ARCHIVED,
    Via.BUNDLED: Status.ALIVE,
}


def addresses(source: Source) -> list[str]:
    """Where a source is looked for, best first: as listed, elsewhere, in the Wayback Machine."""
    wanted: list[str] = []
    for listed in (source.url, *source.alternates):
        wanted += address.sources_of(listed)
    for listed in (source.url, *source.alternates):
        wanted += address.moves(listed)
    by_key: dict[str, str] = {}
    for url in wanted:
        by_key.setdefault(address.key(url), url)
    return [*by_key.values(), WAYBACK + source.url, _EARLIER_WAYBACK + source.url]


def _named_paper(about: PageState) -> str:
    """The file that a page named when it was read: of such a page nothing but that is kept."""
    return about.links[0] if about.links and not about.documents else ""


def _telling(failures: list[tuple[str, FetchError | ExtractError]]) -> FetchError | ExtractError:
    """The failure that says most: of the listed address, unless that only could not be reached; never of an archive."""
    named = [error for url, error in failures if not url.startswith((WAYBACK, _EARLIER_WAYBACK))]
    return next((error for error in named if error.reason is not Reason.UNREACHABLE), named[0])


def _validators(before: PageState | None) -> dict[str, str]:
    if before is None:
        return {}
    pairs = {"If-None-Match": before.etag, "If-Modified-Since": before.last_modified}
    return {name: value for name, value in pairs.items() if value}


def _validators_of(snapshot: Snapshot) -> tuple[str, str]:
    return snapshot.headers.get("etag", ""), snapshot.headers.get("last-modified", "")


def _via(source: Source, snapshot: Snapshot) -> Via:
    if snapshot.via is Via.WARC:
        return Via.WARC
    if snapshot.url.startswith((WAYBACK, _EARLIER_WAYBACK)):
        return Via.WAYBACK
    own = {address.key(url) for url in address.sources_of(source.url)}
    return Via.LIVE if address.key(snapshot.final_url) in own else Via.MOVED


def _sentence(problems: tuple[str, ...]) -> str:
    if not problems:
        return ""
    return f"{len(problems)} could not be read: {problems[0]}"
