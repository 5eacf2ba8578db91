// The lesson's equations with the numbers of the row of attention that was looked at last (see attention.js).
const { node, t, last } = window.gallery;
const stage = element.querySelector('.view') || element;

function draw(row) {
  if (!row) { stage.replaceChildren(); return; }
  const best = [...row.weights].sort((a, b) => b[0] - a[0]).slice(0, 4), rest = 1 - best.reduce((sum, [p]) => sum + p, 0);
  const terms = best.map(([p, word]) => `${p.toFixed(2)} h(${word})`).join(' + ') + (rest > 0.005 ? ` + ${rest.toFixed(2)} (…)` : '');
  const logs = best.slice(0, 2).map(([p]) => `${p.toFixed(2)} · ${(-Math.log2(Math.max(p, 1e-9))).toFixed(2)}`).join(' + ');
  stage.replaceChildren(node('div.live-numbers', {},
    node('p', {}, node('strong', {}, t('In numbers, for the row you looked at last: ', '用数字说，就你最近看的那一行：')), `“${row.word}”`),
    node('p', {}, row.model === 'transformer' ? t(`looked at: ${best.map(([p, word]) => `${word} ${p.toFixed(2)}`).join(', ')}${rest > 0.005 ? `, … ${rest.toFixed(2)}` : ''}`, `看的：${best.map(([p, word]) => `${word} ${p.toFixed(2)}`).join('，')}${rest > 0.005 ? `，… ${rest.toFixed(2)}` : ''}`)
      + (row.heads > 1 ? t(`. This is the mean of ${row.heads} heads: in a transformer each head sums values of its own with weights of its own, and there is no single c.`, `。这是 ${row.heads} 个头的平均：在 transformer 里每个头用自己的权重求自己的 value 之和，没有单一的 c。`)
        : t('. This head adds up its own values with these weights, and the other heads theirs.', '。这个头用这些权重求自己的 value 之和，其他头各求各的。')) : `c = ${terms}`),
    node('p', {}, t(`entropy = ${logs} + … = ${row.entropy.toFixed(2)} bits`, `熵 = ${logs} + … = ${row.entropy.toFixed(2)} 比特`)),
    node('p', {}, `p(${row.word}) = ${Math.exp(row.logp).toFixed(3)}, ln p = ${row.logp.toFixed(2)}`)));
}
window.addEventListener('gallery-row', (e) => draw(e.detail));
draw(last['gallery-row']);
