// What all pages share: the switch between light and dark, and "/" to the page's main field.
// A page's own script stands in a file of the page's name and hangs its functions on `window.ninestep`.
(() => {
  const KEY = 'ninestep-theme';
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  const wanted = () => {
    const kept = localStorage.getItem(KEY);
    return kept ? kept === 'dark' : system.matches;
  };

  // Gradio sets the class by the system's wish whenever it starts; the reader's own choice stands over it.
  const apply = () => {
    const dark = wanted();
    if (document.body.classList.contains('dark') !== dark) document.body.classList.toggle('dark', dark);
    document.documentElement.style.colorScheme = dark ? 'dark' : 'light';
    document.querySelectorAll('.ns-theme').forEach((one) => one.setAttribute('aria-pressed', String(dark)));
  };

  const toggle = () => {
    localStorage.setItem(KEY, wanted() ? 'light' : 'dark');
    apply();
  };

  const start = () => {
    apply();
    new MutationObserver(apply).observe(document.body, {attributes: true, attributeFilter: ['class']});
    system.addEventListener('change', apply);
  };

  const isTyping = (target) => /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable;

  document.addEventListener('click', (event) => {
    if (event.target.closest?.('.ns-theme')) toggle();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const field = document.querySelector('#ns-ask textarea, #ns-query textarea, #ns-query input');
    if (field) { field.focus(); event.preventDefault(); }
  });

  // Gradio gives all pages one title; each has its own in the history of the browser.
  const frame = () => {
    apply();
    const open = document.querySelector('.ns-header [aria-current]');
    if (open) document.title = `${open.textContent} · ninestep`;
  };

  window.ninestep = {isTyping, frame};
  if (document.body) start(); else document.addEventListener('DOMContentLoaded', start);
})();
