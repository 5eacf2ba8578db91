// Ten kinds of things from the same few noises, all on one sheet. Value: {start}, or see `compute` of
// demos/gan/things.py. Fires 'start', 'roll' with {seed} and 'pick' with {change: "seed.kind.kind"}.
const { node, t, percent, genuine, cutOut, roll, last, download } = window.gallery;
const stage = element.querySelector('.view') || element;
const say = ([en, zh]) => t(en, zh);
let value = null;

const facts = node('p.rows-facts', { role: 'status' }), grid = node('div.things-grid'), told = node('p.hint', { 'aria-live': 'polite' });
const SAVED = 3;  // pixels of a saved sheet to one of the network's
const chip = (words, onclick) => node('button.chip', { type: 'button', onclick }, words);
const tools = node('div.chips', {}, chip(t('Other noise', '换一批噪声'), () => trigger('roll', { seed: roll() })), chip(t('Save the sheet as PNG', '把整张存为 PNG'), save));

async function save() {
  const sheet = node('img', { src: value.sheet });
  await sheet.decode();
  const canvas = node('canvas', { width: SAVED * sheet.naturalWidth, height: SAVED * sheet.naturalHeight }), ink = canvas.getContext('2d');
  ink.imageSmoothingEnabled = false;
  ink.drawImage(sheet, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => download(`things-${value.seeds[0]}.png`, blob, 'image/png'));
}

function describe(i) {
  const kind = Math.floor(i / value.columns), [seen, p] = value.read[i];
  const eye = seen === kind ? t(`the classifier agrees, ${percent(p)}`, `分类器同意，${percent(p)}`) : t(`the classifier sees: ${say(value.kinds[seen])}, ${percent(p)}`, `分类器看到的是${say(value.kinds[seen])}，${percent(p)}`);
  return t(`${say(value.kinds[kind])} from noise ${value.seeds[i % value.columns]}; ${eye}; the detective: ${percent(genuine(value.scores[i]))} genuine`,
    `噪声 ${value.seeds[i % value.columns]} 的${say(value.kinds[kind])}；${eye}；侦探：${percent(genuine(value.scores[i]))} 是真的`);
}

function tile(i) {
  const { columns, kinds, seeds, read } = value, kind = Math.floor(i / columns), column = i % columns, other = read[i][0] !== kind, words = describe(i);
  const made = node('button.things-tile' + (other ? '.other' : ''), { type: 'button', 'data-i': i, title: words, 'aria-label': words,
    onclick: () => { const to = (last['gan-thing'] || '..7').split('.')[2]; trigger('pick', { change: `${seeds[column]}.${kind}.${+to === kind ? (kind + 1) % kinds.length : to}` }); } },
  other ? node('small', { 'aria-hidden': 'true' }, say(kinds[read[i][0]])) : null);
  cutOut(made, value.sheet, i, columns, kinds.length);
  return made;
}

function mark() {
  const [seed, kind] = (last['gan-thing'] || '').split('.');
  grid.querySelectorAll('[data-i]').forEach((one) => {
    const i = +one.dataset.i;
    one.setAttribute('aria-pressed', String(String(value.seeds[i % value.columns]) === seed && String(Math.floor(i / value.columns)) === kind));
  });
}

function draw() {
  if (props.value?.start) { trigger('start'); return; }
  value = props.value;
  if (!value?.sheet) { stage.replaceChildren(); return; }
  const { columns, kinds, right } = value, all = columns * kinds.length;
  if (!stage.contains(grid)) stage.replaceChildren(facts, grid, told, tools);
  facts.textContent = t(`Our classifier takes ${right} of ${all} for what was asked; where it does not, its word stands on the picture.`, `我们的分类器认为 ${all} 张里有 ${right} 张是所要的；不同意时，它的说法写在图上。`);
  told.textContent = t('A row is a kind, a column is one noise. Click a picture to turn it into another kind.', '一行是一类，一列是同一个噪声。点一张图片，把它变成别的类。');
  grid.style.setProperty('--columns', columns);
  grid.replaceChildren(...kinds.flatMap((names, kind) => [node('span.things-kind', {}, say(names)), ...Array.from({ length: columns }, (_, k) => tile(kind * columns + k))]));
  mark();
}
const tell = (e) => { const one = e.target.closest?.('[data-i]'); if (one) told.textContent = describe(+one.dataset.i); };
grid.addEventListener('pointerover', tell);
grid.addEventListener('focusin', tell);
window.addEventListener('gan-thing', () => value && mark());
watch('value', draw);
draw();
