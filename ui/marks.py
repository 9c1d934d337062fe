"""Small pieces of markup that several pages share. Pure; every text passes `escape` here."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from urllib.parse import urlencode


def reader(document_id: str, *, start: int | None = None, end: int | None = None) -> str:
    """The address of a document in the reader, at a place where one is given."""
    place = {} if start is None or end is None else {"start": start, "end": end}
    return f"/library?{urlencode({'document': document_id, **place})}"


def option(value: str, text: str, *, chosen: str) -> str:
    """A choice of a select field."""
    mark = " selected" if value == chosen else ""
    return f'<option value="{escape(value)}"{mark}>{escape(text)}</option>'


def select(name: str, label: str, options: Mapping[str, str], *, chosen: str = "") -> str:
    """A select field with its label; options are texts by value."""
    inside = "".join(option(value, text, chosen=chosen) for value, text in options.items())
    return (
        f'<label class="ns-field"><span>{escape(label)}</span><select name="{escape(name)}">{inside}</select></label>'
    )


def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, figures: bool = True, shown: bool = True
) -> str:
    """A table of plain texts; the first cell of a row is its head, the others are figures unless told otherwise."""
    titles = "".join(f'<th scope="col">{escape(title)}</th>' for title in head)
    mark = ' class="ns-figure"' if figures else ""
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(
            f'<td{mark} data-label="{escape(title)}">{escape(cell)}</td>'
            for title, cell in zip(head[1:], row[1:], strict=True)
        )
        + "</tr>"
        for row in rows
    )
    unseen = "" if shown else ' class="ns-off"'
    return (
        f'<div class="ns-table" role="region" aria-label="{escape(caption)}" tabindex="0"><table>'
        f"<caption{unseen}>{escape(caption)}</caption>"
        f"<thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def count(number: int, noun: str) -> str:
    """A number with its noun: "1 document", "1,204 documents"."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
