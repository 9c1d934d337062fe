"""How far an ingestion is: bars on a terminal, a line every few seconds elsewhere. Always on standard error."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

    from ingest.pipeline import Progress

_EVERY = 3.0  # seconds between two lines


def shown(total: int) -> "Terminal | Lines":
    """What fits standard error: bars where it is a terminal, else lines."""
    return Terminal(total) if sys.stderr.isatty() else Lines()


class Terminal:
    """A bar with what is done, the rate, what remains and what failed; failures are named above it as they come."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._bars: Bars | None = None

    def __enter__(self) -> Self:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]:.1f}/s"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[failed]} failed"),
            console=Console(stderr=True),
        )
        self._bars.start()
        self._bars.add_task("ingesting", total=self._total, rate=0.0, failed=0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def report(self, progress: "Progress") -> None:
        """Move the bar; name a failure."""
        if self._bars is None:
            return
        if progress.outcome not in {"changed", "unchanged"}:
            self._bars.console.print(f"{progress.source_id}: {progress.outcome}", markup=False, highlight=False)
        task = self._bars.task_ids[0]
        self._bars.update(task, completed=progress.done, rate=progress.rate, failed=progress.failed)


class Lines:
    """A line every few seconds, and one at the end."""

    def __init__(self) -> None:
        self._last = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return

    def report(self, progress: "Progress") -> None:
        """Write a line where the last one is some seconds old."""
        now = time.monotonic()
        if now - self._last < _EVERY and progress.done < progress.total:
            return
        self._last = now
        sys.stderr.write(f"{line(progress)}\n")
        sys.stderr.flush()


def line(progress: "Progress") -> str:
    """A run's progress in one line."""
    left = progress.remaining
    remaining = f", about {left:.0f} s left" if left is not None and progress.done < progress.total else ""
    return (
        f"[{progress.done}/{progress.total}] {progress.source_id}: {progress.outcome} "
        f"({progress.failed} failed, {progress.rate:.1f}/s{remaining})"
    )
