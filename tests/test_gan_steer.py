"""Steering a forged picture, on tiny networks: the stream, the second look, and everything wrong in one sentence."""

import json
import math

import pytest
import torch

from core import steering
from core.complaint import Complaint
from core.gan import Reader
from core.models.gan import Config, Discriminator, Generator, JudgeConfig
from core.models.small_cnn import Config as NetworkConfig
from core.models.small_cnn import SmallCNN
from core.models.small_cnn import read as layers
from core.steering import enlarged, shaken
from demos.avatars import avatars
from demos.gan import arithmetic, pieces, steer
from demos.wording import labels
from weights.recipes.gan_data import COLUMNS

NET = Config(classes=3, z=8, w=8, depth=2, widths=(8, 8, 8, 8, 8))


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    """Forger, detective, reader and a classifier of 1,000 classes, that have learned nothing."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        net = Generator(NET).eval().requires_grad_(False)
        net.centre(torch.Generator().manual_seed(2), 200)
        jury = Discriminator(JudgeConfig(3, 2, (8, 8, 8, 8), 8)).eval().requires_grad_(False)

        def look(classes):
            size = NetworkConfig(layers("conv 8 5 4, relu, maxpool 4"), classes, 3, 64)
            return SmallCNN(size).eval().requires_grad_(False)

        eye = Reader(look(sum(map(len, COLUMNS.values()))), {name: list(values) for name, values in COLUMNS.items()})
        rough = look(1000)
        for parameter in eye.network.stages["scores"].parameters():
            parameter.mul_(5)  # a reader with opinions: a copy is not the picture
    monkeypatch.setattr(pieces, "has_bfloat16", lambda: False)  # references are exact
    monkeypatch.setattr(pieces, "forger", lambda *_: (net, {}))
    monkeypatch.setattr(pieces, "judge", lambda *_: (jury, {}))
    for module in (arithmetic, steer):
        monkeypatch.setattr(module, "reader", lambda: eye)
    steer.steady.cache_clear()
    monkeypatch.setattr(steer, "network", lambda _: lambda x: rough(x[..., ::3, ::3][..., :64, :64]))
    monkeypatch.setattr(steer, "SIDE", 192)
    yield net, jury, eye, rough
    steer.steady.cache_clear()  # what a reader without learning says is nobody else's


def test_the_reader_comes_to_say_what_is_wanted(tiny):
    _, jury, eye, _ = tiny
    states = [*steer.compute("7.1.70_3.0.50", attribute="background", value="lemon", stay=0.0, steps=30)]
    frames = states[-1]["frames"]
    assert [len(state["frames"]) for state in states] == [*range(1, 32)]
    assert [state["phase"] for state in states] == ["running"] * 30 + ["done"]
    assert frames[-1]["p"] > frames[0]["p"] and frames[0]["distance"] == 0 < frames[-1]["distance"]
    assert states[0]["held"] == "7.1.70" and states[0]["title"] == ["background: lemon", "背景: 柠檬黄"]
    assert states[0]["number"] == COLUMNS["background"].index("lemon")
    w = pieces.styles([pieces.piece("7.1.70")])
    first = pieces.pictures(w)
    column, which = "background", states[0]["number"]
    assert frames[0]["p"] == pytest.approx(eye(first)[column][0, which].item(), abs=2e-4)
    assert frames[0]["copy"] == pytest.approx(eye(shaken(first))[column][0, which].item(), abs=2e-4)
    assert abs(frames[0]["copy"] - frames[0]["p"]) > 1e-3 and frames[0]["copy_url"] != frames[0]["url"]
    assert frames[0]["score"] == pytest.approx(jury(first, torch.tensor([1])).item(), abs=2e-3)
    assert frames[0]["also"] == [[], []] and frames[0]["url"] == pieces.url(first[0])
    assert sum(row[3] for row in frames[-1]["says"]) == pytest.approx(1, abs=1e-2)
    assert frames[-1]["says"] == sorted(frames[-1]["says"], key=lambda row: -row[3])
    json.dumps(states[-1])


def test_each_frame_has_the_verdict_of_its_own_numbers():
    *_, state = steer.compute("7.1.70", attribute="glasses", value="none", stay=0.0, steps=8)
    first = tuple(state["frames"][0][key] for key in ("p", "copy"))
    for frame in state["frames"]:
        key = steering.verdict(first, (frame["p"], frame["copy"]))
        assert frame["verdict"] == key and frame["sentence"][0].startswith("The reader sa")


def test_what_else_changed_is_told(monkeypatch):
    said = []
    real = arithmetic.told
    monkeypatch.setattr(steer, "told", lambda pictures: said.append(real(pictures)[0]) or real(pictures))
    *_, state = steer.compute("7.1.70", attribute="mouth", value="sad", stay=0.0, steps=120)
    old, new = said[0], said[-1]
    expected = [
        [a["name"][0], a["says"][0], b["says"][0]] for a, b in zip(old, new, strict=True) if a["value"] != b["value"]
    ]
    assert state["frames"][-1]["also"][0] == expected


def test_the_classifier_of_1000_classes(tiny):
    rough = tiny[3]
    states = [*steer.compute("7.1.70", "imagenet", number=281, stay=0.0, steps=20)]
    frames = states[-1]["frames"]
    assert frames[-1]["p"] >= frames[0]["p"] and states[0]["number"] == 281 and len(frames[0]["says"]) == 5
    first = pieces.pictures(pieces.styles([pieces.piece("7.1.70")]))
    p = rough(enlarged(first, 192)[..., ::3, ::3]).softmax(1)[0]
    assert frames[0]["p"] == pytest.approx(p[281].item(), abs=2e-4)
    assert frames[0]["says"][0][0] == int(p.argmax())
    assert "ImageNet" in frames[0]["sentence"][0]


def test_the_same_again_and_no_network_learns(tiny):
    runs = [[*steer.compute("9.2.100", stay=0.3, steps=5)] for _ in range(2)]
    assert runs[0] == runs[1]
    for net in (*tiny[:2], tiny[2].network, tiny[3]):
        assert all(parameter.grad is None and not parameter.requires_grad for parameter in net.parameters())


def test_a_price_keeps_it_near_home():
    far, near = ([*steer.compute("7.1.70", stay=stay, steps=40)][-1]["frames"][-1]["distance"] for stay in (0.0, 10.0))
    assert near < far


@pytest.mark.parametrize(
    "wrong",
    [
        dict(held=None), dict(held=""), dict(held="garbage"), dict(held="7.1.70.1"), dict(held=7), dict(held="7.3.70"),
        dict(who="judge"), dict(who=None), dict(who=3),
        dict(attribute="wings"), dict(attribute=None), dict(attribute=["glasses"]), dict(value="monocle"),
        dict(value=1), dict(attribute="background", value="glasses"),
        dict(who="imagenet", number=1000), dict(who="imagenet", number=-1), dict(who="imagenet", number="cat"),
        dict(who="imagenet", number=math.nan), dict(who="imagenet", number=1.5), dict(who="imagenet", number=True),
        dict(steps=0), dict(steps=10**6), dict(steps=121), dict(steps=-3), dict(steps=math.inf), dict(steps="many"),
        dict(steps=2.5), dict(stay=math.nan), dict(stay=-0.1), dict(stay=10.1), dict(stay="0.1"), dict(stay=None),
    ],
    ids=str,
)  # fmt: skip
def test_wishes_that_cannot_be(wrong):
    with pytest.raises(Complaint):
        next(steer.compute(**wrong))


def test_wishes_offered_are_those_the_reader_knows():
    offered = [key for _, key in steer.goals()]
    assert offered == [f"{column}={value}" for column, values in COLUMNS.items() for value in values]
    assert steer.GOAL in offered
    for label, key in steer.goals():  # each in one language, whichever the page speaks
        names = labels()[label.key]
        assert all(": " in name and " · " not in name for name in names), key


def test_genuine_pictures_tell_what_a_copy_is_worth():
    eye, pictures = steer.reader(), avatars("held").pictures
    told = 0
    for which in range(len(eye.columns["background"])):
        seen = kept = 0
        for at in range(0, len(pictures), 64):
            if seen >= steer.GENUINE:
                break
            for picture in pictures[at : at + 64]:
                shown = picture[None].float() / 127.5 - 1
                if eye(shown)["background"][0, which] > 0.5:
                    seen += 1
                    kept += bool(eye(shaken(shown))["background"][0, which] > 0.5)
        share = steer.steady("background", which)
        assert share == (pytest.approx(kept / seen, abs=0.011) if seen else None)  # batches sum in another order
        told += bool(seen)
    assert told
