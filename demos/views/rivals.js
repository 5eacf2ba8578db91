// What else could have come: the likeliest pieces of the step that is looked at, told by attention.js as
// 'gallery-choice'. A click fires 'rival' with {prefix}: the numbers of the pieces to begin with; none: as it wants.
const { node, t, percent, last, chips } = window.gallery;
const stage = element.querySelector('.view') || element;
const print = (piece) => piece.replace('▁', '·').replace('</s>', '■');
let choice = null, part = 0;  // the word that is looked at; which of its pieces

function draw() {
  if (!choice) { stage.replaceChildren(); return; }
  const { word, steps, set } = choice, { taken, before, rivals } = steps[part];
  const all = rivals.some(([id]) => id === taken[0]) ? rivals : [...rivals, taken];  // dice may fall on something rare
  const rest = Math.max(0, 1 - all.reduce((sum, [, , p]) => sum + p / 1000, 0));
  const asked = steps.length === 1 ? [node('p.hint', {}, t(`What else could have come in place of “${word}”?`, `“${word}”这里还可能是什么？`))]
    : [node('p.hint', {}, t(`“${word}” was written in ${steps.length} pieces. What else could have come in place of`, `“${word}”由 ${steps.length} 个子词写成。这里还可能是什么：`)),
      chips(t('piece', '子词'), steps.map((step, i) => [i, print(step.taken[1])]), part, (i) => { part = i; draw(); })];
  stage.replaceChildren(node('div.rivals', {}, ...asked,
    node('div.picks', {}, ...all.map(([id, piece, p]) => node('button.pick', { type: 'button', 'aria-pressed': String(id === taken[0]),
      onclick: () => { if (id !== taken[0]) trigger('rival', { prefix: [...before, id] }); } },
    node('b', {}, print(piece)), node('i', { style: `--p:${p / 1000}` }), node('span', {}, percent(Math.max(p / 1000, 1e-4)))))),  // they come in thousandths
    node('p.hint', {}, t(`All others together: ${percent(rest)}. `, `其余合计：${percent(rest)}。`) + t('Click one, and the rest is translated anew from there. For another word, click it or its row.', '点一个，其余部分从那里重新翻译。要看别的词，点那个词或它的行。')),
    ...(set ? [node('div.chips', {}, node('button.chip', { type: 'button', onclick: () => trigger('rival', { prefix: [] }) }, t('↩ as the network wanted it', '↩ 恢复网络自己的译文'))),
      node('p.hint', {}, t('Underlined: the beginning that was set.', '下划线：已被设定的开头。'))] : [])));
}

function told(next) {
  [choice, part] = [next, 0];
  draw();
}
window.addEventListener('gallery-choice', (e) => told(e.detail));
told(last['gallery-choice']);
