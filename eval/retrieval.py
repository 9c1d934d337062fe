"""Retrieval over a test collection, by the product's own chunker, embedder, indexes and fusion.

The score of a document is that of its best chunk (MaxP, Dai and Callan, SIGIR 2019): a long document is not better for
having many chunks that match a little. Indexes of collections lie in `NINESTEP_HOME/eval`, vectors are kept by content.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from eval import golden, runs
from eval.collections import CUTTINGS, Collection, Qrels
from eval.errors import CollectionError
from eval.golden import GoldenQuestion
from eval.runs import PerQuery, Run
from index import embed
from index.building import Report
from index.engine import EngineAt, Generation
from index.lexical import EXTRAS, Extras
from index.local import Local
from index.search import RECIPE, HybridSearcher, Mode, Recipe
from index.types import Embedder, Vectors
from ingest.types import Document

MAIN = "nDCG@10"
DEPTH = 100  # documents a query that a run keeps: as deep as R@100 looks

_OVERSAMPLE = 3  # chunks asked for each document wanted
_SHOWN = 10  # hits of the search that is timed


# The product's search with one part left out, by what is left out; what a part gains is the difference.
WITHOUT: Mapping[str, Recipe] = {
    "weights by query": Recipe(dense_weight=0.68),
    "context of the document": Recipe(context=0.0),
    "pairs of words": Recipe(extras=Extras(pair=0.0, meant=EXTRAS.meant)),
    "abbreviations spelled out": Recipe(extras=Extras(pair=EXTRAS.pair, meant=0.0)),
    "feedback of the best passages": Recipe(feedback=0.0),
    "questions that passages answer": Recipe(asked=0.0),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured.

    Attributes:
        mode: The product's hybrid search, or one of the plain baselines that it must beat.
        chunking: `passages`, as the product cuts, or `none`: one vector a document, cut off by the model's window.
        depth: Documents that a run keeps for each query, 1 or more.
        without: Parts of WITHOUT that are measured by leaving them out, too.
    """

    mode: Mode = Mode.HYBRID
    chunking: str = "passages"
    depth: int = DEPTH
    without: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.depth < 1:
            raise CollectionError(f"a run keeps 1 or more documents for each query, got {self.depth}")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A measured run.

    Attributes:
        per_query: Values by measure, then by query.
        measures: Their means over all judged queries.
        latency_ms: `p50` and `p95` of a search for ten hits, from text to hits, after the first.
        settings: What it was measured with, for the record.
        without: nDCG@10 by query, by the part of the product that was left out.
    """

    collection: str
    mode: str
    queries: int
    measures: Mapping[str, float]
    latency_ms: Mapping[str, float]
    settings: Mapping[str, object]
    per_query: PerQuery
    run: Run
    without: PerQuery = field(default_factory=dict)


def index(
    documents: Sequence[Document],
    *,
    name: str,
    home: Path,
    embedder: Embedder,
    chunking: str = "passages",
    engine: EngineAt = Local,
    report: Report = lambda _: None,
) -> Generation:
    """Index documents, or open the index that was made of them before.

    Args:
        documents: The whole corpus.
        name: Tells its index from those of others.
        home: The index lies in its `eval` folder.
        embedder: Embeds chunks.
        chunking: How documents are cut.
        engine: What keeps the index.
        report: Called as the work goes on.

    Raises:
        CollectionError: If the chunking is unknown.
        SearchError: If it cannot be indexed.
    """
    if chunking not in CUTTINGS:
        raise CollectionError(f"unknown chunking {chunking!r}, wanted one of {', '.join(CUTTINGS)}")
    root = home / "eval" / f"{name}-{chunking}"
    cache = home / "eval" / "cache"
    kept = engine(root)
    kept.build(documents, embedder=embedder, cutting=CUTTINGS[chunking], cache=cache, report=report)
    return kept.open_current(embedder_digest=embedder.digest)


def evaluate(
    collection: Collection,
    plan: Plan,
    *,
    home: Path,
    embedder: Embedder,
    engine: EngineAt = Local,
    report: Report = lambda _: None,
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
        engine=engine,
        report=report,
    )
    with closing(held):
        _check_judged(collection, held)
        return measure(
            collection.queries,
            collection.qrels,
            plan,
            held=held,
            # Whole documents are how the model was published; so are its queries in 32 bits.
            embedder=embed.exact(embedder) if plan.chunking == "none" else embedder,
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
    engine: EngineAt = Local,
    report: Report = lambda _: None,
) -> Evaluation:
    """Ask golden questions of the documents that they were judged on; what counts is the passage, not the document.

    Raises:
        CollectionError: If there are no questions, or judgments no longer fit the documents.
        SearchError: If the documents cannot be indexed or searched.
    """
    if not questions:
        raise CollectionError("there are no golden questions in this split")
    held = index(
        documents,
        name="golden",
        home=home,
        embedder=embedder,
        chunking=plan.chunking,
        engine=engine,
        report=report,
    )
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
    vectors = embedder.encode_query(list(queries.values()))

    def ranked(recipe: Recipe) -> Run:
        searcher = HybridSearcher(held, embedder, mode=plan.mode, recipe=recipe)
        return ask(queries, vectors, searcher, unit=unit, depth=plan.depth)

    run = ranked(RECIPE)
    seconds = clock(queries.values(), HybridSearcher(held, embedder, mode=plan.mode))
    left_out = {name: runs.measure(ranked(WITHOUT[name]), qrels, measures=[MAIN])[MAIN] for name in plan.without}
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
        without=left_out,
    )


def ask(
    queries: Mapping[str, str],
    vectors: Vectors,
    searcher: HybridSearcher,
    *,
    unit: Callable[[int], str],
    depth: int = DEPTH,
) -> Run:
    """For each query the best units, each with the score of its best chunk.

    A run is what the search ranks, before passages that repeat others are passed over: judgments name every copy. A
    blank query finds nothing.
    """
    return {
        id: _best(text, vector, searcher, unit=unit, depth=depth) if text.strip() else []
        for (id, text), vector in zip(queries.items(), vectors, strict=True)
    }


def _best(
    text: str, vector: Vectors, searcher: HybridSearcher, *, unit: Callable[[int], str], depth: int
) -> list[tuple[str, float]]:
    """Look deeper until there are enough units, or no more: of long documents many chunks are one."""
    wanted = depth * _OVERSAMPLE
    while True:
        best: dict[str, float] = {}
        ranked = searcher.rank(text, vector, k=wanted)
        for one in ranked:
            best.setdefault(unit(one.row), one.score)
        if len(best) >= depth or len(ranked) < wanted:
            return list(best.items())[:depth]
        wanted *= 2


def clock(texts: Iterable[str], searcher: HybridSearcher) -> list[float]:
    """The seconds that a search for ten hits takes for each text that is not blank, from text to hits."""
    seconds: list[float] = []
    for text in filter(str.strip, texts):
        started = time.perf_counter()
        searcher.search(text, k=_SHOWN)
        seconds.append(time.perf_counter() - started)
    return seconds


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """p50 and p95 in milliseconds; the first query, which warms things up, is left out where there are others."""
    warm = np.array(seconds[1:] or seconds) * 1000
    return {"p50": round(float(np.percentile(warm, 50)), 2), "p95": round(float(np.percentile(warm, 95)), 2)}


def _check_judged(collection: Collection, held: Generation) -> None:
    indexed = {info.id for info in held.infos()}
    judged = {document for grades in collection.qrels.values() for document in grades}
    if lost := sorted(judged - indexed):
        raise CollectionError(f"{len(lost)} judged documents are not in the index, the first is {lost[0]!r}")
