"""Any painting: a style nobody has learned, several of them by weight, and only where a mask lets them."""

import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
import torch
from PIL import Image
from torch import Tensor

from core import painting
from core.complaint import Complaint, choice, number, whole
from core.images import from_url, opened, to_url
from core.luma import luma, recoloured
from core.seeing import pixels
from demos.contract import Link, switched
from demos.paintings import paintings
from demos.style.hands import PRINT, SIDE, painters, share, sized, whole_or_tiles
from demos.style.models import FIRST, FIRST_STYLE, SIDES, enlarged, label, missing, photo, url
from demos.style.outputs import STRENGTH, looked, shared
from demos.style.part import Part, closed
from demos.views import view
from demos.wiring import wire
from demos.wording import say

PLACES = ("second", "third")
"""What the painters beside the chosen one are called in an address."""
REST = ("photo", "second")
"""What stands where the brush has been: the photograph, or the second style."""
ALIKE = 0.05
"""How much the proportions of a mask may differ from those of its picture."""


def compute(
    picture: str = FIRST,
    styles: list[str] = [FIRST_STYLE],  # noqa: B006  (is only read)
    weights: list[float] = [1.0],  # noqa: B006
    strength: float = 1.0,
    mask: str | None = None,
    colour: bool = False,
    side: int = 512,
    elsewhere: str | None = None,
) -> dict[str, Any]:
    """Paints a photograph in the manner of any paintings in one pass; by regions, if there is a mask.

    Args:
        picture: name of a photograph that hangs here, or a `data:image/...;base64,...` address of at most 6 MB.
        styles: 1 to 4 names of paintings that hang here, or such addresses of at least 32 pixels a side.
        weights: of each style, 0 to 100; they are scaled to a sum of 1.
        strength: 0 is the photograph, 1 all of the styles.
        mask: a picture as a `data:` address whose white parts are painted so and whose black parts are left to
            `elsewhere`; it is scaled to the photograph, whose proportions it must have. None: everything is painted so.
        colour: keep the photograph's colours. side: of the longer side, 64 to 2048 pixels.
        elsewhere: the style of the black parts, painted just as strongly; None: there the photograph stays.

    Returns:
        before, after: the photograph and what became of it, as `data:` addresses; size: [width, height]; given: that
        of the photograph as it came, if it was enlarged; labels: of the styles, [en, zh] each, that of `elsewhere`
        last; strength, colour; kept: share of the black parts.

    Raises:
        Complaint: whatever is outside these ranges. WeightsError: the network is missing.
    """
    strength = number(STRENGTH, strength, 0, 1)
    shares = torch.tensor([shared(styles, weights)]) * strength
    image, x = photo(picture, whole(SIDE, side, 64, PRINT))
    keep = None if mask is None else masked(mask, image)
    regions: list[tuple[list[str], Tensor]] = [(styles, shares)]
    if keep is not None and elsewhere is not None:
        regions.append(([elsewhere], torch.tensor([[strength]])))
    with painting.quick():
        layers = [whole_or_tiles(x, *looked(*each)) for each in regions]
    made, *below = [recoloured(each, x) if colour else each for each in layers]
    if keep is not None:
        rest = below[0] if below else x
        made = rest + keep * (made - rest)
    return dict(
        before=to_url(image, "jpeg"),
        after=url(made),
        size=list(image.size),
        given=enlarged(picture, image),
        labels=[label(style) for style in [*styles, *([elsewhere] if below else [])]],
        strength=strength,
        colour=bool(colour),
        kept=0.0 if keep is None else round(1 - keep.mean().item(), 4),
    )


def masked(mask: str, image: Image.Image) -> Tensor:
    """A mask at the size of a picture: (1, 1, height, width), 1 where it is painted. Raises Complaint."""
    found = opened(from_url(mask)).image
    ours, theirs = (one.width / one.height for one in (image, found))
    if abs(theirs / ours - 1) > ALIKE:
        raise Complaint(
            f"The mask has {found.width} × {found.height} pixels, other proportions than the picture's"
            f" {image.width} × {image.height}.",
            f"蒙版是 {found.width} × {found.height} 像素，与图片的 {image.width} × {image.height} 比例不同。",
        )
    return (luma(pixels(found.resize(image.size, Image.Resampling.BILINEAR))) + 1) / 2


def hand(raw: str) -> str:
    """A painter in an address, "-" for nobody. Raises ValueError."""
    return choice(("The painter", "画家"), raw, ("-", *paintings()))


def lay(picture: gr.State, style: gr.State) -> Part:
    """Builds the part inside an opened tab. `picture` and `style` are the room's."""
    if error := missing(painting.ANY):
        return closed(error)
    gr.Markdown(say("style.any_hint"))
    mask = gr.State((None, None))  # the picture it was drawn for, and the mask
    with gr.Row(equal_height=False):
        with gr.Column(scale=8, min_width=320):
            shown = view("curtain", elem_id="style-any")
        with gr.Column(scale=4, min_width=280):
            strength = gr.Slider(0, 1, 1, step=0.05, label=say("style.strength"))
            first = gr.Slider(0, 1, 1, step=0.05, label=say("style.weight_first"))
            others = [gr.Dropdown([(say("style.nobody"), "-"), *painters()], value="-", label=say("style.second"))]
            weights = [gr.Slider(0, 1, 0.5, step=0.05, label=say("style.weight"))]
            others.append(gr.Dropdown([(say("style.nobody"), "-"), *painters()], value="-", label=say("style.third")))
            weights.append(gr.Slider(0, 1, 0.5, step=0.05, label=say("style.weight")))
            rest = gr.Radio(
                [(say(f"style.rest_{name}"), name) for name in REST], value="photo", label=say("style.rest")
            )
            colour = gr.Checkbox(False, label=say("style.colour"))
            side = gr.Radio([*SIDES, PRINT], value=512, label=say("style.side"))
    inputs = (strength, first, *others, *weights, rest, colour, side, mask)

    def answer(picture, style, strength, first, second, third, second_weight, third_weight, rest, colour, side, mask):
        pairs = [(style, first), (second, second_weight), (third, third_weight)]
        pairs = [(name, weight) for name, weight in pairs if name != "-"]
        began, mask = time.perf_counter(), mask[1] if mask[0] == picture else None
        below = second if rest == "second" and second != "-" else None
        if mask and below:  # it paints there, and there only
            pairs = [pair for pair in pairs if pair[0] != second] or pairs
        styles, shares = ([pair[k] for pair in pairs] for k in (0, 1))
        found = compute(picture, styles, shares, strength, mask, colour, side, below)
        found |= dict(milliseconds=round(1000 * (time.perf_counter() - began)), below=bool(below))
        found |= dict(alone=bool(mask) and rest == "second" and not below)
        yield {shown: found | dict(masks=True, photo=str(hash(picture)))}  # a mask belongs to its photograph

    def drawn(event: gr.EventData, picture, *values) -> Iterator[dict]:
        fresh = (picture, event._data.get("mask"))
        yield {mask: fresh}
        yield from answer(picture, *values, fresh)

    events = [strength.change, first.change, rest.input, colour.input, side.input]
    events += [box.input for box in others] + [box.change for box in weights]
    wire(events, answer, [picture, style, *inputs], [shown], show_progress="hidden")
    wire(shown.mask, drawn, [picture, style, *inputs[:-1]], [mask, shown])

    return Part(
        answer,
        inputs,
        (shown, mask),
        {
            "any_strength": Link(strength, share),
            "any_rest": Link(rest, lambda raw: choice(("The rest", "其余部分"), raw, REST)),
            "any_colour": Link(colour, switched),
            "any_side": Link(side, sized),
            "any_first": Link(first, share),
            **{f"any_{place}": Link(box, hand) for place, box in zip(PLACES, others, strict=True)},
            **{f"any_{place}_weight": Link(box, share) for place, box in zip(PLACES, weights, strict=True)},
        },
    )
