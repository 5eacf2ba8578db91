"""Paint it out: which part of the picture does the answer hang on?"""

from collections.abc import Iterator
from typing import Any

import gradio as gr
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, pad

from core.complaint import Complaint, choice
from core.explain import occlusion
from core.images import packed, to_url
from core.models.cnn import SIDE
from core.seeing import as_image
from demos.cnn.models import FIRST, best, class_number, classes, guess, look_at, network
from demos.cnn.part import Part
from demos.views import view
from demos.wiring import wire
from demos.wording import say

GRID = 56
"""Cells along one side of the picture that can be painted out; each is 4 x 4 pixels."""
FILLS = ("grey", "blur")
WINDOW, STRIDE = 56, 28
"""Side and movement of the grey square of the map, in pixels."""


def compute(
    picture: str = FIRST,
    cells: list[int] | None = None,
    fill: str = "grey",
    target: int | None = None,
    way: str = "centre",
) -> dict[str, Any]:
    """What the network says when parts of the picture are painted over.

    Args:
        picture, way: as in `look.compute`.
        cells: the cells painted over, each `row * 56 + column` of a grid of 56 x 56.
        fill: "grey", or "blur", which leaves the colours and takes the shapes.
        target: the class that is watched, 0 to 999; None takes the best guess for the whole picture.

    Returns:
        image: what the network saw, whole; painted: the same with its parts painted over; before and after: the five
        best classes, [number, English, Chinese, probability] each; target: the class watched with its probability
        before, and `p` after; share: of the picture that is painted over.

    Raises:
        Complaint: whatever is outside these ranges.
    """
    fill = choice(("The fill", "填充"), fill, FILLS)
    image, x, _ = look_at(picture, way)
    mask = covered([] if cells is None else cells)
    p = guess(x)
    wanted = int(p.argmax()) if target is None else class_number(target)
    hidden = torch.where(mask, torch.zeros_like(x) if fill == "grey" else blurred(x), x)
    q = guess(hidden)
    return dict(
        image=to_url(image, "jpeg"),
        painted=to_url(as_image((hidden + 1) * 127.5), "jpeg"),
        before=best(p),
        after=best(q),
        target=[wanted, *classes()[wanted], round(p[wanted].item(), 5)],
        p=round(q[wanted].item(), 5),
        share=round(mask.float().mean().item(), 4),
        grid=GRID,
    )


def needed(picture: str = FIRST, target: int | None = None, way: str = "centre") -> dict[str, Any]:
    """Slides a grey square over the picture and measures what the class loses (Zeiler & Fergus 2014).

    Args:
        picture, target, way: as in `compute`.

    Returns:
        falls: how much the probability falls at each place, packed (see `core.images.packed`); target: the class with
        its probability; window and stride of the square in pixels.

    Raises:
        Complaint: whatever is outside these ranges.
    """
    _, x, _ = look_at(picture, way)
    p = guess(x)
    wanted = int(p.argmax()) if target is None else class_number(target)
    falls = occlusion(network("efficientnet"), pad(x, [STRIDE] * 4), wanted, WINDOW, STRIDE)
    return dict(
        falls=packed(falls[None].numpy()),
        target=[wanted, *classes()[wanted], round(p[wanted].item(), 5)],
        window=WINDOW,
        stride=STRIDE,
    )


def covered(cells: list[int]) -> Tensor:
    """The pixels that cells cover, (1, 1, 224, 224) of bool. Raises Complaint for what is not a list of cells."""
    most = GRID * GRID
    good = isinstance(cells, list) and all(type(cell) is int and 0 <= cell < most for cell in cells)
    if not good or len(cells) > most:
        raise Complaint(
            f"The painted cells must be a list of whole numbers from 0 to {most - 1}.",
            f"涂掉的格子必须是 0 到 {most - 1} 的整数列表。",
        )
    grid = torch.zeros(most, dtype=torch.bool)
    grid[cells] = True
    each = SIDE // GRID
    return grid.view(1, 1, GRID, GRID).repeat_interleave(each, 2).repeat_interleave(each, 3)


def blurred(x: Tensor, radius: int = 12) -> Tensor:
    """A picture without its shapes: three box blurs in a row, which come near a Gaussian."""
    for _ in range(3):
        x = avg_pool2d(pad(x, [radius] * 4, mode="replicate"), 2 * radius + 1, 1)
    return x


def lay(picture: gr.State, way: gr.Radio) -> Part:
    """Builds the part inside an opened tab. `picture` and `way` are the room's."""
    shown = view("paint", elem_id="cnn-paint")
    fill = gr.Radio([(say(f"cnn.fill_{name}"), name) for name in FILLS], value="grey", label=say("cnn.fill"))
    cells = gr.State([])

    def answer(picture, fill, way) -> Iterator[dict]:
        yield {cells: [], shown: compute(picture, [], fill, None, way)}

    def painted(picture, fill, way, event: gr.EventData) -> Iterator[dict]:
        fresh = event._data.get("cells")
        yield {shown: compute(picture, fresh, fill, None, way), cells: fresh}

    def refilled(picture, cells, fill, way) -> dict[str, Any]:
        return compute(picture, cells, fill, None, way)

    def slid(picture, cells, fill, way) -> dict[str, Any]:
        return compute(picture, cells, fill, None, way) | needed(picture, None, way)

    # every stroke counts: with "always_last" Gradio would run the last one with the data of the first
    wire(shown.paint, painted, [picture, fill, way], [shown, cells])
    wire(fill.input, refilled, [picture, cells, fill, way], [shown])
    wire(shown.slide, slid, [picture, cells, fill, way], [shown])
    return Part(answer, (fill, way), (shown, cells))
