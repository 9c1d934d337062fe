"""Whether what was found is enough to answer: several weak signs together, none alone.

Term coverage: the share of the question's terms that the best passages hold, weighted by idf, so that a rare name
counts for more than a common verb. Nearness: the best cosine. Agreement: whether both methods put the same passages
first.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from index import lexical
from index.lexical import LexicalIndex
from index.types import Hit

_TOP = 5
_FAR, _NEAR = 0.25, 0.65  # cosines of unrelated and of clearly related passages under all-MiniLM-L6-v2
_WEIGHTS = (0.45, 0.45, 0.10)  # coverage, nearness, agreement
ENOUGH = 0.45

# Words of asking, not of what is asked about; without this list "explain" and "my" pass for rare, telling terms.
_ASKING = frozenset(
    {"a", "an", "the", "is", "are", "was", "do", "does", "did", "can", "could", "should", "would", "i", "me", "my",
     "we", "our", "you", "your", "it", "what", "which", "who", "why", "when", "where", "how", "explain", "describe",
     "tell", "mean", "means", "meaning", "give", "show", "write", "please", "about", "but", "and", "or", "vs",
     "versus", "deal", "best", "good", "great", "bad", "difference", "different", "between", "compare", "need",
     "want", "help"}
)  # fmt: skip
_WORDS = re.compile(r"\w+")
_ABBREVIATION = 3


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """Signs between 0 and 1.

    Attributes:
        missing: Words of the question, as typed, that none of the best passages holds.
        missing_share: The weight of those words, of all telling ones.
        missing_names: Those of them that are names.
    """

    coverage: float
    nearness: float
    agreement: float
    missing: tuple[str, ...]
    missing_share: float
    missing_names: tuple[str, ...]

    @property
    def score(self) -> float:
        """The signs, weighted."""
        signs = (self.coverage, self.nearness, self.agreement)
        return sum(weight * sign for weight, sign in zip(_WEIGHTS, signs, strict=True))


def judge(query: str, hits: Sequence[Hit], index: LexicalIndex) -> Sufficiency:
    """Weigh the best hits of a query; no hits give zero on every sign."""
    words = _words(query)
    weights = {term: index.idf(term) for term in words if index.idf(term) > 1.0}
    held = {term for hit in hits[:_TOP] for term in lexical.terms(hit.chunk.indexed_text)}
    missing = [term for term in weights if term not in held and not _is_spelled_out(words[term], held, index)]
    total = sum(weights.values())
    coverage = 1 - sum(weights[term] for term in missing) / total if total else 0.0
    best = max((hit.trace.methods["dense"].score for hit in hits if "dense" in hit.trace.methods), default=0.0)
    nearness = min(max((best - _FAR) / (_NEAR - _FAR), 0.0), 1.0)
    both = [hit for hit in hits[:_TOP] if all(trace.rank <= 2 * _TOP for trace in hit.trace.methods.values())]
    agreed = sum(len(hit.trace.methods) > 1 for hit in both)
    typed = tuple(words[term] for term in missing)
    return Sufficiency(coverage, nearness, agreed / _TOP, typed, 1 - coverage, tuple(filter(_is_name, typed)))


def _is_spelled_out(word: str, held: Collection[str], index: LexicalIndex) -> bool:
    """Whether the passages hold what a word is short for."""
    meant = lexical.terms(" ".join(index.spelled_out(word)))
    return bool(meant) and all(term in held for term in meant)


def _words(query: str) -> dict[str, str]:
    """The telling words of a query, by their term; a name at the head of a sentence cannot be told from a word."""
    words = [word for word in _WORDS.findall(query) if word.lower() not in _ASKING]
    return {term: word for word in reversed(words) for term in lexical.terms(word)}


def _is_name(word: str) -> bool:
    """A capital at the head; two or three capitals are an abbreviation, which may be spelled out."""
    return word[:1].isupper() and len(word) > 1 and not (word.isupper() and len(word) <= _ABBREVIATION)
