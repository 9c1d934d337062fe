"""A page that is still markup, moved by a script: `assets/NAME.js` hangs a function NAME on `window.ninestep`."""


def lay(name: str, markup: str) -> None:
    """Lay a page out as one piece of markup, which is handed to the page's script as soon as both are there."""
    import gradio as gr

    start = f"const start = () => window.ninestep?.{name} ? ninestep.{name}(element) : setTimeout(start, 15); start();"
    with gr.Column(elem_id="ns-main", elem_classes="ns-page"):
        gr.HTML(f'<div class="ns-{name}">{markup}</div>', apply_default_css=False, js_on_load=start)
