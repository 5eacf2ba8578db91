"""A moment of a duel in the plane, and its settings, as the page and the address bar want them."""

import base64
import json
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, fields
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.arena import Arena, Frame, run
from core.duel import Duel, Settings, settings
from core.duel_measures import PROBES, Look, diagnosis, floor, genuine
from core.images import packed
from core.plane import NAMES, SIDE, Target, target

UNIT = 10_000
"""Places travel as 16-bit numbers, so many to a unit: up to 3.27 units from the middle."""
STRONG = 10
"""Pulls travel divided by this."""
FAR = 1e30
"""What lies further from 0 is shown as that; a run that has burst has such numbers."""
CURVES, BUNDLE = 0.5, 0.2
"""Seconds between two moments that bring the curves, and between two bundles of moments for the page."""
THUMBNAIL = 90
"""Points in the small picture of a distribution."""


def shorts(values: Tensor, scale: float = UNIT) -> str:
    """Numbers of any shape as 16-bit integers, little-endian, in base64; what does not fit is cut off."""
    whole = (values.detach() * scale).nan_to_num().clamp(-32767, 32767).round().to(torch.int16)
    return base64.b64encode(whole.numpy().astype("<i2").tobytes()).decode("ascii")


def floats(rows: list[tuple]) -> str:
    """Rows of numbers as 32-bit floats, little-endian, in base64."""
    return base64.b64encode(np.array(rows, "<f4").tobytes()).decode("ascii")


def plain(value: float) -> float:
    """A number that JSON can carry."""
    return 0.0 if math.isnan(value) else round(max(-FAR, min(FAR, value)), 5)


def moment(arena: Arena, frame: Frame, phase: str, curves: bool = True) -> dict[str, Any]:
    """A moment for the page.

    Returns:
        order: which of two moments is the later one. phase: "ready", "running", "paused", "rest" (the time is up) or
        "burst". side: who has just had its turn, "d" or "g"; "" for both, many times. rate: iterations a second. side
        of the plane: from -`reach` to `reach`. target: its name; genuine, modes: places of points (`shorts`); near:
        how close to a mode counts; probes:
        how many points are measured; least: [JS, KL] that so many genuine points have. seed. runs: see `told`, one or
        two.
    """
    first = arena.duels[0]
    return dict(
        order=[arena.number, frame.turn],
        phase=phase,
        side=frame.side,
        rate=round(frame.rate),
        reach=SIDE,
        target=first.target.name,
        genuine=shorts(genuine(first.target)),
        modes=shorts(first.target.modes),
        near=first.target.reach,
        probes=PROBES,
        least=[round(x, 4) for x in floor(first.target)[:2]],
        seed=first.seed,
        runs=[told(duel, seen, curves) for duel, seen in zip(arena.duels, frame.looks, strict=True)],
    )


def told(duel: Duel, seen: Look, curves: bool) -> dict[str, Any]:
    """One run for the page: iterations; turns of a side; settings; word: see `diagnosis`; said: the sentence (en, zh)
    of a run that has diverged, else None; points (places), pulls (divided by STRONG) and fold (places) as `shorts`;
    net: points along a side of the fold, 0 for a line; heat: packed map; served: of each mode, "1" if it is, else "0";
    pull: the median length of a pull; numbers: name -> value, None for the loss of a side that has had no step; curve:
    rows of iteration and numbers, now and then, as `floats`; None where it is left out."""
    return dict(
        iterations=duel.iterations,
        turns=duel.turns,
        settings=asdict(duel.wanted),
        word=diagnosis(duel, seen),
        said=[duel.burst.en, duel.burst.zh] if duel.burst else None,
        points=shorts(seen.points),
        pulls=shorts(seen.pulls / STRONG),
        fold=shorts(seen.fold),
        net=seen.fold.shape[0] if seen.fold.dim() == 3 else 0,
        heat=packed(seen.heat.nan_to_num()[None].numpy(), 0, 1),
        served="".join(str(int(one)) for one in seen.served),
        pull=plain(seen.pulls.norm(dim=1).median().item()),
        numbers={name: plain(value) for name, value in seen.numbers._asdict().items()}
        | {f"{side}_loss": None for side in "dg" if side not in duel.losses},
        curve=floats(duel.curve) if curves else None,
    )


def watched(arena: Arena, seconds: float, iterations: int | None = None) -> Iterator[dict[str, Any]]:
    """A run for the page, see `core.arena.run`.

    Raises:
        Complaint: after the last moment, if every duel has diverged.
    """
    sent = 0.0
    for frame in run(arena, seconds, iterations):
        due = frame.over or arena.slow or time.perf_counter() - sent >= CURVES
        sent = time.perf_counter() if due else sent
        phase = "running" if not frame.over else "rest" if arena.alive() else "burst"
        yield moment(arena, frame, phase, due)
    if not arena.alive():
        raise arena.duels[0].burst


def text(*moments: dict[str, Any]) -> dict[str, str]:
    """Moments for the page, as one text: it keeps a watch on every number of every value that it gets."""
    return dict(moments=json.dumps(moments))


def bundled(moments: Iterator[dict[str, Any]]) -> Iterator[dict[str, str]]:
    """Moments for the page, some five times a second all that have come, to be shown one after the other. For whenever
    anything comes, Gradio's page looks through all its components: seconds pass unused if that is 25 times a second."""
    bundle, sent = [], -math.inf
    for one in moments:
        bundle.append(one)
        now = time.perf_counter()
        if one["side"] or one["phase"] != "running" or now - sent >= BUNDLE:
            yield text(*bundle)
            bundle, sent = [], now


def offered(name: str) -> dict[str, Any]:
    """The distributions to choose from: target, the chosen one; strokes of the drawing; shapes: name -> places."""
    kinds = [kind for kind in NAMES if kind != "drawn"]
    return dict(target=name, strokes=[], shapes={kind: shorts(_thumbnail(target(kind))) for kind in kinds})


def _thumbnail(place: Target) -> Tensor:
    return place.sample(THUMBNAIL, torch.Generator().manual_seed(3))


def written(some: Settings, always: bool = False) -> str:
    """Settings as text for the address bar: what differs from the defaults; "loss=..." goes without saying unless it
    shall stand there `always`."""
    usual = Settings()
    named = {one.name: getattr(some, one.name) for one in fields(some)}
    return ",".join(
        f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in named.items()
        if value != getattr(usual, name) or (always and name == "loss")
    )


def read(text: str) -> Settings:
    """What `written` wrote. Raises ValueError for any other text."""
    kinds = {one.name: type(one.default) for one in fields(Settings)}
    wishes = dict(piece.split("=", 1) for piece in text.split(",") if piece)
    return settings({name: kinds.get(name, str)(value) for name, value in wishes.items()})
