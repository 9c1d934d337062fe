import json

import pytest

from ingest import notebook
from ingest.errors import ExtractError
from ingest.types import BlockKind, Reason


def made(*cells: dict[str, object], **more: object) -> bytes:
    return json.dumps({"nbformat": 4, "cells": cells, **more}).encode()


def cell(kind: str, source: object, **more: object) -> dict[str, object]:
    return {"cell_type": kind, "source": source, **more}


def test_prose_and_code_come_in_order_and_outputs_do_not() -> None:
    body = made(
        cell("markdown", ["# Trees\n", "\n", "They *split*."]),
        cell("code", ["for x in y:\n", "    split(x)"], outputs=[{"text": ["0.9871"]}]),
        cell("code", "  \n"),
        cell("raw", "A note."),
    )
    reading = notebook.read(body, url="a.ipynb")
    assert reading.title == "Trees"
    assert [(part.kind, part.text) for part in reading.parts] == [
        (BlockKind.HEADING, "Trees"),
        (BlockKind.PARAGRAPH, "They split."),
        (BlockKind.CODE, "for x in y:\n    split(x)"),
        (BlockKind.PARAGRAPH, "A note."),
    ]


def test_a_heading_late_in_the_text_is_not_its_title() -> None:
    prose = "\n\n".join(f"Paragraph {number}." for number in range(6))
    assert notebook.read(made(cell("markdown", prose), cell("markdown", "## Test")), url="a.ipynb").title == ""


def test_the_format_before_is_read_too() -> None:
    cells = [{"cell_type": "heading", "level": 2, "source": "Fit"}, {"cell_type": "code", "input": ["fit()"]}]
    body = json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]}).encode()
    assert notebook.is_notebook(body)
    assert [(part.kind, part.text, part.level) for part in notebook.read(body, url="a").parts] == [
        (BlockKind.HEADING, "Fit", 2),
        (BlockKind.CODE, "fit()", 0),
    ]


@pytest.mark.parametrize("body", [b"{", b'{"nbformat": 4}', b"[]", b'{"nbformat": 4, "cells": 3}'])
def test_what_is_no_notebook_says_so(body: bytes) -> None:
    with pytest.raises(ExtractError) as caught:
        notebook.read(body, url="a.ipynb")
    assert caught.value.reason is Reason.DAMAGED
