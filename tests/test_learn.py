"""The part "Watch a small CNN learn": what it refuses, what it yields, and that it ends when it should."""

import base64
import io
import json

import gradio as gr
import numpy as np
import pytest
import torch
from PIL import Image

from core import digits, learning
from core.complaint import Complaint
from core.images import from_url
from core.models.small_cnn import parse
from demos.cnn import learn
from demos.cnn.moment import blocks, hung, plan, signed
from demos.cnn.wall import COLUMNS


@pytest.fixture
def three_steps(monkeypatch):
    """Every run has three steps, and a report after each."""
    steady = learning.learn
    monkeypatch.setattr(learning, "GAP", 0)
    monkeypatch.setattr(learn, "learn", lambda learner, data, seconds: steady(learner, data, seconds, 3))


def numbers(maps):
    """Packed maps as (count, height, width)."""
    shape = maps["count"], maps["height"], maps["width"]
    part = np.frombuffer(base64.b64decode(maps["bytes"]), np.uint8).reshape(shape) / 255
    return maps["low"] + part * (maps["high"] - maps["low"])


def test_a_run_from_the_first_moment_to_the_last(three_steps):
    first, *_, before, last = states = list(learn.compute(seconds=5))
    json.dumps(states)
    assert first["phase"] == "running" and first["examples"] == 0  # something to see before anything is learned
    assert first["test"][0][:1] == [0] and 2 < first["test"][0][1] < 3  # an untrained network knows nothing: ln 10
    assert (last["phase"], last["examples"], last["steps"]) == ("done", 192, 3)
    assert before["forward"] > 0 and before["backward"] > 0 and before["rate"] > 0
    assert 0 <= last["full"] <= 1 and first["full"] is None
    assert [row[0] for row in last["train"]] == sorted({row[0] for row in last["train"]})
    assert len(json.dumps(last)) < 250_000


def test_what_is_shown_of_the_layers_is_the_network(three_steps):
    states = list(
        learn.compute(["conv 20 3 2", "relu", "batchnorm", "maxpool 2", "dense 70", "dropout 0.5"], seconds=5)
    )
    layers = {one["name"]: one for one in states[-1]["layers"]}
    assert [*layers] == ["conv1", "relu1", "norm1", "pool1", "dense1", "drop1", "scores"]
    conv, dense, scores = layers["conv1"], layers["dense1"], layers["scores"]
    assert (conv["channels"], conv["side"], conv["parameters"]) == (20, 14, 200)
    assert conv["maps"]["count"] == conv["slopes"]["count"] == 16  # the first ones
    assert (conv["rows"], conv["columns"], conv["all"]) == (16, 1, [20, 1])
    assert (dense["rows"], dense["columns"], dense["all"], dense["weights"]["width"]) == (16, 16, [70, 20], 7)
    assert (scores["rows"], scores["columns"], scores["all"], scores["weights"]["width"]) == (10, 64, [10, 70], 1)
    assert layers["norm1"]["all"] == [1, 20] and layers["relu1"]["weights"] is None
    for one in (conv["weights"], conv["gradients"], conv["maps"], scores["slopes"]):
        assert one["low"] == -one["high"] < 0  # zero is in the middle of the scale
        assert np.abs(numbers(one)).max() > 0
    assert (numbers(layers["relu1"]["maps"]) > -layers["relu1"]["maps"]["high"] / 200).all()


def test_the_scale_is_the_numbers_own_and_zero_is_its_middle():
    values = torch.tensor([[[0.5, -2.0]], [[0.0, 1.0]]])
    made = signed(values)
    assert (made["low"], made["high"]) == (-2, 2)
    assert np.allclose(numbers(made), values, atol=2 / 255)
    nothing = signed(torch.zeros(3))
    assert set(base64.b64decode(nothing["bytes"])) == {128}
    json.dumps(signed(torch.tensor([float("nan"), float("inf")])), allow_nan=False)


def test_weights_of_a_dense_layer_are_laid_out_as_the_maps_they_read():
    learner = learn.made(["maxpool 4"], "sgd", 0.1, 8, 0, 1)
    picture, pooled, scores = torch.rand(1, 1, 28, 28), *learner.network.line
    weight = learner.network.stages["scores"][1].weight
    maps = learner.network.until("pool1", picture)[0]
    laid = blocks(weight, pooled)
    assert laid.shape == (10, 1, 7, 7) and scores.name == "scores"
    by_map = (laid * maps).sum((1, 2, 3)) + learner.network.stages["scores"][1].bias
    assert torch.allclose(by_map, learner.network(picture)[0], atol=1e-5)


def test_the_same_seed_takes_the_same_course(three_steps):
    def course(**wishes):
        *_, last = learn.compute(**wishes)
        # how many reports there are, and with them the curves and the wall, depends on the clock; the network does not
        return {key: last[key] for key in ("steps", "examples", "layers", "digit")}

    layers = ["conv 3 3 2", "relu", "dropout 0.5"]
    once = course(layers=layers, seconds=5)
    assert once == course(layers=layers, seconds=5)
    assert once != course(layers=layers, seconds=5, seed=2)


def test_it_can_be_stopped_at_any_moment():
    run = learn.compute(["maxpool 4"], seconds=60)
    next(run), next(run)
    run.close()
    with pytest.raises(StopIteration):
        next(run)


def test_an_infinite_loss_is_the_last_thing_seen_and_a_sentence(monkeypatch):
    learner = learn.made(["conv 4 5"], "sgd", 10.0, 8, 0, 1)
    with torch.no_grad():
        learner.network.stages["conv1"].weight *= 1e30
    states = []
    with pytest.raises(Complaint, match="smaller learning rate"):
        states.extend(state for _, state in learn.run(learner, 5) if not states.append(state))
    assert states[-1]["phase"] == "burst" and not learner.running
    json.dumps(states[-1], allow_nan=False)


@pytest.mark.parametrize(
    ("wishes", "sentence"),
    [
        (dict(layers="conv 8 5"), "list of lines"),
        (dict(layers=[["conv", 8, 5]]), "list of lines"),
        (dict(layers=["conv 8 5", "magic 3"]), "Layer 2.*magic"),
        (dict(layers=["dense 8", "conv 8 5"]), "Layer 2.*dense"),
        (dict(layers=["maxpool 4", "maxpool 4", "maxpool 4"]), "Layer 3.*nothing"),
        (dict(layers=["conv 8 4"]), "Layer 1"),
        (dict(layers=["conv 65 5"]), "Layer 1.*64"),
        (dict(layers=["conv 64 7", "conv 64 7"]), "Too slow"),
        (dict(layers=["relu"] * 13), "12 layers"),
        (dict(layers=["conv 64 1", "dense 256"]), "Too many parameters|Too slow"),
        (dict(optimiser="lion"), "optimiser"),
        (dict(rate=11), "learning rate"),
        (dict(batch=0), "batch size"),
        (dict(batch=1), "at least 2"),
        (dict(decay=-1), "weight decay"),
        (dict(seconds=61), "seconds.*1 to 60"),
        (dict(seconds=float("inf")), "seconds"),
        (dict(seed=1.5), "seed.*whole"),
        (dict(seed=2**31), "seed"),
    ],
)
def test_what_cannot_be_gets_one_sentence(wishes, sentence):
    with pytest.raises(Complaint, match=sentence) as caught:
        next(learn.compute(**wishes))
    assert caught.value.zh and "\n" not in caught.value.en


def test_a_plan_counts_before_anything_is_trained():
    found = plan(list(learn.LAYERS))
    network = learn.made(learn.LAYERS, "adam", 0.003, 32, 0, 1).network
    assert found["parameters"] == sum(p.numel() for p in network.parameters()) == 11_322
    assert [row[3] for row in found["stages"]] == [208, 16, 0, 0, 3216, 32, 0, 0, 0, 7850]
    assert [row[0] for row in found["stages"]] == [*network.stages]
    assert found["complaint"] is None


@pytest.mark.parametrize("layers", [None, "conv", [1, 2], ["conv 8 5", "x" * 2_000], ["dense 4", "maxpool 2"]])
def test_an_impossible_plan_says_why(layers):
    found = plan(layers)
    assert all(found["complaint"]) and found["stages"] == []
    assert len(json.dumps(found)) < 1_000


def test_the_sheet_holds_the_digits_of_the_wall():
    sheet = np.asarray(Image.open(io.BytesIO(from_url(hung()))))
    at = learning.CHECKED - 1
    row, column = divmod(at, COLUMNS)
    tile = sheet[row * 28 : row * 28 + 28, column * 28 : column * 28 + 28]
    assert (tile == 255 - digits.split()[1].pictures[at]).all()


def test_addresses_carry_layers_and_optimiser():
    with gr.Blocks(analytics_enabled=False):
        part = learn.lay(gr.State("cat"))
    links = part.links
    assert links["layers"].parse("conv  8 5,relu") == "conv 8 5,relu"
    assert links["layers"].parse(links["layers"].component.value) == ",".join(learn.LAYERS)
    assert parse(links["layers"].parse("")).layers == ()
    for hostile in ("<script>", "conv 999 5", "relu," * 300):
        with pytest.raises(ValueError):
            links["layers"].parse(hostile)
    assert links["optimiser"].parse("sgd") == "sgd"
    with pytest.raises(ValueError):
        links["optimiser"].parse("lion")
    assert list(part.answer("cat")) == []
