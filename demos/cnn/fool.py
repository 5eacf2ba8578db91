"""Fool it: a change that no eye sees and the network believes."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from core.complaint import number, whole
from core.explain import fool
from core.images import to_url
from core.seeing import as_image
from demos.cnn.models import FIRST, best, class_number, classes, guess, look_at, network
from demos.cnn.part import Part, classes_offered
from demos.contract import Link
from demos.views import view
from demos.wiring import wire
from demos.wording import say

STEPS = 20
BRIGHTEST = 32
"""The largest change that may be asked for, in steps of brightness out of 255."""
SHOWN = 20
"""How many times the change is enlarged where it is shown."""


def compute(
    picture: str = FIRST, target: int = 954, epsilon: float = 3.0, steps: int = 5, way: str = "centre"
) -> Iterator[dict[str, Any]]:
    """Changes a picture until the network sees something else in it. Yields the state after every step.

    Args:
        picture, way: as in `look.compute`.
        target: the class it shall see, 0 to 999.
        epsilon: the most that any pixel may change, 0 to 32 steps of brightness out of 255.
        steps: 1 (the fast gradient sign method) to 20 (projected gradient descent).

    Yields:
        before and after: `image`, a `data:` address of what the network saw, and `top`, its five best classes,
        [number, English, Chinese, probability] each; change: the difference as a picture, enlarged SHOWN times around
        grey; target: the class asked for with its probability before and after; step, steps, epsilon.

    Raises:
        Complaint: whatever is outside these ranges.
    """
    wanted = class_number(target)
    epsilon = number(("Epsilon", "ε"), epsilon, 0, BRIGHTEST)
    steps = whole(("The number of steps", "步数"), steps, 1, STEPS)
    image, x, _ = look_at(picture, way)
    p = guess(x)
    state = dict(
        before=dict(image=to_url(image), top=best(p)),
        target=[wanted, *classes()[wanted], round(p[wanted].item(), 5)],
        steps=steps,
        epsilon=epsilon,
        shown=SHOWN,
    )
    for step, changed in enumerate(fool(network("efficientnet"), x, wanted, 2 * epsilon / 255, steps), 1):
        rounded = ((changed + 1) * 127.5).round()  # a picture file holds whole steps of brightness
        q = guess(rounded / 127.5 - 1)
        yield state | dict(
            after=dict(image=to_url(as_image(rounded)), top=best(q), p=round(q[wanted].item(), 5)),
            change=to_url(as_image(127.5 + SHOWN * (rounded - (x + 1) * 127.5))),
            step=step,
        )


def lay(picture: gr.State, way: gr.Radio) -> Part:
    """Builds the part inside an opened tab. `picture` and `way` are the room's."""
    with gr.Row(equal_height=False):
        goal = gr.Dropdown(classes_offered(), value=954, label=say("cnn.fool_target"), min_width=220)
        epsilon = gr.Slider(0, BRIGHTEST, 3, step=0.5, label=say("cnn.epsilon"), min_width=220)
        steps = gr.Slider(1, STEPS, 5, step=1, label=say("cnn.steps"), min_width=180)
    shown = view("fool", elem_id="cnn-fool")
    inputs = (goal, epsilon, steps, way)

    def answer(*settings) -> Iterator[dict]:
        for state in compute(*settings):
            yield {shown: state}

    # dragging and keys fire `input`, the reset button only `release`
    moves = [epsilon.input, epsilon.release, steps.input, steps.release]
    wire([goal.input, *moves], answer, [picture, *inputs], [shown])
    return Part(
        answer,
        inputs,
        (shown,),
        {
            "goal": Link(goal, lambda raw: class_number(int(raw))),
            "epsilon": Link(epsilon, lambda raw: number(("Epsilon", "ε"), float(raw), 0, BRIGHTEST)),
            "steps": Link(steps, lambda raw: whole(("The number of steps", "步数"), int(raw), 1, STEPS)),
        },
    )
