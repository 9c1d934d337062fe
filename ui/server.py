"""One port for everything: the API, and the chat mounted at its root.

No page asks a third-party host for anything; the guard's Content-Security-Policy makes the browser enforce it. Gradio
takes seconds to import and holds the interpreter's lock meanwhile, so the API gets warm first, and the chat takes its
place at the root as soon as it is loaded.
"""

import asyncio
import gc
import os
import sys
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.answer import Assistant
from assistant.api.app import create_app
from assistant.api.core import Policy
from index.errors import SearchError
from ui import browse, conversation, frame, pages, theme
from ui.frame import Parts
from ui.model import ModelStatus

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read by gradio when it is imported

_STARTING = HTMLResponse(
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="1">'
    "<title>ninestep</title>"
    '<body style="font-family: system-ui, sans-serif; margin: 3rem"><p>ninestep is starting; the page opens by itself.'
    "</p></body></html>"
)


def create(
    assistant: Assistant, *, library_path: Path, policy: Policy | None = None, model: ModelStatus | None = None
) -> FastAPI:
    """The application: API under /v1 and /mcp, documentation at /docs, the pages at /; all of it loaded.

    Args:
        assistant: Answers; need not be ready yet.
        library_path: The library's file; keys, feedback and shared answers lie beside it.
        policy: How the doors are kept; None keeps them as for a server on loopback.
        model: The language model that words answers, where there is one.
    """
    site = _site(Parts(assistant, library_path))
    return _with_site(create_app(assistant, library_path=library_path, policy=policy), Page(lambda: site), model)


def gate(
    assistant: Assistant, *, library_path: Path, policy: Policy | None = None, model: ModelStatus | None = None
) -> FastAPI:
    """The same application for a server that should answer at once: the pages are loaded when the API is warm."""
    parts = Parts(assistant, library_path)
    app = create_app(assistant, library_path=library_path, policy=policy)

    def load() -> FastAPI:
        with suppress(SearchError):  # /readyz tells of it; the pages say what is missing
            assistant.warm()
        return _site(parts)

    return _with_site(app, Page(load), model)


def _with_site(app: FastAPI, page: "Page", model: ModelStatus | None) -> FastAPI:
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def live(served: FastAPI) -> AsyncIterator[None]:
        async with inner(served), page.live():
            yield

    app.router.lifespan_context = live
    app.include_router(browse.router(app.state.core))
    app.include_router(conversation.router(app.state.core, model=model))
    app.mount(theme.ASSETS_PATH, StaticFiles(directory=theme.ASSETS))
    app.mount("/", page)
    return app


class Page:
    """An ASGI application that is loaded while the rest already serves.

    Args:
        load: Makes it; runs in a thread.
    """

    def __init__(self, load: Callable[[], FastAPI]) -> None:
        self._load = load
        self._app: ASGIApp | None = None
        self._is_loading = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request: the page, or for the time being a note that it is coming."""
        if self._app is None and not self._is_loading:
            self._app = self._load()  # no server started us, as in a test: nobody else would load it
        await (self._app or _STARTING)(scope, receive, send)

    @asynccontextmanager
    async def live(self) -> AsyncIterator[None]:
        """Load the page meanwhile, and end it with the server."""
        self._is_loading = True
        closing = asyncio.Event()
        task = asyncio.create_task(self._serve(closing))
        task.add_done_callback(_report)
        yield
        closing.set()
        await asyncio.wait([task])

    async def _serve(self, closing: asyncio.Event) -> None:
        whole = await asyncio.to_thread(self._load)
        gc.freeze()  # all of it stays: looking through it for garbage takes 0.2–0.6 s, in which nobody is served
        async with whole.router.lifespan_context(whole):
            self._app = whole
            await closing.wait()


def _site(parts: Parts) -> FastAPI:
    import gradio as gr

    # said of every site with several pages, also where nobody asked for SSR
    warnings.filterwarnings("ignore", message="SSR mode is not supported with multi-page apps")
    mounted: FastAPI = gr.mount_gradio_app(
        FastAPI(docs_url=None, redoc_url=None, openapi_url=None),
        frame.blocks(pages.PAGES, parts),
        path="/",
        theme=theme.theme(),
        head=theme.head(),
        favicon_path=str(theme.ASSETS / "icon.svg"),
        footer_links=[],
        ssr_mode=False,
        show_error=True,
    )
    return mounted


def _report(task: "asyncio.Task[None]") -> None:
    """Say on standard error why there is no chat page, where it could not be loaded."""
    if not task.cancelled() and (error := task.exception()):
        sys.stderr.write(f"ninestep: the chat page could not be loaded ({error!r}); the API serves on\n")
