"""One request after another: whoever has the turn keeps it while it is short, and loses it when it is not."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from prediction_api import turns
from prediction_api.turns import Turn


def in_a_thread(turn, *, begun, end, leaves=False):
    """Hold the turn in this thread from `begun` to `end`."""
    with turn:
        if leaves:
            turn.leave()
        begun.set()
        assert end.wait(10)


def test_turns_do_not_overlap_and_all_come_to_theirs(monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 60.0)
    turn, inside, overlaps = Turn(), [], []

    def take(number):
        for _ in range(50):
            with turn:
                inside.append(number)
                overlaps.append(len(inside))
                time.sleep(0)
                inside.remove(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(take, range(8)))
    assert overlaps == [1] * 400


def test_who_takes_long_loses_the_turn_and_takes_it_from_nobody_when_done(monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 0.01)
    turn, begun, end = Turn(), threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(in_a_thread, turn, begun=begun, end=end)
        assert begun.wait(10)
        monkeypatch.setattr(turns, "PATIENCE", 60.0)
        with turn:  # the slow one is not done, and never will be while this waits
            end.set()
            slow.result(timeout=10)
            assert turn._owner == threading.get_ident()
    assert turn._owner is None


def test_who_leaves_lets_the_next_in_at_once(monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 60.0)
    turn, begun, end = Turn(), threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(in_a_thread, turn, begun=begun, end=end, leaves=True)
        assert begun.wait(10)
        started = time.monotonic()
        with turn:
            assert time.monotonic() - started < 30
            end.set()
            waiting.result(timeout=10)
