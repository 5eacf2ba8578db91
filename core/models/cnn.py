"""EfficientNet-Lite0: 1,000 kinds of things in 4.6 million numbers (Tan & Le 2019; the Lite family, Liu 2020).

    picture 224 -> stem -> seven stages of inverted residuals -> head -> mean over the places -> 1,000 scores

An inverted residual widens the channels with a 1x1 convolution, looks around with one small kernel per channel, and
narrows again (Sandler et al. 2018, MobileNetV2). Lite means: no squeeze-and-excitation, ReLU6 everywhere.

Batch normalisation is not here: at run time it is one multiplication and one addition per channel, which the recipe
has worked into the weights and biases of the convolution before it.
"""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn.functional import pad

from core.models.staged import Staged

SIDE = 224
"""Pixels of the square that the network sees."""


@dataclass(frozen=True)
class Blocks:
    """One stage: `count` inverted residuals of `kernel` pixels with `out` channels; the first has the `stride`."""

    count: int
    kernel: int
    stride: int
    widen: int
    out: int


LITE0 = (
    Blocks(1, 3, 1, 1, 16),
    Blocks(2, 3, 2, 6, 24),
    Blocks(2, 5, 2, 6, 40),
    Blocks(3, 3, 2, 6, 80),
    Blocks(3, 5, 1, 6, 112),
    Blocks(4, 5, 2, 6, 192),
    Blocks(1, 3, 1, 6, 320),
)
"""The seven stages (Tan & Le 2019, table 1; stem and head keep their size in the Lite family)."""


@dataclass(frozen=True)
class Config:
    """classes: of the answer. stem and head: channels before and after the stages."""

    classes: int = 1000
    stem: int = 32
    head: int = 1280


class SameConv(nn.Conv2d):
    """A convolution that keeps a picture's size, or halves it, with the padding TensorFlow puts there: where it cannot
    be equal on both sides, the right and the lower side get one more."""

    def __init__(self, before: int, after: int, kernel: int, stride: int = 1, groups: int = 1):
        self.around = ((kernel - stride) // 2, (kernel - stride + 1) // 2)  # for sides that `stride` divides
        even = self.around[0] == self.around[1]
        super().__init__(before, after, kernel, stride, padding=self.around[0] if even else 0, groups=groups)
        self.uneven = None if even else self.around * 2

    def forward(self, x: Tensor) -> Tensor:
        """(batch, before, height, width) -> (batch, after, height / stride, width / stride)."""
        return super().forward(pad(x, self.uneven) if self.uneven else x)


class InvertedResidual(nn.Module):
    """widen -> look around -> narrow, plus the input where the shapes agree."""

    def __init__(self, before: int, after: int, kernel: int, stride: int, widen: int):
        super().__init__()
        inner = before * widen
        self.expand = nn.Sequential(SameConv(before, inner, 1), nn.ReLU6()) if widen > 1 else nn.Identity()
        self.depthwise = nn.Sequential(SameConv(inner, inner, kernel, stride, groups=inner), nn.ReLU6())
        self.project = SameConv(inner, after, 1)
        self.skip = stride == 1 and before == after

    def forward(self, x: Tensor) -> Tensor:
        """(batch, before, height, width) -> (batch, after, height / stride, width / stride)."""
        y = self.project(self.depthwise(self.expand(x)))
        return x + y if self.skip else y


def pyramid(rows: tuple[Blocks, ...], stem: int) -> tuple[dict[str, nn.Module], int]:
    """The stem and the stages of `rows`, called "stem", "stage1" ..., and the channels of the last one."""
    stages: dict[str, nn.Module] = {"stem": nn.Sequential(SameConv(3, stem, 3, 2), nn.ReLU6())}
    width = stem
    for number, row in enumerate(rows, 1):
        blocks = []
        for index in range(row.count):
            blocks.append(InvertedResidual(width, row.out, row.kernel, row.stride if index == 0 else 1, row.widen))
            width = row.out
        stages[f"stage{number}"] = nn.Sequential(*blocks)
    return stages, width


def mean_of_places() -> nn.Sequential:
    """(batch, channels, rows, columns) -> (batch, channels)."""
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())


class EfficientNetLite(Staged):
    """Pictures (batch, 3, 224, 224) with pixels in [-1, 1] -> logits (batch, classes).

    rows: the stages; greater members of the family have deeper and wider ones.
    """

    def __init__(self, config: Config = Config(), rows: tuple[Blocks, ...] = LITE0):
        stages, width = pyramid(rows, config.stem)
        stages["head"] = nn.Sequential(SameConv(width, config.head, 1), nn.ReLU6())
        stages["mean"] = mean_of_places()
        stages["scores"] = nn.Linear(config.head, config.classes)
        super().__init__(stages)
