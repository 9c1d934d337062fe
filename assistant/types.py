"""The records of an answer. Read this file first.

Convention: evidence and citations are numbered from 1 in the order in which an answer first uses them. The
numbers are a closed set that we issue; a number that is not in it never reaches a reader. For every citation
`document.text[start:end] == quote`, in the generation that answered.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from index.types import DocumentInfo, Hit

_STEPS = range(1, 10)


class QuestionKind(StrEnum):
    """What is asked."""

    DESIGN = "design"
    FACT = "fact"
    COMPARISON = "comparison"
    SMALL_TALK = "small talk"


class Verdict(StrEnum):
    """Whether the cited spans support a sentence."""

    SUPPORTED = "supported"
    PARTLY = "partly"
    UNSUPPORTED = "unsupported"
    UNCITED = "uncited"


@dataclass(frozen=True, slots=True)
class Question:
    """A question, understood.

    Attributes:
        text: What was asked, as typed.
        query: The self-contained wording that is searched for.
        kind: Decides the form of the answer.
    """

    text: str
    query: str
    kind: QuestionKind


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of a source that may be quoted.

    Attributes:
        start: Offset in the document's text; `end` is exclusive.
        relevance: Higher is better; comparable within one question only.
        hit: The chunk through which it was found.
    """

    document: DocumentInfo
    start: int
    end: int
    quote: str
    headings: tuple[str, ...]
    relevance: float
    hit: Hit


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered pointer to a span of a document.

    Attributes:
        page: Page of a PDF or deck, counted from 1.
        seconds: Where a video speaks the quotation.
        prefix: Up to 32 characters before the quotation, by which it is found again in a changed text.
        suffix: Up to 32 characters after it.
        snapshot: SHA-256 of the bytes that the document was extracted from.

    Raises:
        ValueError: If span and quotation differ in length, or the second is none of a video.
    """

    number: int
    document_id: str
    title: str
    url: str
    headings: tuple[str, ...]
    start: int
    end: int
    quote: str
    page: int | None = None
    seconds: float | None = None
    prefix: str = ""
    suffix: str = ""
    snapshot: str = ""

    def __post_init__(self) -> None:
        if self.end - self.start != len(self.quote) or not self.quote:
            raise ValueError(f"citation {self.number} quotes {len(self.quote)} characters of {self.start}:{self.end}")
        if self.seconds is not None and not (math.isfinite(self.seconds) and self.seconds >= 0):
            raise ValueError(f"citation {self.number} begins {self.seconds} seconds into a video")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer with the numbers of its citations."""

    text: str
    citations: tuple[int, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class AnswerSection:
    """A titled part of an answer.

    Attributes:
        step: The formula's step that it answers, 1–9, or None.
        sentences: Empty where the library has nothing on this; that is then said to the reader.

    Raises:
        ValueError: If there is no such step.
    """

    title: str
    sentences: tuple[Sentence, ...]
    step: int | None = None

    def __post_init__(self) -> None:
        if self.step is not None and self.step not in _STEPS:
            raise ValueError(f"the formula has the steps {_STEPS[0]} to {_STEPS[-1]}, not {self.step}")


@dataclass(frozen=True, slots=True)
class Table:
    """A comparison, a row a company or option, a column a facet; or a table of the library's own, as it stands.

    Attributes:
        columns: Titles of the facets.
        rows: Names of what is compared.
        cells: For each row one sentence a column, or None where the library does not state it.
    """

    columns: tuple[str, ...]
    rows: tuple[str, ...]
    cells: tuple[tuple[Sentence | None, ...], ...]

    def __post_init__(self) -> None:
        if len(self.cells) != len(self.rows) or any(len(row) != len(self.columns) for row in self.cells):
            raise ValueError(f"a table of {len(self.rows)} rows and {len(self.columns)} columns has other cells")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that can be checked.

    Attributes:
        sections: The answer; for a design one section a step, nine in all.
        head: What stands before a design's steps: summary, assumptions, questions to ask first.
        table: What is compared, for a comparison; for a fact a table of the library that answers it.
        note: What the reader should know of how it was made; empty for quotations alone.
        also_retrieved: Hits that were found but not cited.
        timings_ms: Milliseconds by stage; "total" among them.
    """

    question: Question
    sections: tuple[AnswerSection, ...]
    citations: tuple[Citation, ...]
    also_retrieved: tuple[Hit, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    table: Table | None = None
    head: tuple[AnswerSection, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        issued = {citation.number for citation in self.citations}
        used = {n for sentence in self.sentences for n in sentence.citations}
        if used != issued:
            raise ValueError(f"citations {sorted(issued)} were issued but {sorted(used)} are used")

    @property
    def parts(self) -> tuple[AnswerSection, ...]:
        """The whole answer as sections, in reading order; each row of a table is one, of the cells that are stated."""
        table = self.table
        rows = zip(table.rows, table.cells, strict=True) if table else ()
        return (
            *self.head,
            *self.sections,
            *(AnswerSection(name, tuple(cell for cell in cells if cell)) for name, cells in rows),
        )

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """Every sentence, those of the table among them, in reading order."""
        return tuple(sentence for part in self.parts for sentence in part.sentences)


@dataclass(frozen=True, slots=True)
class Declined:
    """No answer, with what a reader can do next.

    Attributes:
        reason: One sentence: what is missing.
        found: The nearest hits, best first; may be empty.
        nearest_topics: Titles that the library does have something on.
        correction: What the library says instead of what the question takes for granted, quoted.
        citations: Those of the correction.
    """

    question: Question
    reason: str
    found: tuple[Hit, ...] = ()
    nearest_topics: tuple[str, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    correction: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()

    def __post_init__(self) -> None:
        if {n for one in self.correction for n in one.citations} != {one.number for one in self.citations}:
            raise ValueError("a declined answer carries the citations of its correction, all of them and no other")
