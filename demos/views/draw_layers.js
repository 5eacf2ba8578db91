// All layers of the digit network as rows of maps; under the pointer one map enlarged, what it has seen, and its sum.
// Value: {seen, layers, kernels, biases, temperature} of demos/cnn/draw.py.
const { node, t, unpack, meant } = window.gallery;
const stage = element.querySelector('.view') || element;
const DAY = ['2166ac', '67a9cf', 'f7f7f7', 'ef8a62', 'b2182b'], NIGHT = ['7cc4ff', '2a6ca5', '15191e', 'a3501a', 'ffb677'];
let value = null, seen = null, pointed = false, at = { layer: 0, k: 0, row: 0, column: 0 };  // what is shown, and the place looked at
const rows = node('div.draw-layers'), lens = node('aside.draw-lens', { 'aria-label': t('one map, enlarged', '放大的一张特征图') });
const root = node('div.draw-inside', {}, rows, lens);
const night = () => document.body.classList.contains('dark') || !!document.querySelector('.gradio-container.dark');

// 256 colours from below zero over zero to above.
function ramp() {
  const stops = (night() ? NIGHT : DAY).map((hex) => [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16)));
  return Array.from({ length: 256 }, (_, i) => {
    const x = i / 255 * (stops.length - 1), k = Math.min(stops.length - 2, Math.floor(x));
    return [0, 1, 2].map((c) => Math.round(stops[k][c] + (x - k) * (stops[k + 1][c] - stops[k][c])));
  });
}

function tile(bytes, width, height, start, table) {
  const canvas = node('canvas', { width, height }), image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) image.data.set([...table[bytes[start + i]], 255], 4 * i);
  canvas.getContext('2d').putImageData(image, 0, 0);
  return canvas;
}

const KINDS = { conv: ['convolution', '卷积'], relu: ['ReLU: below zero becomes zero', 'ReLU：小于零的变成零'], maxpool: ['max pooling', '最大池化'], dense: ['one score for each digit', '每个数字一个得分'] };
const told = (layer) => t(...(KINDS[layer.kind] || [layer.kind, layer.kind])) + (layer.kernel ? ` ${layer.kernel} × ${layer.kernel}` : '');
const size = (layer) => (layer.side ? t(`${layer.channels} maps ${layer.side} × ${layer.side}`, `${layer.channels} 张 ${layer.side} × ${layer.side}`) : t(`${layer.channels} numbers`, `${layer.channels} 个数`));
const short = (x) => (Math.abs(x) < 0.005 ? '0' : x.toPrecision(2).replace('-', '−'));

function tiles(layer, number, table) {
  const room = (rows.clientWidth || 700) - (innerWidth > 760 ? 150 : 0), many = layer.maps.width;
  const edge = many > 14 ? Math.min(56, Math.max(42, Math.floor(room / 16) - 3)) : many > 1 ? 28 : 34, step = edge + 3;
  const across = Math.max(1, Math.min(layer.channels, Math.floor(room / step)));
  const canvas = node('canvas.draw-tiles', { width: across * step, height: Math.ceil(layer.channels / across) * step, tabindex: 0, role: 'img',
    'aria-label': `${layer.name}: ${size(layer)}; ` + t('arrow keys choose a map', '方向键选择一张图') });
  const context = canvas.getContext('2d');
  context.imageSmoothingEnabled = false;
  for (let k = 0; k < layer.channels; k++) {
    const x = k % across * step, y = Math.floor(k / across) * step;
    context.drawImage(tile(layer.bytes, many, layer.maps.height, k * many * layer.maps.height, table), x, y, edge, edge);
    if (!layer.side) {
      const [r, g, b] = table[layer.bytes[k]];
      context.fillStyle = r * 0.3 + g * 0.59 + b * 0.11 > 120 ? '#000' : '#fff';
      context.font = '16px sans-serif';
      context.fillText(String(k), x + 12, y + 23);
    }
  }
  const point = (e) => {
    const box = canvas.getBoundingClientRect(), x = e.clientX - box.left, y = e.clientY - box.top;
    const k = Math.floor(y / step) * across + Math.min(across - 1, Math.floor(x / step)), inside = (v) => Math.min(many - 1, Math.max(0, Math.floor(v % step / edge * many)));
    if (k >= 0 && k < layer.channels) { pointed = true; at = { layer: number, k, row: inside(y), column: inside(x) }; look(); }
  };
  canvas.onpointermove = canvas.onpointerdown = point;
  canvas.onkeydown = (e) => {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across }[e.key];
    if (!by) return;
    e.preventDefault();
    const k = pointed && at.layer === number ? at.k + by : 0;
    if (k >= 0 && k < layer.channels) { pointed = true; at = { ...strongest(layer, k), layer: number }; look(); }
  };
  return canvas;
}

function strongest(layer, k) {
  const { width, height } = layer.maps, part = layer.bytes.subarray(k * width * height, (k + 1) * width * height);
  const i = part.indexOf(part.reduce((a, b) => Math.max(a, b)));
  return { k, row: Math.floor(i / width), column: i % width };
}

// ---- the map under the pointer ----
// A number of a layer: worked out from the one before where that is easy, so that what is said of both agrees, else as
// exactly as one byte allows.
function number(layer, k, row, column) {
  const before = value.layers[value.layers.indexOf(layer) - 1];
  if (layer.kind === 'relu') return Math.max(0, number(before, k, row, column));
  if (layer.kind === 'maxpool') return Math.max(...pooled(layer, before, k, row, column));
  if (!before && layer.kind === 'conv') return weighed(layer, k, row, column) + value.biases[k];
  return meant(layer.maps, layer.bytes[(k * layer.maps.height + row) * layer.maps.width + column]);
}
const pooled = (layer, before, k, row, column) => Array.from({ length: layer.kernel ** 2 }, (_, i) =>
  number(before, k, row * layer.kernel + Math.floor(i / layer.kernel), column * layer.kernel + i % layer.kernel));
// Pixels times weights of the first layer.
function weighed(layer, k, row, column) {
  const n = layer.kernel, half = (n - 1) / 2;
  let total = 0;
  for (let i = 0; i < n * n; i++) {
    const y = row + Math.floor(i / n) - half, x = column + i % n - half;
    if (y >= 0 && x >= 0 && y < 28 && x < 28) total += seen[y * 28 + x] / 255 * value.kernels[k * n * n + i];
  }
  return total;
}

// How the number came about.
function sum(layer, before) {
  const { k, row, column } = at, out = number(layer, k, row, column);
  if (layer.kind === 'relu') return `max(0, ${short(number(before, k, row, column))}) = ${short(out)}`;
  if (layer.kind === 'maxpool') return `max(${pooled(layer, before, k, row, column).map(short).join(', ')}) = ${short(out)}`;
  if (before) {
    const count = layer.kind === 'dense' ? before.channels * before.side ** 2 : before.channels * layer.kernel ** 2;
    return t(`the sum of ${count.toLocaleString()} products and a bias ≈ ${short(out)}`, `${count.toLocaleString()} 个乘积与偏置之和 ≈ ${short(out)}`);
  }
  const n = layer.kernel, total = weighed(layer, k, row, column);
  return t(`${n * n} pixels × weights: ${short(total)}, bias ${short(value.biases[k])}, together ${short(total + value.biases[k])}`,
    `${n * n} 个像素 × 权重：${short(total)}，偏置 ${short(value.biases[k])}，合计 ${short(total + value.biases[k])}`);
}

// The pixels and the weights of the first layer, side by side.
function products(layer, table) {
  const { k, row, column } = at, n = layer.kernel, half = (n - 1) / 2, own = value.kernels.slice(k * n * n, (k + 1) * n * n);
  const most = Math.max(...own.map(Math.abs)) || 1, grey = Array.from({ length: 256 }, (_, i) => [i, i, i]);
  const pixels = own.map((_, i) => {
    const y = row + Math.floor(i / n) - half, x = column + i % n - half;
    return y >= 0 && x >= 0 && y < 28 && x < 28 ? seen[y * 28 + x] : 0;
  });
  const weights = own.map((w) => Math.round((w / most + 1) / 2 * 255));
  return node('div.draw-products', {}, tile(pixels, n, n, 0, grey), '×', tile(weights, n, n, 0, table));
}

function look() {
  if (!value) { lens.replaceChildren(); return; }
  if (!pointed) at = { layer: 0, ...strongest(value.layers[0], 0) };
  const layer = value.layers[at.layer], before = value.layers[at.layer - 1], table = ramp(), { width, height } = layer.maps;
  const map = node('div.draw-large', {}, tile(layer.bytes, width, height, at.k * width * height, table),
    node('i', { style: `left:${100 * at.column / width}%;top:${100 * at.row / height}%;width:${100 / width}%;height:${100 / height}%` }));
  const field = layer.side ? layer.field : 28, from = (i) => (layer.side ? layer.start + i * layer.step : 0);
  const low = (i) => Math.max(0, from(i)), span = (i) => Math.min(28, from(i) + field) - low(i);
  const grey = Array.from({ length: 256 }, (_, i) => [i, i, i]);
  const source = node('div.draw-large', {}, tile(seen, 28, 28, 0, grey),
    node('i', { style: `left:${100 * low(at.column) / 28}%;top:${100 * low(at.row) / 28}%;width:${100 * span(at.column) / 28}%;height:${100 * span(at.row) / 28}%` }));
  lens.replaceChildren(
    node('h4', {}, `${layer.name}, ` + (layer.side ? t(`map ${at.k + 1} of ${layer.channels}`, `第 ${at.k + 1} 张，共 ${layer.channels} 张`) : t(`score of ${at.k}`, `${at.k} 的得分`))),
    node('div.draw-pair', {}, node('figure', {}, map, node('figcaption', {}, layer.side ? t(`row ${at.row + 1}, column ${at.column + 1}: ≈ ${short(number(layer, at.k, at.row, at.column))}`, `第 ${at.row + 1} 行第 ${at.column + 1} 列：≈ ${short(number(layer, at.k, at.row, at.column))}`) : short(number(layer, at.k, 0, 0)))),
      node('figure', {}, source, node('figcaption', {}, layer.side ? t(`sees ${layer.field} × ${layer.field} pixels`, `看到 ${layer.field} × ${layer.field} 像素`) : t('sees everything', '看到全部')))),
    ...(!before && layer.kind === 'conv' ? [products(layer, table)] : []), node('p', {}, sum(layer, before)));
}

let wide = 0;
function draw() {
  if (!stage.contains(root)) stage.replaceChildren(root);
  value = props.value?.layers ? props.value : null;
  root.classList.toggle('gone', !value);
  if (!value) return;
  seen = unpack(value.seen);
  const table = ramp();
  wide = rows.clientWidth;
  rows.replaceChildren(...value.layers.map((layer, i) => {
    layer.bytes = unpack(layer.maps);
    const half = layer.bytes.every((byte) => byte > 126), stops = half ? [128, 160, 191, 223, 255] : [0, 64, 128, 191, 255];
    return node('div.draw-row', {}, node('div.draw-name', {}, node('b', {}, layer.name), node('span', {}, size(layer)), node('small', {}, told(layer)),
      ...(layer.name === 'scores' ? [node('small', {}, t(`divided by the temperature ${value.temperature}, then softmax: the bars above`, `除以温度 ${value.temperature} 再做 softmax，就是上面的条`))] : []),
      node('small.draw-scale', { style: `--scale:linear-gradient(to right,${stops.map((i) => `rgb(${table[i]})`).join(',')})` }, half ? '0' : '−' + short(-layer.maps.low), node('i'), short(-layer.maps.low))), tiles(layer, i, table));
  }));
  look();
}
window.addEventListener('digit-gone', () => root.classList.add('gone'));
new ResizeObserver(() => { if (Math.abs(rows.clientWidth - wide) > 20) draw(); }).observe(rows);
new MutationObserver(() => draw()).observe(document.body, { attributes: true, attributeFilter: ['class'] });  // day and night
watch('value', draw);
draw();
