// What all views of the translation tab share, as window.gallery.matrix and the like: a matrix of weights between two
// lists of words, drawn in SVG, and the arithmetic that turns weights of pieces into weights of words.
(() => {
  const { node, t, percent } = window.gallery;

  // How wide a word is, in letters; a Chinese character counts two.
  const breadth = (word) => Array.from(word).reduce((sum, char) => sum + (char.codePointAt(0) > 0x2e80 ? 1.9 : 1), 0);
  const label = (word) => (breadth(word) > 16 ? Array.from(word).slice(0, 15).join('') + '…' : word);

  // weights: (target, source) in [0, 1]; source, target: words. kept: numbers of rows that a visitor holds; forced:
  // row -> the column that it is made to look at, -1. size: of a
  // cell in pixels; words: whether to write them, or else only what the two sides are. tone: 'cold' for another colour.
  // note(i): short text behind a row.
  // share(i, j): what stands in a cell that is large enough and not nearly empty, else its percentage.
  function matrix({ weights, source, target, size, words = true, kept = new Set(), forced = () => -1, tone = '', note = null, name = '', share = null }) {
    const left = words ? 14 + 7.6 * Math.max(2, ...target.map((word) => breadth(label(word)))) : 15;
    const top = words ? 14 + 6.4 * Math.max(2, ...source.map((word) => breadth(label(word)))) : 15;
    // labels of the last columns lean over the edge
    const slope = words ? Math.max(0, ...source.map((word, j) => 5.2 * breadth(label(word)) - size * (source.length - 1 - j))) : 0;
    const width = left + size * source.length + Math.max(note ? 46 : 4, slope), height = top + size * weights.length + 3;
    const svg = node('svg.matrix', { viewBox: `0 0 ${width.toFixed(1)} ${height.toFixed(1)}`, width: Math.ceil(width),
      height: Math.ceil(height), role: 'img', class: `matrix ${tone}`,
      'aria-label': name || t('Attention: rows are words written, columns are words read', '注意力：行是写出的词，列是读到的词') });
    if (!words) svg.append(node('text.axis', { x: left, y: 11 }, t('read →', '读 →')),
      node('text.axis', { transform: `translate(11 ${top}) rotate(-90)`, 'text-anchor': 'end' }, t('← written', '← 写')));
    if (words) source.forEach((word, j) => svg.append(node('text.col', { 'data-j': j,
      transform: `translate(${left + size * (j + 0.66)} ${top - 5}) rotate(-52)` }, label(word))));
    if (note) svg.append(node('text.note', { x: left + size * source.length + 7, y: top - 5 }, t('bits', '比特')));
    weights.forEach((row, i) => {
      const y = top + size * i;
      if (words) svg.append(node('text.row', { 'data-i': i, x: left - 7, y: y + size / 2 + 4.5, 'text-anchor': 'end' }, label(target[i])));
      row.forEach((p, j) => {
        svg.append(node(`rect.cell${forced(i) === j ? '.forced' : ''}`, { x: left + size * j + 0.75, y: y + 0.75, width: size - 1.5, height: size - 1.5, rx: 2,
          'data-i': i, 'data-j': j, style: `--p:${Math.min(1, Math.abs(p)).toFixed(3)}` }));
        if (words && size >= 31 && Math.abs(p) >= 0.095)
          svg.append(node('text.share', { x: left + size * (j + 0.5), y: y + size / 2 + 4, 'text-anchor': 'middle',
            class: p > 0.55 ? 'share deep' : 'share' }, share ? share(i, j) : Math.round(100 * p)));
      });
      if (kept.has(i)) svg.append(node('rect.kept', { x: left - 1, y, width: size * source.length + 2, height: size, rx: 4 }));
      if (note) svg.append(node('text.note', { x: left + size * source.length + 7, y: y + size / 2 + 4 }, note(i)));
    });
    return svg;
  }

  // The side of a cell so that the matrix fits into so many pixels.
  function cell(room, source, target) {
    const left = 14 + 7.6 * Math.max(2, ...target.map((word) => breadth(label(word))));
    return Math.max(17, Math.min(36, (room - left - 48) / Math.max(1, source.length)));
  }

  // Weights (target, source) in [0, 1] of a translation (see demos/translation/translate.py): of one layer and head, or
  // the mean over all for -1; between words (summed over the pieces of a source word, averaged over those of a target
  // word) or between pieces.
  function between({ source, target, attention }, words, layer = -1, head = -1) {
    const layers = layer < 0 ? attention : [attention[layer]];
    const planes = layers.flatMap((heads) => (head < 0 ? heads : [heads[head]]));
    const pieces = target.pieces.map((_, i) => source.pieces.map((_, j) =>
      planes.reduce((sum, plane) => sum + plane[i][j], 0) / (1000 * planes.length)));
    if (!words) return pieces;
    const rows = target.words.map(() => new Array(source.words.length).fill(0)), sizes = target.words.map(() => 0);
    pieces.forEach((row, i) => {
      sizes[target.owners[i]] += 1;
      row.forEach((p, j) => { rows[target.owners[i]][source.owners[j]] += p; });
    });
    return rows.map((row, i) => row.map((p) => p / Math.max(1, sizes[i])));
  }

  // Lights up one row and one column (-1: none) of everything inside `stage`.
  function light(stage, i, j) {
    stage.querySelectorAll('.on').forEach((e) => e.classList.remove('on'));
    if (i >= 0) stage.querySelectorAll(`[data-i="${i}"]`).forEach((e) => e.classList.add('on'));
    if (j >= 0) stage.querySelectorAll(`[data-j="${j}"]`).forEach((e) => e.classList.add('on'));
  }

  // What a row or a column or a cell says, in words: its weights from the largest down.
  function reading(weights, source, target, i, j) {
    if (i >= 0 && j >= 0) return `${target[i]} ← ${source[j]}: ${percent(weights[i][j])}`;
    const pairs = i >= 0 ? weights[i].map((p, k) => [p, source[k]]) : weights.map((row, k) => [row[j], target[k]]);
    const best = pairs.sort((a, b) => b[0] - a[0]).slice(0, 4).map(([p, word]) => `${word} ${percent(p)}`).join(t(', ', '，'));
    return i >= 0 ? `${target[i]} ← ${best}` : `${source[j]} → ${best}`;
  }

  // The fixed vector as it is: one small cell for each number (hundredths), its size as strength, its sign as colour.
  const vector = (numbers) => node('div.vector-cells', { role: 'img', 'aria-label': t(`the fixed vector: ${numbers.length} numbers`, `固定向量：${numbers.length} 个数`) },
    ...numbers.map((n) => node('i', { class: n < 0 ? 'negative' : '', style: `opacity:${(0.06 + 0.94 * Math.min(1, Math.abs(n) / 100)).toFixed(2)}`, title: (n / 100).toFixed(2) })));

  const entropy = (row) => -row.reduce((sum, p) => sum + (p > 0 ? p * Math.log2(p) : 0), 0);

  const meanEntropy = (rows) => rows.reduce((sum, row) => sum + entropy(row), 0) / rows.length;

  // What people wrote, under a heading; nothing if nobody did.
  const references = (heading, language, texts) => (texts?.length ? [node('details.references', { open: true }, node('summary', {}, heading),
    node('ul', { lang: language }, ...texts.map((text) => node('li', {}, text))))] : []);

  // Chips of which one is pressed: [[key, name], ...].
  const chips = (label, options, now, pick) => node('div.chips', { role: 'group', 'aria-label': label },
    ...options.map(([key, name]) => node('button.chip', { type: 'button', 'aria-pressed': String(now === key), onclick: () => pick(key) }, name)));

  // A box that scrolls sideways and shows it: as long as there is more to the right, its edge fades and a line says so.
  function sideways(...children) {
    const box = node('div.matrix-box', { onscroll: mark }, ...children);
    function mark() {
      const hidden = box.scrollWidth - box.clientWidth;
      box.classList.toggle('wide', hidden > 4);
      box.classList.toggle('more', hidden - box.scrollLeft > 4);
    }
    new ResizeObserver(mark).observe(box);
    return node('div.sideways', {}, box, node('small.swipe', {}, t('there is more to the right: swipe or scroll →', '右边还有：左右滑动 →')));
  }

  // One line on the signs of a picture: 'start', 'end', 'nats'.
  const meanings = {
    start: t('· begins a word', '· 表示词的开头'), end: t('■ ends the sentence', '■ 表示句子结束'),
    nats: t('ln p is the natural logarithm of a probability, counted in nats: 0 is certain, 0.7 nats less is half as likely, 2.3 nats less a tenth',
      'ln p 是概率的自然对数，以纳特 (nat) 计：0 为必然，少 0.7 纳特则概率减半，少 2.3 纳特则为十分之一'),
  };
  const signs = (...names) => node('p.signs', {}, names.map((name) => meanings[name]).join(t('; ', '；')) + t('.', '。'));

  // Why there is no picture, as the server said it in both languages.
  const refused = ([en, zh]) => node('p.refused', {}, t(en, zh));

  // Which words of a text are new: those outside the longest run of words, in order, that both have (a table of the lengths
  // of such runs, from the end). before, now: lists of words. Returns a set of places in `now`.
  function fresh(before, now) {
    const length = Array.from({ length: before.length + 1 }, () => new Uint16Array(now.length + 1));
    for (let i = before.length - 1; i >= 0; i--) for (let j = now.length - 1; j >= 0; j--)
      length[i][j] = before[i] === now[j] ? 1 + length[i + 1][j + 1] : Math.max(length[i + 1][j], length[i][j + 1]);
    const out = new Set(now.keys());
    for (let i = 0, j = 0; i < before.length && j < now.length;) {
      if (before[i] === now[j]) { out.delete(j); i++; j++; } else if (length[i + 1][j] >= length[i][j + 1]) i++; else j++;
    }
    return out;
  }

  Object.assign(window.gallery, { fresh, matrix, cell, between, light, reading, entropy, chips, breadth, vector, meanEntropy, references, sideways, signs, refused });
})();
