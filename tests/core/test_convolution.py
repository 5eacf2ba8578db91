"""One kernel on one picture, against plain loops and against torch itself."""

import numpy as np
import pytest
import torch

from core.convolution import KERNELS, POOLS, convolve, places

RNG = np.random.default_rng(7)


def by_hand(grey, kernel, stride, padding, bias):
    """The sums, by four loops."""
    padded = np.zeros(np.array(grey.shape) + 2 * padding)
    padded[padding : padding + grey.shape[0], padding : padding + grey.shape[1]] = grey
    rows = [*range(0, padded.shape[0] - 2, stride)]
    columns = [*range(0, padded.shape[1] - 2, stride)]
    out = np.full((len(rows), len(columns)), float(bias))
    for i, y in enumerate(rows):
        for j, x in enumerate(columns):
            for r in range(3):
                for c in range(3):
                    out[i, j] += kernel[r][c] * padded[y + r, x + c]
    return out


def pooled_by_hand(x, pool):
    fold = {"max": max, "mean": lambda four: sum(four) / 4}[pool]
    return np.array(
        [
            [fold([x[2 * i, 2 * j], x[2 * i, 2 * j + 1], x[2 * i + 1, 2 * j], x[2 * i + 1, 2 * j + 1]])
             for j in range(x.shape[1] // 2)]
            for i in range(x.shape[0] // 2)
        ]
    )  # fmt: skip


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("relu", [False, True])
def test_every_stage_is_what_loops_say(stride, padding, pool, relu):
    grey = RNG.integers(0, 256, (11, 14)).astype(float)
    kernel = RNG.normal(size=(3, 3))
    stages = convolve(torch.from_numpy(grey), torch.from_numpy(kernel), stride, padding, -20.5, relu, pool)
    x = by_hand(grey, kernel, stride, padding, -20.5)
    np.testing.assert_allclose(stages.convolved, x, atol=1e-9)
    assert x.shape == tuple(places(side, stride, padding) for side in grey.shape)
    if relu:
        x = np.maximum(x, 0)
        np.testing.assert_allclose(stages.rectified, x, atol=1e-9)
    else:
        assert stages.rectified is None
    if pool != "none":
        x = pooled_by_hand(x, pool)
        np.testing.assert_allclose(stages.pooled, x, atol=1e-9)
    else:
        assert stages.pooled is None
    np.testing.assert_allclose(stages.last, x, atol=1e-9)


def test_it_is_the_layer_of_torch():
    grey, kernel = torch.rand(20, 31, dtype=torch.float64), torch.randn(3, 3, dtype=torch.float64)
    layer = torch.nn.Sequential(
        torch.nn.Conv2d(1, 1, 3, stride=2, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2)
    ).double()
    with torch.no_grad():
        layer[0].weight.copy_(kernel[None, None])
        layer[0].bias.fill_(0.25)
        wanted = layer(grey[None, None])[0, 0]
    torch.testing.assert_close(convolve(grey, kernel, 2, 1, 0.25, True, "max").last, wanted)


def test_what_the_kernels_are_for():
    ramp = torch.arange(5.0).repeat(4, 1) * 10  # grows by 10 from column to column
    answers = {name: convolve(ramp, torch.tensor(kernel)).last for name, kernel in KERNELS.items()}
    assert torch.equal(answers["identity"], ramp[1:-1, 1:-1].double())
    assert torch.equal(answers["sobel_x"], torch.full((2, 3), 80.0, dtype=torch.float64))
    for name in ("sobel_y", "laplacian"):
        assert torch.equal(answers[name], torch.zeros(2, 3, dtype=torch.float64))
    for name in ("blur", "gaussian", "sharpen"):
        torch.testing.assert_close(answers[name], ramp[1:-1, 1:-1].double(), atol=1e-5, rtol=0)
    assert convolve(ramp.T, torch.tensor(KERNELS["sobel_y"])).last.unique().tolist() == [80.0]
    assert (answers["emboss"] > ramp[1:-1, 1:-1]).all()  # light from the upper left: brighter towards the right is lit


@pytest.mark.parametrize(
    ("shape", "settings"),
    [((2, 9), {}), ((9, 2), {}), ((3, 9), dict(pool="max")), ((4, 9), dict(stride=2, pool="mean"))],
)
def test_too_small(shape, settings):
    with pytest.raises(ValueError, match="too small"):
        convolve(torch.zeros(shape), torch.ones(3, 3), **settings)
