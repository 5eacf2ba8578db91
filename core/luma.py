"""Brightness apart from colour, so that a painter can have the one and the photograph keep the other.

Gatys et al. 2016, "Preserving color in neural artistic style transfer" (arXiv 1606.05897), section 3.2.
"""

from torch import Tensor

WEIGHTS = (0.299, 0.587, 0.114)
"""Of red, green and blue in the Y of YIQ and YCbCr (ITU-R BT.601)."""


def luma(picture: Tensor) -> Tensor:
    """(batch, 3, height, width) in [-1, 1] -> (batch, 1, height, width) in [-1, 1]."""
    return (picture * picture.new_tensor(WEIGHTS)[:, None, None]).sum(1, keepdim=True)


def recoloured(painted: Tensor, photo: Tensor) -> Tensor:
    """The brightness of one picture with the colours of another of the same size, (batch, 3, height, width).

    The same amount is added to red, green and blue, which leaves I and Q (and Cb and Cr) as they are, until the sum is
    cut off at -1 and 1.
    """
    return (photo + luma(painted) - luma(photo)).clamp(-1, 1)


def matched(painting: Tensor, photo: Tensor) -> Tensor:
    """The brightness of a painting, (batch, 1, height, width), with the mean and the spread of the photo's."""
    bright, own = luma(painting), luma(photo)
    return (bright - bright.mean()) / bright.std().clamp_min(1e-3) * own.std() + own.mean()
