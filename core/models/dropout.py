"""Dropout that does not spend a sixth of a training step on drawing random numbers."""

import torch
from torch import Tensor


def dropout(x: Tensor, rate: float, training: bool) -> Tensor:
    """Zeroes a share of the elements and scales up the rest (Srivastava et al. 2014).

    torch's own draws a float for every element, one after the other; this draws 64 bits at a time and spends eight on
    an element, so the rate is rounded to a multiple of 1/256.

    Args:
        x: any shape.
        rate: share of elements to zero, in [0, 1).
        training: False returns x itself.
    """
    below = round(rate * 256)
    if not training or below == 0:
        return x
    words = torch.empty((x.numel() + 7) // 8, dtype=torch.int64).random_(-(2**63), None)
    keep = words.view(torch.uint8)[: x.numel()].view(x.shape) >= below
    return x * keep.to(x.dtype).mul_(256 / (256 - below))
