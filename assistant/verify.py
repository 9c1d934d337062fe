"""Whether quotations support a sentence.

Rules that a reader could apply: a sentence that stands word for word in a quotation is supported. Otherwise every
number, every name and every negation of the sentence must stand in its quotations, and most of its content words.
"""

import re
from collections.abc import Sequence

from assistant.types import Verdict

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*%?")
_NAME = re.compile(r"(?<=\s)[A-Z][\w-]*")
_WORD = re.compile(r"[^\W\d_]{3,}")
_NEGATION = re.compile(r"\b(?:not|no|never|none|neither|nor|without|cannot|\w+n't)\b", re.IGNORECASE)
_MOST = 0.75
_MANY = 0.5
_COMMON = frozenset(
    {"the", "and", "for", "are", "was", "were", "has", "have", "had", "that", "this", "with", "from", "which", "its",
     "their", "they", "them", "than", "then", "into", "onto", "over", "under", "such", "can", "could", "may", "might",
     "must", "should", "would", "will", "not", "but", "per", "via", "between", "among", "about", "when", "where",
     "while", "each", "every"}
)  # fmt: skip


def verdict(sentence: str, quotes: Sequence[str]) -> Verdict:
    """Judge a sentence against the quotations that it cites."""
    if not quotes:
        return Verdict.UNCITED
    plain = _plain(sentence)
    if any(plain in _plain(quote) for quote in quotes):
        return Verdict.SUPPORTED
    evidence = " ".join(quotes)
    if _numbers(sentence) - _numbers(evidence) or _negated(sentence) != _negated(evidence):
        return Verdict.UNSUPPORTED
    share = _share(_words(sentence), _words(evidence))
    if share >= _MOST and not _names(sentence) - _names(f" {evidence}"):
        return Verdict.SUPPORTED
    return Verdict.PARTLY if share >= _MANY else Verdict.UNSUPPORTED


def _plain(text: str) -> str:
    return " ".join(text.split()).rstrip(".").casefold()


def _numbers(text: str) -> set[str]:
    return {number.replace(",", "") for number in _NUMBER.findall(text)}


def _negated(text: str) -> bool:
    return bool(_NEGATION.search(text))


def _names(text: str) -> set[str]:
    return {name.casefold() for name in _NAME.findall(text)}


def _words(text: str) -> set[str]:
    return {word[:6] for word in _WORD.findall(text.casefold()) if word not in _COMMON}


def _share(words: set[str], evidence: set[str]) -> float:
    return len(words & evidence) / len(words) if words else 0.0
