"""Makes the contact sheet of the README: four photographs by all painters, in one picture.

    python -m weights.recipes.style_sheet

Some seconds; writes docs/shots/sixteen-hands.jpg. Painters stand in the order in which their paintings hang, beside a
piece of each.
"""

import torch
from PIL import Image, ImageOps
from torch import Tensor

from core import painting
from core.seeing import as_image, pixels
from weights.recipes.style_data import PAINTINGS
from weights.recipes.training import ROOT

PHOTOS = ("cat", "china", "flower", "motorcycle")
SIDE, PANELS, GAP = 132, 2, 6
"""Pixels of a picture's side; sheets beside each other; pixels between pictures."""


def square(image: Image.Image) -> Image.Image:
    """The middle of a picture."""
    return ImageOps.fit(image.convert("RGB"), (SIDE, SIDE), Image.Resampling.LANCZOS)


def painted(photo: Tensor, number: int, count: int) -> Image.Image:
    """A photograph (1, 3, side, side) by painter `number` of `count`."""
    net, _ = painting.hands()
    with painting.quick():
        made = net(photo, net.manner(torch.eye(count)[number : number + 1])).float()
    return as_image((made + 1) * 127.5)


def main() -> None:
    _, names = painting.hands()
    large = [
        ImageOps.fit(Image.open(ROOT / "demos" / "photos" / f"{name}.jpg").convert("RGB"), (2 * SIDE, 2 * SIDE))
        for name in PHOTOS
    ]
    rows, step, wide = -(-len(names) // PANELS), SIDE + GAP, (len(PHOTOS) + 1) * (SIDE + GAP) + 3 * GAP
    sheet = Image.new("RGB", (PANELS * wide - 4 * GAP, (rows + 1) * step - GAP), "white")
    for panel in range(PANELS):
        for column, photo in enumerate(large, 1):
            sheet.paste(square(photo), (panel * wide + column * step, 0))
    for number, name in enumerate(names):
        panel, row = divmod(number, rows)
        left, top = panel * wide, (row + 1) * step
        sheet.paste(square(Image.open(PAINTINGS / f"{name}.jpg")), (left, top))
        for column, photo in enumerate(large, 1):
            sheet.paste(square(painted(pixels(photo), number, len(names))), (left + column * step, top))
    sheet.save(ROOT / "docs" / "shots" / "sixteen-hands.jpg", quality=80)


if __name__ == "__main__":
    main()
