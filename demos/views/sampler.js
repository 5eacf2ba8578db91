// Be the sampler: a bar for each candidate; a click on it makes it the next character.
// Value (see demos/char_rnn/sampler.py): text, unknown, nats, candidates, rest. Fires 'pick' with {char}, 'undo', 'start'.
const { node, t, percent } = window.gallery;
const stage = element.querySelector('.view') || element;
const named = (char) => ({ '\n': t('↵ new line', '↵ 换行'), ' ': t('␣ space', '␣ 空格'), '\t': t('⇥ tab', '⇥ 制表') }[char] || char);

function draw() {
  const value = props.value;
  if (value?.start) { trigger('start'); return; }
  if (!value?.candidates) return;
  const paper = node('div.sampler-text', { tabindex: 0, 'aria-label': t('The text so far', '已有的文字') },
    value.text, node('span.caret', {}, '▏'));
  const bits = value.nats.reduce((a, b) => a + b, 0) / Math.LN2;
  const bars = value.candidates.map(([char, p]) => node('button.pick', { type: 'button',
    'aria-label': `${named(char)}, ${percent(p)}`, onclick: () => trigger('pick', { char }) },
    node('b', {}, named(char)), node('i', { style: `--p:${p}` }), node('span', {}, percent(p))));
  stage.replaceChildren(paper,
    node('div.rows-facts', { role: 'status' },
      value.unknown ? node('strong', {}, t('Left out, this model never saw: ', '已略去（模型从没见过）：') + value.unknown) : null,
      node('span', {}, value.nats.length
        ? t(`${value.nats.length} characters, ${bits.toFixed(1)} bits of surprise in all`, `${value.nats.length} 个字，共 ${bits.toFixed(1)} 比特惊讶`)
        : t('Nothing written yet: choose the first character.', '还没有字：请选第一个字。')),
      node('button.chip', { type: 'button', onclick: () => trigger('undo'), disabled: !value.nats.length }, t('undo one', '退一字'))),
    node('div.picks', {}, ...bars, node('div.pick.rest', {}, node('b', {}, t('all others', '其余')),
      node('i', { style: `--p:${value.rest}` }), node('span', {}, percent(value.rest)))));
  paper.scrollTop = paper.scrollHeight;
}
watch('value', draw);
draw();
