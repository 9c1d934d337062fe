"""The table of a comparison of companies: a row a company, a column a facet of `compare`."""

import re
from collections.abc import Sequence

from assistant import accounts, compare, organisations
from assistant.desk import Desk
from assistant.evidence import Candidate, gather
from assistant.types import Table
from index.types import Hit, Vectors

_ROW_HITS = 40
_MANY_ROWS = 4
_NEAR_THE_BEST = 0.8  # share of the best passage's score from which a passage is still on the same matter
_STILL_NEAR = 0.7  # the same for finding whose systems a question about several companies could mean
_ROW_FLOOR = 0.40
_OF_EACH = 4  # sentences that tell what one of several companies did
_NOT_TOLD_OF = "The library has no quotation on {} to set beside the rest."
_COMPANIES = re.compile(
    r"\b(?:companies|firms|industry|(?:different|several|other|two|three|four|five) teams)\b", re.IGNORECASE
)


class Comparer:
    """Sets side by side the companies that one question compares.

    Args:
        desk: Of the answer.
        quoted: The sentences above the table.
    """

    def __init__(self, desk: Desk, *, quoted: Sequence[Candidate]) -> None:
        self._desk = desk
        self._quoted = quoted

    def table(self, aim: str, vector: Vectors, asked_of: Sequence[str]) -> Table | None:
        """The table; None where fewer than two companies are compared, or nothing is stated of them."""
        rows = self._rows(asked_of, vector)
        if len(rows) < 2:
            return None
        with self._desk.timed("encode"):
            texts = [f"{row} {aim}" for row in rows]
            vectors = self._desk.embedder.encode_query([*texts, *(facet.words for facet in compare.SYSTEM_FACETS)])
        with self._desk.timed("compose"):
            cells: list[list[Candidate | None]] = []
            for row, text, vector_of_row in zip(rows, texts, vectors, strict=False):
                own = of_row(self._desk, row, text, vector_of_row, alone=len(asked_of) > 1)
                said = [*self._quoted, *(cell for before in cells for cell in before if cell)]
                cells.append(compare.cells(own, compare.SYSTEM_FACETS, vectors[len(rows) :], said=said))
        return self._table(rows, cells)

    def _table(self, rows: Sequence[str], cells: Sequence[Sequence[Candidate | None]]) -> Table | None:
        """The rows and columns in which something is stated; None where fewer than two rows are left.

        What neither the table nor the sentences above it are about is named in the note.
        """
        typed = [organisations.as_typed(self._desk.asked.query, row) for row in rows]
        stated = [place for place, row in enumerate(cells) if any(row)]
        untold = [
            typed[place]
            for place, row in enumerate(rows)
            if place not in stated and not any(_is_of(self._desk, one, row) for one in self._quoted)
        ]
        if untold:
            self._desk.add_note(_NOT_TOLD_OF.format(", ".join(f"“{name}”" for name in untold)))
        if len(stated) < 2:
            return None
        shown = [column for column in range(len(compare.SYSTEM_FACETS)) if any(row[column] for row in cells)]
        sentences = tuple(
            tuple(self._desk.sentence(cell) if (cell := cells[place][column]) else None for column in shown)
            for place in stated
        )
        names = tuple(typed[place] for place in stated)
        return Table(tuple(compare.SYSTEM_FACETS[column].title for column in shown), names, sentences)

    def _rows(self, asked_of: Sequence[str], vector: Vectors) -> Sequence[str]:
        if len(asked_of) > 1:
            return asked_of
        if not _COMPANIES.search(self._desk.asked.query):
            return ()
        hits = self._desk.searcher.search_vector(self._desk.asked.query, vector, k=2 * _ROW_HITS)
        best = hits[0].score if hits else 0.0
        near = [hit for hit in hits if hit.score >= _STILL_NEAR * best]
        owners = dict.fromkeys(name for hit in near for name in hit.document.organisations[:1])
        return organisations.named(" , ".join(owners), self._desk.known)[:_MANY_ROWS]


def of_row(desk: Desk, row: str, query: str, vector: Vectors, *, alone: bool = False) -> list[Candidate]:
    """The sentences of the best passages on a company that are about it; `alone` those of its nearest document only."""
    hits = organisations.about(desk.searcher.search_vector(query, vector, k=_ROW_HITS), row)
    best = max((hit.score for hit in hits), default=0.0)
    hits = [hit for hit in hits if hit.score >= _NEAR_THE_BEST * best]
    if alone and (case := _case(hits, row, desk)):
        hits = [hit for hit in hits if hit.document.id == case]
    found = gather(desk.generation, hits, aims=[(vector, 1.0)])
    return [one for one in found if one.evidence.relevance >= _ROW_FLOOR and _is_of(desk, one, row)]


def accounts_of(desk: Desk, rows: Sequence[str], aim: str) -> list[tuple[str, list[Candidate]]]:
    """What each of several companies did, told from the case of it that is nearest; empty where one of them has none.

    Args:
        desk: Of the answer.
        rows: The companies.
        aim: What is asked about them.
    """
    texts = [f"{row} {aim}" for row in rows]
    vectors = desk.embedder.encode_query(texts)
    found: list[tuple[str, list[Candidate]]] = []
    for row, text, vector in zip(rows, texts, vectors, strict=True):
        hits = organisations.about(desk.searcher.search_vector(text, vector, k=_ROW_HITS), row)
        case = _case(hits, row, desk)
        if case is None or any(case == own[0].evidence.document.id for _, own in found):
            return []
        whole = gather(desk.generation, desk.searcher.all_of(case), aims=[(vector, 1.0)])
        told = accounts.told(whole, desk.asked.query, vector, near=(), count=_OF_EACH)
        if not told:
            return []
        found.append((organisations.as_typed(desk.asked.query, row), told))
    return found


def _case(hits: Sequence[Hit], row: str, desk: Desk) -> str | None:
    """The document nearest to what is asked that is on a company's own system."""
    own = (hit for hit in hits if row in organisations.named(" , ".join(hit.document.organisations), desk.known))
    best = max(own, key=lambda hit: hit.score, default=None)
    return best.document.id if best else None


def _is_of(desk: Desk, candidate: Candidate, company: str) -> bool:
    return bool(organisations.about([candidate.evidence.hit], company)) and (
        company in organisations.named(" ".join(candidate.evidence.document.organisations), desk.known)
        or company in organisations.named(candidate.evidence.quote, desk.known)
    )
