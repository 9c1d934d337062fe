"""When a source that failed is tried again, and when it is given up for dead.

A network that is down comes back in minutes, a wall stays for days; each failure in a row doubles the pause. A host
that names a time itself (Retry-After) is not asked before it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from ingest.types import Reason

PASSING = frozenset({Reason.UNREACHABLE, Reason.TIMEOUT})
"""What says nothing of the source: the way to it was barred."""

TROUBLED = PASSING | {Reason.RATE_LIMIT, Reason.HTTP_ERROR, Reason.BOT_WALL}
"""What a living source answers on a bad day; what it gave before stays, and no older copy takes its place."""

GONE = frozenset({Reason.NOT_FOUND, Reason.GONE, Reason.SOFT_404})
"""What says that the source is no more."""

CHECK_AGAIN = timedelta(days=1)

_SOON = timedelta(minutes=10)
_FIRST = timedelta(hours=6)
_LONGEST = timedelta(days=14)
_DEAD_AFTER = 5  # failures in a row, whatever their reason; with the doubling pauses that is a week


def retry_after(headers: Mapping[str, str], *, now: datetime) -> float:
    """Seconds that a host asks to wait, given as a number or as a date; 0 where it does not ask."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((moment - now).total_seconds(), 0.0)


def pause(reason: Reason, *, attempts: int, wait: float = 0.0) -> timedelta:
    """How long a source is left alone after its latest failure.

    Args:
        reason: Of the failure.
        attempts: Failures in a row, this one counted.
        wait: Seconds that the host asked for.
    """
    first = _SOON if reason in PASSING else _FIRST
    doubled = min(first * (1 << min(attempts - 1, 12)), _LONGEST)
    return max(doubled, timedelta(seconds=min(wait, _LONGEST.total_seconds())))


def is_dead(reason: Reason, *, attempts: int) -> bool:
    """Whether a source is given up for dead; it is tried on all the same."""
    return reason in GONE or (attempts >= _DEAD_AFTER and reason not in PASSING)
