// A - B + C: a wall of pictures to click on, three boxes, the result among its neighbours. Value: see `board` of
// demos/gan/arithmetic.py. Fires 'order' and 'example' with {example}; what is in the boxes is announced as 'gan-sum'.
const { node, t, percent, cutOut, hand, enlarge, announce, roll } = window.gallery;
const stage = element.querySelector('.view') || element;
const LETTERS = ['A', 'B', 'C'], SIGNS = ['', '−', '+'], BOX = 3, COLUMNS = 9;
let value = null, boxes = [[], [], []], active = 0, known = {}, pending = null, head = '';

const board = node('div.sum-room');
const text = () => [head, ...boxes.map((box) => box.join('_'))].join('~');
function send() {
  pending = text();
  announce('gan-sum', pending);
  trigger('order');
  draw_board();
}

// Another wall: "seed.design".
function hang(place) { head = place; send(); }

// A picture goes into the active box, or out of it; a full box loses its oldest one.
function click(name) {
  const box = boxes[active];
  if (box.includes(name)) box.splice(box.indexOf(name), 1);
  else {
    if (box.length === BOX) box.shift();
    box.push(name);
    if (box.length === BOX) active = [1, 2, 0].map((k) => (active + k) % 3).find((k) => boxes[k].length < BOX) ?? active;
  }
  send();
}

// One picture of a sheet.
function cut(sheet, place, columns, lines, words) {
  const made = node('span.sum-cut', { role: 'img', 'aria-label': words });
  cutOut(made, sheet, place, columns, lines);
  return made;
}
const chip = (words, onclick, more = {}) => node('button.chip', { type: 'button', onclick, ...more }, words);

function box(k) {
  const mean = value.result && pending === null ? value.result.means[k] : null;
  return node(`div.sum-box${k === active ? '.on' : ''}`, {},
    node('button.sum-name', { type: 'button', 'aria-pressed': String(k === active), onclick: () => { active = k; draw_board(); } }, `${SIGNS[k]} ${LETTERS[k]}`.trim(),
      node('small', {}, k === active ? t(' click pictures below', ' 点下面的图片') : t(' choose this box', ' 选这个框'))),
    node('div.sum-three', {}, ...Array.from({ length: BOX }, (_, at) => {
      const name = boxes[k][at];
      return name ? node('button.sum-one', { type: 'button', title: t(`take ${name} out`, `拿掉 ${name}`), 'aria-label': t(`take ${name} out of ${LETTERS[k]}`, `从 ${LETTERS[k]} 拿掉 ${name}`),
        onclick: () => { boxes[k].splice(at, 1); active = k; send(); } }, known[name] ? node('img', { src: known[name], alt: '' }) : null) : node('span.sum-one.empty');
    })),
    mean ? node('figure', {}, node('img', { src: mean, alt: t(`picture of the mean w of ${LETTERS[k]}`, `${LETTERS[k]} 平均 w 的图片`) }), node('figcaption', {}, t('their mean', '它们的平均'))) : null);
}

function answer() {
  const { result } = value;
  if (!result || pending !== null) return node('p.hint', {}, boxes.every((one) => one.length) ? t('Adding …', '正在计算…') : t('Fill all three boxes, or press an example.', '把三个框都放上图片，或按一个例子。'));
  const alone = boxes.every((one) => one.length === 1);
  return node('div.sum-result', {}, node('div', {}, node('p.verdict', { role: 'status' }, '= A − B + C'),
    node('div.sum-around', {}, ...Array.from({ length: 9 }, (_, at) => cut(result.sheet, at, 3, 3, at === 4 ? t('the result', '结果') : t('a neighbour of the result', '结果的邻居')))),
    node('p.hint', {}, t(`In the middle the result, around it eight pictures near by: w moved by ${percent(result.near)} of the way to other pictures.`, `中间是结果，周围是附近的八张：w 朝别的图片移动 ${percent(result.near)}。`)),
    node('div.axes-tools', {}, chip(t('Classify', '去识别'), () => enlarge(result.url, (url) => hand('cnn', url))), chip(t('Stylise', '去换画风'), () => enlarge(result.url, (url) => hand('style', url))),
      chip(t('Save', '保存'), () => enlarge(result.url, (url) => node('a', { href: url, download: 'avatar-sum.png' }).click())),
      alone ? null : chip(t('Try with one picture each', '每框只用一张试试'), () => { boxes = boxes.map((one) => one.slice(0, 1)); send(); }))),
  node('div', {}, promise(result), table(result.read)));
}

// What A − B should bring to C, whether it came, and what came besides.
function promise({ wanted, besides }) {
  const colon = t(': ', '：'), list = (rows) => rows.join(t('; ', '；'));
  const sought = ({ name, says, had, came, now, p }) => `${t(...name)}${colon}${t(...says)} ` + (came ? (had ? t('(C has it anyway: it stayed)', '（C 本来就有：保住了）') : t('✓ it came', '✓ 来了'))
    : t(`✗ it ${had ? 'was lost' : 'did not come'}, the reader says ${now[0]}, ${percent(p)}`, `✗ ${had ? '丢了' : '没来'}，阅读器说${now[1]}，${percent(p)}`));
  const changed = list(besides.map(({ name, was, now }) => `${t(...name)} (${t(...was)} → ${t(...now)})`));
  return node('p.sum-told', { role: 'status' }, wanted.length ? t('A − B should bring: ', 'A − B 应当带来：') + list(wanted.map(sought)) + t('. ', '。')
    : t('The reader sees no difference between the means of A and B, so C should stay as it is. ', '阅读器看不出 A 和 B 的平均有什么不同，所以 C 应当不变。'),
  besides.length ? t(`Besides, against C it changed: ${changed}.`, `此外，与 C 相比还改变了：${changed}。`) : t('Nothing else that the reader knows has changed against C.', '与 C 相比，阅读器认得的别的属性都没有改变。'));
}

// What the reader says of the three means and the result; what the result has not from C stands out.
function table(read) {
  const cell = ({ says, p }) => [t(...says), node('span.sum-rail', {}, node('i', { style: `width:${(100 * p).toFixed(1)}%` })), node('small', {}, percent(p))];
  return node('table.sum-table', {}, node('caption.hint', {}, t('The reader on the picture of each mean; ● where the result differs from C.', '阅读器对每个平均图的判断；● 表示结果与 C 不同。')),
    node('thead', {}, node('tr', {}, ...['', ...LETTERS, t('result', '结果')].map((name) => node('th', { scope: 'col' }, name)))),
    node('tbody', {}, ...read.map((row) => {
      const other = row[3].value !== row[2].value;
      return node(`tr${other ? '.on' : ''}`, {}, node('th', { scope: 'row' }, t(...row[0].name)), ...row.map((one, k) => node('td', {}, k === 3 && other ? '● ' : '', ...cell(one))));
    })));
}

function draw_board() {
  const { wall } = value, focus = board.querySelector(':focus')?.getAttribute('data-piece');
  board.replaceChildren(
    node('div.axes-tools', {}, node('span.hint', {}, t('Examples, chosen by the reader:', '例子，由阅读器挑选：')), ...value.examples.map(([name, en, zh]) => chip(t(en, zh), () => { pending = null; trigger('example', { example: name }); }))),
    node('div.sum-boxes', {}, ...LETTERS.map((_, k) => box(k))),
    node('div.axes-tools', {}, ...wall.kinds.map((name, kind) => chip(name, () => hang(`${wall.seed}.${kind}`), { 'aria-pressed': String(kind === wall.kind) })),
      chip(t('other pictures', '换一批图片'), () => hang(`${roll()}.${wall.kind}`)), chip(t('empty the boxes', '清空'), () => { boxes = [[], [], []]; active = 0; send(); })),
    node('div.sum-wall', {}, ...wall.names.map((name, at) => {
      const where = LETTERS.filter((_, k) => boxes[k].includes(name)).join(' ');
      return node('button.sum-pick', { type: 'button', 'data-piece': name, 'aria-pressed': String(boxes[active].includes(name)), 'aria-label': t(`picture ${name} into ${LETTERS[active]}`, `图片 ${name} 放入 ${LETTERS[active]}`), onclick: () => click(name) },
        cut(wall.sheet, at, COLUMNS, wall.names.length / COLUMNS, ''), where ? node('b', {}, where) : null);
    })),
    answer());
  if (focus) board.querySelector(`[data-piece="${focus}"]`)?.focus();
}

function draw() {
  value = props.value;
  if (!value?.wall) { stage.replaceChildren(); return; }
  if (!stage.contains(board)) stage.replaceChildren(board);
  for (const [name, url] of value.boxes.flat()) known[name] = url;
  // an answer to an earlier order does not undo later clicks
  if (pending === null || pending === value.text) {
    pending = null;
    head = `${value.wall.seed}.${value.wall.kind}`;
    boxes = value.boxes.map((one) => one.map(([name]) => name));
    announce('gan-sum', value.text);
  }
  draw_board();
}
watch('value', draw);
draw();
