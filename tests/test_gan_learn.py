"""The record of two trainings, younger forgers, and the meter, with tiny networks and records made here."""

import base64
import json
import math

import pytest
import torch
from PIL import Image
from torch import nn

from core import weights
from core.complaint import SEEDS, Complaint
from core.gan import Reader, drawn
from core.likeness import coverage
from core.models.gan import Config, Generator
from core.models.small_cnn import Config as NetworkConfig
from core.models.small_cnn import SmallCNN, read
from core.models.staged import Staged
from demos.gan import learn, pieces, variety
from demos.gan.learn import compute, meter, record, younger
from demos.gan.variety import few, reference, states
from weights.recipes import gan as recipe
from weights.recipes import gan_plans, gan_publish
from weights.recipes.gan_data import COLUMNS

LISTS = {name: list(values) for name, values in COLUMNS.items()}
CLASSES = math.prod(len(LISTS[name]) for name in variety.GROUPS)


def written(folder, run, rows, count=1_000):
    """Writes a timeline as the recipe does. rows: step -> effective, spread."""
    timelines = folder / "timelines"
    timelines.mkdir(exist_ok=True)
    stages = []
    for step, (effective, spread) in rows.items():
        stages.append(dict(step=step, frechet=300 / (1 + step), spread=spread, effective=effective, missing=3))
        Image.new("RGB", (512, 320), (step % 256, 9, 9)).save(timelines / f"gan_{run}_{step:06}.webp")
    curve = [[step, 1.2, 0.9, 0.6, 0.4, 0.7] for step in range(0, max(rows) + 1, 100)]
    page = dict(noted=recipe.NOTED, curve=curve, stages=stages, count=count, columns=8)
    (timelines / f"gan_{run}.json").write_text(json.dumps(page))


def cards(folder, baselines=()):
    """A manifest with the entries that the part looks at."""
    rows = [
        dict(name=gan_publish.SAYS["rows"][name], value=value, unit="", how={"en": "-", "zh": "-"})
        for name, value in baselines
    ]
    manifest = {
        "avatar_reader.safetensors": {"columns": LISTS},
        "gan_avatars_forger.safetensors": {"baselines": rows, "config": {"classes": 3}},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    cards(tmp_path)
    written(tmp_path, "avatars", {0: (1.0, 2.0), 400: (20.0, 8.0), 5_000: (40.0, 10.0), 16_000: (45.0, 10.0)})
    written(tmp_path, "collapsed", {0: (1.0, 2.0), 3_000: (44.0, 9.9), 3_100: (30.0, 5.0), 3_600: (2.0, 1.0)})
    return tmp_path


class Constant(Generator):
    """A forger that makes one picture of all noise."""

    def forward(self, w, dtype=torch.float32):
        return super().forward(w[:1].expand_as(w) * 0, dtype)


@pytest.fixture
def tiny(monkeypatch):
    """Small networks instead of those that ship: the reader, forgers by name, an eye."""
    torch.manual_seed(1)
    config = Config(classes=3, z=8, w=8, depth=2, widths=(8,) * 5)
    made = {("avatars", part): Generator(config) for part in ("forger", "step_400", "step_3000")}
    made["collapsed", "step_3600"] = Constant(config)
    for net in made.values():
        net.centre(torch.Generator().manual_seed(2), 50)
        net.eval().requires_grad_(False)

    def forger(name, part="forger"):
        if (name, part) not in made:
            raise weights.WeightsError(f"{part} is missing", "缺")
        return made[name, part], {}

    small = NetworkConfig(read("conv 2 5 4, maxpool 4"), sum(map(len, LISTS.values())), 3, 64)
    network = SmallCNN(small).eval().requires_grad_(False)
    for p in network.parameters():
        p.mul_(30)  # so that it says different things of different pictures
    reader = Reader(network, LISTS)
    eye = Staged({"mean": nn.Sequential(nn.AvgPool2d(56), nn.Flatten()), "scores": nn.Linear(48, 2)}).eval()
    for where, name, value in (
        (learn, "forger", forger),
        (pieces, "forger", forger),
        (learn, "reader", lambda: reader),
        (variety, "reader", lambda: reader),
        (gan_publish, "reader", lambda: reader),
        (learn, "network", lambda _: eye),
    ):
        monkeypatch.setattr(where, name, value)
    return made


def test_what_is_told_of_the_recipe_is_true():
    assert (learn.SPOILT, learn.LAG) == (gan_plans.SPOILT, recipe.LAG) == (recipe.PLANS["collapsed"].sabotage, 16)
    assert variety.GROUPS == gan_publish.GROUPS
    kept = {(name, f"step_{step}") for name in variety.RUNS for step in gan_publish.KEPT[name]}
    assert kept | {("avatars", "forger")} == set(learn.MAKERS)
    assert {gan_publish.SAYS["rows"][name]["en"] for name in ("effective", "spread")} == {
        "classes, effective number",
        "mean distance of two pictures",
    }


def test_words_follow_the_thresholds_and_the_past():
    assert states([0.1, 0.79, 0.8, 0.79, 0.4, 0.39, 0.9]) == [
        "early", "early", "healthy", "narrowing", "narrowing", "collapsed", "healthy",
    ]  # fmt: skip
    assert states([None, 0.9]) == ["unknown", "healthy"]
    assert states([0.1, 0.36, 0.2, 0.17], 1) == ["early", "early", "early", "collapsed"]  # half of what there was
    assert states([None, None, 0.3], 1)[2] == "early"


def test_few_pictures_miss_classes_as_often_as_is_said():
    chance = torch.Generator().manual_seed(5)
    for count in (256, 1_000):
        found = [coverage(torch.randint(54, (count,), generator=chance), 54).effective for _ in range(200)]
        assert few(54, 54, count) == pytest.approx(sum(found) / len(found), rel=0.01)
    assert few(few(40, 54, 300), 54, -300) == pytest.approx(40)


def test_a_record_is_read_with_its_sheets_as_they_are(folder):
    page = compute("collapsed")
    assert [stage["step"] for stage in page["stages"]] == [0, 3_000, 3_100, 3_600]
    head, body = page["stages"][1]["sheet"].split(",")
    assert head == "data:image/webp;base64"
    assert base64.b64decode(body) == (folder / "timelines/gan_collapsed_003000.webp").read_bytes()
    assert [stage["state"] for stage in page["stages"]] == ["early", "healthy", "narrowing", "collapsed"]
    assert (page["spoilt"], page["lag"], page["classes"], page["kinds"]) == (3_000, 16, 54, 3)
    assert page["curve"][1] == [100, 1.2, 0.9, 0.6, 0.4, 0.7]
    json.dumps(page)
    assert compute("avatars")["spoilt"] is None and compute() == compute("avatars")


def test_the_share_is_the_lower_of_two_and_of_what_is_said(folder):
    at = {stage["step"]: stage["share"] for stage in compute("collapsed")["stages"]}
    assert at == {0: 0.022, 3_000: 0.978, 3_100: 0.5, 3_600: 0.044}  # by classes, classes, distance, classes
    assert compute()["reference"] == dict(effective=45.0, spread=10.0, of="end")
    cards(folder, [("effective", 50.0), ("spread", 20.0)])
    assert reference() == dict(effective=50.0, spread=20.0, of="genuine")
    page = compute()
    usual = 50 * math.exp(-53 / 2_000)
    assert page["reference"]["effective"] == pytest.approx(usual, abs=0.01)
    assert page["stages"][-1]["share"] == 0.5 and page["stages"][-1]["state"] == "early"


def test_what_is_missing_or_broken_is_left_out_with_a_sentence(folder):
    (folder / "timelines/gan_collapsed_003100.webp").unlink()
    found = record()
    assert [page["run"] for page in found["runs"]] == ["avatars"]
    ((en, zh),) = found["notes"]
    assert "collapsed" in en and "collapsed" in zh
    for broken in ("{", "[]", "{}", '{"stages": []}', '{"stages": [{"step": 0}]}'):
        (folder / "timelines/gan_avatars.json").write_text(broken)
        with pytest.raises(Complaint, match="missing or damaged"):
            compute()
    assert len(record()["notes"]) == 2 and reference() is None
    written(folder, "collapsed", {0: (1.0, 2.0)})
    assert [stage["state"] for stage in compute("collapsed")["stages"]] == ["unknown"]


@pytest.mark.parametrize("run", [None, 7, math.nan, "cifar", "", "../avatars", ["avatars"], "x" * 9_999])
def test_other_runs_are_refused(folder, run):
    with pytest.raises(Complaint, match="must be one of"):
        compute(run)


def test_the_same_noise_is_drawn_by_every_forger_there_is(tiny):
    found = younger("7.1.70_23.0.0")
    assert [(run, step) for run, step, _ in found["young"]] == [
        ("avatars", 400), ("avatars", 3_000), ("avatars", None), ("collapsed", 3_600),
    ]  # fmt: skip
    assert found["pieces"] == ["7.1.70", "23.0.0"]
    net = tiny["avatars", "step_3000"]
    z, _ = drawn([7], net.config)
    with torch.no_grad():
        first = net(net.styled(z, torch.tensor([1]), 0.7)).clamp(-1, 1)[0]
        middle = net(net.centres[:1]).clamp(-1, 1)[0]
    assert found["young"][1][2] == [pieces.url(first), pieces.url(middle)]
    assert younger("") == dict(young=[], pieces=[])
    with pytest.raises(Complaint):
        younger("<b>")


def test_classes_are_those_of_the_cards(tiny):
    pictures = torch.rand(40, 3, 64, 64, generator=torch.Generator().manual_seed(3)) * 2 - 1
    mine, (theirs, classes) = variety.classed(pictures), gan_publish.classed("avatars", pictures)
    assert torch.equal(mine, theirs) and classes == CLASSES and len(set(mine.tolist())) > 1


def test_the_meter_counts_what_there_is(tiny, folder, monkeypatch):
    monkeypatch.setattr(learn, "TOTAL", 64)
    states = [*meter(3)]
    assert [one["drawn"] for one in states] == [32, 64]
    last, (first, other) = states[-1], states[-1]["meter"]
    net = tiny["avatars", "forger"]
    pictures = learn.sample(net, [3 * 64 + k for k in range(64)], [k % 3 for k in range(64)])
    expected = coverage(variety.classed(pictures), CLASSES)
    assert first["counts"] == expected.counts and sum(first["counts"]) == 64
    assert first["effective"] == pytest.approx(expected.effective, abs=0.01) and first["missing"] == expected.missing
    x = torch.nn.functional.interpolate(pictures, size=(224, 224), mode="bicubic", antialias=True).clamp(-1, 1)
    rows = learn.network("").until("mean", x).double()
    far = [(a - b).norm() for k, a in enumerate(rows) for b in rows[:k]]
    assert first["spread"] == pytest.approx(torch.stack(far).mean().item(), abs=0.002)
    assert (other["run"], other["step"], other["effective"], other["missing"]) == ("collapsed", 3_600, 1.0, CLASSES - 1)
    assert other["spread"] == 0 and other["state"] == "collapsed"
    assert last["usual"] == pytest.approx(few(last["reference"]["effective"], CLASSES, 64), abs=0.01)
    assert [*meter(3)] == states and [*meter(4)] != states
    json.dumps(states)
    assert [*meter(SEEDS)][-1]["drawn"] == 64  # seeds go round


def test_without_anything_to_compare_with_the_meter_takes_the_finished_forger(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    monkeypatch.setattr(learn, "TOTAL", 32)
    del tiny["collapsed", "step_3600"]
    ((alone,),) = [state["meter"] for state in meter()]
    assert alone["state"] == "unknown"
    tiny["collapsed", "step_3600"] = Constant(tiny["avatars", "forger"].config).eval()
    (state,) = meter()
    assert state["usual"] is state["reference"] is None
    assert [row["state"] for row in state["meter"]] == ["unknown", "collapsed"]


@pytest.mark.parametrize("seed", [-1, 1.5, math.nan, math.inf, "1", 2**31, 10**400, [1], True])
def test_other_seeds_are_refused(tiny, seed):
    with pytest.raises(Complaint, match="seed"):
        next(meter(seed))
