"""Ingestion jobs: one child process at a time, its progress, its end.

A job never shares threads, memory or the interpreter with questions: fetching, extracting and embedding run in a child
at low priority, and its only tie to the server is the lines that it prints. The new index is picked up by itself.
Jobs are kept in memory: after a restart of the server, what a job brought is in the library, its record is gone.
"""

import asyncio
import contextlib
import json
import os
import secrets
import sys
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from assistant.errors import QueueError

UPLOADS = "uploads"  # the folder below the home that holds uploaded files
WORKER = (sys.executable, "-m", "assistant.api.worker")

_KEPT = 50
_WAITING = 8
_EVENTS = 500  # a run over the whole catalog reports about 150 times
_LINE = 64 * 1024
_KILL_AFTER = 5.0


class JobState(StrEnum):
    """Where a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


@dataclass(slots=True)
class Job:
    """One ingestion, as far as it is.

    Attributes:
        owner: Id of the key that it was started with; empty where no key was wanted.
        progress: The last that the worker said: stage, done, total, …
        events: Everything that it said, the oldest dropped beyond 500.
    """

    id: str
    wanted: Mapping[str, Sequence[str]]
    created_at: str
    owner: str = ""
    state: JobState = JobState.WAITING
    message: str = ""
    progress: dict[str, Any] = field(default_factory=dict)
    events: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_EVENTS))
    said: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def as_json(self) -> dict[str, Any]:
        """The job as `schemas.Job`."""
        return {
            "id": self.id,
            "state": self.state.value,
            "created_at": self.created_at,
            "message": self.message,
            "progress": self.progress,
            "sources": list(self.wanted.get("ids", ())),
            "urls": list(self.wanted.get("urls", ())),
            "files": [name.rpartition("/")[2] for name in self.wanted.get("files", ())],
        }


class Jobs:
    """Runs jobs one after another; lives on one event loop.

    Args:
        home: Where the library and the index are.
        command: Starts a worker, see `assistant.api.worker`.
    """

    def __init__(self, home: Path, *, command: Sequence[str] = WORKER) -> None:
        self._home = home
        self._command = tuple(command)
        self._jobs: dict[str, Job] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._turn = asyncio.Lock()
        self._is_closing = False

    def start(self, wanted: Mapping[str, Sequence[str]], *, owner: str = "") -> Job:
        """Take a job on; returns it, waiting.

        Raises:
            QueueError: If eight are waiting already.
        """
        self.want_room()
        now = datetime.now(UTC).isoformat(timespec="seconds")
        job = Job(id=secrets.token_hex(8), wanted=wanted, created_at=now, owner=owner)
        self._jobs[job.id] = job
        self._tasks[job.id] = asyncio.create_task(self._work(job))
        self._forget()
        return job

    def want_room(self) -> None:
        """Pass where one more job would be taken on.

        Raises:
            QueueError: If eight are waiting already.
        """
        waiting = sum(job.state is JobState.WAITING for job in self._jobs.values())
        if waiting >= _WAITING or self._is_closing:
            raise QueueError(f"{waiting} ingestion jobs are waiting; start this one later", retry_after=60)

    def get(self, id: str, *, owner: str = "") -> Job | None:
        """A job of an owner by id, or None."""
        job = self._jobs.get(id)
        return job if job is not None and job.owner == owner else None

    def all(self, *, owner: str = "") -> list[Job]:
        """The jobs of an owner that are remembered, newest first."""
        return [job for job in reversed(self._jobs.values()) if job.owner == owner]

    async def cancel(self, job: Job) -> None:
        """End a job; what it already stored stays. A job that has ended is left as it is."""
        task = self._tasks.get(job.id)
        if task is not None and not task.done():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if job.state not in ENDED:  # it never had its turn
            await _end(job, JobState.CANCELLED, "cancelled before it began")

    async def watch(self, job: Job) -> AsyncGenerator[dict[str, Any] | None]:
        """What a job says, from its beginning to its end; None after every silence."""
        seen = 0
        while True:
            fresh = list(job.events)[max(0, len(job.events) - (job.said - seen)) :]
            seen = job.said
            for event in fresh:
                yield event
            if self._is_closing or (job.state in ENDED and seen == job.said):
                return
            if not fresh and not await _changes(job, seen):
                yield None

    async def close(self) -> None:
        """End every job, and every watch with it."""
        self._is_closing = True
        for job in list(self._jobs.values()):
            await self.cancel(job)

    async def stop_watching(self) -> None:
        """Let open event streams end, because the server is stopping."""
        self._is_closing = True
        for job in self._jobs.values():
            async with job.changed:
                job.changed.notify_all()

    def _forget(self) -> None:
        ended = [id for id, job in self._jobs.items() if job.state in ENDED]
        for id in ended[: max(0, len(self._jobs) - _KEPT)]:
            del self._jobs[id], self._tasks[id]

    async def _work(self, job: Job) -> None:
        async with self._turn:
            await _say(job, {"stage": "started"}, state=JobState.RUNNING)
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=_LINE,
                env=os.environ | {"NINESTEP_HOME": str(self._home)},
            )
            try:
                await self._follow(job, process)
            except asyncio.CancelledError:
                await _end(job, JobState.CANCELLED, "cancelled; what was stored before stays")
                raise
            finally:
                await _stop(process)

    async def _follow(self, job: Job, process: asyncio.subprocess.Process) -> None:
        """Hand the worker its task, and note what it says until it ends."""
        if process.stdin is None or process.stdout is None:
            raise AssertionError("both are pipes")
        process.stdin.write(json.dumps(dict(job.wanted)).encode())
        process.stdin.close()
        async for line in process.stdout:
            with contextlib.suppress(
                ValueError, RecursionError
            ):  # a library's own line among ours says nothing to a client
                said = json.loads(line)
                if isinstance(said, dict):
                    await _say(job, said)
        code = await process.wait()
        last = str(job.progress.get("message", ""))
        if code == 0:
            await _end(job, JobState.DONE, last)
        else:
            await _end(job, JobState.FAILED, last or "the ingestion stopped; the server's log says why")


async def _say(job: Job, said: dict[str, Any], *, state: JobState | None = None) -> None:
    async with job.changed:
        job.state = state or job.state
        job.progress = said
        job.events.append(said | {"state": job.state.value})
        job.said += 1
        job.changed.notify_all()


async def _end(job: Job, state: JobState, message: str) -> None:
    job.message = message
    await _say(job, {"stage": "ended", "message": message}, state=state)


async def _changes(job: Job, seen: int) -> bool:
    """Wait for a job to say more; False after fifteen seconds of silence."""
    try:
        async with asyncio.timeout(15), job.changed:
            if job.said == seen:
                await job.changed.wait()
    except TimeoutError:
        return False
    return True


async def _stop(process: asyncio.subprocess.Process) -> None:
    """End a process that has not ended by itself: first asked, then made to."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_KILL_AFTER):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
