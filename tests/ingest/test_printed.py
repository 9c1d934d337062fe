"""PDFs of known text, held against what is extracted; and files that were made to do harm."""

import zlib

import pytest

from ingest import html, pdf
from ingest.errors import ExtractError
from ingest.structure import assemble
from ingest.types import Reason
from tests.ingest.measure import score
from tests.ingest.pages import Prose
from tests.ingest.printed import SHAPES, Press, locked, one_column, with_stream


@pytest.mark.parametrize("name", SHAPES)
def test_a_printed_text_comes_back_in_reading_order_with_its_headings(name: str) -> None:
    printed = SHAPES[name](Prose(name))
    paper = pdf.read(printed.body, url=name)
    assert score(assemble(paper.parts)[0], printed.text).f1 >= 0.99
    found = [part.text for part in paper.parts if part.level]
    assert [heading for heading in printed.headings if heading not in found] == []
    if printed.title:
        assert paper.title == printed.title


def test_a_file_that_only_guards_against_changes_is_read() -> None:
    paper = pdf.read(locked(Prose("locked"), to_open=""), url="x.pdf")
    assert score(assemble(paper.parts)[0], Prose("locked").text(10)).f1 == 1


def test_a_file_without_its_table_of_offsets_is_read() -> None:
    body = one_column(Prose("offsets")).body
    paper = pdf.read(body[: body.rindex(b"startxref")] + b"startxref\n99999999\n%%EOF", url="x.pdf")
    assert paper.title == "Counting what was seen"


def _picture() -> bytes:
    press = Press()
    press.canvas.rect(10, 10, 500, 700, fill=1)
    return press.done()


def _packed(content: bytes, *, times: int = 1) -> bytes:
    for _ in range(times):
        content = zlib.compress(content, 9)
    return with_stream(content, extra=f"/Filter [{'/FlateDecode ' * times}]")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (locked(Prose("locked"), to_open="secret"), Reason.ENCRYPTED),
        (_picture(), Reason.SCANNED),
        (with_stream(b"BT ET").replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]"), Reason.DAMAGED),
        (_packed(bytes(2**20) * 600), Reason.OVER_LIMITS),
    ],
    ids=["needs a password", "a picture", "pages that hold themselves", "600 MB in 600 kB"],
)
def test_a_file_that_cannot_be_read_has_its_reason(body: bytes, reason: Reason) -> None:
    with pytest.raises(ExtractError) as caught:
        pdf.read(body, url="x.pdf")
    assert caught.value.reason is reason


@pytest.mark.slow
def test_a_book_of_three_hundred_pages_is_read_by_children_within_their_memory() -> None:
    printed = one_column(Prose("book"), pages=300)
    paper = pdf.read(printed.body, url="x.pdf")
    assert paper.pages == 300
    assert [part.page for part in paper.parts] == sorted(part.page or 0 for part in paper.parts)
    assert score(assemble(paper.parts)[0], printed.text).f1 >= 0.98


SENTENCE = "The ranker reads forty features of every candidate and answers within a hundred milliseconds of its call. "


@pytest.mark.parametrize("tag", ["div", "span", "ul><li", "table><tr><td", "b", "blockquote"])
def test_tags_nested_without_end_cost_no_more_than_their_length(tag: str) -> None:
    page = f"<html><body><p>{SENTENCE * 3}</p>" + f"<{tag}>" * 6_000 + f"<p>{SENTENCE}</p>"
    assert "ranker" in assemble(html.read(page.encode(), url="https://x.example/").parts)[0]


def test_a_page_of_fifty_megabytes_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(ExtractError) as caught:
        html.read(b"<p>x</p>" * (50 * 2**17), url="https://x.example/")
    assert caught.value.reason is Reason.OVER_LIMITS
