from collections.abc import Iterator, Sequence

import pytest

from assistant.answer import Assistant
from assistant.errors import AbandonedError, GenerationError
from assistant.generate import Message
from assistant.patience import Patience, within
from assistant.types import Answer, Verdict
from assistant.watching import Told, watched
from assistant.writer import Writer, _watched


class ScriptedGenerator:
    """Replies with what it is given, after looking for the quotations in its prompt."""

    def __init__(self, reply: str) -> None:
        self.reply = reply
        self.prompts: list[str] = []

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        assert max_tokens > 0
        self.prompts.append(messages[0].content)
        yield from self.reply.split(" ")[0:1]
        yield self.reply[len(self.reply.split(" ")[0]) :]


class BrokenGenerator:
    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        del messages, max_tokens
        yield "Position bias"
        raise GenerationError("the language model could not be reached (ReadTimeout)")


def ask(guide: Assistant, generator: ScriptedGenerator | BrokenGenerator, *, is_strict: bool = True) -> Answer:
    writer = Writer(generator, context_tokens=4096, is_strict=is_strict)
    result = Assistant(guide._serving, guide._embedder, writer=writer).ask("What is position bias?")
    assert isinstance(result, Answer)
    return result


TRUE = "Position bias is the tendency of users to click results because of where they are shown [2]. "
FALSE = "Position bias was discovered in 1847 by a team of 12 monks [1]. "


def cited(generator: ScriptedGenerator) -> str:
    """The reply with the number under which the prompt really gave the definition."""
    lines = generator.prompts[0].splitlines() if generator.prompts else []
    return next((line[1 : line.index("]")] for line in lines if "tendency of users" in line), "2")


def scripted(guide: Assistant, text: str, *, is_strict: bool = True) -> Answer:
    probe = ScriptedGenerator("NO ANSWER")
    ask(guide, probe)
    return ask(guide, ScriptedGenerator(text.replace("[2]", f"[{cited(probe)}]")), is_strict=is_strict)


def test_what_is_supported_is_shown_with_its_citation(guide: Assistant) -> None:
    answer = scripted(guide, TRUE)
    (sentence,) = answer.sections[0].sentences
    assert sentence.verdict is Verdict.SUPPORTED
    assert "tendency of users" in answer.citations[sentence.citations[0] - 1].quote
    assert answer.note == "1 of 1 sentences of the language model were supported."


def test_a_forgotten_marker_is_added_only_where_the_quotation_supports_the_sentence(guide: Assistant) -> None:
    forgotten = TRUE.replace(" [2]", "")
    answer = ask(guide, ScriptedGenerator(forgotten + FALSE.replace(" [1]", "")))
    (sentence,) = answer.sections[0].sentences
    assert sentence.text == forgotten.strip()
    assert "tendency of users" in answer.citations[sentence.citations[0] - 1].quote


def test_in_strict_mode_an_invention_is_dropped_and_counted(guide: Assistant) -> None:
    answer = scripted(guide, TRUE + FALSE)
    assert [one.text for one in answer.sections[0].sentences] == [TRUE.replace(" [2].", ".").strip()]
    assert answer.note.startswith("1 of 2 sentences")


def test_in_marked_mode_an_invention_is_shown_as_one(guide: Assistant) -> None:
    answer = scripted(guide, TRUE + FALSE, is_strict=False)
    assert [one.verdict for one in answer.sections[0].sentences] == [Verdict.SUPPORTED, Verdict.UNSUPPORTED]


@pytest.mark.parametrize("reply", ["NO ANSWER", FALSE, "I like trains very much.", "[9] [10]"])
def test_a_model_that_says_nothing_usable_is_replaced_by_the_quotations(guide: Assistant, reply: str) -> None:
    answer = ask(guide, ScriptedGenerator(reply))
    assert answer.note.startswith("These are quotations alone")
    assert all(one.verdict is Verdict.SUPPORTED for one in answer.sentences)


def test_a_model_that_finds_no_answer_is_not_said_to_have_written_one(guide: Assistant) -> None:
    assert "found no answer" in ask(guide, ScriptedGenerator("NO ANSWER")).note
    assert "nothing that the language model wrote" in ask(guide, ScriptedGenerator(FALSE)).note


def test_a_model_that_breaks_off_is_replaced_by_the_quotations_and_the_reader_is_told(guide: Assistant) -> None:
    answer = ask(guide, BrokenGenerator())
    assert "could not be reached" in answer.note
    assert answer.sections[0].sentences


def test_words_are_told_as_they_come_and_end_when_nobody_waits() -> None:
    told: list[Told] = []
    patience = Patience(60)

    def watcher(words: Told) -> None:
        told.append(words)
        patience.call_off()

    with within(patience), watched(watcher), pytest.raises(AbandonedError):
        list(_watched(iter(["Position", " bias", " is"])))
    assert told == ["Position"]
