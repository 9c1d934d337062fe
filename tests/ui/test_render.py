import pytest
from bs4 import BeautifulSoup

from assistant.types import (
    Answer,
    AnswerSection,
    Citation,
    Declined,
    Question,
    QuestionKind,
    Sentence,
    Verdict,
)
from ui import render

EVIL = '<script>alert(1)</script><img src=x onerror="alert(2)">'


def citation(number: int = 1, *, url: str = "https://example.org/a", quote: str = EVIL) -> Citation:
    return Citation(number, "d", EVIL, url, (EVIL,), 0, len(quote), quote, page=3)


def answer(*citations: Citation, steps: int = 9) -> Answer:
    numbers = tuple(one.number for one in citations)
    sentence = Sentence(EVIL, numbers, Verdict.PARTLY)
    sections = [AnswerSection(f"Step {n}", (sentence,) if n == 1 else (), n) for n in range(1, steps + 1)]
    return Answer(Question("q", "q", QuestionKind.DESIGN), tuple(sections), citations, timings_ms={"total": 12.0})


def soup(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "lxml")


def test_nothing_from_a_source_or_question_becomes_markup() -> None:
    around = lambda _: (EVIL, EVIL)  # noqa: E731
    html = render.turn(EVIL, answer(citation()), number=1) + render.passages(
        answer(citation()), number=1, context=around
    )
    page = soup(html)
    assert not page.find_all(["script", "img"])
    assert EVIL in page.get_text()


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "ninestep:guide/x", " https://x", "file:///x"]
)
def test_only_web_addresses_become_links(url: str) -> None:
    assert render.link(url) == ""
    assert 'href="https://example.org/?a=1&amp;b=2"' in render.link("https://example.org/?a=1&b=2")


def test_a_design_answer_has_nine_collapsible_steps_and_says_where_nothing_is_found() -> None:
    page = soup(render.turn("q", answer(citation()), number=1))
    assert len(page.find_all("details")) == 9
    assert len(page.select(".ns-nothing")) == 8


def test_a_chip_points_at_the_card_of_its_citation() -> None:
    shown = answer(citation(1), citation(2, quote="Two."))
    page = soup(render.turn("q", shown, number=4) + render.passages(shown, number=4, context=lambda _: ("", "")))
    targets = [chip["data-cite"] for chip in page.select(".ns-chip")]
    assert targets == ["ns-cite-4-1", "ns-cite-4-2"]
    assert [page.find(id=target).find("mark").get_text() for target in targets] == [EVIL, "Two."]


def test_a_verdict_that_is_not_full_support_is_said_in_words() -> None:
    assert "partly supported" in soup(render.turn("q", answer(citation()), number=1)).get_text()


def test_a_declined_answer_gives_its_reason_and_the_nearest_topics() -> None:
    declined = Declined(Question("q", "q", QuestionKind.FACT), "Nothing on risotto.", (), ("Ranking",))
    text = soup(render.turn("q", declined, number=1)).get_text()
    assert "Nothing on risotto." in text
    assert "Ranking" in text
