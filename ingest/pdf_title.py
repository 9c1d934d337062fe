"""The title of a PDF: as it is printed, or as the file declares it."""

import re
from collections.abc import Sequence

from ingest.pdf_lines import Line
from ingest.pdf_words import SOFT_HYPHENS, has_words, joined, squeezed

_NO_TITLE = re.compile(
    r"^(?:untitled|microsoft word|microsoft powerpoint|powerpoint presentation|presentation|document\d*|title)"
    r"|\.(?:dvi|docx?|tex|pptx?|pdf|indd|qxd|rtf|ps|eps)$|^[\d\W_]*$|^\S*[_\d]\S*$|^arxiv:|^doi:",
    re.IGNORECASE,
)


def title_of(lines: Sequence[Line], declared: str) -> str:
    """The title as it is printed: the largest lines in a row near the top of the first page.

    What the file declares is taken where the page says it too, or where nothing is printed larger than the rest.
    """
    first = [line for line in lines if line.page == 1 and line.base > 0.35 * line.height and has_words(line.text)]
    declared = " ".join(declared.split())
    printed = _printed_title(first)
    usable = bool(declared) and not _NO_TITLE.search(declared)
    on_page = squeezed(" ".join(line.text for line in first))
    if usable and len(declared) >= 8 and squeezed(declared) in on_page:
        return declared
    return printed or (declared if usable else "")


def _printed_title(lines: Sequence[Line]) -> str:
    if not lines:
        return ""
    largest = max(line.size for line in lines)
    start = next(number for number, line in enumerate(lines) if line.size >= largest * 0.97)
    shown = [lines[start]]
    for line in lines[start + 1 :]:
        if line.size < largest * 0.97 or shown[-1].base - line.base > 2.2 * largest or len(shown) >= 5:
            break
        shown.append(line)
    title = joined([line.text for line in shown]).rstrip(SOFT_HYPHENS)
    return title if 8 <= len(title) <= 250 and not title.casefold().startswith("arxiv:") else ""
