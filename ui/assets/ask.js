// The ask page: sends a question, adds the pieces of its answer, opens citations, keeps conversations in this browser.
// The server draws every piece and escapes every text (ui/render.py); what this script writes itself is set as textContent.
(() => {
  const TICK = 55;          // milliseconds between two additions to the page: 18 a second
  const AT_ONCE = 3;        // pieces an addition takes at least, so that a whole design is there within a second
  const HISTORY = 20;       // questions of a conversation that go along with the next one
  const QUESTION = 2000;    // characters of one of them

  const calm = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  const id = () => Array.from(crypto.getRandomValues(new Uint8Array(8)), (one) => (one % 36).toString(36)).join('');
  const make = (tag, name, text) => {
    const made = document.createElement(tag);
    if (name) made.className = name;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const post = (address, body, signal) => fetch(address, {
    method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify(body), signal,
  });
  const failure = async (response) => {
    const told = await response.json().catch(() => ({}));
    return new Error(typeof told.detail === 'string' ? told.detail : `the server answered with ${response.status}`);
  };

  // ---- what this browser keeps: one record a conversation, in IndexedDB, which holds far more than local storage
  const store = (() => {
    let opened;
    const open = () => opened ??= new Promise((resolve, reject) => {
      const request = indexedDB.open('ninestep', 1);
      request.onupgradeneeded = () => request.result.createObjectStore('conversations', {keyPath: 'id'});
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    // A browser that keeps nothing, as some private windows, still answers: its conversations last as long as the page.
    const memory = new Map();
    const standIn = {
      getAll: () => [...memory.values()], get: (key) => memory.get(key), put: (one) => memory.set(one.id, one),
      delete: (key) => memory.delete(key), clear: () => memory.clear(),
    };
    const run = async (mode, act) => {
      let database;
      try { database = await open(); } catch { return act(standIn); }
      const request = act(database.transaction('conversations', mode).objectStore('conversations'));
      return new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    };
    return {
      all: async () => (await run('readonly', (held) => held.getAll())).sort((a, b) => b.at - a.at),
      get: (key) => run('readonly', (held) => held.get(key)),
      put: (one) => run('readwrite', (held) => held.put(one)),
      remove: (key) => run('readwrite', (held) => held.delete(key)),
      clear: () => run('readwrite', (held) => held.clear()),
    };
  })();

  // ---- server-sent events of a POST, which EventSource cannot make
  async function* events(response) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const {value, done} = await reader.read();
      if (done) return;
      rest += value;
      const blocks = rest.split('\n\n');
      rest = blocks.pop();
      for (const block of blocks) {
        const fields = Object.fromEntries(block.split('\n').filter((line) => !line.startsWith(':')).map((line) => {
          const at = line.indexOf(':');
          return [line.slice(0, at), line.slice(at + 1).trimStart()];
        }));
        if (fields.data) yield {name: fields.event, data: JSON.parse(fields.data)};
      }
    }
  }

  window.ninestep.ask = (root) => {
    const page = root.querySelector('.ns-ask');
    const find = (selector) => page.querySelector(selector);
    const [thread, form, box, panel, scroll] =
      ['.ns-thread', '.ns-composer', '.ns-composer textarea', '.ns-panel', '.ns-scroll'].map(find);
    const live = find('#ns-live');

    let conversation = null;   // {id, at, title, turns: [{id, question, record, signature, text, view}]}
    let asking = null;         // AbortController of the answer that is coming
    let opener = null;         // the chip that opened the panel, to which Escape returns

    // ---- turns
    const article = (turn) => {
      const made = make('article', 'ns-turn');
      made.dataset.turn = turn.id;
      made.dataset.view = turn.view || 'document';
      made.append(make('h2', 'ns-question', turn.question.trim().slice(0, 300)));
      thread.append(made);
      const cards = make('section', 'ns-passages');
      cards.dataset.turn = turn.id;
      scroll.append(cards);
      page.classList.remove('ns-is-empty');
      document.documentElement.classList.add('ns-talking');
      return made;
    };
    const cardsOf = (turn) => scroll.querySelector(`.ns-passages[data-turn="${turn.id}"]`);
    const turnOf = (element) => {
      const held = element.closest('[data-turn]');
      return conversation?.turns.find((one) => one.id === held?.dataset.turn);
    };

    const frame = (turn, made, html) => {
      made.innerHTML = html;
      made.append(Object.assign(make('div', 'ns-end'), {}));
      made.lastChild.dataset.slot = 'end';
      setView(made, turn.view || 'document');
    };
    const add = (turn, made, piece) => {
      made.querySelector(`[data-slot="${piece.slot}"]`)?.insertAdjacentHTML('beforeend', piece.html);
      if (piece.cards) cardsOf(turn).insertAdjacentHTML('beforeend', piece.cards);
    };
    const intoView = (element) => element.scrollIntoView({block: 'nearest', behavior: calm() ? 'auto' : 'smooth'});
    const said = (made, text) => {
      const line = made.querySelector('.ns-said');
      line.textContent = text;
      if (text) intoView(line);
    };

    const notice = (made, message, {again = true} = {}) => {
      made.querySelector('.ns-wait')?.remove();
      made.removeAttribute('aria-busy');
      const told = make('div', 'ns-trouble');
      const line = make('p', 'ns-notice', message);
      line.setAttribute('role', 'alert');
      told.append(line);
      if (again) {
        const button = make('button', 'ns-act', 'Try again');
        button.type = 'button';
        button.dataset.act = 'again';
        told.append(button);
      }
      made.append(told);
      const figures = made.querySelector('.ns-summary');   // a long beginning hides what stands below it
      if (figures) figures.textContent = 'Not complete: what was found so far';
    };

    // ---- asking
    const ask = async (question) => {
      asking?.abort();
      hide();   // what it shows are passages of the answer before
      opener = null;
      const mine = asking = new AbortController();
      const turn = {id: id(), question, view: 'document'};
      conversation ??= {id: id(), title: question.trim().slice(0, 120), turns: []};
      const history = conversation.turns.filter((one) => one.record).map((one) => one.question.slice(0, QUESTION)).slice(-HISTORY);
      conversation.turns.push(turn);
      const made = article(turn);
      made.setAttribute('aria-busy', 'true');
      const wait = make('p', 'ns-wait', 'Reading the library');
      made.append(wait);
      busy(true);
      show(made);
      let since = setTimeout(() => { wait.textContent = model.name ? `${model.name} is reading the quotations` : 'Still reading'; }, 1500);
      const drawing = drawn(turn, made, mine.signal);
      let last = null;
      try {
        const response = await post('/chat/ask', {question, history, turn: turn.id}, mine.signal);
        if (!response.ok) throw await failure(response);
        for await (const {name, data} of events(response)) {
          clearTimeout(since);
          if (name === 'draft') sketch(made, data.text);
          else if (name === 'open') frame(turn, made, data.html);
          else if (name === 'piece') drawing.add(data);
          else if (name === 'done') last = data;
          else if (name === 'error') throw Object.assign(new Error(data.detail), {isRefused: data.status === 422});
        }
        await drawing.end();
        mine.signal.throwIfAborted();
        if (!last) throw new Error('the answer broke off; try again');
        Object.assign(turn, last);
        made.removeAttribute('aria-busy');
        live.textContent = `Answer ready. ${made.querySelector('.ns-summary')?.innerText ?? ''}`;
        await keep();
      } catch (error) {
        await drawing.end();
        const stopped = mine.signal.aborted;
        const lost = error instanceof TypeError ? 'The server cannot be reached. Is ninestep still running?' : null;
        notice(made, stopped ? 'Stopped.' : lost ?? sentence(error.message), {again: !error.isRefused});
        if (error.isRefused && !box.value) { box.value = question; grow(); }   // to be put otherwise
      } finally {
        clearTimeout(since);
        if (asking === mine) { asking = null; busy(false); }
      }
    };
    // What a language model writes, before any of it is checked: text added to a text, drawn again by the browser alone.
    const sketch = (made, text) => {
      let draft = made.querySelector('.ns-draft');
      if (!draft) {
        draft = make('p', 'ns-draft');
        made.querySelector('.ns-wait').textContent = 'A draft; each sentence is checked when it is whole';
        made.append(draft);
      }
      draft.append(text);
    };
    const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');

    // Adds what comes: the first at once, then at most 18 times a second; each piece costs the same however long the answer is.
    const drawn = (turn, made, signal) => {
      const queue = [];
      let timer = null, last = -TICK, whole = null;
      const step = () => {
        timer = null;
        if (signal.aborted) queue.length = 0;
        for (const piece of queue.splice(0, Math.max(AT_ONCE, Math.ceil(queue.length / 8)))) add(turn, made, piece);
        last = performance.now();
        if (queue.length) wake();
        else whole?.();
      };
      const wake = () => { timer ??= setTimeout(step, Math.max(0, last + TICK - performance.now())); };
      return {
        add: (piece) => { queue.push(piece); wake(); },
        end: () => new Promise((resolve) => { whole = resolve; wake(); }),   // when all that came is there
      };
    };

    const busy = (is) => {
      find('.ns-send').hidden = is;
      find('.ns-stop').hidden = !is;
    };
    const show = (made) => made.scrollIntoView({block: 'start', behavior: calm() ? 'auto' : 'smooth'});

    // ---- conversations
    const keep = async () => {
      conversation.at = Date.now();
      const turns = conversation.turns.filter((one) => one.record);
      if (!turns.length) return;
      await store.put({...conversation, turns});
      sessionStorage.setItem('ninestep-open', conversation.id);
      await list();
    };
    const draw = async (turn) => {
      const made = article(turn);
      const response = await post('/chat/show', {record: turn.record, turn: turn.id});
      if (!response.ok) return notice(made, sentence((await failure(response)).message));
      const {html, pieces} = await response.json();
      frame(turn, made, html);
      pieces.forEach((piece) => add(turn, made, piece));
      made.classList.add('ns-past-turn');
    };
    const open = async (key) => {
      const kept = await store.get(key);
      if (!kept) return;
      clear();
      conversation = kept;
      sessionStorage.setItem('ninestep-open', key);
      for (const turn of kept.turns) await draw(turn);
      list();
    };
    const clear = () => {
      asking?.abort();
      thread.replaceChildren();
      scroll.replaceChildren();
      close();
      conversation = null;
      sessionStorage.removeItem('ninestep-open');
      page.classList.add('ns-is-empty');
      document.documentElement.classList.remove('ns-talking');
      if (location.search) window.history.replaceState(null, '', location.pathname);
    };
    const list = async () => {
      const wanted = find('.ns-find input').value.toLowerCase().split(/\s+/).filter(Boolean);
      const all = await store.all();
      const words = (one) => `${one.title} ${one.turns.map((turn) => `${turn.question} ${turn.text ?? ''}`).join(' ')}`.toLowerCase();
      const shown = all.filter((one) => !wanted.length || wanted.every((word) => words(one).includes(word)));
      find('.ns-past').replaceChildren(...shown.map(entry));
      if (!shown.length) find('.ns-past').append(make('li', 'ns-place', all.length ? 'No conversation has these words.' : 'What you ask is listed here.'));
      find('[data-do="forget"]').hidden = !all.length;
    };
    const entry = (one) => {
      const line = make('li', `ns-kept${one.id === conversation?.id ? ' ns-current' : ''}`);
      const button = make('button', 'ns-entry');
      button.type = 'button';
      button.dataset.open = one.id;
      button.append(make('span', 'ns-entry-title', one.title), make('span', 'ns-place', when(one.at)));
      if (one.id === conversation?.id) button.setAttribute('aria-current', 'true');
      const remove = make('button', 'ns-icon', '✕');
      remove.type = 'button';
      remove.dataset.remove = one.id;
      remove.setAttribute('aria-label', `Delete “${one.title}”`);
      line.append(button, remove);
      return line;
    };
    const when = (at) => {
      const day = new Date(at);
      return day.toDateString() === new Date().toDateString()
        ? day.toLocaleTimeString([], {hour: '2-digit', minute: '2-digit'})
        : day.toLocaleDateString([], {day: 'numeric', month: 'short', year: 'numeric'});
    };

    // ---- the source panel
    const visible = (chip) => chip.offsetParent !== null;
    const chips = (turn) => [...thread.querySelectorAll(`[data-turn="${turn}"] .ns-body .ns-chip`)].filter(visible);
    const cite = (chip, {focus}) => {
      const turn = chip.closest('[data-turn]').dataset.turn;
      const card = document.getElementById(chip.dataset.cite);
      if (!card) return;
      opener = chip;
      panel.hidden = false;
      page.classList.add('ns-has-panel');
      scroll.querySelectorAll('.ns-passages').forEach((one) => one.classList.toggle('ns-shown', one.dataset.turn === turn));
      page.querySelectorAll('.ns-on').forEach((one) => one.classList.remove('ns-on'));
      chip.classList.add('ns-on');
      card.classList.add('ns-on');
      const number = card.querySelector('.ns-number')?.textContent;
      const count = scroll.querySelectorAll('.ns-shown .ns-number').length;
      find('.ns-count').textContent = number ? `${number} of ${count}` : '';
      const mark = card.querySelector('mark') ?? card;
      scroll.scrollTo({top: Math.max(0, card.offsetTop - 12, mark.offsetTop + mark.offsetHeight - scroll.clientHeight + 24), behavior: 'auto'});
      if (focus === 'card') card.focus({preventScroll: true});
      if (focus === 'chip') { chip.focus({preventScroll: true}); chip.scrollIntoView({block: 'nearest'}); }
    };
    const hide = () => {
      panel.hidden = true;
      page.classList.remove('ns-has-panel');
      page.querySelectorAll('.ns-on').forEach((one) => one.classList.remove('ns-on'));
    };
    const close = () => {
      if (panel.hidden) return false;
      hide();
      opener?.focus();
      return true;
    };
    const along = (by, focus) => {
      const turn = opener?.closest('[data-turn]')?.dataset.turn ?? thread.lastElementChild?.dataset.turn;
      const all = turn ? chips(turn) : [];
      if (!all.length) return;
      const at = all.findIndex((one) => one === opener);
      const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length;
      cite(all[next], {focus});
    };

    // ---- what can be done with an answer
    const setView = (made, view) => {
      made.dataset.view = view;
      made.querySelectorAll('[data-view]').forEach((one) => one.setAttribute('aria-pressed', String(one.dataset.view === view)));
    };
    const file = async (turn, made, form) => {
      const response = await post('/chat/export', {record: turn.record, view: made.dataset.view, form});
      if (!response.ok) throw await failure(response);
      return response.blob();
    };
    const save = (blob, name) => {
      const link = make('a');
      link.href = URL.createObjectURL(blob);
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    };
    const named = (turn, suffix) => `${turn.question.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '').slice(0, 60) || 'answer'}.${suffix}`;
    const copy = async (text) => {
      if (navigator.clipboard) return navigator.clipboard.writeText(text);
      const hidden = make('textarea', 'ns-off');   // pages over plain http have no clipboard of their own
      hidden.value = text;
      page.append(hidden);
      hidden.select();
      document.execCommand('copy');
      hidden.remove();
    };
    const feedback = async (turn, made, verdict, comment) => {
      const response = await post('/v1/feedback', {verdict, question: turn.question.slice(0, QUESTION), comment});
      if (!response.ok) throw await failure(response);
      made.querySelector('.ns-reasons').hidden = true;
      made.querySelectorAll('[data-act="helpful"], [data-act="unhelpful"]').forEach((one) =>
        one.setAttribute('aria-pressed', String(one.dataset.act === (verdict === 'helpful' ? 'helpful' : 'unhelpful'))));
      said(made, 'Thank you; it is kept on this server.');
    };
    const acts = {
      copy: async (turn, made) => { await copy(await (await file(turn, made, 'markdown')).text()); said(made, 'Copied as Markdown, with its references.'); },
      markdown: async (turn, made) => { save(await file(turn, made, 'markdown'), named(turn, 'md')); said(made, 'Saved as Markdown.'); },
      pdf: async (turn, made) => { save(await file(turn, made, 'pdf'), named(turn, 'pdf')); said(made, 'Saved as PDF.'); },
      share: async (turn, made) => {
        const response = await post('/chat/share', {record: turn.record, signature: turn.signature});
        if (!response.ok) throw await failure(response);
        const address = `${location.origin}/?a=${(await response.json()).id}`;
        said(made, '');
        const field = make('input', 'ns-address');
        Object.assign(field, {value: address, readOnly: true});
        field.setAttribute('aria-label', 'Link to this answer');
        const line = made.querySelector('.ns-said');
        line.append('A link to this answer, for whoever may open this server: ', field);
        field.select();
        await copy(address);
        line.append(' Copied.');
        intoView(line);
      },
      again: async (turn, made) => {
        conversation.turns = conversation.turns.filter((one) => one !== turn);
        cardsOf(turn)?.remove();
        made.remove();
        await ask(turn.question);
      },
      helpful: (turn, made) => feedback(turn, made, 'helpful', ''),
      unhelpful: async (turn, made, button) => {
        const reasons = made.querySelector('.ns-reasons');
        reasons.hidden = !reasons.hidden;
        button.setAttribute('aria-expanded', String(!reasons.hidden));
        if (reasons.hidden) return;
        reasons.querySelector('input').focus({preventScroll: true});
        intoView(reasons);
      },
    };
    const act = async (button) => {
      const turn = turnOf(button);
      const made = button.closest('.ns-turn');
      if (!turn) return;
      try {
        await acts[button.dataset.act](turn, made, button);
      } catch (error) {
        said(made, sentence(error.message));
      }
    };

    // ---- the page's own controls
    const toggleHistory = (is) => {
      const shown = page.classList.toggle('ns-history-open', is);
      find('[data-do="history"]').setAttribute('aria-expanded', String(shown));
      if (shown) find('.ns-new').focus();
    };
    const controls = {
      new: () => { clear(); toggleHistory(false); list(); box.focus(); },
      stop: () => asking?.abort(),
      close,
      previous: () => along(-1, 'card'),
      next: () => along(1, 'card'),
      history: () => toggleHistory(),
      forget: async () => {
        if (!window.confirm('Delete all conversations of this browser?')) return;
        await store.clear();
        controls.new();
      },
    };
    const grow = () => {
      box.style.height = 'auto';
      box.style.height = `${Math.min(box.scrollHeight, 200)}px`;
    };
    const warn = (text) => {
      const line = find('.ns-composer .ns-notice');
      line.hidden = !text;
      line.textContent = text;
    };
    const submit = () => {
      const question = box.value;
      if (!question.trim()) return warn('The question is empty; ask something about designing a machine-learning system.');
      warn('');
      box.value = '';
      grow();
      ask(question);
    };

    page.addEventListener('click', async (event) => {
      const on = (selector) => event.target.closest(selector);
      let hit;
      if ((hit = on('[data-cite]'))) cite(hit, {focus: 'card'});
      else if ((hit = on('[data-ask]'))) ask(hit.dataset.ask);
      else if ((hit = on('[data-act]'))) act(hit);
      else if ((hit = on('.ns-views [data-view]'))) {
        const turn = turnOf(hit);
        setView(hit.closest('.ns-turn'), hit.dataset.view);
        if (turn) { turn.view = hit.dataset.view; if (turn.record) keep(); }
      } else if ((hit = on('[data-remove]'))) {
        await store.remove(hit.dataset.remove);
        if (conversation?.id === hit.dataset.remove) clear();
        await list();
        find('.ns-find input').focus();
      } else if ((hit = on('[data-open]'))) { toggleHistory(false); open(hit.dataset.open); }
      else if ((hit = on('[data-do]'))) controls[hit.dataset.do]();
    });
    page.addEventListener('submit', (event) => {
      event.preventDefault();
      if (event.target === form) return submit();
      const turn = turnOf(event.target);
      const given = new FormData(event.target);
      const reason = [...event.target.elements].find((one) => one.type === 'radio' && one.checked)?.value ?? '';
      const comment = [reason, given.get('comment')].filter(Boolean).join('. ');
      const made = event.target.closest('.ns-turn');
      feedback(turn, made, 'unhelpful', comment).catch((error) => said(made, sentence(error.message)));
    });
    box.addEventListener('input', () => { grow(); warn(''); });
    box.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit(); }
    });
    find('.ns-find input').addEventListener('input', list);
    document.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'Escape') {
        if (asking && !panel.contains(event.target)) asking.abort(); // in the panel it closes the panel
        else if (!close() && page.classList.contains('ns-history-open')) toggleHistory(false);
        return;
      }
      const by = {ArrowRight: 1, ArrowLeft: -1}[event.key];
      if (!by || window.ninestep.isTyping(event.target)) return;
      const chip = event.target.closest('.ns-body .ns-chip');
      if (chip) opener = chip;
      if (chip || event.target.closest('.ns-card') || event.target === document.body) {
        along(by, event.target.closest('.ns-card') ? 'card' : 'chip');
        event.preventDefault();
      }
    });

    // ---- the language model, where one is set
    const model = {name: ''};
    const status = async () => {
      const response = await fetch('/chat/model').catch(() => null);
      if (!response?.ok) return;
      const {name, ready} = await response.json();
      model.name = ready ? name : '';
      const line = find('.ns-model');
      line.textContent = !name ? 'Answers are quotations' : ready ? `Worded by ${name}, each sentence checked` : `${name} cannot be reached; answers are quotations`;
      line.dataset.state = !name ? 'none' : ready ? 'ready' : 'away';
    };

    // ---- beginning: a shared answer, a question in the address, or where this tab was
    const begin = async () => {
      status();
      const address = new URLSearchParams(location.search);
      await list();
      if (address.has('a')) return shared(address.get('a'));
      if (address.has('q')) {
        window.history.replaceState(null, '', location.pathname);
        return ask(address.get('q'));
      }
      const last = sessionStorage.getItem('ninestep-open');
      if (last) await open(last);
      if (!last && window.innerWidth > 640) box.focus();
    };
    const shared = async (key) => {
      const response = await fetch(`/chat/shared/${encodeURIComponent(key)}`);
      const kept = response.ok ? await response.json() : null;
      const turn = {id: id(), question: 'A shared answer', view: 'document', ...kept};
      if (!kept) return notice(article(turn), sentence((await failure(response)).message), {again: false});
      turn.question = JSON.parse(kept.record).question.text;
      conversation = {id: id(), title: turn.question.slice(0, 120), turns: [turn]};
      await draw(turn);
    };
    begin();
  };
})();
