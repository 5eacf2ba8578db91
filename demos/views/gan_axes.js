// A forged picture with a slider for each named axis, and what the reader says before and after. Value: see `compute` of
// demos/gan/axes.py. Fires 'slide'; where the sliders stand is announced as 'gan-axes', see LATEST there.
const { node, t, percent, hand, enlarge, announce } = window.gallery;
const stage = element.querySelector('.view') || element;
const LONGEST = 1.5;
let value = null, names = '', pending = null, rows = {};

const before = node('img'), after = node('img'), list = node('ol.bars'), facts = node('p.verdict', { role: 'status' });
const figure = (picture, words) => node('figure', {}, picture, node('figcaption', {}, words));
const reset = node('button.chip', { type: 'button', onclick: () => { for (const row of Object.values(rows)) row.set(0); send(); } }, t('Back to the first picture', '回到原图'));
const give = (words, use) => node('button.chip', { type: 'button', onclick: () => enlarge(after.src, use) }, words);
const tools = node('div.axes-tools', {}, reset, give(t('Classify', '去识别'), (url) => hand('cnn', url)), give(t('Stylise', '去换画风'), (url) => hand('style', url)),
  give(t('Save', '保存'), (url) => node('a', { href: url, download: `avatar-${value.held}-moved.png` }).click()));
const sliders = node('div.axes-sliders');
const root = node('div.axes-room', {}, node('div.axes-side', {}, facts,
  node('div.axes-pair', {}, figure(before, t('before', '之前')), figure(after, t('after', '之后'))), tools, list), sliders);

const said = () => Object.entries(rows).filter(([, row]) => row.get()).map(([name, row]) => `${name}:${row.get()}`).join(',');
function send() {
  pending = said();
  announce('gan-axes', pending);
  trigger('slide');
}

function slider(axis) {
  const title = t(...axis.title), shown = node('output');
  const input = node('input', { type: 'range', min: -LONGEST, max: LONGEST, step: 0.05, value: 0, 'aria-label': title, oninput: () => { tell(); send(); } });
  const tell = () => {
    shown.textContent = (input.value > 0 ? '+' : '') + (+input.value).toFixed(2).replace('-', '−');
    row.classList.toggle('on', +input.value !== 0);
  };
  const whole = (share) => `${Math.round(100 * share)} %`;
  const weak = { there: t('Weak: adding it fails in most pictures.', '较弱：往正方向在多数图片上不成功。'), back: t('Weak: taking it away fails in most pictures.', '较弱：往负方向在多数图片上不成功。'),
    both: t('Weak: it fails in most pictures, both ways.', '较弱：两个方向在多数图片上都不成功。') }[axis.weak];
  const row = node('label.axes-row', {}, node('b', {}, title), input, shown,
    node('small', {}, t(`does it in ${whole(axis.changed)} of pictures, undoes it in ${whole(axis.back)}, leaves ${whole(axis.kept)} of the rest alone`,
      `在 ${whole(axis.changed)} 的图片上做到，${whole(axis.back)} 上去掉，其余属性 ${whole(axis.kept)} 不变`), weak ? node('strong', {}, ` ⚠ ${weak}`) : null));
  rows[axis.name] = { get: () => +(+input.value).toFixed(2), set: (x) => { input.value = x; tell(); } };
  tell();
  return row;
}

function bar({ name, before: old, after: now, was, changed }) {
  return node('li', {}, node(`div.bar-row${changed ? '.on' : ''}`, {},
    node('span.bar-name', {}, `${t(...name)}: ${t(...now.says)}`, changed ? node('em', {}, t(` ← was ${old.says[0]}`, ` ← 原为${old.says[1]}`)) : null),
    node('span.bar-rail', {}, node('i', { style: `width:${(100 * now.p).toFixed(2)}%` }), node('u', { style: `left:${(100 * was).toFixed(2)}%`, title: t(`before: ${percent(was)}`, `之前：${percent(was)}`) })),
    node('span.bar-share', {}, percent(now.p))));
}

function draw() {
  value = props.value;
  if (!value?.before) { stage.replaceChildren(...(value?.few === 0 ? [node('p.gan-empty', {}, t('Your hands are empty: click a picture on the wall first.', '手里是空的：请先点墙上的一张图片。'))] : [])); return; }
  if (!stage.contains(root)) stage.replaceChildren(root);
  const known = JSON.stringify(value.axes);
  if (known !== names) {
    names = known;
    rows = {};
    sliders.replaceChildren(...(value.axes.length ? value.axes.map(slider)
      : [node('p.hint', {}, t('This forger came without named axes.', '这个伪造者没有有名字的方向。'))]));
    pending = null;
  }
  // an answer to what the sliders say, or to what they said before a later move, does not move them
  if (pending === null) for (const [name, row] of Object.entries(rows)) row.set(value.changes[name] ?? 0);
  if (pending === null || pending === value.text) { pending = null; announce('gan-axes', said()); }
  before.src = value.before;
  after.src = value.url;
  const changed = value.read.filter((row) => row.changed), all = (k) => changed.map((row) => `${row.name[k]}: ${row.before.says[k]} → ${row.after.says[k]}`).join(t('; ', '；'));
  before.alt = t(`the picture ${value.held}`, `图片 ${value.held}`);
  after.alt = value.text ? t(`the same, moved: ${value.text}`, `同一张，移动后：${value.text}`) : before.alt;
  facts.textContent = !value.text ? t('Move a slider', '移动一个滑块') : changed.length ? t(all(0), all(1)) : t('The reader sees no other attribute yet', '阅读器还没看到别的属性');
  list.replaceChildren(...value.read.map(bar), node('li.hint', {}, t('What the reader finds most likely now; the upright mark is what it gave the same answer before.', '阅读器现在认为最可能的；竖线是它之前给同一答案的概率。')));
}
watch('value', draw);
draw();
