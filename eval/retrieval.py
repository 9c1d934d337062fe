"""Retrieval over a test collection, by the product's own chunker, embedder, indexes and fusion.

The score of a document is that of its best chunk (MaxP, Dai and Callan, SIGIR 2019): a long document is not better for
having many chunks that match a little. Indexes of collections lie in `NINESTEP_HOME/eval`, vectors are kept by content.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval import golden, runs
from eval.collections import CUTTINGS, Collection, Qrels
from eval.errors import CollectionError
from eval.golden import GoldenQuestion
from eval.runs import PerQuery, Run
from index import generation
from index.generation import Generation, Report
from index.search import HybridSearcher, Mode
from index.types import Embedder
from ingest.types import Document

DEPTH = 100  # documents a query that a run keeps: as deep as R@100 looks

_OVERSAMPLE = 3  # chunks asked for each document wanted
_SHOWN = 10  # hits of the search that is timed


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured.

    Attributes:
        mode: The product's hybrid search, or one of the plain baselines that it must beat.
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
        latency_ms: `p50` and `p95` of a search for ten hits, from text to hits, after the first.
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
    documents: Sequence[Document],
    *,
    name: str,
    home: Path,
    embedder: Embedder,
    chunking: str = "passages",
    report: Report = lambda _: None,
) -> Generation:
    """Index documents, or open the index that was made of them before.

    Args:
        documents: The whole corpus.
        name: Tells its index from those of others.
        home: The index lies in its `eval` folder.
        embedder: Embeds chunks.
        chunking: How documents are cut.
        report: Called as the work goes on.

    Raises:
        CollectionError: If the chunking is unknown.
        SearchError: If it cannot be indexed.
    """
    if chunking not in CUTTINGS:
        raise CollectionError(f"unknown chunking {chunking!r}, wanted one of {', '.join(CUTTINGS)}")
    root = home / "eval" / f"{name}-{chunking}"
    cache = home / "eval" / "cache"
    generation.build(documents, root=root, embedder=embedder, cutting=CUTTINGS[chunking], cache=cache, report=report)
    return generation.open_current(root, embedder_digest=embedder.digest)


def evaluate(
    collection: Collection, plan: Plan, *, home: Path, embedder: Embedder, report: Report = lambda _: None
) -> Evaluation:
    """Index a collection, ask all its judged queries and measure what comes back.

    Raises:
        CollectionError: If a judged document is not in the index.
        SearchError: If it cannot be indexed or searched.
    """
    held = index(
        collection.documents,
        name=f"{collection.name}-{collection.digest[:8]}",
        home=home,
        embedder=embedder,
        chunking=plan.chunking,
        report=report,
    )
    with closing(held):
        _check_judged(collection, held)
        return measure(
            collection.queries,
            collection.qrels,
            plan,
            held=held,
            embedder=embedder,
            unit=held.owner,
            name=collection.name,
        )


def evaluate_golden(
    questions: Sequence[GoldenQuestion],
    documents: Sequence[Document],
    plan: Plan,
    *,
    home: Path,
    embedder: Embedder,
    report: Report = lambda _: None,
) -> Evaluation:
    """Ask golden questions of the documents that they were judged on; what counts is the passage, not the document.

    Raises:
        CollectionError: If there are no questions, or judgments no longer fit the documents.
        SearchError: If the documents cannot be indexed or searched.
    """
    if not questions:
        raise CollectionError("there are no golden questions in this split")
    held = index(documents, name="golden", home=home, embedder=embedder, chunking=plan.chunking, report=report)
    with closing(held):
        queries = {one.id: one.query for one in questions}
        grades = golden.qrels(questions, held)
        return measure(
            queries, grades, plan, held=held, embedder=embedder, unit=lambda row: held.chunk(row).id, name="golden"
        )


def measure(
    queries: Mapping[str, str],
    qrels: Qrels,
    plan: Plan,
    *,
    held: Generation,
    embedder: Embedder,
    unit: Callable[[int], str],
    name: str,
) -> Evaluation:
    """Ask queries of an open index and measure what comes back.

    Args:
        queries: Text by id.
        qrels: Judgments of units.
        plan: The system, and how deep the run goes.
        held: The index.
        embedder: Embeds the queries.
        unit: What a row of the index counts as: its document where documents are judged, its chunk where chunks are.
        name: The collection's name, for the record.
    """
    run, seconds = ask(queries, HybridSearcher(held, embedder, mode=plan.mode), unit=unit, depth=plan.depth)
    values = runs.measure(run, qrels)
    return Evaluation(
        collection=name,
        mode=plan.mode,
        queries=len(qrels),
        measures=runs.means(values),
        latency_ms=percentiles(seconds),
        settings={
            "model": held.manifest.model,
            "chunking": plan.chunking,
            "chunks": held.manifest.chunks,
            "depth": plan.depth,
            "efSearch": held.manifest.ef_search,
            "corpus_digest": held.manifest.corpus_digest[:16],
        },
        per_query=values,
        run=run,
    )


def ask(
    queries: Mapping[str, str], asked: HybridSearcher, *, unit: Callable[[int], str], depth: int = DEPTH
) -> tuple[Run, list[float]]:
    """Ask every query.

    Returns:
        For each query the best units, each with the score of its best chunk, and the seconds that a search for ten hits
        took, from text to hits.
    """
    run: dict[str, list[tuple[str, float]]] = {}
    seconds: list[float] = []
    for id, text in queries.items():
        started = time.perf_counter()
        asked.search(text, k=_SHOWN)
        seconds.append(time.perf_counter() - started)
        best: dict[str, float] = {}
        for one in asked.rank(text, asked.vector(text), k=depth * _OVERSAMPLE):
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
