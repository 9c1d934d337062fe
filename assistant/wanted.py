"""What a question wants told: a date, a price, a version, a count; and whether sentences on its matter tell one.

"How many layers does A have" wants a sentence on A that holds "layers" and a figure; "which optimizer did A use" one
that holds "optimizer". That a field of a thing is not stated shows nowhere else: all about it is near. Details of how
a thing was made or run, its optimizer or its hardware, are what a summary leaves out first.
"""

import re
from collections.abc import Mapping, Sequence

from assistant.evidence import Candidate
from index import lexical

_READ = 8  # of the nearest sentences
_AUXILIARY = (
    r"(?:did|does|do|is|are|was|were|has|have|had|can|should|will|would|must|came|won|runs?|uses?|used|holds?|gave|of|in"
    r"|for|to|on|by|at|under|with|works?|leads?)"
)
_HOW_MANY = re.compile(rf"\bhow (?:many|much) (?P<thing>[\w -]{{2,60}}?) {_AUXILIARY}\b", re.IGNORECASE)
_WHICH = re.compile(
    rf"\b(?:which|what) (?!does\b|do\b|did\b|is\b|are\b|was\b|happens\b|if\b|about\b|to\b)"
    rf"(?P<thing>[\w -]{{2,40}}?) {_AUXILIARY}\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(
    r"\d|\b(?:hundreds?|thousands?|millions?|billions?|dozens?|two|three|four|five|six|seven|eight|nine|ten|twelve"
    r"|twenty|thirty|forty|fifty|half|third|quarter)\b",
    re.IGNORECASE,
)

# What a thing was made with or ran on, and who was there: what those who tell of it for others leave out.
_DETAIL = re.compile(
    r"\b(?:which|what|whose|how many) (?:[\w-]+ ){0,2}?(?P<thing>(?:optimi[sz]er|tokeni[sz]er|scheduler|activation|loss"
    r"|kernel|dropout|epoch|layer|head|dimension|parameter|seed|magnitude|threshold|temperature|batch size|hidden size"
    r"|learning rate|weight decay|beam (?:width|size)|window(?: size| function)?|data ?set|hardware|gpu|tpu|cpu"
    r"|accelerator|processor|server|machine|cluster|cloud|operating system|language|compiler|framework|database|browser"
    r"|reranker|script|protocol|format|version|commit|flag|engineer|employee|reviewer|annotator|speaker|team|vendor"
    r"|conference|venue|prize|award)s?|corpus|cit(?:y|ies)|countr(?:y|ies)|librar(?:y|ies)|universit(?:y|ies))\b",
    re.IGNORECASE,
)

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


def is_uncounted(query: str, nearest: Sequence[str]) -> bool:
    """Whether a question asks how many there are of a thing, and no near sentence holds its name and a figure."""
    thing = _thing(_HOW_MANY, query)
    return bool(thing) and not any(_FIGURE.search(quote) and thing in lexical.terms(quote) for quote in nearest)


def is_unnamed(query: str, nearest: Sequence[str]) -> bool:
    """Whether a question asks which of a kind it is, "which optimizer", and no near sentence holds the kind."""
    thing = _thing(_WHICH, query)
    return bool(thing) and not any(thing in lexical.terms(quote) for quote in nearest)


def is_left_out(query: str, nearest: Sequence[str]) -> bool:
    """Whether a question wants a detail of how a thing was made or run that the nearest sentence does not tell.

    Args:
        query: The question.
        nearest: Sentences, nearest first; only the first is read.
    """
    thing = _thing(_DETAIL, query)
    return bool(thing) and not any(
        thing in lexical.terms(quote) and (_FIGURE.search(quote) or not _HOW_MANY.search(query))
        for quote in nearest[:1]
    )


def _thing(pattern: re.Pattern[str], query: str) -> str:
    """The last term of what is asked for; empty where the question is another."""
    found = pattern.search(query)
    return (lexical.terms(" ".join(lexical.content_words(found["thing"]))) or [""])[-1] if found else ""
