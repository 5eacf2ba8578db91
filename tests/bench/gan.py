"""Measures the forger: a wall of 64 against the shape of DCGAN and against what this processor can multiply at most,
and what a slider waits for, in one run.

    python -m tests.bench.gan
"""

import time
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from core.processor import has_bfloat16
from demos.gan import axes, lab, things, wall
from demos.gan.pieces import Piece, model, pictures, styles
from tests.bench.translation import seconds

COUNT, PIECE = 64, "0.0.100"


def dcgan() -> nn.Sequential:
    """The generator's shape in pytorch/examples (Radford et al. 2016), untrained: 100 numbers -> 64 x 64 pixels."""
    widths = (100, 512, 256, 128, 64)
    layers: list[nn.Module] = []
    for number, (before, after) in enumerate(pairwise(widths)):
        stride, around = (1, 0) if number == 0 else (2, 1)
        layers += [nn.ConvTranspose2d(before, after, 4, stride, around, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*layers, nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False), nn.Tanh()).eval()


def multiplied(work) -> float:
    """Floating-point operations of one call, counted by torch."""
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()


def ceiling(dtype: torch.dtype) -> float:
    """Operations a second in products of matrices that fit into the cache."""
    a, b = (torch.randn(1024, 1024).to(dtype) for _ in "ab")
    return 2 * 1024**3 / seconds(lambda: a @ b, 20)


def against_dcgan() -> None:
    """Milliseconds of a wall of 64 pictures, of one picture, and of the whole answers that the page gets."""
    dtype = torch.bfloat16 if has_bfloat16() else torch.float32
    w = styles([Piece(seed, seed % 3, 100) for seed in range(COUNT)])
    plain, z = dcgan().to(memory_format=torch.channels_last), torch.randn(COUNT, 100, 1, 1)

    def theirs(kind: torch.dtype) -> Tensor:
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=kind == torch.bfloat16):
            return plain(z.contiguous(memory_format=torch.channels_last))

    work = multiplied(lambda: model()(w, torch.float32))
    ours, most = seconds(lambda: pictures(w), 10), ceiling(dtype)
    print(f"wall of {COUNT}, network: {1000 * ours:.0f} ms, {work / 1e9:.1f} billion operations")
    print(f"  {work / ours / most:.0%} of the {most / 1e12:.2f} TFLOP/s of this processor's matrix products")
    for kind in dict.fromkeys((dtype, torch.float32)):
        other, their_work = seconds(lambda kind=kind: theirs(kind), 5), multiplied(lambda kind=kind: theirs(kind))
        line = (
            f"  shape of DCGAN-64 in {str(kind)[6:]}: {1000 * other:.0f} ms, {their_work / 1e9:.1f} billion operations"
        )
        print(f"{line}; ours {other / ours:.2f} x as fast")
    one = styles([Piece(1, 0, 100)])
    print(f"one picture, network: {1000 * seconds(lambda: pictures(one), 10):.0f} ms")
    whole = seconds(lambda: list(wall.compute(count=COUNT)), 7)
    print(f"wall of {COUNT}, the whole answer: {1000 * whole:.0f} ms (limit 150)")
    slid = seconds(lambda: axes.compute(PIECE, {"happy": 0.5}), 7)
    print(f"a slider of a named axis, the whole answer: {1000 * slid:.0f} ms (limit 100)")
    sheet = seconds(lambda: things.compute(), 3)
    print(f"80 things with classifier and judge, the whole answer: {1000 * sheet:.0f} ms")


def laboratory() -> None:
    """Moments a second of a training in the plane, alone and with a rival, as the page gets them."""
    for rival in (None, {"loss": "hinge"}):
        began = time.perf_counter()
        moments = sum(1 for _ in lab.compute(rival=rival, seconds=4))
        spent = time.perf_counter() - began
        runs = "two runs" if rival else "one run"
        print(f"laboratory, {runs}: {moments / spent:.0f} moments/s (limit 20)")


if __name__ == "__main__":
    against_dcgan()
    laboratory()
