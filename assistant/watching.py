"""Watching an answer while it is still made.

Whoever wants to see it grow says so with `watched`; who makes it hands on with `tell` what there is so far. That is
either a stretch of a language model's words, of which nothing is checked yet and which must be shown as a draft, or the
beginning of the answer: whole sections with their citations and verdicts, each time more of them, none ever taken back.
Travels in a context variable, as the limits of `patience` do.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from assistant.types import Answer

Told = str | Answer
Watcher = Callable[[Told], None]

_CURRENT: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """What is made inside is told to the watcher, piece by piece."""
    token = _CURRENT.set(watcher)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def tell(told: Told) -> None:
    """Hand on some words or the beginning of an answer; nothing happens where nobody watches."""
    if (watcher := _CURRENT.get()) is not None:
        watcher(told)
