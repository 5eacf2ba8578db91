"""One recurrent layer - vanilla RNN, GRU or LSTM - as equations and as a fast kernel.

The character model and the translation encoder-decoder are both built from this layer. Its parameters have the
names, shapes and gate order of `torch.nn.RNN`, `torch.nn.GRU` and `torch.nn.LSTM`, so a layer can be compared with
torch's own number for number (tests/core/test_recurrent.py does).

Sources: vanilla RNN, Elman 1990; LSTM, Hochreiter & Schmidhuber 1997 with the forget gate of Gers et al. 2000;
GRU, Cho et al. 2014 in the variant that torch uses (reset gate after the matrix product).
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from core.models.dropout import dropout

GATES = {"rnn": 1, "gru": 3, "lstm": 4}
"""Cell name -> number of gate blocks stacked in its weight matrices."""

State = tuple[Tensor, ...]
"""What a layer remembers: `(h, c)` for an LSTM, `(h,)` otherwise. Each tensor is (batch, hidden)."""


class RecurrentLayer(nn.Module):
    """A single layer, run over a whole sequence (`forward`) or one position at a time (`step`).

    Args:
        cell: "rnn", "gru" or "lstm".
        input_size: width of each input vector.
        hidden_size: width of the hidden state.

    Raises:
        ValueError: for another cell name.
    """

    def __init__(self, cell: str, input_size: int, hidden_size: int):
        super().__init__()
        if cell not in GATES:
            raise ValueError(f"cell must be one of {', '.join(GATES)}, not {cell!r}")
        self.cell, self.input_size, self.hidden_size = cell, input_size, hidden_size
        rows = GATES[cell] * hidden_size
        # inputs of variance 1 give sums of variance 1 (LeCun et al. 1998, section 4.6). torch's own start is smaller,
        # seven times for an input 64 wide: the first epoch of a character model then ends at 2.26 nats, not at 1.80
        self.weight_ih = nn.Parameter(torch.randn(rows, input_size) * input_size**-0.5)
        self.weight_hh = nn.Parameter(torch.empty(rows, hidden_size).uniform_(-(hidden_size**-0.5), hidden_size**-0.5))
        self.bias_ih = nn.Parameter(torch.zeros(rows))
        self.bias_hh = nn.Parameter(torch.zeros(rows))
        if cell == "lstm":  # an open forget gate lets gradients through from the first step (Jozefowicz et al. 2015)
            with torch.no_grad():
                self.bias_ih[hidden_size : 2 * hidden_size].fill_(1.0)

    def zero_state(self, batch: int) -> State:
        """The state before the first input: zeros, (batch, hidden) each."""
        zeros = self.weight_hh.new_zeros(batch, self.hidden_size)
        return (zeros, zeros) if self.cell == "lstm" else (zeros,)

    def step(self, x: Tensor, state: State) -> tuple[State, dict[str, Tensor]]:
        """Advances by one position, every gate in the open.

        Args:
            x: (batch, input_size).
            state: as returned by `zero_state` or by the step before.

        Returns:
            The new state, and the activations by name, each (batch, hidden): for an LSTM `input`, `forget`, `output`
            gates in (0, 1), `candidate` in (-1, 1), `cell` (unbounded) and `hidden` in (-1, 1); for a GRU `reset`,
            `update`, `candidate`, `hidden`; for a vanilla RNN `hidden`.
        """
        h = state[0]
        from_input = torch.nn.functional.linear(x, self.weight_ih, self.bias_ih)  # (batch, gates * hidden)
        from_past = torch.nn.functional.linear(h, self.weight_hh, self.bias_hh)  # (batch, gates * hidden)
        if self.cell == "rnn":
            h = torch.tanh(from_input + from_past)
            return (h,), {"hidden": h}
        if self.cell == "gru":
            (r_x, z_x, n_x), (r_h, z_h, n_h) = from_input.chunk(3, 1), from_past.chunk(3, 1)
            reset, update = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
            candidate = torch.tanh(n_x + reset * n_h)
            h = (1 - update) * candidate + update * h
            return (h,), {"reset": reset, "update": update, "candidate": candidate, "hidden": h}
        i, f, g, o = (from_input + from_past).chunk(4, 1)  # (batch, hidden) each
        i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
        c = f * state[1] + i * g
        h = o * torch.tanh(c)
        return (h, c), {"input": i, "forget": f, "candidate": g, "output": o, "cell": c, "hidden": h}

    def forward(self, xs: Tensor, state: State, recurrent_dropout: float = 0.0) -> tuple[Tensor, State]:
        """Runs a whole sequence through torch's fused kernel: same equations, far fewer and larger operations.

        Args:
            xs: (time, batch, input_size).
            state: the state before the first position.
            recurrent_dropout: share of the hidden-to-hidden weights that is switched off for this whole sequence
                (DropConnect as in AWD-LSTM, Merity et al. 2018, section 2). Only applied in training mode.

        Returns:
            The hidden states (time, batch, hidden) and the state after the last position.
        """
        weight_hh = dropout(self.weight_hh, recurrent_dropout, self.training)
        weights = [self.weight_ih, weight_hh, self.bias_ih, self.bias_hh]
        # (sequence, state, weights, has_biases, layers, dropout, train, bidirectional, batch_first)
        if self.cell == "lstm":
            hx = [part.unsqueeze(0) for part in state]
            out, h, c = torch.lstm(xs, hx, weights, True, 1, 0.0, self.training, False, False)
            return out, (h[0], c[0])
        kernel = torch.gru if self.cell == "gru" else torch.rnn_tanh
        out, h = kernel(xs, state[0].unsqueeze(0), weights, True, 1, 0.0, self.training, False, False)
        return out, (h[0],)


@torch.no_grad()
def start_tied(embedding: nn.Embedding, readers: Iterable[RecurrentLayer]) -> None:
    """Scales fresh vectors that also give the scores (Press & Wolf 2017) to length 1, or the scores would start far too
    large; the layers that read them make up for it."""
    width = embedding.embedding_dim
    embedding.weight.mul_(width**-0.5)
    for layer in readers:
        layer.weight_ih.mul_(width**0.5)
