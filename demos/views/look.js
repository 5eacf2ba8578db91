// What it is, and where in the picture the evidence stands. Value: see demos/cnn/look.py.
const { node, t, percent, mapCanvas, meant, unpack, legend, bars, hand } = window.gallery;
const stage = element.querySelector('.view') || element;
let opacity = 0.65, sharp = false, real = false;

function draw() {
  const value = props.value;
  if (value?.start) { trigger('start'); return; }
  if (!value?.top) { stage.replaceChildren(); return; }
  const maps = value.evidence, bytes = unpack(maps), speaks = value.peak > 0;
  const heat = mapCanvas(maps, 0, { bytes, alpha: (byte) => 0.25 + 0.75 * byte / 255 });
  heat.className = 'heat';
  const facts = node('p.rows-facts', { role: 'status' });
  const [number, en, zh, p] = value.target, name = t(en, zh);
  const idle = speaks
    ? t(`Evidence for “${name}”: ${maps.width} × ${maps.height} places of ${value.stage}. Yellow is the strongest of this map, ${value.peak.toPrecision(3)}; other maps have other scales.`, `支持“${name}”的证据：${value.stage} 层，${maps.width} × ${maps.height} 个位置。黄色是这张图里最强的，${value.peak.toPrecision(3)}；别的图色标不同。`)
    : t(`No positive evidence for “${name}” in ${value.stage}: every place speaks against it or is silent.`, `${value.stage} 层没有支持“${name}”的证据：每个位置都反对它或不作声。`);
  facts.textContent = idle;
  const show = () => { heat.style.opacity = speaks ? opacity : 0; heat.style.imageRendering = sharp ? 'pixelated' : 'auto'; };
  const figure = node('div.look-picture', {},
    node('img', { src: value.image, alt: t(`what the network sees, 224 by 224 pixels: ${name} ${percent(p)}`, `网络看到的 224×224 像素：${name} ${percent(p)}`) }), heat);
  figure.onpointermove = (e) => {
    const box = figure.getBoundingClientRect();
    const x = Math.min(maps.width - 1, Math.max(0, Math.floor((e.clientX - box.left) / box.width * maps.width)));
    const y = Math.min(maps.height - 1, Math.max(0, Math.floor((e.clientY - box.top) / box.height * maps.height)));
    facts.textContent = t(`row ${y + 1}, column ${x + 1}: evidence ${meant(maps, bytes[y * maps.width + x]).toPrecision(3)}`,
      `第 ${y + 1} 行第 ${x + 1} 列：证据 ${meant(maps, bytes[y * maps.width + x]).toPrecision(3)}`);
  };
  figure.onpointerleave = () => { facts.textContent = idle; };
  const slider = node('input', { type: 'range', min: 0, max: 1, step: 0.05, value: opacity, 'aria-label': t('opacity of the map', '热图不透明度'),
    oninput: (e) => { opacity = +e.target.value; show(); } });
  const pixels = node('button.chip', { type: 'button', 'aria-pressed': String(sharp), onclick: () => { sharp = !sharp; pixels.setAttribute('aria-pressed', String(sharp)); show(); } },
    t('true resolution', '真实分辨率'));
  const size = node('button.chip', { type: 'button', 'aria-pressed': String(real), title: t('The network sees 224 by 224 pixels, not more.', '网络只看到 224 × 224 像素。'),
    onclick: () => { real = !real; size.setAttribute('aria-pressed', String(real)); figure.classList.toggle('real', real); } }, t('real size, 224 × 224', '实际大小 224 × 224'));
  figure.classList.toggle('real', real);
  const paint = window.gallery.tab('style')
    ? node('button.chip', { type: 'button', onclick: () => hand('style', window.gallery.last['picture-of-cnn'] || value.image) }, t('stylise this picture', '给这张图换画风')) : null;
  const ask = (target) => trigger('ask', { target });
  const five = value.top.some((row) => row[0] === number) ? value.top : [...value.top, value.target];
  stage.replaceChildren(node('div.look-grid', {},
    node('div.look-left', {}, figure,
      node('div.rows-bar', {}, node('label.tool', {}, t('heat', '热图'), slider), pixels, size, legend('0', value.peak.toPrecision(3)), paint), facts),
    node('div.look-right', {},
      node('p.verdict', {}, t(value.top[0][1], value.top[0][2]), node('small', {}, ' ' + percent(value.top[0][3]))),
      node('p.hint', {}, t('Click a name: where is the evidence for it?', '点一个名称：它的证据在哪里？')),
      bars(five, { chosen: number, pick: ask }),
      number === value.top[0][0] ? null : node('div.chips', {}, node('button.chip', { type: 'button', onclick: () => ask(null) }, t(`evidence for the first name again, not for “${name}”`, `回到第一名的证据，不再看“${name}”`))),
      node('p.hint', {}, t(`Names and map took ${value.milliseconds} ms here.`, `名称和热图在这里用了 ${value.milliseconds} 毫秒。`)))));
  show();
}
watch('value', draw);
draw();
