"""How long things take, end to end and a stage at a time, over the size of the index.

Each size is a corpus recombined from the field guide (`enlarged`), built by the product's own builder in a process of
its own, so that the memory measured afterwards is that of a server. Times are told twice: on the clock, which a reader
waits for, and of the processor, which other work on the machine does not change. `dense`, `lexical` and `hydrate` are
parts of a search; `fuse` is what ranking takes beyond the first two.
"""

import contextlib
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from assistant import verify
from assistant.question import understand
from assistant.types import Answer
from assistant.work import Work
from eval import results
from eval.enlarged import Enlarged
from index import building, generation
from index.generation import Generation
from index.search import DEPTH, HybridSearcher
from index.types import Embedder, Filters, Vectors
from index.vectors import VectorStore
from ingest.types import Document

SIZES = (5_000, 100_000, 1_000_000)
STAGES = ("encode", "dense", "lexical", "fuse", "hydrate", "search", "compose", "verify", "ask")

_BUILT = "built.json"
_HITS = 10
_ASKED = 40  # questions of which answers are made
_RECALL = 50  # queries whose exact neighbours are looked up
_TURN = 10  # questions that one encoder is asked before the other is

Seconds = dict[str, list[float]]


class Watch:
    """Collects what stages take, on the clock and of the processor."""

    def __init__(self) -> None:
        self.wall: Seconds = {}
        self.processor: Seconds = {}

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        """Time what stands inside."""
        wall, processor = time.perf_counter(), time.process_time()
        yield
        self.add(stage, time.perf_counter() - wall, time.process_time() - processor)

    def add(self, stage: str, wall: float, processor: float) -> None:
        """Note a time that was taken elsewhere."""
        self.wall.setdefault(stage, []).append(wall)
        self.processor.setdefault(stage, []).append(processor)


def measure(
    documents: Sequence[Document], questions: Sequence[str], *, chunks: int, home: Path, embedder: Embedder
) -> dict[str, Any]:
    """Build an index of a size, or take the one that was built before, and ask it questions.

    Args:
        documents: The real corpus that larger ones are made of.
        questions: At least two; the first is asked cold.
        chunks: Size of the index.
        home: Indexes are kept in its `eval` folder.
        embedder: Embeds queries and the real corpus.
    """
    root = home / "eval" / f"latency-{chunks}"
    load = os.getloadavg()[0]
    _in_child(_build, documents, chunks, home, embedder)
    record = {"chunks": chunks, **asdict(results.origin()), "load": round(load, 1)}
    record["built"] = json.loads((root / _BUILT).read_text(encoding="utf-8"))
    served: dict[str, Any] = _in_child(_serve, root, list(questions), embedder)
    return record | served


def against_torch(questions: Sequence[str], embedder: Embedder, *, folder: Path) -> dict[str, Any]:
    """What encoding a query takes beside SentenceTransformer.encode, turn by turn in one process.

    On a busy machine torch's threads wait for each other, so it runs with all its threads and with one; the ratio is to
    the faster.

    Args:
        questions: Each is encoded alone.
        embedder: Ours.
        folder: The same model, for sentence-transformers.
    """
    found: dict[str, Any] = _in_child(_race, list(questions), embedder, folder)
    return found


def _in_child(work: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - what the work returns
    """Run in a fresh process: memory and imports of one measurement are no part of the next."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def _build(documents: Sequence[Document], chunks: int, home: Path, embedder: Embedder) -> None:
    root = home / "eval" / f"latency-{chunks}"
    if (root / _BUILT).exists():
        return
    real = home / "eval" / "latency-real"
    building.build(documents, root=real, embedder=embedder, cache=home / "cache")
    base = generation.open_current(real)
    enlarged = Enlarged(base, count=chunks)
    corpus = list(enlarged.documents())
    watch = Watch()

    def store(folder: Path, model: Embedder) -> VectorStore:
        return enlarged.store(folder, model, watch=watch.time)

    with watch.time("build"):
        manifest = building.build(
            corpus,
            root=root,
            embedder=embedder,
            cutting=enlarged.cutting,
            cache=home / "cache",
            store=store,
        )
    with watch.time("again"):
        building.build(corpus, root=root, embedder=embedder, cutting=enlarged.cutting, store=store)
    folder = root / "generations" / manifest.id
    built = {
        "documents": manifest.documents,
        "sentences": manifest.sentences,
        "ef_search": manifest.ef_search,
        "recall": manifest.recall,
        "seconds": _beyond_embedding(watch.wall),
        "processor_seconds": _beyond_embedding(watch.processor),
        "unchanged_seconds": round(watch.wall["again"][0], 2),
        "peak_mb": _status("VmHWM"),
        "disk_mb": {path.name: _size(path) for path in sorted(folder.iterdir())},
    }
    (root / _BUILT).write_text(json.dumps(built, indent=1), encoding="utf-8")


def _beyond_embedding(seconds: Mapping[str, Sequence[float]]) -> float:
    return round(seconds["build"][0] - sum(seconds.get("embed", ())), 1)


def _size(path: Path) -> float:
    files = [path] if path.is_file() else path.rglob("*")
    return round(sum(one.stat().st_size for one in files) / 2**20, 1)


def _status(name: str) -> float:
    """A figure of this process in MB, as Linux tells it; 0 elsewhere."""
    with contextlib.suppress(FileNotFoundError):
        for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
            if line.startswith(name + ":"):
                return round(int(line.split()[1]) / 1024, 1)
    return 0.0


def _forget(folder: Path) -> None:
    """Ask the operating system to drop a folder's files from its cache."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _serve(root: Path, questions: Sequence[str], embedder: Embedder) -> dict[str, Any]:
    name = generation.current(root) or ""
    _forget(root / "generations" / name)
    embedder.encode_query(questions[:1])
    cold = Watch()
    with cold.time("open"):
        held = generation.open_current(root, embedder_digest=embedder.digest)
    with closing(held):
        searcher = HybridSearcher(held, embedder)
        with cold.time("search"):
            searcher.search(questions[0], k=_HITS)
        warm = _searches(held, searcher, embedder, questions)
        _answers(held, embedder, questions[:_ASKED], warm)
        memory = {"rss_mb": _status("VmRSS"), "own_mb": _status("RssAnon"), "mapped_mb": _status("RssFile")}
        filtered = _filtered(held, searcher, embedder, questions)
        return {
            "search_ms": percentiles(warm.wall["search"]),
            "encode_ms": percentiles(warm.wall["encode"]),
            "stages_ms": {stage: percentiles(warm.wall[stage]) for stage in STAGES if stage in warm.wall},
            "processor_ms": {stage: percentiles(warm.processor[stage]) for stage in STAGES if stage in warm.processor},
            "filtered_ms": filtered,
            "cold_ms": {stage: round(times[0] * 1000, 2) for stage, times in cold.wall.items()},
            "recall_at_10": _recall(held, embedder, questions[:_RECALL]),
            "queries": len(questions),
            **memory,
        }


def _searches(held: Generation, searcher: HybridSearcher, embedder: Embedder, questions: Sequence[str]) -> Watch:
    """Ask every question twice: once to warm up, once with the watch."""
    watch = Watch()
    for question in questions:
        searcher.search(question, k=_HITS)
    for question in questions:
        with watch.time("encode"):
            vector = embedder.encode_query([question])[0]
        with watch.time("dense"):
            held.dense.search(vector, k=DEPTH)
        with watch.time("lexical"):
            held.lexical.search(question, k=DEPTH)
        with watch.time("rank"):
            searcher.rank(question, vector, k=_HITS)
        with watch.time("shown"):
            searcher.search_vector(question, vector, k=_HITS)
        with watch.time("search"):
            searcher.search(question, k=_HITS)
    for seconds in (watch.wall, watch.processor):
        ranked = zip(seconds["rank"], seconds["dense"], seconds["lexical"], strict=True)
        seconds["fuse"] = [max(rank - dense - words, 0.0) for rank, dense, words in ranked]
        seconds["hydrate"] = [
            max(shown - rank, 0.0) for shown, rank in zip(seconds["shown"], seconds["rank"], strict=True)
        ]
    return watch


def _answers(held: Generation, embedder: Embedder, questions: Sequence[str], watch: Watch) -> None:
    for question in questions:
        with watch.time("ask"):
            found = Work(held, embedder, understand(question)).run()
        if not isinstance(found, Answer):
            continue
        watch.wall.setdefault("compose", []).append(found.timings_ms.get("compose", 0.0) / 1000)
        quotes = {one.number: one.quote for one in found.citations}
        with watch.time("verify"):
            for section in found.sections:
                for sentence in section.sentences:
                    verify.verdict(sentence.text, [quotes[number] for number in sentence.citations])


def _filtered(
    held: Generation, searcher: HybridSearcher, embedder: Embedder, questions: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Searches that a narrow and a broad filter restrict: one document's passages, one step's."""
    watch = Watch()
    narrow = Filters(sources=frozenset([held.owner(0)]))
    broad = Filters(steps=frozenset([4]))
    for name, filters in (("narrow", narrow), ("broad", broad)):
        for question in questions[:_ASKED]:
            vector = embedder.encode_query([question])[0]
            with watch.time(name):
                searcher.search_vector(question, vector, k=_HITS, filters=filters)
    return {name: percentiles(seconds[1:] or seconds) for name, seconds in watch.wall.items()}


def _recall(held: Generation, embedder: Embedder, questions: Sequence[str]) -> float:
    """recall@10 of the dense index against exact search, on the questions themselves; equal scores count alike."""
    vectors = embedder.encode_query(questions)
    everything = np.arange(len(held.dense))
    near = 0
    for vector in vectors:
        exact = np.partition(-held.dense.scores(vector, everything), min(_HITS, len(everything)) - 1)
        limit = -float(exact[min(_HITS, len(everything)) - 1])
        near += sum(score >= limit - 1e-6 for _, score in held.dense.search(vector, k=DEPTH)[:_HITS])
    return round(near / (len(questions) * min(_HITS, len(everything))), 4)


def _race(questions: Sequence[str], embedder: Embedder, folder: Path) -> dict[str, Any]:
    """Encode questions with ours and with torch, turn by turn, so that both meet the same load.

    A turn is several questions, of which the first is asked once before: torch's threads go on spinning for a while
    when they are done, and each model drives the other's weights out of the cache.
    """
    import torch
    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(str(folder), local_files_only=True)

    def torch_encode(texts: Sequence[str]) -> Vectors:
        vectors: Vectors = theirs.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return vectors

    exact = torch_encode(questions)
    apart = float(np.abs(embedder.encode(questions) - exact).max())
    likeness = float((embedder.encode_query(questions) * exact).sum(axis=1).min())
    watch = Watch()
    turns = [questions[start : start + _TURN] for start in range(0, len(questions), _TURN)]
    for threads, name in ((torch.get_num_threads(), "torch"), (1, "torch_one_thread")):
        torch.set_num_threads(threads)
        for turn in turns:
            for racer, encode in (("ours", embedder.encode_query), (name, torch_encode)):
                encode(turn[:1])
                for question in turn:
                    with watch.time(racer):
                        encode([question])
    wall, processor = _middle(watch.wall), _middle(watch.processor)
    fastest = min(wall["torch"], wall["torch_one_thread"])
    least = min(processor["torch"], processor["torch_one_thread"])
    return {
        "encode_ratio_to_torch": round(wall["ours"] / fastest, 3),
        "encode_processor_ratio_to_torch": round(processor["ours"] / least, 3),
        "raced_ms": {name: percentiles(seconds) for name, seconds in watch.wall.items()},
        "raced_processor_ms": {name: percentiles(seconds) for name, seconds in watch.processor.items()},
        "largest_difference": apart,
        "least_query_cosine": round(likeness, 5),
    }


def _middle(seconds: Mapping[str, Sequence[float]]) -> dict[str, float]:
    return {name: float(np.median(values)) for name, values in seconds.items()}


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99 in milliseconds."""
    return {f"p{rank}": round(float(np.percentile(seconds, rank)) * 1000, 3) for rank in (50, 95, 99)}
