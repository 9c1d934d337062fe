// What the pages Search, Library and Quality share: pieces of HTML fetched from the server, which escapes every text in
// them; what these scripts write themselves is set as textContent.
(() => {
  const failure = async (response) => {
    const told = await response.json().catch(() => ({}));
    const detail = Array.isArray(told.detail) ? told.detail.map((one) => one.msg).join('; ') : told.detail;
    return new Error(typeof detail === 'string' ? detail : `the server answered with ${response.status}`);
  };
  const asked = async (address, options) => {
    let response;
    try {
      response = await fetch(address, options);
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      throw new Error('the server cannot be reached; is it still running?');
    }
    if (!response.ok) throw await failure(response);
    return response;
  };
  const piece = async (address, options) => (await asked(address, options)).text();
  const json = async (address, body, options) => (await asked(address, body === undefined ? options : {
    method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify(body), ...options,
  })).json();
  const make = (tag, name, text) => {
    const made = document.createElement(tag);
    if (name) made.className = name;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  // A failure in the place of what should stand there.
  const alert = (message) => {
    const line = make('p', 'ns-notice', `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? '' : '.'}`);
    line.setAttribute('role', 'alert');
    return line;
  };
  // Fill an element with a piece from the server; an older request never overwrites a newer one.
  const turns = new WeakMap();
  const fill = async (element, address) => {
    turns.get(element)?.abort();
    const turn = new AbortController();
    turns.set(element, turn);
    element.setAttribute('aria-busy', 'true');
    try {
      element.innerHTML = await piece(address, {signal: turn.signal});
      return true;
    } catch (error) {
      if (error.name === 'AbortError') return false;
      element.replaceChildren(alert(error.message));
      return false;
    } finally {
      if (turns.get(element) === turn) element.removeAttribute('aria-busy');
    }
  };
  // Gradio's pages have a base address, so that a plain "#place" would lead to the first page: stay on this one.
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    const place = link && document.getElementById(link.getAttribute('href').slice(1));
    if (!place) return;
    event.preventDefault();
    history.replaceState(history.state, '', `${location.pathname}${location.search}${link.getAttribute('href')}`);
    if (!place.hasAttribute('tabindex')) place.setAttribute('tabindex', '-1');
    place.scrollIntoView();
    place.focus({preventScroll: true});
  });
  Object.assign(window.ninestep, {
    asked, piece, json, make, alert, fill,
    quality: (page) => fill(page.querySelector('[data-body]'), '/parts/quality'),
  });
})();
