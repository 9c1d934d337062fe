"""What every route needs: the assistant, where the library lies, and the pools that do the work.

Three pools, so that a flood of questions never keeps a search, a document or a health check from being served;
ingestion is in none of them: it runs in a process of its own (`assistant.api.jobs`).
"""

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from fastapi import Request, Response

from assistant.answer import Assistant
from assistant.api.encoding import QueryEncoder
from assistant.api.memory import Results
from assistant.api.metrics import Metrics
from assistant.api.work import LOST_SECONDS, Pool
from assistant.keys import DEFAULT_RATE
from assistant.page import Wanted
from assistant.settings import Settings
from index.search import Mode
from index.types import Vectors

T = TypeVar("T")

LIBRARY_SECONDS = 10.0
SEARCH_SECONDS = 5.0  # a search takes 10–20 ms; whoever waited this long has gone


@dataclass(frozen=True, slots=True)
class Policy:
    """How the doors are kept.

    Attributes:
        keys_required: Every request needs an API key but /healthz and /readyz.
        rate: Requests a key may make, such as "600/minute".
        hosts: Names that a Host header may carry, ports left out; empty allows any.
        origins: Web origins that may call from a browser; empty allows only the server's own pages.
        log_questions: Write what is asked into the log.
        workers: Questions answered at once.
        searchers: Searches at once, beside them. A search is mostly Python, of which one thread runs at a time; more
            threads than half the cores get into each other's way.
        waiting: Questions that may wait for their turn.
        lost: Seconds after its time was over from which a thread that is still at work counts as lost.
    """

    keys_required: bool = False
    rate: str = DEFAULT_RATE
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    log_questions: bool = False
    workers: int = max(2, os.cpu_count() or 1)
    searchers: int = max(1, (os.cpu_count() or 1) // 2)
    waiting: int = 32
    lost: float = LOST_SECONDS


_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def policy(settings: Settings) -> Policy:
    """How the settings want the doors kept.

    On loopback only the machine's own names are answered to: a page elsewhere could otherwise point a name of its own
    at this machine and read what it likes (DNS rebinding). Elsewhere every request needs a key.
    """
    return Policy(
        keys_required=not settings.is_local or settings.keys == "always",
        rate=settings.rate,
        hosts=(*_LOOPBACK, *settings.hosts) if settings.is_local else settings.hosts,
        origins=settings.origins,
        log_questions=settings.log_questions,
    )


@dataclass(frozen=True, slots=True)
class Core:
    """The parts behind the routes."""

    assistant: Assistant
    library_path: Path
    policy: Policy
    questions: Pool
    searches: Pool
    encoder: QueryEncoder
    results: Results = field(default_factory=Results)
    metrics: Metrics = field(default_factory=Metrics)
    reading: Pool = field(default_factory=lambda: Pool(workers=2, waiting=32))

    @property
    def home(self) -> Path:
        """Where everything is kept."""
        return self.library_path.parent

    async def ask(self, request: Request, work: Callable[[], T], *, seconds: float) -> T:
        """Do the work of a question; ended when the client goes."""
        return await self.questions.run(work, seconds=seconds, client=request)

    async def search(self, wanted: Wanted, work: Callable[[Vectors | None, float], T], *, client: Request | None) -> T:
        """Have a query encoded, then do the work that needs its vector, which is told how long that took.

        Two pools beside each other: encoding keeps one core busy without the interpreter's lock, and few threads
        search, because more of them only fight over that lock (7 ms a search with eight threads, 4 with two).
        """
        started = time.perf_counter()
        vector = None if wanted.mode is Mode.LEXICAL else await self.encoder.vector(wanted.query)
        took_ms = (time.perf_counter() - started) * 1000
        return await self.searches.run(lambda: work(vector, took_ms), seconds=SEARCH_SECONDS, client=client)

    async def read(self, work: Callable[[], T]) -> T:
        """Read from the library or the index."""
        return await self.reading.run(work, seconds=LIBRARY_SECONDS)

    def note(self, request: Request, question: str) -> None:
        """Let the access log hold a question, where the policy says so."""
        if self.policy.log_questions:
            request.scope["ninestep.question"] = question

    def lost(self) -> list[str]:
        """Where threads stand that hang, in every pool; only a new process gets them back."""
        return [place for pool in (self.questions, self.searches, self.reading) for place in pool.lost()]

    def close(self) -> None:
        """Let work in flight end."""
        self.encoder.close()
        self.questions.close()
        self.searches.close()
        self.reading.close()


def as_json(value: Mapping[str, Any]) -> bytes:
    """JSON text; called in a worker thread, because large answers take a millisecond."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def json_response(content: bytes, status: int = 200) -> Response:
    """A response of JSON text that was made before."""
    return Response(content, status, media_type="application/json")
