// A brush over the picture, and the bars that move. Value: see demos/cnn/paint.py; `falls` when the square has gone over it.
const { node, t, percent, bars, mapCanvas, centred, legend } = window.gallery;
const stage = element.querySelector('.view') || element;
let cells = new Set(), picture = null, brush = 5, undo = [], pen = false, asked = 0;

function draw() {
  const value = props.value;
  if (!value?.before) { stage.replaceChildren(); return; }
  if (value.image !== picture) { picture = value.image; cells = new Set(); undo = []; }
  asked = Math.max(0, asked - 1);
  const grid = value.grid, canvas = node('canvas.brush', { width: 2 * grid, height: 2 * grid, tabindex: 0,
    'aria-label': t('paint over parts of the picture', '在图片上涂抹') });
  const context = canvas.getContext('2d');
  const refresh = () => {
    context.clearRect(0, 0, 2 * grid, 2 * grid);
    context.fillStyle = 'rgba(127,127,127,.96)';
    if (pen || asked) for (const cell of cells) context.fillRect(2 * (cell % grid), 2 * Math.floor(cell / grid), 2, 2);
  };
  const dab = (e) => {
    const box = canvas.getBoundingClientRect(), x = (e.clientX - box.left) / box.width * grid, y = (e.clientY - box.top) / box.height * grid;
    for (let row = Math.max(0, Math.floor(y - brush)); row < Math.min(grid, y + brush); row++)
      for (let column = Math.max(0, Math.floor(x - brush)); column < Math.min(grid, x + brush); column++)
        if ((row + 0.5 - y) ** 2 + (column + 0.5 - x) ** 2 < brush ** 2) cells.add(row * grid + column);
    refresh();
  };
  const tell = () => { asked += 1; trigger('paint', { cells: [...cells] }); };
  canvas.onpointerdown = (e) => { canvas.setPointerCapture(e.pointerId); undo.push(new Set(cells)); pen = true; dab(e); canvas.onpointermove = dab; };
  canvas.onpointerup = canvas.onpointercancel = () => { pen = false; if (canvas.onpointermove) { canvas.onpointermove = null; tell(); } };
  const chip = (text, onclick) => node('button.chip', { type: 'button', onclick }, text);
  const [number, en, zh, p] = value.target, name = t(en, zh);
  const was = new Map(value.before.map((row) => [row[0], row[3]]));
  was.set(number, p);
  const rows = value.after.some((row) => row[0] === number) ? value.after : [...value.after, [number, en, zh, value.p]];
  const left = [node('div.look-picture', {}, node('img', { src: value.painted, alt: t('what the network sees', '网络看到的') }), canvas)];
  let facts = cells.size ? t(`“${name}”: ${percent(p)} → ${percent(value.p)} with ${percent(value.share)} of the picture painted over`,
    `涂掉画面的 ${percent(value.share)} 后，“${name}”：${percent(p)} → ${percent(value.p)}`)
    : t('Paint over what you think matters.', '涂掉你认为关键的地方。');
  if (value.falls) {
    const maps = value.falls, [bytes, most] = centred(maps);
    const heat = mapCanvas(maps, 0, { scale: 'split', bytes, alpha: (byte) => Math.min(1, 0.1 + Math.abs(byte - 127.5) / 90) });
    heat.className = 'heat';
    left[0].append(heat);
    const points = (100 * most).toFixed(1);
    left.push(legend(t(`rises by ${points} points`, `上升 ${points} 个百分点`), t(`falls by ${points} points`, `下降 ${points} 个百分点`), 'split'));
    facts = t(`A grey square of ${value.window} pixels went over the picture, which gets ${percent(p)} as “${name}”. Covering a red place makes that less: the network needs it. Covering a blue one makes it more: it speaks for something else.`, `一个 ${value.window} 像素的灰方块滑过画面（完整时“${name}”为 ${percent(p)}）。遮住红色的位置，概率下降：网络需要它；遮住蓝色的位置，概率上升：它支持的是别的类别。`);
  }
  stage.replaceChildren(node('div.look-grid', {},
    node('div.look-left', {}, ...left, node('div.rows-bar', {},
      node('label.tool', {}, t('brush', '笔刷'), node('input', { type: 'range', min: 1, max: 14, step: 0.5, value: brush, oninput: (e) => { brush = +e.target.value; } })),
      chip(t('undo', '撤销'), () => { cells = undo.pop() || new Set(); tell(); }),
      chip(t('clear', '清除'), () => { undo.push(cells); cells = new Set(); tell(); }),
      chip(t('all but this', '反选'), () => { undo.push(cells); cells = new Set(Array.from({ length: grid * grid }, (_, i) => i).filter((i) => !cells.has(i))); tell(); }),
      chip(t('let a grey square try every place', '让灰方块试遍每个位置'), () => trigger('slide')))),
    node('div.look-right', {}, node('p.verdict', {}, t(value.after[0][1], value.after[0][2]), node('small', {}, ' ' + percent(value.after[0][3]))),
      node('p.rows-facts', { role: 'status' }, facts), bars(rows, { chosen: number, was }),
      node('p.hint', {}, t('The mark on a bar is where it stood for the whole picture.', '条上的刻度是完整图片时的位置。')))));
  refresh();
}
watch('value', draw);
draw();
