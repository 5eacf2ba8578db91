// What the classifier answers while a painting takes over. Value: see demos/style/knows.py.
const { node, t, percent, chart, bars, hand } = window.gallery;
const stage = element.querySelector('.view') || element;
let at = null, seen = '';

function draw() {
  const value = props.value;
  if (!value?.steps) { stage.replaceChildren(); return; }
  const { steps, curves, flip } = value, first = curves[0], now = JSON.stringify([first[0], value.way, value.label, flip]);
  if (now !== seen) { seen = now; at = null; }
  if (at === null) at = flip === null ? steps.length - 1 : Math.min(steps.length - 1, Math.ceil(flip * (steps.length - 1)));
  const picture = node('img'), side = node('div'), plot = node('div');
  const slider = node('input.timeline-slider', { type: 'range', min: 0, max: steps.length - 1, step: 1, 'aria-label': t('strength of the style', '风格的强度'), oninput: () => { at = +slider.value; show(); } });
  const ask = node('button.chip', { type: 'button', onclick: () => hand('cnn', steps[at][2]) }, t('Ask it why', '问它为什么'));
  function show() {
    const [strength, top, url] = steps[at];
    slider.value = at;
    slider.setAttribute('aria-valuetext', percent(strength));
    picture.src = url;
    picture.alt = t(`strength ${percent(strength)}: the classifier sees ${top[0][1]}`, `强度 ${percent(strength)}：分类器看到${top[0][2]}`);
    side.replaceChildren(node('p.hint', {}, t(`strength ${percent(strength)}`, `强度 ${percent(strength)}`)), bars(top, { chosen: top[0][0] }), ask);
    plot.replaceChildren(chart({ xName: t('strength', '强度'), yName: t('probability, %', '概率，%'), marks: [strength], breaks: flip === null ? [] : [[flip, t('it flips', '变了')]], height: 230, width: 560,
      series: curves.map(([, en, zh, p], tone) => ({ name: t(en, zh), tone, points: p.map((each, k) => [steps[k][0], 100 * each]) })) }));
  }
  const sure = first[3][0];
  const verdict = sure < 0.3 ? t(`It never knew this photograph: “${first[1]}”, ${percent(sure)}. Choose another one`, `它本来就不认识这张照片：“${first[2]}”，${percent(sure)}。请换一张`)
    : flip === null ? t(`It says “${first[1]}” to the end`, `它到最后都说“${first[2]}”`)
    : t(`At ${percent(flip)} “${first[1]}” becomes “${value.became[1]}”`, `到 ${percent(flip)} 时，“${first[2]}”变成了“${value.became[2]}”`);
  const later = value.later.map(([strength, , en, zh]) => t(`“${en}” by ${percent(strength)}`, `${percent(strength)} 前变成“${zh}”`)).join(t(', ', '，'));
  stage.replaceChildren(node('p.verdict', { role: 'status' }, verdict, node('small', {}, ` ${t(...value.label)}`)),
    value.stranger ? node('p.hint', {}, t('Nobody has learned this style, so the network of “Any painting” paints.', '没有画家学过这种风格，所以由“任意画作”的网络来画。')) : '',
    later ? node('p.hint.knows-later', {}, t(`and then ${later}`, `之后${later}`)) : '',
    node('div.look-grid', {}, node('div', {}, node('div.look-picture', {}, picture), slider), node('div', {}, plot, side)),
    value.ways.length > 1 ? '' : node('p.hint', {}, t('The networks that paint are not here yet, so the painting is only laid over the photograph.', '会画画的网络还不在这里，所以画作只是直接叠在照片上。')));
  show();
}
watch('value', draw);
draw();
