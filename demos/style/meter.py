"""The style meter: how far is a picture from the photograph's content and from the painting's style?"""

from collections.abc import Iterator
from typing import Any

import gradio as gr
from torch import Tensor

from core.complaint import Complaint
from core.gatys import scaled
from core.seeing import pixels
from demos.pictures import find
from demos.style.models import FIRST, FIRST_STYLE, MEASURED, fit, label, measured, trained, url
from demos.style.outputs import painted
from demos.style.part import Part
from demos.style.watch import Run
from demos.views import view
from demos.wiring import wire
from demos.wording import say

FADES = (0.0, 0.25, 0.5, 0.75, 1.0)
STRENGTHS = (0.33, 0.66, 1.0)


def compute(picture: str = FIRST, style: str = FIRST_STYLE, made: str | None = None) -> dict[str, Any]:
    """Content and style loss of pictures between a photograph and a painting.

    Args:
        picture, style: as in `watch.compute`.
        made: a picture to be measured besides, given in the same ways; it is scaled to the photograph's shape.

    Returns:
        rows: of every picture its kind ("fade": the two laid over each other, "hands" and "any": networks, where their
        weights are there, "made"), strength from 0 to 1, content loss from the photograph and style loss from the
        painting (0: the same; 1: as far as nothing at all; see `core.gram`), and the picture as a `data:` address; the
        first row is the photograph itself. style: the label of the painting, [en, zh]; side: of the measured pictures.

    Raises:
        Complaint: pictures that cannot be used.
    """
    rows = [row("fade", share, picture, style, painted("fade", picture, style, share, MEASURED)) for share in FADES]
    for way in trained():
        try:
            rows += [row(way, each, picture, style, painted(way, picture, style, each, MEASURED)) for each in STRENGTHS]
        except Complaint:  # the small network does not know this painting
            continue
    if made is not None:
        rows.append(row("made", 1.0, picture, style, pixels(fit(find(made).image, MEASURED))))
    return dict(rows=rows, style=label(style), side=MEASURED)


def row(kind: str, strength: float, picture: str, style: str, x: Tensor) -> list:
    """[kind, strength, content loss, style loss, `data:` address] of (1, 3, height, width)."""
    content, manner = measured(picture, style, x)
    return [kind, strength, round(content, 4), round(manner, 4), url(x)]


def of_run(run: Run | None, picture: str, style: str) -> list[list]:
    """What was painted in "Watch it being painted" of the same two pictures, if anything was."""
    if run is None or run.last is None or run.names != (picture, style):
        return []
    side = max(run.last.picture.shape[2:])
    height, width = run.last.picture.shape[2:]
    x = scaled(run.last.picture, max(16, height * MEASURED // side), max(16, width * MEASURED // side))
    return [row("painted", 1.0, picture, style, x)]


def lay(picture: gr.State, style: gr.State, own: gr.State) -> Part:
    """Builds the part inside an opened tab. `picture` and `style` are the room's; `own`: the run of `watch`."""
    gr.Markdown(say("style.meter_hint"))
    shown = view("meter", elem_id="style-meter")

    def answer(picture, style, run) -> Iterator[dict]:
        found = compute(picture, style)
        yield {shown: found | dict(rows=found["rows"] + of_run(run, picture, style))}

    def brought(picture, style, run, event: gr.EventData):
        found = compute(picture, style, event._data.get("picture"))
        return found | dict(rows=found["rows"] + of_run(run, picture, style))

    wire(shown.bring, brought, [picture, style, own], [shown])
    return Part(answer, (own,), (shown,))
