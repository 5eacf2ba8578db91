// Where pictures come in: drop, paste, pick, camera, or one that hangs here. Value: {photos: [[name, title en, title zh,
// credit, thumbnail]], chosen, notes}; `own`: what the door is called, [en, zh]; `bare`: without camera and paste; `mine`:
// the visitor's own picture, where it may have come by another way. Says
// 'picture' with a name or with the bytes as a data: address, and with what is `chosen` in all rows like this.
const { node, t, taken } = window.gallery, gallery = window.gallery;
const stage = element.querySelector('.view') || element;
const LARGE = 4e6, SIDE = 2048;  // larger files are made smaller here, so that a phone's photo need not travel whole
let stream = null, sent = '', opening = false, was = null;  // sent: what was last sent of the visitor's own; was: its size
const own = window.gallery.own ??= {};  // room -> what of it was taken; a view may be made anew when its tab opens again

// What hangs here and is chosen in every row of pictures, by its id: who chooses in two of them quickly means both.
const chosen = gallery.chosen ??= {}, key = element.closest('[id$="-intake"], [id$="-easel"]')?.id;

function send(picture) {
  sent = picture.startsWith('data:') ? picture : '';
  chosen[key] = sent ? 'own' : picture;
  trigger('picture', { picture, chosen });
}

async function take(file) {
  if (!file) return;
  was = null;
  say(t('Reading …', '读取中……'));
  if (file.size > LARGE) {
    try {
      const image = await createImageBitmap(file, { imageOrientation: 'from-image' });
      const scale = Math.min(1, SIDE / Math.max(image.width, image.height));
      if (scale < 1) was = [image.width, image.height];
      const canvas = node('canvas', { width: Math.max(1, Math.round(image.width * scale)), height: Math.max(1, Math.round(image.height * scale)) });
      canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
      send(canvas.toDataURL('image/jpeg', 0.92));
      return;
    } catch { /* not a picture this browser knows: the server says so */ }
    if (file.size > 2 * LARGE) { say(t('This file is too large, or not a picture.', '文件过大，或不是图片。')); return; }
  }
  const reader = new FileReader();
  reader.onload = () => send(reader.result);
  reader.onerror = () => say(t('The file could not be read.', '文件读取失败。'));
  reader.readAsDataURL(file);
}

function say(text) { const line = stage.querySelector('.intake-note'); if (line) line.textContent = text; }

async function camera() {
  if (!navigator.mediaDevices?.getUserMedia) {
    say(t('The browser gives a camera only to pages on https or on this computer itself.', '浏览器只允许 https 页面或本机页面使用摄像头。'));
    return;
  }
  if (opening || stream) return;  // the browser still asks, or the picture is not taken yet
  opening = true;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 } } });
  } catch {
    say(t('No camera could be opened.', '无法打开摄像头。'));
    return;
  } finally { opening = false; }
  const video = node('video', { autoplay: true, playsinline: true });
  video.srcObject = stream;
  const close = () => { stream?.getTracks().forEach((track) => track.stop()); stream = null; box.remove(); };
  const box = node('div.intake-camera', {}, video,
    node('button.chip.shutter', { type: 'button', onclick: () => {
      const canvas = node('canvas', { width: video.videoWidth, height: video.videoHeight });
      canvas.getContext('2d').drawImage(video, 0, 0);
      close();
      send(canvas.toDataURL('image/jpeg', 0.92));
    } }, t('Take the picture', '拍照')),
    node('button.chip', { type: 'button', onclick: close }, t('Close', '关闭')));
  stage.append(box);
}

function draw() {
  const value = props.value;
  if (!value?.photos) return;
  chosen[key] = value.chosen;
  const input = node('input', { type: 'file', accept: 'image/*', hidden: true, onchange: (e) => { take(e.target.files[0]); e.target.value = ''; } });
  const notes = (value.notes || []).map(([en, zh]) => t(en, zh));
  if (value.chosen === 'own' && was) notes.unshift(t(`It came with ${was[0]} × ${was[1]} pixels and was made smaller here first.`, `原图 ${was[0]} × ${was[1]} 像素，已先在浏览器里缩小。`));
  if (value.chosen === 'own') own[room] = value.mine || sent || own[room];
  const mine = own[room];
  gallery.announce(`picture-of-${room}`, value.chosen === 'own' ? mine || '' : value.chosen);  // whole, to be handed on
  const yours = mine ? node('button.intake-photo', { type: 'button', 'aria-pressed': String(value.chosen === 'own'), title: t('yours', '你的'), onclick: () => send(mine) },
    node('img', { src: mine, alt: t('yours', '你的') })) : null;
  stage.replaceChildren(node(`div.intake-row${yours ? '.crowded' : ''}`, {},
    node('button.intake-drop', { type: 'button', onclick: () => input.click() },
      node('b', {}, t(...(value.own || ['Your picture', '你的图片']))), node('small', {}, value.bare ? t('drop or choose', '拖入或选择') : t('drop, paste or choose', '拖入、粘贴或选择'))),
    value.bare ? null : node('button.chip', { type: 'button', onclick: camera }, t('Camera', '拍照')), input, yours,
    ...value.photos.map(([name, en, zh, credit, thumb]) => node('button.intake-photo', { type: 'button', title: `${t(en, zh)} (${credit})`,
      'aria-pressed': String(name === value.chosen), onclick: () => send(name) }, node('img', { src: thumb, alt: t(en, zh) })))),
  node('p.intake-note', { role: 'status' }, notes.join(' ')));
  requestAnimationFrame(() => {  // on a phone the row is longer than the screen: what is chosen is in sight
    const row = stage.querySelector('.intake-row'), on = row?.querySelector('[aria-pressed="true"]');
    if (on) row.scrollLeft = Math.max(0, on.offsetLeft - row.offsetLeft + on.offsetWidth + 30 - row.clientWidth);
  });
}

stage.addEventListener('dragover', (e) => { e.preventDefault(); stage.classList.add('over'); });
stage.addEventListener('dragleave', () => stage.classList.remove('over'));
stage.addEventListener('drop', (e) => { e.preventDefault(); stage.classList.remove('over'); take(e.dataTransfer.files[0]); });
document.addEventListener('paste', (e) => {
  const file = [...(e.clipboardData?.files || [])].find((one) => one.type.startsWith('image/'));
  if (file && stage.offsetParent && !props.value?.bare) take(file);
});
// Another tab may hand a picture over (see `hand` in pixels.js); a room that has just opened first shows its own.
const room = element.closest('[id$="-intake"]')?.id.replace('-intake', '');
const given = () => { const picture = taken(room); if (picture) send(picture); };
window.addEventListener(`picture-for-${room}`, () => setTimeout(given, 50));
setTimeout(given, 700);
window.addEventListener('picture-refused', () => { sent = ''; draw(); });  // a message of its own says why
watch('value', draw);
draw();
