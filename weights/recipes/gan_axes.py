"""Finds the directions in w along which one attribute of an avatar changes and the others stay, and counts whether.

Regression gives, for every attribute, the slopes of its score by w. The direction of an attribute is then the most
ordinary change of w (the shortest in units of how w spreads) by which the regression says: this score by one, all
other scores by nothing. What a straight line says need not be so; therefore it is counted on pictures.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from core.gan import Reader
from core.models.gan import Generator

AXES: dict[str, tuple[str, dict[str, float]]] = {
    "glasses": ("glasses", {"glasses": 1}),
    "beard": ("beard", {"beard": 1}),
    "earrings": ("earrings", {"earrings": 1}),
    "long hair": ("hair", {"long": 1}),
    "bald": ("hair", {"none": 1}),
    "happy": ("mouth", {"smile": 1, "laugh": 1}),
    "open mouth": ("mouth", {"laugh": 1, "surprised": 1}),
    "dark skin": ("skin", {"d08b5b": 0.5, "ae5d29": 1, "694d3d": 1}),
    "dark hair": ("hair colour", {"black": 1, "brown": 1}),
    "bright hair": ("hair colour", {"red": 1, "pink": 1, "blue": 1}),
    "cold background": ("background", {"sky": 1, "violet": 1, "mint": 1}),
}
"""Name -> a column of the reader, and which of its values count, and how much."""
STEPS = (1.0, 1.5, 2.5)
"""Lengths of a direction that are tried on the pictures it was found with."""
FOUND_WITH, COUNTED_ON = 4_000, 400
RIDGE = 1e-3


@dataclass(frozen=True)
class Axis:
    """direction: (w,), to be added to w at full length, which is how it was measured.

    changed: share of pictures without the attribute that have it afterwards. back: share of those with it that lose it
    when the direction is taken away. kept: mean share of the other columns that read the same as before.
    """

    name: str
    direction: Tensor
    changed: float
    back: float
    kept: float


def score(read: dict[str, Tensor], columns: dict[str, list[str]], name: str) -> Tensor:
    """How much of an attribute there is, 0 to 1: (count,). read, columns: of a `Reader`."""
    column, counts = AXES[name]
    return sum(share * read[column][:, columns[column].index(value)] for value, share in counts.items())


def looked(forger: Generator, reader: Reader, w: Tensor) -> dict[str, Tensor]:
    """What the reader says of the pictures of w (count, w): (count, values) by column."""
    parts = [reader(forger(part).clamp(-1, 1)) for part in w.split(64)]
    return {column: torch.cat([part[column] for part in parts]) for column in reader.columns}


def directions(w: Tensor, scores: Tensor) -> Tensor:
    """(axes, w): the most ordinary changes of w that raise one score by one and no other, as far as lines can say.

    w: (count, w). scores: (count, axes). Both without the mean of their kind.
    """
    spread = w.t() @ w / len(w)
    spread += RIDGE * spread.diagonal().mean() * torch.eye(len(spread))
    together = w.t() @ scores / len(w)  # (w, axes)
    each = together.t() @ torch.linalg.solve(spread, together)  # (axes, axes)
    each += RIDGE * each.diagonal().mean() * torch.eye(len(each))
    return torch.linalg.solve(each, together.t())


def count(forger: Generator, reader: Reader, w: Tensor, name: str, direction: Tensor) -> Axis:
    """What becomes of the pictures of w (count, w) when the direction is added, or taken away where it is there."""
    before = looked(forger, reader, w)
    there = score(before, reader.columns, name) > 0.5
    after = looked(forger, reader, w + torch.where(there[:, None], -direction, direction))
    turned = (score(after, reader.columns, name) > 0.5) != there
    others = [column for column in reader.columns if column != AXES[name][0]]
    same = torch.stack([before[column].argmax(1) == after[column].argmax(1) for column in others]).double()
    changed, back = (turned[which].double().mean().item() if which.any() else 0.0 for which in (~there, there))
    return Axis(name, direction, changed, back, same.mean().item())


@torch.inference_mode()
def find(forger: Generator, reader: Reader, chance: torch.Generator) -> list[Axis]:
    """All of AXES, found with some pictures and counted on others. Needs the `centres` of the forger."""
    config = forger.config

    def draws(total: int) -> tuple[Tensor, Tensor]:
        """w and kinds, every kind as often as the others."""
        kinds = torch.arange(total) % config.classes
        return forger.styled(torch.randn(total, config.z, generator=chance), kinds), kinds

    w, kinds = draws(FOUND_WITH)
    read = looked(forger, reader, w)
    scores = torch.stack([score(read, reader.columns, name) for name in AXES], 1)
    for kind in range(config.classes):
        scores[kinds == kind] -= scores[kinds == kind].mean(0)
    found, (fresh, _) = directions(w - forger.centres[kinds], scores), draws(COUNTED_ON)
    axes = []
    for name, direction in zip(AXES, found, strict=True):
        tried = [count(forger, reader, w[:COUNTED_ON], name, step * direction) for step in STEPS]
        best = max(tried, key=lambda axis: min(axis.changed, axis.back) * axis.kept)
        axes.append(count(forger, reader, fresh, name, best.direction))
    return axes
