"""The ten thousand digits, their split, how a drawing becomes one of them, and how sure a network may be."""

import math

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn.functional import cross_entropy

from core import digits
from core.calibration import BINS, expected_error, fitted_temperature, reliability
from core.complaint import Complaint
from core.weights import WeightsError


def test_ten_thousand_digits_of_the_known_counts():
    everything = digits.everything()
    assert everything.pictures.shape == (10_000, 28, 28)
    assert everything.pictures.dtype == np.uint8
    # how often each class stands among the first 10,000 of MNIST's training part
    assert np.bincount(everything.labels).tolist() == [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]
    assert digits.everything() is everything
    with pytest.raises(ValueError, match="read-only"):
        everything.pictures[0, 0, 0] = 1


def test_each_picture_has_its_label():
    """The mean picture of a class is nearest to most of its members: a sheet cut wrongly would not pass."""
    everything = digits.everything()
    flat = everything.pictures.reshape(-1, 784).astype(np.float32)
    means = np.stack([flat[everything.labels == label].mean(0) for label in range(10)])
    nearest = ((means**2).sum(1) - 2 * flat @ means.T).argmin(1)
    assert (nearest == everything.labels).mean() > 0.78
    ink = everything.pictures.sum((1, 2), dtype=np.int64)
    rows = (everything.pictures.sum(2, dtype=np.int64) * np.arange(28)).sum(1) / ink
    assert np.abs(rows - digits.MIDDLE).max() < 0.6  # MNIST's own centre of mass


def test_the_split_is_stratified_seeded_and_without_leaks():
    learned, tested = digits.split()
    assert len(learned) == 9_000
    assert np.bincount(tested.labels).tolist() == [100] * 10
    assert not {p.tobytes() for p in learned.pictures} & {p.tobytes() for p in tested.pictures}
    both = np.concatenate([learned.pictures, tested.pictures])
    assert sorted(p.tobytes() for p in both) == sorted(p.tobytes() for p in digits.everything().pictures)
    assert tested.labels[:12].tolist() == FIRST_TESTED
    for part in (learned, tested):  # mixed: the first tenth has all classes in about their shares
        counts = np.bincount(part.labels[: len(part) // 10], minlength=10)
        assert counts.min() > 0.04 * counts.sum()


FIRST_TESTED = [4, 3, 2, 4, 5, 7, 6, 1, 9, 7, 9, 5]


def test_a_damaged_sheet_is_refused(monkeypatch, tmp_path):
    for name in (digits.FILE, digits.PAGE):
        (tmp_path / name).write_bytes((digits.FOLDER / name).read_bytes()[:-1])
    monkeypatch.setattr(digits, "FOLDER", tmp_path)
    with pytest.raises(WeightsError, match=digits.FILE):
        digits.everything.__wrapped__()


def brute_force(ink):
    """MNIST's recipe the long way: every pixel becomes new x new pixels, and blocks of old x old are averaged."""
    dark = [(y, x) for y in range(ink.shape[0]) for x in range(ink.shape[1]) if ink[y, x] > digits.FAINT]
    top, left = (min(place[axis] for place in dark) for axis in (0, 1))
    old = [max(place[axis] for place in dark) + 1 - start for axis, start in ((0, top), (1, left))]
    new = [max(1, round(side * 20 / max(old))) for side in old]
    fine = np.kron(ink[top : top + old[0], left : left + old[1]].astype(np.float64), np.ones(new))
    small = fine.reshape(new[0], old[0], new[1], old[1]).mean((1, 3))
    places = [(dy, dx) for dy in range(29 - new[0]) for dx in range(29 - new[1])]

    def off(place):
        return sum(
            abs(start + (small.sum(1 - axis) * np.arange(new[axis])).sum() / small.sum() - 14)
            for axis, start in enumerate(place)
        )

    dy, dx = min(places, key=off)
    out = np.zeros((28, 28))
    out[dy : dy + new[0], dx : dx + new[1]] = small
    return out * 255


@pytest.mark.parametrize("seed", range(12))
def test_centring_against_brute_force(seed):
    rng = np.random.RandomState(seed)
    ink = np.zeros((rng.randint(20, 90), rng.randint(20, 90)), np.float32)
    y, x = rng.randint(0, ink.shape[0] - 12), rng.randint(0, ink.shape[1] - 12)
    blob = ink[y : y + rng.randint(5, 60), x : x + rng.randint(5, 60)]
    blob[:] = rng.rand(*blob.shape) ** 3
    blob[0, 0] = blob[-1, -1] = 1
    centred = digits.centred(ink)
    assert centred.dtype == np.uint8
    np.testing.assert_allclose(centred, brute_force(ink), atol=0.51)


def test_centring_a_digit_of_the_set_gives_it_back():
    pictures = digits.everything().pictures[::50]
    same = [np.abs(digits.centred(p.astype(np.float32) / 255).astype(int) - p).max() == 0 for p in pictures]
    assert np.mean(same) > 0.75  # the others have faint ink at their borders


def pen(paper, ink, size=280):
    image = Image.new("RGB", (size, size), paper)
    image.paste(ink, (size // 2 - 10, 40, size // 2 + 10, size - 60))
    return image


@pytest.mark.parametrize(("paper", "ink"), [("black", "white"), ("white", "black"), ("#fdf6e3", "#204080")])
def test_dark_on_light_is_light_on_dark(paper, ink):
    expected = digits.centred(digits.ink(pen("black", "white")))
    np.testing.assert_allclose(digits.centred(digits.ink(pen(paper, ink))) > 60, expected > 60)


@pytest.mark.parametrize("paper", ["black", "white", "#777"])
def test_an_empty_canvas_is_said(paper):
    with pytest.raises(Complaint, match="Nothing is drawn"):
        digits.ink(Image.new("RGB", (280, 280), paper))
    with pytest.raises(Complaint, match="Nothing is drawn"):
        digits.ink(Image.new("RGB", (1, 1), paper))


def test_a_photograph_with_a_shadow_and_grain():
    rng = np.random.RandomState(0)
    light = np.linspace(0.95, 0.55, 400)[None, :] * np.linspace(1, 0.85, 300)[:, None]
    paper = light * (1 + rng.normal(0, 0.02, light.shape))
    paper[60:240, 190:210] = 0.2 * light[60:240, 190:210]
    image = Image.fromarray((paper.clip(0, 1) * 255).astype(np.uint8)).convert("RGB")
    out = digits.ink(image)
    assert out[100, 200] > 0.9
    away = np.ones(out.shape, bool)
    away[50:250, 180:220] = False
    assert out[away].max() < digits.FAINT
    alone = np.zeros((300, 400), np.float32)
    alone[60:240, 190:210] = 1
    assert np.abs(digits.centred(out).astype(int) - digits.centred(alone)).mean() < 3


def test_the_temperature_is_the_best_of_a_grid():
    torch.manual_seed(0)
    labels = torch.randint(10, (400,))
    logits = 3 * torch.randn(400, 10) + 6 * torch.nn.functional.one_hot(labels, 10)
    found = fitted_temperature(logits, labels)
    grid = [math.exp(t) for t in np.linspace(math.log(0.05), math.log(20), 2_000)]
    best = min(grid, key=lambda t: cross_entropy(logits.double() / t, labels).item())
    assert found == pytest.approx(best, rel=0.004)
    assert fitted_temperature(2 * logits, labels) == pytest.approx(2 * found, rel=1e-3)


def test_bins_and_their_error_against_a_plain_loop():
    rng = np.random.RandomState(3)
    sure = np.concatenate([rng.rand(500), [1.0, 1 / 15, 2 / 15, 1e-9]])
    right = rng.rand(504) < sure
    found, error = reliability(sure, right), 0.0
    for number, bin in enumerate(found):
        own = [i for i in range(504) if number / BINS < sure[i] <= (number + 1) / BINS]
        assert bin.count == len(own)
        assert bin.confidence == pytest.approx(sum(sure[own]) / len(own))
        assert bin.accuracy == pytest.approx(sum(right[own]) / len(own))
        error += len(own) / 504 * abs(sum(sure[own]) / len(own) - sum(right[own]) / len(own))
    assert expected_error(found) == pytest.approx(error)
    assert expected_error([]) == 0
