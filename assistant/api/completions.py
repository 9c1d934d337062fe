"""/v1/chat/completions and /v1/models: OpenAI's protocol, so that its clients and any chat front end work unchanged.

The last user message is the question, the user messages before it are the history; system and assistant messages are
read over, because an answer is quoted from the library and follows no other instructions. Sampling parameters change
nothing for the same reason. The answer is Markdown with numbers like [1]; `citations` and `search_results` carry what
stands behind them, in the whole answer and in the last piece of a streamed one.
"""

import itertools
import json
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from assistant import wire
from assistant.anchor import shown
from assistant.api import problems, schemas
from assistant.api.answers import EVENT_STREAM, SECONDS, answer, event_stream
from assistant.api.core import Core, as_json, json_response
from assistant.api.work import begin
from assistant.errors import QuestionError
from assistant.question import MAX_CHARACTERS
from assistant.types import Answer, AnswerSection, Declined
from index.types import Hit

MODEL = "ninestep"

_CREATED = 1_767_225_600  # 2026-01-01; a model's date must not change from one start to the next
_HISTORY = 20
_ACTIVE = re.compile(r"!(?=\[)|<(?=[A-Za-z!/])|(?<=\])\(")
_SNIPPET = 400


_ASKING: dict[str, JsonValue] = {
    "type": "object",
    "required": ["role", "content"],
    "properties": {
        "role": {"const": "user"},
        "content": {"type": "string", "pattern": schemas.SOMETHING, "maxLength": MAX_CHARACTERS},
    },
}


class Part(BaseModel):
    """A part of a message; only text is read."""

    model_config = ConfigDict(extra="ignore")

    type: str = Field(examples=["text"])
    text: Annotated[str, StringConstraints(max_length=100_000)] = ""


class Message(BaseModel):
    """A message of a conversation."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Annotated[str, StringConstraints(max_length=100_000)] | list[Part] | None = None


class StreamOptions(BaseModel):
    """What a stream ends with."""

    model_config = ConfigDict(extra="ignore")

    include_usage: schemas.Flag = False


class ChatRequest(BaseModel):
    """A conversation; parameters of sampling are accepted and change nothing."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [{"model": MODEL, "messages": [{"role": "user", "content": "Two-tower or cross-encoder?"}]}]
        },
    )

    model: Annotated[str, StringConstraints(max_length=100)] = Field(default=MODEL, examples=[MODEL])
    messages: list[Message] = Field(
        min_length=1,
        max_length=200,
        json_schema_extra={"contains": _ASKING},
        description="one of them a user's, with words",
    )
    stream: schemas.Flag | None = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = 1


class UrlCitation(BaseModel):
    """Where the text carries a number, and what it points to."""

    start_index: int
    end_index: int
    title: str
    url: str


class Annotation(BaseModel):
    """A citation as OpenAI's own web search marks it."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class ChatMessage(BaseModel):
    """The answer as Markdown."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: str | None = None
    annotations: list[Annotation] = []


class Choice(BaseModel):
    """The one choice."""

    index: int = 0
    message: ChatMessage
    finish_reason: Literal["stop"] = "stop"
    logprobs: None = None


class Usage(BaseModel):
    """Counted in words: no language model counts tokens here."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class FoundResult(BaseModel):
    """A passage that was found, cited or not."""

    title: str
    url: str
    document_id: str
    snippet: str


class Completion(BaseModel):
    """A chat completion with what it was drawn from."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: Usage
    citations: list[schemas.Citation]
    search_results: list[FoundResult]


class Model(BaseModel):
    """A model that can be named in a request."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str


class Models(BaseModel):
    """Every model."""

    object: Literal["list"] = "list"
    data: list[Model]


def router(core: Core) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["openai"])
    _add_chat(routes, core)
    _add_models(routes)
    return routes


def _add_chat(routes: APIRouter, core: Core) -> None:
    streamed: dict[int | str, dict[str, Any]] = {
        200: {
            "description": "The completion; with `stream` as chunks, ended by `[DONE]`",
            "content": {EVENT_STREAM: {"schema": schemas.stream(data="a chat.completion.chunk; at the end `[DONE]`")}},
        }
    }

    @routes.post(
        "/v1/chat/completions",
        response_model=Completion,
        responses=streamed | problems.responses(404, 422, 502, 503, 504),
        operation_id="complete_chat",
    )
    async def complete(request: Request, asked: ChatRequest) -> Response:
        """Answer the last user message, as OpenAI's chat completions do."""
        if asked.model.removeprefix("models/") != MODEL:
            raise _unknown(asked.model)
        question = _question(asked.messages)
        core.note(request, question.question)
        head = {"id": f"chatcmpl-{problems.request_id(request)}", "created": int(time.time()), "model": MODEL}
        if asked.stream:
            return await _streamed(core, request, question, _Stream(head, with_usage=_wants_usage(asked)))

        def work() -> bytes:
            return as_json(_completion(answer(core, question), head))

        return json_response(await core.ask(request, work, seconds=SECONDS))


def _add_models(routes: APIRouter) -> None:
    only = Model(id=MODEL, created=_CREATED, owned_by="ninestep")

    @routes.get("/v1/models", operation_id="list_models")
    async def models() -> Models:
        """The one model."""
        return Models(data=[only])

    @routes.get("/v1/models/{id}", responses=problems.responses(404, 422), operation_id="get_model")
    async def model(id: Annotated[str, Path(max_length=100, examples=[MODEL])]) -> Model:
        """The one model, by name."""
        if id != MODEL:
            raise _unknown(id)
        return only


def _unknown(name: str) -> HTTPException:
    return HTTPException(404, f"no model is called {name[:80]!r}; the only one is {MODEL!r}")


def _question(messages: list[Message]) -> schemas.AskRequest:
    """The last user message with those before it.

    Raises:
        QuestionError: If there is none with words, or it is too long.
    """
    asked = [text for one in messages if one.role == "user" and (text := _text(one)).strip()]
    if not asked:
        raise QuestionError("no user message holds any words; the last one is taken as the question")
    if len(asked[-1]) > MAX_CHARACTERS:
        raise QuestionError(
            f"the last user message has {len(asked[-1]):,} characters, the limit is {MAX_CHARACTERS:,}; shorten it"
        )
    history = [text[:MAX_CHARACTERS] for text in asked[:-1][-_HISTORY:]]
    return schemas.AskRequest(question=asked[-1], history=history)


def _text(message: Message) -> str:
    if isinstance(message.content, list):
        return "\n".join(part.text for part in message.content if part.type == "text")
    return message.content or ""


def _completion(result: Answer | Declined, head: dict[str, Any]) -> dict[str, Any]:
    told = list(pieces(result))
    message = {"role": "assistant", "content": "".join(told), "refusal": None, "annotations": _annotations(result)}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    kind = {"object": "chat.completion"}
    return head | kind | {"choices": [choice], "usage": _usage(result, told)} | _sources(result)


@dataclass(frozen=True, slots=True)
class _Stream:
    """How a completion is streamed: what every chunk begins with, and whether the last one counts words."""

    head: dict[str, Any]
    with_usage: bool


def _wants_usage(asked: ChatRequest) -> bool:
    return bool(asked.stream_options and asked.stream_options.include_usage)


async def _streamed(core: Core, request: Request, question: schemas.AskRequest, stream: _Stream) -> Response:
    def work() -> Iterator[dict[str, Any]]:
        yield from _chunks(answer(core, question), with_usage=stream.with_usage)

    chunks = core.questions.stream(work, seconds=SECONDS)
    first = await begin(chunks, request)
    common = stream.head | {"object": "chat.completion.chunk"}
    return event_stream(lines(first, chunks, common))


async def lines(
    first: dict[str, Any] | None, rest: AsyncGenerator[dict[str, Any] | None], common: dict[str, Any]
) -> AsyncIterator[bytes]:
    """Chunks as OpenAI sends them: data without event names, and [DONE] at the end, or an error in its shape."""
    yield _line(first, common)
    try:
        async with aclosing(rest):
            async for chunk in rest:
                yield _line(chunk, common)
    except Exception as error:  # noqa: BLE001 - the status line is long gone; the client must still be told
        kind, detail = problems.of(error)
        yield f"data: {json.dumps({'error': problems.openai_error(kind, detail)}, ensure_ascii=False)}\n\n".encode()
    else:
        yield b"data: [DONE]\n\n"


def _line(chunk: dict[str, Any] | None, common: dict[str, Any]) -> bytes:
    if chunk is None:
        return b": still working\n\n"
    return f"data: {json.dumps(common | chunk, ensure_ascii=False)}\n\n".encode()


def _chunks(result: Answer | Declined, *, with_usage: bool) -> Iterator[dict[str, Any]]:
    told = list(pieces(result))
    yield {"choices": [_delta({"role": "assistant", "content": ""})]} | _sources(result)
    for piece in told:
        yield {"choices": [_delta({"content": piece})]}
    yield {"choices": [_delta({"annotations": _annotations(result)}, finish="stop")]} | _sources(result)
    if with_usage:
        yield {"choices": [], "usage": _usage(result, told)}


def _delta(delta: dict[str, Any], *, finish: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}


def pieces(result: Answer | Declined) -> Iterator[str]:
    """The answer as Markdown, a sentence at a time."""
    if isinstance(result, Declined):
        yield _inert(result.reason)
        if result.nearest_topics:
            yield f"\n\nNearest in the library: {_inert(', '.join(result.nearest_topics))}."
        return
    for number, section in enumerate(result.parts):
        yield from _section(section, first=number == 0, titled=len(result.parts) > 1)


def _section(section: AnswerSection, *, first: bool, titled: bool) -> Iterator[str]:
    gap = "" if first else "\n\n"
    if titled:
        step = f"{section.step}. " if section.step else ""
        yield f"{gap}## {step}{_inert(section.title)}"
        gap = "\n\n"
    if not section.sentences:
        yield f"{gap}The library has nothing on this."
    for sentence in section.sentences:
        marks = "".join(f"[{number}]" for number in sentence.citations)
        yield f"{gap}{_inert(' '.join(sentence.text.split()))} {marks}".rstrip()
        gap = "\n\n"


def _inert(text: str) -> str:
    """A text of a source in Markdown, without images, links and markup, for which clients would ask another host."""
    return _ACTIVE.sub(r"\\\g<0>", text)


def _annotations(result: Answer | Declined) -> list[dict[str, Any]]:
    if isinstance(result, Declined):
        return []
    text = "".join(pieces(result))
    marks = ((one, f"[{one.number}]") for one in result.citations)
    return [
        {
            "type": "url_citation",
            "url_citation": {"start_index": at, "end_index": at + len(mark), "title": one.title, "url": shown(one.url)},
        }
        for one, mark in marks
        if (at := text.find(mark)) >= 0
    ]


def _sources(result: Answer | Declined) -> dict[str, Any]:
    if isinstance(result, Declined):
        return {"citations": [], "search_results": [_found(hit) for hit in result.found]}
    cited = [
        {"title": one.title, "url": shown(one.url), "document_id": one.document_id, "snippet": one.quote}
        for one in result.citations
    ]
    further = (_found(hit) for hit in result.also_retrieved)
    return {
        "citations": [wire.citation(one) for one in result.citations],
        "search_results": list(itertools.chain(cited, further)),
    }


def _found(hit: Hit) -> dict[str, Any]:
    snippet = " ".join(hit.chunk.text.split())[:_SNIPPET]
    document = hit.document
    return {"title": document.title, "url": shown(document.url), "document_id": document.id, "snippet": snippet}


def _usage(result: Answer | Declined, told: list[str]) -> dict[str, int]:
    asked, said = len(result.question.text.split()), len("".join(told).split())
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}
