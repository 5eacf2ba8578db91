"""The trained painters, ready to paint: loaded once, in the number format that this processor is fastest with, and
pictures of any size, the large ones piece by piece."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn.functional import interpolate, pad

from core import weights
from core.models.anyone import Anyone
from core.models.style import CELL, Config, Hands, Manner, Painter
from core.processor import has_bfloat16

HANDS = "style_hands.safetensors"
ANY = "style_any.safetensors"
OVERVIEW = 512
"""Pixels of the longer side at which a large picture is looked at as a whole before its pieces are painted."""
TILE = 512


def quick() -> AbstractContextManager:
    """No gradients, and convolutions in the fastest format. What stands around the convolutions stays float32."""
    both = ExitStack()
    both.enter_context(torch.inference_mode())
    both.enter_context(torch.autocast("cpu", dtype=torch.bfloat16, enabled=has_bfloat16()))
    return both


@lru_cache
def hands() -> tuple[Hands, list[str]]:
    """The network of many hands, read-only, and whose they are: names of paintings, in the order of its rows.

    Raises:
        WeightsError: see `core.weights.read`.
    """
    tensors, entry = weights.read(HANDS)
    net = weights.fill(Hands(Config(**entry["config"])), tensors, HANDS)
    return net.to(memory_format=torch.channels_last), entry["paintings"]


@lru_cache
def anyone() -> Anyone:
    """The network that paints like whatever it is shown, read-only. Raises WeightsError as `core.weights.read` does."""
    tensors, entry = weights.read(ANY)
    return weights.fill(Anyone(**entry["config"]), tensors, ANY).to(memory_format=torch.channels_last)


def spun(paint: Callable[[Tensor], Tensor], picture: Tensor) -> Tensor:
    """A picture (1, 3, height, width) painted twice, the second time moved by half a cell, and the mean of both.

    A network that looks at cells of CELL pixels draws slanted edges in steps; those of the two passes fall in different
    places (cycle spinning: Coifman & Donoho 1995, "Translation-invariant de-noising").
    """
    half = CELL // 2
    again = paint(pad(picture, (half, 0, half, 0), mode="replicate"))[..., half:, half:]
    return (paint(picture) + again) / 2


def in_tiles(net: Painter, picture: Tensor, manner: Manner, tile: int = TILE, overview: int = OVERVIEW) -> Tensor:
    """A large picture painted in pieces, each with the normalisation of the whole and with as much around it as the
    network sees: no seam, no shift of colour.

    Args:
        picture: (1, 3, height, width) in [-1, 1].
        manner: of a batch of one.
        tile: pixels on a side of a piece, a multiple of 4.
        overview: pixels of the longer side at which the whole is looked at.
    """
    height, width = picture.shape[2:]
    scale = min(1.0, overview / max(height, width))
    small = tuple(max(1, round(side * scale)) for side in (height, width))
    known = net.statistics(interpolate(picture, small, mode="area") if scale < 1 else picture, manner)
    out = torch.empty_like(picture)
    around = -(-net.reach // CELL) * CELL
    for top in range(0, height, tile):
        for left in range(0, width, tile):
            above, before = max(0, top - around), max(0, left - around)
            below, behind = min(height, top + tile + around), min(width, left + tile + around)
            piece = net(picture[..., above:below, before:behind], manner, known)
            done = piece[..., top - above :, left - before :][..., :tile, :tile]
            out[..., top : top + done.shape[2], left : left + done.shape[3]] = done
    return out
