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
