"""The chat: a question, a cited answer, and beside it the cited passages.

State lives in the session: what was asked, and the turns shown. Answering runs in Gradio's worker threads.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from assistant.errors import AnswerError
from assistant.types import Answer, Citation, Declined
from index.errors import SearchError
from ingest.types import Document
from ui import render
from ui.frame import Parts

_CONTEXT = 220  # characters shown on each side of a quotation
_SUGGESTED = (
    "Design a video recommendation system",
    "Two-tower model or cross-encoder?",
    "How do I choose negative samples?",
    "How would you detect payment fraud?",
)
_EMPTY = (
    '<div class="ns-empty">Ask how to design a machine-learning system, or about any part of one. Every sentence '
    "of the answer is a quotation: its number opens the place that it was taken from.</div>"
)


class Answers(Protocol):
    """What the chat needs of an assistant."""

    def ask(self, text: str, *, history: list[str]) -> Answer | Declined:
        """Answer a question."""

    def document(self, id: str) -> Document | None:
        """A document by id."""


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation: the questions, the turns as shown and their passages, oldest first."""

    questions: tuple[str, ...] = ()
    turns: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()


def build(parts: Parts) -> None:
    """Lay the page out."""
    import gradio as gr

    assistant = parts.assistant
    with gr.Column(elem_id="ns-main", elem_classes="ns-page"):
        session = gr.State(Session())
        gr.HTML("<h1>Ask</h1>", apply_default_css=False, js_on_load=None)
        with gr.Row():
            with gr.Column(scale=3, min_width=320):
                box = gr.Textbox(
                    label="Your question",
                    placeholder="Design a newsfeed · two-tower or cross-encoder? · how do I detect drift?",
                    elem_id="ns-ask",
                    max_length=None,
                    autofocus=True,
                    submit_btn="Ask",
                )
                gr.Examples([[text] for text in _SUGGESTED], inputs=[box], label="For example")
                thread = gr.HTML(_EMPTY, elem_id="ns-thread", elem_classes="ns-thread")
            with gr.Column(scale=2, min_width=320):
                side = gr.HTML("", elem_id="ns-side", elem_classes="ns-side")
        box.submit(_responder(assistant), [box, session], [thread, side, session, box], show_progress="minimal")


def _responder(assistant: Answers) -> Callable[[str, Session], tuple[str, str, Session, str]]:
    def respond(text: str, session: Session) -> tuple[str, str, Session, str]:
        after = _answered(assistant, text or "", session)
        return "".join(reversed(after.turns)), _side(after), after, ""

    return respond


def _answered(assistant: Answers, text: str, session: Session) -> Session:
    number = len(session.turns) + 1
    try:
        result = assistant.ask(text, history=list(session.questions))
    except (AnswerError, SearchError) as error:
        return Session(session.questions, (*session.turns, render.notice(text, str(error))), (*session.passages, ""))
    passages = render.passages(result, number=number, context=_context(assistant))
    return Session(
        (*session.questions, text),
        (*session.turns, render.turn(text, result, number=number)),
        (*session.passages, passages),
    )


def _side(session: Session) -> str:
    """All passages of the conversation; those of the last answer are shown."""
    groups = [passages for passages in session.passages if passages]
    if not groups:
        return ""
    groups[-1] = groups[-1].replace('class="ns-passages"', 'class="ns-passages ns-shown"', 1)
    return f'<div class="ns-scroll">{"".join(groups)}</div>'


def _context(assistant: Answers) -> render.Context:
    """The text around a quotation, cut at spaces, with an ellipsis where the document goes on."""

    def around(citation: Citation) -> tuple[str, str]:
        document = assistant.document(citation.document_id)
        if document is None:
            return "", ""
        text, start, end = document.text, citation.start, citation.end
        low, high = max(0, start - _CONTEXT), min(len(text), end + _CONTEXT)
        before = text[low:start].partition(" ")[2] if low else text[:start]
        after = text[end:high].rpartition(" ")[0] if high < len(text) else text[end:]
        return ("… " if low else "") + before, after + (" …" if high < len(text) else "")

    return around
