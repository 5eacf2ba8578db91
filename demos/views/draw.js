// A canvas for one digit, and what the network reads in it while the pen moves.
// Value: {number, digit, p, seen, notes} of demos/cnn/draw.py, or {start}, or {number, complaint: [en, zh]}. Fires 'sketch'
// with {drawing: data address, number}; the answer has the number of what it is about.
const { node, t, mapCanvas, percent, chinese, calm, announce } = window.gallery;
const stage = element.querySelector('.view') || element;
const PEN = 0.075, RUBBER = 0.15, SENT = 280, PAUSE = 200;  // shares of the side; pixels; milliseconds
// Ten digits as points of strokes, in shares of the side; a point that stands twice is a corner.
const EXAMPLES = [
  [[[.5, .2], [.37, .27], [.31, .5], [.36, .72], [.5, .8], [.64, .72], [.69, .5], [.63, .28], [.5, .2]]],
  [[[.4, .34], [.53, .2], [.53, .2], [.53, .5], [.53, .8]]],
  [[[.33, .34], [.4, .22], [.55, .19], [.66, .3], [.61, .45], [.47, .61], [.32, .79], [.32, .79], [.5, .79], [.7, .78]]],
  [[[.35, .25], [.5, .19], [.64, .28], [.6, .42], [.46, .48], [.46, .48], [.62, .53], [.68, .67], [.57, .79], [.42, .8], [.32, .72]]],
  [[[.42, .2], [.36, .4], [.3, .57], [.3, .57], [.5, .57], [.72, .56]], [[.6, .36], [.59, .6], [.57, .82]]],
  [[[.66, .2], [.5, .2], [.38, .2], [.38, .2], [.35, .45], [.35, .45], [.5, .41], [.65, .5], [.67, .65], [.57, .78], [.43, .8], [.32, .73]]],
  [[[.6, .19], [.46, .3], [.37, .48], [.35, .66], [.43, .79], [.56, .79], [.65, .68], [.6, .56], [.47, .54], [.37, .64]]],
  [[[.31, .22], [.5, .22], [.69, .22], [.69, .22], [.59, .4], [.5, .6], [.45, .81]]],
  [[[.63, .27], [.5, .19], [.38, .27], [.42, .4], [.56, .5], [.66, .63], [.6, .77], [.48, .8], [.36, .74], [.36, .61], [.48, .5], [.61, .4], [.63, .27]]],
  [[[.64, .31], [.54, .21], [.42, .23], [.36, .35], [.42, .47], [.55, .46], [.64, .33], [.65, .55], [.61, .81]]],
];
let strokes = [], photo = null, pen = null, rubbing = false, example = false, next = 7, film = 0;  // what is on the canvas
let busy = false, changed = false, sent = 0, timer = 0, dog = 0, patience = 4000;  // what is on its way; milliseconds
let number = 0, gone = 0;  // of the last drawing that left; of the last one before the canvas was emptied

const night = () => !!document.querySelector('.dark') || document.body.classList.contains('dark');
const pad = node('canvas.draw-pad', { width: 560, height: 560, role: 'img', 'aria-label': t('canvas for one digit; the button "example" draws without a pointer', '写一个数字的画布；不用指针也可以按“例子”') });
const nothing = node('p.draw-nothing', {}, t('Draw a digit here', '在这里写一个数字'));
const verdict = node('p.draw-verdict', { role: 'status' }), bars = node('ol.draw-bars'), seen = node('div.draw-seen', { role: 'img', 'aria-label': t('the 28 × 28 pixels that the network sees', '网络看到的 28 × 28 像素') });
const button = (en, zh, onclick, more = {}) => node('button.chip', { type: 'button', onclick, ...more }, t(en, zh));
const rubber = button('eraser', '橡皮', () => { rubbing = !rubbing; rubber.setAttribute('aria-pressed', String(rubbing)); }, { 'aria-pressed': 'false' });
const file = node('input', { type: 'file', accept: 'image/*', hidden: true, onchange: () => { if (file.files[0]) take(file.files[0]); file.value = ''; } });
const root = node('div', {}, node('div.draw-top', {},
  node('div.draw-left', {}, node('div.draw-box', {}, pad, nothing), node('div.draw-tools', {}, rubber,
    button('undo', '撤销', () => { stop(); photo = null; strokes.pop(); touched(); }), button('clear', '清空', () => { stop(); photo = null; strokes = []; touched(); }),
    button('example', '例子', () => play(next = (next + 3) % 10)), button('a photo …', '照片…', () => file.click()), file)),
  node('figure.draw-sight', {}, seen, node('figcaption', {}, t('what the network sees: 28 × 28, ink 20 pixels high or wide, centre of mass in the middle', '网络看到的：28 × 28，笔迹长边 20 像素，重心居中'))),
  node('div.draw-answer', {}, verdict, bars)));

// Strokes as one sees them: round ends, curves through the middles of the points.
function ink(context, side, dark, paper) {
  context.fillStyle = paper;
  context.fillRect(0, 0, side, side);
  context.lineCap = context.lineJoin = 'round';
  for (const { points, rub } of strokes) {
    context.strokeStyle = rub ? paper : dark;
    context.lineWidth = side * (rub ? RUBBER : PEN);
    const path = points.map((p) => [p[0] * side, p[1] * side]), last = path.at(-1);
    context.beginPath();
    context.moveTo(...path[0]);
    for (let i = 1; i < path.length - 1; i++)
      context.quadraticCurveTo(...path[i], (path[i][0] + path[i + 1][0]) / 2, (path[i][1] + path[i + 1][1]) / 2);
    context.lineTo(last[0] + 0.01, last[1]);
    context.stroke();
  }
}

function paint() {
  const context = pad.getContext('2d');
  ink(context, pad.width, night() ? '#f4f0e8' : '#1d1a17', night() ? '#221f1b' : '#fffdf8');
  if (photo) {
    const scale = Math.min(pad.width / photo.width, pad.height / photo.height), w = photo.width * scale, h = photo.height * scale;
    context.drawImage(photo, (pad.width - w) / 2, (pad.height - h) / 2, w, h);
  }
  nothing.hidden = Boolean(strokes.length || photo);
}

function picture() {
  const sheet = node('canvas', { width: SENT, height: SENT });
  if (photo) return photo.toDataURL('image/jpeg', 0.9);
  ink(sheet.getContext('2d'), SENT, '#fff', '#000');
  return sheet.toDataURL('image/png');
}

// At most five drawings a second leave, one at a time; what changes meanwhile leaves with the next.
function touched() { paint(); changed = true; send(); }
function send() {
  clearTimeout(timer);
  if (!strokes.length && !photo) { changed = false; gone = number; show(null); return; }  // an answer may still come
  if (!changed || busy) return;
  const wait = PAUSE - (performance.now() - sent);
  if (wait > 0) { timer = setTimeout(send, wait); return; }
  changed = false; busy = true; sent = performance.now();
  clearTimeout(dog);
  dog = setTimeout(() => { patience *= 2; busy = false; changed = true; send(); }, patience);  // lost, or slow: asked again
  trigger('sketch', { drawing: picture(), number: ++number });
}

function stop() { cancelAnimationFrame(film); film = 0; example = false; }
function play(digit) {  // an example draws itself
  stop();
  const whole = EXAMPLES[digit], total = whole.flat().length, began = performance.now();
  photo = null; example = true;
  const frame = (now) => {
    const share = calm() ? 1 : Math.max(0.01, (now - began) / 1200);
    let left = share * total;
    const parts = [];
    for (const points of whole) {
      if (left <= 0) break;
      const full = Math.min(points.length, Math.floor(left) + 1), path = points.slice(0, full), rest = left - full + 1;
      if (full < points.length) path.push([0, 1].map((c) => points[full - 1][c] + rest * (points[full][c] - points[full - 1][c])));
      parts.push({ points: path });
      left -= points.length;
    }
    strokes = parts;
    touched();
    film = share >= 1 ? 0 : requestAnimationFrame(frame);
  };
  film = requestAnimationFrame(frame);
}

async function take(chosen) {
  let bitmap;
  try { bitmap = await createImageBitmap(chosen, { imageOrientation: 'from-image' }); } catch {
    verdict.textContent = t('This file is not a picture that can be read.', '这个文件不是能识别的图片。');
    return;
  }
  const scale = Math.min(1, 560 / Math.max(bitmap.width, bitmap.height));
  stop(); strokes = [];
  photo = node('canvas', { width: Math.max(1, Math.round(bitmap.width * scale)), height: Math.max(1, Math.round(bitmap.height * scale)) });
  photo.getContext('2d').drawImage(bitmap, 0, 0, photo.width, photo.height);
  touched();
}

const place = (e) => { const box = pad.getBoundingClientRect(); return [(e.clientX - box.left) / box.width, (e.clientY - box.top) / box.height]; };
pad.onpointerdown = (e) => {
  if (e.button || pen !== null) return;
  e.preventDefault();
  if (example || photo) { stop(); strokes = []; photo = null; }
  pen = e.pointerId;
  pad.setPointerCapture(pen);
  strokes.push({ points: [place(e)], rub: rubbing });
  touched();
};
pad.onpointermove = (e) => {
  if (e.pointerId !== pen) return;
  const points = strokes.at(-1)?.points;
  for (const one of points ? e.getCoalescedEvents?.() || [] : []) {
    const [x, y] = place(one), last = points.at(-1);
    if (Math.hypot(x - last[0], y - last[1]) > 0.004 && points.length < 3000) points.push([x, y]);
  }
  if (points) touched();
};
pad.onpointerup = pad.onpointercancel = (e) => { if (e.pointerId === pen) { pen = null; touched(); } };

// ---- the answer ----
function show(value) {
  const p = value?.p || Array(10).fill(0);
  verdict.classList.toggle('low', !value?.p);
  verdict.replaceChildren(...(value?.p
    ? [t('It reads ', '它读作 '), node('b', {}, String(value.digit)), node('small', {}, ' ' + percent(p[value.digit]))]
    : [value?.complaint?.[+chinese] || t('Nothing is drawn yet.', '还什么都没画。')]), ...(value?.notes || []).map((both) => node('small', {}, ' ' + both[+chinese])));
  bars.replaceChildren(...p.map((share, digit) => node('li' + (value && digit === value.digit ? '.won' : ''), { 'aria-label': `${digit}: ${percent(share)}` },
    node('b', {}, String(digit)), node('i', { style: `--p:${share}` }), node('span', {}, value?.p ? percent(share) : ''), node('em', {}, value && digit === value.digit ? '◀' : ''))));
  seen.replaceChildren(value?.seen ? mapCanvas(value.seen, 0, { scale: 'gray' }) : node('i'));
  if (!value?.p) announce('digit-gone');
}

function answered() {
  if (!stage.contains(root)) stage.replaceChildren(root);
  const value = props.value;
  if (value?.start) { show(null); paint(); if (!strokes.length && !film) play(next); return; }
  if (value?.number === number) {
    [busy, patience] = [false, 4000];
    clearTimeout(dog);
  }
  if (value?.number > gone && (strokes.length || photo)) show(value);
  if (changed) send();
}
new MutationObserver(paint).observe(document.body, { attributes: true, attributeFilter: ['class'] });  // day and night
watch('value', answered);
answered();
