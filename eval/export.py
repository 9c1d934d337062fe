"""Golden questions as a test collection that other tools read: the BEIR layout, and TREC's judgments beside it.

    corpus.jsonl  queries.jsonl  qrels/SPLIT.tsv  SPLIT.qrels

What is judged is a passage, so every chunk of the index is a document of the collection, whichever chunker made it; the
judgments are those of the quotations that the chunk holds. `eval.collections` reads the folder back, so a run over it
can be compared, and what nobody judged can be labelled.
"""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

from eval import golden
from eval.golden import GoldenQuestion, Split
from index.engine import Generation


def write(questions: Sequence[GoldenQuestion], held: Generation, folder: Path, *, split: Split) -> None:
    """Write the questions, and the passages of an index that they were judged on, into a folder.

    Args:
        questions: Those of one split; what is to be declined has no judgments and is left out.
        held: The index of the documents that were judged.
        folder: Made if it is missing; the four files are replaced.
        split: Names the files of judgments.

    Raises:
        CollectionError: If a judged document or quotation is not in the index.
    """
    asked = [one for one in questions if not one.decline]
    grades = golden.qrels(asked, held)
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    chunks = [held.chunk(row) for row in range(held.manifest.chunks)]
    corpus = [{"_id": one.id, "title": one.header, "text": one.text} for one in chunks]
    queries = [{"_id": one.id, "text": one.query} for one in asked]
    (folder / "corpus.jsonl").write_text(_lines(corpus), encoding="utf-8")
    (folder / "queries.jsonl").write_text(_lines(queries), encoding="utf-8")
    (folder / f"{split}.qrels").write_text(golden.trec(asked, held), encoding="utf-8")
    with (folder / "qrels" / f"{split}.tsv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter="\t", lineterminator="\n")
        rows.writerow(("query-id", "corpus-id", "score"))
        rows.writerows((id, chunk, grade) for id, given in grades.items() for chunk, grade in given.items())


def _lines(values: Sequence[dict[str, str]]) -> str:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in values)
