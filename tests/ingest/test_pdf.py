"""PDF extraction from small files written here, byte by byte."""

import io

import pytest
from reportlab.pdfgen.canvas import Canvas

from ingest import pdf, pdf_lines
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


def write(lines: list[tuple[int, int, int, str]], *, pages: int = 1, size: tuple[int, int] = (612, 792)) -> bytes:
    """A minimal PDF: the given lines on every page of this size, with the page's number at the foot."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(pages))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>")
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for number in range(pages):
        shown = [*lines, (300, 30, 9, str(number + 1))]
        text = "".join(f"BT /F1 {points} Tf {x} {y} Td ({words}) Tj ET\n" for x, y, points, words in shown)
        resources = "/Resources << /Font << /F1 3 0 R >> >>"
        box = f"/MediaBox [0 0 {size[0]} {size[1]}]"
        objects.append(f"<< /Type /Page /Parent 2 0 R {box} {resources} /Contents {5 + 2 * number} 0 R >>")
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


def paragraphs(*lines: str) -> list[str]:
    """The paragraphs of a page with a title and these lines of text."""
    shown = [(72, 640 - 12 * number, 10, line) for number, line in enumerate(lines)]
    paper = pdf.read(write([(72, 700, 18, "A Ranker in Production"), *shown]), url="x.pdf")
    return [part.text for part in paper.parts if part.kind is BlockKind.PARAGRAPH]


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("To the end we go on learning-", "to-rank with lists of what was shown.", "learning-to-rank with"),
        ("To the end we go on learning-to-", "rank with lists of what was shown.", "learning-to-rank with"),
        ("All of the vectors are k-dimen-", "sional and are held in memory.", "are k-dimensional and"),
        ("What is made small is the Cross-", "Entropy over all of the shown items.", "the Cross-Entropy over"),
        ("The words are well-", "documented and stand in the glossary.", "are well-documented and"),
    ],
)
def test_a_hyphen_at_the_end_of_a_line_stays_where_it_is_the_words_own(first: str, second: str, whole: str) -> None:
    (text,) = paragraphs(first, second)
    assert whole in text


def test_pieces_of_cut_words_are_no_words_that_tell_where_a_hyphen_belongs() -> None:
    (text,) = paragraphs(
        "The rules and the facts were read from the text that is orig-",
        "inal to the site, and the second time from what was the orig-",
        "inal before it was moved, and a third time from the orig-",
        "inal that was printed.",
    )
    assert text.count("original") == 3


def column(x: int, top: int, *lines: str) -> list[tuple[int, int, int, str]]:
    """Lines of text, one below the other."""
    return [(x, top - 12 * number, 10, line) for number, line in enumerate(lines)]


@pytest.mark.parametrize("mark", ["1", "*"])
def test_a_footnote_as_large_as_the_text_does_not_cut_the_sentence_that_goes_on_after_it(mark: str) -> None:
    left = column(
        72, 200, *["The ranker of the shop reads forty features"] * 5, "of every candidate and answers with what is"
    )
    notes = column(72, 116, f"{mark}Work done while at the shop", "of that year.", f"{mark}Also at the lab.")
    right = column(330, 700, "known within a hundred milliseconds.", *["The second sentence follows here."] * 5)
    parts = pdf.read(write([(72, 740, 18, "A Ranker in Production"), *left, *notes, *right]), url="x.pdf").parts
    told = [part.text for part in parts if part.kind is BlockKind.FOOTNOTE]
    assert told == [f"{mark}Work done while at the shop of that year.", f"{mark}Also at the lab."]
    assert "answers with what is known within" in " ".join(part.text for part in parts if part.text not in told)


@pytest.mark.parametrize(("gap", "below"), [(12, ""), (24, "And the text goes on below it.")])
def test_a_line_of_the_text_that_opens_like_a_footnote_is_none(gap: int, below: str) -> None:
    lines = column(72, 220, *["The ranker of the shop reads forty features"] * 5)
    lines += [(72, 172 - gap, 10, "1Password is the first of them."), (72, 100, 10, below)]
    parts = pdf.read(write([(72, 700, 18, "A Ranker in Production"), *lines]), url="x.pdf").parts
    assert not [part for part in parts if part.kind is BlockKind.FOOTNOTE]


def kinds(lines: list[tuple[int, int, int, str]], *, size: tuple[int, int] = (612, 792)) -> dict[str, BlockKind]:
    """The kind of each part of a page under a title."""
    title = (72, size[1] - 60, 30, "A Ranker in Production")
    return {part.text: part.kind for part in pdf.read(write([title, *lines], size=size), url="x.pdf").parts}


def test_the_words_of_a_drawing_are_labels_and_the_text_above_it_is_none() -> None:
    text = column(72, 600, *["The ranker of the shop reads forty features."] * 6)
    last = (72, 510, 10, "The ranker of the shop reads forty features,")
    label, caption = (100, 480, 10, "Features"), (72, 440, 10, "Figure 1: What the ranker reads.")
    found = kinds([*text, last, label, caption])
    assert found["The ranker of the shop reads forty features,"] is BlockKind.PARAGRAPH
    assert found["Features"] is found["Figure 1: What the ranker reads."] is BlockKind.CAPTION


def test_what_stands_in_the_other_column_is_no_label_of_a_drawing() -> None:
    left, right = column(72, 600, *["The ranker reads features."] * 6), column(330, 600, *["It is quick."] * 6)
    found = kinds([*left, (72, 500, 10, "The end"), (330, 660, 10, "Figure 1: What is read."), *right])
    assert found["The end"] is BlockKind.PARAGRAPH


@pytest.mark.parametrize(("size", "kind"), [((612, 792), BlockKind.CAPTION), ((792, 612), BlockKind.HEADING)])
def test_a_slides_title_is_no_label_of_its_drawing(size: tuple[int, int], kind: BlockKind) -> None:
    body = column(72, 200, *["The ranker of the shop reads forty features."] * 6)
    slide = [(72, 500, 26, "The second"), (72, 440, 22, "What is read"), (72, 380, 10, "Figure 1: It.")]
    found = kinds([*slide, *body], size=size)
    assert found["What is read"] is kind


def deck(*slides: list[tuple[int, int, int, str]]) -> bytes:
    """A PDF with a landscape page for each list of lines."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(960, 540), invariant=1)
    for slide in slides:
        for x, y, size, words in slide:
            canvas.setFont("Helvetica", size)
            canvas.drawString(x, y, words)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


POINTS = [("Models drift", 400), ("Features are late", 388)]
LARGE = [(72, 460 - 70 * number, size, f"Set in {size} points") for number, size in enumerate((60, 50, 40, 30))]


def test_a_slides_title_comes_first_and_is_a_heading_wherever_the_file_has_it() -> None:
    points = column(72, 400, *["The ranker of the shop reads forty features."] * 8)
    slide = [*points, (72, 480, 18, "Curse of Complexity")]
    parts = [part for part in pdf.read(deck(LARGE, slide), url="x.pdf").parts if part.page == 2]
    assert (parts[0].kind, parts[0].text) == (BlockKind.HEADING, "Curse of Complexity")


def test_large_lines_among_others_stay_where_they_are() -> None:
    slide = [
        *column(72, 480, *["The ranker of the shop reads forty features."] * 8),
        *[(500, 300 - 60 * number, 18, f"Reason {number}") for number in range(2)],
    ]
    parts = [part for part in pdf.read(deck(LARGE, slide), url="x.pdf").parts if part.page == 2]
    assert parts[0].text.startswith("The ranker")


@pytest.mark.parametrize("bullet", ["•", "• ", "○ "])
def test_points_are_told_by_bullets(bullet: str) -> None:
    lines = [pdf_lines.Line(f"{bullet}{point}", 10, False, 72, 200, base, 1, 540, 960) for point, base in POINTS]
    found = [(part.kind, part.text) for part in pdf._parts(lines, title="")]
    assert found == [(BlockKind.LIST_ITEM, point) for point, _ in POINTS]


TEXT = "the ranker of the shop reads forty features and"


def test_a_label_between_does_not_cut_the_sentence_that_goes_on_in_the_next_column() -> None:
    left, right = column(72, 300, *[TEXT] * 6), column(330, 600, *[TEXT] * 6, "that is all.")
    found = kinds([*left, (380, 660, 10, "Features of the shown items"), *right])
    assert f"{' '.join([TEXT] * 12)} that is all." in found
    assert "Features of the shown items" in found


def test_a_label_does_not_take_up_the_sentence_of_another_column() -> None:
    left, right = column(72, 300, *[TEXT] * 6, "that is all."), column(330, 500, *[TEXT] * 6)
    label = "Features of the items shown; the hours; age; what was bought, and when"
    found = kinds([*left, (80, 700, 6, label), *right])
    assert label in found
    assert " ".join([TEXT] * 6) in found


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
