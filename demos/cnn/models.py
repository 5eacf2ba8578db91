"""The networks of this tab, loaded on first use, and the picture as they see it."""

import json
from functools import lru_cache

import torch
from PIL import Image
from torch import Tensor

from core import cifar, weights
from core.complaint import choice, whole
from core.models.cnn import EfficientNetLite
from core.models.staged import Staged
from core.models.vgg import VGG
from core.seeing import WAYS, pixels, seen
from demos.pictures import find

FILES = {
    "efficientnet": "efficientnet_lite0.safetensors",
    "vgg": "vgg16_relu4_1.safetensors",
    "cifar10": cifar.WEIGHTS,
}
CLASSES = "imagenet_classes.json"
COUNT = 1000
CLASS = ("The class", "类别")
STAGE = ("The stage", "层")
FIRST = "cat"


@lru_cache
@torch.inference_mode(False)  # whoever asks first may be in inference mode, and gradients are wanted later
def network(name: str) -> Staged:
    """One of FILES. Raises WeightsError."""
    if name == "cifar10":
        return cifar.reader()[0]
    tensors, _ = weights.read(FILES[name])
    model = weights.fill(EfficientNetLite() if name == "efficientnet" else VGG(), tensors, FILES[name])
    return model.to(memory_format=torch.channels_last)  # depthwise convolutions are three times as fast so


@lru_cache
def classes() -> list[tuple[str, str]]:
    """What the 1,000 classes are called, in their order: (English, Chinese)."""
    return [(en, zh) for _, en, zh in json.loads(weights.companion(FILES["efficientnet"], CLASSES))]


def look_at(picture: str, way: str) -> tuple[Image.Image, Tensor, list[list[str]]]:
    """A picture as the network sees it.

    Args:
        picture: see `demos.pictures.find`. way: one of `core.seeing.WAYS`.

    Returns:
        The 224 x 224 image, its pixels (1, 3, 224, 224) in [-1, 1], and what was done to the file, [en, zh] each.
    """
    found = find(picture)
    image = seen(found.image, choice(("The way of fitting", "取景方式"), way, WAYS))
    return image, pixels(image), [list(note) for note in found.notes]


def class_number(value: object) -> int:
    """A class as a number from 0 to 999. Raises Complaint."""
    return whole(CLASS, value, 0, COUNT - 1)


def best(p: Tensor, count: int = 5) -> list[list]:
    """The most probable classes: [number, English, Chinese, probability] each, best first.

    p: (classes,), sums to 1.
    """
    values, numbers = p.topk(count)
    return [
        [number, *classes()[number], round(value, 5)]
        for number, value in zip(numbers.tolist(), values.tolist(), strict=True)
    ]


@torch.inference_mode()
def guess(x: Tensor) -> Tensor:
    """Probabilities (1000,) of one picture (1, 3, 224, 224)."""
    return network("efficientnet")(x)[0].softmax(-1)
