"""Live from the camera: every picture that comes is painted, and none waits in a queue."""

import time
from collections.abc import Iterator
from typing import Any

import gradio as gr

from core import painting
from core.complaint import number
from demos.style import hands
from demos.style.models import FIRST_STYLE, missing, url
from demos.style.outputs import STRENGTH
from demos.style.part import Part, closed
from demos.views import view
from demos.wiring import wire
from demos.wording import say

SIDE = 320
"""Pixels of the longer side of a picture from the camera."""


def compute(picture: str, style: str = FIRST_STYLE, strength: float = 1.0, colour: bool = False) -> dict[str, Any]:
    """Paints one picture of a camera, at 320 pixels.

    Args:
        picture, strength, colour: as in `hands.compute`. style: one of its `styles`.

    Returns:
        after: the picture as a `data:` address; milliseconds that it took here, from file to file.

    Raises:
        Complaint: whatever is outside these ranges. WeightsError: the network is missing.
    """
    began = time.perf_counter()
    _, made = hands.paint(picture, [style], [1.0], number(STRENGTH, strength, 0, 1), colour, SIDE)
    return dict(after=url(made), milliseconds=round(1000 * (time.perf_counter() - began)))


def lay(picture: gr.State, style: gr.State) -> Part:
    """Builds the part inside an opened tab. It has its own pictures; `style` is the room's."""
    if error := missing(painting.HANDS):
        return closed(error)
    with gr.Row(equal_height=False):
        with gr.Column(scale=8, min_width=320):
            shown = view("camera", elem_id="style-camera")
        with gr.Column(scale=4, min_width=280):
            gr.Markdown(say("style.camera_hint"))
            strength = gr.Slider(0, 1, 1, step=0.05, label=say("style.strength"))
            colour = gr.Checkbox(False, label=say("style.colour"))

    def framed(event: gr.EventData, style, strength, colour):
        number = event._data.get("number")
        return compute(event._data.get("picture"), style, strength, colour) | dict(number=number)

    # the view sends a picture when the one before has come back: none ever queue
    wire(shown.frame, framed, [style, strength, colour], [shown], show_progress="hidden")

    def answer(picture, style) -> Iterator[dict]:
        yield {}

    return Part(answer)
