// Find this face: what is looked for beside what has been found, every kept step under a slider, the loss. Value: see
// `board` of demos/gan/project.py. With {draw} instead: a canvas to draw a face on; says 'picture' with a data: address.
const { node, t, chart, hand, enlarge } = window.gallery;
const stage = element.querySelector('.view') || element;
let value = null, at = 0, follow = true, first = '';

const found = node('img'), sought = node('img'), facts = node('p.verdict', { role: 'status' }), words = node('ul.seek-words'), plot = node('div');
const below = node('figcaption'), above = node('figcaption', {}, t('looked for', '要找的'));
const slider = node('input.timeline-slider', { type: 'range', min: 0, step: 1, 'aria-label': t('step of the search', '搜索的步骤'), oninput: () => { at = +slider.value; follow = at === value.frames.length - 1; show(); } });
const chip = (name, act) => node('button.chip', { type: 'button', onclick: act }, name);
const tools = node('div.seek-tools', {},
  chip(t('Save PNG', '保存 PNG'), () => enlarge(found.src, (url) => node('a', { href: url, download: 'found.png' }).click())),
  chip(t('What does the classifier see?', '分类器看到什么？'), () => enlarge(found.src, (url) => hand('cnn', url))),
  chip(t('Stylise it', '换个画风'), () => enlarge(found.src, (url) => hand('style', url))));
const root = node('div.seek-room', {}, node('div', {}, facts, node('div.seek-pair', {}, node('figure', {}, sought, above), node('figure', {}, found, below)), slider, tools), node('div', {}, plot, words));

function show() {
  const [step, url] = value.frames[at] || [null, value.now];
  found.src = url;
  found.alt = step == null ? t('the best forged picture so far', '目前最好的伪造图') : t(`forged picture at step ${step}`, `第 ${step} 步的伪造图`);
  below.textContent = step == null ? t('best of the draws', '抽样中最好的') : t(`found, step ${step}`, `找到的，第 ${step} 步`);
  slider.max = Math.max(0, value.frames.length - 1);
  slider.value = at;
  slider.setAttribute('aria-valuetext', t(`step ${step ?? 0}`, `第 ${step ?? 0} 步`));
  slider.style.visibility = value.frames.length > 1 ? 'visible' : 'hidden';
  const line = (name, column, tone) => ({ name, tone, points: value.curve.map((row) => [row[0], row[column]]) });
  plot.replaceChildren(value.curve.length ? chart({ xName: t('step', '步'), yName: t('loss', '损失'), marks: [step ?? 0], ...(innerWidth < 760 ? { height: 200, width: 350 } : { height: 220, width: 460 }),
    series: [line(t('sum', '总和'), 1, 'sum'), line(t('pixels', '像素'), 2, 0), line(t('features of VGG16', 'VGG16 特征'), 3, 1)] }) : '');
}

const PHASES = { drawing: t('● drawing …', '● 抽样…'), descending: t('● descending …', '● 下降…'), stopped: t('❚❚ stopped', '❚❚ 已停止'), done: t('■ finished', '■ 找完了') };

function told() {
  const { off, far, apart, kind, numbers, every_size: every, curve } = value;
  const gain = curve.length > 1 ? Math.round(100 * (1 - curve.at(-1)[1] / curve[0][1])) : null;
  const like = off < 20 ? t('By its colours a good likeness.', '就颜色而言很像。') : off < 45 ? t('By its colours roughly alike; a blur can be that too, so trust your eyes.', '就颜色而言大致相像；一团模糊也能做到，请相信眼睛。') : t('Not a good likeness: nothing nearer to it was found among what this forger can paint.', '不太像：在这个伪造者画得出的图里，没有找到更接近的。');
  return [
    t(`${like} Colours are off by ${off} of 255 steps of brightness (root mean square).`, `${like}颜色平均相差 255 级亮度中的 ${off} 级（均方根）。`),
    t(`Design: ${kind}.`, `画风：${kind}。`),
    gain == null ? null : t(`The descent has taken away ${gain} % of the loss of the best draw.`, `下降过程去掉了最佳抽样损失的 ${gain} %。`),
    every ? null : t(`w is ${far} from the middle of its design; ordinary faces are about 1 away. Far beyond, the forger has never practised.`, `w 离该画风的中心 ${far}；普通的脸约为 1。再远处伪造者从未练习过。`),
    every ? t(`W+: ${numbers} numbers instead of one w; the sizes have drifted ${apart} apart (relative length). The price: such a mixture is no noise’s picture, so it cannot be held, and may look like nothing the forger learned.`,
      `W+：${numbers} 个数，而不是一个 w；各尺寸相互偏离 ${apart}（相对长度）。代价：没有哪个噪声会画出这种混合，所以不能拿在手里，也可能不像伪造者学过的任何东西。`)
      : t(`One w of ${numbers} numbers for the whole picture.`, `整张图只用一个 w，共 ${numbers} 个数。`)].filter(Boolean);
}

function search() {
  if (value.phase === 'ready') {
    stage.replaceChildren(node('div.seek-ready', {}, node('figure', {}, node('img', { src: value.target, alt: t('looked for, 64 by 64 pixels', '要找的，64×64 像素') }), node('figcaption', {}, t('looked for: this square, 64 × 64', '要找的：这个方块，64×64'))),
      node('p.hint', {}, t(`Press “Find it”: ${value.draws} random pictures are drawn, and the best is changed step by step. A few seconds on two idle cores; Stop works at once.`, `按“开始寻找”：先抽 ${value.draws} 张随机图，再把最好的一张一步步改近。两个空闲的核需要几秒；随时可以停止。`))));
    return;
  }
  if (!stage.contains(root)) stage.replaceChildren(root);
  const mark = value.target + value.seed + value.every_size + (value.phase === 'drawing');
  if (mark !== first) { first = mark; follow = true; }
  if (follow) at = Math.max(0, value.frames.length - 1);
  at = Math.min(at, Math.max(0, value.frames.length - 1));
  sought.src = value.target;
  sought.alt = t('looked for', '要找的');
  const early = !value.curve.length;
  facts.replaceChildren(PHASES[value.phase], node('small', {}, early ? t(` ${value.step} of ${value.draws} random pictures`, ` ${value.step} / ${value.draws} 张随机图`) : t(` step ${value.step} of ${value.planned}`, ` 第 ${value.step} / ${value.planned} 步`)));
  words.replaceChildren(...told().map((each) => node('li', {}, each)));
  tools.hidden = value.phase === 'drawing' || value.phase === 'descending';
  show();
}

const SIDE = 64;
const INKS = [['#ffdbb4', t('light skin', '浅肤色')], ['#d08b5b', t('brown skin', '棕肤色')], ['#694d3d', t('dark skin', '深肤色')], ['#1c1a1a', t('black', '黑')], ['#6a4326', t('brown', '棕')],
  ['#e8c36a', t('blond', '金')], ['#c93305', t('red', '红')], ['#ffffff', t('white', '白')], ['#4f8fe0', t('blue', '蓝')], ['#b6e3f4', t('sky', '天蓝')], ['#ffd5dc', t('rose', '玫瑰')]];

function easel() {
  const canvas = node('canvas.seek-canvas', { width: SIDE, height: SIDE, tabindex: 0, role: 'img', 'aria-label': t('a face to draw: pointer, or arrow keys and space', '画一张脸：用指针，或方向键与空格') });
  const pen = canvas.getContext('2d'), cursor = { x: SIDE / 2, y: SIDE / 2 };
  let ink = INKS[0][0], size = 8, last = null;
  const clear = () => { pen.fillStyle = '#b6e3f4'; pen.fillRect(0, 0, SIDE, SIDE); };
  function stroke(to) {
    Object.assign(pen, { strokeStyle: ink, lineWidth: size, lineCap: 'round', lineJoin: 'round' });
    pen.beginPath();
    pen.moveTo((last || to).x, (last || to).y);
    pen.lineTo(to.x + 0.01, to.y);
    pen.stroke();
    last = to;
  }
  const place = (e) => { const box = canvas.getBoundingClientRect(); return { x: (e.clientX - box.left) / box.width * SIDE, y: (e.clientY - box.top) / box.height * SIDE }; };
  canvas.onpointerdown = (e) => { canvas.setPointerCapture(e.pointerId); last = null; stroke(place(e)); };
  canvas.onpointermove = (e) => { if (e.buttons) stroke(place(e)); };
  canvas.onpointerup = () => { last = null; };
  canvas.onkeydown = (e) => {
    const way = { ArrowLeft: [-2, 0], ArrowRight: [2, 0], ArrowUp: [0, -2], ArrowDown: [0, 2], ' ': [0, 0] }[e.key];
    if (!way) return;
    e.preventDefault();
    cursor.x = Math.max(0, Math.min(SIDE, cursor.x + way[0]));
    cursor.y = Math.max(0, Math.min(SIDE, cursor.y + way[1]));
    if (e.key === ' ' || e.shiftKey) { stroke({ ...cursor }); } else last = null;
  };
  const inks = node('div.seek-inks', { role: 'group', 'aria-label': t('colour', '颜色') }, ...INKS.map(([colour, name]) => node('button', { type: 'button', title: name, 'aria-label': name, 'aria-pressed': String(colour === ink), style: `background:${colour}`, onclick: (e) => {
    ink = colour;
    for (const other of inks.children) other.setAttribute('aria-pressed', String(other === e.currentTarget));
  } })));
  const width = node('input', { type: 'range', min: 1, max: 24, value: size, 'aria-label': t('width of the brush', '笔的粗细'), oninput: () => { size = +width.value; } });
  clear();
  stage.replaceChildren(node('div.seek-easel', {}, canvas, node('div', {}, inks, node('label.tool', {}, t('brush', '笔'), width),
    node('p.hint', {}, t('Fill a head, hair, two eyes and a mouth: rough is enough. With keys: arrows move, space dots, Shift and arrows draw.', '涂出头、头发、两只眼和嘴：粗略就够。键盘：方向键移动，空格点一下，Shift 加方向键画线。')),
    node('div.seek-tools', {}, chip(t('Look for this drawing', '就找这张画'), () => trigger('picture', { picture: canvas.toDataURL('image/png') })), chip(t('Clear', '清空'), clear)))));
}

function draw() {
  value = props.value;
  if (value?.draw) { if (!stage.querySelector('.seek-canvas')) easel(); return; }
  if (!value?.target) { stage.replaceChildren(); return; }
  search();
}
watch('value', draw);
draw();
