"""What fails after the first words are out is still told: in each door's own shape, and without the server's paths."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from fastapi import FastAPI, Request, Response

from assistant.api.answers import encoded_events, event_stream
from assistant.api.completions import lines
from assistant.api.work import Pool, begin
from assistant.events import Event, EventKind
from index.errors import DamagedIndexError

_LOST = DamagedIndexError("/srv/home/generations/7/vectors.bin has 12 bytes, 4,096 were written; run `ninestep index`")
_WORDS = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "A two-tower"}, "finish_reason": None}]}
_COMMON = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "ninestep"}


def _app() -> FastAPI:
    """The two doors, over work whose index is lost after its first piece."""
    app, pool = FastAPI(), Pool(workers=1, waiting=1)

    @app.post("/v1/chat/completions")
    async def complete(request: Request) -> Response:
        def work() -> Iterator[dict[str, Any]]:
            yield _WORDS
            raise _LOST

        pieces = pool.stream(work, seconds=10)
        return event_stream(lines(await begin(pieces, request), pieces, _COMMON))

    @app.post("/v1/ask")
    async def ask(request: Request) -> Response:
        def work() -> Iterator[Event]:
            yield Event(EventKind.DELTA, {"text": "A two-tower"})
            raise _LOST

        pieces = pool.stream(work, seconds=10)
        return event_stream(encoded_events(await begin(pieces, request), pieces, request_id="r-1"))

    return app


def _http() -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=_app()), base_url="http://127.0.0.1")


async def _words(client: openai.AsyncOpenAI, said: list[str | None]) -> None:
    asked = [{"role": "user", "content": "two-tower?"}]
    async for chunk in await client.chat.completions.create(model="ninestep", messages=asked, stream=True):
        said += [one.delta.content for one in chunk.choices]


def test_openais_client_raises_after_the_words_that_came() -> None:
    async def scene() -> None:
        said: list[str | None] = []
        async with openai.AsyncOpenAI(base_url="http://127.0.0.1/v1", api_key="any", http_client=_http()) as client:
            with pytest.raises(openai.APIError, match="ninestep index") as broken:
                await _words(client, said)
        assert said == ["A two-tower"]
        assert broken.value.type == "urn:ninestep:no-index"
        assert "/srv" not in str(broken.value)

    asyncio.run(scene())


def test_the_event_stream_ends_with_an_error_and_never_with_done() -> None:
    async def scene() -> None:
        async with _http() as client:
            text = (await client.post("/v1/ask")).text
        blocks = [block.splitlines() for block in text.strip().split("\n\n")]
        assert [block[0] for block in blocks] == ["event: delta", "event: error"]
        problem = json.loads(blocks[1][1].removeprefix("data: "))
        assert (problem["status"], problem["type"], problem["request_id"]) == (503, "urn:ninestep:no-index", "r-1")
        assert "/srv" not in text

    asyncio.run(scene())
