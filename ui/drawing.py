"""The map of the library as SVG: a point a document, in the colour and shape of its group, a way into each. Pure.

One point takes the keyboard at a time, the arrow keys go to the nearest one in their direction (`assets/library.js`).
A group is told by shape as well as by colour; beyond eight groups the rest share one plain point.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from html import escape
from statistics import median

from index.types import DocumentInfo
from ui.marks import count, reader

Place = tuple[float, float]

_WIDTH, _HEIGHT = 1000, 640
_MARGIN = 40
_GROUPS = 8
_LETTER = 7.2  # width of a letter of a label, on average
_LINE = 20
_SHAPES = (
    '<circle r="5.5"/>',
    '<rect x="-5" y="-5" width="10" height="10" rx="1"/>',
    '<path d="M0-6.5 6 4.5H-6z"/>',
    '<path d="M0-7 6.5 0 0 7-6.5 0z"/>',
    '<path d="M0 6.5-6-4.5H6z"/>',
    '<path d="M-2-6.5H2V-2H6.5V2H2V6.5H-2V2H-6.5V-2H-2z"/>',
    '<circle r="4.5" fill="none" stroke-width="2.5"/>',
    '<rect x="-4.5" y="-4.5" width="9" height="9" fill="none" stroke-width="2.5"/>',
)
_REST = '<circle r="3.5"/>'


class By(StrEnum):
    """What groups the documents."""

    TOPIC = "topic"
    ORGANISATION = "organisation"
    KIND = "kind"


def chart(infos: Sequence[DocumentInfo], places: Mapping[str, Place], *, by: By) -> str:
    """The map with its legend; documents without a place are left out and counted."""
    placed = [info for info in infos if info.id in places]
    if not placed:
        return '<p class="ns-quiet">There is nothing to draw yet: no document is indexed.</p>'
    names = _groups(placed, by)
    group = {info.id: _group_of(info, names, by) for info in placed}
    points = {info.id: _point(places[info.id]) for info in placed}
    dots = "".join(
        _dot(info, points[info.id], names, group[info.id], is_first=place == 0) for place, info in enumerate(placed)
    )
    left = len(infos) - len(placed)
    note = f" {count(left, 'document')} of the library are not drawn." if left else ""
    return (
        f'<div class="ns-legend">{_legend(names, group)}</div>'
        f'<div class="ns-map" role="region" aria-label="Map of the library" tabindex="0">'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="group" aria-label="{count(len(placed), "document")}; similar '
        'ones are near each other. Arrow keys go from one to the next.">'
        f'{dots}<g aria-hidden="true">{_labels(names, group, points)}</g></svg></div>'
        '<p class="ns-named ns-quiet" aria-live="polite">Similar documents are near each other; distances across the '
        f"map mean nothing.{note}</p>"
    )


def _values(info: DocumentInfo, by: By) -> Sequence[str]:
    if by is By.KIND:
        return (info.kind,)
    return info.topics if by is By.TOPIC else info.organisations


def _groups(infos: Sequence[DocumentInfo], by: By) -> list[str]:
    """The most frequent values, at most eight."""
    counts = Counter(value for info in infos for value in _values(info, by))
    return [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_GROUPS]]


def _group_of(info: DocumentInfo, names: Sequence[str], by: By) -> str:
    """The first group that a document names itself; empty for none of the eight."""
    return next((value for value in _values(info, by) if value in names), "")


def _point(place: Place) -> Place:
    x, y = place
    return _MARGIN + x * (_WIDTH - 2 * _MARGIN), _MARGIN + (1 - y) * (_HEIGHT - 2 * _MARGIN)


def _look(names: Sequence[str], group: str) -> tuple[str, str]:
    """The class and the shape of a group."""
    if not group:
        return "ns-hue-rest", _REST
    number = names.index(group)
    return f"ns-hue-{number}", _SHAPES[number]


def _dot(info: DocumentInfo, point: Place, names: Sequence[str], group: str, *, is_first: bool) -> str:
    hue, shape = _look(names, group)
    told = " · ".join([info.title, *(info.organisations[:1]), group or info.kind])
    return (
        f'<a href="{escape(reader(info.id))}" class="ns-dot {hue}" data-group="{escape(group)}" '
        f'tabindex="{0 if is_first else -1}" aria-label="{escape(told)}" '
        f'transform="translate({point[0]:.1f} {point[1]:.1f})">'
        f'<circle class="ns-reach" r="11"/>{shape}</a>'
    )


def _legend(names: Sequence[str], group: Mapping[str, str]) -> str:
    counts = Counter(group.values())
    shown = [*names, ""] if counts[""] else list(names)
    return "".join(_entry(names, name, counts[name]) for name in shown if counts[name])


def _entry(names: Sequence[str], name: str, number: int) -> str:
    hue, shape = _look(names, name)
    return (
        f'<button type="button" class="ns-pick" data-group="{escape(name)}" aria-pressed="false">'
        f'<svg viewBox="-8 -8 16 16" width="14" height="14" class="{hue}" aria-hidden="true">{shape}</svg> '
        f"{escape(name or 'others')} <b>{number}</b></button>"
    )


def _labels(names: Sequence[str], group: Mapping[str, str], points: Mapping[str, Place]) -> str:
    """The name of each group in its middle, moved down or up until it covers no other name."""
    taken: list[tuple[float, float, float]] = []
    drawn = []
    for name in names:
        of = [points[id] for id, given in group.items() if given == name]
        if len(of) < 2:
            continue
        half = _LETTER * len(name) / 2
        x = min(max(median(x for x, _ in of), half + 4), _WIDTH - half - 4)
        y = _free(x, median(y for _, y in of), half, taken)
        taken.append((x, y, half))
        drawn.append(f'<text x="{x:.0f}" y="{y:.0f}" class="ns-hue-{names.index(name)}">{escape(name)}</text>')
    return "".join(drawn)


def _free(x: float, y: float, half: float, taken: Sequence[tuple[float, float, float]]) -> float:
    """The height nearest to y at which a label of this width covers no other."""
    tries = sorted(range(-15, 16), key=abs)
    for step in tries:
        height = y + step * _LINE
        inside = _LINE <= height <= _HEIGHT - 6
        if inside and all(abs(x - there) > half + other + 8 or abs(height - at) >= _LINE for there, at, other in taken):
            return height
    return y
