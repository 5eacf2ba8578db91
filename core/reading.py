"""A trained character model at work: it reads a text and says how surprised it is, or writes one.

Both begin as if a line break had just been read, so the first character already has a probability. An author who
brings a start of his own begins as he felt after a line break, on average over what he has read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from core import weights
from core.complaint import Complaint
from core.models.char_rnn import CharRNN, Config
from core.models.char_stream import CharStream
from core.sampling import Sampling, draw
from core.text import RARE, Vocabulary

CANDIDATES = 5
"""How many of the most probable next characters are reported for every position."""


@dataclass(frozen=True)
class Author:
    """A character model with its alphabet. `head` is at rest and only ever copied. learned: the text it learned from,
    as character numbers (characters,), where that is at hand."""

    name: str
    vocabulary: Vocabulary
    head: CharStream
    learned: NDArray[np.int64] | None = field(default=None, compare=False)

    @classmethod
    def of(cls, name: str, vocabulary: Vocabulary, model: CharRNN, learned: NDArray | None = None) -> "Author":
        """An author from a model in memory."""
        return cls(name, vocabulary, CharStream(model), learned)

    def begin(self, held: dict[int, float] | None = None) -> tuple[CharStream, NDArray[np.float32]]:
        """A fresh reading head and its logits (vocab,) for the first character. `held`: see `CharStream.held`."""
        head = self.head.copy()
        head.held = dict(held or {})
        if head.model.config.started:
            return head, head.scores(head.h[-head.hidden :])
        return head, head.read(self.vocabulary.index.get("\n", 0))

    @property
    def units(self) -> int:
        """Number of cells over all layers."""
        return len(self.head.h)


@lru_cache(maxsize=8)
def author(file: str) -> Author:
    """The author whose weights are in `weights/<file>`. Loaded once, read-only after that. Raises WeightsError."""
    tensors, entry = weights.read(file)
    model = CharRNN(Config(**entry["config"]))
    weights.fill(model, tensors, file)
    return Author.of(file, Vocabulary(entry["vocabulary"]), model)


@dataclass(frozen=True)
class Glyph:
    """One character of a text as the model saw it coming.

    number: the character. nats: the surprise -ln p, p at temperature 1. chance: the probability with which it was
    drawn, after temperature, top-k and top-p; 0 for a character that was given, not drawn. candidates: the
    CANDIDATES most probable characters with their probabilities at temperature 1, the most probable first.
    """

    number: int
    nats: float
    chance: float
    candidates: tuple[tuple[int, float], ...]


def look(logits: NDArray[np.float32], numbers: list[int], chance: float = 0.0) -> list[Glyph]:
    """What `logits` (characters, vocab) said before each of the characters `numbers` came."""
    p = torch.from_numpy(logits).softmax(-1)  # (characters, vocab)
    best = p.topk(min(CANDIDATES, p.shape[1]))  # (characters, CANDIDATES) each
    own = p[torch.arange(len(numbers)), torch.tensor(numbers)].clamp_min(1e-30)
    rows = zip(numbers, (-own.log()).tolist(), best.indices.tolist(), best.values.tolist(), strict=True)
    return [Glyph(number, nats, chance, tuple(zip(ids, ps, strict=True))) for number, nats, ids, ps in rows]


def read(author: Author, numbers: list[int]) -> tuple[list[Glyph], NDArray[np.float32]]:
    """Reads a given text.

    Args:
        author: who reads.
        numbers: the text as character numbers.

    Returns:
        One Glyph per character, and the value of every cell right after it: (characters, units), in (-1, 1).
    """
    head, first = author.begin()
    top = np.empty((len(numbers), head.hidden), np.float32)
    cells = np.empty((len(numbers), author.units), np.float32)
    for position, number in enumerate(numbers):
        top[position] = head.advance(number)
        cells[position] = head.cells
    logits = np.concatenate([first[None], head.scores(top[:-1])])  # (characters, vocab): all products in one
    return look(logits, numbers), cells


def write(
    author: Author,
    prompt: list[int],
    sampling: Sampling,
    length: int,
    generator: torch.Generator,
    held: dict[int, float] | None = None,
) -> Iterator[Glyph]:
    """Reads the prompt, then writes `length` characters. Yields every Glyph, those of the prompt first.

    Args:
        prompt: character numbers, may be empty.
        held: cells to hold at a value from the first character on, see `CharStream.held`.
    """
    head, logits = author.begin(held)
    for number in prompt:
        yield look(logits[None], [number])[0]
        logits = head.read(number)
    rare = author.vocabulary.index.get(RARE)
    for _ in range(length):
        scores = torch.from_numpy(logits)
        if rare is not None:
            scores = scores.clone()
            scores[rare] = -torch.inf
        p = sampling.probabilities(scores)
        number = draw(p, generator)
        yield look(logits[None], [number], p[number].item())[0]
        logits = head.read(number)


def known(author: Author, text: str, name: tuple[str, str], empty_is_fine: bool = False) -> tuple[list[int], list[str]]:
    """`text` as numbers, and the characters that this author never saw.

    Raises:
        Complaint: nothing is left to read although something is needed.
    """
    numbers, unknown = author.vocabulary.encode(text)
    if numbers or (empty_is_fine and not text):
        return numbers, unknown
    en, zh = name
    if not text:
        raise Complaint(f"{en} is empty: type or paste some text first.", f"{zh}是空的：请先输入一些文字。")
    seen = " ".join(visible(char) for char in unknown[:12])
    raise Complaint(
        f"{en} has no character that this model knows. It never saw: {seen}",
        f"{zh}里没有这个模型认识的字符。它从没见过：{seen}",
    )


def visible(char: str) -> str:
    """A character in a form that can be seen: itself, or its code point where it has no ink of its own."""
    return char if char.isprintable() and not char.isspace() else f"U+{ord(char):04X}"
