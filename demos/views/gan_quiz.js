// Genuine or forged? Value: `Game.page` of demos/gan/quiz.py: the pictures on one sheet, and the truth of those that
// have been answered, not before.
const { node, t, cutOut, roll } = window.gallery;
const stage = element.querySelector('.view') || element;
const PATIENCE = 4000;  // milliseconds after which a question that got no answer may be asked again
let at = 0, seed = null, asked = -Infinity;

const word = (genuine) => (genuine ? t('genuine', '真的') : t('forged', '伪造的'));
const waiting = () => performance.now() - asked < PATIENCE;
function begin(number) {
  if (waiting()) return;
  asked = performance.now();
  trigger('begin', { seed: number });
}

function say(genuine) {
  const value = props.value;
  if (waiting() || !value?.sheet || at >= value.rounds || value.told[at]) return;
  asked = performance.now();
  trigger('answer', { round: at, genuine });
}
function next() {
  const value = props.value;
  if (!value?.told?.[at]) return;
  at += 1;
  draw();
  stage.querySelector('.quiz-big, .quiz-again')?.focus({ preventScroll: true });
}

// A picture of the sheet, as a background that any size of box can show.
function picture(value, k, kind, attributes = {}) {
  const made = node(kind, attributes);
  cutOut(made, value.sheet, k, value.rounds);
  return made;
}

const hits = (told, key) => told.filter((one) => one[key] === one.genuine).length;
function score(value) {
  const { told, rounds } = value;
  const dots = (key) => Array.from({ length: rounds }, (_, k) => node('i', {}, told[k] ? (told[k][key] === told[k].genuine ? '✓' : '✗') : '·'));
  const side = (name, key) => node('tr', {}, node('th', { scope: 'row' }, name), node('td.quiz-dots', {}, ...dots(key)), node('td', {}, node('b', {}, String(hits(told, key))), ` / ${told.length}`));
  return node('table.quiz-score', {}, node('tbody', {}, side(t('the class', '全班'), 'said'), side(t('the detective', '侦探'), 'machine')));
}

function question(value) {
  const told = value.told[at], buttons = node('div.quiz-buttons');
  if (told) {
    const mine = told.said === told.genuine, theirs = told.machine === told.genuine;
    buttons.append(node('p.verdict', { role: 'status' }, told.genuine ? t('Genuine', '真的') : t('Forged', '伪造的'),
      node('small', {}, told.genuine ? t(` avatar ${told.name}, never learned`, ` 头像 ${told.name}，从未学过`) : t(` from seed ${told.name.split('.')[0]}`, ` 种子 ${told.name.split('.')[0]}`))),
    node('p', {}, `${mine ? '✓' : '✗'} `, t(`You said ${word(told.said)}.`, `你们说：${word(told.said)}。`)),
    node('p', {}, `${theirs ? '✓' : '✗'} `, t(`The detective says ${word(told.machine)} (score ${told.score.toFixed(2)}).`, `侦探说：${word(told.machine)}（${told.score.toFixed(2)} 分）。`)),
    node('button.quiz-big', { type: 'button', onclick: next }, at + 1 < value.rounds ? t('Next (N)', '下一张（N）') : t('The result (N)', '看结果（N）')));
  } else {
    const big = (genuine, words) => node('button.quiz-big', { type: 'button', onclick: () => say(genuine) }, words);
    buttons.append(node('p.verdict', {}, t(`Number ${at + 1} of ${value.rounds}`, `第 ${at + 1} 张，共 ${value.rounds} 张`)),
      big(true, t('Real (R)', '真的（R）')), big(false, t('Forged (F)', '伪造的（F）')));
  }
  return node('div.quiz-room', {}, picture(value, at, 'div.quiz-picture', { role: 'img', 'aria-label': t(`avatar number ${at + 1}: real or forged?`, `第 ${at + 1} 张头像：真的还是伪造的？`) }),
    node('div', {}, buttons, score(value)));
}

function summary(value) {
  const { told } = value, mine = hits(told, 'said'), theirs = hits(told, 'machine');
  const verdict = mine > theirs ? t('You beat the detective', '你们赢了侦探') : mine < theirs ? t('The detective beats you', '侦探赢了') : t('A draw with the detective', '与侦探打平');
  const one = (each, k) => {
    const hold = { type: 'button', 'aria-label': t(`forged picture ${each.name}: take it in the hand`, `伪造图片 ${each.name}：拿到手里`), onclick: () => trigger('hold', { piece: each.name }) };
    const fooled = [each.said !== each.genuine && t('you', '你们'), each.machine !== each.genuine && t('the detective', '侦探')].filter(Boolean);
    const verdict = (genuine, who) => (!who.length ? t('you and the detective both saw it', '你们和侦探都看对了') : genuine ? t(`taken for forged by ${who.join(' and ')}`, `被${who.join('和')}当成了假的`) : t(`fooled ${who.join(' and ')}`, `骗过了${who.join('和')}`));
    return node('figure.quiz-one', { 'data-fooled': fooled.length || null }, each.genuine ? picture(value, k, 'span', { role: 'img', 'aria-label': t('genuine avatar', '真头像') }) : picture(value, k, 'button', hold),
      node('figcaption', {}, node('b', {}, word(each.genuine)), verdict(each.genuine, fooled)));
  };
  return node('div', {}, node('p.verdict', { role: 'status' }, verdict, node('small', {}, ` ${mine} : ${theirs}`)), score(value),
    node('div.quiz-all', {}, ...told.map(one)),
    node('div.judge-bar', {}, node('button.quiz-big.quiz-again', { type: 'button', onclick: () => begin(roll()) }, t('Again, with others', '再来一组')),
      node('span.hint', {}, t(`This was quiz ${value.seed}. Click a forged one to take it in the hand: the other parts have it there.`, `这是第 ${value.seed} 号测验。点伪造的图片可拿到手里，其他部分都能看到它。`))));
}

function draw() {
  const value = props.value;
  if (!value?.sheet) {
    stage.replaceChildren(node('div.quiz-room', {}, node('button.quiz-big', { type: 'button', onclick: () => begin(null) }, t('Begin the quiz', '开始测验'))));
    return;
  }
  if (value.seed !== seed || value.told.length < at) { seed = value.seed; at = 0; }
  stage.replaceChildren(at < value.rounds ? question(value) : summary(value));
}

addEventListener('keydown', (event) => {
  const where = document.activeElement;
  if (event.ctrlKey || event.metaKey || event.altKey || !stage.offsetParent || !props.value?.sheet) return;
  if (where && (/^(INPUT|TEXTAREA|SELECT)$/.test(where.tagName) || where.isContentEditable)) return;
  const what = { r: () => say(true), f: () => say(false), n: next }[event.key.toLowerCase()];
  if (what) { event.preventDefault(); what(); }
});
watch('value', () => { asked = -Infinity; draw(); });
draw();
