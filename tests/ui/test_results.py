import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eval import golden
from tests.ui.shown import EVIL, assert_harmless, soup
from ui import plots, results

MEASURES = {"nDCG@10": 0.61, "R@100": 0.93, "RR@10": 0.58, "AP": 0.5}


def retrieval(
    *, mode: str = "hybrid", ndcg: float = 0.61, collection: str = "golden", **more: object
) -> dict[str, object]:
    asked = [one for one in golden.load() if not one.decline][:6]
    return {
        "collection": collection, "mode": mode, "queries": len(asked), "measures": MEASURES | {"nDCG@10": ndcg},
        "latency_ms": {"p50": 7.5, "p95": 12.25}, "per_query": {"nDCG@10": {one.id: 0.5 for one in asked}},
    } | more  # fmt: skip


ANSWERS = {
    "questions": 20,
    "citation_recall": 0.97,
    "citation_precision": 0.91,
    "latency_ms": {"design": {"p50": 90.0, "p95": 200.0}},
}
ANN = [
    {"ef_search": 0, "recall": 1.0, "queries_per_second": 900.0},
    {"ef_search": 32, "recall": 0.98, "queries_per_second": 12000.0},
]

LATENCY = [
    {"chunks": chunks, "search_ms": {"p50": 9.0, "p95": 12.0}, "stages_ms": {"dense": {"p50": took, "p95": 2 * took}}}
    for chunks, took in ((100_000, 1.5), (5_000, 0.5))
]


def save(folder: Path, name: str, content: object, *, day: int = 1) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(json.dumps(content), encoding="utf-8")
    at = datetime(2026, 11, day, tzinfo=UTC).timestamp()
    os.utime(path, (at, at))


def test_a_home_without_evaluations_says_how_to_make_one(tmp_path: Path) -> None:
    assert "ninestep eval retrieval" in soup(results.page(results.load(tmp_path / "none"))).get_text()


def test_what_came_with_ninestep_is_shown_until_something_is_measured_here(tmp_path: Path) -> None:
    save(tmp_path / "shipped", "latency.json", {"made": "2026-11-03T10:00:00Z", "result": LATENCY})
    shipped = results.load(tmp_path / "shipped")
    first = soup(results.page(results.load(tmp_path / "none"), shipped=shipped)).get_text(" ")
    assert "came with ninestep" in first
    assert "ninestep eval retrieval" in first
    save(tmp_path / "own", "latency.json", {"made": "2026-11-04T10:00:00Z", "result": [LATENCY[0]]})
    later = soup(results.page(results.load(tmp_path / "own"), shipped=shipped)).get_text(" ")
    assert "came with ninestep" not in later
    assert later.count("dense, ") < first.count("dense, ")


def test_figures_of_searching_come_with_ninestep() -> None:
    shipped = results.load(results.SHIPPED)
    assert {"hybrid", "dense", "lexical"} <= {one.values["mode"] for one in shipped.retrieval}
    assert not shipped.unread


def test_times_are_drawn_a_stage_and_a_size_each_smallest_first(tmp_path: Path) -> None:
    save(tmp_path, "latency.json", {"made": "2026-11-03T10:00:00Z", "result": LATENCY})
    shelf = results.load(tmp_path)
    assert [one.values["chunks"] for one in shelf.latency] == [100_000, 5_000]
    lines = (row.get_text(" ", strip=True) for row in soup(results.page(shelf)).select("table tr"))
    rows = [line for line in lines if "dense" in line]
    assert rows == ["dense, 5,000 passages 0.5 1.0", "dense, 100,000 passages 1.5 3.0"]


def test_what_the_command_prints_is_read_wherever_it_stands(tmp_path: Path) -> None:
    save(tmp_path, "plain.json", retrieval())
    save(
        tmp_path,
        "wrapped.json",
        {"made": "2026-11-03T10:00:00Z", "commit": "abc", "result": [{"dense": retrieval(mode="dense")}]},
    )
    save(tmp_path, "answers.json", ANSWERS)
    save(tmp_path, "ann.json", ANN)
    shelf = results.load(tmp_path)
    assert [(one.values["mode"], one.commit) for one in shelf.retrieval] == [("hybrid", ""), ("dense", "abc")]
    assert len(shelf.answers) == len(shelf.ann) == 1
    assert not shelf.unread
    titles = [title.get_text() for title in soup(results.page(shelf)).find_all("h2")]
    assert titles == [
        "Search over golden, 6 questions", "By kind of question", "Answers", "The dense index", "How long it takes",
        "What was measured",
    ]  # fmt: skip


def test_the_newest_is_shown_and_the_older_ones_make_the_trend(tmp_path: Path) -> None:
    save(tmp_path, "b.json", retrieval(ndcg=0.7), day=2)
    save(tmp_path, "a.json", retrieval(ndcg=0.6), day=4)
    page = soup(results.page(results.load(tmp_path)))
    first = page.find("table").select_one("tbody")
    assert [cell.get_text() for cell in first.find_all(["th", "td"])][:2] == ["hybrid", "0.6000"]
    assert "hybrid, golden, 6 questions: 0.700 to 0.600" in [svg["aria-label"] for svg in page.select("svg[role=img]")]


@pytest.mark.parametrize(
    "content",
    [None, [], {}, 3, {"measures": 1, "mode": 2}, {"measures": {"nDCG@10": "high"}, "mode": "hybrid"}, [[[]]]],
)
def test_a_file_that_is_no_evaluation_is_named_and_passed_over(tmp_path: Path, content: object) -> None:
    save(tmp_path, "odd.json", content)
    save(tmp_path, "good.json", retrieval())
    shelf = results.load(tmp_path)
    assert shelf.unread == ["odd.json"]
    assert "odd.json" in soup(results.page(shelf)).select_one("[role=alert]").get_text()


def test_nothing_of_a_file_becomes_markup(tmp_path: Path) -> None:
    evil = retrieval(mode=EVIL, collection=EVIL, latency_ms={"p50": 1, "p95": 2}) | {"commit": EVIL}
    save(tmp_path, "evil.json", evil)
    save(tmp_path, "second.json", evil | {"queries": EVIL, "per_query": EVIL}, day=2)
    save(tmp_path, "answers.json", ANSWERS | {"latency_ms": {EVIL: {"p50": 1, "p95": 2}}})
    assert_harmless(results.page(results.load(tmp_path)))


def test_bars_are_as_high_as_their_values() -> None:
    page = soup(plots.bars(["x", "y"], {"a": [0.5, 1.0]}, told="told"))
    half, whole = (float(bar["height"]) for bar in page.find_all("rect"))
    assert whole == pytest.approx(2 * half, abs=0.2)


def test_plots_of_one_point_or_equal_values_are_drawn() -> None:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    for drawn in (
        plots.curve([(0.9, 100.0, "16")], across="recall", up="speed", told="t"),
        plots.trend({"a": [(when, 0.5)]}, told="t"),
        plots.ranges({"a": (0.0, 0.0)}, unit="ms", told="t"),
        plots.dots(["k"], {"a": [None], "b": [0.5]}, told="t"),
    ):
        assert "nan" not in drawn
        assert soup(drawn).find("svg", role="img")
