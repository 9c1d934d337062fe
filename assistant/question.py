"""Understanding a question without a model: what form of answer it wants, and a wording that can be searched for.

A follow-up leans on what was asked before. "Why?" and "how is it measured?" lean on the question just before,
"what about latency?" and "and for video?" on the matter of the whole conversation: the last question that stood alone.
"""

import re
from collections.abc import Sequence
from enum import Enum

from assistant import intent, sides
from assistant.errors import QuestionError
from assistant.types import Question, QuestionKind

MAX_CHARACTERS = 2_000

_POLITE = (
    r"(?:please|can you|could you|would you|i'?d like (?:you )?to|help me(?: to)?|let'?s|let us|now|ok(?:ay)?|so|hi|hey"
    r"|walk me through(?: how to)?|show me how to|tell me how to|explain how to|your task is to)[\s,:]+"
)
_MAKE = (
    r"(?:design|build|architect|implement|create|develop|sketch|outline|propose|draft|devise|plan|construct|set up"
    r"|come up with|put together|engineer|make)(?:ing)?"
)
_ASK = (
    r"(?:how\s+(?:would|do|can|should|could|might|to)|where\s+(?:would|do|should)(?=\s+\w+\s+(?:start|begin)\b))\s+"
    r"(?:(?:you|i|we|one|somebody|someone|people)\s+)?"
    r"(?:(?:go about|approach|tackle|start|begin|get started)\s+(?:(?:with|on|by|when|an?|the)\s+)?)?"
)
_WHAT = r"(?:me\s+|us\s+)?(?:an?\s+|the\s+|our\s+|my\s+|some\s+)?"
# Predicting, ranking and so on are what a learning system is for: who needs that wants a system.
_TASK = (
    r"(?:detect|predict|recommend|rank|classify|recogni[sz]e|identify|forecast|estimate|flag|block|filter|moderate|match"
    r"|personali[sz]e|segment|transcribe|translate|deduplicate|suggest|find|blur|spot|score)"
)
# What is done by hand where there is no such system yet; only "how would you" asks for one.
_DEED = (
    r"(?:catch|order|pair|route|surface|triage|keep(?=.{3,60} (?:out|away|off)\b)"
    r"|(?:predict|forecast)(?= (?:how (?:long|much|many|likely|often)|what|which|when|whether|if)\b))"
)
# What such a system suffers from or is measured by: detecting drift or estimating a cost is a fact to ask for.
_CONCERN = (
    r"(?:[\w-]+\s+){0,3}(?:drifts?|skews?|leak(?:s|age)|over-?fitting|bias(?:es)?|imbalance|staleness|degradation"
    r"|regressions?|feedback loops?|(?:label )?noise|quality|memory|costs?|latency|qps|throughput|capacity|sizes?|lift"
    r"|uplift|effects?|traffic|storage|recall|precision|propensit(?:y|ies)|thresholds?|rates?|hyper-?parameters?"
    r"|baselines?|root causes?|bugs?|variance|calibration)"
)
_NEED = (
    rf"(?:i|we)(?:'d)?\s+(?:(?:really\s+)?(?:need|want|have|would like|must"
    rf"|are (?:asked|trying)|am trying)\s+to)\s+{_TASK}\b(?!\s+{_CONCERN}\b)"
)
# "I'm asked to design X. How do I go about it?": what is only asked for so is no fact about X.
_TOLD = (
    r"(?:i|we)(?:['’](?:m|re|ve|d)| am| are| was| were| have| had)?(?: just| now| really| been){0,2}"
    r" (?:(?:asked|told|supposed|expected|required|trying|going|need|needed|want|wanted|have|had|would like|like|plan"
    r"|planning) to|tasked with|in charge of|working on)"
)
_BEGINNING = (
    r"(?:(?:so|and|but)[ ,]+)?(?:how (?:do|would|should|can|could) (?:i|we|you|one) (?:best )?"
    r"(?:go about|approach|tackle|start|begin|proceed|get started|do)"
    r"|where (?:do|would|should|can) (?:i|we|you|one) (?:start|begin)|how to (?:go about|approach|tackle|start|begin)"
    r"|what(?:['’]s| is| would be) (?:the|a|your) (?:right |best |good )?(?:approach|way to go)"
    r"|any (?:ideas|advice|tips))"
    r"(?: with)?(?: it| this| that| here| best| there){0,2}"
)
_CLAUSE = r"(?:that|whether|if|when|why|how|which|what|where)"  # what is detected then is a fact, not a kind of thing
_SYSTEM = r"(?:system|service|engine|pipeline|platform|recommender|architecture|ranker|classifier|detector|feed|model)"

_DESIGN = re.compile(
    rf"^\W*+(?:{_POLITE})*(?:{_ASK})?(?:{_MAKE}\b(?! sense| sure| of\b| it\b| them\b| that\b| this\b))"
    rf"|^\W*+(?:{_POLITE})*{_NEED}"
    rf"|^\W*+(?:{_POLITE})*{_TOLD} {_MAKE}\b(?! sense| sure| of\b| it\b| them\b| that\b| this\b)"
    rf"[^?!]{{3,300}}?[\s.,;:!–—-]{_BEGINNING}\W*$"
    rf"|^\W*+(?:{_POLITE})*how\s+(?:would|should|could)\s+(?:you|i|we|one)\s+"
    rf"(?:{_TASK}\s+(?!{_CONCERN}\b|{_CLAUSE}\b)|{_DEED}\s+(?!{_CONCERN}\b))\w+"
    rf"|^\W*+(?:an?\s+|the\s+)?(?:(?:ml|ai|system|high[- ]level|software)\s+)*"
    rf"(?:architecture|design|blueprint)\s+(?:of|for)\s"
    rf"|^\W*+(?:an?\s+)?(?:ml |ai |machine[- ]learning )?{_SYSTEM}\s+(?:to|that|which|for)\s+(?!\w+ (?:vs|or)\b)\w"
    r"|\bsystem design\b(?! interview| question| round)"
    rf"|\bdesign (?:of )?an? .{{3,60}}\b{_SYSTEM}\b|\bdesign (?:it|one|this|that)\W*$"
    r"|\bwhat would (?:an?|the|your) architecture\b",
    re.IGNORECASE,
)
# "We get two million receipts a month. Design the pipeline": what is told first is the setting of what is asked last.
_SENTENCE = re.compile(r"(?<=[.!?;])\s+")
_ASKED_LAST = re.compile(
    rf"^(?:{_POLITE})*(?:{_ASK})?(?:{_MAKE}\b(?! sense| sure| of\b| it\b| them\b))"
    r"|^(?:(?:so|and|but)[ ,]+)?how (?:would|should|could|do|can) (?:you|we|i|one) (?:best )?"
    r"(?:set (?:this|that|it|one) up|(?:approach|tackle|solve|build|design|do|attack) (?:this|that|it|one))\W*$"
    rf"|^(?:what|which) (?:kind of |sort of )?(?:design|solution|set-?up|{_SYSTEM}) (?:would|should|could)"
    r" (?:you|we|i|one) (?:build|design|propose|recommend|suggest|choose|use|set up)\b"
    rf"|^how (?:should|would|could|can|might) (?:such an?|this|that|the|a) (?:[\w-]+ ){{0,2}}{_SYSTEM}"
    r" be (?:designed|built|set up|structured|laid out|made)\b"
    r"|^what would (?:an?|your|the) (?:strong|good|great|ideal|perfect|model|best) (?:answer|solution|design) look"
    r" like\b"
    r"|^(?:please )?(?:walk|take|lead|guide) (?:me|us) through (?:it|that|(?:the|your) (?:whole |entire |full )?"
    r"(?:thing|design|system|solution|approach))\b",
    re.IGNORECASE,
)
_QUOTATION = re.compile(r"[\"“]([^\"“”]{10,300})[\"”]")
_DESIGN_IT = re.compile(r"^(?:please )?design (?:it|this|that|one)\b", re.IGNORECASE)
_LEAD = re.compile(
    rf"^\W*+(?:{_POLITE})*(?:{_ASK})?(?:(?:{_TOLD} )?(?:{_MAKE})\s+{_WHAT}|{_NEED}\s+"
    rf"|(?:{_TASK}|{_DEED})\s+(?={_WHAT}\w)"
    r"|(?:ml |ai |high[- ]level )?(?:architecture|design|blueprint|system design)\s+(?:of|for)\s+)"
    r"(?:an?\s+|the\s+|our\s+)?(?:(?:system design|architecture|design|solution)\s+(?:of|for)\s+)?(?:an?\s+|the\s+)?",
    re.IGNORECASE,
)
_BEGIN = re.compile(rf"[\s.,;:!–—-]+{_BEGINNING}\W*$", re.IGNORECASE)
# "GBDT or a neural net for CTR prediction, which one?": options, and after them which of them is asked.
_OPTION = r"[\w+./&'’-]+(?: [\w+./&'’-]+){0,5}"
_WHICH = (
    r"(?:so |and )?(?:which(?: [\w'’-]+){0,6}|when(?: (?:which|what|to|(?:should|do) (?:i|we))(?: [\w'’-]+){0,4})?"
    r"|what (?:first|next|now|to|wins|fits|suits|works|is (?:better|best|right|first|cheaper|faster|safer)"
    r"|(?:should|would|do) (?:i|we|you|one) (?:use|pick|choose|take|prefer|try|start))(?: [\w'’-]+){0,5})"
)
_COMPARISON = re.compile(
    r"^\W*+(?!(?:what|who|whom|whose|how|why|when|where|which|is|are|was|were|does|do|did|can|could|will|would|has|have"
    rf"|had)\b){_OPTION}(?:, {_OPTION}){{0,2}},? (?:or|vs\.?|versus) {_OPTION}\W{{1,3}}{_WHICH}\W*$|"
    r"\b(?:vs\.?|versus|compared? (?:to|with)|compare"
    r"|comparison(?! (?:web)?(?:sites?|shops?|portals?|engines?|services?))"
    r"|differences? (?:between|of|in)|differs? from"
    r"|(?:pick|choose|choosing|decide|deciding|select) between"
    r"|different from|pros and cons of \w+ (?:and|or)|trade-?offs? (?:between|of)"
    r"|better than|instead of|rather than)(?!\w)"
    r"|^(?!.*\b(?:more|one|two|day|not|so) or\b).*\w[\w\- ]{1,40}\bor\b"
    r"(?! not\b| so\b| more\b| less\b| even\b)[\w\- ]{2,40}\?"
    r"|^\W*+(?:should i (?:use|pick|choose|take)|which (?:is|one))\b.*\bor\b"
    r"|^\W*+[\w-]+(?: [\w-]+){0,2} or (?!not\b)[\w-]+(?: [\w-]+){0,2}\W*$"
    r"|\bhow (?:did|do|does) .{3,60}\b(?:and|,).{2,40}\b(?:differ|compare|each)\b",
    re.IGNORECASE,
)
_REASON = re.compile(r"^\W*+(?:(?:and|but|so)\s+)?why\b", re.IGNORECASE)
_PREFERRED = re.compile(
    r"(?:,?\s+and\s+)?\bwhy\b[^.?!;:]{0,200}?\b(?:instead of|rather than|better than)\b[^.?!;:]*", re.IGNORECASE
)
_SET_AGAINST = re.compile(
    r"\b(?:vs\.?|versus|compared (?:to|with)|compare|differences? (?:between|of|in)|trade-?offs? (?:between|of))(?!\w)",
    re.IGNORECASE,
)
_SMALL_TALK = re.compile(
    r"^\W*+(?:hi|hello|hey|thanks?|thank you|good (?:morning|evening|afternoon)|bye|goodbye|who are you|how are you"
    r"|what can you do|what are you|help|test|ok(?:ay)?|cool|great|nice|lol)\b[\w\s,']{0,20}[.!?]*$",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"^\W*+(?:(?:and|but|so|ok(?:ay)?|then)\s+)*(?:why(?: is that| so| not)?|how(?: so| come| exactly)?"
    r"|what then|such as|like what|for example|examples?|an example|more|tell me more"
    r"|go on|continue|elaborate|explain|in what way|really"
    r"|since when|says who|how do you know|can you explain(?: that| this)?|(?:more )?details?)\W*$",
    re.IGNORECASE,
)
_ADDED = re.compile(
    r"^\W*+(?:(?:ok(?:ay)?|and|but|so|then|also|now)[\s,]+)*(?:what about|how about|what if|and|but|also|same)\s+"
    r"(?P<joint>for|with|in|on|at|to|of|if|as|when)?\s*",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\b(?:it|its|that|this|they|them|their|those|these|there|he|she|the (?:former|latter|first|second|other)(?: one)?"
    r"|one of them|each of them|both)\b",
    re.IGNORECASE,
)
# "Is it worth", "does that mean", "this week": a pronoun that points at nothing said before.
_IDLE = re.compile(
    rf"{_BEGINNING}\W*$|"
    r"\b(?:is|was|be|makes?|make) it (?:ok(?:ay)?|worth|possible|better|safe|fine|necessary|true|enough|that|a good)\b"
    r"|\bdoes it make sense\b|\b(?:this|that) (?:week|day|month|year)\b"
    r"|\b(?:so|such|in order|now|given|assume|suppose) that\b"
    r"|\b(?:is|are) there\b|\bthere (?:is|are)\b|\bboth \w+"
    r"|\b(?!(?:does|will|would|could|should|have|were|what|when|isn|doesn)\b)\w{4,} that\b",
    re.IGNORECASE,
)
# Of 466 wishes for a design, each tenth told by the others, 415 are known, and of 570 other questions, most of them
# written to look alike, 37 are taken for one; by wording alone it was 259 and 35, of a few less.
_HARDLY, _LIKELY, _SURELY = 0.1, 0.7, 0.9
_SHORT = 14  # words up to which a question with a pronoun leans on the one before
_REMEMBERED = 20  # questions before it that a follow-up can lean on
_LONG = 24  # words up to which one that begins with "and" does


_WISHES = ("design", "build", "would", "system")  # words of a wish that slips of the finger are mended in
# Two questions in one: "what is a canary and how large should it be", "explain X, and tell me when to use it".
_SECOND = re.compile(
    r"[,;]?\s+(?:and|but)\s+(?:also\s+)?(?:tell me\s+|explain\s+|say\s+)?"
    r"(?=(?:what|when|why|how|where|which|who|should|do|does|is|are|can|give(?: me)? an example)\b)",
    re.IGNORECASE,
)
_ASKED_FIRST = re.compile(
    r"^\W*+(?:what|when|why|how|where|which|who|explain|describe|define|should|do|does|is|are|can)\b", re.IGNORECASE
)
_OF_FIRST = re.compile(
    r"^\W*+(?:(?:what(?:['’]s| is| are| does| do)?|who is|explain|describe|define"
    r"|(?:how|why) (?:do|does|did|can|should|is|are|was|were))\s+)?"
    r"(?:(?:i|we|you|an?|the)\s+)*",
    re.IGNORECASE,
)
_HOW_MUCH = re.compile(
    r"^\W*+how (?:often|much|many|long|soon|big|large|fast)\s+(?:do|does|did|can|could|should|would|must)\s+"
    r"(?:i|we|you|one|people)\s+(?:re)?\w+\s+(?:(?:an?|the|my|our|your)\s+)?",
    re.IGNORECASE,
)
_MEANS = re.compile(r"\s+(?:mean|means|work|works|stand for|good for|for|\w+ed)$", re.IGNORECASE)
_PRONOUN = re.compile(r"\b(?:it|they|them|one|ones|this|that|these|those|its|their)\b", re.IGNORECASE)
# Who did it, where a name is said to; "they" of the second question are then those.
_WHO = re.compile(r"\b(?:do|does|did|has) ([A-Z][\w&-]+)\b|\b([A-Z][\w&-]+)['’]s\b")
_WHOSE = re.compile(r"(?<=\bdo )they\b|(?<=\bdid )they\b|\btheir\b", re.IGNORECASE)
_LEAST_PARTS = (2, 3)  # words that they have; "and why" alone asks no second question


class _Leaning(Enum):
    """On what a question leans."""

    NOTHING = "stands alone"
    BEFORE = "the question just before"
    MATTER = "the matter of the conversation"


def understand(text: str, *, history: Sequence[str] = ()) -> Question:
    """Read a question.

    Args:
        text: As typed.
        history: The questions before it in the conversation, oldest first.

    Raises:
        QuestionError: If it is blank or longer than 2,000 characters.
    """
    stripped = _mended(" ".join(text.split()))
    if not stripped:
        raise QuestionError("the question is empty; ask something about designing a machine-learning system")
    if len(text) > MAX_CHARACTERS:
        raise QuestionError(f"the question has {len(text):,} characters, the limit is {MAX_CHARACTERS:,}; shorten it")
    said = [_mended(" ".join(one.split())) for one in history[-_REMEMBERED:]]
    past = [one for one in said if one and not (_SMALL_TALK.match(one) and not _BARE.match(one))]
    query, kind = _self_contained(stripped, past), _kind(stripped, past)
    if kind is QuestionKind.DESIGN:
        query = _BEGIN.sub("", _quoted_wish(query) or query) or query
    return Question(text=text, query=query[-MAX_CHARACTERS:], kind=kind)


def _mended(text: str) -> str:
    """A text with the words of a wish put right where two letters are exchanged, one is lost or doubled: "desgin"."""
    return re.sub(r"\b[A-Za-z]{4,7}\b(?!['’])", lambda found: _meant(found[0]), text)


def _meant(word: str) -> str:
    small = word.lower()
    return next((wish for wish in _WISHES if _is_slip(small, wish)), word)


def _is_slip(word: str, wish: str) -> bool:
    """Whether a word is a wish's with two neighbouring letters exchanged, one left out or one doubled."""
    places = range(1, len(wish))
    exchanged = (wish[: at - 1] + wish[at] + wish[at - 1] + wish[at + 1 :] for at in places)
    lost = (wish[:at] + wish[at + 1 :] for at in places)
    doubled = (wish[:at] + wish[at] + wish[at:] for at in range(len(wish)))
    return word != wish and word in {*exchanged, *lost, *doubled}


def _quoted_wish(text: str) -> str:
    """The wish itself where a question quotes it, as of an interviewer: they like to ask "design a newsfeed"."""
    return next((found[1] for found in _QUOTATION.finditer(text) if _DESIGN.search(found[1])), "")


def subject(question: Question) -> str:
    """What is to be designed or asked about, without the words around it."""
    return _bare(question.query)


def parts(query: str) -> tuple[tuple[str, str], ...]:
    """The questions that a query joins by "and", each as it was put and as it is searched for.

    A pronoun of the second stands for what the first asks about: of "what is a canary and how large should it be" the
    second is searched for as "how large should canary be"; "do they" and "their" for the company that the first names.
    One where nothing is joined.
    """
    found = _SECOND.search(query) if _ASKED_FIRST.match(query) else None
    if not found:
        return ((query, query),)
    first, second = query[: found.start()].strip(), query[found.end() :].strip()
    if len(first.split()) < _LEAST_PARTS[0] or len(second.split()) < _LEAST_PARTS[1]:
        return ((query, query),)
    named = _MEANS.sub("", _OF_FIRST.sub("", _HOW_MUCH.sub("", first)))
    if (who := _WHO.search(first)) and _WHOSE.search(second):
        return (first, first), (second, _WHOSE.sub(lambda found: _named(who, found[0]), second, count=1))
    if second.lower().startswith("give"):
        return (first, first), (second, f"{second.rstrip(' ?.!')} {named}")
    return (first, first), (second, _PRONOUN.sub(named.replace("\\", ""), second, count=1))


def _named(who: re.Match[str], pronoun: str) -> str:
    """The company that `_WHO` found, in the form that stands for a pronoun."""
    name = who[1] or who[2]
    return f"{name}'s" if pronoun.lower() == "their" else name


def _bare(text: str) -> str:
    return _LEAD.sub("", text).rstrip(" ?.!") or text


def _kind(text: str, past: Sequence[str]) -> QuestionKind:
    if _SMALL_TALK.match(text) and not (past and _BARE.match(text)):
        return QuestionKind.SMALL_TALK
    if _is_design_again(text, past) or _asks_for_design(text):
        return QuestionKind.DESIGN
    return QuestionKind.COMPARISON if _compares(text) else QuestionKind.FACT


def _compares(text: str) -> bool:
    """Whether things are to be set against each other; "why A instead of B?" asks the reason of one."""
    if _REASON.match(text):
        return _SET_AGAINST.search(text) is not None
    rest = _PREFERRED.sub("", text)
    return bool(_COMPARISON.search(rest) or sides.options(rest))


def _asks_for_design(text: str) -> bool:
    """Whether a whole design is wanted: by its wording, unless that is how other things are asked for as well."""
    chance = intent.of_design(text)
    if (_DESIGN.search(text) and not _COMPARISON.search(text[:60])) or _is_asked_last(text):
        return chance >= _HARDLY
    return chance >= (_SURELY if _compares(text) else _LIKELY)


def _is_asked_last(text: str) -> bool:
    """Whether a statement comes first and then the wish for a design."""
    first, *after = _SENTENCE.split(text)
    if not after or first.endswith("?"):
        return bool(after) and bool(_DESIGN_IT.match(after[-1]))
    return bool(_ASKED_LAST.match(after[-1]) or _DESIGN.search(after[-1]))


def _is_design_again(text: str, past: Sequence[str]) -> bool:
    """Whether a design is asked for once more, of something else: "and for video?"."""
    added = _ADDED.match(text)
    matter = _matter(past)
    return bool(added and added["joint"] == "for" and matter and _DESIGN.search(matter))


def _self_contained(text: str, past: Sequence[str]) -> str:
    """A question with what it leans on."""
    leaning = _leaning(text) if past else _Leaning.NOTHING
    if leaning is _Leaning.NOTHING:
        return text
    if leaning is _Leaning.MATTER:
        return f"{_bare(_matter(past))} {_ADDED.sub('', text)}"
    before = _self_contained(past[-1], past[:-1])
    return f"{_bare(before)} {text}"


def _matter(past: Sequence[str]) -> str:
    """The last question that stood alone; the first where none did; empty where there is none."""
    alone = [one for one in past if _leaning(one) is _Leaning.NOTHING]
    return next(iter([*alone[-1:], *past[:1]]), "")


def _leaning(text: str) -> _Leaning:
    if _BARE.match(text):
        return _Leaning.BEFORE
    words = len(text.split())
    if words <= _SHORT and _POINTING.search(_IDLE.sub(" ", text)):
        return _Leaning.BEFORE
    if words <= _LONG and _ADDED.match(text):
        return _Leaning.MATTER
    return _Leaning.NOTHING
