"""One page that shows how well retrieval does: tables and plots in a single HTML file, nothing loaded from anywhere.

Plots are drawn by matplotlib as SVG and set into the page. Each system stands beside the plain baselines on the same
queries; differences come with their interval and p-value, so that noise is not read as progress.
"""

import html
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from eval import significance
from eval.ann import Point
from eval.retrieval import MAIN, Evaluation
from eval.significance import Comparison
from index.dense import RECALL_GOAL
from index.search import Mode

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BASELINES = (Mode.LEXICAL, Mode.DENSE, Mode.RRF)

_METADATA = re.compile(r"<metadata>.*?(?:</metadata>|\Z)", re.DOTALL)
_NAMES = {Mode.LEXICAL: "BM25", Mode.DENSE: "dense", Mode.RRF: "BM25 + dense by rank", Mode.HYBRID: "ninestep"}
_COLOURS = {Mode.LEXICAL: "#b8c4ce", Mode.DENSE: "#7b93a8", Mode.RRF: "#d9b26f", Mode.HYBRID: "#0b7285"}
_INK, _FAINT = "#22303c", "#dfe6ec"
_CSS = """
:root { color-scheme: light dark; --ink: #22303c; --soft: #5d6d7c; --line: #dfe6ec; --page: #f6f8fa; --card: #fff;
  --mark: #0b7285; --best: #e3f4f6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9fb0bf; --line: #2d3a46; --page: #10161c;
  --card: #18212a; --mark: #4fc3d6; --best: #17343b; } }
* { box-sizing: border-box; }
body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--page); margin: 0; }
main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; letter-spacing: -.02em; margin: 0 0 .25rem; }
h2 { font-size: 1.35rem; letter-spacing: -.01em; margin: 0; } h3 { font-size: 1rem; margin: 2rem 0 .25rem; }
nav { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1.25rem 0 0; }
nav a { color: var(--mark); text-decoration: none; border: 1px solid var(--line); border-radius: 99px;
  padding: .15rem .8rem; background: var(--card); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 1.75rem;
  margin-top: 1.75rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .75rem; margin: 1.25rem 0 0; }
.card { border: 1px solid var(--line); border-radius: 10px; padding: .75rem 1rem; }
.card b { display: block; font-size: 1.6rem; font-variant-numeric: tabular-nums; letter-spacing: -.02em; }
.card span, .note { color: var(--soft); font-size: .875rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; margin: .5rem 0; font-size: .875rem; }
th, td { padding: .4rem .5rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
thead th { color: var(--soft); font-weight: 600; font-size: .8rem; }
tbody th { font-weight: 500; } th:first-child { text-align: left; }
td.best { background: var(--best); font-weight: 650; }
figure { margin: 1rem 0; background: #fff; border-radius: 10px; padding: .5rem; } svg { max-width: 100%; height: auto;
  display: block; margin: auto; }
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One collection's share of the report.

    Attributes:
        evaluations: By system, on the same queries.
        ann: The curve of the dense index.
        kinds: The kind of each query; empty where the collection knows none.
    """

    name: str
    evaluations: Mapping[Mode, Evaluation]
    ann: Sequence[Point]
    kinds: Mapping[str, str] = field(default_factory=dict)


def page(parts: Sequence[Part], *, made: str) -> str:
    """The whole page.

    Args:
        parts: One a collection.
        made: When, and with which version, for the head of the page.
    """
    links = "".join(f'<a href="#part-{place}">{html.escape(part.name)}</a>' for place, part in enumerate(parts))
    body = "".join(f'<section id="part-{place}">{_part(part)}</section>' for place, part in enumerate(parts))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>ninestep: retrieval quality</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_CSS}</style></head><body><main>'
        f'<h1>Retrieval quality</h1><p class="note">{html.escape(made)}. {_HOW}</p><nav>{links}</nav>{body}'
        "</main></body></html>"
    )


_HOW = (
    "Means are taken over all judged queries; one that a system does not answer counts zero. Intervals are 95 % paired "
    "bootstrap intervals, p-values come from the paired randomization test and are corrected for being several (Holm)."
)


def _part(part: Part) -> str:
    product = part.evaluations[Mode.HYBRID]
    settings = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in product.settings.items())
    found = gains(part)
    sections = [
        f"<h2>{html.escape(part.name)}</h2>",
        f'<p class="note">{product.queries} queries; {html.escape(settings)}</p>',
        _cards(part, found),
        _measures(part),
        _figure(_bars(part)),
        _differences("What fusing gains", "ninestep against the plain baselines", found),
        _figure(_forest(found)),
    ]
    if part.evaluations[Mode.HYBRID].without:
        left_out = without(part)
        sections += [_differences("What each part gains", "ninestep against itself without", left_out)]
        sections += [_figure(_forest(left_out))]
    if part.kinds:
        sections += [_by_kind(part), _figure(_kinds_plot(part))]
    return "".join([*sections, _curve(part.ann), _figure(ann_plot(part.ann))])


@dataclass(frozen=True, slots=True)
class Gain:
    """The product against something simpler."""

    against: str
    comparison: Comparison
    p_holm: float


def gains(part: Part) -> list[Gain]:
    """The product against each baseline."""
    against = {mode: part.evaluations[mode].per_query[MAIN] for mode in BASELINES if mode in part.evaluations}
    return _gains({_NAMES[mode]: values for mode, values in against.items()}, part)


def without(part: Part) -> list[Gain]:
    """The product against itself without each of its parts."""
    return _gains(part.evaluations[Mode.HYBRID].without, part)


def _gains(against: Mapping[str, Mapping[str, float]], part: Part) -> list[Gain]:
    product = part.evaluations[Mode.HYBRID].per_query[MAIN]
    found = [significance.compare(values, product, measure=MAIN) for values in against.values()]
    adjusted = significance.holm([one.p for one in found])
    return [Gain(name, one, p) for name, one, p in zip(against, found, adjusted, strict=True)]


def _cards(part: Part, found: Sequence[Gain]) -> str:
    product = part.evaluations[Mode.HYBRID]
    values = np.array(list(product.per_query[MAIN].values()))
    low, high = significance.interval(values)
    nearest = min(found, key=lambda one: one.comparison.difference)
    cards = [
        (f"{product.measures[MAIN]:.3f}", f"nDCG@10 [{low:.3f}, {high:.3f}]"),
        (f"{product.measures['R@100']:.3f}", "recall at 100"),
        (f"{nearest.comparison.difference:+.3f}", f"nDCG@10 over the best baseline, {nearest.against}"),
        (f"{product.latency_ms['p50']:.0f} ms", f"a search, median; {product.latency_ms['p95']:.0f} ms at p95"),
    ]
    shown = "".join(f'<div class="card"><b>{value}</b><span>{html.escape(text)}</span></div>' for value, text in cards)
    return f'<div class="cards">{shown}</div>'


def _table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]], *, best: Sequence[int] = ()) -> str:
    """A table; in the columns `best` the highest value is marked."""
    tops = {column: max(row[column] for row in rows) for column in best}
    cells = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in head)
    body = "".join(f"<tr>{_row(row, tops)}</tr>" for row in rows)
    return (
        f'<h3>{html.escape(caption)}</h3><div class="scroll"><table><thead><tr>{cells}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _row(row: Sequence[str], tops: Mapping[int, str]) -> str:
    first = f'<th scope="row">{html.escape(row[0])}</th>'
    marks = [' class="best"' if tops.get(column) == cell else "" for column, cell in enumerate(row)]
    return first + "".join(
        f"<td{mark}>{html.escape(cell)}</td>" for mark, cell in list(zip(marks, row, strict=True))[1:]
    )


def _measures(part: Part) -> str:
    names = list(next(iter(part.evaluations.values())).measures)
    rows = [
        [
            _NAMES[mode],
            *(f"{one.measures[name]:.4f}" for name in names),
            f"{one.latency_ms['p50']:.1f} / {one.latency_ms['p95']:.1f}",
        ]
        for mode, one in part.evaluations.items()
    ]
    best = [column for column, name in enumerate(names, start=1) if not name.startswith("Judged")]
    return _table("Systems", ["system", *names, "ms p50 / p95"], rows, best=best)


def _differences(caption: str, first: str, found: Sequence[Gain]) -> str:
    rows = [
        [
            one.against,
            f"{one.comparison.difference:+.4f}",
            f"{one.comparison.low:+.4f} … {one.comparison.high:+.4f}",
            f"{one.p_holm:.4f}",
            f"{one.comparison.wins} / {one.comparison.ties} / {one.comparison.losses}",
            f"{one.comparison.detectable:.4f}",
        ]
        for one in found
    ]
    head = [first, f"gain in {MAIN}", "95 % interval", "p (Holm)", "wins / ties / losses", "detectable"]
    return _table(caption, head, rows)


def _by_kind(part: Part) -> str:
    rows = [[kind, str(count), *(f"{value:.4f}" for value in values.values())] for kind, count, values in kinds(part)]
    return _table(
        f"{MAIN} by kind of question", ["kind", "queries", *(_NAMES[mode] for mode in part.evaluations)], rows
    )


def kinds(part: Part) -> list[tuple[str, int, dict[Mode, float]]]:
    """Each kind of question, how many there are, and what each system scores on them, the most frequent first."""
    by_kind: dict[str, list[str]] = {}
    for id, kind in part.kinds.items():
        by_kind.setdefault(kind, []).append(id)
    return [
        (kind, len(ids), {mode: fmean(one.per_query[MAIN][id] for id in ids) for mode, one in part.evaluations.items()})
        for kind, ids in sorted(by_kind.items(), key=lambda item: (-len(item[1]), item[0]))
    ]


def _curve(points: Sequence[Point]) -> str:
    rows = [[_setting(one), f"{one.recall:.4f}", f"{one.queries_per_second:,.0f}"] for one in points]
    return _table("The dense index, one thread", ["efSearch", "recall@10", "queries a second"], rows)


def _setting(point: Point) -> str:
    return f"{point.ef_search or 'exact'}{' (in use)' if point.is_used else ''}"


def _figure(svg: str) -> str:
    return f"<figure>{svg}</figure>"


def _bars(part: Part) -> str:
    names = ("nDCG@10", "R@100", "RR@10")
    figure, axes = _axes(height=2.9)
    width = 0.8 / len(part.evaluations)
    for place, (mode, one) in enumerate(part.evaluations.items()):
        left = [number + place * width for number in range(len(names))]
        heights = [one.measures[name] for name in names]
        bars = axes.bar(left, heights, width * 0.92, label=_NAMES[mode], color=_COLOURS[mode])
        axes.bar_label(bars, [f"{value:.2f}" for value in heights], fontsize=8, color=_INK, padding=2)
    axes.set_xticks([number + 0.4 - width / 2 for number in range(len(names))], names)
    axes.set_ylim(0, 1.08)
    axes.set_yticks([])
    axes.legend(frameon=False, ncols=4, loc="upper center", bbox_to_anchor=(0.5, 1.18), fontsize=9)
    return _svg(figure)


def _forest(found: Sequence[Gain]) -> str:
    """Differences with their intervals; what does not touch zero is more than noise."""
    figure, axes = _axes(height=0.7 + 0.38 * len(found))
    axes.axvline(0, color="#9fb0bf", linewidth=1)
    for place, one in enumerate(reversed(found)):
        held = one.comparison
        colour = "#0b7285" if held.low > 0 else "#c0392b" if held.high < 0 else "#7b93a8"
        axes.plot([held.low, held.high], [place, place], color=colour, linewidth=2.5, solid_capstyle="round")
        axes.plot([held.difference], [place], "o", color=colour, markersize=7)
    axes.set_yticks(range(len(found)), [one.against for one in reversed(found)])
    axes.set_ylim(-0.6, len(found) - 0.4)
    axes.set_xlabel(f"gain of ninestep in {MAIN}, 95 % interval", fontsize=9)
    return _svg(figure)


def _kinds_plot(part: Part) -> str:
    rows = list(reversed(kinds(part)))
    figure, axes = _axes(height=0.9 + 0.32 * len(rows))
    for place, (_, _, values) in enumerate(rows):
        axes.plot([min(values.values()), max(values.values())], [place, place], color=_FAINT, linewidth=4, zorder=1)
    for mode in part.evaluations:
        size = 70 if mode is Mode.HYBRID else 36
        axes.scatter(
            [values[mode] for _, _, values in rows],
            range(len(rows)),
            size,
            _COLOURS[mode],
            label=_NAMES[mode],
            zorder=2,
        )
    axes.set_yticks(range(len(rows)), [f"{kind} ({count})" for kind, count, _ in rows])
    axes.set_xlabel(MAIN, fontsize=9)
    axes.legend(frameon=False, ncols=4, loc="lower center", bbox_to_anchor=(0.45, 1.0), fontsize=9)
    return _svg(figure)


def _axes(*, height: float) -> "tuple[Figure, Axes]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, height))
    axes = figure.subplots()
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color("#9fb0bf")
    axes.tick_params(length=0, labelsize=9, colors=_INK)
    axes.grid(axis="x", color=_FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    return figure, axes


def summary(part: Part) -> dict[str, object]:
    """What a part says, as plain values: measures, gains and the curve, without the values by query."""
    product = part.evaluations[Mode.HYBRID]
    return {
        "collection": part.name,
        "queries": product.queries,
        "settings": dict(product.settings),
        "systems": {mode.value: _system(one) for mode, one in part.evaluations.items()},
        "gains": [_gain(one) for one in gains(part)],
        "without": [_gain(one) for one in without(part)],
        "kinds": [
            {"kind": kind, "queries": count, MAIN: {mode.value: round(value, 4) for mode, value in values.items()}}
            for kind, count, values in kinds(part)
        ],
        "ann": [asdict(point) for point in part.ann],
    }


def _system(one: Evaluation) -> dict[str, object]:
    values = asdict(one)
    return {name: value for name, value in values.items() if name not in {"run", "per_query", "without"}}


def _gain(one: Gain) -> dict[str, object]:
    values = {
        name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(one.comparison).items()
    }
    return {"against": one.against, "p_holm": round(one.p_holm, 4)} | values


def ann_plot(points: Sequence[Point]) -> str:
    """Recall against speed, as an SVG element; efSearch stands beside each point."""
    from matplotlib.ticker import LogLocator, NullLocator

    figure, axes = _axes(height=3)
    measured = [one for one in points if one.ef_search]
    axes.plot([one.recall for one in measured], [one.queries_per_second for one in measured], "o-", color="#0b7285")
    axes.axvline(RECALL_GOAL, color="#d9b26f", linewidth=1, linestyle="--")
    for one in measured:
        axes.annotate(
            f"efSearch {_setting(one)}",
            (one.recall, one.queries_per_second),
            (-6, 5),
            textcoords="offset points",
            ha="right",
            fontsize=8,
            color=_INK,
        )
    axes.margins(x=0.14, y=0.12)
    axes.set_xlabel("recall@10 against exact search", fontsize=9)
    axes.set_ylabel("queries a second", fontsize=9)
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.set_minor_locator(NullLocator())
    return _svg(figure)


def _svg(figure: "Figure") -> str:
    """A figure as an SVG element, without the XML head and the metadata that only a file needs."""
    figure.tight_layout()
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    text = drawn.getvalue()
    return _METADATA.sub("", text[text.index("<svg") :])
