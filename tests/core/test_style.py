"""The painting networks: their normalisations against torch's own and plain loops, any size, pieces without a seam."""

import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d, instance_norm, interpolate, pad

from core import painting
from core.models.anyone import LEAST, LEVELS, NUMBERS, Anyone, described
from core.models.style import EPS, Config, Enlarge, Hands, normalised
from core.models.vgg import VGG


def noise(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def picture(height: int, width: int, seed: int = 1, batch: int = 1) -> torch.Tensor:
    """Smooth colours, in [-1, 1]."""
    return interpolate(noise(batch, 3, 5, 5, seed=seed), (height, width), mode="bicubic").clamp(-1, 1)


@pytest.fixture(scope="module")
def net() -> Hands:
    """Untrained, with rows that differ and a voice that is heard."""
    torch.manual_seed(2)
    net = Hands(Config(styles=3, width=8, blocks=2))
    with torch.no_grad():
        for scale, shift in ((net.scale, net.shift), (net.spread, net.mean)):
            scale.uniform_(0.5, 1.5)
            shift.normal_(0, 0.3)
        net.paint.weight.mul_(10)
    return net.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def vgg() -> VGG:
    torch.manual_seed(3)
    return VGG("mean").eval().requires_grad_(False)


def one(row: int, strength: float = 1.0) -> torch.Tensor:
    return torch.eye(3)[row : row + 1] * strength


def paint(net: Hands, x: torch.Tensor, mix: torch.Tensor) -> torch.Tensor:
    return net(x, net.manner(mix))


def test_conditional_normalisation_against_torch():
    x, scale, shift, seen = noise(2, 4, 5, 6) * 3 + 1, noise(2, 4, seed=2), noise(2, 4, seed=3), []
    found = normalised(x, scale, shift, None, seen)
    for i in range(2):
        expected = instance_norm(x[i : i + 1], weight=scale[i], bias=shift[i], eps=EPS)
        torch.testing.assert_close(found[i : i + 1], expected, rtol=1e-4, atol=1e-5)
    mean, variance = seen[0]
    torch.testing.assert_close(mean, x.mean((2, 3)))
    torch.testing.assert_close(variance, x.var((2, 3), correction=0))
    torch.testing.assert_close(normalised(x, scale, shift, (mean, variance), []), found, rtol=1e-4, atol=1e-5)


def test_a_mixture_of_painters_is_the_mixture_of_their_rows(net):
    mix = torch.tensor([[0.2, 0.3, 0.1]])
    manner, shares = net.manner(mix), [0.2, 0.3, 0.1, 0.4]
    for found, rows in ((manner.scale, net.scale), (manner.shift, net.shift)):
        torch.testing.assert_close(found[0], sum(share * row for share, row in zip(shares, rows, strict=True)))
    for found, rows in ((manner.spread, net.spread), (manner.mean, net.mean)):
        torch.testing.assert_close(found[0], sum(share * row for share, row in zip(shares, rows, strict=False)))
    assert manner.strength.item() == pytest.approx(0.6)


def test_enlarging_on_the_small_map_is_the_convolution_on_the_large_one():
    torch.manual_seed(4)
    layer, x = Enlarge(3, 5), noise(2, 3, 4, 6)
    large = pad(interpolate(x, scale_factor=2, mode="nearest"), (1, 1, 1, 1), mode="reflect")
    torch.testing.assert_close(layer(x), conv2d(large, layer.weight, layer.bias), rtol=1e-4, atol=1e-5)


def test_enlarging_makes_no_checkerboard():
    layer = Enlarge(3, 2)
    made = layer(torch.ones(1, 3, 5, 5))
    torch.testing.assert_close(made, made[..., :1, :1].expand_as(made))


@pytest.mark.parametrize("size", [(1, 1), (3, 50), (33, 47), (64, 64)])
def test_any_size_in_range(net, size):
    made = paint(net, picture(*size), one(0))
    assert made.shape == (1, 3, *size)
    assert made.isfinite().all()
    assert made.abs().max() <= 1


def test_strength_nought_is_the_photograph(net):
    x = picture(30, 40)
    assert torch.equal(paint(net, x, torch.zeros(1, 3)), x)
    away = [(paint(net, x, one(1, strength)) - x).abs().mean().item() for strength in (0.0, 0.3, 0.6, 1.0)]
    assert away == sorted(away)


def test_every_row_paints_otherwise_and_mixes_are_between(net):
    x = picture(32, 32)
    first, second = paint(net, x, one(0)), paint(net, x, one(1))
    assert (first - second).abs().mean() > 0.02
    mixed = paint(net, x, (one(0) + one(1)) / 2)
    for pure in (first, second):
        assert (mixed - pure).abs().mean() < (first - second).abs().mean()


def test_a_picture_does_not_depend_on_its_batch(net):
    x, mix = picture(32, 40, batch=3), torch.eye(3)
    together = paint(net, x, mix)
    for i in range(3):
        torch.testing.assert_close(paint(net, x[i : i + 1], mix[i : i + 1]), together[i : i + 1], rtol=1e-4, atol=1e-4)
    assert torch.equal(paint(net, x, mix), together)


def test_one_colour_stays_one_colour(net):
    made = paint(net, torch.full((1, 3, 40, 40), 0.3), one(2))
    torch.testing.assert_close(made, made[..., :1, :1].expand_as(made), rtol=0, atol=1e-4)


def test_faint_noise_does_not_become_strokes(net):
    """A picture of one colour as cameras and JPEG files have it: a grey level more or less."""
    noisy = torch.full((1, 3, 64, 64), 0.1) + noise(1, 3, 64, 64) / 127.5
    assert paint(net, noisy, one(1)).std() < 0.5 * paint(net, picture(64, 64), one(1)).std()
    assert paint(net, 0.1 + (noisy - 0.1) / 10, one(1)).std((2, 3)).max() < 0.05


def test_borders_have_no_frame(net):
    """A texture that goes on is painted at the border as it is inside; zeros around it would stand out."""
    column = noise(1, 3, 1, 8).repeat(1, 1, 8, 1)
    tile = torch.cat([column, column.flip(3)], 3)  # goes on when reflected at an edge
    made = paint(net, tile.repeat(1, 1, 8, 4) * 0.5, one(1))
    rows = made.mean((1, 3))[0]
    torch.testing.assert_close(rows, rows.mean().expand_as(rows), rtol=0, atol=1e-3)


@pytest.mark.parametrize("size", [(100, 130), (64, 200), (97, 61)])
def test_pieces_without_a_seam(net, size):
    x, mix = picture(*size) + 0.1 * noise(1, 3, *size), one(1)
    whole = paint(net, x, mix)
    pieces = painting.in_tiles(net, x, net.manner(mix), tile=32, overview=1000)
    torch.testing.assert_close(pieces, whole, rtol=1e-3, atol=1e-4)
    small = painting.in_tiles(net, x, net.manner(mix), tile=32, overview=64)  # statistics of a smaller picture
    for cut in (32, 64):
        if cut < size[1]:
            across = (small[..., cut] - small[..., cut - 1]).abs().mean()
            usual = (small[..., 1:] - small[..., :-1]).abs().mean()
            assert across < 2 * usual


def test_spinning_takes_the_steps_of_cells_away():
    """A painter that shows the mean of each cell of 4 pixels, given a ramp: steps of 4 become steps of 2."""

    def cells(picture):
        height, width = picture.shape[2:]
        small = torch.nn.functional.avg_pool2d(picture, 4, ceil_mode=True, count_include_pad=False)
        return small.repeat_interleave(4, 2).repeat_interleave(4, 3)[..., :height, :width]

    ramp = torch.arange(16.0).expand(1, 3, 12, 16)
    spun = painting.spun(cells, ramp)
    assert spun.shape == ramp.shape and (spun[..., 4:] - ramp[..., 4:]).abs().max() <= 1
    assert (cells(ramp) - ramp).abs().max() == 1.5
    assert len(spun[0, 0, 0].unique()) == 8 and len(cells(ramp).unique()) == 4


def test_reach_is_no_less_than_what_gradients_say(net):
    x, known = noise(1, 3, 160, 160) * 0.3, net.statistics(noise(1, 3, 160, 160) * 0.3, net.manner(one(0)))
    x.requires_grad_()
    net.unbounded(x, net.manner(one(0)), known, [])[0, :, 80, 80].sum().backward()
    touched = x.grad[0].abs().sum(0).nonzero()
    assert max((touched - 80).abs().max().item(), 0) <= net.reach


@pytest.fixture(scope="module")
def anyone() -> Anyone:
    """Untrained, but what it is shown matters."""
    torch.manual_seed(7)
    net = Anyone(8, 2, 6)
    with torch.no_grad():
        net.size.fill_(4)
        net.tell.weight.normal_(0, 0.3)
        net.tell.bias[: net.channels] += 1
        net.paint.weight.mul_(10)
    return net.eval().requires_grad_(False)


def test_a_painting_is_described_by_means_and_spreads(vgg):
    shown = picture(40, 56)
    maps, found, at = {"picture": shown} | vgg.features(shown), described(vgg, shown)[0], 0
    assert len(found) == NUMBERS
    for level, count in LEVELS.items():
        for k in (0, count - 1):
            values = maps[level][0, k].double().flatten()
            spread = ((values - values.mean()) ** 2).mean().sqrt()
            assert found[at + k].item() == pytest.approx(values.mean().item(), rel=1e-3, abs=1e-3)
            assert found[at + count + k].exp().item() == pytest.approx(spread.item() + LEAST, rel=1e-2)
        at += 2 * count


@pytest.mark.parametrize("size", [(1, 1), (5, 90), (384, 16)])
def test_paintings_of_any_size_and_of_one_colour_are_described(vgg, size):
    for shown in (picture(*size), torch.full((1, 3, *size), 0.5)):
        assert described(vgg, shown).isfinite().all()


def test_whatever_is_shown_is_painted_like(anyone, vgg):
    styles = torch.cat([described(vgg, picture(40, 40, seed=seed)) for seed in (2, 3)])
    x = picture(33, 47)
    first, second = (anyone(x, anyone.manner(styles, shares)) for shares in torch.eye(2).split(1))
    assert first.shape == x.shape and first.abs().max() <= 1 and (first - second).abs().mean() > 0.01
    both = anyone.manner(styles, torch.tensor([[0.5, 0.3]]))
    rows = anyone.rows(styles)
    expected = 0.5 * rows[0] + 0.3 * rows[1] + 0.2 * anyone.photograph
    torch.testing.assert_close(torch.cat([both.scale, both.shift], 1)[0], expected)
    assert torch.equal(anyone(x, anyone.manner(styles, torch.zeros(1, 2))), x)


def test_an_empty_photograph_gets_the_mean_colour_of_what_is_shown(anyone, vgg):
    shown = picture(40, 40, seed=4)
    made = anyone(torch.full((1, 3, 24, 24), 0.2), anyone.manner(described(vgg, shown), torch.ones(1, 1)))
    torch.testing.assert_close(made.mean((2, 3)), shown.mean((2, 3)), rtol=0, atol=1e-2)


def test_rows_are_made_in_full_precision(anyone, vgg):
    style = described(vgg, picture(40, 40, seed=4))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        quick = anyone.manner(style, torch.ones(1, 1))
    for found, expected in zip(quick, anyone.manner(style, torch.ones(1, 1)), strict=True):
        torch.testing.assert_close(found, expected)


def test_quick_leaves_nothing_behind(net):
    with painting.quick():
        made = paint(net, picture(32, 32), one(0))
    assert made.dtype == torch.float32
    assert not torch.is_autocast_enabled("cpu")
    assert not torch.is_inference_mode_enabled()
    assert (made - paint(net, picture(32, 32), one(0))).abs().mean() < 0.02
    assert all(module.weight.dtype == torch.float32 for module in net.modules() if isinstance(module, nn.Conv2d))
