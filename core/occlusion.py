"""What a translation really depends on: take each source word away in turn and see which output becomes less likely.

Attention says where a network looked, not what it would have done without (Jain & Wallace 2019; Wiegreffe & Pinter
2019). Occlusion asks that directly (Zeiler & Fergus 2014, section 4.2, for pictures; Li et al. 2016 for text).
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from core.decoding import Translator
from core.subwords import START


@torch.inference_mode()
def forced(net: Translator, sources: Sequence[Sequence[int]], target: Sequence[int]) -> NDArray[np.float32]:
    """Log-probability of each piece of `target` under each of the sources: (sources, target)."""
    memory = net.encode(sources)
    state, last = net.start(memory), torch.full((len(sources),), START)
    columns = []
    for piece in target:
        logp, state, _ = net.advance(last, state, memory)
        columns.append(logp[:, piece])
        last = torch.full((len(sources),), piece)
    return torch.stack(columns, 1).numpy() if columns else np.zeros((len(sources), 0), np.float32)


def occlude(
    net: Translator, source: Sequence[int], owners: Sequence[int], target: Sequence[int]
) -> NDArray[np.float32]:
    """How much each source word holds each target piece up.

    All shortened sources are read in one batch.

    Args:
        source: pieces. owners: the word of each, 0 to the number of words - 1. target: the pieces of the translation.

    Returns:
        (target, words): log-probability of the piece with the whole source minus that without the word, in nats;
        positive where the word was needed.
    """
    words = max(owners, default=-1) + 1
    shortened = [[piece for piece, owner in zip(source, owners, strict=True) if owner != word] for word in range(words)]
    logp = forced(net, [list(source), *shortened], target)
    return (logp[:1] - logp[1:]).T


NEEDED = 0.1
"""Nats that a target word has to lose without some source word to count as one that needs any; less is as good as
nothing: it is 90 % as likely as before."""


def needy(drops: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which target words miss any source word, (target words,). drops: (target words, source words) in nats."""
    return drops.max(1, initial=0.0) >= NEEDED


def agreement(attention: NDArray[np.float32], drops: NDArray[np.float32]) -> float | None:
    """Share of target words whose most attended source word is also the one they miss most, 0 to 1; of those words that
    miss any. None if there are none.

    Args:
        attention, drops: (target words, source words) each, drops in nats.
    """
    some = needy(drops)
    if not some.any():
        return None
    return float((attention.argmax(1) == drops.argmax(1))[some].mean())
