// A small network while it learns: curves, a wall of test digits, one digit on its way through all layers, the weights
// and what pulls at them. Value: see `board` of demos/cnn/moment.py; the first one also brings the digits of the wall.
// Fires 'start', and 'watch' with the number of a digit that shall be looked into.
const { node, t, percent, chart, unpack, colours } = window.gallery;
const stage = element.querySelector('.view') || element;
const GAP = 2, LARGEST = 56, TALLEST = 220;  // in pixels: between blocks, a map, a sheet of weights
let value = null, digits = null, slopes = false, shape = '', rows = [];

const count = (n) => n.toLocaleString('en');
const far = (maps) => '± ' + (maps.high <= 1e-9 ? '0' : maps.high < 0.001 ? maps.high.toExponential(1).replace('-', '−') : maps.high.toPrecision(2));
const chip = (label, on, onclick) => node('button.chip', { type: 'button', 'aria-pressed': String(on), onclick }, label);

// ---- blocks of numbers as one picture
// Small single numbers stand without frames, as one sheet: of each there would be more frame than number.
const framed = (maps, zoom) => maps.width * maps.height > 1 || zoom > 9;
// Blocks side by side in thin frames, `across` in a row, each `zoom` times as large. place(k): row and column of block k.
function paint(canvas, maps, across, zoom, place = (k) => [Math.floor(k / across), k % across]) {
  const { count: all, width, height } = maps, bytes = unpack(maps), table = colours('split'), frames = framed(maps, zoom), rim = frames ? 1 : 0, gap = frames ? GAP : 0;
  const down = 1 + Math.max(...Array.from({ length: all }, (_, k) => place(k)[0])), high = height * zoom + 2 * rim, wide = width * zoom + 2 * rim;
  const size = [down * (high + gap) - gap, across * (wide + gap) - gap];
  if (canvas.width !== size[1] || canvas.height !== size[0]) Object.assign(canvas, { width: size[1], height: size[0] });
  const image = new ImageData(size[1], size[0]), pixels = new Uint32Array(image.data.buffer), frame = 0x70808080;
  const inks = table.map(([r, g, b]) => (255 << 24 | b << 16 | g << 8 | r) >>> 0);
  for (let k = 0; k < all; k++) {
    const [row, column] = place(k), corner = row * (high + gap) * size[1] + column * (wide + gap), from = k * width * height;
    for (let y = 0; y < high; y++) for (let x = 0; x < wide; x++) {
      const edge = frames && (!x || !y || x === wide - 1 || y === high - 1);
      pixels[corner + y * size[1] + x] = edge ? frame : inks[bytes[from + Math.floor((y - rim) / zoom) * width + Math.floor((x - rim) / zoom)]];
    }
  }
  canvas.getContext('2d').putImageData(image, 0, 0);
}

// ---- one digit on its way through
const KINDS = { conv: t('convolution', '卷积'), relu: 'ReLU', maxpool: t('max pooling', '最大池化'), batchnorm: t('batch normalisation', '批归一化'), dropout: 'dropout', dense: t('dense', '全连接') };
const made = (layer) => (layer.side ? t(`${layer.channels} maps ${layer.side} × ${layer.side}`, `${layer.channels} 张 ${layer.side} × ${layer.side}`) : t(`${layer.channels} numbers`, `${layer.channels} 个数`));
const some = (shown, all) => (shown < all ? t(` (the first ${shown})`, `（前 ${shown} 个）`) : '');
const sheet = (name) => { const canvas = node('canvas', { role: 'img', 'aria-label': name }), said = node('figcaption'); return { canvas, said, name, figure: node('figure.learn-sheet', {}, canvas, said) }; };

function line(layer) {
  const kind = (layer.name === 'scores' ? t('one score for each digit', '每个数字一个得分') : KINDS[layer.kind]) + (layer.kernel ? ` ${layer.kernel} × ${layer.kernel}` : '');
  const name = (what) => `${layer.name}: ${what}`, maps = sheet(name(t('its maps', '它的特征图')));
  const pair = layer.weights ? [sheet(name(t('weights', '权重'))), sheet(name(t('gradients', '梯度')))] : [];
  const row = node('div.learn-layer', {},
    node('div.learn-name', {}, node('b', {}, layer.name), node('span', {}, kind), node('span', {}, made(layer)),
      layer.parameters ? node('span', {}, t(`${count(layer.parameters)} parameters`, `${count(layer.parameters)} 个参数`)) : null),
    maps.figure, pair.length ? node('div.learn-pair', {}, ...pair.map((one) => one.figure)) : null);
  return { row, maps, pair };
}

function fill(layer, { row, maps, pair }) {
  const shown = slopes ? layer.slopes : layer.maps, phone = innerWidth < 760, room = (row.clientWidth || 600) - (phone ? 0 : 140);
  const { width: side } = shown, edge = 2 + GAP, most = layer.side ? LARGEST : 20;
  // all maps in one row, if they do not become specks
  const zoom = Math.max(1, Math.round(most / 2 / side), Math.min(Math.floor(most / side), Math.floor((room / shown.count - edge) / side)));
  paint(maps.canvas, shown, Math.min(shown.count, Math.max(1, Math.floor((room + GAP) / (side * zoom + edge)))), zoom);
  maps.said.textContent = (slopes ? t('gradient ', '梯度 ') : '') + far(shown) + some(shown.count, layer.channels);
  if (!pair.length) return;
  const { width } = layer.weights, turned = layer.rows > layer.columns;  // the longer side lies
  const [across, down] = turned ? [layer.rows, layer.columns] : [layer.columns, layer.rows];
  const one = width * layer.weights.height === 1, rimmed = one ? 0 : edge;
  const wide = phone ? room : (room - 20) / 2, fits = Math.min((wide / across - rimmed) / width, (TALLEST / down - rimmed) / width);
  const place = (k) => { const at = [Math.floor(k / layer.columns), k % layer.columns]; return turned ? at.reverse() : at; };
  [layer.weights, layer.gradients].forEach((maps, i) => {
    paint(pair[i].canvas, maps, across, Math.max(1, Math.min(9, Math.floor(fits))), place);
    const cut = layer.rows < layer.all[0] || layer.columns < layer.all[1];
    pair[i].said.textContent = [t('weights ', '权重 '), t('gradients ', '梯度 ')][i] + far(maps) + (cut ? t(` (${layer.rows} of ${layer.all[0]} × ${layer.columns} of ${layer.all[1]})`, `（${layer.all[0]} 中的 ${layer.rows} × ${layer.all[1]} 中的 ${layer.columns}）`) : '');
  });
}

function grey(maps) {
  const canvas = node('canvas.learn-digit', { width: maps.width, height: maps.height, role: 'img', 'aria-label': t('the digit looked into', '正在看的数字') });
  const image = new ImageData(maps.width, maps.height);
  unpack(maps).forEach((byte, i) => image.data.set([255 - byte, 255 - byte, 255 - byte, 255], 4 * i));
  canvas.getContext('2d').putImageData(image, 0, 0);
  return canvas;
}

// ---- made once
const facts = node('div.learn-facts'), plots = node('div.learn-plots'), wall = node('div.learn-wall'), tally = node('p.hint');
const guess = node('div.learn-guess'), layers = node('div.learn-layers-shown'), toggle = node('div.chips');
const root = node('div.learn-board', {}, facts, plots,
  node('h4', {}, t('The test wall: digits it never learns from', '测试墙：它从不学习的数字')), tally, wall,
  node('h4', {}, t('One of them on its way through the network', '其中一个数字穿过网络')), guess, toggle,
  node('p.hint', {}, t('Blue is below zero, white zero, red above; beside each ± says where the colours end. Gradients of weights: how the loss of the last batch changes with each weight; the next step goes the other way.',
    '蓝色小于零，白色为零，红色大于零；± 后是色标两端的值。权重的梯度：上一批的损失随每个权重怎样变化，下一步朝相反方向走。')), layers);

const PHASES = {
  ready: t('○ not trained yet: press Start', '○ 还没训练：请按开始'), running: t('● learning …', '● 学习中…'), paused: t('❚❚ paused', '❚❚ 已暂停'), done: t('■ ended', '■ 已结束'),
  burst: t('⚠ the loss became infinite', '⚠ 损失变成无穷大'),
};
const fact = (name, text) => node('div.learn-fact', {}, node('b', {}, text), node('span', {}, name));

function head() {
  const last = value.test.at(-1), full = value.full === null ? null : t(`${(100 * value.full).toFixed(1)} % of all 1,000 test digits`, `全部 1000 个测试数字中 ${(100 * value.full).toFixed(1)} %`);
  facts.replaceChildren(node('div.learn-phase', { role: 'status' }, PHASES[value.phase], full && value.phase !== 'burst' ? node('span', {}, full) : null),
    fact(t(`test accuracy (${value.tested} digits)`, `测试准确率（${value.tested} 个数字）`), (100 * last[2]).toFixed(1) + ' %'),
    fact(t(`digits seen (all of them ${value.passes} times)`, `看过的数字（全部的 ${value.passes} 遍）`), count(value.examples)),
    fact(t('seconds', '秒'), value.seconds.toFixed(1)),
    fact(t('digits a second', '每秒数字'), value.rate ? count(value.rate) : '–'),
    fact(t('ms forward, one digit', '每个数字前向毫秒'), value.forward ? value.forward.toFixed(2) : '–'),
    fact(t('ms backward', '反向毫秒'), value.backward ? value.backward.toFixed(2) : '–'));
}

function curves() {
  const pick = (points, i, scale = 1) => points.map((p) => [p[0], scale * p[i]]);
  const both = (i, yName, scale, span) => chart({ span, xName: t('digits seen', '看过的数字'), yName, height: 200, width: 460,
    series: [{ name: t('training', '训练集'), points: pick(value.train, i, scale), tone: 1 }, { name: t(`test (${value.tested} digits)`, `测试（${value.tested} 个）`), points: pick(value.test, i, scale), tone: 0 }] });
  plots.replaceChildren(both(1, t('loss, nats', '损失，纳特')), both(2, t('accuracy, %', '准确率，%'), 100, [0, 100]));
}

function hang() {
  const right = value.wall.filter(([, label, guessed]) => label === guessed).length;
  tally.textContent = t(`${right} of these ${value.wall.length} are read rightly now`, `这 ${value.wall.length} 个中现在认对 ${right} 个`)
    + (value.of ? t(`; of the last ${value.of} that came new, ${percent(value.right / value.of)}`, `；最近新来的 ${value.of} 个中 ${percent(value.right / value.of)}`) : '') + t('. Click one to look into it.', '。点一个来细看。');
  const size = 34, high = Math.ceil(value.tested / digits.columns) * size;
  wall.replaceChildren(...value.wall.map(([at, label, guessed, sure]) => {
    const fine = label === guessed, name = t(`a ${label}, read as ${guessed}, ${percent(sure)}`, `${label}，认成 ${guessed}，${percent(sure)}`);
    return node(`button.learn-one.${fine ? 'right' : 'wrong'}`, { type: 'button', 'aria-label': name, title: name, 'aria-pressed': String(at === value.digit.number), 'data-digit': at },
      node('i', { style: `background-image:url(${digits.sheet});background-size:${digits.columns * size}px ${high}px;background-position:-${at % digits.columns * size}px -${Math.floor(at / digits.columns) * size}px` }),
      node('span', {}, `${fine ? '✓' : '✗'} ${guessed}`));
  }));
}
wall.onclick = (e) => { const hit = e.target.closest('[data-digit]'); if (hit) trigger('watch', { digit: +hit.dataset.digit }); };

function through() {
  const { digit } = value, best = digit.p.indexOf(Math.max(...digit.p));
  guess.replaceChildren(grey(digit.pixels), node('div.learn-bars', { role: 'img', 'aria-label': t(`probabilities; most for ${best}: ${percent(digit.p[best])}`, `概率；最高是 ${best}：${percent(digit.p[best])}`) },
    ...digit.p.map((p, k) => node(`div.learn-bar${k === digit.label ? '.true' : ''}`, {}, node('i', { style: `--p:${p}` }), node('b', {}, String(k))))),
  node('p', {}, t(`It is a ${digit.label}. `, `它是 ${digit.label}。`), node('b', {}, best === digit.label ? t(`✓ read as ${best}`, `✓ 认成 ${best}`) : t(`✗ read as ${best}`, `✗ 认成 ${best}`)), `, ${percent(digit.p[best])}`));
  const choose = (to) => () => { slopes = to; through(); };
  toggle.replaceChildren(chip(t('what each layer makes of it', '每层算出的结果'), !slopes, choose(false)), chip(t('gradients of its loss', '它的损失的梯度'), slopes, choose(true)));
  const now = value.layers.map((layer) => [layer.name, layer.kernel, layer.channels, layer.side].join()).join(';');
  if (now !== shape) {
    shape = now;
    rows = value.layers.map(line);
    layers.replaceChildren(...rows.map((one) => one.row));
  }
  value.layers.forEach((layer, i) => fill(layer, rows[i]));
}

function draw() {
  const next = props.value;
  if (next?.start) { trigger('start'); return; }
  if (!next?.layers) return;
  value = next;
  if (value.sheet) digits = { sheet: value.sheet, columns: value.columns };
  if (!digits) return;
  if (!stage.contains(root)) stage.replaceChildren(root);
  root.dataset.phase = value.phase;
  head();
  curves();
  hang();
  through();
}
let width = 0;
new ResizeObserver(() => { if (value && Math.abs(root.clientWidth - width) > 20) { width = root.clientWidth; through(); } }).observe(root);
watch('value', draw);
draw();
