"""What the parts of one answer share: the question, the index, the citations issued so far, the note, the clock."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from assistant import organisations, telling, verify, watching
from assistant.cite import Citations
from assistant.evidence import Candidate
from assistant.patience import Stage
from assistant.tables import Laid
from assistant.types import Answer, AnswerSection, Evidence, Question, Sentence, Table
from index.engine import Generation
from index.search import HybridSearcher
from index.types import Embedder, Hit

_STAGE_SECONDS = 5.0  # a hundred times what the slowest stage takes; longer than that, something is wrong


@dataclass(frozen=True, slots=True)
class Formed:
    """The parts of an answer."""

    sections: tuple[AnswerSection, ...]
    head: tuple[AnswerSection, ...] = ()
    table: Table | None = None

    @property
    def says_something(self) -> bool:
        """Whether it is an answer: the head of a design, without a step, is none."""
        return self.table is not None or any(section.sentences for section in self.sections)


class Desk:
    """The state of answering one question.

    Attributes:
        note: What the reader should know of how the answer was made.
        timings: Milliseconds by stage.
        known: The organisations of the library, with their other names.
    """

    def __init__(self, generation: Generation, embedder: Embedder, asked: Question) -> None:
        self.generation = generation
        self.embedder = embedder
        self.asked = asked
        self.searcher = HybridSearcher(generation, embedder)
        self.citations = Citations(generation)
        self.known = organisations.with_other_names(generation.organisations)
        self.timings: dict[str, float] = {}
        self.note = ""

    def add_note(self, note: str) -> None:
        """Say something more in the note."""
        self.note = " ".join(filter(None, (self.note, note)))

    def answer(self, formed: Formed) -> Answer:
        """The answer that the parts make."""
        return Answer(
            question=self.asked,
            sections=formed.sections,
            citations=self.citations.issued(),
            table=formed.table,
            head=formed.head,
            note=self.note,
        )

    def tell(self, formed: Formed) -> None:
        """Let who watches see how far the answer is; what could still be declined is not told."""
        if formed.says_something:
            watching.tell(self.answer(formed))

    def sentences(self, chosen: Iterable[Candidate]) -> tuple[Sentence, ...]:
        """The chosen as sentences of the answer, each with its citation."""
        return tuple(self.sentence(one) for one in chosen)

    def sentence(self, one: Candidate) -> Sentence:
        """A quotation as a sentence of the answer."""
        quote = one.evidence.quote
        return Sentence(quote, (self.citations.number(one.evidence),), verify.verdict(quote, [quote]))

    def quoted(self, laid: Laid) -> Table:
        """A table of the library, each cell with the citation of its row."""
        cells = tuple(tuple(self._cell(*cell) for cell in row) for row in laid.cells)
        return Table(laid.columns, laid.rows, cells)

    def _cell(self, text: str, evidence: Evidence) -> Sentence | None:
        if not text:
            return None
        return Sentence(text, (self.citations.number(evidence),), verify.verdict(text, [evidence.quote]))

    def uncited(self, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        """The hits that nothing is cited from."""
        cited = [(one.document_id, one.start) for one in self.citations.issued()]
        return tuple(
            hit
            for hit in hits
            if not any(id == hit.document.id and hit.chunk.start <= start < hit.chunk.end for id, start in cited)
        )

    def telling(self, query: str) -> dict[str, float]:
        """The terms of a query that tell something, with their idf; names of organisations apart.

        They stand in every sentence about them: "Facebook" alone makes no sentence one on Facebook's live video.
        """
        of_whom = organisations.named(query, self.known)
        return telling.telling(organisations.without(query, of_whom), self.generation.lexical)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Count the time of what is done inside under a stage, within the limits of `patience`."""
        with Stage(stage, seconds=_STAGE_SECONDS) as timed:
            yield
        self.timings[stage] = round(self.timings.get(stage, 0.0) + timed.milliseconds, 2)


def since(started: float) -> float:
    """Milliseconds since a reading of `time.perf_counter`."""
    return round((time.perf_counter() - started) * 1000, 2)
