"""The genuine avatars that hang here: some that the forger learned from, and some that it never saw."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

FOLDER = Path(__file__).parent / "avatars"
PARTS = ("learned", "held")


@dataclass(frozen=True)
class Avatars:
    """Genuine pictures of one part of the data.

    pictures: (count, 3, side, side), uint8. numbers: (count,), of each in the whole data set. kinds: (count,), its
    design. features: (count, size), see `lens`. among: how many pictures this part of the data has in all.
    """

    pictures: Tensor
    numbers: Tensor
    kinds: Tensor
    features: Tensor
    among: int

    def __len__(self) -> int:
        return len(self.numbers)

    def some(self, count: int) -> Tensor:
        """Places (count,) at equal steps through the pictures, which stand in order of their looks: so every look
        comes as often as among all. All places, if there are fewer."""
        return torch.linspace(0, len(self) - 1, min(count, len(self))).long()


@dataclass(frozen=True)
class Lens:
    """Few numbers instead of a classifier's many: what remains along the directions in which learned avatars differ
    most (principal components). mean: (1280,). basis: (1280, size). variance: the share of differences that remains.
    same: the share of held-out pictures that keep the learned picture nearest to them."""

    mean: Tensor
    basis: Tensor
    variance: float
    same: float

    def __call__(self, features: Tensor) -> Tensor:
        """(count, 1280), of `core.likeness.features` -> (count, size)."""
        return (features - self.mean) @ self.basis


@lru_cache
def page() -> dict[str, Any]:
    """What is written down about them: credit, side, columns of a sheet, and numbers and designs of each part."""
    return json.loads((FOLDER / "avatars.json").read_text(encoding="utf-8"))


def credit() -> tuple[str, str]:
    """Who drew them, and under which licences: (English, Chinese)."""
    return page()["credit"]["en"], page()["credit"]["zh"]


@lru_cache
def arrays() -> dict[str, np.ndarray]:
    """The features of all parts in whole steps, the steps, and what `lens` is made of."""
    with np.load(FOLDER / "features.npz") as file:
        return {name: file[name] for name in file.files}


@lru_cache
def avatars(part: str) -> Avatars:
    """One of PARTS."""
    told, side = page()[part], page()["side"]
    with Image.open(FOLDER / f"{part}.webp") as sheet:
        pixels = torch.from_numpy(np.array(sheet.convert("RGB")))  # (rows * side, columns * side, 3)
    tiles = pixels.view(len(pixels) // side, side, -1, side, 3).permute(0, 2, 4, 1, 3)  # (rows, columns, 3, side, side)
    features = torch.from_numpy(arrays()[part]) * torch.from_numpy(arrays()["steps"])
    numbers, kinds = torch.tensor(told["numbers"]), torch.tensor(told["kinds"])
    return Avatars(tiles.reshape(-1, 3, side, side), numbers, kinds, features, told["of"])


@lru_cache
def lens() -> Lens:
    """What makes features of other pictures comparable with `Avatars.features`."""
    found = arrays()
    basis = torch.from_numpy(found["basis"]) * torch.from_numpy(found["basis_steps"])
    return Lens(torch.from_numpy(found["mean"]), basis, page()["variance"], page()["same"])
