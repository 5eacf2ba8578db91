"""Named axes and arithmetic with pictures on tiny networks: against brute force, and what is wrong in one sentence."""

import base64
import io
import json
import math
from itertools import combinations

import numpy as np
import pytest
import torch
from PIL import Image

from core.complaint import Complaint
from core.gan import Reader
from core.models.gan import Config, Generator, unit
from core.models.small_cnn import Config as NetworkConfig
from core.models.small_cnn import SmallCNN
from core.models.small_cnn import read as layers
from demos.gan import arithmetic, asks, axes, pieces
from demos.gan.pieces import Piece, image
from weights.recipes.gan_data import COLUMNS

WISHES = [
    dict(column="hair", values=["none", "short", "long"], designs=[0, 1, 2]) | dict(obeyed=97.5, chance=44.0),
    dict(column="clothes", values=["coral", "blue"], designs=[0, 2]) | dict(obeyed=30.0, chance=16.7),
]
for row, colours in zip(WISHES, ([""] * 3, ["e78276", "6f8ddf"]), strict=True):
    row["colours"] = colours
ATTRIBUTES = ((0.2, 0.4, 0.4), (0.5, 0.5))
NET = Config(classes=3, z=8, w=8, depth=2, widths=(8, 8, 8, 8, 8), attributes=ATTRIBUTES)
TITLE = {"en": "glasses", "zh": "眼镜"}


def opened(address: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))).convert("RGB")).astype(int)


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    """A forger with three axes and a reader, both of the right shape, that have learned nothing."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        net = Generator(NET).eval().requires_grad_(False)
        net.centre(torch.Generator().manual_seed(2), 200)
        size = NetworkConfig(layers("conv 8 5 4, relu, maxpool 4"), sum(map(len, COLUMNS.values())), 3, 64)
        eye = Reader(SmallCNN(size).eval().requires_grad_(False), {name: list(x) for name, x in COLUMNS.items()})
        ways = torch.randn(3, 3, 8).tolist()  # of each design
    shares = [(0.9, 0.8), (0.3, 0.8), (0.2, 0.1)]
    entry = {
        "axes": [
            dict(name=name, title=TITLE, direction=way, changed=there, back=back, kept=0.95)
            for name, way, (there, back) in zip(("glasses", "long hair", "beard"), ways, shares, strict=True)
        ],
        "wishes": [dict(row) for row in WISHES],
    }
    monkeypatch.setattr(pieces, "has_bfloat16", lambda: False)  # references are exact
    for module in (pieces, axes, asks):
        monkeypatch.setattr(module, "forger", lambda *_: (net, entry))
    for module in (axes, arithmetic):
        monkeypatch.setattr(module, "reader", lambda: eye)
    monkeypatch.setattr(arithmetic, "kinds", lambda: ["Micah", "Adventurer", "Open Peeps"])
    arithmetic.wall.cache_clear(), arithmetic.pool.cache_clear()
    yield net, eye, entry
    arithmetic.wall.cache_clear(), arithmetic.pool.cache_clear()


def w_of(net, piece: Piece) -> torch.Tensor:
    z = torch.randn(NET.z, generator=torch.Generator().manual_seed(piece.seed))
    return net.styled(z[None], torch.tensor([piece.kind]), piece.percent / 100)


def picture(net, w) -> np.ndarray:
    return np.asarray(image(net(w).clamp(-1, 1)[0])).astype(int)


def near(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and np.abs(a - b).max() <= 1


def alike(a: np.ndarray, b: np.ndarray) -> bool:
    """The same but for what JPEG does to it."""
    return a.shape == b.shape and np.abs(a - b).mean() < 8


def test_the_picture_moves_along_the_axes_that_are_asked_for(tiny):
    net, _, entry = tiny
    found = axes.compute("7.1.70_3.0.50", {"glasses": 1.0, "beard": -0.5, "long hair": 0})
    first, _, third = (torch.tensor(axis["direction"][1]) for axis in entry["axes"])
    w = w_of(net, Piece(7, 1, 70))
    assert near(opened(found["before"]), picture(net, w))
    assert near(opened(found["url"]), picture(net, w + first - 0.5 * third))
    assert not near(opened(found["url"]), opened(found["before"]))
    assert found["changes"] == {"glasses": 1.0, "beard": -0.5} and found["text"] == "glasses:1,beard:-0.5"
    assert found["held"] == "7.1.70"
    json.dumps(found)


def test_what_the_reader_says_before_and_after(tiny):
    net, eye, entry = tiny
    found = axes.compute("7.1.70", {"glasses": 1.5, "beard": 1.5})
    w = w_of(net, Piece(7, 1, 70))
    ways = {axis["name"]: torch.tensor(axis["direction"][1]) for axis in entry["axes"]}
    old, new = (eye(net(at).clamp(-1, 1)) for at in (w, w + 1.5 * ways["glasses"] + 1.5 * ways["beard"]))
    assert [row["column"] for row in found["read"]] == list(COLUMNS)
    for row in found["read"]:
        values, column = COLUMNS[row["column"]], row["column"]
        for side, p in (("before", old), ("after", new)):
            assert row[side]["value"] == values[p[column][0].argmax()]
            assert row[side]["p"] == pytest.approx(p[column].max().item(), abs=2e-4)
        assert row["was"] == pytest.approx(old[column][0, values.index(row["after"]["value"])].item(), abs=2e-4)
        assert row["changed"] == (row["before"]["value"] != row["after"]["value"])
    assert any(row["changed"] for row in found["read"])


def test_nothing_moves_without_changes_and_the_same_comes_again():
    found = axes.compute()
    assert found["url"] == found["before"] and found["changes"] == {}
    assert not any(row["changed"] for row in found["read"])
    assert all(row["was"] == row["after"]["p"] for row in found["read"])
    assert axes.compute("9.2.100", {"beard": 0.7}) == axes.compute("9.2.100", {"beard": 0.7})


def test_axes_come_with_their_rates_and_weak_ones_are_named():
    found = axes.compute()["axes"]
    assert [(axis["name"], axis["weak"]) for axis in found] == [
        ("glasses", ""),
        ("long hair", "there"),
        ("beard", "both"),
    ]
    assert found[0]["title"] == ["glasses", "眼镜"] and (found[0]["changed"], found[0]["kept"]) == (0.9, 0.95)
    assert axes.weak(dict(changed=0.5, back=0.49)) == "back"


def test_another_attribute_is_asked_for_and_the_rest_of_the_noise_stays(tiny):
    net, _, entry = tiny
    one = Piece(7, 0, 70)
    z = torch.randn(NET.z, generator=torch.Generator().manual_seed(one.seed))[None]
    own = asks.said(one)
    for column, value in (("hair", "none"), ("hair", "short"), ("hair", "long"), ("clothes", "coral")):
        found = axes.compute(one.name, {"glasses": 0.5}, {column: value})
        if value == own[column]:
            assert found["asked"] == {} and found["asks"] == ""
            continue
        assert found["asked"] == {column: value} and found["asks"] == f"{column}:{value}"
        number = [row["column"] for row in WISHES].index(column)
        place = WISHES[number]["values"].index(value)
        other = unit(z).clone()  # brute force: the middle of the piece, and a common factor for what decides nothing
        middle = sum(ATTRIBUTES[number][:place]) + ATTRIBUTES[number][place] / 2
        other[:, number] = torch.distributions.Normal(0.0, 1.0).icdf(torch.tensor(middle))
        other[:, 2:] *= ((NET.z - other[:, :2].square().sum()) / other[:, 2:].square().sum()).sqrt()
        assert other.square().mean().item() == pytest.approx(1)
        w = net.styled(other, torch.tensor([0]), 0.7) + 0.5 * torch.tensor(entry["axes"][0]["direction"][0])
        assert near(opened(found["url"]), picture(net, w))
        assert near(opened(found["before"]), picture(net, w_of(net, one)))
        (row,) = (row for row in found["wishes"] if row["column"] == column)
        assert (row["own"], row["now"]) == (own[column], value)
    both = dict(
        hair="none" if own["hair"] != "none" else "long", clothes="blue" if own["clothes"] != "blue" else "coral"
    )
    assert asks.read(axes.compute(one.name, None, both)["asks"], one) == both


def test_only_what_a_design_can_show_is_offered():
    assert [row["column"] for row in axes.compute("7.0.70")["wishes"]] == ["hair", "clothes"]
    assert [row["heard"] for row in axes.compute("7.0.70")["wishes"]] == [True, False]  # 30 % is hardly more than 17
    (only,) = axes.compute("7.1.70")["wishes"]
    assert only["column"] == "hair" and only["obeyed"] == 97.5 and only["name"] == ["hair", "头发"]
    assert [one["says"] for one in only["values"]][1:] == [["short", "短发"], ["long", "长发"]]
    with pytest.raises(Complaint, match="cannot be asked for 'clothes': 'blue'; it can for hair: none, short, long"):
        axes.compute("7.1.70", None, {"clothes": "blue"})
    assert asks.read("clothes:blue,hair:no,wings:1,hair", Piece(7, 1, 70)) == {}


@pytest.mark.parametrize(
    "asked", ["hair:long", ["hair"], 3, {"hair": None}, {"hair": ["long"]}, {7: "long"}, {"hair": 1}]
)
def test_what_cannot_be_asked(asked):
    with pytest.raises(Complaint):
        axes.compute("7.0.70", None, asked)


def test_a_forger_that_knows_no_wishes(tiny):
    tiny[2].pop("wishes")
    assert axes.compute("7.1.70")["wishes"] == [] and asks.read("hair:long", Piece(7, 1, 70)) == {}
    with pytest.raises(Complaint, match="it can for nothing"):
        axes.compute("7.1.70", None, {"hair": "long"})


def test_a_forger_without_axes(tiny):
    tiny[2].pop("axes")
    assert axes.compute("7.1.70")["axes"] == []
    with pytest.raises(Complaint, match="has no named axes"):
        axes.compute("7.1.70", {"glasses": 1})
    assert axes.read("glasses:1") == {}


@pytest.mark.parametrize(
    "held",
    [None, 7, "", "x", "7.9.70", "7.1.101", "-1.1.70", "_".join(f"{k}.1.70" for k in range(9)), ["7.1.70"], b"7.1.70"],
)
def test_axes_of_no_picture(held):
    with pytest.raises(Complaint):
        axes.compute(held)


@pytest.mark.parametrize(
    "changes",
    [["glasses"], "glasses:1", 3, {"wings": 1}, {7: 1}, {"glasses": "1"}, {"glasses": math.nan}, {"glasses": 1.6},
     {"glasses": -1e300}, {"glasses": None}, {"glasses": True}, {"glasses": 10**400}],
)  # fmt: skip
def test_changes_that_cannot_be(changes):
    with pytest.raises(Complaint):
        axes.compute("7.1.70", changes)


def test_the_address_keeps_what_can_be():
    assert axes.read("glasses:1.0,wings:1,beard:-0.5") == {"glasses": 1.0, "beard": -0.5}
    assert axes.read("glasses:2,beard:nan,long hair:x,,:,glasses") == {}
    assert axes.read(None) == {} == axes.read("")
    assert axes.written(axes.read("beard:0.25,glasses:1")) == "glasses:1,beard:0.25"


A, B, C = ["1.0.70", "2.1.70", "3.2.70"], ["4.0.100"], ["5.1.0", "6.1.50"]


def test_a_minus_b_plus_c(tiny):
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


def test_neighbours_lie_a_quarter_of_the_way_to_others(tiny, monkeypatch):
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


def test_the_wall_hangs_as_its_seed_says(tiny):
    found, again = arithmetic.wall(5, 1), arithmetic.wall(5, 2)
    assert len(set(found["names"])) == 27 and found["names"] != arithmetic.wall(6, 1)["names"]
    assert [name.split(".")[0] for name in found["names"]] == [name.split(".")[0] for name in again["names"]]
    hung = opened(found["sheet"])
    assert hung.shape == (192, 576, 3)
    last = pieces.piece(found["names"][26])
    assert alike(hung[128:, 512:], picture(tiny[0], w_of(tiny[0], last)))
    assert not alike(hung[128:, 512:], hung[:64, :64])


def test_examples_take_those_of_the_surest_pictures_whose_mean_has_it_too(tiny):
    net, eye, _ = tiny

    def glasses(*seeds):
        each = [w_of(net, Piece(seed, 1, arithmetic.PERCENT)).flatten() for seed in seeds]
        w = torch.stack(each).mean(0, keepdim=True)
        return eye(net(w).clamp(-1, 1))["glasses"][0, 1].item()

    surest = sorted(range(arithmetic.POOL), key=glasses)[-arithmetic.LIKELY :]
    boxes = arithmetic.example("glasses", 1)
    found, threes = {one.seed for one in boxes[0]}, combinations(surest, 3)
    assert found <= set(surest)
    assert glasses(*found) == pytest.approx(max(glasses(*three) for three in threes), abs=1e-5)
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
