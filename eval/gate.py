"""The gate: measured quality must not fall below the floors that are written down.

floors.toml holds, for each collection, the digest of what was measured and the value each measure had. A value passes
if it reaches its floor less one flipped judgment, which is at most 1 / queries of a mean. Floors rise by
`ninestep eval gate --raise`; nothing in the program lowers them.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from eval.errors import GateError
from eval.retrieval import Evaluation

_FILE = "floors.toml"


@dataclass(frozen=True, slots=True)
class Floor:
    """What a collection scored.

    Attributes:
        digest: Of the corpus, or of corpus and judgments; another one makes the floors meaningless.
        measures: The value of each measure.
    """

    digest: str
    queries: int
    measures: Mapping[str, float]


def floors(path: Path | None = None) -> dict[str, Floor]:
    """The floors by collection, those of the project by default.

    Raises:
        GateError: If the file cannot be read.
    """
    source = path or resources.files("eval") / _FILE
    try:
        tables = tomllib.loads(source.read_text(encoding="utf-8"))
        return {name: Floor(one["digest"], one["queries"], one["measures"]) for name, one in tables.items()}
    except (OSError, ValueError, KeyError) as error:
        raise GateError(f"the floors cannot be read ({error!r})") from error


def check(evaluation: Evaluation, *, digest: str, floor: Floor | None) -> list[str]:
    """What fell below its floor, one line each; empty if all is well.

    Raises:
        GateError: If there is no floor, or something else was measured than what it was set on.
    """
    if floor is None:
        raise GateError(
            f"{evaluation.collection} has no floor yet; set one with `ninestep eval gate --raise FILE`, and hold to it "
            "with `--floors FILE`"
        )
    if digest != floor.digest:
        raise GateError(
            f"{evaluation.collection} has digest {digest[:16]}, its floor was set on {floor.digest[:16]}; measure the "
            "same corpus and judgments, or set a new floor for the new ones by hand, with the reason"
        )
    slack = 1 / evaluation.queries
    return [
        f"{evaluation.collection}: {name} is {evaluation.measures[name]:.4f}, its floor {value:.4f} less one judgment "
        f"is {value - slack:.4f}"
        for name, value in floor.measures.items()
        if evaluation.measures[name] < value - slack
    ]


def raised(evaluation: Evaluation, *, digest: str, old: Floor | None) -> Floor:
    """A floor at what was measured; a measure that lies below its floor and passes keeps the floor it has.

    Raises:
        GateError: If a measure does not pass: its floor would have to be lowered.
    """
    kept = old.measures if old is not None and old.digest == digest else {}
    lower = [name for name, value in kept.items() if evaluation.measures[name] < value - 1 / evaluation.queries]
    if lower:
        raise GateError(f"{evaluation.collection}: {', '.join(lower)} would be lowered, and a floor never is")
    reached = {name: value for name, value in evaluation.measures.items() if not name.startswith("Judged")}
    return Floor(
        digest, evaluation.queries, {name: max(value, kept.get(name, value)) for name, value in reached.items()}
    )


def text(held: Mapping[str, Floor]) -> str:
    """Floors as TOML."""
    lines = ["# Set by `ninestep eval gate --raise`; never lowered by it.", ""]
    for name, floor in sorted(held.items()):
        measures = ", ".join(f'"{measure}" = {value}' for measure, value in floor.measures.items())
        lines += [
            f"[{name}]",
            f'digest = "{floor.digest}"',
            f"queries = {floor.queries}",
            f"measures = {{ {measures} }}",
            "",
        ]
    return "\n".join(lines)
