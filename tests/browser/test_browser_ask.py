"""The ask page as a new user meets it: ask, check a citation, switch the view, export, reload, find it again."""

import io
import json
import re
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from assistant.feedback import FeedbackBook
from tests.browser.conftest import Open
from tests.browser.test_browser_frame import serious

pytestmark = [pytest.mark.browser, pytest.mark.model]

FRAUD = "How do I design a fraud detection system?"


def ask(page: Page, question: str) -> Locator:
    """Ask, and wait until the answer is whole; returns its turn."""
    count = page.locator(".ns-turn").count()
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    turn = page.locator(".ns-turn").nth(count)
    expect(turn.locator(".ns-actions")).to_be_attached(timeout=30_000)
    return turn


def test_a_design_question_gets_nine_steps_whose_citations_open_at_the_quoted_text(page: Page) -> None:
    turn = ask(page, FRAUD)
    expect(turn.locator(".ns-section .ns-step")).to_have_count(9)
    assert re.match(r"\d+ quotations? · \S+", turn.locator(".ns-tally").first.inner_text())
    expect(turn.locator(".ns-summary")).to_contain_text(re.compile(r"\d+ of \d+ sentences supported"))
    chip = turn.locator(".ns-body .ns-chip").nth(7)
    sentence = chip.locator("xpath=ancestor::p").inner_text()
    chip.click()
    card = page.locator(".ns-card.ns-on")
    expect(card.locator("mark")).to_be_in_viewport()
    expect(card).to_be_focused()
    assert sentence.startswith(card.locator("mark").inner_text())
    expect(card.locator(".ns-place").first).to_contain_text("field guide")


def test_cited_sources_stand_apart_from_those_only_retrieved(page: Page) -> None:
    turn = ask(page, "How do I choose negative samples?")
    expect(turn.locator(".ns-sources li").first).to_be_visible()
    turn.get_by_role("button", name=re.compile("also retrieved, not cited")).click()
    expect(page.locator(".ns-uncited").first).to_be_visible()
    assert not page.locator(".ns-uncited mark").count()


def test_the_views_show_less_of_the_same_answer_and_the_choice_is_kept(page: Page) -> None:
    turn = ask(page, FRAUD)
    sentences = turn.locator(".ns-sentence:visible")
    whole = sentences.count()
    turn.get_by_role("button", name="Interview").click()
    spoken = sentences.count()
    expect(turn.get_by_text("6 min").first).to_be_visible()
    turn.get_by_role("button", name="One page").click()
    assert sentences.count() < spoken < whole
    page.reload()
    turn = page.locator(".ns-turn")
    expect(turn.get_by_role("button", name="One page")).to_have_attribute("aria-pressed", "true", timeout=30_000)


def test_a_step_folds_away_with_the_keyboard(page: Page) -> None:
    first = ask(page, "Design a spam filter").locator(".ns-section").first
    expect(first).to_have_attribute("open", "")
    first.locator("summary").press("Enter")
    expect(first).not_to_have_attribute("open", "")


def test_the_keyboard_alone_asks_reads_every_citation_and_comes_back(page: Page) -> None:
    page.locator("body").press("/")
    expect(page.get_by_label("Your question")).to_be_focused()
    page.keyboard.type("two-tower or cross-encoder?")
    page.keyboard.press("Enter")
    expect(page.locator(".ns-actions")).to_be_attached(timeout=30_000)
    first, second = page.locator(".ns-body .ns-chip").nth(0), page.locator(".ns-body .ns-chip").nth(1)
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(second).to_be_focused()
    expect(page.locator(".ns-card.ns-on .ns-number")).to_have_text(second.inner_text())
    page.keyboard.press("Enter")
    expect(page.locator(".ns-card.ns-on")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("complementary", name="Passages")).to_be_hidden()
    expect(second).to_be_focused()


def test_a_conversation_is_found_again_after_a_reload_and_can_be_deleted(page: Page) -> None:
    ask(page, "What is calibration?")
    page.get_by_role("button", name="New question").click()
    ask(page, "How do I choose negative samples?")
    page.reload()
    expect(page.locator(".ns-question")).to_have_text("How do I choose negative samples?", timeout=30_000)
    expect(page.locator(".ns-chip").first).to_be_visible()
    past = page.get_by_role("complementary", name="Conversations")
    past.get_by_label("Search conversations").fill("calibrat")
    past.get_by_role("button", name=re.compile("^What is calibration")).click()
    expect(page.locator(".ns-question")).to_have_text("What is calibration?")
    past.get_by_role("button", name="Delete “What is calibration?”").click()
    expect(past.get_by_text("No conversation has these words.")).to_be_visible()
    page.reload()
    expect(page.locator(".ns-entry")).to_have_count(1, timeout=30_000)


def test_two_browsers_share_nothing(visit: Open) -> None:
    mine, other = visit("/"), visit("/")
    ask(mine, "What is calibration?")
    other.reload()
    expect(other.get_by_text("What you ask is listed here.")).to_be_visible(timeout=30_000)
    expect(other.locator(".ns-turn")).to_have_count(0)


def test_a_follow_up_is_understood_from_the_questions_before_it(page: Page) -> None:
    ask(page, "What is a two-tower model?")
    with page.expect_request("**/chat/ask") as sent:
        ask(page, "How is it trained?")
    assert json.loads(sent.value.post_data or "")["history"] == ["What is a two-tower model?"]
    expect(page.locator(".ns-turn").nth(1)).to_contain_text("two-tower")


def test_a_suggestion_asks_and_leads_on(page: Page) -> None:
    page.get_by_role("button", name="How do I choose negative samples?").click()
    expect(page.locator(".ns-follow .ns-suggest").first).to_be_visible(timeout=30_000)
    page.locator(".ns-follow .ns-suggest").first.click()
    expect(page.locator(".ns-turn").nth(1).locator(".ns-actions")).to_be_attached(timeout=30_000)


def test_an_answer_leaves_as_markdown_and_as_pdf_with_its_references(page: Page, tmp_path: Path) -> None:
    turn = ask(page, FRAUD)
    with page.expect_download() as saved:
        turn.get_by_role("button", name="Markdown").click()
    assert saved.value.suggested_filename == "how-do-i-design-a-fraud-detection-system.md"
    saved.value.save_as(tmp_path / "answer.md")
    text = (tmp_path / "answer.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\[\^(\d+)\](?!:)", text)) == set(re.findall(r"^\[\^(\d+)\]:", text, re.MULTILINE)) != set()
    with page.expect_download() as saved:
        turn.get_by_role("button", name="PDF").click()
    saved.value.save_as(tmp_path / "answer.pdf")
    document = pypdfium2.PdfDocument(io.BytesIO((tmp_path / "answer.pdf").read_bytes()))
    printed = " ".join(sheet.get_textpage().get_text_range() for sheet in document)
    document.close()
    assert "9. Scaling, monitoring and updates" in printed
    assert turn.locator("mark, .ns-sentence").first.inner_text()[:40] in " ".join(printed.split())


def test_a_shared_answer_opens_in_another_browser_with_its_citations(page: Page, visit: Open) -> None:
    turn = ask(page, "What is calibration?")
    turn.get_by_role("button", name="Link").click()
    link = page.get_by_label("Link to this answer")
    expect(link).to_be_visible()
    other = visit(link.input_value().partition("/?")[1] + link.input_value().partition("/?")[2])
    expect(other.locator(".ns-question")).to_have_text("What is calibration?", timeout=30_000)
    other.locator(".ns-chip").first.click()
    expect(other.locator(".ns-card.ns-on mark")).to_be_in_viewport()
    assert other.locator(".ns-sentence").all_inner_texts() == turn.locator(".ns-sentence").all_inner_texts()


def test_a_question_in_the_address_is_asked(visit: Open) -> None:
    page = visit("/?q=What%20is%20calibration%3F")
    expect(page.locator(".ns-actions")).to_be_attached(timeout=30_000)
    expect(page.locator(".ns-question")).to_have_text("What is calibration?")


def test_a_reader_says_what_was_wrong(page: Page, guide_home: Path) -> None:
    turn = ask(page, "What is calibration?")
    turn.get_by_role("button", name="Not helpful").click()
    turn.get_by_label("Something is missing").check()
    turn.get_by_label("Anything else").fill("isotonic")
    turn.get_by_role("button", name="Send").click()
    expect(turn.get_by_role("status").last).to_contain_text("Thank you")
    note = list(FeedbackBook(guide_home / "feedback.sqlite").notes())[-1]
    assert (note.verdict, note.question) == ("unhelpful", "What is calibration?")
    assert note.comment == "Something is missing. isotonic"


def test_asking_again_replaces_the_answer(page: Page) -> None:
    turn = ask(page, "What is calibration?")
    turn.get_by_role("button", name="Ask again").click()
    expect(page.locator(".ns-turn .ns-actions")).to_be_attached(timeout=30_000)
    expect(page.locator(".ns-turn")).to_have_count(1)


def test_an_empty_question_gets_a_friendly_line(page: Page) -> None:
    page.get_by_label("Your question").fill("  ")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("The question is empty")


def test_a_question_far_too_long_gets_a_friendly_line_and_can_be_shortened(page: Page) -> None:
    page.get_by_label("Your question").fill("x" * 100_000)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("the limit is 2,000", timeout=30_000)
    expect(page.get_by_label("Your question")).to_have_value("x" * 100_000)
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


def test_what_is_not_in_the_library_is_declined_with_the_nearest_topics(page: Page) -> None:
    turn = ask(page, "How do I cook risotto?")
    expect(turn.locator(".ns-declined")).to_contain_text("risotto")
    assert turn.locator(".ns-declined .ns-suggest").count() > 0


def test_a_question_declined_by_a_quotation_opens_it_at_its_source(page: Page) -> None:
    turn = ask(page, "Why does Netflix use Kafka to train its ranking model by hand?")
    turn.locator(".ns-declined .ns-chip").first.click()
    expect(page.locator(".ns-card.ns-on mark")).to_be_in_viewport()


def test_an_answer_can_be_stopped(page: Page) -> None:
    page.route("**/chat/ask", lambda _: None)  # an answer that never comes
    page.get_by_label("Your question").fill("What is calibration?")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("alert")).to_contain_text("Stopped")
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()


def test_an_answer_that_breaks_off_keeps_its_beginning_and_says_so(page: Page) -> None:
    def cut(route: Route) -> None:
        whole = route.fetch().text().split("\n\n")
        half = "\n\n".join(whole[: len(whole) // 2]) + "\n\n"
        route.fulfill(headers={"content-type": "text/event-stream"}, body=half)

    page.route("**/chat/ask", cut)
    page.get_by_label("Your question").fill(FRAUD)
    page.keyboard.press("Enter")
    turn = page.locator(".ns-turn")
    expect(turn.get_by_role("alert")).to_contain_text("broke off", timeout=30_000)
    expect(turn.locator(".ns-summary")).to_contain_text("Not complete")
    assert turn.locator(".ns-sentence").count() > 3
    expect(turn.get_by_role("button", name="Try again")).to_be_visible()
    assert not turn.locator(".ns-actions").count()


def test_a_new_question_closes_the_passages_of_the_one_before(page: Page) -> None:
    turn = ask(page, "What is calibration?")
    turn.locator(".ns-chip").first.click()
    expect(page.get_by_role("complementary", name="Passages")).to_be_visible()
    later = ask(page, "How do I choose negative samples?")
    expect(page.get_by_role("complementary", name="Passages")).to_be_hidden()
    later.locator(".ns-question").click()
    page.keyboard.press("ArrowRight")
    expect(later.locator(".ns-chip.ns-on")).to_have_count(1)


def test_markup_in_a_question_is_shown_and_not_run(page: Page) -> None:
    turn = ask(page, '<img src="https://elsewhere.example/x.png" onerror="document.title=1"> what is calibration?')
    expect(turn.locator(".ns-question")).to_contain_text("<img src=")
    assert not page.locator(".ns-thread img").count()
    page.reload()
    expect(page.locator(".ns-question")).to_contain_text("<img src=", timeout=30_000)
    assert not page.locator("img[src*=elsewhere]").count()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_answers_and_their_sources(visit: Open, scheme: str) -> None:
    page = visit("/", color_scheme=scheme)
    turn = ask(page, "two-tower or cross-encoder?")
    ask(page, "How do I cook risotto?")
    ask(page, FRAUD)
    turn.get_by_role("button", name="Not helpful").click()
    turn.locator(".ns-chip").first.click()
    assert not serious(page, scheme)


def test_at_375_pixels_an_answer_fits_and_its_source_opens_over_it(visit: Open) -> None:
    page = visit("/", viewport={"width": 375, "height": 760})
    turn = ask(page, "two-tower or cross-encoder?")
    ask(page, FRAUD)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    turn.locator(".ns-chip").first.click()
    expect(page.locator(".ns-card.ns-on mark")).to_be_in_viewport()
    page.get_by_role("button", name="Close sources").click()
    page.get_by_role("button", name="Conversations").click()
    expect(page.get_by_role("button", name="New question")).to_be_in_viewport()


def test_the_api_documentation_loads(page: Page, address: str) -> None:

    page.goto(f"{address}/docs")
    expect(page.get_by_text("/v1/ask").first).to_be_visible(timeout=30_000)
