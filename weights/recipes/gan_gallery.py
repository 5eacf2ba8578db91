"""Packs the genuine avatars that the gallery shows: some that a forger learned from, and some that it never saw.

    python -m weights.recipes.gan_gallery [--smoke]

Some five minutes of one core; needs what `weights.recipes.gan_data` has drawn, and `efficientnet_lite0.safetensors`.
Writes into demos/avatars: two sheets (lossless WebP, so that nobody can tell genuine pictures by the traces of a
smaller file), `avatars.json` with their numbers and designs, and `features.npz` with the features of our ImageNet
classifier in few numbers, for finding the nearest.
"""

import argparse
import io
import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.likeness import nearest
from core.models.staged import Staged
from weights.recipes.gan_critic import eye
from weights.recipes.gan_data import HELD_OUT, SIDE, avatars, sheet
from weights.recipes.gan_publish import seen
from weights.recipes.training import ROOT, RUNS

FOLDER = ROOT / "demos" / "avatars"
COLUMNS = 64
"""Pictures beside each other in a sheet."""
PACKED = {"learned": 2_304, "held": 512}
"""How many avatars hang, of those learned from and of those held out. Multiples of COLUMNS."""
LIMIT = 2_300_000
"""Bytes that all of it may have."""
NUMBERS = 96
"""Numbers that remain of the classifier's features."""
SEED = 1
ALIKE = ("style", "background", "skin", "hair", "hair colour", "clothes")
"""Pictures that share these stand next to each other, which makes a sheet a third smaller."""
CREDIT = {
    "en": "Micah by Micah Lanier (CC BY 4.0), Adventurer by Lisa Wischofsky (CC BY 4.0), Open Peeps by Pablo Stanley "
    "(CC0 1.0); drawn by DiceBear",
    "zh": "Micah：Micah Lanier（CC BY 4.0）；Adventurer：Lisa Wischofsky（CC BY 4.0）；Open Peeps：Pablo Stanley"
    "（CC0 1.0）；由 DiceBear 绘制",
}


def chosen(known: dict[str, Tensor], first: int, last: int, count: int, chance: torch.Generator) -> Tensor:
    """Numbers (count,) of pictures drawn from first to last - 1, those alike next to each other.

    known: attribute -> its values as numbers (all,).
    """
    drawn = first + torch.randperm(last - first, generator=chance)[:count]
    return torch.tensor(sorted(drawn.tolist(), key=lambda one: [*(known[name][one].item() for name in ALIKE), one]))


def basis(x: Tensor, numbers: int) -> tuple[Tensor, Tensor, float]:
    """Principal components: the mean (size,) of x (count, size), orthonormal directions (size, numbers) along which it
    spreads most, and their share of its variance."""
    mean = x.mean(0)
    _, spread, directions = torch.linalg.svd(x - mean, full_matrices=False)
    power = spread.square()
    return mean, directions[:numbers].t().contiguous(), (power[:numbers].sum() / power.sum()).item()


def in_bytes(x: Tensor, steps: Tensor) -> NDArray[np.int8]:
    """Numbers (count, size) as whole steps, -127 to 127; every column has a step of its own, steps (size,)."""
    return (x / steps).round().clamp(-127, 127).to(torch.int8).numpy()


def steps(x: Tensor) -> Tensor:
    """Of `in_bytes`, (size,), so that the greatest number of every column of x (count, size) is 127 of them."""
    return x.abs().amax(0).clamp_min(1e-9) / 127


def same_nearest(x: Tensor, among: Tensor, short: Tensor, short_among: Tensor) -> float:
    """The share of rows whose nearest row of `among` (count, size) is the same one in `short` numbers."""
    both = (nearest(*rows)[1][:, 0] for rows in ((x, among), (short, short_among)))
    return torch.eq(*both).double().mean().item()


def pack(
    pictures: Tensor, known: dict[str, Tensor], held: int, counts: dict[str, int], classifier: Staged, folder: Path
) -> dict:
    """Writes everything into `folder`. Returns what `avatars.json` holds.

    Args:
        pictures: (all, 3, 64, 64), uint8; the last `held` were never learned from.
        counts: as PACKED.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chance, border = torch.Generator().manual_seed(SEED), len(pictures) - held
    parts = {
        "learned": chosen(known, 0, border, counts["learned"], chance),
        "held": chosen(known, border, len(pictures), counts["held"], chance),
    }
    page: dict = dict(credit=CREDIT, side=SIDE, columns=COLUMNS)
    features = {}
    for part, numbers in parts.items():
        these = pictures[numbers]
        file = io.BytesIO()
        sheet(these, COLUMNS).save(file, "webp", lossless=True, quality=100, method=6)  # a minute
        (folder / f"{part}.webp").write_bytes(file.getvalue())
        features[part] = seen(classifier, these)
        page[part] = dict(
            of=border if part == "learned" else held,
            numbers=numbers.tolist(),
            kinds=known["style"][numbers].tolist(),
        )
    mean, directions, share = basis(features["learned"], NUMBERS)
    fine = steps(directions)
    arrays = {"basis": in_bytes(directions, fine)}
    directions = torch.from_numpy(arrays["basis"]) * fine  # as they are kept
    short = {part: (x - mean) @ directions for part, x in features.items()}
    coarse = steps(torch.cat([*short.values()]))
    arrays |= {part: in_bytes(x, coarse) for part, x in short.items()}
    np.savez_compressed(
        folder / "features.npz", **arrays, mean=mean.numpy(), basis_steps=fine.numpy(), steps=coarse.numpy()
    )
    page["variance"] = round(share, 4)
    rough = (torch.from_numpy(arrays[part]) * coarse for part in ("held", "learned"))
    page["same"] = round(same_nearest(features["held"], features["learned"], *rough), 4)
    (folder / "avatars.json").write_text(json.dumps(page, ensure_ascii=False) + "\n", encoding="utf-8")
    return page


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--smoke", action="store_true", help="few pictures, into a folder of their own")
    smoke = parser.parse_args(arguments).smoke
    counts, folder = (dict.fromkeys(PACKED, COLUMNS), RUNS / "gallery_smoke") if smoke else (PACKED, FOLDER)
    page = pack(*avatars(), HELD_OUT, counts, eye(), folder)
    size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    print(
        f"{size:,} bytes; {NUMBERS} numbers hold {100 * page['variance']:.1f} % of the variance, and the "
        f"nearest is the same for {100 * page['same']:.1f} %"
    )
    if size > LIMIT:
        raise SystemExit(f"more than the {LIMIT:,} bytes that may ship: pack fewer")


if __name__ == "__main__":
    main()
