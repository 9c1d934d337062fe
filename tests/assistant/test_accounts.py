"""Accounts of a whole case: in the document's order, of all its sections but the lessons."""

from dataclasses import replace

import numpy as np
import pytest

from assistant import accounts
from assistant.answer import Assistant
from assistant.evidence import Candidate
from assistant.types import Answer
from tests.assistant.test_compose import candidate


def sentence(text: str, start: int, under: str, nearness: float) -> Candidate:
    apart = np.sqrt(1 - nearness**2) * np.eye(8)[1 + start // 20]  # from all the others
    own = candidate(text, 0.0, (apart + nearness * np.eye(8)[0]).tolist())
    return replace(own, evidence=replace(own.evidence, start=start, end=start + len(text), headings=(under,)))


def the_case() -> list[Candidate]:
    return [
        sentence("It was built.", 0, "What was built", 0.5),
        sentence("It works so.", 20, "How it works", 0.9),
        sentence("It has parts.", 40, "How it works", 0.8),
        sentence("It gained 5%.", 60, "Results", 0.3),
        sentence("Lifts are not given in the post.", 80, "Results", 0.9),
        sentence("Others may copy it.", 120, "What transfers", 0.99),
    ]


def said(query: str, *, near: list[Candidate] | None = None, count: int = 4) -> list[str]:
    vector = np.eye(8, dtype=np.float32)[0]
    found = accounts.told(the_case(), query, vector, near=near or [], count=count)
    return [one.evidence.quote for one in found]


def test_an_account_tells_of_each_section_in_the_order_of_the_text_and_no_lessons() -> None:
    assert said("How did they build it?") == ["It was built.", "It works so.", "It has parts.", "It gained 5%."]
    assert "Others may copy it." in said("What did they learn from it?")


def test_a_sentence_far_ahead_of_the_first_opens_and_one_a_little_ahead_does_not() -> None:
    def near(relevance: float) -> list[Candidate]:
        first, works = the_case()[:2]
        return [works.raised(relevance), first.raised(0.5)]

    assert said("How did they build it?", near=near(1.0))[0] == "It works so."
    assert said("How did they build it?", near=near(0.6))[0] == "It was built."


def test_a_sentence_that_was_found_under_another_heading_is_told_once() -> None:
    works = the_case()[1].raised(1.0)
    elsewhere = replace(works, evidence=replace(works.evidence, headings=("Both",)))
    told = said("How did they build it?", near=[elsewhere])
    assert told.count("It works so.") == 1
    assert told[0] == "It works so."


@pytest.mark.parametrize(
    ("query", "is_account"),
    [
        ("How did Netflix personalise the artwork of titles?", True),
        ("What did the Facebook paper on ad clicks find about trees?", True),
        ("How many members does LinkedIn have?", False),
        ("Why did Airbnb drop trees?", False),
        ("What did Airbnb do about listings without bookings?", False),
        ("What did Netflix do for members who had just joined?", False),
        ("How does it work?", False),
    ],
)
def test_an_account_is_asked_for_by_how_and_what_was_found(query: str, *, is_account: bool) -> None:
    assert accounts.is_asked(query) is is_account


@pytest.mark.model
def test_a_case_is_told_from_what_was_built_to_its_results(guide: Assistant) -> None:
    result = guide.ask("How did YouTube's 2016 recommender work, candidate generation and ranking?")
    assert isinstance(result, Answer)
    assert len({one.document_id for one in result.citations}) == 1
    starts = [one.start for one in result.citations]
    assert starts == sorted(starts)
    assert [one.headings[-1] for one in result.citations][:: len(starts) - 1] == ["What was built", "Results"]
