// A picture, the change that no eye sees, and what the network then believes. Value: see demos/cnn/fool.py.
const { node, t, percent, bars } = window.gallery;
const stage = element.querySelector('.view') || element;

function draw() {
  const value = props.value;
  if (!value?.before) { stage.replaceChildren(); return; }
  const { before, after, target } = value, [number, en, zh, p] = target, name = t(en, zh);
  const was = new Map(before.top.map((row) => [row[0], row[3]]));
  was.set(number, p);
  const rows = after.top.some((row) => row[0] === number) ? after.top : [...after.top, [number, en, zh, after.p]];
  const first = before.top.some((row) => row[0] === number) ? before.top : [...before.top, target];
  const fell = after.top[0][0] === number, already = before.top[0][0] === number;
  const panel = (title, src, note, ...below) => node('figure.half', {}, node('figcaption', {}, node('b', {}, title), node('small', {}, note)),
    node('img.square', { src, alt: title }), ...below);
  stage.replaceChildren(
    node('p.verdict', { role: 'status' }, fell && already ? t(`It saw ${name} from the start: choose something else`, `它一开始看到的就是${name}：请换一个`) : fell ? t(`✓ fooled: it sees ${name}`, `✓ 骗过了：它看到的是${name}`) : after.top[0][0] === before.top[0][0] ? t(`✗ not fooled: it still sees ${after.top[0][1]}`, `✗ 没骗过：它看到的仍是${after.top[0][2]}`)
      : t(`✗ not as wished: it now sees ${after.top[0][1]}`, `✗ 不如所愿：它现在看到的是${after.top[0][2]}`),
      node('small', {}, t(` “${name}” from ${percent(p)} to ${percent(after.p)}, step ${value.step} of ${value.steps}`, ` “${name}” 从 ${percent(p)} 到 ${percent(after.p)}，第 ${value.step} / ${value.steps} 步`))),
    node('div.thirds', {},
      panel(t('What it saw', '原来看到的'), before.image, '224 × 224', bars(first, { chosen: number })),
      panel(t('The change', '改动'), value.change, t(`each pixel by at most ${value.epsilon} of 255, shown ${value.shown} times as strong around grey`, `每个像素至多改变 ${value.epsilon} / 255，以灰色为零放大 ${value.shown} 倍显示`)),
      panel(t('What it sees now', '现在看到的'), after.image, t('whole steps of brightness, as a file would hold them', '取整到文件能保存的亮度级'), bars(rows, { chosen: number, was }),
        node('div.chips', {}, node('a.chip', { href: after.image, download: 'fooled.png' }, t('Save the picture', '保存图片'))))));
}
watch('value', draw);
draw();
