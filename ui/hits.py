"""What a search found, as HTML: each passage with its words marked and its score taken apart. Pure functions.

A bar is drawn to the scale of the best hit's score, so that all bars of a list can be compared. In the hybrid and dense
modes the share of meaning has two parts, the passage's own and its whole document's (`index.context`); rank fusion adds
shares of ranks, which have no parts.
"""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from assistant.formula import STEPS
from index import context, lexical
from index.explain import DEPTHS, Explanation
from index.search import DEPTH
from index.types import DocumentInfo, Hit
from ui.marks import count, reader, select, table

GRADES = {"": "not judged", "3": "answers it", "2": "answers in part", "1": "is related", "0": "is not relevant"}
_BLANK = re.compile(r"\n\s*\n")  # a passage is shown without the blank lines between its paragraphs
_WORD = re.compile(r"\w+")
_METHODS = {"dense": "Meaning", "lexical": "Words", "asked": "Questions it answers"}
_DATED = 10


@dataclass(frozen=True, slots=True)
class Found:
    """One ranking.

    Attributes:
        hits: Best first.
        nearness: The query's cosine with whole documents, by document id; empty where the mode knows none.
        setting: What was searched with, in words.
        milliseconds: How long it took.
    """

    hits: Sequence[Hit]
    nearness: Mapping[str, float]
    setting: str
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a score: what gave it, how much, and how that stands in words."""

    name: str
    amount: float
    told: str


def ranking(found: Found, *, other: Found | None = None, is_second: bool = False) -> str:
    """A list of hits; beside another one, each says how it moved from there."""
    if not found.hits:
        return '<p class="ns-notice" role="status">Nothing was found. Take filters away, or search by other words.</p>'
    best = max(hit.score for hit in found.hits) or 1.0
    ranks = {hit.chunk.id: hit.rank for hit in other.hits} if other else None
    items = "".join(
        _hit(hit, found.nearness.get(hit.document.id), best=best, moved=_moved(hit, ranks), is_second=is_second)
        for hit in found.hits
    )
    return f'<ol class="ns-hits">{items}</ol>'


def both(first: Found, second: Found) -> str:
    """Two rankings side by side, and how far they agree."""
    shared = {hit.chunk.id for hit in first.hits} & {hit.chunk.id for hit in second.hits}
    same = sum(a.chunk.id == b.chunk.id for a, b in zip(first.hits, second.hits, strict=False))
    told = (
        f"{count(len(shared), 'passage')} of {max(len(first.hits), len(second.hits))} in both, {same} at the same rank."
    )
    columns = "".join(
        f'<section aria-label="{escape(one.setting)}"><h2 class="ns-setting">{escape(one.setting)} '
        f'<span class="ns-place">{one.milliseconds:.0f} ms</span></h2>'
        f"{ranking(one, other=other, is_second=one is second)}</section>"
        for one, other in ((first, second), (second, first))
    )
    return f'<p class="ns-quiet">{told}</p><div class="ns-both">{columns}</div>'


def _moved(hit: Hit, ranks: Mapping[str, int] | None) -> str:
    """How a hit stands in the other list."""
    if ranks is None:
        return ""
    there = ranks.get(hit.chunk.id)
    if there is None:
        return '<span class="ns-moved ns-only">only here</span>'
    if there == hit.rank:
        return '<span class="ns-moved">same rank</span>'
    arrow, way = ("▲", "up") if hit.rank < there else ("▼", "down")
    return f'<span class="ns-moved ns-{way}">{arrow} {way} {abs(hit.rank - there)}</span>'


def _hit(hit: Hit, nearness: float | None, *, best: float, moved: str, is_second: bool) -> str:
    info, chunk = hit.document, hit.chunk
    address = reader(info.id, start=chunk.start, end=chunk.end)
    grade = "" if is_second else _grade(hit)
    text = marked(_BLANK.sub("\n", chunk.text), frozenset(hit.trace.matched_terms))
    return (
        f'<li class="ns-hit" data-document="{escape(info.id)}" data-start="{chunk.start}" data-end="{chunk.end}">'
        f'<div class="ns-hit-head"><span class="ns-rank" aria-label="rank {hit.rank}">{hit.rank}</span>'
        f'<h3><a href="{escape(address)}">{escape(info.title)}</a></h3>{moved}</div>'
        f'<div class="ns-hit-text"><p class="ns-place">{escape(_place(hit))}</p>'
        f'<p class="ns-passage" data-more>{text}</p>{grade}</div>'
        f"{_bars(hit, nearness, best=best)}</li>"
    )


def _place(hit: Hit) -> str:
    info, chunk = hit.document, hit.chunk
    place = [*info.organisations[:2], info.kind, info.published[:_DATED], " › ".join(chunk.headings)]
    if chunk.page:
        place.append(f"page {chunk.page}")
    return " · ".join(one for one in place if one)


def _grade(hit: Hit) -> str:
    """How well a passage answers; shown while a question is being saved."""
    options = "".join(f'<option value="{value}">{text}</option>' for value, text in GRADES.items())
    return (
        f'<label class="ns-grade"><span>This passage <span class="ns-off">of rank {hit.rank}</span></span>'
        f'<select name="grade">{options}</select></label>'
    )


def marked(text: str, stems: AbstractSet[str]) -> str:
    """A text with the words of some stems marked, everything escaped."""
    pieces, last = [], 0
    for word in _WORD.finditer(text):
        if stems & _stems(word.group()):
            pieces += [escape(text[last : word.start()]), f"<mark>{escape(word.group())}</mark>"]
            last = word.end()
    return "".join([*pieces, escape(text[last:])])


@lru_cache(maxsize=20_000)
def _stems(word: str) -> frozenset[str]:
    """The stems of a word; none for a function word, which is not searched for."""
    return frozenset() if lexical.is_function_word(word) else frozenset(lexical.terms(word))


def parts(hit: Hit, nearness: float | None) -> list[Part]:
    """What a hit's score is the sum of."""
    found: list[Part] = []
    for method, trace in hit.trace.methods.items():
        told = f"rank {trace.rank} of this method, its score {trace.score:.2f}"
        if method == "dense" and nearness is not None and trace.score > 0:
            share = min(1.0, max(0.0, context.SHARE * nearness / trace.score))
            found += [
                Part("Meaning: passage", trace.share * (1 - share), told),
                Part("Meaning: document", trace.share * share, f"the whole document's cosine is {nearness:.2f}"),
            ]
        else:
            found.append(Part(_METHODS.get(method, method), trace.share, told))
    return found


def _bars(hit: Hit, nearness: float | None, *, best: float) -> str:
    rows = "".join(_bar(number, part, best) for number, part in enumerate(parts(hit, nearness)))
    total = f'<div class="ns-total"><dt>Score</dt><dd>{hit.score:.3f}</dd></div>'
    return f'<dl class="ns-why">{total}{rows}</dl>'


def _bar(number: int, part: Part, best: float) -> str:
    width = max(0.0, min(100.0, 100 * part.amount / best))
    return (
        f'<div class="ns-bar ns-bar-{number}" title="{escape(part.told)}"><dt>{escape(part.name)}</dt>'
        f'<dd>{part.amount:.3f}<span class="ns-track"><span style="width:{width:.1f}%"></span></span></dd></div>'
    )


def explanation(told: Explanation, info: DocumentInfo) -> str:
    """What became of one document."""
    rows = [
        (
            _METHODS.get(one.method, one.method),
            f"{one.rank:,}" if one.rank else "not found",
            f"{one.score:.3f}" if one.score is not None else "–",
            "yes" if one.rank and one.rank <= DEPTHS.get(one.method, DEPTH) else "no",
        )
        for one in told.standings
    ]
    head = ("Method", "Rank of its best passage", "Score", "Among its candidates")
    standings = table("Where each method puts it", head, rows) if rows else ""
    title = f'<a href="{escape(reader(info.id))}">{escape(info.title)}</a>'
    return f'<div class="ns-told"><p><strong>{title}</strong>: {escape(told.reason)}.</p>{standings}</div>'


def form(infos: Sequence[DocumentInfo], chosen: Mapping[str, Sequence[str]]) -> str:
    """The search's fields; `chosen` holds what the address says, by field."""
    one = {name: values[0] for name, values in chosen.items() if values}
    facets = "".join(
        _facet(name, label, _counted(infos, field), frozenset(chosen.get(name, ())))
        for name, label, field in (
            ("kinds", "Kind", "kind"),
            ("organisations", "Organisation", "organisations"),
            ("topics", "Topic", "topics"),
            ("sources", "Source", "source_id"),
        )
    )
    steps = {str(step.number): f"{step.number} {step.title}" for step in STEPS}
    stepped = _facet(
        "steps", "Step", {value: (text, 0) for value, text in steps.items()}, frozenset(chosen.get("steps", ()))
    )
    dates = "".join(
        f'<label class="ns-field"><span>{label}</span><input name="{name}" value="{escape(one.get(name, ""))}" '
        'placeholder="2019-06" inputmode="numeric" autocomplete="off" size="9" '
        'pattern="[12][0-9]{3}(-[01][0-9](-[0-3][0-9])?)?" '
        'title="a year, a month or a day: 2019, 2019-06, 2019-06-30"></label>'
        for name, label in (("since", "Published since"), ("until", "until"))
    )
    modes = {"hybrid": "meaning and words", "dense": "meaning", "lexical": "words", "rrf": "both, by rank alone"}
    against = {"": "nothing", **modes, "unfiltered": "the same without filters"}
    documents = "".join(f'<option value="{escape(info.title)}">' for info in infos[:2000])
    return (
        f'<div class="ns-filters">{facets}{stepped}{dates}'
        f"{select('mode', 'Search by', modes, chosen=one.get('mode', 'hybrid'))}"
        f"{select('against', 'Compare with', against, chosen=one.get('against', ''))}"
        f'<button type="button" class="ns-plainly" data-do="clear">Clear filters</button></div>'
        f'<datalist id="ns-documents">{documents}</datalist>'
    )


def _counted(infos: Sequence[DocumentInfo], field: str) -> dict[str, tuple[str, int]]:
    """Values of a field with the number of documents, the most frequent first."""
    counts: dict[str, int] = {}
    for info in infos:
        value = getattr(info, field)
        for each in (value,) if isinstance(value, str) else value:
            counts[each] = counts.get(each, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0].lower()))
    return {value: (value, number) for value, number in ordered if value}


def _facet(name: str, label: str, values: Mapping[str, tuple[str, int]], chosen: AbstractSet[str]) -> str:
    """Values to tick, folded away; what is ticked stands in the summary."""
    shown = dict.fromkeys([*(one for one in values if one in chosen), *sorted(chosen - values.keys()), *values])
    ticks = "".join(_tick(name, value, *values.get(value, (value, 0)), is_on=value in chosen) for value in shown)
    tally = f' <span class="ns-tally">{len(chosen)}</span>' if chosen else ""
    find = (
        f'<input type="search" class="ns-narrow" placeholder="Find" aria-label="Find in {escape(label)}">'
        if len(shown) > 12
        else ""
    )
    return (
        f'<details class="ns-facet"><summary>{escape(label)}{tally}</summary>'
        f'<fieldset><legend class="ns-off">{escape(label)}</legend>{find}{ticks}</fieldset></details>'
    )


def _tick(name: str, value: str, text: str, number: int, *, is_on: bool) -> str:
    mark = " checked" if is_on else ""
    tally = f' <span class="ns-place">{number}</span>' if number else ""
    return (
        f'<label class="ns-tick"><input type="checkbox" name="{name}" value="{escape(value)}"{mark}>'
        f"<span>{escape(text)}</span>{tally}</label>"
    )
