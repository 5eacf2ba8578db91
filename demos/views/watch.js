// A picture while it is painted: every saved step under a slider, both losses, and the sum they make. Value: see `board`
// of demos/style/watch.py.
const { node, t, chart, hand, calm } = window.gallery;
const stage = element.querySelector('.view') || element;
const PACE = 140;
let value = null, at = 0, follow = true, player = null, first = '', phase = '';

const image = node('img'), facts = node('p.verdict', { role: 'status' }), sum = node('p.watch-sum'), plots = node('div.watch-plots');
const slider = node('input.timeline-slider', { type: 'range', min: 0, step: 1, 'aria-label': t('saved step', '保存的步骤'),
  oninput: () => { stop(); at = +slider.value; follow = at === value.frames.length - 1; show(); } });
const play = node('button.chip', { type: 'button', onclick: () => (player ? stop() : start()) });
const save = node('a.chip', { download: 'painted.jpg' }, t('Save this picture', '保存这张图'));
const ask = node('button.chip', { type: 'button', onclick: () => hand('cnn', value.frames[at][1]) }, t('What does the classifier see?', '分类器看到什么？'));
const tools = node('div.rows-bar', {}, play, save, ask), easel = node('div.watch-easel', {}, image), from = node('div.watch-from');
const stale = node('p.hint', { role: 'status' }, t('This was painted from the pictures chosen before. “Paint” begins with the new ones.', '这是用之前选的图片画的。按“开始画”就用新选的。'));
const root = node('div.watch-room', {}, node('div', {}, stale, facts, easel, slider, tools), node('div.watch-side', {}, sum, from, plots));

function stop() { clearInterval(player); player = null; play.textContent = t('▶ play', '▶ 播放'); }
function start() {
  if (at === value.frames.length - 1) at = 0;
  play.textContent = t('❚❚ pause', '❚❚ 暂停');
  player = setInterval(() => { at = Math.min(value.frames.length - 1, at + 1); follow = at === value.frames.length - 1; if (follow) stop(); show(); }, calm() ? 4 * PACE : PACE);
}

function show() {
  const [step, url] = value.frames[at];
  image.src = save.href = url;
  image.alt = t(`the picture at step ${step}`, `第 ${step} 步的画面`);
  slider.max = value.frames.length - 1;
  slider.value = at;
  slider.setAttribute('aria-valuetext', t(`step ${step}`, `第 ${step} 步`));
  draw_curves(step);
}

function draw_curves(step) {
  const line = (i) => value.curve.map((point) => [point[0], point[i]]), [last] = value.curve.at(-1) ?? [0];
  plots.replaceChildren(chart({ xName: t('step', '步'), yName: t('losses, on a logarithmic scale', '损失，对数坐标'), marks: [step], height: 230, width: 460, powers: true,
    breaks: value.rungs.filter(([at]) => at && at <= last).map(([at, side]) => [at, t(`${side} px`, `${side} 像素`)]),
    series: [{ name: t('content', '内容'), points: line(1), tone: 1 }, { name: t('style', '风格'), points: line(2), tone: 0 }] }));
  const here = value.curve.find((point) => point[0] === step);
  sum.textContent = here ? t(`step ${step}: content ${here[1].toPrecision(3)}, style ${here[2].toPrecision(3)}`, `第 ${step} 步：内容 ${here[1].toPrecision(3)}，风格 ${here[2].toPrecision(3)}`) : '';
}

const PHASES = { painting: t('● painting …', '● 正在画…'), stopped: t('❚❚ stopped', '❚❚ 已停止'), done: t('■ finished', '■ 画完了') };
const small = (src, words) => node('figure', {}, node('img', { src, alt: words }), node('figcaption', {}, words));

function draw() {
  value = props.value;
  if (!value?.photo) { stage.replaceChildren(); return; }
  const pair = [small(value.photo, t('content: the photograph', '内容：照片')), small(value.painting, t(`style: ${value.label[0]}`, `风格：${value.label[1]}`))];
  if (!value.frames?.length) {
    stage.replaceChildren(node('div.watch-ready', {}, pair[0], node('b', { 'aria-hidden': 'true' }, '+'), pair[1],
      node('p.hint', {}, t('Press “Paint”. On two idle cores it takes about ten seconds.', '按“开始画”。两个空闲的核大约要十秒。'))));
    return;
  }
  if (!stage.contains(root)) stage.replaceChildren(root);
  if (value.frames[0][1] !== first) { first = value.frames[0][1]; follow = true; stop(); }
  if (value.phase === 'painting' && phase !== 'painting') { follow = true; stop(); }  // who goes on wants to see it
  phase = value.phase;
  if (follow && !player) at = value.frames.length - 1;
  at = Math.min(at, value.frames.length - 1);
  stale.hidden = !value.stale;
  easel.style.aspectRatio = value.shape.join(' / ');
  easel.style.maxWidth = `min(100%, ${Math.round(470 * value.shape[0] / value.shape[1])}px)`;
  const number = (x) => x.toPrecision(3), part = (weight, x) => `${+weight.toPrecision(3)} · ${number(x)}`;
  facts.replaceChildren(PHASES[value.phase], node('small', {}, t(` step ${value.step} of ${value.planned}, ${value.side} pixels, ${value.seconds.toFixed(1)} s`, ` 第 ${value.step} / ${value.planned} 步，${value.side} 像素，${value.seconds.toFixed(1)} 秒`)));
  from.replaceChildren(...pair, node('p.hint', {}, t(`Step ${value.step}: `, `第 ${value.step} 步：`) + `L = α·C + β·S + γ·R = ${part(value.alpha, value.content)} + ${part(value.beta, value.style)} + ${part(value.gamma, value.rough)} = ${number(value.total)}`, t(' (content, style, roughness)', '（内容、风格、粗糙度）')));
  ask.hidden = save.hidden = value.phase === 'painting';
  show();
}
stop();
watch('value', draw);
draw();
