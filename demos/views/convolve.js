// A convolution, input and output side by side: as pictures, or as the numbers of 8 x 8 pixels. Value: see demos/cnn/
// convolve.py. The settings come from views/convolve_desk.js by 'convolve-settings'; what is pointed at goes there by
// 'convolve-point'. The output picture is the server's; until it comes, and for single sums, this page reckons too.
const { node, t, unpack, legend, colours, percent, calm, announce, last } = window.gallery;
const stage = element.querySelector('.view') || element;
const PATCH = 8, BEAT = 600, TALLEST = 380;
let value = null, mine = null, grey = null, numbers = false, at = [0, 0], open = null, corner = [0, 0], walk = null;

const said = (x, digits = 1) => String(+x.toFixed(digits)).replace('-', '−');
const clamp = (x, least, most) => Math.max(least, Math.min(most, x));

// What lies under the kernel: the whole picture, or 8 x 8 pixels of it that stand for a picture of their own.
function source(whole = !numbers) {
  const { height, width } = value.input;
  const [top, left, rows, columns] = whole ? [0, 0, height, width] : [...corner, Math.min(PATCH, height), Math.min(PATCH, width)];
  const pixel = (y, x) => (y < 0 || x < 0 || y >= rows || x >= columns ? 0 : grey[(top + y) * width + left + x]);
  return { rows, columns, pixel, weights: mine.kernel.flat(), out: [area(rows), area(columns)] };
}
const reach = (side) => side + 2 * mine.padding - 3;
const places = (side) => Math.max(0, Math.floor(reach(side) / mine.stride) + 1);
const area = (side) => places(side) >> (mine.pool === 'none' ? 0 : 1);
const unread = (side) => Math.max(0, reach(side)) % mine.stride;

// Sum of nine products plus bias at one position of the kernel; ReLU; one number of the output.
function biased(from, row, column) {
  const top = row * mine.stride - mine.padding, left = column * mine.stride - mine.padding;
  let sum = mine.bias;
  for (let k = 0; k < 9; k++) sum += from.weights[k] * from.pixel(top + (k / 3 | 0), left + k % 3);
  return sum;
}
const bent = (x) => (mine.relu && x < 0 ? 0 : x);
function number(row, column, at) {
  if (mine.pool === 'none') return bent(at(row, column));
  const [y, x] = [2 * row, 2 * column], [a, b, c, d] = [bent(at(y, x)), bent(at(y, x + 1)), bent(at(y + 1, x)), bent(at(y + 1, x + 1))];
  return mine.pool === 'max' ? Math.max(a, b, c, d) : (a + b + c + d) / 4;
}
// Everything behind one number of the output: one position of the kernel, or the four that are pooled, with all products.
function behind(from, row, column) {
  const all = (mine.pool === 'none' ? [[row, column]] : [0, 1, 2, 3].map((k) => [2 * row + (k >> 1), 2 * column + k % 2])).map(([y, x]) => {
    const top = y * mine.stride - mine.padding, left = x * mine.stride - mine.padding, total = biased(from, y, x);
    const pixels = from.weights.map((_, k) => from.pixel(top + (k / 3 | 0), left + k % 3));
    return { top, left, pixels, products: pixels.map((pixel, k) => pixel * from.weights[k]), sum: total - mine.bias, biased: total, after: bent(total) };
  });
  const after = all.map((one) => one.after);
  return { all, best: after.indexOf(Math.max(...after)), number: number(row, column, (y, x) => biased(from, y, x)) };
}

// The whole output as this page reckons it, shown until the server's comes; colours as `_scale` of demos/cnn/convolve.py.
function preview() {
  const from = source(true), [rows, columns] = from.out, wide = places(from.columns), sums = new Float32Array(places(from.rows) * wide);
  if (!rows || !columns) return;
  for (let i = 0; i < sums.length; i++) sums[i] = biased(from, Math.floor(i / wide), i % wide);
  const even = from.weights.reduce((a, b) => a + b, 0), size = from.weights.reduce((a, b) => a + Math.abs(b), 0);
  const shown = mine.scale !== 'auto' ? mine.scale : Math.abs(even) < 0.01 * Math.max(1, size) ? 'zero' : even > 0.9 && even < 1.1 ? 'pixels' : 'range';
  const far = shown === 'zero' && Math.max(1, sums.map(Math.abs).sort()[Math.round(0.99 * (sums.length - 1))]);
  const ends = (all) => all.reduce(([least, most], x) => [Math.min(least, x), Math.max(most, x)], [all[0], all[0]]);
  const [low, high] = shown === 'pixels' ? [0, 255] : shown === 'zero' ? [-far, far] : ends(sums);
  const numbers = Float32Array.from({ length: rows * columns }, (_, i) => number(Math.floor(i / columns), i % columns, (y, x) => sums[y * wide + x]));
  value = { ...value, shown, output: { low, high, height: rows, width: columns }, ranges: { last: ends(numbers) },
    clipped: numbers.reduce((n, x) => n + (x < low || x > high), 0) / numbers.length };
  paint(right.canvas, value.output, Uint8Array.from(numbers, (x) => tone(x, value.output)), scale());
  right.canvas.dataset.by = 'page';
}

// ---- made once
const chip = (label, onclick) => node('button.chip', { type: 'button', onclick }, label);
const sheet = (label, focus) => {
  const parts = { canvas: node('canvas'), grid: node('div.conv-grid'), four: node('i.conv-mark.four'), mark: node('i.conv-mark'), caption: node('figcaption'),
    foot: node('div.conv-foot', {}), lost: [node('i.conv-lost'), node('i.conv-lost')] };
  parts.board = node('div.conv-board', { role: 'group', 'aria-label': label, tabindex: focus ? 0 : null }, parts.canvas, parts.grid, ...parts.lost, parts.four, parts.mark);
  parts.figure = node('figure', {}, parts.caption, parts.board, parts.foot);
  return parts;
};
const left = sheet(t('input', '输入'), false);
const right = sheet(t('output; arrow keys move from number to number, with Shift by ten', '输出；方向键逐个移动，按住 Shift 每次移动十个'), true);
const small = node('canvas'), frame = node('i.conv-mark');
const map = node('div.conv-board', { tabindex: 0, role: 'group', 'aria-label': t('which 8 × 8 pixels: click, or arrow keys', '哪 8 × 8 个像素：点击或用方向键') }, small, frame);
const play = chip('', () => (walk ? halt() : slide()));
const modes = [[false, t('picture', '图片')], [true, t('numbers', '数字')]].map(([to, label]) => [to, chip(label, () => look(to))]);
const body = node('div.conv', {}, node('div.rows-bar.left', {}, node('div.chips', {}, ...modes.map(([, button]) => button)), play),
  node('div.conv-stage', {}, left.figure, right.figure,
    node('figure.conv-where', {}, node('figcaption', {}, t('which 8 × 8 pixels: click', '哪 8 × 8 个像素：点击')), map)));

// ---- drawing
const scale = () => (value.shown === 'zero' ? 'split' : 'gray');
const tone = (x, { low, high }) => Math.round(255 * clamp(high > low ? (x - low) / (high - low) : 0, 0, 1));

function paint(canvas, { width, height }, bytes, name) {
  const image = new ImageData(width, height), pixels = new Uint32Array(image.data.buffer);
  const inks = colours(name).map(([r, g, b]) => (255 << 24 | b << 16 | g << 8 | r) >>> 0);
  for (let i = 0; i < pixels.length; i++) pixels[i] = inks[bytes[i]];
  Object.assign(canvas, { width, height });
  canvas.getContext('2d').putImageData(image, 0, 0);
}

// A field of numbers. number(row, column) is null where there is only padding, undefined where nothing is written yet.
function field(grid, rows, columns, number, ground) {
  grid.style.setProperty('--columns', columns);
  grid.replaceChildren(...Array.from({ length: rows * columns }, (_, k) => {
    const x = number(Math.floor(k / columns), k % columns);
    if (x == null) return node(x === null ? 'i.pad' : 'i.later', {}, x === null ? '0' : '');
    const [r, g, b] = ground(x);
    return node('i', { style: `background:rgb(${r},${g},${b});color:${0.3 * r + 0.6 * g + 0.1 * b < 118 ? '#fff' : '#000'}` }, said(x, Math.abs(x) < 100 ? 1 : 0));
  }));
}

function place(box, y, x, rows, columns, [height, width]) {
  Object.assign(box.style, { top: 100 * y / height + '%', left: 100 * x / width + '%', height: 100 * rows / height + '%', width: 100 * columns / width + '%' });
  box.hidden = rows <= 0 || columns <= 0;
}
// Where row and column 0 of the input lie on its board, and the size of the board: among numbers the padding is drawn.
const ring = () => (numbers ? mine.padding : 0);
const extent = (from) => [from.rows + 2 * ring(), from.columns + 2 * ring()];

function draw() {
  if (!value || !mine) return;
  const from = source(), p = ring(), [rows, columns] = from.out;
  body.querySelector('.conv-stage').classList.toggle('numbers', numbers);
  right.board.style.width = '';
  modes.forEach(([to, button]) => button.setAttribute('aria-pressed', String(to === numbers)));
  play.textContent = walk ? t('■ stop', '■ 停') : calm() ? t('▶ next position', '▶ 下一个位置') : t('▶ slide the kernel', '▶ 滑动卷积核');
  if (numbers) {
    const outside = (y, x) => y < p || x < p || y >= from.rows + p || x >= from.columns + p;
    field(left.grid, ...extent(from), (y, x) => (outside(y, x) ? null : from.pixel(y - p, x - p)), (x) => [x, x, x]);
    field(right.grid, rows, columns, (y, x) => (walk && y * columns + x > at[0] * columns + at[1] ? undefined : number(y, x, (r, c) => biased(from, r, c))), (x) => colours(scale())[tone(x, value.output)]);
    right.board.style.width = 100 * columns / extent(from)[1] + '%';  // all numbers in fields of one size
    place(frame, ...corner, from.rows, from.columns, [value.input.height, value.input.width]);
  }
  left.lost.forEach((box, k) => {
    const end = [from.rows, from.columns][1 - k] + mine.padding + p, much = unread([from.rows, from.columns][1 - k]), all = extent(from);
    place(box, k ? end - much : 0, k ? 0 : end - much, k ? much : all[0], k ? all[1] : much, all);
  });
  legends(from);
  point(from);
}

// The legends: sizes with their arithmetic, and what the colours mean.
function legends({ rows, columns, out }) {
  const { stride, padding, pool } = mine, { low, high } = value.output, [least, most] = Object.values(value.ranges).at(-1);
  left.caption.replaceChildren(node('b', {}, t('Input', '输入')), ` ${columns} × ${rows}` + (padding ? t(' and a ring of zeros', '，外加一圈零') : ''));
  right.caption.replaceChildren(node('b', {}, t('Output', '输出')), ` ${out[1]} × ${out[0]}`);
  const way = (name, side) => node('span', {}, `${name}: (${side}${padding ? ' + 2' : ''} − 3) / ${stride} + 1 = ${said(reach(side) / stride + 1, 2)}${unread(side) ? ` → ${places(side)}` : ''}`);
  const lost = [[unread(columns), 'column', '列'], [unread(rows), 'row', '行']].filter(([n]) => n).map(([n, en, zh]) => t(n > 1 ? `${n} ${en}s` : en, `${n} ${zh}`));
  left.foot.replaceChildren(legend('0', '255', 'gray'), way(t('width', '宽'), columns), way(t('height', '高'), rows),
    ...(pool === 'none' ? [] : [node('span', {}, t(`pooled, rounded down: ${out[1]} × ${out[0]}`, `池化后向下取整：${out[1]} × ${out[0]}`))]),
    ...(lost.length ? [node('b', {}, '⚠ ' + t(`Stride ${stride} does not come out even: the last ${lost.join(' and ')} of the ${padding ? 'padded ' : ''}input (hatched) will never be read.`,
      `步幅 ${stride} 除不尽：${padding ? '填充后' : ''}输入的最后 ${lost.join('、')}（斜线处）从未被读到。`))] : []));
  right.foot.replaceChildren(legend(said(low), said(high), scale()), node('span', {}, value.shown === 'zero' ? t('blue below zero, white zero, red above', '蓝色小于零，白色为零，红色大于零')
    : t(`black = ${said(low)}, white = ${said(high)}`, `黑 = ${said(low)}，白 = ${said(high)}`)),
  node('span', {}, (numbers ? t('in the whole picture ', '整幅图中') : '') + t(`the numbers go from ${said(least)} to ${said(most)}`, `数值从 ${said(least)} 到 ${said(most)}`)
    + (value.clipped ? t(`; ${percent(value.clipped)} of them lie beyond the colours`, `；其中 ${percent(value.clipped)} 超出颜色范围`) : '')));
}

// Marks what belongs together, and tells the desk.
function point(from = source()) {
  const [rows, columns] = from.out, marks = [left.four, left.mark, right.four, right.mark], p = ring(), all = extent(from);
  marks.forEach((mark) => { mark.hidden = true; });
  if (!rows || !columns) return;
  at = [clamp(at[0], 0, rows - 1), clamp(at[1], 0, columns - 1)];
  const what = behind(from, ...at), chosen = open ?? (mine.pool === 'max' ? what.best : 0), one = what.all[chosen], first = what.all[0];
  if (what.all.length > 1) place(left.four, first.top + p, first.left + p, 3 + mine.stride, 3 + mine.stride, all);
  place(left.mark, one.top + p, one.left + p, 3, 3, all);
  place(right.mark, ...at, 1, 1, from.out);
  announce('convolve-point', { row: at[0], column: at[1], open: chosen, ...what });
}

// ---- moving about
const jump = () => mine.stride * (mine.pool === 'none' ? 1 : 2);
function go(row, column) { at = [row, column]; open = null; point(); }
// The output whose patch has an input pixel in or near its middle, and the other way round.
const over = (y, x) => [y, x].map((side) => Math.round((side + mine.padding - 1) / jump()));
const middle = () => at.map((side) => side * jump() - mine.padding + 1);

function look(to) {
  halt();
  if (to === numbers) return;
  const [y, x] = middle();
  if (to) { move([y - PATCH / 2, x - PATCH / 2], to); return; }
  numbers = false;
  go(...over(corner[0] + y, corner[1] + x));
  draw();
}
function move([y, x], to = numbers) {
  const { height, width } = value.input;
  corner = [clamp(Math.round(y), 0, Math.max(0, height - PATCH)), clamp(Math.round(x), 0, Math.max(0, width - PATCH))];
  if (to && !numbers) { numbers = true; at = source().out.map((side) => side >> 1); }
  open = null;
  draw();
}

function halt() { clearInterval(walk); const went = walk; walk = null; if (went) draw(); }
function next() {
  const [rows, columns] = source().out, k = at[0] * columns + at[1];
  if (!rows || !columns) return false;
  if (mine.pool !== 'none' && (open ?? 0) < 3) open = (open ?? 0) + 1;
  else if (k + 1 < rows * columns) { at = [Math.floor((k + 1) / columns), (k + 1) % columns]; open = 0; } else return false;
  draw();
  return true;
}
function slide() {
  if (!numbers) look(true);
  if (calm()) { if (!next()) go(0, 0); return; }
  at = [0, 0]; open = 0;
  walk = setInterval(() => { if (!body.offsetParent || !next()) halt(); }, BEAT);
  draw();
}

const spot = (board, event, [height, width]) => {
  const { top, left, ...box } = board.getBoundingClientRect().toJSON();
  return [clamp(Math.floor((event.clientY - top) / box.height * height), 0, height - 1), clamp(Math.floor((event.clientX - left) / box.width * width), 0, width - 1)];
};
function follow(board, does) {
  board.addEventListener('pointermove', (e) => { if (value && mine && !walk && (e.pointerType === 'mouse' || e.buttons)) does(e); });
  board.addEventListener('pointerdown', (e) => { if (value && mine) { halt(); does(e); } });
}
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
function keys(board, does) {
  board.addEventListener('keydown', (e) => {
    if (!ARROWS[e.key] || !value || !mine) return;
    e.preventDefault();
    halt();
    does(ARROWS[e.key].map((by) => by * (e.shiftKey ? 10 : 1)));
  });
}
follow(right.board, (e) => go(...spot(right.board, e, source().out)));
follow(left.board, (e) => go(...over(...spot(left.board, e, extent(source())).map((side) => side - ring()))));
follow(map, (e) => { if (e.buttons) move(spot(map, e, [value.input.height, value.input.width]).map((side) => side - PATCH / 2)); });
keys(right.board, ([y, x]) => go(at[0] + y, at[1] + x));
keys(map, ([y, x]) => move([corner[0] + y, corner[1] + x]));

// ---- what comes in
function update() {
  const was = value, next = props.value;
  if (!next?.input) return;
  mine ??= last['convolve-settings'] ?? next;
  const other = was?.input.bytes !== next.input.bytes;
  if (!other && next.turn !== null && next.turn < mine.turn) return;  // another order is under way, and previewed already
  value = next;
  if (!body.isConnected) stage.replaceChildren(body);
  if (other) {
    halt();
    grey = unpack(value.input);
    [left.canvas, small].forEach((canvas) => paint(canvas, value.input, grey, 'gray'));
    body.style.setProperty('--most', Math.round(TALLEST * value.input.width / value.input.height) + 'px');
    if (numbers) move(value.spot); else at = over(...value.spot.map((side) => side + PATCH / 2));
  }
  paint(right.canvas, value.output, unpack(value.output), scale());
  right.canvas.dataset.by = 'server';
  draw();
}
window.addEventListener('convolve-settings', ({ detail }) => {
  const was = mine, kept = was && middle();
  mine = detail;
  open = walk ? 0 : null;
  if (!value) return;
  if (kept) at = over(...kept);
  if (detail.turn) preview();
  draw();
});
window.addEventListener('convolve-open', ({ detail }) => { open = detail; point(); });
watch('value', update);
update();
