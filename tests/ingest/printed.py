"""PDFs whose text is known, printed here with reportlab: the truth that extraction is held against."""

import io
from collections.abc import Callable
from dataclasses import dataclass

from tests.ingest.pages import Prose

_A4 = (595.0, 842.0)
_SLIDE = (960.0, 540.0)
_SIZE, _LEADING = 10, 12


@dataclass(frozen=True, slots=True)
class Printed:
    """A file, and its running text in reading order: no heads, no page numbers."""

    body: bytes
    text: str
    headings: tuple[str, ...] = ()
    title: str = ""


class Press:
    """A canvas that breaks lines."""

    def __init__(self, *, size: tuple[float, float] = _A4, title: str = "", encrypt: object = None) -> None:
        from reportlab.pdfgen.canvas import Canvas

        self._file = io.BytesIO()
        self.canvas = Canvas(self._file, pagesize=size, encrypt=encrypt, invariant=1)
        self.canvas.setTitle(title)

    def lines(self, text: str, *, width: float, size: float = _SIZE, cut: bool = False) -> list[str]:
        """A text in lines; `cut` parts long words at the end of a line with a hyphen."""
        made, line = [], ""
        for word in text.split():
            longer = f"{line} {word}".strip()
            if self._width(longer, size) <= width:
                line = longer
                continue
            room = width - self._width(f"{line} -", size)
            half = len(word) // 2
            if cut and word.isalpha() and len(word) > 7 and self._width(word[:half], size) <= room:
                made.append(f"{line} {word[:half]}-")
                line = word[half:]
            else:
                made.append(line)
                line = word
        return [*made, line]

    def _width(self, text: str, size: float) -> float:
        return float(self.canvas.stringWidth(text, "Helvetica", size))

    def put(self, x: float, y: float, text: str, *, size: float = _SIZE, bold: bool = False) -> None:
        """Print one line."""
        self.canvas.setFont("Helvetica-Bold" if bold else "Helvetica", size)
        self.canvas.drawString(x, y, text)

    def block(self, x: float, y: float, text: str, *, width: float, cut: bool = False) -> float:
        """Print a paragraph, and give the height below it."""
        for line in self.lines(text, width=width, cut=cut):
            self.put(x, y, line)
            y -= _LEADING
        return y - 6

    def done(self) -> bytes:
        """The file."""
        self.canvas.save()
        return self._file.getvalue()


def one_column(prose: Prose, *, pages: int = 3) -> Printed:
    """Sections with running heads and page numbers; the title that the file declares is its author's file name."""
    press = Press(title="paper_final_v3.dvi")
    press.put(72, 760, "Counting what was seen", size=18, bold=True)
    told, headings = ["Counting what was seen"], ["Counting what was seen"]
    y = 730.0
    for page in range(1, pages + 1):
        if page > 1:
            press.put(72, 800, "Larkfield Technical Report", size=8)
            y = 760
        press.put(290, 30, str(page), size=8)
        heading = f"{page} Part of the count"
        press.put(72, y, heading, size=13, bold=True)
        headings.append(heading)
        told.append(heading)
        y -= 22
        for _ in range(6):
            text = prose.text(4)
            told.append(text)
            y = press.block(72, y, text, width=450, cut=True)
        press.canvas.showPage()
    return Printed(press.done(), "\n".join(told), tuple(headings), "Counting what was seen")


def two_columns(prose: Prose, *, across: bool = False) -> Printed:
    """Two columns under a title; `across` writes them line by line, left and right in turn, as some programs do."""
    press = Press()
    press.put(150, 780, "Ranking under a budget", size=18, bold=True)
    told = ["Ranking under a budget"]
    for page in range(2):
        columns = []
        for _ in range(2):
            texts = [prose.text(4) for _ in range(7)]
            told += texts
            made: list[str] = []
            for text in texts:
                made += press.lines(text, width=225, cut=True)
            columns.append(made)
        top = 740 if page == 0 else 780
        rows = [(60, top - 12 * n, line) for n, line in enumerate(columns[0])]
        right = [(310, top - 12 * n, line) for n, line in enumerate(columns[1])]
        shown = sorted(rows + right, key=lambda row: (-row[1], row[0])) if across else rows + right
        for x, y, line in shown:
            press.put(x, y, line)
        press.put(290, 24, str(page + 1), size=8)
        press.canvas.showPage()
    return Printed(press.done(), "\n".join(told), ("Ranking under a budget",), "Ranking under a budget")


def turned_pages(prose: Prose) -> Printed:
    """Pages stored on their side with the instruction to turn them."""
    press = Press()
    told = []
    for _ in range(2):
        press.canvas.setPageRotation(90)
        press.canvas.saveState()
        press.canvas.translate(_A4[0], 0)
        press.canvas.rotate(90)
        y = 500.0
        for _ in range(4):
            text = prose.text(4)
            told.append(text)
            y = press.block(60, y, text, width=600)
        press.canvas.restoreState()
        press.canvas.showPage()
    return Printed(press.done(), "\n".join(told))


def noted(prose: Prose) -> Printed:
    """A page with a table in ruled columns and a footnote; the note is told last."""
    press = Press()
    press.put(72, 780, "What one label costs us", size=18, bold=True)
    before, after = prose.text(6), prose.text(6)
    y = press.block(72, 750, before, width=450)
    press.put(72, y - 6, "Table 1: Cost of a label by its source.", size=9)
    rows = [("Source", "Cents", "Hours"), ("Crowd", "4", "2"), ("Expert", "310", "48")]
    y -= 26
    for row in rows:
        for number, cell in enumerate(row):
            press.put(90 + 120 * number, y, cell)
        y -= 13
    press.block(72, y - 12, after, width=450)
    note = "1 A label here is one judgment of one pair by one person."
    press.put(72, 70, note, size=7.5)
    told = ["What one label costs us", before, "Table 1: Cost of a label by its source."]
    told += [" | ".join(row) for row in rows] + [after, note]
    return Printed(press.done(), "\n".join(told), ("What one label costs us",), "What one label costs us")


def slides(prose: Prose) -> Printed:
    """Wide pages: a large heading and points without marks; the third is built up over two pages."""
    press = Press(size=_SLIDE, title="Microsoft PowerPoint - deck.ppt")
    told, headings = [], []
    for number in range(4):
        heading = ("A queue in production", "Why queues grow", "What we measured", "What we changed")[number]
        points = [f"{prose.sentence()[:60].rsplit(' ', 1)[0]}" for _ in range(4)]
        for shown in (points[:2], points) if number == 2 else (points,):
            press.put(60, 460, heading, size=32, bold=True)
            for at, point in enumerate(shown):
                press.put(80, 380 - 50 * at, point, size=20)
            press.put(900, 20, str(number + 1), size=10)
            press.canvas.showPage()
        told += [heading, *points]
        headings.append(heading)
    return Printed(press.done(), "\n".join(told), tuple(headings), "A queue in production")


def locked(prose: Prose, *, to_open: str) -> bytes:
    """An encrypted file; without `to_open` anyone may read it, and only changes ask for a password."""
    from reportlab.lib.pdfencrypt import StandardEncryption

    press = Press(encrypt=StandardEncryption(to_open, ownerPassword="owner", canPrint=0))
    press.block(72, 760, prose.text(10), width=450)
    return press.done()


def with_stream(content: bytes, *, extra: str = "", resources: str = "") -> bytes:
    """One page whose content stream is given as it is stored."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> " + resources.encode() + b" >> >>",
        f"<< /Length {len(content)} {extra} >>\nstream\n".encode() + content + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = b"%PDF-1.5\n"
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    return out + f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF".encode()


SHAPES: dict[str, Callable[[Prose], Printed]] = {
    "one column": one_column,
    "two columns": two_columns,
    "two columns, written across": lambda prose: two_columns(prose, across=True),
    "turned pages": turned_pages,
    "table and footnote": noted,
    "slides": slides,
}
