"""What the process keeps of the memory that it no longer needs."""

import sys
import threading

import psutil
import pytest
import torch

from core import allocator
from core.allocator import give_back, keep_freed_memory


def test_keeping_memory_is_only_a_hint(monkeypatch):
    monkeypatch.setattr("ctypes.CDLL", lambda name: (_ for _ in ()).throw(OSError("no C library")))
    assert keep_freed_memory() is False


def test_giving_back_is_only_a_hint(monkeypatch):
    monkeypatch.setattr(allocator, "_last", [-100.0])
    monkeypatch.setattr("ctypes.CDLL", lambda name: (_ for _ in ()).throw(OSError("no C library")))
    assert give_back() is False


@pytest.mark.skipif(sys.platform != "linux", reason="another C library")
def test_what_threads_have_freed_is_given_back_but_not_too_often(monkeypatch):
    monkeypatch.setattr(allocator, "_last", [-100.0])

    def work():
        some = [torch.empty(250) for _ in range(200_000)]  # of 1 kB each
        kept.append(some[-1])  # at the end of what the thread has, so that nothing before it goes by itself

    kept: list[torch.Tensor] = []
    for thread in [threading.Thread(target=work) for _ in range(2)]:
        thread.start()
        thread.join()
    before = psutil.Process().memory_info().rss
    assert give_back() is True
    assert before - psutil.Process().memory_info().rss > 100e6
    assert give_back() is False  # it was done just now
