// The settings of a duel in the plane, of one run or of two side by side. Value: {seed, game, rival, usual}, settings of
// core/duel.py, rival null for one run; what is chosen stands in it, for whoever presses Play. Fires 'order', and 'roll'
// to start anew from other dice.
const { node, t } = window.gallery;
const stage = element.querySelector('.view') || element;
const LOSSES = [['non-saturating', t('non-saturating', '非饱和')], ['saturating', t('saturating (minimax)', '饱和（极小极大）')], ['least squares', t('least squares', '最小二乘')], ['wasserstein', t('Wasserstein + gradient penalty', 'Wasserstein + 梯度惩罚')], ['hinge', t('hinge', '合页（hinge）')]];
const NOISES = [['uniform 2', t('uniform, 2-D', '均匀，二维')], ['uniform 1', t('uniform, 1-D', '均匀，一维')], ['gaussian 2', t('Gaussian, 2-D', '高斯，二维')], ['gaussian 1', t('Gaussian, 1-D', '高斯，一维')]];
const OPTIMISERS = [['adam', 'Adam'], ['momentum', t('momentum', '动量')], ['sgd', 'SGD']];
const some = (...numbers) => numbers.map((n) => [n, String(n)]);
const side = (s) => [
  [`${s}_steps`, t('steps per iteration', '每次迭代的步数'), some(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)], [`${s}_optimiser`, t('optimiser', '优化器'), OPTIMISERS], [`${s}_rate`, t('learning rate', '学习率'), null],
  [`${s}_depth`, t('hidden layers ↻', '隐藏层 ↻'), some(1, 2, 3, 4)], [`${s}_width`, t('numbers in each ↻', '每层宽度 ↻'), some(4, 8, 16, 32, 64, 128)]];
const GROUPS = [
  [t('The game', '规则'), 'game', [['loss', t('loss', '损失'), LOSSES], ['r1', t('weight of R1', 'R1 的权重'), some(0, 0.01, 0.1, 1, 10)], ['noise', t('noise ↻', '噪声 ↻'), NOISES]]],
  [t('The detective D', '侦探 D'), 'd', side('d')], [t('The forger G', '伪造者 G'), 'g', side('g')]];
const STRONG = { d_rate: 0.01, d_steps: 5, g_rate: 0.0005 };
// name, settings of run A that differ from the usual ones, those of run B
const PRESETS = [
  [t('a fair game', '公平的对局'), {}],
  [t('mode collapse beside a fair game', '模式崩溃与公平对局'), { g_steps: 5 }, {}],
  [t('detective too strong: saturating against non-saturating', '侦探太强：饱和对非饱和'), { ...STRONG, loss: 'saturating' }, { ...STRONG }],
  [t('Wasserstein', 'Wasserstein'), { loss: 'wasserstein', d_steps: 3 }],
  [t('with R1 and without', '有无 R1'), { r1: 0.1 }, {}],
  [t('1-D noise against 2-D', '一维噪声对二维'), { noise: 'uniform 1' }, {}],
  [t('steps far too large', '步子大得离谱'), { d_rate: 1000, g_rate: 1000 }],
];
let usual = null, mine = null;

function order(rebuild) {
  props.value = { ...mine, usual };
  if (rebuild) build();
  else mark();
  trigger('order');
}
const chip = (label, onclick, more = {}) => node('button.chip', { type: 'button', onclick, ...more }, label);

function field(who, [name, label, choices], group) {
  const said = `${group}: ${label.replace(' ↻', '')}` + (mine.rival ? t(`, run ${who === 'game' ? 'A' : 'B'}`, `，${who === 'game' ? 'A' : 'B'}`) : ''), value = mine[who][name];
  const set = (to) => { mine = { ...mine, [who]: { ...mine[who], [name]: to } }; order(false); };
  if (!choices) return node('input.plane-field', { type: 'text', inputmode: 'decimal', autocomplete: 'off', list: 'plane-rates', value, 'aria-label': said, 'data-name': name,
    onchange: (e) => { const to = Number(e.target.value.replace(',', '.')); e.target.setAttribute('aria-invalid', String(!(to >= 0))); if (to >= 0 && e.target.value.trim()) set(to); } });
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

function mark() {
  for (const row of stage.querySelectorAll('.plane-row')) row.classList.toggle('other', Boolean(mine.rival) && mine.game[row.dataset.name] !== mine.rival[row.dataset.name]);
}
function build() {
  const runs = mine.rival ? ['game', 'rival'] : ['game'];
  stage.replaceChildren(node('div.plane-desk', { 'data-runs': runs.length },
    node('div.plane-presets', {}, node('span', {}, t('Try:', '试试：')), node('div.chips', {}, ...PRESETS.map(([name, game, rival]) => chip(name, () => { mine = { seed: mine.seed, game: { ...usual, ...game }, rival: rival ? { ...usual, ...rival } : null }; order(true); })))),
    node('div.plane-groups', {}, ...GROUPS.map(([title, kind, rows]) => node(`section.plane-group.${kind}`, {},
      node('h4', {}, node('span', {}, title), ...(mine.rival ? [node('b', {}, 'A'), node('b', {}, 'B')] : [])),
      ...rows.map((row) => node('div.plane-row', { 'data-name': row[0] }, node('span', {}, row[1]), ...runs.map((who) => field(who, row, title))))))),
    node('datalist', { id: 'plane-rates' }, ...[0.0001, 0.0003, 0.001, 0.002, 0.005, 0.01, 0.03, 0.1, 0.3, 1].map((rate) => node('option', { value: rate }))),
    node('div.plane-presets', {}, chip(mine.rival ? t('− one run only', '− 只要一局') : t('+ a second run beside it', '+ 旁边再开一局'), () => { mine = { ...mine, rival: mine.rival ? null : { ...mine.game } }; order(true); }, { 'aria-pressed': String(Boolean(mine.rival)) }),
      node('label.plane-seed', {}, t('seed ↻', '种子 ↻'), node('input.plane-field', { type: 'number', min: 0, max: 2147483647, value: mine.seed, onchange: (e) => sow(Math.round(e.target.valueAsNumber)) })),
      chip(t('other dice', '换个种子'), () => { if (sow(window.gallery.roll())) trigger('roll'); }),
      node('span', {}, t('↻ begins anew; all else may change while they play.', '↻ 会重新开始；其余都可以边玩边改。')))));
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
watch('value', update);
update();
