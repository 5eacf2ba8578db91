// The lesson's equations with the numbers of the character that was pointed at last (an event of char_rows.js).
const { node, t, percent, ink, last } = window.gallery;
const stage = element.querySelector('.view') || element;

function draw({ char, nats, chance, top, temperature: T }) {
  const p = Math.exp(-nats), softer = T > 0 && Number.isFinite(T) && chance > 0;
  const lines = [
    t(`At the character ${ink(char)} the network had p = ${p < 0.001 ? p.toExponential(1) : p.toFixed(3)} for it.`,
      `在“${ink(char)}”这个字上，网络给它的概率是 p = ${p < 0.001 ? p.toExponential(1) : p.toFixed(3)}。`),
    t(`Surprise: −ln ${p.toPrecision(2)} = ${nats.toFixed(2)} nats; ÷ ln 2 = ${(nats / Math.LN2).toFixed(2)} bits.`,
      `惊讶度：−ln ${p.toPrecision(2)} = ${nats.toFixed(2)} 纳特；÷ ln 2 = ${(nats / Math.LN2).toFixed(2)} 比特。`)];
  if (softer) lines.push(t(`Temperature ${T} turned its chance of being drawn into ${percent(chance)}: p^(1/${T}), made to sum to 1 again.`,
    `温度 ${T} 把抽中它的概率变成 ${percent(chance)}：即 p^(1/${T})，再归一化。`));
  stage.replaceChildren(node('div.live-numbers', {}, node('b', {}, t('Live numbers', '实时数字')), ...lines.map((line) => node('p', {}, line)),
    node('table.rungs', {}, node('thead', {}, node('tr', {}, ...['k', 'p(k)', 'z(k) − z(1) = ln p(k) − ln p(1)'].map((h) => node('th', {}, h)))),
      node('tbody', {}, ...top.filter(([, q]) => q > 0).map(([c, q]) => node('tr', {}, node('th', { scope: 'row' }, ink(c)),
        node('td', {}, q.toFixed(3)), node('td', {}, Math.log(q / top[0][1]).toFixed(2))))))));
}
window.addEventListener('gallery-character', (event) => draw(event.detail));
if (last['gallery-character']) draw(last['gallery-character']);
else stage.replaceChildren(node('p.live-numbers', {}, t('Point at a character above: its numbers appear here.', '把指针移到上面的一个字上，它的数字就出现在这里。')));
