"""The parts of the tab that recognises pictures, as functions: results, and one clear sentence for everything wrong."""

import base64
import io
import json
import math

import numpy as np
import pytest
import torch
from PIL import Image

from core import weights
from core.complaint import Complaint
from core.images import to_url
from core.seeing import WAYS, centre, pixels, seen, squash, whole
from demos import pictures
from demos.cnn import fool, inside, look, paint
from demos.cnn.models import CLASSES, FILES, classes, guess, network


def unpacked(maps: dict) -> np.ndarray:
    values = np.frombuffer(base64.b64decode(maps["bytes"]), np.uint8).astype(float) / 255
    shape = (maps["count"], maps["height"], maps["width"])
    return (maps["low"] + values * (maps["high"] - maps["low"])).reshape(shape)


def decoded(url: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))).astype(int)


class TestWords:
    def test_every_class_has_a_name_of_its_own_in_both_languages(self):
        rows = json.loads((weights.FOLDER / CLASSES).read_text(encoding="utf-8"))
        assert len(rows) == 1000
        assert [row[0] for row in rows] == sorted(row[0] for row in rows)
        for column in (1, 2):
            names = [row[column].casefold() for row in rows]
            assert all(names) and len(set(names)) == 1000
        assert all(any("\u3400" <= char <= "\u9fff" for char in row[2]) for row in rows)

    def test_some_classes_stand_where_imagenet_has_them(self):
        for number, name in ((0, "tench"), (207, "golden retriever"), (281, "tabby"), (954, "banana"), (999, "toilet")):
            assert name in classes()[number][0]


class TestSeeing:
    def test_the_middle_is_cut_out(self):
        image = Image.new("RGB", (512, 256), "red")
        image.paste("blue", (128, 0, 384, 256))
        assert np.asarray(centre(image))[:, :, 2].min() == 255
        assert centre(image).size == (224, 224)

    def test_all_of_it_stays_with_bars(self):
        made = np.asarray(whole(Image.new("RGB", (448, 224), "red")))
        assert (made[:56] == 127).all() and (made[168:] == 127).all()
        assert (made[56:168, :, 0] == 255).all()

    @pytest.mark.parametrize("size", [(1, 1), (1024, 1), (1, 1024), (3, 700)])
    @pytest.mark.parametrize("way", WAYS)
    def test_any_shape_gives_a_square(self, size, way):
        assert seen(Image.new("RGB", size, "green"), way).size == (224, 224)

    def test_pixels_are_between_minus_one_and_one(self):
        x = pixels(squash(Image.new("RGB", (10, 10), (0, 255, 51))))
        assert x.shape == (1, 3, 224, 224)
        np.testing.assert_allclose(x[0, :, 5, 5], [-1, 1, -0.6], atol=1e-6)


class TestLook:
    @pytest.mark.parametrize(
        ("name", "numbers"), [("cat", {281, 282, 285}), ("coffee", {967}), ("motorcycle", {665, 670}), ("china", {698})]
    )
    def test_photographs_get_their_names(self, name, numbers):
        found = look.compute(name)
        assert found["top"][0][0] in numbers
        assert found["target"][0] == found["top"][0][0]
        assert [row[3] for row in found["top"]] == sorted((row[3] for row in found["top"]), reverse=True)

    def test_a_file_counts_as_much_as_a_name(self):
        data = (pictures.FOLDER / "coffee.jpg").read_bytes()
        url = "data:image/jpeg;base64," + base64.b64encode(data).decode()
        assert look.compute(url)["top"] == look.compute("coffee")["top"]

    def test_evidence_has_the_resolution_of_its_stage(self):
        for stage, side in (("stage3", 28), ("stage4", 14), ("head", 7)):
            maps = look.compute("coffee", stage=stage)["evidence"]
            assert (maps["height"], maps["width"]) == (side, side)

    def test_evidence_is_where_the_thing_is(self):
        """The cup stands in the middle; the corners hold table and saucer."""
        found = unpacked(look.compute("coffee")["evidence"])[0]
        assert found[2:5, 2:5].max() == found.max()
        assert found[2:5, 2:5].mean() > 2 * found[[0, 0, -1, -1], [0, -1, 0, -1]].mean()

    def test_no_evidence_is_said_and_is_not_nan(self, monkeypatch):
        """A map that is negative everywhere must not be stretched to fill the scale."""
        monkeypatch.setattr(look, "cam", lambda *_: torch.linspace(-2, -1, 49).view(7, 7))
        found = look.compute("coffee")
        assert found["peak"] == 0
        assert (unpacked(found["evidence"]) == 0).all()

    @pytest.mark.parametrize(
        "wrong",
        [
            dict(picture="dragon"), dict(picture=None), dict(picture=["cat"]),
            dict(picture="data:image/png;base64,AAAA"),
            dict(target=1000), dict(target=-1), dict(target="cat"), dict(target=1.5), dict(target=math.nan),
            dict(stage="scores"), dict(stage="stem"), dict(stage=3), dict(method="magic"), dict(way="sideways"),
        ],
        ids=str,
    )  # fmt: skip
    def test_wrong_input_gets_a_sentence(self, wrong):
        with pytest.raises(Complaint) as caught:
            look.compute(**dict(picture="cat") | wrong)
        assert caught.value.zh


class TestPaint:
    def test_nothing_painted_changes_nothing(self):
        found = paint.compute("coffee", [])
        assert found["before"] == found["after"]
        assert found["share"] == 0

    def test_cells_are_where_they_say(self):
        found = decoded(paint.compute("coffee", [0, 56 * 55 + 55])["painted"])
        for corner in (found[:3, :3], found[-3:, -3:]):  # it is a JPEG, so not exactly grey
            assert np.abs(corner - 127).mean() < 12
        mask = paint.covered([1, 56])[0, 0]
        assert mask.sum() == 32 and mask[:4, 4:8].all() and mask[4:8, :4].all()

    def test_without_the_thing_it_is_not_seen(self):
        cells = [row * 56 + column for row in range(12, 56) for column in range(4, 52)]
        for fill in paint.FILLS:
            found = paint.compute("coffee", cells, fill)
            assert found["p"] < found["target"][3] / 3

    def test_everything_may_be_painted_over(self):
        assert paint.compute("cat", list(range(56 * 56)))["share"] == 1

    @pytest.mark.parametrize("cells", ["all", [-1], [3136], [1.5], [True], [None], 7, [0] * 3137])
    def test_wrong_cells_get_a_sentence(self, cells):
        with pytest.raises(Complaint, match="cells"):
            paint.compute("cat", cells)

    def test_wrong_fill_gets_a_sentence(self):
        with pytest.raises(Complaint, match="fill"):
            paint.compute("cat", [], "red")

    def test_the_square_finds_what_is_needed(self):
        falls = unpacked(paint.needed("coffee")["falls"])[0]
        assert falls.shape == (9, 9)
        row, column = np.unravel_index(falls.argmax(), falls.shape)
        assert 2 <= row <= 7 and 2 <= column <= 6, "the cup, not the table"


class TestFool:
    def test_a_change_that_no_eye_sees_makes_a_banana(self):
        states = list(fool.compute("cat", 954, 3, 6))
        assert [state["step"] for state in states] == [1, 2, 3, 4, 5, 6]
        last = states[-1]
        assert last["after"]["top"][0][0] == 954
        assert last["target"][3] < 0.001
        assert np.abs(decoded(last["after"]["image"]) - decoded(last["before"]["image"])).max() <= 3

    def test_what_is_shown_is_what_was_judged(self):
        """The picture of the last step, given back as a file of 224 pixels, gets the same answer."""
        *_, last = fool.compute("cat", 954, 4, 3)
        again = guess(pixels(Image.fromarray(decoded(last["after"]["image"]).astype(np.uint8))))
        assert again[954].item() == pytest.approx(last["after"]["p"], abs=2e-5)

    def test_no_room_no_change(self):
        (state,) = fool.compute("cat", 954, 0, 1)
        assert (decoded(state["change"]) == 127).all()
        assert state["after"]["top"] == state["before"]["top"]

    @pytest.mark.parametrize(
        "wrong", [dict(epsilon=math.nan), dict(epsilon=-1), dict(epsilon=33), dict(epsilon="3"), dict(steps=0),
                  dict(steps=21), dict(steps=2.5), dict(target=1000), dict(target=None)], ids=str,
    )  # fmt: skip
    def test_wrong_input_gets_a_sentence(self, wrong):
        with pytest.raises(Complaint):
            next(fool.compute(**dict(picture="cat") | wrong))


class TestInside:
    @pytest.mark.parametrize("model", FILES)
    def test_every_stage_can_be_opened(self, model):
        image, x = inside.shown_to(model, "cat", "centre")
        with torch.inference_mode():
            made = network(model).features(x)
        for stage in inside.stages(model):
            found = inside.compute("cat", model, stage)
            assert found["side"] == image.width == (128 if model == "cifar10" else 224)
            maps = made[stage][0]
            assert found["maps"]["count"] == min(inside.MOST, len(maps)) == len(found["channels"])
            shown, spread = unpacked(found["maps"]), found["maps"]["high"] - found["maps"]["low"]
            np.testing.assert_allclose(shown, maps[found["channels"]].numpy(), atol=spread / 500)
            value, row, column, places = found["peaks"][0]
            assert places == (maps[found["channels"][0]] == maps.max()).sum()
            assert maps[found["channels"][0], row, column].item() == pytest.approx(value, abs=1e-3)
            assert value == pytest.approx(maps.max().item(), abs=1e-3)

    def test_each_map_on_its_own_scale(self):
        one, each = (inside.compute("cat", "vgg", "relu3_1", scale=scale) for scale in inside.SCALES)
        assert one["ranges"] is None and each["channels"] == one["channels"]
        low, high = (np.array(each["ranges"])[:, k, None, None] for k in (0, 1))
        maps = network("vgg").features(inside.shown_to("vgg", "cat", "centre")[1])["relu3_1"][0][each["channels"]]
        maps = maps.detach().numpy()
        np.testing.assert_allclose(low[:, 0, 0], maps.min((1, 2)), atol=1e-4)
        np.testing.assert_allclose(low + unpacked(each["maps"]) * (high - low), maps, atol=(high - low).max() / 400)
        assert (unpacked(each["maps"]).max((1, 2)) == 1).all()  # every map reaches the end of its scale
        assert inside.between(torch.ones(1, 2, 2), *torch.ones(2, 1)).tolist() == [[[0, 0], [0, 0]]]

    def test_kernels_are_those_of_the_first_stage(self):
        found = inside.compute("cat", "vgg", "relu1_1")
        kernels = unpacked(found["kernels"]).reshape(-1, 3, 3, 3)
        own = network("vgg").stages["relu1_1"][0].weight[found["channels"][0]].flip(0)  # theirs begin with blue
        np.testing.assert_allclose(kernels[0], own.numpy(), atol=5e-3)
        assert inside.compute("cat", "vgg", "relu1_2")["kernels"] is None

    @pytest.mark.parametrize(
        ("model", "stage"),
        [("efficientnet", "stem"), ("efficientnet", "stage5"), ("vgg", "relu3_1"), ("cifar10", "stage4")],
    )
    def test_a_number_adds_up(self, model, stage):
        found = inside.number("cat", model, stage, 5, 3, 4)
        listed = sum(term[5] for term in found["terms"])
        assert listed + found["rest"] + found["bias"] == pytest.approx(found["total"], abs=2e-3)
        for *_, got, weight, product in found["terms"]:
            assert got * weight == pytest.approx(product, abs=2e-2 * max(1, abs(got)))
        if below := found["below"]:  # the kernel that looks around, where the last one does not
            products = np.array(below["patch"]) * below["kernel"]
            assert products.shape[0] > 1 and products.sum() + below["bias"] == pytest.approx(below["total"], abs=2e-2)
            heaviest = max(found["terms"], key=lambda term: abs(term[5]))
            assert below["heaviest"] == heaviest[0] and below["value"] == pytest.approx(heaviest[3], abs=1e-3)
            assert below["value"] == pytest.approx(min(6, max(0, below["total"])), abs=1e-3)
        assert bool(found["below"]) == ("stage" in stage)

    @pytest.mark.parametrize(
        "wrong", [dict(model="resnet"), dict(stage="stage8"), dict(model="vgg", stage="stem"), dict(channel=32),
                  dict(row=112), dict(column=-1), dict(channel=math.nan)], ids=str,
    )  # fmt: skip
    def test_wrong_input_gets_a_sentence(self, wrong):
        with pytest.raises(Complaint):
            inside.number(**dict(picture="cat") | wrong)


def test_what_is_kept_of_a_picture_is_small_and_says_what_was_done():
    large = Image.effect_noise((3000, 2000), 90).convert("RGB")
    url, notes = pictures.kept(to_url(large, "jpeg"))
    assert pictures.find(url).image.size == (1024, 683)
    assert len(url) < 1_500_000 and "3000 × 2000" in notes[0][0]
    assert pictures.kept("cat") == ("cat", [])


def test_every_photograph_has_a_title_and_a_credit():
    for name, row in pictures.photos().items():
        assert (pictures.FOLDER / f"{name}.jpg").exists()
        assert row["en"] and row["zh"] and len(row["credit"]) > 8
    assert {row[0] for row in pictures.wall("cat")["photos"]} == set(pictures.photos())
