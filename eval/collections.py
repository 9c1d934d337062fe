"""Test collections in the BEIR layout: corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv in one folder.

Thakur et al., NeurIPS 2021. A corpus line has `_id`, `title` and `text`, a query line `_id` and `text`, a qrels line
`query-id  corpus-id  score`. Only judged queries are asked; a grade of 0 is a judgment too.
"""

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eval.errors import CollectionError
from index.cutting import Cutting
from index.types import Embedder
from ingest import chunk as chunking
from ingest.structure import Part, assemble
from ingest.types import BlockKind, Chunk, Document, SourceKind, Via

Qrels = Mapping[str, Mapping[str, int]]

_NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents, queries and judgments.

    Attributes:
        name: The folder's name.
        queries: Text by id, judged queries only, in the file's order.
        qrels: Grades by query and document; above 0 is relevant.
        digest: SHA-256 over the corpus, the queries and the judgments.
    """

    name: str
    documents: tuple[Document, ...]
    queries: Mapping[str, str]
    qrels: Qrels
    digest: str


def load(folder: Path, *, split: str = "test") -> Collection:
    """Read a collection.

    Raises:
        CollectionError: If the folder or a file is missing, a line is malformed, an id comes twice, no query is judged,
            or a judged document is not in the corpus.
    """
    if not folder.is_dir():
        raise CollectionError(f"there is no folder {str(folder)!r}; a collection is a folder in the BEIR layout")
    files = [folder / "corpus.jsonl", folder / "queries.jsonl", folder / "qrels" / f"{split}.tsv"]
    if missing := [str(path.relative_to(folder)) for path in files if not path.is_file()]:
        raise CollectionError(
            f"{folder.name} lacks {', '.join(missing)}; a collection is a folder with corpus.jsonl, queries.jsonl and "
            f"qrels/{split}.tsv"
        )
    try:
        documents = tuple(_document(values) for values in _lines(files[0]))
        qrels = _qrels(files[2])
        texts = {str(values["_id"]): str(values["text"] or "") for values in _lines(files[1])}
    except UnicodeDecodeError as error:
        raise CollectionError(f"{folder.name} holds a file that is not UTF-8 ({error}); save it as UTF-8") from error
    queries = {id: text for id, text in texts.items() if id in qrels}
    _check(folder.name, documents, queries, qrels)
    return Collection(folder.name, documents, queries, qrels, _digest(files))


def _check(name: str, documents: tuple[Document, ...], queries: Mapping[str, str], qrels: Qrels) -> None:
    if lost := sorted(set(qrels) - set(queries)):
        raise CollectionError(f"{name}: {len(lost)} judged queries are not in queries.jsonl, the first is {lost[0]!r}")
    held = {document.id for document in documents}
    judged = {document for grades in qrels.values() for document in grades}
    if lost := sorted(judged - held):
        raise CollectionError(
            f"{name}: {len(lost)} judged documents are not in the corpus, the first is {lost[0]!r}; scores over a part "
            "of the corpus would mean nothing, bring the whole corpus"
        )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a file, each with an id of its own."""
    seen: dict[str, int] = {}
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                values = json.loads(line)
                id, _ = str(values["_id"]), values["text"]
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise CollectionError(
                    f'{path.name} line {number} is not a JSON object with "_id" and "text" ({error!r})'
                ) from error
            if id in seen:
                raise CollectionError(
                    f"{path.name}: lines {seen[id]} and {number} both have the id {id!r}; ids are unique"
                )
            seen[id] = number
            yield values


def _qrels(path: Path) -> Qrels:
    found: dict[str, dict[str, int]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE), start=1):
            if not row or (number == 1 and row[-1] == "score"):
                continue
            try:
                query, document, grade = row
                found.setdefault(query, {})[document] = int(grade)
            except ValueError as error:
                raise CollectionError(
                    f"{path.name} line {number}: wanted query-id, corpus-id and a whole number, got {row}"
                ) from error
    if not found:
        raise CollectionError(f"{path.name} holds no judgments")
    return found


def _document(values: Mapping[str, Any]) -> Document:
    """A corpus line as a document; one without a text is its title."""
    title, text = str(values.get("title") or ""), str(values["text"] or "")
    pieces = [piece for piece in (text.strip() or title).split("\n\n") if piece.strip()]
    body, blocks = assemble([Part(kind=BlockKind.PARAGRAPH, text=piece) for piece in pieces])
    return Document(
        id=str(values["_id"]),
        source_id=str(values["_id"]),
        url="",
        title=title,
        kind=SourceKind.FILE,
        text=body,
        blocks=blocks,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        fetched_at=_NO_DATE,
        via=Via.BUNDLED,
    )


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _one_chunk(document: Document, _: Embedder) -> list[Chunk]:
    return chunking.whole(document)


def _passages(document: Document, embedder: Embedder) -> list[Chunk]:
    return chunking.chunk(document, count_tokens=embedder.count_tokens, max_tokens=embedder.max_tokens)


# Sentences are what answers quote; a retrieval run needs none.
CUTTINGS: Mapping[str, Cutting] = {
    "passages": Cutting(chunking.VERSION, _passages, "none", lambda _: []),
    "none": Cutting("whole", _one_chunk, "none", lambda _: []),
}
