// One forged thing on its way to another kind, and what the classifier calls it on the way. Value: see `between` of
// demos/gan/things.py. Fires 'pick' with {change: "seed.kind.kind"}.
const { node, t, percent, genuine, hand, announce } = window.gallery;
const stage = element.querySelector('.view') || element;
const say = ([en, zh]) => t(en, zh);
const LARGE = 256;
let value = null, picture = null, at = 0;

const frame = node('canvas'), canvas = node('canvas.gan-large', { width: LARGE, height: LARGE, role: 'img' }), where = node('p.morph-where', { role: 'status' }), verdict = node('p.hint');
const slider = node('input.timeline-slider', { type: 'range', min: 0, step: 1, 'aria-label': t('from one kind to the other', '从一类到另一类'), oninput: () => show(+slider.value) });
const ends = node('div.morph-ends'), goals = node('div.chips', { role: 'group', 'aria-label': t('the kind that it becomes', '变成哪一类') }), rows = node('div.morph-bars');
const chip = (words, onclick) => node('button.chip', { type: 'button', onclick }, words);
const tools = node('div.chips', {}, chip(t('What does the ImageNet classifier see?', 'ImageNet 分类器看到什么？'), () => hand('cnn', canvas.toDataURL('image/png'))),
  chip(t('Stylise it', '给它换风格'), () => hand('style', canvas.toDataURL('image/png'))));
const root = node('div.morph', {}, node('div.morph-top', {}, canvas, node('div', {}, where, verdict, rows)), slider, ends, node('p.hint', {}, t('It becomes:', '把它变成：')), goals, tools);

function show(i) {
  at = i;
  const ink = canvas.getContext('2d'), share = Math.round(100 * at / (value.frames - 1)), [from, to] = [value.kind, value.to].map((k) => say(value.kinds[k]));
  ink.imageSmoothingQuality = 'high';
  frame.width = frame.height = value.side;  // cut out first, so that nothing of its neighbours shines through
  frame.getContext('2d').drawImage(picture, -at * value.side, 0);
  ink.drawImage(frame, 0, 0, LARGE, LARGE);
  where.textContent = share === 0 ? from : share === 100 ? to : t(`${100 - share} % ${from}, ${share} % ${to}`, `${100 - share} % ${from}，${share} % ${to}`);
  canvas.setAttribute('aria-label', `${where.textContent}, ${t('noise', '噪声')} ${value.seed}`);
  verdict.textContent = t(`The detective: ${percent(genuine(value.scores[at]))} genuine. Our classifier of ten kinds:`, `侦探：${percent(genuine(value.scores[at]))} 是真的。我们的十类分类器：`);
  slider.value = at;
  slider.setAttribute('aria-valuetext', where.textContent);
  const best = Math.max(...value.p[at]);
  rows.replaceChildren(...value.kinds.map((names, k) => node('div.morph-bar' + (value.p[at][k] === best ? '.best' : ''), {}, node('span', {}, say(names)),
    node('span.bar-rail', {}, node('i', { style: `width:${(100 * value.p[at][k]).toFixed(1)}%` })), node('span', {}, percent(value.p[at][k])))));
}

async function draw() {
  const now = props.value;
  if (!now?.sheet) { stage.replaceChildren(); return; }
  const image = new Image();
  image.src = now.sheet;
  try { await image.decode(); } catch { return; }
  if (props.value?.sheet !== now.sheet) return;  // another one has come meanwhile
  const same = value && value.seed === now.seed && value.kind === now.kind;
  [picture, value] = [image, now];
  if (!stage.contains(root)) stage.replaceChildren(root);
  slider.max = value.frames - 1;
  ends.replaceChildren(node('span', {}, say(value.kinds[value.kind])), node('span', {}, say(value.kinds[value.to])));
  goals.replaceChildren(...value.kinds.map((names, k) => node('button.chip', { type: 'button', 'aria-pressed': String(k === value.to), disabled: k === value.kind,
    onclick: () => trigger('pick', { change: `${value.seed}.${value.kind}.${k}` }) }, say(names))));
  announce('gan-thing', value.text);
  show(same ? Math.min(at, value.frames - 1) : 0);
}
watch('value', draw);
draw();
