"""Runs that share the cores go on in turns, in the order in which they came."""

import threading
import time

import pytest

from core.turns import Turns, in_turns


def steps(name: str, count: int, log: list[str]):
    try:
        for _ in range(count):
            log.append(name)
            time.sleep(0.01)
            yield name
    finally:
        log.append(f"{name} closed")


def test_two_runs_alternate_and_never_work_at_once():
    turns, log, alone = Turns(), [], threading.Lock()

    def follow(name: str, count: int) -> None:
        def checked():
            for state in steps(name, count, log):
                assert alone.acquire(blocking=False), "two at once"
                time.sleep(0.002)
                alone.release()
                yield state

        assert list(in_turns(checked(), turns)) == [name] * count

    threads = [threading.Thread(target=follow, args=(name, count)) for name, count in (("a", 30), ("b", 10))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    both = [name for name in log if len(name) == 1]
    first, last = both.index("b"), len(both) - 1 - both[::-1].index("b")
    between = both[first : last + 1]  # while both run, neither has two turns before the other has one
    assert all(between[k] != between[k + 1] for k in range(len(between) - 1))
    assert len(both) == 40 and not turns._taken


def test_who_waits_longest_comes_next():
    turns, order = Turns(), []

    def wait(number: int) -> None:
        with turns:
            order.append(number)

    with turns:
        threads = []
        for number in range(6):
            threads.append(threading.Thread(target=wait, args=(number,)))
            threads[-1].start()
            while len(turns._waiting) <= number:
                time.sleep(0.001)
    for thread in threads:
        thread.join(5)
    assert order == [*range(6)]


def test_who_leaves_or_fails_leaves_the_place_free():
    turns, log = Turns(), []
    run = in_turns(steps("a", 5, log), turns)
    next(run)
    run.close()
    assert log == ["a", "a closed"]

    def fails():
        yield 1
        raise ValueError("no")

    run = in_turns(fails(), turns)
    next(run)
    with pytest.raises(ValueError, match="no"):
        next(run)
    with turns:
        pass  # nobody holds it
