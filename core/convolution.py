"""One 3 x 3 kernel over one grey picture: what a convolutional layer does, every stage kept.

As in all networks it is cross-correlation: the kernel is not turned around (Goodfellow, Bengio & Courville, *Deep
Learning*, 2016, section 9.1).
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

SIDE = 3
POOLS = ("none", "max", "mean")
KERNELS = {
    "identity": ((0, 0, 0), (0, 1, 0), (0, 0, 0)),
    "blur": ((1 / 9,) * 3,) * 3,
    "gaussian": ((1 / 16, 1 / 8, 1 / 16), (1 / 8, 1 / 4, 1 / 8), (1 / 16, 1 / 8, 1 / 16)),
    "sharpen": ((0, -1, 0), (-1, 5, -1), (0, -1, 0)),
    "sobel_x": ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)),
    "sobel_y": ((-1, -2, -1), (0, 0, 0), (1, 2, 1)),
    "laplacian": ((0, 1, 0), (1, -4, 1), (0, 1, 0)),
    "emboss": ((-2, -1, 0), (-1, 1, 1), (0, 1, 2)),
}
"""Name -> kernel by rows. sobel_x answers to brightness that grows to the right, sobel_y to what grows downwards."""


@dataclass(frozen=True)
class Stages:
    """Every stage (rows, columns), float64; None where that stage is switched off.

    convolved: sums of nine products, plus bias. rectified: the same with negative numbers set to 0. pooled: one number
    for every 2 x 2 of the stage before; a last odd row or column is left out.
    """

    convolved: Tensor
    rectified: Tensor | None
    pooled: Tensor | None

    @property
    def last(self) -> Tensor:
        """The last stage that is switched on."""
        return next(stage for stage in (self.pooled, self.rectified, self.convolved) if stage is not None)


def places(side: int, stride: int, padding: int) -> int:
    """How many positions the kernel takes along a side of so many pixels; 0 where it does not fit."""
    return max(0, (side + 2 * padding - SIDE) // stride + 1)


def convolve(
    grey: Tensor,
    kernel: Tensor,
    stride: int = 1,
    padding: int = 0,
    bias: float = 0.0,
    relu: bool = False,
    pool: str = "none",
) -> Stages:
    """Slides a kernel over a picture.

    Args:
        grey: (height, width), any real type and range. Computed in float64, so that sums of products of pixels
            0 to 255 agree with arithmetic by hand.
        kernel: (3, 3).
        stride: pixels from one position to the next, at least 1.
        padding: rings of zeros around the picture.
        pool: one of POOLS, over 2 x 2 with stride 2.

    Raises:
        ValueError: the kernel, or after it the pooling, does not fit once into the picture.
    """
    least = 1 if pool == "none" else 2
    if min(places(side, stride, padding) for side in grey.shape) < least:
        raise ValueError(f"a picture of {tuple(grey.shape)} is too small")
    x = grey.to(torch.float64)[None, None]  # (1, 1, height, width)
    weight = kernel.to(torch.float64)[None, None]  # (1, 1, 3, 3)
    convolved = F.conv2d(x, weight, stride=stride, padding=padding) + bias
    rectified = convolved.relu() if relu else None
    before = convolved if rectified is None else rectified
    pooled = {"none": None, "max": F.max_pool2d, "mean": F.avg_pool2d}[pool]
    return Stages(
        convolved=convolved[0, 0],
        rectified=None if rectified is None else rectified[0, 0],
        pooled=None if pooled is None else pooled(before, 2)[0, 0],
    )
