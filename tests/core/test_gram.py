"""Content and style losses against plain loops, and their gradients against finite differences."""

import pytest
import torch

from core.gram import STYLE, content_loss, distance, gram, grams, style_loss, total_variation
from core.models.vgg import VGG


def noise(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_gram_against_loops():
    x = noise(2, 3, 4, 5)
    found = gram(x)
    assert found.shape == (2, 3, 3)
    for b in range(2):
        for i in range(3):
            for j in range(3):
                total = sum(x[b, i, r, c] * x[b, j, r, c] for r in range(4) for c in range(5))
                assert found[b, i, j].item() == pytest.approx(total.item() / 20)


def test_gram_does_not_know_where():
    x = noise(1, 4, 6, 6)
    moved = x.flatten(2)[..., torch.randperm(36, generator=torch.Generator().manual_seed(2))].view_as(x)
    torch.testing.assert_close(gram(moved), gram(x))
    torch.testing.assert_close(gram(x.repeat(1, 1, 2, 3)), gram(x))  # nor how much of it there is


def test_distance_in_units_of_the_target():
    target = noise(1, 3, 4, 4)
    assert distance(target, target).item() == 0
    assert distance(torch.zeros(2, 3, 4, 4), target).tolist() == pytest.approx([1, 1])
    assert distance(2 * target, target).item() == pytest.approx(1)
    both = torch.cat([target, noise(1, 3, 4, 4, seed=3)])
    alone = [distance(row[None], target).item() for row in both]
    assert distance(both, target).tolist() == pytest.approx(alone)
    assert torch.isfinite(distance(target, torch.zeros_like(target))).all()


def test_style_is_a_weighted_mean_over_stages():
    now, aim = ({"a": noise(1, 3, 3, seed=s), "b": noise(1, 5, 5, seed=s + 1)} for s in (4, 6))
    parts = {stage: distance(now[stage], aim[stage]) for stage in now}
    torch.testing.assert_close(style_loss(now, aim), (parts["a"] + parts["b"]) / 2)
    torch.testing.assert_close(style_loss(now, aim, {"a": 3, "b": 1}), (3 * parts["a"] + parts["b"]) / 4)
    torch.testing.assert_close(style_loss(now, aim, {"a": 0, "b": 2}), parts["b"])


def test_total_variation_against_loops():
    x = noise(1, 3, 4, 5)
    across = [abs(x[0, k, r, c + 1] - x[0, k, r, c]) for k in range(3) for r in range(4) for c in range(4)]
    down = [abs(x[0, k, r + 1, c] - x[0, k, r, c]) for k in range(3) for r in range(3) for c in range(5)]
    assert total_variation(x).item() == pytest.approx((sum(across) / len(across) + sum(down) / len(down)).item())


@pytest.fixture(scope="module")
def vgg() -> VGG:
    """Untrained, in float64, with features that are not all zero."""
    torch.manual_seed(7)
    return VGG("mean").double().eval().requires_grad_(False)


@pytest.mark.parametrize("part", ["content", "style"])
def test_gradient_of_the_losses_by_finite_differences(vgg, part):
    """Along random directions, through all of VGG, on a picture of 16 pixels."""
    aim = vgg.features(noise(1, 3, 16, 16, seed=8).tanh())
    aims = grams(aim, STYLE)

    def loss(x: torch.Tensor) -> torch.Tensor:
        maps = vgg.features(x)
        return content_loss(maps, aim).sum() if part == "content" else style_loss(grams(maps), aims).sum()

    x = (0.9 * noise(1, 3, 16, 16, seed=9).tanh()).requires_grad_()
    (slope,) = torch.autograd.grad(loss(x), x)
    for seed in range(3):
        way = noise(1, 3, 16, 16, seed=20 + seed)
        step = 1e-6 / way.abs().max()
        with torch.no_grad():
            found = (loss(x + step * way) - loss(x - step * way)) / (2 * step)
        assert (slope * way).sum().item() == pytest.approx(found.item(), rel=1e-4)


def test_gradient_of_the_gram_distance_by_hand():
    """Gatys et al. 2016, equation 6, for our normalisation: 4 (G - A) F / (positions, number and square of A)."""
    maps, aim = noise(1, 3, 4, 4).requires_grad_(), gram(noise(1, 3, 4, 4, seed=2))
    (slope,) = torch.autograd.grad(distance(gram(maps), aim).sum(), maps)
    rows = maps.detach().flatten(2)
    by_hand = 4 * (gram(maps.detach()) - aim) @ rows / 16 / 9 / aim.square().mean()
    torch.testing.assert_close(slope.flatten(2), by_hand)


def test_both_losses_pass_gradcheck():
    aim, aims = {"relu3_3": noise(1, 2, 3, 3, seed=5)}, {"relu1_1": gram(noise(1, 2, 3, 3, seed=6))}
    x = noise(1, 2, 3, 3).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: content_loss({"relu3_3": x}, aim), x)
    assert torch.autograd.gradcheck(lambda x: style_loss({"relu1_1": gram(x)}, aims), x)
