"""The search for a face: what goes in, what comes out at every step, and what is refused; with tiny networks."""

import base64
import inspect
import io
import json
import math

import pytest
import torch
from PIL import Image
from torch import nn

from core.complaint import Complaint
from core.images import to_url
from core.models.gan import Config, Generator
from core.models.staged import Staged
from core.seeing import pixels
from demos.gan import pieces, project
from demos.gan.project import MOST_STEPS, compute, hung, known, square


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    torch.manual_seed(1)
    net = Generator(Config(classes=3, z=8, w=8, depth=2, widths=(8,) * 5)).eval().requires_grad_(False)
    eye = Staged({name: nn.Conv2d(width, 4, 3, 2) for name, width in (("relu2_1", 3), ("relu3_1", 4))}).eval()
    monkeypatch.setattr(pieces, "has_bfloat16", lambda: False)  # references are exact
    monkeypatch.setattr(pieces, "forger", lambda *_: (net, {}))
    monkeypatch.setattr(project, "eye", lambda: eye.requires_grad_(False))
    monkeypatch.setattr(project, "kinds", lambda: ["A", "B", "C"])
    return net


def opened(url):
    return Image.open(io.BytesIO(base64.b64decode(url.split(",")[1])))


def test_every_step_is_told_and_every_third_is_kept():
    states = [*compute("astronaut", 7)]
    phases = [state["phase"] for state in states]
    assert phases == ["drawing"] * 8 + ["descending"] * 7 + ["done"]
    last = states[-1]
    assert [step for step, _ in last["frames"]] == [0, 3, 6, 7] and last["frames"][-1][1] == last["now"]
    assert [row[0] for row in last["curve"]] == [*range(8)] and last["curve"][-1][1] < last["curve"][0][1]
    assert [len(state["curve"]) for state in states[7:]] == [*range(9)]  # what was sent stays as it was
    target, found = pixels(opened(last["target"])), pixels(opened(last["now"]))
    assert last["off"] == pytest.approx(127.5 * (target - found).square().mean().sqrt().item(), abs=0.3)
    assert (last["numbers"], last["planned"], last["apart"]) == (8, 7, 0.0) and last["kind"] in "ABC"
    json.dumps(states)
    assert states == [*compute("astronaut", 7)]
    assert states != [*compute("astronaut", 7, seed=2)]


def test_with_a_w_for_every_size_they_drift_apart():
    *_, last = compute("cat", 4, True)
    first = next(state for state in compute("cat", 4, True) if state["curve"])
    assert last["numbers"] == 40 and first["apart"] == 0 < last["apart"]


def test_the_middle_square_is_looked_for():
    wide = Image.new("RGB", (300, 100), "red")
    wide.paste((0, 0, 255), (90, 0, 210, 100))  # the filter looks a little over the edge
    found = square(to_url(wide))
    assert found.size == (64, 64) and found.getcolors() == [(64 * 64, (0, 0, 255))]
    for size in ((1, 1), (1, 900), (900, 1)):
        assert square(to_url(Image.new("RGB", size, "green"))).size == (64, 64)


def test_a_forged_picture_is_looked_for_as_it_is(tiny):
    expected = pieces.image(pieces.pictures(pieces.styles([pieces.piece("7.1.70")]))[0])
    assert square("7.1.70").tobytes() == expected.tobytes()
    assert next(compute("7.1.70", 1))["target"] == to_url(expected)


def test_pictures_without_content_do_no_harm():
    for colour in ("black", "white"):
        *_, last = compute(to_url(Image.new("RGB", (1, 1), colour)), 2)
        assert last["phase"] == "done" and all(math.isfinite(x) for x in (last["off"], last["far"]))


SVG = "data:image/svg+xml;base64," + base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'/>").decode()
CUT = to_url(Image.effect_noise((90, 90), 50).convert("RGB"))[:900]
NAMES = ["", "nobody", "1.2", "1.9.70", "1.1.101", "-1.1.1", "x" * 10**5]
BAD = [None, 7, math.nan, ["cat"], *NAMES, "<svg></svg>", SVG, CUT, "data:image/png;base64,AAAA"]


@pytest.mark.parametrize("picture", BAD, ids=range(len(BAD)))
def test_other_pictures_are_refused_with_a_sentence(picture):
    with pytest.raises(Complaint) as caught:
        next(compute(picture))
    assert len(str(caught.value)) < 400 and caught.value.zh


@pytest.mark.parametrize("steps", [0, -1, 10**6, MOST_STEPS + 1, math.nan, math.inf, 1.5, "9", None, True])
def test_other_numbers_of_steps_are_refused(steps):
    with pytest.raises(Complaint, match="steps"):
        next(compute("cat", steps))


@pytest.mark.parametrize(("name", "value"), [("every_size", "yes"), ("every_size", 1), ("seed", -1), ("seed", "1")])
def test_other_settings_are_refused(name, value):
    with pytest.raises(Complaint):
        next(compute("cat", 5, **{name: value}))


def test_what_is_held_hangs_before_the_photographs():
    value = hung("7.1.70_3.2.0", "3.2.0")
    assert [row[0] for row in value["photos"]][:3] == ["7.1.70", "3.2.0", "cat"] and value["chosen"] == "3.2.0"
    assert hung("", "cat")["photos"][0][0] == "cat"
    assert (known("cat"), known("7.1.70")) == ("cat", "7.1.70")
    for name in ("own", "1.2.3.4", "", "data:image/png;base64,AAAA"):
        with pytest.raises(Complaint):
            known(name)


def test_a_client_can_read_what_it_is_for():
    assert inspect.isgeneratorfunction(compute)
    assert all(heading in inspect.getdoc(compute) for heading in ("Args:", "Yields:", "Raises:"))
