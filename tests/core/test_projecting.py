"""The way back to w: gradients by brute force, pictures of the generator found again, nothing left behind."""

import pytest
import torch
from torch import nn

from core import projecting
from core.models.gan import Config, Generator
from core.models.staged import Staged
from core.projecting import Frame, aim, feature_loss, frame, losses, pixel_loss, project, pyramid

TINY = Config(classes=2, z=6, w=6, depth=2, widths=(8, 8, 8))


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(3)
    return Generator(TINY).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def eye():
    torch.manual_seed(4)
    conv = {name: nn.Conv2d(width, 6, 3, 2) for name, width in (("relu2_1", 3), ("relu3_1", 6))}
    broken = nn.Linear(1, 1)  # whatever comes after the stages that are compared must not be worked out
    return Staged(conv | {"relu4_1": broken}).eval().requires_grad_(False)


def own(net, seed=77, kind=1):
    """A picture that the generator makes."""
    z = torch.randn(1, net.config.z, generator=torch.Generator().manual_seed(seed))
    return net(net.mapping(z, torch.tensor([kind])))


def foreign(seed=5):
    """A picture that it does not make: a few large spots."""
    spots = torch.rand(1, 3, 3, 3, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    return torch.nn.functional.interpolate(spots, size=16, mode="bilinear")


def test_pixels_are_compared_at_every_size(net):
    a, b = own(net, 1).double(), own(net, 2).double()
    expected = []
    for size in (1, 2, 4):  # of the squares whose means are compared
        blocks = [
            (a[0, c, y : y + size, x : x + size].mean() - b[0, c, y : y + size, x : x + size].mean()) ** 2
            for c in range(3)
            for y in range(0, 16, size)
            for x in range(0, 16, size)
        ]
        expected.append(torch.stack(blocks).mean())
    assert len(pyramid(a)) == 3
    assert pixel_loss(a, aim(None, b)).item() == pytest.approx(torch.stack(expected).mean().item(), rel=1e-9)


def test_features_are_compared_in_units_of_the_target(net, eye):
    x, target = own(net, 1), own(net, 2)
    assert feature_loss(eye, target, aim(eye, target)).item() == 0
    first = lambda picture: eye.stages["relu2_1"](picture)  # noqa: E731
    second = lambda picture: eye.stages["relu3_1"](first(picture))  # noqa: E731
    parts = [(f(x) - f(target)).square().sum() / f(target).square().sum() for f in (first, second)]
    torch.testing.assert_close(feature_loss(eye, x, aim(eye, target))[0], sum(parts) / 2)
    assert feature_loss(None, x, aim(None, target)).item() == 0


def test_in_its_frame_the_w_of_a_kind_are_round(net):
    place = frame(net, 1, torch.Generator().manual_seed(1))
    z = torch.randn(5_000, 6, generator=torch.Generator().manual_seed(2))
    w = net.mapping(z, torch.ones(5_000, dtype=torch.int64))
    v = place.v(w)
    torch.testing.assert_close(place.w(v), w, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(v.mean(0), torch.zeros(6), atol=0.1, rtol=0)
    spread = v.t().cov()
    assert (spread - spread.diagonal().diag()).abs().max() < 0.15 and spread.diagonal().max() < 1.15
    assert (spread.diagonal() > 0.85).sum() >= 4  # along the others w hardly varies at all
    flat = Generator(TINY).eval().requires_grad_(False)
    flat.mapping.layers[-1].weight[:3] = 0  # numbers of w that never vary
    place = frame(flat, 0, torch.Generator().manual_seed(1))
    assert place.v(flat.mapping(z[:9], torch.zeros(9, dtype=torch.int64))).abs().max() < 10


STEP = 3e-4  # of finite differences


@pytest.mark.parametrize("sizes", [(), (3,)])
def test_gradient_of_w_is_the_slope_of_the_loss(net, eye, sizes):
    chance = torch.Generator().manual_seed(9)
    v = torch.randn(1, *sizes, 6, generator=chance).requires_grad_()
    place = Frame(torch.randn(6, generator=chance), torch.randn(6, 6, generator=chance))
    target = aim(eye, foreign())
    (slope,) = torch.autograd.grad(losses(net, eye, target, place, v)[0].sum(), v)
    for _ in range(5):
        way = torch.randn(v.shape, generator=chance)
        with torch.no_grad():
            up, down = (losses(net, eye, target, place, v + sign * STEP * way)[0].item() for sign in (1, -1))
        assert (slope * way).sum().item() == pytest.approx(
            (up - down) / (2 * 0.0003), rel=0.06, abs=0.01
        )  # it has kinks


def test_a_picture_of_the_generator_is_found_again(net, eye):
    moments = list(project(net, eye, own(net), 150, seed=2, pull=1e-5))
    drawn = [one for one in moments if one.phase == "drawing"]
    first, *_, last = [one for one in moments if one.phase == "descending"]
    best = [one.pixels for one in drawn]
    assert best == sorted(best, reverse=True) and drawn[-1].step == projecting.TRIED
    assert last.pixels < 0.05 * best[-1]
    assert last.total < 0.1 * first.total and last.kind == 1
    assert (last.picture - own(net).clamp(-1, 1)).abs().mean() < 0.05
    torch.testing.assert_close(net(last.w).clamp(-1, 1), last.picture)


def test_the_best_draw_is_the_best_of_all(net):
    target = aim(None, foreign())
    found = [*projecting.draws(net, target, 4)]
    apart = torch.cat([far for *_, far in found])
    assert len(apart) == projecting.TRIED
    moments = [*project(net, None, foreign(), 1, seed=4)]
    assert moments[-3].phase == "drawing" and moments[-3].total == pytest.approx(apart.min().item())
    # without an eye the descent begins at it, but for the pull that may prefer another of the finalists
    assert moments[-2].pixels == pytest.approx(apart.min().item(), rel=0.05)


def test_it_comes_nearer_and_with_a_w_for_every_size_still_nearer(net, eye):
    def ran(every_size):
        return [one for one in project(net, eye, foreign(), 60, every_size, pull=1e-4) if one.phase == "descending"]

    one, many = ran(False), ran(True)
    assert one[-1].total < 0.95 * one[0].total
    assert many[0].total == pytest.approx(one[0].total, rel=1e-4) and many[-1].total < one[-1].total
    assert one[-1].w.shape == (1, 6) and many[-1].w.shape == (1, 3, 6)
    assert [each.step for each in one] == list(range(61))
    for each in one:
        assert each.total == pytest.approx(each.pixels + each.features + each.pull, rel=1e-5)


def test_the_pull_keeps_w_among_those_of_noise(net, eye):
    def far(pull):
        *_, last = project(net, eye, foreign(), 60, pull=pull)
        return last.pull / pull

    assert far(1.0) < 0.5 * far(0.001)


def test_same_seed_same_search_and_nothing_is_left_behind(net, eye):
    def ran(seed):
        return [(one.total, one.kind) for one in project(net, eye, foreign(), 5, seed=seed)]

    state = torch.random.get_rng_state()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    assert ran(1) == ran(1) != ran(2)
    with torch.inference_mode():  # whoever asks may be in any mode
        inside = [*project(net, eye, foreign(), 5, seed=1)]
    assert [one.total for one in inside] == [total for total, _ in ran(1)]
    assert torch.equal(state, torch.random.get_rng_state())
    learning = Generator(TINY).eval()  # even of a network that could learn no weight gets a gradient
    [*project(learning, eye, foreign(), 2)]
    for model in (net, eye, learning):
        assert all(p.grad is None for p in model.parameters())
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())


def test_one_colour_is_no_trouble(net, eye):
    *_, last = project(net, eye, torch.full((1, 3, 16, 16), -1.0), 3)
    assert torch.isfinite(last.picture).all() and torch.isfinite(last.w).all()
