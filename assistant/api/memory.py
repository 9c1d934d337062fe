"""Results of searches that come again: a page of hits of one generation never changes, so it is kept as JSON text.

Bounded in bytes, the least recently used goes first. A result of another generation is never given.
"""

from collections import OrderedDict

from assistant.page import Wanted

_BYTES = 16 * 2**20  # about 1,500 pages of ten hits


class Results:
    """Remembered pages; lives on one event loop."""

    def __init__(self, *, size: int = _BYTES) -> None:
        self._size = size
        self._held = 0
        self._pages: OrderedDict[Wanted, tuple[str, bytes]] = OrderedDict()

    def get(self, wanted: Wanted, *, generation: str | None) -> bytes | None:
        """The text of a page of this generation, or None."""
        generation_held, text = self._pages.get(wanted, (None, None))
        if text is None or generation_held != generation:
            return None
        self._pages.move_to_end(wanted)
        return text

    def put(self, wanted: Wanted, text: bytes, *, generation: str) -> None:
        """Remember a page, in the place of one of an older generation."""
        if wanted in self._pages:
            self._held -= len(self._pages.pop(wanted)[1])
        self._pages[wanted] = (generation, text)
        self._held += len(text)
        while self._held > self._size:
            self._held -= len(self._pages.popitem(last=False)[1][1])
