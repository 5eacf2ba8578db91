"""What the detective of this room says of genuine and of forged pictures."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from core.complaint import SEEDS, whole
from core.gan import drawn, judge
from core.images import to_url
from core.seeing import as_image
from demos.gan.pieces import FORGER, Piece, model, pictures, styles
from demos.wording import labels

PERCENT = ("The truncation in percent", "截断（百分比）")


def share(percent: object) -> int:
    """Truncation in whole percent, 0 to 100. Raises Complaint."""
    return whole(PERCENT, percent, 0, 100)


def series(seed: int, percent: int, count: int, start: int = 0) -> list[Piece]:
    """Pieces of the seeds from `seed` + `start` on, after the largest from 0 again; each seed draws its design too."""
    seeds = [(seed + start + number) % (SEEDS + 1) for number in range(count)]
    _, kinds = drawn(seeds, model().config)
    return [Piece(*both, percent) for both in zip(seeds, kinds.tolist(), strict=True)]


def painted(these: Sequence[Piece]) -> Tensor:
    """(count, 3, side, side), uint8: as a file holds them, which is how genuine ones come."""
    return ((pictures(styles(these)) + 1) * 127.5).round().to(torch.uint8)


def values(these: Tensor) -> Tensor:
    """Pictures (count, 3, side, side), uint8, as networks see them: in [-1, 1]."""
    return these.float() / 127.5 - 1


@torch.inference_mode()
def scores(these: Tensor, kinds: Tensor) -> Tensor:
    """How genuine the detective finds pictures (count, 3, side, side), uint8, of designs (count,).

    Returns raw scores (count,). Above 0 it takes them for rather genuine. Raises WeightsError.
    """
    return judge(FORGER)[0](values(these), kinds)


def filled(key: str, **facts: object) -> list[str]:
    """A label, [English, Chinese], with these facts in it."""
    return [text.format(**facts) for text in labels()[key]]


def sheet(these: Tensor, columns: int) -> str:
    """Pictures (count, 3, side, side), uint8, beside and below each other as a `data:` address; they fill the rows."""
    grid = these.view(-1, columns, *these.shape[1:]).permute(2, 0, 3, 1, 4)  # (3, row, y, column, x)
    return to_url(as_image(grid.reshape(1, 3, -1, columns * these.shape[-1])), "webp")


def bins(rows: Sequence[Sequence[float]], count: int) -> tuple[list[float], list[list[int]]]:
    """Histograms over one common range: borders (count + 1), from the least number of all rows to the greatest, and how
    many of each row lie between them. A number on a border counts above it, the greatest of all below."""
    every = np.concatenate([np.asarray(row, dtype=np.float64) for row in rows])
    low, high = every.min(), every.max()
    borders = np.linspace(low, high if high > low else low + 1, count + 1)
    return borders.tolist(), [np.histogram(row, borders)[0].tolist() for row in rows]
