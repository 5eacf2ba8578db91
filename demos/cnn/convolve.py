"""Convolution by hand: one kernel of nine numbers on the visitor's picture."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import gradio as gr
import numpy as np
import torch
from gradio.components import Component
from numpy.typing import NDArray
from PIL import Image

from core.complaint import Complaint, choice, number, whole
from core.convolution import KERNELS, POOLS, SIDE, convolve, places
from core.images import fitted, packed
from demos import pictures
from demos.cnn.part import Part
from demos.contract import Link
from demos.views import view
from demos.wiring import wire
from demos.wording import say

LONGEST_SIDE = 320
STRIDES = 3
MOST_WEIGHT, MOST_BIAS = 99, 1000
SCALES = ("auto", "pixels", "range", "zero")
SETTINGS = ("kernel", "stride", "padding", "bias", "relu", "pool", "scale")
USUAL = 0.99
PATCH = 8
FIRST = "sobel_x/1/1/0/linear/none/auto"


def compute(
    picture: str = "cat",
    kernel: list[list[float]] = KERNELS["sobel_x"],
    stride: int = 1,
    padding: int = 1,
    bias: float = 0,
    relu: bool = False,
    pool: str = "none",
    scale: str = "auto",
) -> dict[str, Any]:
    """Slides a 3 x 3 kernel over a grey picture, then ReLU and pooling where they are wanted.

    Args:
        picture: a name of `demos.pictures.photos()` or a `data:image/...` address. It is made grey (ITU-R 601),
            0 to 255, and scaled down to at most 320 pixels.
        kernel: three rows of three numbers, each from -99 to 99.
        stride: 1, 2 or 3. padding: 0 ("valid") or 1 ("same"), a ring of zeros.
        bias: from -1000 to 1000, in units of grey.
        pool: "none", "max" or "mean", over 2 x 2.
        scale: how the output becomes bytes. "pixels": 0 to 255; "range": least to greatest number; "zero": as far
            below zero as above, so that 99 % of the numbers fit, for the edges of a padded picture dwarf all others;
            "auto" takes "zero" where the kernel sums to 0, "pixels" where it sums to about 1, else "range". Ends are
            taken before ReLU, so that it changes no colour.

    Returns:
        input and output as `core.images.packed` has them; ranges: stage -> [least, greatest] of "convolved",
        "rectified", "pooled", where they are on; shown: the scale in use; clipped: share of the output beyond it; spot:
        [row, column], top left of the 8 x 8 pixels with the most contrast; and all settings.

    Raises:
        Complaint: whatever is outside these ranges, and a picture too small for the kernel.
    """
    weights = _kernel(kernel)
    stride = whole(("Stride", "步幅"), stride, 1, STRIDES)
    padding = whole(("Padding", "填充"), padding, 0, 1)
    bias = number(("Bias", "偏置"), bias, -MOST_BIAS, MOST_BIAS)
    if not isinstance(relu, bool):
        raise Complaint("ReLU is either true or false.", "ReLU 只能是开或关（true 或 false）。")
    choice(("Pooling", "池化"), pool, POOLS)
    choice(("The scale", "标度"), scale, SCALES)
    grey = _grey(picture)
    least = 1 if pool == "none" else 2
    if min(places(side, stride, padding) for side in grey.shape) < least:
        height, width = grey.shape
        raise Complaint(
            f"A picture of {width} × {height} pixels is too small for these settings: nothing is left of it.",
            f"{width} × {height} 像素的图片对这些设置来说太小了：什么也不剩。",
        )
    stages = convolve(torch.tensor(grey), torch.tensor(weights, dtype=torch.float64), stride, padding, bias, relu, pool)
    shown, low, high = _scale(scale, np.array(weights), stages.convolved.numpy())
    output = stages.last.numpy()
    every = dict(convolved=stages.convolved, rectified=stages.rectified, pooled=stages.pooled)
    return dict(
        input=packed(grey[None], 0, 255),
        output=packed(output[None], low, high),
        ranges={name: [map.min().item(), map.max().item()] for name, map in every.items() if map is not None},
        shown=shown,
        clipped=float(((output < low) | (output > high)).mean()),
        spot=_spot(grey),
        kernel=weights,
        stride=stride,
        padding=padding,
        bias=bias,
        relu=relu,
        pool=pool,
        scale=scale,
    )


def _kernel(kernel: object) -> list[list[float]]:
    """A kernel as a client sent it, as floats. Raises Complaint for a wrong size, and for what is no number."""
    rows = list(kernel) if isinstance(kernel, list | tuple) else []
    if len(rows) != SIDE or not all(isinstance(row, list | tuple) and len(row) == SIDE for row in rows):
        raise Complaint("The kernel must be three rows of three numbers each.", "卷积核必须是三行，每行三个数。")
    return [
        [number(("A number of the kernel", "卷积核里的数"), x, -MOST_WEIGHT, MOST_WEIGHT) for x in row] for row in rows
    ]


@lru_cache(maxsize=8)
def _grey(picture: str) -> NDArray[np.float64]:
    """A picture in grey: (height, width), whole numbers 0 to 255, no side above LONGEST_SIDE."""
    image = pictures.find(picture).image.convert("L")
    if max(image.size) > LONGEST_SIDE:
        image = image.resize(fitted(image.size, LONGEST_SIDE), Image.Resampling.LANCZOS)
    grey = np.asarray(image, dtype=np.float64)
    grey.setflags(write=False)
    return grey


def _scale(scale: str, kernel: NDArray, convolved: NDArray) -> tuple[str, float, float]:
    """The scale to show the output in, and what its two ends stand for. The page has the same rule for its preview."""
    if scale == "auto":
        even = kernel.sum()
        scale = "zero" if abs(even) < 0.01 * max(1, abs(kernel).sum()) else "pixels" if 0.9 < even < 1.1 else "range"
    if scale == "pixels":
        return scale, 0.0, 255.0
    if scale == "zero":
        far = max(1.0, float(np.quantile(abs(convolved), USUAL)))
        return scale, -far, far
    return scale, float(convolved.min()), float(convolved.max())


def _spot(grey: NDArray) -> list[int]:
    """[row, column] of the block of PATCH x PATCH pixels whose numbers differ most; [0, 0] in a smaller picture."""
    rows, columns = (side // PATCH for side in grey.shape)
    if not rows or not columns:
        return [0, 0]
    blocks = grey[: rows * PATCH, : columns * PATCH].reshape(rows, PATCH, columns, PATCH)
    row, column = divmod(int(blocks.var(axis=(1, 3)).argmax()), columns)
    return [row * PATCH, column * PATCH]


def written(settings: dict[str, Any]) -> str:
    """Settings as one short text for the address: kernel/stride/padding/bias/relu/pool/scale."""
    kernel = [list(row) for row in settings["kernel"]]
    known = (name for name, preset in KERNELS.items() if np.allclose(kernel, preset, rtol=0, atol=1e-9))
    numbers = ",".join(f"{x:.10g}" for row in kernel for x in row)
    bend = "relu" if settings["relu"] else "linear"
    fields = (next(known, numbers), settings["stride"], settings["padding"], f"{settings['bias']:g}", bend)
    return "/".join(map(str, (*fields, settings["pool"], settings["scale"])))


def read(text: str) -> dict[str, Any]:
    """The settings that `written` wrote, not yet checked. Raises ValueError for any other text."""
    kernel, stride, padding, bias, bend, pool, scale = text.split("/")
    numbers = [] if kernel in KERNELS else [float(x) for x in kernel.split(",")]
    rows = KERNELS.get(kernel) or [numbers[i : i + SIDE] for i in range(0, len(numbers), SIDE)]
    return dict(kernel=rows, stride=int(stride), padding=int(padding), bias=float(bias), relu=bend == "relu") | dict(
        pool=pool, scale=scale
    )


def checked(text: str) -> str:
    """`text` as `written` would write it. Raises ValueError for settings that `compute` refuses."""
    return written(compute(**read(text)))


def lay(picture: gr.State, way: gr.Radio | None = None) -> Part:
    """Builds the part inside an opened tab. `picture` and `way` are the room's; here a picture is never cropped."""
    gr.Markdown(say("cnn.conv_hint"))
    stage, desk = view("convolve", elem_id="cnn-convolve"), view("convolve_desk", elem_id="cnn-convolve-desk")
    # the settings as text: a new picture keeps them, and the address bar can carry them
    settings = gr.Textbox(FIRST, show_label=False, container=False, elem_classes="unseen")

    def answer(picture: str, text: str) -> Iterator[dict[Component, Any]]:
        result = compute(picture, **read(text))
        yield {
            stage: result | dict(turn=None),
            desk: {name: result[name] for name in SETTINGS} | dict(turn=None, presets=KERNELS),
        }

    def ordered(picture: str, order: object) -> dict[Component, Any]:
        order = order if isinstance(order, dict) else {}
        result = compute(picture, **{name: order.get(name) for name in SETTINGS})
        return {stage: result | dict(turn=order.get("turn")), settings: written(result)}

    wire(desk.order, ordered, [picture, desk], [stage, settings], trigger_mode="always_last", show_progress="hidden")
    return Part(answer, inputs=(settings,), outputs=(stage, desk), links={"conv": Link(settings, checked)})
