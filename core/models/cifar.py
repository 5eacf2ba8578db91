"""A small convolutional network for pictures of 32 x 32: ten kinds of things in two million numbers.

    picture 32 -> patches 31 -> three blocks: conv, pool, conv (15, 7, 3) -> greatest of all places -> 10 scores

The shape is that of Jordan 2024 ("94% on CIFAR-10 in 3.29 seconds on a single GPU", section 2): a first layer whose
filters are not learned but whiten the patches of the training pictures, then a plain pyramid. As in `cnn`, batch
normalisation is not here: the recipe has worked it into the convolutions.
"""

from dataclasses import dataclass

from torch import nn

from core.models.staged import Staged

SIDE = 32
"""Pixels of the square that the network sees."""
PATCH = 2
"""Side of the patches that the first layer whitens."""
PATCHES = 2 * 3 * PATCH**2
"""Its channels: every principal direction of a patch, and its opposite."""


@dataclass(frozen=True)
class Config:
    """widths: channels of the blocks. classes: of the answer."""

    widths: tuple[int, ...] = (64, 256, 256)
    classes: int = 10


class CIFARNet(Staged):
    """Pictures (batch, 3, 32, 32) with pixels in [-1, 1] -> logits (batch, classes)."""

    def __init__(self, config: Config = Config()):
        self.config = config
        stages: dict[str, nn.Module] = {"patches": nn.Sequential(nn.Conv2d(3, PATCHES, PATCH), nn.GELU())}
        before = PATCHES
        for block, width in enumerate(config.widths, 1):
            stages[f"conv{block}_1"] = nn.Conv2d(before, width, 3, padding=1)
            stages[f"pool{block}"] = nn.Sequential(nn.MaxPool2d(2), nn.GELU())
            stages[f"conv{block}_2"] = nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.GELU())
            before = width
        stages["max"] = nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten())
        stages["scores"] = nn.Linear(before, config.classes, bias=False)
        super().__init__(stages)
