"""One port for everything: the API with the chat mounted at its root, and headers that keep pages to themselves.

No page asks a third-party host for anything; the Content-Security-Policy makes the browser enforce it.
"""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read by gradio when it is imported

from fastapi import FastAPI, Request, Response

from assistant.answer import Assistant
from assistant.api.app import create_app
from ui import chat, theme

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


async def _with_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
