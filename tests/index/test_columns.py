from hypothesis import given
from hypothesis import strategies as st

from index.columns import Columns
from index.types import DocumentInfo, Filters

DATES = ("", "2019", "2019-06", "2019-06-30", "2021-01-02")
INFOS = [
    DocumentInfo(
        id=f"d{number}",
        source_id=f"s{number % 3}",
        url="",
        title="",
        kind=("blog", "paper")[number % 2],
        organisations=(("Uber", "Lyft")[number % 2],) if number % 3 else (),
        topics=("ranking",) if number % 4 == 0 else ("drift", "ranking"),
        published=date,
    )
    for number, date in enumerate(DATES * 2)
]


def passes(info: DocumentInfo, filters: Filters) -> bool:
    """One document at a time, as the filters are described."""
    sets = (
        (filters.kinds, {info.kind}),
        (filters.sources, {info.source_id, info.id}),
        (filters.organisations, set(info.organisations)),
        (filters.topics, set(info.topics)),
    )
    if any(wanted and not wanted & held for wanted, held in sets):
        return False
    date = info.published
    if (filters.since or filters.until) and not date:
        return False
    after = not filters.since or date[: len(filters.since)] >= filters.since[: len(date)]
    return after and (not filters.until or date[: len(filters.until)] <= filters.until[: len(date)])


def some(*values: str) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(values), max_size=2)


@given(
    kinds=some("blog", "paper", "video"),
    sources=some("s0", "s2", "d4", "absent"),
    organisations=some("Uber", "Lyft"),
    topics=some("ranking", "drift"),
    since=st.sampled_from(DATES),
    until=st.sampled_from(DATES),
)
def test_columns_pass_what_document_by_document_passes(
    kinds: frozenset[str],
    sources: frozenset[str],
    organisations: frozenset[str],
    topics: frozenset[str],
    since: str,
    until: str,
) -> None:
    filters = Filters(
        kinds=kinds, sources=sources, organisations=organisations, topics=topics, since=since, until=until
    )
    assert Columns(INFOS).passing(filters).tolist() == [passes(info, filters) for info in INFOS]
