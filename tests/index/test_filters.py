"""Filters are applied inside the search: however narrow, they leave k hits where so many pass."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from index.engine import Generation
from index.search import HybridSearcher, Mode
from index.types import Filters, Hit
from ingest.types import Document, SourceKind
from tests.parts import ENGINES, HashEmbedder, document, engine

# Twelve documents that pass each filter stand among 300 that all match the query better.
NARROW = {
    "kind": Filters(kinds=frozenset({"paper"})),
    "organisation": Filters(organisations=frozenset({"Acme"})),
    "step": Filters(steps=frozenset({7})),
    "topic": Filters(topics=frozenset({"serving"})),
    "source": Filters(sources=frozenset({f"rare-{n:02}" for n in range(12)})),
    "since": Filters(since="2024-03"),
    "until": Filters(until="2010"),
    "all": Filters(
        kinds=frozenset({"paper", "course"}),
        organisations=frozenset({"Acme"}),
        steps=frozenset({7}),
        topics=frozenset({"serving"}),
        since="2005",
    ),
}


def rare(number: int) -> Document:
    """A document that hardly mentions what is asked; half are old and half are new."""
    text = f"Report {number} is about ponds, rivers, lakes and the sea, and once it says canary."
    return replace(
        document(text, id=f"rare-{number:02}", title="Water", kind=SourceKind.PAPER),
        organisations=("Acme",),
        steps=(7,),
        topics=("serving",),
        published="2024-05-01" if number % 2 else "2009-11",
    )


@pytest.fixture(scope="module", params=ENGINES)
def held(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generation]:
    kept = engine(request.param, tmp_path_factory.mktemp("filters"))
    common = [
        replace(
            document(f"Canary release number {n}.", id=f"common-{n:03}", title="Canary release"), published="2016-02-03"
        )
        for n in range(300)
    ]
    kept.build([*common, *(rare(n) for n in range(12))], embedder=HashEmbedder())
    opened = kept.open_current()
    yield opened
    opened.close()


def search(held: Generation, filters: Filters | None, *, mode: Mode, k: int) -> list[Hit]:
    return HybridSearcher(held, HashEmbedder(), mode=mode).search("canary release", k=k, filters=filters)


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("name", list(NARROW))
def test_a_narrow_filter_still_gives_k_hits_and_only_those_that_pass(held: Generation, name: str, mode: Mode) -> None:
    k = 6 if name in {"since", "until"} else 10
    hits = search(held, NARROW[name], mode=mode, k=k)
    assert len(hits) == k
    assert all(hit.document.id.startswith("rare") for hit in hits)


def test_without_a_filter_none_of_them_would_be_seen(held: Generation) -> None:
    hits = search(held, None, mode=Mode.HYBRID, k=200)
    assert len(hits) == 200
    assert not any(hit.document.id.startswith("rare") for hit in hits)


@pytest.mark.parametrize(
    ("filters", "dates"),
    [
        (Filters(since="2024-05-01", until="2024-05-01"), {"2024-05-01"}),
        (Filters(until="2009-11-30"), {"2009-11"}),
        (Filters(since="2016", until="2016"), {"2016-02-03"}),
    ],
)
def test_dates_are_compared_as_far_as_they_are_told(held: Generation, filters: Filters, dates: set[str]) -> None:
    assert {hit.document.published for hit in search(held, filters, mode=Mode.HYBRID, k=300)} == dates


def test_values_of_a_field_are_alternatives_and_fields_add_up(held: Generation) -> None:
    either = Filters(sources=frozenset({"rare-00", "rare-01"}))
    assert {hit.document.id for hit in search(held, either, mode=Mode.DENSE, k=9)} == {"rare-00", "rare-01"}
    both = replace(either, since="2024")
    assert [hit.document.id for hit in search(held, both, mode=Mode.DENSE, k=9)] == ["rare-01"]


@pytest.mark.parametrize("mode", list(Mode))
def test_what_nothing_passes_gives_no_hits(held: Generation, mode: Mode) -> None:
    assert search(held, Filters(topics=frozenset({"nothing"})), mode=mode, k=5) == []
