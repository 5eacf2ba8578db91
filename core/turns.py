"""Several long runs on the same two cores, each a piece at a time: who comes first waits for nobody to finish."""

from collections import deque
from collections.abc import Iterator
from threading import Event, Lock
from typing import TypeVar

State = TypeVar("State")


class Turns:
    """A lock that is given to those who wait in the order in which they came. Python's own goes to whoever is quickest,
    which is mostly the one who had it last."""

    def __init__(self):
        self._lock, self._taken = Lock(), False
        self._waiting: deque[Event] = deque()

    def __enter__(self) -> None:
        with self._lock:
            if not self._taken:
                self._taken = True
                return
            mine = Event()
            self._waiting.append(mine)
        mine.wait()  # whoever wakes us leaves it taken

    def __exit__(self, *_) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False


def in_turns(states: Iterator[State], turns: Turns) -> Iterator[State]:
    """The same states, each worked out when it is this run's turn. Between two of them the others have theirs, so n
    runs go on at a n-th of the speed. Closing it closes the run."""
    try:
        while True:
            with turns:
                try:
                    state = next(states)
                except StopIteration:
                    return
            yield state
    finally:
        states.close()
