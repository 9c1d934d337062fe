"""PDF extraction from small files written here, byte by byte."""

import pytest

from ingest import pdf
from ingest.errors import ExtractError
from ingest.types import BlockKind, Reason

LINES = [
    (72, 700, 18, "A Ranker in Production"),
    (72, 660, 12, "1. INTRODUCTION"),
    (72, 640, 10, "The ranker of the shop reads forty features of every candi-"),
    (72, 628, 10, "date and answers within a hundred milliseconds at peak load."),
    (72, 616, 10, "A second sentence of the same paragraph follows here."),
    (72, 580, 12, "2. RESULTS"),
    (72, 560, 10, "Recall rose by four points in the online test of that year."),
    (72, 520, 12, "REFERENCES"),
    (72, 500, 10, "[1] A. Author. A cited work of some length. In Proc. X, 2016."),
]


def write(lines: list[tuple[int, int, int, str]], *, pages: int = 1) -> bytes:
    """A minimal PDF: the given lines on every page, with the page's number at the foot."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(pages))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>")
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for number in range(pages):
        shown = [*lines, (300, 30, 9, str(number + 1))]
        text = "".join(f"BT /F1 {size} Tf {x} {y} Td ({words}) Tj ET\n" for x, y, size, words in shown)
        resources = "/Resources << /Font << /F1 3 0 R >> >>"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] {resources} /Contents {5 + 2 * number} 0 R >>"
        )
        objects.append(f"<< /Length {len(text)} >>\nstream\n{text}endstream")
    out = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    tail = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    tail += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF"
    return out + tail.encode()


def test_title_headings_paragraphs_and_references_are_told_apart() -> None:
    paper = pdf.read(write(LINES), url="x.pdf")
    assert paper.title == "A Ranker in Production"
    headings = [part.text for part in paper.parts if part.kind is BlockKind.HEADING]
    assert headings == ["A Ranker in Production", "1. INTRODUCTION", "2. RESULTS", "REFERENCES"]
    assert [part.text for part in paper.parts if part.kind is BlockKind.REFERENCE] == [LINES[-1][3]]


def test_a_word_cut_at_the_end_of_a_line_is_whole_again() -> None:
    paper = pdf.read(write(LINES), url="x.pdf")
    paragraph = next(part.text for part in paper.parts if part.kind is BlockKind.PARAGRAPH)
    assert "forty features of every candidate and answers" in paragraph
    assert paragraph.endswith("follows here.")


def test_page_numbers_are_left_out_and_parts_know_their_page() -> None:
    paper = pdf.read(write(LINES, pages=3), url="x.pdf")
    assert paper.pages == 3
    assert not [part for part in paper.parts if part.text in {"1", "2", "3"}]
    assert {part.page for part in paper.parts} == {1, 2, 3}


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"%PDF-1.4 broken", Reason.DAMAGED), (write([]), Reason.SCANNED), (write(LINES)[:300], Reason.DAMAGED)],
)
def test_a_file_without_usable_text_has_its_reason(body: bytes, reason: Reason) -> None:
    with pytest.raises(ExtractError) as caught:
        pdf.read(body, url="x.pdf")
    assert caught.value.reason is reason


def test_a_file_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(ExtractError) as caught:
        pdf.read(write(LINES), url="x.pdf", seconds=0.01)
    assert caught.value.reason is Reason.OVER_LIMITS
