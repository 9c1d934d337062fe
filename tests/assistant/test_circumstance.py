"""Circumstances that an asker tells are no words of the question; the same words as its matter are."""

import pytest

from assistant import circumstance, telling
from assistant.answer import Assistant
from assistant.types import Answer, Declined


@pytest.mark.parametrize(
    ("query", "bare"),
    [
        ("the model we shipped in March was lost", "the model we shipped was lost"),
        ("trained in early January, bad in July", "trained , bad"),
        ("since the Christmas sale the filter flags too much", "the filter flags too much"),
        ("on Sunday night the pipeline wrote zeros, unseen until Wednesday", "the pipeline wrote zeros, unseen"),
        ("In April we doubled the candidates", "we doubled the candidates"),
        ("last week everything got slow", "everything got slow"),
        ("two weeks ago the index was rebuilt", "the index was rebuilt"),
        ("a fall of CTR between 6pm and 9pm", "a fall of CTR between and"),
        ("we launched in Poland and it fails", "we launched and it fails"),
        ("scores of our Brazilian users are too high", "scores of our users are too high"),
        ("my boss Klaus wants accuracy", "wants accuracy"),
        ("the intern deleted Mrs. Tanaka's label", "deleted label"),
        ("our project Falcon uses embeddings", "uses embeddings"),
    ],
)
def test_a_circumstance_is_left_out(query: str, bare: str) -> None:
    assert circumstance.without(query).split() == bare.split()


@pytest.mark.parametrize(
    "query",
    [
        "what may a model march toward",
        "why does an alarm ring on mondays",
        "our drift alarm rings every saturday",
        "is today's value or yesterday's the one to join",
        "what becomes of an aggregate that is 40 days old",
        "how do I tokenize Korean",
        "which language models know Indian languages",
        "how do we set a schedule in Keras",
        "who is the CEO of Databricks",
        "nobody accepts our friend suggestions",
        "user types 'and on sunday?' after a query",
    ],
)
def test_what_is_the_matter_stays(query: str) -> None:
    assert circumstance.without(query) == query


def test_a_circumstance_is_no_telling_word() -> None:
    assert telling.words("We can't reproduce the model we shipped in March") == telling.words(
        "We can't reproduce the model we shipped"
    )


@pytest.mark.model
@pytest.mark.parametrize(
    "question",
    [
        "We can't reproduce the model we shipped in March. What should have been versioned?",
        "Our annotators in Manila and in Nairobi label the same tweets differently",
        "On Sunday night the feature pipeline wrote zeros for all prices, and nobody noticed until Wednesday",
    ],
)
def test_a_circumstance_makes_nothing_missing(guide: Assistant, question: str) -> None:
    assert isinstance(guide.ask(question), Answer)


@pytest.mark.model
def test_a_circumstance_is_never_named_as_missing(guide: Assistant) -> None:
    result = guide.ask("Which wine did our Spanish guests like best in Madrid last summer?")
    assert isinstance(result, Declined)
    assert "wine" in result.reason
    assert not any(word in result.reason for word in ("Spanish", "Madrid", "summer"))
