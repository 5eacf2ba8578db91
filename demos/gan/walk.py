"""Walk and mix: the pictures between held pictures, and pictures that take some sizes of their maps from one of them
and the others from another."""

import base64
import io
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import gradio as gr
import torch
from PIL import Image
from torch import Tensor

from core.complaint import Complaint, whole
from core.gan import slerp
from core.images import to_url
from core.models.gan import SMALLEST
from demos.contract import Link, switched
from demos.gan.part import Forged
from demos.gan.pieces import FIRST, LARGE, Piece, image, kinds, model, noise, pictures, pieces, sheet, styles
from demos.views import view
from demos.wiring import wire
from demos.wording import say

FRAMES, MOST = 60, 240
COLUMNS = 10
PACE, REST = 60, 600
"""Milliseconds for which the animation shows a picture, and a picture that is held."""


def compute(held: str = FIRST, frames: int = FRAMES, round_trip: bool = False) -> dict[str, Any]:
    """The pictures on the way from one held picture to the next.

    Args:
        held: 2 to 6 pictures in this order, see `demos.gan.shelf.compute`.
        frames: about so many pictures, 2 to 240; every way gets as many steps as the others.
        round_trip: whether the way goes back to the first picture.

    Returns:
        sheet: all pictures row by row as one `data:` address (WebP); columns of it; side: pixels of a picture; count;
        stops: at which number each held picture stands (the first twice on a round trip); pieces: [seed, name of the
        design] of each; ways: "z" (along the sphere of noise) or "w" (straight through w) from each to the next.

    Raises:
        Complaint: whatever is outside these ranges. WeightsError: a network is missing.
    """
    found, w, stops, ways = walked(held, frames, round_trip)
    x, named = pictures(w), kinds()
    return dict(
        sheet=to_url(sheet(x, COLUMNS), "webp"),
        columns=COLUMNS,
        side=x.shape[-1],
        count=len(x),
        stops=stops,
        pieces=[[one.seed, named[one.kind]] for one in found],
        ways=ways,
    )


def walked(held: object, frames: object, round_trip: object) -> tuple[list[Piece], Tensor, list[int], list[str]]:
    """Held pieces, the w (count, w) of the walk, at which number each piece stands, and the ways. Raises Complaint."""
    found = pieces(held, least=2)
    frames = whole(("The number of frames", "帧数"), frames, 2, MOST)
    if not isinstance(round_trip, bool):
        raise Complaint("The round trip must be true or false.", "“回到起点”必须是 true 或 false。")
    legs = list(pairwise([*found, found[0]] if round_trip else found))
    steps = max(1, frames // len(legs))
    parts, ways = zip(*(way(a, b, steps) for a, b in legs), strict=True)
    end = styles([legs[-1][1]])
    return found, torch.cat([*parts, end]), [steps * i for i in range(len(legs) + 1)], list(ways)


@torch.inference_mode()
def way(a: Piece, b: Piece, steps: int) -> tuple[Tensor, str]:
    """The w (steps, w) of a way from a towards b, which begins at a and ends one step before b, and its name.

    Pictures of one design: along the sphere of noise ("z"), so that every one on the way is as likely as another. Noise
    says nothing of the design; from one design to another the way is a straight line through w ("w").
    """
    shares = [step / steps for step in range(steps)]
    if a.kind != b.kind:
        start, end = styles([a, b])
        return torch.stack([start.lerp(end, share) for share in shares]), "w"
    net, ((start, end), which) = model(), noise([a, b])
    z = torch.stack([slerp(start, end, share) for share in shares])
    cut = torch.tensor([(1 - share) * a.percent + share * b.percent for share in shares])[:, None] / 100
    return net.centres[a.kind].lerp(net.styled(z, which[:1].expand(steps)), cut), "z"


def animation(held: str = FIRST, frames: int = FRAMES, round_trip: bool = False) -> dict[str, Any]:
    """The walk as an animation of 256 x 256 pixels that begins again at its end.

    Args:
        held, frames, round_trip: as in `compute`.

    Returns:
        name of the file; data: a GIF in base64.

    Raises:
        Complaint: whatever is outside these ranges. WeightsError: a network is missing.
    """
    _, w, stops, _ = walked(held, frames, round_trip)
    w = w[:-1] if round_trip else w  # its first picture comes after its last one anyway
    # an octree is some ten times as fast as what Pillow takes by itself, and flat colours need no more
    images = [image(x, LARGE).quantize(255, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE) for x in pictures(w)]
    buffer, pace = io.BytesIO(), [REST if i in stops else PACE for i in range(len(images))]
    images[0].save(buffer, "gif", save_all=True, append_images=images[1:], duration=pace, loop=0)
    return dict(name="walk.gif", data=base64.b64encode(buffer.getvalue()).decode("ascii"))


def mix(held: str = FIRST) -> dict[str, Any]:
    """Style mixing of the first two held pictures (Karras et al. 2019, section 3.1): every size of the maps takes its w
    from one of them.

    Args:
        held: 2 to 6 pictures, see `demos.gan.shelf.compute`; A and B are the first two.

    Returns:
        sizes: sides of the maps, from 4 on; sheet: a picture for every choice, row by row as one `data:` address
        (WebP); picture number n takes size k from A if bit k of n is 1, else from B. columns of the sheet; side: pixels
        of a picture; pieces: [seed, name of the design] of A and B.

    Raises:
        Complaint: not such a text, or fewer than two pictures. WeightsError: a network is missing.
    """
    pair, named = pieces(held, least=2)[:2], kinds()
    sizes = len(model().config.widths)
    x = pictures(mixtures(*styles(pair), sizes))
    return dict(
        sizes=[SMALLEST << size for size in range(sizes)],
        sheet=to_url(sheet(x, 1 << sizes // 2), "webp"),
        columns=1 << sizes // 2,
        side=x.shape[-1],
        pieces=[[one.seed, named[one.kind]] for one in pair],
    )


def mixtures(a: Tensor, b: Tensor, sizes: int) -> Tensor:
    """All choices of a or b, (w,) each, for every size: (2 ** sizes, sizes, w), in the order of `mix`."""
    number, size = torch.arange(1 << sizes)[:, None], torch.arange(sizes)
    return torch.where((number >> size & 1).bool()[..., None], a, b)


def lay(held: gr.Textbox) -> Forged:
    """Builds the part inside an opened tab."""
    gr.Markdown(say("gan.walk_hint"))
    turn = gr.Checkbox(False, label=say("gan.walk_round"), elem_id="gan-walk-round")
    path = view("gan_walk", elem_id="gan-walk")
    gr.Markdown(say("gan.walk_mix"))
    matrix, saver = view("gan_mix", elem_id="gan-mix"), view("saver")

    def answer(held, turn) -> Iterator[dict]:
        there = pieces(held)
        if len(there) < 2:
            yield {path: dict(few=len(there)), matrix: None}
        else:
            yield {path: compute(held, FRAMES, bool(turn))}
            yield {matrix: mix(held)}

    def turned(held, turn) -> Iterator[dict]:
        yield next(answer(held, turn))

    def packed(held, turn):
        return animation(held, FRAMES, bool(turn))

    wire(turn.input, turned, [held, turn], [path, matrix], show_progress="hidden")
    wire(path.gif, packed, [held, turn], [saver])
    round_link = Link(turn, switched)
    return Forged(answer, (turn,), (path, matrix), {"gan_round": round_link})


ENDPOINTS = {"gan_walk": (compute, "torch"), "gan_walk_gif": (animation, "torch"), "gan_mix": (mix, "torch")}
