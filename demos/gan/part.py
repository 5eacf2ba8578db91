"""What a part of this tab hands to the room that holds it."""

from collections.abc import Callable
from dataclasses import dataclass

from demos.cnn.part import Part


@dataclass(frozen=True)
class Forged(Part):
    """A part that asks something of the held pictures: its `answer` is called as answer(held, *values of inputs), where
    `held` is the text of `demos.gan.pieces.pieces`. A part that answers to nothing has no `outputs`.

    holds: events that carry {"piece": name}: a picture was clicked, and the visitor takes it in the hand.
    """

    holds: tuple[Callable, ...] = ()
