"""Look inside: what every stage of a network makes of the picture, and how one number of it comes about."""

from collections.abc import Iterator
from typing import Any

import gradio as gr
import torch
from PIL import Image
from torch import Tensor

from core import cifar
from core.complaint import choice, whole
from core.images import packed, to_url
from core.models.staged import Staged
from core.models.vgg import VGG
from core.receptive import Field, Neuron, fields, last_convolutions, neuron
from demos.cnn.models import FILES, FIRST, STAGE, look_at, network
from demos.cnn.part import Part
from demos.contract import Link
from demos.views import view
from demos.wiring import wire
from demos.wording import say

NETWORK = ("The network", "网络")
SCALE = ("The scale", "色标")
SCALES = ("one", "each")
"""All maps on one scale, which shows who speaks loudest; or each on its own, which shows what each one says."""
MOST = 64
"""Maps that are shown of a stage: those with the strongest response."""
TERMS = 12
"""Products that are listed of a neuron's sum: the largest."""


def stages(name: str) -> tuple[str, ...]:
    """The stages of a network that can be looked at: those made by a convolution."""
    return tuple(key for key in fields(network(name)) if key != "input" and not key.startswith("pool"))


def compute(
    picture: str = FIRST, model: str = "efficientnet", stage: str = "stem", way: str = "centre", scale: str = "one"
) -> dict[str, Any]:
    """The feature maps of one stage.

    Args:
        picture, way: as in `look.compute`.
        model: "efficientnet", "vgg" or "cifar10".
        stage: "stem", "stage1" to "stage7" or "head" of the first, "relu1_1" to "relu4_1" of the second, "stem" or
            "stage1" to "stage6" of the third.
        scale: "one" for all maps, or "each" its own, from its least to its greatest number.

    Returns:
        image: what the first convolution saw, side pixels high and wide; line: for every stage its name, channels,
        side of its maps in places and side of the square it sees in pixels; maps: the MOST strongest, packed (see
        `core.images.packed`), those with scales of their own from 0 to 1; ranges: these scales, [least, greatest] of
        each, None if there is one for all; channels: which they are; peaks: the strongest response of each, [value,
        row, column of the first place, how many places have it]; enlarged: how many times as wide the picture was made
        before, in whose pixels fields are counted; kernels: for the first stage, its kernels packed as (maps * 3, rows,
        columns), red, green, blue; field: size, jump and start of the receptive field in pixels; model, stage.

    Raises:
        Complaint: whatever is outside these ranges.
    """
    net, stage = chosen(model, stage)
    own = choice(SCALE, scale, SCALES) == "each"
    image, x = shown_to(model, picture, way)
    with torch.inference_mode():
        made = net.features(x)
    maps = made[stage][0]  # (channels, rows, columns)
    order = maps.flatten(1).amax(1).argsort(descending=True, stable=True)[:MOST]
    shown, seen = maps[order], fields(net)
    low, high = shown.amin((1, 2)), shown.amax((1, 2))
    return dict(
        image=to_url(image, "png" if model == "cifar10" else "jpeg"),
        side=image.width,
        enlarged=cifar.reader()[0].config.enlarge if model == "cifar10" else 1,
        line=[[name, made[name].shape[1], made[name].shape[2], seen[name].size] for name in stages(model)],
        maps=packed(between(shown, low, high).numpy(), 0, 1) if own else packed(shown.numpy()),
        ranges=torch.stack([low, high], 1).tolist() if own else None,
        channels=order.tolist(),
        peaks=[peak(maps[channel]) for channel in order],
        kernels=first_kernels(net, stage, order),
        field=field(seen[stage]),
        model=model,
        stage=stage,
    )


def number(
    picture: str = FIRST,
    model: str = "efficientnet",
    stage: str = "stem",
    channel: int = 0,
    row: int = 0,
    column: int = 0,
    way: str = "centre",
) -> dict[str, Any]:
    """One number of a feature map, taken apart: patch times kernel, summed.

    Args:
        picture, model, stage, way: as in `compute`.
        channel, row, column: which number, counted from 0.

    Returns:
        value: the number; total: the sum before skip connection and activation; bias; count: of its products; terms:
        the TERMS largest products, [channel before, row and column in the kernel, input, weight, product] each; rest:
        the sum of all others; patch and kernel, where the kernel is larger than 1 x 1, for the channel before that adds
        most (heaviest): lists of rows; below: for a 1 x 1 kernel, the number before it that weighs most, which an own
        kernel for this channel made: value, total, bias, patch, kernel, heaviest (its channel), count; None where there
        is none; colours: what the channels before are where they are the picture's, "rgb" or "bgr", else None; field,
        as in `compute`, place, stage, model.

    Raises:
        Complaint: whatever is outside these ranges.
    """
    net, stage = chosen(model, stage)
    _, x = shown_to(model, picture, way)
    with torch.inference_mode():
        shape = net.until(stage, x).shape[1:]
    names = (("The channel", "通道"), ("The row", "行"), ("The column", "列"))
    place = [whole(name, at, 0, size - 1) for name, at, size in zip(names, (channel, row, column), shape, strict=True)]
    colours = None if stage != first(net) else "bgr" if isinstance(net, VGG) else "rgb"
    return sums(neuron(net, stage, x, *place)) | dict(
        colours=colours, place=place, field=field(fields(net)[stage]), stage=stage, model=model
    )


def between(maps: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Maps (count, rows, columns) from 0 at their `low` to 1 at their `high`, (count,) both; 0 where these are one."""
    return (maps - low[:, None, None]) / (high - low).clamp_min(1e-12)[:, None, None]


def shown_to(model: str, picture: str, way: str) -> tuple[Image.Image, Tensor]:
    """A picture as the first convolution of a network of FILES sees it, and the pixels (1, 3, side, side) in [-1, 1]
    that the network gets. Raises Complaint."""
    image, x, _ = look_at(picture, way)
    if model != "cifar10":
        return image, x
    pixels = cifar.small(image)
    enlarged = cifar.SIDE * cifar.reader()[0].config.enlarge
    return Image.fromarray(pixels[0]).resize((enlarged, enlarged), Image.Resampling.BILINEAR), cifar.inputs(pixels)


def sums(found: Neuron) -> dict[str, Any]:
    """A neuron for the page."""
    products = found.products
    order = products.flatten().abs().argsort(descending=True, stable=True)[:TERMS].tolist()
    rows, columns = products.shape[1:]
    terms = []
    for flat in order:
        place = (flat // (rows * columns), flat // columns % rows, flat % columns)
        numbers = (found.patch[place].item(), found.kernel[place].item(), products[place].item())
        terms.append([*place, *(round(each, 4) for each in numbers)])
    heaviest, below = found.heaviest, found.below
    return dict(
        value=round(found.value, 4),
        total=round(found.total, 4),
        bias=round(found.bias, 4),
        count=products.numel(),
        terms=terms,
        rest=round(found.total - found.bias - sum(term[-1] for term in terms), 4),
        patch=rounded(found.patch[heaviest]) if rows > 1 else None,
        kernel=rounded(found.kernel[heaviest]) if rows > 1 else None,
        heaviest=heaviest,
        below=None if below is None else sums(below) | dict(heaviest=heaviest),
    )


def rounded(values: Tensor) -> list[list[float]]:
    """(rows, columns) as lists, to four places."""
    return [[round(value, 4) for value in row] for row in values.tolist()]


def chosen(model: str, stage: str) -> tuple[Staged, str]:
    """A network and one of its stages. Raises Complaint."""
    model = choice(NETWORK, model, tuple(FILES))
    return network(model), choice(STAGE, stage, stages(model))


def peak(values: Tensor) -> list:
    """[value, row, column, places] of the strongest response of a map (rows, columns)."""
    at, most = int(values.argmax()), values.max()
    return [round(most.item(), 3), at // values.shape[1], at % values.shape[1], int((values == most).sum())]


def field(found: Field) -> dict[str, int]:
    """A receptive field for the page."""
    return dict(size=found.size, jump=found.jump, start=found.start)


def first(net: Staged) -> str:
    """The stage that looks at the picture itself."""
    return next(name for name in net.stages if name != "input")


def first_kernels(net: Staged, stage: str, channels: Tensor) -> dict[str, Any] | None:
    """The kernels of channels of the stage that looks at the picture itself; None for later stages, whose kernels look
    at maps."""
    if stage != first(net):
        return None
    (conv, _), _ = last_convolutions(net.stages[stage], torch.zeros(1, 3, 8, 8))
    kernels = conv.weight[channels]  # (maps, 3, 3, 3)
    if isinstance(net, VGG):  # counts blue, green, red
        kernels = kernels.flip(1)
    return packed(kernels.flatten(0, 1).numpy())


def lay(picture: gr.State, way: gr.Radio) -> Part:
    """Builds the part inside an opened tab. `picture` and `way` are the room's."""
    with gr.Row(equal_height=False):
        model = gr.Radio([(say(f"cnn.{name}"), name) for name in FILES], value="efficientnet", label=say("cnn.network"))
        scale = gr.Radio([(say(f"cnn.scale_{name}"), name) for name in SCALES], value="one", label=say("cnn.scale"))
    shown, last = view("inside", elem_id="cnn-inside"), gr.State(("", ""))  # last: network and stage that are shown
    told = view("inside_number", elem_classes="unseen")

    def answer(picture, model, scale, way) -> Iterator[dict]:
        yield from shown_as(compute(picture, model, stages(model)[0], way, scale))

    def moved(picture, model, scale, way, event: gr.EventData) -> Iterator[dict]:
        yield from shown_as(compute(picture, model, event._data.get("stage"), way, scale))

    def coloured(picture, last, scale, way) -> Iterator[dict]:
        yield from shown_as(compute(picture, *last, way, scale))

    def shown_as(state) -> Iterator[dict]:
        yield {shown: state, last: (state["model"], state["stage"])}

    def taken_apart(picture, last, way, event: gr.EventData) -> dict[str, Any]:
        place = [event._data.get(name) for name in ("channel", "row", "column")]
        return number(picture, *last, *place, way)

    wire(model.input, answer, [picture, model, scale, way], [shown, last])
    wire(shown.stage, moved, [picture, model, scale, way], [shown, last])
    wire(scale.input, coloured, [picture, last, scale, way], [shown, last])
    wire(shown.number, taken_apart, [picture, last, way], [told], show_progress="hidden")
    links = {
        "network": Link(model, lambda raw: choice(NETWORK, raw, tuple(FILES))),
        "scale": Link(scale, lambda raw: choice(SCALE, raw, SCALES)),
    }
    return Part(answer, (model, scale, way), (shown, last), links)
