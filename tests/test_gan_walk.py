"""Walks between held pictures, their animation, and style mixing, against brute force on a network that has learned
nothing."""

import base64
import io
import json

import numpy as np
import pytest
import torch
from PIL import Image

from core.complaint import Complaint
from core.gan import crossed, slerp
from demos.gan import walk
from demos.gan.pieces import noise, pictures, pieces, styles
from tests.test_gan_pieces import bytes_of, players  # noqa: F401  (a fixture)
from tests.test_gan_wall import cut

SAME, OTHER = "7.1.70_8.1.30", "7.1.70_23.0.100_41.0.70"


def frames(state):
    return cut(state | dict(hung=range(state["count"])))


def test_a_walk_of_one_design_goes_along_the_sphere(players):  # noqa: F811
    net, _ = players
    state = walk.compute(SAME, frames=10)
    json.dumps(state)
    assert (state["count"], state["stops"], state["ways"]) == (11, [0, 10], ["z"])
    (a, b), which = noise(pieces(SAME))
    w = [net.styled(slerp(a, b, i / 10)[None], which[:1], (70 - 4 * i) / 100) for i in range(11)]
    assert abs(frames(state) - bytes_of(pictures(torch.cat(w)))).max() <= 1
    half = slerp(a, b, 0.5)
    assert half @ (a / a.norm()) == pytest.approx((half @ (b / b.norm())).item(), abs=1e-5)


def test_a_walk_to_another_design_goes_through_w(players):  # noqa: F811
    state = walk.compute(OTHER, frames=8)
    assert state["ways"] == ["w", "z"] and state["stops"] == [0, 4, 8]
    a, b, _ = styles(pieces(OTHER))
    line = torch.stack([a + (b - a) * i / 4 for i in range(5)])
    assert abs(frames(state)[:5] - bytes_of(pictures(line))).max() <= 1


@pytest.mark.parametrize("round_trip", [False, True])
@pytest.mark.parametrize("held", [SAME, OTHER, "_".join(f"{seed}.{seed % 3}.80" for seed in range(6))])
def test_held_pictures_stand_at_the_stops(held, round_trip):
    state = walk.compute(held, frames=24, round_trip=round_trip)
    own = bytes_of(pictures(styles(pieces(held)))).astype(int)
    want = [*own, own[0]] if round_trip else own
    assert abs(frames(state)[state["stops"]] - np.stack(want)).max() <= 1
    assert len(state["ways"]) == len(want) - 1 and state["stops"][-1] == state["count"] - 1
    assert [row[0] for row in state["pieces"]] == [one.seed for one in pieces(held)]
    assert state == walk.compute(held, 24, round_trip)


def test_few_frames_still_pass_every_picture():
    held = "_".join(f"{seed}.0.80" for seed in range(6))
    assert walk.compute(held, frames=2)["stops"] == [0, 1, 2, 3, 4, 5]
    assert walk.compute(SAME)["count"] == 61 and walk.compute(SAME, 240)["count"] == 241


def test_the_animation_is_the_walk():
    made = walk.animation(SAME, frames=6)
    file = Image.open(io.BytesIO(base64.b64decode(made["data"])))
    assert (made["name"], file.format, file.size, file.n_frames, file.info["loop"]) == (
        "walk.gif",
        "GIF",
        (256, 256),
        7,
        0,
    )
    want, pauses = frames(walk.compute(SAME, frames=6)), []
    for i, one in enumerate(want):
        file.seek(i)
        pauses.append(file.info["duration"])
        shown = np.array(file.convert("RGB").resize((64, 64), Image.Resampling.BOX)).astype(int)
        assert abs(shown - one).mean() < 12
    assert pauses == [walk.REST, *[walk.PACE] * 5, walk.REST]
    assert Image.open(io.BytesIO(base64.b64decode(walk.animation(SAME, 6, True)["data"]))).n_frames == 6


def test_mixing_has_every_choice_and_the_cuts_among_them(players):  # noqa: F811
    net, _ = players
    state = walk.mix(SAME)
    assert state["sizes"] == [4, 8, 16, 32, 64] and state == walk.mix(SAME + "_1.1.1")
    shown = cut(state | dict(hung=range(32)))
    a, b = styles(pieces(SAME)).split(1)
    for at in range(6):
        for number, pair in (((1 << at) - 1, (a, b)), (31 ^ (1 << at) - 1, (b, a))):
            want = bytes_of(net(crossed(*pair, 5, at)))[0]
            assert abs(shown[number] - want).max() <= 1
    only = torch.stack([b, a, b, b, a], 1)  # 2 + 16
    assert abs(shown[18] - bytes_of(net(only))[0]).max() <= 1
    assert len({one.tobytes() for one in shown}) == 32


@pytest.mark.parametrize("fn", [walk.compute, walk.animation, walk.mix])
@pytest.mark.parametrize(
    "held", ["", "7.1.70", "7.1.70_7.1.70", "7.1.70_x", "7.3.70_8.1.70", None, 7, True, ["7.1.70"]]
)
def test_bad_pieces_get_one_sentence(fn, held):
    with pytest.raises(Complaint) as caught:
        fn(held)
    assert "\n" not in caught.value.en and caught.value.zh


@pytest.mark.parametrize("fn", [walk.compute, walk.animation])
@pytest.mark.parametrize(
    "wishes",
    [dict(frames=frames) for frames in (0, 1, -5, 241, 10**6, 3.5, float("nan"), "60", None, True)]
    + [dict(round_trip=one) for one in ("yes", 1, None, 0.0)],
    ids=str,
)
def test_bad_settings_get_one_sentence(fn, wishes):
    with pytest.raises(Complaint) as caught:
        fn(SAME, **wishes)
    assert "\n" not in caught.value.en and caught.value.zh
