// The camera, painted live. Value: see demos/style/camera.py, with the number of the picture it answers. Fires 'frame'
// with {picture, number}; the next one goes when this one is back, or is tried again after a while in case it was
// refused. A turn ends by itself.
const { node, t } = window.gallery;
const stage = element.querySelector('.view') || element;
const SIDE = 320, TURN = 30_000, PATIENCE = 5000;
let stream = null, video = null, number = 0, waiting = 0, began = 0, times = [], told = '', last = null, timer = null, opening = false;

const screen = node('img', { alt: t('the camera, painted', '画过的摄像头画面') }), inset = node('div'), facts = node('p.rows-facts', { role: 'status' });
const button = node('button.chip', { type: 'button', onclick: () => (stream ? close('') : open()) });
const frame = node('div.camera-room', {}, screen, inset), bar = node('div.rows-bar');
stage.replaceChildren(frame, bar, facts);

function send() {
  if (!stream || !video?.videoWidth) return;
  const scale = Math.min(1, SIDE / Math.max(video.videoWidth, video.videoHeight));
  const canvas = node('canvas', { width: Math.round(video.videoWidth * scale), height: Math.round(video.videoHeight * scale) });
  canvas.getContext('2d').drawImage(video, 0, 0, canvas.width, canvas.height);
  waiting = Date.now();
  trigger('frame', { picture: canvas.toDataURL('image/jpeg', 0.85), number: ++number });
}

function tick() {
  if (!stream) return;
  const left = TURN - (Date.now() - began);
  if (left <= 0) { close(t('A turn lasts 30 seconds, so that others get theirs.', '一轮 30 秒，好让别人也轮得到。')); return; }
  if (!stage.offsetParent) { close(''); return; }  // nobody is filmed behind a closed part
  if (stream.getVideoTracks().every((track) => track.readyState === 'ended')) { close(t('The camera has stopped.', '摄像头停了。')); return; }
  if (!waiting || Date.now() - waiting > PATIENCE) send();
  const rate = times.length > 1 ? 1000 * (times.length - 1) / (times.at(-1) - times[0]) : 0;
  facts.textContent = (rate ? t(`${rate.toFixed(1)} pictures a second, ${last} ms of each on the server; `, `每秒 ${rate.toFixed(1)} 张，服务器每张用 ${last} 毫秒；`) : '') + t(`${Math.ceil(left / 1000)} s left`, `还剩 ${Math.ceil(left / 1000)} 秒`);
}

function close(why) {
  stream?.getTracks().forEach((track) => track.stop());
  clearInterval(timer);
  stream = video = null;
  told = why;
  idle();
}

async function open() {
  if (opening) return;  // the browser still asks
  opening = true;
  try { await film(); } finally { opening = false; }
}

async function film() {
  if (!navigator.mediaDevices?.getUserMedia) {
    told = t('The browser gives a camera only to pages on https or on this computer itself.', '浏览器只允许 https 页面或本机页面使用摄像头。');
    idle();
    return;
  }
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 } } });
  } catch {
    told = t('No camera could be opened: none is there, or the browser may not use it.', '无法打开摄像头：没有摄像头，或浏览器没有权限。');
    idle();
    return;
  }
  video = node('video.camera-inset', { autoplay: true, playsinline: true, muted: true });
  video.muted = true;
  video.srcObject = stream;
  inset.replaceChildren(video);
  began = Date.now();
  waiting = 0;
  times = [];
  button.textContent = t('Stop the camera', '停止摄像头');
  bar.append(button);
  timer = setInterval(tick, 60);
}

function idle() {
  inset.replaceChildren();
  button.textContent = t('Start the camera', '打开摄像头');
  frame.append(button);
  facts.textContent = told;
}

function back() {
  const value = props.value;
  if (!value?.after) return;
  screen.src = value.after;
  last = value.milliseconds;
  if (value.number === number) waiting = 0;
  times = [...times.slice(-15), Date.now()];
  tick();
}
idle();
watch('value', back);
back();
