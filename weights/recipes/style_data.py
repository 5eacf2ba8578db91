"""What the style networks learn from: crops of photographs, the paintings, and the eye that compares them."""

import json
from pathlib import Path

import torch
from PIL import Image, ImageFilter, ImageOps
from torch import Tensor

from core import weights
from core.gram import grams
from core.images import fitted
from core.models.vgg import VGG
from core.seeing import pixels
from weights.recipes.training import ROOT

PAINTINGS = ROOT / "demos" / "paintings"
EYE = "vgg16_relu4_1.safetensors"
STROKES = 384
"""Pixels of the longer side of a painting when its style is taken: so large are the strokes on a finished picture."""
HELD_OUT = 10
"""Every tenth photograph, in the order of the file names, is never learned from."""
SMALLEST = 80
"""Pixels of a photograph, of 320 on its shorter side, that fill a crop at the least: so soft large pictures are."""


def photographs(data: Path) -> tuple[list[Path], list[Path]]:
    """Files to learn from and files held out for measuring: 900 and 100."""
    files = sorted((data / "images" / "photos").glob("*.jpg"))
    if not files:
        raise SystemExit(
            f"{data / 'images' / 'photos'} holds no photographs (public: "
            "https://github.com/EliSchwartz/imagenet-sample-images)"
        )
    return [file for i, file in enumerate(files) if i % HELD_OUT], files[::HELD_OUT]


def slugs() -> list[str]:
    """The paintings that ship, in the order in which they hang."""
    return list(json.loads((PAINTINGS / "paintings.json").read_text(encoding="utf-8"))["paintings"])


def paintings() -> list[Path]:
    """Their files, in the same order."""
    return [PAINTINGS / f"{slug}.jpg" for slug in slugs()]


def painting(slug: str, grain: bool = True) -> Tensor:
    """A painting with its longer side scaled to STROKES pixels: (1, 3, height, width) in [-1, 1].

    grain: with that of its paper and its file; whoever learns it would put it into every sky.
    """
    image = Image.open(PAINTINGS / f"{slug}.jpg").convert("RGB")
    if not grain:
        image = image.filter(ImageFilter.MedianFilter(3))
    return pixels(image.resize(fitted(image.size, STROKES), Image.Resampling.LANCZOS))


def crop(file: Path, side: int, chance: torch.Generator, smallest: int = SMALLEST) -> Tensor:
    """A square cut out of a picture at random, between `smallest` pixels and all of it, maybe mirrored, scaled to
    `side` pixels: (1, 3, side, side) in [-1, 1]."""
    size, left, top, mirror = torch.rand(4, generator=chance).tolist()
    image = Image.open(file).convert("RGB")
    most = min(image.size)
    cut = min(most, min(smallest, most) ** (1 - size) * most**size)  # even in its logarithm
    x, y = left * (image.width - cut), top * (image.height - cut)
    image = image.resize((side, side), Image.Resampling.BICUBIC, box=(x, y, x + cut, y + cut))
    return pixels(ImageOps.mirror(image) if mirror < 0.5 else image)


def crops(files: list[Path], count: int, side: int, chance: torch.Generator, smallest: int = SMALLEST) -> Tensor:
    """Crops of `count` pictures drawn from `files`: (count, 3, side, side)."""
    drawn = torch.randint(len(files), (count,), generator=chance).tolist()
    return torch.cat([crop(files[i], side, chance, smallest) for i in drawn])


def middle(file: Path, side: int) -> Tensor:
    """The middle square of a photograph, scaled to `side` pixels: (1, 3, side, side)."""
    image = Image.open(file).convert("RGB")
    return pixels(ImageOps.fit(image, (side, side), Image.Resampling.BICUBIC))


def eye() -> VGG:
    """The network that compares; it pools means, as where paintings are optimised."""
    tensors, _ = weights.read(EYE)
    return weights.fill(VGG("mean"), tensors, EYE).to(memory_format=torch.channels_last)


@torch.no_grad()
def styles(vgg: VGG, names: list[str], grain: bool = True) -> dict[str, Tensor]:
    """Gram matrices of paintings by stage, (paintings, channels, channels) each."""
    rows = [grams(vgg.features(painting(name, grain))) for name in names]
    return {stage: torch.cat([row[stage] for row in rows]) for stage in rows[0]}
