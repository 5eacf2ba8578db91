"""How a forger learns to paint what its noise asks for: see `core.models.gan.Wishes`."""

import torch
from torch import Tensor
from torch.nn.functional import pad

from core.gan import Reader
from core.models.gan import Config, Generator, unit
from core.models.small_cnn import SmallCNN
from weights.recipes.gan_data import CLOTHES, COLUMNS, GROUNDS, HAIRS, SKINS, WISHES, shows
from weights.recipes.gan_reader import blur, split

COLOURS = {"skin": {skin: skin for skin in SKINS}, "hair colour": HAIRS, "clothes": CLOTHES, "background": GROUNDS}
"""Attributes whose values are colours -> value -> hexadecimal."""


def apart(asked: Tensor) -> dict[str, Tensor]:
    """(batch, values), as `Wishes` has them -> (batch, values of the attribute) by attribute."""
    return dict(zip(WISHES, asked.split([len(shares) for shares in WISHES.values()], 1), strict=True))


def disobedience(tutor: SmallCNN, pictures: Tensor, kinds: Tensor, asked: Tensor, chance: torch.Generator) -> Tensor:
    """How far a reader is from finding what was asked for, a scalar: the cross entropy, mean over the attributes that
    the designs can show. It sees some pictures blurred and all with noise, so that a trace too fine for eyes is no way
    out.

    pictures: (batch, 3, 64, 64) in [-1, 1]. kinds: (batch,). asked: (batch, values), as `Wishes` has them.
    """
    soft = torch.rand(len(pictures), 1, 1, 1, generator=chance) < 0.3
    seen = torch.where(soft, blur(pictures), pictures) + 0.1 * torch.randn(pictures.shape, generator=chance)
    said = dict(zip(COLUMNS, split(tutor(seen.contiguous(memory_format=torch.channels_last))), strict=True))
    wishes = apart(asked)
    rows = [
        -(wish / wish.sum(1, keepdim=True) * said[name].log_softmax(1)[:, -wish.shape[1] :]).sum(1)
        for name, wish in wishes.items()
    ]
    shown = shows(kinds, wishes["hair"].argmax(1))
    return (torch.stack(rows, 1) * shown).sum() / shown.sum()


def listening(tensors: dict[str, Tensor], config: Config) -> dict[str, Tensor]:
    """Weights of a generator that knows no wishes, for one that does: at first they count nothing."""
    name, width = "mapping.layers.0.weight", 2 * config.z + sum(map(len, config.attributes))
    return tensors | {name: pad(tensors[name], (0, width - tensors[name].shape[1]))}


@torch.inference_mode()
def obeyed(model: Generator, told: Reader, z: Tensor, pictures: Tensor, kinds: Tensor) -> dict[str, float]:
    """In how many pictures whose design can show it, in percent, the reader finds of each attribute what their noise z
    (count, z) asks for. pictures: (count, 3, 64, 64) in [-1, 1], of kinds (count,)."""
    asked = apart(model.mapping.wishes(unit(z)))
    read = [told(part) for part in pictures.split(250)]
    shown, out = shows(kinds, asked["hair"].argmax(1)).t(), {}
    for (name, wish), can in zip(asked.items(), shown, strict=True):
        found = torch.cat([part[name] for part in read])[:, -wish.shape[1] :].argmax(1)
        out[name] = round(100 * (found == wish.argmax(1))[can].double().mean().item(), 1)
    return out


def wishes(rates: dict[str, float]) -> list[dict]:
    """The attributes that noise decides, for the manifest: `obeyed` of each; designs: numbers of those that can show
    it; colours: of the values, hexadecimal, or "" where a value is no colour."""
    kinds = torch.arange(len(COLUMNS["style"]))
    able = shows(kinds, torch.ones_like(kinds)).t()
    out = []
    for name, can in zip(WISHES, able, strict=True):
        values = [*COLUMNS[name][-len(WISHES[name]) :]]
        colours = [COLOURS.get(name, {}).get(value, "") for value in values]
        if name in rates:
            designs = kinds[can].tolist()
            out.append(dict(column=name, values=values, colours=colours, designs=designs, obeyed=rates[name]))
    return out
