"""The losses of both players against the papers' formulas, and their gradients against finite differences."""

import math

import pytest
import torch
from torch import nn

from core.gan_losses import KINDS, discriminator_loss, generator_loss, gradient_penalty, r1, slopes

REAL, FAKE = [2.5, -0.3, 0.9, -4.0], [-1.7, 0.4, 3.1]


def logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))


FORMULAS = {  # kind -> of a true sample, of a generated one, of a generated one for the generator
    "saturating": (
        lambda d: -math.log(logistic(d)),
        lambda d: -math.log(1 - logistic(d)),
        lambda d: math.log(1 - logistic(d)),
    ),
    "non-saturating": (
        lambda d: -math.log(logistic(d)),
        lambda d: -math.log(1 - logistic(d)),
        lambda d: -math.log(logistic(d)),
    ),
    "least squares": (lambda d: 0.5 * (d - 1) ** 2, lambda d: 0.5 * d**2, lambda d: 0.5 * (d - 1) ** 2),
    "wasserstein": (lambda d: -d, lambda d: d, lambda d: -d),
    "hinge": (lambda d: max(0, 1 - d), lambda d: max(0, 1 + d), lambda d: -d),
}


@pytest.fixture
def judge() -> nn.Module:
    torch.manual_seed(2)
    return nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1)).double()


def samples(seed: int, count: int = 6) -> torch.Tensor:
    return torch.randn(count, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("kind", KINDS)
def test_losses_are_the_formulas(kind):
    of_real, of_fake, of_generator = FORMULAS[kind]
    real, fake = torch.tensor(REAL).double(), torch.tensor(FAKE).double()
    expected = sum(map(of_real, REAL)) / len(REAL) + sum(map(of_fake, FAKE)) / len(FAKE)
    assert discriminator_loss(kind, real, fake).item() == pytest.approx(expected)
    assert generator_loss(kind, fake).item() == pytest.approx(sum(map(of_generator, FAKE)) / len(FAKE))


@pytest.mark.parametrize("kind", KINDS)
def test_the_slopes_of_both_players_are_those_of_finite_differences(kind, judge):
    true, forged = samples(1), samples(2)

    def of_judge(*parameters):
        named = dict(zip(dict(judge.named_parameters()), parameters, strict=True))
        real, fake = (torch.func.functional_call(judge, named, (x,)) for x in (true, forged))
        return discriminator_loss(kind, real, fake)

    weights = tuple(p.detach().clone().requires_grad_() for p in judge.parameters())
    assert torch.autograd.gradcheck(of_judge, weights)
    assert torch.autograd.gradcheck(lambda x: generator_loss(kind, judge(x)), forged.requires_grad_())


@pytest.mark.parametrize("kind", KINDS)
def test_each_player_improves_by_moving_its_outputs_the_right_way(kind):
    real, fake = (torch.tensor(values, requires_grad=True) for values in ([0.2, 0.5], [0.3, 0.6]))
    discriminator_loss(kind, real, fake).backward()
    assert (real.grad < 0).all()  # higher for true samples
    assert (fake.grad > 0).all()
    fake.grad = None
    generator_loss(kind, fake).backward()
    assert (fake.grad < 0).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("far", [-300.0, 300.0])
def test_no_loss_overflows(kind, far):
    out = torch.tensor([far], requires_grad=True)
    total = discriminator_loss(kind, out, out) + generator_loss(kind, out)
    total.backward()
    assert total.isfinite()
    assert out.grad.isfinite().all()


def test_the_saturating_generator_stands_still_where_the_other_does_not():
    for kind, least, most in (("saturating", 0, 1e-4), ("non-saturating", 0.99, 1)):
        out = torch.tensor([-12.0], requires_grad=True)
        generator_loss(kind, out).backward()
        assert least <= out.grad.abs().item() <= most


def test_an_unknown_kind_is_refused():
    with pytest.raises(KeyError, match="magic"):
        discriminator_loss("magic", torch.zeros(1), torch.zeros(1))
    with pytest.raises(KeyError, match="magic"):
        generator_loss("magic", torch.zeros(1))


def test_slopes_are_those_of_finite_differences(judge):
    x, step = samples(3), 1e-6
    for one, found in zip(x, slopes(judge, x), strict=True):
        sides = [(judge(one + step * way) - judge(one - step * way)) / (2 * step) for way in torch.eye(3).double()]
        assert found.item() == pytest.approx(sum(side.item() ** 2 for side in sides), rel=1e-6)


def test_r1_is_the_mean_squared_slope_and_can_be_learned_from(judge):
    x = samples(4)
    assert r1(judge, x).item() == pytest.approx(slopes(judge, x).mean().item())
    assert torch.autograd.gradcheck(
        lambda weight: r1(lambda y: torch.tanh(y @ weight).square(), x), samples(5)[:2].t().requires_grad_()
    )


def test_the_gradient_penalty_is_zero_for_slope_one_and_known_for_others():
    real, fake, chance = samples(6), samples(7), torch.Generator().manual_seed(1)
    way = torch.tensor([0.6, 0.0, 0.8]).double()
    assert gradient_penalty(lambda x: x @ way, real, fake, chance).item() == pytest.approx(0, abs=1e-12)
    assert gradient_penalty(lambda x: 3 * (x @ way), real, fake, chance).item() == pytest.approx(4)
    flat = nn.Linear(3, 1).double()
    nn.init.zeros_(flat.weight)
    penalty = gradient_penalty(flat, real, fake, chance)
    penalty.backward()
    assert penalty.item() == pytest.approx(1, abs=1e-4)
    assert flat.weight.grad.isfinite().all()


def test_the_gradient_penalty_looks_between_the_samples(judge):
    real, fake = samples(8), samples(9)
    share = torch.rand(6, 1, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    expected = (slopes(judge, real + share * (fake - real)).sqrt() - 1).square().mean()
    found = gradient_penalty(judge, real, fake, torch.Generator().manual_seed(1))
    torch.testing.assert_close(found, expected)
