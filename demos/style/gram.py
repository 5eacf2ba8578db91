"""What a Gram matrix is: which features occur together, wherever they are, and what can be painted from that alone."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import gradio as gr
import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from core.canvas import SEEDS, STAGES, Wishes
from core.complaint import choice, whole
from core.gatys import STROKES, aimed, begin, calmed, halt, paint
from core.gram import STYLE, distance, gram
from core.images import packed, to_url
from core.processor import has_bfloat16
from core.seeing import pixels
from demos.contract import Link
from demos.style.models import (
    FIRST,
    FIRST_STYLE,
    as_image,
    label,
    manner,
    photo,
    reflecting_eye,
    url,
)
from demos.style.part import Part
from demos.views import view
from demos.wiring import wire
from demos.wording import say

STAGE = ("The layer", "层")
SHOWN = 48
"""Maps of a layer whose matrix is shown: those that respond most to the painting."""
GRID = 40
"""Places along the longer side of a map as it travels to the page."""
TEXTURE, GAMMA = 128, 0.5
"""Side of the texture in pixels, and its weight of roughness."""
SIDE = round(STROKES * TEXTURE)
"""Longer side of both pictures where their matrices are taken: the painting's is what a texture is to get."""


def compute(picture: str = FIRST, style: str = FIRST_STYLE, stage: str = "relu2_1") -> dict[str, Any]:
    """The Gram matrices of a photograph and a painting at one layer of VGG16.

    Args:
        picture, style: as in `watch.compute`.
        stage: "relu1_1" to "relu4_1".

    Returns:
        grams: square roots of both matrices, packed (see `core.images.packed`) on one scale, for the SHOWN channels
        that respond most to the painting, strongest first; channels: which these are; of: how many there are; maps: for
        the photograph and the painting, what these channels respond, packed; pictures: both, `data:` addresses;
        distance: between the matrices of all channels, in units of the painting's mean square; layers: the same for
        the four layers of the style; stage; label: of the painting, [en, zh].

    Raises:
        Complaint: whatever is outside these ranges.
    """
    stage = choice(STAGE, stage, STAGES)
    both = [photo(picture, SIDE)[1], wanted(style)]
    with torch.inference_mode():
        maps = [reflecting_eye().features(one) for one in both]
    matrices = [gram(one[stage])[0] for one in maps]
    order = matrices[1].diagonal().argsort(descending=True, stable=True)[:SHOWN]
    roots = torch.stack([matrix[order][:, order].clamp(min=0).sqrt() for matrix in matrices])
    images = [as_image(one) for one in both]
    return dict(
        grams=packed(roots.numpy(), low=0.0),
        channels=order.tolist(),
        of=len(matrices[0]),
        maps=[packed(small(one[stage][0, order]).numpy(), low=0.0) for one in maps],
        pictures=[to_url(image, "jpeg") for image in images],
        distance=round(distance(matrices[0][None], matrices[1][None]).item(), 4),
        layers=apart(*maps),
        stage=stage,
        label=label(style),
    )


def wanted(style: str) -> Tensor:
    """A painting as the textures have it that are to get its matrices: (1, 3, height, width)."""
    return aimed(pixels(calmed(manner(style).image)), TEXTURE)


def apart(ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> list[list]:
    """[layer, distance of the Gram matrices] at every layer of the style; both are maps by layer."""
    return [[name, round(distance(gram(ours[name]), gram(theirs[name])).item(), 4)] for name in STYLE]


def small(maps: Tensor) -> Tensor:
    """(channels, height, width) as averages over at most GRID x GRID places."""
    height, width = maps.shape[1:]
    scale = min(1, GRID / max(height, width))
    return adaptive_avg_pool2d(maps, (max(1, round(height * scale)), max(1, round(width * scale))))


def texture(style: str = FIRST_STYLE, stage: str = "relu2_1", seed: int = 1) -> Iterator[dict[str, Any]]:
    """Paints, from noise, a picture with the Gram matrix of a painting at one layer and nothing else (Gatys et al.
    2015, "Texture synthesis using convolutional neural networks").

    Args:
        style, stage: as in `compute`. seed: of the noise, 0 to 2,147,483,647.

    Yields:
        texture: the picture as a `data:` address; step, planned; left: its style loss at this layer; stage; at last
        own: as `layers` of `compute`, of the texture.

    Raises:
        Complaint: whatever is outside these ranges.
    """
    for _, state in synthesised(style, stage, seed):
        yield state


@torch.inference_mode(False)
def synthesised(style: str, stage: str, seed: object):
    """What `texture` yields, each with the canvas, which `halt` ends."""
    stage, seed = choice(STAGE, stage, STAGES), whole(("The seed", "种子"), seed, 0, SEEDS)
    wishes = Wishes(0.0, 1.0, GAMMA, style={stage: 1.0}, side=TEXTURE, seed=seed, half=has_bfloat16())
    canvas = begin(None, manner(style).image, wishes)
    for moment in paint(reflecting_eye(), canvas):
        state = dict(
            texture=url(moment.picture), step=moment.step, planned=canvas.planned(), left=moment.style, stage=stage
        )
        yield canvas, state | (dict(own=distances(moment.picture, style)) if moment.over else {})


@torch.inference_mode()
def distances(made: Tensor, style: str) -> list[list]:
    """How far a texture is from a painting, see `apart`."""
    return apart(*(reflecting_eye().features(one) for one in (made, wanted(style))))


@lru_cache(maxsize=16)
def matrices(picture: str, style: str, stage: str) -> dict[str, Any]:
    """`compute`, remembered while a texture grows beside it."""
    return compute(picture, style, stage)


def lay(picture: gr.State, style: gr.State) -> Part:
    """Builds the part inside an opened tab. `picture` and `style` are the room's."""
    gr.Markdown(say("style.gram_hint"))
    canvas = gr.State(None)
    with gr.Row(equal_height=False):
        stage = gr.Radio(list(STYLE), value="relu2_1", label=say("style.gram_layer"), min_width=320)
        with gr.Row(elem_classes="learn-buttons"):
            start = gr.Button(say("style.gram_texture"), variant="primary", scale=4, min_width=260)
            stop = gr.Button(say("shell.stop"), min_width=80)
    shown = view("gram", elem_id="style-gram")

    def answer(picture, style, stage) -> Iterator[dict]:
        yield {shown: matrices(picture, style, stage)}

    def grown(picture, style, stage) -> Iterator[dict]:
        first = matrices(picture, style, stage)
        for board, state in synthesised(style, stage, 1):
            yield {canvas: board, shown: first | state}

    def ended(board):
        if board is not None:
            halt(board)

    wire(stage.input, answer, [picture, style, stage], [shown])
    wire(start.click, grown, [picture, style, stage], [canvas, shown], lane="training", stop=stop)
    wire(stop.click, ended, [canvas], [], queue=False, show_progress="hidden")
    return Part(answer, (stage,), (shown,), {"layer": Link(stage, lambda raw: choice(STAGE, raw, STYLE))})
