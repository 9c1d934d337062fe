"""A small web that listens on a port of this machine: any address can be given a page.

It is spoken to as a proxy (the whole address in the request line) or through `Through`, which sends all requests to it.
"""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx


@dataclass
class Page:
    """An answer; with an ETag, who knows it is told that nothing changed."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "text/html; charset=utf-8"})
    etag: str = ""


class Web:
    """Pages by address, without their scheme; what is not there answers 404. A context manager."""

    def __init__(self, pages: Mapping[str, Page] | None = None) -> None:
        self.pages = dict(pages or {})
        self.asked: Counter[str] = Counter()
        self.unchanged: Counter[str] = Counter()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that are gone: the tests kill some."""


class Through(httpx.AsyncBaseTransport):
    """Sends every request to a web on this machine, under its own address."""

    def __init__(self, web: Web) -> None:
        self._port = web.port
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = request.url
        target = asked.raw_path
        request.url = httpx.URL(scheme="http", host="127.0.0.1", port=self._port, raw_path=target)
        request.extensions = {**request.extensions, "target": f"http://{asked.host}".encode() + target}
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


def _handler(web: Web) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            address = f"{parts.netloc}{parts.path}" + (f"?{parts.query}" if parts.query else "")
            web.asked[address] += 1
            page = web.pages.get(address, Page(b"<h1>Not found</h1>", 404))
            if page.etag and self.headers.get("If-None-Match") == page.etag:
                web.unchanged[address] += 1
                page = Page(b"", 304, {}, etag=page.etag)
            self.send_response(page.status)
            for name, value in {**page.headers, **({"ETag": page.etag} if page.etag else {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(page.body)))
            self.end_headers()
            self.wfile.write(page.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
