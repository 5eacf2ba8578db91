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
    node('p', {}, `c = ${terms}`),
    node('p', {}, t(`entropy = ${logs} + … = ${row.entropy.toFixed(2)} bits`, `熵 = ${logs} + … = ${row.entropy.toFixed(2)} 比特`)),
    node('p', {}, `p(${row.word}) = ${Math.exp(row.logp).toFixed(3)}, ln p = ${row.logp.toFixed(2)}`)));
}
window.addEventListener('gallery-row', (e) => draw(e.detail));
draw(last['gallery-row']);
