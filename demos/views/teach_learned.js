// How the head learns, and what leaving out each picture once says of it. Value: see demos/cnn/teach_lessons.py, `run`;
// {start: true} asks for the first training, by 'teach_start'.
const { node, t, chart, percent, last } = window.gallery;
const stage = element.querySelector('.view') || element;
let opened = null;  // [row, column] of the table
let asked = false;

function table(value) {
  const { names, table: counts } = value;
  const most = Math.max(...counts.flat(), 1);
  return node('table.teach-table', {},
    node('caption', {}, t('Rows: what it is. Columns: what it was taken for when it was left out. Click a cell to see the pictures.', '行：真实类别；列：被留出时的判断。点格子看图片。')),
    node('thead', {}, node('tr', {}, node('td'), ...names.map((name) => node('th', { scope: 'col', title: name }, name)), node('th', { scope: 'col' }, t('right', '正确')))),
    node('tbody', {}, ...counts.map((row, i) => node('tr', {}, node('th', { scope: 'row', title: names[i] }, names[i]),
      ...row.map((count, k) => node('td', {}, count
        ? node('button.teach-cell', { type: 'button', style: `--share:${(count / most).toFixed(2)}`, 'data-right': String(i === k),
          'aria-pressed': String(opened?.[0] === i && opened?.[1] === k), 'aria-label': t(`${count} of ${names[i]} taken for ${names[k]}`, `${names[i]} 中 ${count} 张被判为 ${names[k]}`),
          onclick: () => { opened = opened?.[0] === i && opened?.[1] === k ? null : [i, k]; draw(); } }, (i === k ? '✓ ' : '✗ ') + count) : '·')),
      node('td.teach-share', {}, percent(row[i] / Math.max(1, row.reduce((a, b) => a + b))))))));
}

function draw() {
  const called = last['teach-names'], same = last['teach-version'] === props.value?.version && called?.length === props.value?.names?.length;
  const value = same ? { ...props.value, names: called } : props.value;  // a new name needs no new training
  if (value?.start) {  // drawn more than once, asked once
    if (!asked) trigger('teach_start');
    asked = true;
    return;
  }
  asked = false;
  if (!value?.names) { stage.replaceChildren(node('p.hint', {}, t('Give each class a few pictures, then press Train.', '给每个类别几张图片，再按“训练”。'))); return; }
  if (value.imported) {
    const names = [value.names.join(', '), value.names.join('、')];
    stage.replaceChildren(node('p.hint', {}, value.pictures ? t(`A head from a file: ${names[0]}. Its ${value.pictures} pictures lie on the desk again; Train examines it, and teaches it whatever you add.`,
      `来自文件的分类头：${names[1]}。它的 ${value.pictures} 张图片又摆在桌上了；按“训练”可以检验它，也能教它你新加的图片。`)
      : t(`A head from a file: ${names[0]}. It comes without its pictures, so it can name others but cannot be examined or trained on.`,
        `来自文件的分类头：${names[1]}。文件不含训练图片，所以它能认图，但不能再检验或继续训练。`)));
    return;
  }
  const stale = last['teach-version'] && last['teach-version'] !== value.version;
  if (!value.done) opened = null;
  const share = value.right / value.total;
  const wrong = value.total - value.right;
  stage.replaceChildren(...[
    stale ? node('p.teach-stale', {}, t('The classes have changed since: train again.', '类别已有改动：请重新训练。')) : null,
    node('p.verdict', {}, t(`${value.right} of ${value.total} right`, `${value.total} 张中对 ${value.right} 张`), node('small', {}, ' ' + t(`leave-one-out, ${percent(share)}`, `留一法 ${percent(share)}`))),
    chart({ series: [
      { name: t('pictures it has learned from', '学过的图片'), points: value.curve.map((row) => [row[0], row[1]]), tone: 1 },
      { name: t('each picture by a head that never saw it', '每张图由没见过它的分类头判断'), points: value.curve.map((row) => [row[0], row[2]]), tone: 0 },
    ], xName: t('step', '步'), yName: t('loss, nats per picture', '损失（纳特/图）') }),
    node('p.rows-facts', { role: 'status' }, t(`step ${value.step}, ${value.seconds} s of learning for ${value.total + 1} heads: the one in use, and for each picture one trained from zero without it.`,
      `第 ${value.step} 步，${value.total + 1} 个分类头共学 ${value.seconds} 秒：一个在用，另为每张图各从零训练一个不含它的。`)),
    ...value.done ? [node('div.teach-scroll', {}, table(value)), pictures(value),
      value.twice ? node('p.hint', {}, t(`${value.twice} pictures are here twice or more: left out, such a one is still among those that the head has learned from.`, `有 ${value.twice} 张图重复出现：留出其中一张时，分类头仍学过另一张。`)) : null,
      node('p.hint', {}, wrong === 0 && value.alike > 0.6
        ? t(`No mistake - but the exam was easy: each picture has a near twin that stayed in (median similarity ${value.alike.toFixed(2)}). Ask it about pictures from another day.`,
          `一张没错，但考题太容易：每张图都有一张相近的留在训练里（相似度中位数 ${value.alike.toFixed(2)}）。请拿另外拍的图片考它。`)
        : t(`Nearest fellow of a picture: similarity ${value.alike.toFixed(2)} in the median. The more alike the pictures are, the more this exam flatters.`,
          `每张图与最近同伴的相似度中位数为 ${value.alike.toFixed(2)}。图片越相似，这场考试越偏高。`))] : [],
  ].filter(Boolean));
}

function pictures(value) {
  const rows = value.pictures.filter(([, label, guess]) => (opened ? label === opened[0] && guess === opened[1] : label !== guess));
  if (!rows.length) return null;
  return node('div.teach-gallery', {}, ...rows.slice(0, 40).map(([thumb, label, guess, p]) => node('figure', {}, node('img', { src: thumb, alt: value.names[label] }),
    node('figcaption', { title: value.names[guess] }, (label === guess ? '✓ ' : '✗ ') + value.names[guess], node('small', {}, ' ' + percent(p))))));
}
for (const news of ['teach-version', 'teach-names']) window.addEventListener(news, () => draw());
watch('value', draw);
draw();
