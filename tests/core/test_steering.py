"""Steering: slopes against finite differences, Adam against torch's, a price for distance, copies and verdicts."""

import math
from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d

from core import steering
from core.models.gan import Config, Generator
from core.steering import enlarged, sentence, shaken, share, slope, spread, steer, verdict

SMALL = Config(classes=2, z=6, w=5, depth=1, widths=(6, 6))


@pytest.fixture
def forger() -> Generator:
    torch.manual_seed(1)
    model = Generator(SMALL)
    model.centre(torch.Generator().manual_seed(2), 200)
    return model.eval().requires_grad_(False)


@pytest.fixture
def log_p():
    torch.manual_seed(3)
    eye = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(4 * 36, 3)).requires_grad_(False)
    return lambda pictures: eye(pictures).log_softmax(1)[:, 1]


def test_slopes_are_finite_differences(forger):
    forger = forger.double()
    forger.paint.weight.mul_(0.1)  # so that no pixel is cut off
    for level in forger.levels:
        level.paint.weight.mul_(0.1)
    eye = nn.Sequential(nn.Flatten(), nn.Linear(192, 3)).double().requires_grad_(False)
    start, moved, unit, stay = torch.randn(1, 5).double(), 0.3 * torch.randn(1, 5).double(), 0.7, 0.4

    def log_eye(pictures):
        return eye(pictures).log_softmax(1)[:, 2]

    def loss(at):
        return stay * at.square().sum() - log_eye(forger(start + unit * at).clamp(-1, 1))[0]

    found, now, picture = slope(forger, log_eye, start, unit, moved, stay)
    torch.testing.assert_close(now[0], log_eye(forger(start + unit * moved).clamp(-1, 1))[0])
    assert picture.shape == (1, 3, 8, 8)
    for k in range(5):
        step = torch.zeros(1, 5).double()
        step[0, k] = 1e-3  # the picture itself is of single precision
        expected = (loss(moved + step) - loss(moved - step)) / 2e-3
        assert found[0, k].item() == pytest.approx(expected.item(), rel=3e-3, abs=3e-4)


def test_the_search_is_adam_as_torch_has_it(forger, log_p):
    start, unit, stay, steps = torch.randn(1, 5), 0.5, 0.2, 6
    found = [*steer(forger, log_p, start, unit, stay, steps)]
    moved = torch.zeros(1, 5, requires_grad=True)
    rate = steering.RATE / math.sqrt(5)
    adam = torch.optim.Adam([moved], lr=rate, betas=steering.MEMORY, eps=1e-12)
    for moment in found:
        torch.testing.assert_close(moment.w, start + unit * moved.detach(), atol=1e-5, rtol=1e-4)
        loss = stay * moved.square().sum() - log_p(forger(start + unit * moved).clamp(-1, 1)).sum()
        (moved.grad,) = torch.autograd.grad(loss, moved)
        adam.step()
    assert [moment.step for moment in found] == [*range(steps + 1)]
    assert found[0].distance == 0
    assert found[-1].p > found[0].p
    for before, after in pairwise(found):  # Kingma & Ba 2015, section 2.1: steps are bounded
        assert (after.w - before.w).norm() <= 1.01 * unit * steering.RATE * 1.5


def test_distance_and_probability_are_those_of_the_picture(forger, log_p):
    *_, last = steer(forger, log_p, torch.randn(1, 5), 0.5, 0.0, 4)
    torch.testing.assert_close(last.picture, forger(last.w).clamp(-1, 1))
    assert last.p == pytest.approx(log_p(last.picture).exp().item(), rel=1e-5)
    assert last.picture.abs().max() <= 1


def test_a_price_keeps_it_near(forger, log_p):
    start = torch.randn(1, 5)
    far, near = ([*steer(forger, log_p, start, 0.5, stay, 60)][-1].distance for stay in (0.0, 10.0))
    assert near < 0.5 * far


def test_the_same_again_and_nothing_is_left_in_the_networks(forger, log_p):
    before = {key: value.clone() for key, value in forger.state_dict().items()}
    start = torch.randn(1, 5)
    runs = [[*steer(forger, log_p, start, 0.5, 0.1, 5)] for _ in range(2)]
    for one, other in zip(*runs, strict=True):
        assert torch.equal(one.w, other.w) and one.p == other.p
    assert all(parameter.grad is None and not parameter.requires_grad for parameter in forger.parameters())
    for key, value in forger.state_dict().items():
        assert torch.equal(value, before[key])
    assert torch.is_grad_enabled()


def test_it_works_for_whoever_is_in_inference_mode_and_may_be_left(forger, log_p):
    with torch.inference_mode():
        run = steer(forger, log_p, torch.randn(1, 5), 0.5, 0.1, 100)
        assert next(run).step == 0 and next(run).step == 1
        run.close()
        assert torch.is_inference_mode_enabled()


def test_spread_is_the_usual_distance_from_the_mean(forger):
    z = torch.randn(4_000, SMALL.z, generator=torch.Generator().manual_seed(9))
    for kind in (0, 1):
        away = forger.styled(z, torch.full((len(z),), kind)) - forger.centres[kind]
        assert spread(forger, kind, 4_000) == pytest.approx(away.square().sum(1).mean().sqrt().item(), rel=0.05)
        assert spread(forger, kind) == spread(forger, kind)


def test_copies_are_moved_and_blurred():
    torch.manual_seed(5)
    picture, by = torch.rand(2, 3, 12, 12), steering.SHIFT
    found = shaken(picture)
    assert found.shape == picture.shape
    mean = conv2d(picture.view(6, 1, 12, 12), torch.full((1, 1, 3, 3), 1 / 9)).view(2, 3, 10, 10)
    torch.testing.assert_close(found[..., by + 1 : -1, by + 1 : -1], mean[..., :-by, :-by])
    flat = torch.full((1, 3, 9, 9), 0.25)
    torch.testing.assert_close(shaken(flat), flat)  # no border comes in


def test_enlarging_keeps_colours_and_range():
    picture = torch.rand(1, 3, 8, 8) * 2 - 1
    assert enlarged(picture, 28).shape == (1, 3, 28, 28)
    assert enlarged(picture, 28).abs().max() <= 1
    torch.testing.assert_close(enlarged(torch.full((1, 3, 8, 8), 0.5), 28), torch.full((1, 3, 28, 28), 0.5))


@pytest.mark.parametrize(
    ("first", "now", "key"),
    [
        ((0.1, 0.1), (0.49, 0.9), "unmoved"),
        ((0.9, 0.9), (0.49, 0.9), "unmoved"),
        ((0.1, 0.1), (0.99, 0.97), "real"),
        ((0.49, 0.49), (0.5, 0.5), "doubtful"),
        ((0.1, 0.1), (0.99, 0.89), "doubtful"),
        ((0.1, 0.1), (0.6, 0.9), "real"),
        ((0.1, 0.1), (0.99, 0.12), "fooled"),
        ((0.9, 0.9), (0.99, 0.12), "fooled"),
        ((0.5, 0.1), (0.99, 0.97), "there"),
        ((0.1, 0.5), (0.99, 0.97), "blind"),
    ],
)
def test_verdicts(first, now, key):
    assert verdict(first, now) == key
    en, zh = sentence(key, ("The reader", "阅读器"), ["glasses", "眼镜"], *now)
    assert "glasses" in en and "眼镜" in zh and share(now[0]) in en and share(now[0]) in zh


def test_shares_are_never_rounded_to_certainty():
    shown = {0.0: "<0.1 %", 0.0004: "<0.1 %", 0.012: "1.2 %", 0.5: "50 %", 0.994: "99 %", 0.9996: ">99 %", 1.0: "100 %"}
    assert {p: share(p) for p in shown} == shown
