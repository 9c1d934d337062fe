"""/v1/search: passages, by POST for programs and by GET for an address bar."""

import time
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from assistant import wire
from assistant.api import problems, schemas
from assistant.api.core import Core, as_json, json_response
from assistant.page import Page, Wanted
from index import lexical
from index.types import Vectors

_HIT = "$response.body#/hits/0"
_LEADS: dict[int | str, dict[str, Any]] = {
    200: {
        "links": {
            "get_document": {"operationId": "get_document", "parameters": {"id": f"{_HIT}/document_id"}},
            "get_span": {
                "operationId": "get_span",
                "parameters": {"id": f"{_HIT}/document_id", "start": f"{_HIT}/start", "end": f"{_HIT}/end"},
            },
        }
    }
}

Asked = schemas.SearchRequest | schemas.SearchParameters


def router(core: Core) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["search"], responses=problems.responses(409, 422, 503, 504))

    @routes.post("/v1/search", response_model=schemas.SearchResult, responses=_LEADS, operation_id="search")
    async def search(request: Request, asked: schemas.SearchRequest) -> Response:
        """Find passages.

        Hits come best first, each with its trace: rank and score by method, matched terms, share of the fused score.
        `next_cursor` leads to further hits of the same index, 200 at most.
        """
        return await _answered(core, request, asked)

    @routes.get("/v1/search", response_model=schemas.SearchResult, operation_id="search_by_address")
    async def search_by_address(request: Request, asked: Annotated[schemas.SearchParameters, Query()]) -> Response:
        """Find passages, from an address; filters are repeated parameters."""
        return await _answered(core, request, asked)

    return routes


async def _answered(core: Core, request: Request, asked: Asked) -> Response:
    core.note(request, asked.query)
    started = time.perf_counter()
    wanted = asked.wanted()
    serving = None if asked.explain else core.assistant.current()
    known = core.results.get(wanted, generation=serving)
    text = known or await _searched(core, request, asked, wanted)
    if known:
        core.metrics.remembered()
    took = (time.perf_counter() - started) * 1000
    return json_response(b'{"took_ms":%.2f,%b' % (took, text[1:]))


async def _searched(core: Core, request: Request, asked: Asked, wanted: Wanted) -> bytes:
    page, text = await core.search(wanted, partial(_text, core, asked), client=request)
    if not asked.explain:
        core.results.put(wanted, text, generation=page.generation)
    return text


async def found(core: Core, asked: Asked) -> dict[str, Any]:
    """Search, count it, and shape it as `schemas.SearchResult`."""
    started = time.perf_counter()
    _, shaped = await core.search(asked.wanted(), partial(_shaped, core, asked), client=None)
    return shaped | {"took_ms": round((time.perf_counter() - started) * 1000, 2)}


def _text(core: Core, asked: Asked, vector: Vectors | None, encode_ms: float) -> tuple[Page, bytes]:
    page, shaped = _shaped(core, asked, vector, encode_ms)
    return page, as_json(shaped)


def _shaped(core: Core, asked: Asked, vector: Vectors | None, encode_ms: float) -> tuple[Page, dict[str, Any]]:
    """The part of a search that runs in a worker thread; how long it took is added when it is over."""
    wanted = asked.wanted()
    page = core.assistant.page(wanted, vector)
    timings = {"encode": round(encode_ms, 2), **page.timings_ms}
    core.metrics.search(len(page.hits), timings)
    shaped = wire.search(wanted.query, page.hits, took_ms=0)
    del shaped["took_ms"]
    for hit in shaped["hits"] if wanted.one_a_document else ():
        hit["others"] = page.others[hit["document_id"]]
    more: dict[str, Any] = {"generation": page.generation, "next_cursor": page.cursor or None}
    if asked.explain:
        more["explanation"] = _explanation(timings, wanted) | {"document": _standing(core, asked, wanted)}
    return page, shaped | more


def _explanation(timings: dict[str, float], wanted: Wanted) -> dict[str, Any]:
    terms = list(lexical.terms(" ".join(lexical.content_words(wanted.query))))
    return {"mode": wanted.mode.value, "terms": terms, "timings_ms": timings}


def _standing(core: Core, asked: Asked, wanted: Wanted) -> dict[str, Any] | None:
    """Why the document that was asked for is, or is not, among the hits."""
    if not asked.explain_document:
        return None
    told = core.assistant.explain(wanted.query, asked.explain_document, k=wanted.k, filters=wanted.filters)
    return asdict(told)
