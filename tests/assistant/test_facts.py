"""Answers to questions of fact, as long as their sections have it to say."""

from dataclasses import replace

import pytest

from assistant import facts
from assistant.answer import Assistant
from assistant.evidence import Candidate
from assistant.types import Answer
from tests.assistant.test_compose import passage


def test_an_answer_is_filled_up_from_near_passages_of_its_first_document_alone() -> None:
    def scored(text: str, score: float, of: str) -> list[Candidate]:
        own = passage((text, 0.8), of=of)
        return [replace(one, evidence=replace(one.evidence, hit=replace(one.evidence.hit, score=score))) for one in own]

    vector = passage(("q", 1.0))[0].vector

    def filled(kept: list[Candidate], pool: list[Candidate]) -> list[str]:
        return [one.evidence.quote for one in facts._filled(kept, pool, vector, count=6)]

    first, other = passage(("a", 0.9), ("b", 0.7)), scored("x", 1.0, "e")
    assert filled(first[:1], [*first, *other]) == ["a", "b"]
    far = [*first, *scored("x", 1.3, "e")]
    assert filled(first[:1], far) == ["a"], "its passage is not near"
    silent = passage(("a", 0.9), ("The post gives no figures.", 0.9))
    assert filled(silent[:1], silent) == ["a"]
    assert filled([], []) == []
    answering = replace(first[0], asked=vector[None])
    assert filled([answering], [answering, replace(first[1], asked=0.8 * vector[None])]) == ["a", "b"]
    assert filled([answering], [answering, replace(first[1], asked=0.7 * vector[None])]) == ["a"], "answers another"


@pytest.mark.model
def test_an_answer_goes_on_with_the_figures_that_its_section_holds(guide: Assistant) -> None:
    result = guide.ask("How does KV caching speed up LLM decoding and what does it cost in memory?")
    assert isinstance(result, Answer)
    assert "KiB per token" in " ".join(one.text for one in result.sentences)


@pytest.mark.model
def test_a_table_of_the_section_that_answers_is_quoted(guide: Assistant) -> None:
    result = guide.ask("Which fairness criteria are there for groups?")
    assert isinstance(result, Answer)
    assert result.table is not None
    assert "Equalized odds" in result.table.rows
    by_number = {one.number: one for one in result.citations}
    for cell in [cell for row in result.table.cells for cell in row if cell]:
        assert cell.text in by_number[cell.citations[0]].quote


@pytest.mark.model
def test_of_two_sentences_that_name_the_thing_the_earlier_opens(guide: Assistant) -> None:
    result = guide.ask("What is a feature store?")
    assert isinstance(result, Answer)
    assert result.sentences[0].text.startswith("A feature store computes, stores and serves")
    assert result.sentences[1].text.startswith("A feature store has four parts")


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("what is concept drift", "Concept drift"),
        ("Is accuracy per group enough to say a model is fair, or which measures do people use?", "Equalized odds"),
    ],
)
def test_a_table_beside_the_quoted_passage_or_of_the_kinds_that_are_asked_for_is_quoted(
    guide: Assistant, question: str, row: str
) -> None:
    result = guide.ask(question)
    assert isinstance(result, Answer)
    assert result.table is not None
    assert row in result.table.rows


@pytest.mark.model
def test_the_second_part_of_a_question_is_about_the_organisation_that_the_first_names(guide: Assistant) -> None:
    result = guide.ask("Which stages does YouTube's deep recommender have and what does the ranking model predict?")
    assert isinstance(result, Answer)
    told = {one.document_id: one.quote for one in result.citations}
    infos = {info.id: info for info in guide.infos()}
    assert all("Google" in infos[id].organisations or "YouTube" in quote for id, quote in told.items())
