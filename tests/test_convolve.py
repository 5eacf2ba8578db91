"""The part of the kernel: what it computes, what it refuses, and its settings as text."""

import base64
import io
import json
import math

import numpy as np
import pytest
from PIL import Image

from core.complaint import Complaint
from core.convolution import KERNELS
from core.images import to_url
from demos.cnn import convolve

SOBEL = [list(row) for row in KERNELS["sobel_x"]]


def unpacked(maps):
    """(height, width) numbers that packed bytes stand for."""
    data = np.frombuffer(base64.b64decode(maps["bytes"]), np.uint8).reshape(maps["height"], maps["width"])
    return maps["low"] + data / 255 * (maps["high"] - maps["low"])


def step_picture():
    """A picture of 12 x 10 pixels, 50 on the left half and 200 on the right."""
    pixels = np.full((10, 12, 3), 50, np.uint8)
    pixels[:, 6:] = 200
    return to_url(Image.fromarray(pixels))


def test_a_step_becomes_an_edge():
    result = convolve.compute(step_picture(), SOBEL, padding=0, scale="range")
    edge = np.zeros((8, 10))
    edge[:, 4:6] = 4 * 150
    np.testing.assert_allclose(unpacked(result["output"]), edge, atol=1e-9)
    assert unpacked(result["input"])[0].tolist() == [50.0] * 6 + [200.0] * 6
    assert result["ranges"] == {"convolved": [0.0, 600.0]}
    json.dumps(result, allow_nan=False)


def test_all_stages_and_their_ranges():
    result = convolve.compute(step_picture(), [[0] * 3, [1, 0, -1], [0] * 3], 1, 0, 20, True, "mean", "zero")
    assert result["ranges"] == {"convolved": [-130.0, 20.0], "rectified": [0.0, 20.0], "pooled": [0.0, 20.0]}
    assert (result["output"]["height"], result["output"]["width"]) == (4, 5)
    assert result["output"]["low"] == -130 and result["output"]["high"] == 130


@pytest.mark.parametrize(
    ("name", "shown"), [("sobel_x", "zero"), ("laplacian", "zero"), ("emboss", "pixels"), ("blur", "pixels")]
)
def test_the_scale_that_fits(name, shown):
    result = convolve.compute(kernel=KERNELS[name])
    assert result["shown"] == shown
    assert 0 <= result["clipped"] < 0.1
    assert convolve.compute(kernel=[[1, 1, 1]] * 3)["shown"] == "range"


def test_the_share_that_is_clipped_is_true():
    result = convolve.compute(step_picture(), [[0] * 3, [0, 2, 0], [0] * 3], scale="pixels")
    assert result["clipped"] == 0.5 and result["ranges"]["convolved"] == [100.0, 400.0]


def test_at_most_320_pixels_and_the_spot_lies_inside():
    pixels = np.zeros((40, 700, 3), np.uint8)
    pixels[16:24, 460:500:2] = 255
    result = convolve.compute(to_url(Image.fromarray(pixels)), SOBEL)
    assert (result["input"]["width"], result["input"]["height"]) == (320, 18)
    assert convolve.compute(step_picture())["spot"] == [0, 0]
    rows, columns = result["spot"]
    assert rows + 8 <= 18 and 200 <= columns <= 230


WRONG = [
    dict(kernel=[[1, 2, 3]] * 2),
    dict(kernel=[[1, 2]] * 3),
    dict(kernel=[1] * 9),
    dict(kernel="sobel"),
    dict(kernel=None),
    dict(kernel={}),
    dict(kernel=[[1, 2, "3"]] * 3),
    dict(kernel=[[1, 2, True]] * 3),
    dict(kernel=[[1, 2, math.nan]] * 3),
    dict(kernel=[[1, 2, math.inf]] * 3),
    dict(kernel=[[1, 2, 1e300]] * 3),
    dict(kernel=[[1, 2, 10**30]] * 3),
    dict(kernel=[[1, 2, None]] * 3),
    dict(stride=0),
    dict(stride=4),
    dict(stride=1.5),
    dict(stride="1"),
    dict(padding=-1),
    dict(padding=2),
    dict(bias=math.nan),
    dict(bias=1001),
    dict(bias="0"),
    dict(relu="yes"),
    dict(relu=1),
    dict(relu=None),
    dict(pool="min"),
    dict(pool=None),
    dict(scale="heat"),
    dict(picture="no such"),
    dict(picture=None),
    dict(picture="data:text/html;base64,AAAA"),
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_complaints(wrong):
    with pytest.raises(Complaint) as error:
        convolve.compute(**wrong)
    assert len(error.value.en) < 250 and error.value.zh


def test_a_picture_too_small_for_the_kernel():
    buffer = io.BytesIO()
    Image.new("RGB", (2, 2)).save(buffer, "png")
    tiny = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
    assert convolve.compute(tiny, padding=1)["output"]["width"] == 2
    for settings in (dict(padding=0), dict(padding=1, stride=2, pool="max")):
        with pytest.raises(Complaint, match="too small"):
            convolve.compute(tiny, **settings)


def test_settings_as_text_and_back():
    for text in (convolve.FIRST, "blur/2/0/-12.5/relu/max/range", "0,1,0.5,0,-3,0,0,0,0/3/1/0/linear/mean/zero"):
        assert convolve.checked(text) == text
    result = convolve.compute(**convolve.read(convolve.FIRST))
    assert result["kernel"] == SOBEL and convolve.written(result) == convolve.FIRST


@pytest.mark.parametrize(
    "text",
    ["", "sobel_x", "1,2,3/1/1/0/linear/none/auto", "sobel_x/9/1/0/linear/none/auto", "<b>/1/1/0/relu/none/auto"],
)
def test_hostile_settings_in_an_address(text):
    with pytest.raises(ValueError):
        convolve.checked(text)
