// The list of layers, to be edited; beside each what it makes and how many numbers it learns. Value: see `plan` of
// demos/cnn/moment.py. Fires 'order' with all layers as lines of text.
const { node, t, announce } = window.gallery;
const stage = element.querySelector('.view') || element;
const KINDS = { conv: t('convolution', '卷积'), relu: 'ReLU', maxpool: t('max pooling', '最大池化'), batchnorm: t('batch norm', '批归一化'), dropout: 'dropout', dense: t('dense', '全连接') };
// of each kind its numbers: name, default, least, most, step; an array are the only choices
const sides = (from) => from.map((n) => [n, `${n} × ${n}`]);
const STRIDES = [1, 2, 3, 4].map((n) => [n, t(`stride ${n}`, `步幅 ${n}`)]);
const FIELDS = {
  conv: [[t('filters', '滤波器数'), 8, 1, 64, 1], [t('side of the kernel', '核边长'), 5, sides([1, 3, 5, 7])], [t('stride', '步幅'), 1, STRIDES]],
  relu: [], batchnorm: [],
  maxpool: [[t('side of what is pooled', '池化边长'), 2, sides([2, 3, 4])], [t('stride', '步幅'), null, STRIDES]],
  dropout: [[t('share of numbers that become 0', '置零的比例'), 0.3, 0, 0.9, 0.1]],
  dense: [[t('sums', '个数'), 32, 1, 256, 1]],
};
const PRESETS = [
  [t('with batch norm and dropout', '带批归一化和 dropout'), ['conv 8 5', 'batchnorm', 'relu', 'maxpool 2', 'conv 16 5', 'batchnorm', 'relu', 'maxpool 2', 'dropout 0.3']],
  ['ConvNetJS', ['conv 8 5', 'relu', 'maxpool 2', 'conv 16 5', 'relu', 'maxpool 3']],
  [t('no convolution', '不用卷积'), ['dense 64', 'relu', 'dropout 0.2']],
  [t('only the scores', '只有得分'), []],
];
const MOST = 12;
const PATIENCE = 4000;  // milliseconds until an order without an answer is given again
let mine = null, sent = 0, answered = 0, cells = [];

const read = (line) => { const [kind, ...numbers] = line.trim().toLowerCase().split(/\s+/); return { kind: FIELDS[kind] ? kind : 'relu', numbers }; };
const value = (layer, i) => layer.numbers[i] ?? FIELDS[layer.kind][i][1] ?? layer.numbers[0] ?? FIELDS[layer.kind][0][1];
const write = (layer) => [layer.kind, ...FIELDS[layer.kind].map((_, i) => value(layer, i))].join(' ');
const lines = () => mine.map(write);

function order(rebuild = true) {
  if (rebuild) build();
  announce('learn-order', lines().join(','));  // who presses Start at once means these
  const turn = ++sent, ask = () => trigger('order', { layers: lines(), turn });
  ask();
  // two answers that come at the same moment may be seen as one, and it need not be the last
  setTimeout(() => { if (turn === sent && answered < turn) ask(); }, PATIENCE);
}
const chip = (label, onclick, more = {}) => node('button.chip', { type: 'button', onclick, ...more }, label);
const small = (label, name, onclick, off) => chip(label, onclick, { 'aria-label': name, title: name, disabled: off, class: 'chip learn-small' });

function field(layer, row, i) {
  const [name, , low, high, step] = FIELDS[layer.kind][i], label = t(`layer ${row + 1}: ${name}`, `第 ${row + 1} 层：${name}`);
  const changed = (e) => { layer.numbers = FIELDS[layer.kind].map((_, k) => value(layer, k)); layer.numbers[i] = e.target.value || '0'; order(false); };
  if (!Array.isArray(low)) return node('input.learn-number', { type: 'number', min: low, max: high, step, value: value(layer, i), 'aria-label': label, title: name, oninput: changed });
  return node('select.learn-choice', { 'aria-label': label, title: name, onchange: changed },
    ...low.map(([n, text]) => node('option', { value: n, selected: String(n) === String(value(layer, i)) }, text)));
}

function line(layer, row) {
  const cell = { shape: node('span.learn-shape'), count: node('span.learn-count') };
  cells.push(cell);
  const move = (by) => () => { mine.splice(row + by, 0, ...mine.splice(row, 1)); order(); };
  cell.row = node('li.learn-line', {},
    node('select.learn-kind', { 'aria-label': t(`layer ${row + 1}: kind`, `第 ${row + 1} 层：种类`), onchange: (e) => { mine[row] = { kind: e.target.value, numbers: [] }; order(); } },
      ...Object.entries(KINDS).map(([kind, name]) => node('option', { value: kind, selected: kind === layer.kind }, name))),
    node('span.learn-fields', {}, ...FIELDS[layer.kind].map((_, i) => field(layer, row, i))),
    node('span.learn-moves', {}, small('↑', t('up', '上移'), move(-1), row === 0), small('↓', t('down', '下移'), move(1), row === mine.length - 1),
      small('✕', t('take out', '删除'), () => { mine.splice(row, 1); order(); })),
    cell.shape, cell.count);
  return cell.row;
}

const list = node('ol.learn-list'), trouble = node('p.learn-trouble', { role: 'alert' }), sum = node('p.learn-sum', { role: 'status' });
const presets = node('div.chips', {}, ...PRESETS.map(([name, layers]) => chip(name, () => { mine = layers.map(read); order(); })));
const add = chip(t('+ add a layer', '+ 添加一层'), () => { mine.push({ kind: 'conv', numbers: [] }); order(); });

function build() {
  cells = [];
  const rows = mine.map(line), last = { shape: node('span.learn-shape'), count: node('span.learn-count') };
  cells.push(last);
  last.row = node('li.learn-line.learn-last', {}, node('b', {}, t('scores', '得分')), node('span', {}, t('one for each digit', '每个数字一个')), last.shape, last.count);
  list.replaceChildren(...rows, last.row);
  add.disabled = mine.length >= MOST;
}

function update() {
  const found = props.value;
  if (!found?.layers) return;
  if (!mine) stage.replaceChildren(node('section.learn-editor', {}, node('h4', {}, t('Layers, from the digit to the scores', '从数字到得分的各层')), presets, list, add, trouble, sum));
  // an answer to an older order must not take back what was changed since
  if (found.turn && found.turn !== sent) return;
  answered = found.turn || answered;
  if (!mine || (!found.turn && found.layers.join() !== lines().join())) { mine = found.layers.map(read); build(); }
  const at = +(/^Layer (\d+)/.exec(found.complaint?.[0])?.[1] ?? 0) - 1;
  cells.forEach((cell, i) => {
    const made = found.stages[i];
    cell.shape.textContent = !made ? '' : made[2] ? t(`${made[1]} maps ${made[2]} × ${made[2]}`, `${made[1]} 张 ${made[2]} × ${made[2]}`) : t(`${made[1]} numbers`, `${made[1]} 个数`);
    cell.count.textContent = made?.[3] ? t(`${made[3].toLocaleString('en')} parameters`, `${made[3].toLocaleString('en')} 个参数`) : '';
    cell.row.classList.toggle('wrong', i === at);
  });
  trouble.textContent = found.complaint ? '⚠ ' + t(...found.complaint) : '';
  sum.textContent = found.complaint ? '' : t(`${found.parameters.toLocaleString('en')} parameters in all; ${found.work.toLocaleString('en')} multiplications for one digit. Counts from the next start.`,
    `共 ${found.parameters.toLocaleString('en')} 个参数；每个数字 ${found.work.toLocaleString('en')} 次乘法。从下次开始时生效。`);
}
watch('value', update);
update();
