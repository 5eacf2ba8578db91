"""Take hold of the attention: force a row, or all of them, and see what becomes of the translation; and take words of
the source away, to see what it really needed."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from core.alignment import merged
from core.complaint import Complaint, choice, whole
from core.decoding import unroll
from core.holding import SHAPES, focus, shaped
from core.occlusion import agreement, occlude
from core.subwords import END
from demos.translation.models import MOST, beginning, find, read
from demos.translation.translate import GREEDY, told

EVERY = 0
"""Step number that stands for all steps."""


def compute(
    sentence: str, pair: str = "en-fr", shape: str = "focus", step: int = 1, word: int = 1
) -> Iterator[dict[str, Any]]:
    """Translates greedily with the attention held (only the model with attention can be held).

    Args:
        sentence, pair: as in `translate.compute`.
        shape: "focus" (one source word gets everything), "uniform", "diagonal" or "frozen" (the first row for ever).
        step: the piece whose row is held, 1, 2, ...; 0 holds them all. Only for "focus".
        word: the source word to look at, 1, 2, ...; one more than there are is the end sign. Only for "focus".

    Yields:
        As `translate.compute`, and `held`: the steps whose rows were held (from 0).

    Raises:
        Complaint: whatever is outside these ranges.
    """
    who = find(pair, "attention")
    source = read(who, sentence)
    shape = choice(("The shape", "形状"), shape, ("focus", *SHAPES))
    memory = who.net.encode([source])
    if shape == "focus":
        _, owners = who.pieces.words(source, who.source)
        owners = [*owners, max(owners) + 1]
        word = whole(("The word", "词"), word, 1, owners[-1] + 1)
        step = whole(("The step", "步"), step, EVERY, MOST)
        row = focus(len(owners), [piece for piece, owner in enumerate(owners) if owner == word - 1])
        rows = dict.fromkeys(range(MOST) if step == EVERY else [step - 1], row)
    else:
        free = list(unroll(who.net, memory, GREEDY, limit=MOST))
        rows = shaped(shape, len(source) + 1, MOST if shape != "diagonal" else len(free), free[0].attention[0, 0])
    state = dict(pair=pair, model="attention", decoder="greedy", prefix=0, seed=0, done=False)
    yield from told(who, source, state, unroll(who.net, memory, GREEDY, overrides=rows, limit=MOST), rows)


def need(sentence: str, pair: str = "en-fr", model: str = "attention", pieces: list[int] | None = None) -> dict:
    """Takes every source word away in turn and measures what each word of a translation loses.

    Args:
        sentence, pair, model: as in `translate.compute`.
        pieces: the translation in pieces; None takes the greedy one.

    Returns:
        drops: (target words, source words) in hundredths of a nat, the mean over the pieces of a word; agreement: share
        of the target words whose most attended source word is also the most needed, None without attention; source and
        target words.

    Raises:
        Complaint: whatever is outside these ranges.
    """
    who = find(pair, model)
    source = read(who, sentence)
    memory = who.net.encode([source])
    given = beginning(who, pieces or [])
    steps = list(unroll(who.net, memory, GREEDY, prefix=given, limit=MOST if not given else len(given)))
    target = [step.piece for step in steps if step.piece != END]
    if not target:
        raise Complaint("The translation is empty, so nothing depends on anything.", "译文是空的，没有什么可依赖。")
    words, owners = who.pieces.words(source, who.source)
    theirs, places = who.pieces.words(target, who.target)
    drops = merged(occlude(who.net, source, owners, target), list(range(len(words))), places)
    agreed = None
    if steps[0].attention is not None:
        seen = torch.stack([step.attention.mean((0, 1)) for step in steps[: len(target)]]).numpy()
        agreed = round(agreement(merged(seen, [*owners, -1], places), drops), 3)
    return dict(
        drops=np.round(100 * drops).astype(int).tolist(), agreement=agreed, source=words, target=theirs, model=model
    )
