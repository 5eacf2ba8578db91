"""A moment of a training run, and a list of layers, as the page wants them."""

from dataclasses import asdict
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core import digits
from core.complaint import Complaint
from core.images import packed, to_url
from core.learning import CHECKED, Examples, Learner, Report
from core.models.small_cnn import Config, Stage, parse, picture, stages
from demos.cnn.wall import sheet

MAPS, ROWS, WIDE = 16, 16, 64
"""Of a layer, what is sent: maps; rows and columns of weights; and its plain numbers, or weights for such."""
FAR = 1e30
"""What lies further from 0 is shown as that; a network that has burst has such numbers."""


@cache
def examples() -> Examples:
    """All digits, as the network takes them."""
    learned, tested = digits.split()
    return Examples(
        digits.inputs(learned.pictures),
        torch.tensor(learned.labels),
        digits.inputs(tested.pictures),
        torch.tensor(tested.labels),
    )


@cache
def hung() -> str:
    """The held-out digits of the wall on one sheet, ink on paper, as a `data:` address."""
    return to_url(sheet(255 - digits.split()[1].pictures[:CHECKED]))


def listed(layers: object) -> Config:
    """A list of lines as a network. Raises Complaint."""
    if not isinstance(layers, list | tuple) or not all(isinstance(line, str) for line in layers):
        raise Complaint('The layers must be a list of lines such as "conv 8 5".', "层必须是一列文字，如“conv 8 5”。")
    return parse("\n".join(layers))


def board(learner: Learner, made: Report, phase: str, full: float | None = None) -> dict[str, Any]:
    """A moment of a run for the page.

    Returns:
        phase: "ready", "running", "paused", "done" or "burst". examples, steps, passes (times through all training
        digits), seconds: so far. rate: digits a second; forward, backward: milliseconds for one digit; all three as
        last measured. train, test: [examples, mean loss in nats, accuracy]; tested: how many digits test is measured
        on; full: accuracy on all held-out digits, at the end. settings: those in use. digit: the one looked into: its
        number, label, pixels and the probabilities of 0 to 9. layers: see `layer`. wall: [number, label, guess,
        probability] of held-out digits, the newest first; right: how many of the last `of` new ones were read rightly.
    """
    labels, pixels = examples().test_y, examples().test_x[learner.watched]
    before = [picture(learner.network.config), *learner.network.line]
    return dict(
        phase=phase,
        examples=learner.examples,
        steps=learner.steps,
        passes=round(learner.examples / len(examples().y), 1),
        seconds=round(learner.seconds, 1),
        rate=round(made.rate),
        forward=round(made.forward, 3),
        backward=round(made.backward, 3),
        train=[[count, round(loss, 4), round(share, 4)] for count, loss, share in learner.train],
        test=[[count, round(loss, 4), round(share, 4)] for count, loss, share in learner.test],
        tested=CHECKED,
        full=full,
        settings=asdict(learner.applied) | dict(seed=learner.seed),
        digit=dict(
            number=learner.watched,
            label=int(labels[learner.watched]),
            pixels=packed(pixels.numpy(), 0, 1),
            p=[round(share, 4) for share in made.p.nan_to_num().tolist()],
        ),
        layers=[layer(stage, last, made) for last, stage in zip(before, learner.network.line, strict=False)],
        wall=[[at, int(labels[at]), guess, round(sure, 3)] for at, guess, sure in made.wall],
        right=sum(learner.answers),
        of=len(learner.answers),
    )


def layer(stage: Stage, before: Stage, made: Report) -> dict[str, Any]:
    """One layer for the page: name, kind, kernel, channels, side (0 for plain numbers), parameters; maps and slopes
    (the first MAPS or WIDE; packed, and so is all that follows); weights and gradients, as rows * columns blocks, a row
    for each map made and a block in it for each map read, and all: how many rows and columns there are; None where
    nothing is learned."""
    out = dict(
        name=stage.name,
        kind=stage.layer.kind,
        kernel=stage.layer.kernel,
        channels=stage.channels,
        side=stage.side,
        parameters=stage.parameters,
        maps=signed(made.maps[stage.name], MAPS if stage.side else WIDE),
        slopes=signed(made.slopes[stage.name], MAPS if stage.side else WIDE),
        weights=None,
    )
    if stage.name in made.weights:
        weights, gradients = (blocks(some[stage.name], before) for some in (made.weights, made.gradients))
        rows, columns = min(ROWS, len(weights)), min(ROWS if weights.shape[-1] > 1 else WIDE, weights.shape[1])
        cut = (some[:rows, :columns].flatten(0, 1) for some in (weights, gradients))
        out |= dict(zip(("weights", "gradients"), map(signed, cut), strict=True))
        out |= dict(rows=rows, columns=columns, all=list(weights.shape[:2]))
    return out


def blocks(weights: Tensor, before: Stage) -> Tensor:
    """The weights of a stage as (maps made, maps read, height, width). before: the stage that it reads."""
    if weights.dim() == 2:  # a dense layer: its numbers come from maps, or are maps of 1 x 1
        return weights.unflatten(1, (before.channels, max(1, before.side), max(1, before.side)))
    return weights if weights.dim() == 4 else weights[None, :, None, None]


def signed(values: Tensor, most: int | None = None) -> dict[str, Any]:
    """The first `most` of (count, height, width) or (count,), packed with 0 in the middle of the scale."""
    some = (
        values[:most].nan_to_num().clamp(-FAR, FAR).reshape(len(values[:most]), *(values.shape[1:] or (1, 1))).numpy()
    )
    far = max(float(np.abs(some).max()), 1e-9)
    return packed(some, -far, far)


def plan(layers: object) -> dict[str, Any]:
    """What a list of layers would be: layers, as it came; stages: [name, maps or numbers, side, parameters] of each and
    of the scores; parameters and work (multiplications for one digit) of all; complaint: (en, zh), or None."""
    lines = [line[:60] for line in layers if isinstance(line, str)][:20] if isinstance(layers, list | tuple) else []
    try:
        line = stages(listed(layers))
    except Complaint as complaint:
        return dict(layers=lines, stages=[], complaint=[complaint.en, complaint.zh])
    return dict(
        layers=lines,
        stages=[[stage.name, stage.channels, stage.side, stage.parameters] for stage in line],
        parameters=sum(stage.parameters for stage in line),
        work=sum(stage.work for stage in line),
        complaint=None,
    )
