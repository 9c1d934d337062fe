from dataclasses import replace
from datetime import UTC, datetime

from assistant.types import Citation
from tests.parts import document
from ui import places

TEXT = "# Ranking\n\nA ranker orders candidates by expected value. It is trained on clicks."
QUOTE = "A ranker orders candidates by expected value."


def citation(**changes: object) -> Citation:
    held = document(TEXT)
    start = held.text.index(QUOTE)
    made = Citation(1, "doc", "T", "https://example.org/doc", (), start, start + len(QUOTE), QUOTE)
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_quotation_stands_in_its_surroundings_with_its_three_addresses() -> None:
    held = replace(document(TEXT), organisations=("Acme",), published="2019-06-01")
    place = places.find(citation(), {"doc": held}.get)
    assert place.before.strip() == "Ranking"
    assert place.after.strip() == "It is trained on clicks."
    assert place.facts == ("Acme", "2019-06-01", "blog")
    assert place.year == "2019"
    assert place.live.startswith("https://example.org/doc#:~:text=A%20ranker")
    assert place.archived == "https://web.archive.org/web/20260101000000/https://example.org/doc"
    assert place.whole.startswith("/library?document=doc&start=")
    assert not place.note


def test_a_quotation_that_moved_is_found_again() -> None:
    moved = document(f"# Ranking\n\nA new first paragraph.\n\n{QUOTE} And so on.")
    place = places.find(citation(), {"doc": moved}.get)
    assert place.before.endswith("A new first paragraph.\n\n")
    assert not place.note


def test_a_source_that_no_longer_says_it_is_marked() -> None:
    assert "changed" in places.find(citation(), {"doc": document("# Other\n\nNothing of the kind.")}.get).note
    assert "no longer" in places.find(citation(), lambda _: None).note


def test_a_pdf_opens_at_its_page_and_a_video_at_its_second() -> None:
    assert places.live(citation(url="https://e.org/a.pdf", page=4)) == "https://e.org/a.pdf#page=4"
    video = citation(url="https://www.youtube.com/watch?v=abc&t=1s", seconds=75.9)
    assert places.live(video) == "https://www.youtube.com/watch?v=abc&t=75s"
    assert places.live(citation(url="javascript:alert(1)", page=4)) == ""


def test_a_page_that_came_from_the_archive_needs_no_archived_copy() -> None:
    held = replace(document(TEXT), url="https://web.archive.org/web/2019/https://e.org")
    assert places.find(citation(), {"doc": held}.get).archived == ""
    assert held.fetched_at == datetime(2026, 1, 1, tzinfo=UTC)
