"""Watching an answer while a language model still writes it.

Whoever wants to see the words as they come says so with `watched`; the writer hands them on with `tell`. Nothing of it
is checked yet, so what is shown of it must say that. Travels in a context variable, as the limits of `patience` do.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Watcher = Callable[[str], None]

_CURRENT: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Words that are written inside are told to the watcher, piece by piece."""
    token = _CURRENT.set(watcher)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def tell(text: str) -> None:
    """Hand on a piece of text; nothing happens where nobody watches."""
    if (watcher := _CURRENT.get()) is not None:
        watcher(text)
