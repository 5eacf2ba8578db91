"""Learns the directions in w along which one attribute of an avatar changes and the others stay, and counts whether.

A direction is learned by the slope of a network that judges the pictures, as in GANalyze (Goetschalckx et al. 2019,
section 3), of the same family as the walks of Jahanian et al. (2020): from nothing on, the reader says what moved
pictures show, and its slope says how the direction must change so that the attribute comes where it is missing and
goes, the other way, where it is there, while all other attributes read as before and w stays ordinary. One goes along
it before w is bent, in coordinates in which ordinary w are round (`core.projecting.Frame`): a straight way in w itself
soon leads where no noise comes to. Every design has directions of its own, for in each the same attribute is drawn
otherwise. What was learned on some pictures is counted on others.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from core.gan import Reader
from core.models.gan import Generator
from core.projecting import framed, moved

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
FOUND_WITH, COUNTED_ON = 2_000, 400
STEPS, BATCH = 250, 32
RATE = 0.1
"""Adam's first rate, in coordinates of a frame; it sinks to 0."""
KEEP, ORDINARY = 1.0, 0.03
"""Weights of what the other attributes lose, in nats, and of the mean square of the direction's coordinates."""


@dataclass(frozen=True)
class Axis:
    """direction: (kinds, w), the way of each kind at full length, which is how it was measured; see `moved`.

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


@torch.no_grad()
def looked(forger: Generator, reader: Reader, w: Tensor) -> dict[str, Tensor]:
    """What the reader says of the pictures of w (count, w): (count, values) by column."""
    parts = [reader(forger(part).clamp(-1, 1)) for part in w.split(64)]
    return {column: torch.cat([part[column] for part in parts]) for column in reader.columns}


def lost(before: dict[str, Tensor], after: dict[str, Tensor], columns: list[str]) -> Tensor:
    """How much less probable what was read before has become, a scalar: Kullback-Leibler divergence, mean over pictures
    and columns. before, after: (count, values) by column."""
    parts = [before[one] * (before[one].clamp_min(1e-6).log() - after[one].clamp_min(1e-6).log()) for one in columns]
    return torch.stack([part.sum(1).mean() for part in parts]).mean()


def learned(
    forger: Generator,
    reader: Reader,
    w: Tensor,
    kinds: Tensor,
    read: dict[str, Tensor],
    name: str,
    chance: torch.Generator,
) -> Tensor:
    """The direction of an attribute for every kind, (kinds, w). read: what the reader says of the pictures of w."""
    others = [column for column in reader.columns if column != AXES[name][0]]
    frames = torch.stack([framed(w[kinds == kind]).axes for kind in range(int(kinds.max()) + 1)])  # (kinds, w, w)
    direction = torch.zeros(frames.shape[:2], requires_grad=True)  # in coordinates of the frames
    adam = torch.optim.Adam([direction])
    for step in range(STEPS):
        adam.param_groups[0]["lr"] = RATE * (1 - step / STEPS)
        some = torch.randint(len(w), (BATCH,), generator=chance)
        before = {column: p[some] for column, p in read.items()}
        there = score(before, reader.columns, name) > 0.5
        way = torch.einsum("kv,kvw->kw", direction, frames)[kinds[some]]
        after = reader(forger(moved(w[some], torch.where(there[:, None], -way, way))).clamp(-1, 1))
        share = score(after, reader.columns, name).clamp(1e-4, 1 - 1e-4)
        wish = -torch.where(there, 1 - share, share).log().mean()
        adam.zero_grad()
        (wish + KEEP * lost(before, after, others) + ORDINARY * direction.square().mean()).backward()
        adam.step()
    return torch.einsum("kv,kvw->kw", direction.detach(), frames)


@torch.no_grad()
def count(forger: Generator, reader: Reader, w: Tensor, kinds: Tensor, name: str, direction: Tensor) -> Axis:
    """What becomes of the pictures of w (count, w) along the direction, or the other way if the attribute is there."""
    before = looked(forger, reader, w)
    there = score(before, reader.columns, name) > 0.5
    way = direction[kinds]
    after = looked(forger, reader, moved(w, torch.where(there[:, None], -way, way)))
    turned = (score(after, reader.columns, name) > 0.5) != there
    others = [column for column in reader.columns if column != AXES[name][0]]
    same = torch.stack([before[column].argmax(1) == after[column].argmax(1) for column in others]).double()
    changed, back = (turned[which].double().mean().item() if which.any() else 0.0 for which in (~there, there))
    return Axis(name, direction, changed, back, same.mean().item())


def find(forger: Generator, reader: Reader, chance: torch.Generator) -> list[Axis]:
    """All of AXES, learned on some pictures and counted on others. Needs the `centres` of the forger."""
    config = forger.config

    def draws(total: int) -> tuple[Tensor, Tensor]:
        """w and kinds, every kind as often as the others."""
        kinds = torch.arange(total) % config.classes
        with torch.no_grad():
            return forger.styled(torch.randn(total, config.z, generator=chance), kinds), kinds

    (w, kinds), fresh = draws(FOUND_WITH), draws(COUNTED_ON)
    read = looked(forger, reader, w)
    return [count(forger, reader, *fresh, name, learned(forger, reader, w, kinds, read, name, chance)) for name in AXES]
