"""Word documents and PowerPoint decks to parts.

python-docx and python-pptx read the files; both are zip archives of XML, so what they unpack to is capped first. A
deck's slides are its pages: the slide's title is a heading, its boxes are lists, the speaker's notes follow as prose.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from ingest.errors import ExtractError
from ingest.structure import Part, Reading
from ingest.types import BlockKind, Reason

_UNPACKED = 512 * 2**20
_MEMBER = 128 * 2**20  # a single XML part; lxml keeps several times that in memory
_NO_ARCHIVE = (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError)  # a version or a name that cannot be read
_CELL_SEPARATOR = " | "


def kind(body: bytes) -> str:
    """`docx` or `pptx`, or empty for other bytes."""
    if not body.startswith(b"PK\x03\x04"):
        return ""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            names = set(packed.namelist())
    except _NO_ARCHIVE:
        return ""
    return "docx" if "word/document.xml" in names else "pptx" if "ppt/presentation.xml" in names else ""


def read(body: bytes, *, url: str) -> Reading:
    """Extract a .docx or .pptx file.

    Raises:
        ExtractError: If it is damaged or unpacks to more than the caps allow.
    """
    from docx.exceptions import PythonDocxError
    from docx.opc.exceptions import OpcError
    from docx.oxml.exceptions import XmlchemyError
    from lxml.etree import XMLSyntaxError
    from pptx.exc import PythonPptxError

    theirs = (PythonDocxError, OpcError, XmlchemyError, PythonPptxError, XMLSyntaxError)
    _check(body, url=url)
    try:
        return _document(body) if kind(body) == "docx" else _deck(body)
    except (*theirs, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise ExtractError(f"{url} is no Office file that can be read ({error})", reason=Reason.DAMAGED) from error
    except (LookupError, ValueError, AttributeError, TypeError) as error:  # parts that are missing or mixed up
        raise ExtractError(f"{url} is no Office file that can be read ({error})", reason=Reason.DAMAGED) from error


def _check(body: bytes, *, url: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            sizes = [member.file_size for member in packed.infolist() if not member.filename.startswith("ppt/media/")]
    except _NO_ARCHIVE as error:
        raise ExtractError(f"{url} is a damaged archive", reason=Reason.DAMAGED) from error
    if sum(sizes) > _UNPACKED or max(sizes, default=0) > _MEMBER:
        message = f"{url} unpacks to more than {_UNPACKED // 2**20} MB"
        raise ExtractError(message, reason=Reason.OVER_LIMITS)


def _document(body: bytes) -> Reading:
    from docx import Document
    from docx.table import Table

    opened = Document(io.BytesIO(body))
    parts: list[Part] = []
    for item in opened.iter_inner_content():
        parts += [_table(item)] if isinstance(item, Table) else _paragraph(item)
    title = str(opened.core_properties.title or "")
    first = next((part.text for part in parts if part.kind is BlockKind.HEADING), "")
    author = str(opened.core_properties.author or "")
    authors = (author,) if author and author.lower() not in {"python-docx", "user", "admin"} else ()
    return Reading(title=first or title, parts=tuple(_code_joined(parts)), authors=authors)


def _paragraph(paragraph: Any) -> list[Part]:  # noqa: ANN401 - python-docx's own type
    text = str(paragraph.text)
    style = str(paragraph.style.name if paragraph.style is not None else "").lower()
    if not text.strip():
        return []
    if style == "title":
        return [Part(BlockKind.HEADING, text, 1)]
    if style.startswith("heading"):
        digits = "".join(filter(str.isdigit, style))
        return [Part(BlockKind.HEADING, text, min(int(digits[:2] or 1) or 1, 6))]
    if "code" in style or "preformatted" in style or "macro" in style:
        return [Part(BlockKind.CODE, text)]
    if "caption" in style:
        return [Part(BlockKind.CAPTION, text)]
    if "quote" in style:
        return [Part(BlockKind.QUOTE, text)]
    numbered = paragraph._p.pPr is not None and paragraph._p.pPr.numPr is not None
    return [Part(BlockKind.LIST_ITEM if numbered or "list" in style else BlockKind.PARAGRAPH, text)]


def _code_joined(parts: list[Part]) -> Iterator[Part]:
    """Lines of code are paragraphs of their own in Word; here they are one block."""
    held: list[str] = []
    for part in parts:
        if part.kind is BlockKind.CODE:
            held.append(part.text)
            continue
        if held:
            yield Part(BlockKind.CODE, "\n".join(held))
            held = []
        yield part
    if held:
        yield Part(BlockKind.CODE, "\n".join(held))


def _table(table: Any) -> Part:  # noqa: ANN401 - the type of either library
    rows = []
    for row in table.rows:
        cells: list[str] = []
        for cell in row.cells:
            text = " ".join(cell.text.split())
            if not cells or text != cells[-1] or not text:  # a merged cell comes once for each column
                cells.append(text)
        if any(cells):
            rows.append(_CELL_SEPARATOR.join(cells))
    return Part(BlockKind.TABLE, "\n".join(rows))


def _deck(body: bytes) -> Reading:
    from pptx import Presentation

    opened = Presentation(io.BytesIO(body))
    parts = [part for number, slide in enumerate(opened.slides, start=1) for part in _slide(slide, number)]
    first = next((part.text for part in parts if part.kind is BlockKind.HEADING), "")
    return Reading(title=first or str(opened.core_properties.title or ""), parts=tuple(parts))


def _slide(slide: Any, number: int) -> Iterator[Part]:  # noqa: ANN401 - python-pptx's own type
    title = slide.shapes.title
    if title is not None and title.text_frame.text.strip():
        yield Part(BlockKind.HEADING, _spaced(title.text_frame.text), 1 if number == 1 else 2, page=number)
    for shape in _in_reading_order(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if getattr(shape, "has_table", False) and shape.has_table:
            table = _table(shape.table)
            yield Part(table.kind, table.text, page=number)
        elif shape.has_text_frame:
            for paragraph in shape.text_frame.paragraphs:
                yield Part(BlockKind.LIST_ITEM, _spaced(paragraph.text), page=number)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        yield Part(BlockKind.PARAGRAPH, _spaced(slide.notes_slide.notes_text_frame.text), page=number)


def _spaced(text: str) -> str:
    """Text whose line breaks, which come as vertical tabs, still part words."""
    return str(text).replace("\v", "\n")


def _in_reading_order(shapes: Any) -> list[Any]:  # noqa: ANN401 - python-pptx's own types
    """Shapes from the top to the bottom, left to right, groups taken apart."""
    flat: list[Any] = []
    for shape in shapes:
        flat += _in_reading_order(shape.shapes) if hasattr(shape, "shapes") else [shape]
    return sorted(flat, key=lambda shape: ((shape.top or 0) // 300_000, shape.left or 0))
