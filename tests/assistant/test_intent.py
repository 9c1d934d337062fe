"""Whether a whole design is asked for, told by the wording."""

import pytest

from assistant import intent
from assistant.question import understand
from assistant.types import QuestionKind
from eval import intent as fitted


def test_the_beginning_of_a_question_and_of_its_last_sentence_are_told_apart() -> None:
    found = intent.features("We have 3,000 stores. Lay out a design")
    assert {"first we have", "last lay out a", "several", "have #", "design"} <= found
    assert "first lay" not in found
    assert intent.features("We have 12 stores. Lay out a design") == found


# None of these was among the examples.
@pytest.mark.parametrize(
    "text",
    [
        "My boss wants live captions in our meeting tool. How should I approach the whole system?",
        "what would the ML system for pricing used cars look like",
        "Parcel depot, 60 cameras, damaged boxes slip through. Give me the full design, from data to serving.",
        "need an ml design for a loyalty programme - 4M members",
        "Interview tomorrow: recommend groups on a social network, give me the whole answer step by step",
    ],
)
def test_a_wish_for_a_design_is_known_in_wordings_that_no_pattern_lists(text: str) -> None:
    assert intent.of_design(text) > 0.7
    assert understand(text).kind is QuestionKind.DESIGN


@pytest.mark.parametrize(
    "text",
    [
        "We run a recommender for 8M users. Clicks fell after the last retrain. What do we check?",
        "walk me through the gradient of the pairwise loss",
        "I want to build an alarm. How do I set its threshold?",
        "how did Uber build its arrival times",
    ],
)
def test_what_only_looks_like_it_stays_a_fact(text: str) -> None:
    assert intent.of_design(text) < 0.5
    assert understand(text).kind is QuestionKind.FACT


def test_a_pattern_is_overruled_where_the_wording_asks_for_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    assert understand("Design a newsfeed").kind is QuestionKind.DESIGN
    monkeypatch.setattr(intent, "of_design", lambda _: 0.05)
    assert understand("Design a newsfeed").kind is QuestionKind.FACT


def test_the_fit_tells_wishes_apart_that_it_has_not_seen() -> None:
    things = ("cars", "ads", "mail", "maps")
    wanted = [(f"{lead} for {one}", True) for lead in ("lay out a design", "sketch the system") for one in things]
    others = [(f"what is {what} for {one}", False) for what in ("recall", "drift") for one in things]
    texts, kinds = zip(*wanted, *others, strict=True)
    weights = fitted.fit(texts, kinds)
    assert fitted.scored(weights, "lay out a design for trams") > 0 > fitted.scored(weights, "what is drift for trams")
    assert not {"cars", "for ads"} & {name for name, weight in weights.items() if abs(weight) > 0.2}


def test_every_example_has_a_kind_and_stands_once() -> None:
    examples = fitted.examples()
    assert len(examples) > 900
    assert len({text.lower() for text, _ in examples}) == len(examples)
    assert 0.3 < sum(kind for _, kind in examples) / len(examples) < 0.6
