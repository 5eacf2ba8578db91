"""Training a visitor's own model: it learns, it can be left and taken up, and it refuses what it must."""

import json
import math
import pickle
import random

import pytest
import torch
from safetensors.torch import load, save

from core.complaint import Complaint
from core.live_files import export, restore
from core.live_training import MAX_CHARS, MIN_CHARS, prepare, train
from core.models.char_rnn import CharRNN, Config

TEXT = "the cat sat on the mat, and the dog lay on the log.\n" * 60


def made(cell="lstm", text=TEXT, steps=0, seed=1, hidden=64, layers=1):
    trained = prepare(text, cell, hidden, layers, seed)
    if steps:
        list(train(trained, 60, steps))
    return trained


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_it_learns(cell):
    trained = made(cell, steps=120)
    counts = [TEXT.count(char) / len(TEXT) for char in set(TEXT)]
    unigram = -sum(p * math.log(p) for p in counts)
    *_, (step, _, loss, valid) = trained.curve
    assert step == trained.steps == 120
    assert loss < 0.6 * unigram
    assert valid is not None and valid < 0.6 * unigram


def test_leaving_and_going_on():
    trained = made()
    run = train(trained, 60)
    first = next(run)
    run.close()
    assert trained.steps == first.step > 0
    before = len(trained.curve)
    list(train(trained, 60, 5))
    assert trained.steps == first.step + 5
    assert len(trained.curve) > before
    assert [row[0] for row in trained.curve] == sorted(row[0] for row in trained.curve)


def test_time_is_bounded():
    *_, last = train(made(), 0.5)
    assert last.seconds < 3


def test_the_same_seed_gives_the_same_model_and_the_global_one_is_untouched():
    torch.manual_seed(3)
    wanted = torch.rand(3)
    torch.manual_seed(3)
    a, b, other = made(steps=4), made(steps=4), made(steps=4, seed=2)
    assert torch.equal(torch.rand(3), wanted)
    for key, value in a.model.state_dict().items():
        assert torch.equal(value, b.model.state_dict()[key])
    assert not torch.equal(a.model.embedding.weight, other.model.embedding.weight)


def test_the_last_tenth_is_held_out():
    trained = made(text="ab" * 900 + "c" * 200)
    learn, check = trained.parts()
    assert trained.vocabulary.index["c"] not in learn
    assert len(check) == 200


def test_a_large_vocabulary_is_cut_and_shared():
    letters = [chr(0x4E00 + i) for i in range(5000)]
    trained = made(text="".join(letters) + "".join(letters[:3000]))
    assert len(trained.vocabulary) == 4000
    assert "□" in trained.vocabulary.index
    assert trained.model.config.tied
    list(train(trained, 60, 2))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("short", "lstm", 64, 1), f"at least {MIN_CHARS:,} characters.*has 5"),
        (("x" * (MAX_CHARS + 1), "lstm", 64, 1), "at most 200,000"),
        (("x" * 2000, "lstm", 64, 1), "over and over"),
        (("\x00" * 5000, "lstm", 64, 1), "this has 0"),
        ((None, "lstm", 64, 1), "must be text"),
        ((TEXT, "transformer", 64, 1), "rnn, gru, lstm"),
        ((TEXT, "lstm", 63, 1), "64, 128, 256"),
        ((TEXT, "lstm", float("nan"), 1), "number of cells"),
        ((TEXT, "lstm", "64", 1), "number of cells"),
        ((TEXT, "lstm", True, 1), "number of cells"),
        ((TEXT, "lstm", 10**9, 1), "number of cells"),
        ((TEXT, "lstm", 64, 3), "number of layers"),
    ],
)
def test_what_cannot_be_trained_gets_a_sentence(arguments, sentence):
    with pytest.raises(Complaint, match=sentence):
        prepare(*arguments)


def test_a_loss_that_explodes_ends_the_run_and_keeps_the_model():
    trained = made(steps=3)
    kept = {key: value.clone() for key, value in trained.model.state_dict().items()}
    with torch.no_grad():
        trained.raw.output.weight.fill_(float("nan"))
    with pytest.raises(Complaint, match="last good weights"):
        list(train(trained, 60, 5))
    for key, value in trained.model.state_dict().items():
        assert torch.equal(value, kept[key])
    list(train(trained, 60, 2))
    assert trained.steps == 5


def test_an_infinite_gradient_under_a_finite_loss_does_not_reach_the_model():
    trained = made(steps=3)
    hook = trained.raw.output.weight.register_hook(lambda gradient: gradient * math.inf)
    with pytest.raises(Complaint, match="last good weights"):
        list(train(trained, 60, 3))
    assert all(value.isfinite().all() for value in trained.model.state_dict().values())
    hook.remove()
    list(train(trained, 60, 2))
    assert trained.steps == 5


@pytest.mark.parametrize("huge", ["[[1, 2, 1%s, null]]", "[[1, 2, NaN, null]]", "[[-1, 2, 3, null]]"])
def test_a_curve_of_impossible_numbers_is_refused(huge):
    data = export(made())
    note = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]
    note["curve"] = huge.replace("%s", "0" * 400)
    with pytest.raises(Complaint, match="loss curve"):
        restore(save(load(data), note))


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_saved_and_loaded_it_is_the_same(cell):
    trained = made(cell, steps=3)
    again = restore(export(trained))
    ids = torch.randint(len(trained.vocabulary), (30, 1))
    with torch.inference_mode():
        assert torch.equal(trained.model(ids)[0], again.model(ids)[0])
    assert again.vocabulary == trained.vocabulary
    assert again.curve == trained.curve and again.steps == 3
    with pytest.raises(Complaint, match="without its text"):
        next(train(again, 1))


def test_damaged_files_only_ever_get_a_sentence():
    data, rng = export(made(steps=2)), random.Random(0)
    for _ in range(300):
        broken = bytearray(data)
        if rng.random() < 0.3:
            del broken[rng.randrange(len(broken)) :]
        for _ in range(rng.randint(0, 8)):
            if broken:
                broken[rng.randrange(min(len(broken), 3000))] = rng.randrange(256)
        try:
            restore(bytes(broken))
        except Complaint as complaint:
            assert str(complaint).startswith("This file is not a network saved here")


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


def forged(**changes) -> bytes:
    """A file of a network that `prepare` would never build."""
    trained = made()
    config = vars(trained.model.config) | changes
    trained.model = CharRNN(Config(**config))
    return export(trained)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        pickle.dumps(Bomb()),
        b"PK\x03\x04" + b"\x00" * 100,
        b"\xff" * 1000,
        b"x" * 10_000_001,
    ],
    ids=["empty", "pickle", "zip", "noise", "large"],
)
def test_what_is_no_network_is_refused(data):
    with pytest.raises(Complaint, match="not a network saved here"):
        restore(data)


@pytest.mark.parametrize("changes", [{"hidden": 65}, {"layers": 3}, {"embed": 7}, {"vocab": 5}, {"dropout": 0.5}])
def test_shapes_that_cannot_be_trained_here_are_refused(changes):
    with pytest.raises(Complaint, match="shape"):
        restore(forged(**changes))


def test_weights_that_are_no_numbers_are_refused():
    trained = made()
    trained.model.output.bias.data[0] = float("inf")
    with pytest.raises(Complaint, match="finite"):
        restore(export(trained))
