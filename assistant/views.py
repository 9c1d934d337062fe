"""Three ways to read one design answer: what to say in an interview, the design document, one page.

A view chooses among the sentences of the answer and never adds one; one page has no table. In the interview view each
step has its share of 45 minutes.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from assistant.types import Answer, AnswerSection


class View(StrEnum):
    """How much of a design is shown, and for whom."""

    INTERVIEW = "interview"
    DOCUMENT = "document"
    PAGE = "page"


# Minutes of 45 by step: where interviewers dwell, after the two minutes for the head.
MINUTES: Mapping[int, int] = {1: 6, 2: 4, 3: 6, 4: 5, 5: 5, 6: 7, 7: 4, 8: 3, 9: 3}

_SHOWN: Mapping[View, int] = {View.INTERVIEW: 2, View.DOCUMENT: 99, View.PAGE: 1}


def view(answer: Answer, chosen: View) -> Answer:
    """The answer as a view shows it; what is not a design is the same in every view.

    Citations keep their numbers, and those that are no longer used are left out.
    """
    if not answer.head:
        return answer
    sections = tuple(_section(one, chosen) for one in answer.sections)
    head = tuple(_section(one, chosen) for one in answer.head)
    if chosen is View.PAGE:
        head = head[:1]
    table = None if chosen is View.PAGE else answer.table
    cells = [cell for row in table.cells for cell in row if cell] if table else []
    sentences = [*(one for section in (*head, *sections) for one in section.sentences), *cells]
    used = {n for sentence in sentences for n in sentence.citations}
    citations = tuple(one for one in answer.citations if one.number in used)
    return replace(answer, sections=sections, head=head, table=table, citations=citations)


def _section(section: AnswerSection, chosen: View) -> AnswerSection:
    title = section.title
    if chosen is View.INTERVIEW and section.step:
        title = f"{title} ({MINUTES[section.step]} min)"
    return replace(section, title=title, sentences=section.sentences[: _SHOWN[chosen]])
