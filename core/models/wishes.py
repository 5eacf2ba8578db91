"""How noise decides what a generator is asked to paint."""

import math

import torch
from torch import Tensor, nn

EDGE = 0.01
"""How wide the passage from one value of an attribute to the next is, as a share of all noise."""


class Wishes(nn.Module):
    """Reads from noise which value each attribute shall have.

    A number of noise is normally distributed. The line is cut into pieces, one for each value, as wide as makes each
    value as frequent as its share. So whatever noise is drawn, all combinations come, each as often as it should; and
    who wants a beard moves one number.
    """

    def __init__(self, attributes: tuple[tuple[float, ...], ...]):
        super().__init__()
        cuts = [torch.tensor((0.0, *shares)).cumsum(0) for shares in attributes]
        for name, part in (("low", [cut[:-1] for cut in cuts]), ("high", [cut[1:] for cut in cuts])):
            self.register_buffer(name, torch.cat(part), persistent=False)
        of = torch.arange(len(attributes)).repeat_interleave(torch.tensor([len(shares) for shares in attributes]))
        self.register_buffer("of", of, persistent=False)  # (values,): which attribute each value belongs to

    def forward(self, z: Tensor) -> Tensor:
        """z: (batch, z), of mean square 1. Returns (batch, values): nearly 1 for the value of each attribute that is
        wished for and nearly 0 for its others, with slopes where one passes into the next."""
        at = (1 + torch.erf(z[:, self.of] * math.sqrt(0.5))) / 2  # (batch, values), even in 0 to 1
        first, last = self.low < 1e-6, self.high > 1 - 1e-6  # these pieces have no end
        above = torch.where(first, 1.0, ((at - self.low) / EDGE).sigmoid())
        return above - torch.where(last, 0.0, ((at - self.high) / EDGE).sigmoid())
