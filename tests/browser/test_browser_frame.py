"""Every page in its frame: navigation, light and dark, narrow screens, and what axe finds."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Open
from ui.pages import PAGES

pytestmark = [pytest.mark.browser, pytest.mark.model]

PATHS = [page.path for page in PAGES]


def serious(page: Page, scheme: str = "light") -> list[str]:
    """What axe finds that is serious or critical: WCAG 2 A and AA, of which contrast alone differs in the dark."""
    page.wait_for_timeout(300)  # what fades in has its contrast only when it is there
    wcag = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
    chosen = wcag if scheme == "light" else {"type": "rule", "values": ["color-contrast"]}
    found = Axe().run(page, options={"runOnly": chosen}).response["violations"]
    return [
        f"{one['id']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing_serious(visit: Open, path: str, scheme: str) -> None:
    page = visit(path, color_scheme=scheme)
    expect(page.get_by_role("heading", level=1)).to_have_count(1, timeout=30_000)
    assert not serious(page, scheme)


@pytest.mark.parametrize("path", PATHS)
def test_a_narrow_screen_needs_no_sideways_scrolling(visit: Open, path: str) -> None:
    page = visit(path, viewport={"width": 375, "height": 760})
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_the_navigation_leads_to_every_page_and_names_the_one_that_is_open(visit: Open) -> None:
    page = visit("/")
    for one in PAGES:
        page.get_by_role("navigation", name="Pages").get_by_role("link", name=one.title).click()
        page.wait_for_url(f"**{one.path}")
        expect(page.locator("[aria-current=page]")).to_have_text(one.title, timeout=30_000)
        page.wait_for_load_state("networkidle")  # gradio logs an error for what it still waits for when it is left


def test_the_choice_of_dark_is_kept(visit: Open) -> None:
    page = visit("/", color_scheme="light")
    page.get_by_role("button", name="Dark mode").click()
    page.reload()
    expect(page.locator("body.dark")).to_be_attached(timeout=30_000)
    expect(page.get_by_role("button", name="Dark mode")).to_have_attribute("aria-pressed", "true", timeout=30_000)


def test_a_page_that_tries_to_reach_another_host_is_stopped_by_its_policy(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/quality")
    blocked = page.evaluate(
        """() => new Promise((done) => {
          document.addEventListener('securitypolicyviolation', (event) => done(event.blockedURI), {once: true});
          fetch('https://elsewhere.example/').catch(() => {});
        })"""
    )
    page.close()
    assert blocked.startswith("https://elsewhere.example")
