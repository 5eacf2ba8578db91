// Which word became which? A grid to click links into, and then what the networks and two annotators say. Value: see
// demos/translation/align.py. Fires 'start', 'other' with {number} and 'check' with {number, links}.
const { node, t, light, sideways } = window.gallery;
const stage = element.querySelector('.view') || element;
const SIZE = 34;
let value = null, mine = new Set();  // "source,target"
const answered = new Map();  // number of a sentence -> the counts of the first answer to it, before its links were shown

const has = (links, i, j) => links?.some(([s, g]) => s === j && g === i);

// The error rate of 'you', 'model' or 'ibm1' over all sentences that were answered.
function soFar(who) {
  const [hits, of] = [...answered.values()].reduce((sum, counts) => [sum[0] + counts[who][0], sum[1] + counts[who][1]], [0, 0]);
  return 1 - hits / of;
}

function grid() {
  const { source, target } = value;
  const box = node('div.link-grid', { role: 'grid', style: `grid-template-columns: max-content repeat(${source.length}, ${SIZE}px)` }, node('span'),
    ...source.map((word, j) => node('span.over', { 'data-j': j }, node('b', {}, word))));
  target.forEach((word, i) => box.append(node('span.beside', { 'data-i': i, lang: 'fr' }, word), ...source.map((other, j) => {
    const key = `${j},${i}`, marks = [];
    if (value.sure) {
      if (has(value.sure, i, j)) marks.push('sure'); else if (has(value.possible, i, j)) marks.push('possible');
      if (has(value.model, i, j)) marks.push('by-model');
      if (has(value.ibm1, i, j)) marks.push('by-count');
    }
    return node('button.link', { type: 'button', class: ['link', ...marks].join(' '), 'data-i': i, 'data-j': j, 'aria-pressed': String(mine.has(key)),
      'aria-label': `${other} – ${word}`, onclick: () => { mine.has(key) ? mine.delete(key) : mine.add(key); value = { ...value, errors: null }; draw(); } });
  })));
  return box;
}

function draw() {
  if (!value) return;
  const links = [...mine].map((key) => key.split(',').map(Number));
  const row = (name, who, key) => node('tr', {}, node('th', { scope: 'row' }, node('i.sign.' + key), name),
    ...[value.errors[who], soFar(who)].map((error) => node('td.num', {}, (100 * error).toFixed(0) + ' %')));
  const result = value.errors ? [node('table.rungs', {}, node('thead', {}, node('tr', {}, node('th', {}, t('links by', '对齐者')),
    node('th', {}, t('AER here', '本句 AER')), node('th', {}, t(`of ${answered.size} so far`, `累计 ${answered.size} 句`)))),
    node('tbody', {}, row(t('you', '你'), 'you', 'mine'), row(t('attention of the 2015 network', '2015 年网络的注意力'), 'model', 'by-model'),
      row(t('IBM Model 1, counted in 1993’s way', 'IBM 模型 1，1993 年的计数法'), 'ibm1', 'by-count'))),
  node('p.hint', {}, t('AER, the alignment error rate: 0 % is all of the sure links (filled corner) and nothing outside the possible ones (hollow corner). The last column is over all sentences you have compared; of each, your first answer counts.',
    'AER 即对齐错误率：0 % 表示包含全部确定的链接（实心角），且不超出可能的链接（空心角）。最后一列是你比较过的所有句子的总计，每句以第一次的回答为准。'))] : [];
  const to = (number) => { mine = new Set(); trigger('other', { number: Math.min(value.count, Math.max(1, Math.round(number) || value.number)) }); };
  const step = (by) => to((value.number - 1 + by + value.count) % value.count + 1);
  stage.replaceChildren(node('p.ribbon', {}, value.english), node('p.said', { lang: 'fr' }, value.french),
    node('div.rows-bar.left', {}, node('label.tool', {}, t('sentence ', '第 '), node('input.line-number', { type: 'number', min: 1, max: value.count, value: value.number, onchange: (e) => to(e.target.value) }), t(` of ${value.count}`, ` 句，共 ${value.count} 句`)),
      node('div.chips', {}, node('button.chip', { type: 'button', onclick: () => step(-1) }, t('previous sentence', '上一句')),
        node('button.chip', { type: 'button', onclick: () => step(1) }, t('next sentence', '下一句')),
        node('button.chip', { type: 'button', disabled: !links.length, onclick: () => { mine = new Set(); draw(); } }, t('clear', '清空')),
        node('button.chip.first', { type: 'button', disabled: !links.length, onclick: () => trigger('check', { number: value.number, links }) }, t('compare with the others', '与其他对齐者比较')))),
    node('div.halves', {}, sideways(grid()), node('div', {}, ...(result.length ? result : [node('p.hint', {}, t('Link at least one word, then compare. A word may have several partners, or none. Punctuation counts as a word.', '先连至少一个词，再比较。一个词可以对应几个词，也可以没有。标点也算词。'))]))));
}

stage.addEventListener('pointerover', (e) => { const hit = e.target.closest('[data-i][data-j]'); if (hit) light(stage, +hit.dataset.i, +hit.dataset.j); });

function update() {
  const next = props.value;
  if (next?.start && !value) { trigger('start'); return; }
  if (!next?.source) return;
  value = next;
  if (value.counts && !answered.has(value.number)) answered.set(value.number, value.counts);
  draw();
}
watch('value', update);
update();
