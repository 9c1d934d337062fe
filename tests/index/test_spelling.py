import pytest

from index import spelling

WORDS = spelling.vocabulary(["fraud start xgboost collaborative filtering negatives popular"] * 2 + ["onceonly"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("should i use it for fruad", "should i use it for fraud"),
        ("colaborative filterring cold strat", "collaborative filtering cold start"),
        ("negitives of populer items", "negatives of popular items"),
        ("XGBost", "XGBost"),
        ("risotto", "risotto"),
        ("star won't", "star won't"),
        ("fraud", "fraud"),
    ],
)
def test_what_is_clearly_alike_is_put_right_and_nothing_else(typed: str, meant: str) -> None:
    assert spelling.correct(typed, WORDS, is_known=lambda word: word in WORDS) == meant


def test_a_word_that_was_used_once_is_no_model_of_spelling() -> None:
    assert "onceonly" not in WORDS
