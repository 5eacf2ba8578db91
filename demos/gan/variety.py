"""How varied forged pictures are, and by what that is measured: the words of the mode-collapse meter."""

import base64
import json
import math
from typing import Any

import torch
from torch import Tensor

from core import weights
from core.complaint import Complaint
from core.gan import READER, file, reader
from demos.gan.pieces import FORGER

RUNS = ("avatars", "collapsed")
GROUPS = ("style", "hair", "background")
"""Attributes whose combinations are the classes that are counted, as on the cards."""
HEALTHY, COLLAPSED = 0.8, 0.4
"""Shares of the variety of genuine pictures from which a forger is healthy, and below which it has collapsed."""
LOST = 0.5
"""Of the variety that a forger had when its game was spoilt: with less it has collapsed, however little that was."""


def recorded(run: str) -> dict[str, Any]:
    """The timeline of a run as it was written, with its sheets. Raises Complaint: files missing or damaged."""
    folder = weights.FOLDER / "timelines"
    try:
        page = json.loads((folder / f"gan_{run}.json").read_text(encoding="utf-8"))
        for stage in page["stages"]:
            data = (folder / f"gan_{run}_{stage['step']:06}.webp").read_bytes()
            stage["sheet"] = "data:image/webp;base64," + base64.b64encode(data).decode("ascii")
        if not (page["stages"] and page["curve"] and page["count"] and page["columns"]):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError):
        raise Complaint(
            f"The record of the run {run!r} is missing or damaged; python -m weights.recipes.gan {run} makes it.",
            f"训练 {run!r} 的记录缺失或损坏；可用 python -m weights.recipes.gan {run} 重新生成。",
        ) from None
    return page


def combinations() -> int | None:
    """How many classes of avatars the reader tells apart; None without a reader."""
    columns = weights.manifest(weights.FOLDER).get(READER, {}).get("columns")
    return math.prod(len(columns[name]) for name in GROUPS) if columns else None


def reference() -> dict[str, Any] | None:
    """What variety is measured by: `effective` classes, `spread`, and `of`: "genuine" pictures, as the forger's card
    has them; else "end", the last stage of the healthy run. None without either."""
    rows = weights.manifest(weights.FOLDER).get(file(FORGER), {}).get("baselines", [])
    known = {row["name"]["en"]: row["value"] for row in rows}
    names = "classes, effective number", "mean distance of two pictures"
    if all(known.get(name) for name in names):
        return dict(zip(("effective", "spread"), map(known.get, names), strict=True), of="genuine")
    try:
        page = recorded(RUNS[0])
    except Complaint:
        return None
    last = page["stages"][-1]
    return dict(effective=few(last["effective"], combinations(), -page["count"]), spread=last["spread"], of="end")


def few(effective: float, classes: int | None, count: int) -> float:
    """The effective number that is counted on average in `count` pictures, where endlessly many have `effective`: in
    few pictures rare classes are missed, which lowers entropy by (classes - 1) / (2 count) (Miller 1955). A negative
    count goes the other way."""
    return effective * math.exp(-((classes or 1) - 1) / (2 * count))


def states(shares: list[float | None], spoilt: int | None = None) -> list[str]:
    """Words for shares of the reference's variety in the order of time: "healthy", "narrowing", "collapsed"; "early" as
    long as nothing has been healthy yet; "unknown" without a share. spoilt: number of the stage at which the game was
    spoilt, see LOST."""
    found: list[str] = []
    for at, share in enumerate(shares):
        if share is None:
            found.append("unknown")
        elif spoilt is not None and at > spoilt and share < LOST * (shares[spoilt] or 0):
            found.append("collapsed")
        elif share >= HEALTHY:
            found.append("healthy")
        elif "healthy" not in found:
            found.append("early")
        else:
            found.append("collapsed" if share < COLLAPSED else "narrowing")
    return found


@torch.inference_mode()
def classed(pictures: Tensor) -> Tensor:
    """The class of each picture (count, 3, side, side) in [-1, 1], as the reader sees it: (count,)."""
    told = reader()
    read, number = told(pictures), torch.zeros(len(pictures), dtype=torch.int64)
    for name in GROUPS:
        number = number * len(told.columns[name]) + read[name].argmax(1)
    return number
