"""One page that shows how well retrieval does: tables and plots in a single HTML file, nothing loaded from anywhere.

Plots are drawn by matplotlib as SVG and set into the page. Each system stands beside the plain baselines on the same
queries; differences come with their interval and p-value, so that noise is not read as progress.
"""

import html
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING

from eval import significance
from eval.ann import Point
from eval.retrieval import Evaluation
from index.search import Mode

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BASELINES = (Mode.LEXICAL, Mode.DENSE, Mode.RRF)

_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_MEASURE = "nDCG@10"
_COLOURS = {Mode.LEXICAL: "#9aa5b1", Mode.DENSE: "#627d98", Mode.RRF: "#bfa66a", Mode.HYBRID: "#0b7285"}
_CSS = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; } caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { padding: .3rem .8rem; border-bottom: 1px solid #8884; text-align: right; font-variant-numeric: tabular-nums; }
th:first-child, td:first-child { text-align: left; } figure { margin: 1rem 0; background: #fff; border-radius: 8px; }
svg { max-width: 100%; height: auto; } .note { color: GrayText; }
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
    body = "".join(_part(part) for part in parts)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>ninestep: retrieval quality</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_CSS}</style></head><body>'
        f'<h1>Retrieval quality</h1><p class="note">{html.escape(made)}</p>{body}</body></html>'
    )


def _part(part: Part) -> str:
    first = next(iter(part.evaluations.values()))
    settings = ", ".join(f"{name} {value}" for name, value in first.settings.items())
    sections = [
        f"<h2>{html.escape(part.name)}</h2>",
        f'<p class="note">{first.queries} queries; {html.escape(settings)}</p>',
        _measures(part),
        _figure(_bars(part)),
        _gains(part),
        _by_kind(part) if part.kinds else "",
        _curve(part.ann),
        _figure(ann_plot(part.ann)),
    ]
    return "".join(sections)


def _table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in head)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f"<table><caption>{html.escape(caption)}</caption><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"
    )


def _measures(part: Part) -> str:
    names = list(next(iter(part.evaluations.values())).measures)
    rows = [
        [
            mode,
            *(f"{one.measures[name]:.4f}" for name in names),
            f"{one.latency_ms['p50']:.1f} / {one.latency_ms['p95']:.1f}",
        ]
        for mode, one in part.evaluations.items()
    ]
    return _table("Means over all judged queries", ["system", *names, "ms p50 / p95"], rows)


def _gains(part: Part) -> str:
    """The product against each baseline, with intervals, p-values adjusted for being several."""
    product = part.evaluations[Mode.HYBRID].per_query[_MEASURE]
    against = [mode for mode in BASELINES if mode in part.evaluations]
    found = [
        significance.compare(part.evaluations[mode].per_query[_MEASURE], product, measure=_MEASURE) for mode in against
    ]
    adjusted = significance.holm([one.p for one in found])
    rows = [
        [
            f"hybrid − {mode}",
            f"{one.difference:+.4f}",
            f"{one.low:+.4f} … {one.high:+.4f}",
            f"{p:.4f}",
            f"{one.wins} / {one.ties} / {one.losses}",
            f"{one.detectable:.4f}",
        ]
        for mode, one, p in zip(against, found, adjusted, strict=True)
    ]
    head = ["difference", _MEASURE, "95 % interval", "p (Holm)", "wins / ties / losses", "detectable"]
    return _table("What fusing gains", head, rows)


def _by_kind(part: Part) -> str:
    kinds = sorted(set(part.kinds.values()))
    rows = []
    for kind in kinds:
        ids = [id for id, given in part.kinds.items() if given == kind]
        cells = [f"{fmean(one.per_query[_MEASURE][id] for id in ids):.4f}" for one in part.evaluations.values()]
        rows.append([kind, str(len(ids)), *cells])
    return _table(f"{_MEASURE} by kind of question", ["kind", "queries", *part.evaluations], rows)


def _curve(points: Sequence[Point]) -> str:
    rows = [[str(one.ef_search or "exact"), f"{one.recall:.4f}", f"{one.queries_per_second:,.0f}"] for one in points]
    return _table("The dense index, one thread", ["efSearch", "recall@10", "queries a second"], rows)


def _figure(svg: str) -> str:
    return f"<figure>{svg}</figure>"


def _bars(part: Part) -> str:
    from matplotlib.figure import Figure

    names = ("nDCG@10", "R@100", "RR@10")
    figure = Figure(figsize=(8, 3))
    axes = figure.subplots()
    width = 0.8 / len(part.evaluations)
    for place, (mode, one) in enumerate(part.evaluations.items()):
        left = [number + place * width for number in range(len(names))]
        axes.bar(left, [one.measures[name] for name in names], width * 0.95, label=mode, color=_COLOURS[mode])
    axes.set_xticks([number + 0.4 - width / 2 for number in range(len(names))], names)
    axes.set_ylim(0, 1)
    axes.legend(frameon=False, ncols=4, loc="upper center", bbox_to_anchor=(0.5, 1.16))
    return _svg(figure)


def ann_plot(points: Sequence[Point]) -> str:
    """Recall against speed, as an SVG element; efSearch stands beside each point."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3))
    axes = figure.subplots()
    measured = [one for one in points if one.ef_search]
    axes.plot([one.recall for one in measured], [one.queries_per_second for one in measured], "o-", color="#0b7285")
    for one in measured:
        axes.annotate(str(one.ef_search), (one.recall, one.queries_per_second), (4, 4), textcoords="offset points")
    axes.set_xlabel("recall@10 against exact search")
    axes.set_ylabel("queries a second")
    axes.set_yscale("log")
    return _svg(figure)


def _svg(figure: "Figure") -> str:
    """A figure as an SVG element, without the XML head and the metadata that only a file needs."""
    figure.tight_layout()
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    text = drawn.getvalue()
    return _METADATA.sub("", text[text.index("<svg") :])
