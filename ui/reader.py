"""The reader: a whole document as HTML, from its text and its blocks. Pure functions.

The text is shown as it is quoted: what stands between two blocks is white space, so every character of a place that is
marked is on the page. Markup in a source is text here; nothing of it becomes markup.
"""

from collections.abc import Iterator
from datetime import UTC
from html import escape
from itertools import groupby
from urllib.parse import urlencode

from ingest.types import Block, BlockKind, Document, Via
from ui import render
from ui.marks import count

Span = tuple[int, int]

_CELL = " | "
_LISTS = frozenset({BlockKind.LIST_ITEM, BlockKind.REFERENCE})
_TAGS = {
    BlockKind.PARAGRAPH: "p",
    BlockKind.QUOTE: "blockquote",
    BlockKind.CAPTION: "p",
    BlockKind.FOOTNOTE: "p",
}
_CAME = {
    Via.LIVE: "fetched from its address",
    Via.MOVED: "fetched from where it has moved",
    Via.WAYBACK: "a copy from the Wayback Machine",
    Via.WARC: "read from the archive",
    Via.BUNDLED: "comes with ninestep",
}


def page(document: Document, *, span: Span | None = None) -> str:
    """A document with its outline; a place `[start, end)` is marked where the text has it."""
    marked = span if span and 0 <= span[0] < span[1] <= len(document.text) else None
    outline = _outline(document)
    unfound = (
        render.alert("The place that this link names is not in the text: the source has changed since.")
        if span and not marked
        else ""
    )
    return (
        f'<div class="ns-reader{" ns-has-outline" if outline else ""}">{outline}<article class="ns-document" lang="">'
        f'<p class="ns-crumbs"><a href="/library">Library</a> <span aria-hidden="true">›</span> '
        f'<a href="/library?{escape(urlencode({"source": document.source_id}))}">{escape(document.source_id)}</a></p>'
        f"<h1>{escape(document.title)}</h1>{_facts(document)}{unfound}{_body(document, marked)}</article></div>"
    )


def _facts(document: Document) -> str:
    pages = max((block.page or 0 for block in document.blocks), default=0)
    facts = [
        ", ".join(document.authors[:6]),
        ", ".join(document.organisations),
        document.kind.value,
        f"published {document.published}" if document.published else "",
        f"{_CAME[document.via]}, {document.fetched_at.astimezone(UTC):%Y-%m-%d}",
        count(pages, "page") if pages else "",
        count(len(document.text.split()), "word"),
    ]
    shown = "".join(f"<span>{escape(fact)}</span>" for fact in facts if fact)
    note = f'<p class="ns-notice">{escape(document.note)}</p>' if document.note else ""
    topics = "".join(f"<li>{escape(topic)}</li>" for topic in document.topics)
    tagged = f'<ul class="ns-topics" aria-label="Topics">{topics}</ul>' if topics else ""
    address = render.link(document.url)
    return f'<p class="ns-facts">{shown}</p>{tagged}{f"<p>{address}</p>" if address else ""}{note}'


def _outline(document: Document) -> str:
    heads = [block for block in document.blocks if block.kind is BlockKind.HEADING and not _is_title(document, block)]
    if len(heads) < 2:
        return ""
    least = min(block.level for block in heads)
    items = "".join(
        f'<li style="--ns-depth:{min(block.level - least, 3)}"><a href="#at-{block.start}">'
        f"{escape(_text(document, block))}</a></li>"
        for block in heads
    )
    folded = f"<details open><summary>Outline</summary><ol>{items}</ol></details>"
    return f'<nav class="ns-outline" aria-label="Outline">{folded}</nav>'


def _is_title(document: Document, block: Block) -> bool:
    return _text(document, block) == document.title


def _text(document: Document, block: Block) -> str:
    return document.text[block.start : block.end]


def _body(document: Document, span: Span | None) -> str:
    return "".join(_pieces(document, span))


def _pieces(document: Document, span: Span | None) -> Iterator[str]:
    """Blocks in order, list items together, with the page or the second before the first block that stands on it."""
    page: int | None = None
    shown_seconds = -60.0
    for kind, group in groupby(document.blocks, key=lambda block: (block.kind, block.page)):
        blocks = list(group)
        if kind[1] is not None and kind[1] != page:
            page = kind[1]
            yield f'<p class="ns-folio" id="page-{page}"><span>page {page}</span></p>'
        seconds = blocks[0].seconds
        if seconds is not None and seconds - shown_seconds >= 30:
            shown_seconds = seconds
            yield f'<p class="ns-folio"><span>{clock(seconds)}</span></p>'
        yield from _group(document, kind[0], blocks, span)


def _group(document: Document, kind: BlockKind, blocks: list[Block], span: Span | None) -> Iterator[str]:
    if kind in _LISTS:
        items = "".join(f"<li>{_marked(document, block, span)}</li>" for block in blocks)
        yield f'<ul class="ns-{kind.value.replace(" ", "-")}s">{items}</ul>'
        return
    for block in blocks:
        yield _block(document, block, span)


def _block(document: Document, block: Block, span: Span | None) -> str:
    if block.kind is BlockKind.HEADING:
        if _is_title(document, block) and not _touches(block, span):
            return ""
        level = min(max(block.level, 2), 6)
        return f'<h{level} id="at-{block.start}" tabindex="-1">{_marked(document, block, span)}</h{level}>'
    if block.kind is BlockKind.CODE:
        return f'<pre tabindex="0"><code>{_marked(document, block, span)}</code></pre>'
    if block.kind is BlockKind.TABLE:
        return _table(document, block, span)
    tag = _TAGS[block.kind]
    mark = "" if block.kind in (BlockKind.PARAGRAPH, BlockKind.QUOTE) else f' class="ns-{block.kind.value}"'
    return f"<{tag}{mark}>{_marked(document, block, span)}</{tag}>"


def _table(document: Document, block: Block, span: Span | None) -> str:
    """A table from its lines; the first one is its head."""
    rows, at = [], block.start
    for number, line in enumerate(_text(document, block).split("\n")):
        cells, place = [], at
        tag = 'th scope="col"' if number == 0 else "td"
        for cell in line.split(_CELL):
            end = tag.partition(" ")[0]
            cells.append(f"<{tag}>{_between(document.text, place, place + len(cell), span)}</{end}>")
            place += len(cell) + len(_CELL)
        rows.append(f"<tr>{''.join(cells)}</tr>")
        at += len(line) + 1
    head, body = rows[0], "".join(rows[1:])
    return (
        '<div class="ns-table ns-plain-table" role="region" aria-label="Table" tabindex="0"><table>'
        f"<thead>{head}</thead><tbody>{body}</tbody></table></div>"
    )


def _touches(block: Block, span: Span | None) -> bool:
    return span is not None and span[0] < block.end and block.start < span[1]


def _marked(document: Document, block: Block, span: Span | None) -> str:
    return _between(document.text, block.start, block.end, span)


def _between(text: str, start: int, end: int, span: Span | None) -> str:
    """`text[start:end]`, what of it lies in the span marked."""
    low, high = (max(start, span[0]), min(end, span[1])) if span else (end, end)
    if low >= high:
        return escape(text[start:end])
    return f'{escape(text[start:low])}<mark class="ns-quote">{escape(text[low:high])}</mark>{escape(text[high:end])}'


def clock(seconds: float) -> str:
    """A place in a video: 1:02, or 1:00:05."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
