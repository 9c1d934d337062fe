"""Declining, over the field guide: what is missing is said, and whose system it is instead."""

import numpy as np
import pytest

from assistant import directions, sufficiency, wire
from assistant.answer import Assistant
from assistant.types import Answer, Declined
from tests.parts import HashEmbedder

pytestmark = pytest.mark.model


@pytest.mark.parametrize(
    ("question", "owner"),
    [("How does Netflix's DeepETA work?", "Uber"), ("explain google's FollowFeed", "LinkedIn")],
)
def test_a_system_of_another_company_is_corrected_with_a_quotation(guide: Assistant, question: str, owner: str) -> None:
    result = guide.ask(question)
    assert isinstance(result, Declined)
    assert owner in result.reason
    assert result.correction
    for citation in result.citations:
        document = guide.document(citation.document_id)
        assert document is not None
        assert document.text[citation.start : citation.end] == citation.quote
    assert wire.answer(result)["correction"][0]["citations"] == [1]


def test_the_company_that_has_it_gets_an_answer(guide: Assistant) -> None:
    assert isinstance(guide.ask("How does Uber's DeepETA work?"), Answer)


def test_a_name_that_nobody_mentions_is_no_slip_of_the_finger(guide: Assistant) -> None:
    result = guide.ask("how does snapchat rank its stories")
    assert isinstance(result, Declined)
    assert "snapchat" in result.reason


def test_of_what_is_missing_the_rarest_is_named_first(guide: Assistant) -> None:
    result = guide.ask("How does Tesla's Dojo chip train its occupancy network?")
    assert isinstance(result, Declined)
    assert "never mention “Tesla”, “Dojo”, “" in result.reason


def test_another_language_is_named_as_the_reason(guide: Assistant) -> None:
    result = guide.ask("¿cómo se prepara una tortilla de patatas?")
    assert isinstance(result, Declined)
    assert "English" in result.reason


def test_a_premise_that_the_nearest_sentence_denies_is_corrected_with_it(guide: Assistant) -> None:
    result = guide.ask("why does federated learning on its own guarantee anonymity")
    assert isinstance(result, Declined)
    assert "takes for granted" in result.reason
    assert "not anonymity" in result.correction[0].text
    assert result.citations[0].quote == result.correction[0].text


def test_a_denied_premise_is_said_before_the_answer(guide: Assistant) -> None:
    result = guide.ask("Why does ROC AUC measure calibration?")
    assert isinstance(result, Answer)
    assert "takes for granted" in result.note


def test_a_company_written_as_a_name_is_one_though_the_library_uses_the_word(guide: Assistant) -> None:
    signs = guide.judged("how did Snap partition its friend graph with Giraph").signs
    other = guide.judged("how did Facebook partition its friend graph with Giraph").signs
    assert (signs.subject, other.subject) == (1, 0)


def test_a_name_that_is_lacking_acts_where_it_does_or_has_what_is_asked_about(guide: Assistant) -> None:
    asked = ("how did Yelp partition its friend graph", "what is in Yelp's friend graph", "is a friend graph in Yelp")
    assert [guide.judged(one).signs.actor for one in asked] == [1, 1, 0]
    assert [guide.judged(one.replace("Yelp", "Facebook")).signs.actor for one in asked] == [0, 0, 0]
    assert sufficiency.models()[0].weights["actor"] < 0
    assert sufficiency.models()[0].weights["left_out"] < 0


def test_a_detail_that_the_nearest_sentence_does_not_hold_is_a_sign(guide: Assistant) -> None:
    told = guide.judged("how many dimensions has BERT base").signs
    untold = guide.judged("which dropout did BERT base use").signs
    assert (told.left_out, untold.left_out) == (0, 1)


def test_a_duration_that_is_asked_for_stands_in_a_sentence_on_the_same_matter(guide: Assistant) -> None:
    told = guide.judged("how long does a language-model server take to start cold").signs
    untold = guide.judged("how long does it take to train DeepETA").signs
    assert (told.untold, untold.untold) == (0, 1)


def test_the_directions_are_of_one_embedder_and_say_nothing_of_the_vectors_of_another(guide: Assistant) -> None:
    other = HashEmbedder()
    nothing = directions.of(other)
    assert directions.log_odds(nothing.ours, other.encode(["how is calibration measured"])[0]) == 0.0
    ask = guide.encode(["how is calibration measured", "how long do I boil an egg"])
    fitted = directions._fitted_directions()[1]
    assert directions.log_odds(fitted.ours, ask[0]) > directions.log_odds(fitted.ours, ask[1]) + 1


def test_a_question_unlike_what_is_answered_needs_a_nearer_sentence() -> None:
    direction, vector = np.array([-2.0, 0.0, 1.0], dtype=np.float32), np.array([1.0, 0.0], dtype=np.float32)
    assert directions.log_odds(direction, vector) == -1.0
    assert directions.ours(direction, vector, 0.2) == pytest.approx(-0.8)
    assert directions.ours(direction, vector, 0.8) == pytest.approx(-0.2)


@pytest.mark.parametrize("question", ["how do Hopfield networks store patterns", "explain the Bradley-Terry model"])
def test_what_belongs_to_the_field_and_not_to_the_library_is_declined(guide: Assistant, question: str) -> None:
    assert isinstance(guide.ask(question), Declined)


@pytest.mark.parametrize(
    ("filled", "plain"),
    [
        ("How do Netflix and YouTube differ in the way they recommend?", "How do Netflix and YouTube recommend?"),
        ("How exactly would one really go about sampling negatives right now?", "How would one sample negatives?"),
    ],
)
def test_words_that_only_fill_are_neither_missed_nor_weighed(guide: Assistant, filled: str, plain: str) -> None:
    assert isinstance(guide.ask(filled), Answer)
    seen, other = guide.judged(filled), guide.judged(plain)
    assert seen.missing == other.missing
    assert (seen.signs.length, seen.signs.covered) == (other.signs.length, other.signs.covered)


def test_the_same_words_count_where_they_are_the_subject(guide: Assistant) -> None:
    meant, filling = guide.judged("how does merge sort work"), guide.judged("how does some sort of merge work")
    assert meant.signs.length > filling.signs.length > 0
