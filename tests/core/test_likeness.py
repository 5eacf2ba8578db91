"""Measures between sets of pictures: against brute force, closed forms and another way to take a matrix root."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.likeness import coverage, features, frechet, kernel_distance, nearest, precision_recall, reach, spread
from core.models.staged import Staged


def cloud(seed: int, count: int = 40, size: int = 5, shift: float = 0.0) -> Tensor:
    return torch.randn(count, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) + shift


def apart(x: Tensor, y: Tensor) -> float:
    return math.dist(x.tolist(), y.tolist())


def test_frechet_is_that_of_the_formula():
    turned = torch.linalg.qr(cloud(9, 5, 5))[0]
    a, b = cloud(1), (cloud(2, 60) * torch.tensor([3.0, 1.0, 0.5, 2.0, 1.0])) @ turned + 0.7
    one, other = (np.cov(x.numpy().T) for x in (a, b))
    values = np.linalg.eigvals(one @ other)  # not symmetric, but similar to what is
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum().item() + np.trace(one) + np.trace(other)
    assert frechet(a, b) == pytest.approx(expected - 2 * np.sqrt(values.real.clip(0)).sum(), rel=1e-9)
    assert frechet(a, b) == pytest.approx(frechet(b, a))


def test_frechet_of_known_gaussians():
    a = torch.tensor([[-1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0]])  # covariance 2/3 of the identity
    assert frechet(a, a) == pytest.approx(0, abs=1e-12)
    assert frechet(a, a + torch.tensor([3.0, 4.0])) == pytest.approx(25)
    assert frechet(a, 2 * a) == pytest.approx(2 * 2 / 3)  # two deviations that are twice as large
    assert frechet(cloud(3, 4, 30), cloud(4, 4, 30)) > 0  # fewer rows than numbers: covariances without an inverse


def test_kernel_distance_is_the_mean_over_pairs_of_different_pictures():
    a, b = cloud(1, 7), cloud(2, 9, shift=0.5)

    def kernel(x: Tensor, y: Tensor) -> float:
        return (sum(p * q for p, q in zip(x.tolist(), y.tolist(), strict=True)) / 5 + 1) ** 3

    def mean(x: Tensor, y: Tensor, same: bool) -> float:
        values = [kernel(p, q) for i, p in enumerate(x) for j, q in enumerate(y) if not (same and i == j)]
        return sum(values) / len(values)

    expected = mean(a, a, True) + mean(b, b, True) - 2 * mean(a, b, False)
    assert kernel_distance(a, b) == pytest.approx(expected)


def test_kernel_distance_has_no_bias():
    trials = [kernel_distance(cloud(2 * seed, 20), cloud(2 * seed + 1, 20)) for seed in range(60)]
    assert abs(np.mean(trials)) < 3 * np.std(trials) / math.sqrt(60)
    assert min(trials) < 0 < kernel_distance(cloud(1), cloud(2, shift=1.0))


def test_precision_and_recall_are_what_the_paper_defines():
    real, fake = cloud(1, 30, 2), cloud(2, 30, 2, 2.0)

    def inside(x: Tensor, of: Tensor) -> bool:
        for centre in of:
            others = sorted(apart(centre, other) for other in of)
            if apart(x, centre) <= others[3]:  # the first is the row itself
                return True
        return False

    precision, recall = precision_recall(real, fake)
    assert precision == pytest.approx(sum(inside(x, real) for x in fake) / 30)
    assert recall == pytest.approx(sum(inside(x, fake) for x in real) / 30)
    assert 0 < precision < 1


def test_precision_and_recall_tell_what_is_wrong():
    real = torch.cat([cloud(1, 40, 2), cloud(2, 40, 2, 50)])
    collapsed, wild = cloud(3, 80, 2), torch.cat([cloud(4, 40, 2), cloud(5, 40, 2, -50)])
    precision, recall = precision_recall(real, collapsed)
    assert precision > 0.9 > 0.55 > recall
    precision, recall = precision_recall(real, wild)
    assert precision < 0.6
    assert reach(real).shape == (80,)


def test_coverage_counts_classes():
    found = coverage(torch.tensor([0, 0, 2, 2]), 4)
    assert (found.counts, found.missing) == ([2, 0, 2, 0], 2)
    assert found.effective == pytest.approx(2)
    assert coverage(torch.arange(10), 10).effective == pytest.approx(10)
    assert coverage(torch.zeros(0, dtype=torch.int64), 3).missing == 3


def test_spread_and_nearest_are_those_of_all_pairs():
    a, b = cloud(1, 6), cloud(2, 8)
    pairs = [apart(a[i], a[j]) for i in range(6) for j in range(i)]
    assert spread(a) == pytest.approx(sum(pairs) / len(pairs))
    values, numbers = nearest(a, b, 2)
    for row, x in enumerate(a):
        order = sorted(range(8), key=lambda j: apart(x, b[j]))[:2]
        assert numbers[row].tolist() == order
        assert values[row].tolist() == pytest.approx([apart(x, b[j]) for j in order])


def test_features_are_those_of_the_scaled_pictures():
    net = Staged({"mean": nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), "scores": nn.Linear(3, 2)}).eval()
    pictures = torch.linspace(-1, 1, 5)[:, None, None, None].expand(5, 3, 8, 8).contiguous()
    torch.testing.assert_close(features(net, pictures, 2), pictures[:, :, 0, 0], atol=1e-5, rtol=0)
