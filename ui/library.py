"""The library page: every source and how it fares."""

from html import escape

from assistant import sources
from assistant.sources import SourceRow
from index.errors import SearchError
from ingest.errors import IngestError
from ui import render
from ui.frame import Parts


def build(parts: Parts) -> None:
    """Lay the page out; the table is read each time the page is opened."""
    import gradio as gr

    def listed() -> str:
        try:
            return _table(sources.rows(parts.library_path, chunk_counts=parts.assistant.chunk_counts()))
        except (IngestError, SearchError) as error:
            return render.alert(str(error))

    with gr.Column(elem_id="ns-main", elem_classes="ns-page"):
        gr.HTML("<h1>Library</h1>", apply_default_css=False, js_on_load=None)
        table = gr.HTML("", apply_default_css=False, js_on_load=None)
    gr.on(None, listed, None, table, show_progress="hidden", api_visibility="private")  # when the page is opened


def _table(rows: list[SourceRow]) -> str:
    body = "".join(map(_row, rows))
    return (
        '<div class="ns-table" role="region" aria-label="Sources" tabindex="0"><table><thead><tr><th scope="col">Source'
        '</th><th scope="col">Health</th><th scope="col">Documents</th><th scope="col">Fetched</th></tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _row(row: SourceRow) -> str:
    return (
        f'<tr><th scope="row">{escape(row.title)}</th><td data-label="Health">{escape(row.status)}</td>'
        f'<td data-label="Documents" class="ns-figure">{row.documents}</td>'
        f'<td data-label="Fetched" class="ns-figure">{escape(row.fetched_at[:10]) or "–"}</td></tr>'
    )
