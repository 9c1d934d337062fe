"""The process of an ingestion job: reads its task from standard input, prints its progress, one JSON object a line.

    {"ids": ["youtube-dnn"], "urls": ["https://example.org/post"], "files": ["3f9a0c55d1e2b764/notes.md"]}

Runs at low priority, so that questions come first on a machine with few cores. Addresses that came over HTTP are
checked for being public at every hop, also behind a proxy: a client must not be able to read the server's own network
through it.
"""

import asyncio
import json
import logging
import os
import sqlite3
import sys
from collections.abc import Callable, Sequence
from typing import Any

from assistant import build, settings
from assistant.api.jobs import UPLOADS
from assistant.api.problems import without_paths
from assistant.errors import AnswerError
from index.building import BuildProgress
from index.errors import SearchError
from ingest import catalog, folder, pipeline
from ingest.archive import Archive
from ingest.errors import IngestError
from ingest.fetch import Fetcher
from ingest.library import Library
from ingest.transcripts import Transcripts
from ingest.types import Source

_NICE = 15


def main() -> int:
    """Do the job that standard input describes; returns the exit code."""
    os.nice(_NICE)
    try:
        _ingest(json.load(sys.stdin))
    except (AnswerError, IngestError, SearchError, OSError, sqlite3.Error) as error:
        logging.getLogger("ninestep.api").exception("an ingestion failed")
        _say(stage="failed", message=without_paths(str(error)))
        return 1
    return 0


def _ingest(wanted: dict[str, Any]) -> None:
    chosen = settings.read()
    listed = catalog.select(catalog.load(), wanted.get("ids", ()))
    given = [catalog.unlisted(url) for url in wanted.get("urls", ())]
    uploaded = [folder.source_of(chosen.home / UPLOADS / place) for place in wanted.get("files", ())]
    with Library(build.library_path(chosen)) as library, Archive(chosen.home / "archive") as archive:
        pipeline.sync_guide(library)
        for source in (*given, *uploaded):
            library.add_source(source)  # so that a later run over everything knows it
        lines = []
        for sources, open_fetcher in ((listed, Fetcher), ([*given, *uploaded], _careful_fetcher)):
            if sources:
                lines.append(asyncio.run(_fetched(sources, library, archive, open_fetcher)))
        engine = build.engine(chosen)(chosen.home)
        manifest = engine.build(library.documents(), embedder=build.embedder(chosen), report=_building)
    _say(stage="indexed", generation=manifest.id, documents=manifest.documents, message="; ".join(lines))


def _careful_fetcher() -> Fetcher:
    """Reads nothing that is not public."""
    return Fetcher(check_addresses=True)


async def _fetched(
    sources: Sequence[Source], library: Library, archive: Archive, open_fetcher: Callable[[], Fetcher]
) -> str:
    def report(progress: pipeline.Progress) -> None:
        _say(
            stage="fetching",
            done=progress.done,
            total=progress.total,
            failed=progress.failed,
            source_id=progress.source_id,
            outcome=progress.outcome,
        )

    async with open_fetcher() as fetcher:
        summary = await pipeline.ingest(
            sources, library=library, archive=archive, fetcher=fetcher, report=report, transcripts=Transcripts()
        )
    return summary.line()


def _building(progress: BuildProgress) -> None:
    _say(stage=f"embedding {progress.stage}", done=progress.done, total=progress.total)


def _say(**said: object) -> None:
    sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
