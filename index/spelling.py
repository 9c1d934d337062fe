"""Misspelt words of a query, put right by the words of the corpus.

A word that no indexed text holds is replaced by the nearest word that several hold: one edit away, two in a long word,
where swapping neighbouring letters is one edit (Damerau, CACM 1964). Of several the most frequent is taken.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_SHORTEST = 5  # a shorter word has too many neighbours: "boss" is one edit from "bots"
_LONG = 8  # letters from which two edits are allowed
_NEIGHBOURS = 5
_SEEN = 2  # times a word is used before it is taken for well spelt


def vocabulary(texts: Iterable[str]) -> list[str]:
    """The words that a corpus uses more than once, in lower case, the most frequent first."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(_WORD.findall(text.lower()))
    kept = [word for word, count in counts.items() if count >= _SEEN and len(word) >= _SHORTEST and word.isalpha()]
    return sorted(kept, key=lambda word: (-counts[word], word))


def correct(query: str, words: Collection[str], *, is_known: Callable[[str], bool]) -> str:
    """A query with its misspelt words replaced; everything else stays as it was typed.

    Args:
        query: As typed.
        words: The vocabulary.
        is_known: Whether the corpus holds a word in any inflection; such a word is never replaced.
    """

    def put_right(match: re.Match[str]) -> str:
        word = match[0]
        if len(word) < _SHORTEST or not (word.isalpha() and word.islower()) or is_known(word):
            return word
        edits = 1 if len(word) < _LONG else 2
        found = process.extract(word, words, scorer=OSA.distance, score_cutoff=edits, limit=_NEIGHBOURS)
        alike = [other for other, _, _ in found if other[0] == word[0]]
        return str(alike[0]) if alike else word

    return _WORD.sub(put_right, query)
