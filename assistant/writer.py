"""An answer in a language model's words, each sentence checked against the quotations that it cites.

What the model may read are the sentences that the extractive answer would quote, so that what it adds is caught. A
model that fails, or of whose answer nothing is left, is replaced by the quotations themselves, and the reader is told.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from assistant import entail, generate, patience, verify, watching
from assistant.entail import Entailment
from assistant.errors import ContextError, GenerationError
from assistant.evidence import Candidate, is_harmless
from assistant.generate import Generator, Written
from assistant.types import Verdict

_ANSWER_TOKENS = 320


@dataclass(frozen=True, slots=True)
class Draft:
    """What a model wrote, checked.

    Attributes:
        sentences: Each with the places, from 0, of the evidence that it cites, and the verdict on it.
        note: What the reader should know: sentences that were dropped, or why there are none.
    """

    sentences: tuple[tuple[str, tuple[int, ...], Verdict], ...]
    note: str


class Writer:
    """Writes answers.

    Args:
        generator: The language model.
        context_tokens: What it reads and writes in all.
        is_strict: Drop what is not supported; else it is shown with its verdict.
        entailment: Contradicts sentences whose words are those of their quotations and whose meaning is not.
        limit: What the model's server says that it reads and writes in all, where it says so.
    """

    def __init__(
        self,
        generator: Generator,
        *,
        context_tokens: int,
        is_strict: bool,
        entailment: Entailment | None = None,
        limit: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._generator = generator
        self._entailment = entailment
        self._limit = limit
        self._context_tokens = context_tokens
        self._is_strict = is_strict

    def write(self, question: str, evidence: Sequence[Candidate]) -> Draft:
        """Answer a question out of evidence; without evidence no model is asked."""
        quotes = [one.evidence.quote for one in evidence]
        if not quotes:
            return Draft((), "")
        try:
            text = self._reply(question, quotes)
        except GenerationError as error:
            return Draft((), f"These are quotations alone: {error}.")
        if generate.has_refused(text):
            return Draft((), "These are quotations alone: the language model found no answer in them.")
        return self._checked(generate.sentences(text, given=len(quotes)), quotes)

    def _reply(self, question: str, quotes: Sequence[str]) -> str:
        """What the model writes; asked again with half as much where it cannot read it all."""
        room = min(self._context_tokens, self._limit() or self._context_tokens)
        try:
            return self._written(question, quotes, room)
        except ContextError:
            return self._written(question, quotes, room // 2)

    def _written(self, question: str, quotes: Sequence[str], room: int) -> str:
        answer = min(_ANSWER_TOKENS, room // 2)
        messages = generate.prompt(question, quotes, context_tokens=room, answer_tokens=answer)
        return "".join(_watched(self._generator.stream(messages, max_tokens=answer)))

    def _checked(self, written: Sequence[Written], quotes: Sequence[str]) -> Draft:
        judged = [self._read_again(*_judged(one, quotes), quotes) for one in written]
        kept = [
            (one, verdict)
            for one, verdict in judged
            if is_harmless(one.text) and (not self._is_strict or verdict is Verdict.SUPPORTED)
        ]
        if not kept:
            return Draft((), "These are quotations alone: nothing that the language model wrote was supported by them.")
        shown = tuple((one.text, tuple(number - 1 for number in one.numbers), verdict) for one, verdict in kept)
        supported = sum(verdict is Verdict.SUPPORTED for _, verdict in judged)
        return Draft(shown, f"{supported} of {len(judged)} sentences of the language model were supported.")

    def _read_again(self, one: Written, verdict: Verdict, quotes: Sequence[str]) -> tuple[Written, Verdict]:
        """The verdict once the entailment model, where there is one, has read a supported sentence as well."""
        cited = [quotes[number - 1] for number in one.numbers]
        if self._entailment is None or verdict is not Verdict.SUPPORTED:
            return one, verdict
        is_contradicted = entail.is_contradicted(one.text, cited, self._entailment)
        return one, Verdict.UNSUPPORTED if is_contradicted else verdict


def _watched(pieces: Iterable[str]) -> Iterator[str]:
    """The same pieces, told to whoever watches; ends where nobody waits for them any more."""
    for piece in pieces:
        patience.check()
        watching.tell(piece)
        yield piece


def _judged(written: Written, quotes: Sequence[str]) -> tuple[Written, Verdict]:
    """A sentence with the verdict on it; one that is not supported as it stands is held against each quotation.

    A small model forgets its markers, mixes them up, or cites all it was given. A citation is added only if it passes
    the same check, and one that adds nothing is taken away.
    """
    verdict = verify.verdict(written.text, [quotes[number - 1] for number in written.numbers])
    alone = tuple(n for n in written.numbers if verify.verdict(written.text, [quotes[n - 1]]) is Verdict.SUPPORTED)
    if alone:
        return replace(written, numbers=alone), Verdict.SUPPORTED
    if verdict is Verdict.SUPPORTED:
        return written, verdict
    scores = [verify.support(written.text, [quote]) for quote in quotes]
    best = max(range(len(quotes)), key=lambda place: scores[place].score)
    if scores[best].verdict is Verdict.SUPPORTED:
        return replace(written, numbers=(best + 1,)), Verdict.SUPPORTED
    return written, verdict
