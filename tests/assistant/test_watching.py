"""An answer that is watched while it is made, over the real field guide."""

from dataclasses import replace
from pathlib import Path

import pytest

from assistant.answer import Assistant
from assistant.types import Answer, Declined
from assistant.watching import Told, watched
from index import building
from index.serving import Serving
from ingest import guide as chapters

pytestmark = pytest.mark.model

DESIGN = "Design a system that detects payment fraud"


def grown(assistant: Assistant, text: str) -> tuple[list[Answer], Answer | Declined]:
    """The beginnings that were told, and the whole."""
    told: list[Told] = []
    with watched(told.append):
        result = assistant.ask(text)
    assert all(isinstance(one, Answer) for one in told)
    return [one for one in told if isinstance(one, Answer)], result


@pytest.mark.parametrize("text", [DESIGN, "two-tower or cross-encoder?", "What is negative sampling?"])
def test_every_beginning_is_kept_in_the_next_and_in_the_whole(guide: Assistant, text: str) -> None:
    beginnings, whole = grown(guide, text)
    assert isinstance(whole, Answer)
    for before, after in zip(beginnings, [*beginnings[1:], whole], strict=True):
        assert before.sections
        assert before.sections == after.sections[: len(before.sections)]
        assert before.citations == after.citations[: len(before.citations)]
        assert (before.question, before.head, before.note) == (after.question, after.head, after.note)
        assert before.table in (None, after.table)


@pytest.mark.parametrize("text", [DESIGN, "two-tower or cross-encoder?", "How do I cook risotto?"])
def test_an_answer_that_is_watched_is_the_same(guide: Assistant, text: str) -> None:
    _, whole = grown(guide, text)
    alone = guide.ask(text)
    assert type(whole) is type(alone)
    assert whole.citations == alone.citations
    if isinstance(whole, Answer) and isinstance(alone, Answer):
        assert (whole.parts, whole.table, whole.note) == (alone.parts, alone.table, alone.note)
        assert whole.also_retrieved == alone.also_retrieved


def test_a_design_is_told_step_by_step_from_its_head_on(guide: Assistant) -> None:
    beginnings, _ = grown(guide, DESIGN)
    assert beginnings[0].head
    assert [len(one.sections) for one in beginnings] == list(range(1, 10))


def test_a_comparison_is_told_before_its_table(guide: Assistant) -> None:
    beginnings, whole = grown(guide, "random search or grid search?")
    assert isinstance(whole, Answer)
    assert whole.table
    assert [one.table for one in beginnings] == [None]


def test_the_head_of_a_design_is_not_told_where_no_step_follows_and_the_question_is_declined(
    guide: Assistant, tmp_path: Path
) -> None:
    near = ("topic-anomaly-detection", "topic-class-imbalance")
    stepless = [replace(one, steps=()) for one in chapters.documents() if one.id in near]
    building.build(stepless, root=tmp_path, embedder=guide._embedder)
    small = Assistant(Serving(tmp_path, guide._embedder), guide._embedder)
    beginnings, result = grown(small, "Design an anomaly detection system")
    assert isinstance(result, Declined)
    assert result.reason == "The library has passages near this, but no sentence that answers it."
    assert not beginnings
