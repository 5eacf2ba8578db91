"""What did it need? Take words of the source away and see which words of the translation miss them."""

from typing import Any

import numpy as np
import torch

from core.alignment import merged
from core.complaint import Complaint
from core.decoding import unroll
from core.occlusion import agreement, needy, occlude
from core.subwords import END
from demos.translation.models import MOST, beginning, encoded, find, read
from demos.translation.translate import GREEDY, looked, printed, thousandths


def compute(
    sentence: str, pair: str = "en-fr", model: str = "attention", pieces: list[int] | None = None
) -> dict[str, Any]:
    """Takes every source word away in turn and measures what each word of a translation loses.

    Args:
        sentence, pair, model: as in `translate.compute`.
        pieces: the translation in pieces; None takes the greedy one.

    Returns:
        drops: (target words, source words) in hundredths of a nat, the mean over the pieces of a word; attention: as
        many thousandths, the last layer's mean over its heads, without the end sign, None without attention; needy: the
        numbers of the target words, from 0, that lose at least `core.occlusion.NEEDED` nats somewhere; agreement: share
        of these whose most attended source word is also the most needed, None without attention or without any;
        source and target words; text, pair, model.

    Raises:
        Complaint: whatever is outside these ranges.
    """
    who = find(pair, model)
    source = read(who, sentence)
    memory = encoded(who, tuple(source))
    given = beginning(who, pieces or [])
    steps = list(unroll(who.net, memory, GREEDY, prefix=given, limit=MOST if not given else len(given)))
    target = [step.piece for step in steps if step.piece != END]
    if not target:
        raise Complaint("The translation is empty, so nothing depends on anything.", "译文是空的，没有什么可依赖。")
    words, owners = who.pieces.words(source, who.source)
    theirs, places = who.pieces.words(target, who.target)
    seen = looked(steps, owners, places)
    drops = merged(occlude(who.net, source, owners, target), list(range(len(words))), places)
    same = None if seen is None else agreement(seen, drops)
    return dict(
        drops=np.round(100 * drops).astype(int).tolist(),
        attention=None if seen is None else thousandths(torch.tensor(seen)),
        needy=np.flatnonzero(needy(drops)).tolist(),
        agreement=None if same is None else round(same, 3),
        source=words,
        target=printed(theirs, who.target),
        text=who.said(target),
        pair=pair,
        model=model,
    )
