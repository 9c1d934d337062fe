"""Fuzz everything that reads what others wrote.

    python -m tests.fuzz                                  # every target, 100,000 inputs, of a costly one 1,000
    python -m tests.fuzz --seconds 120 --seed 7 warc html # two of them, two minutes each
    python -m tests.fuzz --engine atheris markers         # led by coverage; needs `pip install '.[fuzz]'`
    python -m tests.fuzz --replay FILE html               # one input again
    python -m tests.fuzz --patterns                       # every regular expression, for catastrophic backtracking
    python -m tests.fuzz --growth                         # every reader, for what takes it more than linear time

A line of JSON a campaign; exit code 1 if anything was found. Inputs that showed a defect lie in --keep, each with its
traceback; the same seed gives the same inputs.
"""

import argparse
import json
import logging
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

from tests.fuzz import campaign, growth, patterns
from tests.fuzz.targets import TARGETS, Target

_INPUTS = 100_000
_COSTLY = 1_000


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--engine", choices=("mutation", "hypothesis", "atheris"), default="mutation")
    parser.add_argument(
        "--inputs", type=int, help=f"of each target; {_INPUTS:,} unless given, {_COSTLY:,} of a costly one"
    )
    parser.add_argument("--seconds", type=float, default=3_600.0, help="at most, of each target")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**6)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir(), "ninestep-fuzz"))
    parser.add_argument("--replay", type=Path, metavar="FILE")
    parser.add_argument("--patterns", action="store_true")
    parser.add_argument("--growth", action="store_true")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # what libraries say of odd input is no finding
    logging.disable()
    if given.patterns:
        return _told(patterns.slow())
    campaign.capped()
    if given.growth:
        return _grown(given.targets)
    wrong = False
    for name in given.targets or TARGETS:
        if name not in TARGETS:
            parser.error(f"there is no target {name!r}; there are {', '.join(TARGETS)}")
        if given.replay:
            TARGETS[name].run(given.replay.read_bytes())
            continue
        wrong |= _one(TARGETS[name], given)
    return int(wrong)


def _one(target: Target, given: argparse.Namespace) -> bool:
    inputs = given.inputs or (_COSTLY if target.costly else _INPUTS)
    if given.engine == "atheris":
        line = _guided(target, given, inputs=inputs)
        _say(line)
        return bool(json.loads(line)["defects"])
    run = campaign.by_mutation if given.engine == "mutation" else campaign.by_hypothesis
    figures = run(target, seed=given.seed, inputs=inputs, seconds=given.seconds)
    campaign.keep(figures, given.keep)
    _say(figures.line())
    return bool(figures.found)


def _guided(target: Target, given: argparse.Namespace, *, inputs: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder, "figures")
        line = [sys.executable, "-W", "ignore", "-m", "tests.fuzz.guided", target.name, str(given.seed), str(inputs), str(int(given.seconds)),
                str(told), str(given.keep)]  # fmt: skip
        ended = subprocess.run(line, capture_output=True, text=True, check=False)
        if not told.exists():
            raise SystemExit(f"atheris gave no figures (exit {ended.returncode}): {ended.stderr[-1500:]}")
        return told.read_text()


def _grown(names: list[str]) -> int:
    steep = 0
    for line in growth.slow(names):
        _say(line)
        steep += 1
    _say(f"{steep} marks take more than linear time")
    return int(bool(steep))


def _told(slow: list[str]) -> int:
    for line in slow:
        _say(line)
    _say(f"{len(slow)} of {len(patterns.everywhere())} regular expressions take more than linear time")
    return int(bool(slow))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
