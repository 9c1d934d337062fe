"""How the pages look: Gradio's theme, and the style sheets and scripts of `assets/`, all from this server.

Colours, sizes and fonts are CSS variables in `assets/tokens.css`, once for light and once for dark; everything else
refers to them. The one font, IBM Plex Sans, comes with Gradio's package
(Source Sans and Lora there lack letters).
"""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gradio as gr

ASSETS = Path(__file__).parent / "assets"
ASSETS_PATH = "/ui"  # where the server hands them out

_FIRST = ("tokens.css", "frame.css", "frame.js")
_FALLBACK = ["system-ui", "Segoe UI", "Roboto", "Helvetica", "Arial", "sans-serif"]
_MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]


def theme() -> "gr.themes.Base":
    """The Gradio theme: its own components in the colours of the tokens."""
    import gradio as gr

    font = gr.themes.LocalFont("IBM Plex Sans", weights=(400, 700))
    base = gr.themes.Base(primary_hue="teal", neutral_hue="stone", font=[font, *_FALLBACK], font_mono=_MONO)
    return base.set(**_TOKENS, **_FIRST_PAINT)


# --ns-ground and --ns-ink as they are: Gradio paints the page with these before any style sheet has come
_FIRST_PAINT = {
    "body_background_fill": "#faf9f6",
    "body_background_fill_dark": "#161615",
    "body_text_color": "#1d1c1a",
    "body_text_color_dark": "#ebe9e4",
}
_TOKENS = {
    name + dark: f"var({token})"
    for name, token in {
        "body_text_color_subdued": "--ns-soft",
        "background_fill_primary": "--ns-surface",
        "background_fill_secondary": "--ns-sunk",
        "block_background_fill": "--ns-surface",
        "block_label_background_fill": "--ns-surface",
        "block_label_text_color": "--ns-soft",
        "block_title_text_color": "--ns-soft",
        "block_info_text_color": "--ns-soft",
        "block_border_color": "--ns-line",
        "border_color_primary": "--ns-line",
        "border_color_accent": "--ns-accent",
        "color_accent_soft": "--ns-accent-wash",
        "input_background_fill": "--ns-surface",
        "input_border_color": "--ns-line-strong",
        "input_border_color_focus": "--ns-accent",
        "input_placeholder_color": "--ns-soft",
        "button_primary_background_fill": "--ns-accent",
        "button_primary_background_fill_hover": "--ns-accent-strong",
        "button_primary_text_color": "--ns-on-accent",
        "button_secondary_background_fill": "--ns-sunk",
        "button_secondary_background_fill_hover": "--ns-line",
        "button_secondary_text_color": "--ns-ink",
        "link_text_color": "--ns-accent",
        "link_text_color_hover": "--ns-accent-strong",
        "link_text_color_visited": "--ns-accent",
        "link_text_color_active": "--ns-accent",
    }.items()
    for dark in ("", "_dark")
}


def head() -> str:
    """What goes into the head of every page: links to all of `assets/`, tokens and frame first.

    An address carries the digest of its file, so that a browser keeps what did not change.
    """
    files = [path for path in ASSETS.iterdir() if path.suffix in (".css", ".js")]
    files.sort(key=lambda path: (path.name not in _FIRST, path.name))
    return "\n".join(map(_link, files))


def _link(path: Path) -> str:
    address = f"{ASSETS_PATH}/{path.name}?v={hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"
    if path.suffix == ".js":
        return f'<script defer src="{address}"></script>'
    return f'<link rel="stylesheet" href="{address}">'
