"""Retrieval over a test collection, by the product's own chunker, embedder, indexes and fusion.

The score of a document is that of its best chunk (MaxP, Dai and Callan, SIGIR 2019): a long document is not better for
having many chunks that match a little. Indexes of collections lie in `NINESTEP_HOME/eval`, vectors are kept by content.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval import runs
from eval.collections import CUTTINGS, Collection
from eval.errors import CollectionError
from eval.runs import PerQuery, Run
from index import generation
from index.generation import Generation, Report
from index.search import HybridSearcher, Mode
from index.types import Embedder

DEPTH = 100  # documents a query that a run keeps: as deep as R@100 looks

_OVERSAMPLE = 3  # chunks asked for each document wanted
_SHOWN = 10  # hits of the search that is timed


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured.

    Attributes:
        mode: Dense, lexical or both.
        chunking: `passages`, as the product cuts, or `none`: one vector a document, cut off by the model's window.
        depth: Documents that a run keeps for each query.
    """

    mode: Mode = Mode.HYBRID
    chunking: str = "passages"
    depth: int = DEPTH


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A measured run.

    Attributes:
        per_query: Values by measure, then by query.
        measures: Their means over all judged queries.
        latency_ms: `p50` and `p95` of a query, embedding included, after the first.
        settings: What it was measured with, for the record.
    """

    collection: str
    mode: str
    queries: int
    measures: Mapping[str, float]
    latency_ms: Mapping[str, float]
    settings: Mapping[str, object]
    per_query: PerQuery
    run: Run


def index(
    collection: Collection,
    *,
    home: Path,
    embedder: Embedder,
    chunking: str = "passages",
    report: Report = lambda _: None,
) -> Generation:
    """Index a collection, or open the index that was made before.

    Raises:
        CollectionError: If the chunking is unknown.
        SearchError: If it cannot be indexed.
    """
    if chunking not in CUTTINGS:
        raise CollectionError(f"unknown chunking {chunking!r}, wanted one of {', '.join(CUTTINGS)}")
    root = home / "eval" / f"{collection.name}-{collection.digest[:8]}-{chunking}"
    generation.build(
        collection.documents,
        root=root,
        embedder=embedder,
        cutting=CUTTINGS[chunking],
        cache=home / "eval" / "cache",
        report=report,
    )
    return generation.open_current(root, embedder_digest=embedder.digest)


def evaluate(
    collection: Collection, plan: Plan, *, home: Path, embedder: Embedder, report: Report = lambda _: None
) -> Evaluation:
    """Index a collection, ask all its judged queries and measure what comes back.

    Raises:
        CollectionError: If a judged document is not in the index.
        SearchError: If it cannot be indexed or searched.
    """
    held = index(collection, home=home, embedder=embedder, chunking=plan.chunking, report=report)
    try:
        _check_judged(collection, held)
        run, seconds = ask(
            collection.queries, HybridSearcher(held, embedder, mode=plan.mode), unit=held.owner, depth=plan.depth
        )
        settings = {
            "model": held.manifest.model,
            "chunking": plan.chunking,
            "chunks": held.manifest.chunks,
            "depth": plan.depth,
            "efSearch": held.manifest.ef_search,
            "collection_digest": collection.digest[:16],
        }
    finally:
        held.close()
    values = runs.measure(run, collection.qrels)
    return Evaluation(
        collection=collection.name,
        mode=plan.mode,
        queries=len(collection.qrels),
        measures=runs.means(values),
        latency_ms=percentiles(seconds),
        settings=settings,
        per_query=values,
        run=run,
    )


def ask(
    queries: Mapping[str, str],
    searcher: HybridSearcher,
    *,
    unit: Callable[[int], str],
    depth: int = DEPTH,
) -> tuple[Run, list[float]]:
    """Ask every query.

    Args:
        queries: Text by id.
        searcher: Searches the index.
        unit: What a row of the index counts as: its document, where documents are judged.
        depth: Units kept for each query.

    Returns:
        For each query the best units, each with the score of its best chunk, and the seconds that a search for ten hits
        took, from text to hits.
    """
    run: dict[str, list[tuple[str, float]]] = {}
    seconds: list[float] = []
    for id, text in queries.items():
        started = time.perf_counter()
        searcher.search(text, k=_SHOWN)
        seconds.append(time.perf_counter() - started)
        ranked = searcher.rank(text, searcher.vector(text), k=depth * _OVERSAMPLE)
        best: dict[str, float] = {}
        for one in ranked:
            best.setdefault(unit(one.row), one.score)
        run[id] = list(best.items())[:depth]
    return run, seconds


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """p50 and p95 in milliseconds; the first query, which warms things up, is left out where there are others."""
    warm = np.array(seconds[1:] or seconds) * 1000
    return {"p50": round(float(np.percentile(warm, 50)), 2), "p95": round(float(np.percentile(warm, 95)), 2)}


def _check_judged(collection: Collection, held: Generation) -> None:
    indexed = {info.id for info in held.infos()}
    judged = {document for grades in collection.qrels.values() for document in grades}
    if lost := sorted(judged - indexed):
        raise CollectionError(f"{len(lost)} judged documents are not in the index, the first is {lost[0]!r}")
