"""Taking hold of the attention: rows of weights to be used in place of the network's own (Strobelt et al. 2019 let one
edit attention by hand in Seq2Seq-Vis, section 5)."""

from collections.abc import Collection

import torch
from torch import Tensor

SHAPES = ("uniform", "diagonal", "frozen")


def focus(length: int, chosen: Collection[int]) -> Tensor:
    """All attention on the source pieces `chosen`, shared alike: (length,), sums to 1.

    Raises:
        ValueError: nothing is chosen, or a piece that is not there.
    """
    if not chosen or not all(0 <= piece < length for piece in chosen):
        raise ValueError(f"choose among {length} source pieces")
    weights = torch.zeros(length)
    weights[sorted(chosen)] = 1 / len(set(chosen))
    return weights


def shaped(shape: str, length: int, steps: int, first: Tensor) -> dict[int, Tensor]:
    """Weights for `steps` steps over a source of `length` pieces, as `core.decoding.unroll` takes them.

    Args:
        shape: "uniform": every piece alike. "diagonal": piece by piece along the source, at the pace that reaches its
            end after `steps`, the word order of the source. "frozen": the network's own first row, (length,), `first`,
            again and again.

    Raises:
        ValueError: another shape.
    """
    if shape == "uniform":
        return dict.fromkeys(range(steps), torch.full((length,), 1 / length))
    if shape == "frozen":
        return dict.fromkeys(range(steps), first)
    if shape == "diagonal":
        pace = (length - 1) / max(1, steps - 1)
        return {step: focus(length, [min(length - 1, round(step * pace))]) for step in range(steps)}
    raise ValueError(f"shape must be one of {', '.join(SHAPES)}, not {shape!r}")
