"""How long a piece of work may still take, and whether anybody still wants it.

A thread cannot be interrupted, so long work asks at the borders of its stages: `check()` costs a microsecond, and does
nothing where nobody set a limit. The limit travels in a context variable, which keeps it out of every signature
between the server that knows it and the stage that obeys it.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from assistant.errors import AbandonedError, TooSlowError


class Patience:
    """A limit in seconds that starts now, and a way to call the work off. Safe for several threads."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until = time.monotonic() + seconds
        self._called_off = threading.Event()

    def overdue(self) -> float:
        """Seconds since its time was over; negative while it is not."""
        return time.monotonic() - self._until

    def call_off(self) -> None:
        """Nobody waits for the result any more."""
        self._called_off.set()

    def check(self) -> None:
        """Pass, or end the work.

        Raises:
            AbandonedError: If it was called off.
            TooSlowError: If its time is over.
        """
        if self._called_off.is_set():
            raise AbandonedError("nobody waits for this answer any more")
        if time.monotonic() > self._until:
            raise TooSlowError(
                f"this took longer than {self._seconds:g} seconds; ask something shorter, or again later"
            )


_CURRENT: ContextVar[Patience | None] = ContextVar("patience", default=None)


@contextmanager
def within(patience: Patience) -> Iterator[None]:
    """Everything inside is held to a limit."""
    token = _CURRENT.set(patience)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def check() -> None:
    """Pass, or end the work that this is part of; passes where no limit was set.

    Raises:
        AbandonedError: If it was called off.
        TooSlowError: If its time is over.
    """
    if (patience := _CURRENT.get()) is not None:
        patience.check()


class Stage:
    """A stage with a limit of its own, measured.

    Attributes:
        milliseconds: How long it took, once it has ended.
    """

    milliseconds = 0.0

    def __init__(self, name: str, *, seconds: float) -> None:
        self._name = name
        self._seconds = seconds
        self._started = 0.0

    def __enter__(self) -> "Stage":
        check()
        self._started = time.perf_counter()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        took = time.perf_counter() - self._started
        self.milliseconds = round(took * 1000, 2)
        if kind is None and _CURRENT.get() is not None and took > self._seconds:
            raise TooSlowError(f"the stage {self._name!r} took {took:.1f} seconds, its limit is {self._seconds:g}")
