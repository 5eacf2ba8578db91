// Train your own: the loss curve as it falls, and what the network writes by now. Value: see demos/char_rnn/train.py.
const { node, t, chart } = window.gallery;
const stage = element.querySelector('.view') || element;

function draw() {
  const value = props.value;
  if (!value?.curve) {
    stage.replaceChildren(node('div.rows-card', {}, node('p.hint', {}, t(
      'Paste a text, press the button, and watch the loss fall. Words appear after some twenty seconds on an idle computer.',
      '粘贴一段文字，按下按钮，看损失下降。空闲的电脑上，约二十秒就会出现词语。'))));
    return;
  }
  const series = [{ name: t('training', '训练集'), points: value.curve, tone: 1 }];
  if (value.valid.length) series.push({ name: t('validation (the last tenth)', '验证集（最后十分之一）'), points: value.valid, tone: 0 });
  const best = value.valid.reduce((a, b) => (b[1] < a[1] ? b : a), [0, Infinity]), now = value.valid.at(-1);
  const byHeart = now && now[1] > 1.03 * best[1];  // it gets worse at what it does not learn from
  stage.replaceChildren(
    chart({ series, xName: t('training step', '训练步'), yName: t('nats per character', '纳特/字') }),
    node('div.rows-facts', { role: 'status' },
      node('span', {}, value.done ? t('ready: choose “your text” in the other parts', '就绪：在其他部分选择“你的文字”') : t('learning …', '学习中…')),
      node('span', {}, t(`${value.steps.toLocaleString()} steps in ${value.seconds} s`, `${value.seconds} 秒，${value.steps.toLocaleString()} 步`)),
      value.rate ? node('span', {}, t(`${value.rate.toLocaleString()} characters/s`, `每秒 ${value.rate.toLocaleString()} 字`)) : null,
      node('span', {}, t(`${value.parameters.toLocaleString()} parameters, ${value.characters} different characters`,
        `${value.parameters.toLocaleString()} 个参数，${value.characters} 种字符`)),
      byHeart ? node('strong', {}, t(`learning by heart (overfitting): on the last tenth it was best at step ${best[0].toLocaleString()}, with ${best[1].toFixed(2)}`, `在死记硬背（过拟合）：在最后十分之一上，第 ${best[0].toLocaleString()} 步时最好，为 ${best[1].toFixed(2)}`)) : null),
    value.sample ? node('div.rows-text.timeline-text', { tabindex: 0, 'aria-label': t('fresh sample', '最新样本') }, value.sample) : null);
}
watch('value', draw);
draw();
