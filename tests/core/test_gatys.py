"""Painting by optimisation: the formula, that it goes downhill, that a run can be left and repeated."""

import copy
import math

import numpy as np
import pytest
import torch
from PIL import Image

from core import gatys, weights
from core.canvas import STAGES, Canvas, Wishes
from core.complaint import Complaint
from core.gatys import begin, calmed, climb, halt, look, losses, paint, reflecting, roughness
from core.gram import STYLE
from core.luma import luma, matched, recoloured
from core.models.vgg import VGG


@pytest.fixture(scope="module")
def vgg():
    name = "vgg16_relu4_1.safetensors"
    return reflecting(weights.fill(VGG("mean"), weights.read(name)[0], name))


def scene(seed: int = 1, size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Coloured patches, (width, height)."""
    values = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), np.uint8)
    return Image.fromarray(values).resize(size, Image.Resampling.BICUBIC)


@pytest.fixture(autouse=True)
def short_ladder(monkeypatch):
    """Two rungs of pictures that take milliseconds."""
    monkeypatch.setattr(Wishes, "rungs", lambda self: [(24, 4), (40, 6)])


def canvas(**wishes) -> Canvas:
    return begin(scene(1), scene(2), Wishes(**wishes))


def run(vgg, board: Canvas, **options) -> list[gatys.Moment]:
    return list(paint(vgg, board, **options))


class TestFormula:
    def test_the_loss_is_the_one_of_the_lesson(self, vgg):
        """Every sum written out, with weights of its own for every stage."""
        shares = dict(relu1_1=1.0, relu2_1=3.0, relu3_1=0.0, relu4_1=0.5)
        board = canvas(alpha=0.7, beta=4.0, gamma=2.0, content="relu2_2", style=shares)
        climb(vgg, board)
        x = (board.values + 0.1 * torch.randn(board.values.shape, generator=torch.Generator().manual_seed(3))).detach()
        photo = gatys.scaled(board.photo, *x.shape[2:])
        painting = gatys.scaled(board.painting, *gatys.size(board.painting, 1.5 * 24))
        assert x.abs().max() > 1.02  # what cannot be shown does not count
        given, x = x, x.clamp(-1, 1)
        now, at_photo, at_painting = (vgg.features(one) for one in (x, photo, painting))
        f, p = now["relu2_2"].double(), at_photo["relu2_2"].double()
        content = ((f - p) ** 2).sum() / (p**2).sum()
        style = 0.0
        for stage, share in shares.items():
            g, a = (torch.einsum("ij,kj->ik", m, m) / m.shape[1] for m in (
                maps[stage][0].flatten(1).double() for maps in (now, at_painting)))  # fmt: skip
            style += share / 4.5 * ((g - a) ** 2).sum() / (a**2).sum()
        rough = ((x[..., 1:] - x[..., :-1]) ** 2).mean() + ((x[..., 1:, :] - x[..., :-1, :]) ** 2).mean()
        found = losses(vgg, board, given)
        wanted = (0.7 * content + 4 * style + 2 * rough, content, style, rough)
        np.testing.assert_allclose([each.item() for each in found], [float(each) for each in wanted], rtol=2e-4)

    def test_the_slope_is_that_of_the_loss(self, vgg):
        """Against a central difference along a random direction, in double precision."""
        net = copy.deepcopy(vgg).double()
        board = begin(scene(1, (24, 24)), scene(2), Wishes(side=128))
        board.photo, board.painting = board.photo.double(), board.painting.double()
        net_features = gatys.features

        def exact(vgg, picture, stages, half=False):  # `features` hands out float32
            maps = vgg.features(picture)
            return {stage: maps[stage] for stage in stages}

        gatys.features = exact
        try:
            climb(net, board)
            chance = torch.Generator().manual_seed(5)
            x = board.values.detach() + 0.2 * torch.randn(board.values.shape, generator=chance).double()
            x = (0.9 * x / x.abs().max()).requires_grad_()
            way = torch.randn(x.shape, generator=chance).double()
            (slope,) = torch.autograd.grad(losses(net, board, x)[0], x)
            step = 1e-6
            there, back = (losses(net, board, x.detach() + sign * step * way)[0].item() for sign in (1, -1))
        finally:
            gatys.features = net_features
        assert (slope * way).sum().item() == pytest.approx((there - back) / (2 * step), rel=1e-4)

    def test_roughness_counts_squares(self):
        x = torch.zeros(1, 3, 4, 4)
        x[..., 1, 1] = 2.0
        assert roughness(x).item() == pytest.approx(2 * (2 * 4) / 12)

    def test_only_what_counts_is_worked_out(self, vgg):
        asked = []
        stages = dict(vgg.stages.items())
        handles = [stages[name].register_forward_hook(lambda *_, name=name: asked.append(name)) for name in STAGES]
        gatys.features(vgg, torch.zeros(1, 3, 16, 16), {"relu2_1"})
        for handle in handles:
            handle.remove()
        assert asked == ["relu1_1", "relu1_2", "relu2_1"]


class TestPainting:
    @pytest.mark.parametrize("optimiser", ["lbfgs", "adam"])
    @pytest.mark.parametrize("start", ["content", "noise"])
    def test_it_goes_downhill(self, vgg, optimiser, start, monkeypatch):
        monkeypatch.setattr(gatys, "EVERY", 1)
        moments = run(vgg, canvas(optimiser=optimiser, start=start, alpha=1.0), steps=9)
        first, top = [moment.total for moment in moments[:4]], [moment.total for moment in moments[4:]]
        assert first[-1] < first[0] and top[-1] < top[0]
        assert moments[-1].over and moments[-1].picture.shape == (1, 3, 30, 40)
        assert all(moment.picture.abs().max() <= 1 for moment in moments)

    def test_it_reports_before_every_seventh_step_and_at_the_end(self, vgg):
        board = canvas()
        assert [moment.step for moment in run(vgg, board)] == [0, 7, 10]
        assert [at for at, _, _ in board.curve] == [0, 7, 10]
        assert board.steps == board.planned() == 10

    def test_reported_losses_are_those_of_the_reported_picture(self, vgg):
        board = canvas(beta=500.0, gamma=0.0)
        last = run(vgg, board, steps=4)[-1]
        assert board.values.abs().max() > 1.005 and last.picture.abs().max() == 1
        _, content, style, _ = losses(vgg, board, last.picture)
        assert (content.item(), style.item()) == pytest.approx((last.content, last.style), rel=1e-5)

    def test_a_wall_draws_back_what_lies_beyond_black_and_white(self, vgg):
        board = canvas(alpha=0.01, beta=0.0, gamma=0.0)  # nothing else to gain
        climb(vgg, board)
        with torch.no_grad():
            board.values[..., :5] = 1.5
            board.values[..., 5:] *= 0.5
        run(vgg, board, steps=8)
        assert board.values[..., :5].max() < 1.2

    @pytest.mark.parametrize("optimiser", ["lbfgs", "adam"])
    def test_left_and_taken_up_again_it_is_the_same(self, vgg, optimiser):
        whole, parts = canvas(optimiser=optimiser), canvas(optimiser=optimiser)
        run(vgg, whole, steps=9)
        run(vgg, parts, steps=3)
        left = paint(vgg, parts, steps=6)
        next(left)  # reports step 7 and waits there
        left.close()
        assert parts.steps == 8
        run(vgg, parts, steps=1)
        torch.testing.assert_close(whole.values, parts.values)

    def test_the_same_seed_the_same_noise(self, vgg):
        one, same, other = (run(vgg, canvas(start="noise", seed=seed), steps=2)[-1].picture for seed in (4, 4, 5))
        assert torch.equal(one, same) and not torch.equal(one, other)

    def test_the_one_who_paints_last_paints_alone(self, vgg):
        board = canvas()
        first = paint(vgg, board)
        next(first)
        assert run(vgg, board, steps=2)[-1].step == 3
        assert list(first) == []
        second = paint(vgg, board)
        halt(board)
        assert board.steps == 3 and look(vgg, board).over
        second.close()

    def test_time_is_bounded(self, vgg):
        assert [moment.step for moment in run(vgg, canvas(), seconds=0)] == []

    def test_a_loss_that_is_no_number_keeps_the_last_good_picture(self, vgg, monkeypatch):
        board = canvas()
        run(vgg, board, steps=2)
        before = board.values.detach().clone()
        real = losses

        def burst(*arguments):
            parts = real(*arguments)
            return (parts[0] * math.nan, *parts[1:])

        monkeypatch.setattr(gatys, "losses", burst)
        with pytest.raises(Complaint, match="infinite"):
            run(vgg, board, steps=1)
        assert torch.equal(board.values, before)

    def test_a_texture_has_no_content(self, vgg):
        board = begin(None, scene(2), Wishes(0.0, 1.0, 0.0, style={"relu1_1": 1.0}))
        moments = run(vgg, board)
        assert moments[-1].content == 0 and moments[-1].style < moments[-2].style
        assert moments[-1].picture.shape == (1, 3, 40, 40)

    @pytest.mark.parametrize("size", [(600, 2), (2, 600), (1, 1)])
    def test_ribbons_and_single_colours(self, vgg, size):
        board = begin(Image.new("RGB", size, "navy"), Image.new("RGB", (64, 64), "gold"), Wishes(colour=True))
        assert all(math.isfinite(moment.total) for moment in run(vgg, board, steps=5))


class TestColour:
    def test_colours_stay_while_brightness_is_painted(self, vgg):
        last = run(vgg, canvas(colour=True))[-1].picture
        photo = gatys.scaled(canvas().photo, *last.shape[2:])
        inside = ((last.abs() < 1) & (photo.abs() < 1)).all(1)
        shift = (last - photo).permute(0, 2, 3, 1)[inside]  # (places, 3): the same for red, green and blue
        assert inside.float().mean() > 0.5
        assert (shift - shift[:, :1]).abs().max() < 1e-5
        assert shift.abs().mean() > 0.01

    def test_recoloured_has_one_brightness_and_the_other_colours(self):
        chance = torch.Generator().manual_seed(1)
        a, b = (0.4 * (torch.rand(1, 3, 5, 6, generator=chance) - 0.5) for _ in range(2))
        made = recoloured(a, b)
        torch.testing.assert_close(luma(made), luma(a))
        torch.testing.assert_close(made - luma(made), b - luma(b))

    def test_matched_takes_mean_and_spread(self):
        chance = torch.Generator().manual_seed(1)
        a, b = torch.rand(1, 3, 9, 9, generator=chance), 0.3 * torch.rand(1, 3, 5, 6, generator=chance) - 0.5
        made = matched(a, b)
        assert made.mean().item() == pytest.approx(luma(b).mean().item(), abs=1e-5)
        assert made.std().item() == pytest.approx(luma(b).std().item(), rel=1e-4)


def test_grain_goes_and_strokes_stay():
    image = Image.new("L", (200, 200), 90)
    image.paste(200, (0, 0, 100, 200))
    grain = np.asarray(image).astype(int) + np.random.default_rng(1).integers(-30, 30, (200, 200))
    calm = np.asarray(calmed(Image.fromarray(grain.clip(0, 255).astype(np.uint8)).convert("RGB"))).astype(int)[..., 0]
    assert np.abs(np.diff(calm[:, 110:])).mean() < np.abs(np.diff(grain[:, 110:])).mean() / 3
    assert abs(calm[50:150, 97].mean() - calm[50:150, 103].mean()) > 90
    assert calmed(scene(1, (20, 12))).size == (20, 12)
    assert calmed(scene(1, (1000, 500))).size == (640, 320)


@pytest.mark.parametrize(
    "wrong",
    [
        dict(alpha=0, beta=0), dict(alpha=math.nan), dict(beta=-1), dict(gamma=math.inf), dict(alpha=1001),
        dict(alpha="1"), dict(content="relu5_1"), dict(style={"relu9": 1}), dict(style={"relu1_1": -1}),
        dict(style={}), dict(style=dict.fromkeys(STYLE, 0)), dict(optimiser="sgd"), dict(start="photo"),
        dict(side=100), dict(seed=-1), dict(seed=1.5),
    ],
    ids=str,
)  # fmt: skip
def test_wrong_wishes_get_a_sentence(wrong):
    with pytest.raises(Complaint) as caught:
        Wishes(**wrong)
    assert caught.value.zh


def test_without_style_no_style_is_needed():
    assert Wishes(beta=0, style={}).shares() == {}
