"""Many hands: one small network that paints a picture as any of several painters would (Dumoulin et al. 2017).

    picture -> 4 x 4 pixels as one place -> residual blocks -> twice as large -> twice as large -> painted picture

All painters share the convolutions. Each has a row of its own in every normalisation: a scale and a shift for each
channel, a few thousand numbers in all. Mixing rows mixes painters, and the last row of each table is no painter but
the photograph itself, so that how strongly is painted is chosen in the same space as by whom.

What is painted replaces the picture, it is not laid over it: a network that may keep the photograph's own pixels and
add to them learns tints and halos, not strokes. Only where a picture is empty do its own colours, given the mean and
the spread that the painter wants, come through. With strength 0 every pixel is given back.

Only one convolution sees places finer than 4 x 4 pixels, which is where the time would go (Johnson et al. 2016 spend
half of it there). Enlarging is "nearest neighbour, then convolution", which cannot make a checkerboard (Odena et al.
2016); it is worked out on the small map, see `Enlarge`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

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


class Rows(nn.Module):
    """Conditional instance normalisation: mean 0 and variance 1 for every channel of every picture, then a scale and a
    shift that are mixed from one row per painter, and one for the photograph."""

    def __init__(self, rows: int, width: int):
        super().__init__()
        self.scale, self.shift = nn.Parameter(torch.ones(rows, width)), nn.Parameter(torch.zeros(rows, width))

    def forward(self, x: Tensor, shares: Tensor, known: tuple[Tensor, Tensor] | None, seen: Statistics) -> Tensor:
        """
        Args:
            x: (batch, channels, height, width), any floating type; the sums are made in float32.
            shares: (batch, rows), of each row, with sum 1.
            known: mean and variance to use instead of those of x.
            seen: mean and variance are appended here.
        """
        # sums of products, not matrix products: those would be made in bfloat16 under autocast
        scale, shift = ((shares[..., None] * rows).sum(1) for rows in (self.scale, self.shift))  # (batch, channels)
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

    def __init__(self, rows: int, width: int):
        super().__init__()
        self.first, self.second = Conv(width, width), Conv(width, width)
        self.before, self.after = Rows(rows, width), Rows(rows, width)

    def forward(self, x: Tensor, shares: Tensor, known: Iterator, seen: Statistics) -> Tensor:
        """(batch, width, height, width of the map), same shape."""
        y = self.before(self.first(x), shares, next(known), seen).relu_()
        return x + self.after(self.second(y), shares, next(known), seen)


class Hands(nn.Module):
    """Pictures (batch, 3, height, width) in [-1, 1] of any size -> the same, painted."""

    def __init__(self, config: Config = Config()):
        super().__init__()
        self.config = config
        rows, width = config.styles + 1, config.width
        self.see, self.seen = Conv(3 * CELL**2, width), Rows(rows, width)
        self.blocks = nn.ModuleList(Block(rows, width) for _ in range(config.blocks))
        self.enlarge, self.enlarged = Enlarge(width, width // 2), Rows(rows, width // 2)
        self.paint = Enlarge(width // 2, 3)
        self.colours = Rows(config.styles, 3)

    @property
    def reach(self) -> int:
        """How many pixels away a pixel of the picture can matter, the normalisations apart."""
        return CELL * (2 * len(self.blocks) + 2) + CELL // 2 + CELL - 1

    def forward(self, picture: Tensor, mix: Tensor, known: Statistics | None = None) -> Tensor:
        """
        Args:
            picture: (batch, 3, height, width) in [-1, 1].
            mix: (batch, styles), at least 0, with a sum of at most 1; what is missing to 1 is the photograph.
            known: from `statistics`, of another picture or of the whole that this one is a part of.
        """
        painted = self.unbounded(picture, mix, known, [])
        return painted.clamp(-1, 1)

    def statistics(self, picture: Tensor, mix: Tensor) -> Statistics:
        """What the normalisations found in a picture, to be used for others; arguments as in `forward`."""
        seen: Statistics = []
        self.unbounded(picture, mix, None, seen)
        return seen

    def unbounded(self, picture: Tensor, mix: Tensor, known: Statistics | None, seen: Statistics) -> Tensor:
        """As `forward`, before the colours are cut off at -1 and 1, which a gradient would not get over."""
        height, width = picture.shape[2:]
        down, right = (max(LEAST, -(-side // CELL) * CELL) - side for side in (height, width))
        x = pad(picture, (0, right, 0, down), mode="replicate")
        strength = mix.sum(1, keepdim=True)  # (batch, 1)
        shares = torch.cat([mix, 1 - strength], 1)  # (batch, styles + 1)
        given = iter(known or [None] * (2 * len(self.blocks) + 3))

        cells = pixel_unshuffle(x, CELL).to(self.see.weight.dtype, memory_format=torch.channels_last)
        y = self.seen(self.see(cells), shares, next(given), seen).relu_()  # (batch, width, height / 4, width / 4)
        for block in self.blocks:
            y = block(y, shares, given, seen)
        y = self.enlarged(self.enlarge(y), shares, next(given), seen).relu_()  # (batch, width / 2, height / 2, ...)
        made = self.paint(y)[..., :height, :width].float()  # (batch, 3, height, width)
        plain = self.colours(x, mix, next(given), seen)[..., :height, :width]  # (batch, 3, height, width)
        variance = seen[-1][1].mean(1, keepdim=True)  # (batch, 1), of the picture
        weight = (variance / (variance + FLAT**2))[..., None, None]
        strength = strength[..., None, None]
        return (1 - strength) * picture + (1 - weight) * plain + weight * strength * made
