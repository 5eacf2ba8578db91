"""What the parts of this tab share: paintings and photographs as tensors, the network that compares them, the painters
that have been trained."""

from functools import lru_cache
from typing import Any

import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn.functional import interpolate

from core import painting, weights
from core.complaint import Complaint
from core.gatys import reflecting
from core.gram import STYLE, content_loss, grams, style_loss
from core.images import Picture, fitted, from_url, opened, to_url
from core.models.anyone import described
from core.models.vgg import VGG
from core.seeing import pixels
from demos.paintings import paintings
from demos.pictures import LARGE, LONGEST_NAME, find, wall

EYE = "vgg16_relu4_1.safetensors"
FIRST, FIRST_STYLE = "china", "auvers"
STROKES = 384
"""Longer side of a painting when its style is taken, as when the painters learned."""
MEASURED = 256
"""Longer side of pictures whose losses are measured."""
LEAST = 32
"""Pixels that the shorter side of a style must have: below there is no stroke to be seen."""
SIDES = (256, 384, 512, 768, 1024)


def eye() -> VGG:
    """The network that compares, pooling means, with black borders: the one of the cards."""
    return _eyes()[0]


def reflecting_eye() -> VGG:
    """The same, with reflected borders: the one that paints."""
    return _eyes()[1]


@lru_cache
@torch.inference_mode(False)  # whoever asks first may be in inference mode, and gradients are wanted later
def _eyes() -> tuple[VGG, VGG]:
    tensors, _ = weights.read(EYE)
    both = [weights.fill(VGG("mean"), tensors, EYE).to(memory_format=torch.channels_last) for _ in range(2)]
    for one, other in zip(both[0].parameters(), both[1].parameters(), strict=True):
        other.data = one.data
    return both[0], reflecting(both[1])


def manner(style: str) -> Picture:
    """A painting by its name, or by its own bytes.

    Args:
        style: a key of `demos.paintings.paintings()`, or a `data:image/...;base64,...` address.

    Raises:
        Complaint: an unknown name, whatever `core.images` has against the picture, or fewer than LEAST pixels.
    """
    if not isinstance(style, str):
        raise Complaint("There is no painting.", "没有画作。")
    return _manner(style)


@lru_cache(maxsize=24)
def _manner(style: str) -> Picture:
    if style in paintings():
        return opened(paintings()[style].path.read_bytes())
    if len(style) <= LONGEST_NAME and not style.startswith("data:"):
        raise Complaint(
            f"There is no painting {style!r} here; there are {', '.join(paintings())}.",
            f"这里没有名为 {style!r} 的画作；有 {'、'.join(paintings())}。",
        )
    found = opened(from_url(style))
    if min(found.image.size) < LEAST:
        raise Complaint(
            f"The style picture has {found.image.width} × {found.image.height} pixels; a style needs {LEAST} at least.",
            f"风格图只有 {found.image.width} × {found.image.height} 像素，至少要 {LEAST} 像素。",
        )
    return found


def kept_manner(style: str) -> tuple[str, list[list[str]]]:
    """A style in the form in which it is remembered for its visitor, and notes on it, as `demos.pictures.kept`."""
    found = manner(style)
    notes = [list(note) for note in found.notes]
    return (style if style in paintings() else to_url(found.image, "jpeg")), notes


@lru_cache
def hung() -> list[list[str]]:
    """Name, title in English and Chinese, artist and year, and a small picture of every painting."""
    rows = []
    for slug, one in paintings().items():
        small = ImageOps.fit(manner(slug).image, (126, 96))
        rows.append([slug, *one.title, f"{one.artist[0]} · {one.artist[1]}, {one.year}", to_url(small, "jpeg")])
    return rows


def label(style: str) -> list[str]:
    """What stands beside a painting, [en, zh]."""
    one = paintings().get(style)
    if one is None:
        return ["a style of your own", "你自己的风格图"]
    return [f"{one.artist[0]}, {one.title[0]}, {one.year}", f"{one.artist[1]}《{one.title[1]}》，{one.year}"]


def easel(chosen: str, notes: list[list[str]] | None = None) -> dict[str, Any]:
    """Value of the view `intake` for paintings, with the label of the chosen one."""
    words = ["Your own style", "你自己的风格"]
    return wall(chosen, [label(chosen), *(notes or [])], hung(), own=words, bare=True)


def fit(image: Image.Image, side: int) -> Image.Image:
    """A picture with its longer side made `side`; smaller ones are enlarged, for the strokes are made for that size.
    Ribbons keep 16 pixels of their shorter side."""
    width, height = fitted(image.size, side)
    return image.resize((max(16, width), max(16, height)), Image.Resampling.LANCZOS)


def photo(picture: str, side: int) -> tuple[Image.Image, Tensor]:
    """A photograph (see `demos.pictures.find`) at a size: the image, and (1, 3, height, width) in [-1, 1]."""
    image = fit(find(picture, LARGE).image, side)
    return image, pixels(image)


def enlarged(picture: str, image: Image.Image) -> list[int] | None:
    """[width, height] of a photograph as it came, if `image`, which was made of it, is larger."""
    given = find(picture, LARGE).image
    return list(given.size) if given.width < image.width else None


@lru_cache(maxsize=24)
def strokes(style: str) -> Tensor:
    """A painting at the size at which its style is taken: (1, 3, height, width) in [-1, 1]."""
    return pixels(fit(manner(style).image, STROKES))


@lru_cache(maxsize=8)
@torch.inference_mode()
def look(style: str) -> Tensor:
    """What a painting looks like, see `core.models.anyone.described`: (1, numbers)."""
    return described(eye(), strokes(style))


def as_image(picture: Tensor) -> Image.Image:
    """(1, 3, height, width) in [-1, 1] as a picture."""
    values = ((picture[0].float().clamp(-1, 1) + 1) * 127.5).round()
    return Image.fromarray(values.byte().permute(1, 2, 0).numpy())


def url(picture: Tensor) -> str:
    """(1, 3, height, width) in [-1, 1] as a `data:` address."""
    return to_url(as_image(picture), "jpeg")


@lru_cache(maxsize=4)
@torch.inference_mode()
def aims(picture: str, style: str) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Maps of a photograph at MEASURED pixels, and Gram matrices of a painting: what losses are measured from."""
    return eye().features(photo(picture, MEASURED)[1]), grams(eye().features(strokes(style)))


@torch.inference_mode()
def measured(picture: str, style: str, made: Tensor) -> tuple[float, float]:
    """Content loss from a photograph and style loss from a painting of (1, 3, height, width) in [-1, 1]."""
    target, wanted = aims(picture, style)
    size = target["relu1_1"].shape[2:]
    if made.shape[2:] != size:
        made = interpolate(made, size, mode="bicubic", antialias=True).clamp(-1, 1)
    maps = eye().features(made)
    return content_loss(maps, target).item(), style_loss(grams(maps), {key: wanted[key] for key in STYLE}).item()


def missing(name: str) -> weights.WeightsError | None:
    """What is wrong with a weight file, or None."""
    try:
        weights.check(name)
    except weights.WeightsError as error:
        return error
    return None


def trained() -> dict[str, str]:
    """The ways of painting that are ready: name -> file. A way whose file is missing is left out."""
    files = {"hands": painting.HANDS, "any": painting.ANY}
    return {name: file for name, file in files.items() if missing(file) is None}
