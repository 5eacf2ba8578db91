"""Forged pictures by name: what a visitor holds in the hand, as text that fits into an address."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import torch
from PIL import Image
from torch import Tensor

from core import weights
from core.complaint import SEEDS, Complaint
from core.gan import READER, drawn, forger, judge
from core.images import to_url
from core.models.gan import Generator
from core.processor import has_bfloat16

FORGER = "avatars"
MOST = 6
"""Pictures that can be held at a time."""
FIRST = "157.0.100_11.0.100_27.0.100"
LARGE = 256
"""Pixels of the side of a picture that is handed to another tab or saved."""
TOGETHER = 16
"""Pictures that are drawn at once: more would leave the cache."""
LONGEST = 200
"""Characters of a text of held pieces that are looked at."""
HELD = ("What is held", "手里的图片")


@dataclass(frozen=True)
class Piece:
    """A forged picture. seed: of its noise, 0 to core.complaint.SEEDS. kind: number of the design. percent: of
    truncation, 0 to 100; see `core.models.gan.Generator.styled`."""

    seed: int
    kind: int
    percent: int

    @property
    def name(self) -> str:
        """Such as "7.1.70"."""
        return f"{self.seed}.{self.kind}.{self.percent}"


def model() -> Generator:
    """The forger of this room, read-only. Raises WeightsError."""
    return forger(FORGER)[0]


@cache
def designs() -> tuple[str, ...]:
    """Names of the designs as clients write them, in the order of their numbers. Looks them up in the manifest, for a
    page is laid out before any network is loaded. Raises WeightsError."""
    return tuple(weights.check(READER)["columns"]["style"])


def kinds() -> list[str]:
    """Names of the designs as they are shown, in the order of their numbers. Raises WeightsError."""
    return [name.title().replace("-", " ") for name in designs()]


def piece(name: object) -> Piece:
    """A piece by its name. Raises Complaint."""
    fields = name.split(".") if isinstance(name, str) else []
    if len(fields) == 3 and all(field.isascii() and field.isdecimal() and len(field) < 12 for field in fields):
        seed, kind, percent = map(int, fields)
        if seed <= SEEDS and kind < model().config.classes and percent <= 100:
            return Piece(seed, kind, percent)
    raise Complaint(
        "A held picture is written as seed.design.truncation, such as 7.1.70; this was not.",
        "手里的图片写作 种子.画风.截断，例如 7.1.70；这个不是。",
    )


def pieces(text: object, least: int = 0) -> list[Piece]:
    """Held pieces, the one in the hand first, from their names with "_" between. Nothing can be held twice.

    Raises:
        Complaint: not such a text, more than MOST pieces, or fewer than `least`.
    """
    if not isinstance(text, str):
        raise Complaint(f"{HELD[0]} must be text.", f"{HELD[1]}必须是文本。")
    held = list(dict.fromkeys(piece(name) for name in text[:LONGEST].split("_") if name))
    if len(held) > MOST:
        raise Complaint(f"At most {MOST} pictures can be held.", f"最多只能拿 {MOST} 张图片。")
    if len(held) < least:
        raise Complaint(
            f"This needs {least} held pictures; there are {len(held)}. Click some on the wall.",
            f"这里需要手里有 {least} 张图片；现在有 {len(held)} 张。请在墙上点几张。",
        )
    return held


def written(held: Sequence[Piece]) -> str:
    """The text of `pieces`."""
    return "_".join(one.name for one in held)


def taken(held: Sequence[Piece], one: Piece) -> list[Piece]:
    """What is held after `one` has been taken in the hand; the one held longest gives way."""
    return [one, *(other for other in held if other != one)][:MOST]


def noise(held: Sequence[Piece]) -> tuple[Tensor, Tensor]:
    """z (count, z) and kinds (count,) of pieces."""
    z, _ = drawn([one.seed for one in held], model().config)
    return z, torch.tensor([one.kind for one in held])


def in_company(make: Callable[..., Tensor], *rows: Tensor) -> Tensor:
    """What `make` makes of rows (count, ...), always TOGETHER at a time, copies filling up the last: batches of one
    size are rounded alike, so that a row becomes the same in whatever company."""
    count = len(rows[0])
    lack = -count % TOGETHER
    full = [torch.cat([each, each[:1].expand(lack, *each.shape[1:])]).split(TOGETHER) for each in rows]
    return torch.cat([make(*part) for part in zip(*full, strict=True)])[:count]


@torch.inference_mode()
def styles(held: Sequence[Piece]) -> Tensor:
    """w (count, w) of pieces, at their truncation."""
    cut = torch.tensor([one.percent / 100 for one in held])[:, None]
    return in_company(model().styled, *noise(held), cut)


@torch.inference_mode()
def pictures(w: Tensor, net: Generator | None = None) -> Tensor:
    """Pictures (count, 3, side, side) in [-1, 1] of w (count, w) or (count, sizes, w), the same in any company; by the
    forger of this room, or another."""
    dtype = torch.bfloat16 if has_bfloat16() else torch.float32
    return in_company(lambda part: (net or model())(part, dtype), w).clamp_(-1, 1)


@torch.inference_mode()
def scored(x: Tensor, which: Tensor) -> list[float]:
    """The detective's raw scores of pictures (count, 3, side, side) of kinds (count,); above 0 means rather genuine.
    Raises WeightsError."""
    if not len(x):
        return []
    net = judge(FORGER)[0]
    parts = zip(x.split(64), which.split(64), strict=True)
    return [round(score, 4) for part in parts for score in net(*part).tolist()]


def sheet(x: Tensor, columns: int) -> Image.Image:
    """Pictures (count, 3, side, side) in [-1, 1] on one sheet, row by row, without gaps; places that are left over stay
    grey."""
    count, colours, side, _ = x.shape
    rows = -(-count // columns)
    x = torch.cat([x, x.new_zeros(rows * columns - count, colours, side, side)])
    grid = x.view(rows, columns, colours, side, side).permute(2, 0, 3, 1, 4)  # (colour, row, y, column, x)
    return image(grid.reshape(colours, rows * side, columns * side))


def image(picture: Tensor, side: int | None = None) -> Image.Image:
    """(3, height, width) in [-1, 1] as a picture, enlarged to `side` pixels with a filter that keeps edges."""
    made = Image.fromarray(((picture + 1) * 127.5).round().byte().permute(1, 2, 0).contiguous().numpy())
    return made.resize((side, side), Image.Resampling.LANCZOS) if side else made


def url(picture: Tensor, side: int | None = None) -> str:
    """The same as a `data:` address (PNG)."""
    return to_url(image(picture, side))
