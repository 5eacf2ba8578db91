"""The recipes of the painting networks run, resume, keep what is held out apart and measure what their cards say."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from core import cards, weights
from core.canvas import Wishes
from core.gram import grams
from core.models.anyone import Anyone, described
from core.models.style import Config, Hands
from core.models.vgg import VGG
from weights.recipes import style as recipe
from weights.recipes import style_bank, style_beside, style_data, style_publish


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Twenty small photographs, a narrow untrained eye and narrow networks, so that a step takes a moment."""
    folder = tmp_path / "images" / "photos"
    folder.mkdir(parents=True)
    chance = np.random.RandomState(0)
    for i in range(20):
        Image.fromarray(chance.randint(0, 256, (64, 80, 3), np.uint8)).save(folder / f"{i:03}.jpg")
    monkeypatch.setattr(recipe, "RUNS", tmp_path)
    monkeypatch.setattr(recipe, "hurry", lambda: None)  # it would change the whole test process
    monkeypatch.setattr(style_data, "STROKES", 48)
    torch.manual_seed(1)
    eye = VGG("mean").eval().requires_grad_(False)
    monkeypatch.setattr(recipe, "eye", lambda: eye)
    monkeypatch.setattr(recipe, "Hands", lambda config: Hands(Config(config.styles, 8, 1)))
    monkeypatch.setattr(recipe, "Anyone", lambda: Anyone(8, 1, 8))
    painters = Hands(Config(len(style_data.slugs()), 8, 1))
    monkeypatch.setattr(recipe, "hands", lambda: (painters, style_data.slugs()))
    for what, few in (("COLOURED", 1), ("PHOTOGRAPHS", 3), ("PATTERNS", 2), ("SIDE", 48)):
        monkeypatch.setattr(style_bank, what, few)
    return tmp_path


def tiny(which: str, steps: int) -> recipe.Plan:
    return replace(recipe.PLANS[which], steps=steps, side=32, pictures=3, each=1, warm=2, ramp=2)


@pytest.mark.parametrize("which", recipe.RUN)
def test_smoke(runs, which, capsys):
    recipe.main([which, "--smoke", "--data", str(runs)])
    saved = torch.load(runs / f"style_{which}_smoke" / "state.pt", weights_only=True)["run"]
    assert saved["step"] == len(saved["curve"]) == 3
    assert np.isfinite(saved["curve"]).all()
    assert "parameters" in capsys.readouterr().out


@pytest.mark.parametrize("which", recipe.RUN)
def test_a_run_goes_on_where_it_was_left(runs, which, monkeypatch):
    whole = recipe.RUN[which]("whole", tiny(which, 4), runs)
    whole.train()
    cut, change, calls = recipe.RUN[which]("cut", tiny(which, 4), runs), recipe.crops, []
    limit = 3  # calls in two steps, and one
    monkeypatch.setattr(
        recipe, "crops", lambda *given: calls.append(1) or (change(*given) if len(calls) < limit else 1 / 0)
    )
    with pytest.raises(ZeroDivisionError):
        cut.train()
    cut.save()
    monkeypatch.setattr(recipe, "crops", change)
    again = recipe.RUN[which]("cut", tiny(which, 4), runs)
    assert again.log["step"] == 2
    again.train()
    for key, value in whole.average.items():
        torch.testing.assert_close(again.average[key], value, rtol=1e-3, atol=1e-4)


def test_learning_lowers_the_loss(runs):
    plan = replace(tiny("hands", 40), pictures=1, each=2, lr=5e-3)
    run = recipe.HandsRun("down", plan, runs)
    run.train()
    styles = [style for _, style in run.log["curve"]]
    assert np.mean(styles[-8:]) < np.mean(styles[:8])


def test_an_empty_picture_gets_the_mean_colour_of_the_painting(runs):
    run = recipe.HandsRun("first", tiny("hands", 1), runs)
    photo = torch.full((1, 3, 48, 48), 0.3)
    for i in (0, 5):
        aim = style_data.painting(run.names[i])
        raw = run.model.unbounded(photo, run.model.manner(torch.eye(len(run.names))[i : i + 1]), None, [])
        torch.testing.assert_close(raw.mean((2, 3)), aim.mean((2, 3)), rtol=0, atol=1e-3)
        assert raw.std((2, 3)).max() < 1e-3


def test_held_out_photographs_are_never_learned_from(runs):
    learned, held = style_data.photographs(runs)
    assert len(learned) == 18 and len(held) == 2
    assert not set(learned) & set(held)
    with pytest.raises(SystemExit, match="imagenet-sample-images"):
        style_data.photographs(runs / "nowhere")


def test_crops_are_seeded_and_in_range(runs):
    learned, _ = style_data.photographs(runs)
    first, again = (style_data.crops(learned, 3, 32, torch.Generator().manual_seed(4)) for _ in range(2))
    assert torch.equal(first, again)
    assert first.shape == (3, 3, 32, 32)
    assert first.abs().max() <= 1
    for seed in range(40):  # a crop may be all of a picture, and no more
        assert style_data.crop(learned[0], 16, torch.Generator().manual_seed(seed), 64).shape == (1, 3, 16, 16)


@pytest.mark.parametrize("which", recipe.RUN)
def test_publishing_measures_and_writes(runs, which, monkeypatch):
    written = {}
    monkeypatch.setattr(
        weights, "write", lambda name, tensors, entry: written.update(name=name, tensors=tensors, entry=entry)
    )
    monkeypatch.setattr(cards, "main", lambda: None)
    monkeypatch.setattr(style_publish, "MEASURED", 1)
    monkeypatch.setattr(style_publish, "SIDE", 32)
    monkeypatch.setattr(style_publish, "Hands", Hands)
    run = recipe.RUN[which]("fresh", tiny(which, 1), runs)
    style_publish.publish(which, run)
    entry = written["entry"]
    for key in ("title", "network", "preprocessing", "data", "licence", "recipe", "metrics", "limits", "origin"):
        assert entry[key], key
    assert entry["paintings"] == run.names
    assert len(entry["metrics"]) == len(run.names) + {"hands": 2, "any": 4}[which]
    assert sum(t.numel() for t in written["tensors"].values()) == entry["parameters"]
    json.dumps(entry)
    for language in ("en", "zh"):
        card = cards.render(written["name"], entry | {"size": 1, "sha256": "0" * 64}, language)
        assert "{" not in card


def test_the_bank_holds_what_was_looked_at(runs):
    eye = recipe.eye()
    bank = style_bank.Bank(eye, style_data.photographs(runs)[0])
    assert not set(bank.slugs) & set(style_bank.UNSEEN) and len(bank.slugs) == len(style_data.slugs()) - 2
    counts = {name: len(numbers) for name, numbers in bank.sorts.items()}
    assert counts == {"plain": len(bank.slugs), "coloured": len(bank.slugs), "photographs": 3, "patterns": 2}
    shown = style_data.painting(bank.slugs[3])
    torch.testing.assert_close(bank.described[3:4], described(eye, shown), rtol=0.05, atol=0.05)
    for stage, rows in grams(eye.features(shown)).items():
        torch.testing.assert_close(bank.grams[stage][3:4].float(), rows, rtol=0.05, atol=0.01 * rows.max().item())
    drawn = bank.drawn(2_000, torch.Generator().manual_seed(1)).tolist()
    for name, share in style_bank.SHARES.items():
        assert sum(number in bank.sorts[name] for number in drawn) / 2_000 == pytest.approx(share, abs=0.04)
    assert set(drawn) == set(range(len(bank.described)))


def test_it_begins_near_the_painters_that_were_learned(runs, monkeypatch):
    painters, names = recipe.hands()
    with torch.no_grad():
        painters.scale.normal_(1, 0.3)
        painters.shift.normal_(0, 0.3)
    run = recipe.AnyRun("begun", tiny("any", 1), runs)
    known = [names.index(slug) for slug in run.bank.slugs]
    rows = torch.cat([painters.scale, painters.shift], 1)
    found = run.model.rows(run.bank.described[run.bank.plain])
    away = (found - rows[known]).square().mean() / (rows[known] - rows[known].mean(0)).square().mean()
    assert away < 0.5
    torch.testing.assert_close(run.model.photograph, rows[-1])
    torch.testing.assert_close(run.model.see.weight, painters.see.weight)


def test_patterns_and_other_colours_are_pictures(runs):
    chance = torch.Generator().manual_seed(2)
    for made in (style_bank.pattern(48, chance), style_bank.coloured(style_data.painting("lion"), chance)):
        assert made.shape == (1, 3, 48, 48) and made.abs().max() <= 1 and made.std() > 0.05


def test_painters_are_set_beside_others(runs, monkeypatch):
    """A peer that returns the photograph has the losses of the untouched one; an optimisation lowers the style's."""
    eye, painters, written = recipe.eye(), recipe.hands()[0].eval(), {}
    anyone = Anyone(8, 1, 8).eval()
    entry = {"baselines": [{"name": "old", "noted": True}, {"name": "kept"}]}

    class Peer:
        def stylize_with(self, picture, shown):
            assert max(shown.size) > 100  # it is given the painting itself
            return picture

    for where, what, value in (
        (style_beside.painting, "hands", lambda: (painters, style_data.slugs()[:2])),
        (style_beside.painting, "anyone", lambda: anyone),
        (style_beside.style_data, "eye", lambda: eye),
        (style_beside, "peer", Peer),
        (style_beside, "SIDE", 32),
        (style_beside, "PAGE", runs / "painters.md"),
        (style_beside, "SHEET", runs / "painters.jpg"),
        (style_beside, "MEASURED", 2),
        (Wishes, "rungs", lambda self: [(32, 6)]),
        (weights, "read", lambda name: ({}, entry)),
        (weights, "write", lambda name, tensors, entry: written.update({name: entry})),
        (cards, "main", lambda: None),
    ):
        monkeypatch.setattr(where, what, value)
    tables = []
    monkeypatch.setattr(
        style_beside,
        "page",
        lambda *parts, page=style_beside.page: tables.append(parts) or page(*parts),
    )
    style_beside.main(["--data", str(runs), "--few", "2", "--steps", "5"])
    ((_, rows, few, _),) = tables
    for row, slow in zip(rows, few, strict=True):
        assert row["untouched"][0] == slow["untouched"][0] == 0
        assert row["peer"] == pytest.approx(row["untouched"], abs=0.02)
        assert slow["optimised"][1] < slow["untouched"][1] > slow["painted"][1]
        assert row["equal"][0] == pytest.approx(row["peer"][0], abs=0.05)  # hardly any strength loses as little
    lines = (runs / "painters.md").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if line.startswith("| **all** |")]) == 2
    with Image.open(runs / "painters.jpg") as sheet:
        assert sheet.size == (8 * 32, 2 * 32)
    for rows in (entry["baselines"] for entry in written.values()):
        assert [row["name"] for row in rows[:1]] == ["kept"] and len(rows) == 4
        assert all("{" not in row["how"][code] for row in rows[1:] for code in ("en", "zh"))
