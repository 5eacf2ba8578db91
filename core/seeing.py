"""From a picture to what a network sees, and from its scores to names."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from core.images import fitted
from core.models.cnn import SIDE

MARGIN = 256
"""Pixels of the shorter side before the middle is cut out, as in the training of ImageNet networks."""
WAYS = ("centre", "whole", "squash")


def centre(image: Image.Image) -> Image.Image:
    """The middle of a picture: shorter side to 256, then 224 x 224 cut out. What is at the border is not seen.

    A picture of just 224 x 224 is taken as it is: it was cut out before, maybe for the question whose answer it showed.
    """
    width, height = image.size
    if image.size == (SIDE, SIDE):
        return image
    shorter = min(width, height)
    if max(width, height) > 16 * shorter:  # only the middle is needed of a ribbon
        half = 8 * shorter
        box = (max(0, width // 2 - half), max(0, height // 2 - half))
        image = image.crop((*box, min(width, width // 2 + half), min(height, height // 2 + half)))
        width, height = image.size
    image = image.resize((MARGIN * width // shorter, MARGIN * height // shorter), Image.Resampling.BICUBIC)
    left, top = round((image.width - SIDE) / 2), round((image.height - SIDE) / 2)
    return image.crop((left, top, left + SIDE, top + SIDE))


def whole(image: Image.Image) -> Image.Image:
    """All of a picture, on grey bars where it is not square (letterbox)."""
    small = image.resize(fitted(image.size, SIDE), Image.Resampling.BICUBIC)
    out = Image.new("RGB", (SIDE, SIDE), (127, 127, 127))
    out.paste(small, ((SIDE - small.width) // 2, (SIDE - small.height) // 2))
    return out


def squash(image: Image.Image) -> Image.Image:
    """All of a picture, pressed into a square."""
    return image.resize((SIDE, SIDE), Image.Resampling.BICUBIC)


def seen(image: Image.Image, way: str) -> Image.Image:
    """A picture as one of WAYS makes it 224 x 224."""
    return {"centre": centre, "whole": whole, "squash": squash}[way](image)


def pixels(image: Image.Image) -> Tensor:
    """(1, 3, height, width), RGB in [-1, 1]."""
    values = torch.from_numpy(np.asarray(image, dtype=np.float32))  # (height, width, 3), 0 to 255
    return (values / 127.5 - 1).permute(2, 0, 1)[None]


def as_image(values: Tensor) -> Image.Image:
    """(1, 3, height, width), 0 to 255, as a picture."""
    return Image.fromarray(values[0].clamp(0, 255).byte().permute(1, 2, 0).numpy())
