"""What was taught, as a file: a head, the names of its classes, and the pictures that it has learned from."""

import io
import json
import struct
import zipfile
import zlib
from dataclasses import dataclass

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from core.complaint import Complaint
from core.teaching import FEATURES, LEAST_PICTURES, MOST_CLASSES, MOST_PICTURES, WIDTH, Head, checked_names

SMALL = 72
"""Side of a thumbnail in pixels."""
LEAF = {"head.safetensors": 60_000, "labels.json": 8_000}
"""Members of every file and the most bytes of each; eight classes need 41,300 and at most 2,200."""
PICTURES = {"pictures.safetensors": MOST_CLASSES * MOST_PICTURES * (4 * WIDTH + 3 * SMALL**2 + 8) + 1_000}
"""The member that may be missing, and the most bytes of it."""
MOST_FILE = 2 * sum(LEAF.values()) + sum(PICTURES.values())
"""Bytes of a file."""
FORMAT = "open-the-network head 1"
LARGEST = 1e6
"""Most that a weight or a feature may be: scores stay finite whatever the picture."""


@dataclass(frozen=True, eq=False)
class Kept:
    """Pictures that a head has learned from. labels: the number of each one's class, (n,). features: (n, 1280).
    thumbnails: (n, SMALL, SMALL, 3) in bytes."""

    labels: Tensor
    features: Tensor
    thumbnails: Tensor


def save_zip(head: Head, kept: Kept | None = None) -> bytes:
    """A head as a file: `head.safetensors`, `labels.json` and, with its pictures, `pictures.safetensors`."""
    labels = json.dumps({"format": FORMAT, "features": FEATURES, "names": head.names}, ensure_ascii=False, indent=1)
    members = [save({"weight": head.weight.contiguous(), "bias": head.bias.contiguous()}), labels.encode()]
    if kept is not None:
        members.append(save({name: value.contiguous() for name, value in vars(kept).items()}))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in zip(LEAF | PICTURES, members, strict=False):
            file.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)  # dated 1980: same head, same file
    return buffer.getvalue()


def load_zip(data: bytes) -> tuple[Head, Kept | None]:
    """The head of a file, and its pictures if they are in it. Nothing in it is ever executed, and nothing is unpacked
    whose declared size is too large.

    Raises:
        Complaint: not exactly what `save_zip` writes.
    """
    if len(data) > MOST_FILE:
        raise _refuse(f"it has {len(data):,} bytes, which is too many", f"它有 {len(data):,} 字节，太大了")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            sizes = [(member.filename, member.file_size) for member in file.infolist()]
            if sorted(name for name, _ in sizes) not in (sorted(LEAF), sorted(LEAF | PICTURES)):
                raise _refuse(f"it must hold {' and '.join(LEAF)} and nothing else", f"它只应包含 {' 和 '.join(LEAF)}")
            for name, size in sizes:
                if size > (LEAF | PICTURES)[name]:
                    raise _refuse(f"{name} claims {size:,} bytes", f"{name} 声称有 {size:,} 字节")
            read = {name: file.read(name) for name, _ in sizes}  # never more than what is declared
        tensors, labels = (load(read["head.safetensors"]), json.loads(read["labels.json"]))
        pictures = load(read["pictures.safetensors"]) if len(read) > len(LEAF) else None
    except Complaint:
        raise
    except (
        zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, struct.error,
        SafetensorError, ValueError, KeyError, TypeError, OverflowError,
    ) as error:  # fmt: skip
        raise _refuse("it is damaged, or another program made it", "文件已损坏，或由其他程序生成") from error
    head = _checked(tensors, labels)
    return head, None if pictures is None else _checked_pictures(pictures, len(head.names))


def _checked(tensors: dict[str, Tensor], labels: object) -> Head:
    if not isinstance(labels, dict) or set(labels) != {"format", "features", "names"} or labels["format"] != FORMAT:
        raise _refuse("its labels.json is of another kind", "labels.json 格式不对")
    if labels["features"] != FEATURES:
        raise _refuse("it was learned on the features of another network", "它是在另一个网络的特征上学的")
    names = checked_names(labels["names"])
    shapes = {"weight": (len(names), WIDTH), "bias": (len(names),)}
    if {key: tuple(value.shape) for key, value in tensors.items()} != shapes:
        raise _refuse("its weights do not fit its classes", "权重与类别不符")
    if not all(map(_fine, tensors.values())):
        raise _refuse("its weights are not all finite float32 numbers", "权重不全是有限的 float32 数")
    return Head(names, tensors["weight"], tensors["bias"])


def _checked_pictures(tensors: dict[str, Tensor], classes: int) -> Kept:
    labels = tensors.get("labels")
    count = 0 if labels is None or labels.dim() != 1 else len(labels)
    shapes = {"labels": (count,), "features": (count, WIDTH), "thumbnails": (count, SMALL, SMALL, 3)}
    kinds = {"labels": torch.int64, "features": torch.float32, "thumbnails": torch.uint8}
    found = {name: (tuple(value.shape), value.dtype) for name, value in tensors.items()}
    if not count or found != {name: (shape, kinds[name]) for name, shape in shapes.items()}:
        raise _refuse("its pictures are of another kind", "其中图片的格式不对")
    fits = ((labels >= 0) & (labels < classes)).all() and _fine(tensors["features"])
    each = labels.clamp(0, classes - 1).bincount(minlength=classes)
    if not fits or not ((each >= LEAST_PICTURES) & (each <= MOST_PICTURES)).all():
        raise _refuse("its pictures do not fit its classes", "其中的图片与类别不符")
    return Kept(**tensors)


def _fine(numbers: Tensor) -> bool:
    """Whether these are float32 numbers of a size; a comparison with NaN is false, so NaN and infinity are not."""
    return numbers.dtype == torch.float32 and bool((numbers.abs() <= LARGEST).all())


def _refuse(en: str, zh: str) -> Complaint:
    return Complaint(f"This file is not a head saved here: {en}.", f"这个文件不是在这里保存的分类头：{zh}。")
