"""What `ninestep ingest` does: choose the sources, run, and say what came of it.

A source is named by its id in the catalog, by a path on this machine, or by an http(s) address; the latter two become
sources of the user's own and are remembered, so that `--all` and `ninestep sources` know them.
"""

import argparse
import asyncio
from collections.abc import Iterable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from assistant import build
from assistant.errors import QuestionError
from assistant.settings import Settings
from index import cluster as cluster_embedding
from index.cluster import Cluster, ClusterEmbedder
from index.vectors import VectorStore
from ingest import address, catalog, folder, pipeline
from ingest.archive import Archive
from ingest.fetch import Fetcher
from ingest.library import Library
from ingest.pipeline import Planned, Summary
from ingest.transcripts import Transcripts
from ingest.types import Source, Via
from ui import progress


def run(arguments: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    """Do what was asked.

    Returns:
        A JSON-ready mapping: `line` says it in a sentence, the rest is data.

    Raises:
        QuestionError: If nothing was named.
        CatalogError: If something named is not known.
        IngestError: If the library or the archive cannot be read or written.
    """
    if not (arguments.names or arguments.all or arguments.warc or arguments.reread):
        raise QuestionError(
            "name sources to ingest (an id, a path, an address), or --all, or --warc FILE; "
            "`ninestep sources` lists the ids"
        )
    with Library(build.library_path(settings)) as library:
        wanted = _wanted(arguments, library)
        if arguments.forget:
            return _forget(wanted, library)
        if arguments.due:
            wanted = pipeline.due(wanted, library=library)
        if arguments.dry_run:
            return _plan(pipeline.plan(wanted, library=library))
        if arguments.all:
            pipeline.sync_guide(library)
        for source in _own(wanted):
            library.add_source(source)
        if arguments.ray:
            return _told(_on_cluster(arguments, wanted, library, settings))
        return _told(_ingested(arguments, wanted, library, settings.home / "archive"))


def _wanted(arguments: argparse.Namespace, library: Library) -> list[Source]:
    listed = [*catalog.load(), *library.own_sources()]
    named = [_source(name, listed) for name in arguments.names]
    if arguments.warc and arguments.unlisted:
        named += [catalog.unlisted(url) for url in pipeline.unlisted(listed, arguments.warc)]
    everything = arguments.all or (not arguments.names and (arguments.warc or arguments.reread))
    chosen = [*(listed if everything else []), *named]
    return list({source.id: source for source in chosen}.values())


def _source(name: str, listed: Sequence[Source]) -> Source:
    if name.startswith(("http://", "https://")):
        known = {address.key(source.url): source for source in listed}
        return known.get(address.key(name)) or catalog.unlisted(name)
    if any(source.id == name for source in listed) or not _is_path(name):
        return catalog.select(listed, [name])[0]
    return folder.source_of(Path(name))


def _is_path(name: str) -> bool:
    return "/" in name or name.startswith((".", "~")) or Path(name).exists()


def _own(sources: Iterable[Source]) -> list[Source]:
    listed = {source.id for source in catalog.load()}
    return [source for source in sources if source.id not in listed]


def _ingested(arguments: argparse.Namespace, wanted: Sequence[Source], library: Library, kept: Path) -> Summary:
    with progress.shown(len(wanted)) as bar:
        if arguments.warc:
            return asyncio.run(
                pipeline.ingest_archived(wanted, arguments.warc, library=library, report=bar.report, via=Via.WARC)
            )
        if arguments.reread:
            files = Archive(kept).files()
            return asyncio.run(
                pipeline.ingest_archived(wanted, files, library=library, report=bar.report, via=Via.LIVE)
            )
        return asyncio.run(_fetched(wanted, library, kept, bar.report))


def _on_cluster(
    arguments: argparse.Namespace, wanted: Sequence[Source], library: Library, settings: Settings
) -> Summary:
    """Extract and embed on a Ray cluster; what is searched is built by `ninestep index`, which then embeds nothing."""
    files, via = list(arguments.warc or ()), Via.WARC
    if arguments.reread:
        files, via = Archive(settings.home / "archive").files(), Via.LIVE
    if not files and not all(map(folder.is_own, wanted)):
        raise QuestionError("--ray reads files and folders, --warc FILE or --reread; fetching is one machine's work")
    model = build.embedder(settings)
    paths = [path.resolve() for path in files]
    with (
        Cluster(arguments.ray, load=partial(build.embedder, settings), files=paths, via=via) as cluster,
        closing(VectorStore(settings.home / "cache", ClusterEmbedder(model, cluster))) as store,
        progress.shown(len(wanted)) as bar,
    ):
        summary = asyncio.run(
            pipeline.ingest_archived(wanted, paths, library=library, report=bar.report, via=via, visit=cluster.visit)
            if files
            else pipeline.ingest_own(wanted, library=library, report=bar.report, visit=cluster.visit)
        )
        cluster_embedding.embed(library.documents(), store=store)
    return summary


async def _fetched(wanted: Sequence[Source], library: Library, kept: Path, report: pipeline.Report) -> Summary:
    with Archive(kept) as archive:
        async with Fetcher() as fetcher:
            return await pipeline.ingest(
                wanted, library=library, archive=archive, fetcher=fetcher, report=report, transcripts=Transcripts()
            )


def _told(summary: Summary) -> dict[str, Any]:
    failed = [
        {
            "id": state.id,
            "reason": state.reason,
            "message": state.message,
            "attempts": state.attempts,
            "next_try": state.next_try.isoformat() if state.next_try else "",
        }
        for state in summary.failed
    ]
    return {
        "line": summary.line(),
        "total": summary.total,
        "documents": summary.documents,
        "copies": summary.copies,
        "changed": list(summary.changed),
        "failed": failed,
    }


def _forget(sources: Sequence[Source], library: Library) -> dict[str, Any]:
    gone = {source.id: library.forget(source.id) for source in sources}
    return {"line": f"forgot {len(gone)} sources, {sum(gone.values())} documents", "forgotten": gone}


def _plan(planned: Sequence[Planned]) -> dict[str, Any]:
    rows = [
        {
            "id": one.id,
            "addresses": list(one.addresses),
            "conditional": one.conditional,
            "status": one.status.value,
            "next_try": one.next_try.isoformat() if one.next_try else "",
        }
        for one in planned
    ]
    head = f"{len(rows)} sources would be tried, {sum(one.conditional for one in planned)} of them conditionally"
    lines = [f"  {one.id:<36} {one.status.value:<14} {one.addresses[0]}" for one in planned]
    return {"line": "\n".join([head, *lines]), "planned": rows}
