"""Whether what was found is enough to answer: several weak signs together, none alone.

Term coverage: the share of the question's terms that the best passages hold, weighted by idf, so that a rare name
counts for more than a common verb. Nearness: the best cosine. Agreement: whether both methods put the same passages
first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from index import lexical
from index.lexical import LexicalIndex
from index.types import Hit

_TOP = 5
_FAR, _NEAR = 0.25, 0.65  # cosines of unrelated and of clearly related passages under all-MiniLM-L6-v2
_WEIGHTS = (0.45, 0.45, 0.10)  # coverage, nearness, agreement
ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """Signs between 0 and 1, and the terms of the question that no passage of the library's best holds."""

    coverage: float
    nearness: float
    agreement: float
    missing: tuple[str, ...]

    @property
    def score(self) -> float:
        """The signs, weighted."""
        signs = (self.coverage, self.nearness, self.agreement)
        return sum(weight * sign for weight, sign in zip(_WEIGHTS, signs, strict=True))


def judge(query: str, hits: Sequence[Hit], index: LexicalIndex) -> Sufficiency:
    """Weigh the best hits of a query; no hits give zero on every sign."""
    weights = {term: index.idf(term) for term in dict.fromkeys(lexical.terms(query)) if index.idf(term) > 1.0}
    held = {term for hit in hits[:_TOP] for term in lexical.terms(hit.chunk.indexed_text)}
    missing = tuple(term for term in weights if term not in held)
    total = sum(weights.values())
    coverage = 1 - sum(weights[term] for term in missing) / total if total else 0.0
    best = max((hit.trace.methods["dense"].score for hit in hits if "dense" in hit.trace.methods), default=0.0)
    nearness = min(max((best - _FAR) / (_NEAR - _FAR), 0.0), 1.0)
    both = [hit for hit in hits[:_TOP] if all(trace.rank <= 2 * _TOP for trace in hit.trace.methods.values())]
    agreed = sum(len(hit.trace.methods) > 1 for hit in both)
    return Sufficiency(coverage, nearness, agreed / _TOP, missing)
