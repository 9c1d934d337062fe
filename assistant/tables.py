"""Tables of the library that already set side by side what a question compares.

A row is quoted as it stands in its document: every cell is a piece of the row that is cited. Where the options are the
columns instead, the table is turned over, and each cell cites the row that it stands in. A question of fact is answered
by a table, too, where its titles, its head and the names of its rows hold what the question asks about.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant import relevance
from assistant.evidence import is_harmless
from assistant.sides import Side, named
from assistant.types import Evidence
from index import lexical
from index.types import Hit
from ingest.types import BlockKind, Document

_BETWEEN = " | "
_MOST_ROWS = 6
_LONGEST_CELL = 300  # characters
_MOST_ON_IT = 8  # rows of a table that answers a question of fact; a longer one is a register
_KINDS = re.compile(
    r"\b(?:which|what)(?: (?:other|different|main|common|possible))?"
    r" (?:criteria|metrics|measures|options|kinds?|types?|methods|ways|choices|causes|signals|sources|approaches"
    r"|techniques|strategies|algorithms|losses|formats|failures|fallbacks)\b|\bwhat are the\b",
    re.IGNORECASE,
)
_HELD_BY_KINDS = 0.25  # as _HELD, where the kinds of something are asked for, which is what a table lists
_HELD = 0.5  # of the weight of a question's telling words, in the titles, the head and the rows' names of such a table


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table.

    Attributes:
        start: Where it begins in the document.
        text: As it stands there.
    """

    start: int
    text: str

    @property
    def cells(self) -> list[str]:
        """What stands between its bars."""
        return [cell.strip() for cell in self.text.split(_BETWEEN)]


@dataclass(frozen=True, slots=True)
class Laid:
    """A table that sets the options side by side.

    Attributes:
        columns: What the options are compared by.
        rows: Names of what is compared.
        cells: For each row what each column says, and the evidence that says so.
        named: The places of the options that the rows are.
        hit: The passage that it stands in.
    """

    columns: tuple[str, ...]
    rows: tuple[str, ...]
    cells: tuple[tuple[tuple[str, Evidence], ...], ...]
    named: frozenset[int]
    hit: Hit


def laid(hits: Sequence[Hit], sides: Sequence[Side], *, document: Callable[[str], Document | None]) -> Laid | None:
    """The table among passages whose rows, or columns, are the most of the options; of equals that of the best passage.

    Args:
        hits: Found passages, best first.
        sides: What is compared.
        document: Gives the documents of the passages.
    """
    best: Laid | None = None
    documents: dict[str, Document | None] = {}
    for hit in hits:
        if _BETWEEN not in hit.chunk.text:
            continue
        id = hit.document.id
        held = documents[id] if id in documents else documents.setdefault(id, document(id))
        for rows in _tables(held, hit) if held else ():
            for found in (_by_row(rows, sides, hit), _by_column(rows, sides, hit)):
                if found and (best is None or len(found.named) > len(best.named)):
                    best = found
    return best


def on_matter(
    hits: Sequence[Hit],
    told: Mapping[str, float],
    *,
    document: Callable[[str], Document | None],
    least: float = _HELD,
) -> Laid | None:
    """The first table among passages that holds what a question asks about in its titles, its head and its rows' names.

    One telling word at least stands in the table itself.

    Args:
        hits: The passages that answer the question.
        told: The question's telling terms with their idf.
        document: Gives the documents of the passages.
        least: The share of the weight of those terms that a table must hold.
    """
    for hit in hits:
        if _BETWEEN not in hit.chunk.text or not (held := document(hit.document.id)):
            continue
        for rows in _tables(held, hit):
            if len(rows) <= _MOST_ON_IT + 1 and len(rows[0].cells) > 1 and _is_on_it(rows, hit, told, least):
                return _whole(rows, hit)
    return None


def fullest(
    hits: Sequence[Hit], told: Mapping[str, float], *, document: Callable[[str], Document | None]
) -> Laid | None:
    """The table that begins in passages and holds most of what a question asks about, in any cell; None without any.

    Args:
        hits: The passages of a document that is on the question as a whole.
        told: The question's telling terms with their idf.
        document: Gives the documents of the passages.
    """
    best, most = None, 0.0
    for hit in hits:
        if _BETWEEN not in hit.chunk.text or not (held := document(hit.document.id)):
            continue
        for rows in _tables(held, hit):
            own = relevance.share(told, lexical.terms(" ".join(row.text for row in rows)))
            if len(rows) <= _MOST_ON_IT + 1 and len(rows[0].cells) > 1 and own > most:
                best, most = _whole(rows, hit), own
    return best


def least(query: str) -> float:
    """The share of a question's weight from which a table is on it; less where kinds of a thing are asked for."""
    return _HELD_BY_KINDS if _KINDS.search(query) else _HELD


def whole(hits: Sequence[Hit], *, document: Callable[[str], Document | None]) -> Laid | None:
    """The first table that begins in passages, as it stands; None where there is none, or a register.

    Args:
        hits: The passages.
        document: Gives their documents.
    """
    for hit in hits:
        if _BETWEEN not in hit.chunk.text or not (held := document(hit.document.id)):
            continue
        for rows in _tables(held, hit):
            if len(rows) <= _MOST_ON_IT + 1 and len(rows[0].cells) > 1:
                return _whole(rows, hit)
    return None


def _is_on_it(rows: Sequence[Row], hit: Hit, told: Mapping[str, float], least: float) -> bool:
    own = lexical.terms(" ".join((rows[0].text, *(row.cells[0] for row in rows[1:]))))
    above = lexical.terms(" ".join((hit.document.title, *hit.chunk.headings)))
    return relevance.share(told, own) > 0 and relevance.share(told, [*own, *above]) >= least


def _whole(rows: Sequence[Row], hit: Hit) -> Laid:
    """A table as it stands."""
    head, *body = rows
    return Laid(
        columns=tuple(head.cells[1:]),
        rows=tuple(row.cells[0] for row in body),
        cells=tuple(tuple((cell, _evidence(row, hit)) for cell in row.cells[1:]) for row in body),
        named=frozenset(),
        hit=hit,
    )


def also_called(sides: Sequence[Side], laid: Laid) -> list[Side]:
    """Options with what a table calls them: of a row "One-stage (YOLO, SSD)" YOLO is named by "one-stage" as well."""
    found = list(sides)
    for name in laid.rows:
        kind, bracket, within = name.partition(" (")
        one = _which(within, sides, "") if kind and bracket and not named(sides, kind) else None
        if one is not None:
            found[one] = replace(found[one], meant=(*found[one].meant, tuple(lexical.terms(kind))))
    return found


def _tables(document: Document, hit: Hit) -> Iterator[list[Row]]:
    """The tables that begin in a passage, each as its lines, whose cells are as many."""
    for block in document.blocks:
        if block.kind is not BlockKind.TABLE or not hit.chunk.start <= block.start < hit.chunk.end:
            continue
        rows, at = [], block.start
        for line in document.text[block.start : block.end].split("\n"):
            if line.strip():
                rows.append(Row(at, line))
            at += len(line) + 1
        if len(rows) > 2 and len({len(row.cells) for row in rows}) == 1 and all(is_harmless(row.text) for row in rows):
            yield rows


def _by_row(rows: Sequence[Row], sides: Sequence[Side], hit: Hit) -> Laid | None:
    """A table of which at least two options are rows."""
    head, *body = rows
    above = " ".join((hit.document.title, *hit.chunk.headings, head.cells[0]))
    which = [_which(row.cells[0], sides, above) for row in body]
    kept = [(row, side) for row, side in zip(body, which, strict=True) if side is not None][:_MOST_ROWS]
    told = {side for _, side in kept}
    if len(told) < 2 or len(head.cells) < 2:
        return None
    kept.sort(key=lambda one: one[1])
    return Laid(
        columns=tuple(head.cells[1:]),
        rows=tuple(row.cells[0] for row, _ in kept),
        cells=tuple(tuple((cell, _evidence(row, hit)) for cell in row.cells[1:]) for row, _ in kept),
        named=frozenset(told),
        hit=hit,
    )


def _by_column(rows: Sequence[Row], sides: Sequence[Side], hit: Hit) -> Laid | None:
    """A table of which at least two options are columns, turned over."""
    head, *body = rows
    above = " ".join((hit.document.title, *hit.chunk.headings))
    which = [_which(cell, sides, above) for cell in head.cells[1:]]
    kept = sorted((side, place) for place, side in enumerate(which, start=1) if side is not None)
    told = {side for side, _ in kept}
    if len(told) < 2:
        return None
    return Laid(
        columns=tuple(row.cells[0] for row in body),
        rows=tuple(head.cells[place] for _, place in kept),
        cells=tuple(tuple((row.cells[place], _evidence(row, hit)) for row in body) for _, place in kept),
        named=frozenset(told),
        hit=hit,
    )


def _which(cell: str, sides: Sequence[Side], above: str) -> int | None:
    """The place of the one option that a cell names; None where it names none or several."""
    found = named(sides, cell, above=above)
    return next(iter(found)) if len(found) == 1 and len(cell) <= _LONGEST_CELL else None


def _evidence(row: Row, hit: Hit) -> Evidence:
    return Evidence(
        document=hit.document,
        start=row.start,
        end=row.start + len(row.text),
        quote=row.text,
        headings=hit.chunk.headings,
        relevance=0.0,
        hit=hit,
    )
