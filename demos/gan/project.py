"""Find this face: the forged picture that is nearest to one that a visitor brings, step by step."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image, ImageOps
from torch import Tensor

from core.complaint import Complaint, checked_seed, choice, whole
from core.projecting import PULL, TRIED, Moment, project
from core.seeing import pixels
from demos.contract import Link
from demos.gan.part import Forged
from demos.gan.pieces import image, kinds, model, pictures, piece, pieces, styles, url
from demos.pictures import REFUSED, find, kept, photos, thumbnails, wall
from demos.style.models import eye
from demos.views import view
from demos.wiring import wire
from demos.wording import say

FIRST, OWN = "astronaut", "own"
"""OWN stands for a picture that a visitor brought; it never gets into an address."""
MOST_STEPS = 300
EVERY = 3
"""Steps between two pictures that are kept for the slider."""
LONGEST_NAME = 30
FACES = {"astronaut": (0.22, 0.0, 0.44)}
"""Where the face is on a photograph that hangs here: left, top and side of a square, as shares of the width."""


def compute(
    picture: str = FIRST, steps: int = 120, every_size: bool = False, seed: int = 1
) -> Iterator[dict[str, Any]]:
    """Looks for the forged picture that is nearest to a picture, by gradient descent on w.

    Args:
        picture: name of a photograph that hangs here, or of a forged picture such as "7.1.70", or a
            `data:image/...;base64,...` address of at most 6 MB. Its middle square is used, at 64 x 64 pixels.
        steps: 1 to 300. every_size: look for a w for every size of maps, instead of one for all.
        seed: of the 256 draws of noise of which the best is where it begins, 0 to 2,147,483,647; None draws one.

    Yields:
        See `board`; phase is "drawing", then "descending", at the end "done".

    Raises:
        Complaint: whatever is outside these ranges. WeightsError: a network is missing.
    """
    steps, seed = whole(("The number of steps", "步数"), steps, 1, MOST_STEPS), checked_seed(seed)
    if not isinstance(every_size, bool):
        raise Complaint("“Every size its own w” must be true or false.", "“每个尺寸各有一个 w”必须是真或假。")
    target, frames, curve = square(picture), [], []
    for moment in project(model(), eye(), pixels(target), steps, every_size, seed):
        if moment.phase == "descending":
            curve.append([moment.step, *(round(x, 6) for x in (moment.total, moment.pixels, moment.features))])
            if moment.step % EVERY == 0 or moment.step == steps:
                frames.append([moment.step, url(moment.picture[0])])
        yield board(moment, pixels(target), frames, curve) | dict(
            target=url(pixels(target)[0]), planned=steps, every_size=every_size, seed=seed, phase=phase(moment, steps)
        )


def phase(moment: Moment, steps: int) -> str:
    """ "drawing", "descending" or "done"."""
    return "done" if (moment.phase, moment.step) == ("descending", steps) else moment.phase


def board(moment: Moment, target: Tensor, frames: list[list], curve: list[list]) -> dict[str, Any]:
    """What the page shows of a moment.

    step: draws of `draws`, later steps of `planned`; now: the picture, a `data:` address; frames: [step, address] of
    every third step; curve: [step, loss, pixels, features] each; off: root mean square difference of colours in steps
    of brightness out of 255; far: how far w is from the middle of its design, where ordinary pictures have about 1;
    apart: how far the w of the sizes are from each other's mean, in units of the same, 0 if there is one w; kind: name
    of the design; numbers: how many numbers w has. target: a `data:` address; phase, every_size, seed.
    """
    w = moment.w[0]
    length = w.square().mean().sqrt().clamp_min(1e-6)
    return dict(
        step=moment.step,
        draws=TRIED,
        now=url(moment.picture[0]),
        frames=list(frames),
        curve=list(curve),
        off=round(127.5 * (moment.picture - target).square().mean().sqrt().item(), 1),
        far=round(math.sqrt(moment.pull / PULL), 2),
        apart=round(((w - w.mean(0)).square().mean().sqrt() / length).item(), 3) if w.dim() == 2 else 0.0,
        kind=kinds()[moment.kind],
        numbers=w.numel(),
    )


def square(picture: str) -> Image.Image:
    """The middle square of a picture, or the face if it is known where, at the size that the forger makes. Raises
    Complaint as `compute` does."""
    side = model().config.side
    if isinstance(picture, str) and len(picture) <= LONGEST_NAME and picture.count(".") == 2:
        return image(pictures(styles([piece(picture)]))[0])
    whole = find(picture).image
    left, top, size = (round(share * whole.width) for share in FACES.get(picture, (0, 0, 0)))
    part = whole.crop((left, top, left + size, top + size)) if size else whole
    return ImageOps.fit(part, (side, side), Image.Resampling.LANCZOS)


def waiting(picture: str) -> dict[str, Any]:
    """What the page shows before the search."""
    return dict(phase="ready", target=url(pixels(square(picture))[0]), draws=TRIED)


def hung(held: str, chosen: str, notes: list[list[str]] | None = None, **more: Any) -> dict[str, Any]:
    """Value of the view `intake`: what is held, then the photographs."""
    hand = pieces(held)
    mine = [
        [one.name, f"forged: {one.name}", f"伪造的：{one.name}", "this forger", url(made)]
        for one, made in zip(hand, pictures(styles(hand)) if hand else (), strict=True)
    ]
    return wall(chosen, notes, [*mine, *thumbnails()], own=["A face to find", "要找的脸"], **more)


@dataclass(eq=False)
class Desk:
    """A visitor's search. picture: what is looked for. turn: number of the search at hand; whoever searches with an
    older one stops. last: what the page shows of it. begun: whether the page shows anything."""

    picture: str = FIRST
    begun: bool = False
    turn: int = 0
    last: dict[str, Any] | None = None

    def halt(self) -> int:
        """Whoever searches here stops. Returns the number of the next search."""
        self.turn += 1
        return self.turn


def known(name: str) -> str:
    """A name that may stand in an address. Raises Complaint."""
    return piece(name).name if name.count(".") == 2 else choice(("The picture", "图片"), name, tuple(photos()))


def lay(held: gr.Textbox) -> Forged:
    """Builds the part inside an opened tab."""
    gr.Markdown(say("gan.project_hint"))
    desk, name = gr.State(Desk()), gr.Textbox(FIRST, show_label=False, container=False, elem_classes="unseen")
    intake = view("intake", elem_id="gan-project-intake")
    with gr.Accordion(say("gan.project_draw"), open=False):
        drawing = view("gan_project", {"draw": True}, elem_id="gan-project-draw")
    with gr.Row(elem_classes="learn-buttons"):
        start = gr.Button(say("gan.project_start"), variant="primary", min_width=120)
        stop = gr.Button(say("shell.stop"), min_width=100)
        every_size = gr.Checkbox(False, label=say("gan.project_every"), elem_id="gan-project-every")
        steps = gr.Slider(20, 200, 120, step=10, label=say("gan.project_steps"), min_width=180)
        seed = gr.Number(1, precision=0, label=say("gan.project_seed"), min_width=110)
    shown = view("gan_project", elem_id="gan-project")

    def answer(now, name, own: Desk) -> Iterator[dict]:
        if not own.begun:
            own.picture = name if name != OWN else FIRST
        yield {intake: hung(now, name)}
        if not own.begun:
            yield {shown: waiting(own.picture)}
        own.begun = True

    def chosen(event: gr.EventData, now, own: Desk) -> dict:
        given = event._data.get("picture")
        ready = waiting(given)  # complains before anything is changed
        own.halt()
        own.picture, notes = (given, []) if len(given) <= LONGEST_NAME else kept(given)
        own.last, mark = None, own.picture if len(own.picture) <= LONGEST_NAME else OWN
        brought = dict(mine=ready["target"]) if mark == OWN else {}
        return {name: mark, intake: hung(now, mark, notes, **brought), shown: ready}

    def searched(own: Desk, steps, every_size, seed) -> Iterator[dict]:
        turn = own.halt()
        for state in compute(own.picture, steps, every_size, seed):
            if own.turn != turn:
                return
            own.last = state
            yield {shown: state}

    def ended(own: Desk) -> dict:
        own.halt()
        running = own.last is not None and own.last["phase"] != "done"
        return {shown: own.last | dict(phase="stopped") if running else gr.skip()}

    wire([start.click, seed.submit], searched, [desk, steps, every_size, seed], [shown], lane="training", stop=stop)
    wire(stop.click, ended, [desk], [shown], queue=False, show_progress="hidden")
    takers = [intake.picture, drawing.picture]
    wire(takers, chosen, [held, desk], [name, intake, shown], lane="looking", failed=REFUSED, show_progress="hidden")
    links = {"find": Link(name, known, kept_back=OWN)}
    return Forged(answer, (name, desk), (name, intake, shown), links)


ENDPOINTS = {"gan_project": (compute, "training")}
