"""Runs: what a system returned for each query, in TREC's format, and what they score.

Measures come from ir-measures, which computes them as trec_eval does. A mean is taken over all judged queries: one that
the run lacks counts as zero.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean

from eval.collections import Qrels
from eval.errors import CollectionError

Run = Mapping[str, Sequence[tuple[str, float]]]
PerQuery = Mapping[str, Mapping[str, float]]

MEASURES = ("nDCG@10", "R@100", "RR@10", "AP", "Judged@10")


def write(run: Run, path: Path, *, tag: str) -> None:
    """Write a run as TREC lines: query, Q0, document, rank, score, tag.

    Raises:
        CollectionError: If an id holds white space, which the format cannot carry.
    """
    ids = {id for query, ranking in run.items() for id in (query, *(document for document, _ in ranking))}
    if broken := sorted(id for id in ids if len(id.split()) != 1):
        raise CollectionError(f"a TREC run cannot hold the id {broken[0]!r}: white space separates its columns")
    lines = [
        f"{query} Q0 {document} {rank} {score!r} {tag}\n"
        for query, ranking in run.items()
        for rank, (document, score) in enumerate(ranking, start=1)
    ]
    path.write_text("".join(lines), encoding="utf-8")


def read(path: Path) -> Run:
    """Read a run; documents are ordered by score, as trec_eval does, not by the rank that is written.

    Raises:
        CollectionError: If a line is malformed or a document comes twice for one query.
    """
    run: dict[str, dict[str, float]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            query, _, document, _, score, _ = line.split()
            value = float(score)
        except ValueError as error:
            raise CollectionError(
                f"{path.name} line {number}: wanted query, Q0, document, rank, score, tag ({error})"
            ) from error
        if document in run.setdefault(query, {}):
            raise CollectionError(f"{path.name} line {number}: {document} comes twice for query {query}")
        run[query][document] = value
    return {query: sorted(scores.items(), key=lambda item: -item[1]) for query, scores in run.items()}


def check(run: Run, qrels: Qrels, *, name: str) -> None:
    """See that a run answers the queries of these judgments.

    Raises:
        CollectionError: If it holds none of them, or queries that nobody judged here.
    """
    strange = sorted(set(run) - set(qrels))
    if strange or not run:
        told = f"query {strange[0]!r}, which is not among the judged ones" if strange else "no query at all"
        raise CollectionError(f"{name} holds {told}; is it a run of another collection or split?")


def measure(run: Run, qrels: Qrels, *, measures: Iterable[str] = MEASURES) -> PerQuery:
    """Each measure of each judged query.

    Returns:
        Values by measure, then by query; every judged query has one, zero where the run lacks it.

    Raises:
        CollectionError: If a measure's name is unknown.
    """
    import ir_measures

    names = list(measures)
    try:
        parsed = {name: ir_measures.parse_measure(name) for name in names}
    except (NameError, ValueError, SyntaxError) as error:
        raise CollectionError(f"unknown measure in {names}; wanted names such as {', '.join(MEASURES)}") from error
    values: dict[str, dict[str, float]] = {name: dict.fromkeys(qrels, 0.0) for name in names}
    by_measure = {str(one): name for name, one in parsed.items()}
    scores = {query: dict(ranking) for query, ranking in run.items() if ranking}
    grades = {query: dict(given) for query, given in qrels.items()}
    for one in ir_measures.iter_calc(list(parsed.values()), grades, scores) if scores else ():
        values[by_measure[str(one.measure)]][one.query_id] = float(one.value)
    return values


def means(values: PerQuery) -> dict[str, float]:
    """The mean of each measure over the judged queries, rounded to four places."""
    return {name: round(fmean(by_query.values()), 4) for name, by_query in values.items()}
