"""Golden questions: what people ask of the field guide, with the quotations that answer them.

A judgment is a document, an exact quotation and a grade, so it survives another chunking: when it is measured, a chunk
is as relevant as the best quotation of which it holds the larger part. Grades: 3 answers the question, 2 answers it in
part, 1 is related, 0 was read and found not relevant. What must be declined has no judgments but a reason.

families.toml says which documents are one family and in which split it stands, so that what is tuned on is not what is
reported; a question's topic is the family of the documents that answer it best.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Any

from eval.collections import Qrels
from eval.errors import CollectionError
from index.engine import Generation
from ingest.types import Chunk, Document

_FILE = "questions.jsonl"
_FRESH = "fresh.jsonl"
_FAMILIES = "families.toml"
_GRADES = range(4)


class Split(StrEnum):
    """Which questions may be tuned on."""

    DEV = "dev"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Judgment:
    """A quotation that somebody read for a question, and how well it answers (0–3)."""

    document: str
    quote: str
    grade: int


@dataclass(frozen=True, slots=True)
class GoldenQuestion:
    """One question.

    Attributes:
        kind: fact, design, comparison, symptom, company, numeric, follow-up, vague, misspelt …
        topic: The family of documents that it asks about; a family stands in one split only.
        history: Questions asked before, for a follow-up.
        decline: Why the library cannot answer it; empty where it can.
    """

    id: str
    question: str
    kind: str
    topic: str
    split: Split
    history: tuple[str, ...] = ()
    decline: str = ""
    judgments: tuple[Judgment, ...] = field(default=())

    @property
    def query(self) -> str:
        """What is searched for: the question, after the one that it follows."""
        return " ".join([*self.history[-1:], self.question])

    def best(self) -> tuple[Judgment, ...]:
        """The judgments with the highest grade above 0 that any has; empty where the question is to be declined."""
        top = max((one.grade for one in self.judgments), default=0)
        return tuple(one for one in self.judgments if top and one.grade == top)

    def __post_init__(self) -> None:
        told = (self.id, self.question, self.kind, self.topic, self.decline, *self.history)
        if not all(_is_text(one) for one in told) or not self.id:
            raise ValueError("id, question, kind, topic, decline and what was asked before are texts, the id not empty")
        if bool(self.decline) == any(one.grade > 0 for one in self.judgments):
            raise ValueError(f"{self.id}: a question has relevant judgments or a reason to decline, never both or none")


def load(path: Path | None = None) -> tuple[GoldenQuestion, ...]:
    """Read the questions, those of the project by default.

    Raises:
        CollectionError: If the file is not UTF-8, a line is malformed, or an id comes twice.
    """
    source = path or resources.files("eval") / "golden" / _FILE
    try:
        lines = source.read_text(encoding="utf-8").split("\n")  # a question may hold other line separators
    except UnicodeDecodeError as error:
        raise CollectionError(f"the file of golden questions is not UTF-8 ({error}); save it as UTF-8") from error
    questions = tuple(_question(number, line) for number, line in enumerate(lines, start=1) if line.strip())
    ids = [one.id for one in questions]
    if twice := sorted({id for id in ids if ids.count(id) > 1}):
        raise CollectionError(f"golden questions {twice} come twice; ids are unique")
    return questions


def fresh() -> tuple[GoldenQuestion, ...]:
    """Questions written apart from the others, before what they are to measure was built; never pooled.

    Each answerable one names the one sentence it was written from, so they measure when answers are refused, not how
    well search ranks. The dev half may be fitted on; the test half was kept until the end.
    """
    return load(Path(str(resources.files("eval") / "golden" / _FRESH)))


def write(questions: Iterable[GoldenQuestion], path: Path) -> None:
    """Write questions as `load` reads them, one a line."""
    path.write_text("".join(f"{json.dumps(asdict(one), ensure_ascii=False)}\n" for one in questions), encoding="utf-8")


def _question(number: int, line: str) -> GoldenQuestion:
    try:
        values = json.loads(line)
        judgments = tuple(_judgment(one) for one in values.pop("judgments", []))
        history = tuple(values.pop("history", []))
        split = Split(values.pop("split"))
        return GoldenQuestion(**values, split=split, history=history, judgments=judgments)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CollectionError(f"golden questions, line {number}: {error}") from error


def _judgment(values: dict[str, Any]) -> Judgment:
    made = Judgment(**values)
    told = _is_text(made.document) and _is_text(made.quote) and made.quote.strip()
    if not told or type(made.grade) is not int or made.grade not in _GRADES:
        raise ValueError(f"a judgment needs a document, a quotation and a grade from 0 to 3, got {str(values)[:200]}")
    return made


def _is_text(value: object) -> bool:
    """Whether it is a text that a file can hold: half a surrogate pair is none."""
    return isinstance(value, str) and not any("\ud800" <= letter <= "\udfff" for letter in value)


@dataclass(frozen=True, slots=True)
class Family:
    """Documents about one subject, all in one split."""

    split: Split
    documents: frozenset[str]


def families(path: Path | None = None) -> Mapping[str, Family]:
    """Families of documents by name, those of the project by default.

    Raises:
        CollectionError: If the file cannot be read, or a document stands in two families.
    """
    source = path or resources.files("eval") / "golden" / _FAMILIES
    try:
        tables = tomllib.loads(source.read_text(encoding="utf-8"))
        read = {name: Family(Split(one["split"]), frozenset(one["documents"])) for name, one in tables.items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CollectionError(f"the families of golden questions cannot be read ({error!r})") from error
    held = [document for family in read.values() for document in family.documents]
    if twice := sorted({document for document in held if held.count(document) > 1}):
        raise CollectionError(f"{', '.join(twice)} stands in two families; a document is on one side only")
    return read


def digest(questions: Iterable[GoldenQuestion]) -> str:
    """SHA-256 over questions and judgments, in hexadecimal."""
    return hashlib.sha256("\n".join(sorted(repr(one) for one in questions)).encode()).hexdigest()


def qrels(questions: Iterable[GoldenQuestion], held: Generation) -> Qrels:
    """Grades by question and chunk id, for the chunks of a generation.

    Raises:
        CollectionError: If a judged document or quotation is not in the generation.
    """
    found: dict[str, dict[str, int]] = {}
    for question in questions:
        for judgment in question.judgments:
            chunk = _holder(judgment, held)
            grades = found.setdefault(question.id, {})
            grades[chunk.id] = max(judgment.grade, grades.get(chunk.id, 0))
    return found


def _holder(judgment: Judgment, held: Generation) -> Chunk:
    document = held.document(judgment.document)
    if document is None:
        raise CollectionError(
            f"the judged document {judgment.document!r} is not in the index; judge again or restore it"
        )
    start, end = _place(judgment, document)
    chunks = [held.chunk(row) for row in held.rows(document.id)]
    return max(chunks, key=lambda chunk: min(end, chunk.end) - max(start, chunk.start))


def _place(judgment: Judgment, document: Document) -> tuple[int, int]:
    start = document.text.find(judgment.quote)
    if start < 0:
        raise CollectionError(
            f"{document.id} no longer holds {judgment.quote[:60]!r}; a text that changed is judged again"
        )
    return start, start + len(judgment.quote)


def answerable(questions: Sequence[GoldenQuestion], split: Split) -> list[GoldenQuestion]:
    """The questions of a split that the library can answer."""
    return [one for one in questions if one.split is split and not one.decline]


def trec(questions: Iterable[GoldenQuestion], held: Generation) -> str:
    """Judgments as TREC qrels lines: question, 0, chunk, grade."""
    grades = qrels(questions, held)
    return "".join(f"{id} 0 {chunk} {grade}\n" for id, given in grades.items() for chunk, grade in given.items())
