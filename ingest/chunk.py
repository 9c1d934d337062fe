"""Chunks: slices of a document that fit the embedder's window and keep to its structure.

A chunk never crosses a section, except that small neighbouring sections of one parent share one, and that a heading
with nothing of its own goes with what stands under it: alone it would be a hit that says nothing. What does not fit is
cut where it hurts least: between blocks, then between sentences (lines in code and tables), then between words.
Lengths are word pieces, counted by the embedder's own tokenizer; the header that is indexed with the text is counted
in, so nothing that is indexed is cut off by the model's window.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from ingest.sentences import Span, split
from ingest.structure import sections
from ingest.types import Block, BlockKind, Chunk, Document, Section

VERSION = "2"

_SMALL = 60  # word pieces under which a section is joined to its neighbour: a heading and a line or two
_MIN_BODY = 48  # word pieces that a header must leave for the text itself
_LINES = frozenset({BlockKind.CODE, BlockKind.TABLE})

CountTokens = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class _Group:
    """Neighbouring sections that are chunked as one."""

    headings: tuple[str, ...]
    step: int | None
    start: int
    end: int
    tokens: int
    is_bare: bool  # headings alone


def chunk(document: Document, *, count_tokens: CountTokens, max_tokens: int) -> list[Chunk]:
    """Cut a document into chunks.

    Args:
        document: The document; one without text gives no chunks.
        count_tokens: Word pieces in a text, special tokens left out.
        max_tokens: Word pieces that the embedder reads; at least 64.

    Returns:
        Chunks in order, not overlapping, each `document.text[start:end]`; together they hold every block.

    Raises:
        ValueError: If `max_tokens` is below 64.
    """
    if max_tokens < 64:
        raise ValueError(f"a chunk of {max_tokens} tokens is too small to be found, use 64 or more")
    return [
        made
        for group in _join_small(_groups(document, count_tokens), limit=max_tokens)
        for made in _chunks_of(document, group, count_tokens=count_tokens, max_tokens=max_tokens)
    ]


def whole(document: Document) -> list[Chunk]:
    """One chunk a document, its title as header: what evaluations call no chunking. Empty text gives none.

    The embedder reads as much of it as its window holds, the lexical index all of it.
    """
    if not document.text:
        return []
    return [Chunk(document.id, 0, len(document.text), document.text, header=document.title)]


def _groups(document: Document, count_tokens: CountTokens) -> Iterator[_Group]:
    for section in sections(document):
        if document.text[section.start : section.end].strip():
            yield _group(document, section, count_tokens)


def _group(document: Document, section: Section, count_tokens: CountTokens) -> _Group:
    tokens = count_tokens(document.text[section.start : section.end])
    kinds = {block.kind for block in document.blocks if section.start <= block.start < section.end}
    return _Group(section.headings, section.step, section.start, section.end, tokens, kinds <= {BlockKind.HEADING})


def _join_small(groups: Iterable[_Group], *, limit: int) -> Iterator[_Group]:
    """Join neighbours of which one is small, as long as they stand under one parent and fit together.

    A heading alone is joined to what stands under it in any case.
    """
    held: _Group | None = None
    for group in groups:
        if held is not None and held.is_bare and _is_under(held, group):
            held = replace(group, start=held.start, tokens=held.tokens + group.tokens)
            continue
        if held is not None and _belong_together(held, group, limit=limit):
            held = replace(
                held,
                headings=_common(held.headings, group.headings),
                end=group.end,
                tokens=held.tokens + group.tokens,
                is_bare=held.is_bare and group.is_bare,
            )
            continue
        if held is not None:
            yield held
        held = group
    if held is not None:
        yield held


def _is_under(above: _Group, group: _Group) -> bool:
    return group.headings[: len(above.headings)] == above.headings and above.step in (None, group.step)


def _belong_together(left: _Group, right: _Group, *, limit: int) -> bool:
    shared = len(_common(left.headings, right.headings))
    one_parent = shared >= min(len(left.headings), len(right.headings)) - 1
    room = limit - _MIN_BODY
    small = left.tokens < _SMALL or right.tokens < _SMALL
    return one_parent and small and left.tokens + right.tokens <= room and left.step == right.step


def _common(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[str, ...]:
    same = 0
    while same < min(len(left), len(right)) and left[same] == right[same]:
        same += 1
    return left[:same]


def _chunks_of(document: Document, group: _Group, *, count_tokens: CountTokens, max_tokens: int) -> Iterator[Chunk]:
    blocks = [block for block in document.blocks if group.start <= block.start < group.end]
    header = _header(document.title, group.headings, count_tokens=count_tokens, limit=max_tokens - _MIN_BODY)
    room = max_tokens - count_tokens(header)
    for span in _pack(_pieces(document.text, blocks, count_tokens=count_tokens, room=room), room=room):
        first = next(block for block in blocks if block.end > span.start)
        yield Chunk(
            document_id=document.id,
            start=span.start,
            end=span.end,
            text=document.text[span.start : span.end],
            header=header,
            headings=group.headings,
            step=group.step,
            page=first.page,
            seconds=first.seconds,
        )


def _header(title: str, headings: tuple[str, ...], *, count_tokens: CountTokens, limit: int) -> str:
    """Title › headings, shortened until it fits: outer headings first, then the ends of what is left."""
    path = [title, *headings]
    while len(path) > 1 and count_tokens(" › ".join(path)) > limit:
        del path[0]
    header = " › ".join(path)
    while header and count_tokens(header) > limit:
        header = header[: len(header) // 2].rstrip()
    return header


def _pieces(text: str, blocks: Iterable[Block], *, count_tokens: CountTokens, room: int) -> Iterator[tuple[Span, int]]:
    """The smallest units that chunks are packed from, each with its length, none longer than `room`."""
    for block in blocks:
        tokens = count_tokens(text[block.start : block.end])
        if tokens <= room:
            yield Span(block.start, block.end), tokens
            continue
        for part in _lines(text, block) if block.kind in _LINES else _sentences(text, block):
            yield from _halve(text, part, count_tokens=count_tokens, room=room)


def _sentences(text: str, block: Block) -> Iterator[Span]:
    for span in split(text[block.start : block.end]):
        yield Span(block.start + span.start, block.start + span.end)


def _lines(text: str, block: Block) -> Iterator[Span]:
    position = block.start
    for line in text[block.start : block.end].splitlines(keepends=True):
        body = line.rstrip()
        if body:
            yield Span(position, position + len(body))
        position += len(line)


def _halve(text: str, span: Span, *, count_tokens: CountTokens, room: int) -> Iterator[tuple[Span, int]]:
    """Cut a span near its middle, at white space where there is any, until each part fits."""
    tokens = count_tokens(text[span.start : span.end])
    if tokens <= room or span.end - span.start < 2:
        yield span, tokens
        return
    middle = (span.start + span.end) // 2
    space = text.rfind(" ", span.start + 1, middle)
    left_end, right_start = (space, space + 1) if space > 0 else (middle, middle)
    yield from _halve(text, Span(span.start, left_end), count_tokens=count_tokens, room=room)
    yield from _halve(text, Span(right_start, span.end), count_tokens=count_tokens, room=room)


def _pack(pieces: Iterable[tuple[Span, int]], *, room: int) -> Iterator[Span]:
    """Join neighbouring pieces greedily into spans of at most `room` word pieces."""
    start = end = used = 0
    for span, tokens in pieces:
        if used and used + tokens > room:
            yield Span(start, end)
            used = 0
        if not used:
            start = span.start
        end = span.end
        used += max(tokens, 1)
    if used:
        yield Span(start, end)
