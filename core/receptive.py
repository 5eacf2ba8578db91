"""What one number of a feature map has seen and how it came about."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from core.models.cnn import InvertedResidual, SameConv
from core.models.staged import Field, Staged


def fields(model: Staged) -> dict[str, Field]:
    """The receptive field of every stage that still has places, along its longest way, in pixels of what the network
    makes of the picture before its first convolution (an enlarged one, say)."""
    out, now = {}, Field()
    for name, stage in model.stages.items():
        for module in stage.modules():
            if isinstance(module, SameConv):
                now = now.after(module.kernel_size[0], module.stride[0], module.around[0])
            elif isinstance(module, nn.Conv2d):
                now = now.after(module.kernel_size[0], module.stride[0], int(module.padding[0]))
            elif isinstance(module, nn.MaxPool2d | nn.AvgPool2d):
                now = now.after(int(module.kernel_size), int(module.stride), int(module.padding))
            elif isinstance(module, nn.AdaptiveAvgPool2d | nn.Flatten | nn.Linear):
                return out
        out[name] = now
    return out


Made = tuple[nn.Conv2d, Tensor]
"""A convolution, and what it gets."""


def last_convolutions(module: nn.Module, x: Tensor) -> tuple[Made, Made | None]:
    """The convolution that makes the output of a stage, and what it gets when the stage gets `x`; and, if it only mixes
    channels of one place, the one before it that looks around.

    Raises:
        ValueError: there is none.
    """
    if isinstance(module, nn.Conv2d):
        return (module, x), None
    if isinstance(module, InvertedResidual):
        wide = module.expand(x)
        return (module.project, module.depthwise(wide)), (module.depthwise[0], wide)
    children = list(module.children()) if isinstance(module, nn.Sequential) else []
    having = [number for number, child in enumerate(children) if any(isinstance(m, nn.Conv2d) for m in child.modules())]
    if not having:
        raise ValueError("no convolution makes this")
    for child in children[: having[-1]]:
        x = child(x)
    return last_convolutions(children[having[-1]], x)


@dataclass(frozen=True)
class Neuron:
    """One number of a feature map, taken apart: sum(products) + bias = total; `value` is what the stage returns there,
    after the skip connection and the activation.

    patch, kernel: (channels, rows, columns), what the convolution saw and its weights. below: where a convolution that
    mixes channels of one place made it, the number among those it mixed that weighs most, taken apart likewise.
    """

    patch: Tensor
    kernel: Tensor
    bias: float
    total: float
    value: float
    below: "Neuron | None" = None

    @property
    def heaviest(self) -> int:
        """The channel whose products add most, up or down."""
        return int(self.products.sum((1, 2)).abs().argmax())

    @property
    def products(self) -> Tensor:
        """patch * kernel, (channels, rows, columns)."""
        return self.patch * self.kernel


@torch.inference_mode()
def neuron(model: Staged, stage: str, x: Tensor, channel: int, row: int, column: int) -> Neuron:
    """Takes one number of a stage's output apart.

    Args:
        x: one picture (1, 3, height, width).
        stage: one that ends with a convolution, perhaps with an activation or a skip connection behind it.
        channel, row, column: within its output.

    Raises:
        ValueError: no convolution makes this stage. KeyError: unknown stage. IndexError: outside the output.
    """
    names = list(model.stages)
    before = model.until(names[names.index(stage) - 1], x) if names.index(stage) else x
    (conv, got), around = last_convolutions(model.stages[stage], before)
    value = model.stages[stage](before)[0, channel, row, column].item()
    made = taken_apart(conv, got, channel, row, column, value)
    if around is None:
        return made
    most = made.heaviest
    return replace(made, below=taken_apart(*around, most, row, column, got[0, most, row, column].item()))


def taken_apart(conv: nn.Conv2d, got: Tensor, channel: int, row: int, column: int, value: float) -> Neuron:
    """One number of what a convolution makes of `got`, (1, channels, rows, columns). value: what becomes of it."""
    around = conv.around * 2 if isinstance(conv, SameConv) else (*[conv.padding[1]] * 2, *[conv.padding[0]] * 2)
    got = nn.functional.pad(got, around)  # (1, channels, rows, columns)
    (height, width), (down, right) = conv.kernel_size, conv.stride
    own = got.shape[1] // conv.groups  # channels that this output channel looks at
    first = channel // (conv.out_channels // conv.groups) * own
    top, left = row * down, column * right
    patch = got[0, first : first + own, top : top + height, left : left + width]
    kernel, bias = conv.weight[channel], conv.bias[channel] if conv.bias is not None else torch.zeros(())
    return Neuron(patch, kernel, bias.item(), ((patch * kernel).sum() + bias).item(), value)
