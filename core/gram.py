"""How far a picture is from the content of one and the style of another (Gatys et al. 2016, sections 2.1 to 2.3).

Content is which features stand where; style is which features occur together, wherever they stand. Every distance is
divided by the mean square of what it is measured from, so that 0 means "the same" and 1 means "as far as nothing at
all", for every stage and for pictures of every size.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

STYLE = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
"""Stages of `core.models.vgg.VGG` whose Gram matrices stand for the style, from the finest strokes to the coarsest."""
CONTENT = "relu3_3"


def gram(maps: Tensor) -> Tensor:
    """How strongly every two maps respond together, as a mean over all positions.

    maps: (batch, channels, height, width). Returns (batch, channels, channels), symmetric.
    """
    rows = maps.flatten(2)  # (batch, channels, positions)
    return rows @ rows.transpose(1, 2) / rows.shape[2]


def grams(maps: Mapping[str, Tensor], stages: tuple[str, ...] = STYLE) -> dict[str, Tensor]:
    """The Gram matrices of some stages, by their names; (batch, channels, channels) each."""
    return {stage: gram(maps[stage]) for stage in stages}


def distance(now: Tensor, target: Tensor) -> Tensor:
    """Mean squared difference in units of the target's mean square, for every member of a batch: (batch,).

    A target of one member serves a whole batch. An all-zero target counts as one with mean square 1e-8.
    """
    dims = tuple(range(1, now.dim()))
    return (now - target).square().mean(dims) / target.square().mean(dims).clamp_min(1e-8)


def content_loss(maps: Mapping[str, Tensor], target: Mapping[str, Tensor], stage: str = CONTENT) -> Tensor:
    """The distance of one stage's maps, (batch,)."""
    return distance(maps[stage], target[stage])


def style_loss(
    now: Mapping[str, Tensor], target: Mapping[str, Tensor], weights: Mapping[str, float] | None = None
) -> Tensor:
    """The mean distance of Gram matrices, weighed by stage, (batch,).

    now, target: see `grams`. weights: by stage, at least 0 with a sum above 0; all stages of `target` alike if None.
    """
    weights = weights or dict.fromkeys(target, 1.0)
    total = sum(weights.values())
    return sum(distance(now[stage], target[stage]) * (share / total) for stage, share in weights.items() if share)


def total_variation(picture: Tensor) -> Tensor:
    """Mean absolute difference of neighbouring pixels, (batch,); small where a picture has no fine noise.

    picture: (batch, 3, height, width).
    """
    across = (picture[..., 1:] - picture[..., :-1]).abs().mean((1, 2, 3))
    down = (picture[..., 1:, :] - picture[..., :-1, :]).abs().mean((1, 2, 3))
    return across + down


@torch.no_grad()
def aims(vgg, picture: Tensor) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Maps of every stage and Gram matrices of STYLE of a picture, to measure others from.

    picture: (batch, 3, height, width) in [-1, 1].
    """
    maps = vgg.features(picture)
    return maps, grams(maps)
