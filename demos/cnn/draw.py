"""Draw a digit: what the network makes of it while the pen still moves, and all that is computed on the way."""

import gradio as gr
import numpy as np
import torch
from gradio.components import Component

from core.calibration import probabilities
from core.complaint import Complaint
from core.digits import centred, ink, inputs, reader
from core.images import from_url, opened, packed
from demos.cnn.part import Part
from demos.views import START, view
from demos.wiring import wire
from demos.wording import say


def compute(drawing: str) -> dict:
    """Reads one drawn digit.

    Args:
        drawing: a `data:image/...;base64,...` address: a drawing, light on dark or dark on light, or a photograph of a
            digit on paper; at most 6 MB.

    Returns:
        digit: 0 to 9. p: its probability and those of the others, in order, sum 1: the softmax of the last layer's
        scores divided by temperature (fitted on digits that were held out). seen: the 28 x 28 that the network sees.
        layers: for each its name, kind, kernel, channels, side (0 for a row of numbers), field, step
        and start (size, jump and start of `core.models.staged.Field`), and maps, whose bytes 0, 127 and 254 stand for
        -m, 0 and m, m being the largest number of the layer on either side of 0. kernels: of the first layer,
        (filters, 5, 5) flat, and biases. notes: what was done to the file, (en, zh) each.

    Raises:
        Complaint: nothing is drawn, or whatever `core.images` has against the file.
    """
    picture = opened(from_url(drawing))
    seen = centred(ink(picture.image))
    model, temperature = reader()
    with torch.inference_mode():
        features = model.features(inputs(seen[None]))
    p = probabilities(features["scores"][0], temperature)
    layers = []
    for stage in model.line:
        maps = features[stage.name][0].numpy().reshape(stage.channels, max(1, stage.side), -1)
        most = float(np.abs(maps).max())
        layers.append(
            dict(
                name=stage.name,
                kind=stage.layer.kind,
                kernel=stage.layer.kernel,
                channels=stage.channels,
                side=stage.side,
                field=stage.field.size,
                step=stage.field.jump,
                start=stage.field.start,
                maps=packed(maps, -most, most * 128 / 127),
            )
        )
    first = model.stages[model.line[0].name]
    return dict(
        digit=int(p.argmax()),
        temperature=round(temperature, 3),
        p=[round(float(share), 5) for share in p],
        seen=packed(seen[None].astype(np.float32) / 255, 0, 1),
        layers=layers,
        kernels=[round(float(number), 4) for number in first.weight.flatten()],
        biases=[round(float(number), 4) for number in first.bias],
        notes=[list(note) for note in picture.notes],
    )


def lay(*_: Component) -> Part:
    """The canvas, and what the network makes of what is on it. Needs nothing of what the tab offers its parts."""
    gr.Markdown(say("cnn.draw_hint"))
    pad = view("draw", START, elem_id="cnn-draw")
    inside = view("draw_layers", elem_id="cnn-draw-layers")

    def read(event: gr.EventData):
        number = getattr(event, "number", None)  # comes back, so that the page knows which drawing this is about
        try:
            found = compute(getattr(event, "drawing", ""))
        except Complaint as complaint:
            # a moving pen is no moment for a notice over the page: the canvas says it
            return dict(number=number, complaint=[complaint.en, complaint.zh]), gr.skip()
        return {"number": number} | {key: found[key] for key in ("digit", "p", "seen", "notes")}, found

    wire(pad.sketch, read, [], [pad, inside], show_progress="hidden")

    return Part()
