"""One duel or two in step, trained before somebody's eyes: played, slowed down, stepped through, left at any moment.

An `Arena` belongs to one visitor. Time is bounded; how far a duel gets in it depends on the clock, its course does not.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from threading import Lock

from core.complaint import Complaint
from core.duel import Duel, due, take_turn
from core.duel_measures import Look, heed, look, measured
from core.learning import note

MOST_SECONDS = 60
FRAME = 0.034
"""Seconds of training between two looks; with the looking itself, some 25 looks a second."""
SLOW = 0.6
"""Seconds that a turn lasts in slow motion."""
EVERY = 20
"""Iterations from one report to the next: a point of the curves, and a word in the verdict."""
_numbers = count(1)


@dataclass(eq=False)
class Arena:
    """duels: one, or two of the same seed and target. slow: every frame is one turn of one side. turn: whoever trains
    raises it, and trains only as long as nobody else does. running: whether anybody does. lock: held while the networks
    are at work. number: later arenas have higher ones."""

    duels: list[Duel]
    slow: bool = False
    turn: int = 0
    running: bool = False
    lock: Lock = field(default_factory=Lock, repr=False)
    number: int = field(default_factory=lambda: next(_numbers))

    def alive(self) -> list[Duel]:
        """Those that have not diverged."""
        return [duel for duel in self.duels if not duel.burst]


@dataclass(frozen=True)
class Frame:
    """looks: at each duel. side: who has just had a turn of its own, "d" or "g"; "" where many turns have passed. rate:
    iterations a second since the last frame, of each duel. over: the run has come to its end. turn: the arena's, when
    this was seen."""

    looks: list[Look]
    turn: int
    side: str = ""
    rate: float = 0.0
    over: bool = False


def halt(arena: Arena) -> None:
    """Whoever trains here stops after the turn at hand."""
    arena.turn += 1
    arena.running = False


def still(arena: Arena, side: str = "") -> Frame:
    """A look without training. Waits for the turn at hand."""
    with arena.lock:
        return Frame([look(duel) for duel in arena.duels], arena.turn, side)


def single(arena: Arena, side: str) -> Frame:
    """Stops whoever trains, and gives one side, "d" or "g", a turn in every duel."""
    halt(arena)
    with arena.lock:
        for duel in arena.alive():
            _turn(duel, side, True)
    return still(arena, side)


def run(arena: Arena, seconds: float, iterations: int | None = None) -> Iterator[Frame]:
    """Trains on, in place. May be closed at any frame, and the next call goes on from there.

    A duel that diverges drops out, with the reason in its `burst`; the run is over when none is left.

    Args:
        seconds: at most this long, and at most MOST_SECONDS.
        iterations: at most so many.

    Yields:
        A frame before the first turn, and then up to 25 a second; in slow motion one for each turn.
    """
    halt(arena)
    arena.running, mine = True, arena.turn
    try:
        yield from _run(arena, min(seconds, MOST_SECONDS), iterations, mine)
    finally:
        if arena.turn == mine:
            arena.running = False


def _run(arena: Arena, seconds: float, iterations: int | None, mine: int) -> Iterator[Frame]:
    began = time.perf_counter()
    first = sum(duel.turns for duel in arena.duels)
    yield still(arena)
    told, before, passed = time.perf_counter(), first, 0
    while True:
        side = ""
        with arena.lock:
            if arena.turn != mine:
                return
            slow = arena.slow
            for duel in arena.alive():
                side = due(duel)
                _turn(duel, side, slow)
                if not slow and side == "d" and not duel.burst:
                    _turn(duel, "g")
            passed += not slow or side == "g"
            now = time.perf_counter()
            over = now - began >= seconds or passed == iterations or not arena.alive()
            frame = None
            if over or slow or now - told >= FRAME:
                turns = sum(duel.turns for duel in arena.duels)
                rate = (turns - before) / 2 / len(arena.duels) / (now - told)
                frame = Frame([look(duel) for duel in arena.duels], mine, side if slow else "", rate, over)
        if frame:
            yield frame
            told, before = time.perf_counter(), turns
        if over:
            return
        if slow:
            _rest(arena, mine)


def _turn(duel: Duel, side: str, always: bool = False) -> None:
    """A turn, and a point of the curve where one is due, or `always`. The verdict heeds only what was due: no clock and
    no onlooker has a say in it."""
    try:
        take_turn(duel, side)
    except Complaint:
        return  # it stands in `burst`
    report = duel.turns % (2 * EVERY) == 0
    if always or report:
        now = measured(duel)
        note(duel.curve, (duel.turns / 2, *now))
        if report:
            heed(duel, now)


def _rest(arena: Arena, mine: int) -> None:
    """Time to look, unless slow motion or the run ends."""
    until = time.perf_counter() + SLOW
    while time.perf_counter() < until and arena.slow and arena.turn == mine:
        time.sleep(0.02)
