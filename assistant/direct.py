"""How directly a sentence answers a question, by the form of both.

Nearness tells what a sentence is about, not whether it answers: "What is position bias?" is as near to "Position bias
is measured by …" as to "Position bias is the tendency …". Here the form decides: a definition for "what is", a reason
for "why", a figure for "how many", a circumstance for "when should". The result is added to a relevance, so it arranges
sentences that are near anyway and never lifts one that is not.
"""

import re

from index import lexical

BONUS = 0.12  # of relevance, for a form that fits
_LONGEST_THING = 6  # words of a name; a longer one is a whole question
_DETOUR = 0.10  # off for a sentence that reports somebody's question, an example or an assumption before the answer

_WHAT_IS = re.compile(
    r"^\W*(?:(?:so|and|ok|please|can you)\s+)?(?:what(?:'s|’s| is| are| was| were)|define|explain|describe|meaning of"
    r"|what does|who is|how (?:does|do))\s+(?:an?\s+|the\s+)?(?P<thing>.+?)"
    r"(?:\s+(?:mean|stand for|explained|works?))?\W*$",
    re.IGNORECASE,
)
# "… in click logs", "… for": not "precision at k" and "human in the loop", which are names.
_WITHIN = re.compile(
    r"(?<=\S)\s(?:in|for|at|on|with|when|used)\s(?!the\b)\S{1,60}\s|(?<=\S)\s(?:good\s|used\s)?for$", re.IGNORECASE
)
_IS = r"(?:\s+\([^)]*\)|, [^,]{3,60},)?\s+(?:is|are|was|means?|refers? to|stands? for|denotes?)\s"
_DOES = r"(?:\s+\([^)]*\)|, [^,]{3,60},)?\s+[a-z]+s\s"
_VERB = r"(?:\s+\([^)]*\)|, [^,]{3,60},)?\s+[a-z]+s[\s,]"  # "computes, stores and serves" as well
_NO_DEFINITION = re.compile(
    r"^.{0,80}?\b(?:is|are|was|were)\s+(?:measured|used|needed|also|not|usually|often|then|still|best|worth|cheap|hard"
    r"|easy|enough|common|required|added|trained|computed|served|evaluated|tuned|updated|set|kept|stored|chosen|ruined|wrong"
    r"|bought|built|sold|premature|ready|due)\b"
)
_FORMS = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(held, re.IGNORECASE))
    for asked, held in (
        (
            r"\bwhy\b|\breasons?\b|\bhow come\b",
            r"\b(?:because|since|so that|, so\b|therefore|otherwise|hence|causes?|lets?|due to)\b",
        ),
        (r"\bdiffer|\bvs\b|\bversus\b", r"\bwhereas\b|\bwhile\b|\bunlike\b|, but\b|; |\?\W.*\?\W"),
        (
            r"\bwhen (?:should|do|is|to|would|does|are)\b|\bwhich (?:one )?(?:should|is)\b"
            r"|\bshould (?:i|we)\b|\bworth\b",
            r"\b(?:when|whenever|where|if|unless|prefer|wins?|beats?|suits?|pays?|skip|avoid|use)\b",
        ),
        (
            r"\bhow (?:do|can|should|would|could) (?:i|we|you|one|people)\b|\bhow to\b|\bways? to\b|\bfix\b"
            r"|\bwhat (?:do|should|can) (?:i|we)\b",
            r"^(?:use|add|keep|split|train|compare|set|measure|log|check|start|fit|cap|weight|sample|mix|run|hold|prefer"
            r"|choose|replace|give|store|cut|test|treat|report|limit|apply|pick|compute|estimate)\b"
            r"|\bshould\b|\bremedy\b|\bfix(?:es)?\b|\bby \w+ing\b",
        ),
        (
            r"\bwhat (?:breaks|goes wrong|can go wrong|happens|fails)\b|\bhow can .{2,40} go wrong\b|\brisks?\b",
            r"\b(?:fail|break|risk|lose|wrong|drift|hurt|leak|bias|stale|collapse)",
        ),
    )
)
_HOW_MUCH = re.compile(
    r"\b(?:how (?:many|much|long|often|large|big|fast|far|small)|what (?:size|share|fraction|percentage))\b"
    r"\s*(?P<thing>[\w-]*)|\bcosts? in (?:memory|ram|storage|disk|time|latency|money)\b",
    re.IGNORECASE,
)
_ON_IT = 1 / 3  # share of a question's words from which a figure may be the one that is asked for
_FIGURE = r"(?:(?<![\d.,])\d[\d.,]*+|hundreds?|thousands?|millions?|billions?|dozens?)"
_TIME = rf"{_FIGURE}\W?(?:ms|s|milliseconds?|seconds?|minutes?|hours?|days?|weeks?|months?|years?)\b"
# What measures the thing that is asked for; other things are counted by their own name.
_MEASURES = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(held, re.IGNORECASE))
    for asked, held in (
        (
            r"\bhow much .{0,30}?(?:memory|ram|storage|space|disk)|\bcosts? in (?:memory|ram|storage|disk)\b",
            rf"{_FIGURE} ?(?:bytes?|[kmgtp]i?b)\b",
        ),
        (
            r"\bhow (?:long|fast)\b|\bhow much .{0,30}?(?:latency|time|delay)\b|\bcosts? in (?:time|latency)\b",
            _TIME,
        ),
        (
            r"\bhow often\b",
            r"\b(?:daily|weekly|hourly|monthly|nightly|yearly|every|once|twice|times|an? (?:hour|day|week|month))\b",
        ),
        (
            r"\bhow much .{0,40}?(?:cost|pay|spend|money|price)|\bcosts? in money\b",
            rf"[$€£]{_FIGURE}|{_FIGURE} (?:dollars|cents|euros)",
        ),
        (r"\bwhat (?:share|fraction|percentage)\b", r"\d ?(?:%|percent)|\b(?:half|third|quarter|tenth) of\b"),
    )
)
# What is asked, and how the heading of a section that answers it begins or what it names.
_HEADED = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(headed, re.IGNORECASE))
    for asked, headed in (
        (
            r"^\W*+(?:so |and )?(?:what(?:['’]s| is| are| does)|define|explain|describe)\b",
            r"^what\b|^how .{1,80} works?$",
        ),
        (r"\bwhy\b|\breasons?\b|\bhow come\b", r"^why\b|\bcauses?\b|\breasons?\b"),
        (r"\bwhen\b|\bshould (?:i|we)\b|\bworth\b|\bwhich\b", r"^when\b|^which\b|\bchoos"),
        (
            r"\bhow (?:do|can|should|would|to)\b|\bwhat (?:do|should|can) (?:i|we)\b|\b(?:fix|reduce|avoid)\b",
            r"^how\b",
        ),
        (
            r"\bhow (?:many|much|large|long|big|often)\b",
            r"^how (?:many|much|long|large|big|often)\b|\b(?:siz|cost|arithmetic)",
        ),
        (
            r"\bwhat (?:breaks|goes wrong|happens)\b|\b(?:wrong|risk|fail|never|drops?\b|worse|suddenly|too high"
            r"|too low|doesn['’]t|don['’]t|keeps?\b)",
            r"\b(?:pitfall|fail|break|wrong|mislead|limits|detect|cause)",
        ),
    )
)
_ASIDE = re.compile(r"\b(?:reviewer|interviewer) asks\b|^(?:Assum(?:e|ing)|Suppose|For example|Imagine)\b")
_DENIAL = re.compile(
    r"\b(?:not|never|no longer|cannot|neither|nor|nothing|separate|unrelated|independent of|unchanged|blind to"
    r"|unlike|wrong|myth)\b"
    r"|n['’]t\b",
    re.IGNORECASE,
)
_ABOUT = 0.7  # share of a premise's words that a sentence must hold to be about it
_IS_NOT = re.compile(
    r"\b(?:is|are|was|were|do|does|did|has|have|can|could|will|would|need|should)(?:n['’]t| not| never)\b|, not\b"
    r"|\b(?:cannot|never|no longer|neither|unrelated|blind to|rarely)\b",
    re.IGNORECASE,
)
_CIRCUMSTANCE = re.compile(
    r",.*|\s(?:that|which|who|when|if|where|after|before|because|unless|without)\b.*", re.IGNORECASE
)
_OPENING_WORDS = 8  # within which a sentence that denies has named its subject
_LEAST_TERMS = 3  # of a premise that says enough to be denied
_ARTICLE = re.compile(r"^(?:an?|the)\s+", re.IGNORECASE)


def bonus(question: str, sentence: str) -> float:
    """What the form of a sentence adds to its relevance, or takes away; 0 where form says nothing."""
    value = 0.0
    asked = _what(question)
    if any(is_definition(sentence, thing) for thing in asked):
        value += 2 * BONUS
    elif any(_begins(sentence, thing, _DOES) for thing in asked):
        value += BONUS / 2
    if any(form.search(question) and held.search(sentence) for form, held in _FORMS):
        value += BONUS
    return value + _of_figure(question, sentence) + aside(sentence)


def _of_figure(question: str, sentence: str) -> float:
    """What a figure adds where one is asked for: most where it is of what is asked for, half of it where of another."""
    asked = _HOW_MUCH.search(question)
    if not asked:
        return 0.0
    measure = next((held for how, held in _MEASURES if how.search(question)), _counted(asked["thing"] or ""))
    if measure and measure.search(sentence) and _shares(question, sentence) >= _ON_IT:
        return 2 * BONUS
    return BONUS / 2 if re.search(r"\d", sentence) else 0.0


def _shares(question: str, sentence: str) -> float:
    """The share of a question's content words that a sentence holds."""
    asked = set(lexical.terms(" ".join(lexical.content_words(question))))
    return len(asked & set(lexical.terms(sentence))) / max(len(asked), 1)


def _counted(thing: str) -> re.Pattern[str] | None:
    """A pattern for a number of things, "1,000 good candidates"; None where nothing is named."""
    if not thing or lexical.is_function_word(thing):
        return None
    return re.compile(rf"\b{_FIGURE}(?: [\w-]+){{0,2}} {_loosely([thing])}", re.IGNORECASE)


def aside(sentence: str) -> float:
    """What a sentence loses that tells of somebody's question, an example or an assumption; 0 or less."""
    return -_DETOUR if _ASIDE.search(sentence) else 0.0


def is_denied(premise: str, sentence: str) -> bool:
    """Whether a sentence that is about what a question takes for granted denies it."""
    terms = set(lexical.terms(" ".join(lexical.content_words(premise))))
    held = set(lexical.terms(sentence))
    is_about = bool(terms) and len(terms & held) >= _ABOUT * len(terms)
    return is_about and bool(_DENIAL.search(sentence)) and not _DENIAL.search(premise)


def is_refuted(premise: str, sentence: str) -> bool:
    """Whether a sentence begins with the subject of what a question takes for granted and goes on that it is not so.

    Stricter than `is_denied`: a "not" somewhere in a sentence on the same matter denies something else as often.
    """
    claim = _CIRCUMSTANCE.sub("", premise)
    terms = list(dict.fromkeys(lexical.terms(" ".join(lexical.content_words(claim)))))
    denial = _IS_NOT.search(sentence)
    if len(terms) < _LEAST_TERMS or not denial or _DENIAL.search(claim):
        return False
    opening = sentence[: denial.start()]
    if denial[0].startswith(",") and not set(terms[1:]) & set(lexical.terms(_clause(sentence[denial.end() :]))):
        return False  # "begins at the test, not at launch" denies the launch alone
    shared = set(terms) & set(lexical.terms(sentence))
    is_subject = terms[0] in lexical.terms(opening) and len(opening.split()) <= _OPENING_WORDS
    return is_subject and len(shared) >= max(2, len(terms) / 2)


def _clause(text: str) -> str:
    """A text up to its first stop."""
    return re.split(r"[.,;:]", text, maxsplit=1)[0]


def is_definition(sentence: str, thing: str) -> bool:
    """Whether a sentence says what a thing is: begins with its name and goes on with "is a", "means" or the like."""
    called = rf"An?\s+[\w-]+(?: [\w-]+)? (?:is|are) {_loosely(thing.split()[-1:])} (?:when|if)\b"
    if re.match(called, sentence, re.IGNORECASE):
        return True
    return _begins(sentence, thing, _IS) and not _NO_DEFINITION.match(_ARTICLE.sub("", sentence.strip()))


def is_headed(question: str, heading: str) -> bool:
    """Whether a heading has the form of a question: "Why …" over what tells why, "Pitfalls" over what goes wrong."""
    return any(asked.search(question) and headed.search(heading) for asked, headed in _HEADED)


def names_first(question: str, sentence: str) -> bool:
    """Whether a question asks what a thing is or does, and a sentence begins with its name and goes on with a verb."""
    return any(is_definition(sentence, thing) or _begins(sentence, thing, _VERB) for thing in _what(question))


def _what(question: str) -> tuple[str, ...]:
    """What a question asks the nature of, and the same without its circumstance: "position bias in click logs"."""
    asked = _WHAT_IS.match(question)
    if asked is None:
        return ()
    thing = asked["thing"]
    within = _WITHIN.search(thing)
    return (thing, thing[: within.start()]) if within else (thing,)


def _begins(sentence: str, thing: str, verb: str) -> bool:
    words = thing.split()
    text = _ARTICLE.sub("", sentence.strip())
    begun = rf"(?:[\w'’/-]+\s+){{0,2}}?{_loosely(words)}s?(?:\s+[\w-]+)?{verb}"
    return 0 < len(words) <= _LONGEST_THING and re.match(begun, text, re.IGNORECASE) is not None


def _loosely(words: list[str]) -> str:
    """A pattern for words in any inflection that keeps their stem's first letters."""
    stems = [next(iter(lexical.terms(word)), word) for word in words]
    return r"[\s-]+".join(rf"{re.escape(stem[:-1] if len(stem) > 4 else stem)}[\w'’-]*" for stem in stems)
