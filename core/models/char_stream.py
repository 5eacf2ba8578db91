"""The character model as a stream: read one character, get the scores of the next, thousands of times a second.

One character at a time leaves nothing to do in parallel: every weight is read once and used once, so the speed limit
is how fast 13 MB of weights come out of the cache. What is left is not to waste time around it: the product of
embedding and input weights is tabulated beforehand (a character then costs one look-up), input and recurrent weights
of the upper layers lie side by side (one matrix-vector product instead of two), and numpy is used instead of torch,
because its matrix-vector product reaches the memory's speed with one thread and its calls cost a tenth.
"""

import math

import numpy as np
from numpy.typing import NDArray

from core.models.char_rnn import CharRNN

Array = NDArray[np.float32]


def sigmoid(x: Array) -> Array:
    """The logistic function through tanh, which cannot overflow."""
    return 0.5 * np.tanh(0.5 * x) + 0.5


class CharStream:
    """A reading head over a `CharRNN`: the weights are shared, the state is this head's own.

    Attributes:
        h: hidden states of all layers side by side, (layers * hidden,), each in (-1, 1).
        c: LSTM cell states in the same order, unbounded; the hidden states themselves for other cells.
        held: unit number -> value in [-1, 1] at which that unit is held from now on ("neuron surgery"). The value
            replaces tanh(c) of an LSTM, h of other cells. Units are numbered layer by layer.
    """

    def __init__(self, model: CharRNN, share: "CharStream | None" = None):
        config = model.config
        self.model, self.cell, self.hidden = model, config.cell, config.hidden
        start = model.start.numpy() if config.started else np.zeros((2, config.layers * config.hidden), np.float32)
        self.h, self.c = start[0].copy(), start[1].copy()
        self.held: dict[int, float] = {}
        self.weights = share.weights if share else self._arrange(model)

    @staticmethod
    def _arrange(model: CharRNN) -> list[tuple[Array, ...]]:
        """Weights as contiguous numpy arrays in the order in which `read` uses them."""
        detached = {name: value.detach().float().numpy() for name, value in model.state_dict().items()}
        arranged = []
        for number in range(model.config.layers):
            w_x, w_h, b_x, b_h = (
                detached[f"layers.{number}.{name}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            )
            if number == 0:
                w_x = detached["embedding.weight"] @ w_x.T + b_x  # (vocab, gates * hidden): row of a character
            elif model.config.cell != "gru":
                w_x, w_h, b_x = np.concatenate([w_x, w_h], axis=1), None, b_x + b_h
            if number == 0 and model.config.cell != "gru":
                w_x += b_h
            arranged.append((w_x, w_h, b_x, b_h))
        if model.config.tied:
            head = (detached["project.weight"], detached["embedding.weight"], detached["bias"])
        else:
            head = (None, detached["output.weight"], detached["output.bias"])
        return [*arranged, head]

    def copy(self) -> "CharStream":
        """A second head at the same place, free to go another way."""
        twin = CharStream(self.model, share=self)
        twin.h, twin.c, twin.held = self.h.copy(), self.c.copy(), dict(self.held)
        return twin

    def read(self, number: int) -> Array:
        """Reads the character `number` and returns the logits (vocab,) of the one after it."""
        return self.scores(self.advance(number))

    def scores(self, h: Array) -> Array:
        """Logits from top hidden states: (..., hidden) -> (..., vocab)."""
        project, w_out, b_out = self.weights[-1]
        return (h if project is None else h @ project.T) @ w_out.T + b_out

    def advance(self, number: int) -> Array:
        """Reads the character `number`; returns the top hidden state (hidden,), which the next step overwrites."""
        size, before = self.hidden, None
        for layer, (w_x, w_h, b_x, b_h) in enumerate(self.weights[:-1]):
            span = slice(layer * size, (layer + 1) * size)
            h = self.h[span]
            if self.cell == "gru":
                from_input = w_x[number] if layer == 0 else w_x @ before + b_x
                self.h[span] = self._gru(from_input, w_h @ h + b_h, h)
                self.c[span] = self.h[span]
            else:
                # the layer below stands right before this one in `h`, so both make one contiguous vector
                gates = w_h @ h + w_x[number] if layer == 0 else w_x @ self.h[span.start - size : span.stop] + b_x
                if self.cell == "rnn":
                    self.h[span] = self.c[span] = np.tanh(gates)
                else:
                    self._lstm(gates, span)
            if self.held:
                self._hold(span)
            before = self.h[span]
        return before

    def _lstm(self, gates: Array, span: slice) -> None:
        size = self.hidden
        self.opened = opened = sigmoid(gates)  # input, forget, (candidate), output; see RecurrentLayer.step
        candidate = np.tanh(gates[2 * size : 3 * size])
        c = self.c[span]
        c *= opened[size : 2 * size]
        c += opened[:size] * candidate
        np.multiply(opened[3 * size :], np.tanh(c), out=self.h[span])

    def _gru(self, from_input: Array, from_past: Array, h: Array) -> Array:
        size = self.hidden
        gates = sigmoid(from_input[: 2 * size] + from_past[: 2 * size])
        reset, update = gates[:size], gates[size:]
        candidate = np.tanh(from_input[2 * size :] + reset * from_past[2 * size :])
        return (1 - update) * candidate + update * h

    def _hold(self, span: slice) -> None:
        size = self.hidden
        for unit, value in self.held.items():
            if not span.start <= unit < span.stop:
                continue
            if self.cell == "lstm":
                self.c[unit] = math.atanh(max(-0.9999, min(0.9999, value)))
                self.h[unit] = self.opened[3 * size + unit - span.start] * value
            else:
                self.c[unit] = self.h[unit] = value

    @property
    def cells(self) -> Array:
        """What the neuron view shows: tanh(c) of an LSTM, h of other cells; (layers * hidden,), in (-1, 1)."""
        return np.tanh(self.c) if self.cell == "lstm" else self.c.copy()
