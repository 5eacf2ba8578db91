// One sentence through all networks, and how they do on longer and longer sentences. Value: see
// demos/translation/compare.py.
const { node, t, matrix, chart, references, vector, sideways, signs, refused } = window.gallery;
const stage = element.querySelector('.view') || element;
const names = { fixed: t('2014: one fixed vector', '2014：一个固定向量'), attention: t('2015: attention', '2015：注意力'), transformer: t('2017: transformer', '2017：transformer') };

// A matrix that may shrink by a quarter to fit its column, and scrolls beyond that.
function picture(one) {
  const svg = matrix({ weights: one.weights.map((row) => row.map((p) => p / 1000)), source: one.source, target: one.target, size: 17, name: names[one.model] });
  svg.style.minWidth = 0.75 * svg.getAttribute('width') + 'px';
  return sideways(svg);
}

function column(one) {
  const mean = -one.logp.reduce((a, b) => a + b, 0) / one.logp.length;
  return node('section.contender', {}, node('h4', {}, names[one.model]), node('p.said', { lang: 'fr' }, one.text || '…'), one.weights ? picture(one) : vector(one.vector),
    node('small', {}, t(`learned in ${one.epochs} passes over the texts; `, `学了 ${one.epochs} 遍；`) + t(`${one.milliseconds} ms, ${mean.toFixed(2)} nats a piece: how unsure it was of its own words`, `${one.milliseconds} 毫秒，每个子词 ${mean.toFixed(2)} 纳特：它对自己的话有多不确定`)));
}

function draw() {
  const value = props.value;
  if (value?.start) { trigger('start'); return; }
  if (!value?.networks) { stage.replaceChildren(...(value?.refused ? [refused(value.refused)] : [])); return; }
  const within = value.words <= Math.max(...value.curves.flatMap(({ points }) => points.map(([words]) => words)));
  const series = value.curves.map(({ model, points }, tone) => ({ name: names[model], points, tone }));
  stage.replaceChildren(node('div.contenders', {}, ...value.networks.map(column)), signs('nats'),
    ...references(t('What people wrote; none of the three has ever seen it', '人的译文；三个网络都没见过'), 'fr', value.references),
    node('h4', {}, t('Not only on this sentence: BLEU on the dev set, by the length of the sentence', '不只这一句：按句长统计的开发集 BLEU')),
    node('div.curve', {}, chart({ series, marks: within ? [value.words] : [], xName: t('words in the sentence', '句子的词数') + (within ? t(' (dashed: yours)', '（虚线：你的句子）')
      : t(` (yours has ${value.words}, beyond the last point)`, `（你的句子有 ${value.words} 个，在最后一点之外）`)), yName: 'BLEU' })));
}
watch('value', draw);
draw();
