"""The test wall: its figures are those of the card, and each of them can be counted again from what hangs there."""

import base64
import io
import json
import time

import numpy as np
import pytest
import torch
from PIL import Image

from core import digits
from core.complaint import Complaint
from core.weights import manifest
from demos.cnn import wall
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
    wall.judged.cache_clear()
    digits.reader(), digits.split()
    began = time.process_time()
    compute()
    assert time.process_time() - began < 1.5  # of all cores together


def test_a_larger_set_of_colours_hangs_in_part_but_is_measured_whole(monkeypatch):
    """Nothing here knows that pictures are grey, 28 pixels large, or a thousand."""
    rng = np.random.RandomState(0)
    pictures, labels = rng.randint(0, 256, (3_000, 8, 8, 3)).astype(np.uint8), rng.randint(0, 4, 3_000)

    def logits(given):
        scores = torch.nn.functional.one_hot(torch.from_numpy(labels), 4) * 5.0 + torch.randn(len(given), 4)
        scores[2_990, (labels[2_990] + 1) % 4] = 50  # a sure mistake
        return scores

    names = (("cat", "猫"), ("dog", "狗"), ("car", "车"), ("ship", "船"))
    own = wall.DataSet(("Colours", "颜色"), names, digits.WEIGHTS, lambda: (pictures, labels), logits)
    monkeypatch.setitem(DATASETS, "colours", own)
    wall.judged.cache_clear()
    shown = compute("colours", 3)
    wall.judged.cache_clear()
    assert shown["total"] == 3_000
    assert np.sum(shown["confusion"]) == 3_000
    assert 1_000 <= len(shown["hung"]) <= 1_024
    assert shown["hung"][shown["worst"][0]][0] == labels[2_990]
    assert (cut(shown, shown["worst"][0]) == pictures[2_990]).all()
    assert shown["classes"][1] == ["dog", "狗"]


@pytest.mark.parametrize(
    ("dataset", "seed"),
    [("cats", 7), (None, 7), ("digits", -1), ("digits", 0.5), ("digits", "7"), ("digits", float("nan"))],
)
def test_what_is_outside_is_refused(dataset, seed):
    with pytest.raises(Complaint):
        compute(dataset, seed)
