"""From a translator's probabilities to a text: greedy, sampling, beam search; with forced beginnings and rivals.

Everything here works on any translator with four methods, so the recurrent ones and the transformer share it:

    encode(sources) -> memory          memory.rows(index) -> memory of these batch rows
    start(memory) -> state             state stays opaque; `select(state, index)` picks batch rows of it
    advance(pieces, state, memory, weights) -> log-probabilities (batch, vocab), state, attention

`attention` is (batch, layers, heads, source), each row summing to 1, or None. `weights` (batch, source) replaces it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor

from core.sampling import Sampling, draw
from core.subwords import END, PAD, START

RIVALS = 5
"""How many of the most probable pieces are reported for every step."""


class Translator(Protocol):
    """What this module needs of a network; see the module's text."""

    def encode(self, sources: Sequence[Sequence[int]]) -> Any: ...
    def start(self, memory: Any) -> Any: ...
    def select(self, state: Any, index: Tensor) -> Any: ...
    def advance(
        self, pieces: Tensor, state: Any, memory: Any, weights: Tensor | None = None
    ) -> tuple[Tensor, Any, Tensor | None]: ...


@dataclass(frozen=True)
class Step:
    """One piece of a translation as it was chosen.

    piece: its number. logp: its log-probability. rivals: the RIVALS most probable pieces here with their
    probabilities. attention: (layers, heads, source) or None.
    """

    piece: int
    logp: float
    rivals: tuple[tuple[int, float], ...]
    attention: Tensor | None


def observe(piece: int, logp: Tensor, attention: Tensor | None) -> Step:
    """A Step from log-probabilities (vocab,) and attention (layers, heads, source) at the moment of the choice."""
    best = logp.topk(RIVALS)
    rivals = zip(best.indices.tolist(), best.values.exp().tolist(), strict=True)
    return Step(piece, logp[piece].item(), tuple(rivals), attention)


@torch.inference_mode()
def unroll(
    net: Translator,
    memory: Any,
    sampling: Sampling,
    generator: torch.Generator | None = None,
    prefix: Sequence[int] = (),
    overrides: dict[int, Tensor] | None = None,
    limit: int = 120,
) -> Iterator[Step]:
    """Translates one sentence piece by piece; temperature 0 is greedy decoding.

    Args:
        memory: of one sentence.
        prefix: pieces that are set; the network goes on from there.
        overrides: step -> attention weights (source,) to use at that step in place of the network's own.
        limit: pieces at most, end sign included.

    Yields:
        One Step per piece; the last one is the end sign unless the limit came first.
    """
    state, last = net.start(memory), torch.tensor([START])
    for number in range(limit):
        weights = (overrides or {}).get(number)
        logp, state, attention = net.advance(last, state, memory, None if weights is None else weights[None])
        row = logp[0]  # (vocab,)
        if number < len(prefix):
            piece = prefix[number]
        elif sampling.temperature == 0:
            piece = int(row.argmax())
        else:
            piece = draw(sampling.probabilities(row), generator)
        yield observe(piece, row, None if attention is None else attention[0])
        if piece == END:
            return
        last = torch.tensor([piece])


@dataclass(frozen=True)
class Branch:
    """One entry of the beam's tree: a piece that was kept at some step.

    parent: place of the branch before it in `Beam.tree`, -1 for the first. logp: of this piece. total: of the whole
    beginning up to here.
    """

    parent: int
    piece: int
    logp: float
    total: float


@dataclass
class Beam:
    """Result of a beam search over one sentence.

    pieces: the translations without end sign, best first. totals: their log-probabilities. scores: what they were
    ranked by. tree: every branch that was kept on the way.
    """

    pieces: list[list[int]] = field(default_factory=list)
    totals: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    tree: list[Branch] = field(default_factory=list)


@torch.inference_mode()
def beam_search(
    net: Translator, memory: Any, batch: int, width: int, prefix: Sequence[int] = (), limit: int = 120
) -> list[Beam]:
    """Keeps the `width` best beginnings of every sentence (Graves 2012; width 1 is greedy decoding).

    A beginning is ranked by its mean log-probability per piece, so long translations are not at a disadvantage (Wu et
    al. 2016, section 7, with alpha = 1). A finished one stays in its place and competes with the unfinished; the
    search ends when every place of every sentence is finished. Sentences of a batch do not influence each other.

    Args:
        memory: of `batch` sentences.
        prefix: pieces with which every translation has to begin.
    """
    rows = batch * width
    memory = memory.rows(torch.arange(batch).repeat_interleave(width))
    state, last = net.start(memory), torch.full((rows,), START)
    total = torch.full((batch, width), -torch.inf)
    total[:, 0] = 0.0  # all places begin alike, so only one of them may have offspring
    length = torch.zeros(batch, width)
    done = torch.zeros(batch, width, dtype=torch.bool)
    written = torch.empty(rows, 0, dtype=torch.long)
    trees: list[list[Branch]] = [[] for _ in range(batch)]
    places = torch.full((batch, width), -1)
    for number in range(limit):
        logp, state, _ = net.advance(last, state, memory)
        vocab = logp.shape[1]
        logp = logp.view(batch, width, vocab)
        must = prefix[number] if number < len(prefix) else END if number == limit - 1 else None  # no room left: end
        if must is not None:
            forced = torch.full_like(logp, -torch.inf)
            forced[:, :, must] = logp[:, :, must]
            logp = forced
        frozen = torch.full((vocab,), -torch.inf)
        frozen[PAD] = 0.0
        logp = torch.where(done[..., None], frozen, logp)  # a finished one goes on as itself, at no cost
        totals = total[..., None] + logp  # (batch, width, vocab)
        lengths = (length + ~done)[..., None].clamp_min(1)
        score, flat = (totals / lengths).flatten(1).topk(width)  # (batch, width)
        parent, piece = flat // vocab, flat % vocab
        gained = logp.flatten(1).gather(1, flat)
        total = totals.flatten(1).gather(1, flat)
        length = (length + ~done).gather(1, parent)
        done = done.gather(1, parent) | (piece == END)
        index = (torch.arange(batch)[:, None] * width + parent).flatten()  # rows of the parents
        state = net.select(state, index)
        written = torch.cat([written[index], piece.view(rows, 1)], 1)
        before = places.gather(1, parent)
        for sentence, tree in enumerate(trees):
            for place in range(width):
                if total[sentence, place] == -torch.inf or piece[sentence, place] == PAD:
                    places[sentence, place] = before[sentence, place]
                    continue
                values = (before, piece, gained, total)
                tree.append(Branch(*(value[sentence, place].item() for value in values)))
                places[sentence, place] = len(tree) - 1
        last = piece.flatten()
        if done.all():
            break
    beams = []
    for sentence, tree in enumerate(trees):
        beam = Beam(tree=tree)
        for place in range(width):
            if total[sentence, place] == -torch.inf:
                continue
            pieces = [p for p in written[sentence * width + place].tolist() if p not in (END, PAD)]
            beam.pieces.append(pieces)
            beam.totals.append(total[sentence, place].item())
            beam.scores.append(score[sentence, place].item())
        beams.append(beam)
    return beams
