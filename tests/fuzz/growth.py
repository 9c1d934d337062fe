"""Readers against what they are slow on: each mark of a format, repeated, in sizes that double.

A reader that takes four times as long for twice the input is quadratic: what it takes seconds for here keeps it busy for
hours at a megabyte. Campaigns rarely see that, since most of their inputs are short.
"""

import time
from collections.abc import Iterator
from contextlib import redirect_stderr, suppress

from tests.fuzz.campaign import NOWHERE, TooSlowError, timed
from tests.fuzz.targets import TARGETS, Target

_SIZES = (12_000, 24_000, 48_000)  # bytes
_SECONDS = 20.0
_MEANS_SOMETHING = 0.5  # seconds of the processor; below them the ratio is noise
_LINEAR = 2.9  # times as long for twice the input, with room for caches that no longer hold it
MARKS = (
    b"a ", b"a. ", b"A b. ", b"a\n", b"a\n\n", b"1. ", b"- a\n", b"  - a\n", b"[", b"![", b"](", b"*", b"*a ", b"_a ", b"`",
    b"<", b"<p>", b"<div>", b"<b>a", b"<li>", b"<ul><li>a", b"<table><tr><td>", b"<svg>", b"<select>", b"<a href=x>a", b"&", b"{",
    b'{"', b"---\n\n", b"| a |\n", b"\xe3\x80\x82", "中。".encode(), b"\xe2\x80\x9ca.\xe2\x80\x9d ", b"\xcc\x81", b"\r", b"\t",
)  # fmt: skip


def slow(names: list[str]) -> Iterator[str]:
    """What grows faster than its input, a line each: target, mark, seconds at each size.

    Args:
        names: Targets; all whose inputs are text if there are none.
    """
    for target in (TARGETS[name] for name in names or TARGETS if name not in _PACKED | _SHORT):
        for mark in dict.fromkeys((*target.words, *MARKS)):
            for wrap in (b"", target.samples()[0]):
                told = [_seconds(target, wrap, mark, size) for size in _SIZES]
                if _is_steep(told) and _is_steep(told := [_seconds(target, wrap, mark, size) for size in _SIZES]):
                    yield f"{target.name} {mark!r} {'in a sample' if wrap else 'alone'}: {', '.join(f'{one:.2f}' for one in told)} s"


_PACKED = frozenset(
    {"pdf", "letters", "docx", "pptx", "repository", "bundle", "restore", "coding"}
)  # marks are no input
_SHORT = frozenset({"anchors"})  # a quotation is as long as a sentence


def _is_steep(told: list[float]) -> bool:
    return told[-1] > _MEANS_SOMETHING and told[-1] > _LINEAR * told[-2]


def _seconds(target: Target, sample: bytes, mark: bytes, size: int) -> float:
    middle = len(sample) // 2
    body = sample[:middle] + (mark * (size // len(mark) + 1))[:size] + sample[middle:]
    started = time.process_time()
    with (
        suppress(TooSlowError, Exception),
        timed(_SECONDS),
        redirect_stderr(NOWHERE),
    ):  # what it raises is the campaigns' matter
        target.run(body)
    return time.process_time() - started
