// The ladder: how many nats per character each way of guessing needs for one text. Value: [{name, nats, known, kind}].
const { node, t } = window.gallery;
const stage = element.querySelector('.view') || element;
const names = { uniform: t('any character', '任意字符'), model: t('this network', '这个网络'),
  shakespeare: t('the Shakespeare network', '莎士比亚网络'), linux: t('the kernel network', '内核网络'), tang: t('the Tang network', '唐诗网络') };
const title = (rung) => names[rung.name] || (rung.name.endsWith('-gram') ? t(`counting ${rung.name}s`, `${rung.name} 计数`) : rung.name);

function draw() {
  const rungs = props.value;
  if (!Array.isArray(rungs) || !rungs.length) { stage.replaceChildren(); return; }
  const all = Math.max(...rungs.map((rung) => rung.known)), left = (rung) => (rung.known < all ? node('small', {}, t(` ${all - rung.known} of ${all} characters left out: it never saw them`, ` 略去 ${all} 个字中的 ${all - rung.known} 个：它从没见过`)) : null);
  const count = (x) => (x > 99.5 ? Math.round(x).toLocaleString() : x.toFixed(1));
  const most = Math.max(...rungs.map((rung) => rung.nats));
  stage.replaceChildren(node('h4', {}, t('How good is that? The same text, other ways of guessing', '这算好吗？同一段文字，换几种猜法')),
    node('table.rungs', {}, node('thead', {}, node('tr', {}, ...[t('guesses by', '猜法'), '', t('nats', '纳特'), t('bits', '比特'),
      t('like guessing among', '相当于从几个里猜')].map((h) => node('th', {}, h)))),
    node('tbody', {}, ...rungs.map((rung) => node('tr.' + rung.kind, {}, node('th', { scope: 'row' }, title(rung), left(rung)),
      node('td.ladder-bar', {}, node('i', { style: `--p:${(rung.nats || 0) / most}` })),
      ...(rung.nats == null ? ['–', '–', '–'] : [rung.nats.toFixed(2), (rung.nats / Math.LN2).toFixed(2), count(Math.exp(rung.nats))]).map((v) => node('td.num', {}, v)))))));
}
watch('value', draw);
draw();
