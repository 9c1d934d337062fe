"""The real server over the real field guide, and a headless Chromium whose pages must stay on their own host."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from assistant.answer import Assistant

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

Open = Callable[..., Page]


@contextmanager
def served(assistant: Assistant, home: Path) -> Iterator[str]:
    """The address of a server on a free port, in a thread of this process."""
    import uvicorn

    from ui.server import create

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = create(assistant, library_path=home / "library.sqlite")
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    _wait_for(f"http://127.0.0.1:{port}/healthz")
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture(scope="package")
def address(guide: Assistant, guide_home: Path) -> Iterator[str]:
    with served(guide, guide_home) as opened:
        yield opened


def _wait_for(url: str) -> None:
    for _ in range(100):
        try:
            httpx.get(url, timeout=5).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"{url} never answered")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A browser for this package alone: while Playwright lives, the thread has an event loop that others trip over."""
    if not CHROMIUM.exists():
        pytest.fail(f"no browser at {CHROMIUM}; install Debian's chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Open]:
    """Opens pages: `visit("/search", color_scheme="dark")`, each in a browser profile of its own unless one is given.

    At the end no page may have asked another host for anything, or logged an error.
    """
    asked: list[str] = []
    errors: list[str] = []
    contexts: list[BrowserContext] = []

    def open_page(path: str = "/", *, context: BrowserContext | None = None, **options: object) -> Page:
        if context is None:
            context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))
            contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(f"{address}{path}")
        page.locator(".ns-header").wait_for(timeout=30_000)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert asked
    assert not [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    assert not errors


@pytest.fixture
def page(visit: Open) -> Page:
    """The ask page, fresh."""
    return visit("/")
