"""A recurrent network that reads one character and guesses the next (Karpathy 2015, Graves 2013).

    character -> embedding -> recurrent layer(s) -> linear -> one score for each character of the vocabulary

Training runs whole sequences through `CharRNN.forward`. Reading and writing text, one character after the other,
goes through `CharRNN.step`, which is plain matrix-vector products and hands out every gate on the way. The fast
streaming path for long generations is `core/models/char_stream.py`.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from core.models.dropout import dropout
from core.models.recurrent import RecurrentLayer, State, start_tied


@dataclass(frozen=True)
class Config:
    """Shape of a character model, and the dropout rates it was trained with.

    vocab: number of distinct characters. cell: "rnn", "gru" or "lstm". layers: 1 to 3. hidden: width of each layer.
    embed: width of a character's input vector. tied: the output scores are inner products with the same character
    vectors (Press & Wolf 2017), which a vocabulary of thousands needs to stay small.
    dropout: between layers and before the output (Zaremba et al. 2014). recurrent_dropout: on the hidden-to-hidden
    weights. started: whether `start` stands in the file, a state to begin a text from: (2, layers * hidden), hidden
    and cell states, the layers side by side. Sequence calls begin with zeros all the same.
    """

    vocab: int
    cell: str = "lstm"
    layers: int = 2
    hidden: int = 512
    embed: int = 64
    tied: bool = False
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    started: bool = False

    def __post_init__(self):
        if not 1 <= self.layers <= 3:
            raise ValueError(f"layers must be 1, 2 or 3, not {self.layers}")


class CharRNN(nn.Module):
    """Embedding, `layers` recurrent layers, linear output. See `Config` for the shape."""

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab, config.embed)
        widths = [config.embed] + [config.hidden] * config.layers
        if config.started:
            self.register_buffer("start", torch.zeros(2, config.layers * config.hidden))
        self.layers = nn.ModuleList(RecurrentLayer(config.cell, before, after) for before, after in pairwise(widths))
        if config.tied:
            self.project = nn.Linear(config.hidden, config.embed, bias=False)
            self.bias = nn.Parameter(torch.zeros(config.vocab))
            start_tied(self.embedding, self.layers[:1])
        else:
            self.output = nn.Linear(config.hidden, config.vocab)

    def zero_state(self, batch: int = 1) -> list[State]:
        """One state per layer, all zeros: the network has read nothing yet."""
        return [layer.zero_state(batch) for layer in self.layers]

    def scores(self, h: Tensor) -> Tensor:
        """Logits for the next character from the top hidden state. (..., hidden) -> (..., vocab)."""
        if self.config.tied:
            return nn.functional.linear(self.project(h), self.embedding.weight, self.bias)
        return self.output(h)

    def forward(self, ids: Tensor, state: list[State] | None = None) -> tuple[Tensor, list[State]]:
        """Reads whole sequences.

        Args:
            ids: (time, batch) character numbers in [0, vocab).
            state: one state per layer, or None to start from zeros.

        Returns:
            Logits (time, batch, vocab) - row t is the guess for position t + 1 - and the state after the last one.
        """
        config = self.config
        state = state or self.zero_state(ids.shape[1])
        x = self.embedding(ids)  # (time, batch, embed)
        after = []
        for layer, before in zip(self.layers, state, strict=True):
            x, new = layer(x, before, config.recurrent_dropout)  # (time, batch, hidden)
            x = dropout(x, config.dropout, self.training)
            after.append(new)
        return self.scores(x), after

    def step(self, ids: Tensor, state: list[State]) -> tuple[Tensor, list[State], list[dict[str, Tensor]]]:
        """Reads one character per row, with everything that happens inside.

        Args:
            ids: (batch,) character numbers.
            state: one state per layer.

        Returns:
            Logits (batch, vocab), the new states, and per layer the activations that `RecurrentLayer.step` names.
        """
        x = self.embedding(ids)  # (batch, embed)
        after, inside = [], []
        for layer, before in zip(self.layers, state, strict=True):
            new, activations = layer.step(x, before)
            x = new[0]  # (batch, hidden)
            after.append(new)
            inside.append(activations)
        return self.scores(x), after, inside
