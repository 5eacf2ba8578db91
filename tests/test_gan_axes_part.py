"""Named axes and asking on tiny networks: against brute force, and what is wrong in one sentence."""

import base64
import io
import json
import math

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
from core.projecting import frame
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
    for made in (arithmetic.wall, arithmetic.pool, arithmetic.best):
        made.cache_clear()
    yield net, eye, entry
    for made in (arithmetic.wall, arithmetic.pool, arithmetic.best):
        made.cache_clear()


def w_of(net, piece: Piece) -> torch.Tensor:
    z = torch.randn(NET.z, generator=torch.Generator().manual_seed(piece.seed))
    return net.styled(z[None], torch.tensor([piece.kind]), piece.percent / 100)


def gone(w: torch.Tensor, way: torch.Tensor) -> torch.Tensor:
    """w after a way that is gone before the mapping's last layer bends it, written out."""
    gain = (2 / 1.04) ** 0.5
    x = w / gain * torch.where(w < 0, 5.0, 1.0) + way
    return gain * torch.where(x < 0, 0.2 * x, x)


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
    assert near(opened(found["url"]), picture(net, gone(w, first - 0.5 * third)))
    assert not near(opened(found["url"]), opened(found["before"]))
    assert found["changes"] == {"glasses": 1.0, "beard": -0.5} and found["text"] == "glasses:1,beard:-0.5"
    assert found["held"] == "7.1.70"
    json.dumps(found)


def test_what_the_reader_says_before_and_after(tiny):
    net, eye, entry = tiny
    found = axes.compute("7.1.70", {"glasses": 1.5, "beard": 1.5})
    w = w_of(net, Piece(7, 1, 70))
    ways = {axis["name"]: torch.tensor(axis["direction"][1]) for axis in entry["axes"]}
    old, new = (eye(net(at).clamp(-1, 1)) for at in (w, gone(w, 1.5 * ways["glasses"] + 1.5 * ways["beard"])))
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
        w = gone(net.styled(other, torch.tensor([0]), 0.7), 0.5 * torch.tensor(entry["axes"][0]["direction"][0]))
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


def test_a_bald_head_is_not_blamed_for_the_colour_of_its_hair(tiny):
    entry, one = tiny[2], Piece(7, 0, 70)
    colour = dict(
        column="hair colour", values=["black", "red"], colours=["", ""], designs=[0], obeyed=99.0, chance=50.0
    )
    entry["wishes"][1] = colour
    for hair in ("none", "short", "long"):
        found = axes.compute(one.name, None, {"hair": hair})["wishes"]
        assert [row["column"] for row in found] == ["hair colour", "hair"]  # what is obeyed most often comes first
        assert [bool(row["moot"]) for row in found] == [hair == "none", False]
    assert asks.moot("hair colour", {}) is None


def test_how_far_out_is_told_and_noise_alone_is_never_too_far(tiny):
    net, _, entry = tiny
    for name in ("7.1.100", "7.1.0", "9.2.60"):
        still, asked = axes.compute(name), axes.compute(name, None, {"hair": "none"})
        assert not still["beyond"] and not asked["beyond"]
    one = Piece(7, 1, 100)
    w, way = w_of(net, one), torch.tensor(entry["axes"][0]["direction"][1])
    place = frame(net, 1, torch.Generator().manual_seed(1))
    for amount in (0.5, 1.5):
        found = axes.compute(one.name, {"glasses": amount})
        expected = place.v(gone(w, amount * way)).square().mean().sqrt().item()
        assert found["far"]["now"] == pytest.approx(expected, abs=0.01)
        assert found["beyond"] == (found["far"]["now"] > found["far"]["most"])
    z = torch.randn(300, NET.z, generator=torch.Generator().manual_seed(5))
    usual = axes.distance(place, net.styled(z, torch.ones(300, dtype=torch.long), torch.rand(300, 1)))
    assert (usual <= found["far"]["most"]).double().mean() > 0.98
    for axis in entry["axes"]:
        axis["direction"] = [[9.0] * 8] * 3
    assert axes.compute(one.name, {"glasses": 1.5})["beyond"] and not axes.compute(one.name, {"glasses": 0.0})["beyond"]


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
