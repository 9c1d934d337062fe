"""What a client is told when something goes wrong: one table, problem+json (RFC 9457).

A message reaches the client as it is only where it speaks of what the client sent. What speaks of the server's own
files and settings is written to the log, and the client gets the table's sentence.
"""

import json
import logging
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from assistant.api import schemas
from assistant.errors import (
    AbandonedError,
    AnswerError,
    BusyError,
    CursorError,
    GenerationError,
    LostError,
    QuestionError,
    QueueError,
    TooSlowError,
)
from index.errors import DamagedIndexError, IncompatibleIndexError, NoIndexError, SearchError
from ingest.errors import CatalogError, IngestError

MEDIA_TYPE = "application/problem+json"

_LOG = logging.getLogger("ninestep.api")
_PATH = re.compile(r"(?<![\w:/])/(?:[\w.~-]+/)+[\w.~-]*")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem.

    Attributes:
        name: Ends the problem's type, `urn:ninestep:<name>`.
        sentence: What the client is told; empty where the error's own words are meant for it.
    """

    status: int
    name: str
    sentence: str = ""


_REBUILD = "the index cannot be read; run `ninestep index` where the server runs"

TABLE: Mapping[type[Exception], Kind] = {
    QuestionError: Kind(422, "invalid"),
    CursorError: Kind(409, "stale-cursor"),
    CatalogError: Kind(404, "not-found"),
    QueueError: Kind(429, "too-many"),
    BusyError: Kind(503, "busy"),
    LostError: Kind(503, "lost"),
    TooSlowError: Kind(504, "too-slow"),
    AbandonedError: Kind(499, "abandoned", "the client closed the connection"),
    GenerationError: Kind(502, "language-model", "the language model did not answer usably; ask again"),
    NoIndexError: Kind(503, "no-index"),
    IncompatibleIndexError: Kind(503, "no-index", "the index does not fit the settings; run `ninestep index`"),
    DamagedIndexError: Kind(503, "no-index", _REBUILD),
    SearchError: Kind(503, "no-index", _REBUILD),
    IngestError: Kind(503, "library", "the library cannot be used just now; `ninestep doctor` says why"),
    sqlite3.Error: Kind(503, "library", "a file of the home cannot be used just now; `ninestep doctor` says why"),
    AnswerError: Kind(500, "failed", "this could not be answered; the server's log says why"),
}

_BY_STATUS = {
    400: "malformed", 401: "no-key", 403: "forbidden", 404: "not-found", 405: "wrong-method", 408: "slow-request",
    409: "stale-cursor", 413: "too-large", 415: "wrong-content", 421: "wrong-host", 422: "invalid", 429: "too-many",
    500: "failed", 502: "language-model", 503: "busy", 504: "too-slow",
}  # fmt: skip

# What a status means, and a sentence of the kind that comes with it.
_DESCRIPTIONS = {
    400: ("The request cannot be read", "the body is not JSON: Expecting value at character 1"),
    401: ("No valid API key", "this server wants an API key; send `Authorization: Bearer <key>`"),
    403: ("Not allowed", "this key may read, not ingest; `ninestep keys add --scope ingest` makes one"),
    404: ("No such thing", "no document has the id 'nope'; /v1/search gives ids"),
    405: ("No such method here", "DELETE is not answered here; GET, POST is"),
    408: ("The request came too slowly", "the body took longer than 15 seconds to arrive"),
    409: (
        "A cursor that leads nowhere",
        "the index has changed since this cursor; search again without it",
    ),
    413: ("The request is too large", "the body is larger than 256 KiB, which is the most that is read here"),
    415: ("The body is of another kind", "the body came as 'text/plain'; send application/json"),
    421: ("The Host header names another server", "this server is not 'evil.example'; NINESTEP_HOSTS lists its names"),
    422: ("Asked wrongly", "k: Input should be less than or equal to 100"),
    429: ("Too much at once", "this key may make 600 per 1 minute; wait 12 s"),
    502: ("The language model did not answer", "the language model did not answer usably; ask again"),
    503: ("No room, or no index, just now", "all 34 places for questions are taken; ask again in a second"),
    504: ("It took too long", "this took longer than 60 seconds; ask something shorter, or again later"),
}
_COMES_BACK = {"Retry-After": {"description": "seconds until it is worth trying", "schema": {"type": "integer"}}}


def table() -> str:
    """All problems as a Markdown table, for the documentation."""
    rows = (f"| {status} | {meaning} | {example} |" for status, (meaning, example) in _DESCRIPTIONS.items())
    return "\n".join(["| status | means | for example |", "| --- | --- | --- |", *rows])


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a route can answer with, for the OpenAPI document; those of every route are added."""
    every = (400, 401, 403, 408, 413, 415, 421, 429)
    return {status: _response(status) for status in sorted({*every, *statuses})}


def _response(status: int) -> dict[str, Any]:
    meaning, example = _DESCRIPTIONS[status]
    shown = body(Kind(status, _BY_STATUS[status]), example, request_id="0f9c2c6e5f0b4f0e")
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": shown}}
    headers = {"headers": _COMES_BACK} if status in {429, 503} else {}
    return {"model": schemas.Problem, "description": meaning, "content": content} | headers


def install(app: FastAPI) -> None:
    """Make an application answer with problems."""
    for error in TABLE:
        app.add_exception_handler(error, _on_named)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_invalid)


def of(error: Exception) -> tuple[Kind, str]:
    """What the table says of an error, and the sentence for the client."""
    kind = next((TABLE[one] for one in type(error).__mro__ if one in TABLE), Kind(500, "failed", "this failed"))
    if kind.status >= 500 and kind.sentence:
        _LOG.error("%s: %s", type(error).__name__, error)
    return kind, kind.sentence or without_paths(str(error))


def body(kind: Kind, detail: str, *, request_id: str = "") -> dict[str, Any]:
    """A problem as JSON."""
    return schemas.Problem(
        type=f"urn:ninestep:{kind.name}",
        title=_title(kind.status),
        status=kind.status,
        detail=detail,
        request_id=request_id,
    ).model_dump(exclude_none=True)


def response(
    status: int, detail: str, *, request_id: str = "", headers: Mapping[str, str] | None = None, name: str = ""
) -> JSONResponse:
    """A problem as an HTTP response."""
    kind = Kind(status, name or _BY_STATUS.get(status, "failed"))
    content = body(kind, detail, request_id=request_id)
    return JSONResponse(content, status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def without_paths(text: str) -> str:
    """A message without the server's file paths."""
    return _PATH.sub("…", text)


def request_id(request: Request) -> str:
    """The id that the guard gave this request; empty where there is no guard."""
    found: str = request.scope.get("ninestep.request_id", "")
    return found


def _on_named(request: Request, error: Exception) -> JSONResponse:
    kind, detail = of(error)
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, BusyError) else {}
    return _respond(request, kind.status, detail, headers=headers, name=kind.name)


def _on_http(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    return _respond(request, error.status_code, str(error.detail), headers=error.headers)


def _on_invalid(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    sent = request.headers.get("content-type", "")
    if first["loc"] == ("body",) and "json" not in sent:
        return _respond(request, 415, f"the body came as {sent[:80] or 'nothing'!r}; send application/json")
    if first["type"] == "json_invalid":
        return _respond(request, 400, f"the body is not JSON: {first['ctx']['error']} at character {first['loc'][-1]}")
    where = ".".join(str(part) for part in first["loc"][1:])
    return _respond(request, 422, f"{where or 'the request'}: {first['msg']}")


def _respond(
    request: Request, status: int, detail: str, *, headers: Mapping[str, str] | None = None, name: str = ""
) -> JSONResponse:
    made = response(status, detail, request_id=request_id(request), headers=headers, name=name)
    return as_openai(made) if request.url.path.startswith(("/v1/chat", "/v1/models")) else made


def as_openai(problem: JSONResponse) -> JSONResponse:
    """The same problem with the member that OpenAI's clients read."""
    content = json.loads(bytes(problem.body))
    error = openai_error(Kind(content["status"], content["type"].rpartition(":")[2]), content["detail"])
    kept = {name: value for name, value in problem.headers.items() if name not in {"content-length", "content-type"}}
    return JSONResponse(content | {"error": error}, problem.status_code, media_type=MEDIA_TYPE, headers=kept)


def openai_error(kind: Kind, detail: str) -> dict[str, Any]:
    """A problem as OpenAI's clients read it."""
    return {"message": detail, "type": f"urn:ninestep:{kind.name}", "param": None, "code": str(kind.status)}


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Client Closed Request"
