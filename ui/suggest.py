"""What to ask next. Suggestions come from headings of the library itself, so that each of them has an answer."""

import re
from collections.abc import Iterable, Iterator

from assistant.types import Answer, Citation, Declined
from index.types import DocumentInfo
from ingest.types import BlockKind, Document
from ui.places import Documents

FIRST = (
    ("Design", "Design a video recommendation system"),
    ("Design", "How would you detect payment fraud?"),
    ("Compare", "Two-tower model or cross-encoder?"),
    ("Compare", "How did companies rank their feeds?"),
    ("Explain", "How do I choose negative samples?"),
    ("Explain", "How do I detect drift without labels?"),
)

_ASKS = re.compile(r"^(?:how|why|when|which|what|where|should|do|does|is|are|can)\b", re.IGNORECASE)
_COUNT = 3
_LONG = 4  # letters from which a word says what a heading is about


def after(result: Answer | Declined, infos: Iterable[DocumentInfo], documents: Documents) -> list[str]:
    """At most three questions that follow on a result; none after a declined one, which names topics instead."""
    if isinstance(result, Declined):
        return []
    known = {_key(result.question.text)} | {_key(one.headings[-1]) for one in result.citations if one.headings}
    chosen: list[str] = []
    for heading in _headings(result, infos, documents):
        if _key(heading) not in known:
            known.add(_key(heading))
            chosen.append(heading)
    return chosen[:_COUNT]


def _headings(answer: Answer, infos: Iterable[DocumentInfo], documents: Documents) -> Iterator[str]:
    """Headings near the answer: of passages that were found and not cited, then of documents on the same topics."""
    for hit in answer.also_retrieved:
        yield from [one for one in hit.chunk.headings[-1:] if _stands_alone(one, hit.document.title)]
    cited = _documents(answer.citations, documents)
    topics = {topic for one in cited for topic in one.topics}
    own = {one.id for one in cited}
    kin = [info for info in infos if info.id not in own and topics & set(info.topics)]
    for info in sorted(kin, key=lambda info: -len(topics & set(info.topics)))[: 4 * _COUNT]:
        if (document := documents(info.id)) is not None:
            yield from _first_question(document)


def _documents(citations: Iterable[Citation], documents: Documents) -> list[Document]:
    ids = dict.fromkeys(one.document_id for one in citations)
    return [document for id in ids if (document := documents(id)) is not None]


def _first_question(document: Document) -> Iterator[str]:
    """One heading a document, so that three suggestions lead three ways."""
    headings = (document.text[b.start : b.end] for b in document.blocks if b.kind is BlockKind.HEADING)
    yield from [one for one in headings if _stands_alone(one, document.title)][:1]


def _stands_alone(heading: str, title: str) -> bool:
    """Whether a heading asks something and names what it is about, as "What was built" does not."""
    asked = _ASKS.match(heading)
    return asked is not None and bool(_words(heading[asked.end() :]) & _words(title))


def _words(text: str) -> set[str]:
    return {word[: _LONG + 1] for word in re.findall(r"\w+", text.lower()) if len(word) >= _LONG}


def _key(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
