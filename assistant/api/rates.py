"""How often somebody may ask: a moving window over a clock that nobody sets.

The clock of the day would do until it is set back: every moment that was noted then lies ahead, and who had used up a
window is kept out until that day comes again.
"""

import time
from collections import deque
from collections.abc import Callable

from limits import RateLimitItem

_MOST = 10_000  # windows; addresses of clients are countless, and who comes from a new one each time keeps none full


class Windows:
    """Counts by name; lives on one event loop.

    Args:
        clock: Seconds that never go back.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._moments: dict[str, deque[float]] = {}

    def hit(self, rate: RateLimitItem, name: str) -> bool:
        """Note one more, if the rate allows it."""
        moments = self._recent(rate, name)
        if len(moments) >= rate.amount:
            return False
        moments.append(self._clock())
        return True

    def left(self, rate: RateLimitItem, name: str) -> tuple[int, float]:
        """How many more the rate allows at once, and seconds until the oldest that counts does not any more."""
        moments = self._recent(rate, name)
        seconds = moments[0] + rate.get_expiry() - self._clock() if moments else 0.0
        return rate.amount - len(moments), seconds

    def _recent(self, rate: RateLimitItem, name: str) -> deque[float]:
        """The moments that count; the window is then the youngest, and the oldest go when there are too many."""
        moments = self._moments.pop(name, None) or deque()
        while moments and moments[0] <= self._clock() - rate.get_expiry():
            moments.popleft()
        if len(self._moments) >= _MOST:
            del self._moments[next(iter(self._moments))]
        self._moments[name] = moments
        return moments
