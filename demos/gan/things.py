"""Ten kinds of things: forged photographs of 32 x 32. Every column hangs one noise, every row one kind."""

from typing import Any

import gradio as gr
import torch
from torch import Tensor

from core.calibration import probabilities
from core.cifar import CLASSES
from core.cifar import reader as classifier
from core.complaint import SEEDS, Complaint, checked_seed, choice, number, whole
from core.gan import drawn, forger, judge
from core.images import to_url
from demos.contract import Link
from demos.gan.part import Forged
from demos.gan.pieces import pictures, sheet
from demos.gan.variety import recorded
from demos.gan.verdicts import share
from demos.views import START, view
from demos.wiring import wire
from demos.wording import say

FORGER = "cifar"
NAMES = tuple(en for en, _ in CLASSES)
COLUMNS, MOST = 8, 16
FRAMES, MOST_FRAMES = 21, 60
FIRST = "4.1.7"
"""Seed and the numbers of two kinds, between which the page changes a picture at first."""
CUT = ("The truncation", "截断")


def compute(seed: int = 1, columns: int = COLUMNS, truncation: float = 1.0) -> dict[str, Any]:
    """Forges every kind of thing from the same few noises.

    Args:
        seed: of the noise of the first column, 0 to 2,147,483,647; the others have the seeds after it.
        columns: 1 to 16. truncation: 1 as learned, 0 the average picture of a kind.

    Returns:
        sheet: ten rows of pictures as one `data:` address (WebP); columns, seeds; side: pixels of a picture; kinds:
        [English, Chinese] of each row; read: for each picture, row by row, [the class that our classifier of CIFAR-10
        finds, its probability]; right: how many of them are the kind that was asked for; scores: of the detective,
        above 0 for rather genuine; truncation.

    Raises:
        Complaint: whatever is outside these ranges. WeightsError: a network is missing.
    """
    seed, columns = checked_seed(seed), whole(("The number of columns", "列数"), columns, 1, MOST)
    truncation = number(CUT, truncation, 0, 1)
    seeds = [(seed + k) % (SEEDS + 1) for k in range(columns)]
    x, kinds = forged(seeds, truncation)
    p, scores = judged(x, kinds)
    best, which = p.max(1)
    return dict(
        sheet=to_url(sheet(x, columns), "webp"),
        columns=columns,
        side=x.shape[-1],
        seeds=seeds,
        kinds=[list(names) for names in CLASSES],
        read=[[k, round(share, 4)] for k, share in zip(which.tolist(), best.tolist(), strict=True)],
        right=int((which == kinds).sum()),
        scores=scores,
        truncation=truncation,
    )


@torch.inference_mode()
def forged(seeds: list[int], truncation: float) -> tuple[Tensor, Tensor]:
    """Pictures (kinds x seeds, 3, side, side) in [-1, 1], kind by kind, and their kinds (kinds x seeds,)."""
    net, _ = forger(FORGER)
    z, _ = drawn(seeds, net.config)
    kinds = torch.arange(net.config.classes).repeat_interleave(len(seeds))
    w = net.styled(z.repeat(net.config.classes, 1), kinds, truncation)
    return pictures(w, net), kinds


@torch.inference_mode()
def judged(x: Tensor, kinds: Tensor) -> tuple[Tensor, list[float]]:
    """The classifier's probabilities of pictures, (count, 10), and the detective's scores of them as `kinds`."""
    network, entry = classifier()
    logits = network.answers(x.contiguous(memory_format=torch.channels_last))
    scores = judge(FORGER)[0](x, kinds)
    return probabilities(logits, entry["temperature"]), [round(score, 3) for score in scores.tolist()]


@torch.inference_mode()
def between(
    seed: int = 4, kind: str = "automobile", to: str = "horse", truncation: float = 1.0, frames: int = FRAMES
) -> dict[str, Any]:
    """Changes a forged picture from one kind of thing into another; the noise stays.

    Args:
        seed: of the noise, 0 to 2,147,483,647. kind, to: names of CIFAR-10's classes, such as "cat".
        truncation: 0 to 1. frames: 2 to 60, at equal steps from the w of `kind` to that of `to`.

    Returns:
        sheet: the pictures side by side as one `data:` address (WebP); frames; side; seed; kind, to: their numbers;
        p: for every picture the ten probabilities of our classifier of CIFAR-10, in the order of its classes; scores:
        of the detective, for the nearer of the two kinds; kinds: [English, Chinese] of each class; truncation; text:
        for the address.

    Raises:
        Complaint: whatever is outside these ranges. WeightsError: a network is missing.
    """
    seed, truncation = checked_seed(seed), number(CUT, truncation, 0, 1)
    ends = [NAMES.index(choice(("The kind", "类别"), name, NAMES)) for name in (kind, to)]
    frames = whole(("The number of frames", "帧数"), frames, 2, MOST_FRAMES)
    net, _ = forger(FORGER)
    z, _ = drawn([seed], net.config)
    start, end = net.styled(z.expand(2, -1), torch.tensor(ends), truncation)
    shares = torch.linspace(0, 1, frames)[:, None]
    x = pictures(start.lerp(end, shares), net)
    p, scores = judged(x, torch.where(shares[:, 0] < 0.5, *ends))
    return dict(
        sheet=to_url(sheet(x, frames), "webp"),
        frames=frames,
        side=x.shape[-1],
        seed=seed,
        kind=ends[0],
        to=ends[1],
        p=[[round(share, 4) for share in row] for row in p.tolist()],
        scores=scores,
        kinds=[list(names) for names in CLASSES],
        truncation=truncation,
        text=written(seed, *ends),
    )


def written(seed: int, kind: int, to: int) -> str:
    """A change as text for the address, such as "3.3.7"."""
    return f"{seed}.{kind}.{to}"


def read(text: object) -> tuple[int, str, str]:
    """Seed and both kinds of such a text. Raises Complaint."""
    fields = text.split(".") if isinstance(text, str) and len(text) < 20 else []
    if len(fields) == 3 and all(field.isascii() and field.isdecimal() for field in fields):
        seed, *kinds = map(int, fields)
        if seed <= SEEDS and max(kinds) < len(NAMES):
            return seed, NAMES[kinds[0]], NAMES[kinds[1]]
    raise Complaint(
        "A change is written as seed.kind.kind, such as 3.3.7; this was not.",
        "变化写作 种子.类别.类别，例如 3.3.7；这个不是。",
    )


def history() -> dict[str, Any] | None:
    """How this forger learned, see `demos.gan.variety.recorded`; None if that is not there."""
    try:
        return recorded(FORGER)
    except Complaint:
        return None


def lay(held: gr.Textbox) -> Forged:
    """Builds the part inside an opened tab. Nothing in it depends on what is held."""
    gr.Markdown(say("gan.things_hint"))
    change = gr.Textbox(FIRST, show_label=False, container=False, elem_classes="unseen")
    with gr.Row(equal_height=False):
        with gr.Column(scale=6, min_width=320):
            board = view("gan_things", START, elem_id="gan-things")
        with gr.Column(scale=5, min_width=300):
            with gr.Row():
                seed = gr.Number(1, precision=0, label=say("gan.things_seed"), min_width=120)
                cut = gr.Slider(0, 100, 100, step=5, label=say("gan.wall_cut"), min_width=180)
            turned = view("gan_morph", elem_id="gan-morph")
    learned = view("gan_grown", elem_id="gan-grown")

    def began(seed, cut, change):
        """All at once, and how it was learned, which never changes."""
        return *hung(seed, cut, change), history()

    def hung(seed, cut, change):
        return compute(seed, COLUMNS, share(cut) / 100), between(*read(change), share(cut) / 100)

    def rolled(event: gr.EventData, cut):
        number = checked_seed(event._data.get("seed"))
        return number, compute(number, COLUMNS, share(cut) / 100)

    def picked(event: gr.EventData, cut):
        """Another picture, or another kind that it shall become."""
        found = between(*read(event._data.get("change")), share(cut) / 100)
        return found, found["text"]

    quick = dict(show_progress="hidden")
    wire(board.start, began, [seed, cut, change], [board, turned, learned], **quick)
    wire([seed.submit, cut.input], hung, [seed, cut, change], [board, turned], **quick)
    wire(board.roll, rolled, [cut], [seed, board], **quick)
    wire([board.pick, turned.pick], picked, [cut], [turned, change], trigger_mode="always_last", **quick)
    return Forged(
        links={
            "things_seed": Link(seed, lambda raw: checked_seed(int(raw))),
            "things_cut": Link(cut, lambda raw: share(int(raw))),
            "thing": Link(change, lambda raw: raw if read(raw) else FIRST),
        }
    )


ENDPOINTS = {"gan_things": (compute, "torch"), "gan_between": (between, "torch")}
