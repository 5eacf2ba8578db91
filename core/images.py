"""The one door through which pictures come in, and how they travel to the page and back.

A file is judged by its header before a pixel of it is decoded: a few kilobytes may claim hundreds of megapixels.
"""

import base64
import binascii
import io
import struct
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from core.complaint import Complaint

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MOST_BYTES = 6_000_000
MOST_PIXELS = 50_000_000
EXACT = dict(lossless=True, quality=0, method=0)
"""Settings of WebP: not a bit lost, and quick."""
SIDE = 1024
"""Longest side of a picture that is worked with; larger ones are scaled down."""


@dataclass(frozen=True)
class Picture:
    """image: RGB, upright, no side above SIDE. notes: what was done to it that a person should know, (en, zh) each."""

    image: Image.Image
    notes: tuple[tuple[str, str], ...] = ()


def opened(data: bytes, side: int = SIDE) -> Picture:
    """A picture file as an upright RGB image with no side above `side`. See-through parts become white; of an
    animation the first frame is taken.

    Raises:
        Complaint: too many bytes or pixels, not a picture of the known kinds, or broken off.
    """
    if len(data) > MOST_BYTES:
        raise Complaint(
            f"The file has {len(data) / 1e6:.1f} MB; at most {MOST_BYTES / 1e6:.0f} MB are taken.",
            f"文件有 {len(data) / 1e6:.1f} MB，最多 {MOST_BYTES / 1e6:.0f} MB。",
        )
    try:
        with warnings.catch_warnings():
            # the limit below is stricter than the library's, and what it would warn of is mended or refused here
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            width, height = image.size
            if width * height > MOST_PIXELS:
                raise _too_large(width, height)
            frames = getattr(image, "n_frames", 1) if image.format in ("GIF", "WEBP", "PNG") else 1
            image.draft("RGB", (side, side))  # JPEG files can be decoded at half or quarter size
            image.load()
            image = ImageOps.exif_transpose(image)
    except Image.DecompressionBombError:
        raise Complaint(
            f"The picture claims more pixels than the {MOST_PIXELS // 1_000_000} megapixels that are taken.",
            f"这张图片声称的像素超过了上限 {MOST_PIXELS // 1_000_000} 百万像素。",
        ) from None
    except UnidentifiedImageError:
        raise Complaint(
            "This is not a picture that can be read here: PNG, JPEG, WebP, GIF, BMP or TIFF.",
            "这不是能识别的图片：请用 PNG、JPEG、WebP、GIF、BMP 或 TIFF。",
        ) from None
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, MemoryError) as error:
        if isinstance(error, Complaint):
            raise
        raise Complaint("The picture file is broken or was cut off.", "图片文件已损坏或不完整。") from None
    notes = []
    if frames > 1:
        notes.append((f"An animation of {frames} frames: the first is used.", f"动图共 {frames} 帧，只用第一帧。"))
    image = plain(image)
    if max(image.size) > side:
        image = image.resize(fitted(image.size, side), Image.Resampling.LANCZOS)
    if max(width, height) > side:
        notes.append(
            (
                f"{width} × {height} pixels, scaled down to {image.width} × {image.height}.",
                f"{width} × {height} 像素，已缩小为 {image.width} × {image.height}。",
            )
        )
    return Picture(image, tuple(notes))


def plain(image: Image.Image) -> Image.Image:
    """Any mode as RGB: 16 bits to 8, see-through parts onto white. Raises Complaint for pixels that are fractions."""
    if image.mode.startswith("I"):
        values = np.asarray(image).astype(np.int64)  # (height, width), 16 bits whatever the mode says
        image = Image.fromarray((values.clip(0, 65_535) >> 8).astype(np.uint8))
    if image.mode == "F":
        raise Complaint(
            "Pictures with fractional pixels are not taken; save it with 8 or 16 bits.",
            "不支持浮点像素的图片，请存为 8 位或 16 位。",
        )
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image)
    return image.convert("RGB")


def fitted(size: tuple[int, int], side: int) -> tuple[int, int]:
    """`size` scaled so that its longer side is `side`; no side becomes 0."""
    scale = side / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def from_url(url: str) -> bytes:
    """The bytes of a `data:image/...;base64,...` address, as the page sends pictures.

    Raises:
        Complaint: anything else, or more than MOST_BYTES.
    """
    head, comma, body = url.partition(",") if isinstance(url, str) else ("", "", "")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        raise Complaint("There is no picture.", "没有图片。")
    if len(body) > MOST_BYTES * 4 // 3 + 4:
        raise Complaint(
            f"The file has {len(body) * 3 / 4e6:.1f} MB; at most {MOST_BYTES / 1e6:.0f} MB are taken.",
            f"文件有 {len(body) * 3 / 4e6:.1f} MB，最多 {MOST_BYTES / 1e6:.0f} MB。",
        )
    if "svg" in head:
        raise Complaint(
            "SVG is a drawing in words, not in pixels; save it as PNG first.",
            "SVG 是矢量图而不是像素图，请先存为 PNG。",
        )
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise Complaint("The picture did not arrive whole.", "图片没有完整传到。") from None


def to_url(image: Image.Image, kind: str = "png") -> str:
    """An image as a `data:` address, as "png" (exact, for files), "webp" (exact, three times as quick, for the page) or
    "jpeg" (small)."""
    buffer, ways = io.BytesIO(), dict(png=dict(compress_level=3), jpeg=dict(quality=88), webp=EXACT)
    image.save(buffer, kind, **ways[kind])
    return f"data:image/{kind};base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def packed(maps: NDArray, low: float | None = None, high: float | None = None) -> dict:
    """Maps of numbers for the page: one byte each, with the scale they stand for.

    Args:
        maps: (count, height, width), any range, finite.
        low, high: what bytes 0 and 255 stand for; by default the least and the greatest number of all maps.

    Returns:
        count, height, width, low, high, bytes (base64, row by row).
    """
    low = float(maps.min()) if low is None else low
    high = float(maps.max()) if high is None else high
    scaled = (maps - low) / (high - low) if high > low else np.zeros_like(maps)
    count, height, width = maps.shape
    return dict(
        count=count,
        height=height,
        width=width,
        low=low,
        high=high,
        bytes=base64.b64encode((scaled.clip(0, 1) * 255).round().astype(np.uint8).tobytes()).decode("ascii"),
    )


def _too_large(width: int, height: int) -> Complaint:
    return Complaint(
        f"The picture has {width:,} × {height:,} pixels; at most {MOST_PIXELS // 1_000_000} megapixels are taken.",
        f"图片有 {width:,} × {height:,} 像素，最多 {MOST_PIXELS // 1_000_000} 百万像素。",
    )
