"""What counting knows about an author's training text: an n-gram ladder, and an index that notices quotes."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core import weights
from core.ngrams import NgramModel, QuoteIndex
from core.reading import Author


@dataclass(frozen=True)
class Reference:
    """N-gram model and quote index of one corpus; both None where there is none (a visitor's own model)."""

    ngrams: NgramModel | None
    index: QuoteIndex | None
    orders: tuple[int, ...]
    vocab: int

    def ladder(self, numbers: list[int]) -> list[tuple[str, float]]:
        """(name, mean nats per character) of a text under uniform guessing and under each n-gram order."""
        rungs = [("uniform", math.log(self.vocab))]
        if self.ngrams is not None:
            ids = np.array(numbers)
            rungs += [(f"{order}-gram", float(self.ngrams.nats(ids, order).mean())) for order in self.orders]
        return rungs


@lru_cache(maxsize=8)
def _load(file: str, vocab: int) -> Reference:
    tensors, entry = weights.read(file)
    return Reference(NgramModel.from_tensors(tensors), QuoteIndex.from_tensors(tensors), tuple(entry["orders"]), vocab)


def reference(author: Author) -> Reference:
    """The reference of an author whose weights ship, from `<his file>` with "_reference" added. Raises WeightsError."""
    vocab = len(author.vocabulary)
    if not author.name.endswith(".safetensors"):
        return Reference(None, None, (), vocab)
    return _load(author.name.replace(".safetensors", "_reference.safetensors"), vocab)


def quoted(author: Author, numbers: list[int]) -> list[tuple[int, int]]:
    """Spans [start, end) of a text (character numbers) that its author has copied, see `QuoteIndex.spans`."""
    index = reference(author).index
    return [] if index is None else index.spans(np.array(numbers, np.int64))
