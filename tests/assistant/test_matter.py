import pytest

from assistant.answer import Assistant
from assistant.types import Answer


@pytest.mark.model
def test_a_sentence_that_shares_only_the_organisation_fills_no_answer_up(guide: Assistant) -> None:
    result = guide.ask("which label does linkedin recruiter train on")
    assert isinstance(result, Answer)
    texts = [one.text for one in result.sections[0].sentences]
    assert any("InMail accept" in text for text in texts)
    assert not any("645 million" in text for text in texts)
