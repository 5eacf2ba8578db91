"""The recurrent layer against torch's own, forward and backward, in float64."""

import pytest
import torch

from core.models.recurrent import GATES, RecurrentLayer

TORCH = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}


def twins(cell: str, seed: int = 0):
    torch.manual_seed(seed)
    ours = RecurrentLayer(cell, 5, 7).double()
    for parameter in ours.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    theirs = TORCH[cell](5, 7).double()
    theirs.load_state_dict({f"{name}_l0": value for name, value in ours.state_dict().items()})
    return ours, theirs


def stepped(layer: RecurrentLayer, xs: torch.Tensor) -> torch.Tensor:
    state, outputs = layer.zero_state(xs.shape[1]), []
    for x in xs:
        state, _ = layer.step(x, state)
        outputs.append(state[0])
    return torch.stack(outputs)


@pytest.mark.parametrize("cell", GATES)
@pytest.mark.parametrize("how", ["step", "sequence"])
def test_forward_and_gradients_equal_torchs_own(cell, how):
    ours, theirs = twins(cell)
    xs = torch.randn(11, 3, 5, dtype=torch.float64, requires_grad=True)
    result = stepped(ours, xs) if how == "step" else ours(xs, ours.zero_state(3))[0]
    wanted, _ = theirs(xs)
    torch.testing.assert_close(result, wanted, rtol=1e-12, atol=1e-12)
    weight = torch.randn_like(wanted)  # a plain sum would hide sign errors
    mine = torch.autograd.grad((result * weight).sum(), [xs, *ours.parameters()])
    torchs = torch.autograd.grad((wanted * weight).sum(), [xs, *theirs.parameters()])
    for a, b in zip(mine, torchs, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("cell", GATES)
def test_gradients_equal_finite_differences(cell):
    ours, _ = twins(cell, seed=3)
    xs = torch.randn(4, 2, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: stepped(ours, x), xs)


@pytest.mark.parametrize("cell", GATES)
def test_state_carries_over_a_cut(cell):
    ours, _ = twins(cell)
    xs = torch.randn(10, 2, 5, dtype=torch.float64)
    whole, last = ours(xs, ours.zero_state(2))
    first, state = ours(xs[:4], ours.zero_state(2))
    second, end = ours(xs[4:], state)
    torch.testing.assert_close(torch.cat([first, second]), whole)
    for a, b in zip(last, end, strict=True):
        torch.testing.assert_close(a, b)


def test_activations_are_the_gates_of_the_equations():
    ours, _ = twins("lstm")
    (h, c), inside = ours.step(torch.randn(2, 5, dtype=torch.float64), ours.zero_state(2))
    assert set(inside) == {"input", "forget", "output", "candidate", "cell", "hidden"}
    torch.testing.assert_close(inside["input"] * inside["candidate"], c)  # the state was zero: nothing to keep
    torch.testing.assert_close(inside["output"] * torch.tanh(c), h)


def test_recurrent_dropout_only_while_training():
    layer = RecurrentLayer("lstm", 5, 7)
    xs = torch.randn(6, 2, 5)
    torch.manual_seed(0)
    plain = layer(xs, layer.zero_state(2))[0]
    assert not torch.equal(layer(xs, layer.zero_state(2), 0.5)[0], plain)
    layer.eval()
    torch.testing.assert_close(layer(xs, layer.zero_state(2), 0.5)[0], plain)


def test_unknown_cell_is_refused():
    with pytest.raises(ValueError, match="rnn, gru, lstm"):
        RecurrentLayer("perceptron", 2, 2)
