"""The forgers and judges that ship, and how seeds become pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from core import weights
from core.models.gan import Config, Discriminator, Generator, JudgeConfig, unit
from core.models.small_cnn import Config as ReaderConfig
from core.models.small_cnn import SmallCNN
from core.models.wishes import Wishes

NAMES = ("avatars", "cifar")
READER = "avatar_reader.safetensors"


def file(name: str, part: str = "forger") -> str:
    """The weight file of a forger or judge ("judge"), or of a forger as it was once (such as "step_800")."""
    return f"gan_{name}_{part}.safetensors"


@cache
@torch.inference_mode(False)  # whoever asks first may be in inference mode, and gradients are wanted later
def forger(name: str, part: str = "forger") -> tuple[Generator, dict]:
    """A generator, read-only, and its entry in the manifest. Raises WeightsError."""
    tensors, entry = weights.read(file(name, part))
    shape = entry["config"]
    attributes = tuple(map(tuple, shape.get("attributes", ())))
    config = Config(**shape | {"widths": tuple(shape["widths"]), "attributes": attributes})
    return weights.fill(Generator(config), tensors, file(name, part)), entry


@cache
@torch.inference_mode(False)
def judge(name: str) -> tuple[Discriminator, dict]:
    """A discriminator, read-only, and its entry in the manifest. Raises WeightsError."""
    tensors, entry = weights.read(file(name, "judge"))
    config = JudgeConfig(**entry["config"] | {"widths": tuple(entry["config"]["widths"])})
    return weights.fill(Discriminator(config), tensors, file(name, "judge")), entry


@dataclass(frozen=True)
class Reader:
    """Tells the attributes of an avatar. columns: attribute -> its values, in the order of the scores."""

    network: SmallCNN
    columns: dict[str, list[str]]

    def __call__(self, pictures: Tensor) -> dict[str, Tensor]:
        """Pictures (count, 3, 64, 64) in [-1, 1] -> probabilities (count, values) by attribute. Keeps gradients."""
        parts = self.network(pictures).split([len(values) for values in self.columns.values()], 1)
        return {name: part.softmax(1) for name, part in zip(self.columns, parts, strict=True)}


@cache
@torch.inference_mode(False)
def reader() -> Reader:
    """The reader that ships, read-only. Raises WeightsError."""
    tensors, entry = weights.read(READER)
    return Reader(weights.fill(SmallCNN(ReaderConfig(**entry["config"])), tensors, READER), entry["columns"])


def drawn(seeds: Sequence[int], config: Config) -> tuple[Tensor, Tensor]:
    """Noise (count, z) and kinds (count,). Each seed has a generator of its own, so that its picture is the same in
    whatever company it is drawn."""
    rows = []
    for seed in seeds:
        chance = torch.Generator().manual_seed(seed)
        rows.append((torch.randn(config.z, generator=chance), torch.randint(config.classes, (), generator=chance)))
    return torch.stack([z for z, _ in rows]), torch.stack([kind for _, kind in rows])


def asking(z: Tensor, config: Config, values: Tensor, place: float | Tensor = 0.5) -> Tensor:
    """Noise that decides some attributes otherwise, and all others as before; see `core.models.wishes.Wishes`.

    Args:
        z: (batch, z).
        values: (batch, attributes), the number of the value that each shall have; -1 leaves what noise decides.
        place: where in that value's piece the number of noise then lies, 0 to 1, as a share of the piece's noise.

    Returns:
        (batch, z), of mean square 1. What decides no attribute is scaled a little, so that the sum is right.
    """
    z, first, pieces = unit(z), len(config.attributes), Wishes(config.attributes)
    sizes = torch.tensor([len(shares) for shares in config.attributes])
    which = (sizes.cumsum(0) - sizes) + values.clamp_min(0)  # (batch, attributes): numbers among all values
    low, high = pieces.low[which], pieces.high[which]
    at = torch.special.ndtri((low + place * (high - low)).clamp(1e-4, 1 - 1e-4))
    decided, free = torch.where(values < 0, z[:, :first], at), z[:, first:]
    room = (config.z - decided.square().sum(1, keepdim=True)).clamp_min(1e-6)
    return torch.cat([decided, free * (room / free.square().sum(1, keepdim=True)).sqrt()], 1)


@torch.inference_mode()
def sample(
    model: Generator, seeds: Sequence[int], kinds: Sequence[int] | None = None, truncation: float = 1.0
) -> Tensor:
    """Pictures (count, 3, side, side) in [-1, 1].

    Args:
        seeds: at least one, 0 to core.complaint.SEEDS each.
        kinds: as many; None lets the seeds decide.
        truncation: see `Generator.styled`.
    """
    z, own = drawn(seeds, model.config)
    kinds = own if kinds is None else torch.tensor(kinds)
    parts = zip(z.split(64), kinds.split(64), strict=True)  # more would leave the cache
    return torch.cat([model(model.styled(*part, truncation)) for part in parts]).clamp_(-1, 1)


def slerp(a: Tensor, b: Tensor, share: float) -> Tensor:
    """From noise a (share 0) to b (share 1) along the sphere on which noise lies; along a straight line it would pass
    places that no noise comes to (White 2016).

    a, b: (..., z). Only directions count for a generator, so the result has unit length. Opposite a and b have no
    shortest way: the result is then undefined, but finite.
    """
    a, b = (x / x.norm(dim=-1, keepdim=True).clamp_min(1e-12) for x in (a, b))
    angle = (a * b).sum(-1, keepdim=True).clamp(-1 + 1e-7, 1 - 1e-7).acos()
    return (torch.sin((1 - share) * angle) * a + torch.sin(share * angle) * b) / torch.sin(angle)


def crossed(coarse: Tensor, fine: Tensor, sizes: int, cut: int) -> Tensor:
    """Style mixing: the sizes before `cut` from one w, the others from another.

    coarse, fine: (batch, w). cut: 0 (all fine) to sizes (all coarse). Returns (batch, sizes, w) for `Generator`.
    """
    return torch.stack([coarse if size < cut else fine for size in range(sizes)], 1)
