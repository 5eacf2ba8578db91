// Where the network looked beside what it could not do without. Value: see demos/translation/need.py.
const { node, t, matrix, cell, light, percent, sideways, signs, refused } = window.gallery;
const stage = element.querySelector('.view') || element;
let value = null;

function figure(title, weights, note, more = {}) {
  const { source, target } = value, room = Math.max(300, (stage.clientWidth || 900) / (stage.clientWidth > 760 ? 2 : 1) - 16);
  const svg = matrix({ weights, source, target, size: cell(room, source, target), name: title, ...more });
  weights.forEach((row, i) => {
    if (!value.needy.includes(i)) return;
    const peak = row.indexOf(Math.max(...row));
    svg.querySelector(`.cell[data-i="${i}"][data-j="${peak}"]`)?.classList.add('peak');
  });
  return node('figure.half', {}, node('figcaption', {}, node('b', {}, title), node('small', {}, note)), sideways(svg));
}

const nats = (drop) => (drop / 100).toFixed(1);

function draw() {
  value = props.value;
  if (value?.start) { trigger('start'); return; }
  if (!value?.drops) { stage.replaceChildren(...(value?.refused ? [refused(value.refused)] : [])); return; }
  const most = Math.max(1, ...value.drops.flat());
  const lost = value.drops.map((row) => row.map((drop) => Math.max(0, drop) / most));
  const facts = node('div.rows-facts', { role: 'status' });
  const idleWords = value.target.length - value.needy.length, count = value.needy.length;
  const apart = idleWords ? t(` ${idleWords} more need none of them by itself and are left out.`, `另有 ${idleWords} 个词不单独需要任何一个源词，未计入。`) : '';
  const idle = !value.attention ? t('This network has no attention to compare with.', '这个网络没有可比较的注意力。') : value.agreement === null ? apart
    : t(`For ${percent(value.agreement)} of the ${count} words that need some source word, the one most looked at (the end sign ■ left out) is also the one most needed (outlined cells in the same place).`,
      `在需要某个源词的 ${count} 个词里，${percent(value.agreement)} 的情况下，看得最多的源词（不计结尾符 ■）也是最需要的源词（两边描边的格子位置相同）。`) + apart;
  facts.textContent = idle;
  stage.replaceChildren(node('p.said', { lang: value.pair.slice(3) }, value.text), facts, node('div.halves', {},
    ...(value.attention ? [figure(t('Where it looked', '它看了哪里'), value.attention.map((row) => row.map((p) => p / 1000)), (value.model === 'attention' ? '' : t('last layer, mean of its heads; ', '最后一层，各头平均；')) + t('attention in percent; what a row lacks to 100 went to the end sign ■', '注意力（百分比）；每行不足 100 的部分落在结尾符 ■ 上'))] : []),
    figure(t('What it needed', '它需要什么'), lost, t(`nats of ln p that the word written loses without the word read; strongest colour: ${nats(most)}`,
      `去掉所读的词后，所写的词的 ln p 损失多少纳特；颜色最强处为 ${nats(most)}`), { tone: 'cold', share: (i, j) => nats(value.drops[i][j]) })), signs('nats'));
  stage.onpointerover = (e) => {
    const hit = e.target.closest('[data-i][data-j]');
    if (!hit) return;
    const i = +hit.dataset.i, j = +hit.dataset.j, drop = value.drops[i]?.[j];
    light(stage, i, j);
    const looked = value.attention ? t(`looked at with ${percent(value.attention[i][j] / 1000)}`, `注意力 ${percent(value.attention[i][j] / 1000)}`) + t(', ', '，') : '';
    facts.textContent = drop === undefined ? '' : `${value.target[i]} ← ${value.source[j]}: ${looked}` + t(`without it ln p changes by ${(-drop / 100).toFixed(2)} nats`, `去掉后 ln p 变化 ${(-drop / 100).toFixed(2)} 纳特`);
  };
  stage.onpointerleave = () => { light(stage, -1, -1); facts.textContent = idle; };
}
watch('value', draw);
draw();
