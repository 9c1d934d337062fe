"""One campaign: inputs into a target, watched for time, memory and anything that its reader did not promise.

Three ways of finding inputs: `mutation` draws them from one seed, `hypothesis` shrinks what it finds to the smallest,
`atheris` follows the branches that an input takes (libFuzzer; needs the extra `fuzz`). Time is that of the processor,
so that a busy machine is no finding; an input that hangs is ended from a timer's signal.
"""

import hashlib
import json
import os
import random
import resource
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from tests.fuzz.mutate import MAX_BYTES, mutated
from tests.fuzz.targets import Target

MEMORY = 2 * 2**30  # bytes that the whole process may grow by; an input that wants more gets a MemoryError
GROWTH = 256 * 2**10  # KiB by which one input may raise the most that was ever used
NOWHERE = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - libraries' complaints, as long as we run
_PACKAGES = ("ingest", "index", "assistant", "eval", "ui", "tests/fuzz")


class TooSlowError(BaseException):
    """An input took longer than it may."""


@dataclass(slots=True)
class Found:
    """A defect: what happened, where, and the first input that showed it."""

    what: str
    data: bytes
    times: int = 1
    trace: str = ""


@dataclass(slots=True)
class Figures:
    """What a campaign came to.

    Attributes:
        refused: Inputs that were answered with a promised error.
        slowest: Milliseconds of processor time of the slowest input.
    """

    target: str
    engine: str
    seed: int
    inputs: int = 0
    refused: int = 0
    slowest: float = 0.0
    seconds: float = 0.0
    found: dict[str, Found] = field(default_factory=dict)

    def line(self) -> str:
        """One line of JSON."""
        told = {
            "target": self.target, "engine": self.engine, "seed": self.seed, "inputs": self.inputs,
            "refused": self.refused, "slowest_ms": round(self.slowest, 1), "seconds": round(self.seconds, 1),
            "defects": {one.what: one.times for one in self.found.values()},
        }  # fmt: skip
        return json.dumps(told, ensure_ascii=False)


class Watch:
    """Puts inputs into a target and notes what comes of it."""

    def __init__(self, target: Target, figures: Figures) -> None:
        self._target = target
        self._figures = figures
        self._most = _most_used()

    def fails(self, data: bytes) -> bool:
        """Whether an input shows a defect; notes it."""
        figures, started = self._figures, time.process_time()
        figures.inputs += 1
        wrong: tuple[str, str] | None = None
        try:
            with timed(self._target.seconds), redirect_stderr(NOWHERE):
                self._target.run(data)
        except self._target.errors:
            figures.refused += 1
        except TooSlowError:
            wrong = f"more than {self._target.seconds:g} s in {_where()}", traceback.format_exc()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever it is, it was not promised; a panic of Rust is no Exception
            wrong = f"{type(error).__name__} in {_where()}", traceback.format_exc()
        figures.slowest = max(figures.slowest, (time.process_time() - started) * 1000)
        most = _most_used()
        if most - self._most > GROWTH:
            wrong = wrong or (f"{(most - self._most) // 1024} MiB for one input", "")
        self._most = max(most, self._most)
        if wrong:
            self._note(*wrong, data)
        return wrong is not None

    def _note(self, what: str, trace: str, data: bytes) -> None:
        known = self._figures.found.get(what)
        if known is None:
            self._figures.found[what] = Found(what, data, trace=trace)
        else:
            known.times += 1
            if len(data) < len(known.data):
                known.data, known.trace = data, trace


def _most_used() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _where() -> str:
    """The innermost place of our own code."""
    frames = traceback.extract_tb(sys.exc_info()[2])
    ours = [one for one in frames if any(f"/{package}/" in one.filename for package in _PACKAGES)]
    ours = [one for one in ours if "/site-packages/" not in one.filename and "campaign.py" not in one.filename]
    last = (ours or frames)[-1]
    return f"{'/'.join(Path(last.filename).parts[-2:])}:{last.lineno}"


@contextmanager
def timed(seconds: float) -> Iterator[None]:
    """End what runs inside after so many seconds of this thread's processor time, with a TooSlowError.

    The timer is the clock's, looked at again until the processor's time is up: its signal goes to the main thread, that
    of the processor's timer to whichever thread is running, also to one of a library that is not made for it.
    """
    started = time.thread_time()

    def end(*_: object) -> None:
        if time.thread_time() - started >= seconds:
            raise TooSlowError

    before = signal.signal(signal.SIGALRM, end)
    others = signal.setitimer(signal.ITIMER_REAL, seconds, seconds / 2)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *others)  # pytest's own limit goes on


def capped() -> None:
    """Give this process no more memory than the cap over what it has."""
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


def drawn(target: Target, draw: random.Random) -> Iterator[bytes]:
    """Inputs without end: every sample as it is, then changed ones and noise."""
    samples = list(target.samples())
    yield from samples
    while True:
        kind = draw.random()
        if kind < 0.06:
            yield draw.randbytes(draw.choice((1, 4, 30, 600)))
        elif kind < 0.12:
            yield b"".join(
                draw.choice((*target.words, b" ", b"a", draw.randbytes(2))) for _ in range(draw.randrange(30))
            )
        else:
            yield mutated(draw.choice(samples), draw=draw, words=target.words)[: target.most]


def by_mutation(target: Target, *, seed: int, inputs: int, seconds: float) -> Figures:
    """As many inputs as are wanted, or as the time allows."""
    figures = Figures(target.name, "mutation", seed)
    watch, started = Watch(target, figures), time.monotonic()
    for data in drawn(target, random.Random(f"{seed} {target.name}")):
        if figures.inputs >= inputs or time.monotonic() - started > seconds:
            break
        watch.fails(data)
    figures.seconds = time.monotonic() - started
    return figures


def by_hypothesis(target: Target, *, seed: int, inputs: int, seconds: float) -> Figures:
    """Hypothesis looks for an input that fails and makes it as small as it can; it ends with the first."""
    figures = Figures(target.name, "hypothesis", seed)
    watch, started = Watch(target, figures), time.monotonic()
    quiet = settings(
        max_examples=inputs, database=None, deadline=None, phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip

    def fails(data: bytes) -> bool:
        return time.monotonic() - started < seconds and watch.fails(data)

    with suppress(NoSuchExample):
        find(strategy(target), fails, settings=quiet, random=random.Random(seed))
    figures.seconds = time.monotonic() - started
    return figures


def strategy(target: Target) -> st.SearchStrategy[bytes]:
    """Hypothesis' inputs: changed samples, words of the format in any order, texts, bytes."""
    samples = list(target.samples())
    changed = st.builds(
        lambda sample, seed: mutated(sample, draw=random.Random(seed), words=target.words),
        st.sampled_from(samples),
        st.integers(0, 2**40),
    )
    piece = st.one_of(st.sampled_from((*target.words, b"\n")), st.text(max_size=8).map(_encoded), st.binary(max_size=4))
    pieces = st.lists(piece, max_size=30).map(b"".join)
    wrapped = st.builds(_spliced, st.sampled_from(samples), st.integers(0, MAX_BYTES), st.integers(0, 40), pieces)
    return st.one_of(changed, wrapped, wrapped, pieces, st.text().map(_encoded), st.binary())


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _spliced(sample: bytes, place: int, cut: int, piece: bytes) -> bytes:
    place %= len(sample) + 1
    return sample[:place] + piece + sample[place + cut :]


def keep(figures: Figures, folder: Path) -> None:
    """Write the inputs that showed defects, each with what happened beside it."""
    for one in figures.found.values():
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{figures.target}-{hashlib.sha256(one.what.encode()).hexdigest()[:8]}"
        (folder / name).write_bytes(one.data)
        (folder / f"{name}.txt").write_text(f"{one.what}\n{one.trace}", encoding="utf-8", errors="replace")
