"""The test wall: its figures are those of the card, and each of them can be counted again from what hangs there."""

import base64
import io
import json
import time

import numpy as np
import pytest
import torch
from PIL import Image

from core import cifar, digits
from core.complaint import Complaint
from core.images import to_url
from core.weights import manifest
from demos.cnn import ten, wall
from demos.cnn.wall import COLUMNS, DATASETS, compute


@pytest.fixture(scope="module")
def shown():
    return compute("digits", 7)


def cut(shown, number):
    """Picture `number` from the sheet."""
    sheet = Image.open(io.BytesIO(base64.b64decode(shown["sheet"].split(",")[1])))
    side, (row, column) = shown["side"], divmod(number, shown["columns"])
    return np.asarray(sheet)[row * side : (row + 1) * side, column * side : (column + 1) * side]


def test_the_accuracy_is_that_of_the_card(shown):
    card = {row["name"]["en"]: row["value"] for row in manifest()["digits.safetensors"]["metrics"]}
    assert shown["accuracy"] == card["accuracy"]
    assert shown["ece"] == card["expected calibration error, calibrated"]
    assert shown["ece_raw"] == card["expected calibration error, as trained"]
    assert shown["accuracy"] >= 99.0
    assert shown["ece"] <= shown["ece_raw"]
    assert shown["total"] == 1_000


def test_what_hangs_there_is_the_test_part_with_its_labels(shown):
    tested = digits.split()[1]
    known = {(255 - picture).tobytes(): label for picture, label in zip(tested.pictures, tested.labels, strict=True)}
    assert len(shown["hung"]) == len(known) == 1_000
    for number in range(0, 1_000, 13):
        assert known[cut(shown, number).tobytes()] == shown["hung"][number][0]
    assert shown["columns"] == COLUMNS


def test_confusion_counts_what_hangs_there(shown):
    table = np.zeros((10, 10), int)
    for truth, top in shown["hung"]:
        table[truth, top[0][0]] += 1
        assert [p for _, p in top] == sorted((p for _, p in top), reverse=True)
        assert len({k for k, _ in top}) == 3
    assert shown["confusion"] == table.tolist()
    assert table.sum() == 1_000
    assert table.trace() == shown["right"]
    assert table.sum(1).tolist() == [100] * 10


@pytest.mark.parametrize(("which", "error"), [("bins", "ece"), ("bins_raw", "ece_raw")])
def test_reliability_against_brute_force(shown, which, error):
    model, temperature = digits.reader()
    tested = digits.split()[1]
    degree = temperature if which == "bins" else 1.0
    with torch.inference_mode():
        p = (model(digits.inputs(tested.pictures)) / degree).softmax(-1).numpy()
    sure, right = p.max(1), p.argmax(1) == tested.labels
    total = 0.0
    for bin in shown[which]:
        own = [i for i in range(1_000) if bin["low"] < sure[i] <= bin["high"]]
        assert bin["count"] == len(own)
        if own:
            assert bin["accuracy"] == pytest.approx(np.mean(right[own]))
            assert bin["confidence"] == pytest.approx(np.mean(sure[own]), abs=1e-5)
            total += len(own) / 10 * abs(bin["accuracy"] - bin["confidence"])
    assert sum(bin["count"] for bin in shown[which]) == 1_000
    assert shown[error] == pytest.approx(total, abs=0.006)


def test_the_worst_are_all_wrong_and_the_surest_first(shown):
    worst = [shown["hung"][number] for number in shown["worst"]]
    assert worst
    sure = [top[0][1] for _, top in worst]
    assert sure == sorted(sure, reverse=True)
    wrong = [top[0][1] for truth, top in shown["hung"] if top[0][0] != truth]
    assert sure == sorted(wrong, reverse=True)[:24]


def test_the_seed_is_the_order_and_nothing_else(shown):
    again, other = compute("digits", 7), compute("digits", 8)
    assert again == shown
    assert other["hung"] != shown["hung"]
    assert sorted(map(str, other["hung"])) == sorted(map(str, shown["hung"]))
    assert other["confusion"] == shown["confusion"]
    json.dumps(shown)
    assert len(json.dumps(shown)) < 500_000


def test_a_pass_over_all_is_quick():
    wall.known.clear()
    digits.reader(), digits.split()
    began = time.process_time()
    compute()
    assert time.process_time() - began < 1.5  # of all cores together


def test_a_larger_set_of_colours_hangs_in_part_but_is_measured_whole(monkeypatch):
    """Nothing here knows that pictures are grey, 28 pixels large, or a thousand."""
    rng = np.random.RandomState(0)
    pictures, labels = rng.randint(0, 256, (3_000, 8, 8, 3)).astype(np.uint8), rng.randint(0, 4, 3_000)
    seen = []

    def logits(given):
        here = slice(len(seen), len(seen) + len(given))
        assert (given == pictures[here]).all()
        seen.extend(given)
        scores = torch.nn.functional.one_hot(torch.from_numpy(labels), 4) * 5.0 + torch.randn(3_000, 4)
        scores[2_990, (labels[2_990] + 1) % 4] = 50  # a sure mistake
        return scores[here]

    names = (("cat", "猫"), ("dog", "狗"), ("car", "车"), ("ship", "船"))
    own = wall.DataSet(("Colours", "颜色"), names, digits.WEIGHTS, lambda: (pictures, labels), logits)
    monkeypatch.setitem(DATASETS, "colours", own)
    assert list(wall.looked("colours")) == [(1_000, 3_000), (2_000, 3_000), (3_000, 3_000)]
    assert list(wall.looked("colours")) == []  # once is enough
    shown = compute("colours", 3)
    assert shown["total"] == shown["of"] == 3_000
    assert np.sum(shown["confusion"]) == 3_000
    assert 1_000 <= len(shown["hung"]) <= 1_024
    assert shown["hung"][shown["worst"][0]][0] == labels[2_990]
    assert (cut(shown, shown["worst"][0]) == pictures[2_990]).all()
    wrong = compute("colours", 3, "wrong")
    assert wrong["of"] == 3_000 - shown["right"] == sum(top[0][0] != truth for truth, top in wrong["hung"])
    truth, answer = labels[2_990], (labels[2_990] + 1) % 4
    cell = compute("colours", 3, f"{truth}-{answer}")
    assert cell["of"] == shown["confusion"][truth][answer] > 0
    those = [(one, top[0][0]) for one, top in cell["hung"]]
    assert those.count((truth, answer)) == cell["of"]  # all of them, and the worst behind
    assert shown["classes"][1] == ["dog", "狗"]
    del wall.known["colours"]


@pytest.mark.parametrize(
    ("dataset", "seed"),
    [("cats", 7), (None, 7), ("digits", -1), ("digits", 0.5), ("digits", "7"), ("digits", float("nan"))],
)
def test_what_is_outside_is_refused(dataset, seed):
    with pytest.raises(Complaint):
        compute(dataset, seed)


@pytest.mark.parametrize("show", ["none", "3-10", "-1-3", "3", "3-5-7", "", None, 3, "³-5", "9" * 99 + "-1"])
def test_what_cannot_hang_is_refused(show):
    with pytest.raises(Complaint):
        compute("digits", 7, show)


@pytest.mark.skipif(not cifar.archive().exists(), reason="the pictures of CIFAR-10 may not be shipped")
def test_the_wall_of_ten_kinds_says_what_the_card_says():
    shown = compute("cifar10", 7)
    card = {row["name"]["en"]: row["value"] for row in manifest()[cifar.WEIGHTS]["metrics"]}
    assert shown["accuracy"] == card["accuracy"] and "JPEG" in shown["version"][0]
    assert shown["ece"] == card["expected calibration error, calibrated"]
    dogs = compute("cifar10", 7, "3-5")
    assert dogs["of"] == shown["confusion"][3][5] > 10


@pytest.fixture
def no_pictures(monkeypatch, tmp_path):
    """A computer on which nobody has put the CIFAR-10 pictures."""
    monkeypatch.setenv(cifar.DATA, str(tmp_path))
    monkeypatch.setattr(cifar, "cached", lambda: tmp_path)
    cifar.tested.cache_clear()
    before = wall.known.pop("cifar10", None)
    yield
    cifar.tested.cache_clear()
    if before is not None:
        wall.known["cifar10"] = before


def test_without_the_pictures_the_measured_figures_hang_there(no_pictures):
    shown = compute("cifar10", 7)
    card = {row["name"]["en"]: row["value"] for row in manifest()[cifar.WEIGHTS]["metrics"]}
    assert shown["hung"] == shown["worst"] == []
    assert "may not be shipped" in shown["missing"][0]
    assert shown["accuracy"] == card["accuracy"]
    assert shown["ece"] == card["expected calibration error, calibrated"]
    assert shown["ece_raw"] == card["expected calibration error, as trained"]
    assert np.sum(shown["confusion"]) == shown["total"] == 10_000
    assert np.trace(shown["confusion"]) == shown["right"]


def test_fetching_waits_for_leave(no_pictures):
    """The gallery runs offline unless somebody says otherwise."""
    with pytest.raises(Complaint, match="HF_HUB_OFFLINE=0"):
        next(cifar.fetch())


@pytest.fixture
def archive(tmp_path):
    """Three pictures as the archive has them, and something that is none."""
    import tarfile

    colours = {"test/cat/0001.jpg": 200, "test/airplane/0000.jpg": 90, "train/dog/0000.jpg": 10, "test/readme": None}
    (tmp_path / "images").mkdir()
    with tarfile.open(tmp_path / cifar.ARCHIVE, "w") as file:
        for name, grey in colours.items():
            buffer = io.BytesIO()
            if grey is not None:
                Image.new("RGB", (32, 32), (grey, grey, grey)).save(buffer, "JPEG")
            member = tarfile.TarInfo(name)
            member.size = buffer.tell()
            buffer.seek(0)
            file.addfile(member, buffer)
    return tmp_path


def test_pictures_of_an_archive_are_sorted_by_class(archive, monkeypatch):
    monkeypatch.setenv(cifar.DATA, str(archive))
    cifar.tested.cache_clear()
    pictures, labels = cifar.tested()
    cifar.tested.cache_clear()
    assert labels.tolist() == [0, 3]
    assert pictures.shape == (2, 32, 32, 3)
    assert [int(picture.mean()) for picture in pictures] == pytest.approx([90, 200], abs=2)


def test_familiarity_against_its_definition():
    chance = np.random.RandomState(0)
    said, typical = chance.randn(5, 7), chance.randn(4, 7)
    typical /= np.linalg.norm(typical, axis=1, keepdims=True)
    brute = [max(one @ other / np.linalg.norm(one) for other in typical) for one in said]
    np.testing.assert_allclose(cifar.familiarity(torch.tensor(said), torch.tensor(typical)), brute)
    steps = [1.0, 2.0, 4.0]  # of pictures, none is below 1, half below 2, all below 4
    assert [cifar.rank(value, steps) for value in (0.0, 1.0, 2.0, 3.0, 4.0, 9.0)] == [0, 0, 0.5, 0.75, 1, 1]


def test_ten_kinds_or_none_of_these():
    cat, coffee = ten.compute("cat"), ten.compute("coffee")
    for shown in (cat, coffee):
        assert sum(row[3] for row in shown["bars"]) == pytest.approx(1, abs=1e-3)
        assert sorted(row[0] for row in shown["bars"]) == list(range(10))
        assert [row[3] for row in shown["bars"]] == sorted((row[3] for row in shown["bars"]), reverse=True)
        assert shown["none"] == (shown["familiar"] < cifar.STRANGE)
    assert cat["bars"][0][1] == "cat"
    assert not cat["none"]
    assert coffee["none"]
    chance = np.random.default_rng(0)
    for side, channels in ((64, 3), (224, 1)):
        noise = chance.normal(128, 80, (side, side, channels)).clip(0, 255).astype(np.uint8).repeat(4 - channels, 2)
        assert ten.compute(to_url(Image.fromarray(noise)))["none"]
