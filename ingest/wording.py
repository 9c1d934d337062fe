"""What walls and error pages say, read from wording.toml; its head says how the tables are used."""

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ingest.types import Reason

Patterns = Mapping[Reason, re.Pattern[str]]

_ANYBODY = "anybody"
_SPELLED = r"[\u0530-\u1fff\u2e80-\uffff]"  # scripts whose words carry particles, or stand without spaces


@dataclass(frozen=True, slots=True)
class Wording:
    """The tables: one pattern a reason.

    Attributes:
        spoken: Words that any of them says to its reader.
        empty: Matches a sentence that any wall may say: every phrase, and the guidance beside them.
    """

    headings: Patterns
    labels: Patterns
    words: Patterns
    phrases: Patterns
    marks: Patterns
    places: Patterns
    spoken: re.Pattern[str]
    empty: re.Pattern[str]


@functools.cache
def load() -> Wording:
    """Read and compile the tables, once."""
    tables = tomllib.loads(Path(__file__).with_name("wording.toml").read_text(encoding="utf-8"))
    words = {name: _vocabulary(lines) for name, lines in tables["words"].items()}
    phrases = [line for lines in tables["phrases"].values() for line in lines]
    return Wording(
        headings=_joined(tables["headings"]),
        labels=_joined(tables["labels"]),
        words={Reason(name): pattern for name, pattern in words.items() if name != _ANYBODY},
        phrases=_joined(tables["phrases"]),
        marks=_joined(tables["marks"]),
        places=_joined(tables["places"]),
        spoken=words[_ANYBODY],
        empty=_pattern("|".join([*phrases, *tables["guidance"]["sayings"]])),
    )


def _joined(table: Mapping[str, list[str]]) -> Patterns:
    return {Reason(name): _pattern("|".join(lines)) for name, lines in table.items()}


def _vocabulary(lines: list[str]) -> re.Pattern[str]:
    """Words that stand alone, the longest first, and pieces of words of scripts where none does."""
    words = sorted((word for line in lines for word in line.split()), key=len, reverse=True)
    alone = [word for word in words if not re.search(_SPELLED, word)]
    anywhere = [word for word in words if re.search(_SPELLED, word)]
    return _pattern("|".join([rf"(?<![\w-])(?:{'|'.join(alone)})(?!\w)", *anywhere]))


def _pattern(line: str) -> re.Pattern[str]:
    return re.compile(line)
