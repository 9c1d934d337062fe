"""An answer as a sequence of events, for readers who want its beginning before its end.

`sources` comes before the first word: what the answer is drawn from. Then for every sentence `delta` (its text),
`citation` for every number that was not seen before, and `verdict`; at the end `done` with the whole result. A declined
answer is `sources` with what was found nearest, one `delta` with the reason, and `done`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from assistant import wire
from assistant.anchor import shown
from assistant.types import Answer, Declined


class EventKind(StrEnum):
    """What an event tells."""

    SOURCES = "sources"
    DELTA = "delta"
    CITATION = "citation"
    VERDICT = "verdict"
    DONE = "done"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Event:
    """One event with its JSON-ready data."""

    kind: EventKind
    data: dict[str, Any]


def of(result: Answer | Declined) -> Iterator[Event]:
    """The events of a result, in order."""
    yield Event(EventKind.SOURCES, {"sources": _sources(result)})
    if isinstance(result, Declined):
        yield Event(EventKind.DELTA, {"text": result.reason, "section": 0, "sentence": 0, "title": "", "step": None})
    else:
        yield from _sentences(result)
    yield Event(EventKind.DONE, wire.answer(result))


def _sources(result: Answer | Declined) -> list[dict[str, Any]]:
    """Each document once, in the order of first use."""
    if isinstance(result, Declined):
        documents = [(hit.document.id, hit.document.title, hit.document.url) for hit in result.found]
    else:
        documents = [(one.document_id, one.title, one.url) for one in result.citations]
    return [{"document_id": id, "title": title, "url": shown(url)} for id, title, url in dict.fromkeys(documents)]


def _sentences(answer: Answer) -> Iterator[Event]:
    unseen = {one.number: one for one in answer.citations}
    for number, section in enumerate(answer.parts):
        for place, sentence in enumerate(section.sentences):
            at = {"section": number, "sentence": place}
            text = {"text": sentence.text, "title": section.title, "step": section.step}
            yield Event(EventKind.DELTA, text | at)
            for cited in sentence.citations:
                if (citation := unseen.pop(cited, None)) is not None:
                    yield Event(EventKind.CITATION, wire.citation(citation) | at)
            verdict = {"verdict": sentence.verdict.value, "citations": list(sentence.citations)}
            yield Event(EventKind.VERDICT, verdict | at)
