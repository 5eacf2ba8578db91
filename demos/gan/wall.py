"""The wall: forged pictures from a seed on, of a design, with something that a reader of avatars sees in them."""

import math
import time
from collections.abc import Iterator
from functools import cache
from typing import Any

import gradio as gr
import torch
from torch import Tensor

from core.complaint import SEEDS, checked_seed, choice, number, whole
from core.gan import drawn, reader
from core.images import to_url
from demos.avatars import avatars, credit
from demos.contract import Link
from demos.gan.part import Forged
from demos.gan.pieces import Piece, designs, kinds, model, pictures, scored, sheet, styles
from demos.gan.verdicts import sheet as beside
from demos.views import view
from demos.wiring import wire
from demos.wording import say

ATTRIBUTES: dict[str, tuple[str, tuple[str, ...]]] = {
    "glasses": ("glasses", ("glasses",)),
    "beard": ("beard", ("beard",)),
    "earrings": ("earrings", ("earrings",)),
    "long hair": ("hair", ("long",)),
    "bald": ("hair", ("none",)),
    "smile": ("mouth", ("smile", "laugh")),
    "surprised": ("mouth", ("surprised",)),
    "red hair": ("hair colour", ("red",)),
    "blue hair": ("hair colour", ("blue",)),
}
"""What may be asked for -> a column of the reader, and its values that count."""
ORDERS = ("drawn", "score")
REAL = 12
"""Genuine avatars above the wall."""
COUNTS, MOST = (4, 9, 16, 36, 64), 64
LOOKED = 1_024
"""Seeds that are looked through for an attribute, at most."""
AT_ONCE = 64
"""Seeds between two reports of the search."""
SEED, KIND = ("The seed", "种子"), ("The design", "画风")
COUNT, WITH = ("The number of pictures", "图片数量"), ("The attribute", "特征")
CUT, ORDER = ("The truncation", "截断"), ("The order", "顺序")
ANY = "any"
DETECTIVE = ("off", "score", "rank")
"""What the detective does on the page: nothing, write scores, or hang the pictures in their order."""
ANOTHER = "(seed, ...rest) => [gallery.roll(), ...rest]"
"""What the browser does to the settings before the wall is hung anew."""


def compute(
    seed: int = 1,
    count: int = 36,
    kind: str | None = None,
    attribute: str | None = None,
    truncation: float = 1.0,
    order: str = "drawn",
    scores: bool = False,
) -> Iterator[dict[str, Any]]:
    """Forges pictures. A seed gives the same picture in whatever company it hangs.

    Args:
        seed: of the first picture, 0 to 2,147,483,647; the others have the seeds after it, after the largest comes 0.
        count: pictures on the wall, 1 to 64.
        kind: a design: "micah", "adventurer" or "open-peeps"; None lets each seed decide.
        attribute: hang only pictures in which a network that reads avatars sees this: "glasses", "beard", "earrings",
            "long hair", "bald", "smile", "surprised", "red hair" or "blue hair"; up to 1,024 seeds are looked through.
        truncation: 1 as learned, 0 the average picture of a design; counted in whole percents.
        order: "drawn", or "score" for what the detective finds most convincing first.
        scores: whether the detective says something of every picture.

    Yields:
        The wall as far as it has come. sheet: all pictures row by row as one `data:` address (WebP), None if there are
        none; columns: of the sheet; side: pixels of a picture; hung: [name, seed, number of the design] of each;
        designs: names of the designs; scores: raw ones, above 0 for rather genuine, or None; asked: `count`; attribute;
        looked: seeds that have been looked through for it, or None; done: whether this is all.

    Raises:
        Complaint: whatever is outside these ranges. WeightsError: a network is missing.
    """
    seed, count = whole(SEED, seed, 0, SEEDS), whole(COUNT, count, 1, MOST)
    which = None if kind is None else designs().index(choice(KIND, kind, designs()))
    attribute = None if attribute is None else choice(WITH, attribute, tuple(ATTRIBUTES))
    percent = round(100 * number(CUT, truncation, 0, 1))
    ranked = choice(ORDER, order, ORDERS) == "score"
    judged = ranked or bool(scores)
    for hung, x, looked, over in gathered(seed, count, which, attribute, percent):
        state = dict(asked=count, attribute=attribute, looked=looked if attribute else None)
        if not (over and ranked):  # pictures first; the detective takes as long again
            yield state | shown(hung, x) | dict(scores=None, done=over and not judged)
    if judged:
        said = scored(x, torch.tensor([one.kind for one in hung]))
        order = sorted(range(len(hung)), key=lambda i: -said[i]) if ranked else range(len(hung))
        hung, x, said = [hung[i] for i in order], x[list(order)], [said[i] for i in order]
        yield state | shown(hung, x) | dict(scores=said, done=True)


def gathered(
    seed: int, count: int, kind: int | None, attribute: str | None, percent: int
) -> Iterator[tuple[list[Piece], Tensor, int, bool]]:
    """Pieces with an attribute and their pictures, as far as they have been found; how many seeds have been looked
    through; and whether that is all."""
    hung, found, at, most = [], [], 0, LOOKED if attribute else count
    over = False
    while not over:
        batch = named([(seed + at + i) % (SEEDS + 1) for i in range(min(AT_ONCE, most - at))], kind, percent)
        x = pictures(styles(batch))
        kept = having(x, attribute)[: count - len(hung)]
        hung, found = [*hung, *(batch[i] for i in kept)], [*found, x[kept]]
        full = len(hung) == count
        at += kept[-1] + 1 if full else len(batch)
        over = full or at >= most
        yield hung, torch.cat(found), at, over


def named(seeds: list[int], kind: int | None, percent: int) -> list[Piece]:
    """Pieces of seeds; without a kind each seed has its own."""
    own = drawn(seeds, model().config)[1].tolist() if kind is None else [kind] * len(seeds)
    return [Piece(seed, which, percent) for seed, which in zip(seeds, own, strict=True)]


@torch.inference_mode()
def having(x: Tensor, attribute: str | None) -> list[int]:
    """Which of the pictures (count, 3, side, side) have the attribute, as the reader sees it; all, if none is asked."""
    if attribute is None:
        return list(range(len(x)))
    told, (column, values) = reader(), ATTRIBUTES[attribute]
    share = told(x)[column][:, [told.columns[column].index(value) for value in values]].sum(1)
    return (share > 0.5).nonzero()[:, 0].tolist()


def shown(hung: list[Piece], x: Tensor) -> dict[str, Any]:
    """Pieces and their pictures for the page: sheet, columns, side, hung and designs, see `compute`."""
    columns = max(1, math.ceil(math.sqrt(len(hung))))
    return dict(
        sheet=to_url(sheet(x, columns), "webp") if hung else None,
        columns=columns,
        side=x.shape[-1],
        hung=[[one.name, one.seed, one.kind] for one in hung],
        designs=kinds(),
    )


@cache
def genuine() -> dict[str, Any]:
    """Some genuine avatars of every design, side by side, as a `data:` address, and whose they are, [en, zh]."""
    held = avatars("held")
    return dict(sheet=beside(held.pictures[held.some(REAL)], REAL), count=REAL, credit=credit())


def timed(*settings: Any) -> Iterator[dict[str, Any]]:
    """What `compute` yields, and the seconds that it has worked."""
    spent, began = 0.0, time.perf_counter()
    for state in compute(*settings):
        spent += time.perf_counter() - began
        yield state | dict(seconds=round(spent, 3))
        began = time.perf_counter()


def lay(held: gr.Textbox) -> Forged:
    """Builds the part inside an opened tab. What hangs here does not depend on what is held."""
    with gr.Row(equal_height=False):
        with gr.Column(scale=7, min_width=320):
            real = view("gan_real", elem_id="gan-real")
            board = view("gan_wall", elem_id="gan-wall")
        with gr.Column(scale=4, min_width=280):
            with gr.Row():
                another = gr.Button(say("gan.wall_another"), variant="primary", min_width=120)
                stop = gr.Button(say("shell.stop"), min_width=70, scale=0)
            cut = gr.Slider(0, 100, 100, step=1, label=say("gan.wall_cut"), info=say("gan.wall_cut_info"))
            count = gr.Radio(list(COUNTS), value=36, label=say("gan.wall_count"))
            offered = list(zip(kinds(), designs(), strict=True))
            kind = gr.Radio([(say("gan.wall_any"), ANY), *offered], value=ANY, label=say("gan.wall_kind"))
            has = gr.Dropdown(
                [(say("gan.wall_with_any"), ANY), *((say(f"gan.wall_with_{name}"), name) for name in ATTRIBUTES)],
                value=ANY,
                label=say("gan.wall_with"),
            )
            judged = gr.Radio(
                [(say(f"gan.wall_detective_{name}"), name) for name in DETECTIVE],
                value="off",
                label=say("gan.wall_detective"),
            )
            seed = gr.Number(1, precision=0, label=say("gan.wall_seed"))
    inputs = (seed, count, kind, has, cut, judged)

    def hang(seed, count, kind, has, cut, judged) -> Iterator[dict]:
        kind, has = (None if name == ANY else name for name in (kind, has))
        # the slider's value is checked before it is divided, for a client may send anything
        share = number(CUT, cut, 0, 100) / 100
        order = "score" if choice(ORDER, judged, DETECTIVE) == "rank" else "drawn"
        for state in timed(seed, count, kind, has, share, order, judged != "off"):
            yield {board: state}

    def again(seed, *rest) -> Iterator[dict]:
        yield {seed_box: seed}
        yield from hang(seed, *rest)

    seed_box, quiet = seed, dict(show_progress="hidden", stop=stop)
    changes = [cut.input, count.input, kind.input, has.input, judged.input, seed.submit]
    wire(changes, hang, inputs, [board], **quiet)
    wire(another.click, again, inputs, [board, seed], js=ANOTHER, **quiet)

    def answer(held, *settings) -> Iterator[dict]:
        yield {real: genuine()}
        yield from hang(*settings)

    return Forged(
        answer,
        inputs,
        (board, real),
        {
            "gan_seed": Link(seed, lambda raw: checked_seed(int(raw))),
            "gan_kind": Link(kind, lambda raw: choice(KIND, raw, designs())),
            "gan_cut": Link(cut, lambda raw: whole(CUT, int(raw), 0, 100)),
            "gan_count": Link(count, lambda raw: COUNTS[COUNTS.index(int(raw))]),
            "gan_with": Link(has, lambda raw: choice(WITH, raw, tuple(ATTRIBUTES))),
            "gan_detective": Link(judged, lambda raw: choice(ORDER, raw, DETECTIVE)),
        },
        holds=(board.hold,),
    )


ENDPOINTS = {"gan": (compute, "torch")}
