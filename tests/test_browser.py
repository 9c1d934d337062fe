"""The real page over the real field guide, driven in headless Chromium as a person would."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from assistant.answer import Assistant

pytestmark = [pytest.mark.browser, pytest.mark.model]

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def address(guide: Assistant, guide_home: Path) -> Iterator[str]:
    """A server on a free port, in a thread of this process."""
    import uvicorn

    from ui.server import create

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = create(guide, library_path=guide_home / "library.sqlite")
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    _wait_for(f"http://127.0.0.1:{port}/healthz")
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


def _wait_for(url: str) -> None:
    for _ in range(100):
        try:
            httpx.get(url, timeout=5).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"{url} never answered")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}; install Debian's chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A fresh page that must stay on its own host and log no error."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    asked: list[str] = []
    errors: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened.goto(address)
    expect(opened.get_by_label("Your question")).to_be_visible(timeout=30_000)
    yield opened
    foreign = [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    opened.close()
    assert asked
    assert not foreign
    assert not errors


def ask(page: Page, question: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")


def test_a_design_question_gets_nine_steps_whose_citations_open_at_the_quoted_text(page: Page) -> None:
    ask(page, "How do I design a fraud detection system?")
    expect(page.locator(".ns-section .ns-step")).to_have_count(9, timeout=30_000)
    chip = page.locator(".ns-chip").nth(4)
    sentence = chip.locator("xpath=..").inner_text()
    chip.click()
    card = page.locator(".ns-card.ns-on")
    expect(card).to_be_in_viewport()
    quote = card.locator("mark").inner_text()
    assert sentence.startswith(quote)


def test_a_step_folds_away_with_the_keyboard(page: Page) -> None:
    ask(page, "Design a spam filter")
    first = page.locator(".ns-section").first
    expect(first).to_have_attribute("open", "", timeout=30_000)
    first.locator("summary").press("Enter")
    expect(first).not_to_have_attribute("open", "")


def test_an_empty_question_gets_a_friendly_line(page: Page) -> None:
    ask(page, "")
    expect(page.get_by_role("alert")).to_contain_text("the question is empty", timeout=30_000)


def test_a_question_far_too_long_gets_a_friendly_line(page: Page) -> None:
    ask(page, "x" * 100_000)
    expect(page.get_by_role("alert")).to_contain_text("the limit is 2,000", timeout=30_000)


def test_what_is_not_in_the_library_is_declined_with_the_nearest_topics(page: Page) -> None:
    ask(page, "How do I cook risotto?")
    expect(page.locator(".ns-declined")).to_contain_text("risotto", timeout=30_000)
    assert page.locator(".ns-declined li").count() > 0


def test_markup_in_a_question_is_shown_and_not_run(page: Page) -> None:
    ask(page, '<img src="https://elsewhere.example/x.png" onerror="document.title=1"> what is calibration?')
    expect(page.locator(".ns-question").first).to_contain_text("<img src=", timeout=30_000)


def test_slash_goes_to_the_question(page: Page) -> None:
    page.locator("h1").click()
    page.keyboard.press("/")
    expect(page.get_by_label("Your question")).to_be_focused()


def test_a_narrow_screen_needs_no_sideways_scrolling(page: Page) -> None:
    page.set_viewport_size({"width": 375, "height": 800})
    ask(page, "two-tower or cross-encoder?")
    expect(page.locator(".ns-chip").first).to_be_visible(timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_the_api_documentation_loads(page: Page, address: str) -> None:
    page.goto(f"{address}/docs")
    expect(page.get_by_text("/v1/ask").first).to_be_visible(timeout=30_000)
