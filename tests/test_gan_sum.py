"""Arithmetic with pictures on tiny networks: against brute force, and what a sum promises and keeps."""

import json
import math
from itertools import combinations, product

import numpy as np
import pytest
import torch

from core.complaint import Complaint
from demos.gan import arithmetic, pieces
from demos.gan.pieces import Piece
from tests.test_gan_axes_part import NET, alike, near, opened, picture, tiny, w_of  # noqa: F401  (a fixture)
from weights.recipes.gan_data import COLUMNS

A, B, C = ["1.0.70", "2.1.70", "3.2.70"], ["4.0.100"], ["5.1.0", "6.1.50"]


def test_a_minus_b_plus_c(tiny):  # noqa: F811
    net, eye, _ = tiny
    found = arithmetic.compute(A, B, C)
    means = [torch.cat([w_of(net, pieces.piece(name)) for name in box]).mean(0, keepdim=True) for box in (A, B, C)]
    result = means[0] - means[1] + means[2]
    assert near(opened(found["url"]), picture(net, result))
    for mean, address in zip(means, found["means"], strict=True):
        assert near(opened(address), picture(net, mean))
    around = opened(found["sheet"])
    assert around.shape == (192, 192, 3)
    cells = [around[64 * y : 64 * y + 64, 64 * x : 64 * x + 64] for y in range(3) for x in range(3)]
    assert alike(cells[4], picture(net, result)) and not alike(cells[4], picture(net, means[0]))
    apart = [np.abs(cell - cells[4]).mean() for number, cell in enumerate(cells) if number != 4]
    assert min(apart) > 0
    assert len(found["read"]) == len(COLUMNS)
    for row in found["read"]:
        for each, w in zip(row, [*means, result], strict=True):
            p = eye(net(w).clamp(-1, 1))[each["column"]][0]
            assert each["p"] == pytest.approx(p.max().item(), abs=2e-4)
    assert found == arithmetic.compute(A, B, C)
    json.dumps(found)


def test_neighbours_lie_a_quarter_of_the_way_to_others(tiny, monkeypatch):  # noqa: F811
    net, seen = tiny[0], []
    monkeypatch.setattr(arithmetic, "pictures", lambda w: seen.append(w) or net(w).clamp(-1, 1))
    arithmetic.compute(A, B, C)
    result, around = seen[0][3], seen[0][4:]
    assert len(around) == 8
    z = torch.randn(2_000, NET.z, generator=torch.Generator().manual_seed(3))
    usual = (net.styled(z, torch.ones(len(z), dtype=torch.long)) - net.centres[1]).norm(dim=1).mean()
    share = (around - result).norm(dim=1).mean() / usual
    assert 0.12 < share < 0.5


@pytest.mark.parametrize(
    "box", [[], ["1.0.70"] * 4, None, "1.0.70", ["x"], [None], [7], {"1.0.70": 1}, ["1.0.70", "1.9.70"]]
)
def test_boxes_that_cannot_be(box):
    for boxes in ((box, B, C), (A, box, C), (A, B, box)):
        with pytest.raises(Complaint):
            arithmetic.compute(*boxes)


def test_the_wall_hangs_as_its_seed_says(tiny):  # noqa: F811
    found, again = arithmetic.wall(5, 1), arithmetic.wall(5, 2)
    assert len(set(found["names"])) == 27 and found["names"] != arithmetic.wall(6, 1)["names"]
    assert [name.split(".")[0] for name in found["names"]] == [name.split(".")[0] for name in again["names"]]
    hung = opened(found["sheet"])
    assert hung.shape == (192, 576, 3)
    last = pieces.piece(found["names"][26])
    assert alike(hung[128:, 512:], picture(tiny[0], w_of(tiny[0], last)))
    assert not alike(hung[128:, 512:], hung[:64, :64])


def test_what_a_sum_promises_and_whether_it_keeps_it():
    def row(column, *values):
        return [dict(column=column, name=[column, ""], value=x, says=[x, ""], p=0.9) for x in values]

    rows = [
        row("glasses", "yes", "none", "none", "yes"),
        row("mouth", "laugh", "sad", "sad", "sad"),
        row("hair", "long", "short", "long", "short"),
        row("skin", "dark", "light", "dark", "dark"),
        row("beard", "none", "none", "none", "yes"),
        row("clothes", "blue", "blue", "coral", "coral"),
    ]
    found = arithmetic.kept_promise(rows)
    told = {one["name"][0]: (one["says"][0], one["had"], one["came"], one["now"][0]) for one in found["wanted"]}
    assert told == {
        "glasses": ("yes", False, True, "yes"),
        "mouth": ("laugh", False, False, "sad"),
        "hair": ("long", True, False, "short"),
        "skin": ("dark", True, True, "dark"),
    }
    assert found["besides"] == [dict(name=["beard", ""], was=["none", ""], now=["yes", ""])]
    found = arithmetic.compute(A, B, C)
    assert dict(wanted=found["wanted"], besides=found["besides"]) == arithmetic.kept_promise(found["read"])


def test_an_example_is_the_best_of_the_sums_that_were_painted(tiny, monkeypatch):  # noqa: F811
    net, eye, _ = tiny
    for name, value in dict(POOL=60, LIKELY=4, PAIRS=16, THIRDS=4).items():  # all sums of so few threes
        monkeypatch.setattr(arithmetic, name, value)
    styled = [w_of(net, Piece(seed, 1, arithmetic.PERCENT)) for seed in range(60)]
    each = [eye(net(w).clamp(-1, 1)) for w in styled]

    def has(read, wanted):
        return math.prod(read[column][0, COLUMNS[column].index(value)].item() for column, value in wanted.items())

    def alike_but(one, other, column):
        return np.mean([(one[name] * other[name]).sum().item() for name in COLUMNS if name != column])

    (_, wanted), free, boxes = arithmetic.EXAMPLES["laugh"], set(range(60)), []
    for box in wanted:
        likely = sorted(free, key=lambda seed: -has(each[seed], box))[:4]
        free -= set(likely)
        boxes.append(list(combinations(likely, 3)))
    means = {three: torch.stack([styled[seed] for seed in three]).mean(0) for box in boxes for three in box}
    read = {three: eye(net(w).clamp(-1, 1)) for three, w in means.items()}

    def worth(a, b, c):
        result = eye(net(means[a] - means[b] + means[c]).clamp(-1, 1))
        fit = math.prod(has(read[three], box) for three, box in zip((a, b, c), wanted, strict=True))
        goal = has(result, {"mouth": "laugh", "hair": "long"})
        return fit * alike_but(read[a], read[b], "mouth") * goal * alike_but(result, read[c], "mouth")

    found = [tuple(sorted(one.seed for one in box)) for box in arithmetic.example("laugh", 1)]
    assert all(three in {tuple(sorted(one)) for one in box} for three, box in zip(found, boxes, strict=True))
    own = {tuple(sorted(three)): three for three in means}
    assert worth(*(own[three] for three in found)) == pytest.approx(max(worth(*sum) for sum in product(*boxes)))


def test_examples_hold_no_picture_twice():
    for name in arithmetic.EXAMPLES:
        seeds = [one.seed for box in arithmetic.example(name, 0) for one in box]
        assert len(seeds) == len(set(seeds)) == 9  # no picture twice, or the sum would undo itself
    for wrong in ("wings", None, 3, ["glasses"]):
        with pytest.raises(Complaint):
            arithmetic.example(wrong, 1)


def test_examples_ask_for_what_the_reader_knows():
    for _, wanted in arithmetic.EXAMPLES.values():
        assert len(wanted) == 3
        for box in wanted:
            assert all(value in COLUMNS[column] for column, value in box.items())
    assert arithmetic.values() == [(column, value) for column, values in COLUMNS.items() for value in values]


def test_places_travel_as_text():
    boxes = [[pieces.piece(name) for name in box] for box in (A, [], C)]
    text = arithmetic.written(7, 2, boxes)
    assert arithmetic.placed(text) == (7, 2, boxes)
    state = arithmetic.board(7, 2, boxes)
    assert state["result"] is None and state["text"] == text and len(state["boxes"][0]) == 3
    assert arithmetic.board(7, 2, [boxes[0], boxes[0], boxes[2]])["result"]
    arithmetic.placed(arithmetic.FIRST)
    json.dumps(state)


@pytest.mark.parametrize(
    "text", ["", None, 7, "~~~", "7.1", "7.9~~~", "-1.1~~~", "7.1~~", "7.1~~~~", "7.1~x~~",
             "7.1~1.0.70_1.0.70_1.0.70_1.0.70~~", "99999999999.1~~~", "²7.1~~~", "7.1~" + "1" * 500 + "~~"]
)  # fmt: skip
def test_places_that_cannot_be(text):
    with pytest.raises(Complaint):
        arithmetic.placed(text)
