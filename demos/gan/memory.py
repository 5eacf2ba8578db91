"""Does it memorise? A forged picture beside the learned ones nearest to it, and how near genuine ones lie."""

import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import gradio as gr
import torch
from torch import Tensor

from core.images import to_url
from core.likeness import features, nearest
from core.seeing import as_image
from demos.avatars import avatars, credit, lens
from demos.cnn.models import network
from demos.gan.part import Forged
from demos.gan.pieces import FIRST, Piece, kinds, pieces
from demos.gan.verdicts import bins, filled, painted, series, sheet, values
from demos.views import view
from demos.wording import say

COUNT, TOGETHER = 128, 8
"""Forged and held-out pictures whose distances are compared, and how many at a time."""
NEAREST = 5
BINS = 24
SEED = 1
"""Of the first forged picture; the others have the seeds that follow."""
PACE = 0.1
"""Seconds between two reports."""
NOTHING = {"empty": True}
"""What the page gets while nothing is held."""


@torch.inference_mode()
def places(pictures: Tensor) -> Tensor:
    """Where pictures (count, 3, side, side), uint8, lie among the genuine ones: (count, size)."""
    return lens()(features(network("efficientnet"), values(pictures), TOGETHER))


@lru_cache(maxsize=64)
def forged(percent: int, start: int) -> list[float]:
    """How far TOGETHER forged pictures lie from the nearest learned one each."""
    here = places(painted(series(SEED, percent, TOGETHER, start)))
    return nearest(here, avatars("learned").features)[0][:, 0].tolist()


@lru_cache
def genuine(count: int) -> tuple[list[int], list[float], list[int]]:
    """Held-out pictures: their places in that part, how far each lies from the nearest learned one, and its place."""
    held = avatars("held")
    some = held.some(count)
    far, which = nearest(held.features[some], avatars("learned").features)
    return some.tolist(), far[:, 0].tolist(), which[:, 0].tolist()


@lru_cache(maxsize=16)
def neighbours(one: Piece, count: int = NEAREST) -> tuple[list[float], list[int]]:
    """Distances and places of the learned pictures that are nearest to a piece, nearest first."""
    far, which = nearest(places(painted([one])), avatars("learned").features, count)
    return far[0].tolist(), which[0].tolist()


def further(value: float, than: list[float]) -> float:
    """The share of numbers that `value` exceeds."""
    return sum(each < value for each in than) / len(than)


def compute(held: str = FIRST) -> Iterator[dict[str, Any]]:
    """Looks for the picture in the hand among those that the forger learned from.

    Distances are taken between the features of the ImageNet classifier (`core.likeness.features`), of which
    principal components remain; near means alike in shapes and colours, also where no pixel is the same.

    Args:
        held: held pictures, see `demos.gan.pieces.pieces`; the first is looked for.

    Yields:
        {progress: 0 to 1}, and at the end: piece, kind; image, a `data:` address; near: the five nearest learned
        pictures, [number in the data set, design, distance] each, with their pictures side by side in `sheet`;
        distance: to the nearest; further: the share of held-out pictures that lie nearer to their nearest learned one;
        forged, genuine: distances to the nearest learned one of 128 forged pictures at the same truncation, and of 128
        held-out ones; borders, counts: histograms of genuine and of forged ones over one range; closer: the share of
        forged pictures that lie nearer than every genuine one; beside: a held-out picture that lies about as far
        ("number", "distance", "near", the number of its nearest learned one), both in `pair`; here, among:
        how many learned pictures hang here, and of how many; variance, same: see `demos.avatars.Lens`; credit.

    Raises:
        Complaint: not such a text, or nothing is held. WeightsError: a network is missing.
    """
    one, *_ = pieces(held, least=1)
    fake, last = [], time.monotonic()
    for start in range(0, COUNT, TOGETHER):
        fake += forged(one.percent, start)
        if time.monotonic() - last > PACE:
            last = time.monotonic()
            yield dict(progress=len(fake) / COUNT)
    learned, held_out = avatars("learned"), avatars("held")
    far, which = neighbours(one)
    some, real, theirs = genuine(COUNT)
    twin = min(range(len(real)), key=lambda number: abs(real[number] - far[0]))
    borders, counts = bins((real, fake, far[:1]), BINS)
    rows = zip(learned.numbers[which].tolist(), learned.kinds[which].tolist(), far, strict=True)
    yield dict(
        piece=one.name,
        kind=kinds()[one.kind],
        image=to_url(as_image(painted([one]))),
        near=[[number, kinds()[kind], round(distance, 3)] for number, kind, distance in rows],
        sheet=sheet(learned.pictures[which], NEAREST),
        distance=far[0],
        further=further(far[0], real),
        forged=fake,
        genuine=real,
        borders=borders,
        counts=counts[:2],
        closer=sum(each < min(real) for each in fake) / len(fake),
        beside=dict(
            number=int(held_out.numbers[some[twin]]),
            distance=round(real[twin], 3),
            near=int(learned.numbers[theirs[twin]]),
        ),
        pair=sheet(torch.stack([held_out.pictures[some[twin]], learned.pictures[theirs[twin]]]), 2),
        here=len(learned),
        among=learned.among,
        variance=lens().variance,
        same=lens().same,
        credit=credit(),
    )


def histogram(state: dict[str, Any]) -> dict[str, Any]:
    """Value of the view `gan_histogram` for the last state of `compute`."""
    usual, theirs = (sorted(state[name])[COUNT // 2] for name in ("genuine", "forged"))
    kept = {name: f"{100 * state[name]:.0f} %" for name in ("variance", "same")}
    here, among, closer = state["here"], state["among"], round(COUNT * state["closer"])
    return dict(
        borders=state["borders"],
        counts=state["counts"],
        names=[filled("gan.memory_genuine"), filled("gan.judge_forged")],
        axis=filled("gan.memory_axis"),
        mark=[state["distance"], filled("gan.judge_hand")],
        told=filled("gan.memory_told", usual=usual, theirs=theirs),
        text=filled("gan.memory_facts", here=here, among=among, one=among / here, count=COUNT, closer=closer, **kept),
    )


def lay(held: gr.Textbox) -> Forged:
    """Builds the part inside an opened tab. `held` is the room's."""
    gr.Markdown(say("gan.memory_hint"))
    shown, twin = view("gan_memory", elem_id="gan-memory"), view("gan_histogram", elem_id="gan-memory-far")

    def answer(held) -> Iterator[dict]:
        for state in compute(held) if pieces(held) else (NOTHING,):
            yield {shown: state} | ({twin: histogram(state)} if "near" in state else {})

    return Forged(answer, (), (shown, twin))


ENDPOINTS = {"gan_memory": (compute, "torch")}
