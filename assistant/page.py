"""One page of search results: ranked, optionally one hit a document, and a cursor to the next page.

A cursor names the generation and the search that it belongs to, so that a page never mixes two indexes: after a swap
it is refused, and the search begins again. Pages end at `index.search.DEPTH` hits: behind that depth the order depends
on how deep one looks, and a hit could come twice.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from assistant.errors import CursorError
from assistant.patience import Stage
from index import rerank
from index.engine import Generation
from index.rerank import Reranker
from index.search import DEPTH, HybridSearcher, Mode
from index.types import Filters, Hit, Vectors

_SEARCH_SECONDS = 3.0
_RERANK_SECONDS = 8.0  # fifty passages at tens of milliseconds each, with others at work


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search.

    Attributes:
        one_a_document: Keep only the best hit of each document.
        cursor: From the page before; empty for the first.
    """

    query: str
    k: int = 10
    mode: Mode = Mode.HYBRID
    filters: Filters = field(default_factory=Filters)
    one_a_document: bool = False
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Hits, best first.

    Attributes:
        generation: Id of the index that they all come from.
        cursor: Leads to the next page; empty where this is the last.
        others: For each document id, how many hits it has beside the one shown; filled only for one hit a document.
        timings_ms: Milliseconds by stage.
    """

    hits: tuple[Hit, ...]
    generation: str
    cursor: str = ""
    others: Mapping[str, int] = field(default_factory=dict)
    timings_ms: Mapping[str, float] = field(default_factory=dict)


def turn(
    searcher: HybridSearcher,
    generation: Generation,
    vector: Vectors | None,
    wanted: Wanted,
    *,
    reranker: Reranker | None = None,
) -> Page:
    """Search a generation, and cut out the page that is wanted.

    Args:
        searcher: Searches this generation in the mode that is wanted.
        generation: Where the hits come from.
        vector: Of the query; None where the mode needs none.
        wanted: The search.
        reranker: Reads the head of the ranking again, the same head for every page.

    Raises:
        CursorError: If the cursor is not of this search and this index.
        ValueError: If the query is blank or `k` is below 1.
    """
    start = _place(wanted, generation.manifest.id)
    depth = DEPTH if wanted.one_a_document else min(start + wanted.k + 1, DEPTH)
    with Stage("search", seconds=_SEARCH_SECONDS) as search:
        wide = depth if reranker is None else max(depth, rerank.DEPTH)
        hits = searcher.search_vector(wanted.query, vector, k=wide, filters=wanted.filters)
    timings_ms = {"search": search.milliseconds}
    if reranker is not None:
        with Stage("rerank", seconds=_RERANK_SECONDS) as reading:
            hits = rerank.read_again(wanted.query, hits, reranker)[:depth]
        timings_ms["rerank"] = reading.milliseconds
    others: dict[str, int] = {}
    if wanted.one_a_document:
        hits, others = _collapsed(hits)
    end = start + wanted.k
    return Page(
        hits=tuple(hits[start:end]),
        generation=generation.manifest.id,
        cursor=_cursor(wanted, generation.manifest.id, end) if len(hits) > end else "",
        others=others,
        timings_ms=timings_ms,
    )


def _collapsed(hits: list[Hit]) -> tuple[list[Hit], dict[str, int]]:
    others: dict[str, int] = {}
    best: list[Hit] = []
    for hit in hits:
        if hit.document.id in others:
            others[hit.document.id] += 1
        else:
            others[hit.document.id] = 0
            best.append(replace(hit, rank=len(best) + 1))
    return best, others


def _cursor(wanted: Wanted, generation: str, place: int) -> str:
    text = json.dumps([generation, _digest(wanted), place], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _place(wanted: Wanted, generation: str) -> int:
    """How many hits come before this page."""
    if not wanted.cursor:
        return 0
    try:
        padded = wanted.cursor + "=" * (-len(wanted.cursor) % 4)
        held, digest, place = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise CursorError("this cursor was not given out here; take `next_cursor` of a result as it is") from error
    if held != generation:
        raise CursorError("the index has changed since this cursor was given out; search again without it")
    if digest != _digest(wanted) or type(place) is not int or not 0 < place < DEPTH:
        raise CursorError("this cursor belongs to another search; send it with the same query, mode and filters")
    return place


def _digest(wanted: Wanted) -> str:
    """Of everything that decides the order of hits; `k` may change from page to page."""
    filters = {name: sorted(values) for name, values in asdict(wanted.filters).items() if values}
    text = json.dumps([wanted.query, wanted.mode, filters, wanted.one_a_document])
    return hashlib.sha256(text.encode()).hexdigest()[:12]
