"""Jupyter notebooks to parts: the prose of Markdown cells, the source of code cells.

Formats 4 and 3 (nbformat JSON). Outputs are left out: they are mostly pictures, tables of numbers and logs, and none of
it was written to be read as a sentence. nbformat itself is not used: it validates, which a reader need not, and brings
a configuration system with it.
"""

import json
from collections.abc import Iterator
from typing import Any

from ingest import markdown
from ingest.errors import ExtractError
from ingest.structure import Part, Reading
from ingest.types import BlockKind, Reason


def is_notebook(body: bytes) -> bool:
    """Whether bytes look like a notebook: a JSON object that names its format's version."""
    return body.lstrip()[:1] == b"{" and b'"nbformat"' in body and (b'"cells"' in body or b'"worksheets"' in body)


def read(body: bytes, *, url: str) -> Reading:
    """Extract a notebook's text and code.

    Raises:
        ExtractError: If it is not JSON, or no notebook.
    """
    parts = tuple(part for cell in _cells(body, url=url) for part in _parts(cell))
    return Reading(title=markdown.title(parts), parts=parts)


def _cells(body: bytes, *, url: str) -> list[dict[str, Any]]:
    try:
        held = json.loads(body)
    except (ValueError, RecursionError) as error:  # JSON may nest deeper than a reader can follow
        raise ExtractError(f"{url} is no notebook that can be read ({error})", reason=Reason.DAMAGED) from error
    older = held.get("worksheets") if isinstance(held, dict) else None
    sheets = [held, *(older if isinstance(older, list) else [])]
    lists = [sheet["cells"] for sheet in sheets if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)]
    if not lists:
        raise ExtractError(f"{url} is JSON without a notebook's cells", reason=Reason.DAMAGED)
    return [cell for cells in lists for cell in cells if isinstance(cell, dict)]


def _parts(cell: dict[str, Any]) -> Iterator[Part]:
    source = _joined(cell.get("source", cell.get("input", "")))
    match cell.get("cell_type"):
        case "markdown":
            yield from markdown.parts(source)
        case "heading":
            yield Part(BlockKind.HEADING, source, _level(cell.get("level")))
        case "code" if source.strip():
            yield Part(BlockKind.CODE, source)
        case "raw":
            yield Part(BlockKind.PARAGRAPH, source)


def _level(value: object) -> int:
    return min(max(value, 1), 6) if isinstance(value, int) else 1


def _joined(source: object) -> str:
    """A cell's source is one string or a list of lines; halves of a pair, which JSON may hold, are no letters."""
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    return text.encode("utf-8", "ignore").decode()
