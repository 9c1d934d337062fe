"""The ask page: a question, a cited answer piece by piece, and beside it the cited passages.

This module is the page's still frame; `assets/ask.js` moves it, the routes of `ui.conversation` answer it, and
`ui.render` draws what they send. A conversation lives in the browser that holds it: the server keeps none.
"""

from html import escape

from ui import render, suggest
from ui.frame import Parts

_START = "const start = () => window.ninestep?.ask ? ninestep.ask(element) : setTimeout(start, 15); start();"

_HISTORY = """
<aside class="ns-history" aria-label="Conversations" id="ns-history">
  <button type="button" class="ns-new" data-do="new"><span aria-hidden="true">+</span> New question</button>
  <label class="ns-find"><span class="ns-off">Search conversations</span>
    <input type="search" placeholder="Search conversations" autocomplete="off"></label>
  <ul class="ns-past"></ul>
  <p class="ns-local">Kept in this browser alone.
    <button type="button" class="ns-plainly" data-do="forget" hidden>Delete all</button></p>
</aside>
"""
_HELLO = """
<div class="ns-hello">
  <h1>What are you designing?</h1>
  <p>Ask about a machine-learning system, or any part of one. Answers are made of sentences from the library,
  each with a number that opens the place it was taken from.</p>
</div>
"""
_COMPOSER = """
<form class="ns-composer" id="ns-ask">
  <p class="ns-notice" role="alert" hidden></p>
  <div class="ns-box">
    <label class="ns-off" for="ns-question">Your question</label>
    <textarea id="ns-question" class="ns-bare" rows="1" placeholder="Design a newsfeed" autocomplete="off"
      enterkeyhint="send"></textarea>
    <button type="submit" class="ns-send">Ask</button>
    <button type="button" class="ns-stop" data-do="stop" hidden>Stop</button>
  </div>
  <p class="ns-hint"><span class="ns-model" role="status"></span>
    <span class="ns-keys"><kbd>/</kbd> to ask · <kbd>←</kbd> <kbd>→</kbd> through citations ·
    <kbd>Esc</kbd> to close</span></p>
</form>
"""
_PANEL = """
<aside class="ns-panel" id="ns-side" aria-label="Passages" hidden>
  <div class="ns-panel-head"><h2>Sources</h2><span class="ns-place ns-count"></span>
    <button type="button" class="ns-icon" data-do="previous" aria-label="Previous source">←</button>
    <button type="button" class="ns-icon" data-do="next" aria-label="Next source">→</button>
    <button type="button" class="ns-icon" data-do="close" aria-label="Close sources">✕</button></div>
  <div class="ns-scroll" tabindex="0" role="region" aria-label="Cited passages"></div>
</aside>
"""


def build(parts: Parts) -> None:
    """Lay the page out."""
    import gradio as gr

    del parts  # the routes have them; the frame needs none
    gr.HTML(shell(), apply_default_css=False, js_on_load=_START, elem_classes="ns-whole", elem_id="ns-main")


def shell() -> str:
    """The page before anything is asked."""
    groups: dict[str, list[str]] = {}
    for kind, text in suggest.FIRST:
        groups.setdefault(kind, []).append(render.suggestion(text))
    columns = "".join(f"<div><h2>{escape(kind)}</h2>{''.join(buttons)}</div>" for kind, buttons in groups.items())
    return (
        f'<div class="ns-ask ns-is-empty">{_HISTORY}<div class="ns-talk">'
        '<button type="button" class="ns-plainly ns-open-history" data-do="history" aria-expanded="false" '
        f'aria-controls="ns-history">Conversations</button>{_HELLO}<div class="ns-thread"></div>{_COMPOSER}'
        f'<div class="ns-first" role="group" aria-label="Suggested questions">{columns}</div></div>{_PANEL}'
        '<p class="ns-off" role="status" id="ns-live"></p></div>'
    )
