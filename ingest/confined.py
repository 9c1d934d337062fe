"""Files that may be hostile, read in a child process with caps on memory and time; small ones in this one.

A page of a hundred thousand tags, or an Office file that unpacks without end, must not be able to take the service
down. What PDFs have in `ingest.pdfium`, all other files have here: run as `python -m ingest.confined FORMAT URL CHARSET
BYTES`, it reads the file on standard input and writes the reading as JSON. A page of few tags is read in place: the
time that it takes grows with its tags, and the child's start would be most of it.
"""

import dataclasses
import json
import sys
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from ingest import child, html, markdown, notebook, office, slides, text
from ingest.errors import ExtractError
from ingest.structure import Part, Reading
from ingest.types import BlockKind, Reason

MEMORY_BYTES = 1024 * 2**20  # 8 MB of ordinary paragraphs take 460
_SECONDS = 60.0
_SMALL_PAGE = 512 * 1024  # bytes
_FEW = 6_000  # tags; an article has 500 to 3,000, and half a megabyte of nothing but tags took 102 s on a busy machine


class Format(StrEnum):
    """What a child is asked to read."""

    HTML = "html"
    DECK = "deck"
    MARKDOWN = "markdown"
    NOTEBOOK = "notebook"
    RESTRUCTURED = "restructured"
    OFFICE = "office"


_SMALL = {  # bytes; what takes seconds at the worst is read in place
    Format.MARKDOWN: 64 * 1024,  # nothing but brackets
    Format.RESTRUCTURED: 12 * 1024,  # nothing but rules, of which docutils looks at each beside every other
    Format.OFFICE: -1,  # none: what they unpack to may be of any size
}


def read(
    format: Format, body: bytes, *, url: str, charset: str = "", seconds: float = _SECONDS, memory: int = MEMORY_BYTES
) -> Reading:
    """Read a file, in a child process where it is large.

    Args:
        format: What it is.
        body: Its bytes.
        url: Where they came from.
        charset: The declared charset of a page.
        seconds: Time that the child may take.
        memory: Bytes that the child may take.

    Raises:
        ExtractError: If it holds no text, is damaged, or is over the caps.

    A page that carries no deck's transcript has no parts, asked for its deck.
    """
    if len(body) <= _SMALL.get(format, _SMALL_PAGE) and body.count(b"<") <= _FEW:
        return _READERS[format](body, url, charset)
    arguments = (format.value, url, charset, str(memory))
    answer = child.ask("ingest.confined", *arguments, body=body, url=url, seconds=seconds, memory=memory)
    if "reason" in answer:
        raise ExtractError(answer["message"], reason=Reason(answer["reason"]))
    return _reading(answer)


def read_text(format: Format, text: str, *, url: str, seconds: float = _SECONDS) -> Reading:
    """Read a text whose charset is known; as `read` otherwise."""
    return read(format, text.encode("utf-8", "replace"), url=url, seconds=seconds)


def _reading(answer: dict[str, Any]) -> Reading:
    """A reading from the JSON that a child wrote."""
    return Reading(
        title=answer["title"],
        parts=tuple(Part(**{**row, "kind": BlockKind(row["kind"])}) for row in answer["parts"]),
        authors=tuple(answer["authors"]),
        published=answer["published"],
        canonical=answer["canonical"],
        links=tuple(answer["links"]),
        note=answer["note"],
        paper=answer["paper"],
    )


def _html(body: bytes, url: str, charset: str) -> Reading:
    return html.read(body, url=url, charset=charset)


def _notebook(body: bytes, url: str, _: str) -> Reading:
    return notebook.read(body, url=url)


def _deck(body: bytes, _url: str, charset: str) -> Reading:
    return slides.read(html.decode(body, charset=charset)) or Reading(title="", parts=())


def _markdown(body: bytes, _url: str, _charset: str) -> Reading:
    return markdown.read(body.decode())


def _restructured(body: bytes, _url: str, _charset: str) -> Reading:
    return text.restructured(body.decode())


def _office(body: bytes, url: str, _: str) -> Reading:
    return office.read(body, url=url)


_READERS: dict[Format, Callable[[bytes, str, str], Reading]] = {
    Format.HTML: _html,
    Format.DECK: _deck,
    Format.MARKDOWN: _markdown,
    Format.NOTEBOOK: _notebook,
    Format.RESTRUCTURED: _restructured,
    Format.OFFICE: _office,
}


def main() -> None:
    """Cap the memory, read the file, print JSON."""
    import resource

    name, url, charset, memory = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    try:
        reading = _READERS[Format(name)](sys.stdin.buffer.read(), url, charset)
    except ExtractError as error:
        json.dump({"reason": error.reason.value, "message": str(error)}, sys.stdout)
        return
    json.dump(dataclasses.asdict(reading), sys.stdout)


if __name__ == "__main__":
    main()
