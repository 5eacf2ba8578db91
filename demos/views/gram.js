// Two Gram matrices, where two features respond together in both pictures, and a texture grown from one matrix. Value:
// see demos/style/gram.py; `texture` while and after it grows. Fires nothing.
const { node, t, chinese, mapCanvas, meant, unpack, legend } = window.gallery;
const stage = element.querySelector('.view') || element;
let cell = [0, 1], key = '', growing = false;

function draw() {
  const value = props.value;
  if (!value?.grams) { stage.replaceChildren(); return; }
  const { grams, maps, channels } = value, bytes = unpack(grams), places = maps.map(unpack), n = grams.width;
  if (value.stage !== key) { key = value.stage; cell = [0, 1]; }
  const facts = node('p.rows-facts', { role: 'status' }), marks = [], heats = [];
  const names = [t('the photograph', '照片'), t('the painting', '画作')], short = (far) => (far < 0.1 ? far.toPrecision(1) : far.toFixed(2));
  const said = (x) => (+x.toPrecision(3)).toLocaleString(chinese ? 'zh-CN' : 'en');
  const response = (k, i, j) => meant(grams, bytes[(k * n + i) * n + j]) ** 2;
  const matrix = (k) => {
    const mark = node('i.gram-mark'), canvas = mapCanvas(grams, k, { bytes });
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', t(`Gram matrix of ${names[k]}, ${n} by ${n}`, `${names[k]}的格拉姆矩阵，${n} × ${n}`));
    marks.push(mark);
    const box = node('div.gram-square', { tabindex: 0 }, canvas, mark);
    const point = (e) => { const area = box.getBoundingClientRect(); choose(Math.floor((e.clientY - area.top) / area.height * n), Math.floor((e.clientX - area.left) / area.width * n)); };
    box.onpointermove = box.onpointerdown = point;
    box.onkeydown = (e) => {
      const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key];
      if (move) { e.preventDefault(); choose(cell[0] + move[0], cell[1] + move[1]); }
    };
    return box;
  };
  const picture = (k) => {
    const heat = node('canvas.gram-heat', { width: maps[k].width, height: maps[k].height });
    heats.push(heat);
    return node('div.gram-picture', {}, node('img', { src: value.pictures[k], alt: names[k] }), heat);
  };
  function choose(i, j) {
    cell = [i, j].map((at) => Math.min(n - 1, Math.max(0, at)));
    const [a, b] = cell;
    marks.forEach((mark) => Object.assign(mark.style, { top: `${100 * a / n}%`, left: `${100 * b / n}%`, width: `${100 / n}%`, height: `${100 / n}%` }));
    heats.forEach((heat, k) => {
      const size = maps[k].width * maps[k].height, both = Float32Array.from({ length: size }, (_, at) => meant(maps[k], places[k][a * size + at]) * meant(maps[k], places[k][b * size + at]));
      const most = Math.max(...both, 1e-9);
      const product = { ...maps[k], low: 0, high: most }, strong = Uint8Array.from(both, (x) => 255 * x / most);
      heat.getContext('2d').clearRect(0, 0, heat.width, heat.height);
      heat.getContext('2d').drawImage(mapCanvas(product, 0, { bytes: strong, scale: 'viridis', alpha: (byte) => Math.min(0.9, byte / 110) }), 0, 0);
    });
    const who = a === b ? t(`feature ${channels[a]} with itself`, `特征 ${channels[a]} 与自身`) : t(`features ${channels[a]} and ${channels[b]}`, `特征 ${channels[a]} 与 ${channels[b]}`);
    facts.textContent = t(`${who}: together ${said(response(0, a, b))} in the photograph, ${said(response(1, a, b))} in the painting. Bright places: where both respond.`,
      `${who}：在照片中共同响应 ${said(response(0, a, b))}，在画作中 ${said(response(1, a, b))}。亮处是两者同时响应的位置。`);
  }
  const panel = (k) => node('figure.half', {}, node('figcaption', {}, node('b', {}, k ? t(`The painting: ${value.label[0]}`, `画作：${value.label[1]}`) : t('The photograph', '照片'))), matrix(k), picture(k));
  const grown = value.texture && node('img', { src: value.texture, alt: t('texture with the Gram matrix of the painting at this layer', '与画作在这一层的格拉姆矩阵相同的纹理') });
  stage.replaceChildren(node('div.thirds', {}, panel(0), panel(1),
    node('figure.half', {}, node('figcaption', {}, node('b', {}, t('From the matrix alone', '只凭矩阵'))),
      node('div.gram-square.gram-texture', {}, grown || node('p.hint', {}, t('noise is waiting', '噪声在等待'))),
      node('p.hint', {}, value.texture ? t(`step ${value.step} of ${value.planned}; its matrix is ${value.left.toPrecision(2)} away from the painting's. No place of the painting was looked at.`, `第 ${value.step} / ${value.planned} 步；它的矩阵离画作的还有 ${value.left.toPrecision(2)}。没有看过画作的任何位置。`)
        : t('It shall get the painting\'s matrix of this layer, and nothing else of the painting.', '它只会得到画作在这一层的矩阵，别的什么也没有。')),
      node('table.gram-layers', {}, node('caption', {}, t('how far from the painting’s matrix (0: the same style)', '与画作矩阵的距离（0：风格相同）')),
        node('thead', {}, node('tr', {}, ...[t('layer', '层'), t('photograph', '照片'), value.own ? t('texture', '纹理') : ''].map((name) => node('th', { scope: 'col' }, name)))),
        node('tbody', {}, ...value.layers.map(([name, far], k) => node('tr', { class: name === value.stage ? 'on' : null }, node('th', { scope: 'row' }, name), node('td', {}, far.toFixed(2)), node('td', {}, value.own ? short(value.own[k][1]) : ''))))),
      value.own ? node('p.hint', {}, t('Only the bold layer was asked for: at the others the texture is free.', '只要求了粗体那一层：其他层上纹理是自由的。')) : '')),
  facts, node('p.hint', {}, t(`The ${n} of ${value.of} features that respond most to the painting, the strongest first; both matrices in one scale of colours, from the square roots, so that small ones can be seen. `, `对画作响应最强的 ${n} 个特征（共 ${value.of} 个），最强的在前；两个矩阵同一色标，画的是平方根，好让小的也看得见。`), legend('0', (grams.high ** 2).toPrecision(2))));
  choose(...cell);
  const begun = !!value.texture && !growing;  // on a phone it grows below the screen
  growing = !!value.texture;
  if (begun) requestAnimationFrame(() => { const at = stage.querySelector('.gram-texture')?.getBoundingClientRect(); if (at && (at.top > innerHeight - 80 || at.bottom < 0)) stage.querySelector('.gram-texture').scrollIntoView({ block: 'center', behavior: window.gallery.calm() ? 'auto' : 'smooth' }); });
}
watch('value', draw);
draw();
