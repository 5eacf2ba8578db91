// What the head says of another picture, or of the camera, and why. Value: see demos/cnn/teach_lessons.py, `answer_for`.
// Says 'teach_frame'; a frame is sent only when the one before has been answered, so none ever queue.
const { node, t, percent, bars, mapCanvas, unpack } = window.gallery;
const stage = element.querySelector('.view') || element;
const EVERY = 500, PATIENCE = 6000, SIDE = 288;
let stream = null, video = null, sent = 0, waiting = false, timer = null, frames = [], told = '';

const ask = (picture) => { waiting = true; sent = Date.now(); trigger('teach_frame', { picture }); };

function shrunk(source, width, height) {
  const scale = Math.min(1, SIDE / Math.min(width, height), 4 * SIDE / Math.max(width, height));
  const canvas = node('canvas', { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) });
  canvas.getContext('2d').drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/jpeg', 0.85);
}

function tick() {
  if (!stream) return;
  if (!stage.offsetParent) { close(); return; }  // nobody is filmed behind a closed part
  if ((waiting && Date.now() - sent < PATIENCE) || !video.videoWidth) return;
  ask(shrunk(video, video.videoWidth, video.videoHeight));
}

function close() {
  stream?.getTracks().forEach((track) => track.stop());
  clearInterval(timer);
  stream = video = null;
  waiting = false;
  frames = [];
  draw();
}

async function open() {
  if (!navigator.mediaDevices?.getUserMedia) {
    told = t('The browser gives a camera only to pages on https or on this computer itself.', '浏览器只允许 https 页面或本机页面使用摄像头。');
    draw();
    return;
  }
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 } } });
  } catch {
    told = t('No camera could be opened: none is there, or the browser may not use it.', '无法打开摄像头：没有摄像头，或浏览器没有权限。');
    draw();
    return;
  }
  told = '';
  video = node('video.teach-inset', { autoplay: true, playsinline: true, muted: true });
  video.srcObject = stream;
  timer = setInterval(tick, EVERY);
  draw();
}

async function takeFile(file) {
  if (!file) return;
  try {
    const image = await createImageBitmap(file, { imageOrientation: 'from-image' });
    ask(shrunk(image, image.width, image.height));
  } catch {
    told = t('This is not a picture the browser can read.', '浏览器读不出这张图片。');
    draw();
  }
}

function familiar(value) {
  if (!value.usual || !value.nearest.length) return null;
  const best = value.nearest[0][2], least = value.usual[0];
  return best < 0.9 * least
    ? node('p.teach-stale', {}, t(`Nothing it was taught is like this: similarity ${best.toFixed(2)} at best, its own pictures reach ${least.toFixed(2)} at least. It has no class for “none of these”, so the bars must still add up to 100 %.`,
      `它学过的都不像这张：相似度最高 ${best.toFixed(2)}，而它自己的图片之间至少 ${least.toFixed(2)}。它没有“都不是”这一类，各条之和仍必须是 100 %。`))
    : null;
}

function draw() {
  const value = props.value;
  const input = node('input', { type: 'file', accept: 'image/*', hidden: true, onchange: (e) => { takeFile(e.target.files[0]); e.target.value = ''; } });
  const chip = (text, onclick, pressed) => node('button.chip', { type: 'button', 'aria-pressed': pressed, onclick }, text);
  const tools = node('div.teach-tools', {},
    chip(stream ? t('Stop the camera', '停止摄像头') : t('Live from the camera', '摄像头实时'), () => (stream ? close() : open()), String(!!stream)),
    chip(t('Another picture', '另一张图片'), () => input.click()), input,
    frames.length > 1 ? node('small.teach-count', {}, t(`${(1000 * (frames.length - 1) / (frames.at(-1) - frames[0])).toFixed(1)} answers a second`, `每秒 ${(1000 * (frames.length - 1) / (frames.at(-1) - frames[0])).toFixed(1)} 次回答`)) : null);
  if (!value?.top) { stage.replaceChildren(node('p.hint', {}, t('Once it has learned, it names the picture above here, or whatever the camera sees.', '学会之后，它会在这里认出上方的图片，或摄像头看到的东西。'))); return; }
  const picture = node('div.look-picture.teach-square', {}, node('img', { src: value.image, alt: t('what the network sees', '网络看到的') }));
  if (value.peak > 0) {
    const heat = mapCanvas(value.evidence, 0, { bytes: unpack(value.evidence), alpha: (byte) => 0.1 + 0.6 * byte / 255 });
    heat.className = 'heat';
    picture.append(heat);
  }
  if (video) picture.append(video);
  const [, name, , p] = value.top[0];
  stage.replaceChildren(...[
    node('p.verdict', { role: 'status' }, name, node('small', {}, ' ' + percent(p))),
    node('div.teach-answer', {}, node('div', {}, picture, tools), node('div', {}, bars(value.top, { chosen: value.top[0][0] }),
      node('p.hint', {}, t(`Bright places speak for “${name}”. The network took ${value.milliseconds} ms.`, `亮处支持“${name}”。网络用时 ${value.milliseconds} 毫秒。`)))),
    told ? node('p.teach-note', { role: 'status' }, told) : null,
    familiar(value),
    value.nearest.length ? node('p.hint', {}, t('The most similar pictures it was taught, with the cosine of their features:', '它学过的最相似的图片，以及特征的余弦相似度：')) : null,
    node('div.teach-gallery', {}, ...value.nearest.map(([thumb, kind, near]) => node('figure', {}, node('img', { src: thumb, alt: '' }),
      node('figcaption', { title: kind }, node('b', {}, near.toFixed(2)), ' ' + kind)))),
  ].filter(Boolean));
  video?.play().catch(() => {});  // moving it in the page has paused it
}

stage.addEventListener('dragover', (e) => { e.preventDefault(); stage.classList.add('over'); });
stage.addEventListener('dragleave', () => stage.classList.remove('over'));
stage.addEventListener('drop', (e) => { e.preventDefault(); stage.classList.remove('over'); takeFile(e.dataTransfer.files[0]); });
watch('value', () => {
  if (props.value?.live) {
    waiting = false;
    if (stream) frames = [...frames, Date.now()].slice(-6);
  }
  draw();
});
draw();
