"""Weighing options: the sentences that decide, what is said of each, and a table of the library's own.

The answer opens with what names several of the options in one sentence, best where it says which of them wins and when.
Then comes what is said of each one alone. A table of the library that has the options as its rows is quoted as it
stands. Where little is said so, the sections that the first sentences stand in, or that are about the choice, say more.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from assistant import compare, compose, relevance, sides, tables
from assistant.desk import Desk
from assistant.evidence import Candidate, gather
from assistant.sides import Side
from assistant.tables import Laid
from index import lexical
from index.types import Hit, Vectors

_HOLDING = 40  # passages that hold an option which nothing near names
_SIDE_HITS = 12
_NEAR_THE_BEST = 0.7  # share of the best passage's score from which a passage is still on the same matter
_FLOOR = 0.35
# How much farther the nearest question of a sentence may be than that of the best: "integer-only inference" answers
# nothing of batch against online inference. At 0.3 fewer sentences are found, as good ones.
_OTHER_QUESTIONS = 0.4
_LEADING = 3  # sentences that name several options
_OF_SIDE = 3  # sentences on each
_MOST = 4  # the same where few sentences are found in all
_ENOUGH = 8  # sentences in all; an answer of fewer is filled up
_DOCUMENTS = 3  # whose tables are looked at in full where the passages that are near hold none
_FALL = 0.3  # how far below the best sentence on an option another may lie
_DEEPER = 0.45  # the same where few sentences are found in all
_BELOW_THE_LEAD = 0.45  # the same below the best of the sentences that decide
_MATTER = 0.15  # what a sentence gains that holds all that is asked beside the options: "for phone calls"
_ALL = 0.08  # what a sentence gains that names every one of the options
_DECIDES = 0.10
_ON_IT = 0.10  # what a sentence on one option gains that says when it wins; half of it for its price
_MEANS = 0.20  # for saying what it is, where the difference is asked for
_ASKING = ("when to use {}", "what is {}")
_NOT_NAMED = "The library does not name {}."
_NOT_TOLD_OF = "The library has no quotation on {} to set beside the rest."
_DECIDING = re.compile(
    r"\b(?:whereas|while|unlike|beats?|wins?|over|than|prefer(?:red|able)?|instead of|rather than|default|choose|suits?"
    r"|enough|better|outperforms?|first|before|replaces?)\b|, but\b|; ",
    re.IGNORECASE,
)
_WINS = re.compile(
    r"\b(?:when|whenever|where|if|unless|beats?|wins?|suits?|fits?|pays?|prefer|choose|use|enough|right choice|better"
    r"|best|default|worth|only)\b",
    re.IGNORECASE,
)
_AT_A_PRICE = re.compile(
    r"\b(?:costs?|latency|memory|cheap\w*|slow\w*|fast\w*|fails?|bias\w*|risks?|cannot|never|needs?|requires?|but)\b",
    re.IGNORECASE,
)
_ON_THE_CHOICE = re.compile(
    r"\b(?:when|which|choos\w*|pick\w*|decid\w*|instead|differ\w*|compar\w*|versus|vs|or|enough|unnecessary)\b",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r", | (?:or|and|vs) ")  # things in one heading
_DIFFERENCE = re.compile(
    r"\bdiffer|\bwhat (?:is|are|does)\b|\bexplain\b|^\W*[\w -]{2,40} (?:vs\.?|versus) [\w -]{2,40}\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Compared:
    """What is said of the options.

    Attributes:
        lead: The sentences that decide.
        each: The options' names with the sentences on each; options on which nothing more is said are absent.
        laid: A table of the library that has them as its rows.
    """

    lead: tuple[Candidate, ...]
    each: tuple[tuple[str, tuple[Candidate, ...]], ...]
    laid: Laid | None

    @property
    def sentences(self) -> list[Candidate]:
        """All that is quoted, in reading order."""
        return [*self.lead, *(one for _, own in self.each for one in own)]


class Weighing:
    """Weighs the options of one question."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def compared(
        self,
        vector: Vectors,
        hits: Sequence[Hit],
        options: Sequence[Side],
        *,
        otherwise: Callable[[], Sequence[Candidate]],
    ) -> Compared | None:
        """What the library says of options; None where it has something on fewer than two of them.

        Args:
            vector: Of the question.
            hits: Found for it, best first.
            options: What it compares.
            otherwise: Gives what the answer opens with where no sentence names several of them.
        """
        with self._desk.timed("encode"):
            queries = [form.format(one.name) for one in options for form in _ASKING]
            vectors = self._desk.embedder.encode_query(queries)
        with self._desk.timed("search"):
            apart = [
                _near_the_best(self._desk.searcher.search_vector(*asked, k=_SIDE_HITS))
                for asked in zip(queries, vectors, strict=True)
            ]
        with self._desk.timed("compose"):
            found = [_near_the_best(hits), *apart]
            laid = self._laid(_in_turn(found), options)
            options = tables.also_called(options, laid) if laid else options
            pool = _Pool(self._desk, options, vector, [hit for some in found for hit in some])
            compared = pool.filled(Compared(tuple(pool.lead() or pool.naming(otherwise())), (), laid))
        told = pool.told | (laid.named if laid else frozenset())
        if told:
            self._tell_what_is_missing(options, told, pool)
        if len(told) < 2:
            return None
        if len(compared.each) < 2:  # a title for one alone would leave the reader to look for the other
            return Compared(tuple(compose.by_passage(compared.sentences)), (), laid)
        return compared

    def _laid(self, hits: Sequence[Hit], options: Sequence[Side]) -> Laid | None:
        """The library's own table of the options: of the passages that are near, else of their documents."""
        document = self._desk.generation.document
        if found := tables.laid(hits, options, document=document):
            return found
        near = list(dict.fromkeys(hit.document.id for hit in hits))[:_DOCUMENTS]
        whole = [hit for id in near for hit in self._desk.searcher.all_of(id)]
        return tables.laid(whole, options, document=document)

    def _tell_what_is_missing(self, options: Sequence[Side], told: frozenset[int], pool: "_Pool") -> None:
        """Name in the note what the library does not hold of the options."""
        unknown = [
            word
            for place, side in enumerate(options)
            for word in side.unknown
            if not word.islower() and not (place in told and word.isupper())  # found by what it stands for
        ]
        silent = [side.name for place, side in enumerate(options) if place not in told and not pool.touches(side)]
        if unknown:
            self._desk.add_note(_NOT_NAMED.format(_listed(unknown)))
        elif silent:
            self._desk.add_note(_NOT_TOLD_OF.format(_listed(silent)))


class _Pool:
    """The sentences on what is compared, by which of the options each names."""

    def __init__(self, desk: Desk, options: Sequence[Side], vector: Vectors, hits: Sequence[Hit]) -> None:
        self._options = options
        self._query = desk.asked.query
        near = gather(desk.generation, hits, aims=[(vector, 1.0)])
        near = [one for one in near if one.evidence.relevance >= _FLOOR]
        self._asked = max((one.nearest_asked(vector) for one in near), default=0.0) - _OTHER_QUESTIONS
        near = [one for one in near if self._is_on_it(one, vector)]
        telling = desk.telling(self._query)
        matter = {term: weight for term, weight in telling.items() if not any(term in side.words for side in options)}
        ranked = relevance.ranked(near, self._query, telling=telling, vector=vector)
        self._on = [(_on_matter(one, matter), self._named(one)) for one in ranked]
        self.told = frozenset(place for _, named in self._on for place in named)
        for place, side in enumerate(options):
            if place not in self.told:
                self._look_up(desk, side, place, vector)

    def _look_up(self, desk: Desk, side: Side, place: int, vector: Vectors) -> None:
        """Take what names an option that nothing near the question names."""
        held = gather(desk.generation, desk.searcher.holding(side.name, k=_HOLDING), aims=[(vector, 1.0)])
        held = [one for one in held if self._is_on_it(one, vector)]
        found = [(one, named) for one in held if place in (named := self._named(one))]
        self._on += found
        self.told |= frozenset({place}) if found else frozenset()

    def _is_on_it(self, one: Candidate, vector: Vectors) -> bool:
        """Whether a sentence is not known to answer other questions alone."""
        return one.asked is None or one.nearest_asked(vector) >= self._asked

    def touches(self, side: Side) -> bool:
        """Whether a sentence holds half of an option, by weight of its words, though not the option as it is called."""
        half = sum(side.weights[word] for word in side.words) / 2
        held = (set(lexical.terms(one.evidence.quote)) for one, _ in self._on)
        return any(sum(side.weights[word] for word in side.words if word in own) >= half for own in held)

    def _named(self, one: Candidate) -> frozenset[int]:
        """The places of the options that a sentence names; where it names none, of the one that its heading names."""
        headings = one.evidence.headings
        above = " ".join((one.evidence.document.title, *headings))
        is_of_one = bool(headings) and not _SEVERAL.search(headings[-1])
        found = sides.named(self._options, one.evidence.quote, above=above)
        over = sides.named(self._options, headings[-1]) if is_of_one and not found else frozenset()
        return found or (over if len(over) == 1 else frozenset())

    def lead(self) -> list[Candidate]:
        """The sentences that decide: those that name several options."""
        several = [_deciding(one, len(named), of=len(self._options)) for one, named in self._on if len(named) > 1]
        return compose.near_the_best(compose.choose(_in_order(several), count=_LEADING, floor=-1.0), least=1)

    def naming(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Those of sentences out of documents of which one names an option; all where none does."""
        documents = {one.evidence.document.id for one in candidates if self._named(one)}
        return [one for one in candidates if one.evidence.document.id in documents] or list(candidates)

    def filled(self, opened: Compared) -> Compared:
        """What is said, with the sentences on each option; with more of both where that is little in all."""
        lead = opened.lead
        said = self._with_each(opened, [self.of_side(place, used=lead) for place in range(len(self._options))])
        if len(said.each) > 1 and len(said.sentences) < _ENOUGH:
            places = range(len(self._options))
            wide = [self.of_side(place, used=lead, count=_MOST, fall=_DEEPER) for place in places]
            said = self._with_each(opened, wide)
        around = self._around(said.sentences, count=_ENOUGH - len(said.sentences))
        return replace(said, lead=tuple(compose.by_passage([*lead, *around]))) if around else said

    def _with_each(self, opened: Compared, each: Sequence[Sequence[Candidate]]) -> Compared:
        own = zip(self._options, each, strict=True)
        return replace(opened, each=tuple((side.name, tuple(some)) for side, some in own if some))

    def _around(self, said: Sequence[Candidate], *, count: int) -> list[Candidate]:
        """More out of the documents of what is said: of its own passages, and of sections that are about the choice."""
        documents = {one.evidence.document.id for one in said}
        passages = {one.evidence.hit.chunk.id for one in said}
        near = [
            one.raised(_gain(one.evidence.quote))
            for one, named in self._on
            if one.evidence.document.id in documents
            and (one.evidence.hit.chunk.id in passages or self._is_on_the_choice(one, named))
        ]
        # What was said may be weighed by another rule, so these are measured by the best of them.
        best = max((one.evidence.relevance for one in near), default=0.0)
        return compose.more(said, near, count=count, best=best)

    def _is_on_the_choice(self, one: Candidate, named: frozenset[int]) -> bool:
        """Whether a sentence names an option, or stands under a heading that does or that is about choosing."""
        above = relevance.heading(one)
        return bool(named or sides.named(self._options, above) or _ON_THE_CHOICE.search(above))

    def of_side(
        self, place: int, *, used: Sequence[Candidate], count: int = _OF_SIDE, fall: float = _FALL
    ) -> list[Candidate]:
        """Up to `count` sentences on one option alone, none further below the best of them than `fall`."""
        side = self._options[place]
        own = _in_order(self._telling(one, side) for one, named in self._on if named == {place})
        best = max((one.evidence.relevance for one in used), default=0.0)
        floor = max(own[0].evidence.relevance - fall, best - _BELOW_THE_LEAD) if own else 0.0
        return compose.choose(own, count=count, floor=floor, used=used, of_one=count)

    def _telling(self, one: Candidate, side: Side) -> Candidate:
        """A sentence on one option with what it gains by saying when it wins, at what price, or what it is."""
        quote = one.evidence.quote
        gain = _gain(quote)
        if _DIFFERENCE.search(self._query) and compare.defines(quote, side.name):
            gain += _MEANS
        return one.raised(gain)


def _gain(quote: str) -> float:
    """What a sentence gains by saying when something wins, and at what price."""
    return _ON_IT * bool(_WINS.search(quote)) + _ON_IT / 2 * bool(_AT_A_PRICE.search(quote))


def _on_matter(one: Candidate, matter: Mapping[str, float]) -> Candidate:
    """A sentence with what it gains by holding what is asked beside the options."""
    return one.raised(_MATTER * relevance.share(matter, lexical.terms(one.evidence.quote)))


def _deciding(one: Candidate, named: int, *, of: int) -> Candidate:
    """A sentence that names several options with what it gains by naming all, and by saying which wins."""
    gain = _ALL * (named == of) + _DECIDES * bool(_DECIDING.search(one.evidence.quote))
    return one.raised(gain)


def _in_order(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The most relevant first."""
    return sorted(candidates, key=lambda one: -one.evidence.relevance)


def _in_turn(found: Sequence[Sequence[Hit]]) -> list[Hit]:
    """The first of each, then the second of each, and so on."""
    return [hit for some in zip_longest(*found) for hit in some if hit]


def _near_the_best(hits: Sequence[Hit]) -> list[Hit]:
    """The hits that are still on the matter of the best."""
    best = max((hit.score for hit in hits), default=0.0)
    return [hit for hit in hits if hit.score >= _NEAR_THE_BEST * best]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)
