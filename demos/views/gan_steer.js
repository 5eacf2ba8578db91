// A forged picture on its way to what a classifier wants, every step under a slider. Value: see `compute` of
// demos/gan/steer.py; phase may also be "ready" and "stopped".
const { node, t, chart, bars, hand, enlarge } = window.gallery;
const stage = element.querySelector('.view') || element;
const SIDE = 64, STRONGER = 4;
let value = null, at = 0, follow = true, first = '';

const image = node('img'), start = node('img'), copy = node('img', { alt: t('the blurred, shifted copy', '模糊平移的副本') });
const change = node('canvas', { width: SIDE, height: SIDE, role: 'img', 'aria-label': t(`the change, ${STRONGER} times as strong, around grey`, `改动，以灰色为零放大 ${STRONGER} 倍`) });
const words = node('p.verdict', { role: 'status' }), beside = node('p.steer-beside'), plot = node('div'), says = node('div'), facts = node('dl.steer-facts');
const slider = node('input.timeline-slider', { type: 'range', min: 0, step: 1, 'aria-label': t('step', '步'), oninput: () => { at = +slider.value; follow = at === value.frames.length - 1; show(); } });
const give = (name, use) => node('button.chip', { type: 'button', onclick: () => enlarge(value.frames[at].url, use) }, name);
const tools = node('div.axes-tools', {}, give(t('Classify', '去识别'), (url) => hand('cnn', url)), give(t('Stylise', '去换画风'), (url) => hand('style', url)),
  give(t('Save', '保存'), (url) => node('a', { href: url, download: `avatar-${value.held}-steered.png` }).click()));
const figure = (picture, name) => node('figure', {}, picture, node('figcaption', {}, name));
const root = node('div.steer-room', {}, node('div.steer-head', {}, words, beside),
  node('div.steer-now', {}, image, slider, tools, node('div.steer-small', {}, figure(start, t('at first', '起初')), figure(change, t(`change × ${STRONGER}`, `改动 × ${STRONGER}`)), figure(copy, t('blurred, shifted copy', '模糊平移的副本')))),
  node('div.steer-side', {}, facts, plot, says));

function pixels(picture) {
  const canvas = node('canvas', { width: SIDE, height: SIDE }), pen = canvas.getContext('2d', { willReadFrequently: true });
  pen.drawImage(picture, 0, 0, SIDE, SIDE);
  return pen.getImageData(0, 0, SIDE, SIDE);
}

// What has changed in every pixel, around grey.
function compare() {
  if (!image.complete || !start.complete || !image.naturalWidth || !start.naturalWidth) return;
  const old = pixels(start), now = pixels(image);
  for (let i = 0; i < now.data.length; i++) if (i % 4 < 3) now.data[i] = 127.5 + STRONGER * (now.data[i] - old.data[i]);
  change.getContext('2d').putImageData(now, 0, 0);
}
image.onload = start.onload = compare;

const PHASES = { running: t('● steering', '● 正在掌舵'), stopped: t('❚❚ stopped', '❚❚ 已停止'), done: t('■ finished', '■ 结束'), ready: t('Press “Steer”', '按“开始掌舵”') };
const signed = (x) => x.toFixed(Math.abs(x) < 1 ? 2 : 1).replace('-', '−');
const fact = (name, ...says) => [node('dt', {}, name), node('dd', {}, ...says)];

function show() {
  const frame = value.frames[at], from = value.frames[0], share = (p) => (p > 0 && p < 0.001 ? '<0.1 %' : `${(100 * p).toFixed(p < 0.1 ? 1 : 0)} %`);
  image.src = frame.url;
  copy.src = frame.copy_url;
  image.alt = t(`the picture at step ${frame.step}: ${frame.sentence[0]}`, `第 ${frame.step} 步的图片：${frame.sentence[1]}`);
  slider.max = value.frames.length - 1;
  slider.value = at;
  slider.setAttribute('aria-valuetext', t(`step ${frame.step}`, `第 ${frame.step} 步`));
  slider.disabled = value.frames.length < 2;
  words.replaceChildren(t(...frame.sentence), node('small', {}, ` ${PHASES[value.phase]}${value.phase === 'ready' ? '' : t(`, step ${frame.step} of ${value.steps}`, `，第 ${frame.step} / ${value.steps} 步`)}`));
  words.dataset.verdict = frame.verdict;
  const also = t(...frame.also).map(([name, old, now]) => `${name}: ${old} → ${now}`).join(t('; ', '；'));
  beside.textContent = (also ? t(`What the reader of attributes reads otherwise than at first: ${also}. `, `属性阅读器读到的不同：${also}。`) : '')
    + t('Surviving the copy is not yet being right: a network that learned from clean drawings can be led astray by others.', '副本上也成立并不等于正确：只学过干净图画的网络，会被别的图带偏。');
  const worse = frame.score < from.score;
  facts.replaceChildren(
    ...fact(t('p(wanted)', 'p(想要的)'), share(frame.p)), ...fact(t('on the copy', '副本上'), share(frame.copy), value.steady == null ? '' : node('small', {}, t(` genuine ones: still yes in ${share(value.steady)} of copies`, ` 真图的副本有 ${share(value.steady)} 仍算“是”`))),
    ...fact(t('distance from home', '离家距离'), frame.distance.toFixed(2)),
    ...fact(t('detective’s score', '侦探的分数'), signed(frame.score), node('small', {}, frame.step === 0 ? '' : worse ? t(` ▼ was ${signed(from.score)}`, ` ▼ 原 ${signed(from.score)}`) : t(` ▲ was ${signed(from.score)}`, ` ▲ 原 ${signed(from.score)}`))));
  const line = (key) => value.frames.map((each) => [each.step, 100 * each[key]]);
  plot.replaceChildren(value.frames.length < 2 ? node('p.hint', {}, t(`Yes begins at ${100 * value.sure} %, for the picture and for its copy. The detective’s score: above 0 it takes the picture for rather genuine.`, `${100 * value.sure} % 起算“是”，图片和副本都一样。侦探的分数：大于 0 表示偏向真品。`))
    : chart({ xName: t('step', '步'), yName: t(`probability, %; yes from ${100 * value.sure} on`, `概率 %；${100 * value.sure} 起算“是”`), marks: [frame.step], height: 200, width: 480,
      series: [{ name: t('of the picture', '图片'), points: line('p'), tone: 0 }, { name: t('of its copy', '副本'), points: line('copy'), tone: 1 }] }));
  says.replaceChildren(node('p.hint', {}, value.who === 'reader' ? t('What the reader says', '阅读器怎么说') : t('What the ImageNet classifier says', 'ImageNet 分类器怎么说')), bars(frame.says, { chosen: value.number }));
}

function draw() {
  value = props.value;
  if (!value?.frames?.length) { stage.replaceChildren(...(value?.few === 0 ? [node('p.gan-empty', {}, t('Your hands are empty: click a picture on the wall first.', '手里是空的：请先点墙上的一张图片。'))] : [])); return; }
  if (!stage.contains(root)) stage.replaceChildren(root);
  const now = JSON.stringify([value.held, value.title, value.frames[0].url.length]);
  if (now !== first || value.frames.length === 1) { first = now; follow = true; start.src = value.frames[0].url; start.alt = t('the picture at first', '起初的图片'); }
  if (follow) at = value.frames.length - 1;
  at = Math.min(at, value.frames.length - 1);
  show();
}
watch('value', draw);
draw();
