"""What pdfium's child makes of single glyphs, on pages set here."""

import io
from collections.abc import Callable

from reportlab.pdfgen.canvas import Canvas

from ingest import pdfium


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
    shown = [("Helvetica", 12, "the rate falls with "), ("Symbol", 17, "S"), ("Helvetica", 12, " and stays")]
    (run,) = runs(lambda canvas: put(canvas, *shown))
    assert run[1] == 12.0


def test_a_heading_in_small_capitals_is_as_large_as_its_capitals() -> None:
    (run,) = runs(lambda canvas: put(canvas, ("Helvetica", 12, "I"), ("Helvetica", 9, "NTRODUCTION")))
    assert run[:2] == ["INTRODUCTION", 12.0]
