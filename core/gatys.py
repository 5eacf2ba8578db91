"""A picture is painted: pixels are changed, step by step, until features say "this content, that style" (Gatys et al.
2016, sections 2.1 to 2.4).

    L(x) = alpha * content(x) + beta * style(x) + gamma * roughness(x)

A picture holds no colours beyond black and white, so every x is looked at as it can be shown, its values cut to
[-1, 1]; otherwise the optimiser makes do with colours that nobody will see. A pixel that is beyond has no slope of its
own and is drawn back by a wall, a quadratic one.

Plain Adam on pixels leaves fine ripples. Four things together keep them away: the first steps work on a small picture
(Gatys et al. 2017, section 6), L-BFGS knows how steep every direction is, the borders are reflected instead of black,
and the painting is rid of the grain of its paper and its file, which otherwise must turn up in every flat place.

A canvas (`core.canvas`) holds all of a run, so that it can be left at any step and taken up again.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, isfinite, pi

import torch
from PIL import Image, ImageFilter
from torch import Tensor, nn
from torch.nn.functional import interpolate
from torch.optim import LBFGS, Adam

from core.canvas import Canvas, Wishes
from core.complaint import Complaint
from core.gram import content_loss, gram, style_loss
from core.images import fitted
from core.luma import luma, matched, recoloured
from core.models.vgg import VGG
from core.seeing import pixels

STROKES = 1.5
"""Longer side of the painting in units of the picture's: so large are the strokes."""
GRAIN, LARGEST = 5, 640
"""Pixels of the median that takes the grain away, in a painting of at most so many pixels."""
RATE = 0.04
"""Adam's first learning rate, in units of the colours' half range."""
LEAP = 0.1
"""The largest step of L-BFGS, which has no line search: root mean square over all pixels, in the same units."""
WALL = 100.0
"""Weight of the mean squared excess of values beyond [-1, 1]."""
EVERY = 7
"""Steps between two reports."""
MOST_SECONDS, MOST_STEPS = 60, 2000


@dataclass(frozen=True)
class Moment:
    """One report: picture (1, 3, height, width) in [-1, 1] at the size of its rung, and its own losses."""

    step: int
    picture: Tensor
    total: float
    content: float
    style: float
    rough: float
    over: bool


def reflecting(vgg: VGG) -> VGG:
    """The same network, with the border of every map reflected instead of black. Changes `vgg` and returns it."""
    for module in vgg.modules():
        if isinstance(module, nn.Conv2d):
            module.padding_mode = "reflect"
    return vgg


def calmed(painting: Image.Image) -> Image.Image:
    """A painting without grain, paper and the traces of its file; strokes keep their edges."""
    if max(painting.size) > LARGEST:
        painting = painting.resize(fitted(painting.size, LARGEST), Image.Resampling.LANCZOS)
    return painting.filter(ImageFilter.MedianFilter(GRAIN)) if min(painting.size) >= 8 * GRAIN else painting


def begin(photo: Image.Image | None, painting: Image.Image, wishes: Wishes) -> Canvas:
    """An untouched canvas. photo: None for a texture, a square of nothing but style."""
    small = None if photo is None else pixels(photo.resize(fitted(photo.size, wishes.side), Image.Resampling.LANCZOS))
    return Canvas(wishes, small, pixels(calmed(painting)))


def features(vgg: VGG, picture: Tensor, stages: set[str], half: bool = False) -> dict[str, Tensor]:
    """Maps of some stages in float32; nothing beyond the last of them is worked out. picture: (batch, 3, h, w)."""
    out: dict[str, Tensor] = {}
    x = picture.contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        for name, stage in vgg.stages.items():
            x = stage(x)
            if name in stages:
                out[name] = x.float()
            if len(out) == len(stages):
                break
    return out


def roughness(picture: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels, a scalar: total variation with exponent 2 (Mahendran & Vedaldi
    2015, section 3), which unlike exponent 1 draws no straight lines."""
    across = (picture[..., 1:] - picture[..., :-1]).square().mean()
    return across + (picture[..., 1:, :] - picture[..., :-1, :]).square().mean()


def losses(vgg: VGG, canvas: Canvas, picture: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """L, content, style and roughness of (1, 3, height, width) of the rung at hand as it can be shown, scalars."""
    wishes, (maps, grams), picture = canvas.wishes, canvas.aims, picture.clamp(-1, 1)
    now = features(vgg, picture, {*maps, *grams}, wishes.half)
    zero = picture.new_zeros(())
    content = content_loss(now, maps, wishes.content)[0] if maps else zero
    style = style_loss({stage: gram(now[stage]) for stage in grams}, grams, wishes.shares())[0] if grams else zero
    rough = roughness(picture)
    return wishes.alpha * content + wishes.beta * style + wishes.gamma * rough, content, style, rough


def scaled(picture: Tensor, height: int, width: int) -> Tensor:
    """(1, channels, any, any) -> (1, channels, height, width), in [-1, 1]."""
    return interpolate(picture, (height, width), mode="bicubic", antialias=True).clamp(-1, 1)


def size(picture: Tensor, side: float) -> tuple[int, int]:
    """Height and width of a picture whose longer side is made `side`."""
    width, height = fitted((picture.shape[3], picture.shape[2]), round(side))
    return max(16, height), max(16, width)  # of a ribbon enough must be left to be reflected after three poolings


def aimed(painting: Tensor, side: float) -> Tensor:
    """A painting (1, 3, any, any) at the size at which its style is taken for a picture of `side` pixels."""
    return scaled(painting, *size(painting, STROKES * side))


@torch.no_grad()
def climb(vgg: VGG, canvas: Canvas) -> None:
    """Prepares the next rung: the picture enlarged, what it is to become, an optimiser without memory."""
    wishes = canvas.wishes
    canvas.rung, canvas.climbed = canvas.rung + 1, 0
    side, _ = wishes.rungs()[canvas.rung]
    painting = aimed(canvas.painting, side)
    photo, shape = None, (side, side)
    if canvas.photo is not None:
        shape = size(canvas.photo, side)
        photo = scaled(canvas.photo, *shape)
        if wishes.colour:
            painting, photo = matched(painting, photo).expand(-1, 3, -1, -1), luma(photo).expand(-1, 3, -1, -1)
    # also what counts for nothing is measured
    maps = {} if photo is None else features(vgg, photo, {wishes.content}, wishes.half)
    seen = features(vgg, painting, set(wishes.shares()), wishes.half)
    canvas.aims = maps, {stage: gram(value) for stage, value in seen.items()}
    channels = 1 if wishes.colour else 3
    if canvas.values is not None:
        values = scaled(canvas.values, *shape)
    elif photo is None or wishes.start == "noise":
        values = 0.3 * torch.randn(1, channels, *shape, generator=torch.Generator().manual_seed(wishes.seed))
    else:
        values = photo[:, :channels]
    canvas.values = values.clone().contiguous().requires_grad_()
    # one look at the picture for one step, so that a run can be left between any two
    canvas.optimiser = (
        LBFGS([canvas.values], lr=1, max_iter=1, history_size=20)
        if wishes.optimiser == "lbfgs"
        else Adam([canvas.values], lr=RATE, betas=(0.9, 0.99))
    )


def shown(canvas: Canvas) -> Tensor:
    """The picture as it is now, (1, 3, height, width) in [-1, 1], with the photograph's colours if these are kept."""
    picture = canvas.values.detach().clamp(-1, 1).repeat(1, 3 // canvas.values.shape[1], 1, 1)
    if canvas.wishes.colour and canvas.photo is not None:
        return recoloured(picture, scaled(canvas.photo, *picture.shape[2:]))
    return picture


def step(vgg: VGG, canvas: Canvas) -> tuple[float, ...]:
    """One step. Returns L, content, style and roughness of the picture before it.

    Raises:
        Complaint: the loss is no number any more; the picture stays as it was.
    """
    found: tuple[float, ...] = ()
    before = canvas.values.detach().clone()

    def closure() -> Tensor:
        nonlocal found
        parts = losses(vgg, canvas, canvas.values.expand(-1, 3, -1, -1))
        excess = (canvas.values - canvas.values.clamp(-1, 1)).square().mean()
        (slope,) = torch.autograd.grad(parts[0] + WALL * excess, canvas.values)
        canvas.values.grad = slope.contiguous()  # L-BFGS lays it out as one row
        found = tuple(part.item() for part in parts)
        return parts[0].detach()

    if canvas.wishes.optimiser == "adam":
        share = min(1, canvas.climbed / canvas.wishes.rungs()[canvas.rung][1])
        canvas.optimiser.param_groups[0]["lr"] = RATE * (0.2 + 0.4 * (1 + cos(pi * share)))
    with torch.enable_grad():
        canvas.optimiser.step(closure)
    if canvas.wishes.optimiser == "lbfgs":
        bound(canvas, before)
    if not (isfinite(found[0]) and canvas.values.isfinite().all()):
        with torch.no_grad():
            canvas.values.copy_(before)
        raise Complaint(
            "The loss has become infinite; the last good picture is kept. Smaller weights help.",
            "损失变成了无穷大；保留了最后一张好的画面。请把权重调小。",
        )
    canvas.steps, canvas.climbed = canvas.steps + 1, canvas.climbed + 1
    return found


@torch.no_grad()
def bound(canvas: Canvas, before: Tensor) -> None:
    """Shortens a step of L-BFGS that went further than LEAP from `before`, also in what it remembers of it."""
    way = canvas.values - before
    far = way.square().mean().sqrt().item()
    if far > LEAP:
        canvas.values.copy_(before + way * (LEAP / far))
        canvas.optimiser.state[canvas.values]["t"] *= LEAP / far


def halt(canvas: Canvas) -> None:
    """Whoever paints on this canvas stops after the step at hand."""
    canvas.turn += 1


def paint(vgg: VGG, canvas: Canvas, steps: int | None = None, seconds: float = MOST_SECONDS) -> Iterator[Moment]:
    """Paints on, in place. May be closed at any report; the next call goes on from there.

    Args:
        vgg: from `reflecting`. steps: how many; by default to the end of the ladder. seconds: at most this long.

    Yields:
        A report of the picture before the first step and before every EVERY-th, and of the last picture.

    Raises:
        Complaint: see `step`.
    """
    halt(canvas)
    mine, began, rungs = canvas.turn, time.perf_counter(), canvas.wishes.rungs()
    last = min(MOST_STEPS, canvas.steps + steps if steps else canvas.planned())
    while canvas.steps < last and time.perf_counter() - began < seconds:
        with canvas.lock:
            if canvas.turn != mine:
                return
            lap = time.perf_counter()
            if canvas.rung < 0 or (canvas.climbed >= rungs[canvas.rung][1] and canvas.rung < len(rungs) - 1):
                climb(vgg, canvas)
            at, picture = canvas.steps, shown(canvas) if canvas.steps % EVERY == 0 else None
            found = step(vgg, canvas)
            canvas.seconds += time.perf_counter() - lap
            moment = None if picture is None else told(canvas, at, picture, found)
        if moment:
            yield moment
    if canvas.turn == mine and canvas.rung >= 0:
        yield look(vgg, canvas)


def look(vgg: VGG, canvas: Canvas) -> Moment:
    """The picture as it stands now; waits for the step at hand. canvas: begun."""
    with canvas.lock, torch.no_grad():
        found = tuple(part.item() for part in losses(vgg, canvas, canvas.values.expand(-1, 3, -1, -1)))
        return told(canvas, canvas.steps, shown(canvas), found, over=True)


def told(canvas: Canvas, at: int, picture: Tensor, found: tuple[float, ...], over: bool = False) -> Moment:
    """A report, which is also noted on the curve."""
    if not canvas.curve or canvas.curve[-1][0] < at:
        canvas.curve.append((at, *found[1:3]))
    return Moment(at, picture, *found, over)
