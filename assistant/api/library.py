"""The library over HTTP: sources and their health, documents, spans in their surroundings, feedback, statistics."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Response
from starlette.status import HTTP_201_CREATED

from assistant import sources
from assistant.anchor import shown
from assistant.api import problems, schemas
from assistant.api.core import Core, as_json, json_response
from assistant.feedback import FeedbackBook, Note
from ingest.types import BlockKind, Document

_CONTEXT = 400  # characters shown on each side of a span
LONGEST_SPAN = 20_000

_Id = Annotated[str, Path(min_length=1, max_length=200, examples=["topic-calibration"])]
_Offset = Annotated[int, Query(ge=0, le=10**9, examples=[120])]


def router(core: Core) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["library"], responses=problems.responses(422, 503, 504))
    _add_sources(routes, core)
    _add_documents(routes, core)
    _add_feedback(routes, core)
    return routes


def _add_sources(routes: APIRouter, core: Core) -> None:
    @routes.get("/v1/sources", response_model=list[schemas.SourceHealth], operation_id="list_sources")
    async def list_sources() -> list[dict[str, Any]]:
        """Every listed source and how it fares."""
        return [asdict(row) for row in await core.read(lambda: source_rows(core))]

    @routes.get(
        "/v1/sources/{id}",
        response_model=schemas.SourceHealth,
        responses=problems.responses(404),
        operation_id="get_source",
    )
    async def one_source(id: Annotated[str, Path(min_length=1, max_length=200, examples=["field-guide"])]) -> Any:  # noqa: ANN401
        """One listed source."""
        for row in await core.read(lambda: source_rows(core)):
            if row.id == id:
                return asdict(row)
        raise HTTPException(404, f"no source has the id {id[:80]!r}; /v1/sources lists them")

    @routes.get("/v1/stats", response_model=schemas.Stats, operation_id="get_stats")
    async def stats() -> Response:
        """What the library and the index hold."""
        return json_response(await core.read(lambda: as_json(_stats(core))))


def _add_documents(routes: APIRouter, core: Core) -> None:
    missing = problems.responses(404)

    @routes.get(
        "/v1/documents/{id}", response_model=schemas.DocumentBody, responses=missing, operation_id="get_document"
    )
    async def one_document(id: _Id) -> Response:
        """A document's whole text, which citations point into."""
        return json_response(await core.read(lambda: as_json(_body(document(core, id)))))

    @routes.get("/v1/documents/{id}/span", response_model=schemas.Span, responses=missing, operation_id="get_span")
    async def one_span(id: _Id, start: _Offset, end: _Offset) -> Response:
        """A quotation in its surroundings; `[start:end)` counts characters of the document's text."""
        return json_response(await core.read(lambda: as_json(span(core, id, start=start, end=end))))


def _add_feedback(routes: APIRouter, core: Core) -> None:
    book = FeedbackBook(core.home / "feedback.sqlite")

    @routes.post(
        "/v1/feedback",
        response_model=schemas.FeedbackKept,
        status_code=HTTP_201_CREATED,
        operation_id="give_feedback",
    )
    async def feedback(given: schemas.Feedback) -> schemas.FeedbackKept:
        """Say what an answer or a citation is worth; it is kept on the server and goes nowhere else."""
        note = Note(**given.model_dump())
        return schemas.FeedbackKept(number=await core.read(lambda: book.add(note)))


def source_rows(core: Core) -> list[sources.SourceRow]:
    """Every listed source; of files their names alone."""
    rows = sources.rows(core.library_path, chunk_counts=core.assistant.chunk_counts())
    return [replace(row, url=shown(row.url)) for row in rows]


def document(core: Core, id: str) -> Document:
    """A document of the serving generation.

    Raises:
        HTTPException: 404 if there is none.
    """
    found = core.assistant.document(id)
    if found is None:
        raise HTTPException(404, f"no document has the id {id[:80]!r}; /v1/search gives ids")
    return found


def span(core: Core, id: str, *, start: int, end: int) -> dict[str, Any]:
    """A span as `schemas.Span`.

    Raises:
        HTTPException: 404 without the document, or if its text has no such span: empty, too long or beyond the end.
    """
    held = document(core, id)
    if not start < end <= len(held.text) or end - start > LONGEST_SPAN:
        detail = f"there is no span {start}:{end} in 0:{len(held.text)}; a span has 1 to {LONGEST_SPAN:,} characters"
        raise HTTPException(404, detail)
    return {
        "document_id": held.id,
        "title": held.title,
        "url": shown(held.url),
        "start": start,
        "end": end,
        "before": held.text[max(0, start - _CONTEXT) : start],
        "quote": held.text[start:end],
        "after": held.text[end : end + _CONTEXT],
    }


def _body(held: Document) -> dict[str, Any]:
    headings = [
        {"text": held.text[block.start : block.end], "level": block.level, "start": block.start}
        for block in held.blocks
        if block.kind is BlockKind.HEADING
    ]
    names = {name: getattr(held, name) for name in ("id", "title", "text")}
    return names | {"url": shown(held.url), "kind": held.kind.value, "headings": headings}


def _stats(core: Core) -> dict[str, Any]:
    manifest = core.assistant.manifest()
    infos = core.assistant.infos()
    return {
        "generation": manifest.id,
        "model": manifest.model,
        "documents": manifest.documents,
        "passages": manifest.chunks,
        "sentences": manifest.sentences,
        "recall": manifest.recall,
        "documents_by_kind": _counted(info.kind for info in infos),
        "documents_by_organisation": _counted(name for info in infos for name in info.organisations),
        "documents_by_topic": _counted(name for info in infos for name in info.topics),
        "sources_by_status": _counted(row.status for row in source_rows(core)),
    }


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(Counter(values).most_common(100))
