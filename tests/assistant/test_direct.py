import pytest

from assistant.direct import bonus, is_definition, is_denied, is_headed, is_refuted, names_first


@pytest.mark.parametrize(
    ("thing", "sentence"),
    [
        ("position bias", "Position bias is the tendency of users to click what stands on top."),
        ("calibration", "A classifier is calibrated when its probabilities come true."),
        ("DeepETA", "Uber's DeepETA is a deep network that predicts a residual."),
        ("two-tower model", "A two-tower model, also called a dual encoder, is a pair of networks."),
    ],
)
def test_a_definition_is_told_by_its_form(thing: str, sentence: str) -> None:
    assert is_definition(sentence, thing)


@pytest.mark.parametrize(
    ("thing", "sentence"),
    [
        ("position bias", "Position bias is measured by moving an item."),
        ("calibration", "Segment-wise calibrators help where data suffices."),
        ("DeepETA", "A base engine that changes breaks DeepETA."),
        ("feature store", "A feature store is bought for consistency."),
    ],
)
def test_what_is_only_about_a_thing_does_not_define_it(thing: str, sentence: str) -> None:
    assert not is_definition(sentence, thing)


@pytest.mark.parametrize(
    ("question", "better", "worse"),
    [
        ("what is drift?", "Drift is a change of the inputs.", "Drift is measured by a distance."),
        ("what is drift in click logs?", "Drift is a change of the inputs.", "Drift in click logs is measured."),
        ("what is a canary for", "A canary is a release to few users.", "Teams watch a canary."),
        ("how does drift work", "Drift is a change of the inputs.", "Teams watch drift."),
        ("why do models age?", "Models age because the world changes.", "Models age in months."),
        ("how many users does a test need?", "A test needs 40,000 users.", "A test needs many users."),
        ("when should I shard?", "Shard when one machine is too small.", "Sharding spreads vectors."),
        ("how do I fix imbalance?", "Use class weights first.", "Imbalance is common."),
        ("how many candidates to rank", "Rank about a thousand candidates.", "Rank candidates in 10 ms."),
        ("how much memory does HNSW need", "HNSW needs 333 GB.", "HNSW of 32 links needs memory."),
        ("what does a cache cost in memory", "A cache takes 512 KiB per token.", "A cache takes 32 layers."),
        ("what does a cache cost in time", "A cache takes 12 ms.", "A cache takes 512 KiB."),
        ("how long is a canary watched", "A canary is watched for two to 24 hours.", "A canary takes 1% of traffic."),
        ("how often to retrain a click model", "Retrain click models daily.", "Retraining click models costs 3%."),
    ],
)
def test_the_form_that_a_question_wants_comes_first(question: str, better: str, worse: str) -> None:
    assert bonus(question, better) > bonus(question, worse)


def test_a_premise_is_denied_by_a_sentence_about_the_same_that_says_no() -> None:
    denial = "Ranking and calibration are separate properties, and ROC AUC does not measure calibration."
    assert is_denied("ROC AUC measure calibration", denial)
    assert not is_denied("ROC AUC measure calibration", "Interleaving does not need labels.")
    assert not is_denied("calibration matter for ads", "Calibration matters for ads and auctions.")


@pytest.mark.parametrize(
    ("premise", "sentence"),
    [
        (
            "hashing phone numbers anonymises them, which hash is best",
            "Hashing is pseudonymization, as numbers are few.",
        ),
        ("replay buffers on their own guarantee fresh models", "A replay buffer cannot keep models fresh by itself."),
    ],
)
def test_only_a_sentence_that_denies_its_subject_refutes(premise: str, sentence: str) -> None:
    assert is_refuted(premise, sentence) is ("cannot" in sentence)


def test_a_sentence_that_denies_something_else_refutes_nothing() -> None:
    premise = "replay buffers guarantee fresh models"
    assert not is_refuted(premise, "Fresh models are not enough where replay buffers are small.")
    assert not is_refuted(premise, "Replay buffers guarantee fresh models.")
    assert not is_refuted(
        "Netflix do A/B testing", "Netflix's care begins at the experiment, not at launch: A/B testing is real."
    )
    assert is_refuted("Netflix do testing at launch", "Netflix's testing begins at the experiment, not at launch.")
    assert not is_refuted(
        "replay buffers never guarantee fresh models", "Replay buffers cannot guarantee fresh models."
    )


def test_a_figure_of_another_matter_gains_no_more_than_any_figure() -> None:
    asked = "how long does it take to train DeepETA"
    assert bonus(asked, "Eight GPUs finish in 10.4 hours.") < bonus(asked, "DeepETA trains in 10.4 hours.")


@pytest.mark.parametrize(
    ("question", "heading", "is_so"),
    [
        ("What is a two-tower model?", "What a two-tower model is", True),
        ("What is a two-tower model?", "Limits of a two-tower model", False),
        ("How do I calibrate a classifier?", "How to keep a model calibrated", True),
        ("How do I calibrate a classifier?", "What calibration means", False),
        ("Why is accuracy a bad metric?", "Why accuracy misleads", True),
        ("The model suddenly fails", "Pitfalls of training", True),
        ("How large should a canary be?", "How large a canary is", True),
        ("Should I retrain daily?", "When to retrain", True),
    ],
)
def test_a_heading_may_have_the_form_of_a_question(question: str, heading: str, *, is_so: bool) -> None:
    assert is_headed(question, heading) is is_so


def test_a_sentence_that_begins_with_the_thing_names_it_first() -> None:
    assert names_first("What is a feature store?", "A feature store computes, stores and serves features.")
    assert names_first("What is a feature store?", "A feature store has four parts.")
    assert not names_first("What is a feature store?", "Skew is what a feature store prevents.")
    assert not names_first("Why is a feature store slow?", "A feature store has four parts.")
