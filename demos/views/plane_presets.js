// Games worth a look, each by one press: views/plane_desk.js hears 'plane-preset', sets itself and begins anew.
const { node, t, announce } = window.gallery;
const stage = element.querySelector('.view') || element;
const STRONG = { d_rate: 0.01, d_steps: 5, g_rate: 0.0005 };
// name, settings of run A that differ from the usual ones, those of run B
const PRESETS = [
  [t('a fair game', '公平的对局'), {}],
  [t('mode collapse beside a fair game', '模式崩溃与公平对局'), { g_steps: 5 }, {}],
  [t('detective too strong: saturating against non-saturating', '侦探太强：饱和对非饱和'), { ...STRONG, loss: 'saturating' }, { ...STRONG }],
  [t('Wasserstein', 'Wasserstein'), { loss: 'wasserstein', d_steps: 3 }],
  [t('with R1 and without', '有无 R1'), { r1: 0.1 }, {}],
  [t('1-D noise against 2-D', '一维噪声对二维'), { noise: 'uniform 1' }, {}],
  [t('steps far too large', '步子大得离谱'), { d_rate: 0.1, g_rate: 0.1 }],
];
stage.replaceChildren(node('div.plane-presets', {}, node('span', {}, t('Try:', '试试：')), node('div.chips', { role: 'group', 'aria-label': t('games to try', '可以试的对局') },
  ...PRESETS.map(([name, game, rival]) => node('button.chip', { type: 'button', onclick: () => announce('plane-preset', { game, rival }) }, name)))));
