"""Decoders against brute force, on a translator whose probabilities are a table."""

import itertools
import math

import pytest
import torch

from core.decoding import beam_search, observe, unroll
from core.models.seq2seq import Config, RecurrentTranslator, Seq2Seq
from core.models.transformer import MarianTranslator, small
from core.sampling import Sampling
from core.subwords import END, PAD, START

VOCAB = 6
GREEDY = Sampling(0.0)


def recurrent(attention: bool = True) -> RecurrentTranslator:
    torch.manual_seed(3)
    net = Seq2Seq(Config(VOCAB, attention=attention, embed=8, encoder=6, decoder=10))
    with torch.no_grad():
        net.embedding.weight.mul_(6)  # sharp enough to have favourites
    return RecurrentTranslator(net)


def transformer() -> MarianTranslator:
    torch.manual_seed(3)
    return MarianTranslator(small(VOCAB, width=16, layers=2, inner=16, heads=2))


NETS = {"attention": recurrent, "fixed": lambda: recurrent(False), "transformer": transformer}


@pytest.fixture(params=NETS)
def net(request):
    return NETS[request.param]()


def total(net, source: list[int], pieces: list[int]) -> float:
    """Log-probability of `pieces`, one call after the other from scratch."""
    memory = net.encode([source])
    state, last, out = net.start(memory), START, 0.0
    for piece in pieces:
        logp, state, _ = net.advance(torch.tensor([last]), state, memory)
        out += logp[0, piece].item()
        last = piece
    return out


def all_translations(limit: int) -> list[list[int]]:
    """Everything that can be written with at most `limit` pieces, end sign included."""
    inner = [piece for piece in range(VOCAB) if piece not in (PAD, END)]
    return [[*row, END] for length in range(limit) for row in itertools.product(inner, repeat=length)]


def test_a_wide_beam_finds_the_best_of_all(net):
    source, limit = [3, 5, 4], 4
    with torch.inference_mode():
        scored = sorted(((total(net, source, row) / len(row), row) for row in all_translations(limit)), reverse=True)
    (beam,) = beam_search(net, net.encode([source]), 1, 200, limit=limit)
    assert beam.pieces[0] == scored[0][1][:-1]
    assert math.isclose(beam.scores[0], scored[0][0], abs_tol=1e-5)
    assert beam.scores == sorted(beam.scores, reverse=True)


def test_width_one_is_greedy(net):
    source = [3, 4, 5, 3]
    steps = list(unroll(net, net.encode([source]), GREEDY, limit=9))
    (beam,) = beam_search(net, net.encode([source]), 1, 1, limit=10)
    written = [step.piece for step in steps if step.piece != END]
    assert beam.pieces[0][: len(written)] == written


def test_scores_and_tree_tell_the_truth(net):
    source = [3, 5, 4]
    (beam,) = beam_search(net, net.encode([source]), 1, 3, limit=6)
    with torch.inference_mode():
        for pieces, value in zip(beam.pieces, beam.totals, strict=True):
            assert math.isclose(total(net, source, [*pieces, END]), value, abs_tol=1e-4)
        for branch in beam.tree:
            path, at = [], branch
            while True:
                path.append(at.piece)
                if at.parent < 0:
                    break
                at = beam.tree[at.parent]
            assert math.isclose(total(net, source, path[::-1]), branch.total, abs_tol=1e-4)
    ends = [branch for branch in beam.tree if branch.piece == END]
    for value in beam.totals:
        assert any(math.isclose(branch.total, value, abs_tol=1e-5) for branch in ends)


def test_neighbours_in_a_batch_change_nothing(net):
    sources = [[3], [4, 5, 3, 3, 5], [5, 5], [3, 4, 4]]
    together = beam_search(net, net.encode(sources), 4, 3, limit=8)
    for source, beam in zip(sources, together, strict=True):
        (alone,) = beam_search(net, net.encode([source]), 1, 3, limit=8)
        assert alone.pieces == beam.pieces
        assert alone.scores == pytest.approx(beam.scores, abs=1e-5)
        assert [branch.piece for branch in alone.tree] == [branch.piece for branch in beam.tree]


def test_a_forced_beginning_is_kept(net):
    source, prefix = [3, 5, 4], [5, 5, 3]
    steps = list(unroll(net, net.encode([source]), GREEDY, prefix=prefix, limit=8))
    assert [step.piece for step in steps[:3]] == prefix
    with torch.inference_mode():
        assert sum(step.logp for step in steps[:3]) == pytest.approx(total(net, source, prefix), abs=1e-5)
    (beam,) = beam_search(net, net.encode([source]), 1, 4, prefix=prefix, limit=8)
    assert all(pieces[:3] == prefix for pieces in beam.pieces)


def test_sampling_follows_the_seed_only(net):
    memory = net.encode([[3, 5, 4]])

    def draw(seed: int) -> list[int]:
        torch.manual_seed(seed + 100)  # the global seed plays no part
        generator = torch.Generator().manual_seed(seed)
        return [step.piece for step in unroll(net, memory, Sampling(1.0), generator, limit=12)]

    torch.manual_seed(0)
    assert draw(1) == draw(1)
    assert len({tuple(draw(seed)) for seed in range(12)}) > 3


def test_sampling_has_the_right_frequencies():
    net = recurrent()
    memory = net.encode([[3, 5, 4]])
    logp, _, _ = net.advance(torch.tensor([START]), net.start(memory), memory)
    generator = torch.Generator().manual_seed(0)
    counts = torch.zeros(VOCAB)
    for _ in range(600):
        counts[next(unroll(net, memory, Sampling(1.0), generator)).piece] += 1
    assert (counts / 600 - logp[0].exp()).abs().max() < 0.06


def test_an_override_changes_what_follows_and_is_reported():
    net = recurrent()
    source = [3, 4, 5, 3, 4, 5]
    memory = net.encode([source])
    free = list(unroll(net, memory, GREEDY, limit=6))
    weights = torch.zeros(len(source) + 1)
    weights[2] = 1.0
    held = list(unroll(net, memory, GREEDY, overrides={1: weights}, limit=6))
    assert held[0].logp == free[0].logp  # nothing before the override changes
    assert torch.equal(held[1].attention[0, 0], weights)
    assert held[1].logp != free[1].logp


def test_a_transformer_refuses_overrides():
    net = transformer()
    with pytest.raises(ValueError, match="transformer"):
        list(unroll(net, net.encode([[3]]), GREEDY, overrides={0: torch.ones(2) / 2}))


def test_attention_rows_sum_to_one_and_padding_gets_nothing(net):
    memory = net.encode([[3], [4, 5, 3, 3]])
    _, _, attention = net.advance(torch.tensor([START, START]), net.start(memory), memory)
    if attention is None:
        return
    torch.testing.assert_close(attention.sum(-1), torch.ones(attention.shape[:-1]))
    assert attention[0, :, :, 2:].abs().max() == 0


def test_rivals_are_the_most_probable():
    logp = torch.tensor([0.1, 0.3, 0.05, 0.25, 0.2, 0.1]).log()
    step = observe(3, logp, None)
    assert [piece for piece, _ in step.rivals[:3]] == [1, 3, 4]
    assert step.rivals[0][1] == pytest.approx(0.3)
    assert step.logp == pytest.approx(math.log(0.25))


def test_the_transformer_writes_what_the_library_writes():
    net = transformer()
    ids = torch.tensor([[3, 5, 4, END]])
    expected = net.model.generate(ids, max_new_tokens=8, num_beams=1, do_sample=False, bad_words_ids=[[PAD]])
    ours = [step.piece for step in unroll(net, net.encode([[3, 5, 4]]), GREEDY, limit=8)]
    assert expected[0, 1 : 1 + len(ours)].tolist() == ours
