// What is said of the laboratory in the plane: phases, verdicts, figures and what they mean, curves. The first of the
// three files that make up the view, see demos/gan/lab.py; `shown` and `plots` stand in the last, views/plane.js.
const { node, t, chart } = window.gallery;
const RAISED = '⁰¹²³⁴⁵⁶⁷⁸⁹', NONE = '–';
const count = (n) => n.toLocaleString('en');
// A number as people write it: 4.3 × 10⁹ and not 4.3e+9.
function few(x, digits = 2) {
  const [front, power] = x.toExponential(1).split('e+'), large = Math.abs(x) >= 1e4;
  return (large && power > 5 ? `${front} × 10${[...power].map((digit) => RAISED[digit]).join('')}` : large ? count(Math.round(x)) : x.toFixed(digits)).replace('-', '−');
}

const PHASES = {
  ready: t('○ not begun: press Play', '○ 还没开始：请按播放'), running: t('● they play', '● 对弈中'), paused: t('❚❚ paused', '❚❚ 已暂停'),
  rest: t('❚❚ a minute is up: Play goes on', '❚❚ 一分钟到了：按播放继续'), refused: t('⚠ stopped', '⚠ 已停止'),
  burst: t('⚠ stopped: it has diverged. Choose smaller learning rates and press Play', '⚠ 已停止：训练发散了。请调小学习率，再按播放'),
  failed: t('⚠ stopped by an error: press Play to go on', '⚠ 因出错而停止：按播放继续'),
};
const SIDES = { d: t('detective’s turn: the map is redrawn', '侦探的回合：重画地图'), g: t('forger’s turn: its points follow the arrows', '伪造者的回合：点沿箭头移动') };
const CROWD = t('⚠ Mode collapse: the forged points crowd into a small part of the plane.', '⚠ 模式崩溃：伪点都挤在平面的一小块地方。');
const WORDS = {
  ready: t('Nobody has learned anything yet: the forger’s points lie in one heap, the detective’s map is chance.', '谁都还没学：伪造者的点挤成一堆，侦探的地图全凭偶然。'),
  early: t('First skirmishes.', '刚刚交手。'),
  learning: t('Still in the game: the points are on their way.', '还在较量：点在路上。'),
  collapsed: CROWD,
  'collapsed-guessing': CROWD + t(' And the detective only guesses: it gives forged and genuine points about the same marks.', '而且侦探只是在猜：给真点和伪点的分数差不多。'),
  guessing: t('⚠ The detective only guesses: it gives forged and genuine points about the same marks, so hardly an arrow shows the forger a way.', '⚠ 侦探只是在猜：给真点和伪点的分数差不多，几乎没有箭头给伪造者指路。'),
  vanished: t('⚠ The detective is too good: it tells all apart, hardly anything pulls, the forger learns nothing.', '⚠ 侦探太强：真伪全分得清，几乎没有拉力，伪造者什么也学不到。'),
  covered: t('✓ The places are found. How sharply, JS tells.', '✓ 地方都找到了。有多准，看 JS。'),
  matched: t('✓ As near as can be told from so many points: the detective can only guess.', '✓ 凭这么多点已分不出差别：侦探只能猜。'),
};
const probability = (loss) => loss.endsWith('saturating');

// Name of each figure, and what it means.
const FIGURES = {
  modes: [t('places served', '有点的地方'), t('The genuine points come from so many places (the circles). A place is served if at least a fifth of its fair share of forged points lies near it.', '真点来自这么多处（图中的圆圈）。一处附近的伪点达到应得份额的五分之一，就算有点。')],
  near: [t('points near one', '靠近的点'), t('The share of forged points that lie near one of these places.', '靠近其中某一处的伪点所占的比例。')],
  variety: [t('variety', '多样性'), t('Over how many little squares of the plane the forged points spread, compared with the genuine ones. 100 %: over as many. Far less: all in a few spots. Far more: smeared over places where nothing genuine lies.', '伪点散布在平面的多少个小格里，与真点相比。100 %：一样多。少得多：都挤在几处。多得多：抹到了没有真点的地方。')],
  js: [t('JS, nats', 'JS 散度（纳特）'), t('How far the two clouds of points are apart (Jensen-Shannon divergence): 0 if they are alike, 0.693 if they have no place in common. A nat is a unit of information, 1.44 bits. “Best” is what as many genuine points would reach: chance alone sets them a little apart.', '两团点相差多远（Jensen-Shannon 散度）：一样为 0，毫无重叠为 0.693。纳特是信息的单位，等于 1.44 比特。“最好”是同样多的真点能达到的值：光凭偶然也会差一点。')],
  kl: [t('KL, nats', 'KL 散度（纳特）'), t('How surprising the genuine points are to somebody who knows only the forged ones (Kullback-Leibler divergence). 0: not at all. It is large if forged points are missing where genuine ones lie.', '只见过伪点的人看到真点会有多惊讶（Kullback-Leibler 散度）。0：毫不惊讶。有真点的地方缺少伪点，它就大。')],
  of_real: [t('D(x), genuine', 'D(x)，真'), t('What the detective says of genuine points, on average: 1 is “surely genuine”, 0.5 a mere guess. Least squares, Wasserstein and hinge give marks instead (“verdict”): the higher, the more genuine.', '侦探对真点的平均看法：1 是“肯定是真的”，0.5 纯属猜测。最小二乘、Wasserstein 和合页损失改为打分（“判断”）：越高越真。')],
  of_fake: [t('D(G(z)), forged', 'D(G(z))，伪'), t('The same of forged points: 0 if all are caught, 0.5 if it guesses, 1 if all pass as genuine.', '对伪点的平均看法：全被识破为 0，猜测为 0.5，全当成真的为 1。')],
  d_loss: [t('loss of detective', '侦探的损失'), t('What the detective makes as small as it can. Where D is a probability, 1.39 (2 ln 2) means that it guesses, 0 that it is always right.', '侦探要尽量减小的数。当 D 是概率时，1.39（2 ln 2）表示在猜，0 表示全对。')],
  g_loss: [t('loss of forger', '伪造者的损失'), t('What the forger makes as small as it can. Each loss depends on how good the other side is, so neither tells how good the points are.', '伪造者要尽量减小的数。每一方的损失都取决于对方有多强，所以两者都不说明点画得好不好。')],
  pull: [t('pull, median', '拉力中位数'), t('How steeply the detective’s opinion rises where a forged point lies; half of the points are pulled more, half less. These are the arrows: near 0 nothing tells the forger where to go.', '伪点所在处侦探的看法上升得有多陡；一半的点受到更大的拉力，一半更小。它就是箭头：接近 0 时，没有什么告诉伪造者往哪走。')],
};
const meaning = node('details.plane-meaning', {}, node('summary', {}, t('What the figures mean', '这些数是什么意思')),
  node('dl', {}, ...Object.values(FIGURES).flatMap(([name, what]) => [node('dt', {}, name), node('dd', {}, what)])));
const fact = (key, value, more = '', name = FIGURES[key][0]) => node('div', { title: FIGURES[key][1] }, node('dt', {}, name), node('dd', {}, value, more ? node('span', {}, more) : null));

// What sets one of two runs apart from the other; the loss, if nothing does.
const SHORT = { loss: t('loss', '损失'), noise: t('noise', '噪声'), r1: 'R1', depth: t('layers', '层数'), width: t('width', '宽度'), optimiser: t('optimiser', '优化器'), rate: t('rate', '学习率'), steps: t('steps', '步数') };
function differing(settings) {
  const others = shown.value.runs.map((run) => run.settings), own = Object.keys(settings).filter((name) => others.some((other) => other[name] !== settings[name]));
  const called = (name) => (name in SHORT ? SHORT[name] : `${name[0].toUpperCase()} ${SHORT[name.slice(2)]}`);
  return own.length ? own.map((name) => (name === 'loss' ? settings.loss : `${called(name)} ${settings[name]}`)).join(', ') : settings.loss;
}

function tellRun(one, run, letter) {
  const { numbers } = run, all = run.served.length, verdict = !probability(run.settings.loss);
  const now = (value) => (run.said ? NONE : value), loss = (x) => (x === null ? NONE : now(few(x)));  // what has diverged has no figures, nor who has had no step losses
  one.title.textContent = letter ? `${letter} · ${differing(run.settings)}` : '';
  one.word.textContent = run.said ? '⚠ ' + t(...run.said) : WORDS[run.word] + (['learning', 'covered'].includes(run.word) ? t(` ${numbers.modes} of ${all} places are served.`, `${all} 处中 ${numbers.modes} 处有点。`) : '');
  one.word.dataset.word = one.square.dataset.word = run.word;
  one.facts.replaceChildren(
    fact('modes', now(`${numbers.modes} / ${all}`)), fact('near', now((100 * numbers.near).toFixed(0) + ' %')), fact('variety', now((100 * numbers.variety).toFixed(0) + ' %'), t('of genuine', '相对真点')),
    fact('js', now(few(numbers.js, 3)), t(`best ${shown.value.least[0].toFixed(3)}`, `最好 ${shown.value.least[0].toFixed(3)}`)),
    fact('kl', now(few(numbers.kl)), t(`best ${shown.value.least[1].toFixed(2)}`, `最好 ${shown.value.least[1].toFixed(2)}`)),
    fact('of_real', now(few(numbers.of_real)), '', verdict ? t('verdict, genuine', '判断，真') : undefined), fact('of_fake', now(few(numbers.of_fake)), '', verdict ? t('verdict, forged', '判断，伪') : undefined),
    fact('d_loss', loss(numbers.d_loss)), fact('g_loss', loss(numbers.g_loss)),
    fact('pull', now(run.pull < 0.01 ? run.pull.toPrecision(1) : few(run.pull))));
  const where = run.said ? '' : t(`${numbers.modes} of ${all} places are served, ${(100 * numbers.near).toFixed(0)} % of the forged points lie near one, JS ${numbers.js.toFixed(3)}. `,
    `${all} 处中 ${numbers.modes} 处有点，${(100 * numbers.near).toFixed(0)} % 的伪点靠近其中一处，JS ${numbers.js.toFixed(3)}。`);
  one.canvas.setAttribute('aria-label', t(`The plane after ${count(run.iterations)} iterations. `, `${count(run.iterations)} 次迭代后的平面。`) + where + one.word.textContent);
}

const AT = { d_loss: 1, g_loss: 2, of_real: 3, of_fake: 4, js: 5, kl: 6, modes: 7, near: 8 }, COLUMNS = 10;
function curves() {
  const runs = shown.runs, name = (k) => (runs.length > 1 ? ' AB'[k + 1] : ''), xName = t('iteration', '迭代');
  const line = (one, key, label, tone, scale = 1) => ({ name: label, tone, points: one.curve.map((row) => [row[0], scale * row[AT[key]]]) });
  const modes = 100 / (shown.value.runs[0].served.length || 1), D = t('detective', '侦探'), G = t('forger', '伪造者');
  const make = (yName, series) => chart({ series, xName, yName, height: 190, width: 310 });
  if (!runs[0].curve.length) { plots.replaceChildren(); return; }
  if (runs.length > 1) {
    const both = (yName, key, scale) => make(yName, runs.map((one, k) => line(one, key, name(k), k, scale)));
    plots.replaceChildren(both(t('JS divergence, nats', 'JS 散度，纳特'), 'js'), both(t('places served, %', '有点的地方，%'), 'modes', modes),
      both(t('loss of the detective', '侦探的损失'), 'd_loss'), both(t('loss of the forger', '伪造者的损失'), 'g_loss'));
    return;
  }
  const [one] = runs;
  plots.replaceChildren(
    make(t('loss', '损失'), [line(one, 'd_loss', D, 0), line(one, 'g_loss', G, 1)]),
    make(probability(shown.value.runs[0].settings.loss) ? t('how sure that it is genuine', '认为是真的把握') : t('mean verdict', '平均判断'), [line(one, 'of_real', t('D(x), genuine', 'D(x)，真'), 0), line(one, 'of_fake', t('D(G(z)), forged', 'D(G(z))，伪'), 1)]),
    make(t('apart, nats', '距离，纳特'), [line(one, 'js', 'JS', 0), line(one, 'kl', 'KL', 1)]),
    make('%', [line(one, 'modes', t('places served', '有点的地方'), 0, modes), line(one, 'near', t('points near one', '靠近的点'), 1, 100)]));
}
