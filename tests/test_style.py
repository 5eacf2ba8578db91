"""The parts of the tab that paints, as functions: results, and one clear sentence for everything wrong."""

import base64
import io
import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image

from core import painting
from core.canvas import Wishes
from core.complaint import Complaint
from core.gatys import aimed, begin, climb
from core.gram import STYLE, grams, style_loss
from core.images import to_url
from core.models.anyone import Anyone
from core.models.style import Config, Hands
from core.weights import WeightsError
from demos.paintings import paintings
from demos.pictures import LARGE, kept
from demos.style import anything, camera, gram, hands, knows, meter, models, outputs, watch
from weights.recipes.style_beside import optimised, stroke_by_stroke

WRONG_PICTURES = ["dragon", None, 7, ["cat"], "data:image/png;base64,AAAA", "data:image/svg+xml;base64,AAAA"]


def url(size: tuple[int, int], colour: str = "navy") -> str:
    return to_url(Image.new("RGB", size, colour))


def opened(address: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))).astype(int)


@pytest.fixture
def untrained(monkeypatch):
    """Networks of the right shape that have learned nothing."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        net, other = Hands(Config(len(paintings()), 8, 1)).eval(), Anyone(8, 1, 8).eval()
    monkeypatch.setattr(painting, "hands", lambda: (net.requires_grad_(False), list(paintings())))
    monkeypatch.setattr(painting, "anyone", lambda: other.requires_grad_(False))
    for module in (outputs, meter):
        monkeypatch.setattr(module, "trained", lambda: {"hands": painting.HANDS, "any": painting.ANY})


class TestManner:
    def test_every_painting_hangs_with_its_label(self):
        rows = models.hung()
        assert [row[0] for row in rows] == list(paintings()) and len(rows) >= 12
        for name in paintings():
            assert all(len(words) > 12 for words in models.label(name))

    @pytest.mark.parametrize(
        "wrong", [*WRONG_PICTURES, url((31, 400)), url((400, 8))], ids=lambda value: str(value)[:24]
    )
    def test_wrong_styles_get_a_sentence(self, wrong):
        with pytest.raises(Complaint) as caught:
            models.manner(wrong)
        assert caught.value.zh

    def test_a_small_style_is_told_its_size(self):
        with pytest.raises(Complaint, match="31 × 400 pixels; a style needs 32"):
            models.manner(url((31, 400)))

    def test_what_is_kept_of_an_own_style(self):
        kept, notes = models.kept_manner(url((3000, 200)))
        assert kept.startswith("data:image/jpeg") and "3000 × 200" in notes[0][0]
        assert models.kept_manner("auvers") == ("auvers", [])
        assert models.easel("own")["notes"][0][0] == "a style of your own"


class TestWatch:
    def test_a_run_can_be_followed_stopped_and_animated(self, monkeypatch):
        monkeypatch.setattr(Wishes, "rungs", lambda self: [(32, 4), (48, 5)])
        run = watch.made("china", "auvers", Wishes())
        states = [state for _, state in watch.go(run, 60, 5)]
        assert [state["phase"] for state in states] == ["painting", "done"]
        last = watch.stopped(run)
        assert last["phase"] == "stopped" and last["step"] == 5
        assert [at for at, _ in last["frames"]] == [at for at, _, _ in last["curve"]] == [0, 5]
        total = sum(last[a] * last[b] for a, b in (("alpha", "content"), ("beta", "style"), ("gamma", "rough")))
        assert last["total"] == pytest.approx(total, rel=1e-3)
        list(watch.go(run))
        film = Image.open(io.BytesIO(watch.animation(run.frames, (60, 40))))
        assert film.format == "GIF" and film.n_frames == len(run.frames) == 4 and film.size == (60, 40)
        (row,) = meter.of_run(run, "china", "auvers")
        assert row[0] == "painted" and math.isfinite(row[2] + row[3])
        assert meter.of_run(run, "cat", "auvers") == meter.of_run(None, "china", "auvers") == []

    @pytest.mark.parametrize(
        "wrong",
        [
            *(dict(picture=each) for each in WRONG_PICTURES), dict(style="nobody"), dict(style=url((20, 20))),
            dict(alpha=0, beta=0), dict(beta=math.nan), dict(layers={}), dict(layers=["relu1_1"]),
            dict(layers={"relu1_1": 0}), dict(optimiser="sgd"), dict(start="end"), dict(side=4096), dict(side=255),
            dict(seconds=61), dict(seconds=0), dict(steps=0), dict(steps=9999), dict(seed=-1),
        ],
        ids=lambda value: str(value)[:40],
    )  # fmt: skip
    def test_wrong_input_gets_a_sentence(self, wrong):
        with pytest.raises(Complaint) as caught:
            next(watch.compute(**wrong))
        assert caught.value.zh

    def test_a_white_photograph_and_a_grey_style_still_paint(self):
        *_, last = watch.compute(url((40, 40), "white"), url((40, 40), "grey"), side=128, steps=2)
        assert math.isfinite(last["total"])


class TestMeter:
    def test_a_cross_fade_trades_content_for_style(self):
        found = meter.compute("china", "auvers")
        fades = [row for row in found["rows"] if row[0] == "fade"]
        assert fades[0][2] == 0 and fades[0][1] == 0
        assert [row[2] for row in fades] == sorted(row[2] for row in fades)
        assert fades[-1][3] < 0.1 < fades[0][3]

    def test_networks_and_an_own_picture_stand_beside(self, untrained, monkeypatch):
        monkeypatch.setattr(meter, "FADES", (0.0, 1.0))
        monkeypatch.setattr(meter, "STRENGTHS", (1.0,))
        found = meter.compute("cat", "auvers", made="coffee")
        kinds = [row[0] for row in found["rows"]]
        assert kinds == ["fade", "fade", "hands", "any", "made"]
        assert meter.compute("cat", url((64, 64)))["rows"][-1][0] == "any"  # the small network does not know it


class TestKnows:
    def test_a_cat_under_a_painting_is_no_cat(self):
        found = knows.compute("cat", "great_wave", "fade")
        assert len(found["steps"]) == 11 and 0 < found["flip"] < 1
        own = found["curves"][0]
        assert own[0] == found["steps"][0][1][0][0] and len(own[3]) == 11
        before = [top[0][0] for strength, top, _ in found["steps"] if strength < found["flip"] - 0.1]
        assert set(before) <= {own[0]}
        assert found["became"][0] != own[0]
        answers = [top[0][0] for _, top, _ in found["steps"]]
        drawn = {curve[0] for curve in found["curves"]}
        assert set(answers) <= drawn  # whoever wins has a curve
        assert found["became"] is None or found["became"][0] in drawn
        told = [found["became"][0], *(row[1] for row in found["later"])]
        changes = [b for a, b in pairwise(answers) if a != b]
        assert told[-1] == answers[-1] and set(changes) <= set(told)

    def test_nothing_over_nothing_never_flips(self, monkeypatch):
        monkeypatch.setattr(knows, "painted", lambda way, picture, *_: models.photo(picture, 96)[1])
        assert knows.compute("coffee", "auvers")["flip"] is None

    @pytest.mark.parametrize("wrong", [dict(way="magic"), dict(picture="dragon"), dict(style=None)], ids=str)
    def test_wrong_input_gets_a_sentence(self, wrong):
        with pytest.raises(Complaint):
            knows.compute(**wrong)


class TestGram:
    def test_matrices_are_symmetric_and_sorted_by_the_painting(self):
        found = gram.compute("cat", "great_wave", "relu2_1")
        shape = (2, gram.SHOWN, gram.SHOWN)
        squares = np.frombuffer(base64.b64decode(found["grams"]["bytes"]), np.uint8).reshape(shape).astype(int)
        assert np.abs(squares - squares.transpose(0, 2, 1)).max() <= 1
        assert (np.diff(squares[1].diagonal()) <= 0).all() and squares.max() == 255
        assert dict(found["layers"])["relu2_1"] == found["distance"] > 0
        assert all(maps["count"] == gram.SHOWN and max(maps["height"], maps["width"]) == 40 for maps in found["maps"])

    def test_the_matrix_that_is_shown_is_what_a_texture_gets(self):
        """The last rung aims at the square on the page, but for the coarser numbers in which steps are reckoned."""
        found = gram.compute("cat", "auvers", "relu3_1")
        canvas = begin(None, models.manner("auvers").image, Wishes(0, 1, 0, style={"relu3_1": 1.0}, side=gram.TEXTURE))
        while canvas.rung < len(canvas.wishes.rungs()) - 1:
            climb(models.reflecting_eye(), canvas)
        aim = canvas.aims[1]["relu3_1"][0][found["channels"]][:, found["channels"]].clamp(min=0).sqrt()
        grams = found["grams"]
        shape = (2, gram.SHOWN, gram.SHOWN)
        square = np.frombuffer(base64.b64decode(grams["bytes"]), np.uint8).reshape(shape)[1] * (grams["high"] / 255)
        np.testing.assert_allclose(square, aim.numpy(), atol=grams["high"] / 200)

    def test_a_texture_grows(self, monkeypatch):
        monkeypatch.setattr(Wishes, "rungs", lambda self: [(32, 8)])
        states = list(gram.texture("auvers", "relu1_1"))
        assert states[-1]["left"] < states[0]["left"] and opened(states[-1]["texture"]).shape == (32, 32, 3)

    @pytest.mark.parametrize(
        "wrong", [dict(stage="relu5_1"), dict(stage=None), dict(style="x"), dict(picture="x")], ids=str
    )
    def test_wrong_input_gets_a_sentence(self, wrong):
        with pytest.raises(Complaint):
            gram.compute(**wrong)


class TestHands:
    def test_strength_0_is_the_photograph(self, untrained):
        found = hands.compute("cat", ["auvers"], [1], 0.0, side=128)
        assert np.abs(opened(found["before"]) - opened(found["after"])).mean() < 1.5
        assert found["size"] == [128, 85]

    def test_colours_can_be_kept_and_hands_mixed(self, untrained):
        both = ["auvers", "great_wave"], [1, 1]
        plain = hands.compute("cat", *both, side=128)
        kept = hands.compute("cat", *both, 1.0, True, 128)
        assert len(plain["labels"]) == 2 and plain["after"] != kept["after"]

    def test_more_than_two_hands_are_blended_by_weight(self, untrained):
        net, names = painting.hands()
        found = hands.compute("cat", ["lion", "auvers", "poppies"], [2, 1, 1], 0.8, side=128)
        mix = torch.zeros(1, len(names))
        for name, share in (("lion", 0.4), ("auvers", 0.2), ("poppies", 0.2)):
            mix[0, names.index(name)] = share
        x = models.photo("cat", 128)[1]
        moved = torch.cat([x[..., :1], x[..., :1], x], 3)  # two columns and two rows of the border before it
        moved = torch.cat([moved[..., :1, :], moved[..., :1, :], moved], 2)
        with painting.quick():
            made = net(x, net.manner(mix)) + net(moved, net.manner(mix))[..., 2:, 2:]
        assert found["after"] == models.url(made / 2)

    def test_a_style_of_ones_own_is_painted_by_the_network_that_looks_first(self, untrained):
        mine = url((64, 64))
        found = hands.compute("cat", [mine], [1], 0.8, side=128)
        assert found["after"] == anything.compute("cat", [mine], [1], 0.8, side=128)["after"]
        mixed = hands.compute("cat", ["auvers", mine], [3, 1], side=128)
        assert mixed["after"] == anything.compute("cat", ["auvers", mine], [3, 1], side=128)["after"]

    def test_a_painting_mixed_with_itself_is_itself(self, untrained):
        alone, twice = (hands.compute("cat", ["lion"] * n, [0.3] * n, 0.9, side=96) for n in (1, 2))
        assert alone["after"] == twice["after"] and len(twice["labels"]) == 1

    def test_a_large_picture_is_painted_in_pieces(self, untrained, monkeypatch):
        whole = hands.compute("cat", ["auvers"], side=480)
        monkeypatch.setattr(hands, "SIDES", (256,))
        monkeypatch.setattr(painting.in_tiles, "__defaults__", (128, 512))
        pieces = hands.compute("cat", ["auvers"], side=480)
        assert pieces["size"] == whole["size"]
        assert np.abs(opened(pieces["after"]) - opened(whole["after"])).max() <= 12  # JPEG, and bfloat16 where there is

    def test_the_sheet_shows_all_of_them(self, untrained):
        found = hands.sheet("cat", 64)
        assert [row[0] for row in found["rows"]] == list(paintings())
        assert len(hands.sheet("cat", 64, ["lion"])["rows"]) == 1

    def test_a_frame_of_the_camera_is_made_small(self, untrained):
        assert opened(camera.compute(url((640, 480)), "lion")["after"]).shape == (240, 320, 3)

    @pytest.mark.parametrize(
        "wrong",
        [
            dict(strength=math.nan), dict(strength=50), dict(strength=-0.1), dict(weights=[-1]),
            dict(styles=[url((20, 90))]), dict(styles=["nobody"]), dict(styles=[None]), dict(styles="lion"),
            dict(styles=["lion", 7], weights=[1, 1]), dict(weights=[0]), dict(styles=["lion"] * 5), dict(side=63),
            dict(side=4000),
            *(dict(picture=each) for each in WRONG_PICTURES),
        ],
        ids=lambda value: str(value)[:40],
    )  # fmt: skip
    def test_wrong_input_gets_a_sentence(self, wrong, untrained):
        with pytest.raises(Complaint) as caught:
            hands.compute(**wrong)
        assert caught.value.zh

    def test_without_weights_the_file_is_named(self, monkeypatch):
        def gone():
            raise WeightsError("weights/x is missing", "weights/x 不存在")

        monkeypatch.setattr(painting, "hands", gone)
        with pytest.raises(WeightsError):
            hands.compute(side=64)


class TestAnything:
    def test_where_the_mask_is_black_the_photograph_stays(self, untrained):
        mask = Image.new("L", (60, 40), 255)
        mask.paste(0, (0, 0, 30, 40))
        found = anything.compute("cat", ["auvers", url((64, 64))], [1, 2], mask=to_url(mask.convert("RGB")), side=96)
        change = np.abs(opened(found["before"]) - opened(found["after"])).mean((0, 2))  # by column
        assert change[:44].mean() < 4 < change[52:].mean()
        assert found["kept"] == pytest.approx(0.5, abs=0.02) and len(found["labels"]) == 2

    def test_where_the_mask_is_black_another_style_paints(self, untrained):
        mask = Image.new("L", (60, 40), 255)
        mask.paste(0, (0, 0, 30, 40))
        given = dict(mask=to_url(mask.convert("RGB")), side=96)
        both = anything.compute("cat", ["auvers"], [1], 0.7, **given, elsewhere="lion")
        alone = {
            name: opened(anything.compute("cat", [name], [1], 0.7, side=96)["after"]) for name in ("auvers", "lion")
        }
        found = opened(both["after"])
        assert np.abs(found[:, :44] - alone["lion"][:, :44]).mean() < 3
        assert np.abs(found[:, 52:] - alone["auvers"][:, 52:]).mean() < 3
        assert np.abs(alone["lion"] - alone["auvers"]).mean() > 6
        assert len(both["labels"]) == 2
        assert anything.compute("cat", ["auvers"], [1], 0.7, side=96, elsewhere="lion")["labels"] == both["labels"][:1]

    @pytest.mark.parametrize(
        "wrong",
        [
            dict(styles=[], weights=[]), dict(styles=["auvers"], weights=[]), dict(styles="auvers", weights=[1]),
            dict(weights=[0]), dict(styles=["auvers", "lion"], weights=[0, 0.0]), dict(weights=[math.nan]),
            dict(weights=[-1]), dict(styles=["auvers"] * 5, weights=[1] * 5), dict(mask=url((50, 50))),
            dict(mask="data:image/png;base64,AAAA"), dict(strength=50), dict(side=1), dict(styles=[None], weights=[1]),
            dict(styles=[url((20, 90))], weights=[1]),
            dict(mask=url((96, 64)), elsewhere="nobody"),
        ],
        ids=lambda value: str(value)[:40],
    )  # fmt: skip
    def test_wrong_input_gets_a_sentence(self, wrong, untrained):
        with pytest.raises(Complaint) as caught:
            anything.compute(**dict(picture="cat", side=64) | wrong)
        assert caught.value.zh


def test_a_way_without_weights_is_left_out_and_says_so(monkeypatch):
    monkeypatch.setattr(painting, "HANDS", "not_there.safetensors")
    assert "hands" not in models.trained() and outputs.ways()[0] == "fade"
    assert "not_there" in str(models.missing("not_there.safetensors"))


def test_only_what_hangs_here_is_known_by_the_small_network(untrained):
    mix = outputs.mixed({"lion": 0.25, "auvers": 0.5})
    assert mix.sum() == 0.75 and mix[0, list(paintings()).index("lion")] == 0.25
    with pytest.raises(Complaint, match="Any painting"):
        outputs.mixed({url((64, 64)): 1.0})


def test_a_large_photograph_is_painted_from_all_its_pixels():
    """Stripes of one pixel are gone from a picture that was small in between."""
    stripes = np.zeros((128, 2048, 3), np.uint8)
    stripes[:, ::2] = 255
    given = to_url(Image.fromarray(stripes))
    remembered, notes = kept(given, LARGE)
    assert notes == []
    image, x = models.photo(remembered, 2048)
    assert image.size == (2048, 128) and x[..., 20:-20].std() > 0.8
    assert models.photo(remembered, 1024)[1].std() < 0.2
    with pytest.raises(Complaint, match=r"from 64 to 2,?048"):
        hands.compute("cat", side=4096)


@pytest.mark.parametrize("name", ["great_wave", "composition_viii", "mona_lisa"])
def test_the_painters_that_ship_keep_colours_from_size_to_size(name):
    """No channel's mean or spread moves by more than 5 of 255 between 256 and 768 pixels."""
    net, names = painting.hands()
    manner, seen = net.manner(torch.eye(net.config.styles)[names.index(name)][None]), []
    for side in (256, 768):
        with painting.quick():
            made = net(models.photo("cat", side)[1], manner).float().clamp(-1, 1) * 127.5
        seen.append(torch.cat([made.mean((0, 2, 3)), made.std((0, 2, 3))]))
    assert (seen[0] - seen[1]).abs().max() < 5
    assert seen[0][3:].max() > 10  # it is a picture


def test_the_ladder_leaves_less_grain_than_plain_adam(monkeypatch):
    """What is finer than three pixels, against the same photograph's plain optimisation."""
    monkeypatch.setattr(Wishes, "rungs", lambda self: [(48, 20), (64, 20)])
    x, shown = models.photo("china", 64)[1], models.manner("auvers").image
    aims = grams(models.eye().features(aimed(models.pixels(shown), 64)), STYLE)

    def fine(picture: torch.Tensor) -> float:
        smooth = torch.nn.functional.avg_pool2d(picture, 3, 1, 1, count_include_pad=False)
        return (picture - smooth).square().mean().item()

    plain = optimised(models.eye(), x, aims, 50)
    climbed = stroke_by_stroke(models.reflecting_eye(), x, shown)
    assert climbed.shape == plain.shape and fine(climbed) < 0.5 * fine(plain)
    losses = [style_loss(grams(models.eye().features(made), STYLE), aims).item() for made in (x, climbed)]
    assert losses[1] < 0.5 * losses[0]  # and it is painted


@pytest.mark.parametrize("name", ["great_wave", "moulin_de_la_galette", "kazusa", "mona_lisa"])
def test_the_painters_that_ship_show_no_seam_and_no_shift_in_a_large_picture(name):
    """In pieces as at once: no channel's mean or spread moves by more than 6 of 255, and where two pieces meet
    neighbouring pixels differ as they do elsewhere."""
    net, names = painting.hands()
    manner, x = net.manner(torch.eye(net.config.styles)[names.index(name)][None]), models.photo("china", 1152)[1]
    with painting.quick():
        whole, pieces = (
            made.float().clamp(-1, 1) * 127.5 for made in (net(x, manner), painting.in_tiles(net, x, manner))
        )
    for part in (torch.mean, torch.std):
        assert (part(whole, (0, 2, 3)) - part(pieces, (0, 2, 3))).abs().max() < 6
    for axis in (2, 3):
        steps = [made.diff(dim=axis).abs().mean((0, 1, 5 - axis)) for made in (whole, pieces)]  # between two lines
        seams = torch.arange(painting.TILE, x.shape[axis], painting.TILE) - 1
        assert len(seams) and (steps[1][seams] < 1.25 * steps[0][seams] + 1).all()


@torch.inference_mode()
def test_a_photograph_in_its_own_style_stays_itself():
    """As the card says, some 11 of 255; in another style it changes several times as much."""
    net, x = painting.anyone(), models.photo("cat", 256)[1]

    def changed(style: torch.Tensor) -> float:
        return (net(x, net.manner(style, torch.ones(1, 1))) - x).abs().mean().item() * 127.5

    assert changed(models.described(models.eye(), x)) < 18 < changed(models.look("great_wave")) / 2
