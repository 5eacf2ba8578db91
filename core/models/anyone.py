"""Any painting in one pass: a network looks at a painting and says which row of numbers would paint like it (Ghiasi et
al. 2017).

    painting -> VGG16 -> mean and spread of every channel -> two layers -> a row, as each learned painter has one
    photograph -> the convolutions of `core.models.style`, with that row -> painted picture

Huang & Belongie 2017 put the means and spreads of a painting onto the photograph's features instead, and learn the way
back from features to pictures. With hours of two cores that way back stays blurred; the convolutions here know already
how to paint, and only have to be told how.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from core.models.style import Manner, Painter
from core.models.vgg import VGG

LEVELS = {"picture": 3, "relu1_1": 64, "relu2_1": 128, "relu3_1": 256, "relu4_1": 512}
"""What is looked at: the colours, and the stages of VGG16 whose Gram matrices stand for the style; their channels."""
NUMBERS = 2 * sum(LEVELS.values())
LEAST = 1e-2
"""Of a standard deviation before its logarithm is taken."""
SMALLEST = 16
"""Pixels on a side of a painting; in a smaller one VGG16 would have too few places, so its border is repeated."""


def described(vgg: VGG, picture: Tensor) -> Tensor:
    """What a painting looks like, wherever things are: (batch, NUMBERS), for every level the means of its channels and
    then the logarithms of their standard deviations; colours come first.

    picture: (batch, 3, height, width) in [-1, 1].
    """
    down, right = (max(SMALLEST, side) - side for side in picture.shape[2:])
    picture = pad(picture, (0, right, 0, down), mode="replicate")
    return summed({"picture": picture} | vgg.features(picture))


def summed(maps: dict[str, Tensor]) -> Tensor:
    """The same from the levels' maps."""
    out = []
    for level in LEVELS:
        spread, mean = torch.std_mean(maps[level].float(), (2, 3), correction=0)
        out += [mean, (spread + LEAST).log()]
    return torch.cat(out, 1)


class Anyone(Painter):
    """Paints in the manner of paintings that it is shown.

    middle, size: buffers (NUMBERS,), the mean and the standard deviation of descriptions, by which they are made even.
    """

    def __init__(self, width: int = 64, blocks: int = 5, hidden: int = 128):
        super().__init__(width, blocks)
        self.config = dict(width=width, blocks=blocks, hidden=hidden)
        self.register_buffer("middle", torch.zeros(NUMBERS))
        self.register_buffer("size", torch.ones(NUMBERS))
        self.look, self.tell = nn.Linear(NUMBERS, hidden), nn.Linear(hidden, 2 * self.channels)
        self.photograph = nn.Parameter(torch.cat([torch.ones(self.channels), torch.zeros(self.channels)]))

    def rows(self, styles: Tensor) -> Tensor:
        """(styles, NUMBERS), from `described` -> (styles, 2 channels): scales, then shifts."""
        return self.tell(self.look((styles - self.middle) / self.size).relu())

    def manner(self, styles: Tensor, shares: Tensor) -> Manner:
        """
        Args:
            styles: (styles, NUMBERS), from `described`.
            shares: (batch, styles), at least 0, with a sum of at most 1; what is missing to 1 is the photograph.
        """
        strength = shares.sum(1, keepdim=True)
        with torch.autocast("cpu", enabled=False):  # in bfloat16 the colours would be off by a shade
            row = shares @ self.rows(styles) + (1 - strength) * self.photograph
            mean, spread = shares @ styles[:, :3], shares @ (styles[:, 3:6].exp() - LEAST)
        return Manner(*row.chunk(2, 1), spread, mean, strength)
