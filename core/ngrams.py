"""What counting alone knows about a text: an n-gram model, and an index that notices literal quotes.

Both are fitted on the corpus a network was trained on. `NgramModel` is the yardstick for the network's guesses,
`QuoteIndex` tells whether the network recites. Both pack into a few integer tensors whose names do not clash, so that
one safetensors file holds the two.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class NgramModel:
    """Character n-gram model with interpolated Witten-Bell smoothing (Bell, Cleary & Witten 1990; Chen & Goodman 1998).

        p(c | context) = (count(context c) + escape(context) p(c | shorter context)) / (seen(context) + escape(context))

    seen is the number of times any character followed the context, escape how many different ones did. The shortest
    context is none at all, and below it stands the uniform distribution.

    The counts form a tree: a node is an n-gram, its parent the n-gram without its last character, the root the empty
    one. `keys[k]`: the nodes of order k, sorted, each as (place of its parent in keys[k - 1]) * vocab + last character.
    `counts[k]`: how often each occurred. The text is counted as a ring, its start follows its end; so the counts of
    the children of a node add up to its own count, and a shortfall is exactly what pruning took.
    """

    vocab: int
    keys: tuple[np.ndarray, ...]
    counts: tuple[np.ndarray, ...]

    def __post_init__(self):
        seen, escape = [], []  # of the nodes of order 0, 1, ... as contexts
        for total, keys, counts in zip(self.counts[:-1], self.keys[1:], self.counts[1:], strict=True):
            parents = keys // self.vocab
            seen.append(np.bincount(parents, weights=counts, minlength=len(total)))
            kinds = np.bincount(parents, minlength=len(total))
            # A pruned occurrence is taken for a character seen once. It leaves `seen`, and both its count and its kind
            # go to the shorter context. Where only single occurrences were pruned, this is no approximation of escape.
            escape.append(kinds + 2 * (total - seen[-1]))
        object.__setattr__(self, "seen", tuple(seen))
        object.__setattr__(self, "escape", tuple(escape))

    @classmethod
    def fit(cls, ids: np.ndarray, vocab: int, order: int, keep: tuple[int, ...]) -> "NgramModel":
        """Counts the n-grams of the text `ids` (characters,) up to `order`; those of order k need keep[k - 1] counts.

        Raises ValueError for no ids, ids outside the vocabulary, or a `keep` that is not one number an order, from 1
        up and never falling: the parent of a kept n-gram must be kept too.
        """
        ids = checked(ids, vocab)
        if not len(ids):
            raise ValueError("there is nothing to count in an empty text")
        if len(keep) != order or keep[:1] != (1,) or list(keep) != sorted(keep):
            raise ValueError(f"keep needs {order} numbers that start at 1 and never fall, not {keep}")
        keys, counts = [np.zeros(1, np.int64)], [np.array([len(ids)])]
        node = np.zeros(len(ids), np.int64)  # of the n-gram that ends here; -1 where it was pruned
        for least in keep:
            found, which, count = np.unique(np.roll(node, 1) * vocab + ids, return_inverse=True, return_counts=True)
            kept = (found >= 0) & (count >= least)
            node = np.where(kept, np.cumsum(kept) - 1, -1)[which]
            keys.append(found[kept])
            counts.append(count[kept])
        return cls(vocab, tuple(keys), tuple(counts))

    def nats(self, ids: np.ndarray, order: int) -> np.ndarray:
        """Surprise -ln p of every id, given up to order - 1 ids before it. ids: (characters,); same shape out.

        Order 0 is the uniform distribution. Raises ValueError for ids outside the vocabulary or too high an order.
        """
        ids = checked(ids, self.vocab)
        if not 0 <= order < len(self.keys):
            raise ValueError(f"order must be 0 to {len(self.keys) - 1}, not {order}")
        p = np.full(len(ids), 1 / self.vocab)
        node = np.zeros(len(ids), np.int64)  # of the n-gram that ends here; -1 where it was never seen
        for k in range(1, order + 1):
            context = np.roll(node, 1)
            if k > 1:
                context[:1] = -1  # nothing stands before the first character
            node, counts = self.look_up(k, context * self.vocab + ids)
            seen, escape = self.seen[k - 1][context], self.escape[k - 1][context]
            p = np.where(context >= 0, (counts + escape * p) / (seen + escape), p)
        return -np.log(p)

    def distribution(self, context_ids: np.ndarray, order: int) -> np.ndarray:
        """p of every character after the last order - 1 ids of `context_ids`: (vocab,)."""
        context_ids = checked(context_ids, self.vocab)
        p = np.full(self.vocab, 1 / self.vocab)
        for k in range(1, min(order, len(context_ids) + 1) + 1):
            node = np.zeros(1, np.int64)
            for depth, char in enumerate(context_ids[len(context_ids) - k + 1 :], start=1):
                node, _ = self.look_up(depth, node * self.vocab + char)
            if node[0] < 0:
                break
            _, counts = self.look_up(k, node * self.vocab + np.arange(self.vocab))
            seen, escape = self.seen[k - 1][node], self.escape[k - 1][node]
            p = (counts + escape * p) / (seen + escape)
        return p

    def look_up(self, k: int, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places and counts of some nodes of order k by their keys; -1 and 0 for those the tree lacks."""
        place = np.searchsorted(self.keys[k], keys)
        known = place < len(self.keys[k])
        known[known] = self.keys[k][place[known]] == keys[known]
        counts = np.zeros(len(keys), np.int64)
        counts[known] = self.counts[k][place[known]]
        return np.where(known, place, -1), counts

    def tensors(self) -> dict[str, Tensor]:
        """The exact tree, about three bytes a node: its last character, its count, its number of children."""
        sizes = [len(keys) for keys in self.keys]
        parents = [keys // self.vocab for keys in self.keys[1:]]
        children = [np.bincount(part, minlength=size) for part, size in zip(parents, sizes[:-1], strict=True)]
        chars = np.concatenate(self.keys[1:]) % self.vocab
        return {
            "ngram_shape": torch.tensor([self.vocab, len(self.keys) - 1]),
            "ngram_chars": torch.from_numpy(chars.astype(np.min_scalar_type(-self.vocab))),
            **packed("ngram_counts", np.concatenate(self.counts)),
            **packed("ngram_children", np.concatenate(children)),
        }

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> "NgramModel":
        """The model that `tensors` made these of. Entries with other names are left alone."""
        vocab, order = tensors["ngram_shape"].tolist()
        chars = tensors["ngram_chars"].numpy().astype(np.int64)
        counts, children = unpacked("ngram_counts", tensors), unpacked("ngram_children", tensors)
        keys, ends = [np.zeros(1, np.int64)], [1]  # ends: number of nodes up to and including a level
        for _ in range(order):
            size = len(keys[-1])
            parents = np.repeat(np.arange(size), children[ends[-1] - size : ends[-1]])
            # the root has no last character, so the characters of a level start one place early
            keys.append(parents * vocab + chars[ends[-1] - 1 :][: len(parents)])
            ends.append(ends[-1] + len(parents))
        return cls(vocab, tuple(keys), tuple(np.split(counts, ends[:-1])))


def checked(ids: np.ndarray, vocab: int) -> np.ndarray:
    """The ids as int64. Raises ValueError if they are not a sequence of numbers from 0 to vocab - 1."""
    ids = np.asarray(ids, np.int64)
    if ids.ndim != 1 or (ids < 0).any() or (ids >= vocab).any():
        raise ValueError(f"ids must be a sequence of numbers from 0 to {vocab - 1}")
    return ids


def packed(name: str, values: np.ndarray) -> dict[str, Tensor]:
    """Mostly small numbers as bytes. 255 in a byte says: the next entry of the second, wider tensor stands here."""
    large = values[values >= 255].astype(np.int32)
    return {
        name: torch.from_numpy(np.minimum(values, 255).astype(np.uint8)),
        f"{name}_large": torch.from_numpy(large),
    }


def unpacked(name: str, tensors: dict[str, Tensor]) -> np.ndarray:
    """The numbers that `packed` stored under this name, as int64."""
    values = tensors[name].numpy().astype(np.int64)
    values[values == 255] = tensors[f"{name}_large"].numpy()
    return values


@dataclass(frozen=True, eq=False)
class QuoteIndex:
    """Notices passages copied from a corpus, at about ten bits for every `stride` characters of it.

    A Bloom filter (Bloom 1970) holds every `stride`-th piece of `length` characters of the corpus. It never misses a
    piece, and takes a share of foreign ones for its own: 0.8 % at ten bits a piece. Two hits exactly `stride` apart
    are needed to speak of a quote, so chance makes a quote at one position in 15,000.

    A copied passage hits once every `stride` positions. Hence: a passage of length + 2 stride - 1 characters or more is
    always found; nothing shorter than length + stride is ever reported; the ends are known to within stride - 1
    characters, and the reported part lies inside, unless chance adds a hit. What the index knows is that neighbouring
    pieces, which share length - stride characters, occur in the corpus - not that they stand side by side there.

    bits: (bytes,) uint8, the filter. probes: bits set for a piece.
    """

    length: int
    stride: int
    probes: int
    bits: np.ndarray

    @classmethod
    def fit(cls, ids: np.ndarray, length: int, stride: int, bits_per_item: int = 10) -> "QuoteIndex":
        """The index of the corpus `ids` (characters,). Raises ValueError unless 1 <= stride <= length <= characters."""
        if not 1 <= stride <= length <= len(ids):
            raise ValueError(f"needs 1 <= stride <= length <= {len(ids)}, not stride {stride} and length {length}")
        hashes = np.unique(hashed(ids, length)[::stride])
        probes = max(1, round(bits_per_item * np.log(2)))  # the number with the fewest false hits
        index = cls(length, stride, probes, np.zeros(len(hashes) * bits_per_item // 8 + 1, np.uint8))
        flags = np.zeros(len(index.bits) * 8, np.uint8)
        for places in index.places(hashes):
            flags[places] = 1
        index.bits[:] = np.packbits(flags)
        return index

    def places(self, hashes: np.ndarray):
        """Yields, for each probe, the bit to look at for every hash (Kirsch & Mitzenmacher 2006)."""
        start, step = hashes >> np.uint64(32), hashes & np.uint64(0xFFFFFFFF) | np.uint64(1)
        for probe in range(self.probes):
            yield ((start + np.uint64(probe) * step) % np.uint64(len(self.bits) * 8)).astype(np.int64)

    def hits(self, ids: np.ndarray) -> np.ndarray:
        """Whether the piece that starts at a position seems to be in the corpus: (characters - length + 1,) bool."""
        hashes = hashed(ids, self.length)
        found = np.ones(len(hashes), bool)
        for places in self.places(hashes):
            found &= (self.bits[places >> 3] << (places & 7) & 128) > 0  # packbits puts the first bit highest
        return found

    def spans(self, ids: np.ndarray) -> list[tuple[int, int]]:
        """The copied passages [start, end) of a text, in order and apart; passages that overlap come as one."""
        hits = self.hits(ids)
        spans = []
        for start in np.flatnonzero(hits[: -self.stride] & hits[self.stride :]).tolist():
            end = start + self.stride + self.length
            if spans and start < spans[-1][1]:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
        return spans

    def tensors(self) -> dict[str, Tensor]:
        """The filter and its shape."""
        shape = torch.tensor([self.length, self.stride, self.probes])
        return {"quote_shape": shape, "quote_bits": torch.from_numpy(self.bits)}

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> "QuoteIndex":
        """The index that `tensors` made these of. Entries with other names are left alone."""
        return cls(*tensors["quote_shape"].tolist(), tensors["quote_bits"].numpy())


def hashed(ids: np.ndarray, length: int) -> np.ndarray:
    """64-bit hashes of all pieces of `length` ids: (characters - length + 1,) uint64; empty for a shorter text.

    A polynomial in an odd base modulo 2^64, then the finaliser of MurmurHash3, which spreads it over all bits.
    """
    ids = np.asarray(ids).astype(np.uint64) + np.uint64(1)
    count = max(0, len(ids) - length + 1)
    h = np.zeros(count, np.uint64)
    for offset in range(length):
        h = h * np.uint64(0xD1342543DE82EF95) + ids[offset : offset + count]
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        h = (h ^ h >> np.uint64(33)) * np.uint64(factor)
    return h ^ h >> np.uint64(33)
