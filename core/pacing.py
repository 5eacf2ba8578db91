"""How often a stream is told: a page that hears of every step does nothing else."""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

Thing = TypeVar("Thing")


def paced(stream: Iterable[Thing], every: float = 0.06) -> Iterator[tuple[list[Thing], float]]:
    """Bundles a stream for sending, about 16 times a second.

    Yields:
        What is new, and the seconds that the source has worked so far. The time in which the receiver has the word
        does not count. The first bundle is sent early, so that something is seen at once; the last may be empty.
    """
    worked, fresh, due = 0.0, [], every / 4
    began = time.perf_counter()
    for thing in stream:
        fresh.append(thing)
        spent = time.perf_counter() - began
        if spent >= due:
            worked += spent
            yield fresh, worked
            fresh, due, began = [], every, time.perf_counter()
    yield fresh, worked + time.perf_counter() - began
