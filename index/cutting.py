"""How documents are cut into what is indexed: the passages that are found and the sentences that are quoted."""

from collections.abc import Callable
from dataclasses import dataclass

from index.types import Embedder
from ingest import chunk as chunking
from ingest import sentences as sentencing
from ingest.sentences import Span
from ingest.types import Chunk, Document


@dataclass(frozen=True, slots=True)
class Cutting:
    """How documents are cut into what is indexed.

    Attributes:
        chunker: Name and version of the rule that makes chunks; another one makes another generation.
        chunk: The rule.
        sentencer: Name and version of the rule that finds quotable sentences.
        sentences: The rule.
    """

    chunker: str
    chunk: Callable[[Document, Embedder], list[Chunk]]
    sentencer: str
    sentences: Callable[[Document], list[Span]]


def _passages(document: Document, embedder: Embedder) -> list[Chunk]:
    return chunking.chunk(document, count_tokens=embedder.count_tokens, max_tokens=embedder.max_tokens)


PASSAGES = Cutting(chunking.VERSION, _passages, sentencing.VERSION, sentencing.sentences)
