// The lesson's equations with the numbers of the duel in the plane as it stands (an event of plane.js).
const { node, t, last } = window.gallery;
const stage = element.querySelector('.view') || element;
const few = (x, digits = 3) => x.toFixed(digits).replace('-', '−');
const rough = (x) => (x < 1e4 ? x.toPrecision(2) : x.toLocaleString('en', { maximumSignificantDigits: 2 }));

function draw(value) {
  if (!value) { stage.replaceChildren(node('p.live-numbers', {}, t('Press Play in the laboratory: its numbers appear here.', '在实验室里按播放，它的数字就出现在这里。'))); return; }
  const [run] = value.runs;
  if (run.said) { stage.replaceChildren(node('p.live-numbers', {}, t(...run.said))); return; }
  const { js, kl, of_real: real, of_fake: fake, d_loss: loss } = run.numbers, { loss: kind } = run.settings;
  const minimax = kind.endsWith('saturating');
  stage.replaceChildren(node('div.live-numbers', {}, node('b', {}, t(`Live numbers, iteration ${run.iterations.toLocaleString('en')}`, `实时数字，第 ${run.iterations.toLocaleString('en')} 次迭代`)),
    node('p', {}, t(`JS(genuine, forged) = ${few(js)} nats; KL = ${few(kl)} nats.`, `JS(真, 伪) = ${few(js)} 纳特；KL = ${few(kl)} 纳特。`)),
    ...(minimax ? [
      node('p', {}, t(`Mean D(x) = ${few(real)}, mean D(G(z)) = ${few(fake)}; ½ each if the detective can only guess.`, `D(x) 均值 = ${few(real)}，D(G(z)) 均值 = ${few(fake)}；侦探只能猜时各为 ½。`)),
      node('p', {}, t(`A perfect detective would have a loss of 2 ln 2 − 2 JS = 1.386 − ${few(2 * js)} = ${few(2 * Math.LN2 - 2 * js)}` + (loss ? `; this one had ${few(loss)} in its last step.` : '.'), `完美侦探的损失是 2 ln 2 − 2 JS = 1.386 − ${few(2 * js)} = ${few(2 * Math.LN2 - 2 * js)}` + (loss ? `；这一个上一步是 ${few(loss)}。` : '。')))] : [
      node('p', {}, t(`Mean verdict on genuine points ${few(real)}, on forged ones ${few(fake)}: a lead of ${few(real - fake)}.`, `对真点的平均判断 ${few(real)}，对伪点 ${few(fake)}：相差 ${few(real - fake)}。`))]),
    node('p', {}, t(`The median forged point is pulled with a slope of ${rough(run.pull)} per unit of the plane.`, `伪点受到的拉力，中位数是每单位 ${rough(run.pull)}。`))));
}
window.addEventListener('plane-moment', (e) => draw(e.detail));
draw(last['plane-moment']);
