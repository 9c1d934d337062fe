"""Weighing options: which sentences open the answer."""

import pytest

from assistant import sides, weigh
from assistant.answer import Assistant
from assistant.types import Answer
from tests.assistant.test_compose import candidate
from tests.assistant.test_sides import Words


def test_a_sentence_gains_by_naming_every_option_and_by_saying_which_wins() -> None:
    plain, wins = "Trees and networks are models.", "Trees beat networks on small tables."

    def worth(text: str, *, named: int, of: int) -> float:
        return weigh._deciding(candidate(text, 0.5, [1, 0]), named, of=of).evidence.relevance

    assert worth(wins, named=2, of=2) > worth(plain, named=2, of=2) > 0.5
    assert worth(plain, named=3, of=3) > worth(plain, named=2, of=3) == 0.5


@pytest.mark.model
def test_what_is_asked_with_enough_and_instead_of_is_weighed(guide: Assistant) -> None:
    result = guide.ask("Should I use shadow deployment instead of a canary for a fraud model?")
    assert isinstance(result, Answer)
    first = result.sections[0].sentences[0].text.lower()
    assert "shadow" in first
    assert "canary" in first


@pytest.mark.model
def test_where_little_is_said_of_one_option_alone_no_title_stands_over_the_other(guide: Assistant) -> None:
    result = guide.ask("Batch normalization versus layer normalization in a recommender?")
    assert isinstance(result, Answer)
    assert [section.title for section in result.sections] == ["Answer"]


@pytest.mark.model
@pytest.mark.parametrize(
    "text",
    ["Milvus or Elasticsearch for ten million vectors?", "which optimizer state does Lion drop compared with Adam"],
)
def test_where_no_option_or_something_else_is_unknown_the_question_is_declined(guide: Assistant, text: str) -> None:
    assert not isinstance(guide.ask(text), Answer)


@pytest.mark.model
def test_the_note_names_only_what_the_library_does_not_hold(guide: Assistant) -> None:
    known = guide.ask("Gradient boosted trees or a neural net for ranking on tabular features, which one?")
    assert isinstance(known, Answer)
    assert not known.note
    unknown = guide.ask("Differential privacy or steganography for releasing usage statistics?")
    assert isinstance(unknown, Answer)
    assert "“steganography”" in unknown.note


def test_a_comparison_that_nothing_decides_opens_with_documents_that_name_an_option() -> None:
    pool = weigh._Pool.__new__(weigh._Pool)
    pool._options = sides.of_names(("CTC", "attention decoders"), Words())
    names = candidate("CTC sums over all alignments.", 0.5, [1, 0], document="speech")
    beside = candidate("Frames are short.", 0.6, [0, 1], document="speech")
    foreign = candidate("Words are translated.", 0.7, [1, 1], document="translation")
    assert pool.naming([foreign, beside, names]) == [beside, names]
    assert pool.naming([foreign]) == [foreign]


def test_a_sentence_gains_by_what_is_asked_beside_the_options() -> None:
    asked = {"phone": 2.0, "call": 2.0}

    def worth(text: str) -> float:
        return weigh._on_matter(candidate(text, 0.5, [1, 0]), asked).evidence.relevance

    assert worth("CTC suits phone calls.") > worth("CTC suits calls.") > worth("CTC suits pages.") == 0.5


@pytest.mark.model
def test_a_choice_of_which_little_is_said_goes_on_with_its_section_and_the_librarys_table(guide: Assistant) -> None:
    result = guide.ask("first-price vs second-price auction, what changes for bidders?")
    assert isinstance(result, Answer)
    assert len([one for section in result.sections for one in section.sentences]) >= 3
    assert result.table is not None
    assert set(result.table.rows) >= {"First price", "Second price"}


@pytest.mark.model
def test_what_a_table_calls_an_option_finds_the_sentence_that_decides(guide: Assistant) -> None:
    result = guide.ask("YOLO or Faster R-CNN for a real-time product?")
    assert isinstance(result, Answer)
    assert "One-stage detectors are the default" in result.sections[0].sentences[0].text


@pytest.mark.model
def test_what_answers_other_questions_is_no_sentence_on_an_option(guide: Assistant) -> None:
    result = guide.ask("batch vs online inference, when do i pick which")
    assert isinstance(result, Answer)
    said = [one.text for section in result.sections for one in section.sentences]
    assert any(one.startswith("Batch prediction") for one in said)
    assert not any("Quantization" in one or "GPU inference" in one for one in said)
