import dataclasses

import pytest

from assistant.evidence import Candidate
from assistant.relevance import ranked
from tests.assistant.test_compose import candidate

_TELLING = {"posit": 2.0, "bias": 2.0}
_QUESTION = "measuring position bias"


def under(name: str, heading: str, *, score: float = 1.0) -> Candidate:
    """A sentence under a heading, in a passage with a score."""
    plain = candidate(name, 0.5, [1.0, 0.0])
    hit = dataclasses.replace(plain.evidence.hit, score=score)
    return dataclasses.replace(plain, evidence=dataclasses.replace(plain.evidence, headings=(heading,), hit=hit))


def first(*candidates: Candidate, telling: dict[str, float] = _TELLING) -> str:
    return ranked(candidates, _QUESTION, telling=telling)[0].evidence.quote


def test_a_sentence_under_a_heading_that_asks_the_question_wins_over_one_as_near_elsewhere() -> None:
    assert (
        first(under("Clocks drift apart.", "Time"), under("Swap two results.", "Position bias")) == "Swap two results."
    )


def test_the_words_count_by_their_idf_wherever_they_stand() -> None:
    by_place = {
        one.evidence.quote: one.evidence.relevance
        for one in ranked(
            [under("Half of it: bias.", "Time"), under("Clocks.", "Position bias"), under("Clocks drift.", "Time")],
            _QUESTION,
            telling={"posit": 3.0, "bias": 1.0},
        )
    }
    assert by_place["Clocks."] - by_place["Clocks drift."] == pytest.approx(0.3)
    assert by_place["Half of it: bias."] - by_place["Clocks drift."] == pytest.approx(0.3 / 4 + 0.1 / 2)


def test_the_better_passage_wins_between_sentences_alike() -> None:
    assert first(under("Clocks.", "Time", score=0.2), under("Watches.", "Time", score=0.9)) == "Watches."


def test_a_sentence_that_opens_with_the_matter_wins_over_one_that_ends_with_it() -> None:
    assert first(under("Swapping shows the position bias.", "T"), under("Position bias shows by swaps.", "T")) == (
        "Position bias shows by swaps."
    )


def test_where_nothing_tells_the_order_of_nearness_stays() -> None:
    near, far = under("Clocks.", "Time"), under("Watches.", "Time").raised(-0.2)
    assert [one.evidence.quote for one in ranked([far, near], "and so?", telling={})] == ["Clocks.", "Watches."]
