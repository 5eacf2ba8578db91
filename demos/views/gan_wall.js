// The wall of forged pictures, all on one sheet. Value: see `timed` of demos/gan/wall.py. Fires 'hold' with {piece}.
const { node, t, percent, genuine, hand, download, last } = window.gallery;
const stage = element.querySelector('.view') || element;
const LARGEST = 1024, SAVED = 128;  // sides in pixels: of a wall that another tab gets, and of a picture of a saved one
let value = null, picture = null, drawn = '';

const facts = node('p.rows-facts', { role: 'status' }), told = node('p.hint', { 'aria-live': 'polite' }), grid = node('div.gan-grid');
const chip = (words, onclick) => node('button.chip', { type: 'button', onclick }, words);
const tools = node('div.chips', {}, chip(t('Stylise the whole wall', '给整面墙换风格'), () => hand('style', composed(Math.floor(LARGEST / value.columns)).toDataURL('image/png'))),
  chip(t('Save the wall as PNG', '把墙存为 PNG'), () => composed(SAVED).toBlob((blob) => download(`wall-${value.hung[0][1]}.png`, blob, 'image/png'))));

// Everything that hangs, `side` pixels each, without gaps.
function composed(side) {
  const rows = Math.ceil(value.hung.length / value.columns), canvas = node('canvas', { width: value.columns * side, height: rows * side }), ink = canvas.getContext('2d');
  ink.imageSmoothingQuality = 'high';
  value.hung.forEach((_, i) => cut(ink, i, i % value.columns * side, Math.floor(i / value.columns) * side, side));
  return canvas;
}

// Picture number i of the sheet onto a canvas; cut out first, so that nothing of its neighbours shines through.
function cut(ink, i, x, y, size) {
  const { side, columns } = value;
  ink.drawImage(picture, i % columns * side, Math.floor(i / columns) * side, side, side, x, y, size, size);
}

function describe(i) {
  const [, seed, kind] = value.hung[i];
  const said = value.scores ? t(`; the detective: ${percent(genuine(value.scores[i]))} genuine`, `；侦探：${percent(genuine(value.scores[i]))} 是真的`) : '';
  return t(`seed ${seed}, ${value.designs[kind]}`, `种子 ${seed}，${value.designs[kind]}`) + said;
}

function sum() {
  const count = value.hung.length, { asked, looked, seconds, attribute } = value;
  if (looked === null) return t(`${count} pictures in ${seconds.toFixed(2)} s`, `${count} 张图片，用时 ${seconds.toFixed(2)} 秒`);
  const many = looked.toLocaleString('en');
  return `${value.done || count === asked ? '' : t('Looking … ', '正在找…… ')}${t(`${count} of ${asked} found among ${many} seeds, in ${seconds.toFixed(1)} s. A network that reads avatars says that they have it.`,
    `看了 ${many} 个种子，找到 ${asked} 张里的 ${count} 张，用时 ${seconds.toFixed(1)} 秒。由一个识别头像的网络判断。`)}`;
}

function hang() {
  grid.style.setProperty('--columns', value.columns);
  grid.replaceChildren(...value.hung.map(([piece], i) => {
    const canvas = node('canvas', { width: value.side, height: value.side }), words = describe(i);
    cut(canvas.getContext('2d'), i, 0, 0, value.side);
    return node('button.gan-tile', { type: 'button', 'data-i': i, 'data-piece': piece, title: words, 'aria-label': t(`hold: ${words}`, `拿起：${words}`), onclick: () => trigger('hold', { piece }) },
      canvas, value.scores ? node('small', {}, percent(genuine(value.scores[i]))) : null);
  }));
  mark();
}

// Which of the pictures are held.
function mark() {
  const held = last['gan-held'] || [];
  grid.querySelectorAll('[data-piece]').forEach((tile) => tile.setAttribute('aria-pressed', String(held.includes(tile.dataset.piece))));
}

async function draw() {
  if (!props.value?.hung) { stage.replaceChildren(); return; }
  const now = props.value;
  if (now.sheet && now.sheet !== drawn) {
    const image = new Image();
    image.src = now.sheet;
    try { await image.decode(); } catch { return; }
    if (now !== props.value && props.value?.sheet !== now.sheet) return;  // another one has come meanwhile
    [picture, drawn] = [image, now.sheet];
  }
  value = now;
  if (!stage.contains(grid)) stage.replaceChildren(facts, grid, told, tools);
  facts.textContent = sum();
  tools.hidden = !value.hung.length;
  told.textContent = value.scores ? t('Under each picture: how probable the detective finds it that this is genuine. Click one to hold it.', '每张下面：侦探认为它是真品的概率。点一张就拿在手里。') : t('Click a picture to hold it.', '点一张图片，就拿在手里。');
  hang();
}
const tell = (e) => { const tile = e.target.closest?.('[data-i]'); if (tile) told.textContent = describe(+tile.dataset.i); };
grid.addEventListener('pointerover', tell);
grid.addEventListener('focusin', tell);
window.addEventListener('gan-held', mark);
watch('value', draw);
draw();
