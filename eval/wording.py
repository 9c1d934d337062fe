"""How much of the library's own wording a question borrows.

A question that repeats a heading, or the sentence that answers it, measures string matching and flatters every system.
People ask in words of their own, so the golden questions are held to both measures.
"""

import re
from collections.abc import Iterable
from functools import cache

from index import lexical

_WORD = re.compile(r"\w+")

COPY = 0.6  # of the words of question and heading together; "how much memory does HNSW need" against "HNSW memory"


@cache
def content(text: str) -> frozenset[str]:
    """The stems of a text's words, function words left out."""
    words = [word for word in _WORD.findall(text) if not lexical.is_function_word(word)]
    return frozenset(lexical.terms(" ".join(words)))


def likeness(question: str, heading: str) -> float:
    """The share of content words that two texts have in common (Jaccard), 0 to 1; 0 where neither has any."""
    left, right = content(question), content(heading)
    return len(left & right) / len(left | right) if left | right else 0.0


def copies(question: str, headings: Iterable[str]) -> bool:
    """Whether the question is nearly one of the headings."""
    return any(likeness(question, heading) >= COPY for heading in headings)


def borrowed(question: str, quote: str) -> float:
    """The share of the question's content words that the quotation contains, 0 to 1."""
    asked = content(question)
    return len(asked & content(quote)) / len(asked) if asked else 0.0
