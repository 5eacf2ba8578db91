"""What one number of a feature map has seen and how it came about."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.models.cnn import InvertedResidual, SameConv
from core.models.staged import Field, Staged


def fields(model: Staged) -> dict[str, Field]:
    """The receptive field of every stage that still has places, along its longest way."""
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


def last_convolution(module: nn.Module, x: Tensor) -> tuple[nn.Conv2d, Tensor]:
    """The convolution that makes the output of a stage, and what it gets when the stage gets `x`.

    Raises:
        ValueError: there is none.
    """
    if isinstance(module, nn.Conv2d):
        return module, x
    if isinstance(module, InvertedResidual):
        return module.project, module.depthwise(module.expand(x))
    children = list(module.children()) if isinstance(module, nn.Sequential) else []
    having = [number for number, child in enumerate(children) if any(isinstance(m, nn.Conv2d) for m in child.modules())]
    if not having:
        raise ValueError("no convolution makes this")
    for child in children[: having[-1]]:
        x = child(x)
    return last_convolution(children[having[-1]], x)


@dataclass(frozen=True)
class Neuron:
    """One number of a feature map, taken apart: sum(products) + bias = total; `value` is what the stage returns there,
    after the skip connection and the activation.

    patch, kernel: (channels, rows, columns), what the convolution saw and its weights.
    """

    patch: Tensor
    kernel: Tensor
    bias: float
    total: float
    value: float

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
    conv, got = last_convolution(model.stages[stage], before)
    value = model.stages[stage](before)[0, channel, row, column]
    around = conv.around * 2 if isinstance(conv, SameConv) else (*[conv.padding[1]] * 2, *[conv.padding[0]] * 2)
    got = nn.functional.pad(got, around)  # (1, channels, rows, columns)
    (height, width), (down, right) = conv.kernel_size, conv.stride
    own = got.shape[1] // conv.groups  # channels that this output channel looks at
    first = channel // (conv.out_channels // conv.groups) * own
    top, left = row * down, column * right
    patch = got[0, first : first + own, top : top + height, left : left + width]
    kernel, bias = conv.weight[channel], conv.bias[channel] if conv.bias is not None else torch.zeros(())
    return Neuron(patch, kernel, bias.item(), ((patch * kernel).sum() + bias).item(), value.item())
