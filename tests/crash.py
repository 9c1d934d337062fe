"""Kill -9 at random moments, and see after each that nothing is lost.

    python -m tests.crash --seed 7 --kills 200

A child does one kind of work in a loop on a home of its own: ingest pages of a small local web, build and swap the
index, keep feedback, make and revoke keys, export and import. It says on standard output what it was told is kept, and
is killed somewhere in the middle. After each kill the home must open, a whole generation must serve, everything that
was acknowledged must be there, and the doctor must find nothing wrong; in the end every kind of work must complete.
The embedder is the tests' own, so that a kill costs a second; everything else is what the commands use.
"""

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from assistant.feedback import FeedbackBook, Note
from assistant.keys import KeyRing, Scope
from assistant.settings import Settings
from index import building, generation, manifest
from index.search import HybridSearcher
from index.serving import Serving
from ingest import catalog, pipeline
from ingest.archive import Archive
from ingest.fetch import Fetcher
from ingest.library import Library
from tests.ingest.web import Page, Web
from tests.parts import HashEmbedder, document
from ui import doctor, moving

_PAGES = 12
_LONGEST = 1.2  # seconds from the beginning of the work to the kill
_READY = "ready"


def pages(version: int) -> dict[str, Page]:
    """A small web, each page on a host of its own; another version is another text."""
    return {f"host{number}.example/page": Page(_body(number, version)) for number in range(_PAGES)}


def _body(number: int, version: int) -> bytes:
    words = " ".join(f"Sentence {n} of version {version} says what system {number} ranks." for n in range(40))
    return f"<html><title>System {number}</title><body><article><h1>System {number}</h1><p>{words}".encode()


def ingest(home: Path) -> Iterator[str]:
    """Fetch every page, again and again."""
    sources = [catalog.unlisted(f"http://{address}") for address in pages(0)]

    async def once(library: Library, archive: Archive) -> None:
        async with Fetcher() as fetcher:
            await pipeline.ingest(sources, library=library, archive=archive, fetcher=fetcher, report=lambda _: None)

    while True:
        with Library(home / "library.sqlite") as library, Archive(home / "archive") as archive:
            asyncio.run(once(library, archive))
            yield from (f"document {document.id}" for document in library.every_document())


def index(home: Path) -> Iterator[str]:
    """Change a document, build, swap."""
    for turn in range(10_000):
        with Library(home / "library.sqlite") as library:
            library.put(document(f"# Turn\n\nTurn {turn}-{os.getpid()} ranks candidates.", id="turning"))
            made = building.build(library.documents(), root=home, embedder=HashEmbedder())
        yield f"generation {made.id}"


def feedback(home: Path) -> Iterator[str]:
    """Keep notes."""
    book = FeedbackBook(home / "feedback.sqlite")
    for turn in range(1_000_000):
        book.add(Note(verdict="up", comment=f"{os.getpid()}-{turn}"))
        yield f"note {os.getpid()}-{turn}"


def keys(home: Path) -> Iterator[str]:
    """Make keys; of three one is revoked again."""
    ring = KeyRing(home / "keys.json")
    for turn in range(60):
        key, _ = ring.add(f"key {turn}", scopes=[Scope.READ])
        if turn % 3:
            yield f"key {key.id}"
        else:
            ring.revoke(key.id)


def move(home: Path) -> Iterator[str]:
    """Export, and import what was exported."""
    for turn in range(10_000):
        file = home.parent / f"{os.getpid()}-{turn}.ninestep"
        moving.export(Settings(home=home), file)
        kept = moving.restore(Settings(home=home), file).kept
        file.unlink()
        yield f"folder {kept.name if kept else '.'}"


WORK: dict[str, Callable[[Path], Iterator[str]]] = {
    "ingest": ingest, "index": index, "feedback": feedback, "keys": keys, "move": move,
}  # fmt: skip


def work(name: str, home: Path, *, turns: int) -> int:
    """What the child does: say that it is ready, work, and say what is kept."""
    _say(_READY)
    for done, line in enumerate(WORK[name](home), start=1):
        _say(line)
        if done == turns:
            break
    return 0


def lost(home: Path, acknowledged: set[str]) -> list[str]:
    """What is not as it should be after a kill."""
    wrong = [f"{check.name}: {check.found}" for check in _examined(home) if not check.ok]
    serving = Serving(home, HashEmbedder())
    with serving.generation() as held:
        if held.manifest.id != generation.current(home):
            wrong.append("the generation that CURRENT names does not serve")
        if not manifest.is_whole(home / "generations" / held.manifest.id):
            wrong.append("half a generation serves")
        if not HybridSearcher(held, HashEmbedder()).search("what ranks candidates"):
            wrong.append("nothing is found")
    with Library(home / "library.sqlite") as library:
        there = {f"document {document.id}" for document in library.every_document()}
    there |= {f"note {note.comment}" for note in FeedbackBook(home / "feedback.sqlite").notes()}
    there |= {f"key {key.id}" for key in KeyRing(home / "keys.json").all()}
    kept = {line for line in acknowledged if not line.startswith(("generation", "folder"))}
    return wrong + [f"lost: {line}" for line in sorted(kept - there)[:3]]


def _examined(home: Path) -> list[doctor.Check]:
    return doctor.examine(Settings(home=home), load=lambda _: HashEmbedder())


def _child(name: str, home: Path, port: int, *, turns: int = 0) -> "subprocess.Popen[str]":
    proxy = f"http://127.0.0.1:{port}"
    environment = os.environ | {"HTTP_PROXY": proxy, "http_proxy": proxy, "NO_PROXY": "", "no_proxy": ""}
    line = [sys.executable, "-m", "tests.crash", "--work", name, "--home", str(home), "--turns", str(turns)]
    return subprocess.Popen(
        line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def kill_one(name: str, home: Path, port: int, moment: float) -> set[str]:
    """Start a child, kill it after a moment of work; returns what it said is kept.

    Raises:
        RuntimeError: If it ended by itself with an error.
    """
    with _child(name, home, port) as child:
        first = child.stdout.readline().strip() if child.stdout else ""
        time.sleep(moment)
        if first == _READY:
            os.killpg(child.pid, signal.SIGKILL)
        said, complained = child.communicate()
    if child.returncode not in (0, -signal.SIGKILL):
        raise RuntimeError(f"{name} failed by itself: {complained[-2000:]}")
    whole, _, _ = said.rpartition("\n")  # the last line may be half of one
    return set(whole.splitlines())


def run(*, seed: int, kills: int, home: Path, say: Callable[[str], None]) -> Counter[str]:
    """Kill that many times; returns how often each kind of work was killed.

    Raises:
        RuntimeError: If anything was lost; the message names seed, kill, work and moment.
    """
    drawn = random.Random(seed)
    count: Counter[str] = Counter()
    acknowledged: set[str] = set()
    with Library(home / "library.sqlite") as library:
        library.put(document("# Ranking\n\nA ranker orders candidates.", id="ranking"))
        building.build(library.documents(), root=home, embedder=HashEmbedder())
    FeedbackBook(home / "feedback.sqlite").add(Note(verdict="up"))
    with Web(pages(0)) as web:
        for number in range(1, kills + 1):
            name, moment = drawn.choice(list(WORK)), drawn.uniform(0, _LONGEST)
            web.pages = pages(number)
            acknowledged |= kill_one(name, home, web.port, moment)
            count[name] += 1
            wrong = lost(home, acknowledged)
            if wrong:
                raise RuntimeError(f"seed {seed}, kill {number} ({name}, after {moment:.3f} s): {'; '.join(wrong)}")
            say(f"kill {number}: {name} after {moment:.3f} s, {len(acknowledged)} kept")
        for name in WORK:
            with _child(name, home, web.port, turns=3) as child:
                _, complained = child.communicate()
            if child.returncode:
                raise RuntimeError(f"seed {seed}: after all kills, {name} does not complete: {complained[-2000:]}")
    wrong = lost(home, acknowledged)
    if wrong:
        raise RuntimeError(f"seed {seed}, after the last run: {'; '.join(wrong)}")
    return count


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**6)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--work", choices=WORK, help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--turns", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        return work(given.work, given.home, turns=given.turns)
    with tempfile.TemporaryDirectory() as folder:
        count = run(seed=given.seed, kills=given.kills, home=Path(folder, "home"), say=_say)
    _say(f"seed {given.seed}: {sum(count.values())} kills survived, {dict(count)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
