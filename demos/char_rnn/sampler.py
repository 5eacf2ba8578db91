"""Be the sampler: the network offers, you choose."""

import numpy as np

from core.complaint import text
from core.reading import known, look
from demos.char_rnn.authors import find
from demos.char_rnn.write import dropped

OFFERED = 12
LONGEST = 600
TEXT = ("The text so far", "已有的文字")


def offer(so_far: str = "", corpus: str = "shakespeare") -> dict:
    """What may come next.

    Args:
        so_far: the text up to here, at most 600 characters.
        corpus: "shakespeare", "linux" or "tang".

    Returns:
        text (what was read of it), unknown, nats (surprise of each character of it), candidates: [character,
        probability] of the twelve most probable, and rest: the probability of all others together.
    """
    who = find(corpus)
    numbers, unknown = known(who, text(TEXT, so_far, LONGEST), TEXT, empty_is_fine=True)
    head, logits = who.begin()
    nats = []
    for number in numbers:
        nats.append(round(look(logits[None], [number])[0].nats, 2))
        logits = head.read(number)
    p = np.exp(logits - logits.max())
    p /= p.sum()
    best = np.argsort(-p)[:OFFERED]
    return {
        "text": who.vocabulary.decode(numbers),
        "unknown": dropped(unknown),
        "nats": nats,
        "candidates": [[who.vocabulary.chars[i], round(float(p[i]), 4)] for i in best],
        "rest": round(float(1 - p[best].sum()), 4),
    }
