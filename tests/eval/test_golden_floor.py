"""The gate over the bundled field guide, as part of the tests: quality must not fall unseen."""

from contextlib import closing
from pathlib import Path

import pytest

from assistant import build
from assistant.settings import Settings
from eval import gate, golden, retrieval
from eval.golden import Split
from eval.retrieval import Plan
from index import generation
from ui import evals


@pytest.mark.model
def test_search_over_the_field_guide_stands_at_its_floor(guide_home: Path) -> None:
    asked = golden.answerable(golden.load(), Split.TEST)
    embedder = build.embedder(Settings(home=guide_home))
    with closing(generation.open_current(guide_home)) as held:
        queries = {one.id: " ".join([*one.history[-1:], one.question]) for one in asked}
        found = retrieval.measure(
            queries,
            golden.qrels(asked, held),
            Plan(),
            held=held,
            embedder=embedder,
            unit=lambda row: held.chunk(row).id,
            name="golden",
        )
    assert gate.check(found, digest=evals._digest("golden", "test"), floor=gate.floors()["golden"]) == []
