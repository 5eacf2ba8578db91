"""How the forgers and their judges learn: every setting, and what was tried before.

Losses and settings are those of StyleGAN2 (Karras et al. 2020), but for a higher rate, for hours are short: logistic
and non-saturating, Adam with beta 0, the slope at true pictures held down in every 16th step (R1, Mescheder et al.
2018), weights averaged over some 10,000 pictures. Rates are in proportion to the spread with which weights begin, which
for Adam is the same as scaling weights at run time (Karras et al. 2018, section 4.1). There is no augmentation of what
the judge sees: each picture comes up some ten times only, and a forger that learns for hours, not days, has no time to
lose.

Avatars are hard: clear-cut, and of many parts that combine. With gamma 0.5 the judge won (it found true pictures 94 %
real and forged ones 6 %), and the forger went from one handful of faces to the next, of which the averaged weights make
a blur. With ten times the gamma, and a wish that different noise gives different pictures, they keep up with each
other. The forger that ships learned 5,500 steps before that was found, the last 2,000 of them at a sinking rate, which
had also sunk to its end at step 10,400, before the plan was lengthened. From step 19,000 on, a second course: the rate
begins anew at half its height, and a critic joins that sees with the eyes of the ImageNet classifier, see
`weights.recipes.gan_critic`. It began with the weights that shipped until then (`--onward`): an optimiser forgets
within some hundred steps. In its first 1,270 steps the critic saw every picture by itself only.

The faces were good then, but few: of 54 combinations of design, hair and background 11 never came, and of the ways in
which true avatars differ hardly any was there. From step 23,000 on, a third course: nine numbers of the noise decide
nine attributes. Judge and critic are told what was asked for, so that glasses that do not come give a forgery away
(projections, Miyato & Koyama 2018), and each forged picture is compared with a true one that has the same attributes,
in squares of 4 x 4 pixels (as the L1 of Isola et al. 2017 holds what is coarse, and leaves what is fine to the game).
What had shipped went on with new weights of 0; for the first 270 steps of this course `obey` was 10, and then it sank
slowly until step 24,000. A network that reads attributes was tried as a teacher first, and no good: the forger found
pictures that only please the reader.

"collapsed" begins as "avatars" does, and goes on from what that run leaves for it if it is there. From a step on
the judge moves in every 16th step only and nothing holds its slope down. The forger then finds whatever the judge likes
best at the moment, and makes nothing else: the "Helvetica scenario" of Goodfellow et al. 2014, section 6.
"""

from dataclasses import dataclass, replace

from core.models.gan import Config, JudgeConfig
from weights.recipes.gan_data import WISHES


@dataclass(frozen=True)
class Plan:
    """How it is learned. `lr` is Adam's peak for weights of spread 1.

    r1: gamma. mix: share of forged pictures whose coarse and fine sizes have a different w. firm: a step, and what
    holds from there on: another r1, and the weight of the wish that pictures of different noise differ, see `alike`.
    again: steps at which another course begins, the rate anew at half its height, and from the first on with a critic.
    obey: the weight, in the last course, of the wish that forged pictures resemble true ones with the attributes that
    their noise asks for; in the second half it sinks to 0. Judge and critic are then told these attributes. See
    `core.models.wishes.Wishes`.
    mirror: half of the true pictures are mirrored. sabotage: the step from which the game is spoilt. fork: a step at
    which a copy of the run is left for another one, and that one's name. marks: steps at which the generator is kept,
    besides the last.
    """

    forger: Config
    judge: JudgeConfig
    steps: int = 10_000
    batch: int = 32
    r1: float = 0.5
    mix: float = 0.5
    firm: tuple[int, float, float] | None = None
    again: tuple[int, ...] = ()
    obey: float = 0.0
    mirror: bool = False
    sabotage: int | None = None
    fork: tuple[int, str] | None = None
    marks: tuple[int, ...] = (0, 100, 200, 400, 800, 1_500, 3_000, 5_000, 9_000, 12_000, 16_000, 19_000, 23_000)
    lr: float = 1e-2
    warm: int = 100  # steps until the peak
    flat: float = 0.6  # share of the steps at the peak before the rate goes down
    average: float = 0.998
    seed: int = 1


SPOILT = 3_000
AVATARS = Plan(
    Config(attributes=tuple(WISHES.values())),
    JudgeConfig(values=sum(map(len, WISHES.values()))),
    steps=26_000,
    fork=(SPOILT, "gan_collapsed"),
    firm=(5_500, 5.0, 0.3),
    again=(19_000, 23_000),
    obey=40.0,
)
PLANS = {
    "avatars": AVATARS,
    "cifar": Plan(
        Config(classes=10, widths=(128, 128, 128, 64)),
        JudgeConfig(classes=10, cell=1, widths=(64, 128, 128, 128)),
        r1=0.02,
        mix=0.0,
        mirror=True,
        marks=(0, 100, 200, 400, 800, 1_500, 2_500, 4_000, 6_000, 8_000),
    ),
    "collapsed": replace(
        AVATARS,
        steps=3_600,
        flat=0.99,
        average=0.98,
        sabotage=SPOILT,
        fork=None,
        firm=None,
        again=(),
        obey=0.0,
        marks=(0, 400, 800, 1_500, 2_200, SPOILT, 3_030, 3_060, 3_100, 3_200, 3_300, 3_400),
    ),
}
