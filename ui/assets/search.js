// The search page. Its address holds the whole search, so that it can be kept, shared and gone back to.
(() => {
  const STEP = 10;
  const MOST = 100;   // passages that the server gives at once

  window.ninestep.search = (page) => {
    const {fill, json, alert} = window.ninestep;
    const form = page.querySelector('form.ns-search-form');
    const [fields, results, after, status] = ['form', 'results', 'after', 'status'].map((name) => page.querySelector(`[data-${name}]`));
    const [why, told, save, judging, saved] = ['why', 'told', 'save', 'judging', 'saved'].map((name) => page.querySelector(`[data-${name}]`));
    let k = STEP;

    const said = () => {
      const values = new URLSearchParams();
      for (const [name, value] of new FormData(form)) {
        if (value.trim() && !(name === 'mode' && value === 'hybrid')) values.append(name, value.trim());
      }
      if (k !== STEP) values.set('k', k);
      return values;
    };

    const run = async ({keep = true} = {}) => {
      const values = said();
      if (keep) history.pushState(null, '', `${location.pathname}?${values}`);
      mindFilters();
      if (!values.get('query')) return;
      told.replaceChildren();
      saved.textContent = '';
      const found = await fill(results, `/parts/search?${values}`);
      const count = results.querySelectorAll('.ns-hits > li').length;
      after.hidden = !found;
      page.querySelector('[data-do="more"]').hidden = !count || k >= MOST || results.querySelector('.ns-hits').children.length < k;
      status.textContent = found ? (count ? `${count} passages` : 'nothing was found') : '';
      fold();
    };

    // Long passages are folded to a few lines; a button opens them.
    const fold = () => results.querySelectorAll('[data-more]').forEach((text) => {
      if (text.scrollHeight <= text.clientHeight + 4) return;
      const button = window.ninestep.make('button', 'ns-plainly', 'Whole passage');
      button.type = 'button';
      button.setAttribute('aria-expanded', 'false');
      button.addEventListener('click', () => {
        const open = text.classList.toggle('ns-open');
        button.textContent = open ? 'Less' : 'Whole passage';
        button.setAttribute('aria-expanded', String(open));
      });
      text.after(button);
    });

    const load = async () => {
      const values = new URLSearchParams(location.search);
      form.elements.query.value = values.get('query') ?? '';
      k = Math.min(Number(values.get('k')) || STEP, MOST);
      await fill(fields, `/parts/search/form?${values}`);
      mindFilters();
      if (values.get('query')) await run({keep: false});
    };

    const tally = () => fields.querySelectorAll('.ns-facet').forEach((facet) => {
      const count = facet.querySelectorAll('input:checked').length;
      const summary = facet.querySelector('summary');
      summary.querySelector('.ns-tally')?.remove();
      if (count) summary.append(' ', window.ninestep.make('span', 'ns-tally', String(count)));
    });
    const mindFilters = () => {
      const clear = fields.querySelector('[data-do="clear"]');
      if (clear) clear.hidden = !fields.querySelector('input:checked') && ![...fields.querySelectorAll('[name="since"], [name="until"]')].some((one) => one.value);
    };

    const act = {
      more: () => { k = Math.min(k + STEP, MOST); run(); },
      clear: () => {
        fields.querySelectorAll('input[type="checkbox"]').forEach((one) => { one.checked = false; });
        fields.querySelectorAll('input[name="since"], input[name="until"]').forEach((one) => { one.value = ''; });
        tally();
        run();
      },
      judge: (button) => {
        judging.hidden = !judging.hidden;
        button.setAttribute('aria-expanded', String(!judging.hidden));
        page.classList.toggle('ns-judging', !judging.hidden);
        if (!judging.hidden) results.querySelector('.ns-grade select')?.focus();
      },
    };
    page.addEventListener('click', (event) => {
      const button = event.target.closest('[data-do]');
      if (button) act[button.dataset.do]?.(button);
    });
    page.addEventListener('input', (event) => {
      if (!event.target.matches('.ns-narrow')) return;
      const wanted = event.target.value.toLowerCase();
      event.target.parentElement.querySelectorAll('.ns-tick').forEach((tick) => {
        tick.hidden = !tick.textContent.toLowerCase().includes(wanted);
      });
    });
    form.addEventListener('change', (event) => {
      if (event.target.matches('.ns-narrow, [name="query"]')) return;
      tally();
      if (form.reportValidity()) { k = STEP; run(); }
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (document.activeElement?.matches('.ns-narrow')) return;
      k = STEP;
      run();
    });
    // An open list of values closes when one clicks or tabs elsewhere, or with Escape.
    document.addEventListener('click', (event) => page.querySelectorAll('.ns-facet[open]').forEach((one) => {
      if (!one.contains(event.target)) one.open = false;
    }));
    page.addEventListener('focusin', (event) => page.querySelectorAll('.ns-facet[open]').forEach((one) => {
      if (!one.contains(event.target)) one.open = false;
    }));
    page.addEventListener('keydown', (event) => {
      const open = event.key === 'Escape' && page.querySelector('.ns-facet[open]');
      if (open) { open.open = false; open.querySelector('summary').focus(); }
    });
    why.addEventListener('submit', async (event) => {
      event.preventDefault();
      const values = said();
      values.delete('against');
      values.set('document', why.elements.document.value);
      await fill(told, `/parts/why?${values}`);
    });
    save.addEventListener('submit', async (event) => {
      event.preventDefault();
      const judgments = [...results.querySelectorAll('.ns-hit')].flatMap((hit) => {
        const grade = hit.querySelector('[name="grade"]')?.value;
        const {document: id, start, end} = hit.dataset;
        return grade ? [{document: id, start: Number(start), end: Number(end), grade: Number(grade)}] : [];
      });
      const decline = save.elements.decline.value.trim();
      if (Boolean(decline) === judgments.some((one) => one.grade > 0)) {
        saved.replaceChildren(alert(decline
          ? 'A passage is judged to answer, and the library is said not to: take one of the two back.'
          : 'Judge at least one passage as related or better, or say why the library cannot answer.'));
        return;
      }
      const body = {question: said().get('query'), kind: save.elements.kind.value, decline, judgments};
      try {
        saved.replaceChildren((await json('/parts/golden', body)).message);
      } catch (error) {
        saved.replaceChildren(alert(error.message));
      }
    });
    window.addEventListener('popstate', load);
    load();
  };
})();
