// A forged picture, what its noise asks for, a slider for each named axis, and what the reader says before and after.
// Value: see `compute` of demos/gan/axes.py. Fires 'slide'; where the sliders stand is announced as 'gan-axes' and what is
// asked for as 'gan-asks', see LATEST there.
const { node, t, percent, hand, enlarge, announce } = window.gallery;
const stage = element.querySelector('.view') || element;
const LONGEST = 1.5;
let value = null, names = '', pending = null, rows = {}, wanted = {};

const before = node('img'), after = node('img'), list = node('ol.bars'), facts = node('p.verdict', { role: 'status' }), place = node('p.axes-place');
const flag = node('strong'), semicolon = t('; ', '；'), colon = t(': ', '：');
const figure = (picture, words) => node('figure', {}, picture, node('figcaption', {}, ...[words].flat()));
const reset = node('button.chip', { type: 'button', onclick: () => { for (const row of Object.values(rows)) row.set(0); wanted = {}; send(); } }, t('Back to the first picture', '回到原图'));
const give = (words, use) => node('button.chip', { type: 'button', onclick: () => enlarge(after.src, use) }, words);
const tools = node('div.axes-tools', {}, reset, give(t('Classify', '去识别'), (url) => hand('cnn', url)), give(t('Stylise', '去换画风'), (url) => hand('style', url)),
  give(t('Save', '保存'), (url) => node('a', { href: url, download: `avatar-${value.held}-moved.png` }).click()));
const asks = node('div.asks'), sliders = node('div.axes-sliders');
const root = node('div.axes-room', {}, node('div.axes-side', {}, facts,
  node('div.axes-pair', {}, figure(before, t('before', '之前')), figure(after, [t('after', '之后'), flag])), place, tools, list), node('div.axes-hands', {}, asks, sliders));

const said = () => Object.entries(rows).filter(([, row]) => row.get()).map(([name, row]) => `${name}:${row.get()}`).join(',');
const asked = () => Object.entries(wanted).map(([column, one]) => `${column}:${one}`).join(',');
function send() {
  pending = [said(), asked()].join();
  announce('gan-axes', said());
  announce('gan-asks', asked());
  trigger('slide');
}

function slider(axis) {
  const title = t(...axis.title), shown = node('output');
  const input = node('input', { type: 'range', min: -LONGEST, max: LONGEST, step: 0.05, value: 0, 'aria-label': title, oninput: () => { tell(); send(); } });
  const tell = () => {
    shown.textContent = (input.value > 0 ? '+' : '') + (+input.value).toFixed(2).replace('-', '−');
    row.classList.toggle('on', +input.value !== 0);
    beyond.hidden = Math.abs(input.value) <= 1;
  };
  const whole = (share) => `${Math.round(100 * share)} %`;
  const weak = { there: t('Weak: adding it fails in most pictures.', '较弱：往正方向在多数图片上不成功。'), back: t('Weak: taking it away fails in most pictures.', '较弱：往负方向在多数图片上不成功。'),
    both: t('Weak: it fails in most pictures, both ways.', '较弱：两个方向在多数图片上都不成功。') }[axis.weak];
  const beyond = node('strong', {}, t(' ⚠ Beyond ±1 nothing was measured.', ' ⚠ 超出 ±1 没有测过。'));
  const row = node('label.axes-row', {}, node('b', {}, title), input, shown,
    node('small', {}, t(`at +1 does it in ${whole(axis.changed)} of pictures, at −1 undoes it in ${whole(axis.back)}, leaves ${whole(axis.kept)} of the rest alone`,
      `+1 时在 ${whole(axis.changed)} 的图片上做到，−1 时在 ${whole(axis.back)} 上去掉，其余属性 ${whole(axis.kept)} 不变`), weak ? node('strong', {}, ` ⚠ ${weak}`) : null, beyond));
  rows[axis.name] = { get: () => +(+input.value).toFixed(2), set: (x) => { input.value = x; tell(); } };
  tell();
  return row;
}

// One attribute: its values as buttons, colours as dots; what is asked for is ringed. Below: whether it came in this
// picture, and how often it does in others.
function wish({ column, name, own, now, values, obeyed, chance, moot }) {
  const title = t(...name), found = value.read.find((row) => row.column === column).after;
  const button = ({ value: one, says, colour }) => {
    const words = t(...says) + (one === own ? t(' (its own noise)', '（它自己的噪声）') : ''), on = one === now;
    return node(`button.ask${colour ? '.dot' : ''}${one === own ? '.own' : ''}`, { type: 'button', 'aria-pressed': String(on), 'aria-label': `${title}: ${words}`, title: words,
      style: colour ? `--dot:#${colour}` : null, onclick: () => { wanted = { ...wanted, [column]: one }; if (one === own) delete wanted[column]; send(); } }, colour ? '' : t(...says));
  };
  const sought = t(...values.find((one) => one.value === now).says), met = found.value === now;
  const told = moot ? t(`– does not apply: ${moot[0]}`, `– 不适用：${moot[1]}`)
    : met ? t(`this picture ✓ asked for: ${sought}; it came`, `这张图 ✓ 要求：${sought}；照办了`) : t(`this picture ✗ asked for: ${sought}; came: ${found.says[0]}`, `这张图 ✗ 要求：${sought}；画出：${found.says[1]}`);
  return node('div.ask-row', { role: 'group', 'aria-label': title }, node('b', {}, title), node('span.ask-values', {}, values.map(button)),
    node('small', {}, node(`span.ask-told${moot || met ? '' : '.bad'}`, {}, told, value.beyond && !moot ? t(' (doubtful, so far out)', '（太远，存疑）') : ''), node('span', {}, t(`heard in ${Math.round(obeyed)} % of pictures (by chance ${Math.round(chance)})`, `在 ${Math.round(obeyed)} % 的图片里照办（碰巧 ${Math.round(chance)}）`))));
}

function bar({ name, before: old, after: now, was, changed }) {
  return node('li', {}, node(`div.bar-row${changed ? '.on' : ''}`, {},
    node('span.bar-name', {}, `${t(...name)}: ${t(...now.says)}`, changed ? node('em', {}, t(` ← was ${old.says[0]}`, ` ← 原为${old.says[1]}`)) : null),
    node('span.bar-rail', {}, node('i', { style: `width:${(100 * now.p).toFixed(2)}%` }), node('u', { style: `left:${(100 * was).toFixed(2)}%`, title: t(`before: ${percent(was)}`, `之前：${percent(was)}`) })),
    node('span.bar-share', {}, percent(now.p))));
}

// What was asked for and whether it came, then what else the reader reads otherwise.
function headline() {
  const row = (column) => value.read.find((one) => one.column === column).after;
  const orders = value.wishes.filter(({ column, moot }) => column in value.asked && !moot).map(({ column, name, now, values }) => {
    const sought = t(...name) + colon + t(...values.find((one) => one.value === now).says), { value: found, says } = row(column);
    return found === now ? t(`asked for ${sought}; it came.`, `要求${sought}；照办了。`) : t(`asked for ${sought}; came: ${says[0]}.`, `要求${sought}；画出：${says[1]}。`);
  });
  const others = value.read.filter(({ column, changed }) => changed && !(column in value.asked)).map(({ name, before: old, after: now }) => t(...name) + colon + t(...old.says) + ' → ' + t(...now.says)).join(semicolon);
  const rest = !others ? (orders.length ? '' : t('the reader sees no other attribute yet', '阅读器还没看到别的属性'))
    : orders.length ? t(`besides, the reader sees: ${others}`, `此外阅读器看到：${others}`) : t(`the reader says: ${others}`, `阅读器说：${others}`);
  const doubt = value.beyond ? t('⚠ Doubtful, see below:', '⚠ 存疑，见下文：') : '';
  return [doubt, ...orders, rest].filter(Boolean).map((words) => words[0].toUpperCase() + words.slice(1)).join(t(' ', ''));
}

// How far out w is. The rates of the sliders and the answers of the reader are about what lies within.
function situate(moved) {
  const { now, most, drawn } = value.far, how = t(`w is ${now} from the middle of its design; the farthest of ${drawn.toLocaleString('en')} ordinary faces is ${most} away.`, `w 离该画风的中心 ${now}；${drawn} 张普通的脸中最远的为 ${most}。`);
  place.hidden = !moved;
  flag.textContent = value.beyond ? t(' ⚠ beyond practice', ' ⚠ 超出练习范围') : '';
  place.classList.toggle('beyond', value.beyond);
  place.replaceChildren(...(value.beyond ? [node('strong', {}, t('⚠ Farther out than anything the forger has practised. ', '⚠ 比伪造者练习过的任何东西都远。')), how,
    t(' Out here the picture may be no face any more, and the reader, which knows only faces, answers all the same: trust your eyes.', ' 在这里，图片可能已不再是脸；只认识脸的阅读器却照样回答：请相信自己的眼睛。')] : [how]));
}

function draw() {
  value = props.value;
  if (!value?.before) { stage.replaceChildren(...(value?.few === 0 ? [node('p.gan-empty', {}, t('Your hands are empty: click a picture on the wall first.', '手里是空的：请先点墙上的一张图片。'))] : [])); return; }
  if (!stage.contains(root)) stage.replaceChildren(root);
  const known = JSON.stringify(value.axes);
  if (known !== names) {
    names = known;
    rows = {};
    sliders.replaceChildren(...(value.axes.length ? [node('p.hint', {}, t('The rates below are of one direction alone, at +1 or −1, on 400 ordinary pictures. They count what the reader says, and it has an answer for a spoilt picture, too.',
      '下面的比率：只用一个方向，强度 +1 或 −1，在 400 张普通图片上统计。算的是阅读器说的话，而画坏了的图它也照样回答。')), ...value.axes.map(slider)]
      : [node('p.hint', {}, t('This forger came without named axes.', '这个伪造者没有有名字的方向。'))]));
    pending = null;
  }
  const kept = document.activeElement?.getAttribute?.('aria-label');
  if (pending === null || pending === [value.text, value.asks].join()) wanted = { ...value.asked };
  const heard = value.wishes.filter((one) => one.heard), deaf = value.wishes.filter((one) => !one.heard), unheard = (k, between) => deaf.map((one) => `${one.name[k]} (${Math.round(one.obeyed)} %; ${Math.round(one.chance)})`).join(between);
  asks.replaceChildren(...(heard.length ? [node('h4', {}, t('Ask for it', '直接要求')),
    node('p.hint', {}, t('Some numbers of the noise each decide one attribute; the ring is round what they ask for. Ask for something else: in the noise only that number is set anew. The picture is painted from all of them together, and may change elsewhere. ✓ and ✗ are what the reader sees in this picture; the rate is of 1,500 others.',
      '噪声中有几个数各决定一项属性；圈出的是它们所要求的。要求别的值：噪声里只重设那一个数。但图片由所有的数一起画成，别处也可能改变。✓ 和 ✗ 是阅读器在这张图里看到的；比率来自另外 1500 张图。')),
    ...heard.map(wish), ...(deaf.length ? [node('p.hint', {}, t(`The noise also decides ${unheard(0, ', ')}, but the forger has not learned to listen. In brackets: how often it does as asked, and how often always giving the commonest would.`,
      `噪声也决定${unheard(1, '、')}，但伪造者还没学会听。括号里：照办的比例，以及总给最常见的那个会有的比例。`))] : []), node('h4', {}, t('Or push along a direction', '或沿一个方向推'))] : []));
  if (kept && !root.contains(document.activeElement)) [...asks.querySelectorAll('button')].find((one) => one.getAttribute('aria-label') === kept)?.focus();
  // an answer to what the sliders say, or to what they said before a later move, does not move them
  if (pending === null) for (const [name, row] of Object.entries(rows)) row.set(value.changes[name] ?? 0);
  if (pending === null || pending === [value.text, value.asks].join()) {
    pending = null;
    announce('gan-axes', said());
    announce('gan-asks', asked());
  }
  before.src = value.before;
  after.src = value.url;
  before.alt = t(`the picture ${value.held}`, `图片 ${value.held}`);
  const moved = [value.asks, value.text].filter(Boolean).join(', ');
  after.alt = moved ? t(`the same, moved: ${moved}`, `同一张，移动后：${moved}`) : before.alt;
  facts.textContent = !moved ? (heard.length ? t('Ask for something, or move a slider', '提一个要求，或移动一个滑块') : t('Move a slider', '移动一个滑块')) : headline();
  situate(moved);
  list.replaceChildren(...value.read.map(bar), node('li.hint', {}, t('What the reader finds most likely now; the upright mark is what it gave the same answer before.', '阅读器现在认为最可能的；竖线是它之前给同一答案的概率。')));
}
watch('value', draw);
draw();
