// The test wall: pictures with the network's guesses, what they add up to, and which ones to look at.
// Value: see demos/cnn/wall.py, or {start}. Fires 'start', 'fetch' to have missing pictures
// fetched, and 'show' with {show} where others than those that hang are wanted.
const { node, t, percent, chinese } = window.gallery;
const stage = element.querySelector('.view') || element;
const PAGE = 100;
let value = null, page = 0, only = null, raw = false;  // only: null, 'wrong' or [true class, answer]

const called = (k) => value.classes[k][+chinese];
const right = (one) => one[0] === one[1][0][0];
const shown = () => value.hung.map((_, i) => i).filter((i) => only === null ? i < value.drawn : (only === 'wrong' ? !right(value.hung[i]) : value.hung[i][0] === only[0] && value.hung[i][1][0][0] === only[1]));
const count = (n) => n.toLocaleString('en');

// Picture number i of the sheet, `size` pixels large.
function picture(i, size, kind = 'i') {
  const rows = Math.ceil(value.hung.length / value.columns);
  return node(`${kind}.wall-picture`, { style: `width:${size}px;height:${size}px;background-image:url(${value.sheet});background-size:${value.columns * size}px ${rows * size}px;`
    + `background-position:-${i % value.columns * size}px -${Math.floor(i / value.columns) * size}px` });
}

function describe(i) {
  const [truth, top] = value.hung[i];
  return right(value.hung[i]) ? t(`${called(truth)}, read rightly, ${percent(top[0][1])}`, `${called(truth)}，认对，${percent(top[0][1])}`)
    : t(`${called(truth)}, read as ${called(top[0][0])}, ${percent(top[0][1])}`, `${called(truth)}，认成 ${called(top[0][0])}，${percent(top[0][1])}`);
}

function hung(i, size, extra) {
  const fine = right(value.hung[i]);
  return node(`button.wall-one.${fine ? 'right' : 'wrong'}`, { type: 'button', 'data-i': i, 'aria-label': describe(i) }, picture(i, size),
    node('b', {}, fine ? '✓' : '✗'), extra);
}

// What hangs of a set that hangs whole is sorted out here; of a larger one other pictures are sent.
function pick(what) {
  page = 0;
  if (value.show === 'all' && value.of === value.drawn) { only = what; draw(); return; }
  trigger('show', { show: what === null ? 'all' : what === 'wrong' ? 'wrong' : what.join('-') });
}

function card(i) {
  if (i === undefined) return [node('p', {}, only === null ? t('Point at a picture, or tap it.', '指向或点一张图片。') : t('No such picture hangs here.', '这里没有这样的图片。'))];
  const [truth, top] = value.hung[i];
  return [picture(i, 140), node('p', {}, t('It is ', '它是 '), node('b', {}, called(truth)), '. ', right(value.hung[i]) ? t('✓ read rightly', '✓ 认对') : t(`✗ read as ${called(top[0][0])}`, `✗ 认成 ${called(top[0][0])}`)),
    node('ol.wall-bars', {}, ...top.map(([k, p]) => node('li' + (k === truth ? '.true' : ''), {}, node('b', {}, called(k)), node('i', { style: `--p:${p}` }), node('span', {}, percent(p)))))];
}

function wall() {
  const some = shown(), pages = Math.max(1, Math.ceil(some.length / PAGE));
  page = Math.min(page, pages - 1);
  const part = some.slice(page * PAGE, (page + 1) * PAGE), side = node('aside.wall-card', { role: 'status' }, ...card(part[0]));
  const chip = (label, on, onclick, off = false) => node('button.chip', { type: 'button', 'aria-pressed': on === null ? null : String(on), onclick, disabled: off }, label);
  const turn = (by) => () => { page += by; draw(); };
  const choose = (what) => () => pick(what);
  const wrong = value.total - value.right, hangs = value.show === 'all' ? value.drawn : value.total;
  const tiles = node('div.wall-tiles', {}, ...part.map((i) => hung(i, 44)));
  tiles.onpointerover = tiles.onfocusin = tiles.onclick = (e) => {
    const hit = e.target.closest('[data-i]');
    if (!hit) return;
    tiles.querySelectorAll('.at').forEach((one) => one.classList.remove('at'));
    hit.classList.add('at');
    side.replaceChildren(...card(+hit.dataset.i));
  };
  return node('section.wall-hall', {}, node('div', {},
    node('div.wall-tools', {}, chip(hangs < value.total ? t(`${count(hangs)} of all ${count(value.total)}`, `全部 ${count(value.total)} 张中的 ${count(hangs)} 张`) : t(`all ${count(value.total)}`, `全部 ${count(value.total)}`), only === null, choose(null)), chip(t(`✗ only the ${wrong} wrong`, `✗ 只看 ${wrong} 个错的`), only === 'wrong', choose('wrong')),
      Array.isArray(only) ? chip(t(`is ${called(only[0])}, read as ${called(only[1])}: ${some.length}  ×`, `是 ${called(only[0])}，认成 ${called(only[1])}：${some.length}  ×`), true, choose(null)) : null,
      node('span.wall-pages', {}, chip('‹', null, turn(-1), page === 0), some.length ? t(`${page * PAGE + 1} to ${page * PAGE + part.length} of ${count(some.length)}`, `第 ${page * PAGE + 1} 到 ${page * PAGE + part.length} 张，共 ${count(some.length)} 张`) : t('none', '没有'), chip('›', null, turn(1), page >= pages - 1))),
    tiles), side);
}

function confusion() {
  const most = Math.max(1, ...value.confusion.flatMap((row, i) => row.filter((_, j) => i !== j)));
  const head = node('tr', {}, node('td', {}), ...value.classes.map((_, k) => node('th', { scope: 'col' }, called(k))));
  const still = Boolean(value.missing);
  const rows = value.confusion.map((row, i) => node('tr', {}, node('th', { scope: 'row' }, called(i)), ...row.map((n, j) => node('td', {},
    n ? node('button', { type: 'button', disabled: still, 'data-cell': `${i}-${j}`, class: i === j ? 'same' : 'other', style: i === j ? null : `--n:${0.25 + 0.75 * n / most}`,
      'aria-pressed': String(Array.isArray(only) && only[0] === i && only[1] === j), 'aria-label': t(`${n} times ${called(i)} read as ${called(j)}`, `${called(i)} 被认成 ${called(j)}：${n} 次`),
      onclick: () => { pick([i, j]); stage.querySelector('.wall-hall').scrollIntoView({ block: 'nearest', behavior: gallery.calm() ? 'auto' : 'smooth' }); } }, String(n)) : node('span', {}, '·')))));
  return node('figure.wall-figure', {}, node('h4', {}, t('What is taken for what', '什么被认成什么')), node('div.wall-scroll', {}, node('table.wall-confusion', {}, node('thead', {}, head), node('tbody', {}, ...rows))),
    node('figcaption', {}, t('rows: what it is; columns: what was read.', '行：实际是什么；列：被认成什么。'), still ? '' : t(' Click a number to see those pictures.', '点数字看那些图片。')));
}

function reliability() {
  const bins = raw ? value.bins_raw : value.bins, W = 400, H = 320, L = 44, B = 40, top = 50, w = W - L - 10, h = H - B - top;
  const x = (v) => L + v * w, y = (v) => top + (1 - v) * h;
  const svg = node('svg.wall-chart', { viewBox: `0 0 ${W} ${H}`, role: 'img', 'aria-label': t('reliability diagram: accuracy over confidence', '可靠性图：正确率对置信度') });
  for (const v of [0, 0.25, 0.5, 0.75, 1]) svg.append(node('line.grid', { x1: L, x2: x(1), y1: y(v), y2: y(v) }),
    node('text.tick', { x: L - 6, y: y(v) + 4, 'text-anchor': 'end' }, `${100 * v}`), node('text.tick', { x: x(v), y: H - 22, 'text-anchor': 'middle' }, `${100 * v}`));
  for (const [place, bin] of bins.filter((one) => one.count).entries()) {
    const told = t(`${count(bin.count)} answers with confidence ${percent(bin.low)} to ${percent(bin.high)}: on average ${percent(bin.confidence)} sure, ${percent(bin.accuracy)} right`,
      `${count(bin.count)} 个回答的置信度在 ${percent(bin.low)} 到 ${percent(bin.high)} 之间：平均把握 ${percent(bin.confidence)}，正确 ${percent(bin.accuracy)}`);
    svg.append(node('rect.wall-bin', { x: x(bin.low) + 1, width: w / bins.length - 2, y: y(bin.accuracy), height: y(0) - y(bin.accuracy) }, node('title', {}, told)),
      node('line.wall-gap', { x1: x(bin.confidence), x2: x(bin.confidence), y1: y(bin.confidence), y2: y(bin.accuracy) }),
      node('circle.wall-mean', { cx: x(bin.confidence), cy: y(bin.accuracy), r: 3 + Math.log10(bin.count) * 1.6 }, node('title', {}, told)),
      node('text.tick', { x: x((bin.low + bin.high) / 2), y: top - 8 - 13 * (place % 2), 'text-anchor': 'middle' }, bin.count < 1000 ? bin.count : `${(bin.count / 1000).toFixed(1)}k`));
  }
  svg.append(node('line.wall-ideal', { x1: x(0), y1: y(0), x2: x(1), y2: y(1) }), node('text.tick', { x: x(1), y: H - 5, 'text-anchor': 'end' }, t('how sure it was, %', '它有多大把握，%')), node('text.tick', { x: 2, y: 12 }, t('right, %; above each bar: how many answers', '正确，%；条形上方：回答数')));
  const chip = (label, now) => node('button.chip', { type: 'button', 'aria-pressed': String(raw === now), onclick: () => { raw = now; draw(); } }, label);
  return node('figure.wall-figure', {}, node('h4', {}, t('Can it be taken at its word?', '它的把握可信吗？')), node('div.wall-tools', {}, chip(t(`calibrated, T = ${value.temperature.toFixed(2)}`, `校准后，T = ${value.temperature.toFixed(2)}`), false), chip(t('as trained, T = 1', '校准前，T = 1'), true)), svg,
    node('figcaption', {}, t(`Expected calibration error ${raw ? value.ece_raw : value.ece} %. On the dashed line, 80 % sure would mean right in 80 % of cases.`,
      `期望校准误差 ${raw ? value.ece_raw : value.ece} %。在虚线上，80 % 的把握就意味着 80 % 的情况是对的。`)));
}

function worst() {
  return node('section', {}, node('h4', {}, t('Most confident mistakes', '最有把握的错误')), value.worst.length
    ? node('div.wall-worst', {}, ...value.worst.map((i) => { const [truth, top] = value.hung[i]; return node('figure', {}, hung(i, 72), node('figcaption', {}, `${called(truth)} → ${called(top[0][0])}`, node('small', {}, percent(top[0][1])))); }))
    : node('p', {}, t('There is none.', '一个也没有。')));
}

function draw() {
  if (props.value?.start) { trigger('start'); return; }
  if (props.value?.looking) {
    const [seen, total] = props.value.looking;
    stage.replaceChildren(node('p.wall-sum', { role: 'status' }, total ? t(`The network looks at all ${count(total)} pictures: ${count(seen)} …`, `网络正在看全部 ${count(total)} 张图片：${count(seen)} …`) : t('The pictures are being read …', '正在读取图片……'), ' ', node('progress', total ? { value: seen, max: total } : {})));
    return;
  }
  if (props.value?.fetching !== undefined) {
    stage.replaceChildren(node('p.wall-sum', { role: 'status' }, t(`Fetching 170 MB: ${props.value.fetching} s …`, `正在下载 170 MB：${props.value.fetching} 秒 …`)));
    return;
  }
  if (!props.value?.hung) { stage.replaceChildren(); return; }
  if (value !== props.value) { value = props.value; page = 0; only = value.show === 'all' ? null : value.show === 'wrong' ? 'wrong' : value.show.split('-').map(Number); }
  const worstBox = worst();
  worstBox.onclick = (e) => {
    const hit = e.target.closest('[data-i]');
    if (hit) stage.querySelector('.wall-card').replaceChildren(...card(+hit.dataset.i));
  };
  stage.replaceChildren(node('p.wall-sum', { role: 'status' }, node('b', {}, `${value.accuracy} %`), ' ', t(`${count(value.right)} of ${count(value.total)} read rightly`, `${count(value.total)} 张中认对 ${count(value.right)} 张`), value.version ? ` (${t(...value.version)})` : ''),
    value.missing ? node('div.wall-missing', {}, t(...value.missing), ' ', t('The figures are those measured when the network was made.', '下面的数字是训练完成时测得的。'), ' ',
      node('button.chip', { type: 'button', onclick: () => trigger('fetch') }, t('fetch them', '下载'))) : wall(),
    node('div.wall-halves', {}, confusion(), reliability()), value.missing ? '' : worstBox);
}
watch('value', draw);
draw();
