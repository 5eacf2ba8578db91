"""How often a stream is told, on a clock that the test turns."""

from core import pacing


def told(monkeypatch, pauses, receiver=0.0, every=1.0):
    """Bundles and seconds of a stream whose things take `pauses`; each bundle keeps its receiver busy so long."""
    clock = [0.0]
    monkeypatch.setattr(pacing.time, "perf_counter", lambda: clock[0])

    def stream():
        for number, pause in enumerate(pauses):
            clock[0] += pause
            yield number

    for bundle in pacing.paced(stream(), every):
        yield bundle
        clock[0] += receiver


def test_the_first_comes_early_then_one_bundle_an_interval(monkeypatch):
    found = list(told(monkeypatch, [0.25] * 10))
    assert [fresh for fresh, _ in found] == [[0], [1, 2, 3, 4], [5, 6, 7, 8], [9]]


def test_the_time_of_the_receiver_does_not_count(monkeypatch):
    found = list(told(monkeypatch, [2.0] * 3, receiver=10.0))
    assert found == [([0], 2.0), ([1], 4.0), ([2], 6.0), ([], 6.0)]


def test_nothing_is_lost_and_an_empty_stream_says_so(monkeypatch):
    assert list(told(monkeypatch, [])) == [([], 0.0)]
    assert [thing for fresh, _ in told(monkeypatch, [0.1] * 7) for thing in fresh] == list(range(7))
