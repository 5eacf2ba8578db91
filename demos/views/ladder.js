// The ladder: how many nats per character each way of guessing needs for one text. Value: [{name, nats, known, kind}].
const { node, t } = window.gallery;
const stage = element.querySelector('.view') || element;
const names = { uniform: t('any character', '任意字符'), model: t('this network', '这个网络'),
  shakespeare: t('the Shakespeare network', '莎士比亚网络'), linux: t('the kernel network', '内核网络'), tang: t('the Tang network', '唐诗网络') };
const title = (rung) => names[rung.name] || (rung.name.endsWith('-gram') ? t(`counting ${rung.name}s`, `${rung.name} 计数`) : rung.name);

function draw() {
  const rungs = props.value;
  if (!Array.isArray(rungs) || !rungs.length) { stage.replaceChildren(); return; }
  const most = Math.max(...rungs.map((rung) => rung.nats));
  stage.replaceChildren(node('h4', {}, t('How good is that? The same text, other ways of guessing', '这算好吗？同一段文字，换几种猜法')),
    node('table.rungs', {}, node('thead', {}, node('tr', {}, ...[t('guesses by', '猜法'), '', t('nats', '纳特'), t('bits', '比特'),
      t('like guessing among', '相当于从几个里猜')].map((h) => node('th', {}, h)))),
    node('tbody', {}, ...rungs.map((rung) => node('tr.' + rung.kind, {}, node('th', { scope: 'row' }, title(rung)),
      node('td.ladder-bar', {}, node('i', { style: `--p:${rung.nats / most}` })),
      ...[rung.nats.toFixed(2), (rung.nats / Math.LN2).toFixed(2), Math.exp(rung.nats).toFixed(rung.nats > 4.6 ? 0 : 1)].map((v) => node('td.num', {}, v)))))));
}
watch('value', draw);
draw();
