"""An answer as a Markdown document whose references resolve: each note quotes its source and links to the place."""

from assistant.anchor import encoded, link, shown
from assistant.types import Answer, AnswerSection, Citation, Declined, Sentence, Table

_ALTERNATIVES = "## Alternatives weighed"  # over the table of a design


def markdown(result: Answer | Declined) -> str:
    """The answer with footnotes; a declined one with its reason and what is near."""
    title = f"# {_plain(result.question.text.strip())}"
    if isinstance(result, Declined):
        topics = "\n".join(f"- {_plain(one)}" for one in result.nearest_topics)
        near = ["The library does have:", topics] if topics else []
        told = [_sentence(one) for one in result.correction]
        notes = ["## Sources", *(_note(one) for one in result.citations)] if result.citations else []
        return "\n\n".join([title, _plain(result.reason), *told, *near, *notes]) + "\n"
    note = [_plain(result.note)] if result.note else []
    parts = [title, *note, *(_section(one) for one in (*result.head, *result.sections))]
    if result.table:
        parts += [*([_ALTERNATIVES] if result.head else []), _table(result.table)]
    parts.append("## Sources")
    parts.append("\n\n".join(_note(one) for one in result.citations))
    return "\n\n".join(parts) + "\n"


def _section(section: AnswerSection) -> str:
    name = f"{section.step}. {section.title}" if section.step else section.title
    body = "\n\n".join(_sentence(one) for one in section.sentences) or "*The library has nothing on this.*"
    return f"## {_plain(name)}\n\n{body}"


def _sentence(sentence: Sentence) -> str:
    mark = "" if sentence.verdict == "supported" else f" *({sentence.verdict})*"
    return f"{_plain(sentence.text)}{''.join(f'[^{n}]' for n in sentence.citations)}{mark}"


def _table(table: Table) -> str:
    head = f"| | {' | '.join(_plain(title) for title in table.columns)} |"
    rule = f"| --- |{' --- |' * len(table.columns)}"
    rows = [
        f"| **{_plain(name)}** | {' | '.join(_sentence(cell) if cell else 'not stated' for cell in cells)} |"
        for name, cells in zip(table.rows, table.cells, strict=True)
    ]
    return "\n".join([head, rule, *rows])


def _note(citation: Citation) -> str:
    place = " › ".join(_plain(one) for one in (citation.title, *citation.headings))
    page = f", page {citation.page}" if citation.page else ""
    address = link(citation.url, citation.quote)
    where = (
        f"<{encoded(address)}>" if address.startswith(("http://", "https://")) else f"`{encoded(shown(citation.url))}`"
    )
    span = f"characters {citation.start}–{citation.end}"
    return f"[^{citation.number}]: {place}{page}, {span}: “{_plain(citation.quote)}” {where}"


def _plain(text: str) -> str:
    """Text on one line with Markdown's own signs escaped, so that no source can draw an image, a link or a heading."""
    for sign in "\\`*_[]<>#|!":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())
