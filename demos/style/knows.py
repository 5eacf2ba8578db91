"""Does the classifier still know it? Its answer while a painting takes over: the texture-bias lesson, live."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import gradio as gr
import torch
from torch import Tensor

from core.complaint import choice
from core.images import to_url
from core.seeing import centre, pixels
from demos.cnn.models import best, classes, guess
from demos.contract import Link
from demos.paintings import paintings
from demos.style.models import FIRST_STYLE, as_image, label
from demos.style.outputs import WAYS, painted, ways
from demos.style.part import Part
from demos.views import view
from demos.wiring import wire
from demos.wording import say

STEPS = 11
SIDE = 256
LINES = 4
"""Classes whose curves are drawn; all that ever win, and others up to so many."""
HALVINGS = 5
WAY = ("The way of painting", "画法")


def compute(picture: str = "cat", style: str = FIRST_STYLE, way: str = "fade") -> dict[str, Any]:
    """Probabilities of the classifier against the strength of a style.

    Args:
        picture, style: as in `watch.compute`.
        way: "fade": the painting laid over the photograph; "hands", "any": as a network paints it.

    Returns:
        steps: for strengths from 0 to 1 [strength, the five best classes as [number, English, Chinese, probability],
        what the network saw as a `data:` address]; curves: [number, English, Chinese, [probability at each strength]]
        of the photograph's own class first, then of others that win or come near; flip: where, between the first of
        these strengths with another answer and the one before it, the answer turns, to 1/320, or None; became: the
        class it becomes, [number, English, Chinese]; later: [strength, number, English, Chinese] of every further
        change between the steps; way; ways: those that are
        ready; label: of the painting, [en, zh].

    Raises:
        Complaint: whatever is outside these ranges. WeightsError: the network is missing.
    """
    way = choice(WAY, way, WAYS)

    @lru_cache
    def asked(strength: float) -> tuple[Tensor, str]:
        image = centre(as_image(painted(way, picture, style, strength, SIDE)))
        return guess(pixels(image)), to_url(image, "webp")  # exact, so that whoever asks it why gets the same answer

    strengths = [step / (STEPS - 1) for step in range(STEPS)]
    found = torch.stack([asked(strength)[0] for strength in strengths])  # (steps, classes)
    answers = found.argmax(1).tolist()
    flip, became = None, None
    for before, strength, answer in zip(strengths, strengths[1:], answers[1:], strict=False):
        if answer != answers[0]:
            low, high = before, strength
            for _ in range(HALVINGS):
                middle = (low + high) / 2
                same = int(asked(middle)[0].argmax()) == answers[0]
                low, high = (middle, high) if same else (low, middle)
            flip, became = round(high, 4), int(asked(high)[0].argmax())
            break
    others = [number for number in found.amax(0).argsort(descending=True).tolist() if number != answers[0]]
    # what it turns into may win between two strengths only
    winners = [number for number in dict.fromkeys([became, *answers]) if number not in (None, answers[0])]
    drawn = [answers[0], *dict.fromkeys([*winners, *others])][: max(LINES, 1 + len(winners))]
    return dict(
        steps=[[s, best(p), asked(s)[1]] for s, p in zip(strengths, found, strict=True)],
        curves=[[number, *classes()[number], [round(p, 4) for p in found[:, number].tolist()]] for number in drawn],
        flip=flip,
        became=None if became is None else [became, *classes()[became]],
        later=[
            [strength, answer, *classes()[answer]]
            for before, strength, answer in zip(answers, strengths[1:], answers[1:], strict=False)
            if answer != before and flip is not None and strength > flip and answer != became
        ],
        way=way,
        ways=ways(),
        label=label(style),
    )


def lay(picture: gr.State, style: gr.State) -> Part:
    """Builds the part inside an opened tab. `picture` and `style` are the room's."""
    gr.Markdown(say("style.knows_hint"))
    ready = ways()
    way = gr.Radio(
        [(say(f"style.way_{name}"), name) for name in ready],
        value=ready[min(1, len(ready) - 1)],
        label=say("style.way"),
    )
    shown = view("knows", elem_id="style-knows")

    def answer(picture, style, way) -> Iterator[dict]:
        learned = style in paintings() or way != "hands"  # who has not learned a painting can still look at it
        yield {shown: compute(picture, style, way if learned else "any") | dict(stranger=not learned)}

    wire(way.input, answer, [picture, style, way], [shown])
    return Part(answer, (way,), (shown,), {"way": Link(way, lambda raw: choice(WAY, raw, tuple(ready)))})
