"""Search, Library and Quality driven as a person would, over a home of their own that may be added to."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from assistant import build
from assistant.settings import Settings
from eval import golden, own
from tests.browser.conftest import Open, served
from tests.browser.test_browser_frame import serious
from tests.ui.test_results import ANN, ANSWERS, retrieval
from ui.results import FOLDER

pytestmark = [pytest.mark.browser, pytest.mark.model]

POISON = """# Poisoned <script>document.title = 'run'</script> notes

Zyzzyva sampling <img src="https://elsewhere.example/x.png" onerror="document.title = 'run'"> of negatives.

![picture](https://elsewhere.example/y.png) [link](javascript:document.title='run')

<svg onload="document.title = 'run'"></svg> <iframe src="https://elsewhere.example/"></iframe>
"""
WAIT = 60_000  # milliseconds; a child process loads the model on a machine that may be busy


@pytest.fixture(scope="module")
def home(guide_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the field guide and saved evaluations."""
    home = tmp_path_factory.mktemp("pages") / "home"
    shutil.copytree(guide_home, home)
    results = home / FOLDER
    results.mkdir()
    for name, content in {
        "1": retrieval(ndcg=0.58), "2": retrieval(), "3": retrieval(mode="lexical", ndcg=0.5), "4": ANSWERS, "5": ANN
    }.items():  # fmt: skip
        (results / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """A server over that home."""
    with served(build.assistant(Settings(home=home)), home) as opened:
        yield opened


def search(page: Page, query: str) -> None:
    page.get_by_role("searchbox", name="Query").fill(query)
    page.keyboard.press("Enter")
    expect(page.locator(".ns-hit").first).to_be_visible(timeout=WAIT)


def test_a_search_marks_its_words_shows_its_reasons_and_stands_in_the_address(visit: Open) -> None:
    page = visit("/search")
    search(page, "negative sampling")
    expect(page.locator(".ns-hit")).to_have_count(10)
    expect(page.locator(".ns-hit mark").first).to_have_text("Negative")
    assert page.locator(".ns-hit").first.locator(".ns-bar").count() >= 2
    page.reload()
    expect(page.get_by_role("searchbox", name="Query")).to_have_value("negative sampling", timeout=WAIT)
    expect(page.locator(".ns-hit")).to_have_count(10, timeout=WAIT)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".ns-hit")).to_have_count(20)


def test_a_filter_is_ticked_with_the_keyboard_and_narrows_the_search(visit: Open) -> None:
    page = visit("/search?query=ranking&against=lexical")
    expect(page.locator(".ns-both section")).to_have_count(2, timeout=WAIT)
    assert not serious(page)
    facet = page.locator(".ns-facet").filter(has_text="Organisation")
    facet.locator("summary").press("Enter")
    facet.get_by_label("Netflix").press("Space")
    expect(page.locator(".ns-both .ns-hit .ns-place").first).to_contain_text("Netflix", timeout=WAIT)
    page.keyboard.press("Escape")
    expect(facet).not_to_have_attribute("open", "")
    assert "organisations=Netflix" in page.url
    page.go_back()
    expect(facet.locator("input:checked")).to_have_count(0, timeout=WAIT)


def test_why_a_document_is_not_among_the_hits_is_told(visit: Open) -> None:
    page = visit("/search?query=negative+sampling")
    page.get_by_label("Why not this document?").fill("calibration")
    page.get_by_role("button", name="Explain").click()
    expect(page.locator("[data-told]")).to_contain_text("by meaning", timeout=WAIT)
    expect(page.locator("[data-told]")).to_contain_text("by the questions that it answers")
    expect(page.locator("[data-told] tbody tr")).to_have_count(3)


def test_a_judged_search_becomes_an_evaluation_question(visit: Open, home: Path) -> None:
    page = visit("/search?query=how+are+negatives+drawn")
    expect(page.locator(".ns-hit").first).to_be_visible(timeout=WAIT)
    page.get_by_role("button", name="Save as an evaluation question").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[data-saved]")).to_contain_text("Judge at least one passage")
    page.locator(".ns-grade select").first.select_option("answers it")
    assert not serious(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[data-saved]")).to_contain_text("golden.jsonl", timeout=WAIT)
    (saved,) = golden.load(home / own.FILE)
    assert saved.question == "how are negatives drawn"
    assert [one.grade for one in saved.judgments] == [3]


def test_sources_are_filtered_sorted_and_opened(visit: Open) -> None:
    page = visit("/library")
    rows = page.locator(".ns-sources tbody tr:visible")
    expect(rows.first).to_be_visible(timeout=WAIT)
    every = rows.count()
    page.get_by_role("button", name="never reached").click()
    expect(rows).to_have_count(every - 1)
    page.get_by_role("button", name="never reached").click()
    page.get_by_label("Find").fill("youtube")
    assert 0 < rows.count() < every
    page.get_by_label("Find").fill("")
    page.get_by_role("columnheader", name="Documents").get_by_role("button").press("Enter")
    expect(rows.first).to_contain_text("field guide")
    expect(page.get_by_role("columnheader", name="Documents")).to_have_attribute("aria-sort", "descending")
    rows.first.get_by_role("link").click()
    expect(page.locator(".ns-documents li").first).to_be_visible(timeout=WAIT)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_reader_stands_at_the_place_that_its_address_names(visit: Open, scheme: str) -> None:
    page = visit("/library?document=topic-two-tower-retrieval&start=600&end=700", color_scheme=scheme)
    mark = page.locator("mark.ns-quote").first
    expect(mark).to_be_in_viewport(timeout=WAIT)
    assert not serious(page)
    link = page.locator(".ns-outline a").last
    link.click()
    expect(page.locator(f"[id='{str(link.get_attribute('href'))[1:]}']")).to_be_in_viewport()


def test_the_map_is_walked_with_the_arrow_keys_and_opens_a_document(visit: Open) -> None:
    page = visit("/library?view=map")
    dots = page.locator("a.ns-dot")
    expect(dots.first).to_be_attached(timeout=WAIT)
    assert not serious(page)
    dots.first.focus()
    before = page.locator("a.ns-dot:focus").get_attribute("aria-label")
    visited = [before]
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowRight"):
        page.keyboard.press(key)
        visited.append(page.locator("a.ns-dot:focus").get_attribute("aria-label"))
    assert len(set(visited)) > 2, "a walk may come back to where it began, but it goes somewhere"
    expect(page.locator(".ns-named")).to_have_text(str(visited[-1]))
    page.keyboard.press("Enter")
    expect(page.locator(".ns-document h1")).to_be_visible(timeout=WAIT)


def test_the_link_past_the_header_stays_on_its_page(visit: Open) -> None:
    page = visit("/quality")
    expect(page.locator(".ns-plot").first).to_be_visible(timeout=WAIT)
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#ns-main")).to_be_focused()
    assert "/quality" in page.url


def test_saved_evaluations_are_drawn(visit: Open) -> None:
    page = visit("/quality", color_scheme="dark")
    expect(page.locator(".ns-plot svg")).to_have_count(5, timeout=WAIT)
    assert not serious(page)


@pytest.mark.parametrize("path", ["/search?query=drift&against=rrf", "/library?document=topic-calibration", "/quality"])
def test_a_narrow_screen_needs_no_sideways_scrolling(visit: Open, path: str) -> None:
    page = visit(path, viewport={"width": 375, "height": 760})
    expect(page.locator(".ns-hit, .ns-document h2, .ns-plot").first).to_be_visible(timeout=WAIT)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


@pytest.mark.slow
def test_a_dropped_file_is_followed_until_it_is_read_and_does_nothing_of_its_own(visit: Open) -> None:
    page = visit("/library")
    expect(page.locator(".ns-sources tbody tr").first).to_be_visible(timeout=WAIT)
    held = [
        {"name": f"{name}.md", "mimeType": "text/markdown", "buffer": text.encode()}
        for name, text in (("poison", POISON), ("second", "# Second\n\nOf no matter here."))
    ]
    page.locator("[data-files]").set_input_files(held)
    second = page.locator(".ns-job").filter(has_text="second.md")
    second.get_by_role("button", name="Cancel").click(timeout=WAIT)
    expect(second.locator(".ns-job-state")).to_have_text("cancelled", timeout=WAIT)
    first = page.locator(".ns-job").filter(has_text="poison.md")
    expect(first.locator(".ns-job-state")).to_have_text("done", timeout=240_000)
    page.locator(".ns-sources").get_by_role("link", name="poison.md").click(timeout=WAIT)
    page.locator(".ns-documents a").click(timeout=WAIT)
    expect(page.locator(".ns-document")).to_contain_text("Zyzzyva sampling", timeout=WAIT)
    assert page.locator(".ns-document :is(img, script, svg, iframe), .ns-document a[href^='javascript']").count() == 0
    page.goto(page.url.partition("/library")[0] + "/search?query=zyzzyva")
    expect(page.locator(".ns-hit").first).to_contain_text("Poisoned", timeout=WAIT)
    assert page.title() != "run"
