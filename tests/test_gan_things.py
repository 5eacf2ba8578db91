"""Ten kinds of things: what hangs where, what is said of it, how one becomes another, and what is refused."""

import json
import math
from itertools import pairwise

import pytest
import torch

from core.cifar import CLASSES
from core.complaint import SEEDS, Complaint
from core.models.gan import Config, Discriminator, Generator, JudgeConfig
from demos.gan import pieces, things
from demos.gan.things import NAMES, between, compute, read, written
from tests.test_gan_pieces import seen


@pytest.fixture(autouse=True)
def players(monkeypatch):
    """Small players with random weights, and a classifier that finds the kind in a pixel's red."""
    torch.manual_seed(3)
    net = Generator(Config(10, 8, 8, 2, (16, 12, 8, 8))).eval().requires_grad_(False)
    net.centre(torch.Generator().manual_seed(1), 200)
    judge = Discriminator(JudgeConfig(10, 1, (6, 8, 8, 8), 8)).eval().requires_grad_(False)

    class Seeing:
        @staticmethod
        def answers(x):
            return torch.stack([-((x.mean((1, 2, 3)) - k / 10) ** 2) * 50 for k in range(10)], 1)

    monkeypatch.setattr(pieces, "has_bfloat16", lambda: False)  # references are exact
    monkeypatch.setattr(things, "forger", lambda name: (net, {}))
    monkeypatch.setattr(things, "judge", lambda name: (judge, {}))
    monkeypatch.setattr(things, "classifier", lambda: (Seeing, {"temperature": 2.0}))
    return net, judge, Seeing


def cut(state, rows, columns):
    """Pictures of a sheet: (rows, columns, side, side, 3)."""
    whole, side = seen(state["sheet"]).astype(int), state["side"]
    assert whole.shape == (rows * side, columns * side, 3)
    return whole.reshape(rows, side, columns, side, 3).transpose(0, 2, 1, 3, 4)


def test_every_row_is_a_kind_and_every_column_a_noise(players):
    net, judge, _ = players
    state = compute(seed=5, columns=3, truncation=0.6)
    tiles = cut(state, 10, 3)
    assert state["seeds"] == [5, 6, 7] and state["kinds"] == [list(names) for names in CLASSES]
    for row, column in ((0, 0), (4, 2), (9, 1)):
        z = torch.randn(8, generator=torch.Generator().manual_seed(5 + column))[None]
        kind = torch.tensor([row])
        x = net(net.styled(z, kind, 0.6)).clamp(-1, 1)
        expected = ((x[0] + 1) * 127.5).round().byte().permute(1, 2, 0).numpy().astype(int)
        assert abs(tiles[row, column] - expected).max() <= 1
        assert state["scores"][row * 3 + column] == pytest.approx(judge(x, kind).item(), abs=2e-3)
    assert compute(seed=SEEDS, columns=2)["seeds"] == [SEEDS, 0]
    json.dumps(state, allow_nan=False)


def test_what_the_classifier_reads_and_how_often_it_is_right(players):
    _, _, seeing = players
    state = compute(seed=1, columns=4)
    x, kinds = things.forged(state["seeds"], 1.0)
    p = (seeing.answers(x) / 2).softmax(1)
    assert [row[0] for row in state["read"]] == p.argmax(1).tolist()
    assert [row[1] for row in state["read"]] == pytest.approx(p.max(1).values.tolist(), abs=1e-4)
    assert state["right"] == sum(row[0] == kind for row, kind in zip(state["read"], kinds.tolist(), strict=True))
    assert len({row[0] for row in state["read"]}) > 1


def test_truncation_zero_is_one_picture_for_each_kind():
    tiles = cut(compute(seed=2, columns=4, truncation=0.0), 10, 4)
    assert all(abs(tiles[:, 0] - tiles[:, k]).max() <= 1 for k in range(4))
    assert abs(tiles[0, 0] - tiles[1, 0]).max() > 8


def test_the_way_between_two_kinds_begins_and_ends_at_them():
    wall = cut(compute(seed=9, columns=1), 10, 1)
    way = between(9, "frog", "ship", frames=7)
    tiles = cut(way, 1, 7)[0]
    assert abs(tiles[0] - wall[6, 0]).max() <= 1 and abs(tiles[6] - wall[8, 0]).max() <= 1
    steps = [abs(a - b).mean() for a, b in pairwise(tiles)]
    assert max(steps) < 0.6 * abs(tiles[0] - tiles[6]).mean()  # no jump
    assert (way["kind"], way["to"], way["text"]) == (6, 8, "9.6.8")
    assert all(math.isclose(sum(row), 1, abs_tol=1e-3) and len(row) == 10 for row in way["p"]) and len(way["p"]) == 7
    json.dumps(way, allow_nan=False)


def test_addresses_there_and_back():
    assert read("3.3.7") == (3, "cat", "horse")
    for text in ("0.0.9", f"{SEEDS}.9.0"):
        seed, *kinds = read(text)
        assert written(seed, *map(NAMES.index, kinds)) == text
    for bad in (None, 3, "", "3.3", "3.3.10", "-1.2.3", f"{SEEDS + 1}.0.0", "a.b.c", "٣.3.7", "1." * 20, ["3.3.7"]):
        with pytest.raises(Complaint):
            read(bad)


@pytest.mark.parametrize(
    "wish",
    [
        {"seed": -1}, {"seed": SEEDS + 1}, {"seed": "one"}, {"seed": 1.5}, {"columns": 0}, {"columns": 10**6},
        {"columns": math.nan}, {"truncation": math.nan}, {"truncation": -0.1}, {"truncation": 50}, {"truncation": "x"},
    ],
)  # fmt: skip
def test_bad_wishes_for_a_wall_are_refused(wish):
    with pytest.raises(Complaint):
        compute(**wish)


@pytest.mark.parametrize(
    "wish",
    [
        {"kind": "unicorn"}, {"to": 3}, {"kind": None}, {"frames": 1}, {"frames": 10**6}, {"frames": math.inf},
        {"seed": -3}, {"truncation": math.nan},
    ],
)  # fmt: skip
def test_bad_wishes_for_a_way_are_refused(wish):
    with pytest.raises(Complaint):
        between(**wish)


def test_no_record_is_no_reason_to_stop(monkeypatch, tmp_path):
    from core import weights

    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    assert things.history() is None
