// A forged picture, what its noise asks for, a slider for each named axis, and what the reader says before and after.
// Value: see `compute` of demos/gan/axes.py. Fires 'slide'; where the sliders stand is announced as 'gan-axes' and what is
// asked for as 'gan-asks', see LATEST there.
const { node, t, percent, hand, enlarge, announce } = window.gallery;
const stage = element.querySelector('.view') || element;
const LONGEST = 1.5;
let value = null, names = '', pending = null, rows = {}, wanted = {};

const before = node('img'), after = node('img'), list = node('ol.bars'), facts = node('p.verdict', { role: 'status' });
const figure = (picture, words) => node('figure', {}, picture, node('figcaption', {}, words));
const reset = node('button.chip', { type: 'button', onclick: () => { for (const row of Object.values(rows)) row.set(0); wanted = {}; send(); } }, t('Back to the first picture', '回到原图'));
const give = (words, use) => node('button.chip', { type: 'button', onclick: () => enlarge(after.src, use) }, words);
const tools = node('div.axes-tools', {}, reset, give(t('Classify', '去识别'), (url) => hand('cnn', url)), give(t('Stylise', '去换画风'), (url) => hand('style', url)),
  give(t('Save', '保存'), (url) => node('a', { href: url, download: `avatar-${value.held}-moved.png` }).click()));
const asks = node('div.asks'), sliders = node('div.axes-sliders');
const root = node('div.axes-room', {}, node('div.axes-side', {}, facts,
  node('div.axes-pair', {}, figure(before, t('before', '之前')), figure(after, t('after', '之后'))), tools, list), node('div.axes-hands', {}, asks, sliders));

const said = () => Object.entries(rows).filter(([, row]) => row.get()).map(([name, row]) => `${name}:${row.get()}`).join(',');
const asked = () => Object.entries(wanted).map(([column, one]) => `${column}:${one}`).join(',');
function send() {
  pending = [said(), asked()].join();
  announce('gan-axes', said());
  announce('gan-asks', asked());
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

// One attribute: its values as buttons, colours as dots; the one that the noise asks for is pressed.
function wish({ column, name, own, now, values, obeyed }) {
  const title = t(...name), found = value.read.find((row) => row.column === column).after.value;
  const button = ({ value: one, says, colour }) => {
    const words = t(...says) + (one === own ? t(' (its own noise)', '（它自己的噪声）') : ''), on = one === now;
    return node(`button.ask${colour ? '.dot' : ''}${one === own ? '.own' : ''}`, { type: 'button', 'aria-pressed': String(on), 'aria-label': `${title}: ${words}`, title: words,
      style: colour ? `--dot:#${colour}` : null, onclick: () => { wanted = { ...wanted, [column]: one }; if (one === own) delete wanted[column]; send(); } }, colour ? '' : t(...says));
  };
  const heard = found === now;
  return node('div.ask-row', { role: 'group', 'aria-label': title }, node('b', {}, title), node('span.ask-values', {}, values.map(button)),
    node(`small.${heard ? 'good' : 'bad'}`, { title: t(`The reader finds what noise asks for in ${obeyed} % of 1,500 pictures`, `在 1500 张图中，阅读器在 ${obeyed} % 里看到噪声所要求的`) }, `${heard ? '✓' : '✗'} ${Math.round(obeyed)} %`));
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
  const kept = document.activeElement?.getAttribute?.('aria-label');
  if (pending === null || pending === [value.text, value.asks].join()) wanted = { ...value.asked };
  const heard = value.wishes.filter((one) => one.heard), deaf = value.wishes.filter((one) => !one.heard), unheard = (k, between) => deaf.map((one) => one.name[k]).join(between);
  asks.replaceChildren(...(heard.length ? [node('h4', {}, t('Ask for it', '直接要求')),
    node('p.hint', {}, t('Some numbers of the noise each decide one attribute. Ask for another value: one number moves, all others stay. ✓: the reader sees it; the rate is counted on 1,500 pictures.',
      '噪声中有几个数各决定一项属性。要求另一个值：只移动一个数，其余不变。✓：阅读器看到了；比率由 1500 张图统计。')),
    ...heard.map(wish), ...(deaf.length ? [node('p.hint', {}, t(`The noise also decides ${unheard(0, ', ')}, but the forger has not learned to listen: it does as asked hardly more often than by chance.`,
      `噪声也决定${unheard(1, '、')}，但伪造者还没学会听：照办的比例几乎不超过碰巧。`))] : []), node('h4', {}, t('Or push along a direction', '或沿一个方向推'))] : []));
  if (kept && !root.contains(document.activeElement)) [...asks.querySelectorAll('button')].find((one) => one.getAttribute('aria-label') === kept)?.focus();
  // an answer to what the sliders say, or to what they said before a later move, does not move them
  if (pending === null) for (const [name, row] of Object.entries(rows)) row.set(value.changes[name] ?? 0);
  if (pending === null || pending === [value.text, value.asks].join()) {
    pending = null;
    announce('gan-axes', said());
    announce('gan-asks', asked());
  }
  before.src = value.before;
  after.src = value.url;
  const changed = value.read.filter((row) => row.changed), all = (k) => changed.map((row) => `${row.name[k]}: ${row.before.says[k]} → ${row.after.says[k]}`).join(t('; ', '；'));
  before.alt = t(`the picture ${value.held}`, `图片 ${value.held}`);
  const moved = [value.asks, value.text].filter(Boolean).join(', ');
  after.alt = moved ? t(`the same, moved: ${moved}`, `同一张，移动后：${moved}`) : before.alt;
  facts.textContent = !moved ? (heard.length ? t('Ask for something, or move a slider', '提一个要求，或移动一个滑块') : t('Move a slider', '移动一个滑块')) : changed.length ? t(all(0), all(1)) : t('The reader sees no other attribute yet', '阅读器还没看到别的属性');
  list.replaceChildren(...value.read.map(bar), node('li.hint', {}, t('What the reader finds most likely now; the upright mark is what it gave the same answer before.', '阅读器现在认为最可能的；竖线是它之前给同一答案的概率。')));
}
watch('value', draw);
draw();
