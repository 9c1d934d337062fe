"""Whether the library bears out what a question takes for granted.

"Why does A do B?" claims that A does B. Nearness cannot tell whether that is so: a sentence that says the contrary is
the nearest of all. Here the claim is held against the nearest sentences on it: whether one denies a word of it, says
the opposite of a word, or whether no passage holds what is claimed of the subject; and whether the claim goes further
than they do, "always", "exact" or "better" where they have no such word. No single sign decides; a fitted model weighs
them together with the signs of what was found (the "premise" of sufficiency.json). It reads words, not logic: a claim
that is false by its arithmetic or by the order of its words passes.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from assistant.evidence import Candidate
from index import lexical
from index.types import Hit, Vectors

_CLAIMING = re.compile(
    r"^\W*(?:(?:and|but|so)\s+)?(?:"
    r"why\s+(?:does|do|did|is|are|was|were|must|should|can|could|has|have)"
    r"|how\s+(?:does|did|can|could|is|are|was|were|do)(?!\s+(?:i|we|you|one|people|they)\b)|when\s+did"
    r"|since|given\s+that|if(?=[^,]*,\s*why\b))\s+(?P<claim>.+)",
    re.IGNORECASE,
)
_PRESUMING = re.compile(r"^\W*(?:(?:and|but|so)\s+)?(?:why|when|since|given|if)\b", re.IGNORECASE)
_SINCE = re.compile(r"^\W*(?:(?:and|but|so)\s+)?(?:since|given|if)\b", re.IGNORECASE)
_GRANTED = re.compile(
    r"^\W*+(?:(?:and|but|so)\s+)?(?:why\s+(?:does|do|did|is|are|was|were)|since|given\s+that)\s+(.+)", re.IGNORECASE
)
_HELD_TRUE = re.compile(
    r"^\W*+(?:(?:and|but|so)\s+)?(?:(?:why|how)\s+(?:does|do|did|is|are|was|were|must|should|can|could)|since|given\s+that)\s+(.+)",
    re.IGNORECASE,
)
_NO_CLAIM = re.compile(  # that two things differ in something is asked for, not claimed
    r"\bworks?$|^(?=.*(?:\b(?:and|from|to|with|than)\b|,)).*\b(?:differ|compared?|versus|vs)\b", re.IGNORECASE
)
# What somebody tells of a system of their own is a symptom: no library can bear it out or deny it.
_OWN = re.compile(
    r"\b(?:my|mine|our|ours|i['’]m|we['’]re|i['’]ve|we['’]ve)\b"
    r"|\b(?:i|we)\s+(?:\w+\s+)?(?:see|saw|seen|get|got|observed?|notice[ds]?|found|had|lost|am|are|was|were|keep|kept)\b",
    re.IGNORECASE,
)
_CIRCUMSTANCE = re.compile(r"\s(?:that|which|who|when|if|where|after|before|because|unless)\b.*", re.IGNORECASE)
_DENIAL = re.compile(
    r"\b(?:not|never|no|none|nothing|neither|nor|cannot|without|instead of|rather than|rarely|seldom|hardly|unaffected"
    r"|fails? to|unlike|blind to|independent of|nobody)\b|n['’]t\b",
    re.IGNORECASE,
)
_DENYING = re.compile(  # a claim with one of these is itself a denial, or speaks of a fault
    r"\b(?:not|never|no|none|nothing|without|cannot|fail(?:s|ed)?|unable|bad|wrong|mistake|misleading|worse|stop(?:ped)?"
    r"|lose|less|hard|instead)\b|n['’]t\b",
    re.IGNORECASE,
)
# What goes further than a source would: cross-validated over 402 claims, AUROC rose from 0.66 to 0.77 with these four.
_ABSOLUTE = re.compile(
    r"\b(?:always|never|only|exact(?:ly)?|guarantees?|every\w*|all|any\w*|perfect(?:ly)?|complete(?:ly)?|entire(?:ly)?"
    r"|fully|whole|same|identical|immune|enough|suffices?|optional|irrelevant|unaffected|right|safe|fine|smooth(?:ly)?"
    r"|intact|single|alone|nothing|none|no|free|forever|for good|purely|solely|instant(?:ly)?|at once|at all|evenly"
    r"|equally|each|independent|not (?:matter|needed)|whatever)\b",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"\b(?:better|worse|more|less|fewer|cheaper|faster|slower|higher|lower|larger|smaller|easier|harder|best|most|main"
    r"|biggest|largest|cheapest|beats?|wins?|won|loses?|lost|improves?|favou?rs?|dominated|halves?|doubles?|first|last"
    r"|so \w+ly)\b",
    re.IGNORECASE,
)
_UNDOING = re.compile(
    r"\b(?:without|not|never|no|ignore[sd]?|drop(?:ped)?|abandon(?:ed)?|replaced?|removed?|stop(?:ped)?|refuse[sd]?"
    r"|deletes?|skip|cannot|nothing|keep|let)\b|n['’]t\b",
    re.IGNORECASE,
)
_FAULT = re.compile(
    r"\b(?:bad|poor|wrong|misleading|hurts?|harm|fails?|hard|dangerous|useless|cannot|not|biased|drift|slow(?:ly)?"
    r"|leaks?|spoil|backfire|confuse|overfit|stale|worse|uninformative|miss|short of)\b|n['’]t\b",
    re.IGNORECASE,
)
_MOST_FURTHER = 2
_CLAUSE_END = re.compile(r"[;:.]|, (?:so|because|which|since|and|but)\b")
_REASON = re.compile(r"\b(?:because|since|so that|therefore|so)\b|:")
_PREFIXES = ("un", "in", "im", "non", "dis", "ir", "mis")

_READ = 4  # of the nearest sentences
_NEAR = 0.45  # cosine from which a sentence may deny
_ABOUT = 0.35  # share of the claim's weight that it must hold, with its headings
_SCOPE = 7  # words that a denial reaches
_CLOSE = 4  # terms from one of a claim to the next within which a sentence says it in these words
_PASSAGES = 5
_SENTENCES = 3
_LEAST_WEIGHT = 0.3
_MOST_TERMS = 10
_SHORTEST = 4  # letters that a word has after its prefix

Idf = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Premise:
    """What is seen of a claim. From 0 to 1 where nothing else is said.

    Attributes:
        denied: How near the nearest sentence is that denies a word of it.
        negative: The same of one with a denial anywhere.
        opposite: The same of one with the opposite of a word.
        lost: The share of its weight that none of the best passages holds.
        unsaid: The share that none of the nearest sentences holds alone.
        said: 1 where one of them, without a denial, holds all of its terms in their order and close together.
        nearness: Cosine of the nearest sentence with the question.
        lead: By how much it is nearer than the third.
        presumes: 1 for "why", "when did" and "since", which take it for granted; "how does" asks for the way.
        since: 1 for "since", "given that" and "if …, why".
        reasoned: 1 where one of the two nearest sentences gives a reason.
        terms: How many there are, of at most ten.
        absolute: Its absolute words ("always", "exact") that neither of the two nearest sentences has, of at most two.
        compared: The same of words that compare.
        undoing: 1 where it speaks of leaving something out or undone.
        fault: 1 where it speaks of a fault, which people ask the reason of more often than they invent one.
        gainsaid: The largest log odds, by `reading`, that one of the nearest sentences denies it.
        meant: The log odds by a linear model of how the vectors of the question and of the nearest sentence differ.
    """

    denied: float
    negative: float
    opposite: float
    lost: float
    unsaid: float
    said: float
    nearness: float
    lead: float
    presumes: float
    since: float
    reasoned: float
    terms: float
    absolute: float
    compared: float
    undoing: float
    fault: float
    gainsaid: float
    meant: float


def claim(query: str) -> str:
    """What a question claims: "why does A do B" that A does B; empty for questions that claim nothing.

    What is told of one's own system ("why did our recall drop?") counts as no claim.
    """
    found = _CLAIMING.match(query)
    held = found["claim"].rstrip(" ?.!") if found else ""
    if _SINCE.match(query):
        held = held.split(",")[0]
    return "" if _NO_CLAIM.search(held) or is_own(held) else held


def presumed(query: str) -> str:
    """What a question takes for granted: "why does A do B" that A does B; empty for other questions.

    What is told of one's own system is a symptom and takes nothing for granted.
    """
    found = _GRANTED.match(query)
    return found[1].rstrip(" ?.!") if found and not is_own(query) else ""


def claimed(query: str) -> str:
    """The same of "how does A do B" as well, which claims that it can."""
    found = _HELD_TRUE.match(query)
    return found[1].rstrip(" ?.!") if found and not is_own(query) else ""


def is_own(text: str) -> bool:
    """Whether a text tells of the asker's own system."""
    return _OWN.search(text) is not None


def signs(
    query: str,
    hits: Sequence[Hit],
    near: Sequence[Candidate],
    vector: Vectors,
    idf: Idf,
    *,
    meant: float,
    gainsaid: float,
) -> Premise | None:
    """Hold a question's claim against what was found; None where it claims nothing.

    Args:
        query: The question.
        hits: The best passages, best first.
        near: Their sentences, nearest first.
        vector: Of the query.
        idf: The weight of a term in the library.
        meant: The sign of that name.
        gainsaid: The same.
    """
    claimed = claim(query)
    weights = {term: max(idf(term), _LEAST_WEIGHT) for term in _terms(claimed)}
    if not weights or not near:
        return None
    cosines = [float(one.vector @ vector) for one in near[:_READ]]
    close = [(one, cosine) for one, cosine in zip(near, cosines, strict=False) if cosine >= _NEAR]
    against = [_against(claimed, weights, one, cosine) for one, cosine in close]
    passages = {term for hit in hits[:_PASSAGES] for term in lexical.terms(hit.chunk.indexed_text)}
    return Premise(
        denied=max((one[0] for one in against), default=0.0),
        negative=max((one[1] for one in against), default=0.0),
        opposite=max((one[2] for one in against), default=0.0),
        lost=1 - _share(weights, passages),
        unsaid=1 - max(_share(weights, set(lexical.terms(one.in_place))) for one in near[:_SENTENCES]),
        said=float(any(_says(one.evidence.quote, list(weights)) for one in near[:_SENTENCES])),
        nearness=cosines[0],
        lead=cosines[0] - cosines[min(2, len(cosines) - 1)],
        presumes=float(bool(_PRESUMING.match(query))),
        since=float(bool(_SINCE.match(query))),
        reasoned=float(any(_REASON.search(one.evidence.quote) for one in near[:2])),
        terms=min(len(weights), _MOST_TERMS) / _MOST_TERMS,
        absolute=_further(_ABSOLUTE, claimed, near[:2]),
        compared=_further(_COMPARED, claimed, near[:2]),
        undoing=float(bool(_UNDOING.search(claimed))),
        fault=float(bool(_FAULT.search(claimed))),
        gainsaid=gainsaid,
        meant=meant,
    )


def _further(words: re.Pattern[str], claimed: str, near: Sequence[Candidate]) -> float:
    """How many words of a kind a claim has that the nearest sentences lack, as a share of the most that count."""
    held = " ".join(one.evidence.quote for one in near).lower()
    lacking = [match[0] for match in words.finditer(claimed) if match[0].lower() not in held]
    return min(len(lacking), _MOST_FURTHER) / _MOST_FURTHER


def _says(quote: str, terms: Sequence[str]) -> bool:
    """Whether a sentence that denies nothing holds the terms of a claim in their order, each close behind another."""
    held = lexical.terms(quote)
    ends = [place for place, term in enumerate(held) if term == terms[0]]
    for wanted in terms[1:]:
        ends = [place for place, term in enumerate(held) if term == wanted and _is_close_behind(place, ends)]
    return bool(ends) and len(terms) > 1 and not _DENIAL.search(quote)


def _is_close_behind(place: int, ends: Collection[int]) -> bool:
    return any(0 < place - end <= _CLOSE for end in ends)


def _against(claimed: str, weights: dict[str, float], one: Candidate, cosine: float) -> tuple[float, float, float]:
    """How far a sentence denies a claim, holds a denial, and says the opposite of one of its words."""
    about = _share(weights, set(lexical.terms(one.in_place)))
    if about < _ABOUT:
        return 0.0, 0.0, 0.0
    quote, weight = one.evidence.quote, about * cosine
    negative = not _DENYING.search(_CIRCUMSTANCE.sub("", claimed)) and _DENIAL.search(quote)
    denied = _denied_share(list(weights), quote) if negative else 0.0
    return denied * weight, weight if negative else 0.0, weight if _is_opposite(weights, quote) else 0.0


def _denied_share(terms: Sequence[str], quote: str) -> float:
    """The largest share of a claim's terms after its first, the subject, that one denial of a sentence reaches."""
    reached = (set(lexical.terms(_scope(quote, match.end()))) for match in _DENIAL.finditer(quote))
    rest = terms[1:]
    return max((sum(term in held for term in rest) / max(len(rest), 1) for held in reached), default=0.0)


def _scope(quote: str, start: int) -> str:
    return " ".join(_CLAUSE_END.split(quote[start:])[0].split()[:_SCOPE])


def _is_opposite(terms: Collection[str], quote: str) -> bool:
    held = set(lexical.terms(quote))
    lacking = [term for term in terms if term not in held]
    return any(_opposites().get(term, frozenset()) & held or _is_undone(term, held) for term in lacking)


def _is_undone(term: str, held: Collection[str]) -> bool:
    """Whether a term stands there with a prefix that turns it round, or without the one that it has."""
    bare = [term.removeprefix(prefix) for prefix in _PREFIXES if term.startswith(prefix)]
    others = [*bare, *(prefix + term for prefix in _PREFIXES)]
    return any(one in held and min(len(one), len(term)) >= _SHORTEST for one in others)


@cache
def _opposites() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in (resources.files("assistant") / "opposites.txt").read_text(encoding="utf-8").splitlines():
        one, other = (lexical.terms(word) for word in line.split())
        for term, against in ((one[0], other[0]), (other[0], one[0])):
            found.setdefault(term, set()).add(against)
    return {term: frozenset(others) for term, others in found.items()}


def _terms(claimed: str) -> list[str]:
    return list(dict.fromkeys(lexical.terms(" ".join(lexical.content_words(claimed)))))


def _share(weights: dict[str, float], held: Collection[str]) -> float:
    return sum(weight for term, weight in weights.items() if term in held) / sum(weights.values())
