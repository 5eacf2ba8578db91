"""The way back from a picture to what a generator would have to be given: gradient descent on w (Karras et al. 2020,
section 5 and appendix D).

    L(w) = pixels + features + PULL * (distance of w from the middle of its kind)^2, in units of how w spreads

It begins with the best of many pictures that noise makes, for a descent only finds the nearest valley. Pixels are
compared at several sizes, since a face that is moved by two pixels is as far away as another face at the full size, and
near at a quarter of it. Features of VGG16 say whether there are the same edges and corners about the same places.

There may be one w for the whole picture, or one for every size ("W+", Abdal et al. 2019): then more pictures can be
reached, but also such as the generator never learned to make.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, pi

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, leaky_relu
from torch.optim import Adam

from core.gram import distance
from core.models.gan import GAIN, SLOPE, Generator
from core.models.staged import Staged

SIZES = 4
"""Sizes at which pixels are compared, each half of the one before."""
STAGES = ("relu2_1", "relu3_1")
"""Of `core.models.vgg.VGG`, whose maps are compared."""
FEATURES, PULL = 0.25, 0.02
"""Weights of the distance of features, and of the distance from the middle."""
TRIED, TOGETHER, FINALISTS = 256, 32, 8
"""Draws of noise at the beginning; so many at a time; so many are compared by features too."""
RATE = 0.1
"""Adam's first step, in coordinates of a `Frame`."""
DRAWN, LEAST = 4_000, 1e-4
"""Draws that a `Frame` is made of, and the least variance along an axis in units of the greatest."""


@dataclass(frozen=True)
class Aim:
    """What is to be found. pixels: (1, 3, side, side) and smaller ones. maps: stage -> (1, channels, side, side)."""

    pixels: tuple[Tensor, ...]
    maps: dict[str, Tensor]


@dataclass(frozen=True)
class Moment:
    """A report.

    phase: "drawing" while it looks for a beginning, then "descending". step: draws looked at, or steps done. picture:
    (1, 3, side, side) in [-1, 1]. total, pixels, features, pull: the loss of this very picture and its three parts,
    weighted; of a draw only the pixels count. kind: number of the kind. w: (1, w), or (1, sizes, w).
    """

    phase: str
    step: int
    picture: Tensor
    total: float
    pixels: float
    features: float
    pull: float
    kind: int
    w: Tensor


def pyramid(pictures: Tensor) -> tuple[Tensor, ...]:
    """Pictures (batch, 3, side, side) at SIZES sizes, or fewer if they are small."""
    made = [pictures]
    while len(made) < SIZES and made[-1].shape[-1] >= 8:
        made.append(avg_pool2d(made[-1], 2))
    return tuple(made)


def maps(eye: Staged | None, pictures: Tensor) -> dict[str, Tensor]:
    """Maps of STAGES; nothing beyond the last of them is worked out. Without an eye there are none."""
    out: dict[str, Tensor] = {}
    for name, stage in eye.stages.items() if eye else ():
        pictures = stage(pictures)
        if name in STAGES:
            out[name] = pictures
        if len(out) == len(STAGES):
            break
    return out


@torch.no_grad()
def aim(eye: Staged | None, picture: Tensor) -> Aim:
    """What to look for. eye: `VGG`, or None to compare pixels only. picture: (1, 3, side, side) in [-1, 1]."""
    return Aim(pyramid(picture), maps(eye, picture))


def pixel_loss(pictures: Tensor, target: Aim) -> Tensor:
    """Mean squared difference of colours in [-1, 1], the mean over all sizes: (batch,)."""
    sizes = zip(pyramid(pictures), target.pixels, strict=True)
    return torch.stack([(now - then).square().mean((1, 2, 3)) for now, then in sizes]).mean(0)


def feature_loss(eye: Staged | None, pictures: Tensor, target: Aim) -> Tensor:
    """The mean over STAGES of the squared difference of maps in units of the target's mean square: (batch,)."""
    seen = maps(eye, pictures)
    if not seen:
        return pictures.new_zeros(len(pictures))
    return torch.stack([distance(seen[name], target.maps[name]) for name in seen]).mean(0)


@dataclass(frozen=True)
class Frame:
    """Coordinates in which the w of one kind are round: v of ordinary pictures has mean 0 and, along every axis, mean
    square 1. w is bent at 0 by the last layer of the mapping; unbent, it is nearly normal, and so turned and stretched
    (Zhu et al. 2020, section 3.1). Without this a descent soon leaves the places that noise comes to.

    middle: (w,). axes: (w, w), one in each row, as long as w spreads along it.
    """

    middle: Tensor
    axes: Tensor

    def w(self, v: Tensor) -> Tensor:
        """From coordinates to w, any shape (..., w)."""
        return bent(self.middle + v @ self.axes)

    def v(self, w: Tensor) -> Tensor:
        """The way back."""
        return (unbent(w) - self.middle) @ torch.linalg.inv(self.axes)


def bent(x: Tensor) -> Tensor:
    """What the last layer of the mapping makes of its sums: w."""
    return GAIN * leaky_relu(x, SLOPE)


def unbent(w: Tensor) -> Tensor:
    """What the last layer of the mapping made before it was bent."""
    return leaky_relu(w / GAIN, 1 / SLOPE)


def moved(w: Tensor, way: Tensor) -> Tensor:
    """w after a way that is gone before it is bent, so that it stays among what a mapping can make."""
    return bent(unbent(w) + way)


@torch.no_grad()
def frame(net: Generator, kind: int, chance: torch.Generator) -> Frame:
    """The frame of one kind, from DRAWN draws of noise."""
    z = torch.randn(DRAWN, net.config.z, generator=chance)
    return framed(net.mapping(z, torch.full((DRAWN,), kind)))


def framed(w: Tensor) -> Frame:
    """The frame of ordinary w (count, w) of one kind."""
    x = unbent(w)
    middle = x.mean(0)
    spread, axes = torch.linalg.eigh((x - middle).t().cov())
    least = LEAST * spread.amax().clamp_min(1e-12)  # along what hardly varies there is no going
    return Frame(middle, spread.clamp_min(least).sqrt()[:, None] * axes.t())


def losses(
    net: Generator, eye: Staged | None, target: Aim, place: Frame, v: Tensor, pull: float = PULL
) -> tuple[Tensor, ...]:
    """L and its three weighted parts, (batch,) each, and the pictures (batch, 3, side, side).

    v: (batch, w) or (batch, sizes, w) in coordinates of `place`.
    """
    pictures = net(place.w(v))
    pixels = pixel_loss(pictures, target)
    features = FEATURES * feature_loss(eye, pictures, target)
    away = pull * v.square().flatten(1).mean(1)
    return pixels + features + away, pixels, features, away, pictures


@torch.no_grad()
def draws(net: Generator, target: Aim, seed: int) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """Pictures of noise, TOGETHER at a time, every kind in turn: w, kinds, pictures and their `pixel_loss`."""
    chance = torch.Generator().manual_seed(seed)
    for at in range(0, TRIED, TOGETHER):
        kinds = torch.arange(at, at + TOGETHER) % net.config.classes
        w = net.mapping(torch.randn(TOGETHER, net.config.z, generator=chance), kinds)
        pictures = net(w)
        yield w, kinds, pictures, pixel_loss(pictures, target)


@torch.inference_mode(False)  # gradients are wanted, whoever asks
@torch.enable_grad()
def project(
    net: Generator,
    eye: Staged | None,
    picture: Tensor,
    steps: int,
    every_size: bool = False,
    seed: int = 1,
    pull: float = PULL,
) -> Iterator[Moment]:
    """Looks for the w whose picture is nearest to a picture.

    Args:
        net: read-only; only w gets a gradient. eye: `VGG`, or None to compare pixels only.
        picture: (1, 3, side, side) in [-1, 1], of the size that the generator makes.
        steps: at least 1. every_size: a w for every size. seed: of the noise of the beginning.
        pull: weight of the distance from the middle, at least 0.

    Yields:
        A report of the best draw so far after every TOGETHER draws, of the best of all as step 0 of the descent, and of
        the picture after each step.
    """
    target = aim(eye, picture)
    w, kinds, apart = torch.empty(0, net.config.w), torch.empty(0, dtype=torch.int64), torch.empty(0)
    for more, which, pictures, far in draws(net, target, seed):
        best = int(far.argmin())
        if not len(apart) or far[best] < apart.min():
            lead = more[best : best + 1], pictures[best : best + 1].clamp(-1, 1), int(which[best]), float(far[best])
        w, kinds, apart = torch.cat([w, more]), torch.cat([kinds, which]), torch.cat([apart, far])
        yield Moment("drawing", len(w), lead[1], lead[3], lead[3], 0.0, 0.0, lead[2], lead[0])
    chance = torch.Generator().manual_seed(seed)
    frames = [frame(net, kind, chance) for kind in range(net.config.classes)]
    first = apart.topk(min(FINALISTS, len(apart)), largest=False).indices
    with torch.no_grad():
        totals = [
            losses(net, eye, target, frames[kinds[one]], frames[kinds[one]].v(w[one])[None], pull)[0] for one in first
        ]
    chosen = first[torch.cat(totals).argmin()]
    kind, place = int(kinds[chosen]), frames[kinds[chosen]]
    v = place.v(w[chosen])[None]
    if every_size:
        v = v[:, None].repeat(1, len(net.config.widths), 1)
    v = v.clone().requires_grad_()
    adam = Adam([v], lr=RATE, betas=(0.9, 0.99))
    for step in range(steps + 1):
        total, *parts, made = losses(net, eye, target, place, v, pull)
        told = (total.item(), *(part.item() for part in parts))
        yield Moment("descending", step, made.detach().clamp(-1, 1), *told, kind, place.w(v.detach()))
        if step < steps:
            (v.grad,) = torch.autograd.grad(total.sum(), v)
            adam.param_groups[0]["lr"] = RATE * (0.02 + 0.49 * (1 + cos(pi * step / steps)))
            adam.step()
