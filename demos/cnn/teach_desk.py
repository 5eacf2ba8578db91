"""What a visitor has gathered to teach from: classes, their pictures as thumbnails and features, and examples."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from core.complaint import Complaint, whole
from core.images import from_url, opened, to_url
from core.models.cnn import SIDE
from core.seeing import pixels
from core.teaching import LEAST_CLASSES, MOST_CLASSES, MOST_PICTURES, Head, checked_name, checked_names
from core.teaching_file import SMALL, Kept
from demos.cnn.models import look_at, network
from demos.pictures import find

BATCH = 8
"""Pictures that go through the network together."""
MOST_TEXT = 40_000_000
"""Characters of all pictures of one request."""
EXAMPLES = {
    "things": ("cat · 猫", "coffee · 咖啡", "flower · 花"),
    "way_up": ("right way up · 正放", "upside down · 倒置"),
}
UPRIGHT = ("cat", "motorcycle", "flower", "rocket", "astronaut", "china", "coffee")


@dataclass(frozen=True, eq=False)
class Shot:
    """A training picture: its number, the number of its class, a small picture (`data:` address), features (1280,)."""

    number: int
    kind: int
    small: str
    features: Tensor


@dataclass(frozen=True, eq=False)
class Taught:
    """What a visitor has gathered. kinds: (number, name) of the classes. following: the next number that is free."""

    kinds: tuple[tuple[int, str], ...]
    shots: tuple[Shot, ...] = ()
    following: int = MOST_CLASSES

    def of(self, kind: int) -> list[Shot]:
        return [shot for shot in self.shots if shot.kind == kind]

    def version(self) -> str:
        """Changes with every picture and class, not with a name."""
        return "/".join(f"{kind}:" + ",".join(str(shot.number) for shot in self.of(kind)) for kind, _ in self.kinds)


EMPTY = Taught(((0, "class 1 · 类别 1"), (1, "class 2 · 类别 2")))


def check_size(pictures: list) -> None:
    """Raises Complaint for more pictures, or longer ones, than one request may bring."""
    total = sum(len(picture) for picture in pictures if isinstance(picture, str))
    if len(pictures) > MOST_CLASSES * MOST_PICTURES or total > MOST_TEXT:
        raise Complaint("These are too many pictures at once.", "一次送来的图片太多了。")


@torch.inference_mode()
def features_of(images: list[Image.Image]) -> Tensor:
    """Squares of 224 pixels as features (n, 1280)."""
    net, parts = network("efficientnet"), []
    for at in range(0, len(images), BATCH):
        parts.append(net.until("mean", torch.cat([pixels(image) for image in images[at : at + BATCH]])))
    return torch.cat(parts).clone()


def looked(pictures: list[str], way: str) -> list[tuple[str, Tensor]]:
    """Thumbnail and features (1280,) of each picture. Raises Complaint."""
    images = [look_at(picture, way)[0] for picture in pictures]
    return [(small(image), row) for image, row in zip(images, features_of(images), strict=True)] if images else []


def small(image: Image.Image) -> str:
    """A thumbnail of what the network sees."""
    return to_url(image.resize((SMALL, SMALL), Image.Resampling.LANCZOS), "jpeg")


def with_shot(taught: Taught, kind: int, thumbnail: str, features: Tensor) -> Taught:
    """One picture more. Raises Complaint when the class is full or gone."""
    name = dict(taught.kinds).get(kind)
    if name is None:
        raise Complaint("There is no such class.", "没有这个类别。")
    if len(taught.of(kind)) >= MOST_PICTURES:
        raise Complaint(f"“{name}” is full: {MOST_PICTURES} pictures.", f"“{name}”已满：{MOST_PICTURES} 张图片。")
    shot = Shot(taught.following, kind, thumbnail, features)
    return Taught(taught.kinds, (*taught.shots, shot), taught.following + 1)


def changed(taught: Taught | None, what: str, data: dict[str, Any], way: str) -> Taught:
    """What was gathered, after a gesture of the visitor's.

    Args:
        what: "add" (data: kind, pictures), "remove" (number), "rename" (kind, name), "more" (a class) or "less" (kind).

    Raises:
        Complaint: a limit is passed, or the page has sent nonsense.
    """
    taught = taught or EMPTY
    kinds = dict(taught.kinds)
    kind = data.get("kind")
    if what in ("add", "rename", "less"):
        kind = whole(("The class", "类别"), kind, 0, 10**9)
        if kind not in kinds:
            raise Complaint("There is no such class.", "没有这个类别。")
    if what == "add":
        pictures = data.get("pictures")
        if not isinstance(pictures, list) or len(pictures) > MOST_PICTURES:
            raise Complaint("These are too many pictures at once.", "一次送来的图片太多了。")
        check_size(pictures)
        for thumbnail, features in looked(pictures, way):
            taught = with_shot(taught, kind, thumbnail, features)
    elif what == "remove":
        taught = replace(taught, shots=tuple(shot for shot in taught.shots if shot.number != data.get("number")))
    elif what == "rename":
        kinds[kind] = checked_name(data.get("name"))
        if len(kinds) >= LEAST_CLASSES:
            checked_names(list(kinds.values()))
        taught = replace(taught, kinds=tuple(kinds.items()))
    elif what == "more":
        names = (f"class {k} · 类别 {k}" for k in range(len(kinds) + 1, len(kinds) + MOST_CLASSES + 2))
        fresh = next(name for name in names if name not in kinds.values())
        checked_names([*kinds.values(), fresh])
        taught = replace(taught, kinds=(*taught.kinds, (taught.following, fresh)), following=taught.following + 1)
    elif what == "less":
        del kinds[kind]
        if len(kinds) < LEAST_CLASSES:
            raise Complaint(f"There must be at least {LEAST_CLASSES} classes.", f"至少要有 {LEAST_CLASSES} 个类别。")
        rest = tuple(shot for shot in taught.shots if shot.kind != kind)
        taught = replace(taught, kinds=tuple(kinds.items()), shots=rest)
    return taught


def to_keep(shots: Sequence[Shot], labels: Tensor) -> Kept:
    """Pictures, as they go into a file. labels: the number of each one's class, (n,)."""
    thumbnails = [np.asarray(opened(from_url(shot.small)).image) for shot in shots]  # (SMALL, SMALL, 3) each
    return Kept(labels, torch.stack([shot.features for shot in shots]), torch.from_numpy(np.stack(thumbnails)))


def brought(head: Head, kept: Kept) -> Taught:
    """What a file brings along."""
    taught = Taught(tuple(enumerate(head.names)))
    for label, features, thumbnail in zip(kept.labels.tolist(), kept.features, kept.thumbnails, strict=True):
        taught = with_shot(taught, label, to_url(Image.fromarray(thumbnail.numpy()), "jpeg"), features)
    return taught


@lru_cache
def example(name: str) -> Taught:
    """One of EXAMPLES, made of parts of the photographs that hang here."""
    images: list[tuple[int, Image.Image]] = []
    if name == "things":
        images = [(k, cut) for k, photo in enumerate(("cat", "coffee", "flower")) for cut in cuts(photo, 8)]
    else:
        upright = [cut for photo in UPRIGHT for cut in cuts(photo, 3)]
        images = [(0, cut) for cut in upright] + [(1, cut.rotate(180)) for cut in upright]
    taught = Taught(tuple(enumerate(EXAMPLES[name])))
    for (kind, image), row in zip(images, features_of([image for _, image in images]), strict=True):
        taught = with_shot(taught, kind, small(image), row)
    return taught


def cuts(photo: str, count: int) -> list[Image.Image]:
    """Squares from a photograph, each from another place, every other one mirrored."""
    image, out = find(photo).image, []
    for k in range(count):
        side = round(min(image.size) * (0.92 - 0.3 * k / count))
        left = round((image.width - side) * (0.5 + 0.3 * (-1) ** k * (k + 1) / count))
        top = round((image.height - side) * (0.5 + 0.4 * (-1) ** (k // 2) * k / count))
        cut = image.crop((left, top, left + side, top + side)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        out.append(ImageOps.mirror(cut) if k % 2 else cut)
    return out
