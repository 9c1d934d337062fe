"""Results as JSON-ready mappings: one shape for the command line, the API and exports."""

from collections.abc import Sequence
from typing import Any

from assistant.anchor import link, shown
from assistant.types import Answer, AnswerSection, Citation, Declined, Sentence, Table
from index.explain import Explanation
from index.types import Hit, Trace


def answer(result: Answer | Declined) -> dict[str, Any]:
    """An answer or a declined one; both carry the same keys, so a client needs no special case."""
    common = {"question": result.question.text, "timings_ms": dict(result.timings_ms)}
    if isinstance(result, Declined):
        corrected = [sentence(one) for one in result.correction]
        nothing: dict[str, Any] = {"sections": [], "citations": [citation(one) for one in result.citations]}
        found = {
            "reason": result.reason,
            "nearest_topics": list(result.nearest_topics),
            "found": [hit(one) for one in result.found],
            "correction": corrected,
        }
        return {"kind": "declined"} | common | nothing | found
    parts = {"sections": [_section(one) for one in result.sections]}
    if result.head:
        parts["head"] = [_section(one) for one in result.head]
    citations = [citation(one) for one in result.citations]
    table = {"table": _table(result.table)} if result.table else {}
    if result.note:
        common["note"] = result.note
    return {"kind": "answer"} | common | parts | {"citations": citations} | table


def _section(one: AnswerSection) -> dict[str, Any]:
    return {"title": one.title, "step": one.step, "sentences": [sentence(each) for each in one.sentences]}


def sentence(one: Sentence) -> dict[str, Any]:
    """A sentence with its citations and the verdict on it."""
    return {"text": one.text, "citations": list(one.citations), "verdict": one.verdict.value}


def _table(table: Table) -> dict[str, Any]:
    """A comparison; a cell that the library does not state is null."""
    rows = [
        {"name": name, "cells": [sentence(cell) if cell else None for cell in cells]}
        for name, cells in zip(table.rows, table.cells, strict=True)
    ]
    return {"columns": list(table.columns), "rows": rows}


def citation(one: Citation) -> dict[str, Any]:
    """A citation."""
    return {
        "number": one.number,
        "document_id": one.document_id,
        "title": one.title,
        "url": shown(one.url),
        "headings": list(one.headings),
        "start": one.start,
        "end": one.end,
        "quote": one.quote,
        "page": one.page,
        "seconds": one.seconds,
        "prefix": one.prefix,
        "suffix": one.suffix,
        "link": link(shown(one.url), one.quote),
        "snapshot": one.snapshot,
    }


def search(query: str, hits: Sequence[Hit], *, took_ms: float) -> dict[str, Any]:
    """The result of a search."""
    return {"query": query, "took_ms": round(took_ms, 2), "hits": [hit(one) for one in hits]}


def hit(one: Hit) -> dict[str, Any]:
    """A hit with its trace."""
    return {
        "rank": one.rank,
        "score": round(one.score, 6),
        "document_id": one.document.id,
        "title": one.document.title,
        "url": shown(one.document.url),
        "headings": list(one.chunk.headings),
        "text": one.chunk.text,
        "start": one.chunk.start,
        "end": one.chunk.end,
        "trace": _trace(one.trace),
    }


def explanation(one: Explanation) -> dict[str, Any]:
    """Why a document is or is not among the hits."""
    standings = {standing.method: {"rank": standing.rank, "score": standing.score} for standing in one.standings}
    return {"document_id": one.document_id, "rank": one.rank, "methods": standings, "reason": one.reason}


def _trace(trace: Trace) -> dict[str, Any]:
    methods = {
        name: {"rank": one.rank, "score": round(one.score, 6), "share": round(one.share, 6)}
        for name, one in trace.methods.items()
    }
    return {"methods": methods, "matched_terms": list(trace.matched_terms)}
