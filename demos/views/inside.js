// The network as a row of stages, the maps of one, and one number of a map taken apart. Value: see `compute` of
// demos/cnn/inside.py. Fires 'stage' with {stage}, and 'number' with {channel, row, column} for a place on which the
// pointer rests; the answer comes as 'inside-number'.
const { node, t, mapCanvas, meant, unpack, centred, legend } = window.gallery;
const stage = element.querySelector('.view') || element;
const REST = 180;  // milliseconds that the pointer stays at a place before its number is asked for
let open = 0, seen = null, place = null, neuron = null, resting = null, asked = '';
const apart = node('div.inside-sum', { 'aria-live': 'polite' });

// The square of the picture that row, column of a map depends on, in shares of the picture's side.
const square = ({ size, jump, start }, row, column) => ({ left: (start + jump * column) / props.value.side, top: (start + jump * row) / props.value.side, side: size / props.value.side });

function frame(box, { left, top, side }) {
  const clip = (v) => 100 * Math.min(1, Math.max(0, v));
  Object.assign(box.style, { left: clip(left) + '%', top: clip(top) + '%', width: clip(left + side) - clip(left) + '%', height: clip(top + side) - clip(top) + '%' });
  box.hidden = false;
}

function line(value) {
  return node('div.line-of-stages', { role: 'group', 'aria-label': t('stages of the network', '网络的各层') },
    ...value.line.map(([name, channels, side, field]) => node('button.stage-block', { type: 'button', 'aria-pressed': String(name === value.stage),
      onclick: () => trigger('stage', { stage: name }), title: t(`${channels} maps of ${side} × ${side}; each place sees ${field} pixels`, `${channels} 张 ${side} × ${side} 的图；每个位置看到 ${field} 像素`) },
    node('i', { style: `height:${Math.round(10 + 0.34 * side)}px;width:${Math.round(6 + 5 * Math.log2(channels))}px` }),
    node('b', {}, name), node('small', {}, `${channels} × ${side}²`))));
}

// A square of numbers: blue below zero, orange above, the stronger the further from it.
function numbers(rows, name) {
  const most = Math.max(...rows.flat().map(Math.abs), 1e-9), short = (v) => (v === 0 ? '0' : Math.abs(v) < 0.0005 ? '≈ 0' : Math.abs(v) < 0.01 ? v.toFixed(3) : v.toPrecision(2));
  return node('figure.sum-numbers', {}, node('figcaption', {}, name), node('table', {}, node('tbody', {}, ...rows.map((row) => node('tr', {}, ...row.map((v) =>
    node('td', { class: v < 0 ? 'below' : 'above', style: `--p:${(Math.abs(v) / most).toFixed(2)}` }, short(v).replace('-', '−'))))))));
}

const minus = (text) => text.replace('-', '−'), short = (v) => minus(v.toPrecision(3));
// A map before the number; those of the picture are its colours.
const mapName = (k) => (neuron.colours ? ({ r: t('red', '红'), g: t('green', '绿'), b: t('blue', '蓝') })[neuron.colours[k]] : t('map', '图') + ` ${k}`);

// Patch x kernel = products, for the map before that adds most.
function heaviest({ patch, kernel, heaviest: from, count, below }) {
  if (below) return [heaviest(below), node('p.hint', {}, t(`Their sum ${short(below.total - below.bias)} and the bias ${short(below.bias)} make ${short(below.total)}, ${short(below.value)} after the activation: the heaviest of the ${count} numbers at this one place that are mixed into the next.`,
    `合计 ${short(below.total - below.bias)} 加上偏置 ${short(below.bias)} 得 ${short(below.total)}，激活后 ${short(below.value)}：这一位置的 ${count} 个数混合成下一个数，它分量最大。`))];
  if (!patch) return null;
  const products = patch.map((row, i) => row.map((v, j) => v * kernel[i][j])), total = products.flat().reduce((a, b) => a + b, 0), maps = count / (patch.length * patch[0].length);
  return node('div.sum-product', {}, node('p.hint', {}, maps > 1 ? t(`Of the ${maps} maps before it, all places of ${mapName(from)} together weigh most, ${short(total)} (single products of others may be larger):`, `在前一层 ${maps} 张图中，${mapName(from)} 各位置合起来分量最大，为 ${short(total)}（其他图的单个乘积可能更大）：`) : t(`It looks at one map only, number ${from}:`, `它只看一张图，第 ${from} 张：`)),
    node('div.sum-row', {}, numbers(patch, t('patch', '小块')), node('b', {}, '×'), numbers(kernel, t('kernel', '核')), node('b', {}, '='), numbers(products, t('products', '乘积'))));
}

function sum() {
  if (!neuron) return node('p.hint', {}, t('Rest on a place of the large map to see how its number comes about.', '把指针停在大图的一个位置上，看这个数是怎样算出来的。'));
  const sign = (v) => (v < 0 ? '− ' : '+ ') + Math.abs(v).toPrecision(3);
  const rows = neuron.terms.map(([channel, row, column, input, weight, product]) => node('tr', {},
    node('td', {}, mapName(channel) + (neuron.patch ? ` (${row + 1}, ${column + 1})` : '')),
    node('td', {}, short(input)), node('td', {}, '× ' + short(weight)), node('td', {}, '= ' + short(product))));
  const rest = neuron.count - neuron.terms.length;
  return node('div.sum', {}, node('h4', {}, t(`Map ${neuron.place[0]}, row ${neuron.place[1] + 1}, column ${neuron.place[2] + 1}`, `第 ${neuron.place[0]} 张图，第 ${neuron.place[1] + 1} 行第 ${neuron.place[2] + 1} 列`)),
    ...[heaviest(neuron)].flat(), node('p.hint', {}, t('The largest single products:', '单个最大的乘积：')),
    node('table', {}, node('thead', {}, node('tr', {}, node('th', {}, t('comes from', '来自')), node('th', {}, t('input', '输入')), node('th', {}, t('weight', '权重')), node('th', {}, t('product', '乘积')))),
      node('tbody', {}, ...rows)),
    node('p', {}, (rest > 0 ? t(`${rest} smaller products: ${sign(neuron.rest)}, `, `另外 ${rest} 个较小的乘积：${sign(neuron.rest)}，`) : '') + t(`bias ${sign(neuron.bias)}, sum ${minus(neuron.total.toPrecision(4))}`, `偏置 ${sign(neuron.bias)}，合计 ${minus(neuron.total.toPrecision(4))}`)),
    node('p', {}, node('b', {}, t(`What the stage hands on: ${minus(neuron.value.toPrecision(4))}`, `这一层输出：${minus(neuron.value.toPrecision(4))}`)),
      beyond(neuron)));
}

// What happens between the sum and what the stage hands on: nothing, an activation that cuts it off, or a skip connection.
function beyond({ value: after, total }) {
  if (Math.abs(after - total) < 1e-3) return '';
  if ([Math.max(0, total), Math.min(6, Math.max(0, total))].some((cut) => Math.abs(after - cut) < 1e-3)) return t(' (after the activation)', '（经过激活函数之后）');
  const skip = after - total;
  return t(`: the sum and ${skip < 0 ? '− ' : ''}${Math.abs(skip).toPrecision(4)} that the skip connection adds`, `：合计加上残差连接带来的 ${skip < 0 ? '− ' : ''}${Math.abs(skip).toPrecision(4)}`);
}

function draw() {
  const value = props.value;
  if (!value?.maps) { stage.replaceChildren(); return; }
  const { maps, channels, peaks, field, ranges } = value, bytes = unpack(maps), fresh = `${value.model} ${value.stage} ${value.image.length}`;
  if (fresh !== seen) { seen = fresh; open = 0; place = neuron = null; asked = ''; }
  const box = node('i.field', { hidden: true });
  const picture = node('div.look-picture', {}, node('img', { src: value.image, alt: t('what the network sees', '网络看到的') }), box);
  const facts = node('p.rows-facts', { role: 'status' });
  const large = node('div.large-map'), detail = node('div.detail');
  const at = (k, row, column) => minus(meant(ranges ? { low: ranges[k][0], high: ranges[k][1] } : maps, bytes[(k * maps.height + row) * maps.width + column]).toPrecision(3));
  const point = (row, column) => {
    const { left, top, side } = square(field, row, column), all = left <= 0 && top <= 0 && left + side >= 1 && top + side >= 1;
    frame(box, { left, top, side });
    facts.textContent = t(`map ${channels[open]}, row ${row + 1}, column ${column + 1}: about ${at(open, row, column)}; sees `, `第 ${channels[open]} 张图，第 ${row + 1} 行第 ${column + 1} 列：约 ${at(open, row, column)}；看到`)
      + (all ? t('the whole picture', '整张图片') : t(`${field.size} × ${field.size} pixels`, ` ${field.size} × ${field.size} 像素`));
  };
  const where = (e) => {
    const area = large.firstChild.getBoundingClientRect();
    return [Math.min(maps.height - 1, Math.max(0, Math.floor((e.clientY - area.top) / area.height * maps.height))),
      Math.min(maps.width - 1, Math.max(0, Math.floor((e.clientX - area.left) / area.width * maps.width)))];
  };
  function enlarge(k) {
    open = k;
    const canvas = mapCanvas(maps, k, { bytes }), [peak, row, column, places] = peaks[k];
    const mark = node('i.peak-mark', { style: `left:${100 * (column + 0.5) / maps.width}%;top:${100 * (row + 0.5) / maps.height}%`, title: t('strongest response', '最强响应') });
    large.replaceChildren(canvas, mark);
    detail.replaceChildren(node('b', {}, t(`Map ${channels[k]}`, `第 ${channels[k]} 张图`)), node('small', {}, places > 1 ? t(`strongest response ${peak}, ${peak === 6 ? 'where the activation cuts off, ' : ''}at ${places} places; the first: row ${row + 1}, column ${column + 1}`, `最强响应 ${peak}${peak === 6 ? '（激活函数在此截断）' : ''}，有 ${places} 处；第一处：第 ${row + 1} 行第 ${column + 1} 列`)
        : t(`strongest response ${peak} at row ${row + 1}, column ${column + 1}`, `最强响应 ${peak}，在第 ${row + 1} 行第 ${column + 1} 列`)),
      ...(value.kernels ? [node('figure.kernel', {}, ...['R', 'G', 'B'].map((name, c) => node('span', {}, mapCanvas(value.kernels, 3 * k + c, { scale: 'split', bytes: centred(value.kernels)[0] }), name)),
        node('small', {}, t(`its ${value.kernels.height} × ${value.kernels.width} weights for red, green and blue: blue below zero, red above`, `它对红、绿、蓝的 ${value.kernels.height} × ${value.kernels.width} 权重：蓝色小于零，红色大于零`)))] : []));
    stage.querySelectorAll('.tile').forEach((tile, i) => tile.setAttribute('aria-pressed', String(i === k)));
    point(row, column);
  }
  const ask = (row, column) => {
    const what = `${channels[open]} ${row} ${column}`;
    if (what === asked) return;
    asked = what;
    place = [row, column];
    trigger('number', { channel: channels[open], row, column });
  };
  large.onpointermove = (e) => {
    const at = where(e);
    point(...at);
    clearTimeout(resting);
    resting = setTimeout(() => ask(...at), REST);
  };
  large.onpointerleave = () => clearTimeout(resting);
  large.onclick = (e) => { clearTimeout(resting); ask(...where(e)); };
  const total = value.line.find((row) => row[0] === value.stage)[1];
  stage.replaceChildren(line(value), node('div.inside-grid', {},
    node('div', {}, picture, value.enlarged > 1 ? node('p.hint', {}, t(`It gets ${value.side / value.enlarged} × ${value.side / value.enlarged} pixels and makes them ${value.enlarged} times as wide first; squares are counted in these.`, `它得到 ${value.side / value.enlarged} × ${value.side / value.enlarged} 像素，先放大 ${value.enlarged} 倍；方框按放大后的像素计。`)) : null, facts),
    node('div', {}, large, detail),
    node('div', {}, node('p.hint', {}, total > maps.count ? t(`the ${maps.count} strongest of ${total} maps, `, `${total} 张图中最强的 ${maps.count} 张，`) : t(`${total} maps, strongest first, `, `${total} 张图，最强的在前，`),
      ranges ? t('each on a scale of its own: colours of two maps do not compare', '每张各用自己的色标：两张图的颜色不能相比') : t('all on one scale', '同一色标'),
      ' ', ranges ? legend(t('its least', '自身最小'), t('its greatest', '自身最大')) : legend(maps.low.toPrecision(2), maps.high.toPrecision(3))),
    node('div.tiles', {}, ...channels.map((channel, k) => node('button.tile', { type: 'button', title: t(`map ${channel}`, `第 ${channel} 张图`) + (ranges ? `, ${ranges[k].map((v) => v.toPrecision(2)).join(' … ')}` : ''), 'aria-label': t(`map ${channel}`, `第 ${channel} 张图`), onclick: () => enlarge(k) }, mapCanvas(maps, k, { bytes })))), apart)));
  apart.replaceChildren(sum());
  enlarge(Math.min(open, maps.count - 1));
  if (place) point(...place);
}
window.addEventListener('inside-number', ({ detail }) => {
  if (detail.model !== props.value?.model || detail.stage !== props.value.stage) return;
  neuron = detail;
  apart.replaceChildren(sum());
});
watch('value', draw);
draw();
