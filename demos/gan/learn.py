"""Watch it learn, watch it fail: two recorded trainings beside each other, and a meter for mode collapse."""

import math
from collections.abc import Iterator
from typing import Any

import gradio as gr
import torch
from PIL import Image
from torch import Tensor

from core import weights
from core.complaint import SEEDS, Complaint, checked_seed, choice
from core.gan import drawn, file, forger, reader, sample
from core.images import to_url
from core.likeness import coverage, features, spread
from core.models.gan import Generator
from demos.cnn.models import network
from demos.gan.part import Forged
from demos.gan.pieces import FORGER, image, pieces, url
from demos.gan.variety import (
    COLLAPSED,
    GROUPS,
    HEALTHY,
    RUNS,
    classed,
    combinations,
    few,
    recorded,
    reference,
    states,
)
from demos.views import view
from demos.wiring import wire
from demos.wording import say

RUN = ("The run", "训练")
SPOILT, LAG = 3_000, 16
"""Step of the run "collapsed" from which its judge moves in every so many steps only."""
MAKERS = (
    ("avatars", "step_400"),
    ("avatars", "step_1500"),
    ("avatars", "step_3000"),
    (FORGER, "forger"),
    ("collapsed", "step_3600"),
)
"""Forgers as they were once, the one that ships, and the collapsed one; those that are there are shown."""
TOTAL, PORTION, COMPARED, SHOWN, ACROSS = 256, 32, 64, 24, 8
"""Fresh pictures of the meter; so many at a time; so many have their distances measured; so many are seen, in rows."""


def compute(run: str = "avatars") -> dict[str, Any]:
    """What was recorded of a training.

    Args:
        run: "avatars", the healthy one; "collapsed", a copy of it whose judge is nearly put to sleep at step 3,000.

    Returns:
        run; noted: names of what a row of `curve` holds after its step; curve; stages: step, frechet, spread, effective
        and missing (see `core.likeness`), `share` of the reference's variety, `state`, see `states`, and `sheet`, a
        `data:` address of forged pictures, those of the seeds from 0 on with the designs in turn; count: pictures that
        a stage was measured with; columns: pictures in a row of a sheet; kinds: designs that the forger draws, and
        classes: combinations that can be told, None if unknown; reference, see `reference`; spoilt, lag: SPOILT and
        LAG of the collapsed run, None for the other; again: the step at which a critic joined, or None; wishes: the one
        from which on noise decides attributes, or None; healthy, collapsed: the thresholds.

    Raises:
        Complaint: another run, or its files are missing or damaged.
    """
    page = recorded(run := choice(RUN, run, RUNS))
    about = reference()
    classes = combinations()
    usual = few(about["effective"], classes, page["count"]) if about else None
    shares = [min(s["effective"] / usual, s["spread"] / about["spread"]) if about else None for s in page["stages"]]
    spoilt = run == "collapsed"
    steps = [stage["step"] for stage in page["stages"]]
    then = steps.index(SPOILT) if spoilt and SPOILT in steps else None
    told = zip(page["stages"], shares, states(shares, then), strict=True)
    return (
        dict(again=None, wishes=None)
        | page
        | dict(
            run=run,
            stages=[
                stage | dict(share=None if share is None else round(share, 3), state=state)
                for stage, share, state in told
            ],
            kinds=weights.manifest(weights.FOLDER).get(file(FORGER), {}).get("config", {}).get("classes"),
            classes=classes,
            reference=about and about | dict(effective=round(usual, 2)),
            spoilt=SPOILT if spoilt else None,
            lag=LAG if spoilt else None,
            healthy=HEALTHY,
            collapsed=COLLAPSED,
        )
    )


def record() -> dict[str, Any]:
    """Both runs for the page, and a sentence, [en, zh], for each that is not there."""
    runs, notes = [], []
    for run in RUNS:
        try:
            runs.append(compute(run))
        except Complaint as error:
            notes.append([error.en, error.zh])
    return dict(runs=runs, notes=notes)


def available(makers: tuple[tuple[str, str], ...]) -> list[tuple[str, Generator, int | None]]:
    """Those of some forgers that are there: name of the run, the network, and the step if it is one of long ago."""
    found = []
    for name, part in makers:
        try:
            found.append((name, forger(name, part)[0], int(part[5:]) if part.startswith("step_") else None))
        except weights.WeightsError:
            continue
    return found


@torch.inference_mode()
def younger(held: str) -> dict[str, Any]:
    """The held noise in the hands of every forger there is: `young`, [run, step or None, pictures] each, and `pieces`,
    names in the order of the pictures. Raises Complaint."""
    hand, rows = pieces(held), []
    for name, net, step in available(MAKERS) if hand else []:
        z, _ = drawn([one.seed for one in hand], net.config)
        kinds = torch.tensor([one.kind for one in hand])
        share = torch.tensor([one.percent / 100 for one in hand])[:, None]
        made = net(net.centres[kinds].lerp(net.mapping(z, kinds), share)).clamp(-1, 1)
        rows.append([name, step, [url(picture) for picture in made]])
    return dict(young=rows, pieces=[one.name for one in hand])


def meter(seed: int = 1) -> Iterator[dict[str, Any]]:
    """Counts what forgers make of fresh noise: 256 pictures of the forger that ships, and of the collapsed one if it is
    there, from the same noise.

    Args:
        seed: 0 to 2,147,483,647; None draws one.

    Yields:
        seed; drawn: pictures so far, of `total`; compared: how many have their distances measured; columns: attribute
        -> values whose combinations are the classes; usual: effective number that so many genuine pictures would have,
        and reference, see there, or None; meter: for each forger run, step, counts by class, effective, missing,
        spread, state (see `states`) and sheet, a picture of some of them.

    Raises:
        Complaint: another seed. WeightsError: a network is missing.
    """
    seed = checked_seed(seed)
    told, eye = reader(), network("efficientnet")
    makers = [(FORGER, forger(FORGER)[0], None), *available(MAKERS[-1:])]
    classes, about = math.prod(len(told.columns[name]) for name in GROUPS), reference()
    numbers, seen, walls = ([[] for _ in makers] for _ in range(3))
    for at in range(0, TOTAL, PORTION):
        seeds = [(seed * TOTAL + k) % (SEEDS + 1) for k in range(at, at + PORTION)]
        for maker, (_, net, _) in enumerate(makers):
            pictures = sample(net, seeds, [k % net.config.classes for k in range(at, at + PORTION)])
            numbers[maker].append(classed(pictures))
            if at < COMPARED:
                seen[maker].append(features(eye, pictures))
            if at < SHOWN:
                walls[maker] = sheet(pictures[:SHOWN])
        rows, usual = [], few(about["effective"], classes, at + PORTION) if about else None
        for maker, (name, _, step) in enumerate(makers):
            found, far = coverage(torch.cat(numbers[maker]), classes), spread(torch.cat(seen[maker]))
            ideal = (usual, about["spread"]) if about else (rows[0]["effective"], rows[0]["spread"]) if rows else None
            share = min(found.effective / ideal[0], far / ideal[1]) if ideal else None
            rows.append(
                dict(
                    run=name,
                    step=step,
                    counts=found.counts,
                    effective=round(found.effective, 2),
                    missing=found.missing,
                    spread=round(far, 3),
                    state=states([1.0, share])[1],  # none of them is young
                    sheet=walls[maker],
                )
            )
        yield dict(
            meter=rows,
            seed=seed,
            drawn=at + PORTION,
            total=TOTAL,
            compared=COMPARED,
            columns={name: told.columns[name] for name in GROUPS},
            usual=usual and round(usual, 2),
            reference=about,
        )


def sheet(pictures: Tensor) -> str:
    """(count, 3, side, side) in [-1, 1] as one picture, a `data:` address."""
    side = pictures.shape[3]
    wall = Image.new("RGB", (ACROSS * side, -(-len(pictures) // ACROSS) * side))
    for number, one in enumerate(pictures):
        wall.paste(image(one), (number % ACROSS * side, number // ACROSS * side))
    return to_url(wall, "jpeg")


def lay(held: gr.Textbox) -> Forged:
    """Builds the part inside an opened tab."""
    gr.Markdown(say("gan.learn_hint"))
    hung = gr.State([])  # whether the record has been sent to this page: it never changes
    shown = view("gan_learn", elem_id="gan-learn")
    young = view("gan_learn", elem_id="gan-learn-young")
    with gr.Row(elem_classes="learn-buttons"):
        count = gr.Button(say("gan.learn_count"), variant="primary", min_width=180)
        stop = gr.Button(say("shell.stop"), min_width=100)
        seed = gr.Number(1, precision=0, label=say("gan.learn_seed"), min_width=120)
    counted = view("gan_learn", {"meter": []}, elem_id="gan-learn-meter")

    def answer(now, sent) -> Iterator[dict]:
        if not sent:
            yield {shown: record(), hung: [True]}
        yield {young: younger(now)}

    def counting(seed) -> Iterator[dict]:
        for state in meter(seed):
            yield {counted: state}

    wire([count.click, seed.submit], counting, [seed], [counted], stop=stop, show_progress="hidden")
    return Forged(answer, (hung,), (shown, young, hung), holds=(shown.hold,))


ENDPOINTS = {"gan_learn": (compute, "torch"), "gan_meter": (meter, "torch")}
