import pytest

from assistant.types import Verdict
from assistant.verify import verdict

QUOTE = (
    "Downsampling negatives by a factor of 20 shrinks training data and shifts the predicted probabilities at Facebook."
)


def test_a_sentence_that_stands_in_the_quotation_is_supported() -> None:
    assert verdict("downsampling negatives by a factor of 20 shrinks training data", [QUOTE]) is Verdict.SUPPORTED


def test_a_close_paraphrase_is_supported() -> None:
    assert verdict("Downsampling the negatives shrinks training data.", [QUOTE]) is Verdict.SUPPORTED


@pytest.mark.parametrize(
    "sentence",
    [
        "Downsampling negatives by a factor of 30 shrinks training data.",
        "Downsampling negatives does not shrink training data.",
        "Bandits explore headlines with Thompson sampling.",
    ],
)
def test_another_number_a_negation_or_another_matter_is_unsupported(sentence: str) -> None:
    assert verdict(sentence, [QUOTE]) is Verdict.UNSUPPORTED


def test_another_name_is_not_fully_supported() -> None:
    assert verdict("At Netflix downsampling negatives shrinks training data.", [QUOTE]) is Verdict.PARTLY


def test_a_sentence_without_citation_is_uncited() -> None:
    assert verdict("Anything at all.", []) is Verdict.UNCITED
