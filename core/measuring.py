"""How a character model is measured, in nats per character; the same functions serve recipes, cards and tests."""

import re

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from core.models.char_rnn import CharRNN


@torch.inference_mode()
def windows_loss(model: CharRNN, ids: Tensor, window: int = 256) -> float:
    """Protocol A: non-overlapping windows, zero state at the start of each, mean nats over all positions.

    Args:
        model: in eval mode.
        ids: the whole text as character numbers, (length,). What does not fill a window at the end is left out.
        window: characters a prediction may look back to at most.
    """
    count = (len(ids) - 1) // window
    x = ids[: count * window].view(count, window).t()  # (window, count)
    y = ids[1 : count * window + 1].view(count, window).t()
    total = 0.0
    for part in range(0, count, 128):
        logits, _ = model(x[:, part : part + 128])
        total += cross_entropy(logits.flatten(0, 1).float(), y[:, part : part + 128].flatten(), reduction="sum").item()
    return total / (count * window)


@torch.inference_mode()
def carried_loss(model: CharRNN, ids: Tensor, piece: int = 4096) -> float:
    """Protocol B: one pass over the whole text from a zero state, mean nats over all characters but the first.

    `piece` only bounds memory; the state is carried from piece to piece, so it does not change the result.
    """
    state, total = model.zero_state(1), 0.0
    for start in range(0, len(ids) - 1, piece):
        y = ids[start + 1 : start + piece + 1]
        logits, state = model(ids[start : start + len(y), None], state)
        total += cross_entropy(logits[:, 0], y, reduction="sum").item()
    return total / (len(ids) - 1)


def is_regular(poem: str) -> bool:
    """Whether a Chinese poem has the regular form: 4 or 8 verses of equal length, 5 or 7 characters each."""
    verses = [verse for verse in re.split("[，。！？；]", poem.strip()) if verse]
    return len(verses) in (4, 8) and {len(verse) for verse in verses} in ({5}, {7})
