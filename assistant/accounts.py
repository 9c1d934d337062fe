"""Accounts of one case: "How did Netflix personalise its artwork?" is told from the case's document, in its order.

The sentences nearest to such a question all say the same of one part of the case. An account opens with what was built
and takes of each section what is nearest, results with their figures; lessons that the document draws are left out
unless they are asked for.
"""

import re
from collections.abc import Sequence

from assistant import compare, compose
from assistant.evidence import Candidate
from index.types import Hit, Vectors

_ASKED = re.compile(
    r"^\W*+(?:(?:so|and|ok|please)\s+)*(?:how (?:did|does|do|was|were|is|are)\b(?! (?:it|that|this|they)\b)"
    r"|what (?:did|does|do)\b.{2,100}\b(?:find|learn|say|do|build|built|show|report|achieve|change|propose|describe)\b"
    r"|(?:tell me about|describe|explain|summari[sz]e|walk me through)\b|what(?:['’]s| is| was) .{2,60}\babout\b)",
    re.IGNORECASE,
)
# A single thing is asked for, and one sentence tells it.
_NARROW = re.compile(
    r"\bhow (?:many|much|long|often|large|big|fast|far|small|old)\b|\bwhy\b|\bwhen\b|\bwhich\b"
    r"|\bwhat (?:is|are|was|were)\b|\b(?:compare|differ|versus|vs)\b"
    r"|\bdo(?:es|ing)? (?:about|against|for|if|when|with)\b",
    re.IGNORECASE,
)
_LESSONS = re.compile(
    r"\b(?:transfers?|lessons?|take-?aways?|conclusions?|references|acknowledge?ments?)\b", re.IGNORECASE
)
_RESULTS = re.compile(r"\b(?:results?|outcomes?|evaluations?|impact|findings)\b", re.IGNORECASE)
_WANTS_LESSONS = re.compile(
    r"\b(?:learn(?:ed|t|ing from)?|lessons?|take-?aways?|transfers?|conclu\w+)\b", re.IGNORECASE
)
_FIGURE = re.compile(r"\d{2}|(?<![\d.,])\d[\d.,]*+\s?(?:%|percent|times|ms|x\b)", re.IGNORECASE)
_MEASURED = 0.1  # of the cosine, for a figure or a section of results: what was gained belongs to an account
_BESIDE = 0.07  # as in `compose`
_AHEAD = 0.15  # of relevance, by which the sentence that answers must be ahead of the document's first to open
_LEAST = 3  # of a question's hits, the passages of the document that an account is told from
_SECTIONS = 4
_BY_THE_WAY = 0.7  # of a sentence's length, from where a word on the source is only added to what is told


def is_asked(query: str) -> bool:
    """Whether a question asks how a whole case was done, or what it found."""
    return _ASKED.match(query) is not None and not _NARROW.search(query)


def document(hits: Sequence[Hit]) -> str | None:
    """The id of the case that an account is told from: the best hit's, where it is one and has several of the hits."""
    if not hits or not hits[0].document.organisations:
        return None
    own = sum(hit.document.id == hits[0].document.id for hit in hits)
    return hits[0].document.id if own >= _LEAST else None


def told(
    whole: Sequence[Candidate], query: str, vector: Vectors, *, near: Sequence[Candidate], count: int
) -> list[Candidate]:
    """The account in up to `count` sentences.

    Args:
        whole: The quotable sentences of the document.
        query: The question.
        vector: Of the question.
        near: The sentences that answer, weighed; the best of the document opens where it is far ahead of what
            the document begins with.
        count: How many sentences at most.
    """
    sentences = [one for one in _in_order(whole) if _is_of_case(one, query)]
    if not sentences:
        return []
    opening = sentences[0]
    own = [one for one in near if one.evidence.document.id == opening.evidence.document.id]
    best = max(own, key=lambda one: one.evidence.relevance, default=opening)
    as_good = [one for one in own if one.evidence.relevance >= best.evidence.relevance - _AHEAD]
    is_general = not own or any(one.evidence.start == opening.evidence.start for one in as_good)
    first = opening if is_general else best
    told_after = first is opening and best.evidence.start != opening.evidence.start
    answering = [one for one in sentences if told_after and one.evidence.start == best.evidence.start]
    chosen = _chosen(sentences, vector, first=[first, *answering], count=count)
    return [first, *(one for one in _in_order(chosen) if one is not first)]


def _chosen(
    sentences: Sequence[Candidate], vector: Vectors, *, first: Sequence[Candidate], count: int
) -> list[Candidate]:
    """The first ones, of each further section the nearest, and then what is nearest or stands beside a chosen one."""
    worth = [float(one.vector @ vector) + _of_results(one) for one in sentences]
    chosen = list(first)
    for section in list(dict.fromkeys(one.evidence.headings for one in sentences))[:_SECTIONS]:
        own = [place for place, one in enumerate(sentences) if one.evidence.headings == section]
        own = [place for place in own if not compose.is_said(sentences[place], chosen)]
        if own and section not in {one.evidence.headings for one in first} and len(chosen) < count:
            chosen.append(sentences[max(own, key=lambda place: worth[place])])
    waiting = [place for place, one in enumerate(sentences) if not compose.is_said(one, chosen)]
    while waiting and len(chosen) < count:
        places = {place for place, one in enumerate(sentences) if any(one is other for other in chosen)}
        best = max(waiting, key=lambda place: worth[place] + _BESIDE * bool({place - 1, place + 1} & places))
        chosen.append(sentences[best])
        waiting = [place for place in waiting if not compose.is_said(sentences[place], chosen[-1:])]
    return chosen


def _of_results(one: Candidate) -> float:
    """What a sentence gains by a figure or by its section of results."""
    is_result = any(_RESULTS.search(name) for name in one.evidence.headings)
    return _MEASURED * bool(is_result or _FIGURE.search(one.evidence.quote))


def _is_of_case(one: Candidate, query: str) -> bool:
    aside = compare.OF_THE_SOURCE.search(one.evidence.quote)
    if aside and aside.start() < _BY_THE_WAY * len(one.evidence.quote):
        return False
    return bool(_WANTS_LESSONS.search(query)) or not any(_LESSONS.search(name) for name in one.evidence.headings)


def _in_order(candidates: Sequence[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda one: one.evidence.start)
