// Content loss against style loss: where the photograph, a cross-fade and the painters stand. Value: see
// demos/style/meter.py. Fires 'bring' with {picture}, the bytes of a file to be measured besides.
const { node, t, taken } = window.gallery;
const stage = element.querySelector('.view') || element;
const WIDTH = window.gallery.narrow() ? 380 : 620, HEIGHT = 400, LEFT = 52, BOTTOM = 46, TOP = 24, RIGHT = 20;
let at = null, brought = false;

const KINDS = {
  fade: [t('laid over the photograph', '直接叠加'), 1], hands: [t('sixteen hands', '十六双手'), 0], any: [t('any painting', '任意画作'), 2],
  painted: [t('painted step by step', '逐步画成'), 3], made: [t('your picture', '你的图片'), 4],
};
const MARKS = ['circle', 'square', 'diamond', 'star', 'cross'];

// A mark of its own for every way: colour is never alone.
function mark(kind, x, y, on) {
  const tone = KINDS[kind][1], r = on ? 9 : 6.5;
  const shapes = { circle: [[0, 0]], square: [[-r, -r], [r, -r], [r, r], [-r, r]], diamond: [[0, -1.3 * r], [1.3 * r, 0], [0, 1.3 * r], [-1.3 * r, 0]],
    star: Array.from({ length: 10 }, (_, k) => { const far = k % 2 ? 0.55 * r : 1.35 * r, turn = Math.PI * (k / 5 - 0.5); return [far * Math.cos(turn), far * Math.sin(turn)]; }),
    cross: [[-r, -r / 3], [-r / 3, -r / 3], [-r / 3, -r], [r / 3, -r], [r / 3, -r / 3], [r, -r / 3], [r, r / 3], [r / 3, r / 3], [r / 3, r], [-r / 3, r], [-r / 3, r / 3], [-r, r / 3]] };
  const points = shapes[MARKS[[1, 0, 2, 3, 4].indexOf(tone)]];
  const one = points.length === 1 ? node('circle', { cx: x, cy: y, r }) : node('path', { d: 'M' + points.map(([a, b]) => `${x + a},${y + b}`).join('L') + 'Z' });
  one.setAttribute('class', `meter-mark meter-${tone}${on ? ' on' : ''}`);
  return one;
}

function bring(file) {
  if (!file) return;
  const reader = new FileReader();
  reader.onload = () => { brought = true; trigger('bring', { picture: reader.result }); };
  reader.readAsDataURL(file);
}

function draw() {
  const value = props.value;
  if (!value?.rows) { stage.replaceChildren(); return; }
  // one's own picture may be anywhere: the others keep their place, and what is further stands at the edge
  const { rows } = value, most = (k) => { const known = Math.max(...rows.filter((row) => row[0] !== 'made').map((row) => row[k])); return Math.min(Math.max(...rows.map((row) => row[k])), 1.5 * known); };
  const far = Math.max(1, most(2)) * 1.04, tall = Math.max(0.2, most(3)) * 1.06;
  if (at === null || at >= rows.length) at = rows.length > 5 ? rows.length - 1 : 2;
  const x = (v) => LEFT + Math.min(1, v / far) * (WIDTH - LEFT - RIGHT), y = (v) => HEIGHT - BOTTOM - Math.min(1, v / tall) * (HEIGHT - TOP - BOTTOM);
  const named = ([kind, strength]) => (kind === 'fade' && strength === 0 ? t('the photograph', '照片') : kind === 'fade' && strength === 1 ? t('the painting itself, pressed into shape', '画作本身，压成同样形状') : `${KINDS[kind][0]}${kind === 'painted' || kind === 'made' ? '' : ` ${Math.round(100 * strength)} %`}`);
  const input = node('input', { type: 'file', accept: 'image/*', hidden: true, onchange: (e) => { bring(e.target.files[0]); e.target.value = ''; } });
  const picture = node('img', {}), facts = node('p.verdict', { role: 'status' }), svg = node('svg.chart.meter-chart', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': t('content loss against style loss', '内容损失与风格损失') });
  const ticks = (most) => [0, 0.25, 0.5, 0.75, 1, 1.5, 2, 3].filter((v) => v <= most);
  for (const v of ticks(far)) svg.append(node('line.grid', { x1: x(v), x2: x(v), y1: TOP, y2: HEIGHT - BOTTOM }), node('text.tick', { x: x(v), y: HEIGHT - BOTTOM + 16, 'text-anchor': 'middle' }, String(v)));
  for (const v of ticks(tall)) svg.append(node('line.grid', { x1: LEFT, x2: WIDTH - RIGHT, y1: y(v), y2: y(v) }), node('text.tick', { x: LEFT - 6, y: y(v) + 4, 'text-anchor': 'end' }, String(v)));
  svg.append(node('text.tick', { x: WIDTH - RIGHT, y: HEIGHT - 8, 'text-anchor': 'end' }, t('content loss → the photograph is lost', '内容损失 → 照片在消失')), node('text.tick', { x: 4, y: 13 }, t('style loss ↑ not that manner', '风格损失 ↑ 不像那种手法')));
  for (const kind of Object.keys(KINDS)) {
    const own = rows.filter((row) => row[0] === kind);
    if (own.length > 1) svg.append(node(`polyline.meter-line.meter-${KINDS[kind][1]}`, { points: (kind === 'fade' ? own : [rows[0], ...own]).map((row) => `${x(row[2])},${y(row[3])}`).join(' ') }));
  }
  // the style loss of a cross-fade that keeps as much of the content
  const faded = (content) => {
    const line = rows.filter((row) => row[0] === 'fade').map((row) => [row[2], row[3]]).sort((a, b) => a[0] - b[0]), k = line.findIndex(([c]) => c >= content);
    if (k < 1) return null;
    const [[c0, s0], [c1, s1]] = [line[k - 1], line[k]];
    return s0 + (content - c0) / Math.max(1e-9, c1 - c0) * (s1 - s0);
  };
  const worst = (content, style) => rows.some(([kind, , c, s]) => kind === 'fade' && c < content && s < style);
  const times = (ratio) => (ratio < 10 ? ratio.toFixed(1) : Math.round(ratio));
  const against = (plain, style) => (plain >= style ? [`${times(plain / style)} times as far from the painting’s manner`, `离画作的手法远 ${times(plain / style)} 倍`] : [`nearer to the painting’s manner, by ${times(style / plain)} times: here painting is worse than a cross-fade`, `反而更接近画作的手法，相差 ${times(style / plain)} 倍：在这里，画还不如叠加`]);
  const layer = node('g'), buttons = [];
  svg.append(layer);
  function show(k) {
    at = k;
    const [kind, , content, style, url] = rows[k], plain = kind === 'fade' ? null : faded(content);
    picture.src = url;
    picture.alt = named(rows[k]);
    facts.replaceChildren(named(rows[k]), node('small', {}, t(` content ${content.toFixed(3)}, style ${style.toFixed(3)}`, ` 内容 ${content.toFixed(3)}，风格 ${style.toFixed(3)}`)),
      content > far || style > tall ? node('small.meter-plain', {}, t('It is further away than the drawing reaches, so it stands at the edge.', '它比图能画到的还远，所以画在边上。')) : '',
      kind === 'painted' ? node('small.meter-plain', {}, t('Here it is measured as all the others are. The numbers beside it while it is painted are lower: there the painting is taken half as large again and without its grain, which is what is aimed at.', '这里的量法与其他各行相同。作画时旁边的数更低：那里画作取一倍半大、去掉颗粒，那才是它追求的目标。')) : '',
      plain === null && worst(content, style) ? node('small.meter-plain', {}, t('It is worse than the painting itself, on both sides: no cross-fade loses so much.', '两方面都比画作本身还差：没有哪个叠加会损失这么多。')) : '',
      plain === null ? '' : node('small.meter-plain', {}, t(`A plain cross-fade that loses as much of the photograph stands at style ${plain.toFixed(3)}, ${against(plain, style)[0]}.`, `损失同样多照片内容的简单叠加，风格损失为 ${plain.toFixed(3)}，${against(plain, style)[1]}。`)));
    layer.replaceChildren(...rows.map((row, i) => { const one = mark(row[0], x(row[2]), y(row[3]), i === k); one.onpointerenter = one.onclick = () => { if (i !== at) show(i); }; return one; }));
    buttons.forEach((button, i) => button.setAttribute('aria-pressed', String(i === k)));
  }
  rows.forEach((row, k) => buttons.push(node('button.meter-row', { type: 'button', onclick: () => show(k) }, node('svg.meter-key', { viewBox: '-12 -12 24 24', 'aria-hidden': 'true' }, mark(row[0], 0, 0, false)),
    node('span', {}, named(row)), node('span', {}, row[2].toFixed(3)), node('span', {}, row[3].toFixed(3)))));
  stage.replaceChildren(node('div.meter-room', {}, node('div', {}, facts, node('div.meter-picture', {}, picture),
    node('div.rows-bar', {}, node('button.chip', { type: 'button', onclick: () => input.click() }, t('Measure a picture of yours', '测量你自己的图片')), input)),
    node('div', {}, svg, node('div.meter-rows', {}, node('div.meter-row.meter-head', {}, node('i'), node('span', {}, t('picture', '图片')), node('span', {}, t('content', '内容')), node('span', {}, t('style', '风格'))), ...buttons))),
  node('p.hint', {}, t(`Measured at ${value.side} pixels against ${value.style[0]}. pictures painted larger are shrunk to that first. 0: the same; 1: as far away as a picture without any features; it can be further still.`, `在 ${value.side} 像素上测量，风格取自${value.style[1]}。画得更大的图先缩小到这个尺寸。0：相同；1：和没有任何特征的图一样远；还可能更远。`),
    rows.some((row) => row[0] === 'painted') ? '' : t(' What you paint in “Watch it being painted” of these two pictures stands here too.', ' 你在“看它作画”里用这两张图画出的结果也会出现在这里。')));
  show(at);
  if (rows.at(-1)[0] === 'made' && brought) { brought = false; show(rows.length - 1); }
  given();
}

// Another part may hand over what it has painted, see `hand` in pixels.js.
function given() {
  const picture = props.value?.rows && taken('meter');
  if (!picture) return;
  brought = true;
  trigger('bring', { picture });
}
window.addEventListener('picture-for-meter', () => setTimeout(given, 50));
watch('value', draw);
draw();
