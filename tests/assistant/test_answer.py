"""Asking, over the real field guide with the real model."""

from pathlib import Path

import pytest

from assistant import formula, wire
from assistant.answer import Assistant
from assistant.types import Answer, Declined, Verdict
from index.errors import NoIndexError
from index.serving import Serving
from tests.parts import HashEmbedder

pytestmark = pytest.mark.model

QUESTIONS = [
    "How do I design a video recommendation system?",
    "Design a system that detects payment fraud",
    "two-tower or cross-encoder?",
    "What is negative sampling?",
    "How many users does an A/B test need?",
]


@pytest.mark.parametrize("text", QUESTIONS)
def test_every_citation_is_the_documents_own_text_at_its_place(guide: Assistant, text: str) -> None:
    result = guide.ask(text)
    assert isinstance(result, Answer)
    assert result.citations
    for citation in result.citations:
        document = guide.document(citation.document_id)
        assert document is not None
        assert document.text[citation.start : citation.end] == citation.quote


@pytest.mark.parametrize("text", QUESTIONS)
def test_every_sentence_is_cited_and_supported_and_none_is_said_twice(guide: Assistant, text: str) -> None:
    result = guide.ask(text)
    assert isinstance(result, Answer)
    sentences = [sentence for section in result.sections for sentence in section.sentences]
    assert all(sentence.citations and sentence.verdict is Verdict.SUPPORTED for sentence in sentences)
    assert len({sentence.text for sentence in sentences}) == len(sentences)


def test_a_design_answer_has_the_nine_steps_in_order_each_with_evidence(guide: Assistant) -> None:
    result = guide.ask("Design a system that detects payment fraud")
    assert isinstance(result, Answer)
    assert [section.title for section in result.sections] == [step.title for step in formula.STEPS]
    assert [section.step for section in result.sections] == list(range(1, 10))
    assert all(section.sentences for section in result.sections)


def test_a_task_without_a_design_of_its_own_is_answered_by_the_formula(guide: Assistant) -> None:
    result = guide.ask("How would you design a system that predicts which machines need maintenance?")
    assert isinstance(result, Answer)
    assert sum(bool(section.sentences) for section in result.sections) >= 6
    assert "no complete design of this" in result.note
    assert not [one for one in result.citations if one.document_id.startswith("question-")], "of other systems"


@pytest.mark.parametrize(
    "text",
    [
        "Design dynamic pricing for hotels",
        "Design a machine translation service",
        "How would you build churn prediction for a mobile phone carrier?",
        "Design a music playlist recommender",
    ],
)
def test_no_design_of_another_system_is_followed(guide: Assistant, text: str) -> None:
    result = guide.ask(text)
    assert isinstance(result, Declined) or "no complete design of this" in result.note


@pytest.mark.parametrize(
    "text",
    [
        "How would you design the home timeline of a social network so the most relevant posts come first?",
        'How would you build a "people you may know" feature for a social app?',
        "Design hate speech detection for a social network",
    ],
)
def test_a_design_is_found_by_what_it_is_about_and_not_by_its_title(guide: Assistant, text: str) -> None:
    result = guide.ask(text)
    assert isinstance(result, Answer)
    assert result.note.startswith("The steps follow")


def test_what_is_compared_is_quoted_wherever_the_library_names_it(guide: Assistant) -> None:
    result = guide.ask("U-Net vs Mask R-CNN, which one do I want for counting overlapping cells?")
    assert isinstance(result, Answer)
    said = " ".join(sentence.text for section in result.sections for sentence in section.sentences)
    assert "U-Net" in said
    assert "Mask R-CNN" in said
    assert "no quotation" not in result.note


def test_where_no_design_is_followed_the_nearest_are_named(guide: Assistant) -> None:
    result = guide.ask("Design an article tagging system")
    assert isinstance(result, Answer)
    assert "no complete design of this" in result.note
    titles = {info.title: len(info.steps) for info in guide.infos()}
    named = [part.split("”")[0] for part in result.note.split("“")[1:]]
    assert 1 <= len(named) <= 3
    assert all(titles[title] >= 6 for title in named)


@pytest.mark.parametrize(
    ("text", "followed"),
    [
        ("Design a newsfeed", "question-newsfeed-ranking"),
        ("build a spam filter for email", "question-spam-detection"),
        ("How would you design YouTube recommendations?", "question-video-recommendation"),
        ("Design a chatbot for a bank's customers", "question-chatbot"),
    ],
)
def test_a_design_follows_the_librarys_own_in_its_order(guide: Assistant, text: str, followed: str) -> None:
    result = guide.ask(text)
    assert isinstance(result, Answer)
    by_number = {one.number: one for one in result.citations}
    assert by_number[result.head[0].sentences[0].citations[0]].document_id == followed
    for section in result.sections:
        cited = [by_number[sentence.citations[0]] for sentence in section.sentences]
        own = [one.start for one in cited if one.document_id == followed]
        assert len(own) >= 2
        assert own == sorted(own)
        assert not [one for one in cited if one.document_id.startswith("question-") and one.document_id != followed], (
            "the numbers of one design do not fit another"
        )
    assert by_number[1].title in result.note


def test_a_question_that_its_document_answers_is_shown_with_the_answer(guide: Assistant) -> None:
    result = guide.ask("Design a chatbot for a bank's customers")
    assert isinstance(result, Answer)
    asked = next(section for section in result.head if section.title == "Questions to ask first")
    bare = [sentence.text for sentence in asked.sentences if "?" in sentence.text]
    assert bare
    assert all(text.endswith(".") for text in bare)


@pytest.mark.parametrize(
    "text",
    ["How do I cook risotto?", "Who won the football world cup in 1998?", "What is the capital of Mongolia?", "hello"],
)
def test_what_the_library_does_not_hold_is_declined_with_a_reason(guide: Assistant, text: str) -> None:
    result = guide.ask(text)
    assert isinstance(result, Declined)
    assert result.reason.endswith(".")


def test_a_part_that_names_little_is_searched_for_with_what_the_first_asks_about(guide: Assistant) -> None:
    result = guide.ask("How are hard negatives mined and what's the danger?")
    assert isinstance(result, Answer)
    assert all("negative" in one.quote.lower() for one in result.citations)


def test_each_of_two_questions_in_one_is_answered_in_its_order(guide: Assistant) -> None:
    result = guide.ask("What is a canary release and how is calibration measured?")
    assert isinstance(result, Answer)
    said = [sentence.text for section in result.sections for sentence in section.sentences]
    first, last = (next(place for place, text in enumerate(said) if word in text) for word in ("anary", "alibration"))
    assert first < last


def test_the_part_of_a_question_that_nothing_answers_is_named(guide: Assistant) -> None:
    result = guide.ask("What is the CAP theorem and how does TAO trade consistency for availability?")
    assert isinstance(result, Answer)
    assert "“What is the CAP theorem”" in result.note


def test_a_declined_answer_names_what_is_missing_and_what_is_near(guide: Assistant) -> None:
    result = guide.ask("How do I cook risotto?")
    assert isinstance(result, Declined)
    assert "risotto" in result.reason
    assert result.nearest_topics


def test_both_outcomes_have_the_same_keys_on_the_wire(guide: Assistant) -> None:
    answered, declined = (wire.answer(guide.ask(text)) for text in ("What is calibration?", "How do I cook risotto?"))
    assert answered["kind"] == "answer"
    assert declined["kind"] == "declined"
    assert answered.keys() <= declined.keys()


def test_asking_before_anything_is_indexed_names_the_command(tmp_path: Path) -> None:
    assistant = Assistant(Serving(tmp_path, HashEmbedder()), HashEmbedder())
    with pytest.raises(NoIndexError, match="ninestep index"):
        assistant.ask("What is calibration?")
