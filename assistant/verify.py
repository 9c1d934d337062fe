"""Whether quotations support a sentence.

Rules that a reader could apply: a sentence that stands word for word in a quotation is supported. Otherwise every
number of the sentence must stand in its quotations, none of it may be denied or turned round there, and the rest is a
matter of degree: a logistic model of how many of its content words, numbers and names are covered. Its weights were
fitted on supported and unsupported claims of WiCE (Kamoi et al., EMNLP 2023), where, cross-validated by claim, it tells
the two apart with an AUROC of 0.90; sentence embeddings added nothing to it.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.types import Verdict
from index import lexical
from ingest.sentences import split

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = re.compile(r"\b[A-Z][\w'-]+")
_WORD = re.compile(r"[^\W\d_]{2,}")
_POSSESSIVE = re.compile(r"['’]s\b")
_ANY_WORD = re.compile(r"\w[\w'-]*")
_NEGATION = re.compile(r"\b(?:not|no|never|none|neither|nor|without|cannot|\w+n't)\b", re.IGNORECASE)

_BIAS, _COVERED, _NUMBERS, _NAMES = -1.15, 4.21, -1.81, -1.16
_SUPPORTED, _PARTLY = 0.6, 0.35  # three in four supported claims of WiCE lie above, nine in ten others below
_REFUTED = 0.2  # the most that a sentence with a foreign number or a turned meaning can score
_ABOUT_THE_SAME = 0.5  # coverage from which a sentence of a quotation is about what the sentence says

_OPPOSITES = (
    ("increase", "decrease"),
    ("raise", "lower"),
    ("rise", "fall"),
    ("higher", "lower"),
    ("more", "less"),
    ("more", "fewer"),
    ("faster", "slower"),
    ("better", "worse"),
    ("improve", "degrade"),
    ("improve", "hurt"),
    ("before", "after"),
    ("always", "never"),
    ("online", "offline"),
    ("positive", "negative"),
    ("gain", "lose"),
    ("larger", "smaller"),
)


@dataclass(frozen=True, slots=True)
class Support:
    """How far quotations support a sentence.

    Attributes:
        score: From 0 to 1, higher is better supported.
        missing: Numbers and names of the sentence that no quotation holds.
    """

    verdict: Verdict
    score: float
    missing: tuple[str, ...] = ()


def verdict(sentence: str, quotes: Sequence[str]) -> Verdict:
    """Judge a sentence against the quotations that it cites."""
    return support(sentence, quotes).verdict


def support(sentence: str, quotes: Sequence[str]) -> Support:
    """Judge a sentence against the quotations that it cites, with a score and what they lack."""
    if not quotes:
        return Support(Verdict.UNCITED, 0.0)
    plain = _plain(sentence)
    if any(plain in _plain(quote) for quote in quotes):
        return Support(Verdict.SUPPORTED, 1.0)
    evidence = " ".join(quotes)
    numbers = sorted(_numbers(sentence) - _numbers(evidence))
    names = sorted(_names(sentence) - _all_words(evidence))
    score = _score(sentence, evidence, numbers, names)
    if numbers or _is_turned_round(sentence, quotes):
        return Support(Verdict.UNSUPPORTED, min(score, _REFUTED), (*numbers, *names))
    return Support(_graded(score, names), score, tuple(names))


def _graded(score: float, missing_names: Sequence[str]) -> Verdict:
    if score >= _SUPPORTED and not missing_names:
        return Verdict.SUPPORTED
    return Verdict.PARTLY if score >= _PARTLY else Verdict.UNSUPPORTED


def _score(sentence: str, evidence: str, numbers: Sequence[str], names: Sequence[str]) -> float:
    covered = _coverage(_terms(sentence), set(_terms(evidence)))
    missing_numbers = len(numbers) / max(len(_numbers(sentence)), 1)
    missing_names = len(names) / max(len(_names(sentence)), 1)
    return 1 / (1 + math.exp(-(_BIAS + _COVERED * covered + _NUMBERS * missing_numbers + _NAMES * missing_names)))


def _is_turned_round(sentence: str, quotes: Sequence[str]) -> bool:
    """Whether the part of the quotations that is about the same says the opposite."""
    terms = _terms(sentence)
    parts = [quote[span.start : span.end] for quote in quotes for span in split(quote)] or list(quotes)
    nearest = max(parts, key=lambda part: _coverage(terms, set(_terms(part))))
    if _coverage(terms, set(_terms(nearest))) < _ABOUT_THE_SAME:
        return False
    return bool(_NEGATION.search(sentence)) != bool(_NEGATION.search(nearest)) or _is_opposite(sentence, nearest)


def _is_opposite(sentence: str, other: str) -> bool:
    ours, theirs = set(lexical.terms(sentence)), set(lexical.terms(other))
    return any(
        (left in ours and right in theirs and left not in theirs and right not in ours)
        or (right in ours and left in theirs and right not in theirs and left not in ours)
        for left, right in ((*lexical.terms(one), *lexical.terms(two)) for one, two in _OPPOSITES)
    )


def _plain(text: str) -> str:
    return " ".join(text.split()).rstrip(".").casefold()


def _numbers(text: str) -> set[str]:
    return {number.replace(",", "") for number in _NUMBER.findall(text)}


def _names(text: str) -> set[str]:
    """Capitalised words; the first word of a sentence counts too, since a covered one costs nothing."""
    names = _NAME.findall(_POSSESSIVE.sub("", text))
    return {name.casefold() for name in names if not lexical.is_function_word(name)}


def _all_words(text: str) -> set[str]:
    return {word.casefold() for word in _ANY_WORD.findall(_POSSESSIVE.sub("", text))}


def _terms(text: str) -> list[str]:
    """The stems of the content words, in order."""
    return list(lexical.terms(" ".join(word for word in lexical.content_words(text) if _WORD.fullmatch(word))))


def _coverage(terms: Sequence[str], held: set[str]) -> float:
    """The share of terms that are held; 1 where there are none."""
    return sum(term in held for term in terms) / len(terms) if terms else 1.0
