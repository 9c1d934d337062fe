from collections.abc import Mapping

import pytest

from index import context
from index.explain import Explanation, Standing
from index.types import Hit, MethodTrace, Trace
from ingest.types import Chunk
from tests.ui.shown import EVIL, assert_harmless, info, soup
from ui import hits
from ui.hits import Found


def hit(
    rank: int,
    text: str = "Negatives are sampled.",
    *,
    id: str = "d",
    score: float = 0.9,
    methods: Mapping[str, MethodTrace] | None = None,
    matched: tuple[str, ...] = (),
    title: str = "Negative sampling",
) -> Hit:
    chunk = Chunk(id, 10, 10 + len(text), text, headings=("Why", EVIL))
    return Hit(rank, score, chunk, info(id, title=title, organisations=(EVIL,)), Trace(methods or {}, matched))


def found(*given: Hit, nearness: Mapping[str, float] | None = None) -> Found:
    return Found(given, nearness or {}, "Meaning", 4.2)


def test_nothing_from_a_document_becomes_markup() -> None:
    html = hits.ranking(found(hit(1, EVIL, id=EVIL, title=EVIL, matched=("alert",))))
    assert_harmless(html)
    assert EVIL in soup(html).get_text()


def test_a_bar_is_as_long_as_its_share_of_the_best_score() -> None:
    best = hit(1, score=0.8, methods={"dense": MethodTrace(1, 0.7, 0.6), "lexical": MethodTrace(2, 9.0, 0.2)})
    html = soup(hits.ranking(Found([best], {}, "RRF", 1.0)))
    widths = [span["style"] for span in html.select(".ns-track > span")]
    assert widths == ["width:75.0%", "width:25.0%"]
    assert [dd.get_text() for dd in html.select(".ns-why dd")] == ["0.800", "0.600", "0.200"]


def test_the_share_of_meaning_is_taken_apart_into_passage_and_document() -> None:
    mixed = (1 - context.SHARE) * 0.5 + context.SHARE * 0.9
    passage, document = hits.parts(hit(1, methods={"dense": MethodTrace(1, mixed, 0.75 * mixed)}), 0.9)
    assert passage.amount == pytest.approx(0.75 * (1 - context.SHARE) * 0.5)
    assert document.amount == pytest.approx(0.75 * context.SHARE * 0.9)


def test_without_the_documents_nearness_meaning_is_one_part() -> None:
    assert [part.name for part in hits.parts(hit(1, methods={"dense": MethodTrace(1, 0.6, 0.4)}), None)] == ["Meaning"]


def test_every_word_of_a_matched_stem_is_marked_and_no_other() -> None:
    html = soup(hits.marked("Sampling negatives, a sampled negative & a sample.", frozenset({"sampl", "negat"})))
    assert [mark.get_text() for mark in html.find_all("mark")] == [
        "Sampling",
        "negatives",
        "sampled",
        "negative",
        "sample",
    ]
    assert html.get_text() == "Sampling negatives, a sampled negative & a sample."


def test_words_that_are_not_searched_for_are_not_marked() -> None:
    assert "<mark>" not in hits.marked("How to do it", frozenset({"how", "do"}))


def test_two_rankings_say_how_each_passage_moved() -> None:
    first = found(hit(1, "One."), hit(2, "Two."), hit(3, "Three."))
    second = found(hit(1, "Two."), hit(2, "One."), hit(3, "Four."))
    page = soup(hits.both(first, second))
    moved = [one.get_text() for one in page.select(".ns-moved")]
    assert moved == ["▲ up 1", "▼ down 1", "only here", "▲ up 1", "▼ down 1", "only here"]
    assert "2 passages of 3 in both, 0 at the same rank" in page.get_text()
    assert len(page.select("[name=grade]")) == 3  # only the first list is judged


def test_no_hit_says_what_to_do() -> None:
    assert "Take filters away" in soup(hits.ranking(found())).get_text()


def test_an_explanation_shows_its_reason_and_where_each_method_puts_the_document() -> None:
    told = Explanation("d", None, (Standing("dense", 241, 0.31), Standing("lexical", None, None)), f"cut at 200 {EVIL}")
    html = hits.explanation(told, info("d", title=EVIL))
    assert_harmless(html)
    cells = [cell.get_text() for cell in soup(html).select("tbody td")]
    assert cells == ["241", "0.310", "no", "not found", "–", "no"]


def test_the_form_keeps_what_the_address_says_and_counts_documents() -> None:
    infos = [info("a", organisations=("Uber", "Lyft")), info("b", organisations=("Uber",)), info("c", title=EVIL)]
    html = hits.form(infos, {"organisations": ["Uber", EVIL], "mode": ["lexical"], "since": ['"><b>'], "steps": ["3"]})
    assert_harmless(html)
    page = soup(html)
    assert {box["value"] for box in page.select("input:checked, input[checked]")} == {"Uber", EVIL, "3"}
    assert page.select_one("select[name=mode] option[selected]")["value"] == "lexical"
    assert page.select_one("input[name=since]")["value"] == '"><b>'
    uber = page.select_one("input[value=Uber]").find_parent("label")
    assert uber.get_text(" ", strip=True) == "Uber 2"
