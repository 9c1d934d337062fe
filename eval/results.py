"""Results that are kept: one small JSON file a collection, with where and when it was measured.

A number without its origin cannot be compared with the next one: each file names the commit, the machine, the digest of
the corpus and the settings. Values by query are left out; `ninestep eval retrieval --json` gives them.
"""

import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from eval import report
from eval.report import Part


@dataclass(frozen=True, slots=True)
class Origin:
    """Where and when something was measured.

    Attributes:
        commit: Of the program, shortened, with `+` where its files were changed since; "unknown" outside a repository.
        machine: Processor, cores and Python.
    """

    made: str
    commit: str
    machine: str


def origin() -> Origin:
    """Here and now."""
    cores = len(os.sched_getaffinity(0))
    machine = f"{platform.machine()} {platform.system()}, {cores} cores, Python {platform.python_version()}"
    return Origin(datetime.now(UTC).isoformat(timespec="seconds"), _commit(Path(__file__).parent), machine)


def _commit(folder: Path) -> str:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()

    try:
        return git("rev-parse", "--short=12", "HEAD") + ("+" if git("status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def keep(folder: Path, name: str, values: object) -> Path:
    """Write what a command measured into a file of its own, named after the time and what was measured."""
    here = origin()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{here.made[:19].replace(':', '')}-{name}.json"
    path.write_text(json.dumps(asdict(here) | {"result": values}, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def save(folder: Path, part: Part, origin: Origin) -> Path:
    """Write what a report says of a collection; the file is named after the collection."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{part.name}.json"
    path.write_text(
        json.dumps(asdict(origin) | report.summary(part), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    return path
