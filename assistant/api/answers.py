"""/v1/ask: a whole answer as JSON, or its parts as server-sent events.

Which of the two is decided by the Accept header; a browser's EventSource sends the right one, and can only GET. It
also comes back after every end: the `done` event has an id, and who comes back with that id is told to stay away (204).
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from assistant import events, wire
from assistant.api import problems, schemas
from assistant.api.core import Core, as_json, json_response
from assistant.api.work import begin
from assistant.events import Event, EventKind
from assistant.types import Answer, Declined

SECONDS = 60.0  # an extractive answer takes half a second; a language model takes its time

EVENT_STREAM = "text/event-stream"

_EVENT = schemas.stream(
    *(kind.value for kind in EventKind),
    data="`sources`: documents · `delta`: a sentence's text and place · `citation`: a Citation · `verdict`: of the "
    "sentence · `done`: the whole AskResult · `error`: a Problem",
)
_STREAMED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer; with `Accept: text/event-stream` the same as events",
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/AskResult"}},
            EVENT_STREAM: {"schema": _EVENT, "example": 'event: delta\ndata: {"text": "Start with the goal."}\n\n'},
        },
    }
}
_DONE = "done"


def router(core: Core) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["answers"], responses=problems.responses(422, 502, 503, 504))
    accept = Annotated[str, Header(description="`text/event-stream` streams the answer", max_length=200)]

    @routes.post("/v1/ask", response_model=schemas.AskResult, responses=_STREAMED, operation_id="ask")
    async def ask(request: Request, asked: schemas.AskRequest, accept: accept = "application/json") -> Response:
        """Answer a question with quotations, or decline with a reason and what is nearest."""
        return await _answered(core, request, asked, accept)

    @routes.get(
        "/v1/ask",
        response_model=schemas.AskResult,
        responses=_STREAMED | {204: {"description": "The stream that ended with this Last-Event-ID is complete"}},
        operation_id="ask_by_address",
    )
    async def ask_by_address(
        request: Request,
        question: Annotated[schemas.Words, Query(examples=["Two-tower model or cross-encoder?"])],
        accept: accept = "application/json",
        last_event_id: schemas.LastEventId = "",
    ) -> Response:
        """Answer a question, for an address bar or a browser's EventSource."""
        if last_event_id == _DONE:
            return Response(status_code=204)
        return await _answered(core, request, schemas.AskRequest(question=question), accept)

    return routes


def answer(core: Core, asked: schemas.AskRequest) -> Answer | Declined:
    """Answer, and count it; runs in a worker thread."""
    result = core.assistant.ask(asked.question, history=asked.history)
    core.metrics.answer(result)
    return result


async def _answered(core: Core, request: Request, asked: schemas.AskRequest, accept: str) -> Response:
    core.note(request, asked.question)
    if EVENT_STREAM in accept:
        return await streamed(core, request, asked)

    def work() -> bytes:
        return as_json(wire.answer(answer(core, asked)))

    return json_response(await core.ask(request, work, seconds=SECONDS))


async def streamed(core: Core, request: Request, asked: schemas.AskRequest) -> Response:
    """A response of events; where no place is free, that is said before anything is streamed."""

    def work() -> Iterator[Event]:
        yield from events.of(answer(core, asked))

    results = core.questions.stream(work, seconds=SECONDS)
    first = await begin(results, request)
    return event_stream(encoded_events(first, results, request_id=problems.request_id(request)))


def event_stream(pieces: AsyncIterator[bytes]) -> Response:
    """A response that no proxy holds back."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(pieces, media_type=EVENT_STREAM, headers=headers)


async def encoded_events(
    first: Event | None, rest: AsyncGenerator[Event | None], *, request_id: str
) -> AsyncIterator[bytes]:
    """Events as they go over the wire; what fails midway is told by an event of its own."""
    yield _bytes(first)
    try:
        async with aclosing(rest):
            async for event in rest:
                yield _bytes(event)
    except Exception as error:  # noqa: BLE001 - the status line is long gone; the client must still be told
        kind, detail = problems.of(error)
        yield encoded(EventKind.ERROR, problems.body(kind, detail, request_id=request_id))


def _bytes(event: Event | None) -> bytes:
    return KEEPALIVE_COMMENT if event is None else encoded(event.kind, event.data)


def encoded(name: str, data: dict[str, Any]) -> bytes:
    """A server-sent event."""
    text = json.dumps(data, ensure_ascii=False)
    return format_sse_event(event=name, data_str=text, id=_DONE if name == EventKind.DONE else None)
