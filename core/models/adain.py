"""Any painting in one pass: the statistics of a painting's features are put onto a photograph's, and a small network
that has learned the way back makes a picture of them (Huang & Belongie 2017).

    photograph -> VGG16 -> maps of three stages, and the picture --> other means and spreads -> decoder -> picture
    painting   -> VGG16 -> their means and spreads ----------------'

Huang & Belongie change relu4_1 alone, from which no decoder can know what the photograph looked like in detail. Here
the finer stages and the picture itself are changed in the same way and handed to the decoder, so that content
survives and a picture in its own style comes back almost as it was.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, pad

from core.models.style import Conv, Enlarge
from core.models.vgg import VGG

LEVELS = {"relu2_1": 128, "relu3_1": 256, "relu4_1": 512}
"""Stages of VGG16 that are changed, and their channels; "picture" is changed besides."""
CELL = 8
"""Pixels on a side of a place of relu4_1; sides are padded to multiples of it."""
LEAST = 2 * CELL
EPS = 1e-5

Statistics = dict[str, tuple[Tensor, Tensor]]
"""By level: mean and standard deviation of every channel, (batch, channels, 1, 1) each."""


def levels(vgg: VGG, picture: Tensor) -> dict[str, Tensor]:
    """What is changed of a picture.

    picture: (batch, 3, height, width) in [-1, 1], both sides multiples of CELL; see `padded`.
    """
    maps = vgg.features(picture)
    return {"picture": picture} | {stage: maps[stage] for stage in LEVELS}


def padded(picture: Tensor) -> Tensor:
    """A picture whose sides are multiples of CELL and at least LEAST: the last row and column are repeated."""
    down, right = (max(LEAST, -(-side // CELL) * CELL) - side for side in picture.shape[2:])
    return pad(picture, (0, right, 0, down), mode="replicate")


def statistics(maps: Mapping[str, Tensor]) -> Statistics:
    """Mean and standard deviation of every channel over all places, in float32."""
    out = {}
    for level, x in maps.items():
        variance, mean = torch.var_mean(x.float(), (2, 3), keepdim=True, correction=0)
        out[level] = mean, (variance + EPS).sqrt()
    return out


def restyled(maps: Mapping[str, Tensor], styles: Sequence[Statistics], shares: Tensor) -> dict[str, Tensor]:
    """Adaptive instance normalisation: every channel gets the mean and the standard deviation of the styles.

    Args:
        maps: from `levels`.
        styles: statistics of paintings, one after the other.
        shares: (batch, styles), or (batch, styles, height, width) of any size to have other styles in other places; at
            least 0, with sums of at most 1. What is missing to 1 is the photograph's own statistics.
    """
    own = statistics(maps)
    shares = shares if shares.ndim == 4 else shares[..., None, None]
    out = {}
    for level, x in maps.items():
        share = shares if shares.shape[2:] == (1, 1) else interpolate(shares, x.shape[2:], mode="area")
        mean, spread = own[level]
        rest = 1 - share.sum(1, keepdim=True)  # (batch, 1, height or 1, width or 1)
        new_mean, new_spread = rest * mean, rest * spread
        for i, style in enumerate(styles):
            new_mean, new_spread = (
                sofar + share[:, i : i + 1] * part
                for sofar, part in zip((new_mean, new_spread), style[level], strict=True)
            )
        out[level] = ((x.float() - mean) / spread * new_spread + new_mean).to(x.dtype)
    return out


class Decoder(nn.Module):
    """From changed maps back to a picture.

    widths: channels at an eighth, a quarter and a half of the picture's size.
    """

    def __init__(self, widths: tuple[int, int, int] = (128, 96, 64)):
        super().__init__()
        self.widths = eighth, quarter, half = widths
        self.from4 = Conv(LEVELS["relu4_1"], eighth)
        self.from3, self.from2 = nn.Conv2d(LEVELS["relu3_1"], quarter, 1), nn.Conv2d(LEVELS["relu2_1"], half, 1)
        self.to_quarter, self.at_quarter = Enlarge(eighth, quarter), Conv(quarter, quarter)
        self.to_half, self.at_half = Enlarge(quarter, half), Conv(half, half)
        self.to_full = Enlarge(half, 6)
        with torch.no_grad():  # at first little of the picture passes by, or tints would be all that is learned
            self.to_full.bias[3:] = -1.0

    def forward(self, maps: Mapping[str, Tensor]) -> Tensor:
        """
        Args:
            maps: from `restyled`; relu4_1 is (batch, 512, height / 8, width / 8).

        Returns:
            (batch, 3, height, width) in [-1, 1].
        """
        return self.unbounded(maps).clamp(-1, 1)

    def unbounded(self, maps: Mapping[str, Tensor]) -> Tensor:
        """As `forward`, before the colours are cut off at -1 and 1, which a gradient would not get over."""
        y = self.from4(maps["relu4_1"]).relu_()
        y = (self.to_quarter(y) + self.from3(maps["relu3_1"])).relu_()
        y = self.at_quarter(y).relu_()
        y = (self.to_half(y) + self.from2(maps["relu2_1"])).relu_()
        y = self.at_half(y).relu_()
        over, left = self.to_full(y).float().chunk(2, 1)  # (batch, 3, height, width) each
        return over + left.sigmoid() * maps["picture"]


def painted(vgg: VGG, decoder: Decoder, picture: Tensor, styles: Sequence[Statistics], shares: Tensor) -> Tensor:
    """A picture in the manner of some paintings.

    Args:
        picture: (batch, 3, height, width) in [-1, 1], any size.
        styles: of each painting `statistics(levels(vgg, padded(painting)))`.
        shares: see `restyled`; a map covers the picture.
    """
    height, width = picture.shape[2:]
    whole = padded(picture)
    if shares.ndim == 4:
        shares = interpolate(shares, (height, width), mode="area")
        shares = pad(shares, (0, whole.shape[3] - width, 0, whole.shape[2] - height), mode="replicate")
    return decoder(restyled(levels(vgg, whole), styles, shares))[..., :height, :width]
