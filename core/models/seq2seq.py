"""An encoder-decoder with and without attention (Sutskever et al. 2014, Cho et al. 2014; Bahdanau et al. 2015).

    source pieces -> embedding -> bidirectional LSTM -> one vector h_j for each source piece
    target so far -> embedding -> LSTM -> state s_t, which asks: which h_j matter now?
        e_tj = v . tanh(W s_t + U h_j),  a_t = softmax(e_t),  c_t = sum_j a_tj h_j        (additive attention)
    [s_t, c_t] -> LSTM -> one score for each piece of the vocabulary

Without attention c_t is the same for every t: the encoder's last states in both directions, the famous fixed vector.
The state that asks has already read the piece before the one to be chosen, so row t of the attention belongs to the
piece that is chosen at t (in Bahdanau's own order, where the state of t - 1 asks, rows come one step early). And as
the question does not depend on earlier answers of the attention, training computes all of them at once (as in GNMT,
Wu et al. 2016, section 3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from core.models.dropout import dropout
from core.models.recurrent import RecurrentLayer, State, start_tied
from core.subwords import END, PAD


@dataclass(frozen=True)
class Config:
    """Shape of an encoder-decoder.

    vocab: pieces, shared by both languages. attention: False keeps the fixed vector. cell: "rnn", "gru" or "lstm".
    embed: width of a piece's vector. encoder: cells in each direction and layer. decoder: cells in each layer.
    layers: layers of the encoder; the decoder has two. dropout: on embeddings, between layers and before the output,
    with the rate of training.
    """

    vocab: int
    attention: bool = True
    cell: str = "lstm"
    embed: int = 256
    encoder: int = 192
    decoder: int = 288
    layers: int = 2
    dropout: float = 0.0


@dataclass(frozen=True)
class Memory:
    """A source text after encoding; it stays the same while the decoder writes.

    states: (source, batch, 2 * encoder), one vector for each piece. keys: (source, batch, 2 * encoder), U h_j.
    summary: (batch, 2 * encoder), the last state of each direction. mask: (source, batch), False on padding.
    """

    states: Tensor
    keys: Tensor
    summary: Tensor
    mask: Tensor

    def rows(self, index: Tensor) -> "Memory":
        """The memories of the batch rows `index` (any number of times, in any order)."""
        return Memory(self.states[:, index], self.keys[:, index], self.summary[index], self.mask[:, index])


def reverse_within(x: Tensor, lengths: Tensor) -> Tensor:
    """Turns every sequence around and leaves the padding behind it where it is.

    x: (time, batch, ...). lengths: (batch,).
    """
    time = torch.arange(len(x))[:, None]  # (time, 1)
    index = torch.where(time < lengths, lengths - 1 - time, time)  # (time, batch)
    return x[index, torch.arange(x.shape[1])]


class Encoder(nn.Module):
    """Bidirectional recurrent layers: every piece gets a vector that knows what stands before and after it."""

    def __init__(self, config: Config):
        super().__init__()
        self.rate = config.dropout
        widths = [config.embed] + [2 * config.encoder] * config.layers
        self.forwards = nn.ModuleList(
            RecurrentLayer(config.cell, width, config.encoder) for width, _ in pairwise(widths)
        )
        self.backwards = nn.ModuleList(
            RecurrentLayer(config.cell, width, config.encoder) for width, _ in pairwise(widths)
        )

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Reads embedded sources.

        Args:
            x: (source, batch, embed), padded behind. lengths: (batch,), at least 1.

        Returns:
            One vector for each piece (source, batch, 2 * encoder), zeros on padding; and the two last states side by
            side (batch, 2 * encoder).
        """
        rows = torch.arange(x.shape[1])
        for onward, back in zip(self.forwards, self.backwards, strict=True):
            x = dropout(x, self.rate, self.training)
            a, _ = onward(x, onward.zero_state(x.shape[1]))  # (source, batch, encoder)
            b, _ = back(reverse_within(x, lengths), back.zero_state(x.shape[1]))
            summary = torch.cat([a[lengths - 1, rows], b[lengths - 1, rows]], -1)
            x = torch.cat([a, reverse_within(b, lengths)], -1)  # (source, batch, 2 * encoder)
        inside = torch.arange(len(x))[:, None] < lengths  # (source, batch)
        return x * inside[..., None], summary


class AdditiveAttention(nn.Module):
    """e_tj = v . tanh(W s_t + U h_j), Bahdanau et al. 2015, appendix A.1.2. It looks at the encoder's outputs."""

    def __init__(self, query: int, key: int):
        super().__init__()
        self.query = nn.Linear(query, key, bias=False)  # W
        self.key = nn.Linear(key, key, bias=False)  # U
        self.score = nn.Linear(key, 1, bias=False)  # v

    def forward(self, s: Tensor, memory: Memory) -> Tensor:
        """Attention weights (time, batch, source) of states s (time, batch, query); rows sum to 1, padding gets 0."""
        sums = self.query(s)[:, :, None] + memory.keys.transpose(0, 1)  # (time, batch, source, key)
        scores = self.score(torch.tanh(sums)).squeeze(-1).to(self.score.weight.dtype)  # (time, batch, source)
        return scores.masked_fill(~memory.mask.t(), -torch.inf).softmax(-1)


class Seq2Seq(nn.Module):
    """The whole translator. See `Config` for the shape and the module's text for the equations."""

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        context = 2 * config.encoder
        self.embedding = nn.Embedding(config.vocab, config.embed)
        self.encoder = Encoder(config)
        self.bridge = nn.Linear(context, 2 * config.decoder)  # summary -> first states of both decoder layers
        self.lower = RecurrentLayer(config.cell, config.embed, config.decoder)
        self.upper = RecurrentLayer(config.cell, config.decoder + context, config.decoder)
        self.attention = AdditiveAttention(config.decoder, context) if config.attention else None
        self.mix = nn.Linear(config.decoder + context, config.embed)
        self.bias = nn.Parameter(torch.zeros(config.vocab))
        start_tied(self.embedding, (self.encoder.forwards[0], self.encoder.backwards[0], self.lower))

    def encode(self, source: Tensor, lengths: Tensor) -> Memory:
        """Reads sources (source, batch) of piece numbers, padded behind to the longest of `lengths` (batch,)."""
        states, summary = self.encoder(self.embedding(source), lengths)
        mask = torch.arange(len(source))[:, None] < lengths
        keys = states if self.attention is None else self.attention.key(states)
        return Memory(states, keys, summary, mask)

    def start(self, memory: Memory) -> list[State]:
        """States of the two decoder layers before the first piece."""
        first = torch.tanh(self.bridge(memory.summary)).to(self.bias.dtype).chunk(2, -1)  # (batch, decoder) each
        return [(h, torch.zeros_like(h)) if self.config.cell == "lstm" else (h,) for h in first]

    def look(self, s: Tensor, memory: Memory, weights: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Contexts (time, batch, 2 * encoder) and attention weights (time, batch, source) for states s.

        `weights` takes the place of the attention's own. Without attention: the fixed vector, and None.
        """
        if self.attention is None:
            return memory.summary.expand(len(s), -1, -1), None
        if weights is None:
            weights = self.attention(s, memory)
        context = torch.bmm(weights.transpose(0, 1).to(memory.states.dtype), memory.states.transpose(0, 1))
        return context.transpose(0, 1), weights

    def scores(self, o: Tensor, context: Tensor) -> Tensor:
        """Logits (..., vocab) from upper states (..., decoder) and contexts; piece vectors are shared (tied)."""
        x = torch.tanh(self.mix(torch.cat([o, context], -1)))  # (..., embed)
        return nn.functional.linear(dropout(x, self.config.dropout, self.training), self.embedding.weight, self.bias)

    def forward(self, source: Tensor, lengths: Tensor, target: Tensor) -> tuple[Tensor, Tensor | None]:
        """All steps at once, each after the true pieces before it (teacher forcing).

        Args:
            source: (source, batch). lengths: (batch,). target: (target, batch), the pieces read, start sign first.

        Returns:
            Logits (target, batch, vocab) for the pieces that follow, and attention (target, batch, source) or None.
        """
        rate, memory = self.config.dropout, self.encode(source, lengths)
        below, above = self.start(memory)
        y = dropout(self.embedding(target), rate, self.training)  # (target, batch, embed)
        s, _ = self.lower(y, below)  # (target, batch, decoder)
        context, weights = self.look(s, memory)
        o, _ = self.upper(dropout(torch.cat([s, context.to(s.dtype)], -1), rate, self.training), above)
        return self.scores(dropout(o, rate, self.training), context), weights

    def step(
        self, pieces: Tensor, states: list[State], memory: Memory, weights: Tensor | None = None
    ) -> tuple[Tensor, list[State], Tensor | None]:
        """One piece further.

        Args:
            pieces: (batch,) the pieces chosen last. states: as returned by `start` or the step before.
            weights: (batch, source), attention to use instead of the model's own.

        Returns:
            Logits (batch, vocab), the new states, and the attention weights in force (batch, source) or None.
        """
        below, _ = self.lower.step(self.embedding(pieces), states[0])
        s = below[0]  # (batch, decoder)
        context, used = self.look(s[None], memory, None if weights is None else weights[None])
        above, _ = self.upper.step(torch.cat([s, context[0]], -1), states[1])
        return self.scores(above[0], context[0]), [below, above], None if used is None else used[0]


class RecurrentTranslator:
    """A Seq2Seq as `core.decoding.Translator` wants it."""

    def __init__(self, model: Seq2Seq):
        self.model = model.eval().requires_grad_(False)

    @torch.inference_mode()
    def encode(self, sources: Sequence[Sequence[int]]) -> Memory:
        """Reads sources, each a list of pieces without end sign."""
        return self.model.encode(*padded(sources))

    def start(self, memory: Memory) -> list[State]:
        """See `Seq2Seq.start`."""
        return self.model.start(memory)

    def select(self, states: list[State], index: Tensor) -> list[State]:
        """The states of other batch rows."""
        return [tuple(part[index] for part in state) for state in states]

    def advance(
        self, pieces: Tensor, states: list[State], memory: Memory, weights: Tensor | None = None
    ) -> tuple[Tensor, list[State], Tensor | None]:
        """One piece further; attention as (batch, 1, 1, source)."""
        logits, states, attention = self.model.step(pieces, states, memory, weights)
        logits[:, PAD] = -torch.inf
        return logits.log_softmax(-1), states, None if attention is None else attention[:, None, None]


def rounded_up(length: int, multiple: int) -> int:
    """The next multiple of `multiple`."""
    return -(-length // multiple) * multiple


def padded(rows: Sequence[Sequence[int]], multiple: int = 1) -> tuple[Tensor, Tensor]:
    """Lists of pieces as (longest, batch), end sign behind each and then padding, and their lengths (batch,).

    `multiple`: the longest is rounded up to a multiple of this.
    """
    lengths = torch.tensor([len(row) + 1 for row in rows])
    ids = torch.full((rounded_up(int(lengths.max()), multiple), len(rows)), PAD)
    for number, row in enumerate(rows):
        ids[: len(row) + 1, number] = torch.tensor([*row, END])
    return ids, lengths
