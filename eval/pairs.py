"""Pairs of questions over one sentence: one that the field guide answers, and one like it that it does not.

Made to look alike, so that neither can be told by its wording, which makes them harder than what people ask. Those that
differ by a premise are fitted on (eval/sufficiency.py), the others are read by the reader (eval/reading.py).
`python -m eval.pairs` asks both of each fourth of these, and each fourth question that is kept from both fits
(`written.unread`), and says how many are declined. Kinds of the second:
`premise` takes for granted what is not so (the first what is), `detail` asks for one that is not stated, `swapped` asks
the same of another company or method, `absent` of a matter near by that the guide does not treat.
"""

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from importlib import resources

import numpy as np

_EACH = 4
_KINDS = frozenset({"premise", "detail", "swapped", "absent"})


@dataclass(frozen=True, slots=True)
class Pair:
    """Two questions.

    Attributes:
        document: The id of the one that decides.
        quote: The sentence of it that answers the first, or bears out what that takes for granted.
        kind: Of the second.
        yes: The first.
        no: The second.
    """

    document: str
    quote: str
    kind: str
    yes: str
    no: str


def load() -> list[Pair]:
    """All pairs, by document.

    Raises:
        ValueError: If a line is none.
    """
    text = (resources.files("eval") / "golden" / "pairs.jsonl").read_text(encoding="utf-8")
    return [_read(line) for line in text.splitlines()]


def _read(line: str) -> Pair:
    held = json.loads(line)
    if set(held) != {one.name for one in fields(Pair)} or held["kind"] not in _KINDS:
        raise ValueError(f"pairs.jsonl: no pair of a known kind: {line[:120]}")
    return Pair(**held)


def declined(held: Iterable[Pair], *, is_declined: Callable[[str], bool]) -> dict[str, tuple[int, float, float]]:
    """By kind: how many pairs there are, and the shares of their first and second questions that are declined.

    Args:
        held: The pairs.
        is_declined: Asks a question.
    """
    found: dict[str, list[tuple[bool, bool]]] = {}
    for pair in held:
        found.setdefault(pair.kind, []).append((is_declined(pair.yes), is_declined(pair.no)))
    shares = {kind: np.mean(rows, axis=0) for kind, rows in sorted(found.items())}
    return {kind: (len(found[kind]), float(yes), float(no)) for kind, (yes, no) in shares.items()}


def main() -> None:
    """Ask, and say how many are declined."""
    from assistant import build, settings
    from assistant.types import Declined
    from eval import answers, written
    from ingest import guide

    read = settings.read()
    assistant = answers.assistant(guide.documents(), home=read.home, embedder=build.embedder(read))
    others = [pair for pair in load() if pair.kind != "premise"]
    told = declined(others[::_EACH], is_declined=lambda text: isinstance(assistant.ask(text), Declined))
    for kind, (count, yes, no) in told.items():
        sys.stdout.write(f"{kind}: {count} pairs, declined {yes:.3f} of the first and {no:.3f} of the second\n")
    for is_claim, name in ((True, "claims"), (False, "details")):
        for is_answerable, which in ((True, "true or stated"), (False, "not")):
            asked = [one for one in written.unread() if (one.is_claim, one.is_answerable) == (is_claim, is_answerable)]
            refused = [isinstance(assistant.ask(one.question), Declined) for one in asked[::_EACH]]
            sys.stdout.write(f"unread {name}, {which}: {len(refused)}, declined {np.mean(refused):.3f}\n")


if __name__ == "__main__":
    main()
