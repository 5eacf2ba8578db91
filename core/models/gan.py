"""A forger and a judge: two networks that learn from each other (Goodfellow et al. 2014), small enough for two cores.

    generator       noise z, kind -> mapping -> w -> maps of 4 x 4 -> 8 -> 16 -> 32 (-> 64), each adds to the picture
    discriminator   picture -> residual blocks, each half as large -> 4 x 4 -> one number, higher for "real"

The generator is a small StyleGAN2 (Karras et al. 2020): z is first made into w, and w scales the channels of every
convolution. So pictures can be pulled towards an average one (truncation), take their coarse and fine sizes from two
different w (style mixing), and be changed along a straight line. The 4 x 4 maps, too, are made from w and not learned
once for all pictures. Left out on purpose: the noise added at every place, so that z and kind alone decide the picture.

While it learns, the discriminator also sees how much four pictures of one kind differ from each other (Karras et al.
2018, section 3): without that every generator tried here made one face of each design, over and over. Afterwards it
judges each picture by itself.

Both compute in the type of their input (bfloat16 while they learn), but for the few numbers that scale channels.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, conv2d, interpolate, leaky_relu, pixel_unshuffle

from core.models.wishes import Wishes

SMALLEST = 4
"""Side of the smallest maps."""
SLOPE, GAIN = 0.2, math.sqrt(2 / (1 + 0.2**2))
"""Of `leaky_relu`, and what makes up for its effect on the mean square."""
TOGETHER = 4
"""Neighbours in a batch of which a discriminator in training sees how much they differ."""

LOUD = 16.0
"""How large a wish is beside the numbers of noise, of which there are many more."""


@dataclass(frozen=True)
class Config:
    """Of a generator. classes: kinds of pictures. z, w: how many numbers. depth: layers of the mapping.
    widths: channels of the maps, from 4 x 4 to as large as the picture. attributes: of each that noise decides the
    shares of its values, which make up 1; number i of z decides the i-th, see `Wishes`."""

    classes: int = 3
    z: int = 128
    w: int = 128
    depth: int = 2
    widths: tuple[int, ...] = (128, 128, 112, 64, 32)
    attributes: tuple[tuple[float, ...], ...] = ()

    @property
    def side(self) -> int:
        """Pixels of the picture's side."""
        return SMALLEST << (len(self.widths) - 1)


@dataclass(frozen=True)
class JudgeConfig:
    """Of a discriminator.

    classes: kinds of pictures. cell: side of the squares of pixels that the first layer takes as one place. widths:
    channels of the maps, from the largest to 4 x 4. answers: numbers that the score is made of. values: of all
    attributes together, of which a picture may be said to have some.
    """

    classes: int = 3
    cell: int = 2
    widths: tuple[int, ...] = (64, 112, 128, 128)
    answers: int = 128
    values: int = 0

    @property
    def side(self) -> int:
        """Pixels of the side of a picture that fits."""
        return self.cell * SMALLEST << (len(self.widths) - 1)


def layer(before: int, after: int, spread: float = 1.0) -> nn.Linear:
    """A linear layer whose output has the mean square of its input, times `spread` squared, before it has learned."""
    made = nn.Linear(before, after)
    nn.init.normal_(made.weight, std=spread / math.sqrt(before))
    nn.init.zeros_(made.bias)
    return made


def unit(x: Tensor) -> Tensor:
    """(batch, size) -> each row with mean square 1."""
    return x * (x.square().mean(1, keepdim=True) + 1e-8).rsqrt()


class Mapping(nn.Module):
    """Noise and kind -> w (Karras et al. 2019, section 2; the kind as in the code of Karras et al. 2020b)."""

    def __init__(self, config: Config):
        super().__init__()
        self.kinds = nn.Embedding(config.classes, config.z)
        self.wishes = Wishes(config.attributes) if config.attributes else None
        first = 2 * config.z + sum(map(len, config.attributes))
        sizes = [first] + [config.w] * config.depth
        self.layers = nn.ModuleList(layer(*pair) for pair in pairwise(sizes))

    def forward(self, z: Tensor, kinds: Tensor) -> Tensor:
        """z: (batch, z), of which only the direction counts. kinds: (batch,). Returns (batch, w)."""
        z = unit(z)
        x = torch.cat([z, unit(self.kinds(kinds))], 1)
        if self.wishes:
            x = torch.cat([x, LOUD * self.wishes(z)], 1)  # (batch, 2 z + values)
        for one in self.layers:
            x = GAIN * leaky_relu(one(x), SLOPE)
        return x


class Styled(nn.Module):
    """A 3x3 convolution whose incoming channels are scaled by w, and whose outgoing channels are divided by the size
    that they then have on average (Karras et al. 2020, section 2.2)."""

    def __init__(self, before: int, after: int, w: int):
        super().__init__()
        self.style = layer(w, before)
        nn.init.ones_(self.style.bias)
        self.weight = nn.Parameter(torch.randn(after, before, 3, 3) / math.sqrt(9 * before))
        self.bias = nn.Parameter(torch.zeros(after))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """x: (batch, before, side, side). w: (batch, w). Returns (batch, after, side, side)."""
        scale = self.style(w)  # (batch, before)
        size = (scale.square() @ self.weight.square().sum((2, 3)).t() + 1e-8).sqrt()  # (batch, after)
        y = conv2d(x * scale.to(x.dtype)[..., None, None], self.weight.to(x.dtype), padding=1)
        y = torch.addcmul(self.bias.to(x.dtype)[:, None, None], y, (GAIN / size).to(x.dtype)[..., None, None])
        return leaky_relu(y, SLOPE, inplace=True)


class Paint(nn.Module):
    """What maps add to the picture: a weighted sum at every place, the weights scaled by w."""

    def __init__(self, before: int, w: int):
        super().__init__()
        self.style = layer(w, before)
        nn.init.ones_(self.style.bias)
        self.weight = nn.Parameter(torch.randn(3, before, 1, 1) / math.sqrt(before))
        self.bias = nn.Parameter(torch.zeros(3))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """x: (batch, before, side, side). w: (batch, w). Returns (batch, 3, side, side), float32."""
        scale = self.style(w).to(x.dtype)[..., None, None]
        return conv2d(x * scale, self.weight.to(x.dtype)).float() + self.bias[:, None, None]


def enlarged(x: Tensor) -> Tensor:
    """(batch, channels, side, side) -> twice the side, linearly: the filter 1 3 3 1 of Karras et al. 2020."""
    return interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


class Level(nn.Module):
    """Maps of one size, made of those half as large: a convolution there, enlarging, a convolution."""

    def __init__(self, before: int, after: int, w: int):
        super().__init__()
        self.narrow, self.refine = Styled(before, after, w), Styled(after, after, w)
        self.paint = Paint(after, w)

    def forward(self, x: Tensor, picture: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
        """x: (batch, before, side, side). picture: (batch, 3, side, side). Returns both, twice as large."""
        x = self.refine(enlarged(self.narrow(x, w)), w)
        return x, enlarged(picture) + self.paint(x, w)


class Generator(nn.Module):
    """Noise -> pictures. `centres` (classes, w) holds the mean w of every kind."""

    def __init__(self, config: Config = Config()):
        super().__init__()
        self.config, (first, *_) = config, config.widths
        self.mapping = Mapping(config)
        self.register_buffer("centres", torch.zeros(config.classes, config.w))
        self.start = layer(config.w, first * SMALLEST**2)
        self.refine, self.paint = Styled(first, first, config.w), Paint(first, config.w)
        self.levels = nn.ModuleList(Level(*pair, config.w) for pair in pairwise(config.widths))

    def styled(self, z: Tensor, kinds: Tensor, truncation: float | Tensor = 1.0) -> Tensor:
        """The w of noise z (batch, z) and kinds (batch,): (batch, w).

        truncation: 1 as learned; less pulls towards the mean w of the kind, which 0 gives: more typical pictures that
        differ less. More than 1, or less than 0, exaggerates. (batch, 1) has one for each.
        """
        return self.centres[kinds].lerp(self.mapping(z, kinds), truncation)

    def forward(self, w: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
        """Pictures (batch, 3, side, side), float32, mostly within [-1, 1].

        Args:
            w: (batch, w), or (batch, sizes, w) with a w for every size from 4 x 4 on.
            dtype: of the maps.
        """
        first, *others = w.unbind(1) if w.dim() == 3 else [w] * len(self.config.widths)
        x = self.start(first).view(len(w), -1, SMALLEST, SMALLEST)  # (batch, widths[0], 4, 4)
        x = x.to(dtype, memory_format=torch.channels_last)
        x = self.refine(x, first)  # (batch, widths[0], 4, 4)
        picture = self.paint(x, first)
        for level, now in zip(self.levels, others, strict=True):
            x, picture = level(x, picture, now)
        return picture

    @torch.no_grad()
    def centre(self, generator: torch.Generator, count: int = 4_000) -> None:
        """Makes `centres` the mean w of `count` draws of each kind."""
        for kind in range(self.config.classes):
            z = torch.randn(count, self.config.z, generator=generator)
            self.centres[kind] = self.mapping(z, torch.full((count,), kind)).mean(0)


class Conv(nn.Conv2d):
    """A convolution that keeps a picture's size, in the type of its input."""

    def __init__(self, before: int, after: int, kernel: int, spread: float):
        super().__init__(before, after, kernel, padding=kernel // 2)
        nn.init.normal_(self.weight, std=spread / math.sqrt(before * kernel**2))
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, before, side, side) -> (batch, after, side, side)."""
        return conv2d(x, self.weight.to(x.dtype), self.bias.to(x.dtype), padding=self.padding)


class Residual(nn.Module):
    """Convolution, half the size, convolution; beside it only half the size. Each way has half of the mean square."""

    def __init__(self, before: int, after: int):
        super().__init__()
        self.look, self.widen = Conv(before, before, 3, GAIN), Conv(before, after, 3, GAIN * math.sqrt(0.5))
        self.skip = Conv(before, after, 1, math.sqrt(0.5))

    def forward(self, x: Tensor) -> Tensor:
        """(batch, before, side, side) -> (batch, after, side / 2, side / 2)."""
        y = avg_pool2d(leaky_relu(self.look(x), SLOPE), 2)
        return leaky_relu(self.widen(y), SLOPE) + self.skip(avg_pool2d(x, 2))


class Discriminator(nn.Module):
    """Pictures -> how real they look, for their kind. The score of a kind is a projection (Miyato & Koyama 2018).
    `usual` is how much true pictures of a kind differ, see `variety`."""

    def __init__(self, config: JudgeConfig = JudgeConfig()):
        super().__init__()
        self.config, (first, *_, last) = config, config.widths
        self.read = Conv(3 * config.cell**2, first, 3, GAIN)
        self.blocks = nn.ModuleList(Residual(*pair) for pair in pairwise(config.widths))
        self.register_buffer("usual", torch.zeros(()))
        self.weigh = Conv(last + 1, last, 3, GAIN)
        self.gather = layer(last * SMALLEST**2 // 4, config.answers, GAIN)
        self.score, self.kinds = layer(config.answers, 1), nn.Embedding(config.classes, config.answers)
        nn.init.normal_(self.kinds.weight, std=1 / math.sqrt(config.answers))
        if config.values:
            self.wishes = nn.Linear(config.values, config.answers, bias=False)
            nn.init.normal_(self.wishes.weight, std=1 / math.sqrt(config.answers))

    def maps(self, pictures: Tensor) -> Tensor:
        """What the blocks make of pictures: (batch, last, 4, 4)."""
        x = pixel_unshuffle(pictures, self.config.cell).contiguous(memory_format=torch.channels_last)
        x = leaky_relu(self.read(x), SLOPE)
        for block in self.blocks:
            x = block(x)
        return x

    def variety(self, maps: Tensor) -> Tensor:
        """How much pictures differ from their neighbours, (batch,): the standard deviation over each TOGETHER of them,
        which must be of one kind, as a mean over channels and places. In eval mode it is `usual` for every picture."""
        if not self.training:
            return self.usual.expand(len(maps))
        groups = maps.float().unflatten(0, (-1, TOGETHER))  # (groups, TOGETHER, last, 4, 4)
        return (groups.var(1, correction=0) + 1e-8).sqrt().mean((1, 2, 3)).repeat_interleave(TOGETHER)

    def answers(self, pictures: Tensor) -> Tensor:
        """What the score is made of: (batch, answers), float32. Pictures as in `forward`."""
        x = self.maps(pictures)
        differ = self.variety(x).to(x.dtype)[:, None, None, None].expand(-1, 1, *x.shape[2:])
        x = leaky_relu(self.weigh(torch.cat([x, differ], 1)), SLOPE)  # (batch, last, 4, 4)
        x = avg_pool2d(x, 2).flatten(1).float()
        return leaky_relu(self.gather(x), SLOPE)

    def forward(self, pictures: Tensor, kinds: Tensor, values: Tensor | None = None) -> Tensor:
        """Raw scores (batch,), float32; as learned with the logistic loss, above 0 means rather real.

        Args:
            pictures: (batch, 3, side, side), RGB in [-1, 1], float32 or bfloat16. kinds: (batch,).
            values: (batch, values), 1 for those that a picture is said to have, which then count too.
        """
        x = self.answers(pictures)
        as_said = self.kinds(kinds) if values is None else self.kinds(kinds) + self.wishes(values)
        return self.score(x)[:, 0] + (as_said * x).sum(1)

    @torch.no_grad()
    def settle(self, pictures: Tensor) -> None:
        """Makes `usual` the mean of true pictures (count, 3, side, side) in [-1, 1], each TOGETHER of one kind."""
        self.train()
        self.usual.fill_(torch.cat([self.variety(self.maps(part)) for part in pictures.split(64)]).mean())
        self.eval()
