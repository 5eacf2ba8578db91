"""Held attention has the shape it says; occlusion is what plain loops find; agreement counts."""

import numpy as np
import pytest
import torch

from core.decoding import unroll
from core.holding import SHAPES, focus, shaped
from core.occlusion import agreement, forced, occlude
from core.sampling import Sampling
from core.subwords import START
from tests.core.test_decoding import NETS, recurrent


def test_shapes():
    first = torch.tensor([0.7, 0.2, 0.1])
    assert torch.equal(focus(4, {1, 3}), torch.tensor([0, 0.5, 0, 0.5]))
    for name in SHAPES:
        rows = shaped(name, 3, 5, first)
        assert sorted(rows) == [0, 1, 2, 3, 4]
        for row in rows.values():
            assert row.sum().item() == pytest.approx(1)
    assert [int(row.argmax()) for row in shaped("diagonal", 3, 5, first).values()] == [0, 0, 1, 2, 2]
    assert torch.equal(shaped("frozen", 3, 2, first)[1], first)
    for bad in (lambda: focus(3, []), lambda: focus(3, [3]), lambda: shaped("round", 3, 2, first)):
        with pytest.raises(ValueError):
            bad()


def test_a_held_attention_reaches_the_output():
    net = recurrent()
    memory = net.encode([[3, 4, 5]])
    free = next(unroll(net, memory, Sampling(0.0))).logp
    held = [next(unroll(net, memory, Sampling(0.0), overrides={0: focus(4, [j])})).logp for j in range(4)]
    assert len({free, *held}) == 5


@pytest.mark.parametrize("name", NETS)
def test_occlusion_by_plain_loops(name):
    net = NETS[name]()
    source, owners, target = [3, 4, 5, 3, 5], [0, 0, 1, 2, 2], [4, 5, 3]

    def alone(pieces):
        memory = net.encode([pieces])
        state, last, out = net.start(memory), START, []
        for piece in target:
            logp, state, _ = net.advance(torch.tensor([last]), state, memory)
            out.append(logp[0, piece].item())
            last = piece
        return np.array(out)

    with torch.inference_mode():
        whole = alone(source)
        without = [alone([5, 3, 5]), alone([3, 4, 3, 5]), alone([3, 4, 5])]
    drops = occlude(net, source, owners, target)
    assert drops.shape == (3, 3)
    np.testing.assert_allclose(drops, np.stack([whole - other for other in without], 1), atol=1e-4)
    np.testing.assert_allclose(forced(net, [source], target)[0], whole, atol=1e-4)
    assert occlude(net, [3], [0], target).shape == (3, 1)  # nothing is left of the source but its end


def test_agreement_counts():
    attention = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    drops = np.array([[2.0, 0.0], [1.0, -1.0], [3.0, 0.1]])
    assert agreement(attention, drops) == pytest.approx(2 / 3)
    idle = np.array([[0.09, 0.0], [0.0, -3.0]])  # without these words nothing is missed
    attention, drops = np.concatenate([attention, attention[:2]]), np.concatenate([drops, idle])
    assert agreement(attention, drops) == pytest.approx(2 / 3)
    assert agreement(attention[3:], idle) is None
    assert agreement(np.zeros((0, 0)), np.zeros((0, 0))) is None
