"""A second judge for the forger's last hours: it sees what the ImageNet classifier sees, and learns to score only that.

The pixels of a picture are far from what makes it a face. A network that already knows edges, textures and parts lets
a judge of a few thousand numbers notice a missing pair of glasses, and whoever wants to deceive it must paint them
(Sauer et al. 2021, "Projected GANs Converge Faster"). The first judge stays beside it, which holds the pixels to what
they should be (Kumari et al. 2022, "Ensembling Off-the-shelf Models for GAN Training").

The classifier is frozen. Three of its stages are looked at, each by a small network of its own that scores every place
of the map; their weights are divided by their largest singular value, so that no score gets out of hand (Miyato et al.
2018). Each also sees, place by place, how much neighbours in the batch differ, as the first judge does: without that,
pictures became clean and more alike. Nothing of it ships.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, leaky_relu
from torch.nn.utils.parametrizations import spectral_norm

from core import weights
from core.models.cnn import EfficientNetLite
from core.models.gan import SLOPE, TOGETHER
from core.models.staged import Staged

EYE = "efficientnet_lite0.safetensors"
STAGES = {"stage2": 24, "stage3": 40, "stage5": 112}
"""Stages that are looked at, and their channels: maps of 32 x 32, 16 x 16 and 8 x 8."""
SIDE = 128
"""Pixels to which pictures are enlarged: half of what the classifier learned on, for a third of the time."""
WIDTH = 64


def eye() -> Staged:
    """The classifier, as it ships."""
    tensors, _ = weights.read(EYE)
    return weights.fill(EfficientNetLite(), tensors, EYE).to(memory_format=torch.channels_last)


def maps(classifier: Staged, pictures: Tensor) -> list[Tensor]:
    """What the stages make of pictures (batch, 3, side, side) in [-1, 1]: (batch, channels, places, places) each."""
    x = interpolate(pictures, size=(SIDE, SIDE), mode="bilinear", align_corners=False)
    x, out = x.contiguous(memory_format=torch.channels_last), []
    for name, stage in classifier.stages.items():
        x = stage(x)
        if name in STAGES:
            out.append(x)
        if len(out) == len(STAGES):
            break
    return out


class Look(nn.Module):
    """Scores every place of one stage's maps, for the picture's kind (a projection, Miyato & Koyama 2018).
    `mean` and `spread` are those of true pictures, by channel."""

    def __init__(self, channels: int, classes: int, values: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels, 1, 1))
        self.register_buffer("spread", torch.ones(channels, 1, 1))
        self.mix = spectral_norm(nn.Conv2d(channels, WIDTH, 1))
        self.look = spectral_norm(nn.Conv2d(WIDTH + 1, WIDTH, 3, padding=1))
        self.score, self.kinds = spectral_norm(nn.Conv2d(WIDTH, 1, 1)), nn.Embedding(classes, WIDTH)
        nn.init.normal_(self.kinds.weight, std=WIDTH**-0.5)
        self.wishes = nn.Linear(values, WIDTH, bias=False) if values else None
        if self.wishes:
            nn.init.normal_(self.wishes.weight, std=WIDTH**-0.5)

    def forward(self, x: Tensor, kinds: Tensor, values: Tensor | None = None) -> Tensor:
        """x: (batch, channels, places, places), each TOGETHER of one kind. values: as `Discriminator` has them.
        Returns (batch, places * places)."""
        x = leaky_relu(self.mix((x - self.mean) / self.spread), SLOPE)
        differ = (x.unflatten(0, (-1, TOGETHER)).var(1, correction=0) + 1e-8).sqrt().mean(1, keepdim=True)
        x = torch.cat([x, differ.repeat_interleave(TOGETHER, 0)], 1)  # (batch, WIDTH + 1, places, places)
        x = leaky_relu(self.look(x), SLOPE)
        as_said = self.kinds(kinds) if values is None else self.kinds(kinds) + self.wishes(values)
        return (self.score(x) + (x * as_said[..., None, None]).sum(1, keepdim=True)).flatten(1)


class Critic(nn.Module):
    """Scores of all places of all stages."""

    def __init__(self, classes: int, values: int = 0):
        super().__init__()
        self.looks = nn.ModuleList(Look(channels, classes, values) for channels in STAGES.values())

    def forward(self, seen: list[Tensor], kinds: Tensor, values: Tensor | None = None) -> list[Tensor]:
        """seen: as `maps` returns it. Returns (batch, places) for every stage, above 0 for rather real."""
        return [look(x, kinds, values) for look, x in zip(self.looks, seen, strict=True)]

    @torch.no_grad()
    def settle(self, seen: list[Tensor]) -> None:
        """Learns what is usual of the maps of true pictures (count, channels, places, places)."""
        for look, x in zip(self.looks, seen, strict=True):
            look.mean.copy_(x.mean((0, 2, 3))[:, None, None])
            look.spread.copy_(x.std((0, 2, 3)).clamp_min(1e-3)[:, None, None])


def mean_loss(loss, *scores: list[Tensor]) -> Tensor:
    """The mean over the stages of a loss of their scores."""
    each = [loss("hinge", *stage) for stage in zip(*scores, strict=True)]
    return torch.stack(each).mean()
