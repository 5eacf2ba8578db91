// The laboratory in the plane: the detective's map, genuine and forged points, what pulls at them; one run or two.
// Value: see `moment` of demos/gan/moment.py. Fires 'start'. Hears 'plane-picked' from views/plane_targets.js and tells
// it 'plane-strokes' while a visitor draws; tells 'plane-moment' to views/plane_numbers.js. The last of the three files
// that make up the view: plane_words.js and plane_paint.js stand before it.
const { unpack, announce, calm, last } = window.gallery;
const stage = element.querySelector('.view') || element;
const MOST = 3900, NEAR = 0.025;  // points of a drawing; the least step between two of them
const UNIT = 10000, STRONG = 10;  // see demos/gan/moment.py
const layers = { map: true, genuine: true, forged: true, pulls: true, modes: true, fold: false };
const shown = { order: [0, 0], value: null, runs: [], rates: [], drawn: null, strokes: [], pen: null, cursor: null };

const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0)).buffer;
const shorts = (text) => Float32Array.from(new Int16Array(bytes(text)), (n) => n / UNIT);
const cut = (flat, size) => Array.from({ length: flat.length / size }, (_, i) => flat.subarray(i * size, i * size + size));
const night = () => !!document.querySelector('.dark') || document.body.classList.contains('dark');
// ---- one arena: its canvas, and the way from what it shows to what it shall show
function arena() {
  const canvas = node('canvas.plane-canvas', { role: 'img', 'aria-label': '' }), word = node('p.plane-word'), title = node('h4.plane-title');
  const facts = node('dl.plane-facts'), where = node('output.plane-where'), square = node('div.plane-square', {}, canvas, where);
  const one = { canvas, word, title, facts, where, square, now: null, goal: null, from: null, began: 0, span: 0, curve: [], heat: null,
    root: node('section.plane-run', {}, title, square, word, facts) };
  canvas.onpointermove = (e) => { if (shown.drawn) draw(e, one); else tell(e, one); };
  canvas.onpointerdown = (e) => { if (shown.drawn) { canvas.setPointerCapture(e.pointerId); shown.pen = []; shown.strokes.push(shown.pen); draw(e, one); } else tell(e, one); };
  canvas.onpointerup = canvas.onpointercancel = () => { if (shown.pen) { shown.pen = null; announce('plane-strokes', shown.strokes); } };
  canvas.onpointerleave = () => { where.textContent = ''; };
  canvas.onkeydown = steer;
  return one;
}

const place = (e, one) => {
  const box = one.canvas.getBoundingClientRect(), reach = shown.value.reach;
  return [((e.clientX - box.left) / box.width * 2 - 1) * reach, (1 - (e.clientY - box.top) / box.height * 2) * reach].map((x) => Math.max(-reach, Math.min(reach, x)));
};
// What the detective says where the pointer is.
function tell(e, one) {
  if (!one.goal) return;
  const [x, y] = place(e, one), reach = shown.value.reach, side = one.goal.side, at = (v) => Math.min(side - 1, Math.floor((v + reach) / 2 / reach * side));
  const p = one.goal.heat[at(y) * side + at(x)] / 255;
  one.where.textContent = t(`the detective here: ${(100 * p).toFixed(0)} % genuine`, `侦探在此：${(100 * p).toFixed(0)} % 真`);
}

// ---- drawing a distribution, by pointer and by keys
function draw(e, one) {
  if (!shown.pen) return;
  const point = place(e, one).map((x) => +x.toFixed(3)), before = shown.pen.at(-1);
  if (shown.strokes.flat().length < MOST && (!before || Math.hypot(point[0] - before[0], point[1] - before[1]) >= NEAR)) shown.pen.push(point);
  paint();
}
function steer(e) {
  const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[e.key], dot = e.key === ' ' || e.key === 'Enter';
  if (!shown.drawn || !(by || dot)) return;
  e.preventDefault();
  const reach = shown.value.reach, [x, y] = shown.cursor || [0, 0];
  if (by) shown.cursor = [x + 0.05 * by[0], y + 0.05 * by[1]].map((v) => +Math.max(-reach, Math.min(reach, v)).toFixed(3));
  else if (shown.strokes.flat().length < MOST) { shown.strokes.push([shown.cursor = [x, y]]); announce('plane-strokes', shown.strokes); }
  paint();
}
function redraw(strokes) { shown.strokes = strokes; announce('plane-strokes', strokes); paint(); }

// Moments come in bundles and are shown one after the other, each for as long as it took to come.
let film = 0, painted = 0;
const waiting = [];
function advance(time) {
  while (waiting.length && (waiting[0].due <= time || waiting.length > 40)) {
    const { goals, span, anew } = waiting.shift();
    goals.forEach((goal, k) => Object.assign(shown.runs[k], { from: anew || calm() ? null : shown.runs[k].now, goal, span, began: time }));
    shown.rates = [...shown.rates.filter((at) => time - at < 2000), time];
  }
}
function roll(time) {
  if (time - painted < 26) film = requestAnimationFrame(roll);  // some 30 pictures a second are enough
  else paint();
}
function paint() {
  film = 0;
  const ink = inks(), time = painted = performance.now();
  advance(time);
  let moving = waiting.length > 0;
  for (const one of shown.runs) {
    if (!one.goal) continue;
    const share = one.span ? Math.min(1, (time - one.began) / one.span) : 1;
    one.now = blend(one.from, one.goal, share);
    moving ||= share < 1;
    paintOne(one, ink);
  }
  root.classList.toggle('plane-drawing', Boolean(shown.drawn));
  nothing.hidden = !shown.drawn || shown.strokes.length > 0;
  root.classList.toggle('plane-empty', !nothing.hidden);
  if (moving && !film) film = requestAnimationFrame(roll);
}

// ---- made once
const phase = node('div.plane-phase', { role: 'status' }), pace = node('span.plane-pace'), arenas = node('div.plane-arenas'), plots = node('div.plane-plots');
const nothing = node('p.plane-nothing', {}, t('Draw here, with mouse or finger: where shall the genuine points be? With keys: arrows move, space sets a dot. A drawing stays on this page: the address does not hold it.', '用鼠标或手指在这里画：真点该在哪里？键盘：方向键移动，空格落点。画只留在这一页：网址里没有它。'));
const NAMES = { map: t('detective’s map', '侦探的地图'), genuine: t('genuine points', '真点'), forged: t('forged points', '伪点'), pulls: t('pulls', '拉力'), modes: t('places to serve', '该去的地方'), fold: t('how noise is folded', '噪声怎样折叠') };
const toggles = node('div.chips', { role: 'group', 'aria-label': t('what the picture shows', '图中显示什么') }, ...Object.keys(layers).map((name) => node('button.chip', { type: 'button', 'aria-pressed': String(layers[name]), 'data-layer': name,
  onclick: (e) => { layers[name] = !layers[name]; e.currentTarget.setAttribute('aria-pressed', String(layers[name])); paint(); } }, node(`i.plane-key.${name}`), NAMES[name])));
const tools = node('div.chips.plane-tools', {}, node('button.chip', { type: 'button', onclick: () => redraw(shown.strokes.slice(0, -1)) }, t('undo a stroke', '撤销一笔')), node('button.chip', { type: 'button', onclick: () => redraw([]) }, t('clear', '清空')));
const scale = node('p.plane-scale', {}, t('the detective says: forged', '侦探说：伪'), node('i'), t('genuine', '真'));
const side = node('div.plane-side', {}, plots);
const root = node('div.plane-board', {}, node('div.plane-head', {}, phase, pace, scale), arenas, node('div.plane-foot', {}, toggles, tools));

function update() {
  if (props.value?.start) { trigger('start'); return; }
  if (!props.value?.moments) return;
  const moments = JSON.parse(props.value.moments), value = moments.at(-1);
  const [number, turn] = value.order, [before, then] = shown.order;
  if (number < before || (number === before && turn < then)) return;  // an older moment that was long on its way
  const anew = number !== before, time = performance.now(), running = value.phase === 'running';
  shown.order = value.order;
  shown.value = value;
  value.places = { genuine: cut(shorts(value.genuine), 2), modes: cut(shorts(value.modes), 2) };
  if (!stage.contains(root)) stage.replaceChildren(root);
  if (shown.runs.length !== value.runs.length) {
    shown.runs = value.runs.map(arena);
    arenas.replaceChildren(...shown.runs.map((one) => one.root), side);
    side.replaceChildren(...(value.runs.length === 1 ? [shown.runs[0].word, shown.runs[0].facts] : []), meaning, plots);
    if (last['plane-picked']) picked(last['plane-picked']);
  }
  if (anew) { waiting.length = 0; shown.rates = []; for (const one of shown.runs) one.curve = []; }
  root.dataset.runs = value.runs.length;
  schedule(moments, time, anew, running && !value.side);
  value.runs.forEach((run, k) => {
    const brought = moments.map((one) => one.runs[k].curve).filter((curve) => curve !== null).at(-1);
    if (brought !== undefined) shown.runs[k].curve = cut(new Float32Array(bytes(brought)), COLUMNS);
    tellRun(shown.runs[k], run, value.runs.length > 1 ? 'AB'[k] : '');
  });
  if (value.phase !== 'ready') shown.queued = false;  // another wish may be laid out while its turn has not come
  tellPhase();
  if (moments.some((one) => one.runs[0].curve !== null)) { curves(); announce('plane-moment', value); }
  if (!film) paint();
}

// When each moment of a bundle is shown: evenly until the next bundle, by the time the last ones took to come.
const goalOf = (run) => ({ points: shorts(run.points), pulls: shorts(run.pulls), fold: shorts(run.fold), net: run.net, heat: unpack(run.heat), side: run.heat.width, served: run.served });
function schedule(moments, time, anew, flows) {
  const gap = Math.max(100, Math.min(600, time - (shown.came || 0)));
  shown.came = time;
  if (waiting.length) advance(Infinity);
  const kept = calm() ? moments.slice(-1) : moments, each = gap / kept.length;
  kept.forEach((one, i) => waiting.push({ goals: one.runs.map(goalOf), due: time + (flows && !calm() ? i * each : 0), anew: anew && !i, span: calm() ? 0 : one.side ? 450 : flows ? Math.min(60, each) : 0 }));
}

function tellPhase() {
  const value = shown.value;
  if (!value) return;
  const running = value.phase === 'running', side = running && value.side;
  Object.assign(root.dataset, { phase: value.phase, seed: value.seed });
  phase.textContent = shown.queued ? t('… waiting for a place', '… 排队中') : side ? '● ' + SIDES[side] : PHASES[value.phase] + (value.why ? t(': ', '：') + t(...value.why) : '');
  const { iterations, turns } = value.runs[0];  // an iteration is a turn of each side
  pace.textContent = t(`iteration ${count(iterations)}`, `第 ${count(iterations)} 次迭代`) + (turns && !running ? t(` (${count(turns)} turn${turns > 1 ? 's' : ''})`, `（${count(turns)} 个回合）`) : '')
    + (running && value.rate && !side ? t(` · ${count(value.rate)} a second, ${Math.round(shown.rates.length / 2)} pictures a second`, ` · 每秒 ${count(value.rate)} 次，${Math.round(shown.rates.length / 2)} 帧`) : '');
}
// Whoever plays or draws sees all of the picture, and the buttons above it.
function inSight() {
  const box = shown.runs[0]?.root.getBoundingClientRect(), buttons = document.querySelector('.plane-buttons');
  if (box && buttons && box.top + box.width > innerHeight) buttons.scrollIntoView({ behavior: calm() ? 'auto' : 'smooth' });
}
window.addEventListener('plane-wait', (e) => {
  shown.queued = e.detail === true;
  if (shown.queued) inSight();
  if (e.detail === 'failed' && shown.value?.phase === 'running') shown.value.phase = 'failed';  // its last moment never came
  tellPhase();
});
window.addEventListener('plane-picked', (e) => { picked(e.detail); if (shown.drawn && !shown.strokes.length) inSight(); });
function picked(wish) {
  const drawing = wish.target === 'drawn';
  shown.drawn = drawing;
  if (drawing) shown.strokes = wish.strokes;
  for (const one of shown.runs) { if (drawing) one.canvas.tabIndex = 0; else one.canvas.removeAttribute('tabindex'); }
  shown.runs[0]?.square.append(nothing);
  if (shown.value) paint();
}
if (last['plane-picked']) picked(last['plane-picked']);
let width = 0;
new ResizeObserver(() => { if (shown.value && Math.abs(root.clientWidth - width) > 4) { width = root.clientWidth; paint(); } }).observe(root);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => shown.value && paint());
watch('value', update);
update();
