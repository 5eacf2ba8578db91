// The beam as a tree: every beginning that was kept, its probability and the score of what came out. Value: see
// demos/translation/translate.py, `tree`.
const { node, t, breadth, percent, sideways } = window.gallery;
const stage = element.querySelector('.view') || element;
const ROW = 26;

function draw() {
  const value = props.value;
  stage.hidden = !value?.branches?.length;
  if (stage.hidden) { stage.replaceChildren(); return; }
  const { branches, ends } = value, children = branches.map(() => []), roots = [];
  branches.forEach(([parent], i) => (parent < 0 ? roots : children[parent]).push(i));
  const depth = [], line = [], best = new Set();
  const ended = branches.map((branch, i) => i).filter((i) => !children[i].length);
  // the leaf with the best mean nats per piece is what was chosen
  branches.forEach(([parent], i) => { depth[i] = parent < 0 ? 0 : depth[parent] + 1; });
  const score = (i) => branches[i][3] / (depth[i] + 1);
  const finished = ended.filter((i) => branches[i][1] === '</s>');
  const winner = (finished.length ? finished : ended).reduce((a, b) => (score(b) > score(a) ? b : a));
  for (let i = winner; i >= 0; i = branches[i][0]) best.add(i);
  let next = 0;
  (function place(list) {  // leaves get lines from the top, a parent that of its best child
    for (const i of list.sort((a, b) => best.has(b) - best.has(a) || branches[b][3] - branches[a][3])) {
      place(children[i]);
      line[i] = children[i].length ? line[children[i][0]] : next++;
    }
  })(roots);
  const widths = [];
  branches.forEach(([, piece], i) => { widths[depth[i]] = Math.max(widths[depth[i]] || 0, 34 + 8.2 * breadth(piece)); });
  const x = [4];
  widths.forEach((w, d) => { x[d + 1] = x[d] + w; });
  const y = (i) => 16 + ROW * line[i];
  const svg = node('svg.beam-tree', { width: x.at(-1) + 60, height: 12 + ROW * next, role: 'img',
    'aria-label': t(`Beam search: ${branches.length} pieces were kept, best: ${ends[0]?.[0]}`, `束搜索：保留过 ${branches.length} 个子词，最佳：${ends[0]?.[0]}`) });
  branches.forEach(([parent, piece, p, total], i) => {
    const d = depth[i], kind = best.has(i) ? 'best' : 'lost';
    if (parent >= 0) svg.append(node('path', { class: `edge ${kind}`, d: `M${x[d] - 30 + 12} ${y(parent)} C${x[d] - 4} ${y(parent)} ${x[d] - 14} ${y(i)} ${x[d]} ${y(i)}` }));
    svg.append(node('text', { class: `leaf ${kind}`, x: x[d] + 3, y: y(i) + 4.5 }, piece.replace('▁', '·').replace('</s>', '■'),
      node('title', {}, t(`${percent(p / 1000)} here, ln p of the way here ${total}`, `此处 ${percent(p / 1000)}，到此 ln p 为 ${total}`))));
  });
  stage.replaceChildren(node('h4', {}, t('The beam: beginnings that were kept on the way, the best mean ln p per piece first', '束：途中保留过的开头，每个子词平均 ln p 最高的在最上')),
    sideways(svg),
    node('ol.ends', {}, ...ends.map(([text, total, mean]) => node('li', {}, node('span', {}, text),
      node('small', {}, t(`ln p ${total.toFixed(2)}, a piece ${mean.toFixed(3)}`, `ln p ${total.toFixed(2)}，每个子词 ${mean.toFixed(3)}`))))));
}
watch('value', draw);
draw();
