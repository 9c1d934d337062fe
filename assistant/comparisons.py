"""The table of a comparison: what is set side by side, and the sentences about each.

Rows are the companies or options that the question names, columns the facets of `compare`. What neither the table nor
the sentences above it are about is looked up by its name, and named in the note where the library never mentions it.
"""

import re
from collections.abc import Sequence

from assistant import compare, compose, organisations
from assistant.compare import Facet
from assistant.desk import Desk
from assistant.evidence import Candidate, gather
from assistant.types import QuestionKind, Table
from index.types import Vectors

_ROW_HITS = 40
_MANY_ROWS = 4
_NEAR_THE_BEST = 0.8  # share of the best passage's score from which a passage is still on the same matter
_STILL_NEAR = 0.7  # the same for finding whose systems a question about several companies could mean
_OF_ROW = 2  # sentences on something compared that nothing else names
_ROW_FLOOR = 0.40
_NOT_TOLD_OF = "The library has no quotation on {} to set beside the rest."
_COMPANIES = re.compile(r"\b(?:companies|teams|firms|industry)\b", re.IGNORECASE)


class Comparer:
    """Sets side by side what one question compares.

    Args:
        desk: Of the answer.
        quoted: The sentences above the table.

    Attributes:
        added: Sentences on what is compared that neither the table nor the sentences above it name.
    """

    def __init__(self, desk: Desk, *, quoted: Sequence[Candidate]) -> None:
        self._desk = desk
        self._quoted = quoted
        self.added: list[Candidate] = []

    def table(self, aim: str, vector: Vectors, asked_of: Sequence[str]) -> Table | None:
        """The table of a comparison; None where fewer than two things are compared, or nothing is stated of them."""
        rows, facets = self._rows(asked_of, vector)
        if len(rows) < 2:
            return None
        with self._desk.timed("encode"):
            texts = [f"{row} {aim}" for row in rows] + [facet.words for facet in facets]
            vectors = self._desk.embedder.encode_query(texts)
            meanings = self._meanings(rows) if facets is compare.OPTION_FACETS else [()] * len(rows)
        with self._desk.timed("compose"):
            own = [
                of_row(self._desk, row, text, vectors[place])
                for place, (row, text) in enumerate(zip(rows, texts, strict=False))
            ]
            apart = compare.apart(own, rows if facets is compare.OPTION_FACETS else ())
            cells: list[list[Candidate | None]] = []
            for row, candidates, meant in zip(rows, apart, meanings, strict=True):
                said = [*self._quoted, *(cell for before in cells for cell in before if cell)]
                cells.append(compare.cells([*candidates, *meant], facets, vectors[len(rows) :], row=row, said=said))
        return self._table(rows, facets, cells)

    def _table(
        self, rows: Sequence[str], facets: Sequence[Facet], cells: Sequence[Sequence[Candidate | None]]
    ) -> Table | None:
        """The rows and columns in which something is stated; None where fewer than two rows are left.

        What neither the table nor the sentences above it are about is named in the note.
        """
        typed = [organisations.as_typed(self._desk.asked.query, row) for row in rows]
        stated = [place for place, row in enumerate(cells) if any(row)]
        silent = [
            place
            for place, row in enumerate(rows)
            if place not in stated and not any(_is_of(self._desk, one, row) for one in self._quoted)
        ]
        untold = [typed[place] for place in silent if not self._add(rows[place])]
        if untold:
            self._desk.add_note(_NOT_TOLD_OF.format(_listed(untold)))
        if len(stated) < 2:
            return None
        shown = [column for column in range(len(facets)) if any(row[column] for row in cells)]
        sentences = tuple(
            tuple(self._desk.sentence(cell) if (cell := cells[place][column]) else None for column in shown)
            for place in stated
        )
        names = tuple(typed[place] for place in stated)
        return Table(tuple(facets[column].title for column in shown), names, sentences)

    def _add(self, row: str) -> bool:
        """Quote what the library says of something compared that nothing quoted names; returns whether it does."""
        query = f"{row}: {self._desk.asked.query}"
        hits = self._desk.searcher.holding(row, k=_ROW_HITS)
        found = gather(self._desk.generation, hits, aims=[(self._desk.embedder.encode_query([query])[0], 1.0)])
        own = [one for one in found if _is_of(self._desk, one, row)]
        self.added += compose.choose(own, count=_OF_ROW, floor=-1.0, used=[*self._quoted, *self.added])
        return bool(own)

    def _meanings(self, rows: Sequence[str]) -> list[Sequence[Candidate]]:
        """For each option the sentences that say what it is, which are seldom near to what the question compares by."""
        texts = [f"What is {row}?" for row in rows]
        return [
            [one for one in of_row(self._desk, *each) if compare.defines(one.evidence.quote, each[0])]
            for each in zip(rows, texts, self._desk.embedder.encode_query(texts), strict=True)
        ]

    def _rows(self, asked_of: Sequence[str], vector: Vectors) -> tuple[Sequence[str], tuple[Facet, ...]]:
        if len(asked_of) > 1:
            return asked_of, compare.SYSTEM_FACETS
        if _COMPANIES.search(self._desk.asked.query):
            hits = self._desk.searcher.search_vector(self._desk.asked.query, vector, k=2 * _ROW_HITS)
            best = hits[0].score if hits else 0.0
            near = [hit for hit in hits if hit.score >= _STILL_NEAR * best]
            owners = dict.fromkeys(name for hit in near for name in hit.document.organisations[:1])
            return organisations.named(" , ".join(owners), self._desk.known)[:_MANY_ROWS], compare.SYSTEM_FACETS
        if self._desk.asked.kind is QuestionKind.COMPARISON:
            return compare.options(self._desk.asked.query), compare.OPTION_FACETS
        return (), ()


def of_row(desk: Desk, row: str, query: str, vector: Vectors) -> list[Candidate]:
    """The sentences of the best passages on a row that are about it."""
    hits = desk.searcher.search_vector(query, vector, k=_ROW_HITS)
    if row in desk.known:
        hits = organisations.about(hits, row)
    best = max((hit.score for hit in hits), default=0.0)
    hits = [hit for hit in hits if hit.score >= _NEAR_THE_BEST * best]
    found = gather(desk.generation, hits, aims=[(vector, 1.0)])
    return [one for one in found if one.evidence.relevance >= _ROW_FLOOR and _is_of(desk, one, row)]


def _is_of(desk: Desk, candidate: Candidate, row: str) -> bool:
    if row in desk.known:
        return bool(organisations.about([candidate.evidence.hit], row)) and (
            row in organisations.named(" ".join(candidate.evidence.document.organisations), desk.known)
            or row in organisations.named(candidate.evidence.quote, desk.known)
        )
    return compare.is_about(candidate.evidence.quote, row)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)
