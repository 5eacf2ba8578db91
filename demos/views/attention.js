// Attention as a matrix that one can read, scrub through, take hold of and carry away. Value: see
// demos/translation/translate.py; `mode` "grip" makes the rows movable, `was` is the text before a row was held.
// `forced` is the shape that the other side starts with. Fires 'hold' with {shape, weights} and 'start'; tells rivals.js
// which word is looked at ('gallery-choice') and the lesson which row ('gallery-row').
const { node, t, calm, download, percent, fresh, matrix, cell, between, light, reading, entropy, meanEntropy, chips, announce, references, vector, sideways, signs, refused } = window.gallery;
const stage = element.querySelector('.view') || element;
let value = null, words = true, layer = -1, head = -1, small = false, seenLayers = 0;
let shown = 0, at = -1, clock = null, stopped = false;  // words revealed so far; the word under the scrubber, -1: none
let gripped = {};  // step -> the weights of the source pieces, in thousandths, that a visitor gave it
let shape = '', jumped = false;  // what is held on the other side; whether words gave way to pieces by themselves

const facts = node('div.rows-facts', { role: 'status' });
const sheet = (side) => (words ? value[side].words : value[side].pieces.map((piece) => piece.replace('▁', '·')));
const layers = () => value.attention?.length || 0, heads = () => value.attention?.[0].length || 0;
const everyHead = () => small && layers() * heads() > 1;  // small matrices, not one large
const stepsOf = (i) => (words ? value.target.owners.flatMap((word, step) => (word === i ? [step] : [])) : [i]);
const held = () => [...Object.keys(gripped).map(Number), ...(value.held || [])];
const weights = () => between(value, words, layer, head);
// The column that a visitor made row i look at, -1 if it is free.
function forced(i) {
  const row = stepsOf(i).map((step) => gripped[step]).find(Boolean);
  return row ? (words ? value.source.owners : row.map((_, k) => k))[row.indexOf(Math.max(...row))] : -1;
}

// Words or pieces. The two sides of a comparison change together.
function count(inWords) {
  [words, at] = [inWords, -1];
  shown = sheet('target').length;
  draw();
  if (compared()) window.dispatchEvent(new CustomEvent('gallery-units', { detail: words }));
}
const compared = () => value?.mode === 'grip' || value?.held;
window.addEventListener('gallery-units', (e) => { if (compared() && words !== e.detail) count(e.detail); });

function tools() {
  const parts = [];
  if (value.attention) parts.push(chips(t('units', '单位'), [[true, t('words', '词')], [false, t('pieces', '子词')]], words, count));
  if (layers() * heads() > 1) {
    const many = (n) => [[-1, t('mean', '平均')], ...[...Array(n).keys()].map((i) => [i, String(i + 1)])];
    parts.push(chips(t('view', '视图'), [[false, t('one matrix', '单个矩阵')], [true, t('every head', '每个头')]], small, (key) => { small = key; draw(); }));
    if (!small) parts.push(
      node('span.tool', {}, t('layer', '层'), chips(t('layer', '层'), many(layers()), layer, (key) => { layer = key; draw(); })),
      node('span.tool', {}, t('head', '头'), chips(t('head', '头'), many(heads()), head, (key) => { head = key; draw(); })));
  }
  if (value.attention && value.mode !== 'grip' && !everyHead()) parts.push(node('div.chips', { role: 'group', 'aria-label': t('save the matrix', '保存矩阵') },
    ...[['CSV', () => download(named('csv'), csv(), 'text/csv;charset=utf-8')], ['SVG', () => download(named('svg'), file(), 'image/svg+xml')],
      ['PNG', png]].map(([name, onclick]) => node('button.chip', { type: 'button', onclick }, name))));
  return node('div.rows-bar' + (value.mode === 'grip' ? '.left' : ''), {}, ...parts);
}

// Everything a visitor may have typed is quoted, and nothing begins like a formula of a spreadsheet.
const quoted = (text) => `"${text.replaceAll('"', '""').replace(/^[=+\-@\t]/, "'$&")}"`;
const csv = () => '\ufeff' + ['', ...sheet('source')].map(quoted).join(',') + '\n'
  + weights().map((row, i) => [quoted(sheet('target')[i]), ...row.map((p) => p.toFixed(4))].join(',')).join('\n') + '\n';

// The name of a file: network, layer and head of the matrix that is shown.
const named = (kind) => ['attention', value.model.replace(/\W+/g, '-'), ...(layers() * heads() > 1
  ? [['layer', layer], ['head', head]].map(([name, n]) => name + (n < 0 ? '-mean' : n + 1)) : [])].join('-') + '.' + kind;

// The matrix as a file that needs no style sheet.
function file() {
  const rows = weights(), svg = matrix({ weights: rows, source: sheet('source'), target: sheet('target'), size: 32, note: (i) => entropy(rows[i]).toFixed(1) });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.prepend(node('rect', { width: '100%', height: '100%', fill: '#ffffff' }));
  svg.querySelectorAll('text').forEach((text) => {
    for (const [key, to] of [['font-family', 'IBM Plex Sans, Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif'], ['font-size', text.matches('.share, .note') ? '11' : '13'], ['fill', text.matches('.deep') ? '#ffffff' : '#1d1a17']]) text.setAttribute(key, to);
  });
  svg.querySelectorAll('.cell').forEach((cell) => { cell.setAttribute('fill', '#0c635d'); cell.setAttribute('fill-opacity', cell.style.getPropertyValue('--p')); });
  return new XMLSerializer().serializeToString(svg);
}

function png() {
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [2 * image.width, 2 * image.height];
    canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => download(named('png'), blob, 'image/png'));
  };
  image.src = 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(file());
}

// The translation, the words that are not in `was` marked; and above it the source, shaded by the row at the scrubber.
function lines(rows) {
  const row = rows?.[at], other = value.was ? changed() : new Set();
  const line = (side, mark) => node(`p.ribbon.${side}`, { lang: side === 'source' ? 'en' : value.pair.slice(3) },
    ...sheet(side).flatMap((word, k) => (word === '■' && side === 'target' ? [] : [node('span', mark(k, word), word), spaced(side, k) ? ' ' : ''])));
  return node('div.lines', {},
    line('source', (j) => ({ 'data-j': j, class: row ? 'lit' : '', style: row ? `--p:${row[j].toFixed(3)}` : '' })),
    line('target', (i) => ({ 'data-i': i, onclick: () => { at = i === at ? -1 : i; draw(); }, class: [
      i === at ? 'now' : '', i >= shown ? 'later' : '', other.has(words ? i : value.target.owners[i]) ? 'other' : '', stepsOf(i).some((s) => s < value.prefix) ? 'given' : ''].join(' ') })));
}

// Numbers of the words that are not where they were in `was`; signs do not count.
function changed() {
  const plain = (word) => word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, ''), cut = value.was.replace(/(['’-])/g, '$1 ').split(/\s+/).map(plain).filter(Boolean);
  const now = value.target.words.map((word, i) => [plain(word), i]).filter(([word]) => word);
  return new Set([...fresh(cut, now.map(([word]) => word))].map((k) => now[k][1]));
}

// Whether a space follows word k: as it was read or written; in French also before ? ! ; : and none inside Chinese.
function spaced(side, k) {
  const all = sheet(side), next = all[k + 1];
  if (next === undefined || (side === 'target' && value.pair === 'en-zh' && words)) return false;
  return !words || next === '■' || value[side].pieces[value[side].owners.indexOf(k + 1)].startsWith('▁') || (side === 'target' && /^[?!;:»]/.test(next));
}

// The word that is looked at, the first one if none, and what else could have come in place of each of its pieces.
function tellChoice() {
  const steps = stepsOf(Math.max(0, at)), { ids, pieces } = value.target;
  announce('gallery-choice', { word: sheet('target')[Math.max(0, at)], set: value.prefix, steps: steps.map((step) => ({ before: ids.slice(0, step),
    taken: [ids[step], pieces[step], 1000 * Math.exp(value.logp[step])], rivals: value.rivals[step] })) });
}

function board(rows) {
  if (!rows) return node('div.vector', {}, vector(value.vector),
    node('p.hint', {}, t('This network has no attention. The whole sentence was squeezed into one list of 384 numbers, always the same length, and every word was written from that. A cell is one of them: its colour the sign, its strength the size.',
      '这个网络没有注意力。整个句子被压成一串 384 个数，长度永远不变，每个词都由它写出。一格是一个数：颜色表示正负，深浅表示大小。')));
  const source = sheet('source'), target = sheet('target'), room = stage.clientWidth || 640;
  if (everyHead()) return node('div.multiples', {}, ...value.attention.flatMap((all, l) => all.map((_, h) => {
    const one = between(value, words, l, h), name = t(`layer ${l + 1}, head ${h + 1}`, `第 ${l + 1} 层，第 ${h + 1} 头`);
    return node('button.multiple', { type: 'button', onclick: () => { [small, layer, head] = [false, l, h]; draw(); } },
      matrix({ weights: one, source, target, size: Math.max(4, 168 / source.length), words: false, name }),
      node('span', {}, name), node('small', {}, t(`entropy ${meanEntropy(one).toFixed(1)} bits`, `熵 ${meanEntropy(one).toFixed(1)} 比特`)));
  })));
  const kept = new Set(held().map((step) => (words ? value.target.owners[step] : step)));
  return sideways(matrix({ weights: rows.slice(0, shown), source, target, size: cell(room, source, target), kept, forced,
    note: (i) => entropy(rows[i]).toFixed(1) }));
}

function shapes() {
  const send = (key) => { [gripped, shape] = [{}, key]; ask(null); draw(); };
  return node('div.rows-bar.left', {}, node('span.tool', {}, t('or force all rows:', '或强制所有行：')), chips(t('force all rows', '强制所有行'), [['uniform', t('uniform', '均匀')],
    ['diagonal', t('diagonal', '对角')], ['frozen', t('frozen at the first', '冻结在第一行')], ['none', t('let go', '松手')]], shape, send));
}

const SHAPES = { uniform: t('all rows are forced to be uniform: every piece gets the same, a word of two pieces twice as much', '所有行强制为均匀：每个子词相同，由两个子词组成的词得到两份'), diagonal: t('all rows are forced onto the diagonal, piece by piece', '所有行强制为对角，逐个子词'),
  frozen: t('all rows are frozen at the first', '所有行冻结在第一行'), given: t('the outlined rows are held, by their place: if what is written before them grows, other words stand there', '描边的行被固定，按位置计：前面的译文变长时，那里就是别的词'), none: t('nothing is held', '没有固定任何行') };

// Whether a translation is worth anything: what it never ended, and what it found improbable itself piece by piece.
const mean = () => value.logp.reduce((a, b) => a + b, 0) / value.logp.length;
function doubts() {
  const count = value.target.pieces.length;
  return [value.target.pieces.at(-1) === '■' ? '' : t(`It found no end and was cut off after ${count} pieces.`, `它没有找到结尾，在 ${count} 个子词处被截断。`),
    value.decoder === 'sample' || value.prefix || value.held || value.shape || !(mean() < (value.doubt ?? -Infinity)) ? '' : t(`It is guessing: the pieces it wrote seemed to it only ${percent(Math.exp(mean()))} likely, on average; 98 of 100 everyday sentences come out surer than this. What it seldom read is strange to it: names, greetings, capitals, emoji, other languages.`,
      `它在瞎猜：它写的每个子词平均只有 ${percent(Math.exp(mean()))} 的把握；一百个日常句子里有 98 个比这更有把握。很少读到的东西对它是陌生的：人名、问候语、大写、表情符号、其他语言。`),
    passedOver()].filter(Boolean);
}

// Words of the source that got less than a fifth of one look in all (coverage, Tu et al. 2016): they may be left out.
const LOOK = 0.2, LETTERS = 4;
function passedOver() {
  if (value.model !== 'attention' || value.held || value.shape || value.mode === 'grip' || value.target.pieces.at(-1) !== '■') return '';
  const rows = between(value, true, 0, 0);
  const missed = value.source.words.filter((word, j) => word.length >= LETTERS && rows.reduce((sum, row) => sum + row[j], 0) < LOOK);
  return missed.length ? t(`Hardly looked at: ${missed.join(', ')}. What is never looked at is often left out.`, `几乎没看：${missed.join('、')}。从没看过的词往往会被漏译。`) : '';
}

function idle() {
  const total = value.logp.reduce((a, b) => a + b, 0).toFixed(2), whole = t(`ln p of the whole: ${total}, a piece ${mean().toFixed(2)}`, `整句 ln p：${total}，每个子词 ${mean().toFixed(2)}`);
  if (!value.attention) return [whole];
  if (everyHead()) return [whole, t('click a head to read it', '点一个头细看')];
  const wide = meanEntropy(between(value, words, layer, head));
  return [t(`mean row entropy ${wide.toFixed(2)} bits: as if spread over ${(2 ** wide).toFixed(1)} ${words ? 'words' : 'pieces'} (numbers on the right)`,
    `平均行熵 ${wide.toFixed(2)} 比特：相当于分散在 ${(2 ** wide).toFixed(1)} 个${words ? '词' : '子词'}上（右侧数字）`),
  whole,
  ...(value.shape ? [node('strong.shape', {}, SHAPES[value.shape])] : []),
  ...(value.held && jumped && !words ? [t('shown in pieces: of a word only a part is held', '以子词显示：某个词只有一部分被固定')] : []),
  ...(value.seed !== undefined && value.decoder === 'sample' ? [t('seed ', '种子 ') + value.seed] : [])];
}
const tell = (parts) => facts.replaceChildren(...parts.map((part) => node('span', {}, part)));

function draw() {
  if (!value?.source || !value.target.pieces.length) return;
  const rows = value.attention ? weights() : null, last = sheet('target').length - 1;
  const slider = node('input.timeline-slider', { type: 'range', min: -1, max: last, value: at,
    'aria-label': t('Scrubber: go through the translation word by word', '滑块：逐词查看译文') });
  slider.addEventListener('input', () => { at = +slider.value; shown = last + 1; draw(); stage.querySelector('.timeline-slider').focus(); });
  const done = shown > last && value.done;
  stage.setAttribute('aria-busy', String(!done && !stopped));
  const count = value.references?.length, written = references(t(`What people wrote (${count}); the network has never seen them`,
    `人的译文（${count}）；网络从没见过`), value.pair.slice(3), done ? value.references : []);
  const grip = value.mode === 'grip' ? [node('p.hint', {}, t('Drag a filled cell along its row to another word, click where it should look, or use the arrow keys on a row.',
    '沿着一行把深色格拖到另一个词，或点一下它该看的地方，也可在行上用方向键。')), shapes()] : [];
  const box = stage.querySelector('.matrix-box'), scrolled = box && [box.scrollLeft, box.scrollTop];
  stage.replaceChildren(lines(rows), ...(done ? doubts().map((each) => node('p.doubt', { role: 'status' }, each)) : []), ...grip.slice(0, 1), tools(), board(rows), facts, ...(grip.length ? [grip[1]] : [slider]),
    ...(compared() && !grip.length ? [] : [signs('start', 'end', 'nats')]), ...written);
  if (scrolled) stage.querySelector('.matrix-box')?.scrollTo(...scrolled);
  tell(idle());
  light(stage, at, -1);
  if (!compared()) {
    if (done) tellChoice(); else announce('gallery-choice', null);
    if (done && !small) announce('gallery-row', value.attention ? rowOf(Math.max(0, at)) : null);
  }
  if (value.mode === 'grip') stage.querySelectorAll('text.row').forEach((row) => {
    row.setAttribute('tabindex', 0);
    row.setAttribute('role', 'slider');
    row.setAttribute('aria-label', t(`attention of ${row.textContent}: arrow keys move it`, `${row.textContent} 的注意力：用方向键移动`));
    row.setAttribute('aria-valuetext', reading(rows, sheet('source'), sheet('target'), +row.dataset.i, -1));
  });
}

// One word after the other, at a pace one can follow.
function reveal() {
  clock = null;
  const last = sheet('target').length;
  if (calm()) shown = last;
  if (shown < last) { shown += 1; if (value.attention) at = shown - 1; }
  if (shown >= last && value.done) at = value.prefix ? (words ? value.target.owners[value.prefix - 1] : value.prefix - 1) : -1;
  draw();
  if (shown < last || !value.done) clock = setTimeout(reveal, shown < last ? Math.min(110, 4000 / last) : 400);
}

// What the lesson below calculates with: one row, and the ln p of the word that it belongs to.
function rowOf(i) {
  const row = weights()[i];
  return { word: sheet('target')[i], weights: row.map((p, j) => [p, sheet('source')[j]]), entropy: entropy(row),
    logp: stepsOf(i).reduce((sum, step) => sum + value.logp[step], 0), model: value.model, heads: head < 0 ? heads() : 1 };
}

const place = (e) => { const hit = e.target.closest?.('[data-i],[data-j]'); return hit && [+(hit.dataset.i ?? -1), +(hit.dataset.j ?? -1)]; };
stage.addEventListener('pointerover', (e) => {
  const hit = place(e);
  if (!hit || !value?.attention || (everyHead())) return;
  light(stage, ...hit);
  tell([reading(weights(), sheet('source'), sheet('target'), ...hit)]);
  if (hit[0] >= 0) announce('gallery-row', rowOf(hit[0]));
});
stage.addEventListener('click', (e) => {
  const hit = !compared() && !everyHead() && e.target.closest?.('.matrix [data-i]');
  if (hit && value.done) { at = +hit.dataset.i === at ? -1 : +hit.dataset.i; shown = sheet('target').length; draw(); }
});
stage.addEventListener('pointerleave', () => { if (value?.source) { light(stage, at, -1); tell(idle()); } });

// Row i is to look at column j. Everything that is held goes to the network: a row of weights for each step so far, null
// where it is free.
function hold(i, j) {
  const chosen = value.source.pieces.map((_, k) => +((words ? value.source.owners[k] : k) === j)), sum = chosen.reduce((a, b) => a + b, 0);
  for (const step of stepsOf(i)) gripped[step] = chosen.map((p) => 1000 * p / sum);
  shape = 'given';
  draw();
  ask(Array.from({ length: Math.max(...held()) + 1 }, (_, step) => gripped[step] || null));
}

let asking = null;  // an arrow key that is kept down asks once
function ask(rows) {
  clearTimeout(asking);
  asking = setTimeout(() => trigger('hold', { shape, weights: rows }), 120);
}

let dragged = -1;  // the row that is being moved
stage.addEventListener('pointerdown', (e) => {
  if (value?.mode !== 'grip' || !e.target.closest('.cell')) return;
  e.preventDefault();
  dragged = +e.target.closest('.cell').dataset.i;
});
stage.addEventListener('pointerup', (e) => {
  const under = dragged >= 0 && document.elementFromPoint(e.clientX, e.clientY)?.closest('.cell');
  if (under) hold(dragged, +under.dataset.j);
  dragged = -1;
});
stage.addEventListener('keydown', (e) => {  // the same without a mouse: arrows on the name of a row
  const row = value?.mode === 'grip' && e.target.closest('text.row'), by = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
  if (!row || !by) return;
  e.preventDefault();
  const i = +row.dataset.i, now = weights()[i], from = forced(i) < 0 ? now.indexOf(Math.max(...now)) : forced(i);
  hold(i, (from + by + now.length) % now.length);
  stage.querySelector(`text.row[data-i="${i}"]`).focus();
});

window.addEventListener('gallery-stop', () => { clearTimeout(clock); stopped = true; });

function update() {
  const next = props.value;
  if (next?.start && !value) { trigger('start'); return; }
  if (!next?.source || !next.target) {
    clearTimeout(clock);
    if (value && !compared()) announce('gallery-choice', null);
    value = null;
    stage.replaceChildren(...(next?.refused ? [refused(next.refused)] : []));
    return;
  }
  const goesOn = value && !value.done && next.target.ids.length >= value.target.ids.length;
  value = next;
  if (!value.attention) words = true;  // no chips to choose with
  if (layers() !== seenLayers) { seenLayers = layers(); head = -1; layer = layers() > 1 ? layers() - 1 : -1; }  // the last layer aligns best
  if (!goesOn) { shown = compared() ? sheet('target').length : 0; at = -1; gripped = {}; shape = value.forced; }
  if (value.held && value.done) {  // half a word cannot be shown as held
    const halved = new Set(value.target.owners.filter((word, step) => !value.held.includes(step)));
    const whole = !value.held.some((step) => halved.has(value.target.owners[step]));
    if (words ? !whole : jumped && whole) { jumped = words; count(!words); }
  }
  if (!goesOn) { clearTimeout(clock); stopped = false; }
  if (!stopped && (!goesOn || clock === null)) reveal();  // else the next word comes at its own time
}
watch('value', update);
update();
