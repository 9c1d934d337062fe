"""Saved evaluations, read from the home and drawn: measures by mode and kind of question, dense index, times, trend.

A file is whatever `ninestep eval … --json` prints, or that with more around it (commit, machine, settings): what is
known by its fields is found wherever it stands. A file that cannot be read is named on the page and passed over.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from html import escape
from importlib import resources
from pathlib import Path
from statistics import fmean
from typing import Any

from eval import golden
from ui import plots, render
from ui.marks import count, table

FOLDER = "results"  # below the home

_MEASURE = "nDCG@10"
_SHOWN = ("nDCG@10", "R@100", "RR@10")
_MODES = ("hybrid", "dense", "lexical", "rrf")
_MOST = 500  # files; the newest
_LARGEST = 20 * 2**20  # bytes of one
_ANSWERS = {
    "citation_recall": "sentences whose citations support them",
    "citation_precision": "citations that support their sentence",
    "refusal_recall": "refused, of what should be",
    "wrong_refusals": "refused, of what should not be",
    "on_target": "answers on target",
    "direct": "facts that open with what helps",
    "deciding": "facts that hold what decides",
    "coverage": "steps covered",
    "readable": "sentences that read alone",
}
_COMMANDS = (
    "ninestep eval retrieval --collection golden --save",
    "ninestep eval answers --save",
    "ninestep eval ann --save",
    "ninestep eval latency --save",
)
SHIPPED = Path(str(resources.files("eval") / "results"))  # what was measured when this version was made
_TO_MEASURE = f'<pre class="ns-how" tabindex="0"><code>{escape(chr(10).join(_COMMANDS))}</code></pre>'
_TOLD = (
    '<p class="ns-quiet">They ask the golden questions over the field guide and measure what comes back against what '
    f"people judged. Files that lie in the folder <code>{FOLDER}</code> of ninestep's home are drawn here, with "
    "measures, times and how they change.</p>"
)
_NONE = '<p class="ns-quiet">No evaluation has been kept here yet. These commands make one, where ninestep runs:</p>'
_FROM_ELSEWHERE = (
    '<p class="ns-quiet">Nothing has been measured here yet: these figures came with ninestep, from the machine that '
    "they were measured on.</p>"
)
_HERE = '<h2>Measure here</h2><p class="ns-quiet">These commands make the same figures where ninestep runs:</p>'


@dataclass(frozen=True, slots=True)
class Saved:
    """One measurement: what was measured, when, at which commit, and its values as they were saved."""

    name: str
    at: datetime
    values: Mapping[str, Any]
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """All measurements, oldest first, by what they measure, and the files that could not be read."""

    retrieval: list[Saved] = field(default_factory=list)
    answers: list[Saved] = field(default_factory=list)
    ann: list[Saved] = field(default_factory=list)
    latency: list[Saved] = field(default_factory=list)
    kinds: list[Saved] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.retrieval or self.answers or self.ann or self.latency)


def load(folder: Path) -> Shelf:
    """Read the saved evaluations of a folder; one that is not there holds none."""
    shelf = Shelf()
    files = sorted(folder.glob("*.json"), key=lambda path: (path.stat().st_mtime, path.name))[-_MOST:]
    for path in files:
        try:
            _sort(_content(path), path, shelf)
        except (OSError, ValueError, RecursionError):
            shelf.unread.append(path.name)
    for held in (shelf.retrieval, shelf.answers, shelf.ann, shelf.latency, shelf.kinds):
        held.sort(key=lambda one: one.at)
    return shelf


def _content(path: Path) -> object:
    if path.stat().st_size > _LARGEST:
        raise ValueError("the file is too large for an evaluation")
    return json.loads(path.read_text(encoding="utf-8"))


def _sort(content: object, path: Path, shelf: Shelf) -> None:
    """Put what a file holds onto the shelf.

    Raises:
        ValueError: If it holds no evaluation.
    """
    top = content if isinstance(content, dict) else {}
    at = _time(top) or datetime.fromtimestamp(path.stat().st_mtime, UTC)
    found = 0
    for kind, values in _evaluations(content):
        held: list[Saved] = getattr(shelf, kind)
        held.append(Saved(path.name, at, values, str(top.get("commit", ""))[:12]))
        found += 1
    if not found:
        raise ValueError("no evaluation")


def _evaluations(content: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Evaluations wherever they stand in a file, each with the name of its kind."""
    if isinstance(content, dict):
        if _is_retrieval(content):
            yield "retrieval", content
        elif _has_numbers(content, ("citation_recall", "citation_precision")):
            yield "answers", content
        elif _has_numbers(content, ("chunks",)) and isinstance(content.get("stages_ms"), dict):
            yield "latency", content
        else:
            for value in content.values():
                yield from _evaluations(value)
    elif isinstance(content, list):
        if content and all(_is_of_kind(one) for one in content):
            yield "kinds", {"kinds": content}
            return
        points = [
            one
            for one in content
            if isinstance(one, dict) and _has_numbers(one, ("ef_search", "recall", "queries_per_second"))
        ]
        if points:
            yield "ann", {"points": points}
        else:
            for value in content:
                yield from _evaluations(value)


def _is_retrieval(content: Mapping[str, Any]) -> bool:
    measures = content.get("measures")
    return isinstance(measures, dict) and _has_numbers(measures, (_MEASURE,)) and isinstance(content.get("mode"), str)


def _is_of_kind(content: object) -> bool:
    """Whether this is what a report says of one kind of question: its measure by system."""
    return (
        isinstance(content, dict)
        and isinstance(content.get("kind"), str)
        and _has_numbers(content, ("queries",))
        and isinstance(held := content.get(_MEASURE), dict)
        and all(_is_number(value) for value in held.values())
    )


def _has_numbers(content: Mapping[str, Any], names: Sequence[str]) -> bool:
    return all(_is_number(content.get(name)) for name in names)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _time(content: Mapping[str, Any]) -> datetime | None:
    for name in ("made", "at", "date", "when", "time"):
        try:
            found = datetime.fromisoformat(str(content.get(name, "")))
        except ValueError:
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


_EMPTY = Shelf()


def page(shelf: Shelf, *, shipped: Shelf = _EMPTY) -> str:
    """All of it drawn; where nothing was measured here, what came with this version, and how to measure.

    Args:
        shelf: What was measured here.
        shipped: What came with this version.
    """
    unread = (
        render.alert(
            f"{count(len(shelf.unread), 'file')} could not be read as an evaluation: {', '.join(shelf.unread[:5])}"
        )
        if shelf.unread
        else ""
    )
    if shelf:
        return unread + _drawn(shelf)
    if shipped:
        return unread + _FROM_ELSEWHERE + _drawn(shipped) + _HERE + _TO_MEASURE + _TOLD
    return unread + _NONE + _TO_MEASURE + _TOLD


def _drawn(shelf: Shelf) -> str:
    parts: Sequence[Callable[[Shelf], str]] = (_by_mode, _by_kind, _answers, _ann, _latency, _trend, _listed)
    return "".join(part(shelf) for part in parts)


def _section(title: str, *inside: str, note: str = "") -> str:
    told = f'<p class="ns-quiet">{escape(note)}</p>' if note else ""
    return f'<section class="ns-result"><h2>{escape(title)}</h2>{told}{"".join(inside)}</section>'


def _asked(one: Saved) -> str:
    """What was asked, in words; only evaluations of the same stand beside each other."""
    queries = one.values.get("queries")
    name = str(one.values.get("collection", "?"))
    return f"{name}, {count(queries, 'question')}" if isinstance(queries, int) else name


def _latest(saved: Sequence[Saved]) -> dict[str, dict[str, Saved]]:
    """The newest evaluation of each mode, by what was asked; what was measured last comes first."""
    found: dict[str, dict[str, Saved]] = defaultdict(dict)
    for one in saved:
        found[_asked(one)][one.values["mode"]] = one
    newest = sorted(found.items(), key=lambda item: max(one.at for one in item[1].values()), reverse=True)
    return {name: {mode: held[mode] for mode in sorted(held, key=_place)} for name, held in newest}


def _place(mode: str) -> tuple[int, str]:
    return (_MODES.index(mode) if mode in _MODES else len(_MODES), mode)


def _by_mode(shelf: Shelf) -> str:
    return "".join(_collection(name, modes) for name, modes in _latest(shelf.retrieval).items())


def _collection(name: str, modes: Mapping[str, Saved]) -> str:
    shown = [
        measure for measure in _SHOWN if all(_is_number(one.values["measures"].get(measure)) for one in modes.values())
    ]
    series = {mode: [float(one.values["measures"][measure]) for measure in shown] for mode, one in modes.items()}
    names = list(dict.fromkeys(measure for one in modes.values() for measure in one.values["measures"]))
    rows = [[mode, *(_figure(one.values["measures"].get(measure)) for measure in names)] for mode, one in modes.items()]
    newest = max(modes.values(), key=lambda one: one.at)
    told = "; ".join(
        f"{mode}: {_MEASURE} {_figure(one.values['measures'].get(_MEASURE))}" for mode, one in modes.items()
    )
    return _section(
        f"Search over {name}",
        plots.bars(shown, series, told=told),
        table(f"Measures by mode, {name}", ["mode", *names], rows, shown=False),
        note=f"Measured {newest.at:%Y-%m-%d}.",
    )


def _figure(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, int | float) else "–"


@cache
def _kinds() -> Mapping[str, str]:
    return {one.id: one.kind for one in golden.load()}


def _by_kind(shelf: Shelf) -> str:
    """The main measure by kind of question, where the golden questions were asked."""
    modes = _kinds_of_answers(shelf) or _kinds_of_report(shelf)
    kinds = sorted({kind for means in modes.values() for kind in means})
    if not kinds:
        return ""
    series = {mode: [means.get(kind, (None, 0))[0] for kind in kinds] for mode, means in modes.items()}
    numbers = next(iter(modes.values()))
    rows = [
        [kind, str(numbers.get(kind, (None, 0))[1]), *(_figure(values[place]) for values in series.values())]
        for place, kind in enumerate(kinds)
    ]
    told = f"{_MEASURE} of {len(kinds)} kinds of question"
    return _section(
        "By kind of question",
        plots.dots(kinds, series, told=told),
        table(f"{_MEASURE} by kind of question", ["kind", "questions", *series], rows, shown=False),
        note=f"{_MEASURE} of the golden questions. Few questions a kind: read differences with care.",
    )


_Means = Mapping[str, tuple[float | None, int]]


def _kinds_of_answers(shelf: Shelf) -> Mapping[str, _Means]:
    """By mode, from the newest evaluations that tell their measures by query."""
    of_golden = [
        one for one in shelf.retrieval if one.values.get("collection") == "golden" and "per_query" in one.values
    ]
    newest: Mapping[str, Saved] = next(iter(_latest(of_golden).values()), {})
    return {mode: _means(one) for mode, one in newest.items()}


def _kinds_of_report(shelf: Shelf) -> Mapping[str, _Means]:
    """By mode, from the newest report."""
    if not shelf.kinds:
        return {}
    told = shelf.kinds[-1].values["kinds"]
    modes = sorted({mode for one in told for mode in one[_MEASURE]}, key=_place)
    return {
        mode: {one["kind"]: (float(one[_MEASURE][mode]), int(one["queries"])) for one in told if mode in one[_MEASURE]}
        for mode in modes
    }


def _means(one: Saved) -> dict[str, tuple[float | None, int]]:
    """Mean and number of the golden questions by kind."""
    per_query = one.values["per_query"]
    values = per_query.get(_MEASURE, {}) if isinstance(per_query, dict) else {}
    by_kind: dict[str, list[float]] = defaultdict(list)
    for id, value in values.items():
        if id in _kinds() and _is_number(value):
            by_kind[_kinds()[id]].append(float(value))
    return {kind: (fmean(found), len(found)) for kind, found in by_kind.items()}


def _answers(shelf: Shelf) -> str:
    if not shelf.answers:
        return ""
    newest = shelf.answers[-1]
    rows = [
        [text, _figure(newest.values[name])] for name, text in _ANSWERS.items() if _is_number(newest.values.get(name))
    ]
    asked = newest.values.get("questions")
    note = f"{count(asked, 'question')}, {newest.at:%Y-%m-%d}" if isinstance(asked, int) else f"{newest.at:%Y-%m-%d}"
    return _section("Answers", table("Answers", ["share of", "value"], rows, shown=False), note=note)


def _ann(shelf: Shelf) -> str:
    if not shelf.ann:
        return ""
    points = shelf.ann[-1].values["points"]
    drawn = [
        (float(one["recall"]), float(one["queries_per_second"]), str(one["ef_search"]))
        for one in points
        if one["ef_search"]
    ]
    rows = [
        [str(one["ef_search"] or "exact"), f"{one['recall']:.4f}", f"{one['queries_per_second']:,.0f}"]
        for one in points
    ]
    told = f"recall and speed of the dense index at {count(len(drawn), 'setting')}"
    return _section(
        "The dense index",
        plots.curve(drawn, across="recall@10 against exact search", up="queries a second", told=told),
        table("The dense index, one thread", ["efSearch", "recall@10", "queries a second"], rows, shown=False),
        note="What approximate search gives up for speed; efSearch stands at each point.",
    )


def _latency(shelf: Shelf) -> str:
    rows: dict[str, tuple[float, float]] = {}
    for name, modes in _latest(shelf.retrieval).items():
        for mode, one in modes.items():
            rows |= _tails(f"search, {mode}, {name}", one.values.get("latency_ms"))
    if shelf.answers and isinstance(took := shelf.answers[-1].values.get("latency_ms"), dict):
        for kind, tails in took.items():
            rows |= _tails(f"answer, {kind}", tails)
    for chunks, one in sorted({int(one.values["chunks"]): one for one in shelf.latency}.items()):
        for stage, tails in one.values["stages_ms"].items():
            rows |= _tails(f"{stage}, {chunks:,} passages", tails)
    if not rows:
        return ""
    told = "; ".join(f"{name}: {middle:.3g} ms" for name, (middle, _) in rows.items())
    shown = [[name, f"{middle:.1f}", f"{tail:.1f}"] for name, (middle, tail) in rows.items()]
    return _section(
        "How long it takes",
        plots.ranges(rows, unit="milliseconds", told=told),
        table("Milliseconds", ["what", "p50", "p95"], shown, shown=False),
    )


def _tails(name: str, took: object) -> dict[str, tuple[float, float]]:
    if not isinstance(took, dict) or not _has_numbers(took, ("p50", "p95")):
        return {}
    return {name: (float(took["p50"]), float(took["p95"]))}


def _trend(shelf: Shelf) -> str:
    """How the main measure changed, for what was measured more than once."""
    lines: dict[str, list[tuple[datetime, float]]] = defaultdict(list)
    for one in shelf.retrieval:
        name = f"{one.values['mode']}, {_asked(one)}"
        lines[name].append((one.at, float(one.values["measures"][_MEASURE])))
    shown = {name: line for name, line in lines.items() if len(line) > 1}
    if not shown:
        return ""
    told = "; ".join(f"{name}: {line[0][1]:.3f} to {line[-1][1]:.3f}" for name, line in shown.items())
    return _section(
        "Over time", plots.trend(shown, told=told), note=f"{_MEASURE} of every saved evaluation, oldest first."
    )


def _listed(shelf: Shelf) -> str:
    every = sorted([*shelf.retrieval, *shelf.answers], key=lambda one: one.at, reverse=True)[:50]
    rows = [[f"{one.at:%Y-%m-%d %H:%M}", _what(one), _value(one), one.commit or "–", one.name] for one in every]
    head = ["made", "what", "value", "commit", "file"]
    return _section("What was measured", table("Saved evaluations", head, rows, figures=False, shown=False))


def _what(one: Saved) -> str:
    return f"search, {one.values['mode']}, {_asked(one)}" if "mode" in one.values else "answers"


def _value(one: Saved) -> str:
    if "mode" in one.values:
        return f"{_MEASURE} {_figure(one.values['measures'][_MEASURE])}"
    return f"citation recall {_figure(one.values['citation_recall'])}"
