// What is held: the picture in the hand, its noise, what the detective says, and the other held pictures. Value: see
// demos/gan/shelf.py. Fires 'take' and 'drop' with {piece}; tells the page what is held (event gan-held).
const { node, t, percent, genuine, hand, announce, last, colours } = window.gallery;
const stage = element.querySelector('.view') || element;
const COLUMNS = 32, REACH = 3;  // of the strip of noise; numbers further from 0 look like this one

const called = (one) => t(`seed ${one.seed}, ${one.kind}, truncation ${one.percent} %`, `种子 ${one.seed}，${one.kind}，截断 ${one.percent} %`);
const tidy = (x) => x.toFixed(2).replace('-', '−');

// The noise as a strip of colours; pointer or arrow keys tell a number.
function strip(z) {
  const rows = Math.ceil(z.length / COLUMNS), canvas = node('canvas', { width: COLUMNS, height: rows, tabindex: 0, role: 'img',
    'aria-label': t(`the noise z: ${z.length} numbers`, `噪声 z：${z.length} 个数`) });
  const plain = t(`z: the ${z.length} numbers it is made from`, `z：画它用的 ${z.length} 个数`), told = node('span', { 'aria-live': 'polite' }, plain);
  const ink = canvas.getContext('2d'), table = colours('split');
  z.forEach((x, i) => { ink.fillStyle = `rgb(${table[Math.round(127.5 + 127.5 * Math.max(-1, Math.min(1, x / REACH)))]})`; ink.fillRect(i % COLUMNS, Math.floor(i / COLUMNS), 1, 1); });
  let at = -1;
  const tell = (i) => { at = Math.max(0, Math.min(z.length - 1, i)); told.textContent = `z${t(' number ', ' 第 ')}${at + 1}${t('', ' 个')}: ${tidy(z[at])}`; };
  canvas.onpointermove = (e) => { const box = canvas.getBoundingClientRect(); tell(Math.floor((e.clientY - box.top) / box.height * rows) * COLUMNS + Math.floor((e.clientX - box.left) / box.width * COLUMNS)); };
  canvas.onpointerleave = () => { told.textContent = plain; };
  canvas.onkeydown = (e) => { const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS }[e.key]; if (by) { e.preventDefault(); tell(at + by); } };
  return node('div.gan-noise', {}, canvas, told);
}

const away = (one) => node('button.gan-away', { type: 'button', 'aria-label': t(`put down: ${called(one)}`, `放下：${called(one)}`), title: t('put down', '放下'), onclick: () => trigger('drop', { piece: one.piece }) }, '×');

function draw() {
  const value = props.value;
  if (!value?.pieces) { stage.replaceChildren(); return; }
  const [first, ...others] = value.pieces;
  announce('gan-held', value.pieces.map((one) => one.piece));
  if (!first) {
    stage.replaceChildren(node('p.gan-empty', {}, t('Your hands are empty: click a picture on the wall to hold it here.', '手里是空的：点墙上的一张图片，就能拿在这里。')));
    return;
  }
  const save = node('a.chip', { download: `forged-${first.piece}.png`, href: value.large }, t('Save PNG', '保存 PNG'));
  const give = (room, words) => node('button.chip', { type: 'button', onclick: () => hand(room, value.large) }, words);
  stage.replaceChildren(node('div.gan-shelf', {}, node('div.gan-hand', {}, node('img', { src: value.large, alt: t(`in the hand: ${called(first)}`, `手里：${called(first)}`) }), away(first)),
    node('div.gan-about', {}, node('p', {}, node('b', {}, t('In the hand', '手里')), ` ${called(first)}`),
      node('p', { title: t('Above 50 %: it takes it for genuine', '高于 50 %：它当成真的') }, t('The detective: ', '侦探：'), node('b', {}, `D(x) = ${percent(genuine(first.score))}`), t(' genuine', ' 是真的'),
        value.genuine ? node('small', {}, t(` (most genuine ones: ${value.genuine.map((x) => percent(genuine(x))).join(' to ')})`, `（真图大多 ${value.genuine.map((x) => percent(genuine(x))).join(' 到 ')}）`)) : null),
      strip(value.z), node('div.chips', {}, give('cnn', t('Classify it', '给它分类')), give('style', t('Stylise it', '给它换风格')), save)),
    others.length ? node('div.gan-rest', {}, node('p.hint', {}, value.example ? t('Also held, as examples: click to swap, × to put down', '也拿着（示例）：点一下换到手里，× 放下') : t('Also held: click to swap', '也拿着：点一下换到手里')), node('div', {}, ...others.map((one) => node('div.gan-held', {},
      node('button.gan-tile', { type: 'button', title: called(one), 'aria-label': t(`take in the hand: ${called(one)}`, `拿到手里：${called(one)}`), onclick: () => trigger('take', { piece: one.piece }) }, node('img', { src: one.picture, alt: '' })), away(one))))) : null));
}
// Parts that ask nothing of what is held are seen without a shelf.
const seen = () => { stage.hidden = last['gan-shelf'] === false; };
window.addEventListener('gan-shelf', seen);
watch('value', draw);
draw();
seen();
