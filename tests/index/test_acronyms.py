import pytest

from index import acronyms


@pytest.mark.parametrize(
    ("short", "before", "long"),
    [
        ("CTR", "measure the click-through rate", "click-through rate"),
        ("ANN", "uses approximate nearest neighbor", "approximate nearest neighbor"),
        ("GBDT", "boosting with gradient-boosted decision trees", "gradient-boosted decision trees"),
        ("NDCG", "the normalized discounted cumulative gain", "normalized discounted cumulative gain"),
        ("IPS", "nothing of the kind stands here", ""),
        ("KDD", "as Wang et al. showed", ""),
    ],
)
def test_the_words_before_spell_the_letters(short: str, before: str, long: str) -> None:
    assert acronyms.long_form(short, before) == long


def test_the_most_frequent_meaning_wins() -> None:
    texts = ["mean average precision (MAP)", "the mean average precision (MAP)", "maximum a posteriori (MAP)"]
    assert acronyms.find(texts) == {"map": "mean average precision"}


def test_a_plural_and_a_citation_are_told_apart() -> None:
    found = acronyms.find(["large language models (LLMs)", "as in Smith (SIGIR 2004)"])
    assert found == {"llm": "large language models"}
