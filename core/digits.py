"""Ten thousand written digits, and how a drawing becomes one more of them.

MNIST's pictures were all made alike (LeCun et al. 1998, section III.A): the ink's bounding box is scaled to 20 pixels
on its longer side, anti-aliased, and laid into 28 x 28 so that its centre of mass is in the middle. A network that
has seen nothing else needs drawings made the same way.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from core.complaint import Complaint
from core.models.small_cnn import Config, SmallCNN
from core.weights import FOLDER, WeightsError, fill, read

FILE, PAGE = "digits.png", "digits.json"
"""In `weights`: the sheet of all digits, and what is on it (see weights/recipes/digits_data.py)."""
WEIGHTS = "digits.safetensors"
ROWS, SIDE = 100, 28
SEED = 1
"""Of the split."""
TESTED = 100
"""Digits of each class that no network learns from: 1,000 in all."""
BOX, MIDDLE = 20, 14
FAINT = 0.1
"""Ink below this share of full ink is dirt of anti-aliasing and compression; it does not widen the box."""
UNEVEN, PALEST = 0.01, 0.15
"""Share of brightness by which a quarter of the border differs in a photograph; what the darkest ink is at least."""
LONGEST = 560
"""Longest side a drawing is worked with."""


@dataclass(frozen=True)
class Digits:
    """pictures: (count, 28, 28), 0 paper to 255 ink. labels: (count,), 0 to 9."""

    pictures: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __getitem__(self, where: NDArray | slice) -> "Digits":
        return Digits(self.pictures[where], self.labels[where])

    def __len__(self) -> int:
        return len(self.labels)


@cache
def everything() -> Digits:
    """All 10,000, sorted by class; read once, not to be written to.

    Raises:
        WeightsError: the sheet is missing or is another than recorded.
    """
    try:
        page = json.loads((FOLDER / PAGE).read_text(encoding="utf-8"))
        if hashlib.sha256((FOLDER / FILE).read_bytes()).hexdigest() != page["sha256"]:
            raise ValueError("another sheet than recorded")
        with Image.open(FOLDER / FILE) as sheet:
            grid = np.asarray(sheet).reshape(ROWS, SIDE, ROWS, SIDE)  # (row, y, column, x)
    except (OSError, ValueError) as error:
        raise WeightsError(
            f"weights/{FILE} is missing or damaged. Get it back with git.",
            f"weights/{FILE} 不存在或已损坏，请用 git 取回。",
        ) from error
    pictures = np.ascontiguousarray(grid.swapaxes(1, 2)).reshape(-1, SIDE, SIDE)
    pictures.setflags(write=False)
    return Digits(pictures, np.repeat(np.arange(10), page["counts"]))


@cache
def split() -> tuple[Digits, Digits]:
    """9,000 to learn from and 1,000 to measure on, in mixed order: of each class, TESTED digits drawn with SEED."""
    digits = everything()
    random = np.random.RandomState(SEED)  # this class never changes its streams
    tested = np.zeros(len(digits), bool)
    for label in range(10):
        tested[random.permutation(np.flatnonzero(digits.labels == label))[:TESTED]] = True
    order = random.permutation(len(digits))
    return digits[order[~tested[order]]], digits[order[tested[order]]]


@cache
def reader() -> tuple[SmallCNN, float]:
    """The network that reads digits, read-only, and the temperature that its logits want. Raises WeightsError."""
    tensors, entry = read(WEIGHTS)
    return fill(SmallCNN(Config(**entry["config"])), tensors, WEIGHTS), entry["temperature"]


def inputs(pictures: NDArray[np.uint8]) -> Tensor:
    """(count, 28, 28), 0 to 255 -> (count, 1, 28, 28), 0 to 1."""
    return torch.from_numpy(pictures.astype(np.float32) / 255)[:, None]


def ink(image: Image.Image) -> NDArray[np.float32]:
    """How much ink there is at every place of a drawing or of a photograph of a digit on paper.

    Paper is what most of the border shows, so dark on light works as light on dark. Slow changes of the light are
    taken out where the picture is a photograph, that is, where the paper itself is uneven.

    Args:
        image: RGB, any size.

    Returns:
        (height, width), 0 paper to 1 ink, no side above LONGEST.

    Raises:
        Complaint: nothing is drawn.
    """
    grey = image.convert("L")
    if max(grey.size) > LONGEST:
        grey.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
    values = np.asarray(grey, dtype=np.float32) / 255
    border = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
    photograph = float(np.percentile(np.abs(border - np.median(border)), 75)) > UNEVEN
    away = np.abs(values - (_light(values) if photograph else np.median(border)))
    full = float(np.percentile(away, 99.5)) if photograph else float(away.max())
    if full < PALEST:
        raise Complaint("Nothing is drawn yet.", "还什么都没画。")
    return ((away / full - 0.4) / 0.3).clip(0, 1) if photograph else away / full  # paper has grain, pencil is pale


def centred(ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A drawing as MNIST would have it: 20 pixels on the longer side, centre of mass in the middle.

    Args:
        ink: (height, width), 0 paper to 1 ink, some of it above FAINT.

    Returns:
        (28, 28), 0 to 255. What the shift to the centre of mass would push out is left at the border.
    """
    dark = ink > FAINT
    rows, columns = np.flatnonzero(dark.any(1)), np.flatnonzero(dark.any(0))
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = BOX / max(cut.shape)
    height, width = (max(1, round(scale * side)) for side in cut.shape)
    small = _cover(cut.shape[0], height) @ cut @ _cover(cut.shape[1], width).T
    out = np.zeros((SIDE, SIDE), np.float32)
    top, left = (_start(small.sum(1 - axis), SIDE) for axis in (0, 1))
    out[top : top + height, left : left + width] = small
    return np.rint(255 * out.clip(0, 1)).astype(np.uint8)


def _cover(before: int, after: int) -> NDArray[np.float32]:
    """(after, before): which share of each new pixel lies over which old one; a product with it is the mean there."""
    edges = np.linspace(0, before, after + 1)[:, None]
    old = np.arange(before)
    shared = np.minimum(edges[1:], old + 1) - np.maximum(edges[:-1], old)
    return (shared.clip(0) * after / before).astype(np.float32)


def _start(weights: NDArray[np.float32], room: int) -> int:
    """Where a row of weights must begin in `room` so that its centre of mass is nearest to MIDDLE, and it fits."""
    centre = float((weights * np.arange(len(weights))).sum() / weights.sum())
    return min(max(0, int(np.floor(MIDDLE - centre + 0.5))), room - len(weights))


def _light(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """(height, width): the brightness of the paper everywhere, from the medians of 8 x 8 regions."""
    height, width = values.shape
    small = np.asarray(Image.fromarray(values).resize((96, 96), Image.Resampling.BOX)).reshape(8, 12, 8, 12)
    medians = np.median(small, axis=(1, 3)).astype(np.float32)
    return np.asarray(Image.fromarray(medians).resize((width, height), Image.Resampling.BICUBIC))
