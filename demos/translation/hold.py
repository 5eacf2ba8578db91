"""Take hold of the attention: force a row, or all of them, and see what becomes of the translation."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from core.complaint import Complaint, choice, whole
from core.decoding import unroll
from core.holding import SHAPES, focus, shaped
from demos.translation.models import MOST, encoded, find, read
from demos.translation.translate import GREEDY, told

EVERY = 0
"""Step number that stands for all steps."""


def compute(
    sentence: str,
    pair: str = "en-fr",
    shape: str = "focus",
    step: int = 1,
    word: int = 1,
    weights: list | None = None,
) -> Iterator[dict[str, Any]]:
    """Translates greedily with the attention held (only the model with attention can be held).

    Args:
        sentence, pair: as in `translate.compute`.
        shape: "focus" (one source word gets everything), "uniform", "diagonal", "frozen" (the first row for ever),
            "given" (`weights`) or "none" (nothing is held).
        step: the piece whose row is held, 1, 2, ...; 0 holds them all. Only for "focus".
        word: the source word to look at, 1, 2, ...; one more than there are is the end sign. Only for "focus".
        weights: a row for each step from the first on, at most 120: as many numbers as the source has pieces, end sign
            included, none negative, not all 0 (they are scaled to sum to 1); or None, which leaves the step free. Only
            for "given".

    Yields:
        As `translate.compute`, and `held`: the steps whose rows were held (from 0).

    Raises:
        Complaint: whatever is outside these ranges.
    """
    who = find(pair, "attention")
    source = read(who, sentence)
    shape = choice(("The shape", "形状"), shape, ("focus", *SHAPES, "given", "none"))
    memory = encoded(who, tuple(source))
    rows: dict[int, Tensor] = {}
    if shape == "focus":
        _, owners = who.pieces.words(source, who.source)
        owners = [*owners, max(owners) + 1]
        word = whole(("The word", "词"), word, 1, owners[-1] + 1)
        step = whole(("The step", "步"), step, EVERY, MOST)
        row = focus(len(owners), [piece for piece, owner in enumerate(owners) if owner == word - 1])
        rows = dict.fromkeys(range(MOST) if step == EVERY else [step - 1], row)
    elif shape == "given":
        rows = given(weights, len(source) + 1)
    elif shape in SHAPES:
        free = list(unroll(who.net, memory, GREEDY, limit=MOST))
        rows = shaped(shape, len(source) + 1, MOST if shape != "diagonal" else len(free), free[0].attention[0, 0])
    state = dict(pair=pair, model="attention", decoder="greedy", prefix=0, seed=0, held=[], done=False)
    yield from told(who, source, state, unroll(who.net, memory, GREEDY, overrides=rows, limit=MOST), rows)


def given(weights: object, length: int) -> dict[int, Tensor]:
    """Rows that a client sent as `core.decoding.unroll` takes them: step -> (length,), sums to 1.

    Raises:
        Complaint: not at most MOST rows of `length` finite numbers, one of them positive and none negative.
    """
    fine = isinstance(weights, list) and len(weights) <= MOST
    rows = {}
    for step, row in enumerate(weights if fine else []):
        if row is None:
            continue
        fine = isinstance(row, list) and len(row) == length and all(type(p) in (int, float) for p in row)
        rows[step] = torch.tensor(row if fine else [-1], dtype=torch.float64)
        fine = fine and bool(rows[step].isfinite().all() and (rows[step] >= 0).all()) and rows[step].sum().isfinite()
        if not fine or not rows[step].sum() > 0:
            fine = False
            break
        rows[step] = (rows[step] / rows[step].sum()).float()
    if not fine:
        raise Complaint(
            f"The weights must be a list of at most {MOST} rows, each null or {length} numbers (one for each source "
            "piece and one for the end), none negative and not all zero.",
            f"权重必须是至多 {MOST} 行的列表，每行为 null 或 {length} 个数（每个源子词一个，再加结尾一个），"
            "不得为负，不得全为零。",
        )
    return rows
