"""Which word became which: links between two sentences, how good they are, and the oldest model that learns them."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Links = set[tuple[int, int]]
"""Pairs (source word, target word), counted from 0."""


def alignment_error(found: Iterable[Links], sure: Iterable[Links], possible: Iterable[Links]) -> float:
    """Alignment error rate over a set of sentences, 0 (perfect) to 1 (Och & Ney 2003, section 5.2).

    AER = 1 - (|A & S| + |A & P|) / (|A| + |S|), where the sure links S are among the possible ones P.

    Args:
        found: links of the system, per sentence. sure, possible: of the annotator; `possible` need not repeat `sure`.

    Raises:
        ValueError: nothing was found and nothing is sure, so there is no error to speak of.
    """
    hits = total = 0
    for a, s, p in zip(found, sure, possible, strict=True):
        hits += len(a & s) + len(a & (s | p))
        total += len(a) + len(s)
    if not total:
        raise ValueError("no links at all")
    return 1 - hits / total


def merged(attention: NDArray[np.float32], source: Sequence[int], target: Sequence[int]) -> NDArray[np.float32]:
    """Attention between pieces as attention between words.

    Args:
        attention: (target pieces, source pieces). source, target: the word of each piece; -1 leaves a piece out.

    Returns:
        (target words, source words): summed over the pieces of a source word, averaged over those of a target word.
    """
    columns = np.zeros((attention.shape[1], max(source, default=-1) + 1), np.float32)
    for piece, word in enumerate(source):
        if word >= 0:
            columns[piece, word] = 1
    rows = np.zeros((max(target, default=-1) + 1, attention.shape[0]), np.float32)
    for piece, word in enumerate(target):
        if word >= 0:
            rows[word, piece] = 1
    return (rows / np.maximum(rows.sum(1, keepdims=True), 1)) @ attention @ columns


def strongest(matrix: NDArray[np.float32]) -> Links:
    """One link for each target word: the source word with most attention. matrix: (target words, source words)."""
    return {(int(row.argmax()), target) for target, row in enumerate(matrix)} if matrix.shape[1] else set()


class Model1:
    """IBM Model 1 (Brown et al. 1993): t(f | e), the chance that a source word e becomes a target word f.

    Position and neighbours play no part. Learned by expectation maximisation; words are compared in lower case.
    """

    NULL = ""
    """The source word of target words that come from nowhere."""

    def __init__(self, pairs: Sequence[tuple[Sequence[str], Sequence[str]]], rounds: int = 5):
        self.sources = {self.NULL: 0}
        self.targets: dict[str, int] = {}
        es, fs, sizes = [], [], []  # one entry for each possible link of each sentence
        for source, target in pairs:
            e = [0, *(self.sources.setdefault(word.lower(), len(self.sources)) for word in source)]
            f = [self.targets.setdefault(word.lower(), len(self.targets)) for word in target]
            es.append(np.tile(e, len(f)))
            fs.append(np.repeat(f, len(e)))
            sizes.append(np.full(len(f), len(e)))
        e, f, sizes = np.concatenate(es), np.concatenate(fs), np.concatenate(sizes)
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])  # where the links of each target word begin
        self.keys, link = np.unique(e * len(self.targets) + f, return_inverse=True)
        t = np.full(len(self.keys), 1 / len(self.targets))
        source_of = self.keys // len(self.targets)
        for _ in range(rounds):
            weight = t[link]
            weight /= np.repeat(np.add.reduceat(weight, starts), sizes)  # expectation: shares of each target word
            counts = np.bincount(link, weight, len(self.keys))
            t = counts / np.bincount(source_of, counts, len(self.sources))[source_of]  # maximisation
        self.t = t

    def chance(self, source: str, target: str) -> float:
        """t(target | source); 0 for a pair that never stood in one sentence pair."""
        e, f = self.sources.get(source.lower()), self.targets.get(target.lower())
        if e is None or f is None:
            return 0.0
        key = e * len(self.targets) + f
        place = np.searchsorted(self.keys, key)
        return float(self.t[place]) if place < len(self.keys) and self.keys[place] == key else 0.0

    def align(self, source: Sequence[str], target: Sequence[str]) -> Links:
        """The likeliest source word of each target word; none where NULL is likelier, or nothing is known."""
        links = set()
        for number, word in enumerate(target):
            chances = [self.chance(other, word) for other in source]
            if chances and max(chances) > self.chance(self.NULL, word):
                links.add((int(np.argmax(chances)), number))
        return links
