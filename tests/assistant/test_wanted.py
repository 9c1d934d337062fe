"""What a question wants told: a count stands beside the name of what is counted, a choice beside its kind."""

import pytest

from assistant import wanted


@pytest.mark.parametrize(
    ("sentence", "is_uncounted"),
    [
        ("The encoder has twelve layers and a small head.", False),
        ("The encoder has 6 layers.", False),
        ("The layers of the encoder share their weights.", True),
        ("The encoder was trained for 3 days.", True),
    ],
)
def test_a_count_is_told_where_a_sentence_holds_the_thing_and_a_figure(sentence: str, is_uncounted: bool) -> None:
    assert wanted.is_uncounted("how many layers does the encoder have", [sentence]) is is_uncounted


@pytest.mark.parametrize(
    ("question", "is_unnamed"),
    [
        ("which optimizer did they use for the encoder", False),
        ("which dataset did they use for the encoder", True),
        ("what does the encoder use", False),
        ("what is the encoder trained with", False),
        ("how many layers does it have", False),
    ],
)
def test_which_of_a_kind_is_told_where_a_sentence_holds_the_kind(question: str, is_unnamed: bool) -> None:
    assert wanted.is_unnamed(question, ["Adam is the optimizer of the encoder."]) is is_unnamed


def test_questions_of_other_forms_want_no_count_and_no_name() -> None:
    assert not wanted.is_uncounted("why does the encoder use layers", [])
    assert not wanted.is_unnamed("why does the encoder use layers", [])
    assert wanted.is_uncounted("how many layers does it have", [])


@pytest.mark.parametrize(
    ("question", "is_left_out"),
    [
        ("which optimizer did they use for the encoder", False),
        ("which tokenizer did they use for the encoder", True),
        ("on which hardware was the encoder trained", True),
        ("how many layers does the encoder have", False),
        ("how many gpus did the encoder take", True),
        ("which loss of money followed", True),
        ("why does the encoder use an optimizer", False),
        ("which way of training suits the encoder", False),
    ],
)
def test_a_detail_is_told_where_the_nearest_sentence_holds_it(question: str, is_left_out: bool) -> None:
    nearest = ["Adam is the optimizer of the encoder, which has six layers.", "A GPU and a tokenizer cost 3 dollars."]
    assert wanted.is_left_out(question, nearest) is is_left_out


def test_how_many_of_a_detail_there_are_is_told_with_a_figure() -> None:
    assert wanted.is_left_out("how many layers does the encoder have", ["The layers of the encoder share weights."])
    assert wanted.is_left_out("how many layers does the encoder have", [])
