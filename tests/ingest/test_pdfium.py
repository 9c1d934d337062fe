"""What pdfium's child makes of single glyphs, on pages set here."""

import io
from collections.abc import Callable

import pytest
from reportlab.pdfgen.canvas import Canvas

from ingest import ligatures, pdfium


def runs(draw: Callable[[Canvas], None]) -> list[list[object]]:
    """The runs of one page."""
    file = io.BytesIO()
    canvas = Canvas(file, invariant=1)
    draw(canvas)
    canvas.save()
    pages = pdfium.extracted(file.getvalue())["pages"]
    assert isinstance(pages, list)
    return list(pages[0]["runs"])


def put(canvas: Canvas, *pieces: tuple[str, float, str]) -> None:
    """Print pieces (font, size, text) side by side."""
    x = 72.0
    for font, size, text in pieces:
        canvas.setFont(font, size)
        canvas.drawString(x, 700, text)
        x += canvas.stringWidth(text, font, size)


def test_a_large_bullet_does_not_make_its_line_large() -> None:
    (run,) = runs(lambda canvas: put(canvas, ("Helvetica", 15, "• "), ("Helvetica", 12, "a point of the list")))
    assert run[:2] == ["• a point of the list", 12.0]


def test_a_tall_sign_of_another_font_does_not_make_its_line_large() -> None:
    pieces = [("Helvetica", 12, "the rate falls with "), ("Symbol", 17, "S"), ("Helvetica", 12, " and stays")]
    (run,) = runs(lambda canvas: put(canvas, *pieces))
    assert run[1] == 12.0


def test_a_heading_in_small_capitals_is_as_large_as_its_capitals() -> None:
    (run,) = runs(lambda canvas: put(canvas, ("Helvetica", 12, "I"), ("Helvetica", 9, "NTRODUCTION")))
    assert run[:2] == ["INTRODUCTION", 12.0]


def shown(font: str, *, code: int, width: int) -> str:
    """The text of "e", a glyph and "c" in a font of this name; the glyph has this code and width in thousandths."""
    meant = f"2 beginbfrange <20> <7e> <0020> <80> <80> <{code:04x}> endbfrange"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
        stream("BT /F 10 Tf 30 200 Td <658063> Tj ET"),
        f"<< /Type /Font /Subtype /Type1 /BaseFont /{font} /FirstChar 32 /LastChar 128 /Widths [{'450 ' * 96}{width}]"
        " /ToUnicode 6 0 R >>",
        stream(f"begincmap 1 begincodespacerange <00> <ff> endcodespacerange {meant} endcmap"),
    ]
    body = "%PDF-1.4\n" + "".join(f"{number} 0 obj {held} endobj\n" for number, held in enumerate(objects, start=1))
    pages = pdfium.extracted(f"{body}trailer << /Root 1 0 R >>\n%%EOF".encode())["pages"]
    assert isinstance(pages, list)
    return ligatures.spelled("".join(run[0] for run in pages[0]["runs"]))


def stream(text: str) -> str:
    """A stream's object."""
    return f"<< /Length {len(text)} >> stream\n{text}\nendstream"


@pytest.mark.parametrize(
    ("font", "code", "width", "text"),
    [
        ("CMR9", 0x00, 860, "effic"),
        ("CMR9", 0x00, 720, "e c"),  # a Greek capital
        ("CMSY9", 0x00, 860, "e−c"),
        ("XYZABC+CMBSY10", 0x00, 860, "e−c"),
        ("CMR9", 0x21B5, 650, "effc"),
        ("CMMI9", 0x21B5, 650, "e↵c"),
        ("CMBX9", 0x270F, 900, "efflc"),
        ("LinLibertineTB", 0x87, 1170, "eThc"),
        ("LinLibertineTI", 0x8A, 1000, "eThc"),
        ("LinLibertineT", 0x8A, 610, "ettc"),
        ("CMR9", 0x0D, 560, "eflc"),
        ("CMSY9", 0x0D, 1140, "e c"),
        ("CMMI9", 0x0F, 430, "eεc"),
        ("Calibri", 0x0D, 230, "ec"),  # the end of a line
        ("LinLibertineT", 0x1B, 600, "efic"),
        ("TT15Ct00", 0x1B, 500, "e c"),  # a drawing's own letter
        ("CMMI9", ord("f"), 600, "efc"),  # as wide as a ligature, and none
        ("LinLibertineT", ord("f"), 600, "efic"),
    ],
)
def test_a_font_tells_whether_a_code_is_a_ligature(font: str, code: int, width: int, text: str) -> None:
    assert shown(font, code=code, width=width) == text


@pytest.mark.parametrize(
    ("marked", "text"),
    [
        (f"over{ligatures.TWO}t and over{ligatures.TWO}ow", "overfit and overflow"),
        (f"Geo{ligatures.TWO}rey, Je{ligatures.TWO}rey, Ste{ligatures.TWO}en", "Geoffrey, Jeffrey, Steffen"),
        (f"a map {ligatures.TWO} (x) = {ligatures.THREE}(y)", "a map f (x) = f(y)"),
    ],
)
def test_lost_letters_are_told_by_those_around_them(marked: str, text: str) -> None:
    assert ligatures.spelled(marked) == text


def struck(font: str, *, apart: float, sign: str = "=") -> str:
    """The text of a 6 of one font, and of a sign of another that begins so many points behind it."""
    widths = f"/FirstChar 32 /LastChar 128 /Widths [{'600 ' * 97}]"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R"
        " /Resources << /Font << /F 5 0 R /G 6 0 R >> >> >>",
        stream(f"BT /F 10 Tf 30 200 Td (at) Tj /G 10 Tf 16 0 Td (6) Tj /F 10 Tf {apart} 0 Td ({sign}) Tj ET"),
        f"<< /Type /Font /Subtype /Type1 /BaseFont /CMR10 {widths} >>",
        f"<< /Type /Font /Subtype /Type1 /BaseFont /{font} {widths} >>",
    ]
    body = "%PDF-1.4\n" + "".join(f"{number} 0 obj {held} endobj\n" for number, held in enumerate(objects, start=1))
    pages = pdfium.extracted(f"{body}trailer << /Root 1 0 R >>\n%%EOF".encode())["pages"]
    assert isinstance(pages, list)
    return "".join("".join(run[0] for run in pages[0]["runs"]).split())


@pytest.mark.parametrize(
    ("font", "apart", "sign", "text"),
    [
        ("CMSY10", 0, "=", "at≠"),
        ("CMSY10", 0, "<", "at≮"),
        ("CMSY10", 0, "a", "at6a"),
        ("CMSY10", 6, "=", "at6="),
        ("CMR10", 0, "=", "at6="),
    ],
)
def test_a_stroke_through_a_relation_negates_it(font: str, apart: float, sign: str, text: str) -> None:
    assert struck(font, apart=apart, sign=sign) == text


def test_a_stroke_that_a_file_spells_before_its_sign_is_put_behind_it() -> None:
    stroke, sign = pdfium._Letter("\u0338", 0, 10, 10, 0, 9), pdfium._Letter("=", 1, 10, 18, 0, 9)
    assert [one.text for one in pdfium._negated(None, [stroke, sign])] == ["≠"]
    assert len(pdfium._negated(None, [stroke, sign._replace(left=14)])) == 2
