import pytest

from assistant.evidence import reads_alone


@pytest.mark.parametrize(
    "sentence",
    [
        "A two-tower model encodes the query and the item apart.",
        "Recall@500 with a target near 95% is a typical goal for a first stage.",
        '"Most popular" is the baseline that every recommender must beat.',
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
