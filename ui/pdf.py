"""An answer as a PDF: text that can be selected, references that lead to their places.

Laid out by ReportLab. DejaVu Sans, which comes with matplotlib, covers Latin, Greek, Cyrillic and mathematical signs;
for Chinese, Japanese and Korean the file names one of the fonts that PDF readers bring.
"""

import io
import re
from collections.abc import Callable, Iterator
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from assistant.types import Answer, AnswerSection, Citation, Declined, Sentence, Table
from ui.places import live

_INK, _SOFT, _LINE, _ACCENT = "#1d1c1a", "#625e57", "#e4e0d8", "#0f6660"
_EAST_ASIAN = (
    (re.compile("[\u3040-\u30ff]+[\u3000-\u9fff\uff00-\uffef]*"), "HeiseiMin-W3"),
    (re.compile("[\uac00-\ud7af\u1100-\u11ff]+"), "HYSMyeongJo-Medium"),
    (re.compile("[\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]+"), "STSong-Light"),
)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

Flowables = list[Any]  # reportlab ships no types


def write(result: Answer | Declined) -> bytes:
    """The PDF of a result, with its references."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate

    styles = _styles()
    title = " ".join(result.question.text.split())
    story = [_paragraph(title, styles["title"])]
    story += _declined(result, styles) if isinstance(result, Declined) else _answer(result, styles)
    file = io.BytesIO()
    page = SimpleDocTemplate(
        file, pagesize=A4, leftMargin=62, rightMargin=62, topMargin=60, bottomMargin=60, title=title, author="ninestep"
    )
    page.build(story, onFirstPage=_numbered, onLaterPages=_numbered)
    return file.getvalue()


def _answer(answer: Answer, styles: dict[str, Any]) -> Flowables:
    story: Flowables = [_paragraph(answer.note, styles["soft"])] if answer.note else []
    for section in (*answer.head, *answer.sections):
        story += _section(section, styles)
    if answer.table:
        story.append(_table(answer.table, styles))
    story.append(_paragraph("Sources", styles["heading"]))
    return story + [_source(one, styles) for one in answer.citations]


def _declined(result: Declined, styles: dict[str, Any]) -> Flowables:
    topics = [_paragraph(f"• {title}", styles["body"]) for title in result.nearest_topics]
    return [_paragraph(result.reason, styles["body"]), *topics]


def _section(section: AnswerSection, styles: dict[str, Any]) -> Flowables:
    name = f"{section.step}. {section.title}" if section.step else section.title
    if not section.sentences:
        return [_paragraph(name, styles["heading"]), _paragraph("The library has nothing on this.", styles["soft"])]
    return [_paragraph(name, styles["heading"]), *(_cited(one, styles["body"]) for one in section.sentences)]


def _cited(sentence: Sentence, style: Any) -> Any:  # noqa: ANN401 - reportlab ships no types
    from reportlab.platypus import Paragraph

    numbers = "".join(f' <a href="#source-{n}" color="{_ACCENT}">[{n}]</a>' for n in sentence.citations)
    verdict = "" if sentence.verdict == "supported" else f' <font color="{_SOFT}">({sentence.verdict})</font>'
    return Paragraph(f"{_marked_up(sentence.text)}{numbers}{verdict}", style)


def _table(table: Table, styles: dict[str, Any]) -> Any:  # noqa: ANN401
    """A comparison as one block a row: a page is too narrow for its columns."""
    from reportlab.lib import colors
    from reportlab.platypus import Table as Grid

    lines: list[list[Any]] = []
    spans: list[Any] = []
    for name, cells in zip(table.rows, table.cells, strict=True):
        spans.append(("SPAN", (0, len(lines)), (1, len(lines))))
        lines.append([_paragraph(name, styles["heading"]), ""])
        for column, cell in zip(table.columns, cells, strict=True):
            stated = _cited(cell, styles["cell"]) if cell else _paragraph("not stated", styles["soft"])
            lines.append([_paragraph(column, styles["soft"]), stated])
    grid = Grid(lines, colWidths=[90, 380], hAlign="LEFT")
    rule = ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.HexColor(_LINE))
    grid.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), rule, *spans])
    return grid


def _source(citation: Citation, styles: dict[str, Any]) -> Any:  # noqa: ANN401
    from reportlab.platypus import Paragraph

    place = " › ".join(_marked_up(one) for one in (citation.title, *citation.headings))
    page = f", page {citation.page}" if citation.page else ""
    address = live(citation)
    where = f' <a href="{escape(address)}" color="{_ACCENT}">{_marked_up(citation.url)}</a>' if address else ""
    return Paragraph(
        f'<a name="source-{citation.number}"/>[{citation.number}] {place}{page}, characters '
        f"{citation.start}–{citation.end}: “{_marked_up(citation.quote)}”{where}",
        styles["source"],
    )


def _paragraph(text: str, style: Any) -> Any:  # noqa: ANN401
    from reportlab.platypus import Paragraph

    return Paragraph(_marked_up(text), style)


def _marked_up(text: str) -> str:
    """Escaped text in which stretches of East Asian writing name their font."""
    text = " ".join(_CONTROL.sub(" ", text).split())
    return "".join(_in_font(run, font) for run, font in _runs(text))


def _in_font(text: str, font: str) -> str:
    return f'<font name="{font}">{escape(text)}</font>' if font else escape(text)


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """Stretches of a text with the font that each needs; nothing where the page's own will do."""
    place = 0
    while place < len(text):
        found = [
            (match.start(), font, match) for pattern, font in _EAST_ASIAN if (match := pattern.search(text, place))
        ]
        if not found:
            yield text[place:], ""
            return
        start, font, match = min(found, key=lambda one: one[0])
        if start > place:
            yield text[place:start], ""
        yield match[0], font
        place = match.end()


def _numbered(canvas: Any, page: Any) -> None:  # noqa: ANN401
    canvas.setFont("DejaVu", 8)
    canvas.setFillColor(_SOFT)
    canvas.drawRightString(page.pagesize[0] - page.rightMargin, 34, str(canvas.getPageNumber()))
    canvas.drawString(page.leftMargin, 34, "ninestep")


@cache
def _fonts() -> None:
    """Make the fonts known to ReportLab, once a process."""
    import matplotlib as mpl
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.ttfonts import TTFont

    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    for name, file in {"DejaVu": "DejaVuSans.ttf", "DejaVu-Bold": "DejaVuSans-Bold.ttf"}.items():
        pdfmetrics.registerFont(TTFont(name, folder / file))
    pdfmetrics.registerFontFamily(
        "DejaVu", normal="DejaVu", bold="DejaVu-Bold", italic="DejaVu", boldItalic="DejaVu-Bold"
    )
    for _, name in _EAST_ASIAN:
        pdfmetrics.registerFont(UnicodeCIDFont(name))


def _styles() -> dict[str, Any]:
    from reportlab.lib.styles import ParagraphStyle

    _fonts()
    base: Callable[..., Any] = ParagraphStyle
    body = base("body", fontName="DejaVu", fontSize=9.5, leading=14.5, spaceAfter=5, textColor=_INK)
    return {
        "body": body,
        "cell": base("cell", parent=body, fontSize=9, leading=13),
        "soft": base("soft", parent=body, textColor=_SOFT, fontSize=9),
        "source": base("source", parent=body, fontSize=8, leading=11.5, textColor=_SOFT),
        "title": base("title", parent=body, fontName="DejaVu-Bold", fontSize=16, leading=21, spaceAfter=12),
        "heading": base(
            "heading", parent=body, fontName="DejaVu-Bold", fontSize=11, leading=15, spaceBefore=10, keepWithNext=1
        ),
    }
