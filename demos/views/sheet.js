// A photograph by every painter. Value: see `sheet` of demos/style/hands.py. Fires 'pick' with {picture}, a painting's name.
const { node, t } = window.gallery;
const stage = element.querySelector('.view') || element;

function draw() {
  const value = props.value;
  if (!value?.rows) { stage.replaceChildren(); return; }
  const one = (src, words, extra = {}) => node('button.sheet-one', { type: 'button', title: words, ...extra }, node('img', { src, alt: words }), node('span', {}, words));
  stage.replaceChildren(node('p.rows-facts', { role: 'status' }, t(`${value.rows.length} paintings in ${value.seconds} s`, `${value.rows.length} 幅画，用时 ${value.seconds} 秒`)),
    node('div.sheet-wall', {}, one(value.before, t('the photograph', '照片'), { disabled: true }),
      ...value.rows.map(([name, en, zh, src]) => one(src, t(en, zh), { 'aria-pressed': String(name === value.chosen), onclick: () => trigger('pick', { picture: name }) }))));
}
watch('value', draw);
draw();
