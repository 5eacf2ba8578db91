"""Draw a digit: what is drawn is read, in many hands; what cannot be read is said; all numbers are the network's."""

import base64
import io
import json
import time
from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from core import digits
from core.calibration import probabilities
from core.complaint import Complaint
from core.images import to_url
from demos.cnn.draw import compute

# Strokes on a paper of 200 x 200, drawn for this test only: "x,y x,y ..." each.
HANDS = {
    "0 round": ["100,32 62,46 44,100 60,152 100,168 142,150 156,100 140,48 100,32"],
    "0 narrow": ["104,30 84,60 78,110 90,160 106,170 122,150 128,100 120,50 102,30"],
    "0 tilted": ["120,30 80,60 60,110 66,160 92,172 130,140 148,90 142,48 118,30"],
    "1 bar": ["100,30 101,100 99,170"],
    "1 slanted": ["122,30 104,100 86,170"],
    "1 flag": ["72,66 104,32 104,168"],
    "1 flag and foot": ["74,64 102,34 102,166", "66,166 140,166"],
    "2 round": ["56,70 70,42 104,34 134,50 134,82 108,112 76,140 54,166 100,164 150,166"],
    "2 looped": ["58,62 84,36 124,40 136,74 108,114 72,152 54,160 60,144 84,146 110,162 148,158"],
    "2 flat": ["54,46 98,34 138,56 124,96 60,164", "60,164 146,162"],
    "3 round": ["56,50 92,32 132,48 130,80 94,96 134,112 142,142 108,168 56,156"],
    "3 flat": ["58,36 140,36 94,88 132,104 138,144 100,170 56,156"],
    "4 open": ["70,34 56,104 146,104", "124,50 120,170"],
    "4 closed": ["124,168 124,34 48,122 152,122"],
    "4 hand": ["80,36 60,112 150,108", "118,76 112,168"],
    "5 one line": ["140,34 74,36 66,88 112,82 144,112 134,152 94,170 54,158"],
    "5 with a roof": ["72,38 66,92 106,84 140,108 134,150 96,168 58,154", "72,38 142,34"],
    "6 curved": ["128,34 86,66 62,116 66,156 102,170 136,150 132,116 100,104 66,126"],
    "6 straight": ["104,30 70,100 62,148 92,172 128,158 126,122 92,112 66,136"],
    "7 plain": ["54,40 148,40 98,170"],
    "7 with a bar": ["56,42 146,38 102,168", "76,104 140,100"],
    "7 with a hook": ["56,60 58,38 146,40 112,100 100,168"],
    "8 one line": ["134,54 100,32 66,54 82,88 124,112 138,146 102,172 64,148 76,114 120,86 134,54"],
    "8 two rings": ["100,34 70,56 98,92 130,58 100,34", "98,92 60,132 98,170 140,134 98,92"],
    "9 straight": ["134,62 102,36 68,60 76,94 112,96 134,66 132,120 128,170"],
    "9 curved": ["136,66 100,34 64,64 82,98 124,90 138,62 134,120 112,162 68,166"],
}


def drawn(strokes, width=15, turn=0.0, grow=1.0, shift=(0, 0), ink="white", paper="black"):
    """A drawing of strokes as the page would send it: curves through the middles of the points, round ends."""
    image = Image.new("RGB", (560, 560), paper)
    pencil = ImageDraw.Draw(image)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    radius = width * 1.4
    for stroke in strokes:
        points = np.array([[float(v) for v in pair.split(",")] for pair in stroke.split()]) - 100
        points = (points * grow @ rotation.T + 100 + shift) * 2.8
        middles = (points[:-1] + points[1:]) / 2
        path = [points[0]]
        for a, b, c in zip(middles, points[1:-1], middles[1:], strict=False):
            path += [(1 - s) ** 2 * a + 2 * s * (1 - s) * b + s * s * c for s in np.linspace(0, 1, 12)]
        path.append(points[-1])
        for a, b in pairwise(path):
            for s in np.linspace(0, 1, 1 + int(np.hypot(*(b - a)) / 3)):
                x, y = a + s * (b - a)
                pencil.ellipse([x - radius, y - radius, x + radius, y + radius], fill=ink)
    return image.resize((280, 280), Image.Resampling.BOX)


@pytest.mark.parametrize("name", HANDS)
def test_digits_in_many_hands_are_read(name):
    ways = [
        {},
        dict(width=9),
        dict(width=22),
        dict(grow=0.5, shift=(30, -35)),
        dict(turn=0.15),
        dict(turn=-0.15),
        dict(ink="black", paper="white"),
        dict(ink="#2a4d8f", paper="#fdf6e3"),
    ]
    read = [compute(to_url(drawn(HANDS[name], **way)))["digit"] for way in ways]
    assert read == [int(name[0])] * len(ways)


def test_a_sure_answer_for_a_clean_digit():
    firsts = {name[0]: name for name in reversed(HANDS)}
    for name in firsts.values():
        assert compute(to_url(drawn(HANDS[name])))["p"][int(name[0])] > 0.9, name


def test_a_photograph_of_a_digit_on_paper():
    light = np.linspace(0.95, 0.6, 280)[None, :, None] * np.array([1.0, 0.97, 0.9])
    grain = np.random.RandomState(0).normal(1, 0.015, (280, 280, 1))
    for name in ("2 round", "4 closed", "7 with a bar", "8 two rings"):
        ink = np.asarray(drawn(HANDS[name], width=7, grow=0.8), float) / 255
        photo = Image.fromarray((light * grain * (1 - 0.7 * ink) * 255).clip(0, 255).astype(np.uint8))
        assert compute(to_url(photo, "jpeg"))["digit"] == int(name[0])


def test_all_that_is_sent_is_what_the_network_computed():
    found = compute(to_url(drawn(HANDS["5 one line"])))
    json.dumps(found)
    model, temperature = digits.reader()
    seen = np.frombuffer(base64.b64decode(found["seen"]["bytes"]), np.uint8).reshape(28, 28)
    x = torch.from_numpy(seen.astype(np.float32) / 255)[None, None]
    with torch.inference_mode():
        features = model.features(x)
        p = probabilities(model(x)[0], temperature)
    np.testing.assert_allclose(found["p"], p, atol=1e-4)
    assert sum(found["p"]) == pytest.approx(1, abs=1e-4)
    assert [layer["name"] for layer in found["layers"]] == list(features)
    for layer in found["layers"]:
        maps = layer["maps"]
        raw = np.frombuffer(base64.b64decode(maps["bytes"]), np.uint8).astype(float)
        meant = maps["low"] + raw / 255 * (maps["high"] - maps["low"])
        np.testing.assert_allclose(meant, features[layer["name"]].flatten(), atol=maps["high"] / 200)
        assert (np.abs(meant[raw == 127]) < 1e-9).all() and raw.max() <= 254
        assert maps["count"] == layer["channels"]
    conv = model.stages[found["layers"][0]["name"]]
    np.testing.assert_allclose(found["kernels"], conv.weight.flatten(), atol=1e-4)
    np.testing.assert_allclose(found["biases"], conv.bias, atol=1e-4)
    scores = np.exp(meant / found["temperature"])  # of the last layer, to a 127th of the largest
    np.testing.assert_allclose(scores / scores.sum(), found["p"], atol=0.05)


def test_one_answer_is_quick_and_small():
    address = to_url(drawn(HANDS["3 round"]))
    compute(address)
    times = []
    for _ in range(5):
        began = time.process_time()
        found = compute(address)
        times.append(time.process_time() - began)
    assert min(times) < 0.15
    assert len(json.dumps(found)) < 200_000


def test_the_sheet_of_the_network_is_small():
    assert (digits.FOLDER / digits.WEIGHTS).stat().st_size < 400_000
    assert (digits.FOLDER / digits.FILE).stat().st_size < 2_000_000


@pytest.mark.parametrize("paper", ["black", "white"])
def test_an_empty_canvas_is_said(paper):
    with pytest.raises(Complaint, match="Nothing is drawn"):
        compute(to_url(Image.new("RGB", (280, 280), paper)))


@pytest.mark.parametrize("bad", ["", None, 7, "hello", "data:image/png;base64,AAAA", "data:image/png;base64,@@@@"])
def test_what_is_no_drawing_is_refused(bad):
    with pytest.raises(Complaint):
        compute(bad)


def test_a_dot_a_line_and_a_full_sheet_are_answered():
    for box in ([140, 140, 140, 140], [0, 140, 279, 141], [0, 0, 279, 200]):
        image = Image.new("RGB", (280, 280))
        ImageDraw.Draw(image).rectangle(box, fill="white")
        assert sum(compute(to_url(image))["p"]) == pytest.approx(1, abs=1e-4)


def test_a_drawing_that_claims_too_many_pixels_is_refused():
    buffer = io.BytesIO()
    Image.new("1", (13_000, 13_000)).save(buffer, "png")
    with pytest.raises(Complaint):
        compute("data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode())
