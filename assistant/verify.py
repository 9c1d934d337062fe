"""Whether quotations support a sentence.

Rules that a reader could apply: a sentence that stands word for word in a quotation is supported. Otherwise every
number of the sentence must stand in its quotations, none of it may be denied or turned round there, and the rest is a
matter of degree: a logistic model of how many of its content words, numbers and names are covered. Its weights were
fitted on supported and unsupported claims of WiCE (Kamoi et al., EMNLP 2023), where, cross-validated by claim, it tells
the two apart with an AUROC of 0.90; sentence embeddings added nothing to it.

Four changes leave nearly every word in place and are therefore looked for by themselves: another unit after the same
number, a word put in the place of another, a claim made absolute ("all", "always"), and a hedge left out ("may").
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

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
_CHANGED = 0.5  # the most that a sentence can score whose words are nearly those of a quotation, and not quite
_FEW = 2  # terms that are exchanged for as many, at most
_ONE_END = 2  # blocks of two texts that agree but for their beginning or their end
_ABOUT_THE_SAME = 0.5  # coverage from which a sentence of a quotation is about what the sentence says

_UNITS = {
    "time": "ms millisecond milliseconds|s sec second seconds|min minute minutes|h hour hours|day days|week weeks"
    "|month months|year years",
    "size": "kb kilobyte kilobytes|mb megabyte megabytes|gb gigabyte gigabytes|tb terabyte terabytes"
    "|bytes byte|bits bit",
    "count": "thousand k|million m|billion b|trillion",
    "share": "% percent|points pp|x times fold|permille",
    "money": "dollars dollar usd|euros euro eur|cents cent",
}
_UNIT = {
    word: (kind, names.split()[0])
    for kind, units in _UNITS.items()
    for names in units.split("|")
    for word in names.split()
}
_RANGE = re.compile(
    r"(?<!\d)(?<!\d[.,])(\d++(?:[.,]\d++)*+)\s*+(?:–|-|to|and|or)\s*+(\d++(?:[.,]\d++)*+)[\s-]*+(%|[A-Za-z]+)"
)
_MEASURED = re.compile(r"(\d+(?:[.,]\d+)*)[\s-]*(%|[A-Za-z]+)?")
_IN_WORDS = """
two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
twenty
"""
_SPELLED = {word: str(number) for number, word in enumerate(_IN_WORDS.split(), start=2)}
_SPELLED_OUT = re.compile(rf"\b(?:{'|'.join(_SPELLED)})\b", re.IGNORECASE)
_ABSOLUTE = re.compile(
    r"\b(?:all|every|always|never|only|none|guarantees?|entirely|completely|exclusively|solely|any|impossible|certainly"
    r"|proves?|proven)\b",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:may|might|could|sometimes|occasionally|suggests?|likely|possibly|perhaps|appears?|seems?|some|few|partly"
    r"|assum\w+|roughly half)\b",
    re.IGNORECASE,
)
_COMMON = """
use make give take show need require help let allow enable provide get keep hold have add produce yield lead cause
become reduce cut lower raise improve increase handle deal address tackle ensure support include contain involve
describe explain say state report note mean call name refer define work run perform do happen occur important key main
good better best well large big small high low many several various different new often usually also typically mostly
commonly way method approach technique system process thing part kind type such based due because order
"""
# Words that stand for one another often enough; one of them in the place of another changes little.
_LOOSE = frozenset(term for word in _COMMON.split() for term in lexical.terms(word))

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
    ("offline", "online"),
    ("maximum", "minimum"),
    ("above", "below"),
    ("over", "under"),
    ("first", "last"),
    ("cheap", "expensive"),
    ("cheaper", "costlier"),
    ("static", "dynamic"),
    ("supervised", "unsupervised"),
    ("strong", "weak"),
    ("high", "low"),
    ("accept", "reject"),
    ("success", "failure"),
    ("underfit", "overfit"),
    ("underestimate", "overestimate"),
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
    numbers = sorted((_numbers(sentence) - _numbers(evidence)) | _other_units(sentence, evidence))
    names = sorted(_names(sentence) - _all_words(evidence))
    score = _score(sentence, evidence, numbers, names)
    if numbers or _is_turned_round(sentence, quotes):
        return Support(Verdict.UNSUPPORTED, min(score, _REFUTED), (*numbers, *names))
    if _is_shifted(sentence, quotes):
        score = min(score, _CHANGED)
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
    nearest = _nearest(sentence, quotes)
    if not nearest:
        return False
    return bool(_NEGATION.search(sentence)) != bool(_NEGATION.search(nearest)) or _is_opposite(sentence, nearest)


def _is_shifted(sentence: str, quotes: Sequence[str]) -> bool:
    """Whether a sentence is the nearest part of the quotations with a word exchanged, made absolute, or unhedged."""
    nearest = _nearest(sentence, quotes)
    if not nearest:
        return False
    absolute = set(_ABSOLUTE.findall(sentence.lower())) - set(_ABSOLUTE.findall(nearest.lower()))
    hedged = bool(_HEDGE.search(nearest)) and not _HEDGE.search(sentence)
    return bool(absolute) or hedged or any(_exchanged(_terms(sentence), _terms(nearest)))


def _exchanged(ours: Sequence[str], theirs: Sequence[str]) -> Iterator[str]:
    """Our terms that stand, between the same neighbours, where theirs has another that we do not have."""
    blocks = SequenceMatcher(a=ours, b=theirs, autojunk=False).get_opcodes()
    for place, (kind, start, end, other_start, other_end) in enumerate(blocks):
        is_between = 0 < place < len(blocks) - 1 or len(blocks) == _ONE_END
        if kind == "replace" and is_between and max(end - start, other_end - other_start) <= _FEW:
            lost = set(theirs[other_start:other_end]) - set(ours)
            yield from (term for term in ours[start:end] if lost and term not in theirs and term not in _LOOSE)


def _nearest(sentence: str, quotes: Sequence[str]) -> str:
    """The sentence of the quotations that is about the same; empty where none is."""
    terms = _terms(sentence)
    parts = [quote[span.start : span.end] for quote in quotes for span in split(quote)] or list(quotes)
    nearest = max(parts, key=lambda part: _coverage(terms, set(_terms(part))))
    return nearest if _coverage(terms, set(_terms(nearest))) >= _ABOUT_THE_SAME else ""


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
    return {number.replace(",", "") for number in _NUMBER.findall(_in_digits(text))}


def _in_digits(text: str) -> str:
    """A text whose small numbers in words are figures; "one" is left, since it is seldom a number."""
    return _SPELLED_OUT.sub(lambda match: _SPELLED[match[0].lower()], text)


def _measured(text: str) -> dict[str, set[tuple[str, str]]]:
    """The units that stand after each number, with their kind."""
    found: dict[str, set[tuple[str, str]]] = {}
    for number, word in _MEASURED.findall(_RANGE.sub(r"\1 \3 \2 \3", _in_digits(text))):
        if unit := _UNIT.get(word.lower()):
            found.setdefault(number.replace(",", ""), set()).add(unit)
    return found


def _other_units(sentence: str, evidence: str) -> set[str]:
    """Numbers of a sentence that the evidence has with other units, or whose units it has with other numbers only."""
    held = _measured(evidence)
    known = set().union(*held.values())

    def is_other(number: str, units: set[tuple[str, str]]) -> bool:
        theirs = held.get(number, set())
        return not units & theirs and bool(theirs or units & known)

    return {number for number, units in _measured(sentence).items() if is_other(number, units)}


def _names(text: str) -> set[str]:
    """Capitalised words; the first word of a sentence counts too, since a covered one costs nothing."""
    names = _NAME.findall(_POSSESSIVE.sub("", _in_digits(text)))
    return {name.casefold() for name in names if not lexical.is_function_word(name)}


def _all_words(text: str) -> set[str]:
    return {word.casefold() for word in _ANY_WORD.findall(_POSSESSIVE.sub("", text))}


def _terms(text: str) -> list[str]:
    """The stems of the content words, in order."""
    return list(
        lexical.terms(" ".join(word for word in lexical.content_words(_in_digits(text)) if _WORD.fullmatch(word)))
    )


def _coverage(terms: Sequence[str], held: set[str]) -> float:
    """The share of terms that are held; 1 where there are none."""
    return sum(term in held for term in terms) / len(terms) if terms else 1.0
