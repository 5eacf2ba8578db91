"""Ten kinds of things in pictures of 32 x 32, told by most of a network that has learned a thousand in larger ones.

    picture 32 -> enlarged 128 -> stem and six stages of EfficientNet-Lite0 (64 ... 4) -> mean of places -> 10 scores

The six stages are those of `cnn`, without the last one and the head: half of the numbers. They begin with what they
know of photographs; the first ones stay as they are, the others go on learning (transfer learning, Yosinski et al.
2014; Kornblith et al. 2019). A picture is enlarged first, for kernels that were learned on large pictures look for
edges that are several pixels wide.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.models.cnn import LITE0, mean_of_places, pyramid
from core.models.cnn import Config as Lite0
from core.models.staged import Staged

SIDE = 32
"""Pixels of the square that the network gets."""


@dataclass(frozen=True)
class Config:
    """enlarge: how many times as wide and high the picture is made (bilinear). rows: stages that are kept of `LITE0`.
    classes: of the answer. typical: how many typical pictures of each class are remembered."""

    enlarge: int = 4
    rows: int = 6
    classes: int = 10
    typical: int = 0


class CIFARNet(Staged):
    """Pictures (batch, 3, 32, 32) with pixels in [-1, 1] -> logits (batch, classes).

    typical: (classes * config.typical, width), what `described` says of pictures that stand for many, of length 1.
    """

    at_once = 16  # enlarged ones, widened sixfold

    def __init__(self, config: Config = Config()):
        self.config = config
        stages, width = pyramid(LITE0[: config.rows], Lite0.stem)
        stages = {"input": nn.Upsample(scale_factor=config.enlarge, mode="bilinear")} | stages
        stages["mean"] = mean_of_places()
        stages["scores"] = nn.Linear(width, config.classes)
        super().__init__(stages)
        self.register_buffer(
            "typical", torch.zeros(config.classes * config.typical, width), persistent=bool(config.typical)
        )

    def described(self, x: Tensor) -> Tensor:
        """What stands before the scores, for many pictures: (count, width)."""
        return self.answers(x, "mean")
