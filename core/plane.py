"""Where the genuine points of a plane come from: seven distributions, and whatever a visitor draws.

All of them are the same thing: pieces of straight line, each with a share of the points, blurred by a little Gaussian
noise. A piece without length is a dot, so mixtures of Gaussians, curves and drawings need one way to draw points from.
"""

import math
from dataclasses import dataclass
from functools import cache
from numbers import Real

import torch
from torch import Tensor

from core.complaint import Complaint, choice

SIDE = 1.25
"""What is shown and measured is the square from -SIDE to SIDE; all targets lie inside."""
NAMES = ("ring", "grid", "moons", "spiral", "line", "blobs", "drawn")
MOST_POINTS = 4_000
"""Of a drawing."""
SPREAD = 0.03
"""Standard deviation of the blur of drawings and of most targets."""
DOT = 0.15
"""A dot among strokes counts as much as a stroke of this length."""
REACH, MOST_STATIONS = 0.1, 60
"""A curve has no modes; it is covered if points lie near stations along it, so close that before the blur none of its
points is further than this from one, if that takes no more stations than these."""


@dataclass(frozen=True, eq=False)
class Target:
    """starts, ends: of the pieces, (pieces, 2). shares: of the points that lie on each, (pieces,), sums to 1. spread:
    standard deviation of the blur. modes: (modes, 2), centres of dots or stations along curves. reach: how close to
    one a point counts as near."""

    name: str
    starts: Tensor
    ends: Tensor
    shares: Tensor
    spread: float
    modes: Tensor
    reach: float

    def sample(self, count: int, generator: torch.Generator) -> Tensor:
        """(count, 2)."""
        return _sample(self.starts, self.ends, self.shares, self.spread, count, generator)


def target(name: object, strokes: object = ()) -> Target:
    """One of NAMES. strokes: the drawing, see `drawn`; of no account for the others. Raises Complaint."""
    name = choice(("The distribution", "分布"), name, NAMES)
    return drawn(strokes) if name == "drawn" else _made(name)


@cache
def _made(name: str) -> Target:
    around = torch.arange(8) * (math.tau / 8)
    if name == "ring":
        return _of(name, [[p] for p in (0.8 * _circle(around)).tolist()])
    if name == "grid":
        five = (-0.9, -0.45, 0.0, 0.45, 0.9)
        return _of(name, [[(x, y)] for y in five for x in five])
    if name == "blobs":
        return _of(name, [[(-0.75, -0.6)], [(0.8, -0.3)], [(-0.15, 0.8)]], 0.1)
    if name == "line":
        return _of(name, [[(-0.9, -0.6), (0.9, 0.6)]])
    if name == "moons":
        half = torch.linspace(0, math.pi, 25)
        moons = 0.6 * _circle(half) - torch.tensor([0.3, 0.1]), 0.6 * _circle(-half) + torch.tensor([0.3, 0.1])
        return _of(name, [moon.tolist() for moon in moons], 0.05)
    turns = torch.linspace(0.12, 1, 70).sqrt()  # evenly along the curve, more or less
    return _of(name, [(turns[:, None] * _circle(turns * 2.2 * math.tau)).tolist()])


def drawn(strokes: object) -> Target:
    """A visitor's drawing: a list of strokes, each a list of points [x, y] from -SIDE to SIDE. A stroke of one point is
    a dot.

    Raises:
        Complaint: nothing drawn, more than MOST_POINTS points, or something that is no such list.
    """
    if not isinstance(strokes, list | tuple) or not all(isinstance(stroke, list | tuple) for stroke in strokes):
        raise Complaint(
            "A drawing is a list of strokes, each a list of points [x, y].",
            "图画应为笔画的列表，每笔是点 [x, y] 的列表。",
        )
    count = sum(map(len, strokes))
    if not count:
        raise Complaint("Nothing is drawn yet: draw at least one point.", "还没有画：请至少画一个点。")
    if count > MOST_POINTS:
        raise Complaint(
            f"A drawing may have at most {MOST_POINTS:,} points; this has {count:,}.",
            f"图画最多 {MOST_POINTS:,} 个点，这里有 {count:,} 个。",
        )
    for point in (point for stroke in strokes for point in stroke):
        fine = isinstance(point, list | tuple) and len(point) == 2
        if not (fine and all(isinstance(x, Real) and not isinstance(x, bool) and -SIDE <= x <= SIDE for x in point)):
            raise Complaint(
                f"A point of a drawing is two numbers from {-SIDE:g} to {SIDE:g}; it was {str(point)[:40]}.",
                f"图画的点是 {-SIDE:g} 到 {SIDE:g} 之间的两个数，收到的是 {str(point)[:40]}。",
            )
    return _of("drawn", [stroke for stroke in strokes if stroke])


def _circle(angles: Tensor) -> Tensor:
    return torch.stack([angles.cos(), angles.sin()], -1)


def _of(name: str, strokes: list, spread: float = SPREAD) -> Target:
    """Strokes, none of them empty, as a target."""
    starts, ends = [], []
    for stroke in strokes:
        starts += stroke[:-1] or stroke
        ends += stroke[1:] or stroke
    starts, ends = torch.tensor(starts, dtype=torch.float), torch.tensor(ends, dtype=torch.float)
    lengths = (ends - starts).norm(dim=1)
    shares = torch.where(lengths == 0, DOT, lengths)
    shares /= shares.sum()
    dots = starts.unique(dim=0)
    if not lengths.any() and len(dots) <= 25:
        return Target(name, starts, ends, shares, spread, dots, 3 * spread)
    modes, gap = stations(_sample(starts, ends, shares, 0.0, 2_000, torch.Generator().manual_seed(1)))
    return Target(name, starts, ends, shares, spread, modes, math.hypot(gap, 3 * spread))


def stations(points: Tensor) -> tuple[Tensor, float]:
    """Some of the points (count, 2), each as far as can be from those before (Gonzalez 1985), until all lie within
    REACH of one or there are MOST_STATIONS; and how far they are at most."""
    chosen, gaps = [0], (points - points[0]).norm(dim=1)
    while len(chosen) < MOST_STATIONS and gaps.max() > REACH:
        chosen.append(int(gaps.argmax()))
        gaps = gaps.minimum((points - points[chosen[-1]]).norm(dim=1))
    return points[chosen], max(REACH, float(gaps.max()))


def _sample(
    starts: Tensor, ends: Tensor, shares: Tensor, spread: float, count: int, generator: torch.Generator
) -> Tensor:
    at = torch.multinomial(shares, count, replacement=True, generator=generator)
    along = torch.rand(count, 1, generator=generator)
    return starts[at].lerp(ends[at], along) + spread * torch.randn(count, 2, generator=generator)
