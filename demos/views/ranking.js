// The cells that follow a pattern best, as buttons. Value: {ranking: [[cell, correlation]], unit}. Fires 'pick' with {cell}.
const { node, t } = window.gallery;
const stage = element.querySelector('.view') || element;
function draw() {
  const value = props.value;
  if (!value?.ranking) { stage.replaceChildren(); return; }
  stage.replaceChildren(node('div.rank', {}, t('best cells:', '最相关的单元：'), ...value.ranking.map(([cell, r]) =>
    node('button.chip', { type: 'button', 'aria-pressed': String(cell === value.unit), onclick: () => trigger('pick', { cell }) },
      `${cell}  r = ${r.toFixed(2)}`))));
}
watch('value', draw);
draw();
