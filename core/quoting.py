"""What counting knows about an author's training text: an n-gram ladder, and an index that notices quotes."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core import weights
from core.ngrams import NgramModel, QuoteIndex
from core.reading import Author

LONGEST, PASSAGE = 5, 16
"""Of a visitor's own text: the longest n-grams that are counted, and characters of the pieces that are looked for."""


@dataclass(frozen=True)
class Reference:
    """N-gram model and quote index of one corpus; both None where the corpus is not at hand (a model from a file)."""

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


@lru_cache(maxsize=4)
def _counted(learned: bytes, vocab: int) -> Reference:
    """The reference of a text, int64 character numbers; a second for 200,000."""
    ids = np.frombuffer(learned, np.int64)
    ngrams = NgramModel.fit(ids, vocab, LONGEST, (1,) * LONGEST)
    return Reference(ngrams, QuoteIndex.fit(ids, PASSAGE, 1), (2, LONGEST), vocab)


def reference_file(file: str) -> str:
    """Where the reference of an author's weight file ships."""
    return file.replace(".safetensors", "_reference.safetensors")


def reference(author: Author) -> Reference:
    """The reference of an author: of the text it learned from where that is at hand; else, if its weights ship, the
    one that ships beside them. Raises WeightsError."""
    vocab = len(author.vocabulary)
    if author.learned is not None and len(author.learned) > PASSAGE:
        return _counted(author.learned.astype(np.int64).tobytes(), vocab)
    if not author.name.endswith(".safetensors"):
        return Reference(None, None, (), vocab)
    return _load(reference_file(author.name), vocab)


def quoted(author: Author, numbers: list[int]) -> list[tuple[int, int]] | None:
    """Spans [start, end) of a text (character numbers) that its author has copied, see `QuoteIndex.spans`; None where
    nobody can tell."""
    index = reference(author).index
    return None if index is None else index.spans(np.array(numbers, np.int64))
