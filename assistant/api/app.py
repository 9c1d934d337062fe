"""The HTTP API. Thin: every route calls the assistant and shapes what comes back.

Routes are plain functions, which FastAPI runs in its thread pool: encoding and search never block the event loop.
Errors are problem+json (RFC 9457), made in one place.
"""

import time
from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException as StarletteHTTPException

from assistant import sources, wire
from assistant.answer import Assistant
from assistant.api import schemas
from assistant.errors import AnswerError, QuestionError
from assistant.question import MAX_CHARACTERS
from index.errors import SearchError
from index.search import Mode
from ingest.errors import IngestError
from ingest.types import BlockKind, Document

_CONTEXT = 400  # characters shown on each side of a span
_LONGEST_SPAN = 20_000

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"model": schemas.Problem, "description": text}
    for code, text in ((404, "No such thing"), (422, "Asked wrongly"), (503, "The index cannot serve"))
}
_STATUS = {QuestionError: 422, SearchError: 503, AnswerError: 500, IngestError: 500}


def create_app(assistant: Assistant, *, library_path: Path) -> FastAPI:
    """Make the application around an assistant."""
    app = FastAPIOffline(
        title="ninestep",
        version="0.1.0",
        description="Semantic search and cited answers for designing machine-learning systems.",
        redoc_url=None,
    )
    _add_errors(app)
    _add_questions(app, assistant)
    _add_library(app, assistant, library_path)
    _add_health(app, assistant)
    return app


def _add_questions(app: FastAPI, assistant: Assistant) -> None:
    @app.post("/v1/search", response_model=schemas.SearchResult, responses=_PROBLEMS, tags=["search"])
    def search(request: schemas.SearchRequest) -> dict[str, Any]:
        """Find passages."""
        started = time.perf_counter()
        hits = assistant.search(request.query, k=request.k, filters=request.filters.record(), mode=request.mode)
        return wire.search(request.query, hits, took_ms=(time.perf_counter() - started) * 1000)

    @app.get("/v1/search", response_model=schemas.SearchResult, responses=_PROBLEMS, tags=["search"])
    def search_in_browser(
        query: Annotated[str, Query(min_length=1, max_length=MAX_CHARACTERS, pattern=r"\S")],
        k: Annotated[int, Query(ge=1, le=100)] = 10,
        mode: Mode = Mode.HYBRID,
    ) -> dict[str, Any]:
        """Find passages, from a browser's address bar."""
        return search(schemas.SearchRequest(query=query, k=k, mode=mode))

    @app.post("/v1/ask", response_model=schemas.AskResult, responses=_PROBLEMS, tags=["answers"])
    def ask(request: schemas.AskRequest) -> dict[str, Any]:
        """Answer a question with quotations, or decline with a reason."""
        return wire.answer(assistant.ask(request.question, history=request.history))


def _add_library(app: FastAPI, assistant: Assistant, library_path: Path) -> None:
    def rows() -> list[sources.SourceRow]:
        return sources.rows(library_path, chunk_counts=assistant.chunk_counts())

    def found(id: str) -> Document:
        document = assistant.document(id)
        if document is None:
            raise HTTPException(404, f"no document has the id {id[:80]!r}; /v1/search gives ids")
        return document

    @app.get("/v1/sources", response_model=list[schemas.SourceHealth], responses=_PROBLEMS, tags=["library"])
    def list_sources() -> list[dict[str, Any]]:
        """Every listed source and how it fares."""
        return [asdict(row) for row in rows()]

    @app.get("/v1/sources/{id}", response_model=schemas.SourceHealth, responses=_PROBLEMS, tags=["library"])
    def one_source(id: str) -> dict[str, Any]:
        """One listed source."""
        for row in rows():
            if row.id == id:
                return asdict(row)
        raise HTTPException(404, f"no source has the id {id[:80]!r}; /v1/sources lists them")

    @app.get("/v1/documents/{id}", response_model=schemas.DocumentBody, responses=_PROBLEMS, tags=["library"])
    def one_document(id: str) -> dict[str, Any]:
        """A document's whole text, which citations point into."""
        return _body(found(id))

    @app.get("/v1/documents/{id}/span", response_model=schemas.Span, responses=_PROBLEMS, tags=["library"])
    def one_span(
        id: str, start: Annotated[int, Query(ge=0, le=10**9)], end: Annotated[int, Query(ge=1, le=10**9)]
    ) -> dict[str, Any]:
        """A quotation in its surroundings."""
        document = found(id)
        if not start < end <= len(document.text) or end - start > _LONGEST_SPAN:
            detail = f"span {start}:{end} is not within 0:{len(document.text)} or is longer than {_LONGEST_SPAN}"
            raise HTTPException(422, detail)
        return _span(document, start, end)


def _add_health(app: FastAPI, assistant: Assistant) -> None:
    @app.get("/healthz", tags=["operations"])
    def alive() -> dict[str, str]:
        """The process is alive."""
        return {"status": "alive"}

    @app.get("/readyz", tags=["operations"], responses=_PROBLEMS)
    def ready() -> dict[str, str]:
        """An index is open and the model is warm."""
        return {"status": "ready", "generation": assistant.warm()}


def _body(document: Document) -> dict[str, Any]:
    headings = [
        {"text": document.text[block.start : block.end], "level": block.level, "start": block.start}
        for block in document.blocks
        if block.kind is BlockKind.HEADING
    ]
    names = ("id", "title", "url", "text")
    return {name: getattr(document, name) for name in names} | {"kind": document.kind.value, "headings": headings}


def _span(document: Document, start: int, end: int) -> dict[str, Any]:
    return {
        "document_id": document.id,
        "start": start,
        "end": end,
        "before": document.text[max(0, start - _CONTEXT) : start],
        "quote": document.text[start:end],
        "after": document.text[end : end + _CONTEXT],
    }


def _add_errors(app: FastAPI) -> None:
    for kind, status in _STATUS.items():
        app.add_exception_handler(kind, _handler(status))
    app.add_exception_handler(StarletteHTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)


def _handler(status: int) -> Any:  # noqa: ANN401 - starlette's handler type is wider than its use
    def handle(_: Request, error: Exception) -> JSONResponse:
        return _problem(status, str(error))

    return handle


def _on_http_error(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, StarletteHTTPException):
        return _problem(500, "unexpected error")
    return _problem(error.status_code, str(error.detail), headers=error.headers)


def _on_invalid_request(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        return _problem(500, "unexpected error")
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part != "body")
    return _problem(422, f"{where or 'the request'}: {first['msg']}")


def _problem(status: int, detail: str, *, headers: Any = None) -> JSONResponse:  # noqa: ANN401
    body = schemas.Problem(title=HTTPStatus(status).phrase, status=status, detail=detail)
    return JSONResponse(body.model_dump(), status, media_type="application/problem+json", headers=headers)
