"""What a question claims, and how it is held against the nearest sentences."""

import math
from dataclasses import fields

import numpy as np
import pytest

from assistant import premise, sufficiency
from assistant.answer import Assistant
from assistant.evidence import Candidate
from assistant.premise import Premise
from assistant.types import Answer, Declined, Evidence
from index.types import DocumentInfo, Hit, Trace
from ingest.types import Chunk

VECTOR = np.array([1.0, 0.0], dtype=np.float32)


@pytest.mark.parametrize(
    ("query", "claim"),
    [
        ("Why does AUC depend on class balance?", "AUC depend on class balance"),
        ("since LDA suits tweets, how short can they be", "LDA suits tweets"),
        ("how did Netflix give up experiments", "Netflix give up experiments"),
        ("how does DeepETA work?", ""),
        ("how do I choose a metric", ""),
        ("Why is my offline AUC up but online CTR down?", ""),
        ("why did we see lower recall after adding hard negatives", ""),
        ("Why do we need logQ correction?", "we need logQ correction"),
        ("what is calibration", ""),
        ("given that H3 cells contain their children, how do I roll up", "H3 cells contain their children"),
        ("When did Uber drop DeepETA?", "Uber drop DeepETA"),
        ("if averages are exact, why report medians", "averages are exact"),
        ("if the feature store is down, what should be served", ""),
    ],
)
def test_a_claim_is_what_a_question_takes_for_granted(query: str, claim: str) -> None:
    assert premise.claim(query) == claim


def _candidate(sentence: str) -> Candidate:
    info = DocumentInfo(id="d", source_id="d", url="u", title="T", kind="blog")
    hit = Hit(1, 1.0, Chunk("d", 0, len(sentence), sentence), info, Trace())
    return Candidate(Evidence(info, 0, len(sentence), sentence, (), 1.0, hit), VECTOR)


def _signs(query: str, *sentences: str) -> premise.Premise:
    near = [_candidate(one) for one in sentences]
    found = premise.signs(
        query, [one.evidence.hit for one in near], near, VECTOR, lambda _: 2.0, meant=0.0, gainsaid=0.0
    )
    assert found is not None
    return found


def test_a_sentence_that_denies_a_word_of_the_claim_is_seen() -> None:
    against = _signs("why does interleaving give an effect size", "Interleaving gives an order and no effect size.")
    for_it = _signs("why does interleaving give an order", "Interleaving gives an order and no effect size.")
    assert against.denied > 0
    assert for_it.denied == 0


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("why does shadow deployment halve serving cost", "Shadow deployment doubles serving cost."),
        ("why are equal error rates fair", "Equal error rates on a wrong target remain unfair."),
    ],
)
def test_the_opposite_of_a_word_is_seen_as_another_word_or_a_prefix(query: str, sentence: str) -> None:
    assert _signs(query, sentence).opposite > 0
    assert _signs(query, sentence.replace("doubles", "halves").replace("unfair", "fair")).opposite == 0


def test_a_claim_that_is_a_denial_itself_is_not_denied_by_another() -> None:
    assert _signs("why does interleaving not give an effect size", "Interleaving gives no effect size.").negative == 0


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("why did FollowFeed replace Sensei", 1),
        ("why did Sensei replace FollowFeed", 0),
        ("why did FollowFeed replace Sensei at once", 0),
    ],
)
def test_a_claim_is_said_where_its_words_stand_in_their_order(query: str, said: float) -> None:
    sentence = "LinkedIn's FollowFeed replaced the older Sensei in three years."
    assert _signs(query, sentence).said == said
    assert _signs(query, sentence.replace("replaced", "never replaced")).said == 0


def test_what_no_passage_holds_is_lost() -> None:
    found = _signs("why does calibration require quantum computers", "Calibration requires held-out data.")
    assert found.lost == pytest.approx(0.5)
    assert found.unsaid == pytest.approx(0.5)


def test_a_question_that_claims_nothing_has_no_premise() -> None:
    assert premise.signs("what is calibration", [], [], VECTOR, lambda _: 1.0, meant=0.0, gainsaid=0.0) is None


@pytest.mark.model
def test_a_premise_that_is_not_borne_out_is_answered_with_what_the_library_says(guide: Assistant) -> None:
    result = guide.ask("why does shadow deployment halve serving cost")
    assert isinstance(result, Declined)
    assert "takes for granted (“shadow deployment halve serving cost”)" in result.reason
    assert any("doubles" in one.text for one in result.correction)
    assert isinstance(guide.ask("why does shadow deployment double inference cost"), Answer)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("why does HNSW always find the nearest vector", "HNSW finds most of the nearest vectors."),
        ("why do counts give the exact effect", "Counts give an order of the effect."),
    ],
)
def test_an_absolute_word_that_no_near_sentence_has_is_seen(query: str, sentence: str) -> None:
    assert _signs(query, sentence).absolute > 0
    assert _signs(query, f"{sentence} Always exact.").absolute == 0


def test_a_comparison_and_a_fault_are_seen_in_the_claim_alone() -> None:
    assert _signs("why are averages better than medians", "Medians resist outliers.").compared > 0
    assert _signs("why are averages misleading", "Averages hide outliers.").fault == 1
    assert _signs("why are averages reported", "Averages are easy.").fault == 0


def judged(chance: float) -> tuple[sufficiency.Model, sufficiency.Model]:
    """Models by which everything is enough, and every premise as likely as that."""
    weights = dict.fromkeys(
        (*(one.name for one in fields(sufficiency.Signs)), *(one.name for one in fields(Premise))), 0.0
    )
    bias = math.log(chance / (1 - chance))
    return sufficiency.Model(10.0, weights, 0.5), sufficiency.Model(bias, weights, 0.4, refused=0.25)


@pytest.mark.model
@pytest.mark.parametrize(
    ("text", "chance", "answered", "doubted"),
    [
        ("Why is position bias a problem in click logs?", 0.5, True, False),
        ("Why is position bias a problem in click logs?", 0.3, True, True),
        ("Why is position bias a problem in click logs?", 0.2, False, False),
        ("Since position bias is a problem in click logs, how is it measured?", 0.3, True, True),
        ("Since position bias is a problem in click logs, how is it measured?", 0.2, False, False),
        ("How does position bias spoil click logs?", 0.2, True, False),
        ("What is position bias?", 0.2, True, False),
    ],
)
def test_a_doubtful_premise_is_answered_with_a_word_of_caution_and_an_unlikely_one_declined(
    guide: Assistant, monkeypatch: pytest.MonkeyPatch, text: str, chance: float, answered: bool, doubted: bool
) -> None:
    models = judged(chance)
    monkeypatch.setattr(sufficiency, "models", lambda: models)
    result = guide.ask(text)
    assert isinstance(result, Answer) is answered
    if isinstance(result, Answer):
        assert ("may not bear out" in result.note) is doubted


@pytest.mark.parametrize(
    "text",
    [
        "How did YouTube and Instagram differ in the way they weigh several kinds of engagement?",
        "How does Instagram pick its candidates compared to YouTube's candidate generation?",
        "How does a cross-encoder differ from a two-tower model?",
    ],
)
def test_that_two_things_differ_in_something_is_no_claim(text: str) -> None:
    assert premise.claim(text) == ""


def test_that_one_thing_compares_is_still_a_claim() -> None:
    assert premise.claim("Why does accuracy differ by threshold?") == "accuracy differ by threshold"
