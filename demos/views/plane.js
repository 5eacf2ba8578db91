// The laboratory in the plane: the detective's map, genuine and forged points, what pulls at them; one run or two.
// Value: see `moment` of demos/gan/moment.py. Fires 'start'. Hears 'plane-picked' from views/plane_targets.js and tells
// it 'plane-strokes' while a visitor draws; tells 'plane-moment' to views/plane_numbers.js.
const { node, t, chart, unpack, announce, calm, last } = window.gallery;
const stage = element.querySelector('.view') || element;
const MOST = 3900, NEAR = 0.025;  // points of a drawing; the least step between two of them
const UNIT = 10000, STRONG = 10;  // see demos/gan/moment.py
const layers = { map: true, genuine: true, forged: true, pulls: true, modes: true, fold: false };
const shown = { order: [0, 0], value: null, runs: [], rates: [], drawn: null, strokes: [], pen: null, cursor: null };

const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0)).buffer;
const shorts = (text) => Float32Array.from(new Int16Array(bytes(text)), (n) => n / UNIT);
const cut = (flat, size) => Array.from({ length: flat.length / size }, (_, i) => flat.subarray(i * size, i * size + size));
const night = () => !!document.querySelector('.dark') || document.body.classList.contains('dark');
const few = (x, digits = 2) => (Math.abs(x) >= 1e4 ? x.toExponential(1) : x.toFixed(digits)).replace('-', '−');
const count = (n) => n.toLocaleString('en');
// Blue-green is genuine, orange forged: far apart for every kind of colour vision; shapes say it again.
const inks = () => (night()
  ? { scale: [[122, 62, 18], [38, 34, 30], [16, 82, 104]], paper: '#1d1a17', genuine: '#9fe0f2', forged: '#ffb070', edge: '#1d1a17', pull: '#fff2e0', grid: '#ffffff' }
  : { scale: [[243, 184, 130], [251, 249, 245], [140, 196, 214]], paper: '#fbf9f5', genuine: '#0b5470', forged: '#b04a00', edge: '#ffffff', pull: '#2c1400', grid: '#000000' });

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

// ---- painting
const mix = (a, b, share) => a + (b - a) * share;
function blend(from, goal, share) {
  if (!from || share >= 1 || from.fold.length !== goal.fold.length) return goal;
  const between = (name) => Float32Array.from(goal[name], (x, i) => mix(from[name][i], x, share));
  return { ...goal, points: between('points'), pulls: between('pulls'), fold: between('fold'), heat: between('heat') };
}

function paintOne(one, ink) {
  const wide = one.square.clientWidth, ratio = Math.min(2, devicePixelRatio || 1), side = Math.round(wide * ratio);
  if (!wide || !one.now) return;
  if (one.canvas.width !== side) one.canvas.width = one.canvas.height = side;
  const c = one.canvas.getContext('2d'), { reach } = shown.value, unit = wide / 2 / reach;
  const X = (x) => (x + reach) * unit, Y = (y) => (reach - y) * unit, empty = shown.drawn && !shown.strokes.length, now = one.now;
  c.setTransform(ratio, 0, 0, ratio, 0, 0);
  c.fillStyle = ink.paper;
  c.fillRect(0, 0, wide, wide);
  if (layers.map && !empty) {
    one.sheet ||= node('canvas', { width: now.side, height: now.side });
    const image = new ImageData(now.side, now.side), [low, middle, high] = ink.scale;
    for (let row = 0; row < now.side; row++) for (let column = 0; column < now.side; column++) {
      const p = now.heat[row * now.side + column] / 127.5 - 1, end = p < 0 ? low : high, ink = Math.abs(p) ** 0.75, at = 4 * ((now.side - 1 - row) * now.side + column);
      for (let k = 0; k < 3; k++) image.data[at + k] = mix(middle[k], end[k], ink);
      image.data[at + 3] = 255;
    }
    one.sheet.getContext('2d').putImageData(image, 0, 0);
    c.imageSmoothingEnabled = true;
    c.drawImage(one.sheet, 0, 0, wide, wide);
  }
  if (layers.fold && !empty) paintFold(c, now, ink, X, Y);
  if (layers.modes && !empty) shown.value.places.modes.forEach(([x, y], k) => {
    c.strokeStyle = ink.genuine;
    c.lineWidth = 1.5;
    c.globalAlpha = now.served[k] === '1' ? 0.9 : 0.55;
    c.setLineDash(now.served[k] === '1' ? [] : [3, 4]);
    c.beginPath();
    c.arc(X(x), Y(y), shown.value.near * unit, 0, 7);
    c.stroke();
    c.setLineDash([]);
    c.globalAlpha = 1;
  });
  if (layers.genuine && !empty) {
    c.strokeStyle = ink.genuine;
    c.lineWidth = 1.3;
    c.beginPath();
    for (const [x, y] of shown.value.places.genuine) { c.moveTo(X(x) + 2.4, Y(y)); c.arc(X(x), Y(y), 2.4, 0, 7); }
    c.stroke();
  }
  if (shown.drawn) paintStrokes(c, ink, X, Y, unit);
  if (empty) return;
  if (layers.pulls) paintPulls(c, now, ink, X, Y, unit);
  if (layers.forged) {
    c.fillStyle = ink.forged;
    c.strokeStyle = ink.edge;
    c.lineWidth = 0.8;
    c.beginPath();
    for (let i = 0; i < now.points.length; i += 2) {
      const x = X(now.points[i]), y = Y(now.points[i + 1]), r = 3.6;
      c.moveTo(x, y - r); c.lineTo(x + r, y); c.lineTo(x, y + r); c.lineTo(x - r, y);
      c.closePath();
    }
    c.stroke();  // edges first: in a dense clump they would cover all points
    c.fill();
  }
}

// Where each forged point would go: longer is stronger, up to a fifth of the way to the edge.
function paintPulls(c, now, ink, X, Y, unit) {
  const heads = [];
  c.strokeStyle = c.fillStyle = ink.pull;
  c.lineWidth = 1.2;
  c.globalAlpha = 0.75;
  c.beginPath();
  for (let i = 0; i < now.points.length; i += 2) {
    const gx = now.pulls[i] * STRONG, gy = now.pulls[i + 1] * STRONG, size = Math.hypot(gx, gy), far = 0.26 * Math.tanh(size / 3) * unit;
    if (far < 3) continue;
    const dx = gx / size, dy = -gy / size, x = X(now.points[i]), y = Y(now.points[i + 1]);
    c.moveTo(x, y);
    c.lineTo(x + dx * far, y + dy * far);
    heads.push([x + dx * far, y + dy * far, dx * 4.4, dy * 4.4]);
  }
  c.stroke();
  c.beginPath();
  for (const [x, y, dx, dy] of heads) { c.moveTo(x + dx, y + dy); c.lineTo(x - 0.6 * dy, y + 0.6 * dx); c.lineTo(x + 0.6 * dy, y - 0.6 * dx); c.closePath(); }
  c.fill();
  c.globalAlpha = 1;
}

// The net of noise as the forger folds it: all meshes hold the same share of its points, so small ones are dense.
function paintFold(c, now, ink, X, Y) {
  const { fold, net } = now, at = (i, j) => [X(fold[2 * (i * net + j)]), Y(fold[2 * (i * net + j) + 1])];
  c.strokeStyle = c.fillStyle = ink.forged;
  c.lineWidth = net ? 0.9 : 2.5;
  if (!net) {
    c.beginPath();
    for (let i = 0; i < fold.length; i += 2) c.lineTo(X(fold[i]), Y(fold[i + 1]));
    c.stroke();
    return;
  }
  for (let i = 0; i + 1 < net; i++) for (let j = 0; j + 1 < net; j++) {
    const corners = [at(i, j), at(i, j + 1), at(i + 1, j + 1), at(i + 1, j)];
    const area = Math.abs(corners.reduce((sum, [x, y], k) => { const [u, v] = corners[(k + 1) % 4]; return sum + x * v - u * y; }, 0)) / 2;
    c.beginPath();
    for (const corner of corners) c.lineTo(...corner);
    c.closePath();
    c.globalAlpha = Math.min(0.75, 40 / (area + 20));
    c.fill();
    c.globalAlpha = 0.5;
    c.stroke();
  }
  c.globalAlpha = 1;
}

function paintStrokes(c, ink, X, Y, unit) {
  c.strokeStyle = c.fillStyle = ink.genuine;
  c.globalAlpha = 0.35;
  c.lineWidth = 0.1 * unit;
  c.lineCap = c.lineJoin = 'round';
  for (const stroke of shown.strokes) {
    c.beginPath();
    c.moveTo(X(stroke[0]?.[0]), Y(stroke[0]?.[1]));
    for (const [x, y] of stroke) c.lineTo(X(x) + 0.01, Y(y));
    c.stroke();
  }
  c.globalAlpha = 1;
  if (!shown.cursor) return;
  c.lineWidth = 2;
  c.strokeRect(X(shown.cursor[0]) - 6, Y(shown.cursor[1]) - 6, 12, 12);
}

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

// ---- words and numbers
const PHASES = {
  ready: t('○ not begun: press Play', '○ 还没开始：请按播放'), running: t('● they play', '● 对弈中'), paused: t('❚❚ paused', '❚❚ 已暂停'),
  rest: t('❚❚ a minute is up: Play goes on', '❚❚ 一分钟到了：按播放继续'), burst: t('⚠ diverged', '⚠ 发散'),
};
const SIDES = { d: t('detective’s turn: the map is redrawn', '侦探的回合：重画地图'), g: t('forger’s turn: its points follow the arrows', '伪造者的回合：点沿箭头移动') };
const WORDS = {
  ready: t('The forger throws its points anywhere; the detective knows nothing yet.', '伪造者随便撒点，侦探还一无所知。'),
  early: t('First skirmishes.', '刚刚交手。'),
  learning: t('Still in the game: the points are on their way.', '还在较量：点在路上。'),
  collapsed: t('⚠ Mode collapse: few places get nearly all points.', '⚠ 模式崩溃：几乎所有的点都挤在少数几处。'),
  vanished: t('⚠ The detective is too good: hardly anything pulls, the forger learns nothing.', '⚠ 侦探太强：几乎没有拉力，伪造者什么也学不到。'),
  covered: t('✓ All places are served; now they get sharper.', '✓ 处处都有点了，接下来更精确。'),
  matched: t('✓ As near as can be told from so many points: the detective can only guess.', '✓ 凭这么多点已分不出差别：侦探只能猜。'),
};
const fact = (name, value, more = '') => node('div', {}, node('dt', {}, name), node('dd', {}, value, more ? node('span', {}, more) : null));
const probability = (loss) => loss.endsWith('saturating');

// What sets one of two runs apart from the other; the loss, if nothing does.
const SHORT = { loss: t('loss', '损失'), noise: t('noise', '噪声'), r1: 'R1', depth: t('layers', '层数'), width: t('width', '宽度'), optimiser: t('optimiser', '优化器'), rate: t('rate', '学习率'), steps: t('steps', '步数') };
function differing(settings) {
  const others = shown.value.runs.map((run) => run.settings), own = Object.keys(settings).filter((name) => others.some((other) => other[name] !== settings[name]));
  const called = (name) => (name in SHORT ? SHORT[name] : `${name[0].toUpperCase()} ${SHORT[name.slice(2)]}`);
  return own.length ? own.map((name) => (name === 'loss' ? settings.loss : `${called(name)} ${settings[name]}`)).join(', ') : settings.loss;
}

function tellRun(one, run, letter) {
  const { numbers } = run, all = run.served.length, prob = probability(run.settings.loss);
  one.title.textContent = letter ? `${letter} · ${differing(run.settings)}` : '';
  one.word.textContent = run.said ? '⚠ ' + t(...run.said) : WORDS[run.word] + (run.word === 'learning' ? t(` ${numbers.modes} of ${all} places are served.`, `${all} 处中 ${numbers.modes} 处有点。`) : '');
  one.word.dataset.word = run.word;
  one.facts.replaceChildren(
    fact(t('places served', '有点的地方'), `${numbers.modes} / ${all}`), fact(t('points near one', '靠近的点'), (100 * numbers.near).toFixed(0) + ' %'), fact(t('variety', '多样性'), (100 * numbers.variety).toFixed(0) + ' %', t('of genuine', '相对真点')),
    fact(t('JS, nats', 'JS 散度（纳特）'), few(numbers.js, 3), t(`best ${shown.value.least[0].toFixed(3)}`, `最好 ${shown.value.least[0].toFixed(3)}`)),
    fact(t('KL, nats', 'KL 散度（纳特）'), few(numbers.kl), t(`best ${shown.value.least[1].toFixed(2)}`, `最好 ${shown.value.least[1].toFixed(2)}`)),
    fact(prob ? t('D(x), genuine', 'D(x)，真') : t('verdict, genuine', '判断，真'), few(numbers.of_real)), fact(prob ? t('D(G(z)), forged', 'D(G(z))，伪') : t('verdict, forged', '判断，伪'), few(numbers.of_fake)),
    fact(t('loss of detective', '侦探的损失'), few(numbers.d_loss)), fact(t('loss of forger', '伪造者的损失'), few(numbers.g_loss)),
    fact(t('pull, median', '拉力中位数'), run.pull < 0.01 ? run.pull.toPrecision(1) : few(run.pull)));
  one.canvas.setAttribute('aria-label', t(
    `The plane after ${count(run.iterations)} iterations. ${numbers.modes} of ${all} places are served, ${(100 * numbers.near).toFixed(0)} % of the forged points lie near one, JS ${numbers.js.toFixed(3)}. ${one.word.textContent}`,
    `${count(run.iterations)} 次迭代后的平面。${all} 处中 ${numbers.modes} 处有点，${(100 * numbers.near).toFixed(0)} % 的伪点靠近其中一处，JS ${numbers.js.toFixed(3)}。${one.word.textContent}`));
}

const AT = { d_loss: 1, g_loss: 2, of_real: 3, of_fake: 4, js: 5, kl: 6, modes: 7, near: 8 }, COLUMNS = 10;
function curves() {
  const runs = shown.runs, name = (k) => (runs.length > 1 ? ' AB'[k + 1] : ''), xName = t('iteration', '迭代');
  const line = (one, key, label, tone, scale = 1) => ({ name: label, tone, points: one.curve.map((row) => [row[0], scale * row[AT[key]]]) });
  const modes = 100 / (shown.value.runs[0].served.length || 1), D = t('detective', '侦探'), G = t('forger', '伪造者');
  const make = (yName, series) => chart({ series, xName, yName, height: 190, width: 310 });
  if (!runs[0].curve.length) { plots.replaceChildren(); return; }
  if (runs.length > 1) {
    const both = (yName, key, scale) => make(yName, runs.map((one, k) => line(one, key, name(k), k, scale)));
    plots.replaceChildren(both(t('JS divergence, nats', 'JS 散度，纳特'), 'js'), both(t('places served, %', '有点的地方，%'), 'modes', modes),
      both(t('loss of the detective', '侦探的损失'), 'd_loss'), both(t('loss of the forger', '伪造者的损失'), 'g_loss'));
    return;
  }
  const [one] = runs;
  plots.replaceChildren(
    make(t('loss', '损失'), [line(one, 'd_loss', D, 0), line(one, 'g_loss', G, 1)]),
    make(probability(shown.value.runs[0].settings.loss) ? t('how sure that it is genuine', '认为是真的把握') : t('mean verdict', '平均判断'), [line(one, 'of_real', t('D(x), genuine', 'D(x)，真'), 0), line(one, 'of_fake', t('D(G(z)), forged', 'D(G(z))，伪'), 1)]),
    make(t('apart, nats', '距离，纳特'), [line(one, 'js', 'JS', 0), line(one, 'kl', 'KL', 1)]),
    make('%', [line(one, 'modes', t('places served', '有点的地方'), 0, modes), line(one, 'near', t('points near one', '靠近的点'), 1, 100)]));
}

// ---- made once
const phase = node('div.plane-phase', { role: 'status' }), pace = node('span.plane-pace'), arenas = node('div.plane-arenas'), plots = node('div.plane-plots');
const nothing = node('p.plane-nothing', {}, t('Draw here, with mouse or finger: where shall the genuine points be? With keys: arrows move, space sets a dot.', '用鼠标或手指在这里画：真点该在哪里？键盘：方向键移动，空格落点。'));
const NAMES = { map: t('detective’s map', '侦探的地图'), genuine: t('genuine points', '真点'), forged: t('forged points', '伪点'), pulls: t('pulls', '拉力'), modes: t('places to serve', '该去的地方'), fold: t('how noise is folded', '噪声怎样折叠') };
const toggles = node('div.chips', { role: 'group', 'aria-label': t('what the picture shows', '图中显示什么') }, ...Object.keys(layers).map((name) => node('button.chip', { type: 'button', 'aria-pressed': String(layers[name]), 'data-layer': name,
  onclick: (e) => { layers[name] = !layers[name]; e.currentTarget.setAttribute('aria-pressed', String(layers[name])); paint(); } }, node(`i.plane-key.${name}`), NAMES[name])));
const tools = node('div.chips.plane-tools', {}, node('button.chip', { type: 'button', onclick: () => redraw(shown.strokes.slice(0, -1)) }, t('undo a stroke', '撤销一笔')), node('button.chip', { type: 'button', onclick: () => redraw([]) }, t('clear', '清空')));
const scale = node('p.plane-scale', {}, t('the detective says: forged', '侦探说：伪'), node('i'), t('genuine', '真'));
const side = node('div.plane-side', {}, plots);
const root = node('div.plane-board', {}, node('div.plane-head', {}, phase, pace), node('div.plane-foot', {}, toggles, scale, tools), arenas);

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
    side.replaceChildren(...(value.runs.length === 1 ? [shown.runs[0].word, shown.runs[0].facts] : []), plots);
    if (last['plane-picked']) picked(last['plane-picked']);
  }
  if (anew) { waiting.length = 0; shown.rates = []; for (const one of shown.runs) one.curve = []; }
  root.dataset.phase = value.phase;
  root.dataset.runs = value.runs.length;
  schedule(moments, time, anew, running && !value.side);
  value.runs.forEach((run, k) => {
    const brought = moments.map((one) => one.runs[k].curve).filter((curve) => curve !== null).at(-1);
    if (brought !== undefined) shown.runs[k].curve = cut(new Float32Array(bytes(brought)), COLUMNS);
    tellRun(shown.runs[k], run, value.runs.length > 1 ? 'AB'[k] : '');
  });
  if (value.phase !== 'ready') shown.queued = false;  // another wish may be laid out while its turn has not come
  tellPhase();
  pace.textContent = t(`iteration ${count(value.runs[0].iterations)}`, `第 ${count(value.runs[0].iterations)} 次迭代`)
    + (running && value.rate && !value.side ? t(` · ${count(value.rate)} a second, ${Math.round(shown.rates.length / 2)} pictures a second`, ` · 每秒 ${count(value.rate)} 次，${Math.round(shown.rates.length / 2)} 帧`) : '');
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
  const value = shown.value, side = value?.phase === 'running' && value.side;
  phase.textContent = shown.queued ? t('… waiting for a place', '… 排队中') : side ? '● ' + SIDES[side] : PHASES[value?.phase ?? 'ready'];
}
window.addEventListener('plane-wait', (e) => { shown.queued = e.detail; tellPhase(); });
window.addEventListener('plane-picked', (e) => picked(e.detail));
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
