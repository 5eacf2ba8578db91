// How the forger of ten kinds learned: a wall from fixed noise at kept steps, and the curves. Value: see `recorded` of
// demos/gan/variety.py, or null.
const { node, t, chart } = window.gallery;
const stage = element.querySelector('.view') || element;

function draw() {
  const value = props.value;
  if (!value?.stages) { stage.replaceChildren(); return; }
  const { stages, curve, count } = value, last = stages.length - 1, picture = node('img'), facts = node('p.rows-facts', { role: 'status' }), plots = node('div.grown-plots');
  const slider = node('input.timeline-slider', { type: 'range', min: 0, max: last, step: 1, 'aria-label': t('moment of the training', '训练的时刻'), oninput: () => show(+slider.value) });
  const line = (name, column, tone) => ({ name, tone, points: curve.map((row) => [row[0], row[column]]) });
  function show(k) {
    const { step, sheet, frechet } = stages[k], plot = { xName: t('step', '步'), marks: [step], height: 170, width: 430 };
    slider.value = k;
    slider.setAttribute('aria-valuetext', t(`step ${step}`, `第 ${step} 步`));
    picture.src = sheet;
    picture.alt = t(`pictures from the same noise after ${step} steps, a kind in every column`, `第 ${step} 步时同样噪声的图片，每列一类`);
    facts.textContent = t(`After ${step.toLocaleString()} steps: Fréchet distance ${frechet.toFixed(0)} to genuine photographs (${count} pictures, features of our ImageNet classifier; it falls with the number of pictures, and the card counts more)`, `第 ${step.toLocaleString()} 步：与真照片的 Fréchet 距离 ${frechet.toFixed(0)}（${count} 张，我们的 ImageNet 分类器的特征；图越多此值越小，卡片上用的更多）`);
    plots.replaceChildren(
      chart({ ...plot, yName: t('Fréchet distance', 'Fréchet 距离'), series: [{ name: t('less is better', '越小越好'), tone: 0, points: stages.map((one) => [one.step, one.frechet]) }] }),
      chart({ ...plot, yName: t('how real the detective finds them', '侦探认为有多真'), series: [line(t('D(x), genuine', 'D(x)，真图'), 3, 0), line(t('D(G(z)), forged', 'D(G(z))，伪图'), 4, 1)] }));
  }
  stage.replaceChildren(node('h3', {}, t('How it learned', '它是怎样学会的')), node('div.grown', {}, node('div', {}, facts, picture, slider), plots));
  show(last);
}
watch('value', draw);
draw();
