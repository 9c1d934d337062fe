import pytest

from assistant.types import Verdict
from assistant.verify import support, verdict

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


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("Quantization lowers accuracy by 2%.", "Quantization improves latency and lowers accuracy by 0.2%."),
        ("Larger batches decrease throughput.", "Larger batches increase throughput until memory runs out."),
        ("Interleaving never needs more traffic.", "Interleaving always needs more traffic than that."),
    ],
)
def test_a_figure_or_a_direction_that_was_changed_is_refuted(sentence: str, quote: str) -> None:
    found = support(sentence, [quote])
    assert found.verdict is Verdict.UNSUPPORTED
    assert found.score <= 0.2


MEASURED = "The ranker may take 40 ms for 500 candidates, most of it for reading features from the cache."


@pytest.mark.parametrize(
    ("sentence", "verdict_"),
    [
        ("The ranker may take 40 seconds for 500 candidates.", Verdict.UNSUPPORTED),
        ("The ranker may take 500 ms for 40 candidates.", Verdict.UNSUPPORTED),
        ("The ranker takes 40 ms for 500 candidates, most of it for reading features.", Verdict.PARTLY),
        ("The ranker may always take 40 ms for all 500 candidates.", Verdict.PARTLY),
        (
            "The ranker may take 40 ms for 500 candidates, most of it for reading embeddings from the cache.",
            Verdict.PARTLY,
        ),
        ("For 500 candidates the ranker may take 40 ms, most of it for features from the cache.", Verdict.SUPPORTED),
    ],
)
def test_a_small_change_of_nearly_the_same_words_is_seen(sentence: str, verdict_: Verdict) -> None:
    assert verdict(sentence, [MEASURED]) is verdict_


def test_a_number_in_words_is_the_same_number() -> None:
    assert verdict("Three towers share the index.", ["The index is shared by 3 towers."]) is Verdict.SUPPORTED


def test_a_negation_elsewhere_in_the_quotation_does_no_harm() -> None:
    quote = "The cache is not shared between regions. A feature store serves features in ten milliseconds."
    assert verdict("A feature store serves features in ten milliseconds flat.", [quote]) is Verdict.SUPPORTED


def test_what_no_quotation_holds_is_named() -> None:
    assert support("Netflix saw a gain of 12 points.", ["Spotify saw a gain of points."]).missing == ("12", "netflix")


def test_evidence_may_be_spread_over_quotations() -> None:
    quotes = ["DeepETA predicts a residual.", "The residual corrects the routing engine's estimate."]
    assert verdict("DeepETA predicts a residual that corrects the routing engine.", quotes) is Verdict.SUPPORTED


def test_a_possessive_is_the_same_name() -> None:
    assert verdict("Uber predicts a residual.", ["Uber's network predicts a residual."]) is Verdict.SUPPORTED
