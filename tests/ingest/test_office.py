"""Word and PowerPoint files, made with the libraries that write them."""

import io
import zipfile

import docx
import pptx
import pytest
from pptx.util import Inches

from ingest import extract, office
from ingest.errors import ExtractError
from ingest.structure import Part
from ingest.types import BlockKind, Reason


def word() -> bytes:
    made = docx.Document()
    made.core_properties.title = "Untitled"
    made.add_heading("Ranking the feed", 0)
    made.add_heading("Candidates", 1)
    made.add_paragraph("Two towers find four hundred candidates.")
    made.add_paragraph("Users", style="List Bullet")
    made.add_paragraph("Items", style="List Number")
    made.add_paragraph("Nothing is ever final.", style="Quote")
    made.add_paragraph("Figure 1: the funnel", style="Caption")
    made.styles.add_style("Source Code", docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
    made.add_paragraph("for item in items:", style="Source Code")
    made.add_paragraph("    rank(item)", style="Source Code")
    table = made.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ["Stage", "ms", "Ranker", "40"], strict=True):
        cell.text = text
    return saved(made)


def saved(made: "docx.document.Document | pptx.presentation.Presentation") -> bytes:
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def test_a_word_file_keeps_its_structure() -> None:
    reading = office.read(word(), url="a.docx")
    assert reading.title == "Ranking the feed"
    assert [(part.kind, part.text, part.level) for part in reading.parts] == [
        (BlockKind.HEADING, "Ranking the feed", 1),
        (BlockKind.HEADING, "Candidates", 1),
        (BlockKind.PARAGRAPH, "Two towers find four hundred candidates.", 0),
        (BlockKind.LIST_ITEM, "Users", 0),
        (BlockKind.LIST_ITEM, "Items", 0),
        (BlockKind.QUOTE, "Nothing is ever final.", 0),
        (BlockKind.CAPTION, "Figure 1: the funnel", 0),
        (BlockKind.CODE, "for item in items:\n    rank(item)", 0),
        (BlockKind.TABLE, "Stage | ms\nRanker | 40", 0),
    ]


def deck() -> bytes:
    made = pptx.Presentation()
    first = made.slides.add_slide(made.slide_layouts[0])
    first.shapes.title.text = "Ranking\vthe feed"
    first.placeholders[1].text = "Ada Berg"
    second = made.slides.add_slide(made.slide_layouts[5])
    second.shapes.title.text = "Latency"
    lower = second.shapes.add_textbox(Inches(1), Inches(5), Inches(3), Inches(1))
    lower.text_frame.text = "It answers in forty milliseconds."
    right = second.shapes.add_textbox(Inches(6), Inches(2), Inches(3), Inches(1))
    right.text_frame.text = "right"
    left = second.shapes.add_textbox(Inches(1), Inches(2), Inches(3), Inches(1))
    left.text_frame.text = "left"
    second.notes_slide.notes_text_frame.text = "Say that the slowest percent is three times that."
    table = second.shapes.add_table(1, 2, Inches(1), Inches(6), Inches(4), Inches(1)).table
    table.cell(0, 0).text, table.cell(0, 1).text = "p99", "120"
    return saved(made)


def test_a_deck_gives_its_slides_as_pages_in_reading_order_with_notes() -> None:
    reading = office.read(deck(), url="a.pptx")
    assert reading.title.split() == ["Ranking", "the", "feed"]
    on_second: list[Part] = [part for part in reading.parts if part.page == 2]
    assert [(part.kind, part.text) for part in on_second] == [
        (BlockKind.HEADING, "Latency"),
        (BlockKind.LIST_ITEM, "left"),
        (BlockKind.LIST_ITEM, "right"),
        (BlockKind.LIST_ITEM, "It answers in forty milliseconds."),
        (BlockKind.TABLE, "p99 | 120"),
        (BlockKind.PARAGRAPH, "Say that the slowest percent is three times that."),
    ]


def test_the_kind_is_told_by_what_is_inside() -> None:
    assert (office.kind(word()), office.kind(deck()), office.kind(b"PK\x03\x04"), office.kind(b"%PDF")) == (
        "docx", "pptx", "", "",
    )  # fmt: skip


def test_a_damaged_file_says_so() -> None:
    body = bytearray(word())
    start = body.index(b"word/document.xml") + 60
    body[start : start + 200] = b"\xff" * 200
    with pytest.raises(ExtractError) as caught:
        office.read(bytes(body), url="a.docx")
    assert caught.value.reason is Reason.DAMAGED


def test_a_file_that_unpacks_to_too_much_is_given_up() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", b"\0" * (129 * 2**20))
    with pytest.raises(ExtractError) as caught:
        office.read(stream.getvalue(), url="a.docx")
    assert caught.value.reason is Reason.OVER_LIMITS


def test_an_archive_of_another_version_or_with_a_name_that_is_none_is_not_an_office_file() -> None:
    whole = deck()
    entry = whole.index(b"PK\x01\x02")
    later = whole[: entry + 6] + (201).to_bytes(2, "little") + whole[entry + 8 :]
    named = (
        whole[: entry + 8]
        + (0x800).to_bytes(2, "little")
        + whole[entry + 10 : entry + 46]
        + b"\x81"
        + whole[entry + 47 :]
    )
    for body in (later, named):
        assert office.kind(body) == ""
        with pytest.raises(ExtractError, match="no Office file that can be read"):
            extract.read(body, name="talk.pptx")
