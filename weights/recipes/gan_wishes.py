"""How a forger learns to paint what its noise asks for: see `core.models.wishes.Wishes`."""

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, one_hot, pad

from core.gan import Reader
from core.models.gan import Generator, unit
from weights.recipes.gan_data import CLOTHES, COLUMNS, GROUNDS, HAIRS, SKINS, WISHES, shows

COARSE = 4
"""Side, in pixels, of the squares that `unlike` compares."""
COLOURS = {"skin": {skin: skin for skin in SKINS}, "hair colour": HAIRS, "clothes": CLOTHES, "background": GROUNDS}
"""Attributes whose values are colours -> value -> hexadecimal."""


def apart(asked: Tensor) -> dict[str, Tensor]:
    """(batch, values), as `Wishes` has them -> (batch, values of the attribute) by attribute."""
    return dict(zip(WISHES, asked.split([len(shares) for shares in WISHES.values()], 1), strict=True))


def asked_of(known: dict[str, Tensor]) -> Tensor:
    """What noise must ask for so that avatars with these attributes come: numbers of values (count, attributes), -1
    where a design cannot show an attribute. known: numbers of the values of COLUMNS (count,) by attribute."""
    kinds = known["style"]
    rows = torch.stack([known[name] - (len(COLUMNS[name]) - len(shares)) for name, shares in WISHES.items()], 1)
    return torch.where(shows(kinds, known["hair"]), rows, -1)


def said(asked: Tensor) -> Tensor:
    """(batch, attributes), as `asked_of` -> (batch, values): 1 for each value that is asked for."""
    sizes = [len(shares) for shares in WISHES.values()]
    parts = [
        one_hot(part.clamp_min(0), size) * (part >= 0)[:, None] for part, size in zip(asked.t(), sizes, strict=True)
    ]
    return torch.cat(parts, 1).float()


def unlike(forged: Tensor, true: Tensor) -> Tensor:
    """How far forged pictures (batch, 3, 64, 64) are from true ones with the same attributes, a scalar: the mean
    difference of squares of COARSE pixels, so that what attributes leave open is left open."""
    return (avg_pool2d(forged.float(), COARSE) - avg_pool2d(true.float(), COARSE)).abs().mean()


def listening(tensors: dict[str, Tensor], fresh: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights of networks that know no wishes, for such as do; to a forger they are nothing at first.

    fresh: the weights of those, as they begin.
    """
    out = dict(fresh)
    for name, value in tensors.items():
        more = fresh[name].shape[-1] - value.shape[-1] if value.dim() else 0
        out[name] = pad(value, (0, more)) if more else value
    return out


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
    """The attributes that noise decides, for the manifest: `obeyed` of each; chance: how often the most frequent value
    is asked for, in percent; designs: numbers of those that can show it; colours: of the values, hexadecimal, or ""
    where a value is no colour."""
    kinds = torch.arange(len(COLUMNS["style"]))
    able = shows(kinds, torch.ones_like(kinds)).t()
    out = []
    for name, can in zip(WISHES, able, strict=True):
        values = [*COLUMNS[name][-len(WISHES[name]) :]]
        colours = [COLOURS.get(name, {}).get(value, "") for value in values]
        if name in rates:
            designs = kinds[can].tolist()
            row = dict(column=name, values=values, colours=colours, designs=designs, obeyed=rates[name])
            out.append(row | dict(chance=round(100 * max(WISHES[name]), 1)))
    return out
