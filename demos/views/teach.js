// The classes and their pictures. Value: see demos/cnn/teach.py, `board`. Says 'teach_add', 'teach_remove',
// 'teach_rename', 'teach_more', 'teach_less' and 'teach_back', which takes an emptying back.
const { node, t, announce, last } = window.gallery;
const stage = element.querySelector('.view') || element;
const EVERY = 200, AT_ONCE = 5, SIDE = 320;  // milliseconds between recorded pictures, pictures per message, shorter side
let camera = null;  // {kind, stream, video, box}
let wallOf = null;  // the class whose choice of photographs is open
let under = null;  // the class under the pointer or with the focus: where pasted pictures go
let note = '';
const onTheWay = new Map();  // class -> pictures sent that have not come back

const classes = () => props.value?.classes || [];
const has = (kind) => (classes().find((one) => one[0] === kind)?.[2].length || 0) + (onTheWay.get(kind) || 0);
const room = (kind) => props.value.limits.pictures - has(kind);

function say(text) { note = text; const line = stage.querySelector('.teach-note'); if (line) line.textContent = text; }

function send(kind, pictures) {
  for (let at = 0; at < pictures.length; at += AT_ONCE) trigger('teach_add', { kind, pictures: pictures.slice(at, at + AT_ONCE) });
  if (!pictures.length) return;
  onTheWay.set(kind, (onTheWay.get(kind) || 0) + pictures.length);
  setTimeout(() => { onTheWay.delete(kind); if (!onTheWay.size) say(''); }, 12000);  // whatever was refused never comes
  say(t(`Looking at ${pictures.length} ${pictures.length > 1 ? 'pictures' : 'picture'} …`, `正在看 ${pictures.length} 张图片……`));
}

// A source (image or video) as a small JPEG; see-through parts become white.
function shrunk(source, width, height) {
  const scale = Math.min(1, SIDE / Math.min(width, height), 4 * SIDE / Math.max(width, height));
  const canvas = node('canvas', { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) });
  const context = canvas.getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/jpeg', 0.9);
}

const whole = (file) => new Promise((done, failed) => {
  const reader = new FileReader();
  reader.onload = () => done(reader.result);
  reader.onerror = failed;
  reader.readAsDataURL(file);
});

async function takeFiles(kind, list) {
  const files = [...list], free = room(kind), pictures = [], strange = [];
  if (files.length > free) say(t(`Only ${free} more fit into this class.`, `这个类别只能再放 ${free} 张。`));
  for (const file of files.slice(0, Math.max(0, free))) {
    try {
      const image = await createImageBitmap(file, { imageOrientation: 'from-image' });
      pictures.push(shrunk(image, image.width, image.height));
      image.close();
    } catch {  // not a picture this browser knows: the server says what is wrong with it
      if (file.size < 4e6) strange.push([file.name, await whole(file)]);
      else say(t(`${file.name} is too large, or not a picture.`, `${file.name} 过大，或不是图片。`));
    }
  }
  send(kind, pictures);
  for (const [, picture] of strange) send(kind, [picture]);  // each alone, so that its refusal costs no other
  if (strange.length) say(t(`Your browser cannot read ${strange.map(([name]) => name).join(', ')}; the server tries.`, `浏览器读不了 ${strange.map(([name]) => name).join('、')}；由服务器来试。`));
}

function closeCamera() {
  camera?.stream.getTracks().forEach((track) => track.stop());
  camera = null;
  draw();
}

async function openCamera(kind) {
  if (camera) { camera.kind = kind; draw(); return; }
  if (!navigator.mediaDevices?.getUserMedia) {
    say(t('The browser gives a camera only to pages on https or on this computer itself. Files work everywhere.', '浏览器只允许 https 页面或本机页面使用摄像头；选文件总是可以的。'));
    return;
  }
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 } } });
    const video = node('video', { autoplay: true, playsinline: true, muted: true });
    video.srcObject = stream;
    camera = { kind, stream, video, box: recorder(video) };
  } catch {
    say(t('No camera could be opened: none is there, or the browser may not use it.', '无法打开摄像头：没有摄像头，或浏览器没有权限。'));
    return;
  }
  const watching = setInterval(() => {  // nobody is filmed behind a closed part
    if (camera && !stage.offsetParent) closeCamera();
    if (!camera) clearInterval(watching);
  }, 500);
  draw();
}

function recorder(video) {
  let timer = null, last = 0, taken = [], target = null;
  const flush = () => { if (target !== null) send(target, taken); taken = []; };
  const shoot = () => {
    if (!camera || !video.videoWidth || Date.now() - last < EVERY - 20) return;
    if (room(camera.kind) - taken.length <= 0) { release(); say(t('This class is full.', '这个类别已满。')); return; }
    target = camera.kind;
    last = Date.now();
    taken.push(shrunk(video, video.videoWidth, video.videoHeight));
    if (taken.length >= AT_ONCE) flush();
  };
  const release = () => { clearInterval(timer); timer = null; flush(); };
  const button = node('button.chip.teach-record', { type: 'button',
    onpointerdown: (e) => { button.setPointerCapture(e.pointerId); clearInterval(timer); shoot(); timer = setInterval(shoot, EVERY); },
    onpointerup: release, onpointercancel: release, oncontextmenu: (e) => e.preventDefault(),
    onkeydown: (e) => { if (e.key === ' ' || e.key === 'Enter') { e.preventDefault(); shoot(); } },
    onkeyup: flush }, t('Hold to record', '按住录制'));
  return node('div.teach-camera', {}, video, node('div.teach-tools', {}, button,
    node('button.chip', { type: 'button', onclick: closeCamera }, t('Close camera', '关闭摄像头'))),
  node('small', {}, t('a tap takes one picture', '点一下拍一张')));
}

function column([kind, name, pictures], number) {
  const { photos, limits } = props.value;
  const title = node('input.teach-name', { value: name, maxlength: limits.name, 'aria-label': t(`name of class ${number + 1}`, `第 ${number + 1} 类的名称`),
    onchange: () => {
      const wanted = title.value.trim();
      const taken = classes().some((one) => one[0] !== kind && one[1] === wanted);
      if (!wanted || taken) { title.value = name; say(taken ? t('Another class has this name.', '另一个类别已用此名。') : t('A class needs a name.', '类别需要名称。')); return; }
      if (wanted !== name) trigger('teach_rename', { kind, name: wanted });
    } });
  title.value = name;
  const input = node('input', { type: 'file', accept: 'image/*', multiple: true, hidden: true,
    onchange: (e) => { takeFiles(kind, e.target.files); e.target.value = ''; } });
  const chip = (text, onclick, pressed) => node('button.chip', { type: 'button', 'aria-pressed': pressed, onclick }, text);
  const box = node('section.teach-class', { 'data-kind': kind, 'aria-label': name, onpointerenter: () => { under = kind; }, onpointerleave: () => { under = null; },
    onfocusin: () => { under = kind; },
    ondragover: (e) => { e.preventDefault(); box.classList.add('teach-over'); },
    ondragleave: () => box.classList.remove('teach-over'),
    ondrop: (e) => { e.preventDefault(); box.classList.remove('teach-over'); takeFiles(kind, e.dataTransfer.files); } },
  node('div.teach-head', {}, title, classes().length > 2
    ? node('button.teach-less', { type: 'button', title: t('remove this class', '删除这个类别'), 'aria-label': t(`remove class ${name}`, `删除类别 ${name}`), onclick: () => trigger('teach_less', { kind }) }, '×') : null),
  node('div.teach-tools', {},
    chip(t('Camera', '摄像头'), () => (camera?.kind === kind ? closeCamera() : openCamera(kind)), String(camera?.kind === kind)),
    chip(t('Files', '文件'), () => input.click()),
    chip(t('From the wall', '墙上的图'), () => { wallOf = wallOf === kind ? null : kind; draw(); }, String(wallOf === kind)), input),
  camera?.kind === kind ? camera.box : null,
  wallOf === kind ? node('div.teach-wall', {}, photos.map(([id, en, zh, credit, thumb]) => node('button.teach-photo', { type: 'button',
    title: `${t(en, zh)} (${credit})`, onclick: () => send(kind, [id]) }, node('img', { src: thumb, alt: t(en, zh) })))) : null,
  node('div.teach-pictures', {}, pictures.map(([shot, thumb], i) => node('button.teach-shot', { type: 'button', title: t('remove', '删除'),
    'aria-label': t(`remove picture ${i + 1} of ${name}`, `删除 ${name} 的第 ${i + 1} 张`), onclick: () => trigger('teach_remove', { number: shot }) }, node('img', { src: thumb, alt: '' })))),
  node('p.teach-count', {}, pictures.length
    ? t(`${pictures.length} of ${limits.pictures} pictures; click one to remove it`, `${pictures.length} / ${limits.pictures} 张；点一下删除`)
    : t('Drop or paste pictures here, or use the buttons.', '把图片拖到或粘贴到这里，或用上面的按钮。')));
  return box;
}

let before = new Map();
function arrived() {
  const now = new Map(classes().map(([kind, , pictures]) => [kind, pictures.length]));
  for (const [kind, count] of now) {
    const left = (onTheWay.get(kind) || 0) - Math.max(0, count - (before.get(kind) || 0));
    if (left > 0) onTheWay.set(kind, left); else onTheWay.delete(kind);
  }
  before = now;
  if (!onTheWay.size) note = '';
  if (camera && !now.has(camera.kind)) closeCamera();
  draw();
}

function draw() {
  const value = props.value;
  if (!value?.classes) { stage.replaceChildren(); return; }
  const called = value.classes.map(([, name]) => name);
  if (String(last['teach-names']) !== String(called)) announce('teach-names', called);
  if (last['teach-version'] !== value.version) announce('teach-version', value.version);
  stage.replaceChildren(node('div.teach-classes', {}, value.classes.map(column),
    value.classes.length < value.limits.classes ? node('button.teach-more', { type: 'button', onclick: () => trigger('teach_more') }, t('+ one more class', '+ 再加一类')) : null),
  value.back ? node('div.rows-bar', {}, node('button.chip', { type: 'button', onclick: () => trigger('teach_back') }, t(`Bring the ${value.back} pictures back`, `取回那 ${value.back} 张图片`))) : '',
  node('p.teach-note', { role: 'status' }, note));
  camera?.video.play().catch(() => {});  // moving it in the page has paused it
}

document.addEventListener('paste', (e) => {
  const files = [...(e.clipboardData?.files || [])].filter((one) => one.type.startsWith('image/'));
  if (!files.length || under === null || !stage.offsetParent) return;
  e.stopImmediatePropagation();  // it is meant for this class, not for the picture above
  takeFiles(under, files);
}, true);
watch('value', arrived);
arrived();
