// Watch it learn: a slider over the recorded moments of a training run. Value: {curve, snapshots} (demos/char_rnn/learn.py).
const { node, t, chart } = window.gallery;
const stage = element.querySelector('.view') || element;
let at = null, last = '';

function draw() {
  const value = props.value;
  if (value?.start) { trigger('start'); return; }
  if (!value?.snapshots?.length) return;
  const shots = value.snapshots;
  const mark = JSON.stringify([shots.length, shots[0].sample]);
  if (mark !== last) { at = null; last = mark; }
  if (at === null || at >= shots.length) at = shots.length - 1;
  const slider = node('input.timeline-slider', { type: 'range', min: 0, max: shots.length - 1, step: 1, value: at,
    'aria-label': t('moment of the training', '训练时刻') });
  const head = node('div.timeline-head'), sheet = node('div.rows-text.timeline-text'), plot = node('div');
  const show = () => {
    const shot = shots[at];
    slider.setAttribute('aria-valuetext', `step ${shot.step}`);
    head.replaceChildren(node('b', {}, t(`after ${shot.step.toLocaleString()} steps`, `${shot.step.toLocaleString()} 步之后`)),
      node('span', {}, t('validation ', '验证集 ') + shot.valid.toFixed(3) + t(' nats a character', ' 纳特/字')),
      shot.train ? node('span', {}, t('training ', '训练集 ') + shot.train.toFixed(3)) : null);
    sheet.textContent = shot.sample;
    plot.replaceChildren(chart({ xName: t('training step', '训练步'), yName: t('nats per character', '纳特/字'), marks: [shot.step],
      series: [{ name: t('validation', '验证集'), points: shots.map((s) => [s.step, s.valid]) },
        { name: t('training', '训练集'), points: value.curve }] }));
  };
  slider.addEventListener('input', () => { at = +slider.value; show(); });
  stage.replaceChildren(node('div.timeline-grid', {}, node('div', {}, head, sheet), plot), slider);
  show();
}
watch('value', draw);
draw();
