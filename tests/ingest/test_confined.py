"""Bombs are read in a child: too long or too much memory is a typed reason, and nothing else changes."""

import io
import zipfile

import pytest

from ingest import confined, extract, html
from ingest.confined import Format
from ingest.errors import ExtractError
from ingest.types import Reason

URL = "https://larkfield.example/page"
PARAGRAPH = (
    "<p>The ranker reads forty features of every candidate and answers within a hundred milliseconds at the peak.</p>"
)


def test_a_page_of_many_tags_reads_in_the_child_as_it_would_here() -> None:
    page = f"<html><head><title>A ranker</title></head><body><article><h1>A ranker</h1>{PARAGRAPH * 40}"
    page += "<pre>def f():\n    return 1</pre>" + PARAGRAPH * 3 + "<i></i>" * 7_000 + "</article></body></html>"
    body = page.encode()
    assert confined.read(Format.HTML, body, url=URL) == html.read(body, url=URL)


@pytest.mark.parametrize(
    "markup",
    ["<i>x</i>" * 300_000, "<div>" * 200_000, "<table>" + ("<tr>" + "<td>7</td>" * 300) * 500, "x<br><br>" * 200_000],
    ids=["siblings", "depth", "table", "breaks"],
)
def test_a_page_that_takes_too_long_has_a_typed_reason(markup: str) -> None:
    body = f"<html><body>{PARAGRAPH * 3}{markup}".encode()
    with pytest.raises(ExtractError, match="to read") as caught:
        confined.read(Format.HTML, body, url=URL, seconds=0.3)
    assert caught.value.reason is Reason.OVER_LIMITS


def test_a_page_whose_tree_does_not_fit_the_childs_memory_has_a_typed_reason() -> None:
    body = f"<html><body>{PARAGRAPH}{'<p>x' * 300_000}".encode()
    with pytest.raises(ExtractError, match="within 136 MB") as caught:
        confined.read(Format.HTML, body, url=URL, memory=136 * 2**20)
    assert caught.value.reason is Reason.OVER_LIMITS


def test_an_office_file_is_read_in_the_child_and_its_reason_comes_back() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("word/document.xml", "<w>")
    with pytest.raises(ExtractError) as caught:
        extract.read(packed.getvalue(), name="broken.docx")
    assert caught.value.reason is Reason.DAMAGED


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "notes.md",
            "---\ntitle: Notes\ndate: 2020-05-01\n---\n# A ranker\n\nIt [reads](https://a.example) forty.\n\n- one\n",
        ),
        ("notes.rst", "A ranker\n========\n\nIt reads *forty* features.\n\n.. code:: python\n\n   x = 1\n"),
    ],
)
def test_a_long_text_reads_in_the_child_as_it_would_here(name: str, text: str) -> None:
    short = extract.read(text.encode(), name=name)
    more = "\n\n".join(["The ranker answers within a hundred milliseconds at the peak."] * 2_000)
    assert len(more) > 64 * 1024
    long = extract.read(f"{text}\n{more}".encode(), name=name)
    assert (long.title, long.published, long.links) == (short.title, short.published, short.links)
    assert long.parts[: len(short.parts)] == short.parts
    assert len(long.parts) == len(short.parts) + 2_000


@pytest.mark.parametrize(
    ("format", "piece"), [(Format.RESTRUCTURED, "-----\n\n"), (Format.MARKDOWN, "![")], ids=["rules", "brackets"]
)
def test_a_text_that_takes_too_long_has_a_typed_reason(format: Format, piece: str) -> None:
    with pytest.raises(ExtractError, match="to read") as caught:
        confined.read_text(format, piece * 100_000, url=URL, seconds=0.5)
    assert caught.value.reason is Reason.OVER_LIMITS
