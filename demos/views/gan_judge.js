// What the detective says of many pictures, and what three networks see in the one in the hand. Value: `compute` of
// demos/gan/judge.py.
const { node, t, percent, genuine, cutOut, bars, mapCanvas, unpack, roll } = window.gallery;
const stage = element.querySelector('.view') || element;
const WORDS = { style: '画风', skin: '肤色', hair: '头发', 'hair colour': '发色', mouth: '嘴', glasses: '眼镜', beard: '胡须', earrings: '耳环',
  clothes: '衣服', background: '背景', none: '无', short: '短', long: '长', black: '黑', brown: '棕', red: '红', blond: '金', grey: '灰', pink: '粉', blue: '蓝',
  smile: '微笑', laugh: '大笑', sad: '难过', surprised: '惊讶', coral: '珊瑚', yellow: '黄', green: '绿', teal: '青', magenta: '洋红',
  sky: '天蓝', violet: '淡紫', rose: '玫瑰', peach: '桃', mint: '薄荷', lemon: '柠檬', micah: 'Micah', adventurer: 'Adventurer', 'open-peeps': 'Open Peeps' };
const SKINS = { ffdbb4: ['lightest', '最浅'], edb98a: ['light', '浅'], d08b5b: ['medium', '中等'], ae5d29: ['dark', '深'], '694d3d': ['darkest', '最深'] };
const word = (name) => (SKINS[name] ? t(...SKINS[name]) : t(name, WORDS[name] || name));
let chosen = 0, seen = '';

// One of the sixteen pictures on the sheet, to be taken in the hand.
function tile(value, row, column, [piece, score], mine) {
  const button = node('button.judge-tile', { type: 'button', 'data-piece': piece, 'aria-pressed': String(piece === mine),
    'aria-label': t(`forged picture ${piece}, score ${score.toFixed(2)}: take it in the hand`, `伪造图片 ${piece}，得分 ${score.toFixed(2)}：拿到手里`),
    onclick: () => trigger('hold', { piece }) }, node('i'), node('small', {}, score.toFixed(1)));
  cutOut(button.firstChild, value.sheet, row * value.best.length + column, value.best.length, 2);
  return button;
}

function line([column, first, p, second, q]) {
  return node('li', { 'data-attribute': column }, node('div.judge-read', {}, node('span', {}, word(column)),
    node('b', {}, word(first)), node('span.bar-rail', {}, node('i', { style: `width:${(100 * p).toFixed(1)}%` })), node('span.bar-share', {}, percent(p)),
    p < 0.9 ? node('small', {}, t(`or ${word(second)} ${percent(q)}`, `或 ${word(second)} ${percent(q)}`)) : null));
}

function inHand(hand) {
  if (!hand) return node('p.hint', {}, t('Take a picture in the hand - click one above - to see what three networks see in it.', '点上面任意一张图片拿到手里，看三个网络各看到什么。'));
  if (hand.piece !== seen) { seen = hand.piece; chosen = 0; }
  const real = hand.score > 0, picture = node('div.look-picture.judge-picture'), list = node('div'), note = node('p.hint');
  function show() {
    const maps = hand.evidence[chosen], heat = mapCanvas(maps, 0, { bytes: unpack(maps), alpha: (byte) => 0.6 * byte / 255 });
    heat.className = 'heat';
    const [number, en, zh] = hand.top[chosen];
    picture.replaceChildren(node('img', { src: hand.image, alt: t(`the picture in the hand, and where the evidence for “${en}” lies`, `手里的图片，以及支持“${zh}”的证据所在`) }), ...(maps.high > 0 ? [heat] : []));
    list.replaceChildren(bars(hand.top, { chosen: number, pick: (n) => { chosen = hand.top.findIndex((row) => row[0] === n); show(); } }));
    note.textContent = maps.high > 0 ? t(`Bright: where Grad-CAM finds evidence for “${en}”. The classifier knows photographs of 1,000 things; an avatar is none of them.`, `亮处：Grad-CAM 找到“${zh}”的证据。这个分类器认识 1000 类事物的照片，头像不在其中。`)
      : t(`Nothing in the last maps speaks for “${en}”.`, `最后一层里没有支持“${zh}”的证据。`);
  }
  show();
  return node('div.judge-hand', {},
    node('div', {}, node('h4', {}, t('In the hand', '手里的图片')), picture, node('p.judge-says', { role: 'status' },
      node('b', {}, real ? t('“Genuine”', '“真的”') : t('“Forged”', '“伪造的”')), t(` says the detective: score ${hand.score.toFixed(2)}, which as a probability is D = ${percent(genuine(hand.score))}`, ` ——侦探打 ${hand.score.toFixed(2)} 分，换成概率是 D = ${percent(genuine(hand.score))}`))),
    node('div', {}, node('h4', {}, t('The classifier of photographs', '照片分类器')), list, note),
    node('div', {}, node('h4', {}, t('The reader of attributes', '属性识别器')), node('ol.judge-reads', {}, ...hand.read.map(line))));
}

function draw() {
  const value = props.value;
  if (!value?.best) { stage.replaceChildren(); return; }
  const { hand } = value, mine = hand?.piece;
  const row = (which, title) => node('div.judge-row', {}, node('h4', {}, title),
    node('div.judge-tiles', {}, ...value[which].map((one, k) => tile(value, which === 'best' ? 0 : 1, k, one, mine))));
  stage.replaceChildren(
    row('best', t('Most convincing of 256 forgeries', '256 张伪造品中最逼真的')), row('worst', t('Least convincing', '最不像的')),
    node('div.judge-bar', {}, node('button.chip', { type: 'button', onclick: () => trigger('roll', { seed: roll() }) }, t('256 others', '换 256 张')),
      node('span.hint', {}, t('Click a picture to take it in the hand.', '点图片拿到手里。'))),
    inHand(hand), node('p.hint', {}, t(`Genuine avatars: ${value.credit[0]}.`, `真头像：${value.credit[1]}。`)));
}
watch('value', draw);
draw();
