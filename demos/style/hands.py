"""Sixteen hands: one small network paints a photograph as any painter who hangs here would, in one pass."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import gradio as gr
import torch
from gradio.i18n import I18nData
from PIL import Image
from torch import Tensor

from core import painting
from core.complaint import Complaint, choice, number, whole
from core.images import to_url
from core.luma import recoloured
from core.models.style import Manner, Painter
from demos.contract import Link, switched
from demos.paintings import paintings
from demos.pictures import LARGE
from demos.style.models import FIRST, FIRST_STYLE, SIDES, enlarged, label, missing, photo, url
from demos.style.outputs import STRENGTH, mixed, shared, told
from demos.style.part import Part, closed
from demos.views import view
from demos.wiring import wire
from demos.wording import say

SIDE = ("The size in pixels", "像素大小")
PRINT = LARGE
"""Pixels of the longer side of the largest picture; what is larger than `SIDES` allow is painted piece by piece."""


def compute(
    picture: str = FIRST,
    styles: list[str] = [FIRST_STYLE],  # noqa: B006  (is only read)
    weights: list[float] = [1.0],  # noqa: B006
    strength: float = 1.0,
    colour: bool = False,
    side: int = 512,
) -> dict[str, Any]:
    """Paints a photograph in one pass through a network that has learned the paintings which hang here.

    Args:
        picture: name of a photograph that hangs here, or a `data:image/...;base64,...` address of at most 6 MB.
        styles: 1 to 4 names of paintings that hang here, whose painters are blended; with a `data:` address of one's
            own among them, the network of "Any painting" paints.
        weights: of each, 0 to 100; they are scaled to a sum of 1.
        strength: 0 is the photograph, 1 all of the painters.
        colour: keep the photograph's colours and take the painter's brightness.
        side: of the longer side, 64 to 2048 pixels. Strokes keep their size in pixels: on a larger picture they are
            finer.

    Returns:
        before, after: the photograph and what became of it, as `data:` addresses; size: [width, height]; given: that
        of the photograph as it came, if it was enlarged; labels: of the painters, [en, zh] each; strength, colour;
        stranger: whether one of them was never learned, so that the network of "Any painting" has painted.

    Raises:
        Complaint: whatever is outside these ranges. WeightsError: the network is missing.
    """
    strength = number(STRENGTH, strength, 0, 1)
    image, made = paint(picture, styles, weights, strength, colour, side)
    return dict(
        before=to_url(image, "jpeg"),
        after=url(made),
        size=list(image.size),
        given=enlarged(picture, image),
        labels=[label(name) for name in dict.fromkeys(styles)],
        strength=strength,
        colour=bool(colour),
        stranger=not set(styles) <= set(paintings()),
    )


def paint(
    picture: str, styles: object, weights: object, strength: float, colour: bool, side: object
) -> tuple[Image.Image, Tensor]:
    """The photograph at its size, and what became of it, (1, 3, height, width). Arguments and errors as `compute`."""
    image, x = photo(picture, whole(SIDE, side, 64, PRINT))
    shares: dict[Any, float] = {}
    for style, share in zip(styles, shared(styles, weights), strict=True):
        if not isinstance(style, str):
            raise Complaint("A painter is given by name.", "画家要用名称给出。")
        shares[style] = shares.get(style, 0.0) + strength * share
    with painting.quick():
        made = whole_or_tiles(x, *told(shares))
    return image, recoloured(made, x) if colour else made


def timed(*settings: Any) -> dict[str, Any]:
    """What `compute` returns, and how long it took."""
    began = time.perf_counter()
    found = compute(*settings)
    return found | {"milliseconds": round(1000 * (time.perf_counter() - began))}


def sized(raw: str) -> int:
    """A size in an address, one of those offered. Raises ValueError."""
    return (*SIDES, PRINT)[(*SIDES, PRINT).index(int(raw))]


def share(raw: str) -> float:
    """A share in an address. Raises ValueError."""
    return number(("A share", "份额"), float(raw), 0, 1)


def whole_or_tiles(picture: Tensor, net: Painter, manner: Manner) -> Tensor:
    """A picture painted at once, or, if it is larger than the largest of SIDES, in pieces; float32, see `spun`."""
    at_once = max(picture.shape[2:]) <= max(SIDES)
    paint = partial(net, manner=manner) if at_once else partial(painting.in_tiles, net, manner=manner)
    return painting.spun(paint, picture).float()


def painters() -> list[tuple[I18nData, str]]:
    """The paintings for a list to choose from, (title, name) each."""
    return [(say(f"painting/{slug}"), slug) for slug in paintings()]


def lay(picture: gr.State, style: gr.State) -> Part:
    """Builds the part inside an opened tab. `picture` and `style` are the room's."""
    if error := missing(painting.HANDS):
        return closed(error)
    with gr.Row(equal_height=False):
        with gr.Column(scale=8, min_width=320):
            shown = view("curtain", elem_id="style-hands")
        with gr.Column(scale=4, min_width=280):
            strength = gr.Slider(0, 1, 1, step=0.05, label=say("style.strength"))
            second = gr.Dropdown([(say("style.nobody"), "-"), *painters()], value="-", label=say("style.second"))
            blend = gr.Slider(0, 1, 0.5, step=0.05, label=say("style.blend"))
            colour = gr.Checkbox(False, label=say("style.colour"))
            side = gr.Radio([*SIDES, PRINT], value=512, label=say("style.side"))
    inputs = (strength, second, blend, colour, side)

    def answer(picture, style, strength, second, blend, colour, side) -> Iterator[dict]:
        blend = 0.0 if second == "-" else number(("The blend", "混合比例"), blend, 0, 1)
        pairs = [pair for pair in ((style, 1 - blend), (second, blend)) if pair[1]]
        styles, weights = ([pair[k] for pair in pairs] for k in (0, 1))
        yield {shown: timed(picture, styles, weights, strength, colour, side)}

    # "always_last" runs the newest values of these settings, for no event brings data of its own
    events = [strength.change, second.input, blend.change, colour.input, side.input]
    wire(events, answer, [picture, style, *inputs], [shown], show_progress="hidden")
    return Part(
        answer,
        inputs,
        (shown,),
        {
            "strength": Link(strength, share),
            "second": Link(second, lambda raw: choice(("The painter", "画家"), raw, tuple(paintings()))),
            "blend": Link(blend, share),
            "colour": Link(colour, switched),
            "side": Link(side, sized),
        },
    )


@torch.inference_mode()
def sheet(picture: str = FIRST, side: int = 256, styles: list[str] | None = None) -> dict[str, Any]:
    """One photograph by all painters.

    Args:
        picture: as in `compute`. side: of the longer side, 64 to 512 pixels. styles: names of paintings; None: all.

    Returns:
        rows: [name, label en, label zh, `data:` address] of each; before: the photograph.

    Raises:
        Complaint: whatever is outside these ranges. WeightsError: the network is missing.
    """
    image, x = photo(picture, whole(SIDE, side, 64, 512))
    net, names = painting.hands()
    if styles is not None:
        if not isinstance(styles, list) or len(styles) > len(names):
            raise Complaint("The painters must be given as a list of names.", "画家必须以名称列表给出。")
        names = [choice(("The painter", "画家"), one, tuple(names)) for one in styles]
    with painting.quick():
        rows = [[name, *label(name), url(net(x, net.manner(mixed({name: 1.0}))))] for name in names]
    return dict(rows=rows, before=to_url(image, "jpeg"))


def lay_sheet(picture: gr.State, style: gr.State) -> Part:
    """Builds the contact sheet inside an opened tab."""
    if error := missing(painting.HANDS):
        return closed(error)
    gr.Markdown(say("style.sheet_hint"))
    shown = view("sheet", elem_id="style-sheet")

    def answer(picture, style) -> Iterator[dict]:
        began = time.perf_counter()
        yield {shown: sheet(picture) | dict(seconds=round(time.perf_counter() - began, 2), chosen=style)}

    return Part(answer, (), (shown,))
