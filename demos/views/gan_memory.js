// The picture in the hand beside the learned ones nearest to it. Value: `compute` of demos/gan/memory.py, {progress} or
// {empty}.
const { node, t, percent, cutOut } = window.gallery;
const stage = element.querySelector('.view') || element;

// Picture k of a sheet of `count` side by side.
function cut(sheet, k, count, words) {
  const made = node('div.memory-cut', { role: 'img', 'aria-label': words });
  cutOut(made, sheet, k, count);
  return made;
}
const plate = (content, strong, ...lines) => node('figure', {}, content, node('figcaption', {}, node('b', {}, strong), ...lines.map((line) => node('span', {}, line))));

function verdict(value) {
  const share = percent(value.further);
  if (value.further === 0) return t('Nearer to a learned picture than every genuine avatar that was never learned: it may be a copy. Compare it with the first neighbour.', '比所有从未学过的真头像都更靠近学过的图片：它可能是抄的。请与第一张邻居比一比。');
  if (value.further < 0.05) return t(`Only ${share} of genuine avatars that were never learned lie nearer to a learned one: look closely at the first neighbour.`, `从未学过的真头像中只有 ${share} 离学过的图片更近：请仔细看第一张邻居。`);
  if (value.further > 0.95) return t(`It lies further from everything learned that hangs here than ${share} of genuine avatars that were never learned: it is no copy of any of these, but it is also less like a genuine avatar.`, `与这里挂着的所有学过的图片相比，它比 ${share} 从未学过的真头像离得更远：它不是照抄这些图中的哪一张，但也更不像真头像。`);
  return t(`It lies further from everything learned that hangs here than ${share} of genuine avatars that were never learned: it is no copy of any of these.`, `与这里挂着的所有学过的图片相比，它比 ${share} 从未学过的真头像离得更远：没有照抄其中任何一张。`);
}

function draw() {
  const value = props.value;
  if (value?.empty) { stage.replaceChildren(node('p.hint', {}, t('Take a picture in the hand first.', '请先拿一张图片到手里。'))); return; }
  if (value?.progress != null) {
    const told = t(`comparing … ${percent(value.progress)}`, `比较中…… ${percent(value.progress)}`), old = stage.querySelector('.verdict');
    if (old) old.textContent = told; else stage.replaceChildren(node('p.verdict', { role: 'status' }, told));
    return;
  }
  if (!value?.near) { stage.replaceChildren(); return; }
  const { near, beside } = value, mine = node('div.memory-cut.memory-own', { role: 'img', 'aria-label': t('the forged picture in the hand', '手里的伪造图片') });
  mine.style.backgroundImage = `url(${value.image})`;
  const far = (number) => t(`distance ${number.toFixed(2)}`, `距离 ${number.toFixed(2)}`);
  stage.replaceChildren(
    node('p.verdict.memory-verdict', { role: 'status' }, verdict(value)),
    node('div.memory-row', {}, plate(mine, t('in the hand', '手里的'), t(`seed ${value.piece.split('.')[0]}`, `种子 ${value.piece.split('.')[0]}`), value.kind),
      ...near.map(([number, kind, distance], k) => plate(cut(value.sheet, k, near.length, t(`learned avatar ${number}, ${far(distance)}`, `学过的头像 ${number}，${far(distance)}`)),
        t(`neighbour ${k + 1}`, `第 ${k + 1} 近`), far(distance), t(`learned no. ${number}`, `学过的第 ${number} 号`)))),
    node('div.memory-beside', {}, node('div.memory-pair', {},
      plate(cut(value.pair, 0, 2, t('a genuine avatar that was never learned', '一张从未学过的真头像')), t('never learned', '从未学过'), t(`no. ${beside.number}`, `第 ${beside.number} 号`)),
      plate(cut(value.pair, 1, 2, t('the learned avatar nearest to it', '离它最近的学过的头像')), t('its nearest', '离它最近的'), far(beside.distance))),
    node('p', {}, t('For comparison: of the genuine avatars that nobody learned from, the one whose distance is most like it, and the learned one nearest to that. So alike are pictures by chance alone.', '作为对照：在谁也没学过的真头像里，距离与它最接近的一张，以及离那一张最近的学过图片。纯属巧合的相像，就是这种程度。'))),
    node('p.hint', {}, t(`Genuine avatars: ${value.credit[0]}.`, `真头像：${value.credit[1]}。`)));
}
watch('value', draw);
draw();
