// The settings of a duel in the plane, of one run or of two side by side. Value: {seed, game, rival, usual}, settings of
// core/duel.py, rival null for one run; what is chosen stands in it, for whoever presses Play. A learning rate that is no
// number stands there as text, so that no game begins with another one than is seen. Fires 'order'; 'begin' if what was
// trained shall not go on; and 'roll' to play anew at once. Hears 'plane-preset' of views/plane_presets.js.
const { node, t } = window.gallery;
const stage = element.querySelector('.view') || element;
const LOSSES = [['non-saturating', t('non-saturating', '非饱和')], ['saturating', t('saturating (minimax)', '饱和（极小极大）')], ['least squares', t('least squares', '最小二乘')], ['wasserstein', t('Wasserstein + GP', 'Wasserstein + GP')], ['hinge', t('hinge', '合页（hinge）')]];
const NOISES = [['uniform 2', t('uniform, 2-D', '均匀，二维')], ['uniform 1', t('uniform, 1-D', '均匀，一维')], ['gaussian 2', t('Gaussian, 2-D', '高斯，二维')], ['gaussian 1', t('Gaussian, 1-D', '高斯，一维')]];
const OPTIMISERS = [['adam', 'Adam'], ['momentum', t('momentum', '动量')], ['sgd', 'SGD']];
const some = (...numbers) => numbers.map((n) => [n, String(n)]);
const side = (s) => [
  [`${s}_steps`, t('steps per iteration', '每次迭代的步数'), some(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)], [`${s}_optimiser`, t('optimiser', '优化器'), OPTIMISERS], [`${s}_rate`, t('learning rate', '学习率'), null],
  [`${s}_depth`, t('hidden layers ↻', '隐藏层 ↻'), some(1, 2, 3, 4)], [`${s}_width`, t('numbers in each ↻', '每层宽度 ↻'), some(4, 8, 16, 32, 64, 128)]];
const GROUPS = [
  [t('The game', '规则'), 'game', [['loss', t('loss', '损失'), LOSSES], ['r1', t('weight of R1', 'R1 的权重'), some(0, 0.01, 0.1, 1, 10)], ['noise', t('noise ↻', '噪声 ↻'), NOISES]]],
  [t('The detective D', '侦探 D'), 'd', side('d')], [t('The forger G', '伪造者 G'), 'g', side('g')]];
const MEANING = {
  loss: [t('loss', '损失'), t('The rule by which both sides are marked: what each makes as small as it can.', '给双方打分的规则：各自要尽量减小的数。')],
  r1: [t('weight of R1', 'R1 的权重'), t('A fine for the detective if its opinion is steep where genuine points lie. It keeps the map smooth and the game calm; 0 means no fine.', '如果侦探的看法在真点处很陡，就罚它。这让地图平缓、对局平稳；0 表示不罚。')],
  noise: [t('noise', '噪声'), t('The random numbers that the forger turns into points: one or two for each point, all equally likely (uniform) or mostly near 0 (Gaussian).', '伪造者变成点的随机数：每个点一个或两个，处处机会均等（均匀）或多在 0 附近（高斯）。')],
  steps: [t('steps per iteration', '每次迭代的步数'), t('How often this side learns before it is the other’s turn.', '轮到对方之前，这一方学习几次。')],
  optimiser: [t('optimiser', '优化器'), t('How a slope becomes a step: SGD just goes downhill, momentum keeps some of its speed, Adam also measures each step by how steep it has been so far.', '坡度怎样变成步子：SGD 直接下坡，动量保留一部分速度，Adam 还按以往的坡度调整每一步。')],
  rate: [t('learning rate', '学习率'), t('How large the steps are. Too small: nothing happens. Too large: it overshoots, and the run may burst.', '步子有多大。太小：毫无进展。太大：走过头，训练可能发散。')],
  depth: [t('hidden layers', '隐藏层'), t('Layers of the network between what comes in and what comes out.', '网络输入与输出之间的层数。')],
  width: [t('numbers in each', '每层宽度'), t('How many numbers each of these layers holds: more can draw finer shapes.', '每个隐藏层有多少个数：越多，能画的形状越精细。')],
  seed: [t('seed', '种子'), t('All chance comes from this number: the same seed, the same game.', '所有的偶然都来自这个数：种子相同，对局就相同。')],
};
let usual = null, mine = null;

function order(rebuild, event = 'order') {
  props.value = { ...mine, usual };
  if (rebuild) build();
  else mark();
  trigger(event);
}
const chip = (label, onclick, more = {}) => node('button.chip', { type: 'button', onclick, ...more }, label);

function field(who, [name, label, choices], group) {
  const said = `${group}: ${label.replace(' ↻', '')}` + (mine.rival ? t(`, run ${who === 'game' ? 'A' : 'B'}`, `，${who === 'game' ? 'A' : 'B'}`) : ''), value = mine[who][name];
  const set = (to) => { mine = { ...mine, [who]: { ...mine[who], [name]: to } }; order(false); };
  if (!choices) return node('input.plane-field', { type: 'text', inputmode: 'decimal', autocomplete: 'off', list: 'plane-rates', value, 'aria-label': said, 'data-name': name, 'data-who': who, 'aria-describedby': `plane-wrong-${name}`,
    onchange: (e) => { const to = rate(e.target.value); e.target.value = to; set(to); } });
  const known = choices.some(([to]) => to === value) ? choices : [...choices, [value, String(value)]];
  return node('select.plane-field', { 'aria-label': said, 'data-name': name, onchange: (e) => set(known[e.target.selectedIndex][0]) },
    ...known.map(([to, text]) => node('option', { value: to, selected: to === value }, text)));
}

// Another seed, if it is one.
function sow(seed) {
  if (!(seed >= 0 && seed < 2 ** 31)) { build(); return false; }
  mine = { ...mine, seed };
  order(true);
  return true;
}

// A learning rate as a number, with a point or a comma; what is none stays the text that it is.
const MOST = 1e9;
function rate(text) {
  const plain = text.trim().replace(',', '.'), to = Number(plain);
  return /^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) && to <= MOST ? to : text.trim();
}

function mark() {
  for (const input of stage.querySelectorAll('input[data-who]')) input.setAttribute('aria-invalid', String(typeof mine[input.dataset.who][input.dataset.name] === 'string'));
  for (const note of stage.querySelectorAll('.plane-wrong')) {
    const wrong = [mine.game, mine.rival].map((game) => game?.[note.dataset.of]).filter((value) => typeof value === 'string');
    note.textContent = wrong.length ? t(`“${wrong[0]}” is no number from 0 to ${MOST.toLocaleString('en')}. Type one such as 0.002; until then nobody plays.`, `“${wrong[0]}”不是 0 到 ${MOST.toLocaleString('en')} 之间的数。请输入如 0.002 这样的数；在此之前不开局。`) : '';
  }
  for (const row of stage.querySelectorAll('.plane-row')) row.classList.toggle('other', Boolean(mine.rival) && mine.game[row.dataset.name] !== mine.rival[row.dataset.name]);
}
function build() {
  const runs = mine.rival ? ['game', 'rival'] : ['game'];
  stage.replaceChildren(node('div.plane-desk', { 'data-runs': runs.length },
    node('div.plane-groups', {}, ...GROUPS.map(([title, kind, rows]) => node(`section.plane-group.${kind}`, {},
      node('h4', {}, node('span', {}, title), ...(mine.rival ? [node('b', {}, 'A'), node('b', {}, 'B')] : [])),
      ...rows.map((row) => node('div.plane-row', { 'data-name': row[0], title: MEANING[row[0].replace(/^[dg]_/, '')][1] }, node('span', {}, row[1]), ...runs.map((who) => field(who, row, title)),
        row[2] ? null : node('small.plane-wrong', { id: `plane-wrong-${row[0]}`, role: 'status', 'data-of': row[0] })))))),
    node('datalist', { id: 'plane-rates' }, ...[0.0001, 0.0003, 0.001, 0.002, 0.005, 0.01, 0.03, 0.1, 0.3, 1].map((rate) => node('option', { value: rate }))),
    node('div.plane-presets', {}, chip(mine.rival ? t('− one run only', '− 只要一局') : t('+ a second run beside it', '+ 旁边再开一局'), () => { mine = { ...mine, rival: mine.rival ? null : { ...mine.game } }; order(true); }, { 'aria-pressed': String(Boolean(mine.rival)) }),
      node('label.plane-seed', {}, t('seed ↻', '种子 ↻'), node('input.plane-field', { type: 'number', min: 0, max: 2147483647, value: mine.seed, onchange: (e) => sow(Math.round(e.target.valueAsNumber)) })),
      chip(t('other dice', '换个种子'), () => { if (sow(window.gallery.roll())) trigger('roll'); }),
      node('span', {}, t('↻ begins anew; all else may change while they play.', '↻ 会重新开始；其余都可以边玩边改。'))),
    node('details.plane-meaning', { open: stage.querySelector('.plane-meaning')?.open }, node('summary', {}, t('What the settings mean', '这些设置是什么意思')),
      node('dl', {}, ...Object.values(MEANING).flatMap(([name, what]) => [node('dt', {}, name), node('dd', {}, what)])))));
  mark();
}
function update() {
  const value = props.value;
  if (!value?.game) return;
  usual ||= { ...value.usual };
  if (mine && JSON.stringify([mine.seed, mine.game, mine.rival]) === JSON.stringify([value.seed, value.game, value.rival])) return;
  mine = { seed: value.seed, game: { ...value.game }, rival: value.rival && { ...value.rival } };
  build();
}
window.addEventListener('plane-preset', ({ detail: { game, rival } }) => {
  if (!usual) return;
  mine = { seed: mine.seed, game: { ...usual, ...game }, rival: rival ? { ...usual, ...rival } : null };
  order(true, 'begin');
  trigger('roll');
});
watch('value', update);
update();
