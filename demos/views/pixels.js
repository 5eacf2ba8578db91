// What views of pictures share: maps of numbers from core/images.py, `packed`, and how they get colours.
(() => {
  const { node, t, percent } = window.gallery;
  // viridis and cividis (Smith & van der Walt 2015; Nuñez et al. 2018), every 32nd of 256 colours; between them linear
  const SCALES = {
    viridis: ['440154', '472d7b', '3b528b', '2c728e', '21918c', '28ae80', '5ec962', 'addc30', 'fde725'],
    cividis: ['00224e', '1d3b6d', '434e6c', '5f636e', '7c7b78', '9b9475', 'bcaf6f', 'dfcb5c', 'fee838'],
    gray: ['000000', 'ffffff'],
    split: ['2166ac', '67a9cf', 'd1e5f0', 'f7f7f7', 'fddbc7', 'ef8a62', 'b2182b'],  // below and above zero
  };
  const tables = {};

  // 256 colours [r, g, b] of a scale.
  function table(name) {
    if (tables[name]) return tables[name];
    const stops = SCALES[name].map((hex) => [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)));
    return (tables[name] = Array.from({ length: 256 }, (_, i) => {
      const x = i / 255 * (stops.length - 1), k = Math.min(stops.length - 2, Math.floor(x));
      return [0, 1, 2].map((c) => Math.round(stops[k][c] + (x - k) * (stops[k + 1][c] - stops[k][c])));
    }));
  }

  // Bytes of all maps; map number k starts at k * height * width.
  const unpack = (maps) => Uint8Array.from(atob(maps.bytes), (char) => char.charCodeAt(0));

  // Map number k on a canvas of its own size (enlarge it with CSS). alpha(byte) in 0..1 makes parts see-through.
  function mapCanvas(maps, k, { scale = 'viridis', bytes = unpack(maps), alpha } = {}) {
    const { width, height } = maps, canvas = node('canvas', { width, height });
    const image = new ImageData(width, height), colours = table(scale), start = k * width * height;
    for (let i = 0; i < width * height; i++) {
      const byte = bytes[start + i];
      image.data.set([...colours[byte], alpha ? 255 * alpha(byte) : 255], 4 * i);
    }
    canvas.getContext('2d').putImageData(image, 0, 0);
    return canvas;
  }

  // The number that a byte of these maps stands for.
  const meant = (maps, byte) => maps.low + byte / 255 * (maps.high - maps.low);

  // Bytes of maps on a scale with zero in its middle, and the number at its upper end.
  function centred(maps) {
    const most = Math.max(Math.abs(maps.low), Math.abs(maps.high), 1e-9);
    return [Uint8Array.from(unpack(maps), (byte) => 127.5 + 127.5 * meant(maps, byte) / most), most];
  }

  // A bar of the scale with its two ends.
  function legend(low, high, scale = 'viridis') {
    const stops = SCALES[scale].map((hex) => '#' + hex).join(',');
    return node('span.legend', {}, low, node('i', { style: `background:linear-gradient(to right,${stops})` }), high);
  }

  // Rows of names with bars. rows: [[number, en, zh, p]]; was: number -> p before, shown as a mark; pick: what a click does.
  function bars(rows, { chosen = null, was = null, pick = null } = {}) {
    return node('ol.bars', {}, ...rows.map(([number, en, zh, p]) => {
      const line = [node('span.bar-name', {}, t(en, zh)), node('span.bar-rail', {},
        node('i', { style: `width:${(100 * p).toFixed(2)}%` }),
        was?.has(number) && node('u', { style: `left:${(100 * was.get(number)).toFixed(2)}%`, title: percent(was.get(number)) }) || null),
      node('span.bar-share', {}, percent(p))];
      return node('li', { 'data-class': number }, pick
        ? node('button.bar-row', { type: 'button', 'aria-pressed': String(number === chosen), onclick: () => pick(number) }, ...line)
        : node('div.bar-row', { class: number === chosen ? 'bar-row on' : 'bar-row' }, ...line));
    }));
  }

  // Shows picture number i of a sheet, `columns` by `rows` pictures, as the background of a box of any size.
  function cutOut(box, sheet, i, columns, rows = 1) {
    const place = (at, of) => `${100 * at / Math.max(1, of - 1)}%`;
    Object.assign(box.style, { backgroundImage: `url(${sheet})`, backgroundSize: `${100 * columns}% ${100 * rows}%`,
      backgroundPosition: `${place(i % columns, columns)} ${place(Math.floor(i / columns), rows)}` });
  }

  // How probable it is that a picture is genuine, 0 to 1, for a discriminator that gives it this score.
  const genuine = (score) => 1 / (1 + Math.exp(-score));

  // Hands a picture (`data:` address) over to another tab, which opens; its intake takes it.
  function hand(room, picture) {
    gallery.announce(`picture-for-${room}`, { picture });
    gallery.tab(room)?.click();
    scrollTo({ top: 0 });
  }

  // What was handed over to a tab, once; nothing if that was nothing, or has been taken.
  function taken(room) {
    const { picture } = gallery.last[`picture-for-${room}`] || {};
    delete gallery.last[`picture-for-${room}`];
    return picture;
  }

  // Gives a picture, 64 pixels a side, to `use` as a PNG address of LARGE pixels a side, with soft edges: for files and tabs.
  const LARGE = 256;
  function enlarge(src, use) {
    const image = new Image();
    image.onload = () => {
      const canvas = node('canvas', { width: LARGE, height: LARGE }), pen = canvas.getContext('2d');
      pen.imageSmoothingQuality = 'high';
      pen.drawImage(image, 0, 0, LARGE, LARGE);
      use(canvas.toDataURL('image/png'));
    };
    image.src = src;
  }

  Object.assign(window.gallery, { cutOut, genuine, hand, taken, enlarge, unpack, mapCanvas, meant, centred, legend, bars, colours: table });
})();
