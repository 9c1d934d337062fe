"""Answers as events: for curl, and for a browser's own EventSource."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, sync_playwright

from tests.assistant.api.server import Served

pytestmark = pytest.mark.model

_CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]

Event = tuple[str, dict[str, Any]]


def events(text: str) -> list[Event]:
    """Server-sent events by name, in their order; comments are left out."""
    blocks = [block.splitlines() for block in text.split("\n\n") if block and not block.startswith(":")]
    fields = [dict(line.split(": ", 1) for line in block) for block in blocks]
    return [(one["event"], json.loads(one["data"])) for one in fields]


def _curl(address: str, *more: str) -> list[Event]:
    asked = ["curl", "-sSN", "--noproxy", "*", "-H", "accept: text/event-stream", address, *more]
    return events(subprocess.run(asked, check=True, capture_output=True, text=True, timeout=60).stdout)


def test_curl_sees_the_sources_first_and_every_citation_before_its_verdict(served: Served) -> None:
    got = _curl(f"{served.address}/v1/ask", "-G", "--data-urlencode", "question=Design a fraud detection system")
    names = [name for name, _ in got]
    assert names[0] == "sources"
    assert names[-1] == "done"
    assert set(names) == {"sources", "delta", "citation", "verdict", "done"}
    done = got[-1][1]
    cited = [data["number"] for name, data in got if name == "citation"]
    assert cited == [one["number"] for one in done["citations"]]
    known: set[int] = set()
    for name, data in got:
        if name == "citation":
            known.add(data["number"])
        if name == "verdict":
            assert known >= set(data["citations"])
    listed = {one["document_id"] for one in got[0][1]["sources"]}
    assert listed == {one["document_id"] for one in done["citations"]}


def test_a_posted_question_streams_the_answer_that_json_gives(served: Served, api: httpx.Client) -> None:
    question = {"question": "Two-tower model or cross-encoder?"}
    got = _curl(f"{served.address}/v1/ask", "-H", "content-type: application/json", "-d", json.dumps(question))
    whole = api.post("/v1/ask", json=question).json()
    done = got[-1][1]
    assert done | {"timings_ms": {}} == whole | {"timings_ms": {}}


def test_a_declined_question_streams_its_reason(served: Served) -> None:
    got = _curl(f"{served.address}/v1/ask", "-G", "--data-urlencode", "question=What is the capital of Mongolia?")
    assert [name for name, _ in got] == ["sources", "delta", "done"]
    assert got[1][1]["text"] == got[2][1]["reason"]


def test_what_is_wrong_is_said_before_anything_streams(api: httpx.Client) -> None:
    answer = api.get("/v1/ask", params={"question": " "}, headers={"accept": "text/event-stream"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.fixture(scope="module")
def docs(served: Served) -> Iterator[Page]:
    """The documentation page in Chromium; whatever it asks of another host fails the test."""
    if not _CHROMIUM.exists():
        pytest.fail(f"no browser at {_CHROMIUM}; install Debian's chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        page = browser.new_page()
        asked: list[str] = []
        errors: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{served.address}/docs")
        yield page
        browser.close()
    assert not [url for url in asked if not url.startswith((served.address, "data:", "blob:"))]
    assert not errors


_LISTEN = """
question => new Promise((resolve, reject) => {
  const names = [], source = new EventSource('/v1/ask?question=' + encodeURIComponent(question));
  for (const name of ['sources', 'delta', 'citation', 'verdict', 'done'])
    source.addEventListener(name, event => { JSON.parse(event.data); names.push(name); });
  source.addEventListener('error', event => {
    if (event.data) reject(event.data);
    if (source.readyState === EventSource.CLOSED) resolve(names);
  });
})
"""


@pytest.mark.browser
def test_a_browsers_eventsource_hears_the_whole_answer_once_and_is_sent_home(docs: Page) -> None:
    names = docs.evaluate(_LISTEN, "How should negatives be sampled?")
    assert names[0] == "sources"
    assert names[-1] == "done"
    assert names.count("done") == 1


@pytest.mark.browser
def test_the_documentation_page_lists_every_operation_with_its_errors_and_examples(docs: Page) -> None:
    docs.locator("#operations-search-search").wait_for(timeout=30_000)
    assert docs.locator(".opblock").count() == 22
    operation = docs.locator("#operations-search-search")
    operation.locator(".opblock-summary-control").click()
    operation.locator(".responses-table").wait_for()
    assert "negative sampling" in operation.inner_text()
    told = operation.locator(".responses-table").inner_text()
    assert all(status in told for status in ("200", "400", "401", "422", "429", "503"))
    assert "Retry-After" in docs.locator(".info").inner_text()
