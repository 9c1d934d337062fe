import pytest

from assistant.evidence import reads_alone


@pytest.mark.parametrize(
    "sentence",
    [
        "A two-tower model encodes the query and the item apart.",
        "Recall@500 with a target near 95% is a typical goal for a first stage.",
        '"Most popular" is the baseline that every recommender must beat.',
        "A first stage with recall above 95% rarely limits the ranker behind it.",
        "Cache entries with a similarity of 0.9 or above, and drop those below a week's traffic.",
        "He and colleagues trained trees whose leaves feed a logistic regression.",
        "He et al. trained trees whose leaves feed a logistic regression.",
    ],
)
def test_a_sentence_that_names_its_subject_reads_alone(sentence: str) -> None:
    assert reads_alone(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "This lets the model scale to millions of items.",
        "It is trained on logged clicks from last week.",
        "Figure 3 shows the architecture of the ranking network.",
        "As mentioned above, the ranker reads two hundred features.",
        "The ranker reads the two hundred features that are listed below.",
        "The table below gives the latency of each stage of ranking.",
        "The ranker of the design above, which is small, reads two hundred features below.",
        "He trained trees whose leaves feed a logistic regression.",
        "the fragment starts in the middle of a sentence here.",
        "A heading without a full stop at its end",
        "Too short.",
        "See https://example.org/page for the details of the method.",
        "How should the negatives of a retriever be sampled in practice?",
        "x = 1; y = 2; z = [3, 4, 5]; assert x + y == z[0]; print(x, y, z).",
    ],
)
def test_a_sentence_that_leans_on_its_neighbours_is_not_quoted(sentence: str) -> None:
    assert not reads_alone(sentence)
