// Runs once, before Gradio's own code: which language the page speaks, and what all views share (window.gallery).
(() => {
  const address = new URLSearchParams(location.search);
  const wanted = address.get('lang'), chosen = wanted === 'en' || wanted === 'zh';
  const chinese = (chosen ? wanted : navigator.language || 'en').toLowerCase().startsWith('zh');
  if (chosen || chinese) {
    // Gradio picks its labels by navigator.language; ?lang= therefore has to speak through it, and so does every
    // regional form of Chinese, for which there is one set of words.
    const locale = chinese ? 'zh-CN' : 'en';  // Gradio knows no plain 'zh'
    Object.defineProperty(navigator, 'language', { get: () => locale });
    Object.defineProperty(navigator, 'languages', { get: () => [locale] });
  }
  document.documentElement.lang = chinese ? 'zh' : 'en';

  // What a visitor does reaches the server in the order in which it was done. A browser gives every request the next free
  // connection, and the queue goes by arrival: of two quick clicks the first might have come last, and stayed. What needs
  // no queue ("/run/") would overtake, too.
  const ask = window.fetch, PATIENCE = 3000;  // ms that one request waits for the one before
  let before = Promise.resolve(), unanswered = 0;
  window.fetch = (...given) => {
    if (!/\/queue\/join|\/run\//.test(given[0]?.url || given[0])) return ask(...given);
    const now = before.then(() => ask(...given)), done = () => { unanswered -= 1; };
    unanswered += 1;
    before = Promise.race([now.then(done, done), new Promise((go) => setTimeout(go, PATIENCE))]);
    return now;
  };
  // A run can be ended once the answer to its request has named it: a button that ends runs waits for that.
  const NAMED = 50;  // ms from an answer until Gradio has read it
  let through = false;
  window.addEventListener('click', (e) => {
    const button = e.target.closest?.('.stops');
    if (!button || !unanswered || through) return;
    e.stopImmediatePropagation();
    before.then(() => setTimeout(() => { through = true; button.click(); through = false; }, NAMED));
  }, true);

  const svgNames = new Set(['svg', 'path', 'line', 'rect', 'text', 'g', 'circle', 'polyline', 'title']);

  // node('div.name', {attribute: value, onclick: f}, child, 'text', ...): the only way views make elements.
  // Strings become text nodes, so whatever a visitor typed stays text.
  function node(kind, attributes = {}, ...children) {
    const [tag, ...classes] = kind.split('.');
    const made = svgNames.has(tag)
      ? document.createElementNS('http://www.w3.org/2000/svg', tag) : document.createElement(tag);
    if (classes.length) made.setAttribute('class', classes.join(' '));
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
      else if (value !== false && value != null) made.setAttribute(name, value === true ? '' : value);
    }
    made.append(...children.flat().filter((child) => child != null));
    return made;
  }

  // Settings into an address; for each, the values in silent (default, kept back) stay out.
  function write(url, names, silent, values) {
    names.forEach((name, i) => {
      const value = values[i];
      if (value == null || value === '' || silent[i].map(String).includes(String(value))) url.searchParams.delete(name);
      else url.searchParams.set(name, String(value).slice(0, 2000));
    });
    history.replaceState(history.state, '', url);
  }

  // The address bar follows the settings.
  const follow = (names, silent, values) => write(new URL(location.href), names, silent, values);

  // Tabs report a selection also when the page is being built; only what a visitor does may change the address.
  let touched = false;
  for (const kind of ['pointerdown', 'keydown'])
    window.addEventListener(kind, () => { touched = true; }, { capture: true, once: true });

  // A tab is opened: its own settings and part take the place of those of the tab before.
  const parts = {};  // tab -> its opened part, '' for the first
  const seen = (all) => [...all].find((one) => one.offsetParent) || all[0];
  const tab = (slug) => document.querySelector(slug ? `[role=tab][data-tab-id="${CSS.escape(slug)}"]` : '[role=tab][data-tab-id]');
  const door = (name) => seen(document.querySelectorAll(`[role=tabpanel] [role=tab]${name && `[data-tab-id="${CSS.escape(name)}"]`}`));

  const asked = (name) => new URL(location.href).searchParams.get(name) || '';
  const named = () => tab(asked('tab'))?.dataset.tabId;
  let going = null;  // {slug, name}: the tab and the part that Back or Forward is on its way to
  const push = () => { if (!going) history.pushState(history.state, '', location.href); };  // so that Back returns

  // On a phone a row of tabs is longer than the screen: the one that is open is in sight.
  const shown = (one) => one && requestAnimationFrame(() => {
    const row = one.parentElement;
    row.scrollLeft = one.offsetLeft - row.offsetLeft - (row.clientWidth - one.offsetWidth) / 2;
  });

  // A link to another room, or another part, shows nothing else before it is there.
  const root = document.documentElement;
  function arrived() { root.classList.remove('arriving'); }
  if (asked('tab') || asked('part')) {
    root.classList.add('arriving');
    root.dataset.opening = chinese ? '正在打开……' : 'Opening …';
    setTimeout(arrived, 20_000);
    window.addEventListener('pointerdown', arrived, { once: true });
  }

  function enter(slug, foreign, names, silent, values) {
    shown(tab(slug));
    if (!named() || slug === named()) setTimeout(arrived, asked('part') ? 1_500 : 0);  // its part comes in a moment
    if (!touched) return;
    if (named() !== slug) push();
    const url = new URL(location.href);
    for (const name of foreign) url.searchParams.delete(name);
    url.searchParams.set('tab', slug);
    write(url, ['part'], [[]], [parts[slug]]);
    write(url, names, silent, values);
    if (going?.slug === slug) setTimeout(go);  // its parts are there by then
  }

  // The address names the opened part of a tab; the first part goes without saying.
  function part(slug, name) {
    parts[slug] = name;
    document.body.setAttribute('data-' + slug, name);  // for style sheets: what this part has no use for
    shown(door(name));
    if (name && name === asked('part')) arrived();
    if (!touched) return;
    if (asked('part') !== name) push();
    write(new URL(location.href), ['part'], [[]], [name]);
    if (going) setTimeout(go);
  }

  // One step of the way; the tab or the part that is opened calls again.
  function go() {
    if (!going) return;
    const { slug, name } = going, next = tab(slug).getAttribute('aria-selected') === 'true' ? door(name) : tab(slug);
    if (next && (next === tab(slug) || (parts[slug] || '') !== name)) next.click();
    else going = null;
  }
  window.addEventListener('popstate', () => { if (named()) { going = { slug: named(), name: asked('part') }; go(); } });

  function download(name, text, type = 'text/plain;charset=utf-8') {
    const link = node('a', { href: URL.createObjectURL(new Blob([text], { type })), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  async function copy(text) {
    try { await navigator.clipboard.writeText(text); } catch {  // plain http: no clipboard API
      const area = node('textarea', { style: 'position:fixed;opacity:0' });
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
  }

  // A share in percent; a sign that can be seen for a character without ink of its own.
  const percent = (p) => (p === 0 ? '0 %' : p < 0.001 ? '<0.1 %' : (100 * p).toFixed(p < 0.1 ? 1 : 0) + ' %');
  const ink = (char) => ({ '\n': '↵', '\t': '⇥', ' ': '␣' }[char] || char);

  // Round numbers inside [low, high], about `count` of them: steps of 1, 2 or 5 times a power of ten.
  function ticks(low, high, count) {
    const raw = (high - low) / count, power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((k) => k * power).find((s) => s >= raw);
    const first = Math.ceil(low / step - 1e-9);
    return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => +((first + i) * step).toPrecision(6));
  }

  // Logarithms in [low, high] of powers of ten; if these are few, of their doubles and fivefolds too.
  function decades(low, high) {
    const all = Array.from({ length: Math.ceil(high) - Math.floor(low) + 1 }, (_, i) => Math.floor(low) + i);
    return (high - low > 1.5 ? all : all.flatMap((v) => [v, v + Math.log10(2), v + Math.log10(5)])).filter((v) => v >= low - 1e-9 && v <= high + 1e-9);
  }

  // Gradio opens a list again when the key that leaves it has already closed it.
  window.addEventListener('keydown', (e) => { if (e.key === 'Tab' && e.target.matches?.('input[role=combobox]')) e.stopImmediatePropagation(); }, true);

  // Gradio's own complaint about a number that was typed is English in every language.
  const OUTSIDE = /^Value (\S+) is (less than minimum|greater than maximum) value (\S+)\.$/;
  if (chinese) new MutationObserver(() => {
    for (const said of document.querySelectorAll('[data-testid=toast-text]')) {
      const [all, value, which, bound] = said.textContent.match(OUTSIDE) || [];
      if (all) said.textContent = `${value} ${which[0] === 'l' ? '小于最小值' : '大于最大值'} ${bound}。`;
    }
  }).observe(root, { childList: true, subtree: true });

  // In a list that can be searched, what is typed replaces what was chosen.
  document.addEventListener('click', ({ target }) => { if (target.matches?.('input[role=combobox]')) target.select(); });

  // On a phone a drawing has as many units as pixels, about, so that its words can be read.
  const NARROW = 360, narrow = () => matchMedia('(max-width: 760px)').matches;

  // A line chart in SVG. series: [{name, points: [[x, y], ...]}]; marks: x positions with a vertical line; breaks: [x, name]
  // of where something changes; powers: the y axis is logarithmic; span: what the y axis holds at least.
  function chart({ series, marks = [], breaks = [], powers = false, span = [], width = 560, height = 190, xName, yName }) {
    if (narrow()) width = Math.min(width, NARROW);
    const left = 44, bottom = 38, top = 22, right = 14;
    if (powers) series = series.map((line) => ({ ...line, points: line.points.filter((p) => p[1] > 0).map(([a, b]) => [a, Math.log10(b)]) }));
    const named = (v) => (powers ? 10 ** v : v), all = series.flatMap((line) => line.points).filter((p) => Number.isFinite(p[1]));
    if (!all.length) return node('div.chart-empty', {}, '');
    const xs = [...all.map((p) => p[0]), ...marks], ys = [...all.map((p) => p[1]), ...span];
    const x0 = Math.min(...xs), x1 = Math.max(...xs, x0 + 1), y0 = Math.min(...ys), most = Math.max(...ys, y0 + 0.1);
    const levels = powers ? decades(y0, most) : ticks(y0, most, 4), step = levels[1] - levels[0];
    if (!powers && most - levels.at(-1) > 0.4 * step) levels.push(levels.at(-1) + step);  // what stands high can be read off
    const y1 = Math.max(most, ...levels);
    const x = (v) => left + (v - x0) / (x1 - x0) * (width - left - right);
    const y = (v) => top + (y1 - v) / (y1 - y0) * (height - top - bottom);
    const svg = node('svg.chart', { viewBox: `0 0 ${width} ${height}`, role: 'img',
      'aria-label': series.map((s) => `${s.name}: ${s.points.length ? named(s.points.at(-1)[1])?.toFixed?.(3) : ''}`).join('; ') });
    for (const v of levels)
      svg.append(node('line.grid', { x1: left, x2: width - right, y1: y(v), y2: y(v) }),
        node('text.tick', { x: left - 6, y: y(v) + 4, 'text-anchor': 'end' }, String(+named(v).toPrecision(6))));
    for (const v of ticks(x0, x1, 5))
      svg.append(node('text.tick', { x: x(v), y: height - 20, 'text-anchor': 'middle' }, v.toLocaleString()));
    svg.append(node('text.tick', { x: width - right, y: height - 4, 'text-anchor': 'end' }, xName),
      node('text.tick', { x: 2, y: 12 }, yName));
    for (const [at, name] of breaks)
      svg.append(node('line.break', { x1: x(at), x2: x(at), y1: top, y2: height - bottom }), node('text.tick', { x: x(at) + 4, y: top + 10 }, name));
    for (const at of marks) svg.append(node('line.mark', { x1: x(at), x2: x(at), y1: top, y2: height - bottom }));
    series.forEach((line, i) => {
      const points = line.points.filter((p) => Number.isFinite(p[1]));
      svg.append(node('polyline.line.line-' + (line.tone ?? i), { points: points.map((p) => `${x(p[0])},${y(p[1])}`).join(' ') }));
      if (points.length < 30) points.forEach((p) => svg.append(node('circle.dot.line-' + (line.tone ?? i), { cx: x(p[0]), cy: y(p[1]), r: 3 })));
    });
    return node('figure.chart-box', {}, svg, node('figcaption', {}, ...series.map((line, i) =>
      node('span.key', {}, node('i.line-' + (line.tone ?? i)), line.name))));
  }

  const last = {};  // what a view that opens later has missed: event name -> detail
  function announce(name, detail) {
    last[name] = detail;
    window.dispatchEvent(new CustomEvent(name, { detail }));
  }

  window.gallery = {
    chinese, node, follow, enter, part, download, copy, chart, narrow, percent, ink, announce, last, tab,
    t: (en, zh) => (chinese ? zh : en),
    roll: () => 1 + Math.floor(Math.random() * 9999),  // a new seed
    stop: () => window.dispatchEvent(new Event('gallery-stop')),
    calm: () => matchMedia('(prefers-reduced-motion: reduce)').matches,
  };
})();
