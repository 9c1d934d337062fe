"""The generation that serves, swapped under readers without a pause.

A reader asks for the current generation and keeps it until it is done; when CURRENT names another one, the next
reader gets that. The old one is closed by whoever leaves it last. A new one that is damaged is passed over: what
served before serves on, and the new one is tried again when it has been built again.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.engine import EngineAt, Generation
from index.errors import SearchError
from index.local import Local
from index.types import Embedder

_LOG = logging.getLogger("ninestep.index")


class Serving:
    """Hands out the current generation; safe for several threads at once.

    Args:
        root: The home that holds CURRENT.
        embedder: Generations of another model are refused.
        engine: Where generations are kept.
    """

    def __init__(self, root: Path, embedder: Embedder, *, engine: EngineAt = Local) -> None:
        self._engine = engine(root)
        self._embedder = embedder
        self._lock = threading.Lock()
        self._open: Generation | None = None
        self._readers: dict[int, int] = {}
        self._opened_at: object = None

    def current(self) -> str | None:
        """The id of the generation that serves, or None."""
        return self._engine.current()

    @contextmanager
    def generation(self) -> Iterator[Generation]:
        """The current generation, for the time of a request.

        Raises:
            SearchError: If there is none that can serve.
        """
        held = self._enter()
        try:
            yield held
        finally:
            self._leave(held)

    def _enter(self) -> Generation:
        with self._lock:
            stamp = self._engine.stamp()
            held = self._open
            if held is None or stamp != self._opened_at:
                held = self._swap()
                self._opened_at = stamp
            self._readers[id(held)] = self._readers.get(id(held), 0) + 1
            return held

    def _swap(self) -> Generation:
        try:
            fresh = self._engine.open_sound(embedder_digest=self._embedder.digest)
        except SearchError as error:
            if self._open is None:
                raise
            _LOG.warning("%s; what served before serves on", error)
            return self._open
        old, self._open = self._open, fresh
        if old is not None and not self._readers.get(id(old)):
            old.close()
        return fresh

    def _leave(self, held: Generation) -> None:
        with self._lock:
            self._readers[id(held)] -= 1
            if not self._readers[id(held)]:
                del self._readers[id(held)]
                if held is not self._open:
                    held.close()
