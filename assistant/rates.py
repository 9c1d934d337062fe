"""How often somebody may ask: a moving window by a clock that nobody sets.

The clock of the day would do until it is set back: every moment that was noted then lies ahead, and who had used up a
window is kept out until that day comes again. Pyrate-limiter counts, by the time that passes.
"""

import re
from collections.abc import Callable

from pyrate_limiter import InMemoryBucket, MonotonicClock, Rate, RateItem

_CLOCK = MonotonicClock()
_MOST = 10_000  # windows; addresses of clients are countless, and who comes from a new one each time keeps none full
_WRITTEN = re.compile(
    r"\s*+(\d{1,9})\s*+(?:/|per\b)\s*+(?:(\d{1,4})\s*+)?(second|minute|hour|day|month|year)s?\s*+", re.IGNORECASE
)
_MILLISECONDS = {
    "second": 1_000,
    "minute": 60_000,
    "hour": 3_600_000,
    "day": 86_400_000,
    "month": 30 * 86_400_000,
    "year": 360 * 86_400_000,
}


def parse(text: str) -> Rate:
    """A rate as people write it: "600/minute", "10 per 2 hours".

    Raises:
        ValueError: It is none, or allows nothing.
    """
    found = _WRITTEN.fullmatch(text)
    many, periods = (int(found[1]), int(found[2] or 1)) if found else (0, 0)
    if not found or not many or not periods:
        raise ValueError(f"{text!r} is no rate; write one such as 100/minute")
    return Rate(many, periods * _MILLISECONDS[found[3].lower()])


class Windows:
    """Counts by name; lives on one event loop.

    Args:
        clock: Milliseconds that never go back.
    """

    def __init__(self, *, clock: Callable[[], int] = _CLOCK.now) -> None:
        self._now = clock
        self._windows: dict[str, InMemoryBucket] = {}

    def hit(self, rate: Rate, name: str) -> bool:
        """Note one more, if the rate allows it."""
        return self._recent(rate, name).put(RateItem(name, self._now()))

    def left(self, rate: Rate, name: str) -> tuple[int, float]:
        """How many more the rate allows at once, and seconds until the oldest that counts does not any more."""
        window = self._recent(rate, name)
        oldest = window.peek(window.count() - 1)
        seconds = (oldest.timestamp + rate.interval - self._now()) / 1_000 if oldest else 0.0
        return rate.limit - window.count(), seconds

    def _recent(self, rate: Rate, name: str) -> InMemoryBucket:
        """What counts by a name; its window is then the youngest, and the oldest go when there are too many."""
        window = self._windows.pop(name, None) or InMemoryBucket([rate])
        window.rates = [rate]  # a key may have been given another
        window.leak(self._now() + 1)  # what is a whole window old does not count any more
        if len(self._windows) >= _MOST:
            del self._windows[next(iter(self._windows))]
        self._windows[name] = window
        return window
