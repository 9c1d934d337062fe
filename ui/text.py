"""Answers for a terminal."""

import textwrap

from assistant.types import Answer, Citation, Declined, Table

_WIDTH = 100


def answer(result: Answer | Declined) -> str:
    """An answer with its numbered sources, or why there is none."""
    if isinstance(result, Declined):
        told = [f"{one.text} {''.join(f'[{n}]' for n in one.citations)}" for one in result.correction]
        if told:
            sources = "\n".join(["SOURCES", *map(_source, result.citations)])
            return "\n\n".join([result.reason, "\n".join(map(_fill, told)), sources])
        topics = "\n".join(f"  · {title}" for title in result.nearest_topics)
        return f"{result.reason}\n\nNearest in the library:\n{topics}" if topics else result.reason
    parts = [result.note] if result.note else []
    for section in (*result.head, *result.sections):
        title = f"{section.step}. {section.title}" if section.step else section.title
        sentences = [f"{one.text} {''.join(f'[{n}]' for n in one.citations)}" for one in section.sentences]
        parts.append(
            "\n".join([title.upper(), *(_fill(one) for one in sentences or ["The library has nothing on this."])])
        )
    if result.table:
        parts.append(_table(result.table))
    parts.append("\n".join(["SOURCES", *map(_source, result.citations)]))
    return "\n\n".join(parts)


def _table(table: Table) -> str:
    """A comparison row by row, since a terminal is too narrow for its columns."""
    lines = []
    for name, cells in zip(table.rows, table.cells, strict=True):
        lines.append(name.upper())
        for column, cell in zip(table.columns, cells, strict=True):
            stated = f"{cell.text} {''.join(f'[{n}]' for n in cell.citations)}" if cell else "not stated"
            lines.append(_fill(f"{column}: {stated}"))
    return "\n".join(lines)


def _source(citation: Citation) -> str:
    place = " › ".join([citation.title, *citation.headings])
    return f"[{citation.number}] {place} ({citation.url}, characters {citation.start}–{citation.end})"


def _fill(text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")
