"""The quality page: how well retrieval and answers do, as the last evaluation measured it."""

from ui.frame import Parts

_HOW = (
    '<p class="ns-quiet">No evaluation has been kept here yet. Run <code>ninestep eval report --collection golden '
    "--out report.html</code> to measure retrieval on the golden questions over the field guide.</p>"
)


def build(_: Parts) -> None:
    """Lay the page out."""
    import gradio as gr

    with gr.Column(elem_id="ns-main", elem_classes="ns-page"):
        gr.HTML(f"<h1>Quality</h1>{_HOW}", apply_default_css=False, js_on_load=None)
