"""Designs: whose steps are followed, which sentences a step says, and what stands beside them."""

from dataclasses import replace

import pytest

from assistant import formula, matter
from assistant.answer import Assistant
from assistant.blueprint import Blueprint
from assistant.evidence import Candidate
from assistant.export import markdown
from assistant.types import Answer, AnswerSection, Declined
from index.types import DocumentInfo
from ingest.types import Chunk
from tests.assistant.test_compose import candidate

_READ = 900  # words of a design
_READ_SURE = 1_200  # of the one that is asked for


def asked(guide: Assistant, text: str) -> Answer:
    result = guide.ask(text)
    assert isinstance(result, Answer)
    return result


def words(sections: tuple[AnswerSection, ...]) -> int:
    return sum(len(one.text.split()) for section in sections for one in section.sentences)


def in_paragraphs(text: str, relevance: float, *, before: str = "") -> Candidate:
    """A candidate that stands in a passage after other text."""
    one = candidate(text, relevance, [1, 0])
    chunk = Chunk("d", 0, len(before + text), before + text)
    hit = replace(one.evidence.hit, chunk=chunk)
    evidence = replace(one.evidence, hit=hit, start=len(before), end=len(before + text))
    return replace(one, evidence=evidence)


def best(step: int, *candidates: Candidate) -> str:
    return matter.by_worth(candidates, formula.STEPS[step - 1])[0].evidence.quote


def test_what_is_near_is_told_from_what_is_surely_the_system_and_from_a_pattern() -> None:
    info = DocumentInfo(id="d", source_id="d", url="u", title="T", kind="guide")
    sure, near, alike = (Blueprint(info, (), nearness) for nearness in (1.9, 1.5, 1.0))
    assert [one.is_sure for one in (sure, near, alike)] == [True, False, False]
    assert [one.is_near for one in (sure, near, alike)] == [True, True, False]
    assert [one.is_likely for one in (sure, near, alike)] == [True, False, False]


def test_a_sentence_that_opens_its_paragraph_comes_first() -> None:
    opens = in_paragraphs("Cells cover the circle.", 0.50, before="One line.\n\n")
    goes_on = in_paragraphs("Cells share one trap.", 0.52, before="One line. ")
    assert best(4, goes_on, opens) == "Cells cover the circle."
    assert (
        best(4, replace(goes_on, evidence=replace(goes_on.evidence, relevance=0.6)), opens) == "Cells share one trap."
    )


def test_a_sentence_that_decides_comes_first() -> None:
    assert best(4, candidate("Trees are models.", 0.52, [1, 0]), candidate("Trees are the default.", 0.5, [1, 0])) == (
        "Trees are the default."
    )


def test_figures_count_in_the_steps_that_are_about_size_alone() -> None:
    plain, figures = candidate("Many ask.", 0.52, [1, 0]), candidate("In 200 ms 30 ask.", 0.5, [1, 0])
    assert [best(step, plain, figures) == "In 200 ms 30 ask." for step in (1, 2, 3, 4, 7, 9)] == [
        True,
        False,
        True,
        False,
        True,
        False,
    ]


@pytest.mark.model
@pytest.mark.parametrize(
    ("text", "followed"),
    [
        ("Which contacts should our professional network propose? Design it", "question-friend-recommendation"),
        ("How would you build a service that returns petrol stations within 5 km?", "question-proximity-service"),
        (
            "How would you design the dropdown of suggestions while somebody types in our search box",
            "question-autocompletion",
        ),
        ("Design a bot with which our bank's customers can talk", "question-chatbot"),
        ("How would you block payments with stolen cards?", "question-fraud-detection"),
        ("Design the dispatch that pairs passengers with drivers in a big city", "question-ride-matching"),
    ],
)
def test_a_design_is_followed_under_other_words(guide: Assistant, text: str, followed: str) -> None:
    result = asked(guide, text)
    assert {one.document_id for one in result.citations if one.document_id.startswith("question-")} == {followed}


@pytest.mark.model
@pytest.mark.parametrize("text", ["Design a board game for kids", "Design a parking garage", "Design a compiler"])
def test_what_is_no_learning_system_is_declined_though_a_design_is_near(guide: Assistant, text: str) -> None:
    assert isinstance(guide.ask(text), Declined)


@pytest.mark.model
def test_a_design_that_is_likely_meant_answers_what_little_was_found_for(guide: Assistant) -> None:
    result = asked(guide, "Build the dispatch of a ride-hailing company")
    assert "“Ride matching system”" in result.note


@pytest.mark.model
def test_what_serves_as_a_pattern_only_is_said_to(guide: Assistant) -> None:
    result = asked(guide, "Design credit scoring for small consumer loans, decisions within a second")
    assert "no complete design of this" in result.note
    assert "as a pattern" in result.note
    assert "“Fraud detection system”" in result.note


@pytest.mark.model
def test_what_one_organisation_did_beside_the_matter_is_no_match_for_a_pattern(guide: Assistant) -> None:
    result = asked(guide, "Design 'shop by photo': a customer uploads a picture of a sofa and sees sofas like it")
    assert result.note.startswith("The steps follow") or "as a pattern" in result.note
    recruiters = asked(
        guide, "Design candidate search for recruiters: they type a role and a city and get a ranked list"
    )
    assert "as a pattern" not in recruiters.note


@pytest.mark.model
def test_what_is_as_a_whole_on_the_matter_comes_before_a_pattern(guide: Assistant) -> None:
    result = asked(guide, "Design demand forecasting for 2,000 supermarkets with 30,000 products each")
    assert "no complete design of this" in result.note
    by_number = {one.number: one.document_id for one in result.citations}
    of_summary = {by_number[one.citations[0]] for one in result.head[0].sentences}
    assert of_summary == {"topic-time-series-forecasting"}
    assert not [id for id in by_number.values() if id.startswith("question-")]
    about = {info.id: info.steps for info in guide.infos()}["topic-time-series-forecasting"]
    for section in result.sections:
        cited = {by_number[one.citations[0]] for one in section.sentences}
        assert cited
        assert "topic-time-series-forecasting" not in cited or section.step in about


@pytest.mark.model
def test_beside_a_design_that_is_near_no_organisation_tells_what_it_did(guide: Assistant) -> None:
    result = asked(guide, "How would you order the articles on the start page of a news portal for each reader?")
    assert "“News feed ranking system”" in result.note
    assert "If yours is another system" in result.note
    of_one = {info.id for info in guide.infos() if info.organisations}
    assert not [one for one in result.citations if one.document_id in of_one]


@pytest.mark.model
def test_beside_a_design_that_is_near_stands_what_is_said_of_the_very_system(guide: Assistant) -> None:
    result = asked(guide, "Design an engine that picks the ad for each page view among advertisers with budgets")
    by_number = {one.number: one.document_id for one in result.citations}
    said = {section.title: section for section in result.head}["On this very system"]
    assert {by_number[one.citations[0]] for one in said.sentences} == {"topic-auctions-and-pacing"}


@pytest.mark.model
@pytest.mark.parametrize(
    "text",
    [
        "Design a video recommendation system",
        "Design a proximity service",
        "Design a fraud detection system",
        "Design a chatbot",
        "Design an ads serving system",
        "Design demand forecasting for supermarkets",
    ],
)
def test_a_design_is_read_to_its_end(guide: Assistant, text: str) -> None:
    result = asked(guide, text)
    is_sure = "If yours is another" not in result.note and "no complete design" not in result.note
    assert words((*result.head, *result.sections)) <= (_READ_SURE if is_sure else _READ)
    assert all(section.sentences for section in result.sections)


@pytest.mark.model
def test_the_very_design_is_told_at_more_length_than_one_near_to_it(guide: Assistant) -> None:
    very, near = asked(guide, "Design a video recommendation system"), asked(guide, "Design a podcast recommender")
    assert "no complete design" not in very.note
    assert "as a pattern" in near.note
    assert words(very.sections) > 1.2 * words(near.sections)


@pytest.mark.model
def test_the_assumptions_of_a_design_come_with_their_figures_in_its_order(guide: Assistant) -> None:
    result = asked(guide, "Design recommending restaurants near the user")
    by_number = {one.number: one for one in result.citations}
    assumed = next(section for section in result.head if section.title == "Assumptions")
    cited = [by_number[one.citations[0]] for one in assumed.sentences]
    assert cited[0].quote.startswith("Assume a map app with 100 million daily users")
    assert [one.start for one in cited] == sorted(one.start for one in cited)


@pytest.mark.model
def test_a_design_ends_with_what_fails_and_with_the_alternatives(guide: Assistant) -> None:
    result = asked(guide, "Design a proximity service")
    by_number = {one.number: one for one in result.citations}
    last = by_number[result.sections[-1].sentences[-1].citations[0]]
    assert last.headings[-1] == "Failure modes"
    assert result.table is not None
    assert "Wins when" in result.table.columns
    exported = markdown(result)
    assert exported.index("## 9.") < exported.index("## Alternatives weighed\n\n| |") < exported.index("## Sources")


@pytest.mark.model
def test_the_table_of_a_comparison_has_no_title_of_alternatives(guide: Assistant) -> None:
    assert "Alternatives weighed" not in markdown(asked(guide, "MMoE or shared bottom for clicks and watch time?"))


@pytest.mark.model
def test_what_is_asked_first_are_questions(guide: Assistant) -> None:
    result = asked(guide, "Design a question answering system over company documents")
    first = next(section for section in result.head if section.title == "Questions to ask first")
    marks = ("?", "reviewer asks", "clarifying questions")
    assert all(any(mark in one.text for mark in marks) for one in first.sentences)


@pytest.mark.model
def test_every_step_has_its_chapter(guide: Assistant) -> None:
    assert all(guide.document(step.chapter) is not None for step in formula.STEPS)


@pytest.mark.model
def test_a_step_on_which_nothing_is_said_tells_what_holds_in_any_system(guide: Assistant) -> None:
    result = asked(guide, "How would you build predictive maintenance for wind turbines from sensor streams?")
    by_number = {one.number: one.document_id for one in result.citations}
    architecture = next(section for section in result.sections if section.step == 3)
    assert {by_number[one.citations[0]] for one in architecture.sentences} == {"formula-architecture"}


@pytest.mark.model
def test_a_document_on_the_matter_is_laid_out_in_full_by_what_its_sections_are_about(guide: Assistant) -> None:
    result = asked(guide, "Design demand forecasting for 2,000 supermarkets with 30,000 products each")
    opening = result.head[0].sentences[0].text
    assert opening.startswith("Forecasting begins with the decision it serves")
    said = {section.step: " ".join(one.text for one in section.sentences) for section in result.sections}
    assert "WAPE" in said[2], "metrics, in words that are far from supermarkets"
    assert "baseline" in said[6]
