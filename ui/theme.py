"""How the pages look: system fonts only, one accent, calm in light and in dark. Nothing is loaded from anywhere."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gradio as gr

_FONTS = ["system-ui", "Segoe UI", "Roboto", "Helvetica", "Arial", "sans-serif"]
_MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]


def theme() -> "gr.themes.Base":
    """The Gradio theme."""
    import gradio as gr

    return gr.themes.Base(primary_hue="teal", neutral_hue="slate", font=_FONTS, font_mono=_MONO)


CSS = """
:root { --ns-soft: #475569; }
.dark { --ns-soft: #b4c0d0; }
.gradio-container { max-width: 1320px !important; margin: 0 auto; }
footer.svelte-1rjryqp, footer { display: none !important; }
.ns-head h1 { font-size: 1.5rem; margin: 0; letter-spacing: -0.01em; }
.ns-head p { margin: .25rem 0 0; color: var(--ns-soft); }
.ns-thread, .ns-side { padding: 0 .25rem; }
.ns-question { font-size: 1.2rem; margin: 1.2rem 0 .4rem; line-height: 1.35; overflow-wrap: anywhere; }
.ns-summary { color: var(--ns-soft); font-size: .85rem; margin: 0 0 .8rem; }
.ns-turn p { line-height: 1.6; margin: .45rem 0; max-width: 74ch; }
.ns-section { border-top: 1px solid var(--border-color-primary); padding: .55rem 0; }
.ns-section summary { cursor: pointer; display: flex; gap: .6rem; align-items: center; font-weight: 600;
  list-style: none; }
.ns-section summary::-webkit-details-marker { display: none; }
.ns-section summary:focus-visible, .ns-chip:focus-visible, .ns-link:focus-visible {
  outline: 2px solid #0f766e; outline-offset: 2px; }
.ns-table { overflow-x: auto; margin: 1rem 0; }
.ns-table table { border-collapse: collapse; font-size: .85rem; min-width: 40rem; }
.ns-table th, .ns-table td { border: 1px solid var(--border-color-primary); padding: .45rem .6rem; text-align: left;
  vertical-align: top; line-height: 1.45; min-width: 9rem; }
@media (max-width: 720px) {
  .ns-table table, .ns-table tbody, .ns-table tr, .ns-table th, .ns-table td { display: block; min-width: 0; }
  .ns-table thead { display: none; }
  .ns-table td::before { content: attr(data-label); display: block; font-weight: 600; color: var(--ns-soft); }
}
.ns-step { background: #0f766e; color: #fff; border-radius: 999px; width: 1.6rem; height: 1.6rem; flex: none;
  display: inline-flex; align-items: center; justify-content: center; font-size: .85rem; }
.ns-tally { margin-left: auto; font-weight: 400; font-size: .8rem; color: var(--ns-soft); }
.ns-chip { background: #ccfbf1; color: #134e4a; border: 1px solid #5eead4; border-radius: .4rem; font-size: .75rem;
  line-height: 1; padding: .18rem .42rem; cursor: pointer; vertical-align: 1px; font-weight: 600; }
.ns-chip:hover, .ns-chip.ns-on { background: #0f766e; color: #fff; border-color: #0f766e; }
.ns-verdict { font-size: .75rem; border: 1px solid currentColor; border-radius: .3rem; padding: 0 .3rem; opacity: .8; }
.ns-nothing { color: var(--ns-soft); font-style: italic; }
.ns-notice { border-left: 4px solid #b45309; padding: .5rem .8rem; background: var(--background-fill-secondary); }
.ns-declined { border-left: 4px solid #64748b; padding: .4rem .9rem; background: var(--background-fill-secondary); }
.ns-declined ul { margin: .2rem 0 .4rem 1.2rem; list-style: disc; }
.ns-passages { display: none; }
.ns-passages.ns-shown { display: block; }
.ns-passages h3 { font-size: .95rem; margin: .4rem 0 .6rem; }
#ns-side { position: sticky; top: .75rem; align-self: flex-start; }
.ns-scroll { max-height: calc(100vh - 3rem); padding: 3px; overflow-y: auto; overscroll-behavior: contain; }
.ns-card { border: 1px solid var(--border-color-primary); border-radius: .6rem; padding: .7rem .85rem;
  margin: 0 0 .7rem;
  background: var(--background-fill-primary); }
.ns-card.ns-on { border-color: #0f766e; box-shadow: 0 0 0 2px #0f766e; }
.ns-card header { display: flex; gap: .5rem; align-items: baseline; }
.ns-number { background: #0f766e; color: #fff; border-radius: .35rem; padding: 0 .4rem; font-size: .8rem; flex: none; }
.ns-place { color: var(--ns-soft); font-size: .82rem; margin: .15rem 0 .4rem; }
.ns-card blockquote { font-size: .88rem; line-height: 1.55; margin: 0; white-space: pre-line; overflow-wrap: anywhere;
  color: var(--ns-soft); border: 0; padding: 0; }
.ns-quote { background: #fef08a; color: #1c1917; padding: .05rem .1rem; border-radius: .2rem; }
.ns-card footer { display: flex !important; flex-wrap: wrap; gap: .9rem; font-size: .78rem; margin-top: .5rem;
  color: var(--ns-soft); }
.ns-link { color: #0f766e; text-decoration: underline; }
.dark .ns-link { color: #5eead4; }
.dark .ns-chip { background: #134e4a; color: #ccfbf1; border-color: #0f766e; }
.ns-empty { color: var(--ns-soft); padding: .6rem 0; max-width: 60ch; line-height: 1.6; }
@media (max-width: 640px) {
  .gradio-container { padding: .5rem !important; }
  .ns-scroll { max-height: none; }
}
"""

HEAD = """
<script>
(() => {
  const show = (turn) => document.querySelectorAll('.ns-passages').forEach(
    (one) => one.classList.toggle('ns-shown', one.dataset.turn === String(turn)));
  document.addEventListener('click', (event) => {
    const chip = event.target.closest && event.target.closest('.ns-chip');
    if (!chip) return;
    show(chip.dataset.turn);
    document.querySelectorAll('.ns-on').forEach((one) => one.classList.remove('ns-on'));
    const card = document.getElementById(chip.dataset.cite);
    chip.classList.add('ns-on');
    if (!card) return;
    card.classList.add('ns-on');
    const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    card.scrollIntoView({block: 'nearest', behavior: calm ? 'auto' : 'smooth'});
    card.focus({preventScroll: true});
  });
  document.addEventListener('keydown', (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
    if (event.key === '/' && !typing) {
      const box = document.querySelector('#ns-ask textarea, #ns-ask input');
      if (box) { box.focus(); event.preventDefault(); }
    }
  });
})();
</script>
"""
