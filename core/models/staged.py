"""A feed-forward network as a row of named stages, so that one can stop after any of them and look.

Feature maps, class activation maps and the critic of generated pictures all need what stands between two stages. Here
it is simply returned: no hooks, so nothing is left behind and two visitors cannot get into each other's way.
"""

from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Field:
    """The square of the picture that a place of a map depends on (Araujo et al. 2019).

    For row (or column) i the square begins at pixel `start + jump * i`, which may lie outside, and has `size` pixels.
    """

    size: int = 1
    jump: int = 1
    start: int = 0

    def after(self, kernel: int, stride: int, padding: int) -> "Field":
        """The field behind one more convolution or pooling."""
        return Field(
            self.size + (kernel - 1) * self.jump,
            self.jump * stride,
            self.start - padding * self.jump,
        )


class Staged(nn.Module):
    """A network whose `stages` are run in order.

    stages: name -> module; each takes what the one before returns.
    """

    at_once = 250
    """Pictures of one pass of `answers`: with more, what stands between two stages would leave the cache."""

    def __init__(self, stages: dict[str, nn.Module]):
        super().__init__()
        self.stages = nn.ModuleDict(stages)

    def forward(self, x: Tensor) -> Tensor:
        """All stages, from the picture to the scores."""
        for stage in self.stages.values():
            x = stage(x)
        return x

    @torch.inference_mode()
    def answers(self, x: Tensor, name: str | None = None) -> Tensor:
        """`forward` outside of training, or only `until` a stage, for many pictures, `at_once` at a time."""
        self.eval()
        return torch.cat([self.until(name, part) if name else self(part) for part in x.split(self.at_once)])

    def features(self, x: Tensor) -> dict[str, Tensor]:
        """What every stage returns, by its name."""
        out = {}
        for name, stage in self.stages.items():
            x = out[name] = stage(x)
        return out

    def until(self, name: str, x: Tensor) -> Tensor:
        """From the picture to what the stage `name` returns. Raises KeyError for an unknown name."""
        for stage in islice(self.stages.values(), self._after(name)):
            x = stage(x)
        return x

    def beyond(self, name: str, x: Tensor) -> Tensor:
        """From what the stage `name` returns to the scores. Raises KeyError for an unknown name."""
        for stage in islice(self.stages.values(), self._after(name), None):
            x = stage(x)
        return x

    def _after(self, name: str) -> int:
        names = list(self.stages)
        if name not in names:
            raise KeyError(name)
        return names.index(name) + 1
