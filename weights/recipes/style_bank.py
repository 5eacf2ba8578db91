"""What a network that is to paint like anything learns from: paintings in many colours, photographs, and patterns.

Sixteen paintings are few, so that each also comes in other colours, sizes and pieces, photographs serve as styles too,
and patterns of flat colours, whose outlines, sizes and palettes are drawn, fill what lies between. Styles are kept as
what the training needs of them: their description and their Gram matrices.
"""

from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from core.gram import STYLE, grams
from core.models.anyone import LEVELS, NUMBERS, summed
from core.models.vgg import VGG
from weights.recipes.style_data import crop, painting, slugs

UNSEEN = ("kazusa", "harvesters")
"""Paintings that are kept out, to see how one is painted like that nobody has shown."""
COLOURED, PHOTOGRAPHS, PATTERNS = 44, 500, 250
"""Further versions of each painting, and how many of the others."""
SHARES = {"plain": 0.25, "coloured": 0.35, "photographs": 0.2, "patterns": 0.2}
"""How often a style of each sort is drawn."""
SIDE = 288
"""Pixels on a side of a piece of a painting, of a photograph or of a pattern."""


class Bank:
    """Styles. described: (styles, NUMBERS). grams: stage -> (styles, channels, channels), bfloat16. plain: numbers of
    the paintings as they are, in the order of `slugs`. sorts: name of SHARES -> its numbers."""

    def __init__(self, vgg: VGG, photographs: list[Path]):
        self.slugs = [slug for slug in slugs() if slug not in UNSEEN]
        chance, pictures = torch.Generator().manual_seed(1), []
        self.sorts: dict[str, range] = {}
        for name, made in (
            ("plain", [lambda slug=slug: painting(slug) for slug in self.slugs]),
            ("coloured", [lambda slug=slug: coloured(painting(slug), chance) for slug in self.slugs * COLOURED]),
            ("photographs", [lambda file=file: crop(file, SIDE, chance) for file in photographs[:PHOTOGRAPHS]]),
            ("patterns", [lambda: pattern(SIDE, chance) for _ in range(PATTERNS)]),
        ):
            self.sorts[name] = range(len(pictures), len(pictures) + len(made))
            pictures += made
        self.plain = list(self.sorts["plain"])
        self.described = torch.empty(len(pictures), NUMBERS)
        self.grams = {
            stage: torch.empty(len(pictures), LEVELS[stage], LEVELS[stage], dtype=torch.bfloat16) for stage in STYLE
        }
        for i, picture in enumerate(pictures):
            self.keep(vgg, i, picture())

    @torch.no_grad()
    def keep(self, vgg: VGG, number: int, picture: Tensor) -> None:
        """Looks at a style, (1, 3, height, width)."""
        with torch.autocast("cpu", dtype=torch.bfloat16):
            maps = vgg.features(picture.contiguous(memory_format=torch.channels_last))
        self.described[number] = summed({"picture": picture} | maps)[0]
        for stage, rows in grams({stage: maps[stage].float() for stage in STYLE}).items():
            self.grams[stage][number] = rows[0]

    def drawn(self, count: int, chance: torch.Generator) -> Tensor:
        """Numbers of styles, (count,)."""
        names = list(SHARES)
        sorts = torch.multinomial(torch.tensor([SHARES[name] for name in names]), count, True, generator=chance)
        picks = torch.rand(count, generator=chance)
        of = [self.sorts[names[k]] for k in sorts.tolist()]
        return torch.tensor([rows[int(pick * len(rows))] for rows, pick in zip(of, picks.tolist(), strict=True)])


def coloured(picture: Tensor, chance: torch.Generator) -> Tensor:
    """A square piece of a painting (1, 3, height, width) at another size, its colour channels exchanged and some of
    them inverted: (1, 3, SIDE, SIDE)."""
    zoom = 0.75 + 0.65 * torch.rand(1, generator=chance).item()
    height, width = (max(SIDE, round(side * zoom)) for side in picture.shape[2:])
    large = interpolate(picture, (height, width), mode="bicubic", antialias=True).clamp(-1, 1)
    top, left = (int(torch.randint(side - SIDE + 1, (), generator=chance)) for side in (height, width))
    piece = large[:, torch.randperm(3, generator=chance), top : top + SIDE, left : left + SIDE]
    signs = torch.where(torch.rand(3, generator=chance) < 0.3, -1.0, 1.0)
    return piece * signs[:, None, None]


def pattern(side: int, chance: torch.Generator) -> Tensor:
    """Flat patches in few colours, round or drawn out, with or without outlines: (1, 3, side, side) in [-1, 1]."""
    few, many = 12, 400
    count = int(few * (many / few) ** torch.rand(1, generator=chance).item())
    palette = torch.rand(int(torch.randint(2, 8, (), generator=chance)), 3, generator=chance) * 2 - 1
    centres = torch.rand(count, 2, generator=chance)
    colours = palette[torch.randint(len(palette), (count,), generator=chance)]
    angle, longer, line = torch.rand(3, generator=chance).tolist()
    turn = torch.tensor(3.1416 * angle)
    axes = torch.stack([torch.stack([turn.cos(), turn.sin()]), torch.stack([-turn.sin(), turn.cos()])])
    axes = axes * torch.tensor([[1.0], [1 + 4 * longer]])  # patches are drawn out along one of them
    places = torch.cartesian_prod(*[torch.linspace(0, 1, side)] * 2)
    far, which = torch.cdist(places @ axes.t(), centres @ axes.t()).topk(2, largest=False)  # (side * side, 2)
    picture = colours[which[:, 0]]
    if line < 0.5:
        ink = torch.rand(3, generator=chance) * 0.6 - 1
        picture = torch.where((far[:, 1:] - far[:, :1]) < 0.01 + 0.02 * line, ink, picture)
    return picture.t().reshape(1, 3, side, side)
