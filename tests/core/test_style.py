"""The painting networks: their normalisations against torch's own and plain loops, any size, pieces without a seam."""

import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d, instance_norm, interpolate, pad

from core import painting
from core.models import adain
from core.models.adain import Decoder, restyled, statistics
from core.models.style import EPS, Config, Enlarge, Hands, Rows
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
        for rows in (module for module in net.modules() if isinstance(module, Rows)):
            rows.scale.uniform_(0.5, 1.5)
            rows.shift.normal_(0, 0.3)
        net.paint.weight.mul_(10)
    return net.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def vgg() -> VGG:
    torch.manual_seed(3)
    return VGG("mean").eval().requires_grad_(False)


def one(row: int, strength: float = 1.0) -> torch.Tensor:
    return torch.eye(3)[row : row + 1] * strength


def test_conditional_normalisation_against_torch():
    rows, x = Rows(3, 4), noise(2, 4, 5, 6) * 3 + 1
    rows.scale.data, rows.shift.data = noise(3, 4, seed=2), noise(3, 4, seed=3)
    shares, seen = torch.tensor([[1.0, 0, 0], [0.2, 0.3, 0.5]]), []
    found = rows(x, shares, None, seen)
    for i in range(2):
        scale = sum(shares[i, k] * rows.scale[k] for k in range(3))
        shift = sum(shares[i, k] * rows.shift[k] for k in range(3))
        expected = instance_norm(x[i : i + 1], weight=scale, bias=shift, eps=EPS)
        torch.testing.assert_close(found[i : i + 1], expected, rtol=1e-4, atol=1e-5)
    mean, variance = seen[0]
    torch.testing.assert_close(mean, x.mean((2, 3)))
    torch.testing.assert_close(variance, x.var((2, 3), correction=0))
    torch.testing.assert_close(rows(x, shares, (mean, variance), []), found, rtol=1e-4, atol=1e-5)


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
    made = net(picture(*size), one(0))
    assert made.shape == (1, 3, *size)
    assert made.isfinite().all()
    assert made.abs().max() <= 1


def test_strength_nought_is_the_photograph(net):
    x = picture(30, 40)
    assert torch.equal(net(x, torch.zeros(1, 3)), x)
    away = [(net(x, one(1, strength)) - x).abs().mean().item() for strength in (0.0, 0.3, 0.6, 1.0)]
    assert away == sorted(away)


def test_every_row_paints_otherwise_and_mixes_are_between(net):
    x = picture(32, 32)
    first, second = net(x, one(0)), net(x, one(1))
    assert (first - second).abs().mean() > 0.02
    mixed = net(x, (one(0) + one(1)) / 2)
    for pure in (first, second):
        assert (mixed - pure).abs().mean() < (first - second).abs().mean()


def test_a_picture_does_not_depend_on_its_batch(net):
    x, mix = picture(32, 40, batch=3), torch.eye(3)
    together = net(x, mix)
    for i in range(3):
        torch.testing.assert_close(net(x[i : i + 1], mix[i : i + 1]), together[i : i + 1], rtol=1e-4, atol=1e-5)
    assert torch.equal(net(x, mix), together)


def test_one_colour_stays_one_colour(net):
    made = net(torch.full((1, 3, 40, 40), 0.3), one(2))
    torch.testing.assert_close(made, made[..., :1, :1].expand_as(made), rtol=0, atol=1e-4)


def test_faint_noise_does_not_become_strokes(net):
    """A picture of one colour as cameras and JPEG files have it: a grey level more or less."""
    noisy = torch.full((1, 3, 64, 64), 0.1) + noise(1, 3, 64, 64) / 127.5
    assert net(noisy, one(1)).std() < 0.5 * net(picture(64, 64), one(1)).std()
    assert net(0.1 + (noisy - 0.1) / 10, one(1)).std((2, 3)).max() < 0.05


def test_borders_have_no_frame(net):
    """A texture that goes on is painted at the border as it is inside; zeros around it would stand out."""
    column = noise(1, 3, 1, 8).repeat(1, 1, 8, 1)
    tile = torch.cat([column, column.flip(3)], 3)  # goes on when reflected at an edge
    made = net(tile.repeat(1, 1, 8, 4) * 0.5, one(1))
    rows = made.mean((1, 3))[0]
    torch.testing.assert_close(rows, rows.mean().expand_as(rows), rtol=0, atol=1e-3)


@pytest.mark.parametrize("size", [(100, 130), (64, 200), (97, 61)])
def test_pieces_without_a_seam(net, size):
    x, mix = picture(*size) + 0.1 * noise(1, 3, *size), one(1)
    whole = net(x, mix)
    pieces = painting.in_tiles(net, x, mix, tile=32, overview=1000)
    torch.testing.assert_close(pieces, whole, rtol=1e-3, atol=1e-4)
    small = painting.in_tiles(net, x, mix, tile=32, overview=64)  # statistics of a smaller picture
    for cut in (32, 64):
        if cut < size[1]:
            across = (small[..., cut] - small[..., cut - 1]).abs().mean()
            usual = (small[..., 1:] - small[..., :-1]).abs().mean()
            assert across < 2 * usual


def test_reach_is_no_less_than_what_gradients_say(net):
    x, known = noise(1, 3, 160, 160) * 0.3, net.statistics(noise(1, 3, 160, 160) * 0.3, one(0))
    x.requires_grad_()
    net.unbounded(x, one(0), known, [])[0, :, 80, 80].sum().backward()
    touched = x.grad[0].abs().sum(0).nonzero()
    assert max((touched - 80).abs().max().item(), 0) <= net.reach


def test_adaptive_normalisation_against_loops():
    maps, style = {"picture": noise(1, 3, 4, 5)}, {"picture": noise(1, 3, 7, 6, seed=2) * 2 + 1}
    made = restyled(maps, [statistics(style)], torch.ones(1, 1))["picture"]
    for k in range(3):
        x, s = maps["picture"][0, k], style["picture"][0, k]
        expected = (x - x.mean()) / x.std(correction=0) * s.std(correction=0) + s.mean()
        torch.testing.assert_close(made[0, k], expected, rtol=1e-3, atol=1e-3)
    new = statistics({"picture": made})["picture"]
    for found, wanted in zip(new, statistics(style)["picture"], strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-3, atol=1e-3)


def test_own_style_and_no_style_change_nothing():
    maps = {"a": noise(2, 3, 4, 4), "b": noise(2, 5, 2, 2)}
    for made in (restyled(maps, [statistics(maps)], torch.ones(2, 1)), restyled(maps, [], torch.ones(2, 0))):
        for level, x in maps.items():
            torch.testing.assert_close(made[level], x, rtol=1e-4, atol=1e-5)


def test_a_map_of_shares_paints_places_apart():
    maps = {"a": noise(1, 3, 8, 8), "b": noise(1, 3, 4, 4)}
    styles = [statistics({"a": noise(1, 3, 9, 9, seed=s) * s, "b": noise(1, 3, 9, 9, seed=s) + s}) for s in (2, 3)]
    left = torch.zeros(1, 1, 16, 16)
    left[..., :8] = 1
    made = restyled(maps, styles, torch.cat([left, 1 - left], 1))
    for level, x in made.items():
        half = x.shape[3] // 2
        for part, shares in ((slice(0, half), [1.0, 0]), (slice(half, None), [0.0, 1])):
            alone = restyled(maps, styles, torch.tensor([shares]))[level]
            torch.testing.assert_close(x[..., part], alone[..., part])


@pytest.mark.parametrize("size", [(5, 9), (40, 57)])
def test_any_painting_any_size(vgg, size):
    torch.manual_seed(5)
    decoder, shown = Decoder((8, 8, 8)).eval().requires_grad_(False), picture(31, 20, seed=2)
    style = [statistics(adain.levels(vgg, adain.padded(shown)))]
    made = adain.painted(vgg, decoder, picture(*size), style, torch.ones(1, 1))
    assert made.shape == (1, 3, *size)
    assert made.isfinite().all()
    assert made.abs().max() <= 1
    by_place = adain.painted(vgg, decoder, picture(*size), style, torch.ones(1, 1, 3, 4))
    torch.testing.assert_close(by_place, made, rtol=1e-3, atol=1e-4)


def test_one_colour_as_style_or_content_is_finite(vgg):
    torch.manual_seed(6)
    decoder, flat = Decoder((8, 8, 8)).eval().requires_grad_(False), torch.full((1, 3, 32, 32), -0.4)
    for content, shown in ((flat, picture(32, 32)), (picture(32, 32), flat), (flat, flat)):
        made = adain.painted(vgg, decoder, content, [statistics(adain.levels(vgg, shown))], torch.ones(1, 1))
        assert made.isfinite().all()


def test_quick_leaves_nothing_behind(net):
    with painting.quick():
        made = net(picture(32, 32), one(0))
    assert made.dtype == torch.float32
    assert not torch.is_autocast_enabled("cpu")
    assert not torch.is_inference_mode_enabled()
    assert (made - net(picture(32, 32), one(0))).abs().mean() < 0.02
    assert all(module.weight.dtype == torch.float32 for module in net.modules() if isinstance(module, nn.Conv2d))
