// A walk between held pictures: all its pictures come on one sheet. Value: see `compute` of demos/gan/walk.py, or {few:
// how many are held}. Fires 'gif'.
const { node, t, hand, calm, download } = window.gallery;
const stage = element.querySelector('.view') || element;
const PACE = 60, STRIP = 12, LARGE = 256, SAVED = 128;  // milliseconds; pictures of a strip; sides in pixels
let value = null, picture = null, drawn = '', at = 0, player = null;

const canvas = node('canvas.gan-large', { width: LARGE, height: LARGE, role: 'img' }), where = node('p.hint', { 'aria-live': 'off' });
const slider = node('input.timeline-slider', { type: 'range', min: 0, step: 1, 'aria-label': t('place on the way', '路上的位置'), oninput: () => { stop(); show(+slider.value); } });
const film = node('canvas.gan-film', { 'aria-hidden': 'true' }), stops = node('div.gan-stops'), why = node('p.hint');
const play = node('button.chip', { type: 'button', onclick: () => (player ? stop() : start()) });
const chip = (words, onclick) => node('button.chip', { type: 'button', onclick }, words);
const tools = node('div.chips', {}, play, chip(t('Save as GIF', '存为 GIF'), () => trigger('gif')),
  chip(t('Save as a strip, PNG', '存为长条 PNG'), () => strip(STRIP, SAVED).toBlob((blob) => download('walk.png', blob, 'image/png'))),
  chip(t('Stylise the walk', '给漫步换风格'), () => hand('style', strip(4, LARGE).toDataURL('image/png'))));
const root = node('div.gan-walk', {}, node('div', {}, canvas, where), node('div', {}, slider, film, stops, tools, why));

// Picture number i of the sheet onto a canvas.
function cut(ink, i, x, y, size) {
  const { side, columns } = value;
  ink.drawImage(picture, i % columns * side, Math.floor(i / columns) * side, side, side, x, y, size, size);
}

// STRIP pictures at equal distances, `columns` side by side.
function strip(columns, side) {
  const sheet = node('canvas', { width: columns * side, height: STRIP / columns * side }), ink = sheet.getContext('2d');
  ink.imageSmoothingQuality = 'high';
  for (let k = 0; k < STRIP; k++) cut(ink, Math.round(k / (STRIP - 1) * (value.count - 1)), k % columns * side, Math.floor(k / columns) * side, side);
  return sheet;
}

function show(i) {
  at = i;
  const ink = canvas.getContext('2d'), leg = Math.max(0, value.stops.findLastIndex((stop, k) => stop <= at && k < value.ways.length));
  ink.imageSmoothingQuality = 'high';
  cut(ink, at, 0, 0, LARGE);
  const names = [leg, leg + 1].map((k) => value.pieces[k % value.pieces.length][0]), share = Math.round(100 * (at - value.stops[leg]) / (value.stops[leg + 1] - value.stops[leg]));
  where.textContent = share === 0 || share === 100 ? t(`seed ${names[share / 100]}`, `种子 ${names[share / 100]}`) : t(`${share} % of the way from seed ${names[0]} to seed ${names[1]}`, `从种子 ${names[0]} 到种子 ${names[1]}，走了 ${share} %`);
  canvas.setAttribute('aria-label', where.textContent);
  slider.value = at;
  slider.setAttribute('aria-valuetext', where.textContent);
}

function stop() { clearInterval(player); player = null; play.textContent = t('▶ play', '▶ 播放'); }
function start() {
  play.textContent = t('❚❚ pause', '❚❚ 暂停');
  let by = at === value.count - 1 ? -1 : 1;  // to and fro, or round and round
  player = setInterval(() => {
    if (!stage.isConnected) { stop(); return; }
    const loop = value.ways.length === value.pieces.length && value.pieces.length > 1;
    if (loop) { show((at + 1) % (value.count - 1)); return; }
    if (at + by < 0 || at + by >= value.count) by = -by;
    show(at + by);
  }, calm() ? 4 * PACE : PACE);
}

function reason() {
  const kinds = new Set(value.ways);
  if (kinds.size > 1) return t('Between pictures of one design the way goes along the sphere of noise z (slerp); from one design to another, of which z says nothing, straight through w.', '同一画风之间沿噪声 z 的球面走（slerp）；换画风时 z 帮不上忙，在 w 里走直线。');
  return kinds.has('z') ? t('All are of one design, so the way goes along the sphere on which noise z lies (slerp): every picture on it is as likely as another.', '画风相同，所以沿着噪声 z 所在的球面走（slerp）：路上每一张都同样可能。')
    : t('The designs differ, and noise z says nothing of the design, so the way is a straight line through w, which holds both.', '画风不同，而噪声 z 不管画风，所以在包含两者的 w 里走直线。');
}

async function draw() {
  const now = props.value;
  if (!now?.sheet) {
    stop();
    drawn = '';
    stage.replaceChildren(...(now?.few === undefined ? [] : [node('p.gan-empty', {}, t(`A walk needs two held pictures or more; you hold ${now.few}. Click some on the wall.`, `漫步需要手里至少有两张图片，现在有 ${now.few} 张。请在墙上点几张。`))]));
    return;
  }
  if (now.sheet === drawn) return;
  const image = new Image();
  image.src = now.sheet;
  try { await image.decode(); } catch { return; }
  if (props.value?.sheet !== now.sheet) return;  // another walk has come meanwhile
  [picture, drawn, value] = [image, now.sheet, now];
  stop();
  stage.replaceChildren(root);
  const ribbon = strip(STRIP, value.side);
  [film.width, film.height] = [ribbon.width, ribbon.height];
  film.getContext('2d').drawImage(ribbon, 0, 0);
  slider.max = value.count - 1;
  stops.replaceChildren(...value.stops.map((stop_, k) => node('button.chip', { type: 'button', onclick: () => { stop(); show(stop_); } }, `${k + 1}: ${t('seed', '种子')} ${value.pieces[k % value.pieces.length].join(' · ')}`)));
  why.textContent = reason();
  show(Math.min(Math.round(value.stops[1] / 2), value.count - 1));
}
film.onpointermove = film.onpointerdown = (e) => { stop(); const box = film.getBoundingClientRect(); show(Math.max(0, Math.min(value.count - 1, Math.round((e.clientX - box.left) / box.width * STRIP / (STRIP - 1) * (value.count - 1) - (value.count - 1) / (STRIP - 1) / 2)))); };
watch('value', draw);
draw();
