"""Draws the avatars that a generator learns from: 36,000 faces whose every attribute is known.

    python -m weights.recipes.gan_data [--count N]

They are made by DiceBear (https://www.dicebear.com), version 9, from three designs: Micah by Micah Lanier (CC BY 4.0),
Adventurer by Lisa Wischofsky (CC BY 4.0) and Open Peeps by Pablo Stanley (CC0). DiceBear needs Node.js with npm, which
fetches it on the first call. Attributes are drawn here, each independent of the others, so that an attribute that a
generator changes can be told from one that only comes along. Result: RUNS / "avatars.pt".
"""

import argparse
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from weights.recipes.training import RUNS

COUNT, SIDE, SEED = 36_000, 64, 1
HELD_OUT = 5_000
"""Avatars that are never learned from."""
FOLDER = RUNS / "dicebear"
KEPT = RUNS / "avatars.pt"
PACKAGES = (
    *(f"@dicebear/{name}@9.4.3" for name in ("core", "micah", "adventurer", "open-peeps")),
    "@resvg/resvg-js@2.6.2",
)
NEED = "Avatars are drawn by DiceBear (https://www.dicebear.com), which needs Node.js and npm (https://nodejs.org)."
SCRIPT = """
import { createInterface } from 'node:readline';
import { createAvatar } from '@dicebear/core';
import { Resvg } from '@resvg/resvg-js';
for await (const line of createInterface({ input: process.stdin })) {
  const { style, options } = JSON.parse(line);
  const avatar = createAvatar(await import('@dicebear/' + style), options).toString();
  const fit = { fitTo: { mode: 'width', value: SIDE }, font: { loadSystemFonts: false } };
  if (!process.stdout.write(new Resvg(avatar, fit).render().pixels)) {
    await new Promise((done) => process.stdout.once('drain', done));
  }
}
"""

SKINS = ("ffdbb4", "edb98a", "d08b5b", "ae5d29", "694d3d")
HAIRS = {"black": "1c1a1a", "brown": "6a4326", "red": "c93305", "blond": "e8c36a", "grey": "b9b9b9", "pink": "f58aa5",
         "blue": "4f8fe0"}  # fmt: skip
GROUNDS = {
    "sky": "b6e3f4",
    "violet": "c0aede",
    "rose": "ffd5dc",
    "peach": "ffdfbf",
    "mint": "c3ecc8",
    "lemon": "fbf3b0",
}
CLOTHES = {"coral": "e78276", "yellow": "ffcf77", "green": "6fcf7c", "teal": "5cc3c8", "blue": "6f8ddf",
           "magenta": "d86fc0"}  # fmt: skip
SHARES = {"glasses": 0.4, "beard": 0.3, "earrings": 0.25}
"""How often there are such things."""
NONE = "none"
COLUMNS = {
    "style": ("micah", "adventurer", "open-peeps"),
    "skin": SKINS,  # from light to dark
    "hair": (NONE, "short", "long"),
    "hair colour": (NONE, *HAIRS),
    "mouth": ("smile", "laugh", "sad", "surprised"),
    "glasses": (NONE, "glasses"),
    "beard": (NONE, "beard"),  # a moustache counts
    "earrings": (NONE, "earrings"),
    "clothes": (NONE, *CLOTHES),
    "background": tuple(GROUNDS),
}
"""Attribute -> the values it may have, in the order of their numbers."""


def even(count: int) -> tuple[float, ...]:
    """Equal shares."""
    return (1 / count,) * count


WISHES: dict[str, tuple[float, ...]] = {
    "skin": even(len(SKINS)),
    "hair": (0.12, 0.44, 0.44),
    "hair colour": even(len(HAIRS)),
    "mouth": even(4),
    **{name: (1 - share, share) for name, share in SHARES.items()},
    "clothes": even(len(CLOTHES)),
    "background": even(len(GROUNDS)),
}
"""Attributes that a forger's noise decides, and how often each value comes: of the last values of COLUMNS as many as
there are shares, for "none" is not asked for where it only says that a design cannot show an attribute."""


def variants(*numbers: int, of: str = "variant") -> list[str]:
    """Names as Adventurer has them."""
    return [f"{of}{number:02}" for number in numbers]


HAIRCUTS = {
    "micah": {NONE: ["mrClean", "dougFunny"], "short": ["fonze", "mrT"], "long": ["full", "pixie", "dannyPhantom"]},
    "adventurer": {
        NONE: ["short19"],
        "short": variants(1, 3, 6, 8, 11, 15, 16, of="short"),
        "long": variants(1, 5, 7, 9, 15, 16, 17, 19, of="long"),
    },
    "open-peeps": {
        NONE: ["noHair1"],
        "short": ["grayShort", "short4", "mohawk", "pomp", "short1", "twists"],
        "long": ["bangs", "grayMedium", "mediumBangs2", "grayBun", "long", "mediumStraight"],
    },
}
BLACK = {"pomp", "short1", "twists", "long", "mediumStraight"}
"""Haircuts of Open Peeps that are black whatever is asked."""
MOUTHS = {
    "micah": {"smile": ["smile"], "laugh": ["laughing"], "sad": ["sad", "frown"], "surprised": ["surprised"]},
    "adventurer": {
        "smile": variants(2, 22, 29),
        "laugh": variants(1, 5, 26, 30),
        "sad": variants(3, 4, 14),
        "surprised": variants(7, 15),
    },
    "open-peeps": {
        "smile": ["smile", "calm", "cute"],
        "laugh": ["smileBig", "smileTeethGap"],
        "sad": ["solemn", "concerned"],
        "surprised": ["explaining", "concernedFear"],
    },
}
BEARDS = {"micah": ["beard"], "adventurer": ["mustache"], "open-peeps": ["full", "full2", "full3", "moustache5"]}
GLASSES = {
    "micah": ["round", "square"],
    "adventurer": variants(1, 2, 4),
    "open-peeps": ["glasses3", "glasses5", "sunglasses"],
}
FRAMES = {"micah": (105, 0, 0), "adventurer": (118, 0, 0), "open-peeps": (128, 0, 6)}
"""Scale in %, shift to the right and down in %: faces of one size."""


def drawn(chance: np.random.RandomState) -> dict[str, str]:
    """The attributes of one avatar, before it is known which of them its design can show."""
    row = {name: values[chance.randint(len(values))] for name, values in COLUMNS.items()}
    for name, share in SHARES.items():
        row[name] = COLUMNS[name][int(chance.rand() < share)]
    row["hair"] = ("short", "long", NONE)[chance.choice(3, p=(0.44, 0.44, 0.12))]
    row["hair colour"] = [*HAIRS][chance.randint(len(HAIRS))]
    row["clothes"] = [*CLOTHES][chance.randint(len(CLOTHES))]
    return row


def options(row: dict[str, str], chance: np.random.RandomState) -> dict:
    """What DiceBear is asked for. Changes `row` where the design cannot show what was drawn."""
    style = row["style"]

    def one(values: list[str]) -> list[str]:
        return [values[chance.randint(len(values))]]

    cut, mouth = one(HAIRCUTS[style][row["hair"]]), one(MOUTHS[style][row["mouth"]])
    if row["hair"] == NONE or cut[0] in BLACK:
        row["hair colour"] = NONE if row["hair"] == NONE else "black"
    if style == "adventurer":
        row["clothes"] = NONE
    if style == "open-peeps":
        row["earrings"] = NONE
    scale, right, down = FRAMES[style]
    hair = [HAIRS.get(row["hair colour"], HAIRS["black"])]
    clothes = [CLOTHES.get(row["clothes"], "ffffff")]
    beard, glasses, rings = (100 * (row[name] != NONE) for name in ("beard", "glasses", "earrings"))
    asked = dict(
        seed="", scale=scale, translateX=right, translateY=down, backgroundColor=[GROUNDS[row["background"]]],
        glassesProbability=glasses, facialHairProbability=beard, earringsProbability=rings, hairProbability=100,
    )  # fmt: skip
    spectacles, bearded = one(GLASSES[style]), one(BEARDS[style])
    if style == "micah":
        return asked | dict(
            baseColor=[row["skin"]], hair=cut, hairColor=hair, mouth=mouth, eyes=one(["eyes", "round", "smiling"]),
            eyebrows=one(["up", "down"]), nose=one(["curve", "pointed", "tound"]), ears=["attached"],
            shirt=one(["open", "crew", "collared"]), shirtColor=clothes, glasses=spectacles, glassesColor=["000000"],
            facialHair=bearded, facialHairColor=hair, earrings=one(["hoop", "stud"]), earringColor=["f4d150"],
        )  # fmt: skip
    if style == "adventurer":
        return asked | dict(
            skinColor=[row["skin"]], hair=cut, hairColor=hair, mouth=mouth, glasses=spectacles,
            eyes=one(variants(1, 3, 4, 12, 15, 19, 24, 26)), eyebrows=one(variants(1, 4, 7, 10)),
            features=bearded, featuresProbability=beard, earrings=one(variants(1, 3)),
        )  # fmt: skip
    return asked | dict(
        skinColor=[row["skin"]], head=cut, headContrastColor=hair, face=mouth, facialHair=bearded, maskProbability=0,
        accessories=spectacles, accessoriesProbability=glasses, clothingColor=clothes,
    )  # fmt: skip


def shows(kinds: Tensor, hair: Tensor) -> Tensor:
    """Which of WISHES an avatar can show, (batch, attributes): not every design draws all of them, and no hair has no
    colour. kinds, hair: numbers of the values (batch,)."""
    micah, adventurer, peeps = (kinds == number for number in range(3))
    cannot = {"earrings": peeps, "clothes": adventurer, "hair colour": peeps | (hair == 0)}  # some cuts are black
    return torch.stack([~cannot.get(name, torch.zeros_like(micah)) for name in WISHES], 1)


def rows(count: int) -> tuple[list[dict[str, str]], list[dict]]:
    """Attributes of `count` avatars, and what DiceBear is asked for; the first n are the same whatever `count` is."""
    known, asked = [], []
    for number in range(count):
        chance = np.random.RandomState(SEED * 1_000_000 + number)  # this class never changes its streams
        row = drawn(chance)
        asked.append(dict(style=row["style"], options=options(row, chance)))
        known.append(row)
    return known, asked


def prepare() -> None:
    """Fetches DiceBear if it is not there. Raises SystemExit without Node.js."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise SystemExit(NEED)
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "draw.mjs").write_text(SCRIPT.replace("SIDE", str(SIDE)), encoding="utf-8")
    if not all((FOLDER / "node_modules" / package.rpartition("@")[0]).is_dir() for package in PACKAGES):
        (FOLDER / "package.json").write_text('{"private": true}\n', encoding="utf-8")
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", *PACKAGES], cwd=FOLDER, check=True)


def draw(asked: list[dict]) -> Tensor:
    """Pictures (count, 3, 64, 64), uint8."""
    lines = "".join(json.dumps(line) + "\n" for line in asked)
    done = subprocess.run(["node", "draw.mjs"], cwd=FOLDER, input=lines.encode(), stdout=subprocess.PIPE, check=True)
    pixels = np.frombuffer(done.stdout, np.uint8).reshape(len(asked), SIDE, SIDE, 4)
    return torch.from_numpy(pixels[..., :3].transpose(0, 3, 1, 2).copy())


def make(count: int = COUNT, path: Path = KEPT) -> None:
    """Draws the avatars and writes `pictures` and `known`, the attributes as numbers (count,) by name of the column."""
    prepare()
    known, asked = rows(count)
    parts = []
    for at in range(0, count, 1_000):
        parts.append(draw(asked[at : at + 1_000]))
        print(f"{at + len(parts[-1]):,} avatars", flush=True)
    numbers = {
        name: torch.tensor([values.index(row[name]) for row in known], dtype=torch.int64)
        for name, values in COLUMNS.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"pictures": torch.cat(parts), "known": numbers}, path)


def avatars() -> tuple[Tensor, dict[str, Tensor]]:
    """Pictures (count, 3, 64, 64), uint8, mapped from the disk, and attributes as numbers; drawn where missing."""
    if not KEPT.exists():
        make()
    found = torch.load(KEPT, weights_only=True, mmap=True)
    return found["pictures"], found["known"]


def sheet(pictures: Tensor, columns: int) -> Image.Image:
    """Pictures (count, 3, side, side), uint8, beside and below each other; count must fill the rows."""
    side = pictures.shape[-1]
    grid = pictures.view(-1, columns, 3, side, side).permute(0, 3, 1, 4, 2)  # (row, y, column, x, 3)
    return Image.fromarray(grid.reshape(-1, columns * side, 3).contiguous().numpy())


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=COUNT)
    make(parser.parse_args(arguments).count)


if __name__ == "__main__":
    main()
