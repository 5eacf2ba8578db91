// Small pictures of distributions, to choose one or to draw one's own. Value: see `offered` of demos/gan/moment.py; what
// is chosen stands in it, for whoever presses Play. Fires 'pick'. Hears 'plane-strokes', tells 'plane-picked'.
const { node, t, announce, last } = window.gallery;
const stage = element.querySelector('.view') || element;
const NAMES = { ring: t('ring of 8', '八点环'), grid: t('grid of 25', '25 点格'), moons: t('two moons', '双月'), spiral: t('spiral', '螺旋'), line: t('line', '直线'), blobs: t('three blobs', '三团'), drawn: t('draw your own', '自己画') };
let target = '', strokes = [], shapes = null;

const points = (text) => { const flat = new Int16Array(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)).buffer); return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], -flat[2 * i + 1]]); };
const picture = (name) => node('svg', { viewBox: '-13000 -13000 26000 26000', 'aria-hidden': 'true' }, ...(shapes[name]
  ? points(shapes[name]).map(([x, y]) => node('circle', { cx: x, cy: y, r: 620 }))
  : [node('path', { d: 'M-8000 6000C-6000 -12000 0 -9000 0 0S6000 9000 8500 -7000', class: 'plane-pen' })]));

function choose(wish, fire = true) {
  ({ target, strokes } = wish);
  for (const one of stage.querySelectorAll('button')) one.setAttribute('aria-pressed', String(one.dataset.target === target));
  announce('plane-picked', { target, strokes });
  if (!fire) return;
  props.value = { target, strokes, shapes };
  trigger('pick');
}
function update() {
  const value = props.value;
  if (!value?.shapes) return;
  if (!shapes) {
    shapes = value.shapes;
    stage.replaceChildren(node('div.plane-targets', { role: 'group', 'aria-label': t('where genuine points come from', '真点从哪里来') }, ...Object.keys(NAMES).map((name) => node('button.plane-target', {
      type: 'button', 'data-target': name, onclick: () => choose({ target: name, strokes }) }, picture(name), node('span', {}, NAMES[name])))));
  }
  if (value.target !== target) choose(value, false);
}
window.addEventListener('plane-strokes', (e) => choose({ target: 'drawn', strokes: e.detail }));
watch('value', update);
update();
