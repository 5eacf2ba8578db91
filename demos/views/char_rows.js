// A text as a character model sees it. Value (see demos/char_rnn/write.py): text, nats, chance, top, prompt, seed,
// rate, done, quotes, share, unknown; and for the neuron view cells (-100..100 per character) and unit.
const { node, t, calm, copy, download, percent, ink, announce } = window.gallery;
const PACES = [[30, t('slow', '慢')], [120, t('reading', '阅读')], [1e9, t('at once', '立即')]];
let value = null, shown = 0, spans = [], chosen = -1, ticking = false, stopped = false;
let before = {};  // what the last update was; Gradio may change the value in place
let look = 'surprise', pace = calm() ? 1e9 : 120, clock = 0;

const stage = element.querySelector('.view') || element;
const page = node('div.rows-text', { tabindex: 0, role: 'textbox', 'aria-readonly': 'true', 'aria-multiline': 'true',
  'aria-label': t('Text of the model; arrow keys move from character to character', '模型写的文字；用方向键逐字移动') });
const facts = node('div.rows-facts', { role: 'status' });
const card = node('div.rows-card', { 'aria-live': 'polite' });
const looks = [['surprise', t('surprise', '惊讶度')], ['figure', t('candidates', '候选字')], ['plain', t('plain', '无色')]];
const lookBox = node('div.chips', { role: 'group', 'aria-label': t('colouring', '着色') });
const paceBox = node('div.chips', { role: 'group', 'aria-label': t('pace', '速度') });
const scale = node('div.rows-scale');
const tools = node('div.chips', {},
  node('button.chip', { type: 'button', onclick: () => copy(written()) }, t('copy', '复制')),
  node('button.chip', { type: 'button', onclick: () => download('char-rnn.txt', written()) }, t('download', '下载')));
stage.replaceChildren(node('div.rows-bar', {}, lookBox, scale, paceBox, tools), page, facts, card);

const written = () => value.text.slice(0, shown).join('');

function chips() {
  const available = value?.cells ? [['cell', t('cell', '单元')], ...looks] : looks;
  if (!available.some(([name]) => name === look)) look = 'surprise';
  lookBox.replaceChildren(...available.map(([name, label]) => node('button.chip', { type: 'button',
    'aria-pressed': String(look === name), onclick: () => { look = name; redraw(); } }, label)));
  const streams = value && value.rate !== undefined;
  paceBox.replaceChildren(...(streams ? PACES.map(([speed, label]) => node('button.chip', { type: 'button',
    'aria-pressed': String(pace === speed), onclick: () => { pace = speed; chips(); tick(); } }, label)) : []));
  scale.replaceChildren(...(look === 'surprise' ? [t('expected', '意料之中'), node('i.ramp'), t('surprised', '意外')]
    : look === 'cell' ? ['−1', node('i.ramp.diverging'), '+1']
    : look === 'figure' ? [t('below each: its five likeliest', '下方：最可能的五个字'), node('i.ramp')] : []));
}

function paint(span, i) {
  const nats = value.nats[i];
  if (look === 'surprise' || look === 'figure') span.style.setProperty('--heat', Math.min(1, nats / (1.4 * value.uniform)).toFixed(2));
  if (look === 'cell') {
    const c = (value.cells?.[i] ?? 0) / 100;
    span.style.setProperty('--heat', Math.abs(c).toFixed(2));
    span.classList.toggle('negative', c < 0);
  }
}

function make(i) {
  const char = value.text[i];
  const span = node('span.ch', { 'data-i': i });
  if (i < value.prompt) span.classList.add('given');
  if (char === '\n') span.classList.add('break');
  if (look === 'figure') {
    const [chars, p] = value.top[i];
    span.append(node('b', {}, ink(char)), ...Array.from(chars).map((c, k) =>
      node('small', { style: `--heat:${(p[k] / 1000).toFixed(2)}` }, ink(c))));
  } else span.append(char === '\n' ? node('i.ret', {}, '↵') : char);
  paint(span, i);
  return span;
}

function grow(until) {
  // one block for each line, so that the browser lays out only the last one anew
  for (; shown < until; shown++) {
    if (!shown || value.text[shown - 1] === '\n') page.append(node('div.line'));
    const span = make(shown);
    spans.push(span);
    page.lastChild.append(span);
  }
  if (pace < 1e6) page.scrollTop = page.scrollHeight;
}

function redraw() {
  chips();
  page.className = 'rows-text look-' + look;
  page.replaceChildren();
  spans = [];
  const until = shown;
  shown = 0;
  const top = page.scrollTop;
  grow(until);
  page.scrollTop = top;
  finish();
  select(chosen);
}

function tick() {
  if (ticking || !value || stopped) return;
  ticking = true;
  clock = performance.now();
  requestAnimationFrame(function frame(now) {
    const room = value.text.length - shown;
    // a page that hung for seconds does not make up for them at once, and shows nothing more after a stop
    const take = stopped ? 0 : Math.min(room, pace > 1e6 ? room : Math.floor(Math.min(now - clock, 250) * pace / 1000));
    if (take > 0 && (now - clock >= 40 || pace > 1e6)) { grow(shown + take); clock = now; report(); }
    if (shown < value.text.length && !stopped && pace < 1e6) requestAnimationFrame(frame);
    else { ticking = false; if (shown < value.text.length && !stopped) tick(); else finish(); }
  });
}

function finish() {
  if (!value || shown < value.text.length) return;
  for (const [start, end] of value.quotes || [])
    for (let i = start; i < Math.min(end, spans.length); i++) spans[i]?.classList.add('quoted');
  report();
  if (chosen < 0) select(surprising());
}

function report() {
  const parts = [];
  if (value.unknown) parts.push(node('strong', {}, t('Left out, this model never saw: ', '已略去（模型从没见过）：') + value.unknown));
  if (value.rate) parts.push(t(`model: ${value.rate.toLocaleString()} characters/s`, `模型：每秒 ${value.rate.toLocaleString()} 字`));
  if (value.apart !== undefined) parts.push(t(`differs from character ${value.apart + 1} on`, `从第 ${value.apart + 1} 个字起不同`));
  if (value.seed !== undefined) parts.push(t('seed ', '种子 ') + value.seed);
  const all = value.nats.slice(value.rate === undefined ? 0 : value.prompt, shown);
  if (all.length) {
    const mean = all.reduce((a, b) => a + b, 0) / all.length;
    parts.push(t(`${mean.toFixed(2)} nats = ${(mean / Math.LN2).toFixed(2)} bits a character`,
      `每字 ${mean.toFixed(2)} 纳特 = ${(mean / Math.LN2).toFixed(2)} 比特`));
  }
  if (value.done && value.quotes && shown === value.text.length && value.share != null)
    parts.push(node('span.quote-key', { title: t('Passages that seem to stand in the training text word for word. They are looked up in a small index that now and then takes a new passage for a known one: how often, the model card says.',
      '似乎逐字出现在训练文本中的段落。查的是一个小索引，它偶尔会把新的段落当成见过的；多久一次，见模型卡片。') },
    t(`seems copied from the training text: ${percent(value.share)} (by an index with false alarms)`, `似乎抄自训练文本：${percent(value.share)}（索引会有误报）`)));
  facts.replaceChildren(...parts.map((part) => node('span', {}, part)));
}

// Where the network was surprised most within the first lines: what the card shows before anybody has pointed.
function surprising() {
  const seen = value.nats.slice(value.prompt, Math.min(shown, value.prompt + 240));
  return seen.length ? value.prompt + seen.indexOf(Math.max(...seen)) : -1;
}

function select(i) {
  page.querySelector('.chosen')?.classList.remove('chosen');
  chosen = i;
  if (i < 0 || i >= shown) {
    card.replaceChildren(node('p.hint', {}, t('Point at a character to see what else the model expected.',
      '把指针移到一个字上，看看模型原本还期待什么。')));
    return;
  }
  spans[i].classList.add('chosen');
  const [chars, p] = value.top[i];
  const nats = value.nats[i], own = Math.exp(-nats), actual = value.text[i];
  const bars = Array.from(chars).map((c, k) => node('div.bar', { class: c === actual ? 'bar hit' : 'bar' },
    node('b', {}, ink(c)), node('i', { style: `--p:${p[k] / 1000}` }), node('span', {}, percent(p[k] / 1000))));
  const sums = [`p = ${own < 0.001 ? own.toExponential(1) : own.toFixed(3)}`, `−ln p = ${nats.toFixed(2)} nats`,
    `−log₂ p = ${(nats / Math.LN2).toFixed(2)} bits`];
  if (value.chance?.[i]) sums.push(t(`drawn with chance ${percent(value.chance[i] / 1000)}`, `抽中概率 ${percent(value.chance[i] / 1000)}`));
  if (value.cells) sums.push(`tanh(c) = ${(value.cells[i] / 100).toFixed(2)}`);
  announce('gallery-character', { char: actual, nats, chance: value.chance?.[i] / 1000,
    top: Array.from(chars).map((c, k) => [c, p[k] / 1000]), temperature: value.temperature });
  const warm = value.temperature > 0 && value.temperature !== 1 ? t('what it expected, before the temperature', '它的期待（温度之前）') : t('what it expected', '它的期待');
  card.replaceChildren(node('div.card-char', {}, ink(actual)),
    node('div.card-bars', {}, node('small.card-note', {}, value.temperature === 0 ? t('what it expected; at temperature 0 the first is always taken', '它的期待；温度为 0 时总取第一个') : warm), ...bars), node('div.card-sums', {}, ...sums.map((s) => node('span', {}, s))));
}

page.addEventListener('pointerover', (e) => { const ch = e.target.closest('.ch'); if (ch) select(+ch.dataset.i); });
page.addEventListener('click', (e) => { const ch = e.target.closest('.ch'); if (ch) select(+ch.dataset.i); });
page.addEventListener('keydown', (e) => {
  const move = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 10, ArrowUp: -10 }[e.key];
  if (!move || !shown) return;
  e.preventDefault();
  select(Math.max(0, Math.min(shown - 1, chosen + move)));
  spans[chosen].scrollIntoView({ block: 'nearest' });
});
window.addEventListener('gallery-stop', () => { stopped = true; });

function update() {
  const next = props.value;
  if (next?.start && !value) { trigger('start'); return; }
  stage.hidden = !next?.text;
  if (!next?.text) { value = null; return; }
  const goesOn = value && next.rate !== undefined && next.seed === before.seed && !before.done
    && next.text.length >= before.length;
  value = next;
  before = { seed: next.seed, done: next.done, length: next.text.length };
  if (!goesOn) {
    stopped = false; shown = 0; spans = []; chosen = -1; ticking = false;
    if (value.cells) look = 'cell';
    page.className = 'rows-text look-' + look;
    page.replaceChildren();
    chips(); select(-1);
  }
  if (value.rate === undefined) { grow(value.text.length); page.scrollTop = 0; finish(); } else tick();
}
watch('value', update);
chips(); select(-1); update();
