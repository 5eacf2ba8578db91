// Style mixing: every size takes its w from A or from B, and all choices stand on one sheet. Value: see `mix` of
// demos/gan/walk.py.
const { node, t, hand } = window.gallery;
const stage = element.querySelector('.view') || element;
const LARGE = 256;
let value = null, picture = null, drawn = '', chosen = 0;

const canvas = node('canvas.gan-large', { width: LARGE, height: LARGE, role: 'img' }), words = node('p', { role: 'status' }), switches = node('div.gan-switches');
const table = node('div.gan-scroll'), side = node('div', {}, canvas, words, switches,
  node('div.chips', {}, node('button.chip', { type: 'button', onclick: () => hand('style', canvas.toDataURL('image/png')) }, t('Stylise it', '给它换风格')),
    node('button.chip', { type: 'button', onclick: () => hand('cnn', canvas.toDataURL('image/png')) }, t('Classify it', '给它分类'))));
const root = node('div.gan-mix', {}, table, side);

function cut(ink, i, size) {
  const { side: own, columns } = value;
  ink.imageSmoothingQuality = 'high';
  ink.drawImage(picture, i % columns * own, Math.floor(i / columns) * own, own, own, 0, 0, size, size);
}

// "4-8 from A, 16-64 from B": which sizes come from whom.
function says(choice) {
  const runs = [];
  value.sizes.forEach((size, k) => {
    const who = choice >> k & 1 ? 'A' : 'B';
    if (runs.at(-1)?.who === who) runs.at(-1).to = size; else runs.push({ who, from: size, to: size });
  });
  const span = ({ from, to }) => (from === to ? `${from}×${from}` : `${from}×${from}–${to}×${to}`);
  return runs.map((run) => t(`${span(run)} from ${run.who}`, `${span(run)} 来自 ${run.who}`)).join(t(', ', '，'));
}

function show(choice) {
  chosen = choice;
  cut(canvas.getContext('2d'), choice, LARGE);
  words.textContent = says(choice);
  canvas.setAttribute('aria-label', says(choice));
  root.querySelectorAll('[data-choice]').forEach((tile) => tile.setAttribute('aria-pressed', String(+tile.dataset.choice === choice)));
  switches.replaceChildren(...value.sizes.map((size, k) => node('button.chip', { type: 'button', 'aria-label': t(`${size}×${size} from ${choice >> k & 1 ? 'A' : 'B'}, change`, `${size}×${size} 来自 ${choice >> k & 1 ? 'A' : 'B'}，切换`),
    onclick: () => { show(chosen ^ 1 << k); switches.children[k].focus(); } }, `${size}×${size}: ${choice >> k & 1 ? 'A' : 'B'}`)));
}

function tile(choice) {
  const small = node('canvas', { width: value.side, height: value.side });
  cut(small.getContext('2d'), choice, value.side);
  return node('td', {}, node('button.gan-tile', { type: 'button', 'data-choice': choice, title: says(choice), 'aria-label': says(choice), onclick: () => show(choice) }, small));
}

async function draw() {
  const now = props.value;
  if (!now?.sheet) { drawn = ''; stage.replaceChildren(); return; }
  if (now.sheet === drawn) return;
  const image = new Image();
  image.src = now.sheet;
  try { await image.decode(); } catch { return; }
  if (props.value?.sheet !== now.sheet) return;  // another pair has come meanwhile
  [picture, drawn, value] = [image, now.sheet, now];
  const sizes = value.sizes, all = (1 << sizes.length) - 1, cuts = [...sizes.keys(), sizes.length];
  const head = (at) => (at === 0 ? t('none', '无') : at === 1 ? `${sizes[0]}×${sizes[0]}` : at === sizes.length ? t('all', '全部') : `${sizes[0]}–${sizes[at - 1]}`);
  const name = (who) => `${who}: ${t('seed', '种子')} ${value.pieces[who === 'A' ? 0 : 1].join(' · ')}`;
  table.replaceChildren(node('table.gan-cuts', {}, node('thead', {}, node('tr', {}, node('td', {}), ...cuts.map((at) => node('th', { scope: 'col' }, head(at))))),
    node('tbody', {}, node('tr', {}, node('th', { scope: 'row' }, t('these sizes from A, finer ones from B', '这些尺寸取自 A，更细的取自 B')), ...cuts.map((at) => tile((1 << at) - 1))),
      node('tr', {}, node('th', { scope: 'row' }, t('these sizes from B, finer ones from A', '这些尺寸取自 B，更细的取自 A')), ...cuts.map((at) => tile(all ^ (1 << at) - 1))))),
  node('p.hint', {}, `${name('A')}; ${name('B')}`));
  stage.replaceChildren(root);
  show((1 << (sizes.length >> 1)) - 1);
}
watch('value', draw);
draw();
