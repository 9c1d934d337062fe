"""How well a sentence answers a question, from what is known of both: higher is better.

A sentence's own nearness and its passage's score miss what the place tells: under "How to measure position bias", the
sentence "Swap two results at random" answers, though it names nothing that was asked for. So the question's words count
wherever they stand, in the sentence or in the titles over it, each by its idf; so does the passage's score, a second
time; a sentence that opens with the matter of the question; and the form (`direct`). The weights are from a grid over
the 239 fact questions of the golden development split, judged by reading: nDCG@3 of sentences rose from 0.433 to 0.491,
the share of answers whose first sentence was judged helpful from 0.52 to 0.57, on a plateau of weights.
"""

from collections.abc import Mapping, Sequence

from assistant import compare, direct
from assistant.evidence import Candidate
from index import lexical

_PASSAGE = 0.25
_WORDS = 0.3
_OPENING = 0.1
_OPENING_TERMS = 3


def ranked(
    candidates: Sequence[Candidate], question: str, *, telling: Mapping[str, float], sides: Sequence[str] = ()
) -> list[Candidate]:
    """The candidates by how well they answer, best first, with that as their relevance.

    Args:
        candidates: With nearness as their relevance.
        question: In full.
        telling: The question's terms with their idf; none where it has no telling word.
        sides: What is compared; none where nothing is.
    """
    raised = [
        one.raised(
            _in_place(one, telling)
            + direct.bonus(question, one.evidence.quote)
            + compare.bonus(one.evidence.quote, sides)
        )
        for one in candidates
    ]
    return sorted(raised, key=lambda one: -one.evidence.relevance)


def _in_place(one: Candidate, telling: Mapping[str, float]) -> float:
    """What a sentence gains by its passage, by the question's words around it, and by opening with them."""
    evidence = one.evidence
    opening = lexical.terms(" ".join(lexical.content_words(evidence.quote)))[:_OPENING_TERMS]
    opens = sum(term in telling for term in opening) / max(1, len(opening))
    return _PASSAGE * evidence.hit.score + _WORDS * _share(telling, set(lexical.terms(one.in_place))) + _OPENING * opens


def _share(telling: Mapping[str, float], held: set[str]) -> float:
    whole = sum(telling.values())
    return sum(weight for term, weight in telling.items() if term in held) / whole if whole else 0.0
