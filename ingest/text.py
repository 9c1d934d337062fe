"""Plain text and reStructuredText to parts.

reStructuredText goes through docutils with everything off that would read another file or pass raw markup through;
roles and directives that belong to a documentation generator leave their words.
"""

import re

from ingest import html
from ingest.structure import Part, Reading
from ingest.types import BlockKind

_ROLE = re.compile(r":[a-zA-Z][\w:.+-]{0,60}:`~?!?([^`<]*+)(?:<[^`>]*+>)?`")
_UNDERLINE = re.compile(r"^([=\-~^*#])\1{3,}\s*$")
_SAFE = {
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 5,
    "halt_level": 6,
    "syntax_highlight": "none",
    "embed_stylesheet": False,
    "doctitle_xform": False,
    "initial_header_level": 1,
    "_disable_config": True,
}


def plain(text: str) -> Reading:
    """Read plain text: paragraphs at blank lines, an underlined line is a heading, indented blocks keep their lines."""
    parts = tuple(_part(piece) for piece in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n")) if piece.strip())
    title = next((part.text for part in parts if part.kind is BlockKind.HEADING), "")
    return Reading(title=title, parts=parts)


def restructured(text: str) -> Reading:
    """Read reStructuredText; as plain text where docutils cannot follow: too deep, or names that name each other."""
    from docutils.core import publish_parts

    words = _ROLE.sub(lambda role: role[1].rstrip(), text)
    try:
        body = publish_parts(words, writer="html5", settings_overrides=_SAFE)["body"]
    except (RecursionError, LookupError, ValueError, TypeError, AttributeError, AssertionError):
        return plain(text)
    return html.whole(str(body))


def _part(piece: str) -> Part:
    lines = piece.strip("\n").split("\n")
    if len(lines) == 2 and _UNDERLINE.match(lines[1]):
        return Part(BlockKind.HEADING, lines[0], 1 if lines[1][0] in "=#" else 2)
    if len(lines) > 1 and all(line.startswith(("    ", "\t")) for line in lines):
        return Part(BlockKind.CODE, "\n".join(lines))
    return Part(BlockKind.PARAGRAPH, piece)
