// Two histograms over one range, genuine pictures above the line and forged ones below it.
// Value: borders, counts: [above, below]; names: of both; axis; border: a number with a line, and what lies on its left
// and right in sides; mark: [number, name] of the picture in the hand; told: the whole in words, for
// who does not see it; title, small, text: what stands beside it. Or {progress}. Words are [English, Chinese].
const { node, t, percent } = window.gallery;
const stage = element.querySelector('.view') || element;
let plot = null;
const HEIGHT = 318, TOP = 44, BOTTOM = 44, SIDE = 10;

function draw() {
  const value = props.value;
  if (value?.progress != null) {
    const said = t(`judging … ${percent(value.progress)}`, `鉴定中…… ${percent(value.progress)}`), old = stage.querySelector('.verdict');
    if (old) old.textContent = said; else stage.replaceChildren(node('p.verdict', { role: 'status' }, said));
    return;
  }
  if (!value?.counts) { stage.replaceChildren(); return; }
  const { borders, counts, names, border, sides, mark } = value;
  const width = Math.max(320, Math.min(720, (plot?.clientWidth || stage.clientWidth || 640)));
  const low = Math.min(borders[0], mark ? mark[0] : Infinity), high = Math.max(borders.at(-1), mark ? mark[0] : -Infinity);
  const x = (number) => SIDE + (number - low) / (high - low) * (width - 2 * SIDE);
  const middle = TOP + (HEIGHT - TOP - BOTTOM) / 2, most = Math.max(...counts.flat(), 1);
  const tall = (count) => count / most * (middle - TOP - 4);
  const svg = node('svg.twin', { viewBox: `0 0 ${width} ${HEIGHT}`, role: 'img', 'aria-label': t(...value.told) });
  const facts = node('p.hint.twin-facts', { role: 'status' });
  const idle = t('Point at a bar to see what it counts.', '指着柱子看它数的是什么。');
  facts.textContent = idle;
  counts.forEach((row, below) => row.forEach((count, k) => {
    const left = x(borders[k]) + 0.5, right = x(borders[k + 1]) - 0.5, h = tall(count);
    const range = `${borders[k].toFixed(1)} … ${borders[k + 1].toFixed(1)}`;
    const say = () => { facts.textContent = t(`${range}: ${counts[0][k]} ${t(...names[0])}, ${counts[1][k]} ${t(...names[1])}`,
      `${range}：${names[0][1]} ${counts[0][k]} 张，${names[1][1]} ${counts[1][k]} 张`); };
    svg.append(node(`rect.twin-bar.twin-${below}`, { x: left, width: Math.max(1, right - left), y: below ? middle : middle - h, height: h, 'data-count': count }),
      node('rect.twin-hover', { x: left - 0.5, width: Math.max(1, right - left + 1), y: below ? middle : TOP, height: middle - TOP, onpointerenter: say, onpointerleave: () => { facts.textContent = idle; } }));
  }));
  svg.append(node('line.twin-axis', { x1: 0, x2: width, y1: middle, y2: middle }));
  const step = 10 ** Math.floor(Math.log10((high - low) / 3)), wide = [1, 2, 5].map((k) => k * step).findLast((s) => (high - low) / s >= 3) || step;
  for (let at = Math.ceil(low / wide) * wide; at <= high; at += wide)
    svg.append(node('text.tick', { x: x(at), y: HEIGHT - 24, 'text-anchor': 'middle' }, String(+at.toFixed(2))));
  svg.append(node('text.tick', { x: width - SIDE, y: HEIGHT - 6, 'text-anchor': 'end' }, t(...value.axis)));
  if (border != null && border > low && border < high) {
    svg.append(node('line.twin-border', { x1: x(border), x2: x(border), y1: 4, y2: HEIGHT - BOTTOM + 6 }),
      node('text.tick', { x: x(border) - 6, y: 14, 'text-anchor': 'end' }, '← ' + t(...sides[0])),
      node('text.tick', { x: x(border) + 6, y: 14 }, t(...sides[1]) + ' →'));
  }
  if (mark) {
    const at = x(mark[0]), right = at > width / 2;
    svg.append(node('line.twin-mark', { x1: at, x2: at, y1: 24, y2: HEIGHT - BOTTOM + 6 }),
      node('circle.twin-dot', { cx: at, cy: middle, r: 5 }),
      node('text.twin-name', { x: at + (right ? -8 : 8), y: 34, 'text-anchor': right ? 'end' : 'start' }, `${t(...mark[1])} ${mark[0].toFixed(2)}`));
  }
  plot = node('div.twin-plot', {}, node('figure.chart-box', {}, svg, node('figcaption', {},
    ...names.map((name, below) => node('span.key', {}, node(`i.twin-key.twin-${below}`), (below ? '▼ ' : '▲ ') + t(...name))))), facts);
  stage.replaceChildren(node('div.twin-room', {}, plot, node('div', {},
    value.title ? node('p.verdict', { role: 'status' }, t(...value.title), node('small', {}, ' ' + t(...value.small))) : null, node('p', {}, t(...value.text)))));
}
let before = 0;
new ResizeObserver(() => { if (Math.abs(stage.clientWidth - before) > 20) { before = stage.clientWidth; draw(); } }).observe(stage);
watch('value', draw);
draw();
