"""Digits as one draws them with a mouse: lines of even width along a few points, in the ways people write them.

MNIST was written with pens by Americans in 1994. A 1 with a flag and a foot, a 7 with a bar or a closed 4 are rare
there, and pressure and haste look different on a screen. So the digit network also learns from these.
"""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from core.digits import centred

Points = list[tuple[float, float]]
PAPER = 140
"""Side of the drawing in pixels."""


def arc(x: float, y: float, wide: float, high: float, start: float, end: float, count: int = 14) -> Points:
    """Points on an ellipse around (x, y) with these half axes; angles in degrees, clockwise from the right."""
    angles = np.radians(np.linspace(start, end, count))
    return [(x + wide * math.cos(a), y + high * math.sin(a)) for a in angles]


def styles() -> dict[int, list[list[Points]]]:
    """Digit -> ways to write it -> strokes; x to the right and y down, within 0 to 1."""
    one, foot = [(0.28, 0.28), (0.52, 0.0), (0.52, 1.0)], [(0.25, 1.0), (0.8, 1.0)]
    two, three = arc(0.5, 0.27, 0.36, 0.27, -165, 40), arc(0.45, 0.26, 0.34, 0.26, -140, 90)
    return {
        0: [
            [arc(0.5, 0.5, 0.36, 0.5, -90, 270, 24)],
            [arc(0.5, 0.5, 0.46, 0.5, -60, 310, 24)],
            [arc(0.5, 0.5, 0.3, 0.5, -110, -470, 24)],
        ],
        1: [
            [[(0.5, 0.0), (0.5, 0.5), (0.5, 1.0)]],
            [one],
            [one, foot],
            [[(0.15, 0.42), (0.55, 0.0), (0.55, 1.0)]],
            [[(0.5, 0.0), (0.5, 1.0)], foot],
        ],
        2: [
            [[*two, (0.12, 1.0), (0.9, 1.0)]],
            [[*two, (0.3, 0.85), (0.1, 0.95), (0.2, 0.8), (0.45, 0.9), (0.9, 0.98)]],
            [[(0.12, 0.05), (0.85, 0.05), (0.12, 1.0), (0.88, 1.0)]],
        ],
        3: [
            [[*three, *arc(0.45, 0.75, 0.4, 0.25, -85, 150)]],
            [[(0.12, 0.02), (0.82, 0.02), (0.42, 0.4), *arc(0.45, 0.7, 0.4, 0.3, -80, 150)]],
            [three, arc(0.45, 0.75, 0.42, 0.25, -90, 140)],
        ],
        4: [
            [[(0.2, 0.0), (0.12, 0.55), (0.9, 0.55)], [(0.7, 0.05), (0.68, 1.0)]],
            [[(0.6, 0.0), (0.05, 0.66), (0.95, 0.66)], [(0.62, 0.3), (0.62, 1.0)]],
            [[(0.66, 1.0), (0.66, 0.0), (0.05, 0.68), (0.95, 0.68)]],
        ],
        5: [
            [[(0.8, 0.0), (0.2, 0.0), (0.16, 0.42), *arc(0.42, 0.68, 0.42, 0.32, -110, 140)]],
            [[(0.22, 0.0), (0.18, 0.42), *arc(0.42, 0.7, 0.42, 0.3, -110, 150)], [(0.22, 0.0), (0.88, 0.0)]],
            [[(0.85, 0.02), (0.3, 0.0), (0.2, 0.3), (0.6, 0.5), (0.75, 0.8), (0.45, 1.0), (0.1, 0.92)]],
        ],
        6: [
            [[(0.7, 0.0), (0.35, 0.3), *arc(0.48, 0.72, 0.34, 0.28, 190, -180, 20)]],
            [[(0.3, 0.0), (0.15, 0.6), *arc(0.48, 0.72, 0.34, 0.28, 170, -170, 20)]],
            [[*arc(0.55, 0.45, 0.4, 0.45, -70, -190, 8), *arc(0.48, 0.74, 0.34, 0.26, 180, 500, 18)]],
        ],
        7: [
            [[(0.08, 0.02), (0.88, 0.02), (0.4, 1.0)]],
            [[(0.08, 0.02), (0.88, 0.02), (0.4, 1.0)], [(0.3, 0.5), (0.85, 0.5)]],
            [[(0.1, 0.15), (0.1, 0.0), (0.88, 0.02), (0.55, 0.45), (0.45, 1.0)]],
            [[(0.05, 0.05), (0.9, 0.0), (0.6, 0.4), (0.5, 1.0)], [(0.32, 0.48), (0.8, 0.44)]],
        ],
        8: [
            [
                [(0.8, 0.1), *arc(0.5, 0.25, 0.3, 0.25, -40, -270), *arc(0.5, 0.75, 0.36, 0.25, -80, 260), (0.8, 0.2)],
            ],
            [arc(0.5, 0.25, 0.3, 0.25, 90, 450, 18), arc(0.5, 0.75, 0.38, 0.26, -90, 270, 20)],
        ],
        9: [
            [[*arc(0.45, 0.28, 0.34, 0.28, -20, -380, 20), (0.78, 0.2), (0.72, 1.0)]],
            [[*arc(0.45, 0.3, 0.36, 0.3, -20, -360, 20), (0.8, 0.6), (0.65, 0.95), (0.25, 1.0)]],
            [[*arc(0.48, 0.28, 0.34, 0.28, 0, 360, 20), (0.8, 0.3), (0.5, 1.0)]],
        ],
    }  # fmt: skip


def drawn(strokes: list[Points], rng: np.random.RandomState) -> NDArray[np.uint8]:
    """One drawing of these strokes by an unsteady hand, (28, 28), 0 to 255, as `core.digits.centred` makes it."""
    turn, lean, slim = rng.normal(0, 0.1), rng.normal(0.05, 0.15), rng.uniform(0.55, 1.1)
    matrix = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    matrix = matrix @ np.array([[slim, -lean], [0, 1]])
    bend = rng.normal(0, 0.035, (2, 2, 3))  # amplitudes of slow waves over the paper
    width = rng.uniform(0.06, 0.22) * 90
    image = Image.new("L", (PAPER, PAPER))
    pen = ImageDraw.Draw(image)
    for points in strokes:
        path = (
            np.array(points) - 0.5 + rng.normal(0, 0.06 / len(points), (len(points), 2))
        )  # (points, 2), around the middle
        waves = np.sin(math.pi * path[:, :, None] * np.arange(1, 4))  # (points, 2, 3)
        path = path + np.einsum("pak,abk->pb", waves, bend)
        path = path @ matrix.T * 90 + PAPER / 2
        line = [tuple(point) for point in smooth(path)]
        pen.line(line, fill=255, width=round(width), joint="curve")
        for x, y in (line[0], line[-1]):
            pen.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], fill=255)
    return centred(np.asarray(image, dtype=np.float32) / 255)


def smooth(path: NDArray, rounds: int = 2) -> NDArray:
    """A polyline with its corners cut `rounds` times (Chaikin 1974); sharp where two points are far apart."""
    for _ in range(rounds):
        near, far = 0.85 * path[:-1] + 0.15 * path[1:], 0.15 * path[:-1] + 0.85 * path[1:]
        path = np.concatenate([path[:1], np.stack([near, far], 1).reshape(-1, 2), path[-1:]])
    return path


def drawings(count: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """`count` drawings (count, 28, 28) and their labels (count,), all styles of a digit equally often."""
    rng, ways = np.random.RandomState(seed), styles()
    labels = np.arange(count) % 10
    pictures = [drawn(ways[label][rng.randint(len(ways[label]))], rng) for label in labels.tolist()]
    return np.stack(pictures), labels
