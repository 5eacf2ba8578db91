"""What can be seen of a duel in the plane: the detective's map, the forger's points and what pulls at them, how noise
is folded, and how far the two distributions are apart. Looking changes nothing."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from core import gan_losses
from core.duel import REPORTS, Duel, dimensions, noise
from core.plane import SIDE, Target

SHOWN, PROBES = 256, 1024
"""Forged points that are seen, and that are measured; these are among those. Their noise is always the same."""
MAP = 48
"""Places along a side of the detective's map."""
FOLD, FOLD_LINE = 17, 257
"""Points along a side of the net of noise, if noise has two numbers; and of the line, if it has one."""
CELLS = 25
"""Cells along a side of the grid on which distributions are compared."""
SURE = 1 / 16384
"""What KL takes for the share of the least probable cell at most: no forged point among PROBES does not mean never."""


class Numbers(NamedTuple):
    """d_loss, g_loss: of the last steps (0 before them). of_real, of_fake: mean verdicts, see `judged`. js, kl:
    Jensen-Shannon divergence, and KL(genuine || forged), in nats. modes: how many are served, see `coverage`; near:
    share of the forger's points near one. variety: over how many cells its points are spread, as a multiple of the
    genuine ones' (exp of the entropies)."""

    d_loss: float
    g_loss: float
    of_real: float
    of_fake: float
    js: float
    kl: float
    modes: int
    near: float
    variety: float


@dataclass(frozen=True)
class Look:
    """One moment of a duel.

    numbers: see `Numbers`. points: forged, (SHOWN, 2). pulls: (SHOWN, 2), minus the gradient of each point's own loss
    by its place: where the forger would like to have it. heat: (MAP, MAP), 0 forged to 1 genuine, see `trust`; the
    first row is the lowest. served: see `coverage`. fold: where a regular net of noise comes to lie: (FOLD, FOLD, 2),
    or (FOLD_LINE, 2).
    """

    numbers: Numbers
    points: Tensor
    pulls: Tensor
    heat: Tensor
    served: Tensor
    fold: Tensor


def look(duel: Duel) -> Look:
    """All there is to see now."""
    with torch.no_grad():
        points = duel.forger(probes(duel))
        numbers = _numbers(duel, points)
        raw = duel.detective(places())[:, 0].reshape(MAP, MAP)
        fold = duel.forger(net(duel.applied.noise).flatten(0, -2)).unflatten(0, net(duel.applied.noise).shape[:-1])
    served = coverage(points, duel.target)[0]
    seen = points[:SHOWN]
    return Look(numbers, seen, pulls(duel, seen), trust(duel.wanted.loss, raw), served, fold)


def measured(duel: Duel) -> Numbers:
    """Only the numbers."""
    with torch.no_grad():
        return _numbers(duel, duel.forger(probes(duel)))


def probes(duel: Duel) -> Tensor:
    """The noise of the points that are seen and measured, (PROBES, dimensions)."""
    return noise(duel.applied.noise, PROBES, torch.Generator().manual_seed(0))


def genuine(target: Target) -> Tensor:
    """Genuine points to be shown, (SHOWN, 2), always the same."""
    return target.sample(SHOWN, torch.Generator().manual_seed(0))


def _numbers(duel: Duel, points: Tensor) -> Numbers:
    loss, target = duel.wanted.loss, duel.target
    real = judged(loss, duel.detective(genuine(target))).mean()
    fake = judged(loss, duel.detective(points)).mean()
    served, near = coverage(points, target)
    share = shares(points)
    apart, variety = divergences(masses(target), share), spread(share) / floor(target)[2]
    losses = (duel.losses.get(side, 0.0) for side in "dg")
    return Numbers(*losses, float(real), float(fake), *apart, int(served.sum()), near, variety)


def judged(loss: str, raw: Tensor) -> Tensor:
    """Verdicts as one speaks of them: probabilities where the loss takes a logarithm of them, else as they are."""
    return raw.sigmoid() if loss in ("saturating", "non-saturating") else raw


def trust(loss: str, raw: Tensor) -> Tensor:
    """Verdicts on a scale from 0, forged, to 1, genuine. Wasserstein's have no zero: they run from the least of `raw`
    to the greatest."""
    if loss == "least squares":
        return raw.clamp(0, 1)
    if loss == "hinge":
        return ((raw + 1) / 2).clamp(0, 1)
    if loss == "wasserstein":
        return (raw - raw.min()) / (raw.max() - raw.min()).clamp(min=1e-9)
    return raw.sigmoid()


def pulls(duel: Duel, points: Tensor) -> Tensor:
    """Minus the gradient of the forger's loss for each of the points (count, 2) by its own place: (count, 2)."""
    points = points.detach().requires_grad_()
    loss = gan_losses.generator_loss(duel.wanted.loss, duel.detective(points)) * len(points)
    return -torch.autograd.grad(loss, points)[0]


def coverage(points: Tensor, target: Target) -> tuple[Tensor, float]:
    """Which modes are served, (modes,): they get at least a fifth of their fair share of the points (count, 2). And the
    share of all points that are near some mode. Points are counted for the nearest mode, if within reach."""
    gaps, nearest = torch.cdist(points, target.modes).min(1)
    near = gaps <= target.reach
    counts = torch.bincount(nearest[near], minlength=len(target.modes))
    enough = max(1.0, 0.2 * len(points) / len(target.modes))
    return counts >= enough, float(near.float().mean())


def shares(points: Tensor) -> Tensor:
    """Share of the points (count, 2) in each cell, (CELLS * CELLS + 1,); the last one is for all that lies outside."""
    cell = ((points + SIDE) / (2 * SIDE) * CELLS).floor()
    inside = ((cell >= 0) & (cell < CELLS)).all(1)
    numbers = torch.where(inside, cell[:, 1] * CELLS + cell[:, 0], CELLS * CELLS).long()
    return torch.bincount(numbers, minlength=CELLS * CELLS + 1) / len(points)


@lru_cache(maxsize=32)
def masses(target: Target) -> Tensor:
    """The share of each cell under the target, counted on 100,000 points."""
    return shares(target.sample(100_000, torch.Generator().manual_seed(1)))


@lru_cache(maxsize=32)
def floor(target: Target) -> tuple[float, float, float]:
    """JS and KL that PROBES genuine points would have, for nobody can be expected to do better; and their spread."""
    share = shares(target.sample(PROBES, torch.Generator().manual_seed(2)))
    return *divergences(masses(target), share), spread(share)


def spread(p: Tensor) -> float:
    """Over how many cells shares (cells,) are spread: exp of their entropy, from 1 to all."""
    return float(torch.special.entr(p).sum().exp())


def divergences(p: Tensor, q: Tensor) -> tuple[float, float]:
    """Jensen-Shannon divergence, 0 to ln 2, and KL(p || q), with no share of q taken as less than SURE; in nats.

    p, q: (cells,), each sums to 1.
    """

    def kl(a: Tensor, b: Tensor) -> Tensor:
        return torch.where(a > 0, a * (a / b.clamp(min=1e-30)).clamp(min=1e-30).log(), 0).sum()

    middle = (p + q) / 2
    return float((kl(p, middle) + kl(q, middle)) / 2), float(kl(p, q.clamp(min=SURE)))


@lru_cache(maxsize=1)
def places() -> Tensor:
    """Middles of the map's places, (MAP * MAP, 2), row by row from below."""
    line = (torch.arange(MAP) + 0.5) / MAP * 2 * SIDE - SIDE
    return torch.stack(torch.meshgrid(line, line, indexing="xy"), -1).flatten(0, 1)


@lru_cache(maxsize=8)
def net(kind: str) -> Tensor:
    """Noise on a net whose meshes are all equally probable: (FOLD, FOLD, 2), or (FOLD_LINE, 1). Of Gaussian noise the
    outermost hundredth on every side is left out."""
    count = FOLD if dimensions(kind) == 2 else FOLD_LINE
    line = torch.linspace(-1, 1, count)
    if kind.startswith("gaussian"):
        line = torch.special.ndtri(torch.linspace(0.01, 0.99, count))
    return line[:, None] if dimensions(kind) == 1 else torch.stack(torch.meshgrid(line, line, indexing="xy"), -1)


def sign(loss: str, now: Numbers, pull: float, least: float, modes: int, before: str = "") -> str:
    """What a single report says, as one word.

    Args:
        pull: the median pull. least: the JS that genuine points have. modes: how many the target has.
        before: the verdict so far. It is given up less easily than it was reached.

    Returns:
        "matched" (as near as can be told), "covered" (all modes served), "vanished" (far apart, the detective is sure,
        and hardly a pull), "collapsed" (all points in few cells), "collapsed-guessing" (and the detective cannot tell),
        "guessing" (far apart, the detective cannot tell, and little of a pull), or "learning".
    """
    far, (real, fake) = now.js > math.log(2) / 2, sure(loss, now.of_real, now.of_fake)
    guess = abs(real - fake) < 0.05
    if now.js < least * (3.75 if before == "matched" else 2.5):
        return "matched"
    if now.modes >= modes * (0.75 if before in ("matched", "covered") else 1):
        return "covered"
    if far and real >= 0.9 and fake <= 0.1 and pull < 0.02:
        return "vanished"
    if now.variety < (0.8 if before.startswith("collapsed") else 0.4):
        return "collapsed-guessing" if guess else "collapsed"
    return "guessing" if far and guess and pull < 0.1 else "learning"


def sure(loss: str, real: float, fake: float) -> tuple[float, float]:
    """Mean verdicts on genuine and on forged points, on a scale where 1 means genuine and 0 forged. Wasserstein's have
    no zero, only a lead, and a lead of 1 counts as all that can be had."""
    if loss == "hinge":
        return (real + 1) / 2, (fake + 1) / 2
    if loss == "wasserstein":
        return (1 + real - fake) / 2, (1 - real + fake) / 2
    return real, fake


def heed(duel: Duel, now: Numbers) -> None:
    """Takes a report into account. Four of the last five must say the same before the verdict changes, for one alone
    may be chance, and a verdict that comes and goes cannot be read."""
    with torch.no_grad():
        points = duel.forger(probes(duel)[:SHOWN])
    pull = float(pulls(duel, points).norm(dim=1).median())
    target = duel.target
    said = sign(duel.wanted.loss, now, pull, floor(target)[0], len(target.modes), duel.word)
    duel.signs.append(said)
    if duel.signs.count(said) > 0.75 * REPORTS:
        duel.word = said


def diagnosis(duel: Duel, seen: Look) -> str:
    """One word for how it stands: "diverged", "ready", "early", or the verdict that has held, see `sign`. Praise is
    taken back at once if what is seen belies it, as when more has been drawn since."""
    if duel.burst:
        return "diverged"
    if duel.iterations < 150:
        return "early" if duel.turns else "ready"
    if duel.word in ("matched", "covered") and seen.numbers.modes < len(duel.target.modes) / 2:
        return "learning"
    return duel.word
