"""The project's own golden questions: do they fit the guide, are they many, and do people ask like that?"""

import json
from collections import Counter
from pathlib import Path
from statistics import median

import pytest

from eval import collections, export, golden, retrieval, sufficiency, wording
from eval.errors import CollectionError
from eval.golden import Family, GoldenQuestion, Judgment, Split
from ingest import guide
from ingest.types import BlockKind
from tests.parts import HashEmbedder, document

QUESTIONS = golden.load()
ANSWERABLE = [one for one in QUESTIONS if not one.decline]
TO_DECLINE = [one for one in QUESTIONS if one.decline]
FAMILIES = golden.families()
SIDE = {id: family.split for family in FAMILIES.values() for id in family.documents}


def test_every_quotation_stands_in_its_document() -> None:
    texts = {one.id: one.text for one in guide.documents()}
    lost = [
        (one.id, judgment.document, judgment.quote[:60])
        for one in ANSWERABLE
        for judgment in one.judgments
        if judgment.quote not in texts.get(judgment.document, "")
    ]
    assert lost == [], "the guide changed: judge these again"


def test_no_quotation_is_judged_twice_for_a_question() -> None:
    for one in ANSWERABLE:
        judged = Counter((judgment.document, judgment.quote) for judgment in one.judgments)
        assert [key for key, count in judged.items() if count > 1] == [], one.id


def test_what_was_read_and_not_relevant_is_recorded_too() -> None:
    grades = Counter(judgment.grade for one in ANSWERABLE for judgment in one.judgments)
    assert all(any(judgment.grade == 0 for judgment in one.judgments) for one in ANSWERABLE)
    assert grades[0] > 5 * (grades[1] + grades[2] + grades[3]) / 3


def test_there_are_enough_of_every_kind_that_is_reported() -> None:
    kinds = Counter(one.kind for one in ANSWERABLE)
    assert len(ANSWERABLE) >= 200
    assert len(kinds) == 12
    assert min(kinds.values()) >= 40
    assert all(len(one.question.split()) >= 30 for one in ANSWERABLE if one.kind == "long")
    assert all(one.history for one in ANSWERABLE if one.kind == "follow-up")


def test_enough_must_be_declined_and_each_says_why() -> None:
    kinds = Counter(one.kind for one in TO_DECLINE)
    assert len(TO_DECLINE) >= 90
    assert set(kinds) == {"off-domain", "not-in-library", "entity-swapped", "false-premise"}
    assert all(kinds[kind] >= 15 for kind in kinds)


def test_both_splits_are_about_as_large() -> None:
    for asked in (ANSWERABLE, TO_DECLINE):
        dev = sum(one.split is Split.DEV for one in asked)
        assert 0.4 <= dev / len(asked) <= 0.6


def test_a_family_of_documents_is_on_one_side_only() -> None:
    assert {one.id for one in ANSWERABLE if FAMILIES[one.topic].split is not one.split} == set()
    astray = [
        one.id for one in ANSWERABLE if all(SIDE[best.document] is not one.split for best in one.best())
    ]  # no question is answered by the other side's documents alone
    assert astray == []


def test_few_questions_are_answered_as_well_by_a_document_of_the_other_side() -> None:
    """Some facts stand in two places; a ranker that was tuned on dev has seen those documents asked for."""
    asked = [one for one in ANSWERABLE if one.split is Split.TEST]
    shared = [one.id for one in asked if any(SIDE[best.document] is Split.DEV for best in one.best())]
    assert len(shared) / len(asked) <= 0.08


def test_few_questions_copy_a_heading_or_the_sentence_that_answers_them() -> None:
    read = guide.documents()
    headings = {one.title for one in read} | {
        one.text[block.start : block.end] for one in read for block in one.blocks if block.kind is BlockKind.HEADING
    }
    copied = [one.id for one in ANSWERABLE if wording.copies(one.question, headings)]
    assert len(copied) / len(ANSWERABLE) <= 0.05
    borrowed = [max(wording.borrowed(one.question, best.quote) for best in one.best()) for one in ANSWERABLE]
    assert median(borrowed) <= 0.4


def test_likeness_counts_stems_and_leaves_function_words_out() -> None:
    assert wording.likeness("How much exploration does a bandit need?", "The bandits' exploration") == 2 / 4
    assert wording.likeness("and the", "of a") == 0.0
    assert wording.copies("when is calibration a matter?", ["When calibration matters"])
    assert wording.borrowed("ranking clicks", "A click counts.") == 0.5
    assert wording.borrowed("", "A click counts.") == 0.0


def test_the_best_judgments_are_those_with_the_highest_grade() -> None:
    judged = (Judgment("a", "x", 2), Judgment("b", "y", 0), Judgment("c", "z", 2))
    one = GoldenQuestion(id="g", question="q", kind="fact", topic="t", split=Split.DEV, judgments=judged)
    assert one.best() == (judged[0], judged[2])


def test_a_document_in_two_families_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "families.toml"
    path.write_text(
        '[a]\nsplit = "dev"\ndocuments = ["x", "y"]\n[b]\nsplit = "test"\ndocuments = ["x"]\n', encoding="utf-8"
    )
    with pytest.raises(CollectionError, match="x stands in two families"):
        golden.families(path)


def test_families_are_read_with_their_split(tmp_path: Path) -> None:
    path = tmp_path / "families.toml"
    path.write_text('[a]\nsplit = "dev"\ndocuments = ["x"]\n', encoding="utf-8")
    assert golden.families(path) == {"a": Family(Split.DEV, frozenset({"x"}))}
    path.write_text('[a]\nsplit = "train"\ndocuments = []\n', encoding="utf-8")
    with pytest.raises(CollectionError, match="families of golden questions cannot be read"):
        golden.families(path)


def test_an_export_is_a_collection_that_can_be_read_back(tmp_path: Path) -> None:
    library = [
        document("# Bias\n\nThe first item looks good.", id="bias", title="Bias"),
        document("# Canary\n\nOne percent of traffic.", id="canary", title="Canary"),
    ]
    asked = [
        GoldenQuestion(
            id="g1",
            question="and on phones?",
            kind="follow-up",
            topic="bias",
            split=Split.TEST,
            history=("what is position bias",),
            judgments=(Judgment("bias", "The first item looks good.", 3), Judgment("canary", "One percent", 0)),
        ),
        GoldenQuestion(id="g2", question="x", kind="off-domain", topic="x", split=Split.TEST, decline="Not ours."),
    ]
    held = retrieval.index(library, name="tiny", home=tmp_path, embedder=HashEmbedder())
    export.write(asked, held, tmp_path / "out", split=Split.TEST)
    held.close()
    read = collections.load(tmp_path / "out", split="test")
    assert read.queries == {"g1": "what is position bias and on phones?"}
    assert sorted(read.qrels["g1"].values()) == [0, 3]
    passages = [json.loads(line) for line in (tmp_path / "out" / "corpus.jsonl").read_text("utf-8").splitlines()]
    graded = {one["_id"]: read.qrels["g1"][one["_id"]] for one in passages}
    assert sorted((one["text"].splitlines()[-1], graded[one["_id"]]) for one in passages) == [
        ("One percent of traffic.", 0),
        ("The first item looks good.", 3),
    ]
    lines = (tmp_path / "out" / "test.qrels").read_text("utf-8").splitlines()
    assert sorted(line.split()[-1] for line in lines) == ["0", "3"]
    assert all(line.split()[:2] == ["g1", "0"] for line in lines)


def test_the_fresh_questions_quote_the_guide_and_are_none_of_those_that_are_fitted_on() -> None:
    fresh = golden.fresh()
    texts = {document.id: document.text for document in guide.documents()}
    quoted = [judged for one in fresh for judged in one.judgments]
    assert all(judged.quote in texts[judged.document] for judged in quoted)
    test = {one.question.lower() for one in fresh if one.split is Split.TEST}
    fitted, _ = sufficiency.examples()
    assert not test & {one.question.lower() for one in fitted}
    kinds = Counter(one.kind for one in fresh if one.decline and one.split is Split.TEST)
    assert min(kinds[kind] for kind in ("off-domain", "not-in-library", "entity-swapped", "false-premise")) >= 19
