"""Ten kinds of things in pictures of 32 x 32 (CIFAR-10, Krizhevsky 2009): where the pictures are, what the network that
ships makes of them, and when it should rather say "none of these".

The pictures may not be shipped. They are read from `--data`, or from the disk's cache once somebody has asked for them.
"""

import io
import os
import tarfile
import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn.functional import normalize

from core import weights
from core.complaint import Complaint
from core.models.cifar import SIDE, CIFARNet, Config

CLASSES = (
    ("airplane", "飞机"),
    ("automobile", "汽车"),
    ("bird", "鸟"),
    ("cat", "猫"),
    ("deer", "鹿"),
    ("dog", "狗"),
    ("frog", "蛙"),
    ("horse", "马"),
    ("ship", "船"),
    ("truck", "卡车"),
)
WEIGHTS = "cifar10.safetensors"
DATA = "GALLERY_DATA"
"""Name of the environment variable with the folder of `--data`."""
ARCHIVE = "images/cifar10-jpg.tar"
STRANGE = 0.05
"""Share of real pictures of the ten kinds below which a picture counts as none of these."""
MISSING = (
    "The 10,000 test pictures are not here: they may not be shipped. Start the gallery with --data DIR, where DIR "
    f"holds {ARCHIVE}, or let it fetch the originals (170 MB).",
    f"10000 张测试图片不在这里：它们不能随项目分发。请用 --data DIR 启动（DIR 中有 {ARCHIVE}），或下载原图（170 MB）。",
)


def unpacked(archive: Path, part: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The pictures of an archive of JPEG files, sorted by class and name.

    Args:
        archive: a tar whose members are called part/class/number.jpg. part: "train" or "test".

    Returns:
        (count, 32, 32, 3), 0 to 255, and the classes (count,).
    """
    names, rows = [en for en, _ in CLASSES], []
    with tarfile.open(archive) as file:
        for member in file:
            where, kind, *_ = (member.name + "/").split("/")
            if member.isfile() and where == part and kind in names:
                image = Image.open(io.BytesIO(file.extractfile(member).read())).convert("RGB")
                rows.append((names.index(kind), member.name, np.asarray(image)))
    rows.sort(key=lambda row: row[:2])
    return np.stack([row[2] for row in rows]), np.array([row[0] for row in rows])


def cached() -> Path:
    """The folder where fetched pictures are kept."""
    return Path(torch.hub.get_dir()) / "cifar10"


def archive() -> Path:
    """Where the pictures of `--data` would be."""
    return Path(os.environ.get(DATA) or Path(__file__).parents[2] / "shared" / "data") / ARCHIVE


@cache
def tested() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The 10,000 test pictures (count, 32, 32, 3), 0 to 255, and their classes (count,).

    Raises:
        Complaint: they are not on this computer.
    """
    if archive().exists():
        return unpacked(archive(), "test")
    from torchvision.datasets import CIFAR10

    try:
        found = CIFAR10(str(cached()), train=False)
    except RuntimeError:
        raise Complaint(*MISSING) from None
    return found.data, np.array(found.targets)


def version() -> tuple[str, str] | None:
    """Which test pictures are on this computer, (English, Chinese); None: there are none."""
    if archive().exists():
        return "the JPEG version, as on the card", "JPEG 版本，与卡片相同"
    if tested.cache_info().currsize:
        return "the original pictures; the card has the JPEG version", "原图；卡片上是 JPEG 版本"
    return None


def fetch() -> Iterator[float]:
    """Downloads the original pictures with torchvision. Yields the seconds that have passed, once a second.

    Raises:
        Complaint: the gallery runs offline, or the download fails.
    """
    import huggingface_hub
    from torchvision.datasets import CIFAR10

    if huggingface_hub.constants.HF_HUB_OFFLINE:
        raise Complaint(
            "This gallery runs offline. Start it with HF_HUB_OFFLINE=0 to let it fetch the pictures.",
            "展馆正在离线运行。要允许下载，请用 HF_HUB_OFFLINE=0 启动。",
        )
    failed: list[Exception] = []

    def work() -> None:
        try:
            CIFAR10(str(cached()), train=False, download=True)
        except Exception as error:  # of whatever carries the request; told below
            failed.append(error)

    thread, began = threading.Thread(target=work, daemon=True), time.time()
    thread.start()
    while thread.is_alive():
        yield time.time() - began
        thread.join(1.0)
    if failed:
        raise Complaint(
            f"Fetching the pictures failed: {type(failed[0]).__name__}. Is there a connection?",
            f"下载图片失败：{type(failed[0]).__name__}。有网络连接吗？",
        ) from failed[0]
    tested.cache_clear()


@cache
@torch.inference_mode(False)
def reader() -> tuple[CIFARNet, dict]:
    """The network that ships, read-only, and its entry in the manifest. Raises WeightsError."""
    tensors, entry = weights.read(WEIGHTS)
    config = Config(**entry["config"])
    return weights.fill(CIFARNet(config), tensors, WEIGHTS).to(memory_format=torch.channels_last), entry


def inputs(pictures: NDArray[np.uint8]) -> Tensor:
    """(count, 32, 32, 3), 0 to 255 -> (count, 3, 32, 32) in [-1, 1]."""
    values = torch.from_numpy(pictures.astype(np.float32)).permute(0, 3, 1, 2)  # channels last in memory
    return values / 127.5 - 1


def small(image: Image.Image) -> NDArray[np.uint8]:
    """A square picture as the network sees it: (1, 32, 32, 3). Each pixel is the mean of those it stands for."""
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX))[None]


def familiarity(described: Tensor, typical: Tensor) -> Tensor:
    """How much a picture looks like any that was learned: the cosine of the angle between what the network says of it
    before it scores, (count, width), and the nearest of what it says of typical pictures, (typical, width) of length 1
    (nearest neighbours, Sun et al. 2022). Returns (count,), -1 to 1.
    """
    return (normalize(described) @ typical.t()).amax(1)


def rank(value: float, quantiles: list[float]) -> float:
    """The share, 0 to 1, of real pictures that look less familiar than `value`.

    quantiles: of the familiarity of held-out pictures, at equal steps from 0 to 1.
    """
    return float(np.interp(value, quantiles, np.linspace(0, 1, len(quantiles))))
