"""What every route needs: the assistant, where the library lies, and the pools that do the work.

Two pools, so that a flood of questions never keeps a document, a health check or a source list from being served;
ingestion is in neither: it runs in a process of its own (`assistant.api.jobs`).
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from fastapi import Request, Response

from assistant.answer import Assistant
from assistant.api.metrics import Metrics
from assistant.api.work import Pool
from assistant.keys import DEFAULT_RATE
from assistant.settings import Settings

T = TypeVar("T")

LIBRARY_SECONDS = 10.0


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
        waiting: Questions that may wait for their turn.
    """

    keys_required: bool = False
    rate: str = DEFAULT_RATE
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    log_questions: bool = False
    workers: int = max(2, os.cpu_count() or 1)
    waiting: int = 32


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
    metrics: Metrics = field(default_factory=Metrics)
    reading: Pool = field(default_factory=lambda: Pool(workers=2, waiting=32))

    @property
    def home(self) -> Path:
        """Where everything is kept."""
        return self.library_path.parent

    async def ask(self, request: Request, work: Callable[[], T], *, seconds: float) -> T:
        """Do the work of a question; ended when the client goes."""
        return await self.questions.run(work, seconds=seconds, client=request)

    async def read(self, work: Callable[[], T]) -> T:
        """Read from the library or the index."""
        return await self.reading.run(work, seconds=LIBRARY_SECONDS)

    def note(self, request: Request, question: str) -> None:
        """Let the access log hold a question, where the policy says so."""
        if self.policy.log_questions:
            request.scope["ninestep.question"] = question

    def close(self) -> None:
        """Let work in flight end."""
        self.questions.close()
        self.reading.close()


def as_json(value: Mapping[str, Any]) -> bytes:
    """JSON text; called in a worker thread, because large answers take a millisecond."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def json_response(content: bytes, status: int = 200) -> Response:
    """A response of JSON text that was made before."""
    return Response(content, status, media_type="application/json")
