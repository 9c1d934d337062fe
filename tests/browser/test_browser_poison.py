"""A library of poisoned sources: whatever their titles, headings, addresses and sentences carry stays text."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect

from assistant.answer import Assistant
from index import building
from index.serving import Serving
from tests.browser.conftest import served
from tests.parts import document

pytestmark = [pytest.mark.browser, pytest.mark.model]

PAYLOADS = (
    "<script>window.pwned=1</script>",
    '<img src="https://elsewhere.example/x.png" onerror="window.pwned=1">',
    '<svg onload="window.pwned=1"><circle r="9"/></svg>',
    "![picture](https://elsewhere.example/beacon.png)",
    "[click](javascript:window.pwned=1)",
    '"><iframe srcdoc="<script>parent.pwned=1</script>"></iframe>',
    "{{constructor.constructor('window.pwned=1')()}}",
    "${(() => { window.pwned = 1 })()}",
)


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory, guide: Assistant) -> Iterator[str]:
    home = tmp_path_factory.mktemp("poisoned")
    documents = [
        replace(
            document(
                f"# Zymurgy ranking {payload}\n\n## What zymurgy ranking is {payload}\n\n"
                f"Zymurgy ranking orders barrels by their expected taste {payload} in scheme number {number}.",
                id=f"poison-{number}",
                title=f"Zymurgy ranking {payload}",
            ),
            url="javascript:window.pwned=1" if number % 2 else f"https://example.org/{payload}",
            organisations=(payload,),
            authors=(payload,),
            published=payload,
        )
        for number, payload in enumerate(PAYLOADS)
    ]
    building.build(documents, root=home, embedder=guide._embedder)
    with served(Assistant(Serving(home, guide._embedder), guide._embedder), home) as address:
        yield address


def test_a_poisoned_library_answers_and_does_nothing_else(browser: Browser, poisoned: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(poisoned)
    page.get_by_label("Your question").fill("What is zymurgy ranking, how does zymurgy ranking order barrels by taste?")
    page.keyboard.press("Enter")
    expect(page.locator(".ns-sentence").first).to_contain_text("window.pwned", timeout=30_000)
    expect(page.locator(".ns-actions")).to_be_attached(timeout=30_000)
    page.locator(".ns-chip").first.click()
    expect(page.locator(".ns-card.ns-on mark")).to_be_visible()
    page.reload()  # what the browser kept is drawn again
    expect(page.locator(".ns-sentence").first).to_contain_text("window.pwned", timeout=30_000)
    found = page.evaluate(
        """() => ({
          pwned: window.pwned ?? null,
          links: [...document.querySelectorAll('.ns-ask a')].filter((one) => !/^https?:$/.test(one.protocol)).length,
          drawn: document.querySelectorAll('.ns-ask :is(img, script, iframe, circle, object, embed)').length,
          handlers: [...document.querySelectorAll('.ns-ask *')].filter((one) =>
            one.getAttributeNames().some((name) => name.startsWith('on'))).length,
        })"""
    )
    page.close()
    assert found == {"pwned": None, "links": 0, "drawn": 0, "handlers": 0}
    assert not [url for url in asked if not url.startswith((poisoned, "data:", "blob:"))]
