"""One port for everything: the API with the chat mounted at its root, and headers that keep pages to themselves.

No page asks a third-party host for anything; the Content-Security-Policy makes the browser enforce it. Gradio takes
seconds to import, so the API answers first, and the chat takes its place at the root as soon as it is loaded.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from starlette.types import Receive, Scope, Send

from assistant.answer import Assistant
from assistant.api.app import create_app
from ui import chat, theme

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read by gradio when it is imported

_STARTING = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="1">'
    "<title>ninestep</title>"
    '<body style="font-family: system-ui, sans-serif; margin: 3rem"><p>ninestep is starting; the page opens by itself.'
    "</p></body></html>"
)

_HEADERS = {
    # Gradio's own page runs inline scripts and compiles templates; everything else stays on this origin.
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "SAMEORIGIN",
}


def create(assistant: Assistant, *, library_path: Path) -> FastAPI:
    """The application: API under /v1, documentation at /docs, chat at /."""
    import gradio as gr

    app = create_app(assistant, library_path=library_path)
    app.middleware("http")(_with_headers)
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        chat.build(assistant),
        path="/",
        theme=theme.theme(),
        css=theme.CSS,
        head=theme.HEAD,
        footer_links=[],
        ssr_mode=False,
        show_error=True,
    )
    return mounted


class Gate:
    """An ASGI application that serves the API at once, and the whole as soon as it is loaded.

    Args:
        early: Serves until then.
        load: Makes the whole; runs in a thread.
    """

    def __init__(self, early: FastAPI, load: Callable[[], FastAPI]) -> None:
        self._app = early
        self._load = load
        self._closing = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or the server's start and end."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        whole = asyncio.create_task(self._serve_whole())
        whole.add_done_callback(_report)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._closing.set()
        await asyncio.wait([whole])
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve_whole(self) -> None:
        whole = await asyncio.to_thread(self._load)
        async with whole.router.lifespan_context(whole):
            self._app = whole
            await self._closing.wait()


def gate(assistant: Assistant, *, library_path: Path) -> Gate:
    """The application that a server runs: the API first, then the chat as well."""
    early = create_app(assistant, library_path=library_path)
    early.middleware("http")(_with_headers)

    @early.get("/", include_in_schema=False)
    def starting() -> HTMLResponse:
        return HTMLResponse(_STARTING)

    return Gate(early, lambda: create(assistant, library_path=library_path))


def _report(task: "asyncio.Task[None]") -> None:
    """Say on standard error why there is no chat page, where it could not be loaded."""
    if not task.cancelled() and (error := task.exception()):
        sys.stderr.write(f"ninestep: the chat page could not be loaded ({error!r}); the API serves on\n")


async def _with_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
