"""Questions of the user's own, in the format of the golden ones, in a file in the home.

A question that is saved again takes the place of the one with the same words. `golden.load` reads the file.
"""

import fcntl
import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from eval import golden
from eval.errors import CollectionError
from eval.golden import GoldenQuestion

FILE = "golden.jsonl"  # below the home
MOST = 10_000  # questions; a client in a loop must not fill the disk


def id_of(question: str) -> str:
    """The id of a question of the user's own; the same words always give the same."""
    return f"own-{hashlib.sha256(' '.join(question.split()).lower().encode()).hexdigest()[:8]}"


def keep(question: GoldenQuestion, path: Path) -> int:
    """Save a question; returns how many the file then holds.

    Raises:
        CollectionError: If the file is malformed, full or not writable.
    """
    return take([question], path)


def take(questions: Iterable[GoldenQuestion], path: Path) -> int:
    """Save several; returns how many the file then holds.

    Raises:
        CollectionError: If the file is malformed, full or not writable.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path):
            held = {one.id: one for one in golden.load(path)} if path.exists() else {}
            held |= {one.id: one for one in questions}
            if len(held) > MOST:
                raise CollectionError(f"{path.name} holds {MOST:,} questions, which is the most; move some elsewhere")
            beside = path.with_suffix(".new")
            beside.write_text("".join(f"{line(one)}\n" for one in held.values()), encoding="utf-8")
            beside.replace(path)
    except OSError as error:
        raise CollectionError(f"{path.name} cannot be written ({error.strerror}); is the disk full?") from error
    return len(held)


def line(question: GoldenQuestion) -> str:
    """A question as a line of the file."""
    return json.dumps(asdict(question), ensure_ascii=False)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
