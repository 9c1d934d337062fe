"""Abbreviations and what they stand for, read from the corpus itself.

Schwartz and Hearst, PSB 2003: before "(CTR)" stand the words whose letters the abbreviation picks, its first letter
from the beginning of a word. Who asks about CTR then also finds passages that only say click-through rate.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

_SHORT = re.compile(r"\(([A-Z][A-Za-z0-9]*[A-Z0-9])s?\)")
_BEFORE = re.compile(r"(?:[\w/'-]+\s+){1,10}$")
_WINDOW = 400  # characters before an abbreviation in which ten words stand
_LONGEST = 8  # letters of an abbreviation
_SHORTEST = 2


def find(texts: Iterable[str]) -> dict[str, str]:
    """Long forms by abbreviation, both in lower case; of several long forms the most frequent."""
    counts: dict[str, Counter[str]] = {}
    for text in texts:
        for before, short in _defined(text):
            if _SHORTEST <= len(short) <= _LONGEST and (long := long_form(short, before)):
                counts.setdefault(short.lower(), Counter())[long.lower()] += 1
    return {short: min(longs, key=lambda long: (-longs[long], long)) for short, longs in counts.items()}


def _defined(text: str) -> Iterator[tuple[str, str]]:
    """Abbreviations in brackets, each with up to ten words before it."""
    for match in _SHORT.finditer(text):
        start = max(0, match.start() - _WINDOW)
        if before := _BEFORE.search(text[start : match.start()]):
            yield before[0], match[1]


def long_form(short: str, before: str) -> str:
    """The words at the end of `before` that an abbreviation stands for; empty where its letters are not found."""
    words = " ".join(before.split())
    place = len(words)
    for letter in reversed(short.lower()):
        place = _last(words.lower(), letter, place, at_start=False)
        if place < 0:
            return ""
    while place > 0 and words[place - 1] not in " -/":
        place = _last(words.lower(), short[0].lower(), place, at_start=True)
        if place < 0:
            return ""
    found = words[place:]
    return found if len(found.split()) <= min(len(short) + 5, 2 * len(short)) and found.lower() != short.lower() else ""


def _last(words: str, letter: str, end: int, *, at_start: bool) -> int:
    """The last place of a letter before `end`, at the start of a word where that is asked for; -1 if there is none."""
    place = words.rfind(letter, 0, end)
    while at_start and place > 0 and words[place - 1] not in " -/":
        place = words.rfind(letter, 0, place)
    return place


def expansions(words: Iterable[str], held: Mapping[str, str]) -> list[str]:
    """The long forms of the words that are abbreviations, in order."""
    return [held[word] for word in words if word in held]
