"""The library page: every source and how it fares, what is being fetched, a map, and the reader.

This module is the page's still frame; `assets/library.js` moves it, `ui.browse` answers it. Ingestion goes through
/v1, as for any other client: `assets/library.js` starts, follows and ends the same jobs.
"""

from assistant.api.schemas import ENDINGS
from assistant.api.uploads import MAX_FILE
from ui import still
from ui.drawing import By
from ui.frame import Parts

_BY = "".join(
    f'<button type="button" data-by="{by}" aria-pressed="{str(by is By.TOPIC).lower()}">{by.capitalize()}</button>'
    for by in By
)
_ACCEPTED = ",".join(f".{ending}" for ending in ENDINGS)
_SHELL = f"""
<div data-view="one" hidden><div data-body aria-live="off"></div></div>
<div data-view="all">
  <div class="ns-title-line"><h1>Library</h1>
    <div class="ns-views" role="group" aria-label="View">
      <button type="button" data-do="sources" aria-pressed="true">Sources</button>
      <button type="button" data-do="map" aria-pressed="false">Map</button></div></div>
  <section class="ns-add" aria-label="Add to the library">
    <form data-add>
      <label class="ns-field ns-wide"><span>Add a page or a paper by its address</span>
        <input type="url" name="url" placeholder="https://" autocomplete="off" maxlength="2000" required></label>
      <button type="submit" class="ns-button ns-main-button">Fetch</button>
    </form>
    <label class="ns-drop" data-drop><input type="file" multiple accept="{_ACCEPTED}" class="ns-off" data-files>
      <span>Drop files here, or <u>choose them</u></span>
      <span class="ns-place">PDF, Markdown, HTML, notebooks, Word, PowerPoint, captions, text; up to
        {MAX_FILE // 2**20} MiB each</span></label>
    <button type="button" class="ns-button" data-do="all">Fetch every listed source</button>
  </section>
  <p data-told role="alert" class="ns-notice" hidden></p>
  <section data-jobs aria-label="Ingestion" hidden></section>
  <section data-sources aria-label="Sources" aria-busy="true"><p class="ns-wait">Reading the library</p></section>
  <section data-map hidden aria-label="Map">
    <div class="ns-views" role="group" aria-label="Colour by">{_BY}</div>
    <div data-chart aria-busy="true"><p class="ns-wait">Drawing the map</p></div></section>
</div>
"""


def build(_: Parts) -> None:
    """Lay the page out."""
    still.lay("library", _SHELL)
