"""A picture of one's own before the network that knows ten kinds of things, and may say: none of these."""

from typing import Any

import torch
from PIL import Image

from core.calibration import probabilities
from core.cifar import CLASSES, STRANGE, familiarity, inputs, rank, reader, small
from core.images import to_url
from demos.cnn.models import FIRST, look_at


def compute(picture: str = FIRST, way: str = "centre") -> dict[str, Any]:
    """What the CIFAR-10 network makes of a picture, and whether it is like any that it knows.

    Args:
        picture, way: as in `look.compute`.

    Returns:
        image: the 32 x 32 that the network sees; bars: [number, English, Chinese, probability] of all ten kinds,
        calibrated, most probable first; familiar: the share, 0 to 1, of real pictures of the ten kinds that look less
        familiar than this one (`core.cifar.familiarity`); none: whether that is so few that the answer is "none of
        these"; notes: what was done to the file, [en, zh] each.

    Raises:
        Complaint: whatever `look.compute` has against the picture. WeightsError: the network's file is not there.
    """
    image, _, notes = look_at(picture, way)
    pixels, (network, entry) = small(image), reader()
    with torch.inference_mode():
        described = network.described(inputs(pixels))
        logits = network.beyond("mean", described)
    p = probabilities(logits[0], entry["temperature"])
    familiar = rank(familiarity(described, network.typical).item(), entry["familiarity"])
    return dict(
        image=to_url(Image.fromarray(pixels[0])),
        bars=[[k, *CLASSES[k], round(p[k].item(), 5)] for k in p.argsort(descending=True).tolist()],
        familiar=round(familiar, 4),
        none=familiar < STRANGE,
        notes=notes,
    )
