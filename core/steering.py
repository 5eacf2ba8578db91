"""Steering a generator by a classifier: w is changed step by step until the classifier says what is wanted.

It is the search for what excites a classifier, held among what a generator can paint (Nguyen et al. 2016). The
generator keeps most of it honest, but not all: the classifier is asked for its opinion, not for the truth, and among
the pictures near by there may be some that please it for no reason that an eye would accept. A copy that is a little
moved and blurred tells the two apart, for what fools a network seldom survives that (Xie et al. 2018).

All functions take networks whose parameters need no gradients, and leave nothing behind in them.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate, pad

from core.models.gan import Generator

LogP = Callable[[Tensor], Tensor]
"""Pictures (count, 3, side, side) in [-1, 1] -> logarithm of the probability of what is wanted (count,)."""
RATE = 0.06
"""Length of a step, in units of `spread`, at most."""
MEMORY = (0.9, 0.99)
"""Adam's shares of the old mean and of the old mean square."""
SHIFT = 2
"""Pixels by which `shaken` moves a picture."""
SURE = 0.5
"""From this probability on the classifier says it."""
CONVINCED = 0.9
"""From this probability on it counts that it says it of a copy, too."""
LEAST = 1e-4
"""Of a spread; a forger all of whose w are the same has none."""
VERDICTS: dict[str, tuple[str, str]] = {
    "unmoved": ("{who} says “{what}” with only {p}: not convinced.", "{who}只以 {p} 认为是“{what}”：没有被说服。"),
    "real": (
        "{who} says “{what}” with {p}, and still {copy} on a blurred, shifted copy: no trick of single pixels. "
        "Do you see it, too?",
        "{who}以 {p} 认为是“{what}”，在模糊平移的副本上仍有 {copy}：不是靠个别像素的把戏。你也看出来了吗？",
    ),
    "doubtful": (
        "{who} says “{what}” with {p}, and {copy} on a blurred, shifted copy: less sure. Can you see it?",
        "{who}以 {p} 认为是“{what}”，在模糊平移的副本上是 {copy}：没那么确定了。你看得出来吗？",
    ),
    "fooled": (
        "{who} says “{what}” with {p}, but only {copy} on a blurred, shifted copy: it was fooled, not convinced.",
        "{who}以 {p} 认为是“{what}”，但在模糊平移的副本上只有 {copy}：它是被骗了，不是被说服。",
    ),
    "there": (
        "{who} said “{what}” from the start: {p} now, {copy} on a blurred, shifted copy.",
        "{who}一开始就认为是“{what}”：现在 {p}，模糊平移的副本上 {copy}。",
    ),
    "blind": (
        "{who} says “{what}” with {p}. Of a blurred, shifted copy it said so before the first step, so the copy "
        "({copy}) proves nothing here.",
        "{who}以 {p} 认为是“{what}”。但对模糊平移的副本它在第一步之前就这样认为，所以副本（{copy}）在这里"
        "说明不了什么。",
    ),
}
"""See `verdict`; English and Chinese."""


@dataclass(frozen=True)
class Moment:
    """Where the search stands after `step` steps.

    w: (1, w). picture: (1, 3, side, side) in [-1, 1], as the classifier sees it. p: of what is wanted. distance: of w
    from where it began, in units of `spread`.
    """

    step: int
    w: Tensor
    picture: Tensor
    p: float
    distance: float


@torch.inference_mode()
def spread(forger: Generator, kind: int, count: int = 512) -> float:
    """How far w usually lies from the mean of its kind: the root of the mean squared distance, over `count` draws that
    are always the same."""
    z = torch.randn(count, forger.config.z, generator=torch.Generator().manual_seed(1))
    away = forger.styled(z, torch.full((count,), kind)) - forger.centres[kind]  # (count, w)
    return max(LEAST, away.square().sum(1).mean().sqrt().item())


@torch.inference_mode(False)
def slope(
    forger: Generator, log_p: LogP, start: Tensor, unit: float, moved: Tensor, stay: float
) -> tuple[Tensor, Tensor, Tensor]:
    """The slope of the loss -log p + stay * |moved|^2 by `moved`.

    Args:
        start, moved: (1, w), no inference tensors; the picture is that of start + unit * moved.
        stay: price of a squared distance of one unit.

    Returns:
        The slope (1, w), log p (1,), and the picture (1, 3, side, side), cut to [-1, 1].
    """
    with torch.enable_grad():
        at = moved.detach().requires_grad_()
        picture = forger(start + unit * at).clamp(-1, 1)
        found = log_p(picture)
        # by `at` alone: nothing is written into the networks
        (out,) = torch.autograd.grad(stay * at.square().sum() - found.sum(), at)
    return out, found.detach(), picture.detach()


@torch.inference_mode(False)
def steer(forger: Generator, log_p: LogP, start: Tensor, unit: float, stay: float, steps: int) -> Iterator[Moment]:
    """Goes down the slope with Adam (Kingma & Ba 2015, algorithm 1), and may be closed at any moment.

    Args:
        start: (1, w). unit: see `spread`. stay: see `slope`. steps: 1 or more.

    Yields:
        steps + 1 moments, the first of the untouched picture.
    """
    start = start.detach().clone()  # of an inference tensor, a copy can have gradients
    moved, mean, square = (torch.zeros_like(start) for _ in range(3))
    rate = RATE / math.sqrt(start.numel())
    for step in range(steps + 1):
        way, found, picture = slope(forger, log_p, start, unit, moved, stay)
        yield Moment(step, start + unit * moved, picture, found.exp().item(), moved.norm().item())
        mean, square = mean.lerp(way, 1 - MEMORY[0]), square.lerp(way.square(), 1 - MEMORY[1])
        fair = [1 - share ** (step + 1) for share in MEMORY]
        moved = moved - rate * (mean / fair[0]) / ((square / fair[1]).sqrt() + 1e-12)


def shaken(pictures: Tensor) -> Tensor:
    """Copies that show the same to an eye: moved to the right and down by SHIFT pixels, the edge going on, and every
    pixel the mean of the 3 x 3 around it. (count, channels, side, side) -> the same shape."""
    height, width = pictures.shape[2:]
    moved = pad(pictures, (SHIFT, 0, SHIFT, 0), mode="replicate")[:, :, :height, :width]
    return avg_pool2d(moved, 3, 1, 1, count_include_pad=False)


def enlarged(pictures: Tensor, side: int) -> Tensor:
    """(count, channels, height, width) -> (count, channels, side, side), bicubic, cut to [-1, 1]."""
    return interpolate(pictures, size=(side, side), mode="bicubic", align_corners=False).clamp(-1, 1)


def verdict(first: tuple[float, float], now: tuple[float, float]) -> str:
    """What to think of it, with SURE between yes and no, and for the last CONVINCED:

    "unmoved"  the classifier does not say it of the picture
    "fooled"   it does, but not of the copy
    "there"    it says it of both, and said so of the first picture
    "blind"    it says it of both, but of the copy it said so before the first step, which then proves nothing
    "doubtful" it says it of both, and said it of neither, but is less sure of the copy
    "real"     the same, and it is convinced of the copy

    first, now: probabilities of what is wanted, for a picture and its `shaken` copy.
    """
    if now[0] < SURE:
        return "unmoved"
    if now[1] < SURE:
        return "fooled"
    if first[0] >= SURE:
        return "there"
    if first[1] >= SURE:
        return "blind"
    return "real" if now[1] >= CONVINCED else "doubtful"


def sentence(key: str, who: tuple[str, str], what: list[str], p: float, copy: float) -> list[str]:
    """A `verdict` in words: [English, Chinese]. who, what: names in both languages. p, copy: see `verdict`."""
    shares = dict(p=share(p), copy=share(copy))
    return [words.format(who=who[k], what=what[k], **shares) for k, words in enumerate(VERDICTS[key])]


def share(p: float) -> str:
    """A probability in percent, never rounded up to certainty nor down to nothing."""
    if 0.001 <= p < 0.995:
        return f"{100 * p:.1f} %" if p < 0.1 else f"{100 * p:.0f} %"
    return "<0.1 %" if p < 0.001 else ">99 %" if p < 1 else "100 %"
