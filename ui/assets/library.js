// The library page: the table of sources, what is being fetched, the map, and the reader, each under an address of its own.
// Jobs are those of /v1: the page starts, follows and ends them as any other client does.
(() => {
  const LOOK = 4000;      // milliseconds between two looks at the list of jobs, while the page is seen
  const SHOWN = 5;        // jobs that are listed
  const ENDED = ['done', 'failed', 'cancelled'];
  const STATES = {waiting: 'waiting', running: 'running', done: 'done', failed: 'failed', cancelled: 'cancelled'};

  window.ninestep.library = (page) => {
    const {asked, json, make, alert, fill} = window.ninestep;
    const part = (name) => page.querySelector(`[data-${name}]`);
    const told = part('told');
    const jobs = new Map();    // id -> {job, row, stream}
    let sourcesAt = 0;

    // ---- which view the address names
    const show = async () => {
      const values = new URLSearchParams(location.search);
      const document_ = values.get('document');
      const source = values.get('source');
      const isOne = Boolean(document_ || source);
      page.querySelector('[data-view="one"]').hidden = !isOne;
      page.querySelector('[data-view="all"]').hidden = isOne;
      if (!isOne) return list(values.get('view') === 'map');
      const place = ['start', 'end'].filter((name) => values.has(name)).map((name) => `${name}=${encodeURIComponent(values.get(name))}`).join('&');
      const address = document_ ? `/parts/documents/${encodeURIComponent(document_)}?${place}` : `/parts/sources/${encodeURIComponent(source)}`;
      const body = page.querySelector('[data-view="one"] [data-body]');
      body.replaceChildren(make('p', 'ns-wait', 'Opening'));
      if (!await fill(body, address)) {
        const back = make('a', 'ns-link', 'Library');
        back.href = '/library';
        body.prepend(back);
      }
      document.title = `${body.querySelector('h1')?.textContent ?? 'Library'} · ninestep`;
      if (matchMedia('(max-width: 64rem)').matches) body.querySelector('.ns-outline details')?.removeAttribute('open');
      const mark = body.querySelector('mark.ns-quote') ?? (location.hash && document.getElementById(location.hash.slice(1)));
      if (mark) mark.scrollIntoView({block: 'center'}); else window.scrollTo(0, 0);
    };
    const list = (isMap) => {
      document.title = 'Library · ninestep';
      for (const [name, on] of [['sources', !isMap], ['map', isMap]]) {
        part(name).hidden = !on;
        page.querySelector(`[data-do="${name}"]`).setAttribute('aria-pressed', String(on));
      }
      page.querySelector('.ns-add').hidden = isMap;
      look();
      return isMap ? draw() : sources();
    };
    const go = (address) => { history.pushState(null, '', address); show(); };

    // ---- sources
    const sources = async () => {
      const held = part('sources');
      const state = {...read(held)};
      const open = await fill(held, '/parts/sources');
      if (open) write(held, state);
      sourcesAt = Date.now();
    };
    const read = (held) => ({
      find: held.querySelector('[name="find"]')?.value, kind: held.querySelector('[name="kind"]')?.value,
      sort: held.querySelector('[name="sort"]')?.value, down: held.dataset.down,
      status: held.querySelector('.ns-pick[aria-pressed="true"]')?.dataset.status,
    });
    const write = (held, state) => {
      for (const name of ['find', 'kind', 'sort']) if (state[name]) held.querySelector(`[name="${name}"]`).value = state[name];
      if (state.status) held.querySelector(`.ns-pick[data-status="${CSS.escape(state.status)}"]`)?.setAttribute('aria-pressed', 'true');
      arrange(held);
    };
    const arrange = (held) => {
      const state = read(held);
      const rows = [...held.querySelectorAll('tbody tr')];
      const down = held.dataset.down === 'yes';
      const key = {listed: 'place', title: 'title', status: 'status', documents: 'documents', chunks: 'chunks', fetched: 'fetched'}[state.sort];
      const isNumber = ['place', 'documents', 'chunks'].includes(key);
      rows.sort((a, b) => {
        const [x, y] = [a.dataset[key], b.dataset[key]];
        const order = isNumber ? x - y : x.localeCompare(y);
        return (down ? -order : order) || a.dataset.place - b.dataset.place;
      });
      const find = (state.find ?? '').toLowerCase().trim();
      let shown = 0;
      for (const row of rows) {
        row.hidden = Boolean((state.status && row.dataset.status !== state.status) || (state.kind && row.dataset.kind !== state.kind)
          || !row.dataset.find.includes(find));
        shown += !row.hidden;
      }
      held.querySelector('tbody').append(...rows);
      held.querySelectorAll('th[data-sort]').forEach((head) => head.setAttribute('aria-sort',
        head.dataset.sort === state.sort ? (down ? 'descending' : 'ascending') : 'none'));
      held.querySelector('[data-shown]').textContent = `${shown} of ${rows.length} sources are shown`;
      held.querySelector('.ns-sources').classList.toggle('ns-none', !shown);
    };
    part('sources').addEventListener('input', (event) => {
      if (event.target.name === 'sort') delete part('sources').dataset.down;
      arrange(part('sources'));
    });
    part('sources').addEventListener('click', (event) => {
      const held = part('sources');
      const pick = event.target.closest('.ns-pick');
      const head = event.target.closest('th[data-sort] button')?.parentElement;
      if (pick) {
        const on = pick.getAttribute('aria-pressed') !== 'true';
        held.querySelectorAll('.ns-pick').forEach((one) => one.setAttribute('aria-pressed', String(on && one === pick)));
      } else if (head) {
        const field = held.querySelector('[name="sort"]');
        const isSame = field.value === head.dataset.sort;
        const figures = ['documents', 'chunks', 'fetched'].includes(head.dataset.sort);
        held.dataset.down = (isSame ? held.dataset.down !== 'yes' : figures) ? 'yes' : 'no';
        field.value = head.dataset.sort;
      } else return;
      arrange(held);
    });

    // ---- the map
    const draw = async (by = page.querySelector('[data-by][aria-pressed="true"]').dataset.by) => {
      page.querySelectorAll('[data-by]').forEach((one) => one.setAttribute('aria-pressed', String(one.dataset.by === by)));
      await fill(part('chart'), `/parts/map?by=${by}`);
    };
    const placeOf = (dot) => dot.getAttribute('transform').match(/[\d.]+/g).map(Number);
    const next = (dots, from, key) => {
      const [x, y] = placeOf(from);
      const [dx, dy] = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[key];
      let best = null; let least = Infinity;
      for (const dot of dots) {
        const [a, b] = placeOf(dot);
        const along = (a - x) * dx + (b - y) * dy;
        const aside = Math.abs((a - x) * dy) + Math.abs((b - y) * dx);
        const cost = along + 2 * aside;
        if (along > 0.5 && cost < least) { best = dot; least = cost; }
      }
      return best;
    };
    const chart = part('chart');
    chart.addEventListener('keydown', (event) => {
      const dot = event.target.closest?.('.ns-dot');
      if (!dot || !event.key.startsWith('Arrow')) return;
      event.preventDefault();
      const dots = [...chart.querySelectorAll('.ns-dot:not(.ns-faint)')];
      const there = next(dots, dot, event.key);
      if (!there) return;
      dot.setAttribute('tabindex', '-1');
      there.setAttribute('tabindex', '0');
      there.focus();
    });
    const name = (event) => {
      const dot = event.target.closest?.('.ns-dot');
      const line = chart.querySelector('.ns-named');
      if (dot && line) line.textContent = dot.getAttribute('aria-label');
    };
    chart.addEventListener('focusin', name);
    chart.addEventListener('mouseover', name);
    chart.addEventListener('click', (event) => {
      const pick = event.target.closest('.ns-pick');
      if (!pick) return;
      const on = pick.getAttribute('aria-pressed') !== 'true';
      chart.querySelectorAll('.ns-pick').forEach((one) => one.setAttribute('aria-pressed', String(on && one === pick)));
      const dots = [...chart.querySelectorAll('.ns-dot')];
      dots.forEach((dot) => dot.classList.toggle('ns-faint', on && dot.dataset.group !== pick.dataset.group));
      const seen = dots.filter((dot) => !dot.classList.contains('ns-faint'));
      dots.forEach((dot) => dot.setAttribute('tabindex', dot === seen[0] ? '0' : '-1'));
    });

    // ---- jobs
    const what = (job) => {
      const named = [...job.urls, ...job.files];
      if (job.sources.length > 3) named.push(`${job.sources.length} listed sources`); else named.push(...job.sources);
      return named.join(', ') || 'ingestion';
    };
    const stage = (said) => {
      if (said.stage === 'fetching') {
        const failed = said.failed ? `, ${said.failed} failed` : '';
        return `Fetching: ${said.done} of ${said.total}${failed}${said.source_id ? ` · ${said.source_id}: ${said.outcome}` : ''}`;
      }
      if (said.stage?.startsWith('embedding')) return `Indexing ${said.stage.slice(10)}: ${said.done} of ${said.total}`;
      return {started: 'Starting', indexed: 'Indexed'}[said.stage] ?? '';
    };
    const rowOf = (job) => {
      const row = make('article', 'ns-job');
      const head = make('p', 'ns-job-head');
      head.append(make('span', 'ns-job-state'), make('strong', '', what(job)));
      const cancel = make('button', 'ns-plainly', 'Cancel');
      cancel.type = 'button';
      cancel.append(make('span', 'ns-off', ` ${what(job)}`));
      cancel.addEventListener('click', async () => {
        cancel.disabled = true;
        try { paint((await json(`/v1/jobs/${job.id}/cancel`, {})), {}); } catch (error) { say(error.message); }
      });
      head.append(cancel);
      const bar = make('progress', 'ns-progress');
      bar.setAttribute('aria-label', `Progress of ${what(job)}`);
      bar.max = 1;
      row.append(head, bar, make('p', 'ns-place ns-job-said'));
      return row;
    };
    const paint = (job, said) => {
      const held = jobs.get(job.id);
      held.job = {...held.job, ...job};
      const row = held.row;
      const isOver = ENDED.includes(job.state);
      row.dataset.state = job.state;
      row.querySelector('.ns-job-state').textContent = STATES[job.state] ?? job.state;
      row.querySelector('button').hidden = isOver;
      const bar = row.querySelector('progress');
      bar.hidden = isOver;
      if (said.total) bar.value = said.done / said.total; else if (job.state === 'waiting') bar.value = 0; else bar.removeAttribute('value');
      row.querySelector('.ns-job-said').textContent = isOver ? held.job.message : stage(said) || 'Waiting for its turn';
    };
    const follow = (id) => {
      const held = jobs.get(id);
      if (held.stream || ENDED.includes(held.job.state)) return;
      held.stream = new EventSource(`/v1/jobs/${id}/events`);
      held.stream.addEventListener('progress', (event) => {
        const said = JSON.parse(event.data);
        paint({...held.job, state: ENDED.includes(said.state) ? held.job.state : said.state}, said);
        if (said.stage === 'fetching' && Date.now() - sourcesAt > 5000 && !part('sources').hidden) sources();
      });
      held.stream.addEventListener('done', (event) => {
        held.stream.close();
        paint(JSON.parse(event.data), {});
        if (!part('sources').hidden) sources();
      });
      held.stream.onerror = () => { if (held.stream.readyState === EventSource.CLOSED) held.stream = null; };
    };
    const look = async () => {
      let all;
      try {
        all = await json('/v1/jobs');
      } catch (error) {
        const section = part('jobs');
        section.hidden = false;
        section.replaceChildren(alert(`Ingestion cannot be shown: ${error.message}.`));
        jobs.clear();
        return;
      }
      const section = part('jobs');
      const known = all.slice(0, SHOWN);
      for (const job of known) {
        if (!jobs.has(job.id)) jobs.set(job.id, {job, row: rowOf(job), stream: null});
        if (!jobs.get(job.id).stream || ENDED.includes(job.state)) paint(job, job.progress);
        follow(job.id);
      }
      const isMap = !part('map').hidden; // there, what has ended would only push the map down
      section.hidden = !known.some((job) => !isMap || !ENDED.includes(job.state));
      const rows = known.map((job) => jobs.get(job.id).row);
      if (rows.length !== section.children.length || rows.some((row, place) => row !== section.children[place])) section.replaceChildren(...rows);
    };
    const say = (message) => { told.textContent = message; told.hidden = !message; };
    const start = async (body) => {
      say('');
      try { await json('/v1/ingest', body); await look(); return true; } catch (error) { say(error.message); return false; }
    };
    const upload = async (files) => {
      say('');
      for (const file of files) {
        try {
          await asked(`/v1/ingest/file?name=${encodeURIComponent(file.name)}`, {
            method: 'POST', headers: {'content-type': 'application/octet-stream'}, body: file,
          });
        } catch (error) {
          say(`${file.name}: ${error.message}`);
        }
        await look();
      }
    };
    part('add').addEventListener('submit', async (event) => {
      event.preventDefault();
      if (await start({urls: [event.target.elements.url.value]})) event.target.reset();
    });
    part('files').addEventListener('change', async (event) => { await upload([...event.target.files]); event.target.value = ''; });
    const drop = part('drop');
    for (const kind of ['dragenter', 'dragover', 'dragleave', 'drop']) {
      drop.addEventListener(kind, (event) => {
        event.preventDefault();
        drop.classList.toggle('ns-over', kind === 'dragenter' || kind === 'dragover');
        if (kind === 'drop') upload([...event.dataTransfer.files]);
      });
    }

    const act = {
      sources: () => go('/library'),
      map: () => go('/library?view=map'),
      fetch: (button) => start(button.dataset.url ? {urls: [button.dataset.url]} : {sources: [button.dataset.source]}).then((began) => {
        if (began && part('jobs').closest('[hidden]')) go('/library');
        if (began) part('jobs').scrollIntoView({block: 'center'});
      }),
      all: async () => {
        const listed = [...part('sources').querySelectorAll('[data-do="fetch"][data-source]')].map((one) => one.dataset.source);
        await start({sources: listed});
      },
    };
    page.addEventListener('click', (event) => {
      const button = event.target.closest('[data-do]');
      if (button) act[button.dataset.do]?.(button);
      const by = event.target.closest('[data-by]');
      if (by) draw(by.dataset.by);
      const link = event.target.closest('a[href^="/library?"], a[href="/library"]');
      if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
        event.preventDefault();
        go(link.getAttribute('href'));
      }
    });
    window.addEventListener('popstate', show);
    setInterval(() => { if (!document.hidden && !page.querySelector('[data-view="all"]').hidden) look(); }, LOOK);
    show();
    if (!page.querySelector('[data-view="one"]').hidden) look();
  };
})();
