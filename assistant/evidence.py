"""Evidence: the sentences of found passages that may be quoted, and how well each answers.

A sentence is quotable when it can be read alone. Its relevance joins its own nearness to what is asked with the score
of the passage it stands in, so that a good sentence of a good passage wins over a lucky one.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from assistant.types import Evidence
from index.engine import Generation
from index.types import Hit, Vectors
from ingest.types import Chunk

if TYPE_CHECKING:
    from index.generation import StoredSentence

_DANGLING = re.compile(
    r"^(?:this|that|these|those|it|its|they|their|them|he(?! (?:and (?:colleagues|co-?authors)|et al)\b)|she|his|her"
    r"|such|here|there|however|but|and|or|nor"
    r"|also|therefore|thus|hence|then|so|moreover|furthermore|additionally|finally|similarly|likewise|instead"
    r"|otherwise|meanwhile|consequently|accordingly|nevertheless|both|neither|doing so|in this|in that|for this"
    r"|as such|by contrast|in contrast|for example|for instance|e\.g|i\.e|which|another|the former|the latter"
    r"|the same|the above)\b",
    re.IGNORECASE,
)
_LEANING = re.compile(
    r"\b(?:fig(?:ure|\.)|table|section|eq(?:uation|\.)|algorithm|appendix|chapter|slide)\s*\(?\d"
    r"|\b(?:aforementioned|as mentioned|see also|the following|as follows|click here)\b"
    # "recall above 95%" and "0.5 or below." measure; only these point at another place of the page
    r"|\b(?:as|see|seen|shown|listed|described|mentioned|discussed|given|defined|noted|explained|stated|outlined|the)"
    r" (?:above|below)\b"
    r"|\b(?:figure|table|diagram|example|list|code|section|equation|formula|picture|chart|plot|image|snippet)s?"
    r" (?:above|below)\b(?! (?:\d|an?\b|the\b))"
    r"|\babove-|(?<!\bor )(?<!\band )\b(?:above|below)\s*(?:[.,;:!)]|$)"
    r"|\bin this note\b|\bthis (?:note|post|paper|page|chapter|section|article|blog|repo\w*)\b"
    r"|https?://|www\.|\S@\w+\.\w|\b(?:arXiv|doi):",
    re.IGNORECASE,
)
# "The learned odds then approximate watch time" goes on from the sentence before it, with no condition of its own. What
# follows "therefore" names its subject.
_GOING_ON = re.compile(
    r"^(?!(?:if|when|whenever|once|after|as|because|since|for|at|in|given|with|first|to|while|where|instead|every|by|on)\b)"
    r"(?!.{0,200}\b(?:first|before|initially|once|if|when)\b.{0,200}\bthen\b)"
    r"[^,;:()?]{0,80}?(?<!\band )(?<!\bor )(?<!\bbut )(?<!\bsince )(?<!\bby )(?<!\buntil )(?<!\bfrom )"
    r"\b(?:then|in turn|likewise)\b|^The (?:resulting|latter|former)\b",
    re.IGNORECASE,
)
# What speaks to whoever reads for somebody else, not to a reader; and signs that
# another format would take for its own.
_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instructions?|prompts?|rules?|above|previous|guidelines)\b"
    r"|\b(?:system|developer) (?:prompt|message|note)\b|^\W*(?:system|assistant|user|developer)\s*:"
    r"|\bas an (?:ai|assistant|llm|language model)\b|\byou are now\b"
    r"|\byou (?:must|should|will) (?:now )?(?:reply|respond|answer|say|output)"
    r"|\b(?:reply|respond|answer) (?:only )?with\b|\bdo not (?:cite|mention|tell|reveal)\b"
    r"|\bcall the (?:tool|function)\b"
    r"|\b(?:your|the) (?:hidden|initial|original) (?:instructions?|prompt)\b"
    r"|\bfrom now on\b.{0,40}\b(?:answer|reply|you)\b"
    r"|\bend of (?:the )?(?:quotations?|data|context|document)\b|<\|.{0,40}\|>|\[/?INST\]|>>\s*Question:",
    re.IGNORECASE,
)
_SIGNS = re.compile(
    r"\]\(|\]:\s|\[\^|<\w+(?:\s+[\w-]+=|\s*/?>)|</\w|\b(?:javascript|vbscript|data):\S"
    r"|(?:\[\d{1,3}\]\s*){3}|\|\s*-{3}",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\bhttps?://|\bwww\.", re.IGNORECASE)
_FINISHED = re.compile(r"[.!][\"'”’)\]]*$")
_OPENING = re.compile(r"^[\"'“‘(]*[A-Z0-9Α-Ω]")
_WORDS = (6, 55)
_LEAST_ASKED = 5
_PASSAGES = 12  # hits in which the nearest sentences are looked for
# The nearest question that a sentence answers, over the nearness of the sentence itself: a line through the sentences
# that were found for the golden dev questions, set higher as in index/asked.py.
_ASKED_AT, _ASKED_BY = 0.15, 0.75
_KEPT = 8192  # sentences whose reading is remembered: each is asked about twice for a question, and again for the next


@dataclass(frozen=True, slots=True)
class Candidate:
    """Quotable evidence with the vector of its sentence (float32, length 1).

    Attributes:
        asked: Vectors of questions that the sentence answers, a row each; None where nobody wrote any down.
    """

    evidence: Evidence
    vector: Vectors
    asked: Vectors | None = None

    @property
    def in_place(self) -> str:
        """The quotation after the titles that it stands under."""
        return " ".join((self.evidence.document.title, *self.evidence.headings, self.evidence.quote))

    def nearest_asked(self, vector: Vectors) -> float:
        """Cosine of the nearest question that it answers; where none was written down, what is expected of it."""
        if self.asked is None:
            return _ASKED_AT + _ASKED_BY * float(self.vector @ vector)
        return float(np.max(self.asked @ vector))

    def asked_beyond(self, vector: Vectors) -> float:
        """How much nearer its nearest question is than one would expect; 0 where none was written down."""
        own = float(self.vector @ vector)
        return self.nearest_asked(vector) - (_ASKED_AT + _ASKED_BY * own) if self.asked is not None else 0.0

    def raised(self, by: float) -> "Candidate":
        """The same with more relevance."""
        return replace(self, evidence=replace(self.evidence, relevance=self.evidence.relevance + by))


@lru_cache(maxsize=_KEPT)
def reads_alone(sentence: str) -> bool:
    """Whether a sentence can be understood where it is quoted, without its neighbours."""
    words = sentence.split()
    if not _WORDS[0] <= len(words) <= _WORDS[1]:
        return False
    if not is_harmless(sentence):
        return False
    if not _OPENING.match(sentence) or not _FINISHED.search(sentence):
        return False
    letters = sum(character.isalpha() or character.isspace() for character in sentence)
    return letters > 0.8 * len(sentence) and not _DANGLING.match(sentence) and not _LEANING.search(sentence)


def is_harmless(sentence: str) -> bool:
    """Whether a sentence gives no orders to a machine and holds no address, image or mark-up."""
    return not (_ORDERS.search(sentence) or _SIGNS.search(sentence) or _ADDRESS.search(sentence))


def asks_alone(sentence: str) -> bool:
    """Whether a sentence raises a question that can be understood where it is quoted."""
    words = sentence.split()
    is_question = sentence.rstrip().endswith("?") or "reviewer asks" in sentence
    return (
        is_question
        and is_harmless(sentence)
        and _LEAST_ASKED <= len(words) <= _WORDS[1]
        and not _LEANING.search(sentence)
    )


def gather(
    generation: Generation,
    hits: Iterable[Hit],
    *,
    aims: Sequence[tuple[Vectors, float]],
    quotable: Callable[[str], bool] = reads_alone,
) -> list[Candidate]:
    """The quotable sentences of hits, most relevant first.

    Args:
        generation: The one that the hits come from.
        hits: Found passages.
        aims: What a sentence should be near to: unit vectors with weights.
        quotable: Which sentences may be quoted.
    """
    found: dict[tuple[str, int], Candidate] = {}
    for hit in hits:
        for candidate in _of_hit(generation, hit, aims, quotable):
            key = (candidate.evidence.document.id, candidate.evidence.start)
            if key not in found or found[key].evidence.relevance < candidate.evidence.relevance:
                found[key] = candidate
    return sorted(found.values(), key=_order)


def near(generation: Generation, hits: Sequence[Hit], vector: Vectors) -> list[Candidate]:
    """The quotable sentences of the best hits, those nearest to a vector first."""
    found = gather(generation, hits[:_PASSAGES], aims=[(vector, 1.0)])
    return sorted(found, key=lambda one: -float(one.vector @ vector))


def goes_on(sentence: str) -> bool:
    """Whether a sentence that reads alone still goes on from the one before it: "The odds then approximate …"."""
    return _GOING_ON.match(sentence) is not None


def _of_hit(
    generation: Generation, hit: Hit, aims: Sequence[tuple[Vectors, float]], quotable: Callable[[str], bool]
) -> Iterator[Candidate]:
    chunk = hit.chunk
    before = chunk.start
    for sentence in generation.sentences(chunk):
        start = _beginning(chunk, before, sentence)
        before = sentence.start
        quote = chunk.text[start - chunk.start : sentence.end - chunk.start]
        if not quotable(quote):
            continue
        relevance = sum(weight * float(np.dot(sentence.vector, aim)) for aim, weight in aims) + 0.15 * hit.score
        evidence = Evidence(
            document=hit.document,
            start=start,
            end=sentence.end,
            quote=quote,
            headings=chunk.headings,
            relevance=relevance,
            hit=hit,
        )
        yield Candidate(evidence, sentence.vector, sentence.asked)


def _beginning(chunk: Chunk, before: int, sentence: "StoredSentence") -> int:
    """Where a quotation of a sentence begins: at the sentence before it in its paragraph, if it goes on from that.

    Args:
        chunk: The one in which it stands.
        before: Where the sentence before it begins.
        sentence: The one that is quoted.
    """
    own, left = sentence.start - chunk.start, before - chunk.start
    is_first = left == own or "\n" in chunk.text[left:own]
    return sentence.start if is_first or not goes_on(chunk.text[own : sentence.end - chunk.start]) else before


def _order(candidate: Candidate) -> tuple[float, str, int]:
    evidence = candidate.evidence
    return (-evidence.relevance, evidence.document.id, evidence.start)
