"""The ways in which a picture can come near a painting, as one function: those that were trained, and the plain
cross-fade of the two pictures, which every one of them must beat."""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from core import painting
from core.complaint import Complaint, choice, number
from core.models.style import Manner, Painter
from demos.style.models import look, photo, strokes, trained

WAYS = ("fade", "hands", "any")
MOST = 4
"""Styles of one picture."""
STRENGTH = ("The strength", "强度")


def shared(styles: object, weights: object) -> list[float]:
    """The share of each of 1 to MOST styles in all; they sum to 1. Raises Complaint for what are no styles with
    weights."""
    if not isinstance(styles, list) or not isinstance(weights, list) or len(styles) != len(weights):
        raise Complaint("There must be one weight for each style.", "每种风格都要有一个权重。")
    if not 1 <= len(styles) <= MOST:
        raise Complaint(f"There must be 1 to {MOST} styles.", f"风格要有 1 到 {MOST} 种。")
    checked = [number(("The weight of a style", "风格的权重"), each, 0, 100) for each in weights]
    if not (total := sum(checked)) > 0:
        raise Complaint("The weights of the styles sum to zero.", "各风格的权重之和为零。")
    return [each / total for each in checked]


def ways() -> list[str]:
    """Those of WAYS that are there."""
    return ["fade", *trained()]


def hand(style: str) -> int:
    """Number of the painter who painted `style`.

    Raises:
        Complaint: there is none, since only paintings that hang here have been learned.
    """
    names = painting.hands()[1]
    if style not in names:
        raise Complaint(
            f"The small network has learned {len(names)} paintings that hang here; for others there is “Any painting”.",
            f"小网络只学过这里挂着的 {len(names)} 幅画；其他画请用“任意画作”。",
        )
    return names.index(style)


def mixed(shares: dict[str, float]) -> Tensor:
    """Shares of paintings by name, with a sum of at most 1, as the network of many hands takes them: (1, styles)."""
    mix = torch.zeros(1, len(painting.hands()[1]))
    for style, share in shares.items():
        mix[0, hand(style)] += share
    return mix


def told(shares: dict[str, float]) -> tuple[Painter, Manner]:
    """Who paints like a mixture of paintings, and how: the network that has learned them, or, if one of them is a
    visitor's own, the one that looks at paintings first.

    shares: of each painting by name or `data:` address, with a sum of at most 1. Raises WeightsError.
    """
    net, names = painting.hands()
    if set(shares) <= set(names):
        return net, net.manner(mixed(shares))
    return looked(list(shares), torch.tensor([list(shares.values())]))


def looked(styles: Sequence[str], shares: Tensor) -> tuple[Painter, Manner]:
    """The network that looks at paintings first, and the manner of a mixture of them; shares: (1, styles)."""
    net = painting.anyone()
    return net, net.manner(torch.cat([look(style) for style in styles]), shares)


def painted(way: str, picture: str, style: str, strength: object, side: int) -> Tensor:
    """A photograph that has gone some way to a painting.

    Args:
        way: one of WAYS; picture, style: names or `data:` addresses. strength: 0 is the photograph, 1 all the way.
        side: of the longer side, in pixels.

    Returns:
        (1, 3, height, width) in [-1, 1].

    Raises:
        Complaint: whatever is outside these ranges. WeightsError: the network is missing.
    """
    way = choice(("The way of painting", "画法"), way, WAYS)
    strength = number(STRENGTH, strength, 0, 1)
    _, x = photo(picture, side)
    if way == "fade":
        other = interpolate(strokes(style), x.shape[2:], mode="bicubic", antialias=True).clamp(-1, 1)
        return x + strength * (other - x)
    with painting.quick():
        if way == "hands":
            net, _ = painting.hands()
            manner = net.manner(mixed({style: strength}))
        else:
            net, manner = looked([style], torch.tensor([[strength]]))
        return painting.spun(partial(net, manner=manner), x).float()
