"""The search page: passages for a query, best first."""

from html import escape

from assistant.errors import QuestionError
from assistant.question import understand
from index.errors import SearchError
from index.types import Hit
from ui import render
from ui.frame import Parts

_COUNT = 10
_EMPTY = '<p class="ns-quiet">Passages that are nearest to what you type, by words and by meaning.</p>'


def build(parts: Parts) -> None:
    """Lay the page out."""
    import gradio as gr

    def find(query: str) -> str:
        try:
            understand(query)
            return _hits(parts.assistant.search(query, k=_COUNT))
        except (QuestionError, SearchError) as error:
            return render.alert(str(error))

    with gr.Column(elem_id="ns-main", elem_classes="ns-page"):
        gr.HTML("<h1>Search</h1>", apply_default_css=False, js_on_load=None)
        box = gr.Textbox(label="Query", placeholder="negative sampling", elem_id="ns-query", submit_btn="Search")
        found = gr.HTML(_EMPTY, apply_default_css=False, js_on_load=None)
    box.submit(find, box, found, show_progress="hidden", api_visibility="private")


def _hits(hits: list[Hit]) -> str:
    return f'<ol class="ns-hits">{"".join(map(_hit, hits))}</ol>' if hits else render.alert("Nothing was found.")


def _hit(hit: Hit) -> str:
    place = " › ".join(hit.chunk.headings)
    return (
        f'<li class="ns-hit"><h2>{escape(hit.document.title)}</h2><p class="ns-place">{escape(place)}</p>'
        f"<p>{escape(' '.join(hit.chunk.text.split())[:320])}…</p>{render.link(hit.document.url)}</li>"
    )
