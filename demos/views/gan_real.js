// Genuine pictures, so that one knows what is being forged. Value: {sheet, count, credit}, see demos/gan/wall.py.
const { node, t } = window.gallery;
const stage = element.querySelector('.view') || element;

function draw() {
  const value = props.value;
  if (!value?.sheet) { stage.replaceChildren(); return; }
  stage.replaceChildren(node('figure.gan-real', {}, node('figcaption', {}, t('Genuine avatars: this is what it tries to forge', '真头像：它想伪造的就是这些')),
    node('img', { src: value.sheet, alt: t(`${value.count} genuine avatars`, `${value.count} 个真头像`), title: t(...value.credit) })));
}
watch('value', draw);
draw();
