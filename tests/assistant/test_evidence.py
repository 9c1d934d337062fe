import pytest

from assistant.answer import Assistant
from assistant.evidence import goes_on, reads_alone
from assistant.types import Answer


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


@pytest.mark.parametrize(
    "sentence",
    [
        "The learned odds then approximate expected watch time per impression.",
        "A query over friends then touches fewer servers, which lowers network traffic.",
        "The resulting vectors are compressed to sixteen bytes each.",
    ],
)
def test_a_sentence_that_goes_on_from_the_one_before_it_is_known_by_its_words(sentence: str) -> None:
    assert goes_on(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Export should therefore run in continuous integration with a tolerance on outputs.",
        "If labels are late, the model then learns from last week's clicks.",
        "Retrieve five hundred candidates, then rank them with a deep network.",
        "The ranker scores each item and then sorts all of them by score.",
        "The service first retrieves candidates and a ranker then scores them.",
        "The index has not been rebuilt since then, so new items are missing.",
        "The two towers never see each other's inputs before the final product.",
    ],
)
def test_a_sentence_with_its_own_condition_or_order_goes_on_from_nothing(sentence: str) -> None:
    assert not goes_on(sentence)


@pytest.mark.model
def test_what_goes_on_from_a_sentence_is_quoted_with_it_or_not_at_all(guide: Assistant) -> None:
    result = guide.ask("How many requests does an 80 GB GPU with 14 GB of weights hold?")
    assert isinstance(result, Answer)
    going = [one for one in result.citations if "GB of weights then holds" in one.quote]
    assert going
    for one in going:
        document = guide.document(one.document_id)
        assert document is not None
        assert not goes_on(one.quote)
        assert document.text[one.start : one.end] == one.quote
