"""Fill the disk before everything that writes, at every stage of it, and see that nothing is lost.

    python -m tests.full --seed 7 --tries 60

A home lies on a small file system in memory, most of which a ballast takes; what is left is drawn anew for each try,
from nothing to as much as the work needs. A child does one kind of work (`tests.crash`, and handing in a file, sharing
an answer, repairing) as the command line does it. However far it comes: no traceback, one sentence, the generation
before serves while the disk is still full, and with the ballast gone the doctor finds nothing wrong and the work
completes. Mounting wants root; where it is not to be had, a limit on the size of files stands for the disk.
"""

import argparse
import asyncio
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.api.jobs import UPLOADS
from assistant.api.uploads import Uploads
from assistant.feedback import FeedbackBook, Note
from assistant.keys import KeyRing, Scope
from assistant.settings import Settings
from index import building, generation, manifest
from index.search import HybridSearcher
from index.serving import Serving
from ingest.library import Library
from tests import crash
from tests.ingest.web import Web
from tests.parts import HashEmbedder, document
from ui import cli, doctor
from ui.shared import SharedAnswers

_SIZE = 320 * 2**20  # bytes of the file system: the doctor wants 200 MB for a new index
_DOCUMENTS = 30


def upload(home: Path) -> Iterator[str]:
    """Hand in a file as it comes over HTTP."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield os.urandom(8_192)

    yield asyncio.run(Uploads(home / UPLOADS).keep("notes.md", pieces()))


def share(home: Path) -> Iterator[str]:
    """Share an answer."""
    yield SharedAnswers(home / "shared").add("x" * 60_000)


def grow(home: Path) -> Iterator[str]:
    """Index a corpus that is much larger than the one before."""
    with Library(home / "library.sqlite") as library:
        for number in range(_DOCUMENTS):
            text = f"# Text {number}\n\n" + " ".join(f"Text {number} of {os.getpid()} ranks {n}." for n in range(150))
            library.put(document(text, id=f"grown-{number}"))
        yield building.build(library.documents(), root=home, embedder=HashEmbedder()).id


def repair(home: Path) -> Iterator[str]:
    """Build a damaged generation again."""
    (home / "generations" / str(generation.current(home)) / "vectors.npy").write_bytes(b"")
    yield from doctor.repair(Settings(home=home), log=lambda _: None, load=lambda _: HashEmbedder())


WORK: dict[str, Callable[[Path], Iterator[str]]] = crash.WORK | {
    "upload": upload, "share": share, "grow": grow, "repair": repair,
}  # fmt: skip
# Kilobytes that each kind of work takes at most, measured; `move` wants 64 MB of room before it unpacks anything.
_TAKES = {
    "ingest": 700, "index": 500, "feedback": 60, "keys": 30, "move": 1_000, "upload": 400, "share": 80, "grow": 3_000,
    "repair": 500,
}  # fmt: skip


def work(name: str, home: Path, *, most: int) -> int:
    """What the child does: one round of the work; `most` bounds each file in the place of the disk, if it is not 0."""
    if most:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    def run() -> int:
        said = WORK[name](home)
        next(said, None)
        said.close()  # type: ignore[attr-defined]
        return 0

    return cli.told(run)


class Disk:
    """A small disk, and how much of it is free.

    Args:
        folder: Where it is mounted; an ordinary folder where files alone are limited.
        is_real: Whether it is a file system of its own.
    """

    def __init__(self, folder: Path, *, is_real: bool) -> None:
        self.folder = folder
        self.is_real = is_real
        self._ballast = folder / "ballast"

    def leave(self, size: int) -> int:
        """Leave so many bytes free; returns the limit on files that a child is given for it, 0 for none."""
        if not self.is_real:
            return max(1, size)
        free = shutil.disk_usage(self.folder).free
        with self._ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, free - size))
        return 0

    def clear(self) -> None:
        """Take the ballast away."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def disk() -> Iterator[Disk]:
    """A disk in memory where this process may mount one, else a folder."""
    with tempfile.TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "ninestep-full", folder]
        mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
        try:
            yield Disk(Path(folder), is_real=mounted)
        finally:
            if mounted:
                subprocess.run(["umount", "-l", folder], check=True)


def prepared(home: Path) -> None:
    """A home with something of everything."""
    with Library(home / "library.sqlite") as library:
        for number in range(4):
            library.put(document(f"# Stage {number}\n\nStage {number} ranks what was found.", id=f"stage-{number}"))
        building.build(library.documents(), root=home, embedder=HashEmbedder())
        library.put(document("# Later\n\nA later text ranks candidates.", id="later"))
        building.build(library.documents(), root=home, embedder=HashEmbedder())
    FeedbackBook(home / "feedback.sqlite").add(Note(verdict="up"))
    KeyRing(home / "keys.json").add("k", scopes=[Scope.READ])


def tried(name: str, place: Disk, home: Path, port: int, *, free: int) -> tuple[str, str]:
    """Do one kind of work with so many bytes free; returns what came of it, and what is wrong with that."""
    shown = _child(name, home, port, most=place.leave(free))
    wrong = _told_wrong(shown) or _serves_wrong(home)
    place.clear()
    wrong = wrong or _doctors_wrong(home, damaged=name == "repair")
    again = _child(name, home, port)
    if again.returncode and not wrong:
        wrong = f"with room again it does not complete: {again.stderr[-600:]}"
    return f"refused: {shown.stderr.splitlines()[-1]}" if shown.returncode else "done", wrong


def _child(name: str, home: Path, port: int, *, most: int = 0) -> "subprocess.CompletedProcess[str]":
    proxy = f"http://127.0.0.1:{port}"
    environment = os.environ | {"HTTP_PROXY": proxy, "http_proxy": proxy, "NO_PROXY": "", "no_proxy": ""}
    line = [sys.executable, "-m", "tests.full", "--work", name, "--home", str(home), "--most", str(most)]
    return subprocess.run(line, env=environment, capture_output=True, text=True, check=False)


def _told_wrong(shown: "subprocess.CompletedProcess[str]") -> str:
    lines = shown.stderr.splitlines()
    if shown.returncode not in {0, 1}:
        return f"exit code {shown.returncode}: {shown.stderr[-600:]}"
    if "Traceback" in shown.stderr or (shown.returncode and not any(one.startswith("ninestep: ") for one in lines)):
        return f"no sentence: {shown.stderr[-1500:]}"
    return ""


def _serves_wrong(home: Path) -> str:
    """The disk is still full: the last good generation, be it that before or a whole new one, answers all the same."""
    with Serving(home, HashEmbedder()).generation() as held:
        found = HybridSearcher(held, HashEmbedder()).search("what ranks candidates")
        whole = manifest.is_whole(home / "generations" / held.manifest.id)
    return "" if found and whole else f"found {len(found)}, whole: {whole}"


def _doctors_wrong(home: Path, *, damaged: bool) -> str:
    checks = doctor.examine(Settings(home=home), load=lambda _: HashEmbedder())
    wrong = [f"{check.name}: {check.found}" for check in checks if not check.ok]
    return "; ".join(line for line in wrong if not (damaged and "is damaged" in line))


def run(*, seed: int, tries: int, say: Callable[[str], None]) -> Counter[str]:
    """Fill the disk that many times; returns how often each kind of work was done or refused.

    Raises:
        RuntimeError: If anything was lost or told wrongly; the message names seed, try, work and free bytes.
    """
    drawn = random.Random(seed)
    count: Counter[str] = Counter()
    with disk() as place, Web(crash.pages(0)) as web:
        say(f"a disk of {_SIZE // 2**20} MB in memory" if place.is_real else "a limit on the size of files")
        home = place.folder / "home"
        prepared(home)
        for number in range(1, tries + 1):
            name = list(WORK)[number % len(WORK)]
            free = int(1024 * _TAKES[name] * drawn.random())
            web.pages = crash.pages(number)
            came, wrong = tried(name, place, home, web.port, free=free)
            if wrong:
                raise RuntimeError(f"seed {seed}, try {number} ({name}, {free:,} bytes free): {wrong}")
            count[f"{name} {came.partition(':')[0]}"] += 1
            say(f"try {number}: {name} with {free:,} bytes free was {came}")
    return count


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**6)
    parser.add_argument("--tries", type=int, default=60)
    parser.add_argument("--work", choices=WORK, help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--most", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        return work(given.work, given.home, most=given.most)
    count = run(seed=given.seed, tries=given.tries, say=_say)
    _say(f"seed {given.seed}: {sum(count.values())} full disks survived, {dict(sorted(count.items()))}")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
