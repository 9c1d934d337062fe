"""Extraction and embedding on a Ray cluster: the heavy work of a large collection, spread over workers.

A worker is a process with the model loaded; one that dies is started again and its work given to it anew. Nothing is
kept there: the caller stores every outcome in the library and every batch of vectors by content, so a run that was
killed goes on where it stopped, and one that was done does nothing. Files are named by path, so all nodes must see them
under the same names. Ray's dashboard and telemetry stay off.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from index.cutting import PASSAGES, Cutting
from index.errors import EngineError
from index.types import Embedder, Vectors
from index.vectors import VectorStore
from ingest import pipeline
from ingest.archive import Replay
from ingest.library import PageState, SourceState
from ingest.types import Document, Source, Via
from ingest.visit import Means, Outcome

_LOCAL = "local"
_OBJECTS = 256 * 2**20  # bytes of memory for what is on its way between processes
_TRIES = 3  # Ray gives its own helpers 15 seconds to start, which a busy machine does not keep at first
_BATCH = 32  # texts a call
_TOGETHER = 200  # documents whose texts are gathered at once


class Worker:
    """What a process of the cluster does; a plain class, so that it can be tried without Ray.

    Args:
        load: Makes the embedder.
        files: WARC files that sources are read from.
        via: How their documents came.
    """

    def __init__(self, load: Callable[[], Embedder], files: Sequence[Path], via: Via) -> None:
        self._embedder = load()
        self._replay = Replay(files, via=via)

    def visit(self, source: Source, before: SourceState | None, known: Mapping[str, PageState]) -> Outcome:
        """Read one source from a folder or the WARC files."""
        means = Means(self._replay, None, asyncio.Semaphore(1), self._replay)
        return asyncio.run(pipeline.visited(source, before, known, means))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts."""
        return self._embedder.encode(texts)


class Cluster:
    """Workers of a Ray cluster; a context manager, after which they are gone.

    Args:
        address: `auto` joins the cluster that this machine is part of, `ray://host:10001` or `host:6379` another;
            `local` starts one here.
        load: Makes the embedder; called in every worker.
        files: WARC files, as the workers see them.
        via: How the documents in them came.
        workers: How many; by default one for two processors of the cluster.

    Raises:
        EngineError: If Ray is not installed or the cluster cannot be joined.
    """

    def __init__(
        self,
        address: str,
        *,
        load: Callable[[], Embedder],
        files: Sequence[Path] = (),
        via: Via = Via.WARC,
        workers: int = 0,
    ) -> None:
        self._ray = _joined(address, workers)
        processors = int(self._ray.cluster_resources().get("CPU", 1))
        wanted = workers or max(1, processors // 2)
        made = self._ray.remote(Worker).options(max_restarts=-1, max_task_retries=-1, num_cpus=processors / wanted / 2)
        self._workers = [made.remote(load, list(files), via) for _ in range(wanted)]
        self._turns = cycle(self._workers)

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: object) -> None:
        self._ray.shutdown()

    def visit(self, source: Source, before: SourceState | None, known: Mapping[str, PageState]) -> Awaitable[Outcome]:
        """Read one source on a worker."""
        coming: Awaitable[Outcome] = next(self._turns).visit.remote(source, before, known)
        return coming

    def encode(self, texts: Sequence[str]) -> list[Vectors]:
        """Embed texts on all workers, in batches."""
        batches = [list(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)]
        coming = [worker.encode.remote(batch) for worker, batch in zip(self._turns, batches, strict=False)]
        return list(self._ray.get(coming))


def _joined(address: str, workers: int) -> Any:  # noqa: ANN401 - the module ray, which is imported late
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray
    except ImportError as error:
        raise EngineError(f"--ray needs Ray ({error}); run `pip install 'ninestep[ray]'`") from error
    started: dict[str, Any] = {"address": address}
    if address == _LOCAL:
        started = {"num_cpus": workers or os.cpu_count(), "object_store_memory": _OBJECTS, "include_dashboard": False}
    for left in reversed(range(_TRIES if address == _LOCAL else 1)):
        try:
            ray.init(**started, log_to_driver=False, configure_logging=False)
            break
        except Exception as error:
            ray.shutdown()
            if not left:
                raise EngineError(
                    f"the Ray cluster {address!r} cannot be joined ({error}); start it (`ray start --head`) or name "
                    "`local`"
                ) from error
    return ray


class ClusterEmbedder:
    """An embedder whose batches are computed on a cluster.

    Args:
        embedder: The same model here; it counts word pieces.
        cluster: Does the work.
    """

    def __init__(self, embedder: Embedder, cluster: Cluster) -> None:
        self._embedder = embedder
        self._cluster = cluster
        self.name = embedder.name
        self.digest = embedder.digest
        self.dimension = embedder.dimension
        self.max_tokens = embedder.max_tokens

    def count_tokens(self, text: str) -> int:
        """Word pieces in a text."""
        return self._embedder.count_tokens(text)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts; shape (len(texts), dimension), in the order given."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return np.concatenate(self._cluster.encode(texts))

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Embed queries here; they are too few to be sent."""
        return self._embedder.encode_query(texts)


def embed(
    documents: Iterable[Document],
    *,
    store: VectorStore,
    cutting: Cutting = PASSAGES,
    report: Callable[[int], None] = lambda _: None,
) -> int:
    """Compute the vectors that an index of documents will ask for, and keep them; returns how many were new.

    Args:
        documents: What will be indexed.
        store: Where vectors are kept; its embedder computes.
        cutting: How documents will be cut.
        report: Called with the number of documents that are done.
    """
    coming, done = iter(documents), 0
    while some := list(islice(coming, _TOGETHER)):
        texts = [one.indexed_text for document in some for one in cutting.chunk(document, store.embedder)]
        spans = ((document.text, span) for document in some for span in cutting.sentences(document))
        store.encode([*texts, *(text[span.start : span.end] for text, span in spans)])
        done += len(some)
        report(done)
    return store.embedded
