// How the laboratory in the plane is painted. The second of the three files that make up the view, see demos/gan/lab.py;
// `shown` and `layers` stand in the last, views/plane.js.
// Blue-green is genuine, orange forged: far apart for every kind of colour vision; shapes say it again.
const inks = () => (night()
  ? { scale: [[122, 62, 18], [38, 34, 30], [16, 82, 104]], paper: '#1d1a17', genuine: '#9fe0f2', forged: '#ffb070', edge: '#1d1a17', pull: '#fff2e0', grid: '#ffffff' }
  : { scale: [[243, 184, 130], [251, 249, 245], [140, 196, 214]], paper: '#fbf9f5', genuine: '#0b5470', forged: '#b04a00', edge: '#ffffff', pull: '#2c1400', grid: '#000000' });

// ---- painting
const mix = (a, b, share) => a + (b - a) * share;
function blend(from, goal, share) {
  if (!from || share >= 1 || from.fold.length !== goal.fold.length) return goal;
  const between = (name) => Float32Array.from(goal[name], (x, i) => mix(from[name][i], x, share));
  return { ...goal, points: between('points'), pulls: between('pulls'), fold: between('fold'), heat: between('heat') };
}

function paintOne(one, ink) {
  const wide = one.square.clientWidth, ratio = Math.min(2, devicePixelRatio || 1), side = Math.round(wide * ratio);
  if (!wide || !one.now) return;
  if (one.canvas.width !== side) one.canvas.width = one.canvas.height = side;
  const c = one.canvas.getContext('2d'), { reach } = shown.value, unit = wide / 2 / reach;
  const X = (x) => (x + reach) * unit, Y = (y) => (reach - y) * unit, empty = shown.drawn && !shown.strokes.length, now = one.now;
  c.setTransform(ratio, 0, 0, ratio, 0, 0);
  c.fillStyle = ink.paper;
  c.fillRect(0, 0, wide, wide);
  if (layers.map && !empty) {
    one.sheet ||= node('canvas', { width: now.side, height: now.side });
    const image = new ImageData(now.side, now.side), [low, middle, high] = ink.scale;
    for (let row = 0; row < now.side; row++) for (let column = 0; column < now.side; column++) {
      const p = now.heat[row * now.side + column] / 127.5 - 1, end = p < 0 ? low : high, ink = Math.abs(p) ** 0.75, at = 4 * ((now.side - 1 - row) * now.side + column);
      for (let k = 0; k < 3; k++) image.data[at + k] = mix(middle[k], end[k], ink);
      image.data[at + 3] = 255;
    }
    one.sheet.getContext('2d').putImageData(image, 0, 0);
    c.imageSmoothingEnabled = true;
    c.drawImage(one.sheet, 0, 0, wide, wide);
  }
  if (layers.fold && !empty) paintFold(c, now, ink, X, Y);
  if (layers.modes && !empty) shown.value.places.modes.forEach(([x, y], k) => {
    c.strokeStyle = ink.genuine;
    c.lineWidth = 1.5;
    c.globalAlpha = now.served[k] === '1' ? 0.9 : 0.55;
    c.setLineDash(now.served[k] === '1' ? [] : [3, 4]);
    c.beginPath();
    c.arc(X(x), Y(y), shown.value.near * unit, 0, 7);
    c.stroke();
    c.setLineDash([]);
    c.globalAlpha = 1;
  });
  if (layers.genuine && !empty) {
    c.strokeStyle = ink.genuine;
    c.lineWidth = 1.3;
    c.beginPath();
    for (const [x, y] of shown.value.places.genuine) { c.moveTo(X(x) + 2.4, Y(y)); c.arc(X(x), Y(y), 2.4, 0, 7); }
    c.stroke();
  }
  if (shown.drawn) paintStrokes(c, ink, X, Y, unit);
  if (empty) return;
  if (layers.pulls) paintPulls(c, now, ink, X, Y, unit);
  if (layers.forged) {
    c.fillStyle = ink.forged;
    c.strokeStyle = ink.edge;
    c.lineWidth = 0.8;
    c.beginPath();
    for (let i = 0; i < now.points.length; i += 2) {
      const x = X(now.points[i]), y = Y(now.points[i + 1]), r = 3.6;
      c.moveTo(x, y - r); c.lineTo(x + r, y); c.lineTo(x, y + r); c.lineTo(x - r, y);
      c.closePath();
    }
    c.stroke();  // edges first: in a dense clump they would cover all points
    c.fill();
  }
}

// Where each forged point would go: longer is stronger, up to a fifth of the way to the edge.
function paintPulls(c, now, ink, X, Y, unit) {
  const heads = [];
  c.strokeStyle = c.fillStyle = ink.pull;
  c.lineWidth = 1.2;
  c.globalAlpha = 0.75;
  c.beginPath();
  for (let i = 0; i < now.points.length; i += 2) {
    const gx = now.pulls[i] * STRONG, gy = now.pulls[i + 1] * STRONG, size = Math.hypot(gx, gy), far = 0.26 * Math.tanh(size / 3) * unit;
    if (far < 3) continue;
    const dx = gx / size, dy = -gy / size, x = X(now.points[i]), y = Y(now.points[i + 1]);
    c.moveTo(x, y);
    c.lineTo(x + dx * far, y + dy * far);
    heads.push([x + dx * far, y + dy * far, dx * 4.4, dy * 4.4]);
  }
  c.stroke();
  c.beginPath();
  for (const [x, y, dx, dy] of heads) { c.moveTo(x + dx, y + dy); c.lineTo(x - 0.6 * dy, y + 0.6 * dx); c.lineTo(x + 0.6 * dy, y - 0.6 * dx); c.closePath(); }
  c.fill();
  c.globalAlpha = 1;
}

// The net of noise as the forger folds it: all meshes hold the same share of its points, so small ones are dense.
function paintFold(c, now, ink, X, Y) {
  const { fold, net } = now, at = (i, j) => [X(fold[2 * (i * net + j)]), Y(fold[2 * (i * net + j) + 1])];
  c.strokeStyle = c.fillStyle = ink.forged;
  c.lineWidth = net ? 0.9 : 2.5;
  if (!net) {
    c.beginPath();
    for (let i = 0; i < fold.length; i += 2) c.lineTo(X(fold[i]), Y(fold[i + 1]));
    c.stroke();
    return;
  }
  for (let i = 0; i + 1 < net; i++) for (let j = 0; j + 1 < net; j++) {
    const corners = [at(i, j), at(i, j + 1), at(i + 1, j + 1), at(i + 1, j)];
    const area = Math.abs(corners.reduce((sum, [x, y], k) => { const [u, v] = corners[(k + 1) % 4]; return sum + x * v - u * y; }, 0)) / 2;
    c.beginPath();
    for (const corner of corners) c.lineTo(...corner);
    c.closePath();
    c.globalAlpha = Math.min(0.75, 40 / (area + 20));
    c.fill();
    c.globalAlpha = 0.5;
    c.stroke();
  }
  c.globalAlpha = 1;
}

function paintStrokes(c, ink, X, Y, unit) {
  c.strokeStyle = c.fillStyle = ink.genuine;
  c.globalAlpha = 0.35;
  c.lineWidth = 0.1 * unit;
  c.lineCap = c.lineJoin = 'round';
  for (const stroke of shown.strokes) {
    c.beginPath();
    c.moveTo(X(stroke[0]?.[0]), Y(stroke[0]?.[1]));
    for (const [x, y] of stroke) c.lineTo(X(x) + 0.01, Y(y));
    c.stroke();
  }
  c.globalAlpha = 1;
  if (!shown.cursor) return;
  c.lineWidth = 2;
  c.strokeRect(X(shown.cursor[0]) - 6, Y(shown.cursor[1]) - 6, 12, 12);
}
