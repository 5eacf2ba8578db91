"""The character model: three ways of running it agree, and none leaks from one row or position into another."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.models.char_rnn import CharRNN, Config
from core.models.char_stream import CharStream
from core.reading import Author
from core.text import Vocabulary

CASES = [(cell, layers, tied) for cell in ("rnn", "gru", "lstm") for layers in (1, 2, 3) for tied in (False, True)]


def model(cell="lstm", layers=2, tied=False, seed=0) -> CharRNN:
    torch.manual_seed(seed)
    made = CharRNN(Config(vocab=13, cell=cell, layers=layers, hidden=9, embed=6, tied=tied))
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    return made.eval()


@pytest.mark.parametrize(("cell", "layers", "tied"), CASES)
def test_sequence_step_and_stream_agree(cell, layers, tied):
    net = model(cell, layers, tied)
    ids = torch.randint(13, (20, 1))
    with torch.inference_mode():
        whole, _ = net(ids)
        state, stepped = net.zero_state(1), []
        for row in ids:
            logits, state, _ = net.step(row, state)
            stepped.append(logits)
    head = CharStream(net)
    streamed = torch.from_numpy(np.stack([head.read(int(row)) for row in ids]))
    torch.testing.assert_close(torch.stack(stepped), whole, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(streamed, whole[:, 0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(
        torch.from_numpy(head.h), torch.cat([layer[0][0] for layer in state]), rtol=1e-4, atol=1e-5
    )


def test_a_copy_goes_its_own_way():
    head = CharStream(model())
    head.read(1)
    twin = head.copy()
    before = head.h.copy()
    twin.read(2)
    assert np.array_equal(head.h, before)
    assert not np.array_equal(twin.h, before)
    assert twin.weights is head.weights


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_a_held_cell_stays_and_matters(cell):
    net = model(cell)
    free, held = CharStream(net), CharStream(net)
    unit = 9 + 4  # in the upper layer
    held.held = {unit: 0.5}
    for number in (1, 5, 2, 7):
        a, b = free.read(number), held.read(number)
        assert abs(held.cells[unit] - 0.5) < 1e-5
    assert not np.allclose(a, b)
    assert np.allclose(free.cells[:9], held.cells[:9])  # the layer below cannot know


def test_a_start_of_its_own_is_where_a_stream_begins():
    net = model()
    started = CharRNN(replace(net.config, started=True)).eval()
    start = torch.randn(2, len(CharStream(net).h)).tanh()
    started.load_state_dict(net.state_dict() | {"start": start})
    size = net.config.hidden
    state = [(start[0, i : i + size][None], start[1, i : i + size][None]) for i in range(0, start.shape[1], size)]
    with torch.inference_mode():
        wanted, _ = started(torch.tensor([[3], [1]]), state)
    head = CharStream(started)
    assert np.allclose(head.h, start[0]) and np.allclose(head.c, start[1])
    first, before = Author.of("own", Vocabulary("\nabcdefghijkl"), started).begin()
    assert np.allclose(before, net.scores(start[0, -size:]).detach().numpy(), atol=1e-5)  # nothing was read yet
    for number, row in zip((3, 1), wanted[:, 0], strict=True):
        assert np.allclose(first.read(number), row.numpy(), atol=1e-5)
    assert np.allclose(CharStream(started).h, start[0])  # the next stream begins there again


def test_no_position_sees_the_future():
    net = model()
    a = torch.randint(13, (12, 1))
    b = a.clone()
    b[8:] = (b[8:] + 1) % 13
    with torch.inference_mode():
        torch.testing.assert_close(net(a)[0][:8], net(b)[0][:8])
        assert not torch.allclose(net(a)[0][8:], net(b)[0][8:])


def test_too_many_layers_are_refused():
    with pytest.raises(ValueError, match="layers"):
        Config(vocab=3, layers=4)
