"""Judge the forger: the detective's scores of genuine and forged pictures, and what two other networks see in one."""

import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import gradio as gr
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from core.complaint import checked_seed
from core.explain import cam
from core.gan import reader
from core.images import packed, to_url
from core.models.cnn import SIDE
from core.seeing import as_image
from demos.avatars import avatars, credit
from demos.cnn.models import best, guess, network
from demos.contract import Link
from demos.gan.part import Forged
from demos.gan.pieces import FIRST, Piece, kinds, pieces
from demos.gan.verdicts import bins, filled, painted, scores, series, share, sheet, values
from demos.views import view
from demos.wiring import wire
from demos.wording import say

COUNT, TOGETHER = 256, 32
"""Pictures of each sort that are judged, and how many at a time."""
BINS = 32
SHOWN = 8
"""How many of the most and of the least convincing pictures are shown."""
USUAL = 100
"""Truncation in percent."""
PACE = 0.1
"""Seconds between two reports."""


@lru_cache(maxsize=64)
def forged(seed: int, percent: int, start: int) -> list[float]:
    """Scores of TOGETHER forged pictures of a series, see `demos.gan.verdicts.series`."""
    these = series(seed, percent, TOGETHER, start)
    return scores(painted(these), torch.tensor([one.kind for one in these])).tolist()


@lru_cache
def genuine(part: str, start: int) -> list[float]:
    """Scores of up to TOGETHER genuine pictures. part: see `demos.avatars`."""
    found = avatars(part)
    places = found.some(COUNT)[start : start + TOGETHER]
    return scores(found.pictures[places], found.kinds[places]).tolist()


def judged(seed: int, percent: int) -> Iterator[float | dict[str, list[float]]]:
    """Judges all; yields the share that is done, at most every PACE seconds, and at the end the scores of forged, held
    (held-out genuine) and learned (genuine, learned from) pictures."""
    found: dict[str, list[float]] = dict(forged=[], held=[], learned=[])
    last, starts = time.monotonic(), range(0, COUNT, TOGETHER)
    for number, start in enumerate(starts):
        found["forged"] += forged(seed, percent, start)
        for part in ("held", "learned"):
            found[part] += genuine(part, start)
        if time.monotonic() - last > PACE:
            last = time.monotonic()
            yield (number + 1) / len(starts)
    yield found


def right(real: list[float], fake: list[float]) -> dict[str, float]:
    """How often a detective is right: `genuine`, the share of real pictures with a score above 0; `forged`, of fake
    ones with one not above 0; `both`, their mean; `apart`, the chance that a real picture scores above a fake one, a
    draw being half a chance (area under the ROC curve). Guessing gives a half each time."""
    a, b = torch.tensor(real), torch.tensor(fake)
    called, caught = (a > 0).double().mean().item(), (b <= 0).double().mean().item()
    pairs = (a[:, None] > b).double() + 0.5 * (a[:, None] == b)
    return dict(genuine=called, forged=caught, both=(called + caught) / 2, apart=pairs.mean().item())


def wide(these: Tensor) -> Tensor:
    """Pictures (count, 3, side, side), uint8, as the classifier of ImageNet takes them: (count, 3, 224, 224)."""
    return interpolate(values(these), (SIDE, SIDE), mode="bicubic", align_corners=False, antialias=True).clamp(-1, 1)


@lru_cache(maxsize=16)
def examined(one: Piece) -> dict[str, Any]:
    """What the networks say of one picture; see `compute`."""
    picture = painted([one])
    x = wide(picture)
    top = best(guess(x))
    maps = [cam(network("efficientnet"), x, "head", number).clamp(min=0) for number, *_ in top]
    told, read = reader(), []
    for column, p in told(values(picture)).items():
        chances = zip(told.columns[column], p[0].tolist(), strict=True)
        first, second, *_ = sorted(chances, key=lambda row: -row[1])
        read.append([column, *first, *second])
    return dict(
        piece=one.name,
        kind=kinds()[one.kind],
        score=scores(picture, torch.tensor([one.kind])).item(),
        image=to_url(as_image((x + 1) * 127.5)),
        top=top,
        evidence=[packed(each[None].numpy(), low=0.0) for each in maps],
        read=[[column, a, round(p, 4), b, round(q, 4)] for column, a, p, b, q in read],
    )


def compute(held: str = FIRST, seed: int = 1, percent: int = USUAL) -> Iterator[dict[str, Any]]:
    """Has 256 forged and 256 genuine pictures judged by the detective, and one forged picture by other networks too.

    Args:
        held: held pictures, see `demos.gan.pieces.pieces`; the first is looked at. "" looks at none.
        seed: of the first forged picture, 0 to 2,147,483,647; the others have the seeds that follow.
        percent: truncation of the forged pictures, 0 to 100.

    Yields:
        {progress: 0 to 1}, and at the end: seed, percent; forged, genuine: scores; borders, counts: histograms of
        genuine and of forged scores over one range; right: see `right`, against genuine pictures that nobody learned
        from; learned: the share of pictures that were learned from with a score above 0; best, worst: the most and
        the least convincing, [name, score] each, with their pictures in `sheet`, a `data:` address of two rows; credit;
        hand: None, or piece, kind, score; image, a `data:` address; top: the ImageNet classifier's five best classes,
        [number, English, Chinese, probability] each, and evidence, a Grad-CAM map for each, packed; read: attributes,
        [name, value, probability, second value, its probability] each.

    Raises:
        Complaint: whatever is outside these ranges. WeightsError: a network is missing.
    """
    first = pieces(held)[:1]
    seed, percent = checked_seed(seed), share(percent)
    for found in judged(seed, percent):
        if isinstance(found, float):
            yield dict(progress=found)
    real, fake = found["held"], found["forged"]
    order = sorted(range(COUNT), key=lambda number: -fake[number])
    every = series(seed, percent, COUNT)
    rows = order[:SHOWN], order[: -SHOWN - 1 : -1]
    borders, counts = bins((real, fake), BINS)
    yield dict(
        seed=seed,
        percent=percent,
        genuine=real,
        forged=fake,
        borders=borders,
        counts=counts,
        right=right(real, fake),
        learned=right(found["learned"], fake)["genuine"],
        best=[[every[number].name, fake[number]] for number in rows[0]],
        worst=[[every[number].name, fake[number]] for number in rows[1]],
        sheet=sheet(painted([every[number] for row in rows for number in row]), SHOWN),
        credit=credit(),
        hand=examined(first[0]) if first else None,
    )


def histogram(state: dict[str, Any]) -> dict[str, Any]:
    """Value of the view `gan_histogram` for the last state of `compute`."""
    told, hand = state["right"] | {"learned": state["learned"]}, state["hand"]
    facts = {name: f"{100 * share:.{0 if share in (0, 1) else 1}f} %" for name, share in told.items()}
    return dict(
        borders=state["borders"],
        counts=state["counts"],
        names=[filled("gan.judge_genuine"), filled("gan.judge_forged")],
        axis=filled("gan.judge_axis"),
        border=0,
        sides=[filled("gan.judge_says_forged"), filled("gan.judge_says_genuine")],
        mark=hand and [hand["score"], filled("gan.judge_hand")],
        told=filled("gan.judge_told", **facts),
        title=filled("gan.judge_title", **facts),
        small=filled("gan.judge_small"),
        text=filled("gan.judge_sum", **facts),
    )


def lay(held: gr.Textbox) -> Forged:
    """Builds the part inside an opened tab."""
    gr.Markdown(say("gan.judge_hint"))
    with gr.Row(equal_height=False):
        seed = gr.Number(1, precision=0, label=say("gan.judge_seed"), min_width=160)
        percent = gr.Slider(0, 100, USUAL, step=1, label=say("gan.judge_percent"), min_width=240)
    twin, shown = view("gan_histogram", elem_id="gan-judge-scores"), view("gan_judge", elem_id="gan-judge")

    def answer(held, seed, percent) -> Iterator[dict]:
        for state in compute(held, seed, percent):
            yield {twin: histogram(state), shown: state} if "right" in state else {twin: state}

    def rolled(event: gr.EventData, held, percent) -> Iterator[dict]:
        number = checked_seed(event._data.get("seed"))
        yield {seed: number}
        yield from answer(held, number, percent)

    wire([seed.input, percent.release], answer, [held, seed, percent], [shown, twin])
    wire(shown.roll, rolled, [held, percent], [seed, shown, twin])
    return Forged(
        answer,
        (seed, percent),
        (shown, twin),
        {
            "judge_seed": Link(seed, lambda raw: checked_seed(int(raw))),
            "judge_cut": Link(percent, lambda raw: share(int(raw))),
        },
        holds=(shown.hold,),
    )


ENDPOINTS = {"gan_judge": (compute, "torch")}
