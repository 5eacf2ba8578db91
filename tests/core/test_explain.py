"""Evidence and fooling, against brute force and finite differences on a tiny network."""

import pytest
import torch
from torch import nn

from core.explain import METHODS, cam, fool, input_gradient, occlusion, smooth_gradient
from core.models.staged import Staged


@pytest.fixture
def tiny() -> Staged:
    """Two convolutions and a linear head, in double precision."""
    torch.manual_seed(3)
    stages = {
        "one": nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Tanh()),
        "two": nn.Sequential(nn.Conv2d(4, 5, 3, stride=2, padding=1), nn.Tanh()),
        "mean": nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        "scores": nn.Linear(5, 3),
    }
    return Staged(stages).double().eval().requires_grad_(False)


@pytest.fixture
def x() -> torch.Tensor:
    return torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(4), dtype=torch.float64) * 2 - 1


def slopes(model: Staged, stage: str, maps: torch.Tensor, target: int) -> torch.Tensor:
    """d score / d maps by central differences."""
    out, step = torch.zeros_like(maps), 1e-5
    for place in range(maps.numel()):
        near = maps.flatten().clone()
        near[place] += step
        up = model.beyond(stage, near.view_as(maps))[0, target]
        near[place] -= 2 * step
        out.view(-1)[place] = (up - model.beyond(stage, near.view_as(maps))[0, target]) / (2 * step)
    return out


@pytest.mark.parametrize("stage", ["one", "two"])
def test_maps_of_evidence_are_what_the_papers_define(tiny, x, stage):
    maps = tiny.until(stage, x)
    slope = slopes(tiny, stage, maps, 1)
    expected = {
        "grad-cam": (slope.mean((2, 3), keepdim=True) * maps).sum(1)[0],
        "hires-cam": (slope * maps).sum(1)[0],
        "layer-cam": (slope.clamp(min=0) * maps).sum(1)[0],
    }
    for method in METHODS:
        torch.testing.assert_close(cam(tiny, x, stage, 1, method), expected[method], rtol=1e-6, atol=1e-8)


def test_hires_evidence_of_the_last_maps_sums_to_the_score(tiny, x):
    """Behind the last maps only a mean and a linear layer follow, so the evidence is all of the score but its bias."""
    total = cam(tiny, x, "two", 2, "hires-cam").sum()
    torch.testing.assert_close(total, tiny(x)[0, 2] - tiny.stages["scores"].bias[2])


def test_nothing_is_left_in_the_network(tiny, x):
    before = {key: value.clone() for key, value in tiny.state_dict().items()}
    cam(tiny, x, "one", 0)
    list(fool(tiny, x, 0, 0.1, 2))
    assert all(p.grad is None and not p.requires_grad for p in tiny.parameters())
    assert not any(module._forward_hooks or module._backward_hooks for module in tiny.modules())
    assert all((before[key] == value).all() for key, value in tiny.state_dict().items())


def test_unknown_names_are_refused(tiny, x):
    with pytest.raises(ValueError, match="grad-cam"):
        cam(tiny, x, "one", 0, "magic")
    with pytest.raises(KeyError):
        cam(tiny, x, "three", 0)


def test_input_gradient_is_the_slope_of_the_score(tiny, x):
    found, step = input_gradient(tiny, x, 2), 1e-5
    for place in ((0, 0, 0), (1, 3, 4), (2, 7, 7)):
        near = x.clone()
        near[(0, *place)] += step
        up = tiny(near)[0, 2]
        near[(0, *place)] -= 2 * step
        assert found[(0, *place)].item() == pytest.approx(((up - tiny(near)[0, 2]) / (2 * step)).item(), rel=1e-5)


def test_smooth_gradient_is_the_mean_over_noisy_copies(tiny, x):
    found = smooth_gradient(tiny.float(), x.float(), 1, torch.Generator().manual_seed(5), samples=3, noise=0.1)
    noise = torch.randn(3, 3, 8, 8, generator=torch.Generator().manual_seed(5))
    spread = 0.1 * (x.max() - x.min()).float()
    each = [input_gradient(tiny, x.float() + spread * one[None], 1) for one in noise]
    torch.testing.assert_close(found, torch.cat(each).mean(0, keepdim=True))


def test_occlusion_is_the_fall_for_every_square(tiny, x):
    found = occlusion(tiny, x, 1, window=4, stride=2, together=4)
    assert found.shape == (3, 3)
    for row in range(3):
        for column in range(3):
            hidden = x.clone()
            hidden[:, :, 2 * row : 2 * row + 4, 2 * column : 2 * column + 4] = 0
            fall = tiny(x).softmax(-1)[0, 1] - tiny(hidden).softmax(-1)[0, 1]
            torch.testing.assert_close(found[row, column], fall)


def test_one_step_is_the_sign_of_the_gradient(tiny, x):
    (once,) = fool(tiny, x, 2, 0.01, 1)
    near = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(-tiny(near).log_softmax(-1)[0, 2], near)
    torch.testing.assert_close(once, (x - 0.01 * slope.sign()).clamp(-1, 1))


@pytest.mark.parametrize(("epsilon", "steps"), [(0.05, 1), (0.05, 7), (0.5, 3), (0.0, 2)])
def test_fooling_stays_within_its_bounds_and_helps(tiny, x, epsilon, steps):
    pictures = list(fool(tiny, x, 0, epsilon, steps))
    assert len(pictures) == steps
    for picture in pictures:
        assert (picture - x).abs().max() <= epsilon + 1e-9
        assert picture.abs().max() <= 1
    if epsilon:
        assert tiny(pictures[-1]).softmax(-1)[0, 0] > tiny(x).softmax(-1)[0, 0]
