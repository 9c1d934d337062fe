"""The search page: passages for a query, best first, with reasons. What is searched for stands in the page's address.

This module is the page's still frame; `assets/search.js` moves it, `ui.browse` answers it, `ui.hits` draws what it
finds.
"""

from ui import still
from ui.frame import Parts
from ui.marks import select

_KINDS = ("fact", "how", "design", "comparison", "symptom", "company", "numeric", "keyword", "vague", "misspelt")
_SHELL = f"""
<h1>Search</h1>
<form class="ns-search-form" id="ns-query" role="search">
  <div class="ns-line">
    <label class="ns-off" for="ns-words">Query</label>
    <input type="search" id="ns-words" name="query" placeholder="negative sampling" autocomplete="off"
      maxlength="2000" required>
    <button type="submit" class="ns-button ns-main-button">Search</button>
  </div>
  <div data-form aria-busy="true"></div>
</form>
<p class="ns-off" role="status" data-status></p>
<div data-results>
  <p class="ns-quiet">Passages that are nearest to what you type, by meaning and by words, each with the reasons for
    its place.</p>
</div>
<div class="ns-after" data-after hidden>
  <button type="button" class="ns-button" data-do="more">Show more</button>
  <form class="ns-why-form" data-why>
    <label class="ns-field"><span>Why not this document?</span>
      <input name="document" list="ns-documents" placeholder="title or id" autocomplete="off" required
        maxlength="400"></label>
    <button type="submit" class="ns-button">Explain</button>
    <div data-told aria-live="polite"></div>
  </form>
  <form class="ns-save" data-save>
    <button type="button" class="ns-button" data-do="judge" aria-expanded="false">Save as an evaluation
      question</button>
    <div data-judging hidden>
      <p class="ns-quiet">Say beneath each passage how well it answers. What you do not judge stays open. If nothing
        here answers, say why the library cannot.</p>
      {select("kind", "Kind of question", {kind: kind for kind in _KINDS})}
      <label class="ns-field"><span>The library cannot answer, because</span>
        <input name="decline" maxlength="500" autocomplete="off"></label>
      <button type="submit" class="ns-button ns-main-button">Save</button>
      <p data-saved role="status"></p>
    </div>
  </form>
</div>
"""


def build(_: Parts) -> None:
    """Lay the page out."""
    still.lay("search", _SHELL)
