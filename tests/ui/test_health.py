from assistant.sources import SourceRow
from ingest.types import Status
from tests.ui.shown import EVIL, assert_harmless, soup
from ui import health
from ui.health import Held


def row(
    id: str = "a",
    *,
    status: Status = Status.ALIVE,
    title: str = "A post",
    url: str = "https://example.org/a",
    **more: object,
) -> SourceRow:
    values = {
        "kind": "blog",
        "reason": "",
        "message": "",
        "documents": 1,
        "chunks": 9,
        "fetched_at": "2026-11-20T10:00:00+00:00",
        "came": "live",
    }
    return SourceRow(id=id, title=title, url=url, status=status.value, **(values | more))  # type: ignore[arg-type]


def test_every_state_is_told_in_words_of_its_own() -> None:
    page = soup(health.table([row(status=status) for status in Status]))
    words = [cell.get_text(" ", strip=True) for cell in page.select("tbody .ns-health")]
    assert words == ["● alive", "↪ moved", "▣ archived copy only", "✎ changed", "✕ dead", "○ never reached"]
    assert len(set(words)) == len(Status)


def test_the_tallies_count_sources_by_state() -> None:
    page = soup(health.table([row(), row("b"), row("c", status=Status.DEAD, reason="not found", message="HTTP 404")]))
    assert [button.get_text(" ", strip=True) for button in page.select(".ns-pick")] == ["● alive 2", "✕ dead 1"]
    assert "not found: HTTP 404" in page.get_text()
    assert "3 sources, 3 documents, 27 passages" in page.get_text()


def test_nothing_of_a_source_becomes_markup() -> None:
    evil = row(EVIL, title=EVIL, url="javascript:alert(1)", reason=EVIL, message=EVIL, fetched_at=EVIL, kind=EVIL)
    assert_harmless(health.table([evil]))
    html = health.source(evil, [Held(EVIL, EVIL, 3, EVIL)], {})
    assert_harmless(html)


def test_what_cannot_be_fetched_has_no_button_for_it() -> None:
    bundled, own_file = row("field-guide", came="bundled", url="ninestep:guide"), row("f", url="file:///home/x.md")
    assert not soup(health.table([bundled, own_file])).select("[data-do=fetch]")
    listed, added = soup(health.table([row("listed"), row("added", title="")])).select("[data-do=fetch]")
    assert listed["data-source"] == "listed"
    assert added["data-url"] == "https://example.org/a"


def test_a_source_shows_its_documents_and_why_one_is_not_searched() -> None:
    documents = [Held("one", "One", 1200, ""), Held("two", "Two", 900, "one"), Held("three", "", 5, "")]
    page = soup(health.source(row(), documents, {"one": 7}))
    items = [item.get_text(" ", strip=True) for item in page.select(".ns-documents li")]
    assert items[0] == "One 1,200 characters · 7 passages"
    assert "a near copy of one" in items[1]
    assert items[2].endswith("not indexed yet")
    assert page.select_one(".ns-documents a")["href"] == "/library?document=one"
