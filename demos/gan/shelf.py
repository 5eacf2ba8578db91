"""What is held in the hand: a shelf of forged pictures above all parts."""

from functools import lru_cache
from typing import Any

import torch

from demos.avatars import avatars
from demos.gan.pieces import FIRST, LARGE, kinds, noise, pictures, pieces, scored, styles, url
from demos.gan.verdicts import scores

GENUINE = 64
"""Genuine pictures by which a score is judged."""


def compute(held: str = FIRST) -> dict[str, Any]:
    """What there is to see and to know of held pictures.

    Args:
        held: up to 6 pictures, each written as seed.design.truncation in percent, with "_" between; the first one is in
            the hand. Empty text: nothing is held.

    Returns:
        example: whether it is what everybody holds at first. pieces: of each, the one in the hand first: piece, its
        name; seed; kind, the name of its design; percent, of truncation; score, the raw score of the detective, above 0
        for rather genuine; picture, a `data:` address of 64 x 64 pixels. z: the noise of the first, some 128 numbers;
        large: the first as a `data:` address of 256 x 256 pixels, None if nothing is held.

        genuine: the scores between which eight of ten genuine pictures lie that nobody learned from.

    Raises:
        Complaint: not such a text. WeightsError: a network is missing.
    """
    found = pieces(held)
    if not found:
        return dict(example=False, pieces=[], z=[], large=None)
    (z, which), named, made = noise(found), kinds(), pictures(styles(found))
    rows = [
        dict(piece=one.name, seed=one.seed, kind=named[one.kind], percent=one.percent, score=score, picture=url(x))
        for one, score, x in zip(found, scored(made, which), made, strict=True)
    ]
    numbers = [round(number, 3) for number in z[0].tolist()]
    return dict(example=held == FIRST, pieces=rows, z=numbers, large=url(made[0], LARGE), genuine=genuine())


@lru_cache
def genuine() -> list[float]:
    """The lowest and the highest tenth of the detective's scores of genuine pictures begin beyond these."""
    held = avatars("held")
    places = held.some(GENUINE)
    found = scores(held.pictures[places], held.kinds[places])
    return [round(edge, 3) for edge in found.quantile(torch.tensor([0.1, 0.9])).tolist()]


ENDPOINTS = {"gan_held": (compute, "torch")}
