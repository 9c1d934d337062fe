"""Long mixed load on a real server, and many chat sessions at once; figures in one line of JSON.

    python -m tests.soak --minutes 30 --home DIR --out soak.json
    python -m tests.soak --sessions 200 --home DIR

The home holds an index; a copy of it is served, so nothing of it changes. First an idle server is measured by one
client, then everything comes at once at the pace of people: searches, questions over the API, questions on the chat
page, the pages themselves, and files that are ingested one after another. What must hold: no error, memory, open files
and threads that do not grow, and a 95th percentile within twice that of the idle server (for searches and questions).
Every half minute the figures until then go to --out, so that a run that is cut off is not lost.
"""

import argparse
import itertools
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.assistant.api.server import Served, serve

_QUERIES = (
    "negative sampling", "feature store latency", "calibration of click probabilities", "cold start", "position bias",
    "two-tower retrieval", "canary deployment", "data drift", "approximate nearest neighbours", "class imbalance",
    "label delay", "online metrics and guardrails", "embedding tables", "exploration", "counterfactual evaluation",
)  # fmt: skip
_QUESTIONS = (
    "Design a video recommendation system", "two-tower or cross-encoder?", "What is position bias?",
    "How do I detect data drift?", "Design a fraud detection system", "When does a bandit beat an A/B test?",
    "Why are in-batch negatives biased?", "Design an ad click prediction system", "How is calibration measured?",
)  # fmt: skip
_PAGES = ("/", "/search?q=drift", "/library", "/quality", "/docs", "/healthz", "/metrics", "/v1/sources")
_IDLE = 40  # requests of each kind that measure the idle server
_SAMPLE = 5.0  # seconds between two looks at the process
_FLUSH = 30.0
_SETTLED = 0.25  # share of the run after which growth is looked at: caches fill before
_TIMES_IDLE = 2.0
# Seconds between two requests of one kind, on average: about eight a second in all, half of what two cores can do.
_PACES = {"search": 0.2, "ask": 1.5, "chat": 1.5, "page": 2.0, "ingest": 20.0}


@dataclass(slots=True)
class Tally:
    """What clients met; safe for several threads.

    Attributes:
        seconds: By kind of request.
        busy: Answers that only said to come back later.
    """

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    busy: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def met(self, kind: str, seconds: float, *, error: str = "", busy: bool = False) -> None:
        """Note one request."""
        with self.lock:
            if error:
                self.errors[f"{kind}: {error}"] += 1
            elif busy:
                self.busy[kind] += 1
            else:
                self.seconds.setdefault(kind, []).append(seconds)

    def told(self) -> dict[str, Any]:
        """Counts and milliseconds by kind."""
        with self.lock:
            times = {kind: _percentiles(held) for kind, held in sorted(self.seconds.items())}
            return {"requests": times, "errors": dict(self.errors), "busy": dict(self.busy)}


def _percentiles(seconds: list[float]) -> dict[str, float]:
    ranked = sorted(seconds)
    return {
        "count": len(ranked),
        "p50_ms": round(1000 * statistics.median(ranked), 1),
        "p95_ms": round(1000 * ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))], 1),
        "max_ms": round(1000 * ranked[-1], 1),
    }


class Clients:
    """One client of each kind; each call is one request, noted in the tally."""

    def __init__(self, client: httpx.Client, tally: Tally, draw: random.Random) -> None:
        self._client = client
        self._tally = tally
        self._draw = draw
        self._numbers = itertools.count()

    def search(self) -> None:
        """A search that was hardly asked before."""
        query = f"{self._draw.choice(_QUERIES)} {self._draw.choice(_QUERIES)} {self._draw.randrange(10_000)}"
        self._timed("search", lambda: self._client.post("/v1/search", json={"query": query, "k": 10}))

    def ask(self) -> None:
        """A question over the API."""
        self._timed("ask", lambda: self._client.post("/v1/ask", json={"question": self._draw.choice(_QUESTIONS)}))

    def chat(self) -> None:
        """A question on the chat page, read to its end; a follow-up now and then."""
        history = [self._draw.choice(_QUESTIONS)] if self._draw.random() < 0.3 else []
        asked = {"question": self._draw.choice(_QUESTIONS), "history": history, "turn": "soak"}
        self._timed("chat", lambda: self._client.post("/chat/ask", json=asked), wants="event: done")

    def page(self) -> None:
        """One of the pages."""
        self._timed("page", lambda: self._client.get(self._draw.choice(_PAGES)))

    def ingest(self) -> None:
        """A file that is new, followed until it is indexed."""
        number = next(self._numbers)
        text = f"# Note {number}\n\n" + " ".join(
            f"Sentence {n} of note {number} says what is ranked." for n in range(80)
        )
        name = {"name": f"note-{number}.md"}
        made: list[httpx.Response] = []

        def work() -> httpx.Response:
            made.append(self._client.post("/v1/ingest/file", params=name, content=text.encode()))
            if made[0].status_code != httpx.codes.ACCEPTED:
                return made[0]
            return self._client.get(f"/v1/jobs/{made[0].json()['id']}/events", timeout=600)

        self._timed("ingest", work, wants='"state":"done"')

    def _timed(self, kind: str, work: Callable[[], httpx.Response], *, wants: str = "") -> None:
        started = time.perf_counter()
        try:
            answer = work()
        except httpx.HTTPError as error:
            self._tally.met(kind, 0, error=type(error).__name__)
            return
        took = time.perf_counter() - started
        if answer.status_code in {429, 503}:
            self._tally.met(kind, took, busy=True)
        elif answer.is_error:
            self._tally.met(kind, took, error=f"HTTP {answer.status_code}")
        elif wants and wants not in answer.text.replace('": "', '":"'):
            self._tally.met(kind, took, error="no end")
        else:
            self._tally.met(kind, took)


@dataclass(frozen=True, slots=True)
class Look:
    """The server's process at one moment; memory in MiB."""

    at: float
    memory: float
    files: int
    threads: int


def look(running: Served) -> Look:
    """How the process stands now."""
    place = Path(f"/proc/{running.process.pid}")
    status = (place / "status").read_text()
    threads = int(status.partition("Threads:")[2].split()[0])
    return Look(time.monotonic(), running.resident() / 1024, len(list((place / "fd").iterdir())), threads)


def growth(looks: list[Look]) -> dict[str, Any]:
    """From when caches are full to the end: the medians of the first and the last fifth of it."""
    settled = looks[int(_SETTLED * len(looks)) :]
    fifth = max(1, len(settled) // 5)
    early, late = settled[:fifth], settled[-fifth:]

    def pair(name: str) -> list[float]:
        return [round(statistics.median(getattr(one, name) for one in part), 1) for part in (early, late)]

    return {"memory_mib": pair("memory"), "open_files": pair("files"), "threads": pair("threads")}


def soak(running: Served, *, minutes: float, seed: int, flush: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Measure idle, then load; returns the figures."""
    idle, tally = Tally(), Tally()
    _measure_idle(running, idle, seed)
    told: dict[str, Any] = {
        "minutes": minutes,
        "seed": seed,
        "cores": len(os.sched_getaffinity(0)),
        "idle": idle.told(),
    }
    looks = [look(running)]
    over = threading.Event()
    threads = [
        threading.Thread(target=_at_pace, args=(running, tally, name, pace, seed, over))
        for name, pace in _PACES.items()
    ]
    for thread in threads:
        thread.start()
    until, flushed = time.monotonic() + 60 * minutes, time.monotonic()
    while time.monotonic() < until and running.process.poll() is None:
        time.sleep(_SAMPLE)
        looks.append(look(running))
        if time.monotonic() - flushed > _FLUSH:
            flushed = time.monotonic()
            flush(told | _figures(idle, tally, looks) | {"whole": False})
    over.set()
    for thread in threads:
        thread.join()
    return told | _figures(idle, tally, looks) | {"whole": running.process.poll() is None}


def _figures(idle: Tally, tally: Tally, looks: list[Look]) -> dict[str, Any]:
    before, under = idle.told()["requests"], tally.told()["requests"]
    times = {
        kind: round(under[kind]["p95_ms"] / before[kind]["p95_ms"], 2)
        for kind in ("search", "ask", "chat")
        if kind in under and kind in before
    }
    lasted = round((looks[-1].at - looks[0].at) / 60, 1)
    return {"lasted_minutes": lasted, "load": tally.told(), "p95_times_idle": times, "growth": growth(looks)}


def _measure_idle(running: Served, tally: Tally, seed: int) -> None:
    with running.client() as client:
        for round_ in (Tally(), tally):  # the first warms the server up
            clients = Clients(client, round_, random.Random(seed))
            for _ in range(_IDLE):
                clients.search()
            for _ in range(_IDLE // 2):
                clients.ask()
                clients.chat()
            for _ in _PAGES:
                clients.page()


def _at_pace(running: Served, tally: Tally, kind: str, pace: float, seed: int, over: threading.Event) -> None:
    draw = random.Random(f"{seed} {kind}")
    with running.client() as client:
        act: Callable[[], None] = getattr(Clients(client, tally, draw), kind)
        while not over.wait(draw.expovariate(1 / pace)):
            act()


# Many chat sessions at once


@dataclass(slots=True)
class Session:
    """What one browser tab met.

    Attributes:
        first: Seconds from the question to the first words.
        tries: How often it asked until it was served.
    """

    error: str = ""
    first: float = 0.0
    whole: float = 0.0
    tries: int = 0


def sessions(running: Served, *, count: int, seed: int) -> dict[str, Any]:
    """So many tabs: each has its page and Gradio's heartbeat open, and all ask at the same time."""
    before = look(running)
    ready = threading.Barrier(count + 1)
    asked = threading.Barrier(count + 1)
    with ThreadPoolExecutor(count) as pool:
        tabs = [pool.submit(_tab, running, number, seed, ready, asked) for number in range(count)]
        ready.wait(timeout=600)
        open_ = look(running)
        asked.wait(timeout=900)
        held = [tab.result() for tab in tabs]
    time.sleep(25)  # Gradio looks every fifteen seconds whether a tab is still there
    after = look(running)
    served = [one for one in held if not one.error]
    return {
        "sessions": count, "seed": seed, "served": len(served),
        "errors": dict(Counter(one.error for one in held if one.error)),
        "first_words": _percentiles([one.first for one in served] or [0.0]),
        "whole": _percentiles([one.whole for one in served] or [0.0]),
        "tries": dict(Counter(one.tries for one in held)),
        "memory_mib": [round(one.memory, 1) for one in (before, open_, after)],
        "open_files": [before.files, open_.files, after.files],
        "threads": [before.threads, open_.threads, after.threads],
    }  # fmt: skip


def _tab(running: Served, number: int, seed: int, ready: threading.Barrier, asked: threading.Barrier) -> Session:
    session = Session()
    question = random.Random(f"{seed} {number}").choice(_QUESTIONS)
    with running.client() as client, _tab_open(client, number, session):
        ready.wait(timeout=600)
        if not session.error:
            try:
                _ask_until_served(client, question, session)
            except httpx.HTTPError as error:
                session.error = type(error).__name__
        asked.wait(timeout=900)  # every tab stays open until the last has its answer
    return session


@contextmanager
def _tab_open(client: httpx.Client, number: int, session: Session) -> Iterator[None]:
    """The chat page, and the stream by which Gradio knows that a tab is still open."""
    try:
        page = client.get("/")
        if page.is_error:
            session.error = f"HTTP {page.status_code}"
        with client.stream("GET", f"/gradio_api/heartbeat/soak{number}") as heartbeat:
            if heartbeat.is_error:
                session.error = f"heartbeat: HTTP {heartbeat.status_code}"
            yield
    except httpx.HTTPError as error:
        session.error = session.error or type(error).__name__


def _ask_until_served(client: httpx.Client, question: str, session: Session) -> None:
    started = time.perf_counter()
    for _ in range(200):
        session.tries += 1
        with client.stream("POST", "/chat/ask", json={"question": question, "turn": "soak"}, timeout=300) as answer:
            if answer.status_code in {429, 503}:
                wait = float(answer.headers.get("retry-after", "1"))
            elif answer.is_error:
                session.error = f"HTTP {answer.status_code}"
                return
            else:
                told = _read(answer, session, started)
                if told == "done":
                    return
                wait = 1.0
        time.sleep(wait)
    session.error = "never served"


def _read(answer: httpx.Response, session: Session, started: float) -> str:
    """Read a stream to its end; returns the name of its last event."""
    name = ""
    for line in answer.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
            if name == "piece" and not session.first:
                session.first = time.perf_counter() - started
    session.whole = time.perf_counter() - started
    return name


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--sessions", type=int, default=0, help="open so many chat sessions instead")
    parser.add_argument("--home", type=Path, required=True, help="with an index; it is copied")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("soak.json"))
    given = parser.parse_args()

    def flush(figures: dict[str, Any]) -> None:
        given.out.write_text(json.dumps(figures) + "\n")

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        shutil.copytree(given.home, home)
        with serve(home) as running:
            if given.sessions:
                figures = sessions(running, count=given.sessions, seed=given.seed)
            else:
                figures = soak(running, minutes=given.minutes, seed=given.seed, flush=flush)
            figures["log_errors"] = running.log.read_text().count('"level": "ERROR"')
    flush(figures)
    sys.stdout.write(json.dumps(figures) + "\n")
    return int(bool(figures.get("errors") or figures.get("load", {}).get("errors")))


if __name__ == "__main__":
    sys.exit(main())
