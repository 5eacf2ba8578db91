"""Counts what the character models are compared with: n-grams, and the index of literal quotes.

    python -m weights.recipes.char_reference shakespeare [--data DIR]

Takes half a minute on one core. `keep`, `length` and `stride` were set by the size of the file. Nats per character on
the whole validation text, as shipped (with all n-grams kept, where different):

                 uniform   2-gram            last order                file
    shakespeare  4.174     2.486             5-gram 1.680 (1.669)      0.75 MB
    linux        4.575     2.747             5-gram 1.600 (1.570)      1.67 MB
    tang         8.215     5.728 (5.713)     3-gram 5.694 (5.814)      1.63 MB

Three in four Tang trigrams occur once or twice. Witten-Bell smoothing trusts them too much; pruning helps there.

Of the validation characters 1.9, 15.3 and 2.1 % lie in passages that the index reports, and 14, 6 and 5 % of those
reported stand in no training passage of the reported length. After shuffling at most 0.2 % are reported.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from core.ngrams import NgramModel, QuoteIndex, hashed
from weights.recipes.char_rnn import PLANS, encoded
from weights.recipes.training import command


@dataclass(frozen=True)
class Reference:
    """keep: how often an n-gram of order 1, 2, ... must occur to be kept. length, stride: see `QuoteIndex`."""

    keep: tuple[int, ...]
    length: int
    stride: int


REFERENCES = {
    "shakespeare": Reference(keep=(1, 1, 1, 1, 2), length=16, stride=3),
    "linux": Reference(keep=(1, 1, 1, 2, 4), length=24, stride=8),
    "tang": Reference(keep=(1, 2, 4), length=5, stride=2),
}


def read_ids(name: str, data: Path) -> tuple[np.ndarray, np.ndarray, int]:
    """Training and validation text as the network reads them, (characters,) each, and the size of the vocabulary."""
    vocabulary, train, valid = encoded(PLANS[name], data)
    return train.numpy(), valid.numpy(), len(vocabulary)


def covered(starts: np.ndarray, ends: np.ndarray, length: int) -> np.ndarray:
    """Which of `length` characters lie in at least one passage [start, end): (length,) bool."""
    steps = np.bincount(starts, minlength=length + 1) - np.bincount(ends, minlength=length + 1)
    return steps.cumsum()[:length] > 0


def marked(index: QuoteIndex, ids: np.ndarray) -> np.ndarray:
    """Which characters of a text the index takes for quoted: (characters,) bool."""
    starts, ends = np.array(index.spans(ids), np.int64).reshape(-1, 2).T
    return covered(starts, ends, len(ids))


def quote_metrics(index: QuoteIndex, train: np.ndarray, valid: np.ndarray) -> dict[str, float]:
    """Shares, all of the validation text.

    false_hits: of its pieces that are not in the index, those taken for one that is. quoted: of its characters, those
    in reported passages. quoted_wrongly: of the reported characters, those that are in no passage of the training text
    as long as the shortest reported one. shuffled_quoted: characters reported after shuffling the text.
    """
    known = np.isin(hashed(valid, index.length), hashed(train, index.length)[:: index.stride])
    shortest = index.length + index.stride
    starts = np.flatnonzero(np.isin(hashed(valid, shortest), hashed(train, shortest)))
    copied, quoted = covered(starts, starts + shortest, len(valid)), marked(index, valid)
    shuffled = np.random.default_rng(0).permutation(valid)
    return {
        "false_hits": index.hits(valid)[~known].mean(),
        "quoted": quoted.mean(),
        "quoted_wrongly": (quoted & ~copied).sum() / quoted.sum(),
        "shuffled_quoted": marked(index, shuffled).mean(),
    }


def build(name: str, data: Path) -> tuple[dict[str, Tensor], dict]:
    """The reference tables of one corpus, and what they measure.

    nats, nats_unpruned: mean surprise per character on the whole validation text for order 0 (uniform), 1, 2, ..., with
    the tables as they ship and with all n-grams. quotes: see `quote_metrics`. bytes: size of the tensors.
    """
    reference = REFERENCES[name]
    train, valid, vocab = read_ids(name, data)
    order = len(reference.keep)
    full = NgramModel.fit(train, vocab, order, (1,) * order)
    pruned = NgramModel.fit(train, vocab, order, reference.keep)
    index = QuoteIndex.fit(train, reference.length, reference.stride)
    tensors = pruned.tensors() | index.tensors()
    metrics = {
        "validation_characters": len(valid),
        "nats": [round(pruned.nats(valid, k).mean().item(), 4) for k in range(order + 1)],
        "nats_unpruned": [round(full.nats(valid, k).mean().item(), 4) for k in range(order + 1)],
        "quotes": {key: round(value.item(), 5) for key, value in quote_metrics(index, train, valid).items()},
        "bytes": sum(tensor.nbytes for tensor in tensors.values()),
    }
    return tensors, metrics


def main(arguments: list[str] | None = None):
    options = command(__doc__, "corpus", REFERENCES).parse_args(arguments)
    print(json.dumps(build(options.corpus, options.data)[1], indent=2))


if __name__ == "__main__":
    main()
