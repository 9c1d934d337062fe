import json
import re
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from assistant import export
from assistant.api import completions
from assistant.types import (
    Answer,
    AnswerSection,
    Citation,
    Declined,
    Question,
    QuestionKind,
    Sentence,
    Table,
    Verdict,
)
from ui import record, render
from ui.places import Place

EVIL = '<script>alert(1)</script><img src=x onerror="alert(2)"><svg onload=alert(3)>![x](https://e.example/x.png)'


def citation(number: int = 1, *, url: str = "https://example.org/a", quote: str = EVIL) -> Citation:
    return Citation(number, "d", EVIL, url, (EVIL,), 0, len(quote), quote, page=3, seconds=125.0)


def answer(*citations: Citation, steps: int = 9, verdict: Verdict = Verdict.PARTLY, head: bool = False) -> Answer:
    numbers = tuple(one.number for one in citations)
    sentence = Sentence(EVIL, numbers, verdict)
    sections = [AnswerSection(f"Step {n}", (sentence,) if n == 1 else (), n) for n in range(1, steps + 1)]
    first = (AnswerSection("Summary", (Sentence(EVIL, numbers, verdict),) * 3),) if head else ()
    question = Question(EVIL, "q", QuestionKind.DESIGN)
    return Answer(question, tuple(sections), citations, timings_ms={"total": 12.0}, head=first, note=EVIL)


def nowhere(_: Citation) -> Place:
    return Place(before=EVIL, after=EVIL, facts=(EVIL,), live="javascript:alert(1)", note=EVIL)


def drawn(result: Answer | Declined) -> BeautifulSoup:
    """The whole turn with its cards, each piece in its slot."""
    page = BeautifulSoup(render.opening(result) + '<div data-slot="end"></div>', "lxml")
    pieces = [*render.pieces(result, turn="t", places=nowhere), *render.closing(result, turn="t", suggestions=[EVIL])]
    for piece in pieces:
        slot = page.find(attrs={"data-slot": piece.slot})
        assert slot is not None
        slot.append(BeautifulSoup(piece.html, "html.parser"))
        page.append(BeautifulSoup(piece.cards, "html.parser"))
    return page


def test_nothing_from_a_source_a_model_or_a_question_becomes_markup() -> None:
    table = Table((EVIL,), (EVIL,), ((Sentence(EVIL, (1,), Verdict.PARTLY),),))
    one = answer(citation(), head=True)
    page = drawn(Answer(one.question, one.sections, one.citations, head=one.head, note=EVIL, table=table))
    assert not page.find_all(["script", "img"])
    assert not [tag for tag in page.find_all(True) if any(name.startswith("on") for name in tag.attrs)]
    assert not page.select('[href^="javascript:"]')
    assert EVIL in page.get_text()


def test_a_declined_question_escapes_what_was_found_too() -> None:
    declined = Declined(Question(EVIL, "q", QuestionKind.FACT), EVIL, (), (EVIL,))
    assert not drawn(declined).find_all(["script", "img", "svg onload"])


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "ninestep:guide/x", " https://x", "file:///x"]
)
def test_only_web_addresses_become_links(url: str) -> None:
    assert render.link(url) == ""
    assert 'href="https://example.org/?a=1&amp;b=2"' in render.link("https://example.org/?a=1&b=2")


def test_a_design_answer_has_nine_collapsible_steps_and_says_where_nothing_is_found() -> None:
    page = drawn(answer(citation()))
    assert len(page.find_all("details")) == 9
    assert len(page.select(".ns-nothing")) == 8
    assert page.select_one(".ns-tally").get_text() == "1 quotation · undated"  # type: ignore[union-attr]


def test_an_answer_drawn_while_it_grows_is_the_answer_drawn_at_once() -> None:
    whole = answer(citation(1), citation(2, quote="Two."), head=True)
    growing = render.Growing(turn="t", places=nowhere)
    steps = [replace(whole, sections=whole.sections[:count]) for count in (1, 2, 2, 9)]
    pieces = [piece for beginning in steps for piece in growing.more(beginning)]
    assert pieces == list(render.pieces(whole, turn="t", places=nowhere))
    assert all(render.opening(beginning) == render.opening(whole) for beginning in steps)


def test_a_comparison_drawn_before_its_table_is_the_comparison_drawn_at_once() -> None:
    said = Sentence("A beats B.", (1,), Verdict.SUPPORTED)
    table = Table(("Cost",), ("A", "B"), ((Sentence("A is cheap.", (2,), Verdict.SUPPORTED),), (None,)))
    asked = Question("A or B?", "A or B", QuestionKind.COMPARISON)
    section = AnswerSection("Answer", (said,))
    before = Answer(asked, (section,), (citation(1),))
    whole = Answer(asked, (section,), (citation(1), citation(2, quote="A is cheap.")), table=table)
    growing = render.Growing(turn="t", places=nowhere)
    pieces = [*growing.more(before), *growing.more(whole)]
    assert pieces == list(render.pieces(whole, turn="t", places=nowhere))
    assert [piece.slot for piece in pieces] == ["body", "s0", "body", "table", "table"]


def test_the_figures_above_an_answer_count_all_of_it() -> None:
    page = drawn(answer(citation(1), citation(2, quote="Two."), head=True))
    assert page.select_one(".ns-summary").get_text() == (  # type: ignore[union-attr]
        "0 of 4 sentences supported2 quotations from 1 document0.01 s"
    )


def test_a_chip_points_at_the_card_of_its_citation_and_each_card_comes_once() -> None:
    page = drawn(answer(citation(1), citation(2, quote="Two."), head=True))
    targets = [str(chip["data-cite"]) for chip in page.select(".ns-body .ns-chip")]
    assert set(targets) == {"ns-t-1", "ns-t-2"}
    assert [[mark.get_text() for mark in page.select(f"#{target} mark")] for target in ("ns-t-1", "ns-t-2")] == [
        [EVIL],
        ["Two."],
    ]


def test_a_card_tells_page_and_time() -> None:
    assert "page 3 · at 2:05" in drawn(answer(citation())).select_one(".ns-place").get_text()  # type: ignore[union-attr]


def test_a_verdict_is_said_in_words() -> None:
    assert drawn(answer(citation())).select_one(".ns-verdict").get_text() == "partly supported"  # type: ignore[union-attr]
    tick = drawn(answer(citation(), verdict=Verdict.SUPPORTED)).select_one(".ns-verdict .ns-off")
    assert tick is not None
    assert tick.get_text() == "supported"


def test_each_view_shows_the_first_sentences_of_a_section() -> None:
    shown = [one["data-in"] for one in drawn(answer(citation(), head=True)).select(".ns-section .ns-sentence")][:3]
    assert [str(views).split() for views in shown] == [
        ["interview", "document", "page"],
        ["interview", "document"],
        ["document"],
    ]


def test_a_declined_answer_gives_its_reason_and_the_nearest_topics_as_questions() -> None:
    page = drawn(Declined(Question("q", "q", QuestionKind.FACT), "Nothing on risotto.", (), ("Ranking",)))
    assert "Nothing on risotto." in page.get_text()
    assert page.select_one('[data-ask="Ranking"]')


def test_a_question_declined_by_a_quotation_shows_it_with_its_source() -> None:
    said = (Sentence("Kafka is LinkedIn's.", (1,), Verdict.SUPPORTED),)
    quoted = (citation(1, quote="Kafka is LinkedIn's."),)
    asked = Question("q", "q", QuestionKind.FACT)
    page = drawn(Declined(asked, "Not Netflix.", correction=said, citations=quoted))
    assert page.select_one(".ns-declined .ns-sentence .ns-chip")["data-cite"] == "ns-t-1"  # type: ignore[index]
    assert page.select_one("#ns-t-1 mark").get_text() == "Kafka is LinkedIn's."  # type: ignore[union-attr]


def test_a_tally_says_how_many_of_a_section_a_view_shows() -> None:
    tally = drawn(answer(citation(), head=True)).select(".ns-tally")[0]
    assert {str(one["data-in"]): one.get_text() for one in tally.select("span")} == {
        "interview": "2 of 3 quotations",
        "document": "3 quotations",
        "page": "1 of 3 quotations",
    }


def test_a_record_gives_the_same_answer_back() -> None:
    for result in (answer(citation(), head=True), Declined(Question("q", "q", QuestionKind.FACT), "No.", (), ("A",))):
        assert record.load(record.dump(result)) == result


def test_a_record_that_breaks_an_invariant_is_no_answer() -> None:
    told = json.loads(record.dump(answer(citation())))
    told["citations"] = []
    with pytest.raises(record.QuestionError):
        record.load(json.dumps(told))


def test_an_address_cannot_leave_its_brackets_in_an_exported_answer() -> None:
    rest = "a.example/>\n\n![x](https://e.example/p.png) <img src=x onerror=alert(1)>`\\"
    for scheme, whole in (("https://", r" <https://[^\s<>`]+>"), ("file:///", r" `[^\s<>`]+`")):
        note = export.markdown(answer(replace(citation(), url=scheme + rest), steps=1)).strip().splitlines()[-1]
        assert note.startswith("[^1]: ")
        assert re.fullmatch(whole, note.rpartition("\u201d")[2])


def test_a_completion_has_no_image_link_or_markup_of_a_source() -> None:
    text = "".join(completions.pieces(answer(citation(), steps=2)))
    assert "x.png" in text
    for active in ("![", "](http", "<script", "<img", "<svg"):
        assert active not in text.replace("\\!", "").replace("\\(", "").replace("\\<", "")


def test_the_table_of_a_design_has_a_title_and_is_not_on_one_page() -> None:
    table = Table(("Wins when",), ("Trees",), ((Sentence("rows are few", (1,), Verdict.SUPPORTED),),))
    design = replace(answer(citation(), head=True), table=table)
    drawn_table = next(
        piece.html for piece in render.pieces(design, turn="t", places=nowhere) if "ns-comparison" in piece.html
    )
    assert "<caption>Alternatives weighed</caption>" in drawn_table
    assert 'data-in="interview document"' in drawn_table
    fact = replace(answer(citation(), steps=1), table=table, head=())
    plain = next(piece.html for piece in render.pieces(fact, turn="t", places=nowhere) if "ns-comparison" in piece.html)
    assert "<caption>" not in plain
    assert 'data-in="interview document page"' in plain
