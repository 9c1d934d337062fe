"""The quality page: how well search and answers do, as saved evaluations measured it. Drawn by `ui.results`."""

from ui import still
from ui.frame import Parts

_SHELL = """
<h1>Quality</h1>
<p class="ns-quiet">How well search and answers do, as measured on questions that people judged.</p>
<div data-body aria-busy="true"><p class="ns-wait">Reading saved evaluations</p></div>
"""


def build(_: Parts) -> None:
    """Lay the page out."""
    still.lay("quality", _SHELL)
