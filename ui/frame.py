"""The frame of every page: what pages are given, the header with the navigation, and the one Gradio app of all pages.

A page is a module with `build(parts)`, which lays its components out in the frame; `ui.pages` lists them. What a page
shows of a source goes through `ui.render` or is escaped where it is written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.answer import Assistant

if TYPE_CHECKING:
    import gradio as gr

_MARK = (
    '<svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true"><g fill="currentColor">'
    + "".join(
        f'<circle cx="{4 + 8 * column}" cy="{4 + 8 * row}" r="2.6" opacity="{0.35 + 0.08 * (3 * row + column):.2f}"/>'
        for row in range(3)
        for column in range(3)
    )
    + "</g></svg>"
)
_THEME_BUTTON = (
    '<button type="button" class="ns-theme" aria-label="Dark mode" aria-pressed="false" title="Light or dark">'
    '<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true"><path fill="currentColor" '
    'd="M12 3a9 9 0 1 0 9 9c0-.5 0-.9-.1-1.4A6.5 6.5 0 0 1 13.4 3.1 9 9 0 0 0 12 3z"/></svg></button>'
)


_AT_ONCE = 8  # of one kind of event; Gradio's own limit, 1, makes readers wait for each other

# a page's script may still be on its way when Gradio has drawn the page
_START = "const start = () => window.ninestep ? ninestep.frame() : setTimeout(start, 15); start();"


@dataclass(frozen=True, slots=True)
class Parts:
    """What pages are built from.

    Attributes:
        assistant: Answers and searches; safe for several threads.
        library_path: The library's file; everything else is kept beside it.
    """

    assistant: Assistant
    library_path: Path

    @property
    def home(self) -> Path:
        """Where everything is kept."""
        return self.library_path.parent


@dataclass(frozen=True, slots=True)
class PageOf:
    """A page of the site.

    Attributes:
        title: Its name in the navigation.
        path: Its address; the first page stands at "/".
        build: Lays it out, within the frame.
    """

    title: str
    path: str
    build: Callable[[Parts], None]


def blocks(pages: Sequence[PageOf], parts: Parts) -> "gr.Blocks":
    """All pages as one Gradio app, each with the same header; the first stands at the root."""
    import gradio as gr
    from gradio.components import Navbar

    site = gr.Blocks(title="ninestep", analytics_enabled=False, fill_width=True)
    for place, page in enumerate(pages):
        with site if place == 0 else site.route(page.title, page.path):
            Navbar(visible=False)
            gr.HTML(header(pages, current=page), apply_default_css=False, elem_classes="ns-frame", js_on_load=_START)
            page.build(parts)
    site.queue(default_concurrency_limit=_AT_ONCE)
    return site


def header(pages: Sequence[PageOf], *, current: PageOf) -> str:
    """Name, navigation, and the switch between light and dark; pages are links, so that each has an address."""
    links = "".join(_link(page, is_current=page is current) for page in pages)
    return (
        '<header class="ns-header"><a class="ns-skip" href="#ns-main">Skip to the content</a>'
        f'<a class="ns-brand" href="/">{_MARK}<span>ninestep</span></a>'
        f'<nav aria-label="Pages">{links}</nav>{_THEME_BUTTON}</header>'
    )


def _link(page: PageOf, *, is_current: bool) -> str:
    mark = ' aria-current="page"' if is_current else ""
    return f'<a href="{escape(page.path)}"{mark}>{escape(page.title)}</a>'
