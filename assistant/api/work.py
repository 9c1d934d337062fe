"""Work off the event loop: a bounded pool of threads, deadlines, and an end when the client has gone.

A request that finds the pool's waiting room full is told at once when to come back (503, Retry-After) instead of
making everybody slower. A thread cannot be stopped from outside: where time is over or the client has gone, work that
still waits is dropped, and work that runs ends at its next stage (`assistant.patience`). Its place counts as taken
until then, so the bound is real. A thread that is still at it long after its time was over is lost: it hangs in one
stage, and only a new process gets it back. Pools tell how many they have lost, so that somebody hears of it.
"""

import asyncio
import contextvars
import sys
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing, suppress
from pathlib import Path
from types import FrameType
from typing import Any, Protocol, TypeVar

from starlette.types import Receive

from assistant.errors import AbandonedError, BusyError, TooSlowError
from assistant.patience import Patience, within

T = TypeVar("T")

_RETRY_AFTER = 1  # seconds; a search takes a hundredth of that, so the room is empty again by then
_PING = 15.0
LOST_SECONDS = 30.0  # no stage takes a fifth of that
_LOOK = 0.01


class Client(Protocol):
    """Whoever waits for a result."""

    @property
    def receive(self) -> Receive:
        """Gives the next message from the client; after a whole request that is its going away."""


class Pool:
    """Runs functions in a few threads.

    Args:
        workers: How many at once.
        waiting: How many more may wait.
        lost: Seconds after its time was over from which work that still runs counts as lost.
    """

    def __init__(self, *, workers: int, waiting: int, lost: float = LOST_SECONDS) -> None:
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="answers")
        self._running: dict[int, Patience] = {}  # by thread
        self._lost = lost
        self._places = workers + waiting
        self._lock = threading.Lock()
        self._taken = 0

    @property
    def taken(self) -> int:
        """How many pieces of work run or wait."""
        return self._taken

    @property
    def places(self) -> int:
        """How many may run or wait."""
        return self._places

    def lost(self) -> list[str]:
        """Where each thread stands that is lost: file, line and function."""
        frames = sys._current_frames()
        overdue = [thread for thread, patience in list(self._running.items()) if patience.overdue() > self._lost]
        return [_place(frames[thread]) for thread in overdue if thread in frames]

    async def run(self, work: Callable[[], T], *, seconds: float, client: Client | None = None) -> T:
        """Do some work and wait for its result.

        Args:
            work: Runs in a thread, with a limit that `assistant.patience` checks.
            seconds: When to give up.
            client: When it goes away, the work is called off.

        Raises:
            BusyError: If there is no place.
            TooSlowError: If it took too long.
            AbandonedError: If the client has gone.
        """
        patience = Patience(seconds)
        future = asyncio.wrap_future(self._submit(work, patience))
        watch = asyncio.ensure_future(_gone(client)) if client else None
        try:
            watched: list[asyncio.Future[Any]] = [future, watch] if watch else [future]
            await asyncio.wait(watched, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if future.done():
                return future.result()
            if watch is not None and watch.done():
                raise AbandonedError("the client has gone")
            raise TooSlowError(f"this took longer than {seconds:g} seconds; ask something shorter, or again later")
        finally:
            if watch is not None:
                watch.cancel()
            if not future.done():
                patience.call_off()
                future.cancel()

    async def stream(self, work: Callable[[], Iterator[T]], *, seconds: float) -> AsyncGenerator[T | None]:
        """Do some work that gives its results one by one; None comes now and then while nothing else does.

        Leaving the iteration early calls the work off.

        Raises:
            BusyError: Before the first result, if there is no place.
            TooSlowError: If it took too long.
        """
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[T | None] = asyncio.Queue()
        patience = Patience(seconds)

        def produce() -> None:
            for one in work():
                patience.check()
                loop.call_soon_threadsafe(queue.put_nowait, one)

        future = asyncio.wrap_future(self._submit(produce, patience))
        try:
            async with aclosing(_results(queue, future)) as results:
                async for one in results:
                    yield one
        finally:
            if not future.done():
                patience.call_off()
                future.cancel()

    def close(self) -> None:
        """Let what runs end, but for what is lost; take nothing new."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        while len(self._running) > len(self.lost()):
            time.sleep(_LOOK)
        if not self.lost():
            self._executor.shutdown(wait=True)  # one that has just taken its work is among those that run

    def _submit(self, work: Callable[[], T], patience: Patience) -> "Future[T]":
        with self._lock:
            if self._taken >= self._places:
                raise BusyError(
                    f"all {self._places} places for questions are taken; ask again in a second",
                    retry_after=_RETRY_AFTER,
                )
            self._taken += 1
        context = contextvars.copy_context()
        try:
            future = self._executor.submit(context.run, self._held, patience, work)
        except RuntimeError as error:
            self._leave()
            raise BusyError("the server is stopping; ask again in a moment", retry_after=_RETRY_AFTER) from error
        future.add_done_callback(lambda _: self._leave())
        return future

    def _held(self, patience: Patience, work: Callable[[], T]) -> T:
        thread = threading.get_ident()
        self._running[thread] = patience
        try:
            with within(patience):
                patience.check()
                return work()
        finally:
            del self._running[thread]

    def _leave(self) -> None:
        with self._lock:
            self._taken -= 1


async def begin(results: AsyncGenerator[T], client: Client) -> T:
    """The first of some results; called off when the client goes before it comes.

    Raises:
        AbandonedError: If the client has gone.
    """
    first = asyncio.ensure_future(anext(results))
    watch = asyncio.ensure_future(_gone(client))
    try:
        await asyncio.wait([first, watch], return_when=asyncio.FIRST_COMPLETED)
        if first.done():
            return first.result()
        raise AbandonedError("the client has gone")
    finally:
        watch.cancel()
        if not first.done():
            first.cancel()
            with suppress(asyncio.CancelledError):
                await first


def _place(frame: FrameType) -> str:
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} in {frame.f_code.co_name}"


async def _gone(client: Client) -> None:
    while True:
        message = await client.receive()
        if message["type"] == "http.disconnect":
            return


async def _results(queue: "asyncio.Queue[T | None]", future: Awaitable[None]) -> AsyncGenerator[T | None]:
    """What comes through a queue until the work behind it is done; None after every silence."""
    done: asyncio.Future[None] = asyncio.ensure_future(future)
    while not (done.done() and queue.empty()):
        taken = asyncio.ensure_future(queue.get())
        watched: list[asyncio.Future[Any]] = [taken, done]
        await asyncio.wait(watched, timeout=_PING, return_when=asyncio.FIRST_COMPLETED)
        if taken.done():
            yield taken.result()
        else:
            taken.cancel()
            with suppress(asyncio.CancelledError):
                await taken
            if not done.done():
                yield None
    done.result()
