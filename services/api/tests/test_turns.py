"""One request after another: whoever has the turn keeps it while it is short, and loses it when it is not."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from prediction_api.capacity import turns
from prediction_api.capacity.turns import Turn


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


def test_those_that_wait_come_to_their_turn_in_the_order_they_came(monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 60.0)
    turn, order = Turn(), []

    def take(number):
        with turn:
            order.append(number)

    with ThreadPoolExecutor(5) as pool:
        with turn:
            for number in range(5):
                pool.submit(take, number)
                await_waiting(turn, number + 1)
        with turn:  # as last: nobody who comes later gets in between
            order.append("later")
    assert order == [0, 1, 2, 3, 4, "later"]


def test_the_turn_of_one_that_never_ends_goes_to_those_that_wait(monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 0.05)
    turn, order = Turn(), []

    def take(number):
        with turn:
            order.append(number)

    with ThreadPoolExecutor(3) as pool, turn:
        for number in range(3):
            pool.submit(take, number)
        deadline = time.monotonic() + 10
        while len(order) < 3 and time.monotonic() < deadline:
            time.sleep(0.001)
        assert sorted(order) == [0, 1, 2]


def await_waiting(turn, count):
    """Until so many wait. Nobody is told, so it is looked at."""
    deadline = time.monotonic() + 10
    while len(turn._waiting) < count:
        assert time.monotonic() < deadline
        time.sleep(0.001)
