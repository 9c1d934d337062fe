import re
from dataclasses import replace

import pytest

from assistant.answer import Assistant
from assistant.export import markdown
from assistant.types import Answer, Declined
from assistant.views import MINUTES, View, view


@pytest.fixture(scope="module")
def design(guide: Assistant) -> Answer:
    result = guide.ask("Design a fraud detection system")
    assert isinstance(result, Answer)
    return result


def test_the_minutes_of_an_interview_leave_two_for_the_head() -> None:
    assert sum(MINUTES.values()) == 43


@pytest.mark.parametrize("chosen", list(View))
def test_a_view_has_all_nine_steps_and_invents_nothing(design: Answer, chosen: View) -> None:
    shown = view(design, chosen)
    assert [section.step for section in shown.sections] == list(range(1, 10))
    assert set(shown.sentences) <= set(design.sentences)
    assert set(shown.citations) <= set(design.citations)


def test_one_page_is_shorter_than_the_interview_and_that_than_the_document(design: Answer) -> None:
    page, interview, document = (len(view(design, one).sentences) for one in (View.PAGE, View.INTERVIEW, View.DOCUMENT))
    assert page < interview < document == len(design.sentences)


def test_every_reference_of_an_export_resolves_and_quotes(design: Answer) -> None:
    text = markdown(design)
    used = set(re.findall(r"\[\^(\d+)\](?!:)", text))
    given = dict(re.findall(r"^\[\^(\d+)\]: (.*)$", text, re.MULTILINE))
    assert used == set(given)
    assert all("“" in note and "characters" in note for note in given.values())
    assert text.startswith("# Design a fraud detection system\n")


def test_what_a_reader_should_know_of_an_answer_is_exported_with_it(design: Answer) -> None:
    noted = markdown(replace(design, note="The library holds no design of [this]."))
    assert "\n\nThe library holds no design of \\[this\\].\n\n## " in noted


def test_a_source_cannot_write_markdown_into_an_export(design: Answer) -> None:
    declined = Declined(design.question, "![x](http://evil.example/x.png) <script>", nearest_topics=("# [a](b)",))
    text = markdown(declined)
    assert "![x](" not in text
    assert "<script>" not in text.replace("\\<script\\>", "")
    assert "\n- \\# \\[a\\](b)" in text


def test_the_table_of_a_design_is_left_out_of_one_page_alone(design: Answer) -> None:
    assert design.table is not None
    assert view(design, View.PAGE).table is None
    assert view(design, View.INTERVIEW).table == view(design, View.DOCUMENT).table == design.table
