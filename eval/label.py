"""Judging by reading: the results of a run that nobody has judged, blind and shuffled, one after the other.

The reader sees the question and the passage, not the system, the rank or the score. Every grade is written down before
the next passage is shown, so a session can stop anywhere and go on later.
"""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from eval.collections import Qrels
from eval.runs import Run

GRADES = ("0", "1", "2", "3")

_SEED = 1


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and a unit that was returned for it."""

    query: str
    unit: str


def unjudged(run: Run, qrels: Qrels, *, depth: int) -> list[Pair]:
    """The pairs within a depth that have no judgment, shuffled by a fixed seed."""
    pairs = [
        Pair(query, unit)
        for query, ranking in run.items()
        for unit, _ in ranking[:depth]
        if unit not in qrels.get(query, {})
    ]
    random.Random(_SEED).shuffle(pairs)
    return pairs


def session(
    pairs: list[Pair],
    *,
    questions: Mapping[str, str],
    texts: Callable[[str], str],
    ask: Callable[[str], str],
    path: Path,
) -> Iterator[Pair]:
    """Show pairs and record grades until the reader stops.

    Args:
        pairs: What to judge; those in `path` already are passed over.
        questions: Text by query id.
        texts: Gives the text of a unit.
        ask: Shows a text and returns what the reader typed: a grade, `s` to pass over, `q` to stop.
        path: Grades are appended here, one JSON object a line.

    Yields:
        Each pair, once its grade is written.
    """
    done = recorded(path)
    for pair in pairs:
        if (pair.query, pair.unit) in done:
            continue
        answer = _answer(ask, f"\nQuestion: {questions[pair.query]}\n\n{texts(pair.unit)}\n\ngrade 0-3, s, q: ")
        if answer == "q":
            return
        if answer in GRADES:
            line = json.dumps({"query": pair.query, "unit": pair.unit, "grade": int(answer)})
            with path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
            yield pair


def _answer(ask: Callable[[str], str], shown: str) -> str:
    while (answer := ask(shown).strip().lower()) not in (*GRADES, "s", "q"):
        shown = "wanted 0, 1, 2, 3, s to pass over or q to stop: "
    return answer


def recorded(path: Path) -> dict[tuple[str, str], int]:
    """The grades of a file by query and unit; empty where there is none yet."""
    if not path.exists():
        return {}
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return {(line["query"], line["unit"]): line["grade"] for line in lines}
