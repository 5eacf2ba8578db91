"""The encoder-decoder against torch's own layers and plain loops: masking, attention, overrides, both ways to run."""

import pytest
import torch
from torch import nn

from core.models.seq2seq import Config, RecurrentTranslator, Seq2Seq, padded, reverse_within

SHAPE = dict(vocab=20, embed=8, encoder=6, decoder=10)


def model(**changes) -> Seq2Seq:
    torch.manual_seed(0)
    return Seq2Seq(Config(**SHAPE | changes)).eval().requires_grad_(False)


def rows(count: int = 5, longest: int = 9) -> list[list[int]]:
    generator = torch.Generator().manual_seed(1)
    lengths = torch.randint(1, longest, (count,), generator=generator).tolist()
    return [torch.randint(3, 20, (length,), generator=generator).tolist() for length in lengths]


def test_reversing_leaves_padding_where_it_is():
    x = torch.tensor([[1, 5], [2, 6], [3, 0], [0, 0]])
    assert reverse_within(x, torch.tensor([3, 2])).t().tolist() == [[3, 2, 1, 0], [6, 5, 0, 0]]


def test_the_encoder_is_torchs_bidirectional_lstm():
    net = model(layers=2)
    reference = nn.LSTM(8, 6, num_layers=2, bidirectional=True)
    with torch.no_grad():
        for number in range(2):
            for ours, suffix in ((net.encoder.forwards, ""), (net.encoder.backwards, "_reverse")):
                for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                    getattr(reference, f"{name}_l{number}{suffix}").copy_(getattr(ours[number], name))
    ids, lengths = padded(rows())
    x = net.embedding(ids)
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)
    expected, (h, _) = reference(packed)
    expected, _ = nn.utils.rnn.pad_packed_sequence(expected)
    states, summary = net.encoder(x, lengths)
    torch.testing.assert_close(states, expected)
    torch.testing.assert_close(summary, torch.cat([h[2], h[3]], -1))


@pytest.mark.parametrize("attention", [True, False])
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_one_step_at_a_time_is_the_same_as_all_at_once(attention, cell):
    net = model(attention=attention, cell=cell)
    source, lengths = padded(rows())
    target = torch.randint(3, 20, (7, 5))
    logits, weights = net(source, lengths, target)
    memory = net.encode(source, lengths)
    states = net.start(memory)
    for t in range(7):
        row, states, used = net.step(target[t], states, memory)
        torch.testing.assert_close(row, logits[t], atol=1e-5, rtol=1e-4)
        if attention:
            torch.testing.assert_close(used, weights[t], atol=1e-6, rtol=1e-4)
        else:
            assert used is None and weights is None


def test_attention_is_the_formula_and_ignores_padding():
    net = model()
    source, lengths = padded(rows())
    memory = net.encode(source, lengths)
    s = torch.randn(3, 5, 10)
    weights = net.attention(s, memory)
    for t in range(3):
        for b in range(5):
            e = torch.stack(
                [
                    net.attention.score.weight[0]
                    @ torch.tanh(net.attention.query.weight @ s[t, b] + net.attention.key.weight @ memory.states[j, b])
                    for j in range(lengths[b])
                ]
            )
            torch.testing.assert_close(weights[t, b, : lengths[b]], e.softmax(0))
            assert weights[t, b, lengths[b] :].sum() == 0
    torch.testing.assert_close(weights.sum(-1), torch.ones(3, 5))


@pytest.mark.parametrize("attention", [True, False])
def test_padding_and_neighbours_change_nothing(attention):
    net = model(attention=attention)
    some = rows()
    source, lengths = padded(some, multiple=4)
    target = torch.randint(3, 20, (6, 5))
    together, _ = net(source, lengths, target)
    for b, row in enumerate(some):
        alone, _ = net(*padded([row]), target[:, b : b + 1])
        torch.testing.assert_close(together[:, b], alone[:, 0], atol=1e-5, rtol=1e-4)


def test_an_override_takes_the_place_of_the_attention():
    net = model()
    source, lengths = padded(rows(2))
    memory = net.encode(source, lengths)
    weights = torch.zeros(2, len(source))
    weights[:, 0] = 1.0
    states = net.start(memory)
    _, _, used = net.step(torch.tensor([4, 5]), states, memory, weights)
    assert torch.equal(used, weights)
    context, _ = net.look(torch.randn(1, 2, 10), memory, weights[None])
    torch.testing.assert_close(context[0], memory.states[0])


def test_without_attention_only_the_fixed_vector_is_seen():
    net = model(attention=False)
    source, lengths = padded(rows(2))
    memory = net.encode(source, lengths)
    blind = type(memory)(torch.zeros_like(memory.states), memory.keys, memory.summary, memory.mask)
    a, _, _ = net.step(torch.tensor([4, 5]), net.start(memory), memory)
    b, _, _ = net.step(torch.tensor([4, 5]), net.start(blind), blind)
    assert torch.equal(a, b)


def test_gradients_by_finite_differences():
    net = model().double().requires_grad_(True)
    source, lengths = padded(rows(2, 4))
    target = torch.randint(3, 20, (3, 2))

    def loss() -> torch.Tensor:
        logits, _ = net(source, lengths, target)
        return (logits * torch.linspace(-1, 1, 20, dtype=torch.double)).sum()

    loss().backward()
    for name, parameter in net.named_parameters():
        flat, at = parameter.data.view(-1), parameter.numel() // 2
        eps, before = 1e-6, flat[at].item()
        flat[at] = before + eps
        high = loss().item()
        flat[at] = before - eps
        low = loss().item()
        flat[at] = before
        assert abs((high - low) / (2 * eps) - parameter.grad.view(-1)[at].item()) < 1e-5, name


def test_padding_can_never_be_chosen():
    net = RecurrentTranslator(model())
    memory = net.encode([[4, 5], [6]])
    logp, _, attention = net.advance(torch.tensor([2, 2]), net.start(memory), memory)
    assert torch.isneginf(logp[:, 0]).all()
    torch.testing.assert_close(logp.exp().sum(-1), torch.ones(2))
    assert attention.shape == (2, 1, 1, 3)
