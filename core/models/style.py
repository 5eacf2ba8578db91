"""Many hands: one small network that paints a picture as any of several painters would (Dumoulin et al. 2017).

    picture -> 4 x 4 pixels as one place -> residual blocks -> twice as large -> twice as large -> painted picture

All painters share the convolutions. A painter is a row of numbers: for every normalisation a scale and a shift for each
channel, some 1,500 in all. Mixing rows mixes painters, and the last row is no painter but the photograph itself, so
that how strongly is painted is chosen in the same space as by whom. In the same measure the photograph's own pixels
come back: at strength 0 every one of them, at one half half of each, under strokes that are half as bold.

At full strength what is painted replaces the picture, it is not laid over it: a network that may keep the photograph's
own pixels and add to them learns tints and halos, not strokes. Only if a picture is empty as a whole do its own
colours, given the mean and the spread that the painter wants, come through.

Only one convolution sees places finer than 4 x 4 pixels, which is where the time would go (Johnson et al. 2016 spend
half of it there). Enlarging is "nearest neighbour, then convolution", which cannot make a checkerboard (Odena et al.
2016); it is worked out on the small map, see `Enlarge`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, pad, pixel_shuffle, pixel_unshuffle

CELL = 4
"""Pixels on a side of what the blocks take as one place."""
LEAST = 2 * CELL
"""Pixels on the shorter side below which a border cannot be reflected; smaller pictures are padded to it."""
EPS = 1e-3
FLAT = 0.05
"""Standard deviation of a picture, of pixels in [-1, 1], at which what is painted has half its weight. Every
normalisation would make strokes of the faintest noise of an empty picture, one after the other ever larger ones."""

Statistics = list[tuple[Tensor, Tensor]]
"""Of every normalisation, in the order of the line: mean and variance of its input, (batch, channels) each."""


@dataclass(frozen=True)
class Config:
    """styles: painters. width: channels of the blocks. blocks: of two convolutions each."""

    styles: int = 16
    width: int = 64
    blocks: int = 5


class Manner(NamedTuple):
    """How a picture is painted.

    scale, shift: (batch, `Painter.channels`), for the channels of all normalisations one after the other. spread, mean:
    (batch, 3), of the colours, times strength. strength: (batch, 1), 0 the photograph to 1 all painted.
    """

    scale: Tensor
    shift: Tensor
    spread: Tensor
    mean: Tensor
    strength: Tensor


def normalised(
    x: Tensor, scale: Tensor, shift: Tensor, known: tuple[Tensor, Tensor] | None, seen: Statistics
) -> Tensor:
    """Conditional instance normalisation: mean 0 and variance 1 for every channel of every picture, then a scale and a
    shift.

    Args:
        x: (batch, channels, height, width), any floating type; the sums are made in float32.
        scale, shift: (batch, channels).
        known: mean and variance to use instead of those of x.
        seen: mean and variance are appended here.
    """
    if known is None:
        n = x.shape[2] * x.shape[3]
        mean, variance = torch.zeros_like(scale.detach()), torch.ones_like(scale.detach())
        # one picture at a time: batch normalisation of one picture is its instance normalisation, and the fastest
        done = [
            torch.batch_norm(x[i : i + 1], scale[i], shift[i], mean[i], variance[i], True, 1.0, EPS, False)
            for i in range(len(x))
        ]
        variance = variance * ((n - 1) / n)  # it is kept as an estimate for more pixels than there are
    else:
        mean, variance = (part.expand_as(scale) for part in known)
        done = [
            torch.batch_norm(x[i : i + 1], scale[i], shift[i], mean[i], variance[i], False, 0.0, EPS, False)
            for i in range(len(x))
        ]
    seen.append((mean, variance))
    return torch.cat(done) if len(done) > 1 else done[0]


class Conv(nn.Conv2d):
    """3x3, with the border reflected."""

    def __init__(self, before: int, after: int):
        super().__init__(before, after, 3, padding=1, padding_mode="reflect")


class Enlarge(nn.Module):
    """Every place becomes 2 x 2 equal ones, then a 3x3 convolution: on the small map, without making the large one.

    Of the nine places that a kernel meets on the large map some are equal, so that on the small map each of the four
    new places has a 3x3 kernel of its own whose numbers are sums of the nine.
    """

    def __init__(self, before: int, after: int):
        super().__init__()
        drawn = nn.Conv2d(before, after, 3)
        self.weight, self.bias = drawn.weight, drawn.bias
        # new place p of a pair meets, with tap k, the old place floor((p + k - 1) / 2) + 1 of three
        meets = torch.zeros(2, 3, 3)
        for place in range(2):
            for tap in range(3):
                meets[place, tap, (place + tap - 1) // 2 + 1] = 1
        self.register_buffer("meets", meets, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, before, height, width) -> (batch, after, 2 height, 2 width)."""
        meets = self.meets.to(self.weight.dtype)
        kernels = torch.einsum("oikl,pka,qlb->opqiab", self.weight, meets, meets)  # (after, 2, 2, before, 3, 3)
        around = pad(x, (1, 1, 1, 1), mode="replicate")  # on the large map that is reflection
        made = conv2d(around, kernels.flatten(0, 2), self.bias.repeat_interleave(4))
        return pixel_shuffle(made, 2)


class Block(nn.Module):
    """Two convolutions whose result is added to what came in."""

    def __init__(self, width: int):
        super().__init__()
        self.first, self.second = Conv(width, width), Conv(width, width)

    def forward(self, x: Tensor, norms: Iterator) -> Tensor:
        """(batch, width, height, width of the map), same shape. norms: the next two normalisations."""
        y = next(norms)(self.first(x)).relu_()
        return x + next(norms)(self.second(y))


class Painter(nn.Module):
    """Pictures (batch, 3, height, width) in [-1, 1] of any size and a manner -> the same, painted."""

    def __init__(self, width: int, blocks: int):
        super().__init__()
        self.see = Conv(3 * CELL**2, width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(blocks))
        self.enlarge, self.paint = Enlarge(width, width // 2), Enlarge(width // 2, 3)
        self.widths = [width] * (2 * blocks + 1) + [width // 2]

    @property
    def channels(self) -> int:
        """Of all normalisations together."""
        return sum(self.widths)

    @property
    def reach(self) -> int:
        """How many pixels away a pixel of the picture can matter, the normalisations apart."""
        return CELL * (2 * len(self.blocks) + 2) + CELL // 2 + CELL - 1

    def forward(self, picture: Tensor, manner: Manner, known: Statistics | None = None) -> Tensor:
        """
        Args:
            picture: (batch, 3, height, width) in [-1, 1].
            known: from `statistics`, of another picture or of the whole that this one is a part of.
        """
        return self.unbounded(picture, manner, known, []).clamp(-1, 1)

    def statistics(self, picture: Tensor, manner: Manner) -> Statistics:
        """What the normalisations found in a picture, to be used for others."""
        seen: Statistics = []
        self.unbounded(picture, manner, None, seen)
        return seen

    def unbounded(self, picture: Tensor, manner: Manner, known: Statistics | None, seen: Statistics) -> Tensor:
        """As `forward`, before the colours are cut off at -1 and 1, which a gradient would not get over.

        seen: what the normalisations found is appended here.
        """
        height, width = picture.shape[2:]
        down, right = (max(LEAST, -(-side // CELL) * CELL) - side for side in (height, width))
        x = pad(picture, (0, right, 0, down), mode="replicate")
        given = iter(known or [None] * (len(self.widths) + 1))
        rows = zip(manner.scale.split(self.widths, 1), manner.shift.split(self.widths, 1), strict=True)
        norms = (partial(normalised, scale=a, shift=b, known=next(given), seen=seen) for a, b in rows)

        cells = pixel_unshuffle(x, CELL).to(self.see.weight.dtype, memory_format=torch.channels_last)
        y = next(norms)(self.see(cells)).relu_()  # (batch, width, height / 4, width / 4)
        for block in self.blocks:
            y = block(y, norms)
        y = next(norms)(self.enlarge(y)).relu_()  # (batch, width / 2, height / 2, ...)
        made = self.paint(y)[..., :height, :width].float()  # (batch, 3, height, width)
        plain = normalised(x, manner.spread, manner.mean, next(given), seen)[..., :height, :width]
        variance = seen[-1][1].mean(1, keepdim=True)  # (batch, 1), of the picture
        weight = (variance / (variance + FLAT**2))[..., None, None]
        strength = manner.strength[..., None, None]
        return (1 - strength) * picture + (1 - weight) * plain + weight * strength * made


class Hands(Painter):
    """Paints in the manners of those who were learned, and of any mixture of them."""

    def __init__(self, config: Config = Config()):
        super().__init__(config.width, config.blocks)
        self.config = config
        rows = config.styles + 1, self.channels
        self.scale, self.shift = nn.Parameter(torch.ones(rows)), nn.Parameter(torch.zeros(rows))
        colours = config.styles, 3
        self.spread, self.mean = nn.Parameter(torch.ones(colours)), nn.Parameter(torch.zeros(colours))

    def manner(self, mix: Tensor) -> Manner:
        """mix: (batch, styles), at least 0, with a sum of at most 1; what is missing to 1 is the photograph."""
        strength = mix.sum(1, keepdim=True)
        shares = torch.cat([mix, 1 - strength], 1)[..., None]  # (batch, styles + 1, 1)
        # sums of products, not matrix products: those would be made in bfloat16 under autocast
        scale, shift = ((shares * rows).sum(1) for rows in (self.scale, self.shift))
        spread, mean = ((mix[..., None] * rows).sum(1) for rows in (self.spread, self.mean))
        return Manner(scale, shift, spread, mean, strength)
