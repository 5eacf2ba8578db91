// The desk of the convolution: nine numbers to edit, the settings, and the sum behind the output number pointed at. Value:
// see `lay` of demos/cnn/convolve.py. The settings stand in the value, for data that an event carries is out of date when
// Gradio has made it wait; fires 'order'. Tells views/convolve.js by 'convolve-settings', hears from it by 'convolve-point'.
const { node, t, announce } = window.gallery;
const stage = element.querySelector('.view') || element;
const NAMES = {
  identity: t('identity', '恒等'), blur: t('blur', '模糊'), gaussian: t('Gaussian blur', '高斯模糊'), sharpen: t('sharpen', '锐化'), sobel_x: 'Sobel x',
  sobel_y: 'Sobel y', laplacian: t('edges (Laplacian)', '边缘（拉普拉斯）'), emboss: t('emboss', '浮雕'),
};
const MOST = 99, SETTINGS = ['kernel', 'stride', 'padding', 'bias', 'relu', 'pool', 'scale'];
let mine = null, made = null, cell = 4, turn = 0;

// A number as it is written: few digits, a true minus sign; of a kernel, fractions as fractions.
const said = (x, digits = 2) => String(+x.toFixed(digits)).replace('-', '−');
function fraction(x) {
  if (Math.abs(10 * x - Math.round(10 * x)) < 1e-6) return said(x, 1);
  const below = [3, 4, 6, 7, 8, 9, 12, 16].find((d) => Math.abs(x * d - Math.round(x * d)) < 1e-6);
  return below ? said(x * below, 0) + '/' + below : said(x, 3);
}

// What a visitor typed, such as -1, 0,5 or 1/9; NaN where it is no number from -99 to 99.
function typed(text) {
  const found = /^\s*([-−+]?)(\d*[.,]?\d+|\d+[.,])\s*(?:\/\s*(\d+))?\s*$/.exec(text);
  const x = found ? parseFloat(found[2].replace(',', '.')) / +(found[3] ?? 1) : NaN;
  return Math.abs(x) <= MOST ? (found[1] && found[1] !== '+' ? 0 - x : x) : NaN;
}

// ---- made once: what has the keyboard must not be replaced
const chip = (label, onclick, more = {}) => node('button.chip', { type: 'button', onclick, ...more }, label);
const choice = (name, title, options) => node('div.conv-choice', { role: 'group', 'aria-label': title }, node('span', {}, title),
  node('div.chips', {}, ...options.map(([to, label]) => chip(label, () => edit({ [name]: to }), { 'data-name': name, 'data-to': String(to) }))));
const cells = Array.from({ length: 9 }, (_, k) => node('input.conv-weight', { type: 'text', autocomplete: 'off', spellcheck: 'false',
  'aria-label': t(`kernel, row ${Math.floor(k / 3) + 1}, column ${k % 3 + 1}`, `卷积核第 ${Math.floor(k / 3) + 1} 行第 ${k % 3 + 1} 列`),
  onfocus: () => { cell = k; cells[k].select(); draw(); }, oninput: () => write(k), onblur: draw, onkeydown: (e) => step(e, k) }));
const range = (name, reach, by, label, oninput) => node('input', { type: 'range', min: -reach, max: reach, step: by, 'aria-label': label, oninput });
const slider = range('weight', 5, 0.1, t('the number in the outlined field', '描边格子里的数'), () => weight(cell, +slider.value));
const bias = range('bias', 255, 1, t('bias', '偏置'), () => edit({ bias: +bias.value }));
const biasSaid = node('output'), even = node('p.hint'), trouble = node('p.conv-trouble', { role: 'alert' }), presets = node('div.chips');
const spoken = node('p.conv-result', { role: 'status' }), sum = node('div.conv-sum');

function build(kernels) {
  presets.replaceChildren(...Object.entries(kernels).map(([name, kernel]) => chip(NAMES[name], () => edit({ kernel }), { 'data-preset': name })));
  stage.replaceChildren(presets, node('div.conv-desk', {},
    node('section', {}, node('h4', {}, t('Kernel', '卷积核')), node('div.conv-kernel', {}, ...cells), slider, trouble, even,
      node('div.chips', {}, chip(t('⟳ turn', '⟳ 旋转'), () => edit({ kernel: [0, 1, 2].map((r) => [0, 1, 2].map((c) => mine.kernel[2 - c][r])) })),
        chip(t('± other sign', '± 变号'), () => edit({ kernel: mine.kernel.map((row) => row.map((x) => 0 - x)) })))),
    node('section', {}, node('h4', {}, t('Settings', '设置')),
      choice('stride', t('stride', '步幅'), [[1, '1'], [2, '2'], [3, '3']]),
      choice('padding', t('padding', '填充'), [[0, t('0 “valid”', '0（valid）')], [1, t('1 “same”', '1（same）')]]),
      node('div.conv-choice', {}, node('span', {}, t('bias', '偏置')), node('div.conv-bias', {}, bias, biasSaid)),
      choice('relu', 'ReLU', [[false, t('off', '关')], [true, t('on', '开')]]),
      choice('pool', t('pooling', '池化'), [['none', t('none', '无')], ['max', t('max 2 × 2', '最大 2 × 2')], ['mean', t('mean 2 × 2', '平均 2 × 2')]]),
      choice('scale', t('colours', '颜色'), [['auto', t('automatic', '自动')], ['pixels', '0 … 255'], ['range', t('least … greatest', '最小 … 最大')], ['zero', t('centred on 0', '以 0 为中心')]])),
    node('section', {}, node('h4', {}, t('One number of the output', '输出中的一个数')), sum, spoken)));
}

// ---- changing the kernel and the settings
function edit(change) {
  trouble.textContent = '';
  mine = { ...mine, ...change };
  turn += 1;
  draw();
  announce('convolve-settings', { ...mine, turn });
  props.value = { ...mine, turn, presets: made };
  trigger('order');
}
const weight = (k, x) => edit({ kernel: mine.kernel.map((row, r) => row.map((was, c) => (3 * r + c === k ? x : was))) });
function write(k) {
  const x = typed(cells[k].value), wrong = Number.isNaN(x);
  cells[k].setAttribute('aria-invalid', String(wrong));
  trouble.textContent = wrong ? t(`A number from −${MOST} to ${MOST}, such as −1, 0.5 or 1/9; “${cells[k].value}” is none, and the one before counts.`, `请填 −${MOST} 到 ${MOST} 之间的数，如 −1、0.5 或 1/9；“${cells[k].value}”不是，仍用原来的数。`) : '';
  if (!wrong) weight(k, x);
}
function step(event, k) {
  const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (event.key === 'Enter') cells[k].blur();
  if (!by) return;
  event.preventDefault();
  const x = mine.kernel.flat()[k] + by * (event.shiftKey ? 0.1 : 1);
  cells[k].value = fraction(Math.max(-MOST, Math.min(MOST, +x.toFixed(9))));
  write(k);
}

// ---- showing them
const tint = (x, most) => `--p:${Math.min(1, Math.abs(x) / (most || 1)).toFixed(3)};--ink:var(${x < 0 ? '--cold-ink' : '--heat-ink'})`;
function draw() {
  if (!mine) return;
  const flat = mine.kernel.flat(), most = Math.max(...flat.map(Math.abs)), total = flat.reduce((a, b) => a + b, 0), active = document.activeElement;
  cells.forEach((box, k) => {
    if (box !== active) { box.value = fraction(flat[k]); box.removeAttribute('aria-invalid'); }
    box.setAttribute('style', tint(flat[k], most));
    box.classList.toggle('chosen', k === cell);
  });
  slider.value = flat[cell];
  bias.value = mine.bias;
  biasSaid.textContent = said(mine.bias);
  const effect = Math.abs(total) < 1e-6 ? t('an even area becomes 0, only differences remain.', '均匀的区域变成 0，只留下差别。')
    : Math.abs(total - 1) < 1e-6 ? t('an even area keeps its brightness.', '均匀的区域亮度不变。')
      : t(`an even area comes out ${fraction(total)} times as bright.`, `均匀区域的亮度变为 ${fraction(total)} 倍。`);
  even.textContent = t(`The nine add up to ${fraction(total)}: `, `九个数之和为 ${fraction(total)}：`) + effect;
  for (const button of presets.children)
    button.setAttribute('aria-pressed', String(made[button.dataset.preset].flat().every((x, k) => Math.abs(x - flat[k]) < 1e-6)));
  for (const button of stage.querySelectorAll('[data-name]'))
    button.setAttribute('aria-pressed', String(String(mine[button.dataset.name]) === button.dataset.to));
}

// Nine pixels x nine weights = nine products, their sum and what becomes of it.
function show({ detail: { row, column, all, best, open, number } }) {
  if (!mine) return;
  const one = all[open], flat = mine.kernel.flat(), most = (numbers) => Math.max(...numbers.map(Math.abs));
  const nine = (name, numbers, write, style) => node('figure', {}, node('figcaption', {}, name), node('div.conv-nine', {}, ...numbers.map((x) => node('i', { style: style(x) }, write(x)))));
  const grey = (x) => `background:rgb(${x},${x},${x});color:${x < 118 ? '#fff' : '#000'}`;
  const line = (name, text) => node('div', {}, node('dt', {}, name), node('dd', {}, text));
  const focused = sum.contains(document.activeElement);
  sum.replaceChildren(node('div.conv-line', {},
    nine(t('pixels', '像素'), one.pixels, (x) => said(x), grey), '×', nine(t('kernel', '卷积核'), flat, fraction, (x) => tint(x, most(flat))), '=',
    nine(t('products', '乘积'), one.products, (x) => said(x, Math.abs(x) < 100 ? 1 : 0), (x) => tint(x, most(one.products)))),
  node('dl', {}, line(t('sum of the nine', '九个乘积之和'), node('b', {}, said(one.sum))),
    mine.bias ? line(t('+ bias', '+ 偏置'), `${said(one.sum)} ${mine.bias < 0 ? '−' : '+'} ${said(Math.abs(mine.bias))} = ${said(one.biased)}`) : null,
    mine.relu ? line('ReLU', `max(0, ${said(one.biased)}) = ${said(one.after)}`) : null,
    all.length > 1 ? line(mine.pool === 'max' ? t('largest of four', '四个中最大的') : t('mean of four', '四个的平均'), node('div.conv-four', {}, ...all.map((other, k) =>
      chip(said(other.after), () => announce('convolve-open', k), { 'aria-pressed': String(k === open), class: mine.pool === 'max' && k === best ? 'chip won' : 'chip' })))) : null));
  if (focused) sum.querySelectorAll('.chip')[open]?.focus();
  spoken.replaceChildren(t(`row ${row + 1}, column ${column + 1} of the output: `, `输出第 ${row + 1} 行第 ${column + 1} 列：`), node('b', {}, said(number)));
}

function update() {
  const next = props.value;
  if (!next?.kernel) return;
  if (!made) build(made = next.presets);
  const theirs = Object.fromEntries(SETTINGS.map((name) => [name, next[name]]));
  if (!mine) {
    [mine, turn] = [theirs, next.turn ?? 0];
    draw();
    announce('convolve-settings', { ...mine, turn });
  } else if (JSON.stringify(theirs) !== JSON.stringify(mine)) edit({});  // another picture, answered with settings of before
}
window.addEventListener('convolve-point', show);
watch('value', update);
update();
