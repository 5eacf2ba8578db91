// The visitor's picture as 32 x 32 pixels and as one of ten kinds, or none of these. Value: see demos/cnn/ten.py.
const { node, t, percent, bars } = window.gallery;
const stage = element.querySelector('.view') || element;

function draw() {
  const value = props.value;
  if (!value?.bars) { stage.replaceChildren(); return; }
  const [, en, zh, p] = value.bars[0], share = percent(value.familiar);
  stage.replaceChildren(node('div.ten-own', {}, node('figure', {},
    node('img', { src: value.image, alt: t('the picture above, as 32 × 32 pixels', '上面的图片，32 × 32 像素') }),
    node('figcaption', {}, t('your picture, as this network sees it', '你的图片在它眼里的样子'))),
  node('div', {}, node('p.verdict', { role: 'status' }, value.none ? t('None of these', '都不是') : t(en, zh), node('small', {}, ' ' + (value.none ? t(`else ${en}`, `硬要选：${zh}`) : percent(p)))),
    node('p.rows-facts', {}, value.familiar === 0
      ? t('It looks stranger than every one of 1,000 real pictures of the ten kinds.', '它比 1000 张真正的十类图片都更陌生。')
      : t(`Of 1,000 real pictures of the ten kinds, ${share} look stranger than this one; below 5 % the answer is “none of these”.`, `1000 张真正的十类图片中，有 ${share} 比它更陌生；低于 5 % 就回答“都不是”。`)),
    bars(value.bars.slice(0, 5), { chosen: value.none ? null : value.bars[0][0] }))));
}
watch('value', draw);
draw();
