"""The door for pictures: what comes in upright and plain, and what is turned away with which sentence."""

import base64
import io
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from core.complaint import Complaint
from core.images import MOST_BYTES, SIDE, from_url, opened, packed, to_url


def coded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def gradient(width: int = 40, height: int = 30) -> Image.Image:
    values = np.zeros((height, width, 3), dtype=np.uint8)
    values[..., 0] = np.arange(width) * 255 // (width - 1)
    values[..., 1] = (np.arange(height) * 255 // (height - 1))[:, None]
    return Image.fromarray(values)


def test_an_rgb_picture_comes_in_unchanged():
    image = gradient()
    found = opened(coded(image))
    assert found.notes == ()
    np.testing.assert_array_equal(np.asarray(found.image), np.asarray(image))


def test_sixteen_bits_become_eight():
    deep = Image.fromarray((np.arange(0, 65_536, 1024, dtype=np.uint16)).reshape(8, 8))
    values = np.asarray(opened(coded(deep)).image)
    np.testing.assert_array_equal(values[..., 0], np.arange(0, 256, 4).reshape(8, 8))
    assert (values[..., 0] == values[..., 2]).all()


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "1"])
def test_other_modes_become_rgb(mode):
    found = opened(coded(gradient().convert(mode), "TIFF")).image
    assert found.mode == "RGB"
    assert found.size == (40, 30)


def test_see_through_parts_become_white():
    image = gradient().convert("RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    assert (np.asarray(opened(coded(image)).image) == 255).all()
    palette = Image.new("P", (4, 4), 1)
    palette.putpalette([0, 0, 0, 200, 10, 10])
    assert (np.asarray(opened(coded(palette, "PNG", transparency=1)).image) == 255).all()


def test_a_phones_photo_is_turned_upright():
    image = gradient()
    tags = Image.Exif()
    tags[274] = 6  # the camera was held on its side
    found = opened(coded(image, "PNG", exif=tags)).image
    assert found.size == (30, 40)
    np.testing.assert_array_equal(np.asarray(found), np.rot90(np.asarray(image), -1))


def test_an_animation_gives_its_first_frame_and_says_so():
    red, blue = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    found = opened(coded(red, "GIF", save_all=True, append_images=[blue]))
    assert found.image.getpixel((3, 3)) == (255, 0, 0)
    assert "2 frames" in found.notes[0][0]
    assert "2 帧" in found.notes[0][1]


@pytest.mark.parametrize(
    ("size", "after"), [((1, 1), (1, 1)), ((10_000, 10), (SIDE, 1)), ((3000, 1500), (SIDE, SIDE // 2))]
)
def test_any_shape_is_taken_and_large_ones_are_scaled_down(size, after):
    found = opened(coded(Image.new("RGB", size, "green")))
    assert found.image.size == after
    assert bool(found.notes) == (max(size) > SIDE)


def png_claiming(width: int, height: int) -> bytes:
    """A tiny PNG that unpacks to width * height black pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    packer, body = zlib.compressobj(9), b""
    for _ in range(height):
        body += packer.compress(bytes(1 + (width + 7) // 8))
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body + packer.flush()) + chunk(b"IEND", b"")


MEMORY = """
import resource, sys
from core.complaint import Complaint
from core.images import opened
def most(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
bomb = sys.stdin.buffer.read()
try:
    opened(bomb[:40])
except Complaint:
    pass
before = most()
try:
    opened(bomb)
except Complaint as error:
    print(most() - before, error.en)
"""


def test_a_bomb_is_refused_before_it_is_decoded():
    bomb = png_claiming(13_000, 13_000)
    assert len(bomb) < 100_000
    done = subprocess.run([sys.executable, "-c", MEMORY], input=bomb, capture_output=True, check=True)
    grown, _, told = done.stdout.decode().partition(" ")
    assert "13,000 × 13,000" in told
    assert int(grown) < 5_000  # kilobytes of the whole process, what Pillow takes for itself included
    with pytest.raises(Complaint, match="megapixels"):
        opened(png_claiming(60_000, 6_000))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_file_that_was_cut_off_is_refused(kind):
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (80, 80, 3), dtype=np.uint8))
    whole = coded(noise, kind)
    with pytest.raises(Complaint, match=r"broken|cut off|not a picture"):
        opened(whole[: len(whole) // 2])


@pytest.mark.parametrize(
    "data", [b"", b"hello, this is text", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7"]
)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(Complaint, match="not a picture"):
        opened(data)


def test_addresses():
    image = gradient()
    assert from_url(to_url(image)) == coded(image, "PNG", compress_level=3)
    for url, reason in (
        ("data:image/png;base64,@@@@", "whole"),
        ("data:image/svg+xml;base64,PHN2Zy8+", "SVG"),
        ("https://example.org/cat.png", "no picture"),
        ("data:image/png,abc", "no picture"),
        (None, "no picture"),
        ("data:image/png;base64," + "A" * (MOST_BYTES * 4 // 3 + 8), "at most 6 MB"),
    ):
        with pytest.raises(Complaint, match=reason):
            from_url(url)


def test_packed_maps_come_back_within_half_a_step():
    maps = np.random.default_rng(2).normal(size=(3, 5, 7))
    made = packed(maps)
    values = np.frombuffer(base64.b64decode(made["bytes"]), np.uint8).reshape(3, 5, 7)
    back = made["low"] + values / 255 * (made["high"] - made["low"])
    assert np.abs(back - maps).max() <= (made["high"] - made["low"]) / 510 + 1e-9
    assert set(base64.b64decode(packed(np.ones((1, 2, 2)))["bytes"])) == {0}
