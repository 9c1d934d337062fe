"""/v1/search: passages, by POST for programs and by GET for an address bar."""

import time
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from assistant import wire
from assistant.api import problems, schemas
from assistant.api.core import Core, as_json, json_response
from assistant.page import Page, Wanted
from index import lexical

Asked = schemas.SearchRequest | schemas.SearchParameters

SECONDS = 5.0  # a search takes 10–20 ms; whoever waited this long has gone


def router(core: Core) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["search"], responses=problems.responses(409, 422, 503, 504))

    @routes.post("/v1/search", response_model=schemas.SearchResult, operation_id="search")
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
    return json_response(await core.ask(request, lambda: as_json(found(core, asked)), seconds=SECONDS))


def found(core: Core, asked: Asked) -> dict[str, Any]:
    """Search, count it, and shape it as `schemas.SearchResult`; runs in a worker thread."""
    wanted = asked.wanted()
    started = time.perf_counter()
    page = core.assistant.page(wanted)
    core.metrics.search(len(page.hits), page.timings_ms)
    shaped = wire.search(wanted.query, page.hits, took_ms=(time.perf_counter() - started) * 1000)
    for hit in shaped["hits"] if wanted.one_a_document else ():
        hit["others"] = page.others[hit["document_id"]]
    more: dict[str, Any] = {"generation": page.generation, "next_cursor": page.cursor or None}
    if asked.explain:
        more["explanation"] = _explanation(page, wanted) | {"document": _standing(core, asked, wanted)}
    return shaped | more


def _explanation(page: Page, wanted: Wanted) -> dict[str, Any]:
    terms = list(lexical.terms(" ".join(lexical.content_words(wanted.query))))
    return {"mode": wanted.mode.value, "terms": terms, "timings_ms": dict(page.timings_ms)}


def _standing(core: Core, asked: Asked, wanted: Wanted) -> dict[str, Any] | None:
    """Why the document that was asked for is, or is not, among the hits."""
    if not asked.explain_document:
        return None
    told = core.assistant.explain(wanted.query, asked.explain_document, k=wanted.k, filters=wanted.filters)
    return asdict(told)
