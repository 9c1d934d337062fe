"""Questions over the field guide that were written for fits; they lie in fitting/ and ship in no wheel.

claims.jsonl and details.jsonl are what the reader is fitted on (eval/reading.py). unread.jsonl is kept from every fit:
claims on sentences that no other claim is on, and details, to be measured on (`python -m eval.pairs`).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from importlib import resources
from typing import TypeVar

Line = TypeVar("Line")


@dataclass(frozen=True, slots=True)
class Claims:
    """What questions take for granted, over one sentence.

    Attributes:
        document: The id of the one that holds the sentence.
        quote: The sentence.
        true: Questions whose premise it bears out.
        false: Questions whose premise is its contrary, has another thing in its place, or is invented.
    """

    document: str
    quote: str
    true: tuple[str, ...]
    false: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """A question for a detail of what a document treats.

    Attributes:
        quote: The sentence that states it; empty where none does.
    """

    document: str
    quote: str
    question: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A question that the reader was not fitted on.

    Attributes:
        document: That it is about.
        is_claim: Whether it takes something for granted; else it asks for a detail.
        is_answerable: Whether the guide bears that out, or states it.
    """

    document: str
    is_claim: bool
    question: str
    is_answerable: bool


def claims() -> list[Claims]:
    """All claims that the reader reads.

    Raises:
        ValueError: If a line is none.
    """
    found = _read("claims.jsonl", Claims)
    return [Claims(one.document, one.quote, tuple(one.true), tuple(one.false)) for one in found]


def details() -> list[Detail]:
    """All details that it reads.

    Raises:
        ValueError: If a line is none.
    """
    return _read("details.jsonl", Detail)


def unread() -> list[Unread]:
    """What it does not read.

    Raises:
        ValueError: If a line is none.
    """
    return _read("unread.jsonl", Unread)


def _read(name: str, line_of: Callable[..., Line]) -> list[Line]:
    text = (resources.files("eval") / "fitting" / name).read_text(encoding="utf-8")
    return [_line(line, name, line_of) for line in text.splitlines()]


def _line(line: str, name: str, line_of: Callable[..., Line]) -> Line:
    held = json.loads(line)
    if set(held) != {one.name for one in fields(line_of)}:  # type: ignore[arg-type]
        raise ValueError(f"{name}: not what is wanted there: {line[:120]}")
    return line_of(**held)
