"""Generator and discriminator: the formula, alone as in company, and what a seed, a share or a byte makes."""

import math
from dataclasses import replace

import pytest
import torch
from torch.nn.functional import conv2d, leaky_relu

from core.gan import asking, crossed, drawn, sample, slerp
from core.models.gan import GAIN, Config, Discriminator, Generator, JudgeConfig, Styled, Wishes, unit

SMALL = Config(classes=3, z=8, w=8, depth=2, widths=(8, 8, 8))


@pytest.fixture
def forger() -> Generator:
    torch.manual_seed(1)
    model = Generator(SMALL)
    model.centre(torch.Generator().manual_seed(2), 500)
    return model.eval().requires_grad_(False)


@pytest.fixture
def judge() -> Discriminator:
    torch.manual_seed(3)
    return Discriminator(JudgeConfig(classes=3, cell=2, widths=(8, 8), answers=8)).eval().requires_grad_(False)


def test_scaling_channels_is_scaling_every_pictures_own_filters():
    torch.manual_seed(4)
    one = Styled(5, 6, 7).double()
    torch.nn.init.normal_(one.bias)
    x, w = torch.randn(3, 5, 9, 9).double(), torch.randn(3, 7).double()
    for picture, row, found in zip(x, w, one(x, w), strict=True):
        filters = one.weight * one.style(row)[None, :, None, None]  # Karras et al. 2020, eq. 1
        filters = filters / (filters.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()  # eq. 3
        expected = GAIN * conv2d(picture[None], filters, padding=1) + one.bias[:, None, None]
        torch.testing.assert_close(found[None], leaky_relu(expected, 0.2))


def test_every_combination_of_attributes_is_wished_for_as_often_as_it_should():
    shares = ((0.12, 0.44, 0.44), (0.7, 0.3), (0.25,) * 4)
    z = torch.randn(40_000, 128, generator=torch.Generator().manual_seed(5))
    wished = Wishes(shares)(unit(z))
    assert wished.shape == (40_000, 9) and wished.min() >= 0 and wished.max() <= 1
    values = [part.argmax(1) for part in wished.split([3, 2, 4], 1)]
    for part, expected in zip(wished.split([3, 2, 4], 1), shares, strict=True):
        torch.testing.assert_close(part.sum(1), torch.ones(len(z)), atol=0.01, rtol=0)
        found = torch.bincount(part.argmax(1)) / len(z)
        torch.testing.assert_close(found, torch.tensor(expected), atol=0.01, rtol=0)
        assert (part.amax(1) > 0.9).double().mean() > 0.8  # clear wishes, but for the passages
    both = torch.stack(values, 1).unique(dim=0, return_counts=True)
    expected = [shares[0][a] * shares[1][b] * shares[2][c] for a, b, c in both[0].tolist()]
    torch.testing.assert_close(both[1] / len(z), torch.tensor(expected), atol=0.01, rtol=0)
    cut = torch.distributions.Normal(0.0, 1.0).icdf(torch.tensor([0.12, 0.56]))  # brute force
    assert (torch.bucketize(unit(z)[:, 0].contiguous(), cut) == values[0]).double().mean() > 0.999


def test_noise_that_wishes_otherwise_gives_another_w():
    config = replace(SMALL, attributes=((0.5, 0.5), (0.5, 0.5)))
    torch.manual_seed(6)
    model = Generator(config).eval()
    assert "mapping.wishes.low" not in model.state_dict()  # the shares stand in the config
    z, kinds = torch.randn(1, config.z), torch.zeros(1, dtype=torch.int64)
    z[:, 0] = 0.4
    other = z.clone()
    other[:, 0] = -0.4
    with torch.no_grad():
        model.mapping.layers[0].weight[:, : 2 * config.z] = 0  # now only wishes count
        first, second = model.styled(z, kinds), model.styled(other, kinds)
        assert (first - second).abs().max() > 0.1
        other[:, 0], other[:, 1] = 0.5, z[0, 1]
        torch.testing.assert_close(model.styled(other, kinds), first, atol=2e-2, rtol=0)  # the same wishes


def test_noise_asked_for_something_else_keeps_all_its_other_wishes():
    config = replace(SMALL, z=32, attributes=((0.12, 0.44, 0.44), (0.7, 0.3), (0.25,) * 4))
    wished, z = Wishes(config.attributes), torch.randn(50, 32, generator=torch.Generator().manual_seed(7))
    before = wished(unit(z)).split([3, 2, 4], 1)
    values = torch.stack([torch.full((50,), -1), torch.arange(50) % 2, torch.arange(50) % 4], 1)
    for place in (0.5, 0.1, 0.9):
        other = asking(z, config, values, place)
        torch.testing.assert_close(other.square().mean(1), torch.ones(50))
        hair, beard, mouth = wished(unit(other)).split([3, 2, 4], 1)
        assert torch.equal(mouth.argmax(1), values[:, 2]) and torch.equal(beard.argmax(1), values[:, 1])
        assert (mouth.amax(1) > 0.9).all()
        torch.testing.assert_close(hair, before[0], atol=1e-4, rtol=0)
        scale = other[:, 3:] / unit(z)[:, 3:]
        torch.testing.assert_close(scale, scale[:, :1].expand_as(scale))
    middle = torch.distributions.Normal(0.0, 1.0).icdf(torch.tensor(0.85))
    torch.testing.assert_close(asking(z, config, values)[1, 1], middle)
    torch.testing.assert_close(asking(z, config, torch.full((50, 3), -1)), unit(z))


def test_a_judge_that_is_told_what_was_asked_for_adds_what_it_thinks_of_that():
    torch.manual_seed(9)
    one = Discriminator(JudgeConfig(classes=3, cell=2, widths=(8, 8), answers=8, values=5)).eval()
    x, kinds, values = torch.rand(4, 3, 16, 16), torch.arange(4) % 3, torch.eye(5)[:4]
    with torch.no_grad():
        torch.testing.assert_close(one(x, kinds, torch.zeros(4, 5)), one(x, kinds))
        more = (one.answers(x) * one.wishes.weight.t()[:4]).sum(1)
        torch.testing.assert_close(one(x, kinds, values), one(x, kinds) + more)


def test_a_seed_is_one_picture_in_any_company(forger):
    wall = sample(forger, [*range(70)])
    assert wall.shape == (70, 3, 16, 16)
    assert wall.abs().max() <= 1
    for seed in (0, 5, 64, 69):
        torch.testing.assert_close(sample(forger, [seed])[0], wall[seed], atol=1e-5, rtol=0)
    torch.testing.assert_close(sample(forger, [64, 5]), wall[[64, 5]], atol=1e-5, rtol=0)
    assert (wall[0] - wall[1]).abs().max() > 0.01


def test_seeds_draw_kinds_too_unless_they_are_given(forger):
    _, kinds = drawn(range(60), SMALL)
    assert set(kinds.tolist()) == {0, 1, 2}
    torch.testing.assert_close(sample(forger, range(4)), sample(forger, range(4), kinds[:4].tolist()))
    given = sample(forger, [7, 7, 7], [0, 1, 2])
    assert (given[0] - given[1]).abs().max() > 1e-3


def test_truncation_goes_from_the_mean_of_the_kind_to_what_was_learned(forger):
    z, kinds = drawn([1, 2, 3], SMALL)
    torch.testing.assert_close(forger.styled(z, kinds, 0.0), forger.centres[kinds])
    torch.testing.assert_close(forger.styled(z, kinds, 1.0), forger.mapping(z, kinds))
    half = (forger.centres[kinds] + forger.mapping(z, kinds)) / 2
    torch.testing.assert_close(forger.styled(z, kinds, 0.5), half)
    fresh = torch.randn(4_000, SMALL.z, generator=torch.Generator().manual_seed(9))
    mean = forger.mapping(fresh, torch.ones(4_000, dtype=torch.int64)).mean(0)
    torch.testing.assert_close(forger.centres[1], mean, atol=0.2, rtol=0)


def test_only_the_direction_of_noise_counts(forger):
    z, kinds = drawn([4], SMALL)
    torch.testing.assert_close(forger.mapping(z, kinds), forger.mapping(9 * z, kinds), atol=1e-4, rtol=1e-4)


def test_sizes_can_have_styles_of_their_own(forger):
    z, kinds = drawn([1, 2], SMALL)
    (a, b), sizes = forger.styled(z, kinds).split(1), len(SMALL.widths)
    torch.testing.assert_close(forger(crossed(a, b, sizes, sizes)), forger(a))
    torch.testing.assert_close(forger(crossed(a, b, sizes, 0)), forger(b))
    cuts = [forger(crossed(a, b, sizes, cut)) for cut in range(sizes + 1)]
    away = [(picture - cuts[-1]).abs().mean().item() for picture in cuts]
    assert away[-1] == 0 < away[-2] < away[0]  # the finest size changes less than all


def test_bfloat16_paints_nearly_the_same(forger):
    w = forger.styled(*drawn(range(8), SMALL))
    exact, rough = forger(w), forger(w, torch.bfloat16)
    assert rough.dtype == torch.float32
    assert (exact - rough).square().mean().sqrt() < 0.03 * exact.std()


def test_steering_by_the_gradient_of_w_is_possible(forger):
    w = forger.styled(*drawn([3], SMALL)).requires_grad_()
    (slope,) = torch.autograd.grad(forger(w).square().mean(), w)
    assert slope.abs().max() > 0


def test_numbers_keep_their_size_before_learning():
    torch.manual_seed(5)
    model = Generator(replace(SMALL, widths=(64, 64, 64), w=64, z=64))
    seen = []
    for module in model.modules():
        if isinstance(module, Styled):
            module.register_forward_hook(lambda module, given, out: seen.append(out.square().mean().item()))
    model(model.styled(*drawn(range(8), model.config)))
    assert len(seen) == 5
    assert all(0.2 < size < 2 for size in seen)  # zeros around small maps take a little from each


def test_the_judge_looks_at_each_picture_by_itself(judge):
    pictures = torch.randn(5, 3, 16, 16, generator=torch.Generator().manual_seed(6))
    kinds = torch.tensor([0, 1, 2, 1, 0])
    scores = judge(pictures, kinds)
    assert scores.shape == (5,)
    for i in range(5):
        torch.testing.assert_close(judge(pictures[i : i + 1], kinds[i : i + 1])[0], scores[i])
    others = judge(pictures, (kinds + 1) % 3)
    assert (others - scores).abs().min() > 0  # the kind counts
    assert judge.config.side == SMALL.side == 16


def test_a_picture_of_another_size_is_refused(judge):
    with pytest.raises(RuntimeError):
        judge(torch.zeros(1, 3, 24, 24), torch.zeros(1, dtype=torch.int64))


def test_slerp_walks_evenly_on_the_sphere():
    a, b = torch.tensor([[3.0, 0.0, 0.0]]), torch.tensor([[0.0, 0.5, 0.0]])
    for share in (0.0, 0.25, 0.5, 1.0):
        angle = share * math.pi / 2
        expected = torch.tensor([[math.cos(angle), math.sin(angle), 0.0]])
        torch.testing.assert_close(slerp(a, b, share), expected, atol=1e-6, rtol=0)
    for other in (a, -a, torch.zeros_like(a)):
        assert slerp(a, other, 0.3).isfinite().all()


def test_a_judge_in_training_sees_how_much_neighbours_differ():
    torch.manual_seed(3)
    judge = Discriminator(JudgeConfig(classes=2, cell=2, widths=(8, 8), answers=8))
    x = torch.randn(8, 3, judge.config.side, judge.config.side)
    x[4:] = x[4]  # four of the same
    maps = judge.maps(x).detach()
    expected = maps[:4].std(0, correction=0).mean()
    said = judge.variety(maps)
    torch.testing.assert_close(said[:4], expected.expand(4))
    assert said[4:].max() < 1e-3 < said[0]
    judge.settle(x)
    torch.testing.assert_close(judge.usual, said.mean().detach())
    kinds = torch.zeros(8, dtype=torch.int64)
    torch.testing.assert_close(judge(x, kinds)[:1], judge(x[:1], kinds[:1]))  # alone or in company
