"""The lower half of VGG16: 3x3 convolutions, ReLUs and pooling (Simonyan & Zisserman 2015, configuration D).

    picture -> 64, 64, pool -> 128, 128, pool -> 256, 256, 256, pool -> 512 channels

Its feature maps can be looked at, and they measure how much two pictures are alike in content and in style (Gatys et
al. 2016, Johnson et al. 2016).
"""

from torch import Tensor, nn

from core.models.staged import Staged

WIDTHS = ((64, 64), (128, 128), (256, 256, 256), (512,))
"""Channels of the convolutions of each block."""
MEAN = (103.939, 116.779, 123.68)
"""Blue, green and red of the mean training picture, 0 to 255."""


class Caffe(nn.Module):
    """Pixels as the original wants them: RGB in [-1, 1] -> BGR around the training mean, -124 to 151."""

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 3, height, width), same shape."""
        return (x.flip(1) + 1) * 127.5 - x.new_tensor(MEAN)[:, None, None]


class VGG(Staged):
    """Pictures (batch, 3, height, width) in [-1, 1] -> maps (batch, 512, height / 8, width / 8) of relu4_1.

    pool: "max" as trained, or "mean", with which gradients reach more pixels (Gatys et al. 2016, section 2).
    """

    def __init__(self, pool: str = "max"):
        stages: dict[str, nn.Module] = {"input": Caffe()}
        before = 3
        for block, widths in enumerate(WIDTHS, 1):
            if block > 1:
                stages[f"pool{block - 1}"] = nn.MaxPool2d(2) if pool == "max" else nn.AvgPool2d(2)
            for number, width in enumerate(widths, 1):
                conv = nn.Conv2d(before, width, 3, padding=1)
                stages[f"relu{block}_{number}"] = nn.Sequential(conv, nn.ReLU())
                before = width
        super().__init__(stages)
