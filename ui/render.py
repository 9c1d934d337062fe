"""Answers and their sources as HTML. Pure functions.

Everything that comes from a source, a model or a question is escaped here; nothing else on the page writes source
text. A link is made of an http(s) address only.

An answer is shown in pieces, so that a long one costs no more a sentence than a short one, and its beginning is there
before its end is known: `opening` is the frame with empty slots, each of `pieces` is added to the end of its slot, so
are those of `closing`. `Growing` gives the same pieces of an answer that is still made. `turn` is the page's own id for
one question with its answer.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from assistant import views
from assistant.types import Answer, AnswerSection, Citation, Declined, Sentence, Table, Verdict
from assistant.views import View
from index.types import Hit
from ui.places import Place

Places = Callable[[Citation], Place]

REASONS = ("It is wrong", "It does not answer what I asked", "Something is missing", "A citation does not fit")

_THUMB = (
    '<svg viewBox="0 0 24 24" width="15" height="15" aria-hidden="true"><path fill="none" stroke="currentColor" '
    'stroke-width="1.8" stroke-linejoin="round" d="M7 11v9H3v-9zm0 0 4-8c1.7 0 2.5 1 2.5 2.5V9H20c1 0 1.6.9 '
    '1.4 1.8l-1.6 7.5c-.2 1-1 1.7-2 1.7H7"/></svg>'
)
_NOTHING = "The library has nothing on this."
_COMPARISON, _ALTERNATIVES = "Comparison", "Alternatives weighed"
_BODY, _SUMMARY, _TABLE, _END = "body", "summary", "table", "end"
_VERDICTS = {
    Verdict.SUPPORTED: "supported",
    Verdict.PARTLY: "partly supported",
    Verdict.UNSUPPORTED: "not supported",
    Verdict.UNCITED: "no source",
}
_VIEWS = {View.DOCUMENT: "Design document", View.INTERVIEW: "Interview", View.PAGE: "One page"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an answer.

    Attributes:
        slot: Where in the frame it is added.
        cards: The passages that it cites for the first time.
    """

    slot: str
    html: str
    cards: str = ""


def opening(result: Answer | Declined) -> str:
    """The frame of a turn: the question and empty slots; for an answer that grows its beginning is enough."""
    body = _declined(result) if isinstance(result, Declined) else _frame(result)
    return f"{_question(result.question.text)}{body}"


def pieces(result: Answer | Declined, *, turn: str, places: Places) -> Iterator[Piece]:
    """What fills the slots, in reading order; for a declined question what the library says instead, if anything."""
    return Growing(turn=turn, places=places).more(result)


class Growing:
    """Draws an answer while it is made: of each beginning of it the pieces that were not drawn before."""

    def __init__(self, *, turn: str, places: Places) -> None:
        self._turn = turn
        self._places = places
        self._sections = 0
        self._has_table = False
        self._cards: set[int] = set()

    def more(self, result: Answer | Declined) -> Iterator[Piece]:
        """The further pieces, in reading order.

        Args:
            result: The answer as far as it is made, which begins as the one before it; or a declined question.
        """
        return self._further(result) if isinstance(result, Answer) else self._instead(result)

    def _further(self, answer: Answer) -> Iterator[Piece]:
        shown = (*answer.head, *answer.sections)
        cited = {one.number: one for one in answer.citations}
        members = _members(answer)
        for number in range(self._sections, len(shown)):
            yield from self._section(
                shown[number], number, members[number], cited, is_plain=_is_plain(answer) and not number
            )
        self._sections = len(shown)
        if answer.table and not self._has_table:
            self._has_table = True
            yield from self._table(answer, answer.table, cited)

    def _instead(self, declined: Declined) -> Iterator[Piece]:
        """The quotations by which a question was declined."""
        cited = {one.number: one for one in declined.citations}
        for sentence in declined.correction:
            yield Piece(_BODY, _sentence(sentence, self._turn, View), self._new_cards(sentence, cited))

    def _section(
        self,
        section: AnswerSection,
        number: int,
        members: list[list[str]],
        cited: Mapping[int, Citation],
        *,
        is_plain: bool,
    ) -> Iterator[Piece]:
        if is_plain and not section.sentences:
            return  # a comparison whose table says all there is
        frame = _plain(number) if is_plain else _folding(section, number, members, _age(section, cited, self._places))
        yield Piece(_BODY, frame)
        for sentence, names in zip(section.sentences, members, strict=True):
            yield Piece(_slot(number), _sentence(sentence, self._turn, names), self._new_cards(sentence, cited))

    def _table(self, answer: Answer, table: Table, cited: Mapping[int, Citation]) -> Iterator[Piece]:
        shown = [view.value for view in View if views.view(answer, view).table]
        yield Piece(_BODY, _table(table, label=_ALTERNATIVES if answer.head else _COMPARISON, shown=shown))
        for name, cells in zip(table.rows, table.cells, strict=True):
            cards = "".join(self._new_cards(cell, cited) for cell in cells if cell)
            yield Piece(_TABLE, _row(table, name, cells, self._turn), cards)

    def _new_cards(self, sentence: Sentence, cited: Mapping[int, Citation]) -> str:
        """The passages of a sentence that no sentence before it cites."""
        new = [number for number in sentence.citations if number not in self._cards]
        self._cards.update(new)
        return "".join(_card(cited[number], self._turn, self._places(cited[number])) for number in new)


def closing(result: Answer | Declined, *, turn: str, suggestions: Sequence[str] = ()) -> list[Piece]:
    """What is known when all of an answer is: its figures above it, below it sources, actions and what to ask next."""
    if isinstance(result, Declined):
        cards = "".join(_found(hit, turn, place) for place, hit in enumerate(result.found, start=1))
        nearest = f'<p class="ns-group">Nearest passages, not enough to answer</p>{cards}' if cards else ""
        return [Piece(_END, _actions(turn, is_answer=False), nearest)]
    also = "".join(_found(hit, turn, place) for place, hit in enumerate(result.also_retrieved, start=1))
    cards = f'<p class="ns-group" id="{_id(turn, "also")}">Also retrieved, not cited</p>{also}' if also else ""
    below = f"{_sources(result, turn)}{_actions(turn, is_answer=True)}{_follow_ups(suggestions)}"
    return [Piece(_SUMMARY, _summary(result)), Piece(_END, below, cards)]


def alert(message: str) -> str:
    """A sentence that must not be overlooked."""
    return f'<p class="ns-notice" role="alert">{escape(message)}</p>'


def link(url: str, text: str = "open the source ↗") -> str:
    """A link to an http(s) address that opens apart; nothing for any other address."""
    if not url.startswith(("http://", "https://")):
        return ""
    return f'<a class="ns-link" href="{escape(url)}" target="_blank" rel="noopener noreferrer">{escape(text)}</a>'


def suggestion(text: str, *, kind: str = "") -> str:
    """A button that asks a question."""
    label = f'<span class="ns-kind">{escape(kind)}</span>' if kind else ""
    return f'<button type="button" class="ns-suggest" data-ask="{escape(text)}">{label}{escape(text)}</button>'


def _id(turn: str, name: str | int) -> str:
    return f"ns-{turn}-{name}"


def _question(text: str) -> str:
    return f'<h2 class="ns-question">{escape(text.strip())}</h2>'


def _frame(answer: Answer) -> str:
    note = f'<p class="ns-note">{escape(answer.note)}</p>' if answer.note else ""
    switch = f'<div class="ns-views" role="group" aria-label="View">{_switch()}</div>' if answer.head else ""
    meta = f'<div class="ns-meta"><p class="ns-summary" data-slot="{_SUMMARY}"></p>{switch}</div>'
    return f'{meta}{note}<div class="ns-body" data-slot="{_BODY}"></div>'


def _summary(answer: Answer) -> str:
    sentences = answer.sentences
    supported = sum(one.verdict is Verdict.SUPPORTED for one in sentences)
    documents = len({citation.document_id for citation in answer.citations})
    seconds = answer.timings_ms.get("total", 0.0) / 1000
    return (
        f"<span><b>{supported} of {len(sentences)}</b> sentences supported</span>"
        f"<span>{_count(len(answer.citations), 'quotation')} from {_count(documents, 'document')}</span>"
        f"<span>{seconds:.2f} s</span>"
    )


def _switch() -> str:
    return "".join(
        f'<button type="button" data-view="{view}" aria-pressed="{str(view is View.DOCUMENT).lower()}">{name}</button>'
        for view, name in _VIEWS.items()
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _members(answer: Answer) -> list[list[list[str]]]:
    """For each sentence of each section the views that show it; a view keeps a section's first sentences."""
    shown = (*answer.head, *answer.sections)
    names: list[list[list[str]]] = [[[] for _ in section.sentences] for section in shown]
    for view in View:
        seen = views.view(answer, view)
        kept = [*seen.head, *([None] * (len(answer.head) - len(seen.head))), *seen.sections]
        for section, own in zip(kept, names, strict=True):
            for sentence_views in own[: len(section.sentences) if section else 0]:
                sentence_views.append(view.value)
    return names


def _is_plain(answer: Answer) -> bool:
    """Whether the answer is no design: its first section, for a fact the only one, needs no title."""
    return not answer.head and all(section.step is None for section in answer.sections)


def _slot(number: int) -> str:
    """The slot of a section's sentences."""
    return f"s{number}"


def _plain(number: int) -> str:
    return f'<div class="ns-plain"><div data-slot="{_slot(number)}"></div></div>'


def _folding(section: AnswerSection, number: int, members: list[list[str]], age: str) -> str:
    """A section under its title, with how much and how old its evidence is."""
    nothing = "" if section.sentences else f'<p class="ns-nothing">{_NOTHING}</p>'
    step = f'<span class="ns-step">{section.step}</span>' if section.step else ""
    minutes = f'<span class="ns-minutes">{views.MINUTES[section.step]} min</span>' if section.step else ""
    everywhere = " ".join(dict.fromkeys(name for one in members for name in one)) if members else " ".join(View)
    return (
        f'<details class="ns-section{" ns-numbered" if step else ""}" data-in="{everywhere}" open>'
        f'<summary>{step}<span class="ns-title">'
        f'{escape(section.title)}</span>{minutes}<span class="ns-tally">{_tally(members)}{age}</span></summary>'
        f'<div data-slot="{_slot(number)}">{nothing}</div></details>'
    )


def _tally(members: list[list[str]]) -> str:
    """How many sentences a section has, and of how many of them a view shows only some."""
    total = len(members)
    if not total:
        return "nothing found"
    by_count: dict[int, list[str]] = {}
    for view in View:
        by_count.setdefault(sum(view in names for names in members) or total, []).append(view)
    if len(by_count) == 1:
        return _count(total, "quotation")
    of_all = _count(total, "quotation")
    return "".join(
        f'<span data-in="{" ".join(names)}">{of_all if shown == total else f"{shown} of {of_all}"}</span>'
        for shown, names in by_count.items()
    )


def _age(section: AnswerSection, cited: Mapping[int, Citation], places: Places) -> str:
    """The years that a section's evidence was published in."""
    numbers = [number for sentence in section.sentences for number in sentence.citations]
    years = sorted({year for number in numbers if (year := places(cited[number]).year)})
    if not years:
        return " · undated" if numbers else ""
    return f" · {years[0]}" if len(years) == 1 else f" · {years[0]}–{years[-1]}"


def _sentence(sentence: Sentence, turn: str, members: Iterable[str]) -> str:
    return f'<p class="ns-sentence" data-in="{" ".join(members)}">{_told(sentence, turn)}</p>'


def _told(sentence: Sentence, turn: str) -> str:
    """A sentence with its chips and the verdict on it, which do not part from its last word."""
    return f'{escape(sentence.text)}<span class="ns-marks">\u2060{_chips(sentence, turn)}{_verdict(sentence)}</span>'


def _chips(sentence: Sentence, turn: str) -> str:
    return "".join(
        f'<button type="button" class="ns-chip" data-cite="{_id(turn, n)}" aria-label="Source {n}">{n}</button>'
        for n in sentence.citations
    )


def _verdict(sentence: Sentence) -> str:
    """The verdict in words; full support, which is the rule, is a drawn tick with its words for screen readers."""
    words = _VERDICTS[sentence.verdict]
    shown = f'<span class="ns-off">{words}</span>' if sentence.verdict is Verdict.SUPPORTED else words
    return f'<span class="ns-verdict" data-verdict="{sentence.verdict}" title="{words}">{shown}</span>'


def _table(table: Table, *, label: str, shown: Iterable[str]) -> str:
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in table.columns)
    caption = f"<caption>{label}</caption>" if label == _ALTERNATIVES else ""  # a comparison's follows its sentences
    place = f'data-in="{" ".join(shown)}" role="region" aria-label="{label}" tabindex="0"'
    return (
        f'<div class="ns-table ns-comparison" {place}><table>{caption}<thead><tr><td></td>{head}</tr></thead>'
        f'<tbody data-slot="{_TABLE}"></tbody></table></div>'
    )


def _row(table: Table, name: str, cells: Sequence[Sentence | None], turn: str) -> str:
    shown = "".join(_cell(title, cell, turn) for title, cell in zip(table.columns, cells, strict=True))
    return f'<tr><th scope="row">{escape(name)}</th>{shown}</tr>'


def _cell(title: str, cell: Sentence | None, turn: str) -> str:
    """A cell with its column's title, which a narrow screen shows in place of the table's head."""
    label = f'data-label="{escape(title)}"'
    if cell is None:
        return f'<td {label} class="ns-nothing">not stated</td>'
    return f"<td {label}>{_told(cell, turn)}</td>"


def _card(citation: Citation, turn: str, place: Place) -> str:
    note = f'<p class="ns-note">{escape(place.note)}</p>' if place.note else ""
    links = (link(place.live, "Live page ↗"), link(place.archived, "Archived copy ↗"), _reader(place.whole))
    number = citation.number
    return (
        f'<article class="ns-card" id="{_id(turn, number)}" tabindex="-1" aria-label="Source {number}">'
        f'<header><span class="ns-number">{number}</span><h3>{escape(citation.title)}</h3></header>'
        f'<p class="ns-place">{escape(" · ".join((*place.facts, *_where(citation))))}</p>'
        f'<p class="ns-place">{escape(" › ".join(citation.headings))}</p>{note}'
        f'<blockquote>{escape(place.before)}<mark class="ns-quote">{escape(citation.quote)}</mark>'
        f'{escape(place.after)}</blockquote><footer class="ns-foot">{"".join(links)}</footer></article>'
    )


def _where(citation: Citation) -> list[str]:
    """Page of a PDF, time of a video."""
    where = [f"page {citation.page}"] if citation.page else []
    if citation.seconds is not None:
        minutes, seconds = divmod(int(citation.seconds), 60)
        where.append(f"at {minutes}:{seconds:02}")
    return where


def _reader(address: str) -> str:
    return f'<a class="ns-link" href="{escape(address)}">Whole document</a>' if address else ""


def _found(hit: Hit, turn: str, place: int) -> str:
    """A passage that was found and is not cited."""
    text = " ".join(hit.chunk.text.split())
    headings = " › ".join(hit.chunk.headings)
    return (
        f'<article class="ns-card ns-uncited" id="{_id(turn, f"f{place}")}" tabindex="-1"><header>'
        f'<h3>{escape(hit.document.title)}</h3></header><p class="ns-place">{escape(headings)}</p>'
        f"<blockquote>{escape(text[:320])}{'…' if len(text) > 320 else ''}</blockquote>"
        f'<footer class="ns-foot">{link(hit.document.url, "Live page ↗")}</footer></article>'
    )


def _sources(answer: Answer, turn: str) -> str:
    """The cited documents, each with its numbers, and apart from them how much was retrieved and not cited."""
    titles: dict[str, list[Citation]] = {}
    for one in answer.citations:
        titles.setdefault(one.document_id, []).append(one)
    cited = "".join(_source(group, turn) for group in titles.values())
    also = len(answer.also_retrieved)
    more = (
        f'<button type="button" class="ns-more" data-cite="{_id(turn, "also")}">'
        f"{_count(also, 'passage')} also retrieved, not cited</button>"
        if also
        else ""
    )
    return f'<div class="ns-sources"><h3>Cited</h3><ol>{cited}</ol>{more}</div>'


def _source(citations: Sequence[Citation], turn: str) -> str:
    chips = "".join(
        f'<button type="button" class="ns-chip" data-cite="{_id(turn, one.number)}" aria-label="Source {one.number}">'
        f"{one.number}</button>"
        for one in citations
    )
    return f'<li><span>{escape(citations[0].title)}</span><span class="ns-marks">{chips}</span></li>'


def _actions(turn: str, *, is_answer: bool) -> str:
    names = {"copy": "Copy", "markdown": "Markdown", "pdf": "PDF", "share": "Link"} if is_answer else {}
    buttons = "".join(
        f'<button type="button" class="ns-act" data-act="{act}">{name}</button>'
        for act, name in (names | {"again": "Ask again"}).items()
    )
    thumbs = (
        '<span class="ns-thumbs"><button type="button" class="ns-act" data-act="helpful" aria-pressed="false">'
        f"{_THUMB}Helpful</button>"
        '<button type="button" class="ns-act" data-act="unhelpful" aria-pressed="false" aria-expanded="false">'
        f"{_THUMB}Not helpful</button></span>"
    )
    return (
        f'<div class="ns-actions" role="group" aria-label="This answer">{buttons}{thumbs}</div>{_reasons(turn)}'
        '<p class="ns-said" role="status"></p>'
    )


def _reasons(turn: str) -> str:
    choices = "".join(
        f'<label><input type="radio" name="{_id(turn, "reason")}" value="{escape(one)}"> {escape(one)}</label>'
        for one in REASONS
    )
    return (
        f'<form class="ns-reasons" hidden><fieldset><legend>What is the matter?</legend>{choices}</fieldset>'
        '<label>Anything else <input type="text" name="comment" maxlength="500" autocomplete="off"></label>'
        '<button type="submit" class="ns-act">Send</button></form>'
    )


def _follow_ups(suggestions: Sequence[str]) -> str:
    if not suggestions:
        return ""
    buttons = "".join(suggestion(text) for text in suggestions)
    return f'<div class="ns-follow"><h3>Ask next</h3>{buttons}</div>'


def _declined(result: Declined) -> str:
    topics = "".join(suggestion(title) for title in result.nearest_topics)
    nearest = f'<p class="ns-quiet">The library does have something on:</p><div>{topics}</div>' if topics else ""
    told = f'<div class="ns-body" data-slot="{_BODY}"></div>' if result.correction else ""
    return f'<div class="ns-declined"><p>{escape(result.reason)}</p>{told}{nearest}</div>'
