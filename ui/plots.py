"""Plots as SVG elements. Pure: numbers in, markup out; colours are classes that the style sheet gives, light and dark.

Every plot is an image with a sentence that tells what it shows; the figures stand in a table beside it, so a plot is
never the only way to a number. Each series has a place or a shape of its own besides its colour.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from itertools import pairwise

_WIDTH = 640
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 14, 34
_LETTER = 7.0

Point = tuple[float, float]


def bars(groups: Sequence[str], series: Mapping[str, Sequence[float]], *, told: str) -> str:
    """Values from 0 to 1: a group of bars for each name in `groups`, in it one bar a series."""
    height = 240
    low, high = height - _BOTTOM, _TOP
    wide = (_WIDTH - _LEFT - _RIGHT) / max(len(groups), 1)
    bar = wide * 0.8 / max(len(series), 1)
    drawn = [_grid(height, [0, 0.25, 0.5, 0.75, 1.0], 0, 1)]
    for place, group in enumerate(groups):
        left = _LEFT + place * wide + wide * 0.1
        for number, values in enumerate(series.values()):
            value = min(max(values[place], 0.0), 1.0)
            top = low - value * (low - high)
            x = left + number * bar
            drawn.append(_rect(x, top, bar * 0.9, low - top, number))
            drawn.append(_text(x + bar * 0.45, top - 4, f"{values[place]:.2f}", anchor="middle", small=True))
        drawn.append(_text(left + wide * 0.4, height - 12, group, anchor="middle"))
    return _legend(list(series)) + _svg(height, "".join(drawn), told)


def dots(rows: Sequence[str], series: Mapping[str, Sequence[float | None]], *, told: str) -> str:
    """Values from 0 to 1: a line a row, on it a dot a series."""
    left = 30 + _LETTER * max((len(row) for row in rows), default=0)
    height = _TOP + 26 * len(rows) + 30
    span = _WIDTH - left - _RIGHT - 8
    drawn = []
    for tick in (0, 0.25, 0.5, 0.75, 1.0):
        x = left + tick * span
        drawn.append(f'<line class="ns-grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{height - 28}"/>')
        drawn.append(_text(x, height - 12, f"{tick:g}", anchor="middle", small=True))
    for place, row in enumerate(rows):
        y = _TOP + 26 * place + 14
        drawn.append(_text(left - 14, y + 4, row, anchor="end"))
        known = [value for values in series.values() if (value := values[place]) is not None]
        if known:
            drawn.append(_line(left + min(known) * span, y, left + max(known) * span, y))
        for number, values in enumerate(series.values()):
            if (value := values[place]) is not None:
                drawn.append(_spot(left + min(max(value, 0), 1) * span, y, number))
    return _legend(list(series)) + _svg(height, "".join(drawn), told)


def ranges(rows: Mapping[str, Point], *, unit: str, told: str) -> str:
    """From the first to the second value of each row: a bar to the middle, a thin line to the tail."""
    left = 30 + _LETTER * max((len(row) for row in rows), default=0)
    height = _TOP + 28 * len(rows) + 30
    top = max((high for _, high in rows.values()), default=1.0) or 1.0
    span = _WIDTH - left - _RIGHT - 60
    drawn = []
    for place, (row, (middle, tail)) in enumerate(rows.items()):
        y = _TOP + 28 * place + 12
        end = left + tail / top * span
        drawn += [
            _text(left - 14, y + 5, row, anchor="end"),
            _line(left, y, end, y),
            _rect(left, y - 6, max(middle / top * span, 1), 12, 0),
            _line(end, y - 5, end, y + 5),
            _text(end + 8, y + 4, f"{middle:.3g} / {tail:.3g}", anchor="start", small=True),
        ]
    key = f"{unit}: bar to the median, line to the 95th percentile"
    drawn.append(_text(left, height - 10, key, anchor="start", small=True))
    return _svg(height, "".join(drawn), told)


def curve(points: Sequence[tuple[float, float, str]], *, across: str, up: str, told: str) -> str:
    """A line through (x, y) with a name at each point; y is drawn by its logarithm."""
    if not points:
        return ""
    height = 280
    xs = [x for x, _, _ in points]
    ys = [math.log10(max(y, 1e-9)) for _, y, _ in points]
    place_x = _scale(min(xs), max(xs), _LEFT + 24, _WIDTH - _RIGHT - 40)
    low, high = math.floor(min(ys) * 2) / 2, math.ceil(max(ys) * 2) / 2
    place_y = _scale(low, max(high, low + 0.5), height - _BOTTOM - 16, _TOP + 8)
    placed = [(place_x(x), place_y(y)) for x, y in zip(xs, ys, strict=True)]
    drawn = [_path(placed, 0)]
    for (x, y), (_, _, name) in zip(placed, points, strict=True):
        drawn += [_spot(x, y, 0), _text(x + 8, y - 7, name, anchor="start", small=True)]
    for value in sorted({min(xs), max(xs)}):
        drawn.append(_text(place_x(value), height - 30, f"{value:.4g}", anchor="middle", small=True))
    for value in sorted({min(ys), max(ys)}):
        drawn.append(_text(_LEFT - 4, place_y(value) + 4, _short(10**value), anchor="end", small=True))
    drawn.append(_text(_WIDTH / 2, height - 8, f"{across} → · {up} ↑ (logarithmic)", anchor="middle", small=True))
    return _svg(height, "".join(drawn), told)


def trend(lines: Mapping[str, Sequence[tuple[datetime, float]]], *, told: str) -> str:
    """Values over time, a line a series; results are evenly spaced in their order, each with its day."""
    height = 240
    times = sorted({when for line in lines.values() for when, _ in line})
    values = [value for line in lines.values() for _, value in line]
    if not values:
        return ""
    pad = max((max(values) - min(values)) * 0.2, 0.01)
    low, high = max(min(values) - pad, 0), min(max(values) + pad, 1)
    place_y = _scale(low, high, height - _BOTTOM, _TOP)
    place_x = _scale(0, max(len(times) - 1, 1), _LEFT + 16, _WIDTH - _RIGHT - 24)
    at = {when: place_x(number) for number, when in enumerate(times)}
    drawn = [_grid(height, [low, (low + high) / 2, high], low, high)]
    for number, line in enumerate(lines.values()):
        placed = [(at[when], place_y(value)) for when, value in sorted(line)]
        drawn += [_path(placed, number), *(_spot(x, y, number) for x, y in placed)]
    for when in dict.fromkeys([times[0], times[-1]]):
        anchor = "start" if when == times[0] else "end"
        drawn.append(_text(at[when], height - 10, f"{when:%Y-%m-%d %H:%M}", anchor=anchor, small=True))
    return _legend(list(lines)) + _svg(height, "".join(drawn), told)


def _svg(height: float, inside: str, told: str) -> str:
    return (
        '<div class="ns-plot" tabindex="0" role="group" aria-label="Plot">'
        f'<svg viewBox="0 0 {_WIDTH} {height:.0f}" role="img" aria-label="{escape(told)}">{inside}</svg></div>'
    )


def _legend(names: Sequence[str]) -> str:
    frame = '<svg viewBox="-8 -8 16 16" width="14" height="14" aria-hidden="true">'
    entries = "".join(f"<li>{frame}{_spot(0, 0, number)}</svg>{escape(name)}</li>" for number, name in enumerate(names))
    return f'<ul class="ns-keys-of-plot">{entries}</ul>'


def _grid(height: float, ticks: Sequence[float], low: float, high: float) -> str:
    place = _scale(low, high, height - _BOTTOM, _TOP)
    return "".join(
        f'<line class="ns-grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{place(tick):.1f}" y2="{place(tick):.1f}"/>'
        + _text(_LEFT - 8, place(tick) + 4, f"{tick:.3g}", anchor="end", small=True)
        for tick in ticks
    )


_SPOTS = (
    '<circle r="5"/>',
    '<rect x="-4.5" y="-4.5" width="9" height="9"/>',
    '<path d="M0-6 5.5 4H-5.5z"/>',
    '<path d="M0-6.5 6 0 0 6.5-6 0z"/>',
)


def _spot(x: float, y: float, number: int) -> str:
    return f'<g class="ns-hue-{number % 8}" transform="translate({x:.1f} {y:.1f})">{_SPOTS[number % len(_SPOTS)]}</g>'


def _path(points: Sequence[Point], number: int) -> str:
    steps = "".join(
        f'<line x1="{a:.1f}" y1="{b:.1f}" x2="{c:.1f}" y2="{d:.1f}"/>' for (a, b), (c, d) in pairwise(points)
    )
    return f'<g class="ns-line ns-hue-{number % 8}">{steps}</g>'


def _rect(x: float, y: float, width: float, height: float, number: int) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="ns-hue-{number % 8}" {place} rx="1.5"/>'


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="ns-axis" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, *, anchor: str, small: bool = False) -> str:
    mark = ' class="ns-small"' if small else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{mark}>{escape(text)}</text>'


class _scale:  # noqa: N801 - a function with two numbers in it
    """Maps [low, high] to [start, end]; a range without width maps to the middle."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self._low, self._start = low, start
        self._factor = (end - start) / (high - low) if high > low else 0.0
        self._shift = 0.0 if high > low else (end - start) / 2

    def __call__(self, value: float) -> float:
        return self._start + self._shift + (value - self._low) * self._factor


def _short(value: float) -> str:
    return f"{value / 1000:.3g}k" if value >= 1000 else f"{value:.3g}"
