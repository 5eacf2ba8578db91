"""Look: what is it, and where in the picture is the evidence?"""

import time
from collections.abc import Iterator
from typing import Any

import gradio as gr

from core.complaint import choice
from core.explain import METHODS, cam
from core.images import packed, to_url
from core.seeing import WAYS
from demos.cnn.models import FIRST, STAGE, best, class_number, classes, guess, look_at, network
from demos.cnn.part import Part, classes_offered
from demos.contract import Link
from demos.views import view
from demos.wiring import wire
from demos.wording import say

STAGES = ("stage3", "stage4", "stage5", "stage6", "stage7", "head")
"""Stages whose evidence can be asked for; the earlier ones hold edges, not things."""


def compute(
    picture: str = FIRST,
    target: int | None = None,
    stage: str = "head",
    method: str = "grad-cam",
    way: str = "centre",
) -> dict[str, Any]:
    """Names a picture and shows the evidence for one class.

    Args:
        picture: name of a photograph that hangs here, or a `data:image/...;base64,...` address of at most 6 MB.
        target: the class whose evidence is wanted, 0 to 999; None takes the best guess.
        stage: "stage3" to "stage7", or "head", behind the last convolution.
        method: "grad-cam", "hires-cam" or "layer-cam".
        way: how the picture is made square: "centre" cuts the middle out, "whole" adds bars, "squash" presses.

    Returns:
        top: the five best classes, [number, English, Chinese, probability] each; target: the same for the class asked
        for; image: what the network saw, 224 x 224, as a `data:` address; evidence: its map, packed (see
        `core.images.packed`; 0 is no evidence, the rest speaks for the class), peak: its greatest value, 0 where
        nothing speaks for the class; stage, method, way; notes: what was done to the file, [English, Chinese] each.

    Raises:
        Complaint: whatever is outside these ranges.
    """
    stage = choice(STAGE, stage, STAGES)
    method = choice(("The method", "方法"), method, METHODS)
    image, x, notes = look_at(picture, way)
    wanted = None if target is None else class_number(target)
    p = guess(x)
    wanted = int(p.argmax()) if wanted is None else wanted
    evidence = cam(network("efficientnet"), x, stage, wanted, method).clamp(min=0)
    return dict(
        top=best(p),
        target=[wanted, *classes()[wanted], round(p[wanted].item(), 5)],
        image=to_url(image, "jpeg"),
        evidence=packed(evidence[None].numpy(), low=0.0),
        peak=evidence.max().item(),
        stage=stage,
        method=method,
        way=way,
        notes=notes,
    )


def timed(*settings: Any) -> dict[str, Any]:
    """What `compute` returns, and how long it took."""
    began = time.perf_counter()
    found = compute(*settings)
    return found | {"milliseconds": round(1000 * (time.perf_counter() - began))}


def lay(picture: gr.State, way: gr.Radio) -> Part:
    """Builds the part inside an opened tab. `picture` and `way` are the room's."""
    shown = view("look", elem_id="cnn-look")
    with gr.Row(equal_height=False):
        target = gr.Dropdown(classes_offered("cnn.best"), value=-1, label=say("cnn.target"), min_width=220)
        stage = gr.Radio([(name, name) for name in STAGES], value="head", label=say("cnn.stage"), min_width=320)
        method = gr.Radio([(say(f"cnn.{name}"), name) for name in METHODS], value=METHODS[0], label=say("cnn.method"))
    inputs = (target, stage, method, way)

    def answer(picture, target, stage, method, way) -> Iterator[dict]:
        yield {shown: timed(picture, None if target in (None, -1) else target, stage, method, way)}

    def asked(picture, stage, method, way, event: gr.EventData) -> Iterator[dict]:
        wanted = event._data.get("target")
        number = None if wanted is None else class_number(wanted)
        yield {target: -1 if number is None else number, shown: timed(picture, number, stage, method, way)}

    wire([box.input for box in (target, stage, method)], answer, [picture, *inputs], [shown])
    wire(shown.ask, asked, [picture, stage, method, way], [shown, target])
    return Part(
        answer,
        inputs,
        (shown,),
        {
            "target": Link(target, lambda raw: class_number(int(raw))),
            "stage": Link(stage, lambda raw: choice(STAGE, raw, STAGES)),
            "method": Link(method, lambda raw: choice(("The method", "方法"), raw, METHODS)),
            "way": Link(way, lambda raw: choice(("The way of fitting", "取景方式"), raw, WAYS)),
        },
    )
