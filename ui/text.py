"""Answers for a terminal."""

import textwrap

from assistant.types import Answer, Citation, Declined

_WIDTH = 100


def answer(result: Answer | Declined) -> str:
    """An answer with its numbered sources, or why there is none."""
    if isinstance(result, Declined):
        topics = "\n".join(f"  · {title}" for title in result.nearest_topics)
        return f"{result.reason}\n\nNearest in the library:\n{topics}" if topics else result.reason
    parts = []
    for section in result.sections:
        title = f"{section.step}. {section.title}" if section.step else section.title
        sentences = [f"{one.text} {''.join(f'[{n}]' for n in one.citations)}" for one in section.sentences]
        parts.append(
            "\n".join([title.upper(), *(_fill(one) for one in sentences or ["The library has nothing on this."])])
        )
    parts.append("\n".join(["SOURCES", *map(_source, result.citations)]))
    return "\n\n".join(parts)


def _source(citation: Citation) -> str:
    place = " › ".join([citation.title, *citation.headings])
    return f"[{citation.number}] {place} ({citation.url}, characters {citation.start}–{citation.end})"


def _fill(text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")
