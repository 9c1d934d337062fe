import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ingest.structure import Part, assemble
from ingest.types import BlockKind, Document
from tests import parts
from tests.ui.shown import EVIL, assert_harmless, soup
from ui import reader


def document(*given: Part, title: str = "A document") -> Document:
    text, blocks = assemble(given)
    return replace(parts.document("x"), text=text, blocks=blocks, title=title)


HEADING = Part(BlockKind.HEADING, "Why it works", level=2)
TEXT = Part(BlockKind.PARAGRAPH, "Negatives are sampled.")


def body_of(html: str) -> str:
    return soup(html).select_one("article").get_text()


@given(st.lists(st.tuples(st.sampled_from(BlockKind), st.text(min_size=1, max_size=40)), min_size=1, max_size=6))
def test_every_character_of_a_document_is_shown_but_white_space(drawn: list[tuple[BlockKind, str]]) -> None:
    given_parts = [Part(kind, text, level=2 if kind is BlockKind.HEADING else 0) for kind, text in drawn]
    held = document(*given_parts, title="\N{SNOWMAN}")
    shown = re.sub(r"[\s|]", "", body_of(reader.page(held)))
    assert re.sub(r"[\s|]", "", held.text) in shown


@given(st.data())
def test_the_marked_characters_are_those_of_the_place(data: st.DataObject) -> None:
    held = document(HEADING, TEXT, Part(BlockKind.LIST_ITEM, "one <b>"), Part(BlockKind.TABLE, "a | b\nc | d"))
    start = data.draw(st.integers(0, len(held.text) - 1))
    end = data.draw(st.integers(start + 1, len(held.text)))
    marks = soup(reader.page(held, span=(start, end))).find_all("mark")
    shown = "".join(mark.get_text() for mark in marks)
    assert re.sub(r"[\s|]", "", shown) == re.sub(r"[\s|]", "", held.text[start:end])


def test_nothing_of_a_source_becomes_markup() -> None:
    kinds = [Part(kind, EVIL, level=2 if kind is BlockKind.HEADING else 0) for kind in BlockKind]
    held = replace(
        document(*kinds, title=EVIL), id=EVIL, source_id=EVIL, note=EVIL, authors=(EVIL,), organisations=(EVIL,),
        topics=(EVIL,), published=EVIL, url="javascript:alert(1)",
    )  # fmt: skip
    html = reader.page(held, span=(0, 30))
    assert_harmless(html)
    assert "javascript:" not in html


def test_the_outline_leads_to_each_heading_and_leaves_the_title_out() -> None:
    held = document(Part(BlockKind.HEADING, "A document", level=1), HEADING, TEXT, replace(HEADING, text="How"), TEXT)
    page = soup(reader.page(held))
    links = page.select("nav.ns-outline a")
    assert [link.get_text() for link in links] == ["Why it works", "How"]
    assert [page.find(id=link["href"][1:]).get_text() for link in links] == ["Why it works", "How"]
    assert [one.get_text() for one in page.find_all("h1")] == ["A document"]


def test_pages_and_seconds_are_told_where_they_begin() -> None:
    paged = document(replace(TEXT, page=1), replace(TEXT, page=1), replace(TEXT, page=2))
    assert [one.get_text() for one in soup(reader.page(paged)).select(".ns-folio")] == ["page 1", "page 2"]
    spoken = document(
        replace(TEXT, seconds=0.0), HEADING, replace(TEXT, seconds=10.0), HEADING, replace(TEXT, seconds=3725.0)
    )
    assert [one.get_text() for one in soup(reader.page(spoken)).select(".ns-folio")] == ["0:00", "1:02:05"]


def test_code_keeps_its_lines_and_a_table_has_a_head() -> None:
    page = soup(
        reader.page(document(Part(BlockKind.CODE, "if a < b:\n    pass"), Part(BlockKind.TABLE, "x | y\n1 | 2")))
    )
    assert page.select_one("pre code").get_text() == "if a < b:\n    pass"
    assert [cell.get_text() for cell in page.select("thead th")] == ["x", "y"]
    assert [cell.get_text() for cell in page.select("tbody td")] == ["1", "2"]


def test_a_place_that_the_text_no_longer_has_is_told() -> None:
    html = soup(reader.page(document(TEXT), span=(10, 9_999)))
    assert "has changed since" in html.select_one("[role=alert]").get_text()
    assert not html.find("mark")
