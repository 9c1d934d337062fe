"""What walls and error pages say, read from wording.toml; its head says how the tables are used."""

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ingest.types import Reason

Patterns = Mapping[Reason, re.Pattern[str]]


@dataclass(frozen=True, slots=True)
class Wording:
    """The tables: one pattern a reason, but every phrase by itself, because two different ones say more than one."""

    headings: Patterns
    phrases: Mapping[Reason, tuple[re.Pattern[str], ...]]
    marks: Patterns
    places: Patterns


@functools.cache
def load() -> Wording:
    """Read and compile the tables, once."""
    tables = tomllib.loads(Path(__file__).with_name("wording.toml").read_text(encoding="utf-8"))
    return Wording(
        headings=_joined(tables["headings"]),
        phrases={Reason(name): tuple(map(_pattern, lines)) for name, lines in tables["phrases"].items()},
        marks=_joined(tables["marks"]),
        places=_joined(tables["places"]),
    )


def _joined(table: Mapping[str, list[str]]) -> Patterns:
    return {Reason(name): _pattern("|".join(lines)) for name, lines in table.items()}


def _pattern(line: str) -> re.Pattern[str]:
    return re.compile(line, re.IGNORECASE)
