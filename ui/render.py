"""Answers and their sources as HTML. Pure functions.

Everything that comes from a source or a question is escaped here; nothing else on the page writes source text. A link
is made of an http(s) address only.
"""

from collections.abc import Callable, Sequence
from html import escape

from assistant.types import Answer, AnswerSection, Citation, Declined, Sentence, Table, Verdict

Context = Callable[[Citation], tuple[str, str]]

_NOTHING = "The library has nothing on this."
_VERDICTS = {
    Verdict.SUPPORTED: "",
    Verdict.PARTLY: "partly supported",
    Verdict.UNSUPPORTED: "not supported",
    Verdict.UNCITED: "no source",
}


def turn(question: str, result: Answer | Declined, *, number: int) -> str:
    """One question with its answer; `number` tells the turns of a conversation apart."""
    body = _declined(result) if isinstance(result, Declined) else _answer(result, number)
    return f'<article class="ns-turn"><h2 class="ns-question">{escape(question.strip())}</h2>{body}</article>'


def notice(question: str, message: str) -> str:
    """A question that could not be answered, with a friendly line in place of an answer."""
    shown = question.strip()[:200]
    head = f'<h2 class="ns-question">{escape(shown)}</h2>' if shown else ""
    return f'<article class="ns-turn">{head}{alert(message)}</article>'


def alert(message: str) -> str:
    """A sentence that must not be overlooked."""
    return f'<p class="ns-notice" role="alert">{escape(message)}</p>'


def passages(result: Answer | Declined, *, number: int, context: Context) -> str:
    """The cited passages of a turn: a card a citation, the quotation marked in its surroundings."""
    if isinstance(result, Declined):
        cards = "".join(_found(hit.document.title, hit.chunk.headings, hit.chunk.text) for hit in result.found)
        head = "Nearest passages"
    else:
        cards = "".join(_card(one, number, context) for one in result.citations)
        head = f"{len(result.citations)} cited passages"
    return f'<section class="ns-passages" data-turn="{number}" aria-label="{head}"><h3>{head}</h3>{cards}</section>'


def link(url: str) -> str:
    """A link to an http(s) address that opens apart; nothing for any other address."""
    if not url.startswith(("http://", "https://")):
        return ""
    return f'<a class="ns-link" href="{escape(url)}" target="_blank" rel="noopener noreferrer">open the source ↗</a>'


def _answer(result: Answer, number: int) -> str:
    shown = (*result.head, *result.sections)
    sections = "".join(_section(section, number, len(shown)) for section in shown)
    table = _table(result.table, number) if result.table else ""
    sentences = result.sentences
    supported = sum(one.verdict is Verdict.SUPPORTED for one in sentences)
    documents = len({citation.document_id for citation in result.citations})
    total = result.timings_ms.get("total", 0.0)
    summary = (
        f"{supported} of {len(sentences)} sentences supported · {len(result.citations)} quotations from "
        f"{documents} documents · {total:.0f} ms"
    )
    note = f'<p class="ns-summary">{escape(result.note)}</p>' if result.note else ""
    return f'<p class="ns-summary">{summary}</p>{note}{sections}{table}'


def _table(table: Table, number: int) -> str:
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in table.columns)
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{_cells(table.columns, cells, number)}</tr>'
        for name, cells in zip(table.rows, table.cells, strict=True)
    )
    return (
        '<div class="ns-table" role="region" aria-label="Comparison" tabindex="0"><table><thead><tr><td></td>'
        f"{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _cells(columns: Sequence[str], cells: Sequence[Sentence | None], number: int) -> str:
    return "".join(_cell(title, cell, number) for title, cell in zip(columns, cells, strict=True))


def _cell(title: str, cell: Sentence | None, number: int) -> str:
    """A cell with its column's title, which a narrow screen shows in place of the table's head."""
    label = f'data-label="{escape(title)}"'
    if cell is None:
        return f'<td {label} class="ns-nothing">not stated</td>'
    return f"<td {label}>{escape(cell.text)} {_chips(cell, number)}{_verdict(cell)}</td>"


def _section(section: AnswerSection, number: int, count: int) -> str:
    body = _paragraph(section.sentences, number) or f'<p class="ns-nothing">{_NOTHING}</p>'
    if count == 1:
        return body
    step = f'<span class="ns-step">{section.step}</span> ' if section.step else ""
    tally = f'<span class="ns-tally">{len(section.sentences)} quoted</span>'
    return (
        f'<details class="ns-section" open><summary>{step}<span class="ns-title">{escape(section.title)}</span>{tally}'
        f"</summary>{body}</details>"
    )


def _paragraph(sentences: Sequence[Sentence], number: int) -> str:
    return "".join(f"<p>{escape(one.text)} {_chips(one, number)}{_verdict(one)}</p>" for one in sentences)


def _chips(sentence: Sentence, number: int) -> str:
    return " ".join(
        f'<button type="button" class="ns-chip" data-cite="ns-cite-{number}-{n}" data-turn="{number}" '
        f'aria-label="Show source {n}">{n}</button>'
        for n in sentence.citations
    )


def _verdict(sentence: Sentence) -> str:
    words = _VERDICTS[sentence.verdict]
    return f' <span class="ns-verdict">{words}</span>' if words else ""


def _card(citation: Citation, number: int, context: Context) -> str:
    before, after = context(citation)
    place = " › ".join(citation.headings)
    page = f" · page {citation.page}" if citation.page else ""
    return (
        f'<article class="ns-card" id="ns-cite-{number}-{citation.number}" tabindex="-1">'
        f'<header><span class="ns-number">{citation.number}</span> <strong>{escape(citation.title)}</strong></header>'
        f'<p class="ns-place">{escape(place)}{page}</p>'
        f'<blockquote>{escape(before)}<mark class="ns-quote">{escape(citation.quote)}</mark>'
        f"{escape(after)}</blockquote>"
        f"<footer>{link(citation.url)}"
        f'<a class="ns-link" href="/v1/documents/{escape(citation.document_id)}" target="_blank" rel="noopener">'
        f"whole document</a> <span>characters {citation.start}–{citation.end}</span></footer></article>"
    )


def _found(title: str, headings: Sequence[str], text: str) -> str:
    place = " › ".join(headings)
    return (
        f'<article class="ns-card"><header><strong>{escape(title)}</strong></header>'
        f'<p class="ns-place">{escape(place)}</p><blockquote>{escape(text[:400])}</blockquote></article>'
    )


def _declined(result: Declined) -> str:
    topics = "".join(f"<li>{escape(title)}</li>" for title in result.nearest_topics)
    nearest = f'<p class="ns-place">The library does have:</p><ul>{topics}</ul>' if topics else ""
    told = "".join(f"<p>{escape(one.text)}</p>" for one in result.correction)
    return f'<div class="ns-declined"><p>{escape(result.reason)}</p>{told}{nearest}</div>'
