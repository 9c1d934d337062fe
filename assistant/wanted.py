"""What a question wants told: a date, a price, a version, a count; and whether sentences on its matter tell one."""

import re
from collections.abc import Mapping, Sequence

from assistant.evidence import Candidate
from index import lexical

_READ = 8  # of the nearest sentences

# What a kind of question wants, and what its answer then holds.
_WANTED = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(held))
    for asked, held in (
        (r"^\W*+when\s+(?:was|were|did|is)\b|\b(?:which|what) year\b", r"\b(?:19|20)\d\d\b"),
        (r"^\W*+who\s+(?:is|was|are|founded|invented|wrote|made|owns|created)\b", r"\b[A-Z]\w++ [A-Z]\w|et al"),
        (
            r"\b(?:price|prices|pricing|salary|fee|how much do(?:es)?\b.{0,200}\b(?:cost|pay))\b",
            r"[$€£]|\d (?:dollars|cents)",
        ),
        (r"\b(?:which|what) version\b|\bchanged between\b|\brelease notes\b", r"(?:[Vv]ersion|v) ?\d|\b\d+\.\d+\.\d"),
        (r"\bdefaults?\b", r"[Dd]efault"),
        (r"\blicen[sc]e\b(?! plate)", r"[Ll]icen[sc]e"),
        (r"\b(?:flag|argument|syntax|config)\b", r"`|--\w|\w_\w|[Ff]lag|[Aa]rgument"),
        (
            r"\bhow often\b",
            r"\d|\b(?:daily|weekly|hourly|monthly|nightly|every|once|twice|an? (?:hour|day|week|month))\b",
        ),
        (r"\bhow long\b", r"\b(?:ms|milliseconds?|seconds?|minutes?|hours?|days?|weeks?|months?|years?)\b"),
        (
            r"\bhow (?:many|much|big|large|fast)\b",
            r"\d|\b(?:hundreds|thousands?|millions?|billions?|two|three|four|five|six|nine)\b",
        ),
    )
)


def is_untold(query: str, nearest: Sequence[str]) -> bool:
    """Whether a question wants a date, a price or the like that the nearest sentences do not tell."""
    text = " ".join(nearest)
    return any(asked.search(query) and not held.search(text) for asked, held in _WANTED)


def on_subject(weights: Mapping[str, float], near: Sequence[Candidate]) -> list[str]:
    """The nearest sentences that hold the rarest word of a question, of those words that any of them holds."""
    read = [(one.evidence.quote, set(lexical.terms(one.in_place))) for one in near[:_READ]]
    shared = [term for term in weights if any(term in held for _, held in read)]
    rarest = max(shared, key=lambda term: weights[term], default="")
    return [quote for quote, held in read if not rarest or rarest in held]
