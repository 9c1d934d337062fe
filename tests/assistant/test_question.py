import pytest

from assistant.errors import QuestionError
from assistant.question import subject, understand
from assistant.types import QuestionKind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Design a newsfeed", QuestionKind.DESIGN),
        ("How do I design a video recommendation system?", QuestionKind.DESIGN),
        ("how would you build fraud detection", QuestionKind.DESIGN),
        ("two-tower or cross-encoder?", QuestionKind.COMPARISON),
        ("HNSW vs IVF", QuestionKind.COMPARISON),
        ("What is negative sampling?", QuestionKind.FACT),
        ("how did Uber predict arrival times?", QuestionKind.FACT),
        ("thanks!", QuestionKind.SMALL_TALK),
        ("hello there", QuestionKind.SMALL_TALK),
    ],
)
def test_the_form_of_a_question_is_recognised(text: str, kind: QuestionKind) -> None:
    assert understand(text).kind is kind


@pytest.mark.parametrize("text", ["", "   \n\t "])
def test_a_blank_question_is_refused(text: str) -> None:
    with pytest.raises(QuestionError, match="empty"):
        understand(text)


def test_a_question_that_is_too_long_is_refused_with_the_limit() -> None:
    with pytest.raises(QuestionError, match="100,000 characters, the limit is 2,000"):
        understand("x" * 100_000)


def test_the_subject_of_a_design_question_is_the_thing_designed() -> None:
    assert subject(understand("How do I design a video recommendation system?")) == "video recommendation system"
    assert subject(understand("Design newsfeed ranking")) == "newsfeed ranking"


def test_a_follow_up_is_searched_for_with_the_question_before_it() -> None:
    asked = understand("and how is it served?", history=["Design a newsfeed"])
    assert asked.query == "Design a newsfeed and how is it served?"
    assert understand("What is calibration?", history=["Design a newsfeed"]).query == "What is calibration?"
