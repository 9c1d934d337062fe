"""The listening side: uvicorn with httptools, hardened against clients that dawdle, and ended gracefully.

uvicorn waits for ever for the rest of a request's head, and httptools puts no bound on its size. Here a head that is
not complete after ten seconds is answered with 408, one larger than 32 KiB with 431, and the connection is closed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10.0
HEAD_BYTES = 32 * 1024
GRACE_SECONDS = 20  # requests in flight may take that long after a stop was asked for
CONNECTIONS = 512  # at once; each costs about 50 KB

_PROBLEM = b'{"type":"urn:ninestep:%s","title":"%s","status":%d,"detail":"%s"}'
_ANSWER = (
    b"HTTP/1.1 %d %s\r\ncontent-type: application/problem+json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s"
)


class GuardedProtocol(HttpToolsProtocol):
    """One connection, with bounds on the head of every request."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - uvicorn's own, handed through
        super().__init__(*args, **kwargs)
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come; its first request is due."""
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """More of a request has come."""
        if self._is_idle():
            self._head_bytes += len(data)
            self._expect_head()
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before or not self._is_idle():
            self._head_complete()
        elif self._head_bytes > HEAD_BYTES:
            self._refuse(431, b"Request Header Fields Too Large", b"large-head", b"the head is larger than 32 KiB")

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._head_complete()
        super().connection_lost(exc)

    def _is_idle(self) -> bool:
        """Whether no request is being answered, so that what comes is part of a head."""
        return self.cycle is None or self.cycle.response_complete

    def _expect_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _head_complete(self) -> None:
        self._head_bytes = 0
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self) -> None:
        self._head_timer = None
        if self._is_idle():
            self._refuse(408, b"Request Timeout", b"slow-request", b"the head took longer than 10 seconds to arrive")

    def _refuse(self, status: int, title: bytes, name: bytes, detail: bytes) -> None:
        self._head_complete()
        if not self.transport.is_closing():
            body = _PROBLEM % (name, title, status, detail)
            self.transport.write(_ANSWER % (status, title, len(body), body))
            self.transport.close()


class Server(uvicorn.Server):
    """A server that tells open event streams to end before it waits for requests in flight."""

    def __init__(self, config: uvicorn.Config, *, on_stop: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    async def shutdown(self, sockets: Any = None) -> None:  # noqa: ANN401 - as uvicorn declares it
        """Stop: no new connections, end the streams, finish the rest."""
        await self._on_stop()
        await super().shutdown(sockets)


def server(app: ASGIApp, *, host: str, port: int, on_stop: Callable[[], Awaitable[None]]) -> Server:
    """A server that is ready to run."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=GuardedProtocol,
        loop="uvloop",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        backlog=256,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return Server(config, on_stop=on_stop)
