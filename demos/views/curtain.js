// Before and after, one laid over the other, with an edge to be dragged; and, where `masks` is set, a brush for what shall
// stay. Value: see demos/style/hands.py and demos/style/anything.py. Fires 'mask' with {mask}, a `data:` address or null.
const { node, t, percent, hand } = window.gallery;
const stage = element.querySelector('.view') || element;
let edge = 0.25, brush = 0.06, brushing = false, mask = null, drawnFor = null;

function canvas_for(value) {
  const [width, height] = value.size, scale = 160 / Math.max(width, height);
  if (!mask || drawnFor !== value.photo || (value.kept === 0 && !brushing)) {
    drawnFor = value.photo;
    mask = node('canvas', { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) });
  }
  return mask;
}

// Red where it stays; sent as white for "paint" and black for "stay".
function send() {
  const out = node('canvas', { width: mask.width, height: mask.height }), pen = out.getContext('2d');
  const drawn = mask.getContext('2d').getImageData(0, 0, mask.width, mask.height), made = pen.createImageData(mask.width, mask.height);
  let any = false;
  for (let i = 0; i < drawn.data.length; i += 4) {
    const stays = drawn.data[i + 3] > 60;
    any ||= stays;
    made.data.set([stays ? 0 : 255, stays ? 0 : 255, stays ? 0 : 255, 255], i);
  }
  pen.putImageData(made, 0, 0);
  trigger('mask', { mask: any ? out.toDataURL('image/png') : null });
}

function draw() {
  const value = props.value;
  if (!value?.after) { stage.replaceChildren(); return; }
  const [width, height] = value.size, wide = `min(100%, ${Math.round(600 * width / height)}px)`, before = node('img.curtain-before', { src: value.before, alt: t('the photograph', '照片') });
  const line = node('i.curtain-edge'), names = value.labels.map((label) => t(...label)).join(' + ');
  const frame = node('div.curtain-room', { style: `aspect-ratio:${width} / ${height};max-width:${wide}` },
    node('img', { src: value.after, alt: t(`painted: ${names}`, `画成：${names}`) }), before, line);
  const slider = node('input.timeline-slider', { type: 'range', min: 0, max: 1, step: 0.01, value: edge, style: `max-width:${wide}`, 'aria-label': t('how much of the photograph is uncovered', '露出多少照片'), oninput: () => show(+slider.value) });
  const show = (to) => { edge = Math.min(1, Math.max(0, to)); slider.value = edge; before.style.clipPath = `inset(0 ${100 * (1 - edge)}% 0 0)`; line.style.left = `${100 * edge}%`; };
  const drag = (e) => { const box = frame.getBoundingClientRect(); show((e.clientX - box.left) / box.width); };
  const tools = [node('a.chip', { href: value.after, download: 'painted.jpg' }, t('Save the picture', '保存图片')), node('button.chip', { type: 'button', onclick: () => hand('cnn', value.after) }, t('What does the classifier see?', '分类器看到什么？')),
    node('button.chip', { type: 'button', onclick: () => hand('meter', value.after) }, t('Measure it', '量一量'))];
  frame.onpointerdown = (e) => { if (brushing) return; frame.setPointerCapture(e.pointerId); drag(e); frame.onpointermove = drag; };
  frame.onpointerup = frame.onpointercancel = () => { frame.onpointermove = null; };
  if (value.masks) {
    const over = canvas_for(value), pen = over.getContext('2d');
    over.className = 'curtain-mask';
    over.style.pointerEvents = brushing ? 'auto' : 'none';
    over.style.opacity = brushing ? '' : 0;  // who does not brush wants to see what came of it
    frame.append(over);
    const dab = (e) => {
      const box = over.getBoundingClientRect();
      pen.fillStyle = '#d55e00';
      pen.beginPath();
      pen.arc((e.clientX - box.left) / box.width * over.width, (e.clientY - box.top) / box.height * over.height, brush * over.width, 0, 7);
      pen.fill();
    };
    over.onpointerdown = (e) => { over.setPointerCapture(e.pointerId); dab(e); over.onpointermove = dab; };
    over.onpointerup = over.onpointercancel = () => { if (over.onpointermove) { over.onpointermove = null; send(); } };
    tools.push(node('button.chip', { type: 'button', 'aria-pressed': String(brushing), onclick: () => { brushing = !brushing; draw(); } }, value.below ? t('brush: the second style here', '笔刷：这里用第二种风格') : t('brush: keep this part', '笔刷：保持这部分')),
      node('label.tool', {}, t('brush', '笔刷'), node('input', { type: 'range', min: 0.02, max: 0.2, step: 0.01, value: brush, oninput: (e) => { brush = +e.target.value; } })),
      node('button.chip', { type: 'button', onclick: () => { pen.clearRect(0, 0, over.width, over.height); send(); } }, t('no mask', '去掉蒙版')));
  }
  stage.replaceChildren(frame, slider, node('div.rows-bar', { style: value.masks ? null : `max-width:${wide}` }, ...tools),
    value.masks && brushing ? node('p.hint', {}, value.below ? t('Draw over the picture: where it is orange, the second hand paints. Press the brush again to see what came of it.', '在图上涂：橙色的部分由第二位画家来画。再按一次笔刷，看看结果。') : t('Draw over the picture: orange is left out. Press the brush again to see what came of it.', '在图上涂：橙色的部分不画。再按一次笔刷，看看结果。')) : '',
    node('p.rows-facts', { role: 'status' }, value.stranger ? t('Nobody has learned this style, so the network of “Any painting” paints. ', '没有画家学过这种风格，所以由“任意画作”的网络来画。') : '', t(`${names}: ${width} × ${height} pixels in ${value.milliseconds} ms`, `${names}：${width} × ${height} 像素，${value.milliseconds} 毫秒`), value.kept ? (value.below ? t(`; ${percent(value.kept)} by the last of them`, `；${percent(value.kept)} 由最后一种画成`) : t(`; ${percent(value.kept)} stay as they were`, `；${percent(value.kept)} 保持原样`)) : '',
      value.alone ? t('. There is no second hand to paint where the brush has been: choose one', '。还没有选第二位画家，笔刷涂过的地方没人来画：请选一位') : '',
      value.given ? t(`. The photograph has only ${value.given.join(' × ')} and was enlarged`, `。原照片只有 ${value.given.join(' × ')} 像素，已放大`) : ''));
  show(edge);
}
watch('value', draw);
draw();
