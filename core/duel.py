"""A generator and a discriminator of points in the plane, in training against each other.

Small enough that their whole game can be watched (see core/arena.py). To a visitor the generator is the forger, the
discriminator the detective. Seed, settings and the turns taken decide all weights; no clock has a say.
"""

import math
from collections import deque
from dataclasses import dataclass, field, fields, replace
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, Optimizer

from core import gan_losses
from core.complaint import Complaint, checked_seed, choice, number, whole
from core.plane import Target

BATCH = 128
NOISES = ("uniform 2", "uniform 1", "gaussian 2", "gaussian 1")
"""Kind and number of the random numbers that become a point."""
OPTIMISERS = ("adam", "momentum", "sgd")
WIDTHS, MOST_DEPTH, MOST_STEPS, MOST_RATE, MOST_R1 = (4, 8, 16, 32, 64, 128), 4, 10, 1e9, 100.0
"""Numbers in a layer, hidden layers, steps of a side in one iteration, learning rate (sane ones end at 1; who wants to
see a run burst may), weight of R1."""
PENALTY = 0.1
"""Weight of the gradient penalty that belongs to the Wasserstein loss: as its authors had it for points in the plane
(gan_toy.py of Gulrajani et al. 2017), a hundredth of what they took for pictures."""
REPORTS = 5
"""So many of the last reports have a say in the verdict."""
FAR, LOUD = 100.0, 1e6
"""A forged point further out, or a verdict further from 0, and the run has burst."""


@dataclass(frozen=True)
class Settings:
    """loss: one of gan_losses.KINDS. noise: one of NOISES. r1: weight gamma of R1, 0 for none. Of the discriminator d
    and the generator g: hidden layers, numbers in each, optimiser, learning rate, steps in one iteration."""

    loss: str = "non-saturating"
    noise: str = "uniform 2"
    r1: float = 0.0
    d_depth: int = 2
    d_width: int = 64
    d_optimiser: str = "adam"
    d_rate: float = 0.002
    d_steps: int = 1
    g_depth: int = 2
    g_width: int = 64
    g_optimiser: str = "adam"
    g_rate: float = 0.001
    g_steps: int = 1


BUILT = ("noise", "d_depth", "d_width", "g_depth", "g_width")
"""Settings that are built into the networks, and cannot change in the course of a run."""


def settings(wishes: object) -> Settings:
    """A visitor's wishes, name -> value; what is not named stays as it is by default. Raises Complaint."""
    if not isinstance(wishes, dict):
        raise Complaint("The settings must be names with values.", "设置必须是名称与值。")
    known = {one.name for one in fields(Settings)}
    if strange := [name for name in wishes if name not in known]:
        raise Complaint(f"There is no setting {str(strange[0])[:40]!r}.", f"没有 {str(strange[0])[:40]!r} 这个设置。")
    made = Settings(**wishes)
    checked: dict = dict(
        loss=choice(("The loss", "损失"), made.loss, gan_losses.KINDS),
        noise=choice(("The noise", "噪声"), made.noise, NOISES),
        r1=number(("The weight of R1", "R1 的权重"), made.r1, 0, MOST_R1),
    )
    for side, en, zh in (("d", "detective's", "侦探"), ("g", "forger's", "伪造者")):
        width = whole((f"The {en} width", f"{zh}的宽度"), getattr(made, f"{side}_width"), WIDTHS[0], WIDTHS[-1])
        checked |= {
            f"{side}_depth": whole(
                (f"The {en} hidden layers", f"{zh}的隐藏层数"), getattr(made, f"{side}_depth"), 1, MOST_DEPTH
            ),
            f"{side}_width": width,
            f"{side}_optimiser": choice(
                (f"The {en} optimiser", f"{zh}的优化器"), getattr(made, f"{side}_optimiser"), OPTIMISERS
            ),
            f"{side}_rate": number(
                (f"The {en} learning rate", f"{zh}的学习率"), getattr(made, f"{side}_rate"), 0, MOST_RATE
            ),
            f"{side}_steps": whole((f"The {en} steps", f"{zh}的步数"), getattr(made, f"{side}_steps"), 1, MOST_STEPS),
        }
    return Settings(**checked)


def network(reads: int, makes: int, depth: int, width: int, generator: torch.Generator) -> nn.Sequential:
    """(batch, reads) -> (batch, makes), with `depth` hidden layers of `width` numbers. Weights as torch draws them by
    default, but from `generator`."""
    sizes = [reads, *[width] * depth, makes]
    layers: list[nn.Module] = []
    for before, after in pairwise(sizes):
        line = nn.utils.skip_init(nn.Linear, before, after)
        for part in (line.weight, line.bias):
            nn.init.uniform_(part, -1 / math.sqrt(before), 1 / math.sqrt(before), generator=generator)
        layers += [line, nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers[:-1])


@dataclass(eq=False)
class Duel:
    """A pair in training.

    target, wanted: where genuine points come from, and the settings of the next step; both may be set at any time, from
    any thread, but for what is BUILT in. applied: the settings of the last step. reals, noises: draw the genuine points
    and the noise. last: the side that had the last turn, "d" or "g"; turns: how many both had. losses: of the last step
    of each side. curve: (iteration, *Numbers) now and then. signs, word: what the last reports said, and the verdict
    that has held; for both see core/duel_measures.py. burst: the sentence that ended it, if one did.
    """

    target: Target
    wanted: Settings
    applied: Settings
    seed: int
    forger: nn.Sequential
    detective: nn.Sequential
    reals: torch.Generator
    noises: torch.Generator
    optimisers: dict[str, Optimizer] = field(default_factory=dict)
    last: str = "g"
    turns: int = 0
    losses: dict[str, float] = field(default_factory=dict)
    curve: list[tuple] = field(default_factory=list)
    signs: deque[str] = field(default_factory=lambda: deque(maxlen=REPORTS))
    word: str = "early"
    burst: Complaint | None = None

    @property
    def iterations(self) -> int:
        """Turns of both sides."""
        return self.turns // 2


def begin(target: Target, wanted: Settings, seed: object = 1) -> Duel:
    """A pair that has not begun. Raises Complaint for an impossible seed."""
    seed = checked_seed(seed)
    drawer = torch.Generator().manual_seed(seed)
    detective = network(2, 1, wanted.d_depth, wanted.d_width, drawer)
    drawer.manual_seed(seed + 1)  # the forger of another noise meets the same detective
    forger = network(dimensions(wanted.noise), 2, wanted.g_depth, wanted.g_width, drawer)
    streams = (torch.Generator().manual_seed(seed + more) for more in (2, 3))
    return Duel(target, wanted, wanted, seed, forger, detective, *streams)


def dimensions(noise: str) -> int:
    """How many numbers become a point."""
    return int(noise[-1])


def noise(kind: str, count: int, generator: torch.Generator) -> Tensor:
    """(count, dimensions). Uniform noise runs from -1 to 1."""
    shape = count, dimensions(kind)
    if kind.startswith("uniform"):
        return 2 * torch.rand(shape, generator=generator) - 1
    return torch.randn(shape, generator=generator)


def detective_step(duel: Duel) -> None:
    """The discriminator learns from BATCH genuine and BATCH forged points. Raises Complaint, see `_take`."""
    _apply(duel)
    now, judge = duel.applied, duel.detective
    real = duel.target.sample(BATCH, duel.reals)
    with torch.no_grad():
        fake = duel.forger(noise(now.noise, BATCH, duel.noises))
    verdicts = judge(torch.cat([real, fake]))
    loss = gan_losses.discriminator_loss(now.loss, verdicts[:BATCH], verdicts[BATCH:])
    whole_loss = loss
    if now.loss == "wasserstein":
        whole_loss = whole_loss + PENALTY * gan_losses.gradient_penalty(judge, real, fake, duel.noises)
    if now.r1:
        whole_loss = whole_loss + now.r1 / 2 * gan_losses.r1(judge, real)
    _take(duel, "d", loss, whole_loss, fake, verdicts)


def forger_step(duel: Duel) -> None:
    """The generator learns from what the discriminator says of BATCH forged points. Raises Complaint, see `_take`."""
    _apply(duel)
    fake = duel.forger(noise(duel.applied.noise, BATCH, duel.noises))
    verdicts = duel.detective(fake)
    loss = gan_losses.generator_loss(duel.applied.loss, verdicts)
    _take(duel, "g", loss, loss, fake, verdicts)


def take_turn(duel: Duel, side: str) -> None:
    """All steps that a side, "d" or "g", has in one iteration. Raises Complaint, see `_take`."""
    for _ in range(getattr(duel.wanted, f"{side}_steps")):
        (detective_step if side == "d" else forger_step)(duel)
    duel.last = side
    duel.turns += 1


def due(duel: Duel) -> str:
    """Whose turn comes next."""
    return "g" if duel.last == "d" else "d"


SIDES = {"d": "detective", "g": "forger"}


def _take(duel: Duel, side: str, shown: Tensor, loss: Tensor, fake: Tensor, verdicts: Tensor) -> None:
    """A step of one side down its loss.

    Raises:
        Complaint: a number is infinite, or points or verdicts have gone out of bounds; the weights stay as they were.
    """
    mine = list(getattr(duel, SIDES[side]).parameters())
    gradients = torch.autograd.grad(loss, mine)
    far, loud = float(fake.detach().abs().max()), float(verdicts.detach().abs().max())
    if not (far <= FAR and loud <= LOUD and all(bool(one.isfinite().all()) for one in (loss, *gradients))):
        what = (
            ("the forger's points have flown off the plane", "伪造者的点飞出了平面")
            if not far <= FAR
            else ("the detective's verdicts have grown beyond all bounds", "侦探的判断值变得无限大")
        )
        duel.burst = Complaint(
            f"The run has diverged at iteration {duel.iterations + 1:,}: {what[0]}. The steps were too large: start "
            "anew with smaller learning rates.",
            f"训练在第 {duel.iterations + 1:,} 次迭代时发散：{what[1]}。步子太大了：请用更小的学习率重新开始。",
        )
        raise duel.burst
    for one, gradient in zip(mine, gradients, strict=True):
        one.grad = gradient
    duel.optimisers[side].step()
    duel.losses[side] = float(shown.detach())


def _apply(duel: Duel) -> None:
    """Takes over settings that have changed; another optimiser starts without memory."""
    before, duel.applied = duel.applied, replace(duel.wanted, **{name: getattr(duel.applied, name) for name in BUILT})
    for side, name in SIDES.items():
        kind, rate = getattr(duel.applied, f"{side}_optimiser"), getattr(duel.applied, f"{side}_rate")
        if side not in duel.optimisers or kind != getattr(before, f"{side}_optimiser"):
            mine = getattr(duel, name).parameters()
            duel.optimisers[side] = (
                Adam(mine, lr=rate, betas=(0.5, 0.99), fused=True)
                if kind == "adam"
                else SGD(mine, lr=rate, momentum=0.9 if kind == "momentum" else 0.0, fused=True)
            )
        for group in duel.optimisers[side].param_groups:
            group["lr"] = rate
