"""Why did it say that? Evidence in the picture for a class, and pictures that fool.

All functions take a network whose parameters need no gradients and leave nothing behind in it.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from core.models.staged import Staged

Scores = Callable[[Tensor], Tensor]
"""Pictures (batch, 3, height, width) -> logits (batch, classes)."""
METHODS = ("grad-cam", "hires-cam", "layer-cam")


def cam(model: Staged, x: Tensor, stage: str, target: int, method: str = "grad-cam") -> Tensor:
    """Where a stage holds evidence for a class.

    Args:
        x: one picture (1, 3, height, width).
        stage: one whose output has places, (1, channels, rows, columns).
        target: the class.
        method: "grad-cam", a channel counts by its mean gradient (Selvaraju et al. 2017, eq. 1 and 2); "hires-cam",
            every place by its own gradient, which is faithful to what the rest of a linear head computes (Draelos &
            Carin 2020, section 3.2); "layer-cam", the same with positive gradients only (Jiang et al. 2021, eq. 5).

    Returns:
        (rows, columns), signed: what is above zero speaks for the class. The papers cut off what is below; whoever
        draws the map does so, and must say so when nothing is left.

    Raises:
        ValueError: an unknown method. KeyError: an unknown stage.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    with torch.no_grad():
        maps = model.until(stage, x)
    with torch.enable_grad():
        maps = maps.detach().requires_grad_()
        (slope,) = torch.autograd.grad(model.beyond(stage, maps)[0, target], maps)
    if method == "grad-cam":
        slope = slope.mean((2, 3), keepdim=True)
    if method == "layer-cam":
        slope = slope.clamp(min=0)
    return (slope * maps.detach()).sum(1)[0]


def input_gradient(scores: Scores, x: Tensor, target: int) -> Tensor:
    """How the logit of a class changes with every pixel, same shape as `x` (Simonyan et al. 2014, section 3)."""
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        (slope,) = torch.autograd.grad(scores(x)[:, target].sum(), x)
    return slope


def smooth_gradient(
    scores: Scores, x: Tensor, target: int, generator: torch.Generator, samples: int = 12, noise: float = 0.15
) -> Tensor:
    """The mean of `input_gradient` over noisy copies of one picture (SmoothGrad, Smilkov et al. 2017).

    noise: standard deviation as a share of the range of `x`.
    """
    spread = noise * (x.max() - x.min())
    copies = x + spread * torch.randn(samples, *x.shape[1:], generator=generator)
    return input_gradient(scores, copies, target).mean(0, keepdim=True)


@torch.inference_mode()
def occlusion(scores: Scores, x: Tensor, target: int, window: int, stride: int, together: int = 16) -> Tensor:
    """How much the probability of a class falls when a grey square hides a place (Zeiler & Fergus 2014, section 4.2).

    Args:
        x: one picture (1, 3, height, width) with pixels in [-1, 1]; grey is 0.
        window, stride: side of the square and how far it moves, in pixels.
        together: squares in one batch.

    Returns:
        (rows, columns), the fall of the probability for the square at each place; negative where it rises.
    """
    _, _, height, width = x.shape
    tops, lefts = range(0, height - window + 1, stride), range(0, width - window + 1, stride)
    places = [(top, left) for top in tops for left in lefts]
    hidden = x.repeat(len(places), 1, 1, 1)
    for copy, (top, left) in zip(hidden, places, strict=True):
        copy[:, top : top + window, left : left + window] = 0
    rest = torch.cat([scores(part).softmax(-1)[:, target] for part in hidden.split(together)])
    return (scores(x).softmax(-1)[0, target] - rest).view(len(tops), len(lefts))


def fool(scores: Scores, x: Tensor, target: int, epsilon: float, steps: int) -> Iterator[Tensor]:
    """Changes every pixel a little until the network sees `target`.

    One step is the fast gradient sign method (Goodfellow et al. 2015, eq. in section 4, towards a class instead of away
    from one); several are projected gradient descent (Madry et al. 2018, section 2.1).

    Args:
        x: one picture (1, 3, height, width) with pixels in [-1, 1].
        epsilon: the most a pixel may change, in the units of `x` (2 / 255 is one step of brightness).
        steps: 1 or more.

    Yields:
        The picture after each step; pixels stay in [-1, 1] and within `epsilon` of `x`.
    """
    goal, stride = torch.tensor([target]), epsilon if steps == 1 else 2.5 * epsilon / steps
    now = x.detach()
    for _ in range(steps):
        with torch.enable_grad():
            now = now.detach().requires_grad_()
            (slope,) = torch.autograd.grad(cross_entropy(scores(now), goal), now)
        now = now.detach() - stride * slope.sign()
        now = torch.minimum(torch.maximum(now, x - epsilon), x + epsilon).clamp(-1, 1)
        yield now
