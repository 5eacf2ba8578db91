// Watch it learn, watch it fail. Three values, see demos/gan/learn.py: {runs, notes} is the record of two trainings;
// {young, pieces} what forgers of many ages make of the held noise; {meter} what is counted in fresh pictures.
const { node, t, chart, calm, percent } = window.gallery;
const stage = element.querySelector('.view') || element;
const PACE = 900;
const STATES = {
  healthy: ['●', t('healthy', '健康')], narrowing: ['◐', t('narrowing', '正在变窄')], collapsed: ['○', t('collapsed', '已坍缩')],
  counting: ['…', t('counting', '还在数')], early: ['…', t('fewer kinds than genuine', '种类少于真图')], unknown: ['?', t('nothing to compare with', '没有可比的')],
};
const NAMES = { avatars: t('The fair run', '公平的训练'), collapsed: t('The run that collapses', '坍缩的训练') };
const steps = (n) => n.toLocaleString();

function badge(state, share) {
  const [sign, words] = STATES[state];
  return node(`b.twin-state.${state}`, {}, `${sign} ${words}`, share == null ? '' : node('small', {}, ' ' + t(`${percent(Math.min(share, 9))} of the variety of genuine ones`, `多样性为真图的 ${percent(Math.min(share, 9))}`)));
}

// A measure as a bar; full is the length of the rail, usual where genuine pictures would be.
function gauge(name, value, full, usual, words, title = '') {
  const at = (x) => `${Math.max(0, Math.min(100, 100 * x / full)).toFixed(1)}%`;
  return node('div.twin-gauge', { title }, node('span', {}, name),
    node('span.twin-rail', {}, node('i', { style: `width:${at(value)}` }), usual == null ? null : node('u', { style: `left:${at(usual)}` })),
    node('span.twin-gauge-value', {}, words));
}

function gauges({ effective, missing, spread }, { classes, usual, far }) {
  const top = classes || Math.max(effective, usual || 0), of = (x, y, digits) => (y == null ? x.toFixed(digits) : `${x.toFixed(digits)} / ${y.toFixed(digits)}`);
  return node('div.twin-gauges', {},
    gauge(t('kinds, as if all were equally frequent', '种类数（折算为同样常见）'), effective, top, usual, of(effective, usual, 1), t('As many equally frequent kinds would be as varied: exp(entropy).', '同样多样的等频种类数：exp(熵)。')),
    gauge(t('kinds that never occur', '从不出现的种类'), missing, top, null, classes ? `${missing} / ${classes}` : missing),
    gauge(t('mean distance of two pictures', '两张图的平均距离'), spread, Math.max(spread, far || 0) * 1.1 || 1, far, of(spread, far, 2)));
}

function seen(run, shot) {
  const now = shot.step;
  if (run.spoilt != null && now > run.spoilt) return t(
    `From step ${steps(run.spoilt)} on the detective moves only in every ${run.lag}th step, and nothing holds its slope down. The forger runs to whatever this sleepy detective likes best, again and again: of each design one face remains.`,
    `从第 ${steps(run.spoilt)} 步起，侦探每 ${run.lag} 步才动一次，坡度也不再受约束。伪造者一次次奔向这个昏睡的侦探最喜欢的东西：每种画风只剩下一张脸。`);
  if (run.spoilt != null && now === run.spoilt) return t('The last moment of the fair game. From here on the detective is nearly put to sleep.', '公平游戏的最后一刻。从这里起，侦探几乎被催眠。');
  if (now === 0) return t('Nothing is learned yet: noise goes in, and colours without a form come out.', '什么还没学到：进去的是噪声，出来的是没有形状的颜色。');
  if (run.wishes != null && now > run.wishes) return t(
    `From step ${steps(run.wishes)} on nine numbers of the noise each decide one attribute. Both detectives are told what was asked for, and each picture is compared, coarsely, with a genuine one of the same attributes. Kinds that had never come are painted now, because the noise asks for all of them, each as often as it should.`,
    `从第 ${steps(run.wishes)} 步起，噪声中有九个数各决定一项属性。两位侦探都知道要求是什么，每张图还与一张属性相同的真图粗略比较。从未出现过的种类现在也画了，因为噪声会要求每一种，频率也正如应有。`);
  if (run.again != null && now > run.again) return t(
    `At step ${steps(run.again)} a second detective joined. It looks with the eyes of the ImageNet classifier, which knows lines and parts: pictures became clean, and those that are clean come more often, so fewer kinds occur than before.`,
    `第 ${steps(run.again)} 步起又来了一位侦探。它用 ImageNet 分类器的眼睛看图，认得线条与部件：画面变干净了，而画得干净的那些出现得更多，所以种类反而比之前少。`);
  if (shot.state === 'early' && now >= 3000) return t('Faces by now. What is missing are kinds: some cuts of hair and grounds never come.', '已经是脸了。缺的是种类：有些发型与背景从不出现。');
  if (shot.state === 'early') return t('First colours, then heads, then eyes: what the detective notices first, the forger learns first.', '先是颜色，再是头，再是眼睛：侦探最先注意什么，伪造者就最先学会什么。');
  if (shot.state === 'narrowing') return t('Whole kinds of faces come more rarely than they should.', '有些种类的脸出现得太少了。');
  return t('Different noise, different faces: both keep up with each other, and neither wins.', '噪声不同，脸也不同：双方势均力敌，谁也没有赢。');
}

// One training: wall, slider, meter, curves. Returns its element, its moments in steps, and a function that goes to the
// last of them that is not after a step.
function training(run) {
  const { stages, columns, curve } = run, last = stages.length - 1, fair = run.spoilt == null;
  let at = last;
  const picture = node('img'), grid = node('div.twin-cells', { style: `--columns:${columns}` }), facts = node('p.twin-facts', { role: 'status' });
  const words = node('p.hint'), state = node('div.twin-meter'), plots = node('div.twin-plots');
  const slider = node('input.timeline-slider', { type: 'range', min: 0, max: last, step: 1, 'aria-label': t(`${NAMES[run.run]}: moment`, `${NAMES[run.run]}：时刻`), oninput: () => { at = +slider.value; show(); } });
  picture.onload = () => {  // one cell for each picture; in the collapsed run the noise belongs to another forger
    const count = fair && run.kinds ? columns * Math.round(columns * picture.naturalHeight / picture.naturalWidth) : 0;
    if (grid.childElementCount === count) return;
    grid.replaceChildren(...Array.from({ length: count }, (_, seed) => node('button', { type: 'button', tabindex: seed ? -1 : 0,
      'aria-label': t(`hold face ${seed + 1}`, `拿起第 ${seed + 1} 张脸`), onclick: () => trigger('hold', { piece: `${seed}.${seed % run.kinds}.100` }) })));
  };
  grid.onkeydown = (e) => {
    const way = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[e.key];
    const cells = [...grid.children], next = cells[cells.indexOf(document.activeElement) + way];
    if (!way || !next) return;
    e.preventDefault();
    cells.forEach((cell) => { cell.tabIndex = cell === next ? 0 : -1; });
    next.focus();
  };
  const line = (name, column, tone) => ({ name, tone, points: curve.map((row) => [row[0], row[column]]) });
  function show() {
    const shot = stages[at], { step } = shot, about = run.reference || {};
    slider.value = at;
    slider.setAttribute('aria-valuetext', t(`step ${step}`, `第 ${step} 步`));
    picture.src = shot.sheet;
    picture.alt = t(`${NAMES[run.run]}: faces from the same noise after ${steps(step)} steps`, `${NAMES[run.run]}：${steps(step)} 步后同样噪声的脸`);
    facts.replaceChildren(node('b', {}, t(`step ${steps(step)}`, `第 ${steps(step)} 步`)), badge(shot.state, shot.share));
    words.textContent = seen(run, shot);
    state.replaceChildren(gauges(shot, { classes: run.classes, usual: about.effective, far: about.spread }));
    const ends = [curve[0][0], Math.max(curve.at(-1)[0], stages[last].step)], plot = { xName: t('step', '步'), marks: [step], ...(innerWidth < 760 ? { height: 160, width: 350 } : { height: 170, width: 480 }) };
    plots.replaceChildren(
      chart({ ...plot, yName: t('loss', '损失'), series: [line(t('detective', '侦探'), 1, 0), line(t('forger', '伪造者'), 2, 1)] }),
      chart({ ...plot, yName: t('how real the detective finds them', '侦探认为有多真'), series: [line(t('D(x), genuine', 'D(x)，真图'), 3, 0), line(t('D(G(z)), forged', 'D(G(z))，伪图'), 4, 1),
        { name: t('equilibrium, 0.5', '均衡，0.5'), tone: 'level', points: ends.map((x) => [x, 0.5]) }] }),
      chart({ ...plot, yName: t('Fréchet distance to genuine pictures', '到真图的 Fréchet 距离'), series: [{ name: t('less is better', '越小越好'), tone: 0, points: stages.map((one) => [one.step, one.frechet]) }] }));
  }
  show();
  const room = node('section.twin-run', { 'aria-label': NAMES[run.run] }, node('h3', {}, NAMES[run.run]), facts, node('div.twin-sheet', {}, picture, grid), slider, words, state, plots);
  const marks = stages.map((one) => one.step);
  return { room, marks, go: (step) => { at = Math.max(0, marks.findLastIndex((mark) => mark <= step)); show(); } };
}

function reading(runs) {
  const { healthy, collapsed, count, reference } = runs[0], of = !reference ? t('nothing', '无') : reference.of === 'genuine'
    ? t('genuine pictures', '真图') : t('the end of the fair run', '公平训练的结尾');
  const rows = [
    t('Losses: they are not a measure of quality. Each player’s loss depends on how good the other is, so both may stay level while the pictures get better.', '损失：它不衡量质量。每一方的损失取决于对方有多强，所以图片越来越好时两条线也可能不动。'),
    t('D(x) and D(G(z)): how probable the detective finds it that genuine and forged pictures are genuine. A detective that can no longer tell says 0.5 to both: D(x) = D(G(z)) = 0.5 is the equilibrium. Real trainings stop short of it; the gap is what the detective still knows.', 'D(x) 与 D(G(z))：侦探认为真图和伪图是真图的概率。再也分不出来的侦探对两者都说 0.5：D(x) = D(G(z)) = 0.5 就是均衡。真实训练到不了那里；两线之差就是侦探还知道的东西。'),
    t(`Fréchet distance: how far the features of ${steps(count)} forged pictures are from those of genuine ones, in mean and in spread. It rises when pictures get worse or too alike.`, `Fréchet 距离：${steps(count)} 张伪图的特征在均值和分散程度上离真图有多远。图变差或太相似时它都会上升。`),
    t(`Mode-collapse meter: a reader names design, hair and background of ${steps(count)} pictures. The share is the lower of two: effective classes and mean distance (in features of an ImageNet classifier), each divided by that of ${of} (the mark on the rail). Healthy from ${percent(healthy)}, collapsed below ${percent(collapsed)} or, once the game is spoilt, below half of what there was; narrowing between. It sees only kinds: whether faces within a kind differ as genuine ones do is recall, in the model card. Fewer pictures meet fewer kinds, so counts of 256, 500 and 1,500 pictures differ.`, `模式坍缩仪表：一个识别器说出 ${steps(count)} 张图的画风、头发和背景。百分比取两者中较小的：有效类别数，和平均距离（ImageNet 分类器的特征），各除以${of}的值（横杆上的刻度）。${percent(healthy)} 起为健康，低于 ${percent(collapsed)}，或在捣乱之后不到原先的一半，为坍缩；之间为变窄。它只看种类：同一种类里的脸是否像真图那样各不相同，看模型卡片里的召回率。图片少，遇到的种类也少，所以 256、500 和 1,500 张的计数各不相同。`)];
  return node('details.twin-reading', {}, node('summary', {}, t('What the curves and the meter say', '曲线和仪表说明什么')), node('ul', {}, ...rows.map((row) => node('li', {}, row))));
}

let player = null;
function record({ runs, notes }) {
  const both = runs.map(training);
  const play = node('button.chip', { type: 'button', onclick: () => (player ? rest() : begin()) }, t('▶ play both', '▶ 一起播放'));
  function rest() { clearInterval(player); player = null; play.textContent = t('▶ play both', '▶ 一起播放'); }
  function begin() {
    const marks = [...new Set(both.flatMap((one) => one.marks))].sort((a, b) => a - b);
    const next = () => { const step = marks.shift(); both.forEach((one) => one.go(step)); if (!marks.length) rest(); };
    play.textContent = t('❚❚ pause', '❚❚ 暂停');
    player = setInterval(next, calm() ? 2 * PACE : PACE);
    next();
  }
  clearInterval(player); player = null;
  return [...notes.map((note) => node('p.hint.twin-missing', {}, t(...note))),
    both.length ? node('div.twin-bar', {}, play) : null, node('div.twin-runs', {}, ...both.map((one) => one.room)), both.length ? reading(runs) : null];
}

function family({ young, pieces }) {
  if (!pieces.length) return [node('p.hint', {}, t('Hold a picture, and forgers of all ages draw its noise here.', '拿起一张图，各个年龄的伪造者就会在这里画它的噪声。'))];
  const title = (run, step) => (run === 'collapsed' ? t(`collapsed, step ${steps(step)}`, `坍缩，第 ${steps(step)} 步`)
    : step == null ? t('the finished forger', '学成的伪造者') : t(`step ${steps(step)}`, `第 ${steps(step)} 步`));
  return [node('h3', {}, t('The same noise, younger forgers', '同样的噪声，更年轻的伪造者')),
    node('div.twin-young', {}, ...young.map(([run, step, urls]) => node(`figure.${run}`, {}, node('figcaption', {}, title(run, step)),
      ...urls.map((src, i) => node('img', { src, alt: t(`noise ${pieces[i]}, ${title(run, step)}`, `噪声 ${pieces[i]}，${title(run, step)}`) })))))];
}

const HAIR = { none: t('no hair', '无发'), short: t('short hair', '短发'), long: t('long hair', '长发') };
const GROUND = { sky: t('sky', '天蓝'), violet: t('violet', '紫'), rose: t('rose', '玫瑰'), peach: t('peach', '桃色'), mint: t('mint', '薄荷'), lemon: t('lemon', '柠檬') };

function histogram(row, columns, tell) {
  const { counts } = row, width = 540, height = 110, base = height - 22, [designs, hairs, grounds] = Object.values(columns), wide = width / counts.length;
  const most = Math.max(...counts, 1), inner = hairs.length * grounds.length;
  const svg = node('svg.twin-hist', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': t(`pictures of each class: at most ${most}, ${row.missing} classes have none`, `各类别的图片数：最多 ${most}，${row.missing} 类没有`) });
  counts.forEach((count, k) => {
    const h = base * count / most, name = `${designs[Math.floor(k / inner)]}, ${HAIR[hairs[Math.floor(k / grounds.length) % hairs.length]] || ''}, ${GROUND[grounds[k % grounds.length]] || grounds[k % grounds.length]}: ${count}`;
    svg.append(count ? node('rect.twin-bar-full', { x: k * wide + 0.8, y: base - h, width: wide - 1.6, height: h }) : node('text.twin-none', { x: (k + 0.5) * wide, y: base - 2, 'text-anchor': 'middle' }, '×'),
      node('rect.twin-bar-hit', { x: k * wide, y: 0, width: wide, height: base, onpointerenter: () => tell(name) }, node('title', {}, name)));
  });
  designs.forEach((name, k) => svg.append(node('line.grid', { x1: k * inner * wide, x2: k * inner * wide, y1: 0, y2: height }), node('text.tick', { x: k * inner * wide + 5, y: height - 6 }, name.replace('-', ' '))));
  return svg;
}

function counted(value) {
  if (!value.meter.length) return [node('p.hint', {}, t('The live meter: the finished forger and, beside it, the collapsed one draw 256 pictures each from the same noise, and a reader names what each shows.', '实时仪表：学成的伪造者和坍缩的伪造者用同样的噪声各画 256 张，识别器说出每张画的是什么。'))];
  const { meter, drawn, total, columns, usual, reference, compared, seed } = value, classes = meter[0].counts.length;
  return [node('p.twin-facts', { role: 'status' }, node('b', {}, t(`${drawn} of ${total} pictures each`, `各 ${drawn} / ${total} 张`)), t(`seed ${seed}`, `种子 ${seed}`)),
    node('div.twin-runs', {}, ...meter.map((row) => {
      const hover = node('p.twin-hover', {}, t('Every bar is a design with a hair and a background; × never came.', '每根柱是一种画风、头发和背景的组合；× 表示从未出现。'));
      return node('section.twin-run', {}, node('h3', {}, row.step == null ? t('The finished forger', '学成的伪造者') : t('The collapsed forger', '坍缩的伪造者')),
        node('p.twin-facts', {}, badge(drawn < total ? 'counting' : row.state)), node('div.twin-sheet', {}, node('img', { src: row.sheet, alt: t('some of the pictures', '其中一些图') })),
        histogram(row, columns, (text) => { hover.textContent = text; }), hover,
        gauges(row, { classes, usual: usual ?? null, far: reference?.spread ?? null }));
    })),
    node('p.hint', {}, t(`Marks: what ${drawn} genuine pictures would show on average; few pictures miss rare classes. Distances are of the first ${Math.min(drawn, compared)}.`, `刻度：${drawn} 张真图平均会有的值；图少时会漏掉稀有类别。距离取自前 ${Math.min(drawn, compared)} 张。`))];
}

function draw() {
  const value = props.value;
  const parts = value?.runs ? record(value) : value?.young ? family(value) : value?.meter ? counted(value) : [];
  stage.replaceChildren(...parts.filter(Boolean));
}
watch('value', draw);
draw();
